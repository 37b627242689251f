/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_FAILING_MEMORY_H
#define SBK_TESTS_FAULTS_FAILING_MEMORY_H

#include <stdbool.h>

/*
 * Allocations that fail on demand, of three owners: our own code (malloc, calloc, realloc, strdup: the program is linked
 * with MEMORY_WRAP's --wrap), SQLite and libcrypto (by the hooks that they offer).
 */
enum memory_owner { MEMORY_OURS, MEMORY_SQLITE, MEMORY_CRYPTO, MEMORY_OWNERS };

/* First thing in main. */
void memory_hook(void);
/* From now on the call-th allocation of owner fails, and all later ones if lasting; call 0: none does. */
void memory_arm(enum memory_owner owner, unsigned call, bool lasting);
/* How many there were since. */
unsigned memory_calls(void);

/* While the card acts, none fails and none is counted: it is another machine. */
void memory_rest(bool rest);

#endif
