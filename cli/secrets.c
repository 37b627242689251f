/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secrets.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/cli_private.h"
#include "cli/output.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cli_secrets {
    struct sbk_secret of_descriptor; /* --passphrase-fd gives its bytes once */
    const char *const *roles;        /* NULL: the verb did not say */
    bool warned;                     /* of memory that is not locked */
};

static struct cli_secrets *secrets_of(struct cli_call *call, struct sbk_error *error) {
    if (call->secrets == NULL) {
        call->secrets = calloc(1, sizeof *call->secrets);
        if (call->secrets == NULL) {
            (void)sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
        }
    }
    return call->secrets;
}

void cli_secrets_free(struct cli_call *call) {
    if (call->secrets != NULL) {
        sbk_secret_free(&call->secrets->of_descriptor);
        free(call->secrets);
        call->secrets = NULL;
    }
}

/* Takes one trailing newline off and clears what it took. */
static void strip_newline(struct sbk_secret *secret) {
    if (secret->size > 0 && secret->data[secret->size - 1] == '\n') {
        secret->data[--secret->size] = 0;
        if (secret->size > 0 && secret->data[secret->size - 1] == '\r') {
            secret->data[--secret->size] = 0;
        }
    }
}

/* What came from outside must be one line of text with something in it. */
static sbk_result check_line(const char *source, const struct sbk_secret *secret, struct sbk_error *error) {
    if (secret->size == 0) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("%s: is empty; write the secret into it"), source);
    }
    if (memchr(secret->data, 0, secret->size) != NULL || memchr(secret->data, '\n', secret->size) != NULL) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
            _("%s: holds more than one line, or a zero byte; write the secret as one line of text"), source);
    }
    return SBK_OK;
}

static sbk_result read_descriptor(
    int descriptor, const char *source, struct sbk_secret *secret, struct sbk_error *error) {
    for (;;) {
        const ssize_t count = read(descriptor, secret->data + secret->size, secret->capacity - secret->size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return sbk_fail_system(error, errno, source, _("cannot be read"));
        }
        if (count == 0) {
            return SBK_OK;
        }
        secret->size += (size_t)count;
        if (secret->size == secret->capacity) {
            return sbk_fail(
                error, SBK_USAGE, SBK_REASON_USAGE, _("%s: is longer than %d bytes"), source, CLI_PASSPHRASE_MAX);
        }
    }
}

/* Everything the option's descriptor gives; it is closed afterwards. secret is empty before and, on failure, after. */
static sbk_result take_descriptor(
    struct cli_call *call, const char *option, struct sbk_secret *secret, struct sbk_error *error) {
    int64_t number = -1;
    sbk_result result = cli_number(call, option, 0, INT_MAX, &number, error);
    if (result == SBK_OK) {
        result = sbk_secret_new(secret, CLI_PASSPHRASE_MAX + 3, error);
    }
    if (result == SBK_OK) {
        char source[40];
        (void)snprintf(source, sizeof source, "--%s", option);
        result = read_descriptor((int)number, source, secret, error);
        (void)close((int)number);
    }
    if (result != SBK_OK) {
        sbk_secret_free(secret);
    }
    return result;
}

