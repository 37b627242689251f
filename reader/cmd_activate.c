/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "keys/cms.h"
#include "reader/activate.h"
#include "reader/common.h"
#include "schema/log.h"

struct pins {
    struct sbk_pin holder;
    struct sbk_pin alternate;
    bool has_alternate;
};

/* Before the card is reserved: no transaction waits for a person. */
static sbk_result ask_pins(struct cli_call *call, struct pins *pins, struct sbk_error *error) {
    struct sbk_secret holder = SBK_SECRET_EMPTY;
    struct sbk_secret alternate = SBK_SECRET_EMPTY;
    sbk_result result = cli_pin(call, true, &holder, &alternate, error);
    if (result == SBK_OK)
        result = sbk_pin_of(holder.data, holder.size, &pins->holder, error);
    pins->has_alternate = alternate.size > 0;
    if (result == SBK_OK && pins->has_alternate)
        result = sbk_pin_of(alternate.data, alternate.size, &pins->alternate, error);
    sbk_secret_free(&holder);
    sbk_secret_free(&alternate);
    return result;
}

static void show(struct cli_call *call, const struct sbk_activation *activation) {
    cli_field_int(call, "transaction", activation->transaction);
    cli_field_bool(call, "repeated", activation->already);
    cli_field_hex(call, "alias", activation->receipt.entry.alias, SBK_ALIAS_SIZE);
    cli_field_hex(call, "receipt", activation->receipt.body, sizeof activation->receipt.body);
    cli_field_hex(call, "signature", activation->receipt.signature, sizeof activation->receipt.signature);
    cli_say(call, "%s\n",
        activation->already ? _("The card was activated by the earlier tap.")
                            : _("The card is active and its PIN is set."));
}

static void tell_outcome(
    struct cli_call *call, struct sbk_station *station, const struct sbk_activation *activation, sbk_result result) {
    enum reader_outcome outcome = READER_AGAIN;
    if (result == SBK_OK)
        outcome = READER_DONE;
    else if (result != SBK_UNSETTLED)
        outcome =
            reader_nothing_or_again(station, SBK_OPERATION_ACTIVATE, "", activation->seen ? activation->alias : NULL);
    reader_outcome(call, SBK_OPERATION_ACTIVATE, outcome);
}

static sbk_result activate(struct cli_call *call, struct sbk_station *station, const struct sbk_buffer *certificates,
    struct sbk_error *error) {
    struct pins pins = {0};
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_activation activation = {.certificates = certificates, .holder = &pins.holder};
    sbk_result result = ask_pins(call, &pins, error);
    if (pins.has_alternate)
        activation.alternate = &pins.alternate;
    if (result == SBK_OK)
        result = reader_card(call, &pcsc, error);
    if (result == SBK_OK)
        result = sbk_activate(station, sbk_pcsc_transport(pcsc), &activation, error);
    if (result == SBK_OK)
        show(call, &activation);
    tell_outcome(call, station, &activation, result);
    sbk_cleanse(&pins, sizeof pins);
    sbk_pcsc_close(&pcsc);
    if (result == SBK_OK || result == SBK_REFUSED || result == SBK_UNSETTLED)
        reader_checkpoint(call, station);
    return result;
}

sbk_result cmd_activate(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer certificates = SBK_BUFFER_EMPTY;
    sbk_result result = reader_work(call, &station, error);
    if (result == SBK_OK)
        result = sbk_file_read(cli_value(call, "certificates"), SBK_CMS_MAX, &file, error);
    if (result == SBK_OK)
        result = sbk_certificates_open(station, file.data, file.size, &certificates, error);
    if (result == SBK_OK)
        result = reader_unlock(call, station, error);
    if (result == SBK_OK)
        result = activate(call, station, &certificates, error);
    sbk_buffer_free(&file);
    sbk_buffer_free(&certificates);
    sbk_station_close(&station);
    return result;
}
