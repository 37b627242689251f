/* SPDX-License-Identifier: Apache-2.0 */
/* The card's end of vpcd's line: whatever arrives, the card answers with one message or hangs up. */
#include "applet/port/posix/vpcd.h"
#include "tests/applet/fixture.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the card said: whole messages, an APDU's answer has its status word. */
static void drain(int socket, enum sbk_vpcd_event event) {
    uint8_t answer[2 + SBK_CARD_BUFFER + 2];
    const ssize_t size = recv(socket, answer, sizeof answer, MSG_DONTWAIT);

    if (size > 0 && (size_t)size != 2 + ((size_t)answer[0] << 8 | answer[1]))
        abort();
    if (event == SBK_VPCD_COMMAND && size < 4)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fixture blank, f;
    enum sbk_vpcd_event event = SBK_VPCD_NOTHING;
    uint8_t header[2];
    int ends[2];

    if (blank.card.port == NULL) {
        fixture_init(&f);
        blank = f; /* its pointers stay those into f */
    }
    f = blank;
    if (size > INPUT_MAX)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || send(ends[0], data, size, 0) != (ssize_t)size ||
        shutdown(ends[0], SHUT_WR) != 0)
        abort();
    while (event != SBK_VPCD_GONE) {
        event = sbk_vpcd_serve(ends[1], &f.card, header);
        drain(ends[0], event);
    }
    close(ends[0]);
    close(ends[1]);
    return 0;
}
