/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "reader/hotlist.h"

static json_t *object_of(const struct sbk_hotlist_view *view) {
    static const char *const states[] = {"none", "fresh", "old", "stale", "broken"};
    char day[SBK_DAY_ROOM];
    sbk_day_format(view->issued, day);
    if (view->state == SBK_HOTLIST_NONE)
        return json_null();
    if (view->state == SBK_HOTLIST_BROKEN)
        return json_pack("{s:s}", "state", states[view->state]);
    return json_pack("{s:s, s:I, s:s, s:i, s:i, s:i, s:I, s:i, s:i, s:b}", "state", states[view->state], "number",
        (json_int_t)view->number, "issued", day, "age", view->age, "warn_days", view->warn, "stop_days", view->stop,
        "cards", (json_int_t)view->cards, "stations", view->stations, "distrusted", view->issuers, "revoked",
        view->revoked);
}

static void say_age(struct cli_call *call, const struct sbk_hotlist_view *view) {
    if (view->state == SBK_HOTLIST_STALE)
        cli_say(call,
            _("Warning: the hotlist is %u days old, more than %u: the station serves nobody until it has a newer "
              "one\n"),
            view->age, view->stop);
    else if (view->state == SBK_HOTLIST_OLD)
        cli_say(call, _("Warning: the hotlist is %u days old, after %u the station stops: take in the city's newest\n"),
            view->age, view->stop);
}

void reader_show_hotlist(struct cli_call *call, const struct sbk_station *station) {
    struct sbk_hotlist_view view;
    char day[SBK_DAY_ROOM];
    sbk_station_hotlist(station, &view);
    sbk_day_format(view.issued, day);
    cli_field(call, "hotlist", object_of(&view));
    if (view.state == SBK_HOTLIST_NONE) {
        cli_say(call, "%s\n", _("No hotlist yet"));
        return;
    }
    if (view.state == SBK_HOTLIST_BROKEN) {
        cli_say(call, "%s\n", _("Warning: the hotlist does not hold; take in the city's newest whole hotlist"));
        return;
    }
    cli_say(call, _("Hotlist %u of %s: %u cards, %u stations, %u distrusted CAs and signers\n"), (unsigned)view.number,
        day, (unsigned)view.cards, (unsigned)view.stations, (unsigned)view.issuers);
    if (view.revoked)
        cli_say(call, "%s\n", _("Warning: this station is revoked and sells nothing more; bring it to the city"));
    say_age(call, &view);
}

void reader_warn_hotlist(struct cli_call *call, const struct sbk_station *station) {
    struct sbk_hotlist_view view;
    sbk_station_hotlist(station, &view);
    if (view.state == SBK_HOTLIST_OLD)
        cli_warn(call, _("the hotlist is %u days old; after %u the station stops: take in the city's newest"), view.age,
            view.stop);
}
