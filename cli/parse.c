/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_private.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <assert.h>
#include <popt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* popt's val of the options that every program has; the program's own are 1 + their index. */
enum { VAL_JSON = 10000, VAL_HELP, VAL_LANGUAGE, VAL_VERSION };
#define COMMON 4

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

/* Whether one of the comma-separated entries of list is exactly words; behind a "!": whether none is. */
static bool listed(const char *list, const char *words) {
    if (*list == '!') {
        return !listed(list + 1, words);
    }
    const size_t length = strlen(words);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        at += strspn(at, " ");
        if (strncmp(at, words, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

const struct cli_option *cli_option_of(
    const struct cli_program *program, const struct cli_verb *verb, const char *name) {
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cli_option *option = &program->options[i];
        if (strcmp(option->name, name) == 0 && (option->verbs == NULL || listed(option->verbs, verb->words))) {
            return option;
        }
    }
    return NULL;
}

bool cli_option_required(const struct cli_option *option, const struct cli_verb *verb) {
    return option->required != NULL && (strcmp(option->required, "*") == 0 || listed(option->required, verb->words));
}

/* Index of the first row of that name; option_count for none. */
static size_t first_row(const struct cli_program *program, const char *name) {
    size_t i = 0;
    while (i < program->option_count && strcmp(program->options[i].name, name) != 0) {
        i++;
    }
    return i;
}

struct cli_value_list *cli_list_of(
    const struct cli_program *program, const struct cli_values *values, const char *name) {
    const size_t index = first_row(program, name);
    return index < program->option_count ? &values->lists[index] : NULL;
}

void cli_values_free(const struct cli_program *program, struct cli_values *values) {
    for (size_t i = 0; values->lists != NULL && i < program->option_count; i++) {
        for (size_t n = 0; values->lists[i].values != NULL && n < values->lists[i].count; n++) {
            free(values->lists[i].values[n]);
        }
        free(values->lists[i].values);
    }
    for (size_t i = 0; values->words != NULL && values->words[i] != NULL; i++) {
        free(values->words[i]);
    }
    free(values->lists);
    free(values->words);
    free(values->arguments);
    free(values->language);
    memset(values, 0, sizeof *values);
}

/* Adds a value (taken over; NULL for a flag). */
static sbk_result add_value(struct cli_value_list *list, enum cli_kind kind, char *value, struct sbk_error *error) {
    if (kind != CLI_FLAG) {
        char **grown = value == NULL ? NULL : realloc(list->values, (list->count + 1) * sizeof *grown);
        if (grown == NULL) {
            free(value);
            return out_of_memory(error);
        }
        grown[list->count] = value;
        list->values = grown;
    }
    list->count++;
    return SBK_OK;
}

/* One row for each name, then the common ones, then the end mark. New; NULL if memory fails. */
static struct poptOption *popt_table(const struct cli_program *program) {
    static const struct poptOption common[COMMON] = {
        {"json", '\0', POPT_ARG_NONE, NULL, VAL_JSON, NULL, NULL},
        {"help", '\0', POPT_ARG_NONE, NULL, VAL_HELP, NULL, NULL},
        {"language", '\0', POPT_ARG_STRING, NULL, VAL_LANGUAGE, NULL, NULL},
        {"version", '\0', POPT_ARG_NONE, NULL, VAL_VERSION, NULL, NULL},
    };
    struct poptOption *table = calloc(program->option_count + COMMON + 1, sizeof *table);
    size_t used = 0;
    for (size_t i = 0; table != NULL && i < program->option_count; i++) {
        if (first_row(program, program->options[i].name) == i) {
            table[used].longName = program->options[i].name;
            table[used].argInfo = program->options[i].kind == CLI_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING;
            table[used].val = (int)i + 1;
            used++;
        }
    }
    if (table != NULL) {
        memcpy(table + used, common, sizeof common);
    }
    return table;
}

static sbk_result take_option(const struct cli_program *program, poptContext context, int val,
    struct cli_values *values, struct sbk_error *error) {
    switch (val) {
    case VAL_JSON:
        values->json = true;
        return SBK_OK;
    case VAL_HELP:
        values->help = true;
        return SBK_OK;
    case VAL_VERSION:
        values->version = true;
        return SBK_OK;
    case VAL_LANGUAGE:
        free(values->language);
        values->language = poptGetOptArg(context);
        return SBK_OK;
    default:
        break;
    }
    const size_t index = (size_t)val - 1;
    const enum cli_kind kind = program->options[index].kind;
    return add_value(&values->lists[index], kind, kind != CLI_FLAG ? poptGetOptArg(context) : NULL, error);
}

static sbk_result take_words(poptContext context, struct cli_values *values, struct sbk_error *error) {
    const char **found = poptGetArgs(context);
    size_t count = 0;
    while (found != NULL && found[count] != NULL) {
        count++;
    }
    values->words = calloc(count + 1, sizeof *values->words);
    values->arguments = calloc(count + 1, sizeof *values->arguments);
    if (values->words == NULL || values->arguments == NULL) {
        return out_of_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        values->words[i] = strdup(found[i]);
        if (values->words[i] == NULL) {
            return out_of_memory(error);
        }
    }
    return SBK_OK;
}

static sbk_result read_options(
    const struct cli_program *program, poptContext context, struct cli_values *values, struct sbk_error *error) {
    for (;;) {
        const int val = poptGetNextOpt(context);
        if (val == -1) {
            return take_words(context, values, error);
        }
        if (val < 0) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("%s: %s; see '%s --help'"), poptBadOption(context, 0),
                poptStrerror(val), program->name);
        }
        const sbk_result result = take_option(program, context, val, values, error);
        if (result != SBK_OK) {
            return result;
        }
    }
}

