/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_BUNDLE_H
#define SBK_SCHEMA_BUNDLE_H

#include "schema/basket.h"
#include "schema/records.h"

/*
 * Contents of the CMS files between organisations. The file is a SignedData whose eContentType is the kind's object
 * identifier (schema/oid.h); a batch, being personal and holding the transport key, is a SignedData inside an
 * AuthEnvelopedData. keys/cms.h makes and opens them.
 *
 * A content is a row of BER-TLV data objects (no outer template, so that it may exceed 65,535 bytes), always beginning
 * with DF41; order and number are fixed by the kind as listed below; [..] stands zero or one time, + one or more times.
 * Parsers lend from the caller's bytes and check structure, ranges and counts, not signatures.
 *
 *   1 station request      DF41 DF42 DF43 DF44 DF45 [DF4D DF4E] DF46    signed by DF45's own key (self-signed);
 *                          DF4D DF4E: of a station that is known and asks for other keys
 *   2 station certificate  DF41 DF47 DF4A DF48 7F21 x 5 [7F21].. DF45 DF49 [DF4B]..    city; 7F21: leaf, then of those in
 *                          use station CA, card CA, grant signer, list signer, then up to 16 further CAs and signers that
 *                          are still good; DF4B: up to 8 root links that lead to the anchor
 *   3 anchor               DF41 DF47 DF4A DF48 [DF4B]..       city
 *   4 office request       DF41 DF4C DF45                     signed by DF45's own key (self-signed)
 *   5 office certificate   DF41 DF47 DF4A DF48 DF45 DF49 [DF4B]..               city
 *   6 batch                DF41 DF50 DF47 DF4A DF48 7F21 DF51 E1+              city; 7F21: grant signer
 *   7 report               DF41 DF50 E2..                     bureau
 *   8 card certificates    DF41 DF50 7F21 7F21+               city; card CA, then the cards
 *   9 courier              DF41 DF56 DF47 DF4A DF48 DF4B.. 7F21.. [DF57] DF58.. E4.. E3..    city; 7F21: CAs and signers
 *                          of the records; each as often as DF56 says
 */
enum sbk_bundle_kind {
    SBK_BUNDLE_STATION_REQUEST = 1,
    SBK_BUNDLE_STATION_CERTIFICATE = 2,
    SBK_BUNDLE_ANCHOR = 3,
    SBK_BUNDLE_OFFICE_REQUEST = 4,
    SBK_BUNDLE_OFFICE_CERTIFICATE = 5,
    SBK_BUNDLE_BATCH = 6,
    SBK_BUNDLE_REPORT = 7,
    SBK_BUNDLE_CARD_CERTIFICATES = 8,
    SBK_BUNDLE_COURIER = 9,
};
#define SBK_BUNDLE_KINDS 9
/* No data objects but text: what was done in a key ceremony (keys/ceremony_record.h). */
#define SBK_BUNDLE_TRANSCRIPT 64

#define SBK_BUNDLE_VERSION 0x01
#define SBK_BUNDLE_SMALL_MAX 16384       /* kinds 1 to 5 */
#define SBK_BUNDLE_CARDS_MAX 20000       /* cards in a batch, report entries, certificates */
#define SBK_BUNDLE_LARGE_MAX (16u << 20) /* kinds 6 to 9 */
#define SBK_X509_MAX 2048                /* an X.509 certificate in DER */

