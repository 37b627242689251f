/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/output.h"
#include "keys/mandates.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* What the steps share. */
struct making {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_database *cards;
    struct sbk_key *signer;
    struct sbk_mandate_change change;
    size_t made;
};

static sbk_result read_status(struct making *making, struct sbk_error *error) {
    static const struct {
        const char *option;
        uint8_t status;
    } words[] = {{"block", SBK_MANDATE_BLOCKED}, {"unblock", SBK_MANDATE_ACTIVE}, {"close", SBK_MANDATE_CLOSED}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (cli_given(making->call, words[i].option) && making->change.status != 0) {
            return cli_usage(making->call, error, "%s", _("only one of --block, --unblock and --close"));
        }
        if (cli_given(making->call, words[i].option)) {
            making->change.status = words[i].status;
        }
    }
    return SBK_OK;
}

static sbk_result read_flag(struct making *making, const char *option, uint8_t flag, struct sbk_error *error) {
    const char *text = cli_value(making->call, option);
    if (text != NULL && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0) {
        return cli_usage(making->call, error, _("--%s is yes or no"), option);
    }
    if (text != NULL && strcmp(text, "yes") == 0) {
        making->change.flags_set |= flag;
    } else if (text != NULL) {
        making->change.flags_clear |= flag;
    }
    return SBK_OK;
}

static sbk_result read_outlet(struct making *making, struct sbk_error *error) {
    const char *text = cli_value(making->call, "outlet");
    making->change.has_outlet = text != NULL;
    if (text != NULL && strcmp(text, "none") != 0 &&
        sbk_id_write(text, making->change.outlet, SBK_OUTLET_SIZE) != SBK_FORMAT_OK) {
        return cli_usage(making->call, error,
            _("--outlet: '%.40s' is neither none nor 1 to 8 characters of A-Z a-z 0-9 . _ -"), text);
    }
    return SBK_OK;
}

static sbk_result read_grants(struct making *making, struct sbk_error *error) {
    struct sbk_mandate_change *change = &making->change;
    sbk_result result = SBK_OK;
    if (cli_count(making->call, "grant") > SBK_PURSES_MAX || cli_count(making->call, "end") > SBK_PURSES_MAX) {
        return cli_usage(making->call, error, "%s", _("a card has eight purses: fewer --grant and --end"));
    }
    for (size_t i = 0; i < cli_count(making->call, "grant") && result == SBK_OK; i++) {
        result = sbk_grant_parse(cli_value_at(making->call, "grant", i), &change->grants[change->grant_count++], error);
    }
    for (size_t i = 0; i < cli_count(making->call, "end") && result == SBK_OK; i++) {
        const char *text = cli_value_at(making->call, "end", i);
        char *end = NULL;
        const unsigned long grant = strtoul(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end != 0 || grant < 1 || grant > UINT16_MAX) {
            return cli_usage(making->call, error, _("--end: '%.40s' is no grant's number"), text);
        }
        change->ends[change->end_count++] = (uint16_t)grant;
    }
    return result;
}

static sbk_result read_change(struct making *making, struct sbk_error *error) {
    sbk_result result = read_status(making, error);
    if (result == SBK_OK) {
        result = read_flag(making, "pin", SBK_MANDATE_PIN, error);
    }
    if (result == SBK_OK) {
        result = read_flag(making, "alternate", SBK_MANDATE_ALTERNATE, error);
    }
    if (result == SBK_OK) {
        result = read_outlet(making, error);
    }
    if (result == SBK_OK) {
        result = read_grants(making, error);
    }
    if (cli_given(making->call, "set-floor")) {
        making->change.flags_set |= SBK_MANDATE_SET_FLOOR;
    }
    const struct sbk_mandate_change *change = &making->change;
    if (result == SBK_OK && change->status == 0 && change->flags_set == 0 && change->flags_clear == 0 &&
        !change->has_outlet && change->grant_count == 0 && change->end_count == 0) {
        result = cli_usage(making->call, error, "%s",
            _("nothing would change: give --grant, --end, --block, --unblock, --close, --outlet, --pin, --alternate or "
              "--set-floor"));
    }
    return result;
}

static sbk_result make_one(void *context, const struct sbk_city_card *card, struct sbk_error *error) {
    struct making *making = context;
    struct sbk_mandate next;
    sbk_result result =
        sbk_mandate_apply(making->cards, card, &making->change, sbk_clock_today(making->call->clock), &next, error);
    if (result == SBK_OK) {
        result = sbk_mandate_release(making->cards, making->signer, card, &next, error);
    }
    making->made += result == SBK_OK;
    return result;
}

sbk_result cmd_mandate(struct cli_call *call, struct sbk_error *error) {
    struct making making = {.call = call};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_change(&making, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &making.store, error);
    }
    if (result == SBK_OK) {
        result = sbk_cards_open(&making.cards, sbk_store_path(making.store), SBK_DATABASE_OPEN, error);
    }
    if (result == SBK_OK) {
        result = program_key(call, making.store, SBK_KEY_GRANT_SIGNER, &making.signer, error);
    }
    if (result == SBK_OK) {
        result = program_each_card(call, making.cards, make_one, &making, error);
    }
    if (result == SBK_OK) {
        cli_say(call,
            P_("%lu mandate made; 'courier' takes it to the card.\n",
                "%lu mandates made; 'courier' takes "
                "them to the cards.\n",
                making.made),
            (unsigned long)making.made);
        cli_field_int(call, "mandates", (int64_t)making.made);
    }
    sbk_key_close(&making.signer);
    sbk_database_close(&making.cards);
    sbk_store_close(&making.store);
    return result;
}
