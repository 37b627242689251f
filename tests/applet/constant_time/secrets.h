/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_APPLET_SECRETS_H
#define SBK_TESTS_APPLET_SECRETS_H

#include <stddef.h>

/*
 * Secrets as memcheck's undefined bytes: a branch or an address that hangs on one, in the card's own code, is an error
 * that valgrind counts. Undefined are: transport keys, private keys, session keys, PIN digits and their hashes, every
 * random byte, and what is computed from them. secrets.c names what is given free again, and why.
 */

/* Of the next command of the session, so many plain bytes from offset on are secret, too. */
void secret_in_next_command(size_t offset, size_t size);
/* Forgets ranges that no command took. */
void no_secret_in_next_command(void);
/* Marks a range of bytes secret. */
void make_secret(void *data, size_t size);
/* From begin to end only the card's own code is reported, not the terminal's. */
void watch_begin(void);
void watch_end(void);
/* Errors that valgrind counted so far; (unsigned)-1: there is no valgrind. */
unsigned leaks_counted(void);

#endif
