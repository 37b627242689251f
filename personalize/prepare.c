/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/prepare.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/random.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "personalize/order.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_ROOM 8192 /* batch head: two certificates, binding, anchor */

/* A batch in the making. */
struct making {
    const struct sbk_prepare *prepare;
    struct sbk_ledger_batch batch;
    struct sbk_order *orders; /* one for each chosen household, in the order of the roll */
    size_t count;
    struct sbk_buffer content;
    struct sbk_buffer file;
};

static sbk_result file_matches(const struct sbk_ledger_batch *batch, bool *matches, struct sbk_error *error) {
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = SBK_OK;

    *matches = false;
    if (sbk_file_exists(batch->path)) {
        result = sbk_file_read(batch->path, SBK_CMS_MAX, &file, error);
        if (result == SBK_OK) {
            result = sbk_sha256(file.data, file.size, hash, error);
        }
        *matches = result == SBK_OK && memcmp(hash, batch->file_hash, sizeof(hash)) == 0;
    }
    sbk_buffer_free(&file);
    return result;
}

sbk_result sbk_prepare_recover(
    struct sbk_database *ledger, struct sbk_ledger_batch *batch, bool *finished, struct sbk_error *error) {
    bool found = false;
    sbk_result result = sbk_ledger_pending(ledger, batch, &found, error);

    *finished = false;
    if (result == SBK_OK && found) {
        result = file_matches(batch, finished, error);
    }
    if (result == SBK_OK && found) {
        result = sbk_ledger_settle(ledger, batch->info.number, *finished, error);
    }
    return result;
}

/* Signs the orders of all chosen households. */
static sbk_result make_orders(struct making *making, struct sbk_error *error) {
    const struct sbk_prepare *prepare = making->prepare;
    const struct sbk_order_rules rules = {prepare->programmes, prepare->grant_signer, sbk_date_of_time(prepare->now)};
    sbk_result result = SBK_OK;

    for (size_t i = 0; result == SBK_OK && i < prepare->plan->count; i++) {
        if (prepare->plan->verdicts[i] != SBK_ELIGIBLE) {
            continue;
        }
        struct sbk_order *order = &making->orders[making->count];
        order->sequence = (uint32_t)making->count + 1;
        result = sbk_order_make(&rules, prepare->ledger, &prepare->roll->households[i], order, error);
        making->count += result == SBK_OK;
        if (prepare->progress != NULL) {
            prepare->progress(prepare->progress_context, making->count, prepare->plan->chosen);
        }
    }
    return result;
}

static sbk_result write_head(struct making *making, struct sbk_error *error) {
    const struct sbk_prepare *prepare = making->prepare;
    const struct sbk_city *city = prepare->city;
    struct sbk_batch batch = {.made = prepare->now,
        .info = making->batch.info,
        .anchor = city->anchor,
        .binding = sbk_bytes_of(&city->binding),
        .office_ca = sbk_bytes_of(&city->office_ca),
        .grant_signer = sbk_bytes_of(&city->grant_signer)};
    uint8_t head[HEAD_ROOM];
    size_t size = 0;
    sbk_result result = sbk_key_export_transport(prepare->transport, batch.transport, error);

    if (result == SBK_OK) {
        result = sbk_transport_kcv(batch.transport, batch.kcv, error);
    }
    if (result == SBK_OK && sbk_batch_write_head(&batch, head, sizeof(head), &size) != SBK_FORMAT_OK) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("the batch's head does not fit its format"));
    }
    if (result == SBK_OK) {
        result = sbk_buffer_append(&making->content, head, size, error);
    }
    sbk_cleanse(&batch, sizeof(batch));
    sbk_cleanse(head, sizeof(head));
    return result;
}

static sbk_result write_content(struct making *making, struct sbk_error *error) {
    sbk_result result = write_head(making, error);

    for (size_t i = 0; result == SBK_OK && i < making->count; i++) {
        const struct sbk_order *order = &making->orders[i];
        struct sbk_batch_card card = {.sequence = order->sequence,
            .identity = {order->identity, order->identity_size},
            .mandate = {order->mandate, order->mandate_size}};
        uint8_t out[SBK_BATCH_CARD_MAX];
        size_t size = 0;
        memcpy(card.alias, order->alias, sizeof(card.alias));
        if (sbk_batch_write_card(&card, out, sizeof(out), &size) != SBK_FORMAT_OK) {
            result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("an order does not fit its format"));
        } else {
            result = sbk_buffer_append(&making->content, out, size, error);
        }
        sbk_cleanse(out, sizeof(out));
    }
    return result;
}

/* Signed by the city, encrypted to the bureau; and what the database will know the file by. */
static sbk_result seal(struct making *making, struct sbk_error *error) {
    const struct sbk_prepare *prepare = making->prepare;
    const struct sbk_city *city = prepare->city;
    struct sbk_buffer signed_file = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_cms_sign(prepare->city_key, city->city.data, city->city.size, SBK_BUNDLE_BATCH,
        making->content.data, making->content.size, prepare->now, &signed_file, error);

    if (result == SBK_OK) {
        result = sbk_cms_encrypt(
            prepare->recipient.data, prepare->recipient.size, signed_file.data, signed_file.size, &making->file, error);
    }
    if (result == SBK_OK) {
        result = sbk_sha256(making->file.data, making->file.size, making->batch.file_hash, error);
    }
    sbk_buffer_free(&signed_file);
    return result;
}

