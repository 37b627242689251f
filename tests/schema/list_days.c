/* SPDX-License-Identifier: Apache-2.0 */
/* Prints every day of the calendar as "days YYYY-MM-DD bcd", for test_calendar.py. */
#include <inttypes.h>
#include <stdio.h>

#include "schema/date.h"

int main(void) {
    for (uint32_t days = 0; days <= UINT16_MAX; days++) {
        struct sbk_civil civil = sbk_date_to_civil((uint16_t)days);
        uint8_t bcd[4];
        uint16_t from_civil = 0;
        uint16_t from_bcd = 0;
        sbk_date_to_bcd((uint16_t)days, bcd);
        if (sbk_date_from_civil(civil, &from_civil) != SBK_FORMAT_OK ||
            sbk_date_from_bcd(bcd, &from_bcd) != SBK_FORMAT_OK || from_civil != days || from_bcd != days) {
            fprintf(stderr, "day %" PRIu32 " does not come back\n", days);
            return 1;
        }
        printf("%" PRIu32 " %04u-%02u-%02u %02X%02X%02X%02X\n", days, civil.year, civil.month, civil.day, bcd[0],
            bcd[1], bcd[2], bcd[3]);
    }
    return 0;
}
