/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log_proof_text.h"

#include "base/i18n.h"
#include "reader/checkpoint.h"
#include "reader/station_private.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

sbk_result sbk_log_root_at(
    struct sbk_station *station, uint32_t size, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error) {
    return sbk_proof_root(size, sbk_log_node, station, root, error);
}

sbk_result sbk_log_check_head(struct sbk_station *station, const struct sbk_log_head *head, struct sbk_error *error) {
    uint8_t root[SBK_HASH_SIZE];
    if (head->size > station->tree.size)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,
            _("%s: %u entries were signed, the log has %u: it was rolled back; keep the folder and tell the city"),
            station->path, (unsigned)head->size, (unsigned)station->tree.size);
    sbk_result result = sbk_log_root_at(station, head->size, root, error);
    if (result == SBK_OK && memcmp(root, head->root, sizeof root) != 0)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,
            _("%s: the first %u entries are not those that were signed: the log was rolled back and went on, or was "
              "altered; keep the folder and tell the city"),
            station->path, (unsigned)head->size);
    return result;
}

sbk_result sbk_log_meet(struct sbk_station *station, const struct sbk_receipt *receipt, struct sbk_error *error) {
    struct sbk_log_head head = {.size = receipt->entry.log_size};
    if (memcmp(receipt->entry.terminal, station->terminal, SBK_TERMINAL_SIZE) != 0)
        return SBK_OK;
    memcpy(head.root, receipt->entry.log_root, sizeof head.root);
    sbk_result result = sbk_log_check_head(station, &head, error);
    if (result != SBK_TAMPERED)
        return result;
    station->rolled_back = true;
    return SBK_OK;
}

bool sbk_log_rolled_back(const struct sbk_station *station) {
    return station->rolled_back;
}

static sbk_result new_proof(struct sbk_log_proof **proof, struct sbk_error *error) {
    *proof = calloc(1, sizeof **proof);
    if (*proof == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    return SBK_OK;
}

/* ---- making ---- */

static sbk_result fill_entry(
    struct sbk_station *station, uint32_t index, struct sbk_log_proof *proof, struct sbk_error *error) {
    struct sbk_buffer data = SBK_BUFFER_EMPTY;
    struct sbk_log_entry entry;
    sbk_result result = sbk_log_entry_at(station, index, &data, &entry, error);
    if (result == SBK_OK) {
        memcpy(proof->entry, data.data, data.size); /* parsed, so not longer than an entry may be */
        proof->entry_size = data.size;
        proof->index = index;
        proof->of_entry = true;
    }
    sbk_buffer_free(&data);
    return result;
}

/* Nothing is given away that its receiver would find wanting. */
static sbk_result finish(const struct sbk_log_proof *proof, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_buffer made = SBK_BUFFER_EMPTY;
    const char *const verifiers[] = {proof->key, proof->older_key};
    const struct sbk_log_keys keys = {verifiers, 2};
    struct sbk_log_shown *shown = malloc(sizeof *shown);
    sbk_result result = shown != NULL ? sbk_log_proof_write(proof, &made, error)
                                      : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    if (result == SBK_OK)
        result = sbk_log_check(&keys, (const char *)made.data, made.size, shown, error);
    if (result == SBK_OK)
        result = sbk_buffer_append(out, made.data, made.size, error);
    sbk_buffer_free(&made);
    free(shown);
    return result;
}

/* A checkpoint of this log, and the key that was the log's then. */
static sbk_result read_own(struct sbk_station *station, const struct sbk_buffer *note, struct sbk_log_head *head,
    char key[SBK_LOG_VERIFIER_ROOM], struct sbk_error *error) {
    sbk_result result = sbk_log_read_checkpoint(station, (const char *)note->data, note->size, head, key, error);
    return result == SBK_OK ? sbk_log_check_head(station, head, error) : result;
}

sbk_result sbk_log_prove(
    struct sbk_station *station, uint32_t position, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_buffer note = SBK_BUFFER_EMPTY;
    struct sbk_log_head head = {0};
    struct sbk_log_proof *proof = NULL;
    sbk_result result = new_proof(&proof, error);
    if (result == SBK_OK)
        result = sbk_log_newest_checkpoint(station, &note, &head, error);
    if (result == SBK_OK)
        result = read_own(station, &note, &head, proof->key, error);
    if (result == SBK_OK)
        memcpy(proof->older_key, proof->key, sizeof proof->key);
    if (result == SBK_OK && position >= head.size)
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
            _("%s: the newest checkpoint covers %u entries, from 0 on; entry %u is not among them"), station->path,
            (unsigned)head.size, (unsigned)position);
    if (result == SBK_OK)
        result = fill_entry(station, position, proof, error);
    if (result == SBK_OK)
        result = sbk_proof_inclusion(position, head.size, sbk_log_node, station, &proof->path, error);
    if (result == SBK_OK) {
        proof->note = (struct sbk_proof_note){(const char *)note.data, note.size};
        result = finish(proof, out, error);
    }
    sbk_buffer_free(&note);
    free(proof);
    return result;
}

