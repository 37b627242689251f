/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_LOG_INDEX_H
#define SBK_READER_LOG_INDEX_H

#include "base/error.h"
#include "schema/apdu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What verification remembers of a log, by alias and counter (a receipt), by alias alone (a card) or by position (an
 * intent): a hash table with open addressing that grows.
 */
enum sbk_index_kind { SBK_INDEX_RECEIPT = 1, SBK_INDEX_CARD, SBK_INDEX_INTENT, SBK_INDEX_TRANSACTION };

struct sbk_index_item {
    uint8_t kind; /* enum sbk_index_kind; 0: an empty place */
    uint8_t alias[SBK_ALIAS_SIZE];
    uint32_t number;                  /* counter, position, transaction; 0 for a card */
    uint32_t other;                   /* intent: transaction; transaction: position of its newest intent */
    uint32_t counter;                 /* intent, transaction: expected */
    uint32_t receipt;                 /* transaction: position, UINT32_MAX: none */
    uint8_t operation;                /* transaction: enum sbk_log_operation */
    uint8_t resolution;               /* transaction: enum sbk_log_resolution, 0: none */
    uint8_t subject[SBK_ALIAS_SIZE];  /* transaction: the card */
    uint16_t effective;               /* intent: first day of the station's certificate then */
    uint8_t hash[SBK_HASH_SIZE];      /* receipt: of its body; intent: root behind it */
    uint8_t second[SBK_HASH_SIZE];    /* receipt: previous; intent: digest of its content */
    uint8_t key[SBK_COMPRESSED_SIZE]; /* card: signing key by its certificate */
    uint8_t point[SBK_POINT_SIZE];    /* card: the same, decompressed */
    bool good;                        /* card: the certificate holds */
};

struct sbk_index {
    struct sbk_index_item *items;
    size_t room; /* a power of two, or 0 */
    size_t used;
};

/* The item, or NULL. */
struct sbk_index_item *sbk_index_find(
    const struct sbk_index *index, uint8_t kind, const uint8_t *alias, uint32_t number);
/* Adds an item that is not there yet. Errors: out of memory. */
SBK_CHECK_RESULT sbk_result sbk_index_add(
    struct sbk_index *index, const struct sbk_index_item *item, struct sbk_error *error);
void sbk_index_free(struct sbk_index *index);

#endif
