/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t came;

static void note(int number) {
    (void)number;
    came = 1;
}

void cli_signals_install(void) {
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = note; /* without SA_RESTART: a blocking read must come back */
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++) {
        struct sigaction before;
        /* What nohup or a shell's background job ignores stays ignored. */
        if (sigaction(stopping[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(stopping[i], &action, NULL);
        }
    }
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL); /* a file too large is an error of write, too */
}

bool cli_interrupted(void) {
    return came != 0;
}

bool cli_interrupted_callback(void *context) {
    (void)context;
    return cli_interrupted();
}

sbk_result cli_fail_interrupted(struct sbk_error *error) {
    return sbk_fail(
        error, SBK_ENVIRONMENT, SBK_REASON_INTERRUPTED, "%s", _("interrupted; what was finished before is kept"));
}
