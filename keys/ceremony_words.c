/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/store.h"
#include "schema/check.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words of ceremonies and what their details may be. */

static const char *const kinds[CEREMONY_KINDS] = {
    "first-root", "succession", "intermediate", "transport", "shares", "compromise"};

const char *ceremony_kind_word(enum ceremony_kind kind) {
    return kinds[kind];
}

bool ceremony_kind_of(const char *word, enum ceremony_kind *kind) {
    for (int i = 0; i < CEREMONY_KINDS; i++) {
        if (strcmp(word, kinds[i]) == 0) {
            *kind = (enum ceremony_kind)i;
            return true;
        }
    }
    return false;
}

static const char *const fields[CEREMONY_FIELDS] = {
    [CEREMONY_KIND] = "kind",
    [CEREMONY_ROLE] = "role",
    [CEREMONY_GENERATION] = "generation",
    [CEREMONY_DATE] = "date",
    [CEREMONY_PLACE] = "place",
    [CEREMONY_STORE] = "store",
    [CEREMONY_ROOT] = "root",
    [CEREMONY_NEXT] = "next",
    [CEREMONY_FILES] = "files",
    [CEREMONY_FROM] = "from",
    [CEREMONY_UNTIL] = "until",
    [CEREMONY_OLD_UNTIL] = "old-until",
    [CEREMONY_QUORUM] = "quorum",
    [CEREMONY_TERMINAL] = "terminal",
    [CEREMONY_AIR_GAP] = "air-gap",
    [CEREMONY_QR] = "qr",
    [CEREMONY_SIGNER] = "signer",
    [CEREMONY_LANGUAGE] = "language",
    [CEREMONY_VERSION] = "version",
    [CEREMONY_MASTER] = "master",
    [CEREMONY_OFFICER] = "officer-1",
    [CEREMONY_OFFICER + 1] = "officer-2",
    [CEREMONY_OFFICER + 2] = "officer-3",
    [CEREMONY_OFFICER + 3] = "officer-4",
    [CEREMONY_OFFICER + 4] = "officer-5",
    [CEREMONY_OFFICER + 5] = "officer-6",
    [CEREMONY_OFFICER + 6] = "officer-7",
    [CEREMONY_OFFICER + 7] = "officer-8",
    [CEREMONY_OFFICER + 8] = "officer-9",
    [CEREMONY_WITNESS] = "witness-1",
    [CEREMONY_WITNESS + 1] = "witness-2",
    [CEREMONY_WITNESS + 2] = "witness-3",
};

const char *ceremony_field_word(enum ceremony_field field) {
    return fields[field];
}

static const char *const people[CEREMONY_PEOPLE] = {
    "MC", "KO1", "KO2", "KO3", "KO4", "KO5", "KO6", "KO7", "KO8", "KO9", "W1", "W2", "W3"};

const char *ceremony_person_word(size_t person) {
    return people[person];
}

bool ceremony_person_of(struct ceremony_text word, size_t *person) {
    for (size_t i = 0; i < CEREMONY_PEOPLE; i++) {
        if (strlen(people[i]) == word.size && memcmp(people[i], word.data, word.size) == 0) {
            *person = i;
            return true;
        }
    }
    return false;
}

void ceremony_boxes(uint16_t who, char lines[CEREMONY_BOX_LINES][CEREMONY_BOX_ROOM]) {
    size_t ends[CEREMONY_BOX_LINES] = {0};
    for (size_t person = 0; person <= CEREMONY_PEOPLE; person++) {
        const bool last = person == CEREMONY_PEOPLE;
        if (!last && (who & 1u << person) == 0) {
            continue;
        }
        const char *cells[CEREMONY_BOX_LINES] = {last ? "HH:MM" : people[person], "---", "   "};
        for (size_t i = 0; i < CEREMONY_BOX_LINES; i++) {
            const char *bar = ends[i] == 0 ? "|" : "";
            const int size =
                snprintf(lines[i] + ends[i], CEREMONY_BOX_ROOM - ends[i], i == 0 ? "%s %s |" : "%s%s|", bar, cells[i]);
            ends[i] += size > 0 ? (size_t)size : 0;
        }
    }
}

static unsigned count_from(const struct ceremony_details *details, size_t first, unsigned most) {
    unsigned count = 0;
    while (count < most && details->values[first + count][0] != 0) {
        count++;
    }
    return count;
}

unsigned ceremony_officers(const struct ceremony_details *details) {
    return count_from(details, CEREMONY_OFFICER, CEREMONY_OFFICERS_MAX);
}

