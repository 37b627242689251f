/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/founding.h"

#include "base/file.h"
#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "keys/place.h"
#include "keys/root.h"
#include "keys/x509.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define FIRST 1

static const struct {
    const char *word;
    uint8_t role;
} founded[SBK_FOUNDED_COUNT] = {
    [SBK_FOUNDED_ROOT] = {"root", SBK_KEY_ROOT},
    [SBK_FOUNDED_NEXT_ROOT] = {"next-root", SBK_KEY_ROOT},
    [SBK_FOUNDED_STATION_CA] = {"station-ca", SBK_KEY_STATION_CA},
    [SBK_FOUNDED_CARD_CA] = {"card-ca", SBK_KEY_CARD_CA},
    [SBK_FOUNDED_GRANT_SIGNER] = {"grant-signer", SBK_KEY_GRANT_SIGNER},
    [SBK_FOUNDED_LIST_SIGNER] = {"list-signer", SBK_KEY_LIST_SIGNER},
    [SBK_FOUNDED_OFFICE_CA] = {"office-ca", SBK_KEY_OFFICE_CA},
    [SBK_FOUNDED_CITY] = {"city", SBK_KEY_CITY},
};

const char *sbk_founded_word(enum sbk_founded which) {
    return founded[which].word;
}

/* What the steps share. */
struct founding {
    struct sbk_store *store;
    struct sbk_store *next; /* next-root */
    const struct sbk_secret *passphrases;
    const struct sbk_tokens *tokens;
    struct sbk_deal *const *deals; /* NULL: none */
    char *shares;                  /* their folder */
    uint16_t today;
    uint32_t made;
    struct sbk_key *keys[SBK_FOUNDED_COUNT];
    struct sbk_anchor anchor;
    uint8_t binding[SBK_OFFICE_BINDING_SIZE];
    struct sbk_buffer office_ca;
    struct sbk_buffer city;
};

/* The next root's folder has a list of its own, since it is carried away. */
static sbk_result set_tokens(struct founding *founding, struct sbk_error *error) {
    const char *const word = founded[SBK_FOUNDED_NEXT_ROOT].word;
    const size_t length = strlen(word);
    struct sbk_tokens here = {.count = 0};
    struct sbk_tokens there = {.count = 0};
    for (size_t i = 0; i < founding->tokens->count; i++) {
        const char *given = founding->tokens->words[i];
        if (strncmp(given, word, length) != 0 || given[length] != '=') {
            here.words[here.count++] = given;
        }
    }
    there.words[0] = sbk_tokens_find(founding->tokens, word);
    there.count = there.words[0] != NULL ? 1 : 0;
    const sbk_result result = sbk_store_set_tokens(founding->store, &here, error);
    return result == SBK_OK ? sbk_store_set_tokens(founding->next, &there, error) : result;
}

