/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "reader/common.h"
#include "reader/receipt.h"

#include <string.h>

struct redeem {
    struct cli_call *call;
    struct sbk_station *station;
    struct sbk_pcsc *pcsc;
    struct sbk_session *session;
    struct sbk_sale *sale;
    uint8_t who;
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
    for (size_t i = 0; i < bill->line_count; i++) {
        sbk_amount_text(bill->lines[i].unit, bill->lines[i].line.quantity, amount);
        cli_say(call, "  %s %s (%s %u)\n", amount, bill->lines[i].name, _("programme"),
            bill->purses[bill->lines[i].purse].purse.programme);
    }
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
    result = sbk_session_open(&redeem->session, redeem->station, sbk_pcsc_transport(redeem->pcsc), error);
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

static sbk_result print(struct redeem *redeem, struct sbk_error *error) {
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
    sbk_result result = sbk_receipt_print(&header, sbk_sale_bill(redeem->sale), &text, error);
    if (result == SBK_OK)
        result = sbk_buffer_text(&text, &words, error);
    if (result == SBK_OK)
        cli_say(redeem->call, _("\n%s\nHand over the goods.\n"), words);
    sbk_buffer_free(&text);
    return result;
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
    const struct sbk_settled *settled = sbk_sale_settled(redeem->sale, &count);
    reader_say_settled(redeem->call, settled, count);
    if (count > 0)
        cli_field(redeem->call, "settled", reader_settled_json(settled, count));
}

static sbk_result run(struct redeem *redeem, struct sbk_error *error) {
    sbk_result result = sbk_session_open(&redeem->session, redeem->station, sbk_pcsc_transport(redeem->pcsc), error);
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
        result = print(redeem, error);
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
        result = reader_station(call, SBK_STATION_WORK, &redeem->station, error);
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
    sbk_session_close(&redeem.session);
    sbk_sale_free(&redeem.sale);
    sbk_pcsc_close(&redeem.pcsc);
    if (redeem.station != NULL && (result == SBK_OK || result == SBK_REFUSED || result == SBK_UNSETTLED))
        reader_checkpoint(call, redeem.station);
    sbk_station_close(&redeem.station);
    return result;
}
