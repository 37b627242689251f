/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/tree.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/log.h"
#include "schema/reason.h"

#include <string.h>

#define PREFIX_LEAF 0x00
#define PREFIX_NODE 0x01

static sbk_result hash_leaf(const void *leaf, size_t size, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t input[1 + SBK_LOG_ENTRY_MAX];
    if (size > SBK_LOG_ENTRY_MAX)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("a log entry of %zu bytes is too long"), size);
    input[0] = PREFIX_LEAF;
    memcpy(input + 1, leaf, size);
    return sbk_sha256(input, 1 + size, hash, error);
}

sbk_result sbk_tree_parent(const uint8_t left[SBK_HASH_SIZE], const uint8_t right[SBK_HASH_SIZE],
    uint8_t parent[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t input[1 + 2 * SBK_HASH_SIZE];
    input[0] = PREFIX_NODE;
    memcpy(input + 1, left, SBK_HASH_SIZE);
    memcpy(input + 1 + SBK_HASH_SIZE, right, SBK_HASH_SIZE);
    return sbk_sha256(input, sizeof input, parent, error);
}

sbk_result sbk_nodes_take(
    void *nodes, unsigned level, uint32_t position, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    struct sbk_nodes *taken = nodes;
    (void)position;
    (void)error;
    memcpy(taken->hashes[level], hash, SBK_HASH_SIZE);
    taken->count = (size_t)level + 1;
    return SBK_OK;
}

sbk_result sbk_tree_append(
    struct sbk_tree *tree, const void *leaf, size_t size, sbk_tree_node node, void *context, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    uint32_t position = tree->size;
    unsigned level = 0;
    if (tree->size == UINT32_MAX)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DISK, _("the log is full"));
    sbk_result result = hash_leaf(leaf, size, hash, error);
    if (result == SBK_OK && node != NULL)
        result = node(context, 0, position, hash, error);
    for (; result == SBK_OK && (tree->size >> level & 1) != 0; level++) {
        position >>= 1;
        result = sbk_tree_parent(tree->peaks[level], hash, hash, error);
        if (result == SBK_OK && node != NULL)
            result = node(context, level + 1, position, hash, error);
    }
    if (result == SBK_OK) {
        memcpy(tree->peaks[level], hash, SBK_HASH_SIZE);
        tree->size++;
    }
    return result;
}

sbk_result sbk_tree_root(const struct sbk_tree *tree, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = SBK_OK;
    bool any = false;
    if (tree->size == 0)
        result = sbk_sha256("", 0, hash, error);
    for (unsigned level = 0; level < SBK_TREE_LEVELS && result == SBK_OK; level++) {
        if ((tree->size >> level & 1) == 0)
            continue;
        if (any)
            result = sbk_tree_parent(tree->peaks[level], hash, hash, error);
        else
            memcpy(hash, tree->peaks[level], SBK_HASH_SIZE);
        any = true;
    }
    if (result == SBK_OK)
        memcpy(root, hash, SBK_HASH_SIZE);
    return result;
}