#define SBK_TAG_BUNDLE_HEADER 0xDF41  /* kind u8, version u8, made u32 (UTC seconds) */
#define SBK_TAG_TERMINAL 0xDF42       /* terminal id (12, padded) */
#define SBK_TAG_AGREEMENT_KEY 0xDF43  /* X||Y (64) */
#define SBK_TAG_LOG_KEY 0xDF44        /* C2SP note verifier, text: "sembako/ID+HHHHHHHH+BASE64" */
#define SBK_TAG_X509 0xDF45           /* DER: the requester's own, self-signed in a request, issued in an answer */
#define SBK_TAG_POSSESSION 0xDF46     /* ECDSA r||s by the agreement key over SHA-256 of all objects before it */
#define SBK_TAG_ANCHOR 0xDF47         /* struct sbk_anchor (97) */
#define SBK_TAG_X509_OFFICE_CA 0xDF48 /* DER */
#define SBK_TAG_X509_CITY 0xDF49      /* DER: the city's own identity, to encrypt to and to know it by */
#define SBK_TAG_OFFICE_BINDING 0xDF4A /* C9 record (99): the root says which office CA is the issuer's */
#define SBK_TAG_LINK 0xDF4B           /* C4 record (165) */
#define SBK_TAG_OFFICE_NAME 0xDF4C    /* 1 to 40 characters, UTF-8 */
#define SBK_TAG_FORMER_LOG_KEY 0xDF4D /* C2SP note verifier, text: of the log key in use until now */
#define SBK_TAG_CONTINUITY 0xDF4E     /* ECDSA r||s by the X.509 key in use until now, over SHA-256 of all before it */
#define SBK_TAG_BATCH_INFO 0xDF50     /* struct sbk_batch_info (24) */
#define SBK_TAG_TRANSPORT 0xDF51      /* transport master key (16) and its key check value (3) */
#define SBK_TAG_SEQUENCE 0xDF52       /* u32, from 1 */
#define SBK_TAG_OUTCOME 0xDF53        /* u8: enum sbk_outcome */
#define SBK_TAG_CARD_SERIAL 0xDF54    /* chip serial (10) */
#define SBK_TAG_REASON 0xDF55         /* word of schema/reason.h, 1 to 40 characters a-z and - */
#define SBK_TAG_COURIER                                                                                                \
    0xDF56                           /* number u32, then how many: links u8, signers u8, item lists u8 (0, 1), hotlist
                                         pieces u8, station parcels u16, card parcels u32 */
#define SBK_TAG_ITEM_LIST 0xDF57     /* a file of 'list sign', whole */
#define SBK_TAG_HOTLIST 0xDF58       /* a piece of a file of 'hotlist': all but the last of SBK_HOTLIST_PIECE bytes */
#define SBK_TAG_STATION_FILE 0xDF59  /* a file of 'station issue', whole: CMS */
#define SBK_TAG_RECORD 0xDF5A        /* a record with its signature, or a 7F21, for one card */
#define SBK_TAG_SEALED_NUMBER 0xDF5B /* u16: number of the identity record in DF5C */
#define SBK_TAG_SEALED 0xDF5C        /* an identity record, encrypted to a registrar's station: CMS AuthEnvelopedData */
#define SBK_TAG_BATCH_CARD 0xE1      /* DF52 DF20 (alias) DF21 (identity record) DF22 (mandate), with signatures */
#define SBK_TAG_REPORT_CARD 0xE2     /* DF52 DF20 DF53 [DF54] DF30 (statement) if made, DF55 (reason) if spoiled */
#define SBK_TAG_PARCEL 0xE3 /* DF20 DF5A: for a card; or DF20 DF42 DF5B DF5C: for a card, by that station alone */
#define SBK_TAG_STATION_PARCEL 0xE4 /* DF42 DF59: for a station */

struct sbk_bundle_header {
    uint8_t kind;
    uint32_t made; /* UTC seconds */
};

/* Bytes lent from what was parsed, or the caller's when writing. */
struct sbk_bytes {
    const uint8_t *data;
    size_t size;
};

/* A root as stations and cards pin it; the fingerprint that people compare is SHA-256 of 04||X||Y. */
#define SBK_ANCHOR_SIZE 97
struct sbk_anchor {
    uint8_t generation; /* 1..127 */
    uint8_t key[SBK_POINT_SIZE];
    uint8_t next_hash[SBK_HASH_SIZE]; /* SHA-256 of 04||X||Y of the root after it */
};
enum sbk_format sbk_anchor_parse(const uint8_t *data, size_t size, struct sbk_anchor *anchor);
enum sbk_format sbk_anchor_write(const struct sbk_anchor *anchor, uint8_t out[SBK_ANCHOR_SIZE]);

