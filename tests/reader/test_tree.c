/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "reader/log_index.h"
#include "reader/tree.h"

/* The leaves and roots that implementations of RFC 6962 share as known answers. */
static const char *const leaves[] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static unsigned nodes;

static sbk_result count_node(
    void *context, unsigned level, uint32_t position, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    (void)context;
    (void)level;
    (void)position;
    (void)hash;
    (void)error;
    nodes++;
    return SBK_OK;
}

static void test_roots(void **state) {
    struct sbk_tree tree = {0};
    struct sbk_error error;
    uint8_t root[SBK_HASH_SIZE];
    (void)state;
    assert_int_equal(sbk_tree_root(&tree, root, &error), SBK_OK);
    assert_bytes(root, sizeof root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < COUNT(leaves); i++) {
        uint8_t leaf[16];
        size_t size = bytes_of(leaves[i], leaf, sizeof leaf);
        assert_int_equal(sbk_tree_append(&tree, leaf, size, count_node, NULL, &error), SBK_OK);
        assert_int_equal(sbk_tree_root(&tree, root, &error), SBK_OK);
        assert_bytes(root, sizeof root, roots[i]);
    }
    assert_int_equal(nodes, 15); /* 8 leaves, 4, 2, 1: what appending stores in all */
}

static sbk_result refuse_node(
    void *context, unsigned level, uint32_t position, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    (void)context;
    (void)position;
    (void)hash;
    return level == 1 ? sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_DISK, "full") : SBK_OK;
}

static void test_failed_append_changes_nothing(void **state) {
    struct sbk_tree tree = {0};
    struct sbk_tree before;
    struct sbk_error error;
    (void)state;
    assert_int_equal(sbk_tree_append(&tree, "a", 1, NULL, NULL, &error), SBK_OK);
    before = tree;
    assert_int_equal(sbk_tree_append(&tree, "b", 1, refuse_node, NULL, &error), SBK_ENVIRONMENT);
    assert_memory_equal(&tree, &before, sizeof tree);
}

static void test_index(void **state) {
    struct sbk_index index = {0};
    struct sbk_error error;
    (void)state;
    assert_null(sbk_index_find(&index, SBK_INDEX_CARD, NULL, 0));
    for (uint32_t i = 0; i < 5000; i++) {
        struct sbk_index_item item = {
            .kind = SBK_INDEX_RECEIPT, .alias = {(uint8_t)i, (uint8_t)(i >> 8)}, .number = i % 7};
        item.other = i;
        assert_int_equal(sbk_index_add(&index, &item, &error), SBK_OK);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        const uint8_t alias[SBK_ALIAS_SIZE] = {(uint8_t)i, (uint8_t)(i >> 8)};
        const struct sbk_index_item *item = sbk_index_find(&index, SBK_INDEX_RECEIPT, alias, i % 7);
        assert_non_null(item);
        assert_int_equal(item->other, i);
        assert_null(sbk_index_find(&index, SBK_INDEX_RECEIPT, alias, i % 7 + 1));
        assert_null(sbk_index_find(&index, SBK_INDEX_CARD, alias, i % 7));
    }
    sbk_index_free(&index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_failed_append_changes_nothing),
        cmocka_unit_test(test_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
