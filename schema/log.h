/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_LOG_H
#define SBK_SCHEMA_LOG_H

#include "schema/records.h"

/*
 * Entries of a station's audit log. The leaf of the RFC 6962 Merkle tree is the entry's canonical bytes:
 *   version u8 (01), kind u8, time u32 (station clock, UTC seconds), then the kind's fields in order, each as size u16
 * and bytes. Integers inside fields are big-endian. Kind numbers are fixed for ever.
 */
#define SBK_LOG_VERSION 0x01
enum sbk_log_kind {
    SBK_LOG_OPENED = 1, /* terminal (12), log public key in note verifier form (text) */
    SBK_LOG_INTENT = 2, /* operation u8, transaction u32, alias (8), expected counter u32, mandate u32, who u8, content:
              the basket's canonical bytes (debit), the voided entry (182, void), mandate record, certificate: its
              SHA-256 is the digest in the entry that answers */
    SBK_LOG_RECEIPT = 3, /* entry (182), signature (64), signing key compressed (33): the intent's own */
    SBK_LOG_CARRIED = 4, /* the same for another station's, or one found later */
    SBK_LOG_REFUSED = 5, /* transaction u32 (0: before any intent), alias (8 or empty), status word u16 (0: the station
                            refused), reason (text) */
    SBK_LOG_DELIVERED = 6,   /* alias (8), the record: notice or identity hash (32) */
    SBK_LOG_HANDED_OVER = 7, /* transaction u32 */
    SBK_LOG_CLOCK = 8, /* cause u8 (1: SEMBAKO_DATE is set, 2: went back, 3: jumped ahead), before u32, after u32 */
    SBK_LOG_CERTIFICATE = 9, /* station certificate 7F21 now in use */
    SBK_LOG_OPERATOR = 10,   /* what u8 (1 in, 2 out), operator (text) */
    SBK_LOG_RESOLVED = 11,   /* transaction u32, how u8: enum sbk_log_resolution, counter u32: the card's at that tap,
                                or the expected one where no card was seen (a doubt by time) */
    SBK_LOG_LIST = 12,       /* list number u32, SHA-256 of the list file (32) */
    SBK_LOG_HOTLIST = 13,    /* number u32, SHA-256 of the whole hotlist file now in force (32) */
};

enum sbk_log_operation {
    SBK_OPERATION_DEBIT = 1,
    SBK_OPERATION_VOID = 2,
    SBK_OPERATION_MANDATE = 3,
    SBK_OPERATION_ACTIVATE = 4
};

/*
 * How an open intent closed without its receipt. The newest entry of a transaction counts: after a doubt by time its card
 * may come back, and its receipt or another resolution follows. A doubt is written at a tap that shows the card 16 or
 * more entries on, so that it no longer keeps the receipt, or 7 days after the intent if the card did not come back; its
 * intent has all that settlement needs.
 */
enum sbk_log_resolution {
    SBK_RESOLVED_UNTOUCHED = 1, /* the card, authenticated, still stands before the expected counter */
    SBK_RESOLVED_OTHER = 2,     /* another entry stands at the expected counter */
    SBK_RESOLVED_DOUBT = 3,     /* given up by the rule above: settlement decides */
    SBK_RESOLVED_REFUSED = 4,   /* the card refused under the channel and then showed its counter untouched */
};

#define SBK_LOG_FIELDS_MAX 8
#define SBK_LOG_ENTRY_MAX 4096

struct sbk_log_field {
    const uint8_t *data;
    size_t size;
};

struct sbk_log_entry {
    uint8_t kind;
    uint32_t time;
    size_t count;
    struct sbk_log_field fields[SBK_LOG_FIELDS_MAX];
};

/* Number of fields of a kind, 0 for an unknown one. */
size_t sbk_log_field_count(uint8_t kind);
/* Checks count and the fixed sizes of the kind's fields. Lends from data. */
enum sbk_format sbk_log_parse(const uint8_t *data, size_t size, struct sbk_log_entry *entry);
enum sbk_format sbk_log_write(const struct sbk_log_entry *entry, uint8_t *out, size_t room, size_t *size);

#endif
