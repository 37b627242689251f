/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/proof.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdbool.h>
#include <string.h>

/* Where the nodes come from. */
struct source {
    sbk_tree_fetch fetch;
    void *context;
};

/* The largest power of two below size, which is at least 2. */
static uint32_t split_of(uint32_t size) {
    uint32_t half = 1;
    while (half < size - half)
        half *= 2;
    return half;
}

/* The root over leaves low to high - 1; low is a multiple of the largest power of two in their number. */
static sbk_result range_root(
    const struct source *source, uint32_t low, uint32_t high, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t left[SBK_HASH_SIZE];
    uint32_t end = high;
    sbk_result result = SBK_OK;
    for (unsigned level = 0; level < SBK_TREE_LEVELS && end > low && result == SBK_OK; level++) {
        if (((high - low) >> level & 1) == 0)
            continue;
        uint32_t start = end - ((uint32_t)1 << level);
        result = source->fetch(source->context, level, start >> level, end == high ? root : left, error);
        if (result == SBK_OK && end != high)
            result = sbk_tree_parent(left, root, root, error);
        end = start;
    }
    return result;
}

sbk_result sbk_proof_root(
    uint32_t size, sbk_tree_fetch fetch, void *context, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error) {
    const struct source source = {fetch, context};
    const struct sbk_tree none = {0};
    uint8_t hash[SBK_HASH_SIZE] = {0};
    sbk_result result = size == 0 ? sbk_tree_root(&none, hash, error) : range_root(&source, 0, size, hash, error);
    if (result == SBK_OK)
        memcpy(root, hash, sizeof hash);
    return result;
}

static sbk_result push(
    const struct source *source, uint32_t low, uint32_t high, struct sbk_proof *proof, struct sbk_error *error) {
    sbk_result result = range_root(source, low, high, proof->hashes[proof->count], error);
    if (result == SBK_OK)
        proof->count++;
    return result;
}

/* The walk goes from the root down, a proof from the leaf up. */
static void turn(struct sbk_proof *proof) {
    for (size_t i = 0; i < proof->count / 2; i++) {
        uint8_t hash[SBK_HASH_SIZE];
        memcpy(hash, proof->hashes[i], sizeof hash);
        memcpy(proof->hashes[i], proof->hashes[proof->count - 1 - i], sizeof hash);
        memcpy(proof->hashes[proof->count - 1 - i], hash, sizeof hash);
    }
}

sbk_result sbk_proof_inclusion(uint32_t index, uint32_t size, sbk_tree_fetch fetch, void *context,
    struct sbk_proof *proof, struct sbk_error *error) {
    const struct source source = {fetch, context};
    uint32_t low = 0;
    uint32_t high = size;
    sbk_result result = SBK_OK;
    if (index >= size)
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_USAGE, _("there is no entry %u among %u"), (unsigned)index, (unsigned)size);
    proof->count = 0;
    while (high - low > 1 && result == SBK_OK) {
        uint32_t middle = low + split_of(high - low);
        if (index < middle) {
            result = push(&source, middle, high, proof, error);
            high = middle;
        } else {
            result = push(&source, low, middle, proof, error);
            low = middle;
        }
    }
    turn(proof);
    return result;
}

sbk_result sbk_proof_consistency(
    uint32_t from, uint32_t to, sbk_tree_fetch fetch, void *context, struct sbk_proof *proof, struct sbk_error *error) {
    const struct source source = {fetch, context};
    uint32_t low = 0;
    uint32_t high = to;
    sbk_result result = SBK_OK;
    if (from > to)
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_USAGE, _("%u entries cannot begin a log of %u"), (unsigned)from, (unsigned)to);
    proof->count = 0;
    if (from == 0 || from == to)
        return SBK_OK;
    while (high != from && result == SBK_OK) {
        uint32_t middle = low + split_of(high - low);
        if (from <= middle) {
            result = push(&source, middle, high, proof, error);
            high = middle;
        } else {
            result = push(&source, low, middle, proof, error);
            low = middle;
        }
    }
    /* The old tree itself is known to whoever checks; a part of it is not. */
    if (low != 0 && result == SBK_OK)
        result = push(&source, low, high, proof, error);
    turn(proof);
    return result;
}

static sbk_result altered(struct sbk_error *error, const char *text) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ALTERED, "%s", text);
}

