/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/numbers.h"

static void test_luhn_vectors(void **state) {
    (void)state;
    static const struct {
        uint64_t serial;
        const char *text;
    } vectors[] = {
        {0, "0000 0000 0000"},
        {7992739871, "0799 2739 8713"}, /* the standard's usual example, with a zero before it */
        {4992739871, "0499 2739 8716"},
        {1, "0000 0000 0018"},
        {99999999999, "9999 9999 9991"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t bcd[6];
        uint8_t parsed[6];
        char text[SBK_CARD_NUMBER_TEXT];
        assert_int_equal(sbk_card_number_make(vectors[i].serial, bcd), SBK_FORMAT_OK);
        assert_int_equal(sbk_card_number_check(bcd), SBK_FORMAT_OK);
        sbk_card_number_text(bcd, text);
        assert_string_equal(text, vectors[i].text);
        assert_int_equal(sbk_card_number_parse(text, parsed), SBK_FORMAT_OK);
        assert_memory_equal(parsed, bcd, sizeof bcd);
    }
    uint8_t bcd[6];
    assert_int_equal(sbk_card_number_make(100000000000, bcd), SBK_FORMAT_VALUE);
    assert_int_equal(sbk_card_number_make(UINT64_MAX, bcd), SBK_FORMAT_VALUE);
}

/* Every slip of one digit is found, and every swap of neighbours but 09 with 90. */
static void test_luhn_finds_slips(void **state) {
    (void)state;
    for (uint64_t serial = 64720000000; serial < 64720002000; serial += 7) {
        uint8_t bcd[6];
        char text[SBK_CARD_NUMBER_TEXT];
        assert_int_equal(sbk_card_number_make(serial, bcd), SBK_FORMAT_OK);
        sbk_card_number_text(bcd, text);
        for (size_t i = 0; i < strlen(text); i++) {
            char kept = text[i];
            for (char digit = '0'; digit <= '9' && kept != ' '; digit++) {
                text[i] = digit;
                enum sbk_format due = digit == kept ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
                assert_int_equal(sbk_card_number_parse(text, bcd), due);
            }
            text[i] = kept;
            char next = text[i + 1];
            if (kept == next || next == '\0' || kept == ' ' || next == ' ' || kept + next == '0' + '9') {
                continue;
            }
            text[i] = next;
            text[i + 1] = kept;
            assert_int_equal(sbk_card_number_parse(text, bcd), SBK_FORMAT_VALUE);
            text[i] = kept;
            text[i + 1] = next;
        }
    }
}

static void test_card_number_texts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum sbk_format due;
    } texts[] = {
        {"079927398713", SBK_FORMAT_OK},
        {"0799-2739-8713", SBK_FORMAT_OK},
        {"0799 27398713", SBK_FORMAT_OK},
        {"07992739 8713", SBK_FORMAT_OK},
        {"", SBK_FORMAT_LENGTH},
        {"07992739871", SBK_FORMAT_LENGTH},
        {"0799273987130", SBK_FORMAT_LENGTH},
        {" 079927398713", SBK_FORMAT_VALUE},
        {"079927398713 ", SBK_FORMAT_VALUE},
        {"0799  2739 8713", SBK_FORMAT_VALUE},
        {"0799- 27398713", SBK_FORMAT_VALUE},
        {"079 92739 8713", SBK_FORMAT_VALUE},
        {"0799.2739.8713", SBK_FORMAT_VALUE},
        {"0799 2739 871a", SBK_FORMAT_VALUE},
        {"0799 ", SBK_FORMAT_VALUE},
        {"-079927398713", SBK_FORMAT_VALUE},
    };
    uint8_t bcd[6] = {1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum sbk_format format = sbk_card_number_parse(texts[i].text, bcd);
        if (format != texts[i].due) {
            fail_msg("\"%s\": %s", texts[i].text, sbk_format_text(format));
        }
    }
    assert_int_equal(sbk_card_number_check((const uint8_t *)"\x0A\x99\x27\x39\x87\x13"), SBK_FORMAT_VALUE);
    assert_int_equal(sbk_card_number_check((const uint8_t *)"\x07\x99\x27\x39\x87\x1D"), SBK_FORMAT_VALUE);
}

