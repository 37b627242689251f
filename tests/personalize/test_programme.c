/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "personalize/programme.h"
#include "schema/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CARD "card: {pin: yes, alternate: yes, valid-until: 2026-12-31, outlet: none}\n"
#define HEAD CARD "programmes:\n- number: 2\n  name: A\n"
#define PERIOD "  period: {first: 2025-10-01, every: month, count: 3}\n  carry: none\n"
#define PURSE "  purses: [{grant: 1, unit: gram, goods: 1, amount: 10000, priority: 0}]\n"

static void take(const char *yaml, struct sbk_programme_file *file) {
    struct sbk_error error = {0};

    if (sbk_programme_parse((const uint8_t *)yaml, strlen(yaml), file, &error) != SBK_OK) {
        fail_msg("%s", error.text);
    }
}

static void refuse(const char *yaml, const char *words) {
    struct sbk_programme_file file;
    struct sbk_error error = {0};

    assert_int_equal(sbk_programme_parse((const uint8_t *)yaml, strlen(yaml), &file, &error), SBK_ENVIRONMENT);
    assert_string_equal(error.reason, SBK_REASON_PROGRAMME_FILE);
    if (strstr(error.text, words) == NULL) {
        fail_msg("'%s' does not say '%s'", error.text, words);
    }
}

static void test_sample_file(void **state) {
    char path[4096];
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    struct sbk_programme_file file;

    (void)state;
    snprintf(path, sizeof(path), "%s/data/programmes.yaml", getenv("SBK_SOURCE"));
    assert_int_equal(sbk_file_read(path, SBK_PROGRAMME_BYTES_MAX, &text, NULL), SBK_OK);
    assert_int_equal(sbk_programme_parse(text.data, text.size, &file, NULL), SBK_OK);
    sbk_buffer_free(&text);
    assert_int_equal(file.programme_count, 3);
    assert_int_equal(file.purse_count, 5);
    assert_true(file.pin && file.alternate);
    assert_int_equal(file.purses[3].purse.amount, 300000);
    assert_int_equal(file.purses[3].purse.unit, SBK_UNIT_RUPIAH);
    assert_int_equal(file.purses[3].purse.goods, SBK_CLASS_ANY);
    assert_int_equal(file.purses[3].purse.carry, SBK_CARRY_GRANT);
    assert_int_equal(file.purses[3].purse.slot, 3);
    assert_int_equal(file.purses[0].purse.first, 20362);
    assert_true(file.programmes[0].registered && file.programmes[0].never_aided);
}

static void test_refused(void **state) {
    (void)state;
    refuse("", "empty");
    refuse("[", "not YAML");
    refuse("a: b\n", "Unexpected key");
    refuse(CARD, "programmes");
    refuse(HEAD PERIOD PURSE "  more: 1\n", "Unexpected key");
    refuse(HEAD PERIOD PURSE "  name: B\n", "line 8: a key that this mapping has already");
    refuse(HEAD PERIOD PURSE "---\na: b\n", "a second document");
    refuse("x: &a b\ny: *a\n", "anchor");
    refuse(HEAD PERIOD, "purses");
    refuse(CARD "programmes: []\n", "");
    refuse("card: {pin: perhaps, alternate: yes, valid-until: 2026-12-31, outlet: none}\nprogrammes:\n- number: 2\n"
           "  name: A\n" PERIOD PURSE,
        "card.pin");
    refuse("card: {pin: no, alternate: yes, valid-until: 2026-12-31, outlet: none}\nprogrammes:\n- number: 2\n"
           "  name: A\n" PERIOD PURSE,
        "card.alternate");
    refuse("card: {pin: yes, alternate: yes, valid-until: 2026-13-31, outlet: none}\nprogrammes:\n- number: 2\n"
           "  name: A\n" PERIOD PURSE,
        "card.valid-until");
    refuse("card: {pin: yes, alternate: yes, valid-until: 2026-12-31, outlet: 'a store'}\nprogrammes:\n- number: 2\n"
           "  name: A\n" PERIOD PURSE,
        "card.outlet");
    refuse(CARD "programmes:\n- number: 33\n  name: A\n" PERIOD PURSE, "programmes[1].number");
    refuse(CARD "programmes:\n- number: 0x10\n  name: A\n" PERIOD PURSE, "programmes[1].number");
    refuse(HEAD "  eligibility: {aided: often}\n" PERIOD PURSE, "eligibility.aided");
    refuse(HEAD "  eligibility: {size-min: 4, size-max: 3}\n" PERIOD PURSE, "eligibility.size-max");
    refuse(HEAD "  eligibility: {kelurahan: [64.72.05]}\n" PERIOD PURSE, "eligibility.kelurahan");
    refuse(HEAD "  eligibility: {kelurahan: [64.72.05.1002, 6472051002]}\n" PERIOD PURSE, "twice");
    refuse(HEAD "  period: {first: 2025-10-01, every: year, count: 3}\n  carry: none\n" PURSE, "period.every");
    refuse(HEAD "  period: {first: 2025-10-01, every: month, count: 61}\n  carry: none\n" PURSE, "period.count");
}

