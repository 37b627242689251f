/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/log_verify.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "reader/receipt.h"

#include <string.h>

static uint32_t u32_of(const struct sbk_log_field *field) {
    struct sbk_reader reader = sbk_reader_of(field->data, field->size);
    return sbk_read_u32(&reader);
}

/* ---- who wrote the log ---- */

static void check_opened(struct sbk_verification *verification, uint32_t position, const struct sbk_log_entry *entry) {
    const struct sbk_station *station = verification->station;
    const struct sbk_log_field *text = &entry->fields[1];
    if (position != 0)
        sbk_log_found(verification, position, _("the log is opened a second time"));
    if (memcmp(entry->fields[0].data, station->terminal, SBK_TERMINAL_SIZE) != 0 ||
        text->size != strlen(verification->key) || memcmp(text->data, verification->key, text->size) != 0)
        sbk_log_found(verification, position, _("the log was opened by another station or under another key"));
}

static sbk_result is_named(const struct sbk_verification *verification, const struct sbk_certificate *certificate,
    bool *named, struct sbk_error *error) {
    uint8_t hash[SBK_LOG_KEY_HASH_SIZE];
    sbk_result result = sbk_note_key_hash(&verification->verifier, hash, error);
    *named = result == SBK_OK && memcmp(hash, certificate->rights.log_key_hash, sizeof hash) == 0;
    return result;
}

/* A certificate names the log's key, or the next one, which then counts for every head that has the certificate in it. */
static sbk_result check_named_key(struct sbk_verification *verification, uint32_t position,
    const struct sbk_certificate *certificate, struct sbk_error *error) {
    bool named = false;
    bool found = false;
    sbk_result result = SBK_OK;
    if (!verification->has_verifier)
        return SBK_OK;
    if (memcmp(certificate->terminal, verification->station->terminal, SBK_TERMINAL_SIZE) == 0)
        result = is_named(verification, certificate, &named, error);
    if (result != SBK_OK || named)
        return result;
    result = sbk_log_next_key(verification, position + 1, &found, error);
    if (result == SBK_OK && found)
        result = is_named(verification, certificate, &named, error);
    if (result == SBK_OK && !named)
        sbk_log_found(verification, position, _("the certificate is not for this station and its log key"));
    return result;
}

static sbk_result check_certificate(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_certificate parsed;
    struct sbk_error cause;
    const struct sbk_log_field *leaf = &entry->fields[0];
    sbk_result result = SBK_TAMPERED;
    if (sbk_certificate_parse(leaf->data, leaf->size, &parsed) == SBK_FORMAT_OK)
        result = sbk_trust_verify_past(
            verification->trust, leaf->data, leaf->size, SBK_ROLES_TERMINAL, parsed.effective, &parsed, &cause);
    if (result != SBK_OK) {
        result = sbk_log_go_on(result, &cause, error);
        if (result == SBK_OK)
            sbk_log_found(verification, position, _("the station's certificate does not hold"));
        return result;
    }
    verification->effective = parsed.effective;
    return check_named_key(verification, position, &parsed, error);
}

/* ---- intents ---- */

static sbk_result note_transaction(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_index_item item = {.kind = SBK_INDEX_TRANSACTION,
        .number = u32_of(&entry->fields[1]),
        .other = position,
        .counter = u32_of(&entry->fields[3]),
        .receipt = UINT32_MAX,
        .operation = entry->fields[0].data[0]};
    struct sbk_index_item *there = sbk_index_find(&verification->index, SBK_INDEX_TRANSACTION, NULL, item.number);
    memcpy(item.subject, entry->fields[2].data, sizeof item.subject);
    if (there != NULL) {
        *there = item; /* tried again after nothing was charged */
        return SBK_OK;
    }
    verification->transactions++;
    if (item.number > verification->newest)
        verification->newest = item.number;
    return sbk_index_add(&verification->index, &item, error);
}

static sbk_result note_intent(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_index_item item = {.kind = SBK_INDEX_INTENT,
        .number = position,
        .other = u32_of(&entry->fields[1]),
        .counter = u32_of(&entry->fields[3]),
        .effective = verification->effective};
    sbk_result result = sbk_tree_root(&verification->tree, item.hash, error);
    if (result == SBK_OK)
        result = sbk_sha256(entry->fields[6].data, entry->fields[6].size, item.second, error);
    if (result == SBK_OK)
        result = sbk_index_add(&verification->index, &item, error);
    return result == SBK_OK ? note_transaction(verification, position, entry, error) : result;
}

static struct sbk_index_item *transaction_of(const struct sbk_verification *verification, uint32_t number) {
    return sbk_index_find(&verification->index, SBK_INDEX_TRANSACTION, NULL, number);
}

