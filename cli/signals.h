/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_SIGNALS_H
#define SBK_CLI_SIGNALS_H

#include "base/error.h"

#include <stdbool.h>

/*
 * Ctrl-C, SIGTERM and SIGHUP set a flag that loops look at between two steps, so that no record is lost; a write to a
 * closed pipe is an error instead of the end (SIGPIPE is ignored). Blocking calls return with EINTR.
 */
void cli_signals_install(void);

/* Whether one of them came. */
bool cli_interrupted(void);

/* The same as a library's cancel callback. */
bool cli_interrupted_callback(void *context);

/* The error of a verb that stopped for it: SBK_ENVIRONMENT, reason "interrupted". */
sbk_result cli_fail_interrupted(struct sbk_error *error);

#endif
