/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"

static void say_purse(struct cli_call *call, const struct sbk_list *list, const struct sbk_purse_view *view) {
    char amount[SBK_AMOUNT_ROOM];
    char goods[SBK_GOODS_ROOM];
    char day[SBK_DAY_ROOM];
    sbk_amount_text(view->purse.unit, view->balance, amount);
    sbk_goods_text(list, &view->purse, goods);
    sbk_day_format(view->state == SBK_WINDOW_OPEN ? view->window_end : view->first_day, day);
    if (view->state == SBK_WINDOW_OPEN)
        cli_say(call, _("Programme %u, %s: %s left, until %s\n"), view->purse.programme, goods, amount, day);
    else if (view->state == SBK_WINDOW_NOT_OPEN)
        cli_say(call, _("Programme %u, %s: begins on %s\n"), view->purse.programme, goods, day);
    else
        cli_say(call, _("Programme %u, %s: over\n"), view->purse.programme, goods);
}

static void show(struct cli_call *call, const struct sbk_list *list, const struct sbk_session *session) {
    const struct sbk_card_view *view = sbk_session_card(session);
    struct sbk_purse_view purses[SBK_PURSES_MAX];
    size_t count = 0;
    json_t *array = json_array();
    sbk_session_purses(session, purses, &count);
    cli_field_hex(call, "alias", view->fci.alias, sizeof view->fci.alias);
    cli_field_text(call, "state", reader_state_word(view->status.state));
    cli_field_int(call, "mandate", view->mandate.number);
    cli_field_int(call, "counter", view->status.counter);
    cli_field_bool(call, "pin", (view->mandate.flags & SBK_MANDATE_PIN) != 0);
    cli_field_bool(call, "alternate", (view->mandate.flags & SBK_MANDATE_ALTERNATE) != 0);
    for (size_t i = 0; i < count; i++) {
        say_purse(call, list, &purses[i]);
        (void)json_array_append_new(array, reader_purse_json(&purses[i]));
    }
    cli_field(call, "purses", array);
    if (view->status.state != SBK_STATE_ACTIVE)
        cli_say(call, _("The card is not active (%s); the kelurahan office can tell why.\n"),
            reader_state_word(view->status.state));
}

static sbk_result balance(
    struct cli_call *call, struct sbk_station *station, struct sbk_pcsc *pcsc, struct sbk_error *error) {
    struct sbk_session *session = NULL;
    struct sbk_settled settled[SBK_SETTLED_MAX];
    struct sbk_delivered delivered[SBK_PARCEL_KINDS];
    size_t delivered_count = 0;
    size_t count = 0;
    sbk_result result = sbk_session_open(&session, station, sbk_pcsc_transport(pcsc), error);
    if (result == SBK_OK)
        result = sbk_session_settle(session, settled, &count, error);
    if (result == SBK_OK)
        result = sbk_session_deliver(session, delivered, &delivered_count, error);
    if (result == SBK_OK)
        result = sbk_session_remember(session, error);
    if (result == SBK_OK) {
        reader_say_settled(call, settled, count);
        if (count > 0)
            cli_field(call, "settled", reader_settled_json(settled, count));
        reader_say_delivered(call, delivered, delivered_count);
        if (delivered_count > 0)
            cli_field(call, "delivered", reader_delivered_json(delivered, delivered_count));
        const struct sbk_list *list = NULL; /* an office's station may have none */
        show(call, sbk_station_list(station, &list, NULL) == SBK_OK ? list : NULL, session);
    }
    cli_field_int(call, "apdus", sbk_pcsc_transport(pcsc)->apdus);
    sbk_session_close(&session);
    return result;
}

sbk_result cmd_balance(struct cli_call *call, struct sbk_error *error) {
    struct sbk_station *station = NULL;
    struct sbk_pcsc *pcsc = NULL;
    sbk_result result = reader_work(call, &station, error);
    if (result == SBK_OK)
        result = reader_unlock(call, station, error);
    if (result == SBK_OK)
        result = reader_card(call, &pcsc, error);
    if (result == SBK_OK)
        result = balance(call, station, pcsc, error);
    sbk_pcsc_close(&pcsc);
    sbk_station_close(&station);
    return result;
}
