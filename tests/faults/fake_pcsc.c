/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/fake_pcsc.h"
#include "tests/faults/failing_memory.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define NAME "Fake Reader 00 00"
#define CONTEXT 4711
#define CARD 815

/* What a transmit may give besides codes: success with a length that no answer has, and a code after the card acted. */
enum { WHOLE, EMPTY, ONE_BYTE, TOO_LONG };
struct way {
    LONG code;
    bool acts;
    int length;
};

#define FAIL(code)                                                                                                     \
    { code, false, WHOLE }
#define ACTED(code)                                                                                                    \
    { code, true, WHOLE }
static const struct way establish[] = {FAIL(SCARD_E_NO_SERVICE), FAIL(SCARD_E_INVALID_VALUE), FAIL(SCARD_E_NO_MEMORY),
    FAIL(SCARD_F_COMM_ERROR), FAIL(SCARD_F_INTERNAL_ERROR)};
static const struct way leave[] = {FAIL(SCARD_E_NO_SERVICE), FAIL(SCARD_E_INVALID_HANDLE), FAIL(SCARD_F_COMM_ERROR),
    FAIL(SCARD_E_INVALID_VALUE), FAIL(SCARD_W_RESET_CARD), FAIL(SCARD_W_REMOVED_CARD),
    FAIL(SCARD_E_READER_UNAVAILABLE)};
static const struct way list[] = {FAIL(SCARD_E_NO_SERVICE), FAIL(SCARD_E_INVALID_HANDLE),
    FAIL(SCARD_E_NO_READERS_AVAILABLE), FAIL(SCARD_E_INSUFFICIENT_BUFFER), FAIL(SCARD_E_NO_MEMORY),
    FAIL(SCARD_E_INVALID_PARAMETER), FAIL(SCARD_F_COMM_ERROR)};
static const struct way status[] = {FAIL(SCARD_E_NO_SERVICE), FAIL(SCARD_E_UNKNOWN_READER), FAIL(SCARD_E_TIMEOUT),
    FAIL(SCARD_E_CANCELLED), FAIL(SCARD_E_INVALID_HANDLE), FAIL(SCARD_E_INVALID_PARAMETER), FAIL(SCARD_E_INVALID_VALUE),
    FAIL(SCARD_E_READER_UNAVAILABLE), FAIL(SCARD_E_NO_READERS_AVAILABLE), FAIL(SCARD_F_COMM_ERROR)};
static const struct way attach[] = {FAIL(SCARD_E_SHARING_VIOLATION), FAIL(SCARD_E_NO_SMARTCARD),
    FAIL(SCARD_E_UNKNOWN_READER), FAIL(SCARD_E_READER_UNAVAILABLE), FAIL(SCARD_E_NO_SERVICE),
    FAIL(SCARD_E_PROTO_MISMATCH), FAIL(SCARD_E_NOT_READY), FAIL(SCARD_E_INVALID_HANDLE),
    FAIL(SCARD_E_INVALID_PARAMETER), FAIL(SCARD_E_INVALID_VALUE), FAIL(SCARD_E_UNSUPPORTED_FEATURE),
    FAIL(SCARD_F_COMM_ERROR), FAIL(SCARD_F_INTERNAL_ERROR), FAIL(SCARD_W_UNPOWERED_CARD),
    FAIL(SCARD_W_UNRESPONSIVE_CARD), FAIL(SCARD_W_REMOVED_CARD)};
static const struct way begin[] = {FAIL(SCARD_W_RESET_CARD), FAIL(SCARD_W_REMOVED_CARD),
    FAIL(SCARD_E_SHARING_VIOLATION), FAIL(SCARD_E_READER_UNAVAILABLE), FAIL(SCARD_E_NO_SERVICE),
    FAIL(SCARD_E_INVALID_HANDLE), FAIL(SCARD_E_INVALID_VALUE), FAIL(SCARD_F_COMM_ERROR)};
static const struct way send[] = {FAIL(SCARD_W_RESET_CARD), ACTED(SCARD_W_RESET_CARD), FAIL(SCARD_W_REMOVED_CARD),
    ACTED(SCARD_W_REMOVED_CARD), FAIL(SCARD_E_NOT_TRANSACTED), ACTED(SCARD_E_NOT_TRANSACTED),
    FAIL(SCARD_E_READER_UNAVAILABLE), ACTED(SCARD_E_READER_UNAVAILABLE), FAIL(SCARD_E_NO_SERVICE),
    ACTED(SCARD_E_NO_SERVICE), ACTED(SCARD_F_COMM_ERROR), ACTED(SCARD_E_INSUFFICIENT_BUFFER),
    FAIL(SCARD_E_INVALID_HANDLE), FAIL(SCARD_E_INVALID_PARAMETER), FAIL(SCARD_E_INVALID_VALUE),
    FAIL(SCARD_E_PROTO_MISMATCH), {SCARD_S_SUCCESS, false, EMPTY}, {SCARD_S_SUCCESS, true, EMPTY},
    {SCARD_S_SUCCESS, false, ONE_BYTE}, {SCARD_S_SUCCESS, true, ONE_BYTE}, {SCARD_S_SUCCESS, true, TOO_LONG}};

