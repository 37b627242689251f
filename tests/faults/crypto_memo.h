/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_CRYPTO_MEMO_H
#define SBK_TESTS_FAULTS_CRYPTO_MEMO_H

#include "applet/port/crypto.h"

/*
 * The crypto of virtual cards that remembers: the same hash signed with the same key gives the same signature, so that two
 * runs of one command leave the same image, and nothing is computed twice.
 */

/* Called before bytes are hashed; NULL: nobody asks. */
extern void (*crypto_on_hash)(const uint8_t *data, size_t size);

#endif
