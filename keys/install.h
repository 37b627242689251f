/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_INSTALL_H
#define SBK_KEYS_INSTALL_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/cms.h"
#include "keys/links.h"
#include "keys/note.h"
#include "keys/trust.h"

/*
 * The two ends of an enrolment that stations and bureaus share: making a request from the keys of a folder, and
 * checking the answer. The office's end (issuing) is the program's.
 */

/* The keys that a station uses until now, which vouch for others: the X.509 key signs, the log key is named. */
struct sbk_station_former {
    struct sbk_key *station;
    const struct sbk_key_info *log_key;
};

/* Makes a station's request from its three keys (agreement, log, station), signed by the station's self-signed X.509
 * certificate; former, if not NULL: a station that is known asks for other keys. Appends the CMS file to out. */
SBK_CHECK_RESULT sbk_result sbk_station_request_make(struct sbk_key *agreement, const struct sbk_key_info *log_key,
    struct sbk_key *station, const struct sbk_station_former *former, const uint8_t terminal[SBK_TERMINAL_SIZE],
    uint32_t made, struct sbk_buffer *out, struct sbk_error *error);

/* The same for a bureau; name: 1 to 40 bytes UTF-8. */
SBK_CHECK_RESULT sbk_result sbk_office_request_make(
    struct sbk_key *bureau, const char *name, uint32_t made, struct sbk_buffer *out, struct sbk_error *error);

/* What a file of the city carries of the root under which it was signed. */
struct sbk_carried {
    enum sbk_bundle_kind kind;
    const struct sbk_anchor *anchor;
    const struct sbk_bytes *binding;
    const struct sbk_bytes *office_ca;
    const struct sbk_bytes *links;
    size_t link_count;
};
/* Opens a signed file under the root that it carries: links from the pinned roots (sbk_links_follow), office binding by
 * that root, CMS signature by the city. trust, if not NULL, becomes a new trust with the roots, for sbk_trust_free. */
SBK_CHECK_RESULT sbk_result sbk_carried_open(const struct sbk_carried *carried, const uint8_t *data, size_t size,
    const struct sbk_trust *pinned, uint16_t day, struct sbk_roots *roots, struct sbk_trust **trust,
    struct sbk_error *error);

/* Opens a station certificate file and verifies all of it: under a pinned root or one that links lead to, or, where
 * nothing is pinned (pinned NULL or without a root: first install), under the root that it carries, whose fingerprint the
 * caller must show and pin; office binding, CMS signature by the city, all 7F21 certificates, the X.509 certificate, and
 * that leaf and X.509 belong to these keys of the station. content receives the bytes that parsed lends from; roots what
 * there is to be pinned; trust, if not NULL, becomes a new trust with these roots and the issuers, for sbk_trust_free. */
struct sbk_station_keys {
    uint8_t terminal[SBK_TERMINAL_SIZE];
    const struct sbk_key_info *agreement;
    const struct sbk_key_info *log_key;
    const struct sbk_key_info *station;
};
SBK_CHECK_RESULT sbk_result sbk_station_certificate_open(const uint8_t *data, size_t size,
    const struct sbk_station_keys *keys, const struct sbk_trust *pinned, uint16_t day, struct sbk_buffer *content,
    struct sbk_station_certificate *parsed, struct sbk_roots *roots, struct sbk_trust **trust, struct sbk_error *error);
/* The CAs and signers of such a file one by one, those in use first; NULL after the last. */
const struct sbk_bytes *sbk_station_certificate_issuer(const struct sbk_station_certificate *parsed, size_t index);

/* The same for somebody else, who has a log's key and asks whether the city certified it: the file is verified under the
 * root that it carries, on the day on which the city made it, and its leaf names this log and this key, else
 * SBK_TAMPERED "certificate-invalid". anchor: the carried root, whose fingerprint the caller shows. */
SBK_CHECK_RESULT sbk_result sbk_station_certificate_of_log(const uint8_t *data, size_t size,
    const struct sbk_note_verifier *log, struct sbk_anchor *anchor, struct sbk_error *error);

/* The same for a bureau's certificate; bureau: the key that it must belong to. kept: it was taken in before, so that what
 * the city signed is judged by the day on which it did; the bureau's own certificate always by the given one. */
SBK_CHECK_RESULT sbk_result sbk_office_certificate_open(const uint8_t *data, size_t size,
    const struct sbk_key_info *bureau, const struct sbk_trust *pinned, uint16_t day, bool kept,
    struct sbk_buffer *content, struct sbk_office_certificate *parsed, struct sbk_roots *roots,
    struct sbk_trust **trust, struct sbk_error *error);

#endif
