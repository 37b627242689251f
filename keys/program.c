/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/secrets.h"
#include "keys/ask.h"
#include "keys/founding.h"
#include "schema/reason.h"

#include <stdio.h>

sbk_result program_store(struct cli_call *call, bool change, struct sbk_store **store, struct sbk_error *error) {
    return sbk_store_open(store, cli_value(call, "store"), change, error);
}

const char *program_key_name(uint8_t role, bool next) {
    switch (role) {
    case SBK_KEY_ROOT:
        return next ? _("the next root key") : _("the root key");
    case SBK_KEY_STATION_CA:
        return _("the station CA's key");
    case SBK_KEY_CARD_CA:
        return _("the card CA's key");
    case SBK_KEY_GRANT_SIGNER:
        return _("the grant signer's key");
    case SBK_KEY_LIST_SIGNER:
        return _("the list signer's key");
    case SBK_KEY_OFFICE_CA:
        return _("the office CA's key");
    case SBK_KEY_CITY:
        return _("the city's own key");
    case SBK_KEY_TRANSPORT:
        return _("the transport key");
    default:
        return _("the key");
    }
}

/* Those of shares: "root-1" to "root-9" and so on; "new-root-1" for those that replace others. */
static const char *const shared[] = {"root", "next-root", "grant-signer", "new-root", "new-grant-signer"};
#define SHARED (sizeof shared / sizeof shared[0])

const char *const *program_role_words(void) {
    static const char *words[SBK_FOUNDED_COUNT + SHARED * SBK_QUORUM_OFFICERS_MAX + 2];
    static char shares[SHARED * SBK_QUORUM_OFFICERS_MAX][24];
    size_t used = 0;
    for (int i = 0; i < SBK_FOUNDED_COUNT; i++) {
        words[used++] = sbk_founded_word((enum sbk_founded)i);
    }
    words[used++] = sbk_key_role_word(SBK_KEY_TRANSPORT);
    for (size_t i = 0; i < SHARED * SBK_QUORUM_OFFICERS_MAX; i++) {
        (void)snprintf(shares[i], sizeof shares[i], "%s-%u", shared[i / SBK_QUORUM_OFFICERS_MAX],
            (unsigned)(i % SBK_QUORUM_OFFICERS_MAX) + 1);
        words[used++] = shares[i];
    }
    return words;
}

sbk_result program_roles(struct cli_call *call, struct sbk_error *error) {
    return cli_passphrase_roles(call, program_role_words(), error);
}

sbk_result program_key_of(struct cli_call *call, struct sbk_store *store, uint8_t role, uint8_t generation,
    struct sbk_key **key, struct sbk_error *error) {
    return ask_open(call, store, role, generation, sbk_key_role_word(role), program_key_name(role, false), key, error);
}

sbk_result program_no_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

sbk_result program_key(
    struct cli_call *call, struct sbk_store *store, uint8_t role, struct sbk_key **key, struct sbk_error *error) {
    uint8_t generation = 0;
    const sbk_result result = sbk_city_in_use(store, role, sbk_clock_today(call->clock), &generation, error);
    return result == SBK_OK ? program_key_of(call, store, role, generation, key, error) : result;
}

sbk_result program_city(
    struct cli_call *call, const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error) {
    return sbk_city_load(store, sbk_clock_today(call->clock), city, error);
}

sbk_result program_write(const char *path, const void *data, size_t size, struct sbk_error *error) {
    return sbk_file_write(path, data, size, 0644, SBK_FILE_REPLACE, error);
}

sbk_result program_read(const char *path, size_t limit, struct sbk_buffer *out, struct sbk_error *error) {
    return sbk_file_read(path, limit, out, error);
}

sbk_result program_fingerprint(
    const uint8_t point[SBK_POINT_SIZE], char text[SBK_FINGERPRINT_ROOM], struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    const sbk_result result = sbk_point_hash(point, hash, error);
    if (result == SBK_OK) {
        sbk_fingerprint_text(hash, text);
    }
    return result;
}
