/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/hotlists.h"
#include "keys/issued.h"
#include "keys/program_root.h"
#include "keys/x509.h"

#include <stdlib.h>
#include <string.h>

/* What an officer should do next, as `status` tells it: first what is late, then what comes. */

#define KEY_DAYS 60     /* before a key's end its successor should be made */
#define STATION_DAYS 14 /* before a station's certificate ends the next should be on its way */

struct todo {
    struct cli_call *call;
    const struct sbk_store *store;
    const struct sbk_city *city;
    uint16_t today;
    json_t *list;
};

/* A stable word and what it is about, for machines. */
static void note(struct todo *todo, const char *what, const char *about) {
    (void)json_array_append_new(todo->list, json_pack("{s:s, s:s?}", "what", what, "about", about));
}

/* ---- keys that end ---- */

static void say_end(struct todo *todo, uint8_t role, uint16_t until) {
    char day[SBK_DAY_ROOM];
    const char *word = sbk_key_role_word(role);
    if (until >= todo->today && until - todo->today >= KEY_DAYS) {
        return;
    }
    sbk_day_format(until, day);
    if (until < todo->today) {
        cli_say(todo->call, _("- %s ended on %s: make its successor now, 'rotate %s'.\n"), word, day, word);
    } else {
        cli_say(todo->call, _("- %s ends on %s: make its successor, 'rotate %s'.\n"), word, day, word);
    }
    note(todo, "rotate", word);
}

/* Whether a later generation is ready to take over. */
static bool has_successor(const struct sbk_city *city, const struct sbk_certificate *used) {
    for (size_t i = 0; i < city->issuer_count; i++) {
        struct sbk_certificate parsed;
        if (sbk_certificate_parse(city->issuers[i].data, city->issuers[i].size, &parsed) == SBK_FORMAT_OK &&
            parsed.role == used->role && parsed.generation > used->generation &&
            parsed.effective <= (uint32_t)used->expiry + 1) {
            return true;
        }
    }
    return false;
}

static void say_keys(struct todo *todo) {
    const struct sbk_buffer *const used[] = {
        &todo->city->station_ca, &todo->city->card_ca, &todo->city->grant_signer, &todo->city->list_signer};
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
        struct sbk_certificate parsed;
        if (sbk_certificate_parse(used[i]->data, used[i]->size, &parsed) == SBK_FORMAT_OK &&
            !has_successor(todo->city, &parsed)) {
            say_end(todo, parsed.role, parsed.expiry);
        }
    }
}

static sbk_result say_offices(struct todo *todo, struct sbk_error *error) {
    struct sbk_office_info info;
    sbk_result result = sbk_x509_info(todo->city->office_ca.data, todo->city->office_ca.size, &info, error);
    if (result == SBK_OK) {
        say_end(todo, SBK_KEY_OFFICE_CA, info.until);
        result = sbk_x509_info(todo->city->city.data, todo->city->city.size, &info, error);
    }
    if (result == SBK_OK) {
        say_end(todo, SBK_KEY_CITY, info.until);
    }
    return result;
}

/* ---- what waits ---- */

static sbk_result say_pending(struct todo *todo, struct sbk_error *error) {
    struct sbk_pending pending[SBK_PENDING_MAX];
    size_t count = 0;
    const sbk_result result = sbk_rotate_pending(todo->store, pending, &count, error);
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        const char *word = sbk_key_role_word(pending[i].role);
        if (pending[i].role == SBK_KEY_ROOT) {
            cli_say(todo->call,
                _("- Root %u has not answered the request to take over: carry it to its machine, or 'accept' the "
                  "answer.\n"),
                pending[i].generation);
        } else {
            cli_say(todo->call,
                _("- %s %u waits for the root: carry its request to the root's machine, or 'accept' the answer.\n"),
                word, pending[i].generation);
        }
        note(todo, "accept", word);
    }
    return result;
}

bool program_next_root_here(const struct sbk_store *store, uint8_t generation) {
    struct sbk_store *beside = NULL;
    struct sbk_key_info info;
    char *path = sbk_path_join(sbk_store_path(store), SBK_NEXT_ROOT_FOLDER);
    bool here = sbk_store_info(store, SBK_KEY_ROOT, generation, &info, NULL) == SBK_OK;
    if (!here && path != NULL && sbk_store_open(&beside, path, false, NULL) == SBK_OK) {
        here = sbk_store_info(beside, SBK_KEY_ROOT, generation, &info, NULL) == SBK_OK;
    }
    sbk_store_close(&beside);
    free(path);
    return here;
}

