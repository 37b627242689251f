/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FUZZ_APPLET_CHECKS_H
#define SBK_TESTS_FUZZ_APPLET_CHECKS_H

#include "tests/faults/logical.h"
#include "tests/faults/rig.h"

/* What no sequence of commands may break on a whole card; each function ends the program where something does. */

/* What the rules of one step are judged by: the card's state before it. */
struct applet_before {
    struct logical logical;
    struct sbk_mandate mandate; /* number 0: none */
};

void applet_before(struct rig *rig, struct applet_before *before);
/* The card after one command, or after a session was opened; power is on. */
void applet_check(struct rig *rig, const struct applet_before *before);
/* An answer to a command in clear, with its status word; and the data that came out of a channel. */
void applet_check_answer(const struct rig *rig, const uint8_t *answer, size_t size);
void applet_check_secrets(const struct rig *rig, const uint8_t *data, size_t size);
void applet_must(bool good, const char *promise);

#endif
