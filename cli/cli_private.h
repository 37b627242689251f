/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_CLI_PRIVATE_H
#define SBK_CLI_CLI_PRIVATE_H

#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>

/* What was given of one option; stands at the index of the table's first row of that name. */
struct cli_value_list {
    char **values;
    size_t count; /* of a flag, too: how often it was given */
};

struct cli_values {
    struct cli_value_list *lists; /* option_count of them */
    const char **arguments;       /* positional, verb's words taken off, NULL-terminated; into words */
    int argument_count;
    char **words; /* every positional word, owned */
    bool json;
    bool help;
    bool version;
    char *language;
};

/* The row of the option that the verb accepts (several rows may share a name, each with verbs of its own); NULL: none.
 */
const struct cli_option *cli_option_of(
    const struct cli_program *program, const struct cli_verb *verb, const char *name);

/* Whether the verb cannot do without the option of this row, which it accepts. */
bool cli_option_required(const struct cli_option *option, const struct cli_verb *verb);

/* The values of an option, whatever row named it; NULL for a name that is in no row. */
struct cli_value_list *cli_list_of(
    const struct cli_program *program, const struct cli_values *values, const char *name);

/* Reads argv into values and finds the verb: *verb stays NULL where --help or --version stand without one, and after a
 * failure where it does not show which one was meant. Errors: SBK_USAGE; values are to be freed in any case. */
SBK_CHECK_RESULT sbk_result cli_parse(const struct cli_program *program, int argc, char **argv,
    struct cli_values *values, const struct cli_verb **verb, struct sbk_error *error);

void cli_values_free(const struct cli_program *program, struct cli_values *values);

/* cli_usage with a list of arguments and for a verb that is not running yet. */
__attribute__((format(printf, 4, 0))) sbk_result cli_usage_list(const struct cli_program *program,
    const struct cli_verb *verb, struct sbk_error *error, const char *format, va_list arguments);

/* The help of the program (verb NULL) or of one verb. */
void cli_help(const struct cli_program *program, const struct cli_verb *verb, FILE *out);

/* {"result": ..., "reason": ..., "message": ...}, new; NULL if memory fails. */
json_t *cli_result_object(sbk_result result, const struct sbk_error *error);

#endif
