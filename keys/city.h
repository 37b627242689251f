/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CITY_H
#define SBK_KEYS_CITY_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/cms.h"
#include "keys/store.h"
#include "keys/trust.h"

/*
 * The public side of the city's store: what was founded and certified since, read without any pass phrase and verified
 * from the root down. Whoever issues something (stations, batches, card certificates) takes from here what goes with it.
 *
 * Files besides keys, each named by what signed it, so that a later root or office CA puts its own beside them:
 *
 *     root-R.anchor                      struct sbk_anchor (97); the newest one is the root in force and is written last
 *     root-R.link                        C4: leads from root R-1 to R
 *     ROLE-GENERATION.root-R.cert        7F21 of a CA or signer
 *     office-ca-G.cert                   X.509, DER
 *     office-ca-G.root-R.binding         C9; without it the office CA is not in force
 *     city-G.office-ca-A.cert            X.509, DER
 *     anchor.cms                         what `sembako-keys export` hands out, signed by the city
 *
 * A key without its certificate is pending (keys/rotate.h): nothing uses it. In use on a day is the newest generation
 * whose certificate has begun by then; earlier ones stay trusted until theirs end.
 */
#define SBK_CITY_GENERATIONS_MAX 4 /* of one role, that have not ended */
#define SBK_CITY_ISSUERS_MAX (4 * SBK_CITY_GENERATIONS_MAX)

struct sbk_city {
    struct sbk_anchor anchor;                      /* the root in force */
    struct sbk_buffer links[SBK_BUNDLE_LINKS_MAX]; /* C4: the newest ones, the last leads to anchor */
    size_t link_count;
    struct sbk_buffer binding;   /* C9 */
    struct sbk_buffer office_ca; /* X.509, DER; this and the next five: in use on the day */
    struct sbk_buffer city;      /* X.509, DER */
    struct sbk_buffer station_ca;
    struct sbk_buffer card_ca;
    struct sbk_buffer grant_signer;
    struct sbk_buffer list_signer;
    struct sbk_buffer issuers[SBK_CITY_ISSUERS_MAX]; /* every CA and signer under the root that has not ended */
    size_t issuer_count;
    struct sbk_buffer office_cas[SBK_CITY_GENERATIONS_MAX]; /* every office CA that has not ended, newest first */
    size_t office_ca_count;
    struct sbk_buffer
        ended_office_cas[SBK_CITY_GENERATIONS_MAX]; /* newest first: what they signed is late, not forged */
    size_t ended_office_ca_count;
    struct sbk_trust *trust; /* the roots, with all CAs and signers that were ever certified */
};

/* Loads and verifies it as it is on a day; that something in use has ended is not judged. *city is filled for
 * sbk_city_free. Errors: SBK_ENVIRONMENT, "not-found" (not a city's store, or init was interrupted); SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_city_load(
    const struct sbk_store *store, uint16_t day, struct sbk_city *city, struct sbk_error *error);
void sbk_city_free(struct sbk_city *city);

/* The generation of a key that is in use on a day: as above for what has a certificate, the newest for the transport
 * key, the one in force for the root, whose key may lie elsewhere. SBK_ENVIRONMENT, "not-found". */
SBK_CHECK_RESULT sbk_result sbk_city_in_use(
    const struct sbk_store *store, uint8_t role, uint16_t day, uint8_t *generation, struct sbk_error *error);

/* A signed file (sbk_cms_verify), or an X.509 certificate (sbk_x509_verify), of an office that any office CA certified: the
 * newest that fits. SBK_REFUSED, "certificate-expired", where that one has ended. */
SBK_CHECK_RESULT sbk_result sbk_city_verify_file(const struct sbk_city *city, const uint8_t *data, size_t size,
    enum sbk_bundle_kind kind, enum sbk_office_kind signer, uint16_t day, struct sbk_buffer *content,
    struct sbk_cms_signer *signed_by, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_city_verify_office(const struct sbk_city *city, const struct sbk_bytes *certificate,
    uint16_t day, struct sbk_office_info *info, struct sbk_error *error);

/* For the files that carry them, lent: the links, and the CAs and signers besides the four in use. */
size_t sbk_city_links(const struct sbk_city *city, struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX]);
void sbk_city_further(const struct sbk_city *city, struct sbk_bytes more[SBK_CITY_ISSUERS_MAX], size_t *count);

/* A buffer's bytes, lent. */
struct sbk_bytes sbk_bytes_of(const struct sbk_buffer *buffer);

#endif
