/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log_proof_text.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#define ENTRY_MAGIC "sembako/log-proof@v1"
#define CONSISTENCY_MAGIC "sembako/log-consistency@v1"
#define BASE64_ROOM(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* The text still unread. */
struct text {
    const char *at;
    size_t left;
};

struct line {
    const char *at;
    size_t size;
};

/* The next line without its newline; false at the end or where the newline lacks. */
static bool next_line(struct text *text, struct line *line) {
    const char *end = text->left > 0 ? memchr(text->at, '\n', text->left) : NULL;
    if (end == NULL)
        return false;
    *line = (struct line){text->at, (size_t)(end - text->at)};
    text->at += line->size + 1;
    text->left -= line->size + 1;
    return true;
}

/* The next line, if it begins with that word and a space; then what follows them. */
static bool next_field(struct text *text, const char *word, struct line *line) {
    size_t size = strlen(word);
    if (!next_line(text, line) || line->size < size + 1 || memcmp(line->at, word, size) != 0 || line->at[size] != ' ')
        return false;
    line->at += size + 1;
    line->size -= size + 1;
    return true;
}

static bool number_of(const struct line *line, uint32_t *number) {
    uint64_t value = 0;
    if (line->size < 1 || line->size > 10 || (line->at[0] == '0' && line->size > 1))
        return false;
    for (size_t i = 0; i < line->size; i++) {
        if (line->at[i] < '0' || line->at[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(line->at[i] - '0');
    }
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* Canonical base64 of at most room bytes: what was decoded must encode to the same text. */
static bool base64_of(const struct line *line, uint8_t *out, size_t room, size_t *size) {
    uint8_t bytes[BASE64_ROOM(SBK_LOG_ENTRY_MAX)];
    unsigned char again[BASE64_ROOM(SBK_LOG_ENTRY_MAX)];
    if (line->size == 0 || line->size % 4 != 0 || line->size >= sizeof again)
        return false;
    int count = EVP_DecodeBlock(bytes, (const unsigned char *)line->at, (int)line->size);
    if (count < 3)
        return false;
    for (size_t i = 1; i <= 2 && line->at[line->size - i] == '='; i++)
        count--;
    if ((size_t)count > room || EVP_EncodeBlock(again, bytes, count) != (int)line->size ||
        memcmp(again, line->at, line->size) != 0)
        return false;
    memcpy(out, bytes, (size_t)count);
    *size = (size_t)count;
    return true;
}

static bool is(const struct line *line, const char *word) {
    return line->size == strlen(word) && memcmp(line->at, word, line->size) == 0;
}

static bool key_of(struct text *text, char key[SBK_LOG_VERIFIER_ROOM]) {
    struct line line;
    if (!next_field(text, "key", &line) || line.size >= SBK_LOG_VERIFIER_ROOM || memchr(line.at, 0, line.size) != NULL)
        return false;
    memcpy(key, line.at, line.size);
    key[line.size] = 0;
    return true;
}

/* One key, or where it changed between two checkpoints the earlier and the later. */
static bool keys_of(struct text *text, struct sbk_log_proof *proof) {
    if (!key_of(text, proof->older_key))
        return false;
    struct text ahead = *text;
    if (proof->of_entry || !key_of(&ahead, proof->key)) {
        memcpy(proof->key, proof->older_key, sizeof proof->key);
        return true;
    }
    *text = ahead;
    return strcmp(proof->key, proof->older_key) != 0;
}

/* Hashes up to the empty line. */
static bool hashes_of(struct text *text, struct sbk_log_proof *proof) {
    struct line line;
    while (next_line(text, &line)) {
        size_t size = 0;
        if (line.size == 0)
            return true;
        if (proof->path.count == SBK_PROOF_HASHES_MAX ||
            !base64_of(&line, proof->path.hashes[proof->path.count], SBK_HASH_SIZE, &size) || size != SBK_HASH_SIZE)
            return false;
        proof->path.count++;
    }
    return false;
}

/* A note: a text without empty lines, one empty line, signatures. The rest of all if it is the last one, else up to the
 * empty line behind it, which is taken as well. */
static bool note_of(struct text *text, bool last, struct sbk_proof_note *note) {
    struct line line;
    unsigned parts = 0;
    note->text = text->at;
    note->size = 0;
    while (next_line(text, &line)) {
        if (line.size == 0 && ++parts == 2)
            return !last;
        note->size += line.size + 1;
    }
    return last && parts == 1 && text->left == 0;
}

static bool parse(struct text *text, struct sbk_log_proof *proof) {
    struct line line;
    if (!next_line(text, &line) || !(is(&line, ENTRY_MAGIC) || is(&line, CONSISTENCY_MAGIC)))
        return false;
    proof->of_entry = is(&line, ENTRY_MAGIC);
    if (!keys_of(text, proof))
        return false;
    if (proof->of_entry && (!next_field(text, "index", &line) || !number_of(&line, &proof->index)))
        return false;
    if (proof->of_entry &&
        (!next_field(text, "entry", &line) || !base64_of(&line, proof->entry, sizeof proof->entry, &proof->entry_size)))
        return false;
    if (!hashes_of(text, proof) || (!proof->of_entry && !note_of(text, false, &proof->older)))
        return false;
    return note_of(text, true, &proof->note);
}

sbk_result sbk_log_proof_parse(const char *text, size_t size, struct sbk_log_proof *proof, struct sbk_error *error) {
    struct text rest = {text, size};
    memset(proof, 0, sizeof *proof);
    if (size > SBK_LOG_PROOF_MAX || !parse(&rest, proof))
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("not a proof of a station's log"));
    return SBK_OK;
}

static sbk_result append_base64(struct sbk_buffer *out, const uint8_t *data, size_t size, struct sbk_error *error) {
    unsigned char text[BASE64_ROOM(SBK_LOG_ENTRY_MAX)];
    (void)EVP_EncodeBlock(text, data, (int)size);
    return sbk_buffer_append_format(out, error, "%s\n", (const char *)text);
}

sbk_result sbk_log_proof_write(const struct sbk_log_proof *proof, struct sbk_buffer *out, struct sbk_error *error) {
    sbk_result result = sbk_buffer_append_format(
        out, error, "%s\nkey %s\n", proof->of_entry ? ENTRY_MAGIC : CONSISTENCY_MAGIC, proof->older_key);
    if (result == SBK_OK && strcmp(proof->key, proof->older_key) != 0)
        result = sbk_buffer_append_format(out, error, "key %s\n", proof->key);
    if (result == SBK_OK && proof->of_entry) {
        result = sbk_buffer_append_format(out, error, "index %" PRIu32 "\nentry ", proof->index);
        if (result == SBK_OK)
            result = append_base64(out, proof->entry, proof->entry_size, error);
    }
    for (size_t i = 0; i < proof->path.count && result == SBK_OK; i++)
        result = append_base64(out, proof->path.hashes[i], SBK_HASH_SIZE, error);
    if (result == SBK_OK && !proof->of_entry) {
        result = sbk_buffer_append_text(out, "\n", error);
        if (result == SBK_OK)
            result = sbk_buffer_append(out, proof->older.text, proof->older.size, error);
    }
    if (result == SBK_OK)
        result = sbk_buffer_append_text(out, "\n", error);
    return result == SBK_OK ? sbk_buffer_append(out, proof->note.text, proof->note.size, error) : result;
}
