/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/pcsc_call.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLICE_MS 50        /* how long the caller waits without asking for cancellation */
#define LETTING_GO_MS 2000 /* to disconnect: it costs only a reader that hangs anyway */

/* One call, shared by its thread and its caller; whoever comes last frees it. */
struct call {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
    bool given_up;
    enum sbk_pcsc_kind kind;
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    LONG code;
    char reader[SBK_PCSC_NAME_MAX];
    size_t size;
    size_t room;
    DWORD length;
    uint8_t bytes[]; /* the command, then the response */
};

static void free_call(struct call *call) {
    (void)pthread_cond_destroy(&call->ended);
    (void)pthread_mutex_destroy(&call->lock);
    free(call);
}

static LONG transmit(struct call *call) {
    const SCARD_IO_REQUEST *kind = call->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    call->length = (DWORD)call->room;
    return SCardTransmit(
        call->card, kind, call->bytes, (DWORD)call->size, NULL, call->bytes + call->size, &call->length);
}

static LONG perform(struct call *call) {
    const DWORD protocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;
    switch (call->kind) {
    case SBK_PCSC_CONNECT:
        return SCardConnect(call->context, call->reader, SCARD_SHARE_SHARED, protocols, &call->card, &call->protocol);
    case SBK_PCSC_RECONNECT:
        return SCardReconnect(call->card, SCARD_SHARE_SHARED, protocols, SCARD_LEAVE_CARD, &call->protocol);
    case SBK_PCSC_BEGIN:
        return SCardBeginTransaction(call->card);
    case SBK_PCSC_TRANSMIT:
        return transmit(call);
    case SBK_PCSC_DISCONNECT:
        return SCardDisconnect(call->card, SCARD_LEAVE_CARD);
    }
    return SCARD_F_INTERNAL_ERROR;
}

/* What a call that was given up leaves behind; ends a transaction that it began. */
static void let_go(const struct call *call) {
    if (call->kind != SBK_PCSC_DISCONNECT && (call->kind != SBK_PCSC_CONNECT || call->code == SCARD_S_SUCCESS))
        (void)SCardDisconnect(call->card, SCARD_LEAVE_CARD);
    (void)SCardReleaseContext(call->context);
}

static void *run(void *argument) {
    struct call *call = argument;
    const LONG code = perform(call);
    (void)pthread_mutex_lock(&call->lock);
    call->code = code;
    call->done = true;
    const bool given_up = call->given_up;
    (void)pthread_cond_signal(&call->ended);
    (void)pthread_mutex_unlock(&call->lock);
    if (given_up) {
        let_go(call);
        free_call(call);
    }
    return NULL;
}

