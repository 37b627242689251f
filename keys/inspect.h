/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_INSPECT_H
#define SBK_KEYS_INSPECT_H

#include "schema/bundle.h"

#include <jansson.h>

/*
 * Explaining files: each function looks whether the bytes are of its kind and gives a JSON object that begins with
 * "kind", or NULL if they are not (or memory ran out). Nothing is verified. Names inside are those of the formats; days
 * and times are texts; bytes are hexadecimal. Private to the program.
 */

/* Whatever it is; NULL if it is nothing known. */
json_t *inspect_file(const uint8_t *data, size_t size);

json_t *inspect_envelope(const uint8_t *data, size_t size);
json_t *inspect_reference(const uint8_t *data, size_t size);
json_t *inspect_share(const uint8_t *data, size_t size);
json_t *inspect_cms(const uint8_t *data, size_t size);
json_t *inspect_bundle(const uint8_t *data, size_t size); /* a CMS file's content */
json_t *inspect_x509(const uint8_t *data, size_t size);
json_t *inspect_root_request(const uint8_t *data, size_t size); /* and inspect_root_answer: across the air gap */
json_t *inspect_root_answer(const uint8_t *data, size_t size);
json_t *inspect_anchor(const uint8_t *data, size_t size); /* the 97 bytes of root-G.anchor */
json_t *inspect_note(const uint8_t *data, size_t size);   /* a signed checkpoint, or a verifier */

/* One or several 7F21 in a row; an item list (7F21 and C7). */
json_t *inspect_certificates(const uint8_t *data, size_t size);
json_t *inspect_items(const uint8_t *data, size_t size);
json_t *inspect_hotlist(const uint8_t *data, size_t size);
/* C1..C6, C8, C9. */
json_t *inspect_record(const uint8_t *data, size_t size);
json_t *inspect_log_entry(const uint8_t *data, size_t size);

/* Shared small steps. */
json_t *inspect_hex(const void *data, size_t size);
json_t *inspect_day(uint16_t day);
json_t *inspect_time(uint32_t time);
json_t *inspect_fingerprint(const uint8_t point[SBK_POINT_SIZE]);
json_t *inspect_certificate(const struct sbk_bytes *bytes); /* one 7F21 */

#endif
