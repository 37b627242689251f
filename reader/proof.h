/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_PROOF_H
#define SBK_READER_PROOF_H

#include "reader/tree.h"

/*
 * Proofs over the Merkle tree of RFC 9162 2.1 (the same tree as RFC 6962's): that a leaf stands in a tree, and that a
 * tree is the beginning of a later one. Checking needs nothing but the proof and the two roots.
 */
#define SBK_PROOF_HASHES_MAX (2 * SBK_TREE_LEVELS)
struct sbk_proof {
    size_t count;
    uint8_t hashes[SBK_PROOF_HASHES_MAX][SBK_HASH_SIZE];
};

/* Gives the hash of a complete subtree: node (level, position) covers leaves position * 2^level and on. */
typedef sbk_result (*sbk_tree_fetch)(
    void *context, unsigned level, uint32_t position, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);

/* The root over the first size leaves, 2.1.1. */
SBK_CHECK_RESULT sbk_result sbk_proof_root(
    uint32_t size, sbk_tree_fetch fetch, void *context, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error);

/* The inclusion path of the leaf at index in the tree of size leaves, 2.1.3.1; index < size, else SBK_USAGE. */
SBK_CHECK_RESULT sbk_result sbk_proof_inclusion(uint32_t index, uint32_t size, sbk_tree_fetch fetch, void *context,
    struct sbk_proof *proof, struct sbk_error *error);

/* That the tree of from leaves begins the tree of to leaves, 2.1.4.1; from <= to, else SBK_USAGE. No hashes where from
 * is 0 or equals to. */
SBK_CHECK_RESULT sbk_result sbk_proof_consistency(
    uint32_t from, uint32_t to, sbk_tree_fetch fetch, void *context, struct sbk_proof *proof, struct sbk_error *error);

/* 2.1.3.2: SBK_TAMPERED "log-altered" unless the leaf (its bytes) stands at index in the tree with that root. */
SBK_CHECK_RESULT sbk_result sbk_proof_check_inclusion(const struct sbk_proof *proof, const void *leaf, size_t leaf_size,
    uint32_t index, uint32_t size, const uint8_t root[SBK_HASH_SIZE], struct sbk_error *error);

/* 2.1.4.2: SBK_TAMPERED "log-rolled-back" unless the old tree begins the new one; "log-altered" if the proof has too few
 * or too many hashes. */
SBK_CHECK_RESULT sbk_result sbk_proof_check_consistency(const struct sbk_proof *proof, uint32_t from,
    const uint8_t from_root[SBK_HASH_SIZE], uint32_t to, const uint8_t to_root[SBK_HASH_SIZE], struct sbk_error *error);

#endif
