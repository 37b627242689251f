/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_X509_PRIVATE_H
#define SBK_KEYS_X509_PRIVATE_H

#include "keys/x509.h"

#include <openssl/x509.h>

/* What cms.c needs of x509.c. Private to keys/. */

/* Exactly one certificate that fills der, in the library's context; NULL if it is none. */
X509 *sbk_x509_read(const uint8_t *der, size_t size);
sbk_result sbk_x509_write(X509 *certificate, struct sbk_buffer *out, struct sbk_error *error);
sbk_result sbk_x509_info_of(X509 *certificate, struct sbk_office_info *info, struct sbk_error *error);

#endif
