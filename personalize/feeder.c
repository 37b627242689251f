/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/feeder.h"
#include "base/buffer.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: the command must meet Ctrl-C and closed pipes as in a shell, not as we do. */
static void become(const char *line) {
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    if (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) {
        (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    }
    _exit(127);
}

sbk_result sbk_feeder_run(const char *command, bool good, struct sbk_error *error) {
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    const char *line = NULL;
    int status = 0;
    sbk_result result = sbk_buffer_append_format(&buffer, error, "%s %s", command, good ? "good" : "bad");

    if (result == SBK_OK) {
        result = sbk_buffer_text(&buffer, &line, error);
    }
    if (result != SBK_OK) {
        sbk_buffer_free(&buffer);
        return result;
    }
    const pid_t child = fork();
    if (child == 0) {
        become(line);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            status = -1;
            break;
        }
    }
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_READER,
            _("the feeder failed: '%s'; look after the cards, then run the same command again"), line);
    }
    sbk_buffer_free(&buffer);
    return result;
}
