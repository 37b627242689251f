/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people type and rolls hold: card numbers, NIKs, regions, limits. The first byte chooses; the rest is the text.
 * Whatever is accepted is written back and read again to the same; whatever is not has a text that says why.
 */
#include <string.h>

#include "schema/certificate.h"
#include "schema/numbers.h"
#include "tests/schema/roundtrip.h"

#define TEXT_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void card_number(const char *text) {
    uint8_t bcd[6];
    uint8_t again[6];
    char written[SBK_CARD_NUMBER_TEXT];
    enum sbk_format format = sbk_card_number_parse(text, bcd);
    INSIST(strlen(sbk_format_text(format)) > 0);
    if (format == SBK_FORMAT_OK) {
        INSIST(sbk_card_number_check(bcd) == SBK_FORMAT_OK);
        sbk_card_number_text(bcd, written);
        INSIST(strlen(written) == SBK_CARD_NUMBER_TEXT - 1);
        INSIST(sbk_card_number_parse(written, again) == SBK_FORMAT_OK && memcmp(again, bcd, sizeof again) == 0);
    }
}

static void nik(const char *text) {
    const struct sbk_civil birth = {.year = 1980, .month = 2, .day = 29};
    struct sbk_nik parsed;
    enum sbk_nik_error error = sbk_nik_parse(text, &parsed);
    INSIST(strlen(sbk_nik_error_text(error)) > 0 || error == SBK_NIK_OK);
    if (error == SBK_NIK_OK) {
        INSIST(parsed.day >= 1 && parsed.day <= 31 && parsed.month >= 1 && parsed.month <= 12 && parsed.serial != 0);
        INSIST(strlen(parsed.region) == 6 && strlen(text) == 16);
        INSIST((sbk_nik_warnings(&parsed, NULL, 0) & (SBK_NIK_WARN_BIRTHDAY | SBK_NIK_WARN_SEX)) == 0);
        INSIST((sbk_nik_warnings(&parsed, &birth, 'L') & SBK_NIK_WARN_SEX) == (parsed.female ? SBK_NIK_WARN_SEX : 0u));
    }
}

static void region(const char *text) {
    const struct sbk_region *found = sbk_region_find(text);
    uint8_t bcd[SBK_KELURAHAN_SIZE];
    char written[SBK_KELURAHAN_TEXT];
    bool kelurahan = sbk_kelurahan_write(text, bcd) == SBK_FORMAT_OK;
    bool listed = false;
    for (size_t i = 0; i < sbk_region_count(); i++) {
        listed = listed || sbk_region_at(i) == found;
    }
    INSIST(listed == (found != NULL) && sbk_region_at(sbk_region_count()) == NULL);
    INSIST(!kelurahan || found != NULL);
    if (kelurahan) {
        sbk_kelurahan_text(bcd, written);
        INSIST(sbk_region_find(written) == found);
    }
}

/* Four bytes of an amount, then two of a coded limit. */
static void limit(const uint8_t *data, size_t size) {
    uint16_t coded = 0;
    if (size < 6) {
        return;
    }
    uint32_t amount = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    if (sbk_limit_encode(amount, &coded) == SBK_FORMAT_OK) {
        INSIST(sbk_limit_decode(coded) == amount);
    }
    coded = (uint16_t)(data[4] << 8 | data[5]);
    amount = sbk_limit_decode(coded);
    INSIST((coded & 15) <= 6 || coded == SBK_LIMIT_NONE || amount == 0);
    INSIST(sbk_limit_encode(amount, &coded) == SBK_FORMAT_OK && sbk_limit_decode(coded) == amount);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const texts[])(const char *) = {card_number, nik, region};
    char text[TEXT_MAX + 1] = {0};
    if (size == 0 || size > TEXT_MAX) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    if (data[0] % 4 == 3) {
        limit(data + 1, size - 1);
    } else {
        texts[data[0] % 4](text);
    }
    return 0;
}
