/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/logical.h"

#include <string.h>

#include "applet/entitlement/image.h"
#include "applet/host/crypto.h"
#include "schema/records.h"
#include "tests/faults/issuing.h"

#define HEAD_CERTIFICATE 21 /* the certificate's slot: 0 pages 40-43, 1 pages 60-63 */
#define CERTIFICATE_RENEWED (SBK_IMAGE_APPLET + 28 * SBK_PAGE_SIZE)
#define ENTRY_STORED (SBK_ENTRY_SIZE + SBK_SIGNATURE_SIZE)
#define RING_PLACES 17
#define RING_ENTRIES 16

static uint32_t get_u32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t get_u24(const uint8_t *at) {
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

/* The bytes at from count, and stand at to. */
static void take(
    struct logical *out, const struct tearing *memory, const uint8_t *raw, uint32_t to, uint32_t from, uint32_t size) {
    memcpy(out->image + to, raw + from, size);
    for (uint32_t page = from / SBK_PAGE_SIZE; page <= (from + size - 1) / SBK_PAGE_SIZE; page++)
        if (memory->weak[page] != 0)
            out->weak = true;
}

static void keep(struct logical *out, const struct tearing *memory, const uint8_t *raw, uint32_t at, uint32_t size) {
    take(out, memory, raw, at, at, size);
}

static void read_environment(struct logical *out, const struct tearing *memory, const uint8_t *raw) {
    keep(out, memory, raw, SBK_IMAGE_HEADER, 2 * SBK_PAGE_SIZE);
    keep(out, memory, raw, SBK_IMAGE_ROOTS, SBK_PAGE_SIZE);
    if (raw[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION] != 0)
        keep(out, memory, raw, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, SBK_PAGE_SIZE);
    if (raw[SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS] != 0)
        keep(out, memory, raw, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS_KEY, SBK_PAGE_SIZE);
    if (raw[SBK_IMAGE_AGREEMENT] != 0)
        keep(out, memory, raw, SBK_IMAGE_AGREEMENT, 2 * SBK_PAGE_SIZE);
    if (raw[SBK_IMAGE_SIGNING] != 0)
        keep(out, memory, raw, SBK_IMAGE_SIGNING, 2 * SBK_PAGE_SIZE);
    if (raw[SBK_IMAGE_CACHE] != 0) {
        uint32_t leaves = raw[SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_LEAVES];

        keep(out, memory, raw, SBK_IMAGE_CACHE, 2 * SBK_PAGE_SIZE);
        if (leaves > 0)
            keep(out, memory, raw, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_LEAF,
                (leaves < SBK_CACHE_LEAVES ? leaves : SBK_CACHE_LEAVES) * SBK_HASH_SIZE);
    }
    if (raw[SBK_IMAGE_LIFE] == SBK_LIFE_SECURED)
        keep(out, memory, raw, SBK_IMAGE_STATEMENT, SBK_STATEMENT_SIZE);
}

static uint32_t oldest(uint32_t counter) {
    return counter < RING_ENTRIES ? 0 : counter - (RING_ENTRIES - 1);
}

static uint32_t identity_size(const uint8_t *record) {
    uint32_t name = record[27];

    return name > SBK_NAME_MAX || record[28 + name] > SBK_NAME_MAX ? SBK_IDENTITY_MAX
                                                                   : 28 + name + 1 + record[28 + name] + 64;
}

static uint32_t mandate_size(const uint8_t *record) {
    return record[26] > SBK_PURSES_MAX ? SBK_MANDATE_MAX : 27u + 17u * record[26] + 64u;
}

static void read_applet(struct logical *out, const struct tearing *memory, const uint8_t *raw) {
    const uint8_t *head = raw + SBK_AREA_HEAD;
    uint8_t *shown = out->image + SBK_AREA_HEAD;

    keep(out, memory, raw, SBK_AREA_HEAD, 5 * SBK_PAGE_SIZE); /* head, alias, purses, tries */
    for (uint32_t person = 0; person < 2; person++)
        if (raw[SBK_AREA_PINS + person * SBK_PAGE_SIZE] != 0)
            keep(out, memory, raw, SBK_AREA_PINS + person * SBK_PAGE_SIZE, SBK_PAGE_SIZE);
    if (head[SBK_HEAD_IDENTITY] != 0) {
        uint32_t at = SBK_AREA_IDENTITY + (head[SBK_HEAD_IDENTITY] == 2 ? SBK_SLOT_SIZE : 0u);

        take(out, memory, raw, SBK_AREA_IDENTITY, at, identity_size(raw + at));
        shown[SBK_HEAD_IDENTITY] = 1;
    }
    if (head[SBK_HEAD_MANDATE] != 0) {
        uint32_t at = SBK_AREA_MANDATE + (head[SBK_HEAD_MANDATE] == 2 ? SBK_SLOT_SIZE : 0u);

        take(out, memory, raw, SBK_AREA_MANDATE, at, mandate_size(raw + at));
        shown[SBK_HEAD_MANDATE] = 1;
    }
    if (head[SBK_HEAD_STATE] == 0)
        return;
    take(out, memory, raw, SBK_AREA_CERTIFICATE,
        head[HEAD_CERTIFICATE] == 1 ? CERTIFICATE_RENEWED : SBK_AREA_CERTIFICATE, SBK_CARD_CERTIFICATE_SIZE);
    shown[HEAD_CERTIFICATE] = 0;
    for (uint32_t counter = get_u32(head + SBK_HEAD_COUNTER), n = oldest(counter); n <= counter && n < UINT32_MAX; n++)
        keep(out, memory, raw, SBK_AREA_RING + n % RING_PLACES * SBK_RING_STRIDE, ENTRY_STORED);
}

void logical_read(struct tearing *memory, struct logical *logical) {
    static uint8_t raw[SBK_IMAGE_SIZE];

    memset(logical, 0, sizeof(*logical));
    memory->port.read(memory->port.context, 0, raw, sizeof(raw));
    read_environment(logical, memory, raw);
    read_applet(logical, memory, raw);
}

uint8_t *logical_tries(struct logical *logical, int which) {
    return which == LOGICAL_CRYPTOGRAM ? logical->image + SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_TRIES
                                       : logical->image + SBK_AREA_TRIES + which;
}

uint32_t logical_counter(const struct logical *logical) {
    return get_u32(logical->image + SBK_AREA_HEAD + SBK_HEAD_COUNTER);
}

/* ---- what must hold in every state ---- */

static bool signed_by(const uint8_t point[SBK_POINT_SIZE], const uint8_t *record, uint32_t size) {
    uint8_t hash[SBK_HASH_SIZE];

    sbk_sha256(record, size - SBK_SIGNATURE_SIZE, hash);
    return sbk_port_p256_verify(point, hash, record + size - SBK_SIGNATURE_SIZE);
}

static const char *fault_of_pair(const uint8_t *pair) {
    uint8_t point[SBK_POINT_SIZE];

    if (pair[SBK_IMAGE_PAIR_KVN] == 0)
        return NULL;
    if (pair[SBK_IMAGE_PAIR_KVN] != SBK_KVN_CARD)
        return "a key pair has a strange version";
    if (!sbk_port_p256_public(pair + SBK_IMAGE_PAIR_PRIVATE, point) ||
        memcmp(point, pair + SBK_IMAGE_PAIR_PUBLIC, SBK_POINT_SIZE) != 0)
        return "a key pair's halves do not fit";
    return NULL;
}

static bool is_key(const uint8_t *stored, enum sbk_role role, uint8_t generation) {
    uint8_t point[SBK_POINT_SIZE];

    issuer_key(role, generation, point);
    return memcmp(stored, point, SBK_POINT_SIZE) == 0;
}

/* A closed card stands under one root, whole, with what belongs to it: never between two. */
static const char *fault_of_roots(const uint8_t *image, const uint8_t *cache) {
    const uint8_t *roots = image + SBK_IMAGE_ROOTS;
    const uint8_t current = roots[SBK_IMAGE_ROOTS_GENERATION];
    const uint8_t previous = roots[SBK_IMAGE_ROOTS_PREVIOUS];
    const bool until = roots[SBK_IMAGE_ROOTS_UNTIL] != 0 || roots[SBK_IMAGE_ROOTS_UNTIL + 1] != 0;
    uint8_t point[SBK_POINT_SIZE];
    uint8_t next[SBK_HASH_SIZE];

    if (current < 1 || current >= ISSUER_ROOTS || !is_key(roots + SBK_IMAGE_ROOTS_CURRENT_KEY, SBK_ROLE_ROOT, current))
        return "the current root is none of the city's";
    issuer_key(SBK_ROLE_ROOT, (uint8_t)(current + 1), point);
    sbk_hash_point(point, next);
    if (roots[SBK_IMAGE_ROOTS_NEXT_SET] != 1 || memcmp(roots + SBK_IMAGE_ROOTS_NEXT, next, SBK_HASH_SIZE) != 0)
        return "the hash of the next root is not the current root's";
    if (previous == 0 ? until : previous + 1 != current || !until)
        return "the previous root is not the one before";
    if (previous != 0 && !is_key(roots + SBK_IMAGE_ROOTS_PREVIOUS_KEY, SBK_ROLE_ROOT, previous))
        return "the previous root has another's key";
    if (cache[SBK_IMAGE_CACHE_GENERATION] == 0)
        return NULL;
    if (cache[SBK_IMAGE_CACHE_ROLE] != SBK_ROLE_STATION_CA || cache[SBK_IMAGE_CACHE_NEXT] >= SBK_CACHE_LEAVES ||
        cache[SBK_IMAGE_CACHE_LEAVES] > SBK_CACHE_LEAVES || cache[SBK_IMAGE_CACHE_GENERATION] > ISSUER_GENERATIONS ||
        !is_key(cache + SBK_IMAGE_CACHE_KEY, SBK_ROLE_STATION_CA, cache[SBK_IMAGE_CACHE_GENERATION]))
        return "the trust cache is half a one";
    if (cache[SBK_IMAGE_CACHE_ROOT] != current && (previous == 0 || cache[SBK_IMAGE_CACHE_ROOT] != previous))
        return "the trust cache holds a CA of a root that was dropped";
    return NULL;
}

static const char *fault_of_environment(const uint8_t *image) {
    static const uint8_t none[48];
    const uint8_t *life = image + SBK_IMAGE_LIFE;
    const uint8_t *cache = image + SBK_IMAGE_CACHE;
    const char *fault = fault_of_pair(image + SBK_IMAGE_AGREEMENT);

    if (!fault)
        fault = fault_of_pair(image + SBK_IMAGE_SIGNING);
    if (fault)
        return fault;
    if (life[0] != SBK_LIFE_INITIALIZED && life[0] != SBK_LIFE_SECURED)
        return "the life cycle is neither blank nor closed";
    if (life[SBK_IMAGE_LIFE_TRIES] > SBK_LIFE_TRIES)
        return "more tries for the transport keys than there can be";
    if (life[0] == SBK_LIFE_SECURED) {
        if (life[SBK_IMAGE_LIFE_KVN] != 0 || memcmp(life + SBK_IMAGE_LIFE_KEYS, none, sizeof(none)) != 0)
            return "a closed card has transport keys";
        if (!signed_by(
                image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PUBLIC, image + SBK_IMAGE_STATEMENT, SBK_STATEMENT_SIZE))
            return "the closing statement does not verify";
    }
    return life[0] == SBK_LIFE_SECURED ? fault_of_roots(image, cache) : NULL;
}

/* By the grant signer of any generation: what was issued under an old one stays good. */
static bool granted(const uint8_t *record, uint32_t size) {
    uint8_t point[SBK_POINT_SIZE];

    for (uint8_t generation = 1; generation <= ISSUER_GENERATIONS; generation++) {
        issuer_key(SBK_ROLE_GRANT_SIGNER, generation, point);
        if (signed_by(point, record, size))
            return true;
    }
    return false;
}

static const char *fault_of_records(const uint8_t *image, struct sbk_mandate *mandate) {
    const uint8_t *head = image + SBK_AREA_HEAD;
    const uint8_t *record = image + SBK_AREA_IDENTITY;
    struct sbk_identity identity;

    memset(mandate, 0, sizeof(*mandate));
    if (head[SBK_HEAD_IDENTITY] != 0) {
        uint32_t size = identity_size(record);

        if (sbk_identity_parse(record, size, &identity) != SBK_FORMAT_OK || !granted(record, size) ||
            memcmp(identity.alias, image + SBK_AREA_ALIAS, SBK_ALIAS_SIZE) != 0)
            return "the identity record does not verify";
    }
    record = image + SBK_AREA_MANDATE;
    if (head[SBK_HEAD_MANDATE] != 0) {
        uint32_t size = mandate_size(record);

        if (sbk_mandate_parse(record, size, mandate) != SBK_FORMAT_OK || !granted(record, size) ||
            memcmp(mandate->alias, image + SBK_AREA_ALIAS, SBK_ALIAS_SIZE) != 0)
            return "the mandate does not verify";
    }
    return NULL;
}

static const char *fault_of_purses(const uint8_t *image, const struct sbk_mandate *mandate) {
    uint32_t grants[SBK_PURSES_MAX] = {0};

    if (image[SBK_AREA_HEAD + SBK_HEAD_MANDATE] == 0)
        return NULL;
    for (size_t i = 0; i < mandate->purse_count; i++)
        grants[mandate->purses[i].slot] = mandate->purses[i].grant;
    for (uint32_t slot = 0; slot < SBK_PURSES_MAX; slot++) {
        const uint8_t *purse = image + SBK_AREA_PURSES + slot * SBK_PURSE_STRIDE;

        if (((uint32_t)purse[0] << 8 | purse[1]) != grants[slot])
            return "a purse's grant is not the mandate's";
    }
    return NULL;
}

/* Of every purse, the newest entry since the mandate came says what was spent after it. */
static const char *fault_of_spent(const uint8_t *image, const struct sbk_entry *entry, bool seen[SBK_PURSES_MAX]) {
    for (size_t i = 0; i < SBK_DEBITS_MAX && entry->debits[i].grant != 0; i++) {
        const struct sbk_entry_debit *debit = &entry->debits[i];
        const uint8_t *purse = image + SBK_AREA_PURSES + debit->slot * SBK_PURSE_STRIDE;

        if (seen[debit->slot])
            continue;
        seen[debit->slot] = true;
        if (((uint32_t)purse[0] << 8 | purse[1]) != debit->grant || purse[2] != debit->window ||
            get_u24(purse + 3) != debit->spent)
            return "what was spent is not what the last entry states";
    }
    return NULL;
}

static const char *fault_of_chain(const uint8_t *image, const struct sbk_mandate *mandate) {
    const uint8_t *head = image + SBK_AREA_HEAD;
    const uint8_t *signing = image + SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PUBLIC;
    uint32_t counter = get_u32(head + SBK_HEAD_COUNTER);
    uint8_t expected[SBK_HASH_SIZE];
    uint8_t hash[SBK_HASH_SIZE];
    bool seen[SBK_PURSES_MAX] = {false};
    bool before_mandate = false;
    struct sbk_entry entry;

    memcpy(expected, head + SBK_HEAD_LAST, SBK_HASH_SIZE);
    for (uint32_t n = counter;; n--) {
        const uint8_t *stored = image + SBK_AREA_RING + n % RING_PLACES * SBK_RING_STRIDE;

        if (sbk_entry_parse(stored, &entry) != SBK_FORMAT_OK || entry.counter != n ||
            memcmp(entry.alias, image + SBK_AREA_ALIAS, SBK_ALIAS_SIZE) != 0)
            return "an entry of the ring is none";
        sbk_sha256(stored, SBK_ENTRY_SIZE, hash);
        if (memcmp(hash, expected, SBK_HASH_SIZE) != 0)
            return "the chain is broken";
        if (!sbk_port_p256_verify(signing, hash, stored + SBK_ENTRY_SIZE))
            return "an entry's signature does not verify";
        if (n == counter && entry.mandate != mandate->number)
            return "the last entry names another mandate";
        if (!before_mandate && (entry.kind == SBK_ENTRY_DEBIT || entry.kind == SBK_ENTRY_VOID)) {
            const char *fault = fault_of_spent(image, &entry, seen);

            if (fault)
                return fault;
        }
        before_mandate = before_mandate || entry.kind == SBK_ENTRY_MANDATE;
        memcpy(expected, entry.previous, SBK_HASH_SIZE);
        if (n == oldest(counter))
            return NULL;
    }
}

static const char *fault_of_pins(const uint8_t *image, const char *const pins[2]) {
    uint8_t input[25];
    uint8_t hash[SBK_HASH_SIZE];

    for (uint32_t i = 0; i < 2; i++) {
        const uint8_t *page = image + SBK_AREA_PINS + i * SBK_PAGE_SIZE;

        if (image[SBK_AREA_TRIES + i] > 5)
            return "more tries than a PIN has";
        if (page[SBK_PIN_SET] > 1)
            return "a PIN is half set";
        if (page[SBK_PIN_SET] == 0 || !pins || !pins[i])
            continue;
        memset(input, 0, sizeof(input));
        memcpy(input, page + SBK_PIN_SALT, 16);
        input[16] = (uint8_t)strlen(pins[i]);
        memcpy(input + 17, pins[i], strlen(pins[i]));
        sbk_sha256(input, sizeof(input), hash);
        if (memcmp(hash, page + SBK_PIN_HASH, SBK_HASH_SIZE) != 0)
            return "a PIN is neither the old nor the new one";
    }
    return NULL;
}

const char *logical_fault(const struct logical *logical, const char *const pins[2]) {
    const uint8_t *image = logical->image;
    struct sbk_mandate mandate;
    struct sbk_certificate certificate;
    const char *fault = logical->weak ? "a page that counts reads differently each time" : fault_of_environment(image);

    if (!fault)
        fault = fault_of_records(image, &mandate);
    if (!fault)
        fault = fault_of_purses(image, &mandate);
    if (!fault)
        fault = fault_of_pins(image, pins);
    if (fault || image[SBK_AREA_HEAD + SBK_HEAD_STATE] == 0)
        return fault;
    if (sbk_certificate_parse(image + SBK_AREA_CERTIFICATE, SBK_CARD_CERTIFICATE_SIZE, &certificate) != SBK_FORMAT_OK ||
        memcmp(certificate.key, image + SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_PUBLIC, SBK_POINT_SIZE) != 0)
        return "the card certificate is none";
    return fault_of_chain(image, &mandate);
}
