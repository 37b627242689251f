/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/port/posix/vpcd.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define CONTROL_OFF 0x00
#define CONTROL_ON 0x01
#define CONTROL_RESET 0x02
#define CONTROL_ATR 0x04
#define MESSAGE_MAX 65535
#define STALL_MS 5000 /* a peer that stops in the middle of a message is gone */

/* Direct convention, T=1 only, historical bytes "SEMBAKO". */
static const uint8_t atr[] = {0x3B, 0x87, 0x01, 'S', 'E', 'M', 'B', 'A', 'K', 'O', 0xDA};

int sbk_vpcd_connect(const char *host, const char *port) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    const int on = 1;
    int result = -1;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    for (struct addrinfo *at = found; at != NULL && result < 0; at = at->ai_next) {
        result = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (result >= 0 && connect(result, at->ai_addr, at->ai_addrlen) != 0) {
            int why = errno;
            close(result);
            errno = why;
            result = -1;
        }
    }
    freeaddrinfo(found);
    if (result >= 0)
        setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return result;
}

/* vpcd sends length and payload apart: without a quick acknowledgement Nagle's algorithm holds the second for 40 ms. */
static bool receive(int socket, uint8_t *out, size_t size) {
    const int on = 1;
    while (size > 0) {
        struct pollfd wait = {.fd = socket, .events = POLLIN};
        setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        int ready = poll(&wait, 1, STALL_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t part = recv(socket, out, size, 0);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return false;
        out += part;
        size -= (size_t)part;
    }
    return true;
}

/* One message, one write. */
static bool send_message(int socket, const uint8_t *data, size_t size) {
    uint8_t message[2 + SBK_CARD_BUFFER + 2];
    size_t done = 0;
    if (size > sizeof message - 2)
        return false;
    message[0] = (uint8_t)(size >> 8);
    message[1] = (uint8_t)size;
    memcpy(message + 2, data, size);
    while (done < size + 2) {
        ssize_t part = send(socket, message + done, size + 2 - done, MSG_NOSIGNAL);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return false;
        done += (size_t)part;
    }
    return true;
}

static enum sbk_vpcd_event control(int socket, struct sbk_card *card, uint8_t code) {
    switch (code) {
    case CONTROL_ON:
    case CONTROL_RESET:
        sbk_card_power_on(card);
        return SBK_VPCD_NOTHING;
    case CONTROL_ATR:
        return send_message(socket, atr, sizeof atr) ? SBK_VPCD_NOTHING : SBK_VPCD_GONE;
    case CONTROL_OFF:
    default:
        return SBK_VPCD_NOTHING;
    }
}

enum sbk_vpcd_event sbk_vpcd_serve(int socket, struct sbk_card *card, uint8_t header[2]) {
    static uint8_t command[MESSAGE_MAX];
    uint8_t response[SBK_CARD_BUFFER + 2];
    uint8_t length[2];
    if (!receive(socket, length, 2))
        return SBK_VPCD_GONE;
    size_t size = (size_t)length[0] << 8 | length[1];
    if (size == 0 || !receive(socket, command, size))
        return SBK_VPCD_GONE;
    if (size == 1)
        return control(socket, card, command[0]);
    memcpy(header, command, 2);
    size_t answered = sbk_card_process(card, command, size, response, sizeof response);
    sbk_port_wipe(command, size);
    return send_message(socket, response, answered) ? SBK_VPCD_COMMAND : SBK_VPCD_GONE;
}
