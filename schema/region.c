/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/numbers.h"

#include <string.h>

/*
 * Kecamatan and kelurahan of Samarinda. Made from data/regions-samarinda.csv, which tests/schema compares it with.
 * Names change and repeat (Sambutan is both): match on the code only.
 */
static const struct sbk_region regions[] = {
    {"647201", "Palaran"},
    {"6472011001", "Rawa Makmur"},
    {"6472011002", "Handil Bakti"},
    {"6472011003", "Bukuan"},
    {"6472011004", "Simpang Pasir"},
    {"6472011005", "Bantuas"},
    {"647202", "Samarinda Seberang"},
    {"6472021001", "Sungai Keledang"},
    {"6472021002", "Baqa"},
    {"6472021003", "Mesjid"},
    {"6472021009", "Mangkupalas"},
    {"6472021010", "Tenun Samarinda"},
    {"6472021011", "Gunung Panjang"},
    {"647203", "Samarinda Ulu"},
    {"6472031001", "Teluk Lerong Ilir"},
    {"6472031002", "Jawa"},
    {"6472031004", "Air Putih"},
    {"6472031005", "Sidodadi"},
    {"6472031006", "Air Hitam"},
    {"6472031007", "Dadi Mulya"},
    {"6472031008", "Gunung Kelua"},
    {"6472031009", "Bukit Pinang"},
    {"647204", "Samarinda Ilir"},
    {"6472041001", "Selili"},
    {"6472041002", "Sungai Dama"},
    {"6472041003", "Sidomulyo"},
    {"6472041013", "Sidodamai"},
    {"6472041014", "Pelita"},
    {"647205", "Samarinda Utara"},
    {"6472051002", "Sempaja Selatan"},
    {"6472051003", "Lempake"},
    {"6472051004", "Sungai Siring Pelita"},
    {"6472051010", "Sempaja Utara"},
    {"6472051011", "Tanah Merah"},
    {"6472051012", "Sempaja Barat"},
    {"6472051013", "Sempaja Timur"},
    {"6472051014", "Budaya Pampang"},
    {"647206", "Sungai Kunjang"},
    {"6472061001", "Loa Bakung"},
    {"6472061002", "Loa Buah"},
    {"6472061003", "Karang Asam Ulu"},
    {"6472061004", "Lok Bahu"},
    {"6472061005", "Teluk Lerong Ulu"},
    {"6472061006", "Karang Asam Ilir"},
    {"6472061007", "Karang Anyar"},
    {"647207", "Sambutan"},
    {"6472071001", "Sungai Kapih"},
    {"6472071002", "Sambutan"},
    {"6472071003", "Makroman"},
    {"6472071004", "Sindang Sari"},
    {"6472071005", "Pulau Atas"},
    {"647208", "Sungai Pinang"},
    {"6472081001", "Temindung Permai"},
    {"6472081002", "Sungai Pinang Dalam"},
    {"6472081003", "Gunung Lingai"},
    {"6472081004", "Mugirejo"},
    {"6472081005", "Bandara"},
    {"647209", "Samarinda Kota"},
    {"6472091001", "Karang Mumus"},
    {"6472091002", "Pelabuhan"},
    {"6472091003", "Pasar Pagi"},
    {"6472091004", "Bugis"},
    {"6472091005", "Sungai Pinang Luar"},
    {"647210", "Loa Janan Ilir"},
    {"6472101001", "Simpang Tiga"},
    {"6472101002", "Tani Aman"},
    {"6472101003", "Sengkotek"},
    {"6472101004", "Harapan Baru"},
    {"6472101005", "Rapak Dalam"},
};

#define REGIONS (sizeof regions / sizeof regions[0])
#define KECAMATAN_DIGITS 6
#define KELURAHAN_DIGITS 10

size_t sbk_region_count(void) {
    return REGIONS;
}

const struct sbk_region *sbk_region_at(size_t index) {
    return index < REGIONS ? &regions[index] : NULL;
}

/* A dot stands after two, four and six digits, unless the code ends there. */
static bool dot_belongs(size_t digits) {
    return digits == 2 || digits == 4 || digits == 6;
}

/* Takes the dots out; false if the code has other characters, misplaced dots or only some of them. */
static bool normalize(const char *code, char plain[KELURAHAN_DIGITS + 1]) {
    size_t digits = 0;
    size_t dots = 0;
    for (size_t i = 0; code[i] != '\0'; i++) {
        if (code[i] == '.' && dot_belongs(digits) && code[i - 1] != '.') {
            dots++;
        } else if (code[i] >= '0' && code[i] <= '9' && digits < KELURAHAN_DIGITS) {
            plain[digits++] = code[i];
        } else {
            return false;
        }
    }
    plain[digits] = '\0';
    size_t all_dots = digits == KELURAHAN_DIGITS ? 3 : 2;
    return (digits == KECAMATAN_DIGITS || digits == KELURAHAN_DIGITS) && (dots == 0 || dots == all_dots) &&
           (dots == 0 || code[digits + dots - 1] != '.');
}

const struct sbk_region *sbk_region_find(const char *code) {
    char plain[KELURAHAN_DIGITS + 1] = {0};
    if (!normalize(code, plain)) {
        return NULL;
    }
    for (size_t i = 0; i < REGIONS; i++) {
        size_t size = regions[i].code[KECAMATAN_DIGITS] == '\0' ? KECAMATAN_DIGITS : KELURAHAN_DIGITS;
        if (memcmp(regions[i].code, plain, size + 1) == 0) {
            return &regions[i];
        }
    }
    return NULL;
}

enum sbk_format sbk_kelurahan_write(const char *code, uint8_t bcd[SBK_KELURAHAN_SIZE]) {
    const struct sbk_region *region = sbk_region_find(code);
    if (region == NULL || region->code[KECAMATAN_DIGITS] == '\0') {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = 0; i < SBK_KELURAHAN_SIZE; i++) {
        bcd[i] = (uint8_t)(((region->code[2 * i] - '0') << 4) | (region->code[2 * i + 1] - '0'));
    }
    return SBK_FORMAT_OK;
}

void sbk_kelurahan_text(const uint8_t bcd[SBK_KELURAHAN_SIZE], char text[SBK_KELURAHAN_TEXT]) {
    size_t at = 0;
    for (size_t i = 0; i < 2 * SBK_KELURAHAN_SIZE; i++) {
        unsigned digit = i % 2 == 0 ? bcd[i / 2] >> 4 : bcd[i / 2] & 0x0Fu;
        if (dot_belongs(i)) {
            text[at++] = '.';
        }
        text[at++] = digit <= 9 ? (char)('0' + digit) : '?';
    }
    text[at] = '\0';
}