static sbk_result record_cards(struct making *making, struct sbk_error *error) {
    const struct sbk_prepare *prepare = making->prepare;
    sbk_result result = sbk_ledger_add_batch(prepare->ledger, &making->batch, &prepare->recipient, error);

    for (size_t i = 0; result == SBK_OK && i < making->count; i++) {
        const struct sbk_order *order = &making->orders[i];
        struct sbk_ledger_card card = {.sequence = order->sequence,
            .identity = {order->identity, order->identity_size},
            .mandate = {order->mandate, order->mandate_size},
            .mandate_number = SBK_FIRST_NUMBER,
            .valid_until = prepare->programmes->valid_until,
            .household = order->household};
        memcpy(card.alias, order->alias, sizeof(card.alias));
        memcpy(card.number, order->number, sizeof(card.number));
        result = sbk_ledger_add_card(prepare->ledger, making->batch.info.number, &card, error);
    }
    return result;
}

static sbk_result record(struct making *making, struct sbk_error *error) {
    struct sbk_database *ledger = making->prepare->ledger;
    sbk_result result = sbk_database_begin(ledger, error);

    if (result != SBK_OK) {
        return result;
    }
    result = record_cards(making, error);
    if (result != SBK_OK) {
        sbk_database_rollback(ledger);
        return result;
    }
    return sbk_database_commit(ledger, error);
}

/* An absolute path, so that whoever recovers finds the file from another working folder. */
static sbk_result note_path(struct making *making, struct sbk_error *error) {
    const char *out = making->prepare->out;
    char *copy = strdup(out);
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');
    const char *name = slash == NULL ? out : out + (slash - copy) + 1;
    sbk_result result = SBK_OK;

    if (slash != NULL) {
        slash[slash == copy ? 1 : 0] = '\0';
    }
    char *folder = copy == NULL ? NULL : realpath(slash == NULL ? "." : copy, NULL);
    if (folder == NULL) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("%s: its folder cannot be found"), out);
    } else if (snprintf(making->batch.path, sizeof(making->batch.path), "%s/%s", folder, name) >=
               (int)sizeof(making->batch.path)) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("%s: the path is too long"), out);
    }
    free(folder);
    free(copy);
    return result;
}

static sbk_result describe(struct making *making, struct sbk_error *error) {
    const struct sbk_prepare *prepare = making->prepare;
    struct sbk_ledger_batch *batch = &making->batch;
    sbk_result result = sbk_random(batch->info.id, sizeof(batch->info.id), error);

    batch->made = prepare->now;
    batch->info.count = (uint32_t)making->count;
    batch->root_generation = prepare->city->anchor.generation;
    memcpy(batch->next_root_hash, prepare->city->anchor.next_hash, SBK_HASH_SIZE);
    memcpy(batch->roll_hash, prepare->roll_hash, SBK_HASH_SIZE);
    memcpy(batch->programmes_hash, prepare->programmes_hash, SBK_HASH_SIZE);
    if (result == SBK_OK) {
        result = sbk_point_hash(prepare->city->anchor.key, batch->root_hash, error);
    }
    if (result == SBK_OK) {
        result = sbk_ledger_next_number(prepare->ledger, &batch->info.number, error);
    }
    return result == SBK_OK ? note_path(making, error) : result;
}

static sbk_result publish(struct making *making, struct sbk_error *error) {
    const struct sbk_prepare *prepare = making->prepare;
    sbk_result result = record(making, error);

    if (result != SBK_OK) {
        return result;
    }
    result = sbk_file_write(making->batch.path, making->file.data, making->file.size, 0600, SBK_FILE_NEW, error);
    if (result != SBK_OK) {
        /* No file, no batch. Should this fail as well, sbk_prepare_recover does it later. */
        const sbk_result undone = sbk_ledger_settle(prepare->ledger, making->batch.info.number, false, NULL);
        (void)undone;
        return result;
    }
    return sbk_ledger_settle(prepare->ledger, making->batch.info.number, true, error);
}

sbk_result sbk_prepare_batch(const struct sbk_prepare *prepare, struct sbk_batch_info *info, struct sbk_error *error) {
    struct making *making = calloc(1, sizeof(*making));
    sbk_result result = SBK_OK;

    if (making != NULL) {
        making->prepare = prepare;
        making->orders = calloc(prepare->plan->chosen > 0 ? prepare->plan->chosen : 1, sizeof(*making->orders));
    }
    if (making == NULL || making->orders == NULL) {
        free(making);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    result = make_orders(making, error);
    if (result == SBK_OK) {
        result = describe(making, error);
    }
    if (result == SBK_OK) {
        result = write_content(making, error);
    }
    if (result == SBK_OK) {
        result = seal(making, error);
    }
    if (result == SBK_OK) {
        result = publish(making, error);
    }
    if (result == SBK_OK) {
        *info = making->batch.info;
    }
    sbk_cleanse(making->orders, prepare->plan->chosen * sizeof(*making->orders));
    free(making->orders);
    sbk_buffer_free(&making->content);
    sbk_buffer_free(&making->file);
    free(making);
    return result;
}
