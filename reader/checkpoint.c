/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/checkpoint.h"
#include "base/i18n.h"
#include "keys/note.h"
#include "reader/log.h"
#include "reader/station_private.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
