/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/pin.h"

#include "applet/host/crypto.h"

#include <string.h>

#define SALT_SIZE 16

enum sbk_pin_person sbk_pin_person_of(uint8_t who) {
    return who == SBK_WHO_ALTERNATE ? SBK_PIN_ALTERNATE : SBK_PIN_HOLDER;
}

static uint32_t page_of(enum sbk_pin_person person) {
    return SBK_AREA_PINS + (uint32_t)person * SBK_PAGE_SIZE;
}

bool sbk_pin_well_formed(const struct sbk_pin *pin) {
    unsigned wrong = 0;

    if (pin->size != 0 && (pin->size < SBK_PIN_MIN || pin->size > SBK_PIN_MAX))
        return false;
    /* No branch hangs on a digit: what is wrong is gathered, and asked once. */
    for (size_t i = 0; i < SBK_PIN_MAX; i++)
        wrong |= i < pin->size ? (9u - (uint8_t)(pin->digits[i] - '0')) >> 8 : pin->digits[i];
    return wrong == 0;
}

bool sbk_pin_is_set(struct sbk_card *card, enum sbk_pin_person person) {
    uint8_t set;

    (void)sbk_memory_read(sbk_card_memory(card), page_of(person) + SBK_PIN_SET, &set, 1);
    return set == 1;
}

uint8_t sbk_pin_tries(struct sbk_card *card, enum sbk_pin_person person) {
    uint8_t tries;

    (void)sbk_memory_read(sbk_card_memory(card), SBK_AREA_TRIES + (uint32_t)person, &tries, 1);
    return tries;
}

static void write_tries(struct sbk_card *card, enum sbk_pin_person person, uint8_t tries) {
    (void)sbk_memory_write(sbk_card_memory(card), SBK_AREA_TRIES + (uint32_t)person, &tries, 1);
}

static void write_pin(
    struct sbk_card *card, enum sbk_pin_person person, const uint8_t page[SBK_PAGE_SIZE], uint8_t tries) {
    (void)sbk_memory_write(sbk_card_memory(card), page_of(person), page, SBK_PAGE_SIZE);
    write_tries(card, person, tries);
}

static void hash_pin(const uint8_t salt[SALT_SIZE], const struct sbk_pin *pin, uint8_t hash[SBK_HASH_SIZE]) {
    uint8_t input[SALT_SIZE + 1 + SBK_PIN_MAX];

    memcpy(input, salt, SALT_SIZE);
    input[SALT_SIZE] = pin->size;
    memcpy(input + SALT_SIZE + 1, pin->digits, SBK_PIN_MAX);
    sbk_sha256(input, sizeof(input), hash);
    sbk_port_wipe(input, sizeof(input));
}

uint16_t sbk_pin_verify(struct sbk_card *card, enum sbk_pin_person person, const struct sbk_pin *pin) {
    struct sbk_memory *memory = sbk_card_memory(card);
    uint8_t page[SBK_PAGE_SIZE];
    uint8_t hash[SBK_HASH_SIZE];
    uint8_t tries = sbk_pin_tries(card, person);
    bool right;

    if (tries == 0)
        return SBK_SW_BLOCKED;
    tries--;
    sbk_memory_begin(memory);
    write_tries(card, person, tries);
    if (!sbk_memory_commit(memory) || sbk_pin_tries(card, person) != tries || memory->broken)
        return SBK_SW_MEMORY;
    if (!sbk_memory_read(memory, page_of(person), page, sizeof(page)) || page[SBK_PIN_SET] != 1)
        return SBK_SW_MEMORY;
    hash_pin(page + SBK_PIN_SALT, pin, hash);
    right = sbk_equal(hash, page + SBK_PIN_HASH, SBK_HASH_SIZE) && pin->size != 0;
    sbk_port_wipe(hash, sizeof(hash));
    sbk_port_wipe(page, sizeof(page));
    return right ? SBK_SW_OK : (uint16_t)(SBK_SW_PIN_WRONG | tries);
}

void sbk_pin_restore(struct sbk_card *card, enum sbk_pin_person person) {
    write_tries(card, person, SBK_PIN_TRIES);
}

bool sbk_pins_store(struct sbk_card *card, const struct sbk_pin pins[2]) {
    for (int i = 0; i < 2; i++) {
        uint8_t page[SBK_PAGE_SIZE] = {[SBK_PIN_SET] = 1};

        if (pins[i].size == 0)
            continue;
        if (!sbk_card_random(card, page + SBK_PIN_SALT, SALT_SIZE)) {
            sbk_memory_abort(sbk_card_memory(card));
            return false;
        }
        hash_pin(page + SBK_PIN_SALT, &pins[i], page + SBK_PIN_HASH);
        write_pin(card, (enum sbk_pin_person)i, page, SBK_PIN_TRIES);
    }
    return true;
}

void sbk_pin_clear(struct sbk_card *card, enum sbk_pin_person person) {
    uint8_t none[SBK_PAGE_SIZE] = {0};

    write_pin(card, person, none, 0);
}
