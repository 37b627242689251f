/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "reader/pcsc_private.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLICE_MS 200 /* how long a wait goes without asking for cancellation */

/* Names of the readers as PC/SC lists them: strings in a row, an empty one at the end. *names is the caller's. */
static LONG list_names(struct sbk_pcsc *pcsc, char **names) {
    DWORD size = 0;
    LONG code = SCardListReaders(pcsc->context, NULL, NULL, &size);
    if (code != SCARD_S_SUCCESS)
        return code;
    *names = calloc(1, (size_t)size + 2);
    if (*names == NULL)
        return SCARD_E_NO_MEMORY;
    code = SCardListReaders(pcsc->context, NULL, *names, &size);
    if (code != SCARD_S_SUCCESS) {
        free(*names);
        *names = NULL;
    }
    return code;
}

static size_t split_names(const char *names, struct sbk_pcsc_reader *readers) {
    size_t count = 0;
    for (const char *at = names; *at != 0 && count < SBK_PCSC_READERS_MAX; at += strlen(at) + 1) {
        if (strlen(at) >= sizeof readers[count].name)
            continue;
        memcpy(readers[count].name, at, strlen(at) + 1);
        readers[count++].card = false;
    }
    return count;
}

static LONG look_for_cards(struct sbk_pcsc *pcsc, struct sbk_pcsc_reader *readers, size_t count) {
    SCARD_READERSTATE states[SBK_PCSC_READERS_MAX];
    memset(states, 0, sizeof states);
    for (size_t i = 0; i < count; i++) {
        states[i].szReader = readers[i].name;
        states[i].dwCurrentState = SCARD_STATE_UNAWARE;
    }
    LONG code = SCardGetStatusChange(pcsc->context, 0, states, (DWORD)count);
    for (size_t i = 0; i < count; i++)
        readers[i].card = (states[i].dwEventState & SCARD_STATE_PRESENT) != 0;
    return code;
}

sbk_result sbk_pcsc_readers(
    struct sbk_pcsc *pcsc, struct sbk_pcsc_reader *readers, size_t *count, struct sbk_error *error) {
    LONG code = SCARD_S_SUCCESS;
    size_t found = 0;
    for (int attempt = 0; attempt < 2; attempt++) {
        sbk_result result = sbk_pcsc_service(pcsc, error);
        if (result != SBK_OK)
            return result;
        char *names = NULL;
        code = list_names(pcsc, &names);
        if (code == SCARD_S_SUCCESS) {
            found = split_names(names, readers);
            code = found > 0 ? look_for_cards(pcsc, readers, found) : SCARD_S_SUCCESS;
            free(names);
        }
        if (!sbk_pcsc_service_gone(code))
            break;
        sbk_pcsc_forget(pcsc); /* restarted: a new context finds it */
    }
    if (code == SCARD_E_NO_READERS_AVAILABLE)
        found = 0;
    else if (code != SCARD_S_SUCCESS)
        return sbk_pcsc_fail(pcsc, error, code, _("looking for readers"));
    *count = found;
    return SBK_OK;
}

/* "\n  NAME (a card is in it)" for each reader, as far as there is room. */
static void list_text(const struct sbk_pcsc_reader *readers, size_t count, char *text, size_t room) {
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < count && used < room; i++) {
        int wrote =
            snprintf(text + used, room - used, "\n  %s%s", readers[i].name, readers[i].card ? _(" (card)") : "");
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static sbk_result choose_named(struct sbk_pcsc *pcsc, const char *name, const struct sbk_pcsc_reader *readers,
    size_t count, const char *list, struct sbk_error *error) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(readers[i].name, name) == 0) {
            memcpy(pcsc->reader, readers[i].name, sizeof pcsc->reader);
            return SBK_OK;
        }
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_READER,
        _("there is no reader named \"%s\"; the readers are:%s"), name, list);
}

