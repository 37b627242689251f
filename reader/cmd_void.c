/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "reader/common.h"
#include "reader/receipt.h"
#include "reader/void.h"
#include "schema/log.h"
#include "schema/reason.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct voiding {
    struct cli_call *call;
    struct sbk_station *station;
    struct sbk_pcsc *pcsc;
    struct sbk_session *session;
    struct sbk_void order;
    bool seen; /* a card, with this alias */
    uint8_t alias[SBK_ALIAS_SIZE];
};

static sbk_result read_of(struct cli_call *call, uint32_t *of, struct sbk_error *error) {
    const char *word = call->arguments[0];
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end != 0 || errno != 0 || number < 1 || number > UINT32_MAX)
        return cli_usage(
            call, error, _("'%s' is not a transaction's number: the receipt says it, as \"No. 12\""), word);
    *of = (uint32_t)number;
    return SBK_OK;
}

static void say_sale(struct voiding *voiding) {
    struct cli_call *call = voiding->call;
    const struct sbk_bill *bill = &voiding->order.bill;
    char amount[SBK_AMOUNT_ROOM];
    sbk_amount_text(SBK_UNIT_RUPIAH, bill->total, amount);
    cli_say(call, _("Sale %u worth %s:\n"), (unsigned)voiding->order.of, amount);
    reader_say_lines(call, bill);
}

static sbk_result read_card(struct voiding *voiding, struct sbk_error *error) {
    sbk_result result = sbk_session_open(&voiding->session, voiding->station, sbk_pcsc_transport(voiding->pcsc), error);
    if (result != SBK_OK)
        return result;
    voiding->seen = true;
    memcpy(voiding->alias, sbk_session_card(voiding->session)->fci.alias, sizeof voiding->alias);
    result = sbk_void_read(voiding->session, &voiding->order, error);
    reader_say_settled(voiding->call, voiding->order.settled, voiding->order.settled_count);
    if (voiding->order.settled_count > 0)
        cli_field(voiding->call, "settled", reader_settled_json(voiding->order.settled, voiding->order.settled_count));
    return result;
}

/* Asks with the card let go, so that no transaction waits for a person; begins the session anew if another program
 * reset the card meanwhile. */
static sbk_result ask(struct voiding *voiding, struct sbk_error *error) {
    char question[80];
    bool same = true;
    bool yes = false;
    (void)snprintf(question, sizeof question, _("Void sale %u? [y/n] "), (unsigned)voiding->order.of);
    sbk_pcsc_pause(voiding->pcsc);
    sbk_result result = cli_ask_yes(question, &yes, error);
    if (result == SBK_OK && !yes)
        result = sbk_fail(
            error, SBK_ENVIRONMENT, SBK_REASON_INTERRUPTED, _("nothing was changed: the void was not confirmed"));
    if (result == SBK_OK)
        result = sbk_pcsc_resume(voiding->pcsc, &same, error);
    if (result != SBK_OK || same)
        return result;
    sbk_session_close(&voiding->session);
    return read_card(voiding, error);
}

/* A receipt that cannot be printed is durable all the same. */
static void print(struct voiding *voiding) {
    struct sbk_error error;
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    const struct sbk_receipt *receipt = &voiding->order.receipt;
    char outlet[SBK_OUTLET_SIZE + 1];
    const char *words = NULL;
    struct sbk_receipt_header header = {.store = outlet,
        .terminal = sbk_station_id(voiding->station),
        .transaction = receipt->entry.transaction,
        .time = receipt->entry.time,
        .counter = receipt->entry.counter,
        .copy = voiding->order.repeated,
        .voided = voiding->order.of};
    sbk_id_text(sbk_station_certificate(voiding->station)->rights.outlet, SBK_OUTLET_SIZE, outlet);
    memcpy(header.alias, receipt->entry.alias, sizeof header.alias);
    sbk_result result = sbk_receipt_print(&header, &voiding->order.bill, &text, &error);
    if (result == SBK_OK)
        result = sbk_buffer_text(&text, &words, &error);
    if (result == SBK_OK)
        cli_say(voiding->call, "\n%s\n", words);
    else
        cli_warn(voiding->call, _("the receipt is in the log but cannot be printed: %s"), error.text);
    sbk_buffer_free(&text);
}