/* Serial numbers 9990 and up, so that nobody's is among them. */
static void test_nik_errors(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum sbk_nik_error due;
    } texts[] = {
        {"6472010101909990", SBK_NIK_OK},
        {"6472013112999990", SBK_NIK_OK},
        {"6472014101009990", SBK_NIK_OK},
        {"6472017112999990", SBK_NIK_OK},
        {"6472012902009990", SBK_NIK_OK},
        {"6472012902019990", SBK_NIK_OK}, /* no leap year, but a day: a clerk's slip that is never corrected */
        {"6472016902049999", SBK_NIK_OK},
        {"9999990101909990", SBK_NIK_OK},
        {"6472010101900001", SBK_NIK_OK},
        {"", SBK_NIK_LENGTH},
        {"647201010190999", SBK_NIK_LENGTH},
        {"64720101019099901", SBK_NIK_LENGTH},
        {"64720101019099a", SBK_NIK_LENGTH},
        {"64720101019099 0", SBK_NIK_DIGIT},
        {"64720101019O9990", SBK_NIK_DIGIT},
        {"-472010101909990", SBK_NIK_DIGIT},
        {"6472010001909990", SBK_NIK_DATE},
        {"6472013201909990", SBK_NIK_DATE},
        {"6472014001909990", SBK_NIK_DATE},
        {"6472017201909990", SBK_NIK_DATE},
        {"6472019901909990", SBK_NIK_DATE},
        {"6472010100909990", SBK_NIK_DATE},
        {"6472010113909990", SBK_NIK_DATE},
        {"6472013104909990", SBK_NIK_DATE},
        {"6472013002909990", SBK_NIK_DATE},
        {"6472017002909990", SBK_NIK_DATE},
        {"6472010101900000", SBK_NIK_SERIAL},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sbk_nik nik;
        enum sbk_nik_error error = sbk_nik_parse(texts[i].text, &nik);
        if (error != texts[i].due) {
            fail_msg("%s: %s", texts[i].text, sbk_nik_error_text(error));
        }
    }
    for (int i = SBK_NIK_OK; i <= SBK_NIK_SERIAL; i++) {
        for (int j = SBK_NIK_OK; j < i; j++) {
            assert_string_not_equal(
                sbk_nik_error_text((enum sbk_nik_error)i), sbk_nik_error_text((enum sbk_nik_error)j));
        }
    }
}

static void test_nik_fields_and_warnings(void **state) {
    (void)state;
    struct sbk_nik nik;
    assert_int_equal(sbk_nik_parse("6472055708859993", &nik), SBK_NIK_OK);
    assert_int_equal(nik.day, 17);
    assert_int_equal(nik.month, 8);
    assert_int_equal(nik.year, 85);
    assert_true(nik.female);
    assert_int_equal(nik.serial, 9993);
    assert_string_equal(nik.region, "647205");
    struct sbk_civil birth = {1985, 8, 17};
    assert_int_equal(sbk_nik_warnings(&nik, NULL, 0), 0);
    assert_int_equal(sbk_nik_warnings(&nik, &birth, 'P'), 0);
    assert_int_equal(sbk_nik_warnings(&nik, &birth, 'L'), SBK_NIK_WARN_SEX);
    birth.year = 2085; /* the century is not in the NIK */
    assert_int_equal(sbk_nik_warnings(&nik, &birth, 'P'), 0);
    birth.year = 1986;
    assert_int_equal(sbk_nik_warnings(&nik, &birth, 'L'), SBK_NIK_WARN_BIRTHDAY | SBK_NIK_WARN_SEX);
    birth = (struct sbk_civil){1985, 8, 18};
    assert_int_equal(sbk_nik_warnings(&nik, &birth, 'P'), SBK_NIK_WARN_BIRTHDAY);
    birth = (struct sbk_civil){1985, 9, 17};
    assert_int_equal(sbk_nik_warnings(&nik, &birth, 'P'), SBK_NIK_WARN_BIRTHDAY);
    /* another city, and a district that today's table does not have: families move, tables change */
    assert_int_equal(sbk_nik_parse("3174051708859993", &nik), SBK_NIK_OK);
    assert_false(nik.female);
    assert_int_equal(sbk_nik_warnings(&nik, NULL, 'P'), SBK_NIK_WARN_REGION | SBK_NIK_WARN_SEX);
    assert_int_equal(sbk_nik_parse("6472111708859993", &nik), SBK_NIK_OK);
    assert_int_equal(sbk_nik_warnings(&nik, NULL, 'L'), SBK_NIK_WARN_REGION);
}