static bool known_role(const struct cli_secrets *secrets, const char *role, size_t length) {
    for (size_t i = 0; secrets->roles != NULL && secrets->roles[i] != NULL; i++) {
        if (strlen(secrets->roles[i]) == length && strncmp(secrets->roles[i], role, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Length of the ROLE of "ROLE=FILE"; 0 for a plain FILE. */
static size_t role_length(const struct cli_secrets *secrets, const char *role, const char *value) {
    const size_t length = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (length == 0 || value[length] != '=') {
        return 0;
    }
    const bool asked = role != NULL && strlen(role) == length && strncmp(role, value, length) == 0;
    return secrets->roles != NULL || asked ? length : 0;
}

sbk_result cli_passphrase_roles(struct cli_call *call, const char *const *roles, struct sbk_error *error) {
    struct cli_secrets *secrets = secrets_of(call, error);
    if (secrets == NULL) {
        return SBK_ENVIRONMENT;
    }
    secrets->roles = roles;
    size_t plain = 0;
    for (size_t i = 0; i < cli_count(call, "passphrase-file"); i++) {
        const char *value = cli_value_at(call, "passphrase-file", i);
        const size_t length = role_length(secrets, NULL, value);
        plain += length == 0 ? 1 : 0;
        if (length > 0 && !known_role(secrets, value, length)) {
            return cli_usage(call, error, _("--passphrase-file: there is no role '%.*s'"), (int)length, value);
        }
        for (size_t n = 0; length > 0 && n < i; n++) {
            if (strncmp(cli_value_at(call, "passphrase-file", n), value, length + 1) == 0) {
                return cli_usage(call, error, _("--passphrase-file: role '%.*s' is named twice"), (int)length, value);
            }
        }
    }
    if (plain + cli_count(call, "passphrase-fd") > 1) {
        return cli_usage(call, error, "%s", _("give one --passphrase-file without a role, or --passphrase-fd"));
    }
    return SBK_OK;
}

/* The file that holds the role's pass phrase: its own first, else the plain one. NULL: none given. */
static sbk_result find_file(struct cli_call *call, const struct cli_secrets *secrets, const char *role,
    const char **path, struct sbk_error *error) {
    const char *own = NULL;
    const char *plain = NULL;
    size_t plain_count = cli_count(call, "passphrase-fd");
    for (size_t i = 0; i < cli_count(call, "passphrase-file"); i++) {
        const char *value = cli_value_at(call, "passphrase-file", i);
        const size_t length = role_length(secrets, role, value);
        if (length == 0) {
            plain = value;
            plain_count++;
        } else if (role != NULL && strlen(role) == length && strncmp(role, value, length) == 0) {
            if (own != NULL) {
                return cli_usage(call, error, _("--passphrase-file: role '%s' is named twice"), role);
            }
            own = value + length + 1;
        }
    }
    if (plain_count > 1) {
        return cli_usage(call, error, "%s", _("give one --passphrase-file without a role, or --passphrase-fd"));
    }
    *path = own != NULL ? own : plain;
    return SBK_OK;
}

static sbk_result passphrase_of_file(const char *path, struct sbk_secret *secret, struct sbk_error *error) {
    struct sbk_secret found = SBK_SECRET_EMPTY;
    sbk_result result = sbk_file_read_secret(path, CLI_PASSPHRASE_MAX + 2, &found, error);
    if (result == SBK_OK) {
        strip_newline(&found);
        result = check_line(path, &found, error);
    }
    if (result == SBK_OK) {
        *secret = found;
    } else {
        sbk_secret_free(&found);
    }
    return result;
}

static sbk_result passphrase_of_descriptor(
    struct cli_call *call, struct cli_secrets *secrets, struct sbk_secret *secret, struct sbk_error *error) {
    if (secrets->of_descriptor.data == NULL) {
        sbk_result result = take_descriptor(call, "passphrase-fd", &secrets->of_descriptor, error);
        if (result == SBK_OK) {
            strip_newline(&secrets->of_descriptor);
            result = check_line("--passphrase-fd", &secrets->of_descriptor, error);
        }
        if (result != SBK_OK) {
            sbk_secret_free(&secrets->of_descriptor);
            return result;
        }
    }
    return sbk_secret_copy(secret, secrets->of_descriptor.data, secrets->of_descriptor.size, error);
}

/* Asks, twice where the secret is fresh. */
static sbk_result ask(const char *question, const char *again, bool fresh, bool may_be_empty, struct sbk_secret *secret,
    struct sbk_error *error) {
    struct sbk_secret first = SBK_SECRET_EMPTY;
    struct sbk_secret second = SBK_SECRET_EMPTY;
    sbk_result result = cli_ask_secret(question, &first, error);
    if (result == SBK_OK && first.size == 0 && !may_be_empty) {
        result = sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s", _("nothing was entered"));
    }
    if (result == SBK_OK && fresh && first.size > 0) {
        result = cli_ask_secret(again, &second, error);
        if (result == SBK_OK && !sbk_secret_equal(&first, &second)) {
            result =
                sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s", _("the two entries differ; nothing was changed"));
        }
    }
    sbk_secret_free(&second);
    if (result == SBK_OK && first.size > 0) {
        *secret = first;
    } else {
        sbk_secret_free(&first);
    }
    return result;
}

/* Says once, before anything secret is typed where that is known, that the system does not keep secrets out of swap. */
static void warn_unlocked(struct cli_call *call, struct cli_secrets *secrets) {
    if (sbk_secrets_unlocked() && !secrets->warned) {
        secrets->warned = true;
        cli_warn(call, "%s",
            _("the system does not let this program lock memory, so keys may be written to swap: raise the limit "
              "(ulimit -l) or switch swap off"));
    }
}

/* What the options give for a role; the secret stays empty if they give nothing. */
static sbk_result given(struct cli_call *call, const char *role, struct sbk_secret *secret, struct sbk_error *error) {
    struct cli_secrets *secrets = secrets_of(call, error);
    if (secrets == NULL) {
        return SBK_ENVIRONMENT;
    }
    const char *path = NULL;
    warn_unlocked(call, secrets);
    const sbk_result result = find_file(call, secrets, role, &path, error);
    if (result != SBK_OK) {
        return result;
    }
    if (path != NULL) {
        return passphrase_of_file(path, secret, error);
    }
    return cli_given(call, "passphrase-fd") ? passphrase_of_descriptor(call, secrets, secret, error) : SBK_OK;
}

sbk_result cli_passphrase(struct cli_call *call, const char *role, const char *what, bool fresh,
    struct sbk_secret *secret, struct sbk_error *error) {
    const sbk_result result = given(call, role, secret, error);
    if (result != SBK_OK || secret->size > 0) {
        return result;
    }
    char question[256];
    char again[256];
    (void)snprintf(question, sizeof question, fresh ? _("New pass phrase for %s: ") : _("Pass phrase for %s: "), what);
    (void)snprintf(again, sizeof again, _("The same again for %s: "), what);
    return ask(question, again, fresh, false, secret, error);
}

sbk_result cli_token_pin(struct cli_call *call, const char *role, const char *what, const char *token,
    struct sbk_secret *secret, struct sbk_error *error) {
    const sbk_result result = given(call, role, secret, error);
    if (result != SBK_OK || secret->size > 0) {
        return result;
    }
    char question[256];
    (void)snprintf(question, sizeof question, _("PIN of the token '%s', for %s: "), token, what);
    return ask(question, "", false, false, secret, error);
}

/* Splits what a file or descriptor gave into the holder's line and the alternate's. */
static sbk_result split_pins(const char *source, struct sbk_secret *lines, struct sbk_secret *holder,
    struct sbk_secret *alternate, struct sbk_error *error) {
    strip_newline(lines);
    const uint8_t *end = lines->size == 0 ? NULL : memchr(lines->data, '\n', lines->size);
    const size_t size = end == NULL ? lines->size : (size_t)(end - lines->data);
    struct sbk_secret first = SBK_SECRET_EMPTY;
    struct sbk_secret second = SBK_SECRET_EMPTY;
    const bool carriage = end != NULL && size > 0 && lines->data[size - 1] == '\r';
    sbk_result result = sbk_secret_copy(&first, lines->data, carriage ? size - 1 : size, error);
    if (result == SBK_OK) {
        result = check_line(source, &first, error);
    }
    if (result == SBK_OK && end != NULL && alternate == NULL) {
        result = sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("%s: holds two lines where one PIN is wanted"), source);
    }
    if (result == SBK_OK && end != NULL) {
        result = sbk_secret_copy(&second, end + 1, lines->size - size - 1, error);
        if (result == SBK_OK) {
            result = check_line(source, &second, error);
        }
    }
    if (result != SBK_OK) {
        sbk_secret_free(&first);
        sbk_secret_free(&second);
        return result;
    }
    *holder = first;
    if (alternate != NULL) {
        *alternate = second;
    }
    return SBK_OK;
}

static sbk_result pins_of_terminal(
    bool fresh, struct sbk_secret *holder, struct sbk_secret *alternate, struct sbk_error *error) {
    struct sbk_secret first = SBK_SECRET_EMPTY;
    sbk_result result =
        ask(fresh ? _("New PIN: ") : _("PIN: "), _("The same PIN again: "), fresh, false, &first, error);
    if (result == SBK_OK && alternate != NULL) {
        result = ask(_("New PIN of the alternate (nothing if there is none): "), _("The alternate's PIN again: "),
            fresh, true, alternate, error);
    }
    if (result == SBK_OK) {
        *holder = first;
    } else {
        sbk_secret_free(&first);
    }
    return result;
}

sbk_result cli_pin(struct cli_call *call, bool fresh, struct sbk_secret *holder, struct sbk_secret *alternate,
    struct sbk_error *error) {
    const char *path = cli_value(call, "pin-file");
    if (path != NULL && cli_given(call, "pin-fd")) {
        return cli_usage(call, error, "%s", _("give --pin-file or --pin-fd, not both"));
    }
    if (path == NULL && !cli_given(call, "pin-fd")) {
        return pins_of_terminal(fresh, holder, alternate, error);
    }
    struct sbk_secret lines = SBK_SECRET_EMPTY;
    sbk_result result = path != NULL ? sbk_file_read_secret(path, CLI_PASSPHRASE_MAX, &lines, error)
                                     : take_descriptor(call, "pin-fd", &lines, error);
    if (result == SBK_OK) {
        result = split_pins(path != NULL ? path : "--pin-fd", &lines, holder, alternate, error);
    }
    sbk_secret_free(&lines);
    return result;
}
