/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_KEYS_DYING_H
#define SBK_TESTS_KEYS_DYING_H

#include <stdbool.h>

/* A process that dies before the step that puts a file or a folder in place (link, rename), which the program that is
 * linked with dying.c and -Wl,--wrap=rename -Wl,--wrap=link counts from 0. */

/* Does the work in a child that dies before the given step; whether it died. One that fails otherwise fails the test. */
bool dying_run(void (*work)(void), long step);

#endif