static struct rig *card;
static struct {
    unsigned call;
    unsigned fault;
    bool lasting;
    unsigned calls;
    const char *struck;
    unsigned ways;
    struct way way;
} armed;
static struct {
    unsigned transmit;
    unsigned ms;
    bool acts;
    unsigned transmits;
} slow;
static struct {
    bool context;
    bool card;
    bool transaction;
} held;
static bool t0;
static uint8_t rest[SBK_APDU_ROOM]; /* what T=0 has still to fetch */
static size_t rest_size;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER; /* a call that was given up may still be here */

void fake_pcsc_use(struct rig *rig) {
    card = rig;
    memset(&held, 0, sizeof held);
    rest_size = 0;
}

void fake_pcsc_speak_t0(bool on) {
    t0 = on;
}

void fake_pcsc_arm(unsigned call, unsigned fault, bool lasting) {
    memset(&armed, 0, sizeof armed);
    armed.call = call;
    armed.fault = fault;
    armed.lasting = lasting;
}

unsigned fake_pcsc_calls(void) {
    return armed.calls;
}

const char *fake_pcsc_struck(void) {
    return armed.struck;
}

unsigned fake_pcsc_ways(void) {
    return armed.ways;
}

unsigned long fake_pcsc_code(void) {
    return (unsigned long)armed.way.code;
}

void fake_pcsc_delay(unsigned transmit, unsigned ms, bool acts) {
    slow.transmit = transmit;
    slow.ms = ms;
    slow.acts = acts;
    slow.transmits = 0;
}

bool fake_pcsc_released(void) {
    pthread_mutex_lock(&guard);
    bool released = !held.context && !held.card && !held.transaction;
    pthread_mutex_unlock(&guard);
    return released;
}

/* Whether this call fails, and how. */
static bool fails(const char *name, const struct way *ways, unsigned count, struct way *way) {
    armed.calls++;
    if (armed.call != 0 && armed.calls == armed.call) {
        armed.struck = name;
        armed.ways = count;
        armed.way = ways[armed.fault % count];
    }
    if (armed.call == 0 || (armed.calls != armed.call && !(armed.lasting && armed.struck != NULL)))
        return false;
    *way = armed.way;
    if (way->code == SCARD_E_NO_SERVICE) /* the service died and took everything along */
        memset(&held, 0, sizeof held);
    return way->code != SCARD_S_SUCCESS || ways == send;
}
#define FAILS(name, ways, way) fails(name, ways, sizeof ways / sizeof(ways)[0], way)

LONG SCardEstablishContext(DWORD scope, LPCVOID one, LPCVOID two, LPSCARDCONTEXT context) {
    struct way way;
    (void)scope;
    (void)one;
    (void)two;
    if (FAILS("SCardEstablishContext", establish, &way))
        return way.code;
    *context = CONTEXT;
    held.context = true;
    return SCARD_S_SUCCESS;
}

LONG SCardReleaseContext(SCARDCONTEXT context) {
    struct way way;
    (void)context;
    pthread_mutex_lock(&guard);
    memset(&held, 0, sizeof held);
    pthread_mutex_unlock(&guard);
    return FAILS("SCardReleaseContext", leave, &way) ? way.code : SCARD_S_SUCCESS;
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD size) {
    struct way way;
    (void)groups;
    if (FAILS("SCardListReaders", list, &way))
        return way.code;
    if (!held.context || context != CONTEXT)
        return SCARD_E_INVALID_HANDLE;
    if (readers != NULL)
        memcpy(readers, NAME "\0", sizeof NAME + 1);
    *size = sizeof NAME + 1;
    return SCARD_S_SUCCESS;
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD timeout, SCARD_READERSTATE *states, DWORD count) {
    struct way way;
    (void)timeout;
    if (FAILS("SCardGetStatusChange", status, &way))
        return way.code;
    if (!held.context || context != CONTEXT)
        return SCARD_E_INVALID_HANDLE;
    for (DWORD i = 0; i < count; i++)
        states[i].dwEventState = SCARD_STATE_CHANGED | SCARD_STATE_PRESENT | 1 << 16;
    return SCARD_S_SUCCESS;
}

LONG SCardConnect(
    SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD protocols, LPSCARDHANDLE handle, LPDWORD protocol) {
    struct way way;
    (void)reader;
    (void)share;
    (void)protocols;
    if (FAILS("SCardConnect", attach, &way))
        return way.code;
    if (!held.context || context != CONTEXT || held.card)
        return SCARD_E_INVALID_HANDLE;
    *handle = CARD;
    *protocol = t0 ? SCARD_PROTOCOL_T0 : SCARD_PROTOCOL_T1;
    held.card = true;
    return SCARD_S_SUCCESS;
}