static void check_own(struct sbk_verification *verification, uint32_t position, const struct sbk_receipt *receipt) {
    const struct sbk_entry *said = &receipt->entry;
    const struct sbk_index_item *intent =
        said->log_size == 0 ? NULL : sbk_index_find(&verification->index, SBK_INDEX_INTENT, NULL, said->log_size - 1);
    if (memcmp(said->terminal, verification->station->terminal, SBK_TERMINAL_SIZE) != 0) {
        sbk_log_found(verification, position, _("another station's receipt stands as this one's"));
        return;
    }
    if (intent == NULL || intent->other != said->transaction || intent->counter != said->counter ||
        memcmp(intent->second, said->digest, SBK_HASH_SIZE) != 0) {
        sbk_log_found_rollback(verification, position,
            _("receipt %u of transaction %u has no intent in this log: it was altered or rolled back"),
            (unsigned)said->counter, (unsigned)said->transaction);
        return;
    }
    if (memcmp(intent->hash, said->log_root, SBK_HASH_SIZE) != 0) {
        sbk_log_found_rollback(verification, position,
            _("the log before entry %u is not the one that the card signed: it was altered or rolled back"),
            (unsigned)said->log_size);
        return;
    }
    /* The card's floor in a session is at least the first day of the certificate that it was shown (B.3). */
    if (said->floor < intent->effective)
        sbk_log_found(verification, position,
            _("the card judged transaction %u by a day before the station's certificate"), (unsigned)said->transaction);
    verification->report->heads++;
}

/* ---- receipts ---- */

/* The signing key that the card's kept certificate names; verified once for each card. */
static sbk_result find_card(struct sbk_verification *verification, const struct sbk_receipt *receipt,
    const struct sbk_index_item **card, struct sbk_error *error) {
    const uint8_t *alias = receipt->entry.alias;
    struct sbk_index_item item = {.kind = SBK_INDEX_CARD};
    struct sbk_known_card known;
    struct sbk_certificate parsed;
    struct sbk_error cause;
    *card = sbk_index_find(&verification->index, SBK_INDEX_CARD, alias, 0);
    if (*card != NULL)
        return SBK_OK;
    sbk_result result = sbk_card_known(verification->station, alias, &known, error);
    if (result != SBK_OK)
        return result;
    memcpy(item.alias, alias, sizeof item.alias);
    result = SBK_TAMPERED;
    if (sbk_certificate_parse(known.certificate, known.certificate_size, &parsed) == SBK_FORMAT_OK &&
        memcmp(parsed.alias, alias, SBK_ALIAS_SIZE) == 0)
        result = sbk_trust_verify_past(verification->trust, known.certificate, known.certificate_size,
            SBK_ROLE_BIT(SBK_ROLE_CARD), parsed.effective, &parsed, &cause);
    if (result == SBK_OK)
        result = sbk_point_decompress(parsed.signing_key, item.point, &cause);
    if (result == SBK_OK) {
        item.good = true;
        memcpy(item.key, parsed.signing_key, sizeof item.key);
    }
    result = sbk_log_go_on(result, &cause, error);
    if (result != SBK_OK)
        return result;
    result = sbk_index_add(&verification->index, &item, error);
    *card = sbk_index_find(&verification->index, SBK_INDEX_CARD, alias, 0);
    return result;
}

static void check_neighbours(
    struct sbk_verification *verification, uint32_t position, const struct sbk_receipt *receipt) {
    const struct sbk_entry *said = &receipt->entry;
    const struct sbk_index_item *before =
        said->counter == 0 ? NULL
                           : sbk_index_find(&verification->index, SBK_INDEX_RECEIPT, said->alias, said->counter - 1);
    const struct sbk_index_item *after =
        said->counter == UINT32_MAX
            ? NULL
            : sbk_index_find(&verification->index, SBK_INDEX_RECEIPT, said->alias, said->counter + 1);
    if ((before != NULL && memcmp(before->hash, said->previous, SBK_HASH_SIZE) != 0) ||
        (after != NULL && memcmp(after->second, receipt->hash, SBK_HASH_SIZE) != 0))
        sbk_log_found_fork(verification, position, _("the card's receipt %u does not chain to its neighbour"),
            (unsigned)said->counter);
}

static sbk_result note_receipt(struct sbk_verification *verification, uint32_t position,
    const struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct sbk_entry *said = &receipt->entry;
    struct sbk_index_item item = {.kind = SBK_INDEX_RECEIPT, .number = said->counter};
    const struct sbk_index_item *there =
        sbk_index_find(&verification->index, SBK_INDEX_RECEIPT, said->alias, said->counter);
    if (there != NULL) {
        if (memcmp(there->hash, receipt->hash, SBK_HASH_SIZE) != 0)
            sbk_log_found_fork(verification, position, _("the card gave two receipts of number %u: it forks"),
                (unsigned)said->counter);
        return SBK_OK;
    }
    check_neighbours(verification, position, receipt);
    memcpy(item.alias, said->alias, sizeof item.alias);
    memcpy(item.hash, receipt->hash, sizeof item.hash);
    memcpy(item.second, said->previous, sizeof item.second);
    return sbk_index_add(&verification->index, &item, error);
}

