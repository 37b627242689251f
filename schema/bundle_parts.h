/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_BUNDLE_PARTS_H
#define SBK_SCHEMA_BUNDLE_PARTS_H

#include "schema/bundle.h"

/* Data objects that several bundles share. Private to schema/. Each reader takes the next object, which must carry the
 * tag. */

/* A parser is a row of steps of which the first failure is the answer. */
#define STEP(call)                                                                                                     \
    do {                                                                                                               \
        const enum sbk_format step_ = (call);                                                                          \
        if (step_ != SBK_FORMAT_OK) {                                                                                  \
            return step_;                                                                                              \
        }                                                                                                              \
    } while (0)

/* DF41; any other kind than the one expected is UNKNOWN. */
enum sbk_format sbk_bundle_begin(struct sbk_reader *reader, uint8_t kind, uint32_t *made);
void sbk_bundle_write_header(struct sbk_writer *writer, uint8_t kind, uint32_t made);

/* An object of exactly size bytes, copied; of low to high bytes, lent. */
enum sbk_format sbk_bundle_copy(struct sbk_reader *reader, uint16_t tag, uint8_t *out, size_t size);
enum sbk_format sbk_bundle_lend(
    struct sbk_reader *reader, uint16_t tag, size_t low, size_t high, struct sbk_bytes *bytes);
/* An X.509 certificate: a DER SEQUENCE that fills the object. What is in it is not looked at here. */
enum sbk_format sbk_bundle_x509(struct sbk_reader *reader, uint16_t tag, struct sbk_bytes *bytes);
/* A whole 7F21, whose role must be one from low to high. */
enum sbk_format sbk_bundle_certificate(
    struct sbk_reader *reader, uint8_t low, uint8_t high, struct sbk_bytes *bytes, uint8_t *generation);

/* DF4B: a whole root link. And all that is left as links, SBK_BUNDLE_LINKS_MAX at most (TRAILING). */
enum sbk_format sbk_bundle_link(struct sbk_reader *reader, struct sbk_bytes *bytes);
enum sbk_format sbk_bundle_links(struct sbk_reader *reader, struct sbk_bytes *links, size_t *count);
void sbk_bundle_write_links(struct sbk_writer *writer, const struct sbk_bytes *links, size_t count);

/* DF47 DF4A DF48, as four of the bundles have them in a row. */
enum sbk_format sbk_bundle_root(
    struct sbk_reader *reader, struct sbk_anchor *anchor, struct sbk_bytes *binding, struct sbk_bytes *office_ca);
void sbk_bundle_write_root(struct sbk_writer *writer, const struct sbk_anchor *anchor, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca);
void sbk_bundle_write(struct sbk_writer *writer, uint16_t tag, const struct sbk_bytes *bytes);

/* DF50 */
enum sbk_format sbk_bundle_info(struct sbk_reader *reader, uint32_t low, struct sbk_batch_info *info);
void sbk_bundle_write_info(struct sbk_writer *writer, const struct sbk_batch_info *info);

#endif
