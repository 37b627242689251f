/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/crypto.h"
#include "reader/common.h"
#include "reader/log_proof.h"
#include "reader/receipt.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

#define CERTIFICATE_FILE_MAX (64u << 10)
#define KEYS_MAX 16

static void show_head(struct cli_call *call, const char *prefix, const struct sbk_log_head *head) {
    char root[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    json_t *object = json_object();
    sbk_hex_encode(head->root, sizeof head->root, root);
    (void)json_object_set_new(object, "entries", json_integer(head->size));
    (void)json_object_set_new(object, "root", json_string(root));
    cli_field(call, prefix, object);
}

static void show_debits(struct cli_call *call, const struct sbk_entry *said) {
    json_t *debits = json_array();
    for (size_t i = 0; i < SBK_DEBITS_MAX && said->debits[i].grant != 0; i++) {
        const struct sbk_entry_debit *debit = &said->debits[i];
        json_t *object = json_object();
        cli_say(call, _("  purse %u, grant %u, window %u: amount %u, spent after it %u\n"), (unsigned)debit->slot,
            (unsigned)debit->grant, (unsigned)debit->window, (unsigned)debit->amount, (unsigned)debit->spent);
        (void)json_object_set_new(object, "slot", json_integer(debit->slot));
        (void)json_object_set_new(object, "grant", json_integer(debit->grant));
        (void)json_object_set_new(object, "window", json_integer(debit->window));
        (void)json_object_set_new(object, "amount", json_integer(debit->amount));
        (void)json_object_set_new(object, "spent", json_integer(debit->spent));
        (void)json_array_append_new(debits, object);
    }
    cli_field(call, "debits", debits);
}

/* A receipt is signed by itself, too: by the key that the entry names. */
static sbk_result show_receipt(struct cli_call *call, const struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_receipt receipt;
    sbk_result result = sbk_receipt_of(&receipt, entry->fields[0].data, entry->fields[1].data, error);
    if (result == SBK_OK)
        result = sbk_receipt_verify(&receipt, entry->fields[2].data, error);
    if (result == SBK_OK)
        show_debits(call, &receipt.entry);
    if (result == SBK_OK)
        cli_field_hex(call, "signing_key", entry->fields[2].data, entry->fields[2].size);
    return result;
}

static sbk_result show_entry(struct cli_call *call, const struct sbk_log_shown *shown, struct sbk_error *error) {
    char text[READER_ENTRY_ROOM];
    char time[SBK_TIME_ROOM];
    reader_entry_text(&shown->entry, text);
    sbk_time_format_plain(shown->entry.time, time);
    cli_say(call, _("entry %u of a log of %u stands in it as shown:\n"), (unsigned)shown->position,
        (unsigned)shown->head.size);
    cli_say(call, "%6u  %s  %-11s  %s\n", (unsigned)shown->position, time, sbk_log_kind_word(shown->entry.kind), text);
    cli_field_int(call, "entry", shown->position);
    cli_field_text(call, "kind", sbk_log_kind_word(shown->entry.kind));
    cli_field_time(call, "time", shown->entry.time);
    cli_field_text(call, "text", text);
    cli_field_hex(call, "bytes", shown->bytes, shown->size);
    if (shown->entry.kind == SBK_LOG_RECEIPT || shown->entry.kind == SBK_LOG_CARRIED)
        return show_receipt(call, &shown->entry, error);
    return SBK_OK;
}

static sbk_result show(struct cli_call *call, const struct sbk_log_shown *shown, struct sbk_error *error) {
    show_head(call, "checkpoint", &shown->head);
    cli_field_text(call, "proof", shown->of_entry ? "entry" : "consistency");
    if (shown->of_entry)
        return show_entry(call, shown, error);
    show_head(call, "older", &shown->older);
    cli_say(call, _("the log's first %u entries are those of the earlier checkpoint; it has %u now\n"),
        (unsigned)shown->older.size, (unsigned)shown->head.size);
    return SBK_OK;
}

/* One of the station's certificate files must name the key; the first that does not says why. */
static sbk_result certify(
    struct cli_call *call, const char *verifier, uint8_t fingerprint[SBK_HASH_SIZE], struct sbk_error *error) {
    sbk_result result = SBK_TAMPERED;
    for (size_t i = 0; i < cli_count(call, "certificate") && result == SBK_TAMPERED; i++) {
        struct sbk_buffer file = SBK_BUFFER_EMPTY;
        struct sbk_error cause;
        result = sbk_file_read(cli_value_at(call, "certificate", i), CERTIFICATE_FILE_MAX, &file, &cause);
        if (result == SBK_OK)
            result = sbk_log_verifier_certified(file.data, file.size, verifier, fingerprint, &cause);
        if (result != SBK_OK && (i == 0 || result != SBK_TAMPERED) && error != NULL)
            *error = cause;
        sbk_buffer_free(&file);
    }
    return result;
}

/* The proof's own keys, where the station's certificates name them. */
static sbk_result certify_both(struct cli_call *call, const struct sbk_buffer *proof,
    char verifiers[2][SBK_LOG_VERIFIER_ROOM], struct sbk_error *error) {
    uint8_t fingerprints[2][SBK_HASH_SIZE];
    char text[SBK_FINGERPRINT_ROOM];
    sbk_result result = sbk_log_proof_verifiers((const char *)proof->data, proof->size, verifiers, error);
    for (size_t i = 0; i < 2 && result == SBK_OK; i++) {
        result = certify(call, verifiers[i], fingerprints[i], error);
        if (result != SBK_OK || (i > 0 && memcmp(fingerprints[0], fingerprints[1], SBK_HASH_SIZE) == 0))
            break;
        sbk_fingerprint_text(fingerprints[i], text);
        cli_say(call,
            _("The certificate is under the root with the fingerprint\n    %s\nCompare it with the one that the city "
              "published.\n"),
            text);
        cli_field_hex(call, i == 0 ? "root_fingerprint" : "older_root_fingerprint", fingerprints[i], SBK_HASH_SIZE);
    }
    return result;
}

static sbk_result check(
    struct cli_call *call, const struct sbk_buffer *proof, struct sbk_log_shown *shown, struct sbk_error *error) {
    char verifiers[2][SBK_LOG_VERIFIER_ROOM];
    const char *words[KEYS_MAX] = {verifiers[0], verifiers[1]};
    struct sbk_log_keys keys = {words, 2};
    sbk_result result = SBK_OK;
    if ((cli_count(call, "key") == 0) == (cli_count(call, "certificate") == 0))
        return cli_usage(call, error, _("give either --key or --certificate: a proof does not vouch for its own key"));
    if (cli_count(call, "key") > KEYS_MAX)
        return cli_usage(call, error, _("more than %d keys"), KEYS_MAX);
    if (cli_count(call, "certificate") > 0)
        result = certify_both(call, proof, verifiers, error);
    else
        for (keys.count = 0; keys.count < cli_count(call, "key"); keys.count++)
            words[keys.count] = cli_value_at(call, "key", keys.count);
    return result == SBK_OK ? sbk_log_check(&keys, (const char *)proof->data, proof->size, shown, error) : result;
}

sbk_result cmd_log_check(struct cli_call *call, struct sbk_error *error) {
    struct sbk_buffer proof = SBK_BUFFER_EMPTY;
    char verifiers[2][SBK_LOG_VERIFIER_ROOM];
    struct sbk_log_shown *shown = calloc(1, sizeof *shown);
    sbk_result result = shown != NULL ? sbk_file_read(call->arguments[0], SBK_LOG_PROOF_MAX, &proof, error)
                                      : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    if (result == SBK_OK)
        result = check(call, &proof, shown, error);
    if (result == SBK_OK)
        result = sbk_log_proof_verifiers((const char *)proof.data, proof.size, verifiers, error);
    if (result == SBK_OK) {
        cli_field_text(call, "key", verifiers[0]);
        if (strcmp(verifiers[0], verifiers[1]) != 0)
            cli_field_text(call, "older_key", verifiers[1]);
        result = show(call, shown, error);
    }
    sbk_buffer_free(&proof);
    free(shown);
    return result;
}