static sbk_result read_argv(
    const struct cli_program *program, int argc, char **argv, struct cli_values *values, struct sbk_error *error) {
    values->lists = calloc(program->option_count + 1, sizeof *values->lists);
    struct poptOption *table = popt_table(program);
    const char **words = calloc((size_t)argc + 1, sizeof *words);
    sbk_result result = SBK_ENVIRONMENT;
    poptContext context = NULL;
    if (values->lists != NULL && table != NULL && words != NULL) {
        for (int i = 0; i < argc; i++) {
            words[i] = argv[i];
        }
        context = poptGetContext(NULL, argc, words, table, 0);
    }
    if (context != NULL) {
        result = read_options(program, context, values, error);
        (void)poptFreeContext(context);
    } else {
        result = out_of_memory(error);
    }
    free(words);
    free(table);
    return result;
}

/* How many words of the command line the verb's words match, all of them; -1: it is another verb. */
static int match(const struct cli_verb *verb, char *const *words) {
    const char *at = verb->words;
    int count = 0;
    while (*at != '\0') {
        const size_t length = strcspn(at, " ");
        if (words[count] == NULL || strlen(words[count]) != length || strncmp(words[count], at, length) != 0) {
            return -1;
        }
        count++;
        at += length;
        at += strspn(at, " ");
    }
    return count;
}

static const struct cli_verb *find_verb(const struct cli_program *program, char *const *words, int *taken) {
    const struct cli_verb *best = NULL;
    *taken = -1;
    for (size_t i = 0; i < program->verb_count; i++) {
        const int count = match(&program->verbs[i], words);
        if (count > *taken) {
            *taken = count;
            best = &program->verbs[i];
        }
    }
    return best;
}

/* Whether the word begins a verb of several words; for the message, and so that "PROGRAM station --help" helps. */
static bool begins_verb(const struct cli_program *program, const char *word) {
    const size_t length = strlen(word);
    for (size_t i = 0; i < program->verb_count; i++) {
        if (strncmp(program->verbs[i].words, word, length) == 0 && program->verbs[i].words[length] == ' ') {
            return true;
        }
    }
    return false;
}

static sbk_result no_verb(const struct cli_program *program, const struct cli_values *values, struct sbk_error *error) {
    const char *first = values->words[0];
    if (first == NULL) {
        return values->help || values->version
                   ? SBK_OK
                   : sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("say what to do; see '%s --help'"), program->name);
    }
    if (!begins_verb(program, first)) {
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_USAGE, _("unknown command '%.60s'; see '%s --help'"), first, program->name);
    }
    if (values->words[1] == NULL) {
        return values->help ? SBK_OK
                            : sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
                                  _("'%s' needs a second word; see '%s --help'"), first, program->name);
    }
    return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("unknown command '%s %.60s'; see '%s --help'"), first,
        values->words[1], program->name);
}

sbk_result cli_usage_list(const struct cli_program *program, const struct cli_verb *verb, struct sbk_error *error,
    const char *format, va_list arguments) {
    char text[384];
    (void)vsnprintf(text, sizeof text, format, arguments);
    const char *space = verb->words[0] == '\0' ? "" : " ";
    return sbk_fail(
        error, SBK_USAGE, SBK_REASON_USAGE, _("%s; see '%s%s%s --help'"), text, program->name, space, verb->words);
}

