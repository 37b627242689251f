/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_CLI_H
#define SBK_CLI_CLI_H

#include "base/clock.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the programs' mains share: a program is two tables, of verbs and of options with the verbs that accept them.
 * From these come the parser, the help of the program and of each verb, the error messages, the check of the manual
 * page and the completion. A main is `return cli_main(&program, argc, argv);`.
 *
 * cli_main reads the words, sets the language, installs the signal handlers, reads the clock, calls the verb's function
 * and ends with cli_finish. Every verb takes --json, --language id|en and --help; every program --version.
 */
struct cli_call;

enum cli_kind {
    CLI_FLAG,  /* takes no value */
    CLI_VALUE, /* takes one */
    CLI_LIST   /* takes one and may be given again */
};

struct cli_option {
    const char *name; /* "store"; without the dashes */
    enum cli_kind kind;
    const char *value; /* what the help calls the value: N_("DIR"); NULL for a flag */
    const char *help;  /* N_(), one line, no full stop */
    const char
        *verbs; /* the words of the verbs that accept it, comma-separated: "init,station issue"; behind a "!" all but
                             them; NULL: all */
    const char *required; /* the verbs that cannot do without it, likewise; "*": all that accept it; NULL: none */
};

struct cli_verb {
    const char *words; /* "station issue"; "" for a program without verbs */
    const char
        *arguments; /* N_() text of the positional arguments for the help: "FILE", "ITEM=AMOUNT..."; NULL: none */
    int arguments_min;
    int arguments_max; /* -1: no limit */
    const char *rest;  /* name of a CLI_LIST option whose further values are the positional arguments, so that
                          "--component A B" means "--component A --component B"; NULL: none */
    const char *help;  /* N_(), one line, no full stop */
    const char *more;  /* N_(), further help text below the options; NULL: none */
    sbk_result (*run)(struct cli_call *call, struct sbk_error *error);
};

struct cli_program {
    const char *name;    /* "sembako-keys" */
    const char *summary; /* N_(), one line */
    const struct cli_verb *verbs;
    size_t verb_count;
    const struct cli_option *options;
    size_t option_count;
    /* The sentence, not yet translated, that ends every failed run of a verb ("redeem") that told no other by
     * cli_outcome, even one that was not begun; NULL: none. The function may be missing. */
    const char *(*failed)(const char *verb);
};

/* One run of a verb. */
struct cli_call {
    const struct cli_program *program;
    const struct cli_verb *verb;
    const char *const *arguments; /* positional, NULL-terminated */
    int argument_count;
    bool json;
    const struct sbk_clock *clock; /* of the process, SEMBAKO_DATE applied */
    bool clock_set;                /* SEMBAKO_DATE set it */
    json_t *fields;                /* what --json prints beside "result"; the verb adds to it */
    const char *last;              /* what cli_outcome said; private to cli/ */
    struct cli_values *values;     /* of the options; private to cli/ */
    struct cli_secrets *secrets;   /* private to cli/secrets.c */
};

/* Runs the program; returns its exit code. */
int cli_main(const struct cli_program *program, int argc, char **argv);

/* Options of the call. Asking for one that the table does not give to this verb is a programming error (assert). */
bool cli_given(const struct cli_call *call, const char *option);
size_t cli_count(const struct cli_call *call, const char *option);
/* The value at index, or NULL if there are not so many. Owned by the call. */
const char *cli_value_at(const struct cli_call *call, const char *option, size_t index);
/* The only value, or NULL if it was not given. */
const char *cli_value(const struct cli_call *call, const char *option);
/* A whole decimal number between low and high; untouched *number if the option was not given. Errors: SBK_USAGE. */
SBK_CHECK_RESULT sbk_result cli_number(const struct cli_call *call, const char *option, int64_t low, int64_t high,
    int64_t *number, struct sbk_error *error);
/* A date YYYY-MM-DD; untouched *day if the option was not given. Errors: SBK_USAGE. */
SBK_CHECK_RESULT sbk_result cli_day(
    const struct cli_call *call, const char *option, uint16_t *day, struct sbk_error *error);

/* A usage error of the verb: the text, then "see 'PROGRAM VERB --help'". Returns SBK_USAGE. */
__attribute__((format(printf, 3, 4))) sbk_result cli_usage(
    const struct cli_call *call, struct sbk_error *error, const char *format, ...);

#endif