static void refuse_purse(const char *purse, const char *words) {
    char yaml[1024];

    snprintf(yaml, sizeof(yaml), HEAD PERIOD "  purses:\n%s", purse);
    refuse(yaml, words);
}

static void test_refused_purses(void **state) {
    (void)state;
    refuse_purse("  - {grant: 0, unit: gram, goods: 1, amount: 1, priority: 0}\n", "purses[1].grant");
    refuse_purse("  - {grant: 1, unit: kilogram, goods: 1, amount: 1, priority: 0}\n", "unit: must be one of");
    refuse_purse("  - {grant: 1, unit: gram, goods: any, amount: 1, priority: 0}\n", "goods: any is for rupiah");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: 10kg, priority: 0}\n", "amount");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: -1, priority: 0}\n", "amount");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: 0, priority: 0}\n", "amount");
    /* amount times windows must fit 24 bits */
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: 5592406, priority: 0}\n", "to 5592405");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, priority: 0}\n", "either amount, or by-size");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: 1, cap: 2, priority: 0}\n", "cap");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, by-size: [{up-to: 2, amount: 1}], priority: 0}\n", "cap");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, by-size: [{up-to: 2, amount: 1}, {up-to: 2, amount: 2}], cap: 3,"
                 " priority: 0}\n",
        "by-size.up-to");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: 1, priority: 0}\n"
                 "  - {grant: 1, unit: gram, goods: 2, amount: 1, priority: 1}\n",
        "purses[2].grant");
    refuse_purse("  - {grant: 1, unit: gram, goods: 1, amount: 1, priority: 5}\n"
                 "  - {grant: 2, unit: gram, goods: 2, amount: 1, priority: 5}\n",
        "purses[2].priority");
}

static const struct sbk_household family = {.household = "6472050101019001",
    .nik = "6472051708859001",
    .name = "A",
    .alternate = "B",
    .kelurahan = {0x64, 0x72, 0x05, 0x10, 0x02},
    .size = 4,
    .registered = true};

static void test_eligibility(void **state) {
    struct sbk_programme_file file;
    struct sbk_mandate mandate = {.number = 1};
    struct sbk_household household = family;

    (void)state;
    take(HEAD
        "  eligibility: {registered: yes, aided: never, size-min: 2, size-max: 5, kelurahan: [64.72.05.1002]}\n" PERIOD
            PURSE,
        &file);
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_ELIGIBLE);
    assert_int_equal(mandate.purse_count, 1);
    assert_int_equal(mandate.purses[0].programme, 2);
    assert_int_equal(mandate.flags, SBK_MANDATE_PIN | SBK_MANDATE_ALTERNATE);
    assert_int_equal(mandate.status, SBK_MANDATE_ACTIVE);
    household.alternate[0] = '\0';
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_ELIGIBLE);
    assert_int_equal(mandate.flags, SBK_MANDATE_PIN);

    household.kelurahan[4] = 0x03;
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_KELURAHAN);
    household.size = 6;
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_SIZE);
    (void)snprintf(household.aided, sizeof(household.aided), "PKH");
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_AIDED);
    household.registered = false;
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_REGISTER);
    household.status = SBK_HOUSEHOLD_DELISTED;
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_DELISTED);
    household.status = SBK_HOUSEHOLD_DEAD;
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_DEAD);
}

/* The gas cylinders of the field: two persons two, up to nine four. */
static void test_amount_by_size(void **state) {
    static const uint8_t sizes[] = {1, 2, 3, 6, 7, 30};
    static const uint32_t amounts[] = {2, 2, 3, 3, 4, 4};
    struct sbk_programme_file file;
    struct sbk_mandate mandate = {.number = 1};
    struct sbk_household household = family;

    (void)state;
    take(HEAD PERIOD "  purses:\n  - {grant: 9, unit: piece, goods: 7, by-size: [{up-to: 2, amount: 2}, {up-to: 6,"
                     " amount: 3}], cap: 4, priority: 0}\n",
        &file);
    for (size_t i = 0; i < sizeof(sizes); i++) {
        household.size = sizes[i];
        assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_ELIGIBLE);
        assert_int_equal(mandate.purses[0].amount, amounts[i]);
    }
}

static void test_outlets(void **state) {
    struct sbk_programme_file file;
    struct sbk_mandate mandate = {.number = 1};
    struct sbk_household household = family;

    (void)state;
    take("card: {pin: no, alternate: no, valid-until: 2026-12-31, outlet: roll}\nprogrammes:\n- number: 2\n  name: "
         "A\n" PERIOD PURSE,
        &file);
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_INELIGIBLE_OUTLET);
    (void)snprintf(household.outlet, sizeof(household.outlet), "E-17");
    assert_int_equal(sbk_programme_apply(&file, &household, &mandate), SBK_ELIGIBLE);
    assert_memory_equal(mandate.outlet, "E-17\0\0\0\0", 8);
    assert_int_equal(mandate.flags, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_file),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_purses),
        cmocka_unit_test(test_eligibility),
        cmocka_unit_test(test_amount_by_size),
        cmocka_unit_test(test_outlets),
    };
    return cmocka_run_group_tests_name("personalize/programme", tests, NULL, NULL);
}
