/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/station_trust.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <stdlib.h>

sbk_result sbk_station_verify_new(const struct sbk_station *station, const uint8_t *data, size_t head, size_t size,
    uint16_t issued, struct sbk_certificate *signer, struct sbk_error *error) {
    struct sbk_error cause;
    sbk_result result = sbk_trust_take_issuer(station->trust, data, head, sbk_station_today(station), &cause);
    if (result == SBK_OK)
        result =
            sbk_trust_verify(station->trust, data, head, SBK_ROLE_BIT(SBK_ROLE_LIST_SIGNER), issued, signer, &cause);
    if (result == SBK_OK)
        return sbk_verify_record(signer->key, data + head, size - head, error);
    if (result == SBK_REFUSED && sbk_certificate_parse(data, head, signer) == SBK_FORMAT_OK &&
        sbk_trust_verify_record(station->trust, data + head, size - head, issued, NULL) == SBK_OK)
        return SBK_OK;
    return sbk_fail(error, result, cause.reason, "%s", cause.text);
}

sbk_result sbk_station_verify_kept(const struct sbk_station *station, const uint8_t *data, size_t head, size_t size,
    uint16_t issued, struct sbk_certificate *signer, struct sbk_error *error) {
    sbk_result result =
        sbk_trust_verify_past(station->trust, data, head, SBK_ROLE_BIT(SBK_ROLE_LIST_SIGNER), issued, signer, error);
    return result == SBK_OK ? sbk_verify_record(signer->key, data + head, size - head, error) : result;
}

/* NEW comes now; of one IN_FORCE the signer must still be trusted; PAST: only an old sale is told by it. */
enum use { NEW, IN_FORCE, PAST };

/* Parses a list file and verifies it. */
static sbk_result open_list(const struct sbk_station *station, const uint8_t *data, size_t size, enum use use,
    struct sbk_list *list, struct sbk_error *error) {
    struct sbk_certificate signer;
    size_t head = 0;
    enum sbk_format format = sbk_certificate_size(data, size, &head);
    if (format == SBK_FORMAT_OK)
        format = sbk_items_parse(data + head, size - head, &list->header, list->items);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT,
            _("this is not a signed item list (%s); 'sembako-keys list sign' makes one"), _(sbk_format_text(format)));
    sbk_result result = (use == NEW ? sbk_station_verify_new : sbk_station_verify_kept)(
        station, data, head, size, list->header.issued, &signer, error);
    if (result == SBK_OK && use == IN_FORCE)
        result = sbk_trust_check_issuer(station->trust, signer.role, signer.generation, error);
    return result == SBK_OK ? result : sbk_fail_in(error, result, _("item list %" PRIu32), list->header.number);
}

static sbk_result newest(
    struct sbk_station *station, bool *found, uint32_t *number, struct sbk_buffer *file, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result = sbk_statement_begin(
        station->database, "SELECT number, file FROM list ORDER BY number DESC LIMIT 1", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found) {
        size_t size = 0;
        const uint8_t *data = sbk_statement_blob(statement, 1, &size);
        *number = (uint32_t)sbk_statement_int(statement, 0);
        result = sbk_buffer_append(file, data, size, error);
    }
    sbk_statement_end(&statement);
    return result;
}

static sbk_result keep_list(
    struct sbk_station *station, uint32_t number, const uint8_t *data, size_t size, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    uint8_t hash[SBK_HASH_SIZE];
    uint8_t word[4];
    struct sbk_writer writer = sbk_writer_of(word, sizeof word);
    sbk_write_u32(&writer, number);
    sbk_result result = sbk_sha256(data, size, hash, error);
    if (result == SBK_OK)
        result = sbk_statement_begin(
            station->database, "INSERT INTO list (number, file) VALUES (?1, ?2)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, number);
    sbk_statement_bind_blob(statement, 2, data, size);
    result = sbk_statement_run(&statement, error);
    struct sbk_log_field fields[] = {{word, sizeof word}, {hash, sizeof hash}};
    return result == SBK_OK ? sbk_log_append(station, SBK_LOG_LIST, fields, 2, NULL, error) : result;
}

static sbk_result import_opened(struct sbk_station *station, const struct sbk_list *list, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct sbk_buffer present = SBK_BUFFER_EMPTY;
    bool found = false;
    uint32_t number = 0;
    sbk_result result = newest(station, &found, &number, &present, error);
    sbk_buffer_free(&present);
    if (result == SBK_OK && found && list->header.number <= number)
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_OLD_NUMBER,
            _("item list %" PRIu32 " is not newer than list %" PRIu32 ", which is in force"), list->header.number,
            number);
    if (result == SBK_OK)
        result = sbk_station_begin(station, error);
    if (result != SBK_OK)
        return result;
    result = keep_list(station, list->header.number, data, size, error);
    if (result == SBK_OK)
        result = sbk_station_commit(station, error);
    if (result != SBK_OK)
        sbk_station_rollback(station);
    return result;
}

sbk_result sbk_station_import_list(struct sbk_station *station, const uint8_t *data, size_t size,
    struct sbk_items_header *header, struct sbk_error *error) {
    if (!station->has_leaf)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CERTIFICATE,
            _("%s: the station has no certificate yet, so it trusts no list; install the city's certificate first"),
            station->path);
    struct sbk_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = open_list(station, data, size, NEW, list, error);
    if (result == SBK_OK)
        result = import_opened(station, list, data, size, error);
    if (result != SBK_OK) {
        free(list);
        return result;
    }
    *header = list->header;
    free(station->list);
    station->list = list;
    return SBK_OK;
}

sbk_result sbk_station_list(struct sbk_station *station, const struct sbk_list **list, struct sbk_error *error) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    bool found = false;
    uint32_t number = 0;
    if (station->list != NULL) {
        *list = station->list;
        return SBK_OK;
    }
    struct sbk_list *made = calloc(1, sizeof *made);
    if (made == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = newest(station, &found, &number, &file, error);
    if (result == SBK_OK && !found)
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_LIST,
            _("%s: the station has no item list; import the city's with 'sembako-reader list import'"), station->path);
    if (result == SBK_OK)
        result = open_list(station, file.data, file.size, IN_FORCE, made, error);
    if (result == SBK_OK) {
        station->list = made;
        *list = made;
    } else {
        free(made);
    }
    sbk_buffer_free(&file);
    return result;
}

sbk_result sbk_station_list_at(
    struct sbk_station *station, uint32_t number, struct sbk_list *list, bool *found, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT file FROM list WHERE number = ?1", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, number);
    result = sbk_statement_step(statement, found, error);
    if (result == SBK_OK && *found) {
        size_t size = 0;
        const uint8_t *data = sbk_statement_blob(statement, 0, &size);
        result = open_list(station, data, size, PAST, list, error);
    }
    sbk_statement_end(&statement);
    return result;
}
