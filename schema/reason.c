/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/reason.h"

#include <stddef.h>

#include "schema/apdu.h"

struct reason {
    uint16_t status_word;
    const char *word;
};

static const struct reason reasons[] = {
    {SBK_SW_COUNTER, SBK_REASON_COUNTER},
    {SBK_SW_CONFLICT, SBK_REASON_CONFLICT},
    {SBK_SW_TOO_OLD, SBK_REASON_TOO_OLD},
    {SBK_SW_PREVIOUS, SBK_REASON_PREVIOUS},
    {SBK_SW_WINDOW_NOT_OPEN, SBK_REASON_WINDOW_NOT_OPEN},
    {SBK_SW_WINDOW_CLOSED, SBK_REASON_WINDOW_CLOSED},
    {SBK_SW_BALANCE, SBK_REASON_BALANCE},
    {SBK_SW_PROGRAMME, SBK_REASON_PROGRAMME},
    {SBK_SW_OUTLET, SBK_REASON_OUTLET},
    {SBK_SW_LIMIT, SBK_REASON_LIMIT},
    {SBK_SW_TIME, SBK_REASON_TIME},
    {SBK_SW_EXPIRED, SBK_REASON_EXPIRED},
    {SBK_SW_WHO, SBK_REASON_WHO},
    {SBK_SW_PURSE, SBK_REASON_PURSE},
    {SBK_SW_ROLE, SBK_REASON_ROLE},
    {SBK_SW_KELURAHAN, SBK_REASON_KELURAHAN},
    {SBK_SW_OLD_NUMBER, SBK_REASON_OLD_NUMBER},
    {SBK_SW_WRONG_CARD, SBK_REASON_WRONG_CARD},
    {SBK_SW_SIGNATURE, SBK_REASON_SIGNATURE},
    {SBK_SW_NOT_OWN, SBK_REASON_NOT_OWN},
    {SBK_SW_VOIDED, SBK_REASON_VOIDED},
    {SBK_SW_NOTHING_PENDING, SBK_REASON_NOTHING_PENDING},
    {SBK_SW_NOT_ACTIVE, SBK_REASON_NOT_ACTIVE},
    {SBK_SW_STOPPED, SBK_REASON_STOPPED},
    {SBK_SW_ENDED, SBK_REASON_ENDED},
    {SBK_SW_CARD_EXPIRED, SBK_REASON_CARD_EXPIRED},
    {SBK_SW_BLOCKED, SBK_REASON_PIN_BLOCKED},
    {SBK_SW_CERTIFICATE, SBK_REASON_CERTIFICATE},
};

const char *sbk_reason_of(uint16_t status_word) {
    if (status_word == SBK_SW_OK) {
        return NULL;
    }
    if ((status_word & 0xFFF0) == SBK_SW_PIN_WRONG) {
        return SBK_REASON_PIN_WRONG;
    }
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status_word == status_word) {
            return reasons[i].word;
        }
    }
    return SBK_REASON_CARD_STATUS;
}
