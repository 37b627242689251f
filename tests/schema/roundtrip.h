/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_SCHEMA_ROUNDTRIP_H
#define SBK_TESTS_SCHEMA_ROUNDTRIP_H

#include <stdio.h>
#include <stdlib.h>

#include "schema/tlv.h"

/* Aborts with the place and the words of what does not hold. */
#define INSIST(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/*
 * Each parses data, and if it is accepted, writes it again and insists on the same bytes (every accepted form is the
 * only one), then parses those and insists on the same values. A difference aborts. Returns the parser's answer.
 */
typedef enum sbk_format (*roundtrip)(const uint8_t *data, size_t size);

enum sbk_format roundtrip_tlv(const uint8_t *data, size_t size);
enum sbk_format roundtrip_certificate(const uint8_t *data, size_t size);
enum sbk_format roundtrip_identity(const uint8_t *data, size_t size);
enum sbk_format roundtrip_mandate(const uint8_t *data, size_t size);
enum sbk_format roundtrip_notice(const uint8_t *data, size_t size);
enum sbk_format roundtrip_link(const uint8_t *data, size_t size);
enum sbk_format roundtrip_entry(const uint8_t *data, size_t size); /* LENGTH unless size is that of an entry */
enum sbk_format roundtrip_closing(const uint8_t *data, size_t size);
enum sbk_format roundtrip_items(const uint8_t *data, size_t size);
enum sbk_format roundtrip_basket(const uint8_t *data, size_t size);
/* A whole list, a change, or a whole list with a change behind it, which is then applied. */
enum sbk_format roundtrip_hotlist(const uint8_t *data, size_t size);
enum sbk_format roundtrip_root_request(const uint8_t *data, size_t size);
enum sbk_format roundtrip_root_answer(const uint8_t *data, size_t size);
enum sbk_format roundtrip_log(const uint8_t *data, size_t size);

#endif