/*
 * C9 office binding, signed by the root: C9 01, root generation u8, SHA-256 of the office CA's certificate in DER (32),
 * signature (64). It lets one comparison, of the root's fingerprint, pin the office CA as well.
 */
#define SBK_RECORD_OFFICE 0xC9
#define SBK_OFFICE_BINDING_SIZE 99
struct sbk_office_binding {
    uint8_t root_generation;
    uint8_t office_hash[SBK_HASH_SIZE];
};
enum sbk_format sbk_office_binding_parse(const uint8_t *data, size_t size, struct sbk_office_binding *binding);
enum sbk_format sbk_office_binding_write(
    const struct sbk_office_binding *binding, uint8_t *out, size_t room, size_t *size); /* without signature */

/* The kind and time of any content, without a look at the rest. */
enum sbk_format sbk_bundle_header_parse(const uint8_t *data, size_t size, struct sbk_bundle_header *header);

/* ---- 1 station request ---- */
struct sbk_station_request {
    uint32_t made;
    uint8_t terminal[SBK_TERMINAL_SIZE];
    uint8_t agreement_key[SBK_POINT_SIZE];
    struct sbk_bytes log_key; /* note verifier text, 1 to 160 printable characters */
    struct sbk_bytes x509;
    struct sbk_bytes former_log_key; /* like log_key; empty: a station's first keys, or those that it has */
    uint8_t continuity[SBK_SIGNATURE_SIZE];
    uint8_t possession[SBK_SIGNATURE_SIZE];
    struct sbk_bytes continued_bytes; /* what continuity is a signature over; filled by the parser like the next */
    struct sbk_bytes signed_bytes;    /* what possession is a signature over */
};
enum sbk_format sbk_station_request_parse(const uint8_t *data, size_t size, struct sbk_station_request *request);
/* Writes all before DF4E, which the former X.509 key signs. */
enum sbk_format sbk_station_request_write_continued(
    const struct sbk_station_request *request, uint8_t *out, size_t room, size_t *size);
/* First call with possession NULL: writes all before DF46, to be signed. Then again with the signature: the whole. */
enum sbk_format sbk_station_request_write(
    const struct sbk_station_request *request, const uint8_t *possession, uint8_t *out, size_t room, size_t *size);

/* ---- 2 station certificate ---- */
#define SBK_BUNDLE_LINKS_MAX 8 /* C4 records, oldest first: the last one brings the anchor's root */
#define SBK_STATION_ISSUERS_MAX 16
struct sbk_station_certificate {
    uint32_t made;
    struct sbk_anchor anchor;
    struct sbk_bytes binding;   /* C9 */
    struct sbk_bytes office_ca; /* DER */
    struct sbk_bytes leaf;      /* 7F21s, whole */
    struct sbk_bytes station_ca;
    struct sbk_bytes card_ca;
    struct sbk_bytes grant_signer;
    struct sbk_bytes list_signer;
    struct sbk_bytes more[SBK_STATION_ISSUERS_MAX]; /* further CAs and signers, in any order */
    size_t more_count;
    struct sbk_bytes x509; /* the station's, issued by the office CA */
    struct sbk_bytes city; /* the city's X.509 */
    struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX];
    size_t link_count;
};
enum sbk_format sbk_station_certificate_parse(
    const uint8_t *data, size_t size, struct sbk_station_certificate *certificate);
enum sbk_format sbk_station_certificate_write(
    const struct sbk_station_certificate *certificate, uint8_t *out, size_t room, size_t *size);

/* ---- 3 anchor ---- */
struct sbk_anchor_bundle {
    uint32_t made;
    struct sbk_anchor anchor;
    struct sbk_bytes binding;
    struct sbk_bytes office_ca;
    struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX];
    size_t link_count;
};
enum sbk_format sbk_anchor_bundle_parse(const uint8_t *data, size_t size, struct sbk_anchor_bundle *bundle);
enum sbk_format sbk_anchor_bundle_write(
    const struct sbk_anchor_bundle *bundle, uint8_t *out, size_t room, size_t *size);

