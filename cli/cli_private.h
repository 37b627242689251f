/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_CLI_PRIVATE_H
#define SBK_CLI_CLI_PRIVATE_H

#include "cli/cli.h"

#include <stdio.h>

/* The values of one option of the program's table; the entries stand in the order of the table. */
struct cli_value_list {
    char **values;
    size_t count;
    bool given; /* for flags too */
};

struct cli_values {
    struct cli_value_list *lists; /* option_count of them */
    char **arguments;             /* what cli_call.arguments shows */
    bool json;
    bool help;
    bool version;
    char *language;
};

/* Whether the comma-separated words of a verb list hold the verb; NULL holds every verb. */
bool cli_verb_listed(const char *list, const char *words);
/* Whether the option belongs to the verb, and whether the verb cannot do without it. */
bool cli_option_accepted(const struct cli_option *option, const struct cli_verb *verb);
bool cli_option_required(const struct cli_option *option, const struct cli_verb *verb);

/* Reads argv into values and finds the verb (*verb stays NULL where --help or --version came without one). Errors:
 * SBK_USAGE; values hold what was understood so far, so that --json and --language count even then. */
SBK_CHECK_RESULT sbk_result cli_parse(const struct cli_program *program, int argc, char **argv,
    struct cli_values *values, const struct cli_verb **verb, struct sbk_error *error);

/* Gives every value back. */
void cli_values_free(const struct cli_program *program, struct cli_values *values);

/* The help of the program (verb NULL) or of one verb. */
void cli_help(const struct cli_program *program, const struct cli_verb *verb, FILE *out);

/* Lets --help, --version and errors speak as the rest: the object of cli_finish, made before any verb is known. */
json_t *cli_result_object(sbk_result result, const struct sbk_error *error);

#endif
