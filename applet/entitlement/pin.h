/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_PIN_H
#define SBK_ENTITLEMENT_PIN_H

#include "applet/entitlement/store.h"

/* The PINs of holder and alternate (B.8.5): 4 to 8 digits, kept as a salted hash, five tries each. */

enum sbk_pin_person { SBK_PIN_HOLDER = 0, SBK_PIN_ALTERNATE = 1 };
/* Whose PIN an enum sbk_who means; the holder's for nobody. */
enum sbk_pin_person sbk_pin_person_of(uint8_t who);

/* A PIN as it comes: size 0 (none) or 4..8. Wipe it after use. */
struct sbk_pin {
    uint8_t size;
    uint8_t digits[SBK_PIN_MAX]; /* padded with 00 */
};

/* Size 0 or 4..8, digits ASCII 0-9, everything after them zero. */
bool sbk_pin_well_formed(const struct sbk_pin *pin);
bool sbk_pin_is_set(struct sbk_card *card, enum sbk_pin_person person);
uint8_t sbk_pin_tries(struct sbk_card *card, enum sbk_pin_person person);

/*
 * Checks a PIN: lowers the try counter by a committed write, reads it back, then compares in constant time. 9000, 63Cx
 * with the tries left, 6983 without tries, 6581. The tries stay lowered: after 9000 the caller's transaction restores
 * them with sbk_pin_restore, so that a right PIN costs no write of its own.
 */
uint16_t sbk_pin_verify(struct sbk_card *card, enum sbk_pin_person person, const struct sbk_pin *pin);
/* Adds five tries to the open transaction. */
void sbk_pin_restore(struct sbk_card *card, enum sbk_pin_person person);

/*
 * Adds the holder's and the alternate's new PIN, each with a fresh salt and five tries, to the open transaction; size 0
 * leaves one as it is. False: no random bytes, and the transaction is gone.
 */
bool sbk_pins_store(struct sbk_card *card, const struct sbk_pin pins[2]);
/* Adds the removal of a PIN to the open transaction. */
void sbk_pin_clear(struct sbk_card *card, enum sbk_pin_person person);

#endif