unsigned ceremony_witnesses(const struct ceremony_details *details) {
    return count_from(details, CEREMONY_WITNESS, CEREMONY_WITNESSES_MAX);
}

/* One or two digits without a leading zero, in all the text up to the given end. 0: anything else. */
static unsigned small_number(const char *text, size_t size) {
    unsigned number = 0;
    if (size < 1 || size > 3 || text[0] == '0') {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        number = 10 * number + (unsigned)(text[i] - '0');
    }
    return number;
}

unsigned ceremony_number(const struct ceremony_details *details, enum ceremony_field field) {
    return small_number(details->values[field], strlen(details->values[field]));
}

const char *ceremony_shared_role(const char *role) {
    static const struct {
        const char *word;
        uint8_t role;
    } shared[] = {{"root-share", SBK_KEY_ROOT}, {"grant-signer-share", SBK_KEY_GRANT_SIGNER}};
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        if (strcmp(role, shared[i].word) == 0) {
            return sbk_key_role_word(shared[i].role);
        }
    }
    return NULL;
}

bool ceremony_quorum(const struct ceremony_details *details, unsigned *needed, unsigned *of) {
    const char *text = details->values[CEREMONY_QUORUM];
    const char *slash = strchr(text, '/');
    if (slash == NULL) {
        return false;
    }
    *needed = small_number(text, (size_t)(slash - text));
    *of = small_number(slash + 1, strlen(slash + 1));
    return *needed > 0 && *of > 0;
}

void ceremony_folder(const struct ceremony_details *details, enum ceremony_where where, char path[CEREMONY_PATH_ROOM]) {
    static const enum ceremony_field of[] = {CEREMONY_STORE, CEREMONY_STORE, CEREMONY_ROOT, CEREMONY_NEXT};
    (void)snprintf(path, CEREMONY_PATH_ROOM, "%s%s", details->values[of[where]],
        where == CEREMONY_IN_STORE_NEXT ? "/" SBK_NEXT_ROOT_FOLDER : "");
}

/* ---- what values may be ---- */

static bool is_one_of(const char *value, const char *const *words) {
    for (; *words != NULL; words++) {
        if (strcmp(value, *words) == 0) {
            return true;
        }
    }
    return false;
}

/* What a shell takes as it is, so that commands stand on paper as they are typed. */
static bool is_path(const char *value) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+,@%-";
    const size_t length = strlen(value);
    return value[0] != '-' && strspn(value, allowed) == length && (length < 2 || value[length - 1] != '/');
}

static bool is_name(const char *value) {
    const size_t length = strlen(value);
    return value[0] != ' ' && value[length - 1] != ' ' && strpbrk(value, "|`\\<>*_[]") == NULL &&
           sbk_check_text((const uint8_t *)value, length);
}

static bool is_day(const char *value) {
    uint16_t day = 0;
    return sbk_day_parse(value, &day);
}

static bool is_role(const char *value) {
    const uint8_t role = sbk_key_role_of(value);
    return (role >= SBK_KEY_ROOT && role <= SBK_KEY_TRANSPORT) || ceremony_shared_role(value) != NULL ||
           strcmp(value, "station") == 0;
}

static bool is_signer(const char *value) {
    const uint8_t role = sbk_key_role_of(value);
    return role >= SBK_KEY_ROOT && role <= SBK_KEY_CITY;
}

static bool is_generation(const char *value) {
    const unsigned number = small_number(value, strlen(value));
    return number >= 1 && number <= 126;
}

static bool is_quorum(const char *value) {
    struct ceremony_details details = {.values = {{0}}};
    unsigned needed = 0;
    unsigned of = 0;
    (void)snprintf(details.values[CEREMONY_QUORUM], sizeof details.values[0], "%s", value);
    return ceremony_quorum(&details, &needed, &of) && needed >= 2 && needed <= of && of <= CEREMONY_OFFICERS_MAX;
}

static bool is_terminal(const char *value) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return strlen(value) <= SBK_TERMINAL_SIZE && strspn(value, allowed) == strlen(value) && value[0] != '-';
}

static bool is_old_until(const char *value) {
    return strcmp(value, "0") == 0 || is_day(value);
}

static bool is_yes(const char *value) {
    return strcmp(value, "yes") == 0;
}

static bool is_language(const char *value) {
    static const char *const words[] = {"id", "en", NULL};
    return is_one_of(value, words);
}

static bool is_kind(const char *value) {
    enum ceremony_kind kind = CEREMONY_FIRST_ROOT;
    return ceremony_kind_of(value, &kind);
}

