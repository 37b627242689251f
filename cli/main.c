/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/i18n.h"
#include "cli/cli_private.h"
#include "cli/language.h"
#include "cli/output.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "schema/reason.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A program started with stdout closed would otherwise get a database as descriptor 1 and print into it. Opened for
 * reading only, so that a lost answer is noticed as a failed write. */
static void fill_standard_descriptors(void) {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDONLY) < 0) {
            _exit(SBK_ENVIRONMENT);
        }
    }
}

/* Keys and pass phrases live in this process. */
static void forbid_core_dumps(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        (void)setrlimit(RLIMIT_CORE, &limit);
    }
}

/* --json and --language count for the message about a command line that cannot be understood, too. */
static void look_ahead(int argc, char **argv, bool *json, const char **language) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            *json = true;
        } else if (strncmp(argv[i], "--language=", 11) == 0) {
            *language = argv[i] + 11;
        } else if (strcmp(argv[i], "--language") == 0 && i + 1 < argc) {
            *language = argv[++i];
        }
    }
}

static sbk_result print_version(struct cli_call *call) {
    cli_say(call, "%s %s\n", call->program->name, SBK_VERSION);
    cli_field_text(call, "program", call->program->name);
    cli_field_text(call, "version", SBK_VERSION);
    return SBK_OK;
}

static sbk_result print_help(struct cli_call *call, struct sbk_error *error) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    cli_help(call->program, call->verb, out);
    sbk_result result = SBK_OK;
    if (fclose(out) != 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    } else {
        cli_say(call, "%s", text);
        cli_field_text(call, "help", text);
    }
    free(text);
    return result;
}

static sbk_result run(struct cli_call *call, bool language_known, struct sbk_error *error) {
    const struct cli_values *values = call->values;
    if (!language_known) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s", _("--language: choose id or en"));
    }
    if (values->version) {
        return print_version(call);
    }
    if (values->help) {
        return print_help(call, error);
    }
    struct sbk_process_clock clock;
    sbk_result result = sbk_clock_of_process(&clock, error);
    if (result == SBK_OK) {
        call->clock = &clock.clock;
        call->clock_set = clock.set;
        call->arguments = values->arguments;
        call->argument_count = values->argument_count;
        result = call->verb->run(call, error);
        call->clock = NULL;
    }
    return result;
}

int cli_main(const struct cli_program *program, int argc, char **argv) {
    fill_standard_descriptors();
    forbid_core_dumps();
    cli_signals_install();
    struct cli_values values;
    memset(&values, 0, sizeof values);
    struct cli_call call;
    memset(&call, 0, sizeof call);
    call.program = program;
    call.values = &values;
    call.fields = json_object();
    struct sbk_error error = {SBK_OK, NULL, ""};
    const char *language = NULL;
    look_ahead(argc, argv, &call.json, &language);
    const bool language_known = cli_language(language) == 0;
    if (!language_known) {
        (void)cli_language(NULL);
    }
    sbk_result result = cli_parse(program, argc, argv, &values, &call.verb, &error);
    if (result == SBK_OK) {
        call.json = values.json;
        result = run(&call, language_known, &error);
    }
    const int code = cli_finish(&call, result, &error);
    cli_secrets_free(&call);
    json_decref(call.fields);
    cli_values_free(program, &values);
    return code;
}

/* The option's values; it must be one that the table gives to this verb. */
static const struct cli_value_list *list_of(const struct cli_call *call, const char *option) {
    assert(cli_option_of(call->program, call->verb, option) != NULL);
    return cli_list_of(call->program, call->values, option);
}

size_t cli_count(const struct cli_call *call, const char *option) {
    return list_of(call, option)->count;
}

bool cli_given(const struct cli_call *call, const char *option) {
    return cli_count(call, option) > 0;
}

const char *cli_value_at(const struct cli_call *call, const char *option, size_t index) {
    const struct cli_value_list *list = list_of(call, option);
    return index < list->count && list->values != NULL ? list->values[index] : NULL;
}

const char *cli_value(const struct cli_call *call, const char *option) {
    return cli_value_at(call, option, 0);
}

sbk_result cli_number(const struct cli_call *call, const char *option, int64_t low, int64_t high, int64_t *number,
    struct sbk_error *error) {
    const char *text = cli_value(call, option);
    if (text == NULL) {
        return SBK_OK;
    }
    const char *digits = text[0] == '-' ? text + 1 : text;
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || errno != 0 || value < low || value > high) {
        return cli_usage(call, error, _("--%s: '%.40s' is not a whole number from %lld to %lld"), option, text,
            (long long)low, (long long)high);
    }
    *number = value;
    return SBK_OK;
}

sbk_result cli_day(const struct cli_call *call, const char *option, uint16_t *day, struct sbk_error *error) {
    const char *text = cli_value(call, option);
    if (text == NULL) {
        return SBK_OK;
    }
    char what[64];
    (void)snprintf(what, sizeof what, "--%s", option);
    return sbk_day_read(what, text, day, error);
}

sbk_result cli_usage(const struct cli_call *call, struct sbk_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const sbk_result result = cli_usage_list(call->program, call->verb, error, format, arguments);
    va_end(arguments);
    return result;
}