static void say_custody(struct todo *todo) {
    if (program_next_root_here(todo->store, (uint8_t)(todo->city->anchor.generation + 1))) {
        cli_say(todo->call, "%s", _("- Carry the next root's folder to other custody.\n"));
        note(todo, "carry-next-root", NULL);
    }
    if (sbk_store_newest(todo->store, SBK_KEY_TRANSPORT) == 0) {
        cli_say(todo->call, "%s",
            _("- Take in the card vendor's transport key before the first batch, 'transport import'.\n"));
        note(todo, "transport-import", NULL);
    }
}

/* ---- stations ---- */

static sbk_result say_station(void *context, const char *terminal, uint16_t until, struct sbk_error *error) {
    struct todo *todo = context;
    char day[SBK_DAY_ROOM];
    (void)error;
    sbk_day_format(until, day);
    if (until < todo->today) {
        cli_say(todo->call, _("- Station %s cannot work since its certificate ended on %s: 'station issue'.\n"),
            terminal, day);
    } else {
        cli_say(todo->call, _("- The certificate of station %s ends on %s: 'station issue'.\n"), terminal, day);
    }
    note(todo, "station-issue", terminal);
    return SBK_OK;
}

/* ---- hotlists ---- */

static sbk_result say_distrusted(void *context, uint8_t role, uint8_t generation, struct sbk_error *error) {
    struct todo *todo = context;
    uint8_t used = 0;
    const char *word = sbk_key_role_word(role);
    const sbk_result result = sbk_city_in_use(todo->store, role, todo->today, &used, error);
    if (result == SBK_OK && used == generation) {
        cli_say(todo->call, _("- %s %u is distrusted and still in use: make its successor now, 'rotate %s'.\n"), word,
            generation, word);
        note(todo, "rotate", word);
    }
    return result;
}

static sbk_result say_hotlist(struct todo *todo, struct sbk_database *database, struct sbk_error *error) {
    enum hotlists_due due = HOTLISTS_NOT_DUE;
    sbk_result result = hotlists_each_distrusted(database, say_distrusted, todo, error);
    if (result == SBK_OK) {
        result = hotlists_look_due(database, todo->today, &due, error);
    }
    if (result == SBK_OK && due != HOTLISTS_NOT_DUE) {
        cli_say(todo->call, "%s",
            due == HOTLISTS_NEWS
                ? _("- Stations have not heard of what was revoked or distrusted: make a 'hotlist' and send a "
                    "courier.\n")
                : _("- Stations soon find the newest hotlist old: make the next one and send a courier.\n"));
        note(todo, "hotlist", due == HOTLISTS_NEWS ? "news" : "old");
    }
    return result;
}

/* What the office's books tell: stations and hotlists. */
static sbk_result say_books(struct todo *todo, struct sbk_error *error) {
    struct sbk_database *database = NULL;
    if (!issued_exists(todo->store)) {
        return SBK_OK;
    }
    sbk_result result = issued_open(todo->store, false, &database, error);
    if (result == SBK_OK) {
        result = issued_each_ending(database, (uint16_t)(todo->today + STATION_DAYS), say_station, todo, error);
    }
    if (result == SBK_OK) {
        result = say_hotlist(todo, database, error);
    }
    sbk_database_close(&database);
    return result;
}

sbk_result program_say_todo(
    struct cli_call *call, const struct sbk_store *store, const struct sbk_city *city, struct sbk_error *error) {
    struct todo todo = {
        .call = call, .store = store, .city = city, .today = sbk_clock_today(call->clock), .list = json_array()};
    cli_say(call, "%s", _("\nTo do:\n"));
    say_keys(&todo);
    sbk_result result = say_offices(&todo, error);
    if (result == SBK_OK) {
        result = say_pending(&todo, error);
    }
    if (result == SBK_OK) {
        say_custody(&todo);
        result = say_books(&todo, error);
    }
    if (result == SBK_OK && json_array_size(todo.list) == 0) {
        cli_say(call, "%s", _("- Nothing now.\n"));
    }
    cli_field(call, "to_do", todo.list);
    return result;
}
