/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_RECORDS_H
#define SBK_SCHEMA_RECORDS_H

#include "schema/certificate.h"

/*
 * Signed records that a card takes or makes. Each begins with its own tag and version, has a fixed layout of
 * big-endian fields and ends in an ECDSA signature r||s over SHA-256 of everything before it.
 * Parsers take the whole record with its signature and check structure and ranges, not the signature.
 * Writers write everything before the signature.
 */
#define SBK_RECORD_VERSION 0x01
#define SBK_RECORD_IDENTITY 0xC1
#define SBK_RECORD_MANDATE 0xC2
#define SBK_RECORD_NOTICE 0xC3
#define SBK_RECORD_LINK 0xC4
#define SBK_RECORD_ENTRY 0xC5
#define SBK_RECORD_STATEMENT 0xC6
#define SBK_RECORD_ITEMS 0xC7
#define SBK_RECORD_BASKET 0xC8 /* hashed, not signed by itself */

/* ---- C1 identity: grant signer; at most 213 bytes ---- */
#define SBK_NAME_MAX 60
#define SBK_IDENTITY_MAX 213
struct sbk_identity {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint16_t number;        /* rises with each identity record of this card, from 1 */
    uint8_t card_number[6]; /* twelve digits in BCD, Luhn checked */
    uint8_t kelurahan[SBK_KELURAHAN_SIZE];
    uint16_t valid_from;
    uint16_t valid_until;   /* last day */
    uint8_t name_size;      /* 1..60 bytes of UTF-8 */
    uint8_t alternate_size; /* 0..60; 0: no alternate */
    uint8_t name[SBK_NAME_MAX];
    uint8_t alternate[SBK_NAME_MAX];
};
/* Offsets of its fields. */
#define SBK_IDENTITY_AT_NUMBER 10
#define SBK_IDENTITY_AT_KELURAHAN 18
#define SBK_IDENTITY_AT_DATES 23 /* valid from, valid until */
#define SBK_IDENTITY_AT_NAME 28  /* after its size; behind the name the alternate's size, then the alternate's name */
enum sbk_format sbk_identity_parse(const uint8_t *data, size_t size, struct sbk_identity *identity);
enum sbk_format sbk_identity_write(const struct sbk_identity *identity, uint8_t *out, size_t room, size_t *size);

/* ---- C2 mandate: grant signer; 27 + 17 a purse + 64, at most 227 bytes ---- */
#define SBK_PURSES_MAX 8
#define SBK_MANDATE_MAX 227
#define SBK_MANDATE_AT_NUMBER 10
#define SBK_MANDATE_AT_STATUS 16
#define SBK_MANDATE_AT_PURSES 27 /* their count stands before them */
#define SBK_PURSE_SIZE 17
enum sbk_mandate_status { SBK_MANDATE_ACTIVE = 1, SBK_MANDATE_BLOCKED = 2, SBK_MANDATE_CLOSED = 3 };
#define SBK_MANDATE_PIN 0x01       /* every debit asks for a PIN */
#define SBK_MANDATE_ALTERNATE 0x02 /* the alternate may redeem */
#define SBK_MANDATE_SET_FLOOR 0x80 /* the card's floor becomes the issue day, even if that lowers it */
enum sbk_period { SBK_PERIOD_ONCE = 1, SBK_PERIOD_MONTH = 2, SBK_PERIOD_WEEK = 3 };
enum sbk_carry { SBK_CARRY_NONE = 0, SBK_CARRY_GRANT = 1 };
#define SBK_CLASS_ANY 0 /* rupiah purses only: any item of the signed list */

struct sbk_purse {
    uint8_t slot;      /* 0..7, ascending in a mandate */
    uint16_t grant;    /* 1..65535; the same number keeps what was spent, another starts at zero */
    uint8_t programme; /* 1..32 */
    uint8_t unit;      /* enum sbk_unit */
    uint8_t goods;     /* goods class 1..255, or SBK_CLASS_ANY */
    uint32_t amount;   /* per window, 1..SBK_AMOUNT_MAX; amount times count must not exceed SBK_AMOUNT_MAX */
    uint16_t first;    /* first day of window 0 */
    uint8_t period;    /* enum sbk_period */
    uint8_t count;     /* windows; for once: calendar months that the single window lasts; 1..60 */
    uint8_t carry;     /* enum sbk_carry */
    uint8_t priority;  /* 0 is used first; no two purses share one */
    uint16_t inherits; /* a grant that ends with this mandate and whose rest comes here, or 0; needs SBK_CARRY_GRANT */
};

struct sbk_mandate {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint32_t number; /* from 1; the card takes only a higher one */
    uint16_t issued;
    uint8_t status; /* enum sbk_mandate_status */
    uint8_t flags;
    uint8_t outlet[SBK_OUTLET_SIZE]; /* all zero: any outlet */
    uint8_t purse_count;             /* 0..8; at least 1 unless closed */
    struct sbk_purse purses[SBK_PURSES_MAX];
};
enum sbk_format sbk_mandate_parse(const uint8_t *data, size_t size, struct sbk_mandate *mandate);
/* One purse (17 bytes) of a mandate that was parsed before; values are not checked. */
void sbk_purse_read(struct sbk_reader *reader, struct sbk_purse *purse);
enum sbk_format sbk_mandate_write(const struct sbk_mandate *mandate, uint8_t *out, size_t room, size_t *size);