sbk_result sbk_log_prove_consistency(struct sbk_station *station, const struct sbk_buffer *older,
    const struct sbk_buffer *newer, struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_log_proof *proof = NULL;
    struct sbk_log_head from = {0};
    struct sbk_log_head to = {0};
    sbk_result result = new_proof(&proof, error);
    if (result == SBK_OK)
        result = read_own(station, older, &from, proof->older_key, error);
    if (result == SBK_OK)
        result = read_own(station, newer, &to, proof->key, error);
    if (result == SBK_OK && from.size > to.size)
        result = sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
            _("the first checkpoint covers %u entries, the second only %u: give the earlier one first"),
            (unsigned)from.size, (unsigned)to.size);
    if (result == SBK_OK)
        result = sbk_proof_consistency(from.size, to.size, sbk_log_node, station, &proof->path, error);
    if (result == SBK_OK) {
        proof->older = (struct sbk_proof_note){(const char *)older->data, older->size};
        proof->note = (struct sbk_proof_note){(const char *)newer->data, newer->size};
        result = finish(proof, out, error);
    }
    free(proof);
    return result;
}

/* ---- checking ---- */

static sbk_result check_entry(const struct sbk_log_proof *proof, struct sbk_log_shown *shown, struct sbk_error *error) {
    memcpy(shown->bytes, proof->entry, proof->entry_size);
    shown->size = proof->entry_size;
    shown->position = proof->index;
    enum sbk_format format = sbk_log_parse(shown->bytes, shown->size, &shown->entry);
    if (format != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the entry is not in its one form: %s"),
            _(sbk_format_text(format)));
    return sbk_proof_check_inclusion(
        &proof->path, proof->entry, proof->entry_size, proof->index, shown->head.size, shown->head.root, error);
}

static bool among(const struct sbk_log_keys *keys, const char *key) {
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->verifiers[i], key) == 0)
            return true;
    return false;
}

/* Both keys are of one log, and each is one that the caller knows. */
static sbk_result check_keys(
    const struct sbk_log_keys *keys, const struct sbk_log_proof *proof, struct sbk_error *error) {
    const char *unknown = !among(keys, proof->key)         ? proof->key
                          : !among(keys, proof->older_key) ? proof->older_key
                                                           : NULL;
    if (unknown != NULL)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("the proof is of another log, or under another key than the one given: it names %s"), unknown);
    if (strcspn(proof->key, "+") != strcspn(proof->older_key, "+") ||
        strncmp(proof->key, proof->older_key, strcspn(proof->key, "+")) != 0)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE, _("the proof names the keys of two logs"));
    return SBK_OK;
}

static sbk_result check_consistency(
    const struct sbk_log_proof *proof, struct sbk_log_shown *shown, struct sbk_error *error) {
    sbk_result result =
        sbk_checkpoint_read(proof->older_key, proof->older.text, proof->older.size, &shown->older, error);
    if (result == SBK_OK && strcmp(proof->key, proof->older_key) != 0 && shown->older.size >= shown->head.size)
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("the two keys sign heads of the same size: a log's next key signs only longer ones"));
    return result == SBK_OK ? sbk_proof_check_consistency(&proof->path, shown->older.size, shown->older.root,
                                  shown->head.size, shown->head.root, error)
                            : result;
}

static sbk_result check(const struct sbk_log_keys *keys, const struct sbk_log_proof *proof, struct sbk_log_shown *shown,
    struct sbk_error *error) {
    shown->of_entry = proof->of_entry;
    sbk_result result = check_keys(keys, proof, error);
    if (result == SBK_OK)
        result = sbk_checkpoint_read(proof->key, proof->note.text, proof->note.size, &shown->head, error);
    if (result != SBK_OK)
        return result;
    return proof->of_entry ? check_entry(proof, shown, error) : check_consistency(proof, shown, error);
}

sbk_result sbk_log_check(const struct sbk_log_keys *keys, const char *text, size_t size, struct sbk_log_shown *shown,
    struct sbk_error *error) {
    struct sbk_log_proof *proof = malloc(sizeof *proof);
    if (proof == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    memset(shown, 0, sizeof *shown);
    sbk_result result = sbk_log_proof_parse(text, size, proof, error);
    if (result == SBK_OK)
        result = check(keys, proof, shown, error);
    free(proof);
    return result;
}

sbk_result sbk_log_proof_verifiers(
    const char *text, size_t size, char verifiers[2][SBK_LOG_VERIFIER_ROOM], struct sbk_error *error) {
    struct sbk_log_proof *proof = malloc(sizeof *proof);
    if (proof == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    sbk_result result = sbk_log_proof_parse(text, size, proof, error);
    if (result == SBK_OK) {
        memcpy(verifiers[0], proof->key, sizeof proof->key);
        memcpy(verifiers[1], proof->older_key, sizeof proof->older_key);
    }
    free(proof);
    return result;
}
