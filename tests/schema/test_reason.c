/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <ctype.h>
#include <string.h>

#include "schema/apdu.h"
#include "schema/reason.h"

static void test_words_of_status_words(void **state) {
    (void)state;
    static const struct {
        uint16_t status_word;
        const char *word;
    } words[] = {
        {0x9401, "counter-mismatch"},
        {0x9402, "transaction-conflict"},
        {0x9403, "too-old"},
        {0x9404, "previous-receipt-missing"},
        {0x9405, "window-not-open"},
        {0x9406, "window-closed"},
        {0x9407, "insufficient-balance"},
        {0x9408, "programme-not-allowed"},
        {0x9409, "outlet-not-allowed"},
        {0x940A, "limit-exceeded"},
        {0x940B, "time-not-valid"},
        {0x940C, "certificate-expired"},
        {0x940D, "person-not-allowed"},
        {0x940E, "purse-unknown"},
        {0x940F, "role-not-allowed"},
        {0x9410, "kelurahan-not-allowed"},
        {0x9411, "record-old"},
        {0x9412, "wrong-card"},
        {0x9413, "signature-invalid"},
        {0x9414, "receipt-not-own"},
        {0x9415, "already-voided"},
        {0x9416, "nothing-pending"},
        {0x9420, "card-not-active"},
        {0x9421, "card-stopped"},
        {0x9422, "card-ended"},
        {0x9423, "card-expired"},
        {0x6983, "pin-blocked"},
        {0x6600, "certificate-invalid"},
        {0x63C0, "pin-wrong"},
        {0x63C4, "pin-wrong"},
        {0x63CF, "pin-wrong"},
        {0x63D0, "card-status"},
        {0x6300, "card-status"},
        {0x6A80, "card-status"},
        {0x6F00, "card-status"},
        {0x0000, "card-status"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_string_equal(sbk_reason_of(words[i].status_word), words[i].word);
    }
    assert_null(sbk_reason_of(0x9000));
}

/* No two refusals of the card share a word, and 26 have one. */
static void test_words_differ(void **state) {
    (void)state;
    size_t named = 0;
    for (unsigned i = 0x9400; i <= 0x94FF; i++) {
        const char *word = sbk_reason_of((uint16_t)i);
        if (strcmp(word, SBK_REASON_CARD_STATUS) == 0) {
            continue;
        }
        named++;
        for (const char *c = word; *c != '\0'; c++) {
            assert_true(islower((unsigned char)*c) || *c == '-');
        }
        for (unsigned j = 0x9400; j < i; j++) {
            assert_string_not_equal(sbk_reason_of((uint16_t)j), word);
        }
    }
    assert_int_equal(named, 26);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_status_words),
        cmocka_unit_test(test_words_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