static sbk_result check_receipt(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error) {
    struct sbk_receipt receipt;
    struct sbk_error cause;
    const struct sbk_index_item *card = NULL;
    verification->report->receipts++;
    sbk_result result = sbk_receipt_of(&receipt, entry->fields[0].data, entry->fields[1].data, &cause);
    if (result != SBK_OK) {
        result = sbk_log_go_on(result, &cause, error);
        if (result == SBK_OK)
            sbk_log_found(verification, position, _("the receipt is not valid"));
        return result;
    }
    result = find_card(verification, &receipt, &card, error);
    if (result != SBK_OK)
        return result;
    bool certified = card->good && memcmp(card->key, entry->fields[2].data, SBK_COMPRESSED_SIZE) == 0;
    if (!certified)
        sbk_log_found(verification, position, _("the signing key is not the one of the card's certificate"));
    result = certified ? sbk_receipt_verify_point(&receipt, card->point, &cause)
                       : sbk_receipt_verify(&receipt, entry->fields[2].data, &cause);
    if (result == SBK_ENVIRONMENT)
        return sbk_log_go_on(result, &cause, error);
    if (result != SBK_OK)
        sbk_log_found(verification, position, "%s", cause.text);
    else if (certified && verification->watch != NULL && verification->watch->receipt != NULL)
        verification->watch->receipt(verification->watch->context, position, entry->kind, &receipt);
    /* A carried receipt of this very station says that the folder is an old copy, or one of two. */
    if (entry->kind == SBK_LOG_RECEIPT ||
        memcmp(receipt.entry.terminal, verification->station->terminal, SBK_TERMINAL_SIZE) == 0)
        check_own(verification, position, &receipt);
    struct sbk_index_item *transaction =
        entry->kind == SBK_LOG_RECEIPT ? transaction_of(verification, receipt.entry.transaction) : NULL;
    if (transaction != NULL) {
        transaction->receipt = position;
        transaction->resolution = 0;
    }
    return note_receipt(verification, position, &receipt, error);
}

static void note_resolution(const struct sbk_verification *verification, const struct sbk_log_entry *entry) {
    struct sbk_index_item *transaction = transaction_of(verification, u32_of(&entry->fields[0]));
    if (transaction != NULL)
        transaction->resolution = entry->fields[1].data[0];
}

static sbk_result note_list(
    struct sbk_verification *verification, const struct sbk_log_entry *entry, struct sbk_error *error) {
    return sbk_log_take_in(verification->lists, u32_of(&entry->fields[0]), entry->fields[1].data, error);
}

static void note_hotlist(struct sbk_verification *verification, const struct sbk_log_entry *entry) {
    verification->hotlist_number = u32_of(&entry->fields[0]);
    memcpy(verification->hotlist, entry->fields[1].data, sizeof verification->hotlist);
}

static sbk_result note_certificate(
    struct sbk_verification *verification, const struct sbk_log_entry *entry, struct sbk_error *error) {
    uint8_t digest[SBK_HASH_SIZE];
    sbk_result result = sbk_sha256(entry->fields[0].data, entry->fields[0].size, digest, error);
    return result == SBK_OK ? sbk_log_take_in(verification->certificates, 0, digest, error) : result;
}

sbk_result sbk_log_check_entry(struct sbk_verification *verification, uint32_t position,
    const struct sbk_log_entry *entry, struct sbk_error *error) {
    if (position == 0 && entry->kind != SBK_LOG_OPENED)
        sbk_log_found(verification, position, _("the log does not begin with its opening"));
    sbk_result result = SBK_OK;
    verification->time = entry->time;
    switch (entry->kind) {
    case SBK_LOG_OPENED:
        check_opened(verification, position, entry);
        return SBK_OK;
    case SBK_LOG_CERTIFICATE:
        result = note_certificate(verification, entry, error);
        return result == SBK_OK ? check_certificate(verification, position, entry, error) : result;
    case SBK_LOG_RESOLVED:
        note_resolution(verification, entry);
        return SBK_OK;
    case SBK_LOG_LIST:
        return note_list(verification, entry, error);
    case SBK_LOG_HOTLIST:
        note_hotlist(verification, entry);
        return SBK_OK;
    case SBK_LOG_INTENT:
        return note_intent(verification, position, entry, error);
    case SBK_LOG_RECEIPT:
    case SBK_LOG_CARRIED:
        return check_receipt(verification, position, entry, error);
    default:
        return SBK_OK;
    }
}
