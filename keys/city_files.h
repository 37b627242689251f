/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CITY_FILES_H
#define SBK_KEYS_CITY_FILES_H

#include "keys/city.h"

/* The store's plain files: names, reading, writing whole. Private to keys/. */
#define SBK_CITY_NAME_ROOM 48
#define SBK_CITY_ANCHOR_FILE "anchor.cms"
#define SBK_CITY_GENERATIONS 127

/* "WHAT-GENERATION.ENDING" */
void sbk_city_file_name(const char *what, uint8_t generation, const char *ending, char name[SBK_CITY_NAME_ROOM]);
/* Of a certificate; under: the generation of the root (CAs and signers) or office CA (city) that signed it. */
void sbk_city_certificate_name(uint8_t role, uint8_t generation, uint8_t under, char name[SBK_CITY_NAME_ROOM]);
void sbk_city_binding_name(uint8_t generation, uint8_t root, char name[SBK_CITY_NAME_ROOM]);
bool sbk_city_has_file(const struct sbk_store *store, const char *name);
/* The newest root that has its anchor here, 0: none; the newest office CA bound by a root, 0: none. */
uint8_t sbk_city_root(const struct sbk_store *store);
uint8_t sbk_city_office(const struct sbk_store *store, uint8_t root);
SBK_CHECK_RESULT sbk_result sbk_city_read_file(
    const struct sbk_store *store, const char *name, struct sbk_buffer *out, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_city_write_file(
    const struct sbk_store *store, const char *name, const void *data, size_t size, struct sbk_error *error);

/* Writes a certificate under its name, which is as above. */
SBK_CHECK_RESULT sbk_result sbk_city_write_certificate(const struct sbk_store *store, uint8_t role, uint8_t generation,
    uint8_t under, const void *data, size_t size, struct sbk_error *error);
/* Certifies the city's own key by an office CA, whose certificate is given, from a day to a last one; writes it, and
 * appends it to out. */
SBK_CHECK_RESULT sbk_result sbk_city_certify_own(const struct sbk_store *store, struct sbk_key *office_ca,
    const struct sbk_buffer *ca, const struct sbk_key_info *own, uint16_t from, uint16_t until, struct sbk_buffer *out,
    struct sbk_error *error);

/* root-R.anchor. */
SBK_CHECK_RESULT sbk_result sbk_city_write_anchor(
    const struct sbk_store *store, const struct sbk_anchor *anchor, struct sbk_error *error);
/* anchor.cms, signed with the city's key, whose certificate is given. */
SBK_CHECK_RESULT sbk_result sbk_city_write_export(const struct sbk_store *store, struct sbk_key *city_key,
    const struct sbk_buffer *city, const struct sbk_anchor_bundle *bundle, struct sbk_error *error);

#endif
