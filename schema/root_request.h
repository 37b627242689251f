/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_ROOT_REQUEST_H
#define SBK_SCHEMA_ROOT_REQUEST_H

#include "schema/bundle.h"

/*
 * What crosses the air gap between the city's office and the machine of its root: a request in, an answer out. Both are
 * records without a signature of their own. People compare the request's check value on both machines; whatever the
 * answer brings is signed by the root and checked against the request by its hash.
 */
#define SBK_RECORD_ROOT_REQUEST 0xCE
#define SBK_RECORD_ROOT_ANSWER 0xCF
#define SBK_ROOT_ORDERS_MAX 16

/* A CA or signer that the root shall certify. */
#define SBK_ROOT_ORDER_SIZE 70
struct sbk_root_order {
    uint8_t role;       /* 02..05 */
    uint8_t generation; /* 1..127 */
    uint16_t from;      /* days */
    uint16_t until;     /* last day, not before from */
    uint8_t key[SBK_POINT_SIZE];
};

enum sbk_root_purpose {
    SBK_ROOT_CERTIFY = 1, /* by the root in force */
    SBK_ROOT_SUCCEED = 2, /* by the next root, which takes over */
};

/*
 * CE 01 | purpose u8 | generation u8 of the root asked | its hash 32 | made u32 | old until u16 | office CA 32 | count u8 |
 * count times: role u8, generation u8, from u16, until u16, point 64
 *
 * Hash: SHA-256 of 04||X||Y of the root asked. Old until: of a succession the last day of the root before, 0: it counts
 * no more; else 0. Office CA: SHA-256 of the certificate to be bound; zeros: none, which a succession may not have.
 */
#define SBK_ROOT_REQUEST_MAX (75 + SBK_ROOT_ORDERS_MAX * SBK_ROOT_ORDER_SIZE)
struct sbk_root_request {
    uint8_t purpose;    /* enum sbk_root_purpose */
    uint8_t generation; /* succession: 2..127 */
    uint8_t root_hash[SBK_HASH_SIZE];
    uint32_t made; /* UTC seconds */
    uint16_t old_until;
    bool has_office;
    uint8_t office_hash[SBK_HASH_SIZE];
    struct sbk_root_order orders[SBK_ROOT_ORDERS_MAX]; /* each role and generation once */
    size_t order_count;                                /* with the office CA at least one thing is asked for */
};
enum sbk_format sbk_root_request_parse(const uint8_t *data, size_t size, struct sbk_root_request *request);
enum sbk_format sbk_root_request_write(const struct sbk_root_request *request, uint8_t *out, size_t room, size_t *size);

/*
 * CF 01 | hash of the request 32 | flags u8 (01 succession: anchor and link; 02 office CA: binding) | [anchor 97] |
 * [link 165] | [binding 99] | count u8 | count times: certificate (7F21) 179
 *
 * The certificates stand in the order of the request.
 */
#define SBK_ISSUER_CERTIFICATE_SIZE 179
#define SBK_ROOT_ANSWER_MAX                                                                                            \
    (36 + SBK_ANCHOR_SIZE + SBK_LINK_SIZE + SBK_OFFICE_BINDING_SIZE + SBK_ROOT_ORDERS_MAX * SBK_ISSUER_CERTIFICATE_SIZE)
struct sbk_root_answer {
    uint8_t request_hash[SBK_HASH_SIZE];
    bool succession;
    struct sbk_anchor anchor;
    uint8_t link[SBK_LINK_SIZE];
    bool has_office;
    uint8_t binding[SBK_OFFICE_BINDING_SIZE];
    uint8_t certificates[SBK_ROOT_ORDERS_MAX][SBK_ISSUER_CERTIFICATE_SIZE];
    size_t count;
};
enum sbk_format sbk_root_answer_parse(const uint8_t *data, size_t size, struct sbk_root_answer *answer);
enum sbk_format sbk_root_answer_write(const struct sbk_root_answer *answer, uint8_t *out, size_t room, size_t *size);

#endif
