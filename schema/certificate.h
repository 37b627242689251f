/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_CERTIFICATE_H
#define SBK_SCHEMA_CERTIFICATE_H

#include "schema/apdu.h"
#include "schema/tlv.h"

/* Roles of keys and certificates. Every certificate carries one; a leaf is valid only under the CA of its role. */
enum sbk_role {
    SBK_ROLE_ROOT = 0x01, /* never in a certificate: an anchor or a root link */
    SBK_ROLE_STATION_CA = 0x02,
    SBK_ROLE_CARD_CA = 0x03,
    SBK_ROLE_GRANT_SIGNER = 0x04,
    SBK_ROLE_LIST_SIGNER = 0x05,
    SBK_ROLE_OFFICE_CA = 0x06, /* X.509 only */
    SBK_ROLE_STORE = 0x11,     /* the three terminals, under the station CA */
    SBK_ROLE_REGISTRAR = 0x12,
    SBK_ROLE_AUDITOR = 0x13,
    SBK_ROLE_CARD = 0x21, /* under the card CA */
};

/* Units of amounts. */
enum sbk_unit {
    SBK_UNIT_GRAM = 1,
    SBK_UNIT_MILLILITRE = 2,
    SBK_UNIT_PIECE = 3,
    SBK_UNIT_RUPIAH = 4,
};
#define SBK_UNITS 4

#define SBK_CERTIFICATE_MAX 230
#define SBK_PROGRAMMES_ALL 0xFFFFFFFFu
#define SBK_LOG_KEY_HASH_SIZE 16

/*
 * A limit per debit in 16 bits: mantissa (12 bits) times ten to the exponent (4 bits, 0..6). 0 forbids the unit; FFFF:
 * no limit. sbk_limit_encode fails (VALUE) where the amount cannot be said exactly.
 */
#define SBK_LIMIT_NONE 0xFFFF
uint32_t sbk_limit_decode(uint16_t limit); /* UINT32_MAX for no limit */
enum sbk_format sbk_limit_encode(uint32_t amount, uint16_t *limit);

/* What a terminal's leaf says in tag 53 (42 bytes, widths fixed). */
struct sbk_terminal_rights {
    uint8_t outlet[SBK_OUTLET_SIZE];             /* all zero for registrars and auditors of the whole city */
    uint8_t kelurahan[SBK_KELURAHAN_SIZE];       /* BCD */
    uint32_t programmes;                         /* bit p-1 stands for programme p, 1..32 */
    uint16_t limits[SBK_UNITS];                  /* per debit; index unit-1; encoded */
    uint8_t log_key_hash[SBK_LOG_KEY_HASH_SIZE]; /* first 16 bytes of SHA-256 of the log's public key as in its note
                                                    verifier */
};

/*
 * A parsed 7F21 certificate (GlobalPlatform Amendment F, legacy format; P-256, plain r||s, both dates, tag 53 always
 * there). Fixed values by role:
 *   CAs and signers (02..05): issuer {01, root generation}, subject {role, generation}, usage 82, 53 = role,
 * generation: 179 bytes terminals (11..13): issuer {02, CA generation}, subject terminal id (12), usage 00 80, 53 =
 * role, rights: 230 bytes cards (21): issuer {03, CA generation}, subject alias (8), usage 00 80, 53 = role, signing
 * key compressed: 218 bytes
 */
struct sbk_certificate {
    uint8_t serial[3];
    uint8_t role;              /* enum sbk_role */
    uint8_t issuer_role;       /* 01, 02 or 03: must fit role */
    uint8_t issuer_generation; /* 1..127 */
    uint8_t generation;        /* CAs and signers: 1..127 */
    uint8_t terminal[SBK_TERMINAL_SIZE];
    uint8_t alias[SBK_ALIAS_SIZE];
    uint16_t effective; /* days since 1970-01-01 */
    uint16_t expiry;    /* last valid day, not before effective */
    struct sbk_terminal_rights rights;
    uint8_t signing_key[SBK_COMPRESSED_SIZE];
    uint8_t key[SBK_POINT_SIZE];
    uint8_t signature[SBK_SIGNATURE_SIZE];
    /* where the signed bytes (93 .. 7F49) lie in the bytes given to the parser */
    const uint8_t *signed_bytes;
    size_t signed_size;
};

/*
 * Parses exactly one certificate that fills data. Checks structure, order, fixed widths, role against issuer, usage,
 * dates; not the signature, not whether the point lies on the curve. Lends from data.
 */
enum sbk_format sbk_certificate_parse(const uint8_t *data, size_t size, struct sbk_certificate *certificate);

/* The size of the certificate at the start of data (7F21 header and value), so that several can stand in a row. */
enum sbk_format sbk_certificate_size(const uint8_t *data, size_t size, size_t *certificate_size);

/* Writes the bytes to be signed (93 .. 7F49) from the fields that fit certificate->role; VALUE if they do not. */
enum sbk_format sbk_certificate_write_signed(
    const struct sbk_certificate *certificate, uint8_t *out, size_t room, size_t *size);

/* Puts header, signed bytes and signature together into a whole 7F21. */
enum sbk_format sbk_certificate_assemble(const uint8_t *signed_bytes, size_t signed_size,
    const uint8_t signature[SBK_SIGNATURE_SIZE], uint8_t *out, size_t room, size_t *size);

/* Terminal and outlet ids: 1..12 (1..8) characters of A-Z a-z 0-9 . _ -, padded with 00. text is NUL-terminated. */
enum sbk_format sbk_id_write(const char *text, uint8_t *id, size_t width);
enum sbk_format sbk_id_check(const uint8_t *id, size_t width);
void sbk_id_text(const uint8_t *id, size_t width, char *text); /* room: width + 1 */

#endif