static bool value_allowed(size_t field, const char *value) {
    static bool (*const forms[CEREMONY_MASTER])(const char *) = {
        [CEREMONY_KIND] = is_kind,
        [CEREMONY_ROLE] = is_role,
        [CEREMONY_GENERATION] = is_generation,
        [CEREMONY_DATE] = is_day,
        [CEREMONY_PLACE] = is_name,
        [CEREMONY_STORE] = is_path,
        [CEREMONY_ROOT] = is_path,
        [CEREMONY_NEXT] = is_path,
        [CEREMONY_FILES] = is_path,
        [CEREMONY_FROM] = is_day,
        [CEREMONY_UNTIL] = is_day,
        [CEREMONY_OLD_UNTIL] = is_old_until,
        [CEREMONY_QUORUM] = is_quorum,
        [CEREMONY_TERMINAL] = is_terminal,
        [CEREMONY_AIR_GAP] = is_yes,
        [CEREMONY_QR] = is_yes,
        [CEREMONY_SIGNER] = is_signer,
        [CEREMONY_LANGUAGE] = is_language,
        [CEREMONY_VERSION] = is_name,
    };
    return field >= CEREMONY_MASTER ? is_name(value) : forms[field](value);
}

/* ---- what a kind needs and takes ---- */

#define BIT(field) (1u << (field))
#define ALWAYS                                                                                                         \
    (BIT(CEREMONY_KIND) | BIT(CEREMONY_DATE) | BIT(CEREMONY_STORE) | BIT(CEREMONY_FILES) | BIT(CEREMONY_SIGNER) |      \
        BIT(CEREMONY_LANGUAGE) | BIT(CEREMONY_VERSION))
#define ROOT_PLACE (BIT(CEREMONY_ROOT) | BIT(CEREMONY_AIR_GAP) | BIT(CEREMONY_QR) | BIT(CEREMONY_QUORUM))

struct shape {
    uint32_t needed; /* besides ALWAYS */
    uint32_t taken;  /* besides those and the place */
};

/* The city's own key is certified by the office CA, everything else by the root. */
static bool by_office_ca(const char *role) {
    return strcmp(role, sbk_key_role_word(SBK_KEY_CITY)) == 0;
}

static struct shape shape_of_compromise(const char *role) {
    if (strcmp(role, "root") == 0) {
        return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION) | BIT(CEREMONY_ROOT) | BIT(CEREMONY_NEXT) |
                                  BIT(CEREMONY_OLD_UNTIL),
            ROOT_PLACE};
    }
    if (ceremony_shared_role(role) != NULL) {
        return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION) | BIT(CEREMONY_QUORUM), BIT(CEREMONY_ROOT)};
    }
    if (strcmp(role, "station") == 0) {
        return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_TERMINAL), 0};
    }
    if (strcmp(role, "transport") == 0 || by_office_ca(role)) {
        return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION), 0};
    }
    return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION) | BIT(CEREMONY_ROOT), ROOT_PLACE};
}

static struct shape shape_of(enum ceremony_kind kind, const char *role) {
    switch (kind) {
    case CEREMONY_FIRST_ROOT:
        return (struct shape){BIT(CEREMONY_NEXT), BIT(CEREMONY_QUORUM)};
    case CEREMONY_SUCCESSION:
        return (struct shape){
            BIT(CEREMONY_GENERATION) | BIT(CEREMONY_ROOT) | BIT(CEREMONY_NEXT) | BIT(CEREMONY_OLD_UNTIL), ROOT_PLACE};
    case CEREMONY_INTERMEDIATE:
        if (by_office_ca(role)) {
            return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION), BIT(CEREMONY_UNTIL)};
        }
        return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION) | BIT(CEREMONY_ROOT),
            ROOT_PLACE | BIT(CEREMONY_FROM) | BIT(CEREMONY_UNTIL)};
    case CEREMONY_TRANSPORT:
        return (struct shape){BIT(CEREMONY_GENERATION), 0};
    case CEREMONY_SHARES:
        return (struct shape){BIT(CEREMONY_ROLE) | BIT(CEREMONY_GENERATION) | BIT(CEREMONY_QUORUM), BIT(CEREMONY_ROOT)};
    case CEREMONY_COMPROMISE:
        return shape_of_compromise(role);
    }
    return (struct shape){0, 0};
}

static sbk_result wrong(struct sbk_error *error, size_t field, const char *why) {
    return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s: %s", fields[field], why);
}