__attribute__((format(printf, 4, 5))) static sbk_result usage_of(
    const struct cli_program *program, const struct cli_verb *verb, struct sbk_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const sbk_result result = cli_usage_list(program, verb, error, format, arguments);
    va_end(arguments);
    return result;
}

static sbk_result check_options(const struct cli_program *program, const struct cli_verb *verb,
    const struct cli_values *values, struct sbk_error *error) {
    for (size_t i = 0; i < program->option_count; i++) {
        const char *name = program->options[i].name;
        if (first_row(program, name) != i) {
            continue;
        }
        const struct cli_option *row = cli_option_of(program, verb, name);
        const size_t count = values->lists[i].count;
        if (count > 0 && row == NULL) {
            return usage_of(program, verb, error, _("--%.60s does not belong to this command"), name);
        }
        if (count > 1 && row != NULL && row->kind != CLI_LIST) {
            return usage_of(program, verb, error, _("--%.60s is given twice"), name);
        }
        if (count == 0 && row != NULL && cli_option_required(row, verb)) {
            return usage_of(program, verb, error, _("--%.60s is missing"), name);
        }
    }
    return SBK_OK;
}

static sbk_result take_arguments(const struct cli_program *program, const struct cli_verb *verb, int taken,
    struct cli_values *values, struct sbk_error *error) {
    struct cli_value_list *rest = verb->rest == NULL ? NULL : cli_list_of(program, values, verb->rest);
    for (int i = taken; values->words[i] != NULL; i++) {
        if (rest != NULL && rest->count > 0) {
            const sbk_result result = add_value(rest, CLI_VALUE, strdup(values->words[i]), error);
            if (result != SBK_OK) {
                return result;
            }
        } else if (verb->arguments_max >= 0 && values->argument_count >= verb->arguments_max) {
            return usage_of(program, verb, error, _("'%.60s' is one word too many"), values->words[i]);
        } else {
            values->arguments[values->argument_count++] = values->words[i];
        }
    }
    if (values->argument_count < verb->arguments_min) {
        return usage_of(program, verb, error, _("%s is missing"), verb->arguments == NULL ? "" : _(verb->arguments));
    }
    return SBK_OK;
}

/* Whether every entry of a list of verbs is a verb of the program. */
static bool known_verbs(const struct cli_program *program, const char *list) {
    size_t entries = 0;
    size_t known = 0;
    list += list != NULL && *list == '!' ? 1 : 0;
    for (const char *at = list; at != NULL; at = strchr(at + 1, ',')) {
        entries++;
    }
    for (size_t i = 0; list != NULL && i < program->verb_count; i++) {
        known += listed(list, program->verbs[i].words) ? 1 : 0;
    }
    return entries == known;
}

/* A table that does not fit together is a mistake in the program, and is seen at its first start. */
static void check_tables(const struct cli_program *program) {
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cli_option *option = &program->options[i];
        assert(known_verbs(program, option->verbs));
        assert(
            option->required == NULL || strcmp(option->required, "*") == 0 || known_verbs(program, option->required));
        assert((option->kind == CLI_FLAG) == (option->value == NULL));
    }
    for (size_t i = 0; i < program->verb_count; i++) {
        const struct cli_verb *verb = &program->verbs[i];
        const struct cli_option *rest = verb->rest == NULL ? NULL : cli_option_of(program, verb, verb->rest);
        assert(verb->run != NULL && (verb->rest == NULL || (rest != NULL && rest->kind == CLI_LIST)));
    }
}

sbk_result cli_parse(const struct cli_program *program, int argc, char **argv, struct cli_values *values,
    const struct cli_verb **verb, struct sbk_error *error) {
    check_tables(program);
    int taken = 0;
    sbk_result result = read_argv(program, argc, argv, values, error);
    if (result != SBK_OK) {
        /* The options are off; what stands first may still tell whose they are. */
        *verb = argc > 1 ? find_verb(program, argv + 1, &taken) : NULL;
        return result;
    }
    const struct cli_verb *found = find_verb(program, values->words, &taken);
    if (found == NULL) {
        return no_verb(program, values, error);
    }
    *verb = found;
    if (values->help || values->version) {
        return SBK_OK;
    }
    result = check_options(program, found, values, error);
    return result == SBK_OK ? take_arguments(program, found, taken, values, error) : result;
}