/* The table in the program says what data/regions-samarinda.csv says, no more and no less. */
static void test_regions_are_the_csv(void **state) {
    (void)state;
    char path[4096];
    const char *source = getenv("SBK_SOURCE");
    assert_non_null(source);
    assert_true(snprintf(path, sizeof path, "%s/data/regions-samarinda.csv", source) < (int)sizeof path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[200];
    size_t rows = 0;
    size_t city = 0;
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "code,name\n");
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        char *comma = strchr(line, ',');
        assert_non_null(comma);
        *comma = '\0';
        if (strcmp(line, "64.72") == 0) { /* the city itself is no region of a card */
            city++;
            assert_null(sbk_region_find(line));
            continue;
        }
        const struct sbk_region *region = sbk_region_find(line);
        assert_non_null(region);
        assert_string_equal(region->name, comma + 1);
        rows++;
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(city, 1);
    assert_int_equal(rows, 69);
    assert_int_equal(sbk_region_count(), rows);
}

static void test_region_codes(void **state) {
    (void)state;
    for (size_t i = 0; i < sbk_region_count(); i++) {
        const struct sbk_region *region = sbk_region_at(i);
        assert_ptr_equal(sbk_region_find(region->code), region);
        assert_true(i == 0 || strcmp(sbk_region_at(i - 1)->code, region->code) < 0);
        uint8_t bcd[SBK_KELURAHAN_SIZE];
        if (strlen(region->code) == 6) {
            assert_int_equal(sbk_kelurahan_write(region->code, bcd), SBK_FORMAT_VALUE);
            continue;
        }
        char text[14];
        assert_int_equal(strlen(region->code), 10);
        assert_int_equal(sbk_kelurahan_write(region->code, bcd), SBK_FORMAT_OK);
        sbk_kelurahan_text(bcd, text);
        assert_ptr_equal(sbk_region_find(text), region);
    }
    assert_null(sbk_region_at(sbk_region_count()));
    static const char *const wrong[] = {"", ".", "64", "6472", "64.72", "6472011", "64720110019", "6472019999",
        "64.72.01.1001.", ".64.72.01.1001", "64..72.01.1001", "64.72.011001", "6472.01.1001", "64.72.01.", "64.7201",
        "64.72.01.100", "64 72 01 1001", "64720110O1", "647299", "6472011001x", "64.72.0.11001"};
    uint8_t bcd[SBK_KELURAHAN_SIZE];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (sbk_region_find(wrong[i]) != NULL) {
            fail_msg("\"%s\" was found", wrong[i]);
        }
        assert_int_equal(sbk_kelurahan_write(wrong[i], bcd), SBK_FORMAT_VALUE);
    }
    assert_string_equal(sbk_region_find("64.72.07")->name, "Sambutan");
    assert_string_equal(sbk_region_find("64.72.07.1002")->name, "Sambutan");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_luhn_vectors),
        cmocka_unit_test(test_luhn_finds_slips),
        cmocka_unit_test(test_card_number_texts),
        cmocka_unit_test(test_nik_errors),
        cmocka_unit_test(test_nik_fields_and_warnings),
        cmocka_unit_test(test_regions_are_the_csv),
        cmocka_unit_test(test_region_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
