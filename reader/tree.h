/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_TREE_H
#define SBK_READER_TREE_H

#include "base/error.h"
#include "schema/apdu.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The Merkle tree of RFC 6962 2.1 over leaves in their order, kept by the hashes of its complete subtrees: one for each
 * bit of its size, the largest first. Appending costs one hash and one more for each subtree that it completes.
 */
#define SBK_TREE_LEVELS 32
struct sbk_tree {
    uint32_t size;
    uint8_t peaks[SBK_TREE_LEVELS][SBK_HASH_SIZE]; /* by level; used where the size has that bit */
};

/* Told of each node that an append completes: level 0 is the leaf. */
typedef sbk_result (*sbk_tree_node)(
    void *context, unsigned level, uint32_t position, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);

/* The nodes that one append completes, from the leaf up; sbk_nodes_take is a sbk_tree_node for them. */
struct sbk_nodes {
    size_t count;
    uint8_t hashes[SBK_TREE_LEVELS + 1][SBK_HASH_SIZE];
};
SBK_CHECK_RESULT sbk_result sbk_nodes_take(
    void *nodes, unsigned level, uint32_t position, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error);

/* Appends a leaf; node may be NULL. After an error the tree is as it was. Full at 2^32 - 1 leaves. */
SBK_CHECK_RESULT sbk_result sbk_tree_append(
    struct sbk_tree *tree, const void *leaf, size_t size, sbk_tree_node node, void *context, struct sbk_error *error);

/* The root; that of no leaves is the hash of nothing. */
SBK_CHECK_RESULT sbk_result sbk_tree_root(
    const struct sbk_tree *tree, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error);

/* SHA-256 (01 || left || right). */
SBK_CHECK_RESULT sbk_result sbk_tree_parent(const uint8_t left[SBK_HASH_SIZE], const uint8_t right[SBK_HASH_SIZE],
    uint8_t parent[SBK_HASH_SIZE], struct sbk_error *error);

#endif