static sbk_result open_next(struct founding *founding, struct sbk_error *error) {
    char *path = sbk_path_join(sbk_store_path(founding->store), SBK_NEXT_ROOT_FOLDER);
    if (path == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    const sbk_result result = sbk_store_create(&founding->next, path, false, error);
    free(path);
    return result;
}

static sbk_result make_key(struct founding *founding, enum sbk_founded which, struct sbk_error *error) {
    const bool next = which == SBK_FOUNDED_NEXT_ROOT;
    struct sbk_deal *deal = founding->deals != NULL ? founding->deals[which] : NULL;
    if (deal != NULL) {
        deal->folder = founding->shares;
    }
    return sbk_key_generate_dealt(next ? founding->next : founding->store, founded[which].role,
        next ? FIRST + 1 : FIRST, founding->today, &founding->passphrases[which], deal, &founding->keys[which], error);
}

static sbk_result write_anchor(struct founding *founding, struct sbk_error *error) {
    const sbk_result result = sbk_root_announce(founding->keys[SBK_FOUNDED_ROOT],
        sbk_key_info(founding->keys[SBK_FOUNDED_NEXT_ROOT])->public_part, &founding->anchor, error);
    return result == SBK_OK ? sbk_city_write_anchor(founding->store, &founding->anchor, error) : result;
}

/* A CA's or signer's certificate by the root. */
static sbk_result certify(struct founding *founding, enum sbk_founded which, uint16_t days, struct sbk_error *error) {
    const struct sbk_key_info *info = sbk_key_info(founding->keys[which]);
    struct sbk_root_order order = {.role = info->role,
        .generation = info->generation,
        .from = founding->today,
        .until = (uint16_t)(founding->today + days - 1)};
    uint8_t bytes[SBK_CERTIFICATE_MAX];
    size_t size = 0;
    memcpy(order.key, info->public_part, SBK_POINT_SIZE);
    sbk_result result = sbk_root_certify(founding->keys[SBK_FOUNDED_ROOT], &order, bytes, &size, error);
    if (result == SBK_OK) {
        result = sbk_city_write_certificate(founding->store, info->role, info->generation, FIRST, bytes, size, error);
    }
    return result;
}

static sbk_result certify_office(struct founding *founding, struct sbk_error *error) {
    struct sbk_key *ca = founding->keys[SBK_FOUNDED_OFFICE_CA];
    const uint16_t ca_until = (uint16_t)(founding->today + SBK_DAYS_OFFICE_CA - 1);
    const uint16_t city_until = (uint16_t)(founding->today + SBK_DAYS_CITY - 1);
    sbk_result result =
        sbk_x509_self(ca, SBK_OFFICE_CA, SBK_OFFICE_CA_NAME, founding->today, ca_until, &founding->office_ca, error);
    if (result == SBK_OK) {
        result = sbk_city_write_certificate(
            founding->store, SBK_KEY_OFFICE_CA, FIRST, 0, founding->office_ca.data, founding->office_ca.size, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_certify_own(founding->store, ca, &founding->office_ca,
            sbk_key_info(founding->keys[SBK_FOUNDED_CITY]), founding->today, city_until, &founding->city, error);
    }
    return result;
}

/* The root names its office CA. */
static sbk_result bind_office(struct founding *founding, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = sbk_sha256(founding->office_ca.data, founding->office_ca.size, hash, error);
    if (result == SBK_OK) {
        result = sbk_root_bind(founding->keys[SBK_FOUNDED_ROOT], hash, founding->binding, error);
    }
    if (result == SBK_OK) {
        sbk_city_binding_name(FIRST, FIRST, name);
        result = sbk_city_write_file(founding->store, name, founding->binding, sizeof founding->binding, error);
    }
    return result;
}

static sbk_result write_export(struct founding *founding, struct sbk_error *error) {
    const struct sbk_anchor_bundle bundle = {.made = founding->made,
        .anchor = founding->anchor,
        .binding = {founding->binding, sizeof founding->binding},
        .office_ca = sbk_bytes_of(&founding->office_ca)};
    return sbk_city_write_export(founding->store, founding->keys[SBK_FOUNDED_CITY], &founding->city, &bundle, error);
}

static sbk_result certify_all(struct founding *founding, struct sbk_error *error) {
    static const struct {
        enum sbk_founded which;
        uint16_t days;
    } issuers[] = {
        {SBK_FOUNDED_STATION_CA, SBK_DAYS_CA},
        {SBK_FOUNDED_CARD_CA, SBK_DAYS_CA},
        {SBK_FOUNDED_GRANT_SIGNER, SBK_DAYS_SIGNER},
        {SBK_FOUNDED_LIST_SIGNER, SBK_DAYS_SIGNER},
    };
    sbk_result result = write_anchor(founding, error);
    for (size_t i = 0; i < sizeof issuers / sizeof issuers[0] && result == SBK_OK; i++) {
        result = certify(founding, issuers[i].which, issuers[i].days, error);
    }
    if (result == SBK_OK) {
        result = certify_office(founding, error);
    }
    if (result == SBK_OK) {
        result = bind_office(founding, error);
    }
    if (result == SBK_OK) {
        result = write_export(founding, error);
    }
    return result;
}

static sbk_result make_all(struct founding *founding, void (*progress)(void *context, size_t done, size_t total),
    void *context, struct sbk_error *error) {
    sbk_result result = open_next(founding, error);
    if (result == SBK_OK) {
        result = set_tokens(founding, error);
    }
    for (int which = 0; which < SBK_FOUNDED_COUNT && result == SBK_OK; which++) {
        if (progress != NULL) {
            progress(context, (size_t)which, SBK_FOUNDED_COUNT);
        }
        result = make_key(founding, (enum sbk_founded)which, error);
    }
    return result == SBK_OK ? certify_all(founding, error) : result;
}

static void founding_close(struct founding *founding, bool whole) {
    for (size_t i = 0; i < SBK_FOUNDED_COUNT; i++) {
        if (!whole && founding->keys[i] != NULL) {
            sbk_key_discard(founding->keys[i]);
        }
        sbk_key_close(&founding->keys[i]);
    }
    sbk_buffer_free(&founding->office_ca);
    sbk_buffer_free(&founding->city);
    for (size_t i = 0; founding->deals != NULL && i < SBK_FOUNDED_COUNT; i++) {
        if (founding->deals[i] != NULL) {
            founding->deals[i]->folder = NULL;
        }
    }
    free(founding->shares);
    sbk_store_close(&founding->next);
    sbk_store_close(&founding->store);
}

sbk_result sbk_city_found(const char *path, const struct sbk_secret passphrases[SBK_FOUNDED_COUNT],
    const struct sbk_tokens *tokens, struct sbk_deal *const deals[SBK_FOUNDED_COUNT], const struct sbk_clock *clock,
    void (*progress)(void *context, size_t done, size_t total), void *context, struct sbk_error *error) {
    struct sbk_place place = SBK_PLACE_EMPTY;
    struct founding founding = {.passphrases = passphrases,
        .tokens = tokens,
        .deals = deals,
        .today = sbk_clock_today(clock),
        .made = sbk_clock_time(clock)};
    sbk_result result = sbk_place_begin(&place, path, error);
    if (result == SBK_OK) {
        result = sbk_store_open(&founding.store, place.part, false, error);
    }
    if (result == SBK_OK) {
        founding.shares = sbk_path_join(place.part, SBK_SHARES_FOLDER);
        result = founding.shares != NULL
                     ? SBK_OK
                     : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    if (result == SBK_OK) {
        result = make_all(&founding, progress, context, error);
    }
    founding_close(&founding, result == SBK_OK);
    return sbk_place_end(&place, result, error);
}