static sbk_result check_fields(
    const struct ceremony_details *details, enum ceremony_kind kind, struct sbk_error *error) {
    const struct shape shape = shape_of(kind, details->values[CEREMONY_ROLE]);
    const uint32_t needed = shape.needed | ALWAYS;
    const uint32_t taken = needed | shape.taken | BIT(CEREMONY_PLACE);
    for (size_t i = 0; i < CEREMONY_MASTER; i++) {
        const bool given = details->values[i][0] != 0;
        if (!given && (needed & BIT(i)) != 0) {
            return wrong(error, i, _("this ceremony needs it"));
        }
        if (given && (taken & BIT(i)) == 0) {
            return wrong(error, i, _("this ceremony has no use for it"));
        }
    }
    return SBK_OK;
}

/* The keys that can be made, replaced or lost. */
static sbk_result check_role(const struct ceremony_details *details, enum ceremony_kind kind, struct sbk_error *error) {
    static const char *const made[] = {
        "station-ca", "card-ca", "grant-signer", "list-signer", "office-ca", "city", NULL};
    static const char *const shared[] = {"root", "grant-signer", NULL};
    static const char *const lost[] = {"root", "station-ca", "card-ca", "grant-signer", "list-signer", "office-ca",
        "city", "transport", "root-share", "grant-signer-share", "station", NULL};
    const char *role = details->values[CEREMONY_ROLE];
    if (kind == CEREMONY_INTERMEDIATE && !is_one_of(role, made)) {
        return wrong(
            error, CEREMONY_ROLE, _("choose station-ca, card-ca, grant-signer, list-signer, office-ca or city"));
    }
    if (kind == CEREMONY_SHARES && !is_one_of(role, shared)) {
        return wrong(error, CEREMONY_ROLE, _("choose root or grant-signer"));
    }
    if (kind == CEREMONY_COMPROMISE && !is_one_of(role, lost)) {
        return wrong(error, CEREMONY_ROLE, _("choose a key's role, root-share, grant-signer-share or station"));
    }
    if (kind == CEREMONY_COMPROMISE && strcmp(role, lost[0]) == 0 &&
        strcmp(details->values[CEREMONY_OLD_UNTIL], "0") != 0) {
        return wrong(error, CEREMONY_OLD_UNTIL, _("a root in other people's hands gets no time: 0"));
    }
    return SBK_OK;
}

static sbk_result check_people(
    const struct ceremony_details *details, enum ceremony_kind kind, struct sbk_error *error) {
    const unsigned officers = ceremony_officers(details);
    const unsigned witnesses = ceremony_witnesses(details);
    unsigned needed = 0;
    unsigned of = 0;
    unsigned named = 0;
    for (size_t i = CEREMONY_MASTER; i < CEREMONY_FIELDS; i++) {
        for (size_t other = i + 1; other < CEREMONY_FIELDS; other++) {
            if (details->values[i][0] != 0 && strcmp(details->values[i], details->values[other]) == 0) {
                return wrong(error, other, _("nobody can be two people: this name stands there already"));
            }
        }
        named += details->values[i][0] != 0;
    }
    if (details->values[CEREMONY_MASTER][0] == 0 || officers < 2 || witnesses < 1 ||
        named != 1 + officers + witnesses) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s",
            _("name a master of ceremony, at least two key officers and at least one witness"));
    }
    if (ceremony_quorum(details, &needed, &of) && kind == CEREMONY_FIRST_ROOT && of != officers) {
        return wrong(error, CEREMONY_QUORUM, _("name as many key officers as there are shares"));
    }
    return of > 0 && officers < needed ? wrong(error, CEREMONY_QUORUM, _("fewer key officers than the quorum needs"))
                                       : SBK_OK;
}

sbk_result ceremony_details_check(const struct ceremony_details *details, struct sbk_error *error) {
    enum ceremony_kind kind = CEREMONY_FIRST_ROOT;
    for (size_t i = 0; i < CEREMONY_FIELDS; i++) {
        if (details->values[i][0] != 0 && !value_allowed(i, details->values[i])) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
                _("%s: '%.60s' cannot stand in a script: no such word, date or number, or signs that a shell or "
                  "Markdown takes for its own"),
                fields[i], details->values[i]);
        }
    }
    if (!ceremony_kind_of(details->values[CEREMONY_KIND], &kind)) {
        return wrong(error, CEREMONY_KIND, _("this ceremony needs it"));
    }
    if (details->values[CEREMONY_QR][0] != 0 && details->values[CEREMONY_AIR_GAP][0] == 0) {
        return wrong(error, CEREMONY_QR, _("only for a root behind an air gap"));
    }
    sbk_result result = check_fields(details, kind, error);
    if (result == SBK_OK) {
        result = check_role(details, kind, error);
    }
    return result == SBK_OK ? check_people(details, kind, error) : result;
}