static void answer(struct voiding *voiding) {
    struct cli_call *call = voiding->call;
    const struct sbk_receipt *receipt = &voiding->order.receipt;
    cli_field_bool(call, "repeated", voiding->order.repeated);
    cli_field_hex(call, "alias", receipt->entry.alias, sizeof receipt->entry.alias);
    cli_field_int(call, "counter", receipt->entry.counter);
    cli_field_time(call, "time", receipt->entry.time);
    cli_field_hex(call, "receipt", receipt->body, sizeof receipt->body);
    cli_field_hex(call, "signature", receipt->signature, sizeof receipt->signature);
    cli_field(call, "bill", reader_bill_json(&voiding->order.bill));
}

static sbk_result run(struct voiding *voiding, struct sbk_error *error) {
    struct cli_call *call = voiding->call;
    sbk_result result = read_card(voiding, error);
    if (result == SBK_OK && !voiding->order.done) {
        say_sale(voiding);
        if (!cli_given(call, "yes"))
            result = ask(voiding, error);
    }
    /* From here on the card decides; until here Ctrl-C costs nothing. */
    if (result == SBK_OK && cli_interrupted())
        result = cli_fail_interrupted(error);
    if (result == SBK_OK)
        result = sbk_void_run(voiding->session, &voiding->order, error);
    cli_field_int(call, "transaction", voiding->order.transaction);
    cli_field_int(call, "voided", voiding->order.of);
    if (result == SBK_OK) {
        answer(voiding);
        print(voiding);
    }
    return result;
}

static sbk_result begin(struct voiding *voiding, struct sbk_error *error) {
    struct cli_call *call = voiding->call;
    int64_t number = 0;
    sbk_result result = read_of(call, &voiding->order.of, error);
    if (result == SBK_OK)
        result = cli_number(call, "transaction", 1, UINT32_MAX, &number, error);
    voiding->order.transaction = (uint32_t)number;
    if (result == SBK_OK)
        result = reader_work(call, &voiding->station, error);
    if (result == SBK_OK)
        result = reader_unlock(call, voiding->station, error);
    if (result == SBK_OK)
        result = reader_card(call, &voiding->pcsc, error);
    return result == SBK_OK ? sbk_void_begin(voiding->station, &voiding->order, error) : result;
}

/* A void that is done is done, whatever failed after its receipt was durable. Another card says nothing of the sale's.
 */
static enum reader_outcome outcome_of(const struct voiding *voiding, sbk_result result, const struct sbk_error *error) {
    char words[SBK_VOID_WORDS_ROOM];
    bool other = result == SBK_REFUSED && strcmp(error->reason, SBK_REASON_WRONG_CARD) == 0;
    if (voiding->order.done)
        return READER_DONE;
    if (result == SBK_UNSETTLED || voiding->order.repeated)
        return READER_AGAIN;
    sbk_void_words(voiding->order.of, words);
    return reader_nothing_or_again(
        voiding->station, SBK_OPERATION_VOID, words, voiding->seen && !other ? voiding->alias : NULL);
}

sbk_result cmd_void(struct cli_call *call, struct sbk_error *error) {
    struct voiding voiding = {.call = call};
    sbk_result result = begin(&voiding, error);
    if (result == SBK_OK)
        result = run(&voiding, error);
    if (voiding.pcsc != NULL) {
        const struct sbk_transport *transport = sbk_pcsc_transport(voiding.pcsc);
        cli_field_int(call, "apdus", transport->apdus);
        cli_field_int(call, "bytes", (int64_t)(transport->bytes_sent + transport->bytes_received));
    }
    reader_outcome(call, SBK_OPERATION_VOID, outcome_of(&voiding, result, error));
    sbk_session_close(&voiding.session);
    sbk_pcsc_close(&voiding.pcsc);
    if (voiding.station != NULL && (result == SBK_OK || result == SBK_REFUSED || result == SBK_UNSETTLED))
        reader_checkpoint(call, voiding.station);
    sbk_station_close(&voiding.station);
    return result;
}
