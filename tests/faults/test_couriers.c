/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be wrong with a courier: altered, foreign, old, a record in it that does not hold. Refused, harmless, logged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/cms.h"
#include "schema/reason.h"
#include "tests/faults/delivering.h"

#include <string.h>

/* ---- couriers ---- */

/* Wrong card, old number, repeated, forged; each beside a good record of another kind, which is kept. */
static void a_bad_record_among_good_ones(void **state) {
    static const struct row {
        const char *name;
        size_t kept, old, refused;
        const char *reason;
    } rows[] = {
        {"forged: one bit of the mandate", 1, 0, 1, SBK_REASON_SIGNATURE},
        {"forged: signed by the list signer", 1, 0, 1, SBK_REASON_SIGNATURE},
        {"forged: the signature of another record", 1, 0, 1, SBK_REASON_SIGNATURE},
        {"old number: a newer one waits", 1, 1, 0, NULL},
        {"repeated: it waits already", 1, 1, 0, NULL},
    };
    struct city_card *card = &city.cards[0];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint32_t next = 10 + (uint32_t)i;
        struct record records[2] = {mandate_of(card, next), notice_of(card->alias, SBK_NOTICE_PIN_RESET, next)};
        const struct record newer = mandate_of(card, next + 100);
        struct sbk_courier_taken taken;
        const size_t before = logged(STORE, SBK_LOG_REFUSED, card->alias, rows[i].reason);
        switch (i) {
        case 0:
            records[0].bytes[AMOUNT_AT] ^= 1;
            break;
        case 1:
            records[0].size -= SBK_SIGNATURE_SIZE;
            memmove(records[0].bytes + records[0].size, records[1].bytes + SBK_NOTICE_SIZE - SBK_SIGNATURE_SIZE,
                SBK_SIGNATURE_SIZE);
            records[0].size += SBK_SIGNATURE_SIZE;
            break;
        case 2:
            memcpy(records[0].bytes + records[0].size - SBK_SIGNATURE_SIZE,
                newer.bytes + newer.size - SBK_SIGNATURE_SIZE, SBK_SIGNATURE_SIZE);
            break;
        case 3:
            carry(STORE, next, card, &newer, 1, &taken);
            break;
        default:
            carry(STORE, next, card, &newer, 1, &taken);
            records[0] = newer;
        }
        carry(STORE, next, card, records, 2, &taken);
        if (taken.kept != rows[i].kept || taken.old != rows[i].old || taken.refused != rows[i].refused) {
            fail_msg("%s: %zu kept, %zu old, %zu refused", rows[i].name, taken.kept, taken.old, taken.refused);
        }
        assert_int_equal(logged(STORE, SBK_LOG_REFUSED, card->alias, rows[i].reason),
            before + (rows[i].reason != NULL ? rows[i].refused : 0));
    }
    assert_int_equal(waiting_at(STORE), 2);
    const struct told told = tap(STORE, card);
    must(told.result, &told.error);
    assert_int_equal(told.status.mandate, 114);
    assert_int_equal(told.status.reset_epoch, 14);
    assert_int_equal(waiting_at(STORE), 0);
}

/* Nothing of a file that is not whole, not the city's, not a courier, or names another card than its record does. */
static void bad_files(void **state) {
    static const struct row {
        const char *name;
        sbk_result result;
        const char *reason;
    } rows[] = {
        {"one bit", SBK_TAMPERED, SBK_REASON_SIGNATURE},
        {"truncated", SBK_TAMPERED, SBK_REASON_FORMAT},
        {"wrong card: another alias than the record's", SBK_TAMPERED, SBK_REASON_FORMAT},
        {"wrong city: a bureau signed it", SBK_REFUSED, SBK_REASON_ROLE},
        {"forged list in it", SBK_REFUSED, SBK_REASON_FORMAT},
        {"empty", SBK_TAMPERED, SBK_REASON_FORMAT},
    };
    const struct city_card *card = &city.cards[1];
    const struct sbk_bytes *bureau = &city.office.office.certificate.x509;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sbk_buffer content = SBK_BUFFER_EMPTY, file = SBK_BUFFER_EMPTY;
        const struct record record = mandate_of(card, 5);
        struct sbk_courier_taken taken;
        struct sbk_error error = {.reason = ""};
        const size_t before = logged(STORE, SBK_LOG_REFUSED, NULL, NULL);
        begin_courier(&content, 50, 1);
        add_record(&content, city.cards[i == 2 ? 2 : 1].alias, &record);
        if (i == 3) {
            must(sbk_cms_sign(city.office.bureau, bureau->data, bureau->size, SBK_BUNDLE_COURIER, content.data,
                     content.size, WORLD_NOW, &file, &error),
                &error);
            sbk_buffer_free(&content);
        } else if (i == 4) {
            const struct sbk_courier_parts parts = {.item_list = {record.bytes, record.size}};
            struct sbk_courier counts;
            must(sbk_courier_pack(city.office.ledger, &city.office.city, city.office.city_key, &parts, WORLD_NOW,
                     &counts, &file, &error),
                &error);
            sbk_buffer_free(&content);
        } else {
            seal(&content, &file);
        }
        if (i == 0) {
            file.data[file.size / 2] ^= 1;
        }
        file.size = i == 1 ? file.size - 9 : i == 5 ? 0 : file.size;
        const sbk_result result = sbk_courier_take(station(STORE), file.data, file.size, &taken, &error);
        if (result != rows[i].result || strcmp(error.reason, rows[i].reason) != 0) {
            fail_msg("%s: %d, %s: %s", rows[i].name, (int)result, error.reason, error.text);
        }
        assert_int_equal(waiting_at(STORE), 0);
        assert_int_equal(logged(STORE, SBK_LOG_REFUSED, NULL, NULL), before + 1);
        sbk_buffer_free(&file);
    }
}

static void as_many_as_fit(void **state) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY, file = SBK_BUFFER_EMPTY;
    struct sbk_courier_taken taken;
    struct sbk_error error = {.reason = NULL};
    uint8_t alias[SBK_ALIAS_SIZE] = {0x77};
    (void)state;
    begin_courier(&content, 60, SBK_BUNDLE_CARDS_MAX);
    for (unsigned i = 0; i < SBK_BUNDLE_CARDS_MAX; i++) {
        alias[6] = (uint8_t)(i >> 8);
        alias[7] = (uint8_t)i;
        const struct record record = notice_of(alias, SBK_NOTICE_PIN_RESET, 1);
        add_record(&content, alias, &record);
    }
    seal(&content, &file);
    must(sbk_courier_take(station(OTHER), file.data, file.size, &taken, &error), &error);
    assert_int_equal(taken.kept, SBK_BUNDLE_CARDS_MAX);
    assert_int_equal(waiting_at(OTHER), SBK_BUNDLE_CARDS_MAX);
    must(sbk_courier_take(station(OTHER), file.data, file.size, &taken, &error), &error);
    assert_int_equal(taken.old, SBK_BUNDLE_CARDS_MAX);
    sbk_buffer_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_record_among_good_ones),
        cmocka_unit_test(bad_files),
        cmocka_unit_test(as_many_as_fit),
    };
    return cmocka_run_group_tests(tests, city_begin, city_end);
}
