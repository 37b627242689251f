/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_CHANNEL_H
#define SBK_READER_CHANNEL_H

#include "base/error.h"
#include "reader/transport.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The terminal's end of GlobalPlatform secure messaging (Amendment D 6.2), the same after SCP03 and SCP11a;
 * reader/scp03.h and reader/scp11.h open a channel. AES-128, MACs of 8 bytes on the line.
 */
#define SBK_CHANNEL_MAC_SIZE 8
#define SBK_CHANNEL_KEY_SIZE 16

/* Security levels (Amendment D 7.1.2.1): the sums of these bits that cards take are 00, 01, 03, 11, 13 and 33. */
#define SBK_CHANNEL_C_MAC 0x01
#define SBK_CHANNEL_C_DEC 0x02
#define SBK_CHANNEL_R_MAC 0x10
#define SBK_CHANNEL_R_ENC 0x20
#define SBK_CHANNEL_FULL 0x33

/* Plain data of one command that fits a single short APDU at full level; more is chained. */
#define SBK_CHANNEL_SHORT 239
/* Plain data of one command at most. */
#define SBK_CHANNEL_DATA_MAX (SBK_APDU_DATA_MAX - 32)

struct sbk_channel {
    struct sbk_transport *transport; /* borrowed */
    bool open;
    uint8_t level;
    uint32_t counter; /* of the last command; the first one counts 1 */
    uint8_t enc[SBK_CHANNEL_KEY_SIZE];
    uint8_t mac[SBK_CHANNEL_KEY_SIZE];
    uint8_t rmac[SBK_CHANNEL_KEY_SIZE];
    uint8_t dek[SBK_CHANNEL_KEY_SIZE]; /* encrypts keys in PUT KEY: static in SCP03, of the session in SCP11 */
    uint8_t chaining[SBK_CHANNEL_KEY_SIZE];
};

/*
 * Sends one command under the channel's protection and gives its plain response. The class byte is given without the
 * secure messaging bit. SBK_OK whenever a status word came: 9000, 62xx and 63xx are authenticated where the level has
 * R-MAC; all others are not, and prove nothing. Closes the channel, with SBK_TAMPERED "card-answer-invalid", when a
 * response's MAC or padding is wrong; and with the transport's error when no answer came. A closed channel:
 * SBK_ENVIRONMENT.
 */
SBK_CHECK_RESULT sbk_result sbk_channel_exchange(
    struct sbk_channel *channel, const struct sbk_apdu *command, struct sbk_answer *answer, struct sbk_error *error);

/* Erases the keys. The card ends its side by itself at SELECT or reset. */
void sbk_channel_close(struct sbk_channel *channel);

/* Encrypts whole blocks with the channel's data encryption key, AES-CBC with a zero IV (Amendment D 6.2.8), for PUT
 * KEY. */
SBK_CHECK_RESULT sbk_result sbk_channel_encrypt_key(
    const struct sbk_channel *channel, const uint8_t *key, size_t size, uint8_t *out, struct sbk_error *error);

#endif
