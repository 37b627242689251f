/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/hotlist_private.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is taken in: the file that came, or what a change made of the one that is kept. */
struct taking {
    struct sbk_opened_hotlist came;
    uint8_t *file; /* whole */
    size_t size;
};

/* A thief of a list signer's key may have signed any number and distrusted anybody. What heals it is a list of the next
 * generation, so no generation speaks of itself or of a later one. */
static sbk_result check_signer(const struct sbk_opened_hotlist *came, struct sbk_error *error) {
    for (size_t i = 0; i < came->list.issuer_count; i++) {
        const uint8_t *issuer = came->list.issuers + i * SBK_HOTLIST_ISSUER_SIZE;
        if (issuer[0] == SBK_ROLE_LIST_SIGNER && issuer[1] >= came->signer.generation)
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_DISTRUSTED,
                _("hotlist %" PRIu32 " distrusts list signer %u, and list signer %u, which signed it, cannot: the city "
                  "makes the list anew under a later one"),
                came->list.number, issuer[1], came->signer.generation);
    }
    return SBK_OK;
}

static sbk_result kept_number(struct sbk_station *station, uint32_t *number, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    *number = 0;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT coalesce(max(number), 0) FROM hotlist", &statement, error);
    if (result == SBK_OK)
        result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        *number = (uint32_t)sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return result;
}

/* Newer than the one that is kept: by its number, or because it heals what the thief of a key did. */
static sbk_result check_newer(
    struct sbk_station *station, const struct sbk_opened_hotlist *came, struct sbk_error *error) {
    uint32_t kept = 0;
    sbk_result result = kept_number(station, &kept, error);
    if (result != SBK_OK || came->list.number > kept)
        return result;
    if (station->hotlist_broken && came->list.number == kept)
        return SBK_OK;
    if (station->hotlist_file != NULL && came->signer.generation > station->hotlist_signer.generation &&
        sbk_hotlist_has_issuer(&came->list, SBK_ROLE_LIST_SIGNER, station->hotlist_signer.generation))
        return SBK_OK;
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_OLD_NUMBER,
        _("hotlist %" PRIu32 " is not newer than hotlist %" PRIu32 ", which is in force"), came->list.number, kept);
}

static sbk_result copy_whole(struct taking *taking, const uint8_t *data, size_t size, struct sbk_error *error) {
    taking->file = malloc(size);
    if (taking->file == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    memcpy(taking->file, data, size);
    taking->size = size;
    return SBK_OK;
}

/* What the change makes of the list that is kept must be what the city signed. */
static sbk_result apply(
    const struct sbk_station *station, struct taking *taking, const uint8_t *data, struct sbk_error *error) {
    const struct sbk_hotlist *change = &taking->came.list;
    size_t head = taking->came.head;
    size_t more = (size_t)change->card_count * SBK_HOTLIST_CARD_SIZE +
                  (size_t)change->terminal_count * SBK_TERMINAL_SIZE +
                  (size_t)change->issuer_count * SBK_HOTLIST_ISSUER_SIZE;
    size_t room = head + station->hotlist_size + more;
    size_t size = 0;
    if (station->hotlist_file == NULL || station->hotlist.number != change->base)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_HOTLIST_BASE,
            _("hotlist %" PRIu32 " is a change of hotlist %" PRIu32 ", and this station has %" PRIu32
              ": ask the city for the whole list"),
            change->number, change->base, station->hotlist_file != NULL ? station->hotlist.number : 0);
    taking->file = malloc(room);
    if (taking->file == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    memcpy(taking->file, data, head);
    enum sbk_format format = sbk_hotlist_apply(&station->hotlist, change, taking->file + head, room - head, &size);
    taking->size = head + size;
    struct sbk_error cause;
    sbk_result result = format == SBK_FORMAT_OK
                            ? sbk_verify_record(taking->came.signer.key, taking->file + head, size, &cause)
                            : SBK_TAMPERED;
    if (result == SBK_TAMPERED)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("hotlist %" PRIu32 " does not make of hotlist %" PRIu32
              " here what the city signed: ask the city for the "
              "whole list"),
            change->number, change->base);
    if (result != SBK_OK && error != NULL)
        *error = cause;
    return result;
}

/* Parsed again from what stays, because the parsers lend. */
static sbk_result parse_whole(const struct taking *taking, struct sbk_opened_hotlist *whole, struct sbk_error *error) {
    whole->head = taking->came.head;
    if (sbk_certificate_parse(taking->file, whole->head, &whole->signer) != SBK_FORMAT_OK ||
        sbk_hotlist_parse(taking->file + whole->head, taking->size - whole->head, &whole->list) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("hotlist %" PRIu32), taking->came.list.number);
    return SBK_OK;
}

static sbk_result keep(struct sbk_station *station, const struct taking *taking, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    uint8_t hash[SBK_HASH_SIZE];
    uint8_t word[4];
    struct sbk_writer writer = sbk_writer_of(word, sizeof word);
    sbk_write_u32(&writer, taking->came.list.number);
    sbk_result result = sbk_sha256(taking->file, taking->size, hash, error);
    if (result == SBK_OK)
        result = sbk_statement_begin(station->database,
            "INSERT OR REPLACE INTO hotlist (id, number, file) VALUES (1, ?1, ?2)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, taking->came.list.number);
    sbk_statement_bind_blob(statement, 2, taking->file, taking->size);
    result = sbk_statement_run(&statement, error);
    struct sbk_log_field fields[] = {{word, sizeof word}, {hash, sizeof hash}};
    return result == SBK_OK ? sbk_log_append(station, SBK_LOG_HOTLIST, fields, 2, NULL, error) : result;
}

static sbk_result take(struct sbk_station *station, struct taking *taking, const uint8_t *data, size_t size,
    struct sbk_opened_hotlist *whole, struct sbk_error *error) {
    sbk_result result = sbk_hotlist_open(station, data, size, false, &taking->came, error);
    if (result == SBK_OK)
        result = check_signer(&taking->came, error);
    if (result == SBK_OK)
        result = check_newer(station, &taking->came, error);
    if (result == SBK_OK)
        result =
            taking->came.list.base == 0 ? copy_whole(taking, data, size, error) : apply(station, taking, data, error);
    if (result == SBK_OK)
        result = parse_whole(taking, whole, error);
    if (result == SBK_OK)
        result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = keep(station, taking, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

sbk_result sbk_station_import_hotlist(
    struct sbk_station *station, const uint8_t *data, size_t size, struct sbk_error *error) {
    struct taking taking = {.file = NULL};
    struct sbk_opened_hotlist whole;
    if (!station->has_leaf)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station has no certificate yet, so it trusts no list; install the city's certificate first"),
            station->path);
    sbk_result result = take(station, &taking, data, size, &whole, error);
    if (result == SBK_OK)
        return sbk_hotlist_use(station, taking.file, taking.size, &whole, error);
    free(taking.file);
    return result;
}
