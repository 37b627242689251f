/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/checkpoint.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/install.h"
#include "keys/note.h"
#include "reader/station_private.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SBK_LOG_VERIFIER_ROOM == SBK_NOTE_VERIFIER_ROOM, "one room for a verifier");

/* The text of a checkpoint (C2SP tlog-checkpoint): origin, size, root in base64, each on its line. */
static sbk_result head_text(const struct sbk_station *station, const struct sbk_log_head *head, struct sbk_buffer *text,
    struct sbk_error *error) {
    char name[SBK_NOTE_NAME_ROOM];
    unsigned char root[4 * ((SBK_HASH_SIZE + 2) / 3) + 1];
    sbk_note_name(station->terminal, name);
    (void)EVP_EncodeBlock(root, head->root, SBK_HASH_SIZE);
    return sbk_buffer_append_format(text, error, "%s\n%" PRIu32 "\n%s\n", name, head->size, (const char *)root);
}

bool sbk_checkpoint_parse(const char *text, size_t size, const char *name, struct sbk_log_head *head) {
    char copy[256];
    char *end = NULL;
    unsigned char root[SBK_HASH_SIZE + 4];
    unsigned char again[4 * ((SBK_HASH_SIZE + 2) / 3) + 1];
    size_t name_size = strlen(name);
    if (size >= sizeof copy || size < name_size + 2 || memcmp(text, name, name_size) != 0 || text[name_size] != '\n')
        return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    const char *number = copy + name_size + 1;
    if (*number < '0' || *number > '9' || (*number == '0' && number[1] != '\n'))
        return false;
    unsigned long long value = strtoull(number, &end, 10);
    if (value > UINT32_MAX || *end != '\n' || strlen(end + 1) != 45 || end[45] != '\n')
        return false;
    end[45] = 0;
    if (EVP_DecodeBlock(root, (const unsigned char *)end + 1, 44) != SBK_HASH_SIZE + 1)
        return false; /* 44 characters give 33 bytes, the last of them padding */
    (void)EVP_EncodeBlock(again, root, SBK_HASH_SIZE);
    if (memcmp(again, end + 1, sizeof again) != 0)
        return false;
    head->size = (uint32_t)value;
    memcpy(head->root, root, SBK_HASH_SIZE);
    return true;
}

static sbk_result newest_size(struct sbk_station *station, uint32_t *size, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    bool row = false;
    sbk_result result =
        sbk_statement_begin(station->database, "SELECT coalesce(max(size), 0) FROM checkpoint", &statement, error);
    if (result != SBK_OK)
        return result;
    result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && row)
        *size = (uint32_t)sbk_statement_int(statement, 0);
    sbk_statement_end(&statement);
    return result;
}

static sbk_result keep(struct sbk_station *station, uint32_t size, struct sbk_buffer *note, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    const char *text = NULL;
    sbk_result result = sbk_buffer_text(note, &text, error);
    if (result == SBK_OK)
        result = sbk_statement_begin(
            station->database, "INSERT INTO checkpoint (size, note) VALUES (?1, ?2)", &statement, error);
    if (result != SBK_OK)
        return result;
    sbk_statement_bind_int(statement, 1, size);
    sbk_statement_bind_text(statement, 2, text);
    return sbk_statement_run(&statement, error);
}

sbk_result sbk_log_checkpoint(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_log_head head;
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    struct sbk_buffer note = SBK_BUFFER_EMPTY;
    const char *words = NULL;
    uint32_t newest = 0;
    if (station->log_key == NULL)
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_PASSPHRASE, _("%s: the station's keys are closed"), station->path);
    sbk_result result = newest_size(station, &newest, error);
    if (result == SBK_OK)
        result = sbk_log_head_of(station, &head, error);
    if (result != SBK_OK || newest == head.size)
        return result;
    result = head_text(station, &head, &text, error);
    if (result == SBK_OK)
        result = sbk_buffer_text(&text, &words, error);
    if (result == SBK_OK)
        result = sbk_note_sign(station->log_key, station->terminal, words, &note, error);
    if (result == SBK_OK)
        result = keep(station, head.size, &note, error);
    sbk_buffer_free(&text);
    sbk_buffer_free(&note);
    return result;
}

sbk_result sbk_checkpoint_read(
    const char *verifier, const char *note, size_t size, struct sbk_log_head *head, struct sbk_error *error) {
    struct sbk_note_verifier parsed;
    struct sbk_log_head said;
    size_t text = 0;
    sbk_result result = sbk_note_verifier_parse(verifier, strlen(verifier), &parsed, error);
    if (result == SBK_OK && (size == 0 || size > SBK_CHECKPOINT_MAX))
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("not a checkpoint of a station's log"));
    if (result == SBK_OK)
        result = sbk_note_verify(&parsed, note, size, &text, error);
    if (result == SBK_OK && !sbk_checkpoint_parse(note, text, parsed.name, &said))
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("not a checkpoint of a station's log"));
    if (result == SBK_OK)
        *head = said;
    return result;
}

sbk_result sbk_log_verifier(
    const struct sbk_station *station, char verifier[SBK_LOG_VERIFIER_ROOM], struct sbk_error *error) {
    struct sbk_note_verifier parsed;
    size_t size = strlen(station->log_verifier);
    sbk_result result = sbk_note_verifier_parse(station->log_verifier, size, &parsed, error);
    if (result == SBK_OK)
        memcpy(verifier, station->log_verifier, size + 1);
    return result;
}

sbk_result sbk_log_newest_checkpoint(
    struct sbk_station *station, struct sbk_buffer *note, struct sbk_log_head *head, struct sbk_error *error) {
    struct sbk_statement *statement = NULL;
    char verifier[SBK_LOG_VERIFIER_ROOM];
    bool row = false;
    sbk_result result = sbk_statement_begin(
        station->database, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", &statement, error);
    if (result == SBK_OK)
        result = sbk_statement_step(statement, &row, error);
    if (result == SBK_OK && !row)
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("%s: no checkpoint was signed yet; sign one with 'sembako-reader log checkpoint'"), station->path);
    if (result == SBK_OK) {
        const char *text = sbk_statement_text(statement, 0);
        size_t size = text != NULL ? strlen(text) : 0;
        result = sbk_log_read_checkpoint(station, text, size, head, verifier, error);
        if (result == SBK_OK)
            result = sbk_buffer_append(note, text, size, error);
        else
            result = sbk_fail_in(error, result, _("%s: the newest checkpoint"), station->path);
    }
    sbk_statement_end(&statement);
    return result;
}

sbk_result sbk_log_verifier_certified(const uint8_t *file, size_t size, const char *verifier,
    uint8_t root_fingerprint[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_note_verifier parsed;
    struct sbk_anchor anchor;
    sbk_result result = sbk_note_verifier_parse(verifier, strlen(verifier), &parsed, error);
    if (result == SBK_OK)
        result = sbk_station_certificate_of_log(file, size, &parsed, &anchor, error);
    return result == SBK_OK ? sbk_point_hash(anchor.key, root_fingerprint, error) : result;
}