/* ---- C3 notice: list signer; 81 bytes ---- */
#define SBK_NOTICE_SIZE 81
enum sbk_notice_kind { SBK_NOTICE_STOP = 1, SBK_NOTICE_PIN_RESET = 2 };
struct sbk_notice {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t kind;    /* enum sbk_notice_kind */
    uint32_t number; /* stop: mandates up to this number are stopped; PIN reset: the reset's epoch; rises per kind */
    uint16_t issued;
};
enum sbk_format sbk_notice_parse(const uint8_t *data, size_t size, struct sbk_notice *notice);
enum sbk_format sbk_notice_write(const struct sbk_notice *notice, uint8_t *out, size_t room, size_t *size);

/* ---- C4 root link: signed by the key that it brings; 165 bytes ---- */
#define SBK_LINK_SIZE 165
struct sbk_link {
    uint8_t generation; /* of the new root: the card's plus one */
    uint8_t key[SBK_POINT_SIZE];
    uint8_t next_hash[SBK_HASH_SIZE]; /* SHA-256 of 04||X||Y of the root after this one */
    uint16_t old_until;               /* last day on which the old root counts; 0: it counts no more */
};
enum sbk_format sbk_link_parse(const uint8_t *data, size_t size, struct sbk_link *link);
enum sbk_format sbk_link_write(const struct sbk_link *link, uint8_t *out, size_t room, size_t *size);

/* ---- C5 entry of the card's chain (a receipt, where it is a debit): card; body 182 bytes ---- */
#define SBK_ENTRY_SIZE 182
#define SBK_ENTRY_HEAD 10 /* tag, version, alias: the reader knows them, so a response leaves them out */
#define SBK_ENTRY_RESPONSE (SBK_ENTRY_SIZE - SBK_ENTRY_HEAD + SBK_SIGNATURE_SIZE) /* 236 */
#define SBK_DEBITS_MAX 4
enum sbk_entry_kind {
    SBK_ENTRY_ACTIVATION = 1,
    SBK_ENTRY_MANDATE = 2, /* acknowledgement of a mandate */
    SBK_ENTRY_DEBIT = 3,
    SBK_ENTRY_VOID = 4,
};
enum sbk_who { SBK_WHO_NONE = 0, SBK_WHO_HOLDER = 1, SBK_WHO_ALTERNATE = 2 };
struct sbk_entry_debit { /* 10 bytes; grant 0: unused, all zero, and only unused ones follow */
    uint8_t slot;
    uint16_t grant;
    uint8_t window;
    uint32_t amount; /* 24 bits */
    uint32_t spent;  /* 24 bits: in the window (no carry) or the grant (carry), after this entry */
};
struct sbk_entry_final { /* 5 bytes, by slot; grant 0: nothing ended there */
    uint16_t grant;
    uint32_t spent; /* 24 bits */
};
struct sbk_entry {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint32_t counter;
    uint8_t previous[SBK_HASH_SIZE]; /* SHA-256 of the 182 bytes of the entry before; zero in entry 0 */
    uint8_t kind;                    /* enum sbk_entry_kind */
    uint8_t who;                     /* enum sbk_who */
    uint32_t mandate;                /* the mandate's number in force after this entry */
    uint8_t terminal[SBK_TERMINAL_SIZE];
    uint32_t transaction;
    uint32_t time; /* as claimed by the terminal, UTC seconds */
    uint32_t log_size;
    uint8_t log_root[SBK_HASH_SIZE];
    /* activation: hash of the card certificate; mandate: of the mandate with its signature; debit: of the basket;
       void: of the voided entry */
    uint8_t digest[SBK_HASH_SIZE];
    struct sbk_entry_debit debits[SBK_DEBITS_MAX]; /* debit and void */
    struct sbk_entry_final finals[SBK_PURSES_MAX]; /* mandate */
    uint16_t floor;                                /* the session's, by which the card judged this command */
};
enum sbk_format sbk_entry_parse(const uint8_t data[SBK_ENTRY_SIZE], struct sbk_entry *entry);
enum sbk_format sbk_entry_write(const struct sbk_entry *entry, uint8_t out[SBK_ENTRY_SIZE]);

/* ---- C6 closing statement: card; 247 bytes ---- */
#define SBK_STATEMENT_SIZE 247
struct sbk_closing {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t serial[SBK_SERIAL_SIZE];
    uint8_t agreement_key[SBK_COMPRESSED_SIZE];
    uint8_t signing_key[SBK_COMPRESSED_SIZE];
    uint8_t root_generation;
    uint8_t root_hash[SBK_HASH_SIZE]; /* SHA-256 of 04||X||Y */
    uint8_t next_root_hash[SBK_HASH_SIZE];
    uint8_t records_hash[SBK_HASH_SIZE]; /* SHA-256 of identity record || mandate, with their signatures */
};
enum sbk_format sbk_closing_parse(const uint8_t *data, size_t size, struct sbk_closing *statement);
enum sbk_format sbk_closing_write(const struct sbk_closing *statement, uint8_t *out, size_t room, size_t *size);

#endif
