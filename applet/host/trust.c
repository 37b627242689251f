/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/host/trust.h"

#include <string.h>

#include "applet/host/internal.h"

static bool read_image(struct sbk_card *card, uint32_t offset, uint8_t *out, size_t size) {
    return sbk_memory_read(&card->memory, offset, out, size);
}

uint8_t sbk_trust_root_generation(struct sbk_card *card) {
    uint8_t generation = 0;
    read_image(card, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_GENERATION, &generation, 1);
    return generation;
}

uint8_t sbk_trust_station_generation(struct sbk_card *card) {
    uint8_t generation = 0;
    read_image(card, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_GENERATION, &generation, 1);
    return generation;
}

bool sbk_trust_root(struct sbk_card *card, uint8_t generation, uint16_t day, uint8_t key[SBK_POINT_SIZE]) {
    uint8_t head[4];
    if (generation == 0 || !read_image(card, SBK_IMAGE_ROOTS, head, sizeof head))
        return false;
    if (generation == head[SBK_IMAGE_ROOTS_GENERATION])
        return read_image(card, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, key, SBK_POINT_SIZE);
    uint16_t until = (uint16_t)(head[SBK_IMAGE_ROOTS_UNTIL] << 8 | head[SBK_IMAGE_ROOTS_UNTIL + 1]);
    return generation == head[SBK_IMAGE_ROOTS_PREVIOUS] && day <= until &&
           read_image(card, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS_KEY, key, SBK_POINT_SIZE);
}

bool sbk_trust_signature(struct sbk_card *card, const uint8_t key[SBK_POINT_SIZE], const uint8_t *data, size_t size,
    const uint8_t signature[SBK_SIGNATURE_SIZE]) {
    uint8_t hash[SBK_HASH_SIZE];
    sbk_sha256(data, size, hash);
    card->counts.verifies++;
    return sbk_port_p256_verify(key, hash, signature);
}

static bool certificate_signed_by(
    struct sbk_card *card, const struct sbk_certificate *certificate, const uint8_t key[SBK_POINT_SIZE]) {
    return sbk_trust_signature(card, key, certificate->signed_bytes, certificate->signed_size, certificate->signature);
}