/* ---- 4 office request, 5 office certificate ---- */
#define SBK_OFFICE_NAME_MAX 40
struct sbk_office_request {
    uint32_t made;
    struct sbk_bytes name;
    struct sbk_bytes x509;
};
enum sbk_format sbk_office_request_parse(const uint8_t *data, size_t size, struct sbk_office_request *request);
enum sbk_format sbk_office_request_write(
    const struct sbk_office_request *request, uint8_t *out, size_t room, size_t *size);

struct sbk_office_certificate {
    uint32_t made;
    struct sbk_anchor anchor;
    struct sbk_bytes binding;
    struct sbk_bytes office_ca;
    struct sbk_bytes x509; /* the office's, issued by the office CA */
    struct sbk_bytes city;
    struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX];
    size_t link_count;
};
enum sbk_format sbk_office_certificate_parse(
    const uint8_t *data, size_t size, struct sbk_office_certificate *certificate);
enum sbk_format sbk_office_certificate_write(
    const struct sbk_office_certificate *certificate, uint8_t *out, size_t room, size_t *size);

/* ---- 6 batch ---- */
#define SBK_BATCH_ID_SIZE 16
#define SBK_TRANSPORT_SIZE 16
#define SBK_KCV_SIZE 3
struct sbk_batch_info {
    uint8_t id[SBK_BATCH_ID_SIZE]; /* random */
    uint32_t number;               /* of the city's batches, from 1 */
    uint32_t count;                /* batch: cards; report: entries that follow; certificates: cards that follow */
};
struct sbk_batch {
    uint32_t made;
    struct sbk_batch_info info; /* count 1..SBK_BUNDLE_CARDS_MAX */
    struct sbk_anchor anchor;
    struct sbk_bytes binding;
    struct sbk_bytes office_ca;
    struct sbk_bytes grant_signer;
    uint8_t transport[SBK_TRANSPORT_SIZE]; /* secret */
    uint8_t kcv[SBK_KCV_SIZE];
};
struct sbk_batch_card {
    uint32_t sequence; /* 1, 2, 3... */
    uint8_t alias[SBK_ALIAS_SIZE];
    struct sbk_bytes identity; /* records with their signatures */
    struct sbk_bytes mandate;
};
/* Checks the whole content, all cards included (each record parses and names the card's alias), and leaves cards at the
 * first card for sbk_batch_next. */
enum sbk_format sbk_batch_parse(const uint8_t *data, size_t size, struct sbk_batch *batch, struct sbk_reader *cards);
/* The next card; MISSING when there is none left. */
enum sbk_format sbk_batch_next(struct sbk_reader *cards, struct sbk_batch_card *card);
enum sbk_format sbk_batch_write_head(const struct sbk_batch *batch, uint8_t *out, size_t room, size_t *size);
enum sbk_format sbk_batch_write_card(const struct sbk_batch_card *card, uint8_t *out, size_t room, size_t *size);
#define SBK_BATCH_CARD_MAX (4 + 7 + 11 + 6 + SBK_IDENTITY_MAX + 6 + SBK_MANDATE_MAX)

/* ---- 7 report ---- */
enum sbk_outcome {
    SBK_OUTCOME_MADE = 1,    /* encoded, read back, closed */
    SBK_OUTCOME_SPOILED = 2, /* a card was begun and is waste; the sequence may stand again with another card */
};
#define SBK_REASON_WORD_MAX 40
struct sbk_report {
    uint32_t made;
    struct sbk_batch_info info; /* id and number of the batch; count: 0..SBK_BUNDLE_CARDS_MAX entries */
};
struct sbk_report_card {
    uint32_t sequence; /* does not fall; at most one entry of a sequence is made, and it is its last */
    uint8_t alias[SBK_ALIAS_SIZE];
    uint8_t outcome; /* enum sbk_outcome */
    bool has_serial; /* always, if made */
    uint8_t serial[SBK_SERIAL_SIZE];
    struct sbk_bytes statement; /* C6 with signature, if made; empty else */
    struct sbk_bytes reason;    /* text, if spoiled; empty else */
};
enum sbk_format sbk_report_parse(const uint8_t *data, size_t size, struct sbk_report *report, struct sbk_reader *cards);
enum sbk_format sbk_report_next(struct sbk_reader *cards, struct sbk_report_card *card);
enum sbk_format sbk_report_write_head(const struct sbk_report *report, uint8_t *out, size_t room, size_t *size);
enum sbk_format sbk_report_write_card(const struct sbk_report_card *card, uint8_t *out, size_t room, size_t *size);
#define SBK_REPORT_CARD_MAX (4 + 7 + 11 + 4 + 13 + 6 + SBK_STATEMENT_SIZE + 4 + SBK_REASON_WORD_MAX)

