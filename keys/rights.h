/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_RIGHTS_H
#define SBK_KEYS_RIGHTS_H

#include "base/error.h"
#include "schema/certificate.h"

/* Reading what a person wrote about a station's rights. Private to the program. All errors are SBK_USAGE. */

/* "store", "registrar", "auditor"; and the word of a role's code ("station-ca", "card"...), NULL if unknown. */
SBK_CHECK_RESULT sbk_result rights_role(const char *text, uint8_t *role, struct sbk_error *error);
const char *rights_role_word(uint8_t role);

/* "all" or "1,3,7". */
SBK_CHECK_RESULT sbk_result rights_programmes(const char *text, uint32_t *programmes, struct sbk_error *error);
#define RIGHTS_PROGRAMMES_ROOM 96
void rights_programmes_text(uint32_t programmes, char text[RIGHTS_PROGRAMMES_ROOM]);

/* "g=20000,rp=300000"; units left out get SBK_LIMIT_NONE. An amount must fit the certificate's 16 bits exactly. */
SBK_CHECK_RESULT sbk_result rights_limits(const char *text, uint16_t limits[SBK_UNITS], struct sbk_error *error);
/* "g", "ml", "pc", "rp"; NULL for another number. */
const char *rights_unit_word(uint8_t unit);
/* The unit of a word, 0 for an unknown one. */
uint8_t rights_unit_of(const char *word);

#endif
