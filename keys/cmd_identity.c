/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "keys/people.h"
#include "schema/reason.h"

#include <string.h>

/* What the steps share. */
struct identifying {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_database *cards;
    struct sbk_key *signer;
    struct people_file file;
    size_t made;
    size_t mandates;
};

static sbk_result read_people(struct identifying *identifying, struct sbk_error *error) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    const char *path = cli_value(identifying->call, "people");
    if (path == NULL) {
        return SBK_OK;
    }
    sbk_result result = program_read(path, PEOPLE_FILE_MAX, &text, error);
    if (result == SBK_OK) {
        result = people_file_parse(text.data, text.size, &identifying->file, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&text);
    return result;
}

static sbk_result make_one(struct identifying *identifying, const struct sbk_city_card *card,
    const struct person_change *change, struct sbk_error *error) {
    bool mandate = false;
    sbk_result result = sbk_identity_release(identifying->cards, identifying->signer, card, change,
        sbk_clock_today(identifying->call->clock), &mandate, error);
    identifying->made += result == SBK_OK;
    identifying->mandates += mandate;
    return result;
}

/* One of --card or --cards: as the register has it. */
static sbk_result make_same(void *context, const struct sbk_city_card *card, struct sbk_error *error) {
    return make_one(context, card, NULL, error);
}

/* Those of the file, in one transaction. */
static sbk_result make_changed(struct identifying *identifying, struct sbk_error *error) {
    struct cli_progress progress;
    sbk_result result = sbk_database_begin(identifying->cards, error);
    if (result != SBK_OK) {
        return result;
    }
    cli_progress_begin(&progress, identifying->call, _("signing"));
    for (size_t i = 0; i < identifying->file.count && result == SBK_OK; i++) {
        const struct person_change *change = &identifying->file.people[i];
        struct sbk_city_card card;
        result = cli_interrupted() ? cli_fail_interrupted(error)
                                   : sbk_cards_find(identifying->cards, change->card, &card, error);
        if (result == SBK_OK) {
            result = make_one(identifying, &card, change, error);
        }
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, _("card %s"), change->card);
        }
        cli_progress_show(&progress, i + 1, identifying->file.count);
    }
    cli_progress_end(&progress);
    if (result == SBK_OK) {
        return sbk_database_commit(identifying->cards, error);
    }
    sbk_database_rollback(identifying->cards);
    return result;
}

static sbk_result make_all(struct identifying *identifying, struct sbk_error *error) {
    struct cli_call *call = identifying->call;
    const bool named = cli_count(call, "card") > 0 || cli_value(call, "cards") != NULL;
    if (named == (identifying->file.count > 0)) {
        return cli_usage(call, error, "%s", _("give --people, or --card and --cards"));
    }
    return named ? program_each_card(call, identifying->cards, make_same, identifying, error)
                 : make_changed(identifying, error);
}

static void report(const struct identifying *identifying) {
    cli_say(identifying->call,
        P_("%lu identity record made; 'courier' takes it, encrypted, to the registrars of its kelurahan.\n",
            "%lu identity records made; 'courier' takes them, encrypted, to the registrars of their kelurahan.\n",
            identifying->made),
        (unsigned long)identifying->made);
    if (identifying->mandates > 0) {
        cli_say(identifying->call,
            P_("%lu alternate came or went: the mandate that says so is made as well.\n",
                "%lu alternates came or went: the mandates that say so are made as well.\n", identifying->mandates),
            (unsigned long)identifying->mandates);
    }
    cli_field_int(identifying->call, "identities", (json_int_t)identifying->made);
    cli_field_int(identifying->call, "mandates", (json_int_t)identifying->mandates);
}

sbk_result cmd_identity(struct cli_call *call, struct sbk_error *error) {
    struct identifying identifying = {.call = call};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_people(&identifying, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &identifying.store, error);
    }
    if (result == SBK_OK) {
        result = sbk_cards_open(&identifying.cards, sbk_store_path(identifying.store), SBK_DATABASE_OPEN, error);
    }
    if (result == SBK_OK) {
        result = program_key(call, identifying.store, SBK_KEY_GRANT_SIGNER, &identifying.signer, error);
    }
    if (result == SBK_OK) {
        result = make_all(&identifying, error);
    }
    if (result == SBK_OK) {
        report(&identifying);
    }
    people_file_free(&identifying.file);
    sbk_key_close(&identifying.signer);
    sbk_database_close(&identifying.cards);
    sbk_store_close(&identifying.store);
    return result;
}
