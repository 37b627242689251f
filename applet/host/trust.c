/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/host/trust.h"

#include <string.h>

#include "applet/host/internal.h"

struct cache_head {
    uint8_t generation;
    uint8_t root;
    uint16_t expiry;
    uint8_t next;
    uint8_t leaves;
    uint8_t hash[SBK_HASH_SIZE];
};

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

/* False where the cache is empty, or was proven under a root that counts no more on day, or has expired by then. */
static bool read_cache(struct sbk_card *card, uint16_t day, struct cache_head *cache) {
    uint8_t page[SBK_IMAGE_CACHE_HASH + SBK_HASH_SIZE];
    uint8_t root[SBK_POINT_SIZE];
    if (!read_image(card, SBK_IMAGE_CACHE, page, sizeof page))
        return false;
    cache->generation = page[SBK_IMAGE_CACHE_GENERATION];
    cache->root = page[SBK_IMAGE_CACHE_ROOT];
    cache->expiry = (uint16_t)(page[SBK_IMAGE_CACHE_EXPIRY] << 8 | page[SBK_IMAGE_CACHE_EXPIRY + 1]);
    cache->next = page[SBK_IMAGE_CACHE_NEXT] % SBK_CACHE_LEAVES;
    cache->leaves = page[SBK_IMAGE_CACHE_LEAVES];
    memcpy(cache->hash, page + SBK_IMAGE_CACHE_HASH, SBK_HASH_SIZE);
    return cache->generation != 0 && page[SBK_IMAGE_CACHE_ROLE] == SBK_ROLE_STATION_CA && cache->expiry >= day &&
           sbk_trust_root(card, cache->root, day, root);
}

uint16_t sbk_trust_chain_ca(struct sbk_card *card, uint8_t generation, const uint8_t *data, size_t size) {
    struct sbk_chain *chain = &card->chain;
    struct sbk_certificate certificate;
    struct cache_head cache;
    uint8_t root[SBK_POINT_SIZE];
    uint16_t day = sbk_card_floor(card);
    uint16_t status = check_under_root(card, data, size, SBK_ROLE_STATION_CA, day, &certificate, root);
    if (status != SBK_SW_OK)
        return status;
    if (certificate.issuer_generation != generation)
        return SBK_SW_REFERENCE;
    sbk_sha256(data, size, chain->ca_hash);
    chain->ca_from_cache = read_cache(card, day, &cache) && cache.root == generation &&
                           sbk_equal(cache.hash, chain->ca_hash, SBK_HASH_SIZE);
    if (!chain->ca_from_cache && !certificate_signed_by(card, &certificate, root))
        return SBK_SW_CERTIFICATE;
    chain->stage = SBK_CHAIN_CA;
    chain->ca_generation = certificate.generation;
    chain->ca_root = generation;
    chain->ca_expiry = certificate.expiry;
    memcpy(chain->ca_key, certificate.key, SBK_POINT_SIZE);
    return SBK_SW_OK;
}

uint16_t sbk_trust_chain_cached_ca(struct sbk_card *card, uint8_t generation) {
    struct sbk_chain *chain = &card->chain;
    struct cache_head cache;
    memset(chain, 0, sizeof *chain);
    if (!read_cache(card, sbk_card_floor(card), &cache) || cache.generation != generation ||
        !read_image(card, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_KEY, chain->ca_key, SBK_POINT_SIZE))
        return SBK_SW_REFERENCE;
    chain->stage = SBK_CHAIN_CA;
    chain->ca_from_cache = true;
    chain->ca_generation = cache.generation;
    chain->ca_root = cache.root;
    chain->ca_expiry = cache.expiry;
    memcpy(chain->ca_hash, cache.hash, SBK_HASH_SIZE);
    return SBK_SW_OK;
}

static bool leaf_cached(struct sbk_card *card, const uint8_t hash[SBK_HASH_SIZE]) {
    struct cache_head cache;
    uint8_t known[SBK_HASH_SIZE];
    if (!card->chain.ca_from_cache || !read_cache(card, 0, &cache))
        return false;
    for (uint32_t i = 0; i < cache.leaves && i < SBK_CACHE_LEAVES; i++)
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
        leaf.issuer_generation != chain->ca_generation)
        return SBK_SW_CERTIFICATE;
    uint16_t floor = sbk_card_floor(card);
    if (leaf.expiry < floor)
        return SBK_SW_EXPIRED;
    /* From the leaf's first day on nothing above it may have run out either. */
    uint16_t day = leaf.effective > floor ? leaf.effective : floor;
    if (chain->ca_expiry < day)
        return SBK_SW_EXPIRED;
    if (!sbk_trust_root(card, chain->ca_root, day, root))
        return SBK_SW_REFERENCE;
    sbk_sha256(data, size, terminal->leaf_hash);
    chain->leaf_from_cache = leaf_cached(card, terminal->leaf_hash);
    if (!chain->leaf_from_cache && !certificate_signed_by(card, &leaf, chain->ca_key))
        return SBK_SW_CERTIFICATE;
    terminal->role = leaf.role;
    terminal->ca_generation = chain->ca_generation;
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
    struct cache_head cache;
    uint8_t page[SBK_IMAGE_CACHE_HASH + SBK_HASH_SIZE] = {0};
    if (chain->stage != SBK_CHAIN_LEAF || (chain->ca_from_cache && chain->leaf_from_cache))
        return;
    if (!chain->ca_from_cache || !read_cache(card, 0, &cache)) {
        cache.next = 0;
        cache.leaves = 0;
    }
    uint32_t slot = cache.next;
    page[SBK_IMAGE_CACHE_GENERATION] = chain->ca_generation;
    page[SBK_IMAGE_CACHE_ROOT] = chain->ca_root;
    page[SBK_IMAGE_CACHE_EXPIRY] = (uint8_t)(chain->ca_expiry >> 8);
    page[SBK_IMAGE_CACHE_EXPIRY + 1] = (uint8_t)chain->ca_expiry;
    page[SBK_IMAGE_CACHE_NEXT] = (uint8_t)((slot + 1) % SBK_CACHE_LEAVES);
    page[SBK_IMAGE_CACHE_LEAVES] =
        cache.leaves < SBK_CACHE_LEAVES ? (uint8_t)(cache.leaves + 1) : (uint8_t)SBK_CACHE_LEAVES;
    page[SBK_IMAGE_CACHE_ROLE] = SBK_ROLE_STATION_CA;
    memcpy(page + SBK_IMAGE_CACHE_HASH, chain->ca_hash, SBK_HASH_SIZE);
    sbk_memory_begin(&card->memory);
    sbk_memory_write(&card->memory, SBK_IMAGE_CACHE, page, sizeof page);
    if (!chain->ca_from_cache)
        sbk_memory_write(&card->memory, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_KEY, chain->ca_key, SBK_POINT_SIZE);
    sbk_memory_write(&card->memory, SBK_IMAGE_CACHE + SBK_IMAGE_CACHE_LEAF + slot * SBK_HASH_SIZE,
        card->terminal.leaf_hash, SBK_HASH_SIZE);
    if (sbk_memory_commit(&card->memory)) {
        chain->ca_from_cache = true;
        chain->leaf_from_cache = true;
    }
}
