/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PEOPLE_FILE_H
#define SBK_KEYS_PEOPLE_FILE_H

#include "base/error.h"
#include "schema/bundle.h"

#include <stdbool.h>

/*
 * What changes of the people behind cards, as the office writes it, in YAML; personal:
 *
 *     people:
 *       - card: 640000000017        # or an alias
 *         name: Budi Santoso        # what is left out stays
 *         alternate: Siti Aminah    # "" where nobody may fetch for the holder any more
 *         kelurahan: 64.72.01.1001
 *         until: 2031-12-31         # last day of the identity record
 *
 * Keys that are not listed here, keys given twice, aliases and tags are refused.
 */
struct person_change {
    char card[20];
    bool has_name;
    bool has_alternate;
    bool has_kelurahan;
    bool has_until;
    char name[SBK_NAME_MAX + 1];
    char alternate[SBK_NAME_MAX + 1];
    uint8_t kelurahan[SBK_KELURAHAN_SIZE];
    uint16_t until;
};

struct people_file {
    struct person_change *people;
    size_t count; /* 1..SBK_BUNDLE_CARDS_MAX */
};
#define PEOPLE_FILE_MAX (8u << 20)

/* Reads text; people_file_free in any case. Errors: SBK_USAGE, "format-invalid", naming the line or the card. */
SBK_CHECK_RESULT sbk_result people_file_parse(
    const uint8_t *text, size_t size, struct people_file *file, struct sbk_error *error);
void people_file_free(struct people_file *file); /* cleanses */

#endif