static sbk_result other_log(struct sbk_error *error) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,
        _("the later log does not continue the earlier one: it was rolled back and went on, or was altered"));
}

static bool same(const uint8_t one[SBK_HASH_SIZE], const uint8_t other[SBK_HASH_SIZE]) {
    return memcmp(one, other, SBK_HASH_SIZE) == 0;
}

sbk_result sbk_proof_check_inclusion(const struct sbk_proof *proof, const void *leaf, size_t leaf_size, uint32_t index,
    uint32_t size, const uint8_t root[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_tree tree = {0};
    uint8_t hash[SBK_HASH_SIZE];
    uint32_t last = size - 1;
    if (index >= size)
        return altered(error, _("the proof is of an entry behind the end of the log"));
    sbk_result result = sbk_tree_append(&tree, leaf, leaf_size, NULL, NULL, error);
    if (result != SBK_OK)
        return result;
    memcpy(hash, tree.peaks[0], sizeof hash);
    for (size_t i = 0; i < proof->count && result == SBK_OK; i++) {
        if (last == 0)
            return altered(error, _("the proof has too many hashes"));
        if ((index & 1) != 0 || index == last) {
            result = sbk_tree_parent(proof->hashes[i], hash, hash, error);
            while ((index & 1) == 0 && index != 0) {
                index >>= 1;
                last >>= 1;
            }
        } else {
            result = sbk_tree_parent(hash, proof->hashes[i], hash, error);
        }
        index >>= 1;
        last >>= 1;
    }
    if (result == SBK_OK && (last != 0 || !same(hash, root)))
        result = altered(error, _("the entry does not stand in the signed log at that place"));
    return result;
}

/* Both roots from the hashes at first and on, 2.1.4.2 step 6. */
static sbk_result climb(const struct sbk_proof *proof, size_t first, uint32_t from, uint32_t to,
    uint8_t old_root[SBK_HASH_SIZE], uint8_t new_root[SBK_HASH_SIZE], uint32_t *left, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = first; i < proof->count && result == SBK_OK; i++) {
        if (to == 0)
            return altered(error, _("the proof has too many hashes"));
        if ((from & 1) != 0 || from == to) {
            result = sbk_tree_parent(proof->hashes[i], old_root, old_root, error);
            if (result == SBK_OK)
                result = sbk_tree_parent(proof->hashes[i], new_root, new_root, error);
            while ((from & 1) == 0 && from != 0) {
                from >>= 1;
                to >>= 1;
            }
        } else {
            result = sbk_tree_parent(new_root, proof->hashes[i], new_root, error);
        }
        from >>= 1;
        to >>= 1;
    }
    *left = to;
    return result;
}

sbk_result sbk_proof_check_consistency(const struct sbk_proof *proof, uint32_t from,
    const uint8_t from_root[SBK_HASH_SIZE], uint32_t to, const uint8_t to_root[SBK_HASH_SIZE],
    struct sbk_error *error) {
    uint8_t old_root[SBK_HASH_SIZE];
    uint8_t new_root[SBK_HASH_SIZE];
    uint32_t node = from - 1;
    uint32_t last = to - 1;
    if (from > to)
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,
            _("the later log has %u entries, the earlier one %u: it was rolled back"), (unsigned)to, (unsigned)from);
    if (from == to || from == 0) {
        if (proof->count != 0)
            return altered(error, _("the proof has too many hashes"));
        if (from == to)
            return same(from_root, to_root) ? SBK_OK : other_log(error);
        const struct sbk_tree none = {0};
        sbk_result result = sbk_tree_root(&none, old_root, error);
        return result != SBK_OK || same(old_root, from_root) ? result : other_log(error);
    }
    while ((node & 1) != 0) {
        node >>= 1;
        last >>= 1;
    }
    /* node 0: the old tree is a complete subtree, whose root is not in the proof. */
    size_t first = node == 0 ? 0 : 1;
    if (proof->count < first + 1)
        return altered(error, _("the proof has too few hashes"));
    memcpy(old_root, node == 0 ? from_root : proof->hashes[0], sizeof old_root);
    memcpy(new_root, old_root, sizeof new_root);
    sbk_result result = climb(proof, first, node, last, old_root, new_root, &last, error);
    if (result == SBK_OK && (last != 0 || !same(old_root, from_root) || !same(new_root, to_root)))
        result = other_log(error);
    return result;
}
