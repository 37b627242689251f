/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/output.h"
#include "keys/mandates.h"
#include "schema/reason.h"

#include <string.h>

/* What the steps share. */
struct noticing {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_database *cards;
    struct sbk_key *signer;
    uint8_t kind;
    size_t made;
};

static sbk_result read_kind(struct noticing *noticing, struct sbk_error *error) {
    const bool stop = cli_given(noticing->call, "stop");
    if (stop == cli_given(noticing->call, "pin-reset")) {
        return cli_usage(noticing->call, error, "%s", _("one of --stop and --pin-reset"));
    }
    noticing->kind = stop ? SBK_NOTICE_STOP : SBK_NOTICE_PIN_RESET;
    return SBK_OK;
}

/* A stop is for the newest mandate and all before it; the same twice changes nothing. A reset is each time a new one. */
static sbk_result make_one(void *context, const struct sbk_city_card *card, struct sbk_error *error) {
    struct noticing *noticing = context;
    struct sbk_notice notice = {.kind = noticing->kind, .issued = sbk_clock_today(noticing->call->clock)};
    uint32_t newest = 0;
    memcpy(notice.alias, card->alias, sizeof notice.alias);
    sbk_result result = sbk_cards_newest_notice(noticing->cards, card, noticing->kind, &newest, error);
    if (result != SBK_OK) {
        return result;
    }
    notice.number = noticing->kind == SBK_NOTICE_STOP ? card->mandate.number : newest + 1;
    if (noticing->kind == SBK_NOTICE_STOP && newest >= notice.number) {
        return SBK_OK;
    }
    result = sbk_notice_release(noticing->cards, noticing->signer, card, &notice, error);
    noticing->made += result == SBK_OK;
    return result;
}

sbk_result cmd_notice(struct cli_call *call, struct sbk_error *error) {
    struct noticing noticing = {.call = call};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_kind(&noticing, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &noticing.store, error);
    }
    if (result == SBK_OK) {
        result = sbk_cards_open(&noticing.cards, sbk_store_path(noticing.store), SBK_DATABASE_OPEN, error);
    }
    if (result == SBK_OK) {
        result = program_key(call, noticing.store, SBK_KEY_LIST_SIGNER, &noticing.signer, error);
    }
    if (result == SBK_OK) {
        result = program_each_card(call, noticing.cards, make_one, &noticing, error);
    }
    if (result == SBK_OK) {
        cli_say(call,
            P_("%lu notice made; 'courier' takes it to the card.\n",
                "%lu notices made; 'courier' takes them "
                "to the cards.\n",
                noticing.made),
            (unsigned long)noticing.made);
        cli_field_int(call, "notices", (int64_t)noticing.made);
    }
    sbk_key_close(&noticing.signer);
    sbk_database_close(&noticing.cards);
    sbk_store_close(&noticing.store);
    return result;
}
