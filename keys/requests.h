/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_REQUESTS_H
#define SBK_KEYS_REQUESTS_H

#include "base/buffer.h"
#include "keys/note.h"
#include "keys/x509.h"

/* The office's end of an enrolment: reading what stations and bureaus ask for. */

/* Opens a station's request and verifies it: the CMS signature by the certificate inside it (the X.509 key is the
 * station's), the proof of possession of the agreement key, the log key's verifier, that the X.509 name is the terminal
 * id. content receives the bytes that parsed lends from. Errors: SBK_TAMPERED; SBK_REFUSED for another kind of file. */
SBK_CHECK_RESULT sbk_result sbk_station_request_open(const uint8_t *data, size_t size, struct sbk_buffer *content,
    struct sbk_station_request *parsed, struct sbk_office_info *x509, struct sbk_note_verifier *log_key,
    struct sbk_error *error);

/* Whether the keys of an opened request are of the station that had these until now: its X.509 key vouches for them and
 * names its log key (a verifier's text). SBK_REFUSED, "certificate-invalid": of other keys; SBK_TAMPERED. */
SBK_CHECK_RESULT sbk_result sbk_station_request_continues(const struct sbk_station_request *request,
    const uint8_t former_key[SBK_POINT_SIZE], const char *former_log_key, struct sbk_error *error);

/* The same for a bureau's request. */
SBK_CHECK_RESULT sbk_result sbk_office_request_open(const uint8_t *data, size_t size, struct sbk_buffer *content,
    struct sbk_office_request *parsed, struct sbk_office_info *x509, struct sbk_error *error);

#endif