LONG SCardReconnect(SCARDHANDLE handle, DWORD share, DWORD protocols, DWORD what, LPDWORD protocol) {
    struct way way;
    (void)handle;
    (void)share;
    (void)protocols;
    (void)what;
    if (FAILS("SCardReconnect", attach, &way))
        return way.code;
    *protocol = t0 ? SCARD_PROTOCOL_T0 : SCARD_PROTOCOL_T1;
    return SCARD_S_SUCCESS;
}

LONG SCardDisconnect(SCARDHANDLE handle, DWORD what) {
    struct way way;
    (void)handle;
    (void)what;
    pthread_mutex_lock(&guard);
    held.card = false;
    held.transaction = false;
    pthread_mutex_unlock(&guard);
    return FAILS("SCardDisconnect", leave, &way) ? way.code : SCARD_S_SUCCESS;
}

LONG SCardBeginTransaction(SCARDHANDLE handle) {
    struct way way;
    if (FAILS("SCardBeginTransaction", begin, &way)) {
        if (way.code == SCARD_W_RESET_CARD)
            rig_tap(card);
        return way.code;
    }
    if (!held.card || handle != CARD)
        return SCARD_E_INVALID_HANDLE;
    held.transaction = true;
    return SCARD_S_SUCCESS;
}

LONG SCardEndTransaction(SCARDHANDLE handle, DWORD what) {
    struct way way;
    (void)handle;
    (void)what;
    held.transaction = false;
    return FAILS("SCardEndTransaction", leave, &way) ? way.code : SCARD_S_SUCCESS;
}

static size_t ask(const uint8_t *command, size_t size, uint8_t *answer) {
    size_t received = 0;
    memory_rest(true);
    sbk_result result =
        card->transport.transmit(card->transport.context, command, size, answer, SBK_APDU_ROOM, &received, NULL);
    memory_rest(false);
    return result == SBK_OK ? received : 0;
}

static size_t status_word(uint8_t *answer, uint8_t first, size_t second) {
    answer[0] = first;
    answer[1] = (uint8_t)second;
    return 2;
}

/* As a reader shows a card of T=0: data that answers data is fetched; a command that asks for another length than there
 * is gets 6Cxx and is sent again. */
static size_t ask_t0(const uint8_t *command, size_t size, uint8_t *answer) {
    uint8_t whole[300];
    if (size >= 5 && command[1] == 0xC0 && rest_size > 0) {
        size_t wanted = command[4] == 0 ? 256 : command[4];
        if (wanted != rest_size - 2)
            return status_word(answer, 0x6C, rest_size - 2);
        size_t taken = rest_size;
        memcpy(answer, rest, taken);
        rest_size = 0;
        return taken;
    }
    bool sends = size > 5 && size == 5u + command[4];
    memcpy(whole, command, size);
    if (sends)
        whole[size] = 0; /* the card itself knows its answer's length */
    rest_size = ask(whole, sends ? size + 1 : size, rest);
    if (sends && rest_size > 2)
        return status_word(answer, 0x61, rest_size - 2);
    size_t taken = rest_size;
    memcpy(answer, rest, taken);
    rest_size = 0;
    return taken;
}

static void sleep_ms(unsigned ms) {
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&pause, NULL);
}

LONG SCardTransmit(SCARDHANDLE handle, const SCARD_IO_REQUEST *kind, LPCBYTE command, DWORD size,
    SCARD_IO_REQUEST *received_kind, LPBYTE response, LPDWORD length) {
    static uint8_t answer[SBK_APDU_ROOM];
    struct way way = {.code = SCARD_S_SUCCESS, .acts = true, .length = WHOLE};
    (void)kind;
    (void)received_kind;
    bool failing = FAILS("SCardTransmit", send, &way);
    if (!failing && (!held.card || !held.transaction || handle != CARD))
        return SCARD_E_INVALID_HANDLE;
    if (slow.transmit != 0 && ++slow.transmits == slow.transmit) {
        if (slow.acts)
            (void)ask(command, size, answer);
        sleep_ms(slow.ms);
        return SCARD_W_REMOVED_CARD;
    }
    size_t got = 0;
    if (way.acts)
        got = t0 ? ask_t0(command, size, answer) : ask(command, size, answer);
    if (way.code == SCARD_W_RESET_CARD)
        rig_tap(card);
    if (way.code != SCARD_S_SUCCESS) /* pcsc-lite leaves the length as it was */
        return way.code;
    if (failing)
        got = way.length == EMPTY ? 0 : way.length == ONE_BYTE ? 1 : *length + 4000;
    memcpy(response, answer, got < *length ? got : *length);
    *length = (DWORD)got;
    return SCARD_S_SUCCESS;
}