static struct call *make(const struct sbk_pcsc *pcsc, enum sbk_pcsc_kind kind, const struct sbk_pcsc_bytes *bytes) {
    const size_t size = bytes != NULL ? bytes->size : 0;
    const size_t room = bytes != NULL ? bytes->room : 0;
    struct call *call = calloc(1, sizeof *call + size + room);
    pthread_condattr_t attributes;
    if (call == NULL)
        return NULL;
    (void)pthread_mutex_init(&call->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&call->ended, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    call->kind = kind;
    call->context = pcsc->context;
    call->card = pcsc->card;
    call->protocol = pcsc->protocol;
    memcpy(call->reader, pcsc->reader, sizeof call->reader);
    call->size = size;
    call->room = room;
    if (size > 0)
        memcpy(call->bytes, bytes->command, size);
    return call;
}

/* Signals are for the caller's threads: they end its waits and set its flags. */
static bool start(struct call *call, pthread_t *thread) {
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(thread, NULL, run, call) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

enum end { CAME_BACK, INTERRUPTED, TOO_LONG };

static unsigned limit_of(const struct sbk_pcsc_patience *patience, enum sbk_pcsc_kind kind) {
    if (kind == SBK_PCSC_DISCONNECT)
        return LETTING_GO_MS;
    return kind == SBK_PCSC_TRANSMIT ? patience->answer_ms : patience->busy_ms;
}

/* What is asked for now: whether to stop, once anything is known to be slow; whether to tell of it. A command that is on
 * its way is not stopped before it is slow: its answer is worth more. */
static enum end look(struct sbk_pcsc *pcsc, enum sbk_pcsc_kind kind, unsigned waited, bool *told) {
    const struct sbk_pcsc_patience *patience = &pcsc->patience;
    const bool slow = waited >= patience->told_ms;
    if (kind == SBK_PCSC_DISCONNECT)
        return waited >= LETTING_GO_MS ? TOO_LONG : CAME_BACK;
    if ((slow || kind != SBK_PCSC_TRANSMIT) && patience->cancel.asked != NULL &&
        patience->cancel.asked(patience->cancel.context))
        return INTERRUPTED;
    if (slow && !*told && patience->tell != NULL)
        patience->tell(
            patience->context, kind == SBK_PCSC_TRANSMIT ? SBK_PCSC_WAITS_ANSWER : SBK_PCSC_WAITS_BUSY, pcsc->reader);
    *told = *told || slow;
    return waited >= limit_of(patience, kind) ? TOO_LONG : CAME_BACK;
}

static void add_ms(struct timespec *time, long ms) {
    time->tv_nsec += ms * 1000000L;
    time->tv_sec += time->tv_nsec / 1000000000L;
    time->tv_nsec %= 1000000000L;
}

/* Waits for the thread, or gives it up. */
static enum end await(struct sbk_pcsc *pcsc, struct call *call) {
    enum end end = CAME_BACK;
    bool told = false;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    (void)pthread_mutex_lock(&call->lock);
    for (unsigned waited = 0; !call->done; waited += SLICE_MS) {
        if (waited > 0) { /* the callbacks may take their time */
            (void)pthread_mutex_unlock(&call->lock);
            end = look(pcsc, call->kind, waited, &told);
            (void)pthread_mutex_lock(&call->lock);
        }
        if (call->done || end != CAME_BACK)
            break;
        add_ms(&until, SLICE_MS);
        while (!call->done && pthread_cond_timedwait(&call->ended, &call->lock, &until) == 0)
            ;
    }
    if (call->done)
        end = CAME_BACK;
    call->given_up = end != CAME_BACK;
    (void)pthread_mutex_unlock(&call->lock);
    return end;
}

static sbk_result gave_up(struct sbk_pcsc *pcsc, enum sbk_pcsc_kind kind, enum end end, struct sbk_error *error) {
    const unsigned seconds = limit_of(&pcsc->patience, kind) / 1000;
    pcsc->connected = false;
    pcsc->holding = false;
    pcsc->has_context = false; /* the thread has it */
    if (end == INTERRUPTED)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_INTERRUPTED,
            kind == SBK_PCSC_TRANSMIT ? _("%s: interrupted before the card answered; take the card out")
                                      : _("%s: interrupted"),
            pcsc->reader);
    if (kind == SBK_PCSC_TRANSMIT)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_MUTE,
            P_("%s: the card has not answered for %u second; take it out and tap it again",
                "%s: the card has not answered for %u seconds; take it out and tap it again", seconds),
            pcsc->reader, seconds);
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_BUSY,
        P_("%s: another program has held the card for %u second; end that program, or take the card out and tap it "
           "again",
            "%s: another program has held the card for %u seconds; end that program, or take the card out and tap it "
            "again",
            seconds),
        pcsc->reader, seconds);
}

static void take(struct sbk_pcsc *pcsc, const struct call *call, struct sbk_pcsc_bytes *bytes) {
    if (call->code != SCARD_S_SUCCESS)
        return;
    if (call->kind == SBK_PCSC_CONNECT || call->kind == SBK_PCSC_RECONNECT) {
        pcsc->card = call->card;
        pcsc->protocol = call->protocol;
    }
    if (bytes != NULL) {
        bytes->received = call->length;
        memcpy(bytes->response, call->bytes + call->size, call->length < call->room ? call->length : call->room);
    }
}

sbk_result sbk_pcsc_call(
    struct sbk_pcsc *pcsc, enum sbk_pcsc_kind kind, struct sbk_pcsc_bytes *bytes, LONG *code, struct sbk_error *error) {
    struct call *call = make(pcsc, kind, bytes);
    pthread_t thread;
    if (bytes != NULL)
        bytes->received = 0;
    if (call == NULL || !start(call, &thread)) {
        if (call != NULL)
            free_call(call);
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    const enum end end = await(pcsc, call);
    if (end != CAME_BACK) {
        (void)pthread_detach(thread);
        return gave_up(pcsc, kind, end, error);
    }
    (void)pthread_join(thread, NULL);
    take(pcsc, call, bytes);
    *code = call->code;
    free_call(call);
    return SBK_OK;
}
