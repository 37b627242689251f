/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "reader/common.h"
#include "reader/receipt.h"
#include "schema/log.h"
#include "schema/reason.h"

#include <string.h>

struct redeem {
    struct cli_call *call;
    struct sbk_station *station;
    struct sbk_pcsc *pcsc;
    struct sbk_session *session;
    struct sbk_sale *sale;
    uint8_t who;
    bool seen; /* alias is of the card on the reader */
    uint8_t alias[SBK_ALIAS_SIZE];
};

static sbk_result read_who(struct cli_call *call, uint8_t *who, struct sbk_error *error) {
    const char *as = cli_value(call, "as");
    *who = SBK_WHO_HOLDER;
    if (as == NULL || strcmp(as, "holder") == 0)
        return SBK_OK;
    if (strcmp(as, "alternate") != 0)
        return cli_usage(call, error, _("--as is holder or alternate"));
    *who = SBK_WHO_ALTERNATE;
    return SBK_OK;
}

static void say_bill(struct cli_call *call, const struct sbk_bill *bill) {
    char amount[SBK_AMOUNT_ROOM];
    sbk_amount_text(SBK_UNIT_RUPIAH, bill->total, amount);
    cli_say(call, _("Basket worth %s:\n"), amount);
    reader_say_lines(call, bill);
}

static sbk_result open_session(struct redeem *redeem, struct sbk_error *error) {
    sbk_result result = sbk_session_open(&redeem->session, redeem->station, sbk_pcsc_transport(redeem->pcsc), error);
    if (result == SBK_OK) {
        redeem->seen = true;
        memcpy(redeem->alias, sbk_session_card(redeem->session)->fci.alias, sizeof redeem->alias);
    }
    return result;
}

/* Asks for the PIN with the card let go, so that no transaction waits for a person; begins the session anew if another
 * program reset the card meanwhile. */
static sbk_result ask_pin(struct redeem *redeem, struct sbk_pin *pin, struct sbk_error *error) {
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    bool same = true;
    sbk_pcsc_pause(redeem->pcsc);
    sbk_result result = cli_pin(redeem->call, false, &secret, NULL, error);
    if (result == SBK_OK)
        result = sbk_pin_of(secret.data, secret.size, pin, error);
    sbk_secret_free(&secret);
    if (result == SBK_OK)
        result = sbk_pcsc_resume(redeem->pcsc, &same, error);
    if (result != SBK_OK || same)
        return result;
    sbk_session_close(&redeem->session);
    result = open_session(redeem, error);
    return result == SBK_OK ? sbk_sale_read(redeem->sale, redeem->session, error) : result;
}

static sbk_result confirm(struct redeem *redeem, struct sbk_error *error) {
    struct sbk_pin pin = {0};
    sbk_result result = SBK_OK;
    if (sbk_sale_needs_pin(redeem->sale))
        result = ask_pin(redeem, &pin, error);
    /* From here on the card decides; until here Ctrl-C costs nothing. */
    if (result == SBK_OK && cli_interrupted())
        result = cli_fail_interrupted(error);
    if (result == SBK_OK && sbk_sale_state_of(redeem->sale) == SBK_SALE_STATE_PRICED)
        result = sbk_sale_confirm(redeem->sale, redeem->who, &pin, error);
    sbk_cleanse(&pin, sizeof pin);
    return result;
}

/* A receipt that cannot be printed is durable all the same. */
static void print(struct redeem *redeem) {
    struct sbk_error error;
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    const struct sbk_receipt *receipt = sbk_sale_receipt(redeem->sale);
    char outlet[SBK_OUTLET_SIZE + 1];
    const char *words = NULL;
    struct sbk_receipt_header header = {.store = outlet,
        .terminal = sbk_station_id(redeem->station),
        .transaction = receipt->entry.transaction,
        .time = receipt->entry.time,
        .counter = receipt->entry.counter,
        .copy = sbk_sale_repeated(redeem->sale)};
    sbk_id_text(sbk_station_certificate(redeem->station)->rights.outlet, SBK_OUTLET_SIZE, outlet);
    memcpy(header.alias, receipt->entry.alias, sizeof header.alias);
    sbk_result result = sbk_receipt_print(&header, sbk_sale_bill(redeem->sale), &text, &error);
    if (result == SBK_OK)
        result = sbk_buffer_text(&text, &words, &error);
    if (result == SBK_OK)
        cli_say(redeem->call, "\n%s\n", words);
    else
        cli_warn(redeem->call, _("the receipt is in the log but cannot be printed: %s"), error.text);
    sbk_buffer_free(&text);
}

static void answer(struct redeem *redeem) {
    struct cli_call *call = redeem->call;
    const struct sbk_receipt *receipt = sbk_sale_receipt(redeem->sale);
    cli_field_bool(call, "repeated", sbk_sale_repeated(redeem->sale));
    cli_field_hex(call, "alias", receipt->entry.alias, sizeof receipt->entry.alias);
    cli_field_int(call, "counter", receipt->entry.counter);
    cli_field_time(call, "time", receipt->entry.time);
    cli_field_hex(call, "receipt", receipt->body, sizeof receipt->body);
    cli_field_hex(call, "signature", receipt->signature, sizeof receipt->signature);
    cli_field(call, "bill", reader_bill_json(sbk_sale_bill(redeem->sale)));
}

