/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/session_private.h"

#include <string.h>

static struct sbk_purse_view view_of(const struct sbk_session *session, const struct sbk_purse *purse) {
    const struct sbk_status *status = &session->view.status;
    uint16_t today = sbk_station_today(session->station);
    uint16_t date = today > status->floor ? today : status->floor;
    struct sbk_spent spent = status->spent[purse->slot];
    struct sbk_purse_view view = {.purse = *purse, .first_day = purse->first};
    uint8_t window = 0;
    uint16_t first = 0;
    if (spent.grant != purse->grant)
        spent = (struct sbk_spent){.grant = purse->grant};
    view.state = sbk_purse_balance(purse, &spent, status->floor, date, &window, &view.balance);
    if (view.state == SBK_WINDOW_OPEN) {
        uint8_t last = (uint8_t)(sbk_window_count(purse) - 1);
        sbk_window_days(purse, purse->carry == SBK_CARRY_GRANT ? last : window, &first, &view.window_end);
    }
    return view;
}

void sbk_session_purses(const struct sbk_session *session, struct sbk_purse_view *purses, size_t *count) {
    const struct sbk_mandate *mandate = &session->view.mandate;
    *count = 0;
    for (size_t i = 0; i < mandate->purse_count; i++) {
        struct sbk_purse_view view = view_of(session, &mandate->purses[i]);
        size_t at = *count;
        while (at > 0 && purses[at - 1].purse.priority > view.purse.priority)
            at--;
        memmove(&purses[at + 1], &purses[at], (*count - at) * sizeof *purses);
        purses[at] = view;
        (*count)++;
    }
}
