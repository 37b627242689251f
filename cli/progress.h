/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_PROGRESS_H
#define SBK_CLI_PROGRESS_H

#include "cli/cli.h"

#include <stddef.h>

/* A bar on stderr while something long runs: only if stderr is a terminal and not under --json. Drawn at most ten times
 * a second and gone when finished. */
struct cli_progress {
    const char *label; /* borrowed, translated */
    size_t drawn;      /* columns on the screen, 0: none */
    int64_t last;      /* monotonic milliseconds of the last drawing */
    bool on;
};

/* Begins; label says what is being done: _("checking receipts"). */
void cli_progress_begin(struct cli_progress *progress, const struct cli_call *call, const char *label);

/* Shows that done of total are behind us; total 0: not known. Fits a library's callback, hence the void pointer: it is
 * the struct cli_progress. */
void cli_progress_show(void *progress, size_t done, size_t total);

/* Takes the bar away; call it before printing anything else. */
void cli_progress_end(struct cli_progress *progress);

#endif