sbk_result sbk_pcsc_choose(struct sbk_pcsc *pcsc, const char *name, struct sbk_error *error) {
    struct sbk_pcsc_reader readers[SBK_PCSC_READERS_MAX];
    size_t count = 0;
    sbk_result result = sbk_pcsc_readers(pcsc, readers, &count, error);
    if (result != SBK_OK)
        return result;
    if (count == 0)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_READER, _("there is no smart card reader; plug one in"));
    char list[400];
    list_text(readers, count, list, sizeof list);
    if (name != NULL)
        return choose_named(pcsc, name, readers, count, list, error);
    const struct sbk_pcsc_reader *only = NULL;
    size_t cards = 0;
    for (size_t i = 0; i < count; i++)
        if (readers[i].card) {
            only = &readers[i];
            cards++;
        }
    if (cards == 0)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CARD, _("no reader holds a card; tap one on:%s"), list);
    if (cards > 1)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_SEVERAL_READERS,
            _("several readers hold a card; choose one with --reader NAME:%s"), list);
    memcpy(pcsc->reader, only->name, sizeof pcsc->reader);
    return SBK_OK;
}

sbk_result sbk_pcsc_state(struct sbk_pcsc *pcsc, DWORD *state, struct sbk_error *error) {
    sbk_result result = sbk_pcsc_service(pcsc, error);
    if (result != SBK_OK)
        return result;
    SCARD_READERSTATE reader;
    memset(&reader, 0, sizeof reader);
    reader.szReader = pcsc->reader;
    LONG code = SCardGetStatusChange(pcsc->context, 0, &reader, 1);
    if (code != SCARD_S_SUCCESS)
        return sbk_pcsc_fail(pcsc, error, code, _("looking at the reader"));
    *state = reader.dwEventState;
    return SBK_OK;
}

sbk_result sbk_pcsc_check(struct sbk_pcsc *pcsc, struct sbk_error *error) {
    DWORD state = 0;
    sbk_result result = sbk_pcsc_state(pcsc, &state, error);
    if (result == SBK_OK && (state & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0)
        result = sbk_pcsc_fail(pcsc, error, SCARD_E_READER_UNAVAILABLE, _("looking at the reader"));
    return result;
}

static int64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

typedef bool (*reached)(const struct sbk_pcsc *pcsc, DWORD state);

static bool card_is_there(const struct sbk_pcsc *pcsc, DWORD state) {
    (void)pcsc;
    return (state & SCARD_STATE_PRESENT) != 0 && (state & SCARD_STATE_MUTE) == 0;
}

/* Between two looks a card may be swapped for another: only the event counter tells. */
static bool card_has_left(const struct sbk_pcsc *pcsc, DWORD state) {
    return (state & SCARD_STATE_PRESENT) == 0 || (pcsc->connected_once && (state >> 16) != pcsc->events);
}

/* Waits a slice for anything to change from state; a service that goes away is found by the next look. */
static void wait_slice(struct sbk_pcsc *pcsc, DWORD state) {
    SCARD_READERSTATE reader;
    memset(&reader, 0, sizeof reader);
    reader.szReader = pcsc->reader;
    reader.dwCurrentState = state;
    LONG code = SCardGetStatusChange(pcsc->context, SLICE_MS, &reader, 1);
    if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) {
        struct timespec pause = {.tv_nsec = SLICE_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
}

static sbk_result wait_until(struct sbk_pcsc *pcsc, reached done, unsigned timeout_ms, const struct sbk_cancel *cancel,
    const char *what, struct sbk_error *error) {
    int64_t end = now_ms() + timeout_ms;
    for (;;) {
        DWORD state = 0;
        if (cancel != NULL && cancel->asked != NULL && cancel->asked(cancel->context))
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_INTERRUPTED, _("interrupted"));
        sbk_result result = sbk_pcsc_state(pcsc, &state, error);
        if (result != SBK_OK)
            return result;
        if (done(pcsc, state))
            return SBK_OK;
        if (timeout_ms != 0 && now_ms() >= end)
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CARD, _("%s: %s"), pcsc->reader, what);
        wait_slice(pcsc, state);
    }
}

sbk_result sbk_pcsc_wait_card(
    struct sbk_pcsc *pcsc, unsigned timeout_ms, const struct sbk_cancel *cancel, struct sbk_error *error) {
    return wait_until(pcsc, card_is_there, timeout_ms, cancel, _("no card came; tap one"), error);
}

sbk_result sbk_pcsc_wait_removal(
    struct sbk_pcsc *pcsc, unsigned timeout_ms, const struct sbk_cancel *cancel, struct sbk_error *error) {
    sbk_pcsc_disconnect(pcsc);
    return wait_until(pcsc, card_has_left, timeout_ms, cancel, _("the card is still there; take it out"), error);
}
