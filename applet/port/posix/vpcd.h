/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PORT_POSIX_VPCD_H
#define SBK_PORT_POSIX_VPCD_H

#include "applet/host/card.h"

/* The card's end of vpcd's line: messages with a two-byte length; one byte is a control code, more an APDU. */

enum sbk_vpcd_event {
    SBK_VPCD_NOTHING, /* a control code was answered */
    SBK_VPCD_COMMAND, /* an APDU was answered */
    SBK_VPCD_GONE,    /* the other end closed, or broke the rules */
};

/* Connects to host and port (text). Returns the socket or -1 (errno is set; EADDRNOTAVAIL if the name is unknown). */
int sbk_vpcd_connect(const char *host, const char *port);

/*
 * Reads one message from the socket (which poll says is readable) and answers it. The command's first bytes are left in
 * header (class, instruction) for the caller's trace.
 */
enum sbk_vpcd_event sbk_vpcd_serve(int socket, struct sbk_card *card, uint8_t header[2]);

#endif
