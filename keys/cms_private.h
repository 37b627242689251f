/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CMS_PRIVATE_H
#define SBK_KEYS_CMS_PRIVATE_H

#include "keys/cms.h"

#include <openssl/bio.h>
#include <openssl/cms.h>

/* What the files of CMS share. Private to keys/. */

/* Exactly one ContentInfo that fills data, in the library's context; NULL if it is none. */
CMS_ContentInfo *sbk_cms_read(const uint8_t *data, size_t size);
sbk_result sbk_cms_write(CMS_ContentInfo *cms, struct sbk_buffer *out, struct sbk_error *error);
/* What a memory BIO holds. */
sbk_result sbk_cms_take(BIO *bio, struct sbk_buffer *out, struct sbk_error *error);
/* The kind by the eContentType; 0 for an unknown one. */
uint8_t sbk_cms_kind(CMS_ContentInfo *cms);
/* SBK_TAMPERED, "format-invalid". */
sbk_result sbk_cms_malformed(struct sbk_error *error, const char *why);

#endif
