/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "reader/proof.h"

#define LEAVES 37u /* beyond 32, so that every shape of up to six levels occurs */

/* Every node of the tree over LEAVES one-byte leaves, and the root of each of its beginnings. */
static uint8_t nodes[7][LEAVES][SBK_HASH_SIZE];
static uint8_t roots[LEAVES + 1][SBK_HASH_SIZE];

static sbk_result keep(
    void *context, unsigned level, uint32_t position, const uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    (void)context;
    (void)error;
    memcpy(nodes[level][position], hash, SBK_HASH_SIZE);
    return SBK_OK;
}

static sbk_result fetch(
    void *context, unsigned level, uint32_t position, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    (void)context;
    (void)error;
    memcpy(hash, nodes[level][position], SBK_HASH_SIZE);
    return SBK_OK;
}

static int setup(void **state) {
    struct sbk_tree tree = {0};
    struct sbk_error error;
    (void)state;
    for (uint32_t i = 0; i <= LEAVES; i++) {
        const uint8_t leaf = (uint8_t)i;
        if (sbk_tree_root(&tree, roots[i], &error) != SBK_OK ||
            (i < LEAVES && sbk_tree_append(&tree, &leaf, 1, keep, NULL, &error) != SBK_OK))
            return 1;
    }
    return 0;
}

static void test_root_of_every_size(void **state) {
    struct sbk_error error;
    uint8_t root[SBK_HASH_SIZE];
    (void)state;
    for (uint32_t size = 0; size <= LEAVES; size++) {
        assert_int_equal(sbk_proof_root(size, fetch, NULL, root, &error), SBK_OK);
        assert_memory_equal(root, roots[size], sizeof root);
    }
}

static sbk_result included(const struct sbk_proof *proof, uint8_t leaf, uint32_t index, uint32_t size) {
    struct sbk_error error;
    return sbk_proof_check_inclusion(proof, &leaf, 1, index, size, roots[size], &error);
}

/* A proof with one bit changed, one hash fewer, one hash more. */
static void spoil(const struct sbk_proof *proof, size_t way, struct sbk_proof *spoilt) {
    *spoilt = *proof;
    if (way < proof->count)
        spoilt->hashes[way][way % SBK_HASH_SIZE] ^= 1;
    else if (way == proof->count)
        memset(spoilt->hashes[spoilt->count++], 0, SBK_HASH_SIZE);
    else
        spoilt->count--;
}

static void test_every_inclusion(void **state) {
    struct sbk_proof proof;
    struct sbk_proof spoilt;
    struct sbk_error error;
    (void)state;
    for (uint32_t size = 1; size <= LEAVES; size++)
        for (uint32_t index = 0; index < size; index++) {
            assert_int_equal(sbk_proof_inclusion(index, size, fetch, NULL, &proof, &error), SBK_OK);
            assert_int_equal(included(&proof, (uint8_t)index, index, size), SBK_OK);
            for (uint32_t other = 0; other < size + 2; other++)
                if (other != index) {
                    assert_int_equal(included(&proof, (uint8_t)index, other, size), SBK_TAMPERED);
                    assert_int_equal(included(&proof, (uint8_t)other, index, size), SBK_TAMPERED);
                }
            for (uint32_t other = 0; other <= LEAVES; other++)
                if (other != size)
                    assert_int_equal(sbk_proof_check_inclusion(
                                         &proof, &(uint8_t){(uint8_t)index}, 1, index, size, roots[other], &error),
                        SBK_TAMPERED);
            for (size_t way = 0; way <= proof.count + (proof.count > 0); way++) {
                spoil(&proof, way, &spoilt);
                assert_int_equal(included(&spoilt, (uint8_t)index, index, size), SBK_TAMPERED);
            }
        }
    assert_int_equal(sbk_proof_inclusion(5, 5, fetch, NULL, &proof, &error), SBK_USAGE);
}

static sbk_result continues(const struct sbk_proof *proof, uint32_t from, uint32_t to) {
    struct sbk_error error;
    return sbk_proof_check_consistency(proof, from, roots[from], to, roots[to], &error);
}

static void test_every_consistency(void **state) {
    struct sbk_proof proof;
    struct sbk_proof spoilt;
    struct sbk_error error;
    (void)state;
    for (uint32_t to = 0; to <= LEAVES; to++)
        for (uint32_t from = 0; from <= to; from++) {
            assert_int_equal(sbk_proof_consistency(from, to, fetch, NULL, &proof, &error), SBK_OK);
            assert_int_equal(continues(&proof, from, to), SBK_OK);
            for (size_t way = 0; way <= proof.count + (proof.count > 0); way++) {
                spoil(&proof, way, &spoilt);
                assert_int_equal(continues(&spoilt, from, to), SBK_TAMPERED);
            }
            /* Any other root as the earlier head; and any other as the later, where there was anything before. */
            for (uint32_t other = 0; other <= LEAVES; other++) {
                if (other != from)
                    assert_int_equal(
                        sbk_proof_check_consistency(&proof, from, roots[other], to, roots[to], &error), SBK_TAMPERED);
                if (other != to && from > 0)
                    assert_int_equal(
                        sbk_proof_check_consistency(&proof, from, roots[from], to, roots[other], &error), SBK_TAMPERED);
            }
        }
}

static void test_shorter_is_rolled_back(void **state) {
    struct sbk_proof proof = {0};
    struct sbk_error error;
    (void)state;
    assert_int_equal(sbk_proof_consistency(5, 4, fetch, NULL, &proof, &error), SBK_USAGE);
    assert_int_equal(sbk_proof_check_consistency(&proof, 5, roots[5], 4, roots[4], &error), SBK_TAMPERED);
    assert_string_equal(error.reason, SBK_REASON_LOG_ROLLED_BACK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_of_every_size),
        cmocka_unit_test(test_every_inclusion),
        cmocka_unit_test(test_every_consistency),
        cmocka_unit_test(test_shorter_is_rolled_back),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