static void tell_settled(struct redeem *redeem) {
    size_t count = 0;
    const struct sbk_delivered *delivered = sbk_sale_delivered(redeem->sale, &count);
    reader_say_delivered(redeem->call, delivered, count);
    if (count > 0)
        cli_field(redeem->call, "delivered", reader_delivered_json(delivered, count));
    const struct sbk_settled *settled = sbk_sale_settled(redeem->sale, &count);
    reader_say_settled(redeem->call, settled, count);
    if (count > 0)
        cli_field(redeem->call, "settled", reader_settled_json(settled, count));
}

static sbk_result run(struct redeem *redeem, struct sbk_error *error) {
    sbk_result result = open_session(redeem, error);
    if (result == SBK_OK) {
        result = sbk_sale_read(redeem->sale, redeem->session, error);
        tell_settled(redeem);
    }
    if (result == SBK_OK && sbk_sale_state_of(redeem->sale) == SBK_SALE_STATE_PRICED) {
        say_bill(redeem->call, sbk_sale_bill(redeem->sale));
        result = confirm(redeem, error);
    }
    if (result == SBK_OK)
        result = sbk_sale_charge(redeem->sale, redeem->session, error);
    cli_field_int(redeem->call, "transaction", sbk_sale_transaction(redeem->sale));
    if (result == SBK_OK) {
        answer(redeem);
        print(redeem);
    }
    return result;
}

static sbk_result begin(struct redeem *redeem, struct sbk_error *error) {
    struct cli_call *call = redeem->call;
    int64_t number = 0;
    sbk_result result = read_who(call, &redeem->who, error);
    if (result == SBK_OK)
        result = cli_number(call, "transaction", 1, UINT32_MAX, &number, error);
    if (result == SBK_OK)
        result = reader_work(call, &redeem->station, error);
    if (result == SBK_OK)
        result = reader_unlock(call, redeem->station, error);
    if (result == SBK_OK)
        result = reader_card(call, &redeem->pcsc, error);
    if (result != SBK_OK)
        return result;
    struct sbk_sale_options options = {
        .words = call->arguments, .word_count = (size_t)call->argument_count, .transaction = (uint32_t)number};
    return sbk_sale_new(&redeem->sale, redeem->station, &options, error);
}

/* The basket in one form, whether or not a sale was begun with it; "" if it is none. */
static const char *words_of(const struct redeem *redeem, struct sbk_buffer *buffer) {
    const struct sbk_list *list = NULL;
    struct sbk_wish wishes[SBK_LINES_MAX];
    struct sbk_error ignored;
    size_t count = 0;
    const char *words = "";
    if (redeem->station == NULL || sbk_station_list(redeem->station, &list, &ignored) != SBK_OK ||
        sbk_basket_read(
            list, redeem->call->arguments, (size_t)redeem->call->argument_count, wishes, &count, &ignored) != SBK_OK ||
        sbk_basket_words(wishes, count, buffer, &words, &ignored) != SBK_OK)
        return "";
    return words;
}

/* A sale that is charged is charged, whatever failed after its receipt was durable. One that waits for its card, or
 * whose number belongs to another card, is not over; neither is an earlier one of this card, or perhaps of this basket.
 */
static enum reader_outcome outcome_of(const struct redeem *redeem, sbk_result result, const struct sbk_error *error) {
    const struct sbk_sale *sale = redeem->sale;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    enum sbk_sale_state state = sale != NULL ? sbk_sale_state_of(sale) : SBK_SALE_STATE_NEW;
    if (state == SBK_SALE_STATE_DONE)
        return READER_DONE;
    if (result == SBK_REFUSED && strcmp(error->reason, SBK_REASON_VOIDED) == 0)
        return READER_NOTHING;
    if (state == SBK_SALE_STATE_OPEN || result == SBK_UNSETTLED || (sale != NULL && sbk_sale_repeated(sale)) ||
        (result == SBK_REFUSED && strcmp(error->reason, SBK_REASON_WRONG_CARD) == 0))
        return READER_AGAIN;
    enum reader_outcome outcome = reader_nothing_or_again(
        redeem->station, SBK_OPERATION_DEBIT, words_of(redeem, &buffer), redeem->seen ? redeem->alias : NULL);
    sbk_buffer_free(&buffer);
    return outcome;
}

sbk_result cmd_redeem(struct cli_call *call, struct sbk_error *error) {
    struct redeem redeem = {.call = call};
    sbk_result result = begin(&redeem, error);
    if (result == SBK_OK)
        result = run(&redeem, error);
    if (redeem.pcsc != NULL) {
        const struct sbk_transport *transport = sbk_pcsc_transport(redeem.pcsc);
        cli_field_int(call, "apdus", transport->apdus);
        cli_field_int(call, "bytes", (int64_t)(transport->bytes_sent + transport->bytes_received));
    }
    reader_outcome(call, SBK_OPERATION_DEBIT, outcome_of(&redeem, result, error));
    sbk_session_close(&redeem.session);
    sbk_sale_free(&redeem.sale);
    sbk_pcsc_close(&redeem.pcsc);
    if (redeem.station != NULL && (result == SBK_OK || result == SBK_REFUSED || result == SBK_UNSETTLED))
        reader_checkpoint(call, redeem.station);
    sbk_station_close(&redeem.station);
    return result;
}
