/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secrets.h"

#include "base/i18n.h"
#include "cli/signals.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

/* Signals that end a program come through cli/signals.c as a flag. They are let in only while we wait, so that none
 * slips between looking at the flag and waiting. Returns 1: something to read, 0: interrupted, -1: errno. */
static int wait_for_input(int terminal) {
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t held;
    sigset_t before;
    (void)sigemptyset(&held);
    for (size_t i = 0; i < sizeof stopping / sizeof stopping[0]; i++) {
        (void)sigaddset(&held, stopping[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &held, &before);
    int found = 0;
    while (!cli_interrupted()) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(terminal, &readable);
        found = pselect(terminal + 1, &readable, NULL, NULL, NULL, &before);
        if (found > 0 || (found < 0 && errno != EINTR)) {
            break;
        }
        found = 0;
    }
    const int number = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return found;
}

/* Reads up to the end of the line. The terminal gives whole lines; of a longer one than we take the rest is read away.
 */
static sbk_result read_line(int terminal, struct sbk_secret *secret, struct sbk_error *error) {
    bool too_long = false;
    for (;;) {
        const int found = wait_for_input(terminal);
        if (found == 0) {
            return cli_fail_interrupted(error);
        }
        uint8_t byte = 0;
        const ssize_t count = found < 0 ? -1 : read(terminal, &byte, 1);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return sbk_fail(
                error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("the terminal cannot be read: %s"), strerror(errno));
        }
        if (count == 0 || byte == '\n') {
            break;
        }
        if (secret->size < secret->capacity) {
            secret->data[secret->size++] = byte;
        } else {
            too_long = true;
        }
        sbk_cleanse(&byte, sizeof byte);
    }
    return too_long ? sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("longer than %d bytes; nothing was taken"),
                          CLI_PASSPHRASE_MAX)
                    : SBK_OK;
}

static void put(int terminal, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        const ssize_t count = write(terminal, text, left);
        if (count <= 0 && errno != EINTR) {
            return; /* a question that cannot be shown can still be answered */
        }
        if (count > 0) {
            text += count;
            left -= (size_t)count;
        }
    }
}

sbk_result cli_ask_line(const char *question, struct sbk_secret *answer, struct sbk_error *error) {
    const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || terminal >= FD_SETSIZE) {
        if (terminal >= 0) {
            (void)close(terminal);
        }
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s",
            _("a question must be answered and there is no terminal to ask at; answer it with an option (see --help)"));
    }
    sbk_result result = sbk_secret_new(answer, CLI_PASSPHRASE_MAX, error);
    if (result == SBK_OK) {
        (void)tcflush(terminal, TCIFLUSH); /* what was typed before the question is no answer to it */
        put(terminal, question);
        result = read_line(terminal, answer, error);
    }
    (void)close(terminal);
    if (result != SBK_OK) {
        sbk_secret_free(answer);
    }
    return result;
}

sbk_result cli_ask_yes(const char *question, bool *yes, struct sbk_error *error) {
    struct sbk_secret answer = SBK_SECRET_EMPTY;
    const sbk_result result = cli_ask_line(question, &answer, error);
    *yes = result == SBK_OK && answer.size > 0 && (answer.data[0] == 'y' || answer.data[0] == 'Y');
    sbk_secret_free(&answer);
    return result;
}

/* Echo off, and no key that stops or kills us while it is off. */
static sbk_result ask_quietly(int terminal, const char *question, struct sbk_secret *secret, struct sbk_error *error) {
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("the terminal cannot be used: %s"), strerror(errno));
    }
    struct termios quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    if (tcsetattr(terminal, TCSAFLUSH, &quiet) != 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("the terminal cannot be used: %s"), strerror(errno));
    }
    put(terminal, question);
    const sbk_result result = read_line(terminal, secret, error);
    put(terminal, "\n");
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    return result;
}

sbk_result cli_ask_secret(const char *question, struct sbk_secret *secret, struct sbk_error *error) {
    const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s",
            _("a secret is needed and there is no terminal to ask at; give it with an option (see --help)"));
    }
    struct sbk_secret answer = SBK_SECRET_EMPTY;
    sbk_result result = sbk_secret_new(&answer, CLI_PASSPHRASE_MAX, error);
    if (result == SBK_OK) {
        result = terminal < FD_SETSIZE
                     ? ask_quietly(terminal, question, &answer, error)
                     : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, "%s", _("too many open files"));
    }
    (void)close(terminal);
    if (result == SBK_OK) {
        *secret = answer;
    } else {
        sbk_secret_free(&answer);
    }
    return result;
}
