/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/certificate.h"

#define EXPONENT_MAX 6
#define MANTISSA_MAX 0xFFFu

uint32_t sbk_limit_decode(uint16_t limit) {
    if (limit == SBK_LIMIT_NONE) {
        return UINT32_MAX;
    }
    unsigned exponent = limit & 0x0Fu;
    uint32_t amount = limit >> 4;
    if (exponent > EXPONENT_MAX) {
        return 0; /* no certificate that was parsed has it; it must not open a door */
    }
    for (unsigned i = 0; i < exponent; i++) {
        amount *= 10; /* at most 4,095,000,000 */
    }
    return amount;
}

enum sbk_format sbk_limit_encode(uint32_t amount, uint16_t *limit) {
    if (amount == UINT32_MAX) {
        *limit = SBK_LIMIT_NONE;
        return SBK_FORMAT_OK;
    }
    unsigned exponent = 0;
    while (amount > MANTISSA_MAX && amount % 10 == 0 && exponent < EXPONENT_MAX) {
        amount /= 10;
        exponent++;
    }
    if (amount > MANTISSA_MAX) {
        return SBK_FORMAT_VALUE;
    }
    *limit = (uint16_t)((amount << 4) | exponent);
    return SBK_FORMAT_OK;
}
