/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_private.h"

#include "base/i18n.h"

#include <string.h>

#define COLUMN 30 /* where the explanations begin */

/* "  LEFT            RIGHT"; a left part that is too wide gets a line of its own. */
static void row(FILE *out, const char *left, const char *right) {
    const int width = COLUMN - 4;
    if (strlen(left) > (size_t)width) {
        (void)fprintf(out, "  %s\n  %*s  %s\n", left, width, "", right);
    } else {
        (void)fprintf(out, "  %-*s  %s\n", width, left, right);
    }
}

static void option_row(FILE *out, const struct cli_option *option) {
    char left[128];
    (void)snprintf(left, sizeof left, "--%s%s%s%s", option->name, option->kind != CLI_FLAG ? " " : "",
        option->kind != CLI_FLAG ? _(option->value) : "", option->kind == CLI_LIST ? " ..." : "");
    row(out, left, _(option->help));
}

static void common_rows(FILE *out) {
    row(out, "--json", _("print one JSON object instead of text"));
    row(out, "--language id|en", _("language of what people read"));
    row(out, "--help", _("print this help"));
}

static void usage_line(const struct cli_program *program, const struct cli_verb *verb, FILE *out) {
    (void)fprintf(out, "%s %s%s%s", _("Usage:"), program->name, verb->words[0] == '\0' ? "" : " ", verb->words);
    bool others = false;
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cli_option *option = &program->options[i];
        if (cli_option_of(program, verb, option->name) != option) {
            continue;
        }
        if (cli_option_required(option, verb)) {
            (void)fprintf(out, " --%s%s%s", option->name, option->kind != CLI_FLAG ? " " : "",
                option->kind != CLI_FLAG ? _(option->value) : "");
        } else {
            others = true;
        }
    }
    (void)fprintf(out, "%s%s%s%s\n", others ? " " : "", others ? _("[OPTION...]") : "",
        verb->arguments == NULL ? "" : " ", verb->arguments == NULL ? "" : _(verb->arguments));
}

static void verb_help(const struct cli_program *program, const struct cli_verb *verb, FILE *out) {
    usage_line(program, verb, out);
    (void)fprintf(out, "\n%s.\n\n%s\n", _(verb->help), _("Options:"));
    for (size_t i = 0; i < program->option_count; i++) {
        if (cli_option_of(program, verb, program->options[i].name) == &program->options[i]) {
            option_row(out, &program->options[i]);
        }
    }
    common_rows(out);
    if (verb->words[0] == '\0') {
        row(out, "--version", _("print the version"));
    }
    if (verb->more != NULL) {
        (void)fprintf(out, "\n%s\n", _(verb->more));
    }
}

void cli_help(const struct cli_program *program, const struct cli_verb *verb, FILE *out) {
    if (verb == NULL && program->verb_count == 1 && program->verbs[0].words[0] == '\0') {
        verb = &program->verbs[0];
    }
    if (verb != NULL) {
        verb_help(program, verb, out);
        return;
    }
    (void)fprintf(out, "%s %s %s\n\n%s.\n\n%s\n", _("Usage:"), program->name, _("COMMAND [OPTION...]"),
        _(program->summary), _("Commands:"));
    for (size_t i = 0; i < program->verb_count; i++) {
        row(out, program->verbs[i].words, _(program->verbs[i].help));
    }
    (void)fprintf(out, "\n%s\n", _("Options of every command:"));
    common_rows(out);
    row(out, "--version", _("print the version (without a command)"));
    (void)fprintf(out, "\n%s\n", _("The command's words with --help list its own options."));
}
