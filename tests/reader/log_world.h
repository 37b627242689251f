/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_READER_LOG_WORLD_H
#define SBK_TESTS_READER_LOG_WORLD_H

#include "reader/session_private.h"

#include <openssl/evp.h>

/*
 * Stations and cards without readers: real stations (folder, keys, database, log) under a root made on the spot, and cards
 * that are a signing key and a chain. What a station would write of a tap, the functions write through its own library.
 */
struct log_world {
    char *folder;
    EVP_PKEY *root, *station_ca, *card_ca, *grant_signer;
    uint8_t issuers[3][SBK_CERTIFICATE_MAX]; /* station CA, card CA, grant signer */
    size_t issuer_sizes[3];
};
void log_world_open(struct log_world *world);
void log_world_close(struct log_world *world);

/* A station that has its certificate and is unlocked; its log: opened, certificate. */
struct sbk_station *log_world_station(struct log_world *world, const char *id);

/* The station's next keys are in use. And: a certificate by which its log has this key. */
void log_world_rekey(struct log_world *world, struct sbk_station *station);
size_t log_world_certify(const struct log_world *world, const struct sbk_station *station, const char *log_verifier,
    uint8_t leaf[SBK_CERTIFICATE_MAX]);

#define LOG_GRANTS 4
struct log_card {
    uint8_t alias[SBK_ALIAS_SIZE];
    EVP_PKEY *key;
    struct sbk_known_card known; /* certificate */
    uint8_t signing_key[SBK_COMPRESSED_SIZE];
    uint32_t next;                   /* counter */
    uint8_t previous[SBK_HASH_SIZE]; /* of the entry before */
    uint32_t spent[LOG_GRANTS];      /* by grant, less one */
    uint32_t mandate;
};
void log_card_make(struct log_world *world, struct log_card *card, uint8_t number);
void log_card_free(struct log_card *card);

/* What the card is asked for. */
struct log_order {
    uint8_t operation;
    uint16_t grant; /* 1..LOG_GRANTS; debit and void */
    uint32_t amount;
    const struct sbk_receipt *voided; /* void */
    uint16_t final;                   /* mandate: the grant that ends, 0: none */
};

/* The durable intent; the transaction's number. context.log_* and digest are filled for the card. */
struct log_intent {
    uint32_t transaction;
    uint32_t log_size;
    uint8_t log_root[SBK_HASH_SIZE];
    uint8_t digest[SBK_HASH_SIZE];
};
void log_intend(
    struct sbk_station *station, struct log_card *card, const struct log_order *order, struct log_intent *intent);
/* The card's answer; its chain goes on. */
void log_answer(struct sbk_station *station, struct log_card *card, const struct log_order *order,
    const struct log_intent *intent, struct sbk_receipt *receipt);
/* Signs a body that somebody changed. */
void log_sign(const struct log_card *card, struct sbk_receipt *receipt);
/* Into the station's log: as the answer to its own intent, or carried. */
void log_settle(struct sbk_station *station, struct log_card *card, const struct sbk_receipt *receipt);
void log_carry(struct sbk_station *station, struct log_card *card, const struct sbk_receipt *receipt);
/* All of it. */
struct sbk_receipt log_trade(struct sbk_station *station, struct log_card *card, const struct log_order *order);

/* Appends any entry, in a transaction of its own. */
void log_append(struct sbk_station *station, uint8_t kind, const struct sbk_log_field *fields, size_t count);
void log_resolve(struct sbk_station *station, uint32_t transaction, uint8_t how, uint8_t outcome);

#endif
