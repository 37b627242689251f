/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/keys/dying.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIED 77

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

static long dies_at = -1; /* steps until death; -1: lives */

static void step(void) {
    if (dies_at == 0) {
        _exit(DIED);
    }
    if (dies_at > 0) {
        dies_at--;
    }
}

int __wrap_rename(const char *from, const char *to) {
    step();
    return __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to) {
    step();
    return __real_link(from, to);
}

bool dying_run(void (*work)(void), long at) {
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        dies_at = at;
        work();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED);
    return WEXITSTATUS(status) == DIED;
}
