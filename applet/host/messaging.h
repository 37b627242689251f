/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_MESSAGING_H
#define SBK_HOST_MESSAGING_H

#include "applet/host/crypto.h"

/*
 * Secure messaging of GlobalPlatform Amendment D 6.2, the same after SCP03 and SCP11a: the two differ only in how keys
 * and first chaining value come about. MACs are 8 bytes on the line.
 */
#define SBK_MAC_SIZE 8

struct sbk_messaging {
    uint8_t enc[16];
    uint8_t mac[16];
    uint8_t rmac[16];
    uint8_t chaining[16];
    uint32_t counter;
    uint8_t level;
};

/* The header that the C-MAC covers: class with the messaging bit, without the chaining bits. */
struct sbk_messaging_header {
    uint8_t bytes[4];
    bool long_length; /* three-byte Lc: extended APDU, or reassembled to more than 255 bytes */
};

/*
 * Checks the C-MAC at the end of data, removes it and decrypts in place, as the level says. size becomes that of the
 * plain data. False: MAC or padding wrong; the caller ends the session. A level without C-MAC passes everything.
 */
bool sbk_messaging_unwrap(
    struct sbk_messaging *messaging, const struct sbk_messaging_header *header, uint8_t *data, size_t *size);

/*
 * Encrypts and MACs the response in place, as the level says, for status 9000, 62xx, 63xx. Needs
 * SBK_MESSAGING_OVERHEAD bytes of room after size.
 */
#define SBK_MESSAGING_OVERHEAD (16 + SBK_MAC_SIZE)
void sbk_messaging_wrap(struct sbk_messaging *messaging, uint8_t *data, size_t *size, uint16_t status);

#endif