/* Everything about a CA or signer certificate but its signature; key becomes the root's that must have signed it. */
static uint16_t check_under_root(struct sbk_card *card, const uint8_t *data, size_t size, enum sbk_role role,
    uint16_t day, struct sbk_certificate *certificate, uint8_t key[SBK_POINT_SIZE]) {
    if (sbk_certificate_parse(data, size, certificate) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    if (certificate->role != role || certificate->issuer_role != SBK_ROLE_ROOT)
        return SBK_SW_CERTIFICATE;
    if (!sbk_trust_root(card, certificate->issuer_generation, day, key))
        return SBK_SW_REFERENCE;
    return certificate->expiry < day ? SBK_SW_EXPIRED : SBK_SW_OK;
}

uint16_t sbk_trust_certificate(struct sbk_card *card, const uint8_t *data, size_t size, enum sbk_role role,
    uint16_t day, struct sbk_certificate *certificate) {
    uint8_t key[SBK_POINT_SIZE];
    uint16_t status = check_under_root(card, data, size, role, day, certificate, key);
    if (status == SBK_SW_OK && !certificate_signed_by(card, certificate, key))
        status = SBK_SW_CERTIFICATE;
    return status;
}

static uint16_t expiry_of(const uint8_t *ca) {
    return (uint16_t)(ca[SBK_IMAGE_CACHE_EXPIRY] << 8 | ca[SBK_IMAGE_CACHE_EXPIRY + 1]);
}

/* The cached CA; false where there is none, or its root counts no more on day, or it has expired by then. */
static bool read_cache(struct sbk_card *card, uint16_t day, uint8_t ca[SBK_IMAGE_CACHE_HEAD]) {
    uint8_t root[SBK_POINT_SIZE];
    return read_image(card, SBK_IMAGE_CACHE, ca, SBK_IMAGE_CACHE_HEAD) && ca[SBK_IMAGE_CACHE_GENERATION] != 0 &&
           ca[SBK_IMAGE_CACHE_ROLE] == SBK_ROLE_STATION_CA && expiry_of(ca) >= day &&
           sbk_trust_root(card, ca[SBK_IMAGE_CACHE_ROOT], day, root);
}

uint16_t sbk_trust_chain_ca(struct sbk_card *card, uint8_t generation, const uint8_t *data, size_t size) {
    struct sbk_chain *chain = &card->chain;
    struct sbk_certificate certificate;
    uint8_t hash[SBK_HASH_SIZE];
    uint8_t root[SBK_POINT_SIZE];
    uint8_t *ca = chain->ca;
    uint16_t day = sbk_card_floor(card);
    uint16_t status = check_under_root(card, data, size, SBK_ROLE_STATION_CA, day, &certificate, root);
    if (status != SBK_SW_OK)
        return status;
    if (certificate.issuer_generation != generation)
        return SBK_SW_REFERENCE;
    sbk_sha256(data, size, hash);
    chain->ca_from_cache = read_cache(card, day, ca) && ca[SBK_IMAGE_CACHE_ROOT] == generation &&
                           sbk_equal(ca + SBK_IMAGE_CACHE_HASH, hash, SBK_HASH_SIZE);
    if (!chain->ca_from_cache) {
        if (!certificate_signed_by(card, &certificate, root))
            return SBK_SW_CERTIFICATE;
        memset(ca, 0, SBK_IMAGE_CACHE_HASH);
        ca[SBK_IMAGE_CACHE_GENERATION] = certificate.generation;
        ca[SBK_IMAGE_CACHE_ROOT] = generation;
        ca[SBK_IMAGE_CACHE_EXPIRY] = (uint8_t)(certificate.expiry >> 8);
        ca[SBK_IMAGE_CACHE_EXPIRY + 1] = (uint8_t)certificate.expiry;
        ca[SBK_IMAGE_CACHE_ROLE] = SBK_ROLE_STATION_CA;
        memcpy(ca + SBK_IMAGE_CACHE_HASH, hash, SBK_HASH_SIZE);
    }
    chain->stage = SBK_CHAIN_CA;
    memcpy(chain->ca_key, certificate.key, SBK_POINT_SIZE);
    return SBK_SW_OK;
}

uint16_t sbk_trust_chain_cached_ca(struct sbk_card *card, uint8_t generation) {
    struct sbk_chain *chain = &card->chain;
    if (!read_cache(card, sbk_card_floor(card), chain->ca) || chain->ca[SBK_IMAGE_CACHE_GENERATION] != generation ||
        !read_image(card, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_KEY, chain->ca_key, SBK_POINT_SIZE))
        return SBK_SW_REFERENCE;
    chain->stage = SBK_CHAIN_CA;
    chain->ca_from_cache = true;
    return SBK_SW_OK;
}

static bool leaf_cached(struct sbk_card *card, const uint8_t hash[SBK_HASH_SIZE]) {
    uint8_t known[SBK_HASH_SIZE];
    if (!card->chain.ca_from_cache)
        return false;
    for (uint32_t i = 0; i < card->chain.ca[SBK_IMAGE_CACHE_LEAVES] && i < SBK_CACHE_LEAVES; i++)
        if (read_image(card, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_LEAF + i * SBK_HASH_SIZE, known, sizeof known) &&
            sbk_equal(known, hash, SBK_HASH_SIZE))
            return true;
    return false;
}

static bool is_terminal(uint8_t role) {
    return role == SBK_ROLE_STORE || role == SBK_ROLE_REGISTRAR || role == SBK_ROLE_AUDITOR;
}

uint16_t sbk_trust_chain_leaf(struct sbk_card *card, const uint8_t *data, size_t size) {
    struct sbk_chain *chain = &card->chain;
    struct sbk_terminal *terminal = &card->terminal;
    struct sbk_certificate leaf;
    uint8_t root[SBK_POINT_SIZE];
    if (sbk_certificate_parse(data, size, &leaf) != SBK_FORMAT_OK)
        return SBK_SW_DATA;
    if (!is_terminal(leaf.role) || leaf.issuer_role != SBK_ROLE_STATION_CA ||
        leaf.issuer_generation != chain->ca[SBK_IMAGE_CACHE_GENERATION])
        return SBK_SW_CERTIFICATE;
    uint16_t floor = sbk_card_floor(card);
    if (leaf.expiry < floor)
        return SBK_SW_EXPIRED;
    /* From the leaf's first day on nothing above it may have run out either. */
    uint16_t day = leaf.effective > floor ? leaf.effective : floor;
    if (expiry_of(chain->ca) < day)
        return SBK_SW_EXPIRED;
    if (!sbk_trust_root(card, chain->ca[SBK_IMAGE_CACHE_ROOT], day, root))
        return SBK_SW_REFERENCE;
    sbk_sha256(data, size, terminal->leaf_hash);
    chain->leaf_from_cache = leaf_cached(card, terminal->leaf_hash);
    if (!chain->leaf_from_cache && !certificate_signed_by(card, &leaf, chain->ca_key))
        return SBK_SW_CERTIFICATE;
    terminal->role = leaf.role;
    terminal->ca_generation = leaf.issuer_generation;
    memcpy(terminal->id, leaf.terminal, SBK_TERMINAL_SIZE);
    terminal->effective = leaf.effective;
    terminal->expiry = leaf.expiry;
    terminal->rights = leaf.rights;
    memcpy(chain->leaf_key, leaf.key, SBK_POINT_SIZE);
    chain->stage = SBK_CHAIN_LEAF;
    return SBK_SW_OK;
}

void sbk_trust_remember(struct sbk_card *card) {
    struct sbk_chain *chain = &card->chain;
    uint8_t *ca = chain->ca;
    if (chain->stage != SBK_CHAIN_LEAF || chain->leaf_from_cache)
        return;
    uint32_t place = ca[SBK_IMAGE_CACHE_NEXT] % SBK_CACHE_LEAVES;
    ca[SBK_IMAGE_CACHE_NEXT] = (uint8_t)((place + 1) % SBK_CACHE_LEAVES);
    if (ca[SBK_IMAGE_CACHE_LEAVES] < SBK_CACHE_LEAVES)
        ca[SBK_IMAGE_CACHE_LEAVES]++;
    sbk_memory_begin(&card->memory);
    sbk_memory_write(&card->memory, SBK_IMAGE_CACHE, ca, SBK_IMAGE_CACHE_HEAD);
    if (!chain->ca_from_cache)
        sbk_memory_write(&card->memory, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_KEY, chain->ca_key, SBK_POINT_SIZE);
    sbk_memory_write(&card->memory, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_LEAF + place * SBK_HASH_SIZE,
        card->terminal.leaf_hash, SBK_HASH_SIZE);
    chain->leaf_from_cache = chain->ca_from_cache = sbk_memory_commit(&card->memory);
}