/* ---- 8 card certificates ---- */
struct sbk_card_certificates {
    uint32_t made;
    struct sbk_batch_info info; /* count 1..SBK_BUNDLE_CARDS_MAX */
    struct sbk_bytes card_ca;   /* 7F21 */
};
/* Checks that every certificate parses and is a card's of the card CA's generation. */
enum sbk_format sbk_card_certificates_parse(
    const uint8_t *data, size_t size, struct sbk_card_certificates *head, struct sbk_reader *cards);
/* The next card's certificate, whole; MISSING when there is none left. */
enum sbk_format sbk_card_certificates_next(struct sbk_reader *cards, struct sbk_bytes *certificate);
enum sbk_format sbk_card_certificates_write_head(
    const struct sbk_card_certificates *head, uint8_t *out, size_t room, size_t *size);
/* A card's certificate is appended as it is: 7F21 is already a data object. */

/* ---- 9 courier ---- */
#define SBK_COURIER_SIGNERS_MAX 16
#define SBK_COURIER_STATIONS_MAX 1000
#define SBK_COURIER_LIST_MAX 32768 /* an item list file */
#define SBK_HOTLIST_PIECE 32768
#define SBK_HOTLIST_PIECES_MAX 64
struct sbk_courier {
    uint32_t made;
    uint32_t number; /* of the city's couriers, from 1; the same content may travel in several */
    struct sbk_anchor anchor;
    struct sbk_bytes binding;
    struct sbk_bytes office_ca;
    struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX];
    size_t link_count;
    struct sbk_bytes signers[SBK_COURIER_SIGNERS_MAX]; /* 7F21 of CAs and signers */
    size_t signer_count;
    struct sbk_bytes item_list; /* empty: none */
    struct sbk_bytes hotlist[SBK_HOTLIST_PIECES_MAX];
    size_t hotlist_count;   /* pieces; 0: no hotlist */
    uint16_t station_count; /* parcels for stations, which come first */
    uint32_t card_count;    /* parcels for cards: at most SBK_BUNDLE_CARDS_MAX */
};
#define SBK_SEALED_MAX 1024 /* an identity record in its envelope */
struct sbk_parcel {
    bool for_station;
    bool sealed;                         /* an identity record, personal, that only the named station can open */
    uint16_t number;                     /* of that record */
    uint8_t terminal[SBK_TERMINAL_SIZE]; /* for a station, or sealed */
    uint8_t alias[SBK_ALIAS_SIZE];       /* for a card */
    struct sbk_bytes content;            /* a station's: CMS; a card's: mandate, notice or card certificate; sealed */
};
/* Checks the whole content (each card's record parses and names its alias) and leaves parcels at the first one. */
enum sbk_format sbk_courier_parse(
    const uint8_t *data, size_t size, struct sbk_courier *courier, struct sbk_reader *parcels);
/* The next parcel; MISSING when there is none left. */
enum sbk_format sbk_courier_next(struct sbk_reader *parcels, struct sbk_parcel *parcel);
enum sbk_format sbk_courier_write_head(const struct sbk_courier *courier, uint8_t *out, size_t room, size_t *size);
enum sbk_format sbk_courier_write_parcel(const struct sbk_parcel *parcel, uint8_t *out, size_t room, size_t *size);
#define SBK_PARCEL_MAX (4 + 15 + 5 + SBK_BUNDLE_SMALL_MAX)

#endif
