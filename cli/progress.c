/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR 30
#define INTERVAL 100 /* milliseconds */

static int64_t milliseconds(void) {
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cli_progress_begin(struct cli_progress *progress, const struct cli_call *call, const char *label) {
    progress->label = label;
    progress->drawn = 0;
    progress->last = 0;
    progress->on = !call->json && isatty(STDERR_FILENO) == 1;
}

void cli_progress_show(void *context, size_t done, size_t total) {
    struct cli_progress *progress = context;
    if (!progress->on) {
        return;
    }
    const int64_t now = milliseconds();
    if (progress->drawn > 0 && now - progress->last < INTERVAL && done != total) {
        return;
    }
    progress->last = now;
    char line[256];
    int length = 0;
    if (total > 0) {
        char bar[BAR + 1];
        const size_t shown = done < total ? done : total;
        const size_t filled = (size_t)((double)shown / (double)total * BAR);
        memset(bar, '.', BAR);
        memset(bar, '#', filled);
        bar[BAR] = '\0';
        length = snprintf(line, sizeof line, "%.80s [%s] %zu/%zu", progress->label, bar, done, total);
    } else {
        length = snprintf(line, sizeof line, "%.80s %zu", progress->label, done);
    }
    if (length > 0) {
        /* Blanks over what an earlier, longer line leaves. */
        const int width = (size_t)length < progress->drawn ? (int)progress->drawn : length;
        (void)fprintf(stderr, "\r%-*s", width, line);
        (void)fflush(stderr);
        progress->drawn = (size_t)length;
    }
}

void cli_progress_end(struct cli_progress *progress) {
    if (progress->on && progress->drawn > 0) {
        (void)fprintf(stderr, "\r%*s\r", (int)progress->drawn, "");
        (void)fflush(stderr);
    }
    progress->drawn = 0;
    progress->on = false;
}
