/* SPDX-License-Identifier: Apache-2.0 */
/* A program with the shapes that the real ones have, for the tests of cli/. It prints secrets: they are test data. */
#include "base/i18n.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static sbk_result run_init(struct cli_call *call, struct sbk_error *error) {
    static const char *const roles[] = {"root", "station-ca", NULL};
    sbk_result result = cli_passphrase_roles(call, roles, error);
    for (size_t i = 0; result == SBK_OK && roles[i] != NULL; i++) {
        struct sbk_secret secret = SBK_SECRET_EMPTY;
        result = cli_passphrase(call, roles[i], roles[i], true, &secret, error);
        if (result == SBK_OK) {
            cli_field_text(call, roles[i], (const char *)secret.data);
            cli_say(call, "%s=%s\n", roles[i], (const char *)secret.data);
        }
        sbk_secret_free(&secret);
    }
    return result;
}

static sbk_result run_issue(struct cli_call *call, struct sbk_error *error) {
    int64_t limit = -1;
    uint16_t day = sbk_clock_today(call->clock);
    sbk_result result = cli_number(call, "limit", -5, 1000, &limit, error);
    if (result == SBK_OK) {
        result = cli_day(call, "until", &day, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    if (cli_given(call, "strict") && limit < 0) {
        return cli_usage(call, error, "%s", "--strict needs --limit");
    }
    cli_field_text(call, "store", cli_value(call, "store"));
    cli_field_text(call, "out", cli_value(call, "out"));
    cli_field_int(call, "limit", limit);
    cli_field_day(call, "until", day);
    cli_field_time(call, "now", sbk_clock_time(call->clock));
    cli_field_bool(call, "date-set", call->clock_set);
    cli_field_hex(call, "hex", "\x01\xAB", 2);
    cli_say(call, "issued %s\n", cli_value(call, "store"));
    return SBK_OK;
}

static sbk_result run_import(struct cli_call *call, struct sbk_error *error) {
    if (cli_given(call, "test-key") == cli_given(call, "component")) {
        return cli_usage(call, error, "%s", "give --test-key or --component");
    }
    json_t *list = json_array();
    for (size_t i = 0; i < cli_count(call, "component"); i++) {
        (void)json_array_append_new(list, json_string(cli_value_at(call, "component", i)));
    }
    cli_field(call, "components", list);
    return SBK_OK;
}

static sbk_result run_words(struct cli_call *call, struct sbk_error *error) {
    (void)error;
    json_t *list = json_array();
    for (int i = 0; i < call->argument_count; i++) {
        (void)json_array_append_new(list, json_string(call->arguments[i]));
        cli_say(call, "%s\n", call->arguments[i]);
    }
    cli_field(call, "words", list);
    cli_warn(call, "%d words", call->argument_count);
    return SBK_OK;
}

static sbk_result run_end(struct cli_call *call, struct sbk_error *error) {
    static const char *const reasons[] = {
        "", SBK_REASON_BALANCE, SBK_REASON_USAGE, SBK_REASON_NO_CARD, SBK_REASON_SIGNATURE, SBK_REASON_UNSETTLED};
    const int number = call->arguments[0][0] - '0';
    /* A file of the program's own, open while it talks. */
    FILE *file = call->argument_count > 1 ? fopen(call->arguments[1], "w") : NULL;
    cli_say(call, "text for people\n");
    if (file != NULL && (fflush(stdout) == 0 || fclose(file) != 0)) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, "the text went somewhere");
    }
    if (number == 0) {
        return SBK_OK;
    }
    cli_field_int(call, "card", 7);
    return sbk_fail(error, (sbk_result)number, reasons[number], "card 7: ended with %d", number);
}

static sbk_result run_wait(struct cli_call *call, struct sbk_error *error) {
    struct cli_progress progress;
    cli_progress_begin(&progress, call, "waiting");
    for (size_t i = 0; i < 500 && !cli_interrupted(); i++) {
        cli_progress_show(&progress, i, 500);
        const struct timespec pause = {0, 20000000};
        (void)nanosleep(&pause, NULL);
    }
    cli_progress_end(&progress);
    return cli_interrupted() ? cli_fail_interrupted(error) : SBK_OK;
}

static sbk_result run_pin(struct cli_call *call, struct sbk_error *error) {
    struct sbk_secret holder = SBK_SECRET_EMPTY;
    struct sbk_secret alternate = SBK_SECRET_EMPTY;
    const bool fresh = cli_given(call, "fresh");
    const sbk_result result = cli_pin(call, fresh, &holder, fresh ? &alternate : NULL, error);
    if (result == SBK_OK) {
        cli_field_text(call, "holder", (const char *)holder.data);
        cli_field_text(call, "alternate", (const char *)alternate.data);
        cli_say(
            call, "%s %s\n", (const char *)holder.data, alternate.data == NULL ? "-" : (const char *)alternate.data);
    }
    sbk_secret_free(&holder);
    sbk_secret_free(&alternate);
    return result;
}

static const struct cli_verb verbs[] = {
    {"init", NULL, 0, 0, NULL, N_("make the keys"), N_("More about it."), run_init},
    {"station issue", NULL, 0, 0, NULL, N_("make a station's certificate"), NULL, run_issue},
    {"transport import", NULL, 0, 0, "component", N_("take the transport key"), NULL, run_import},
    {"inspect", N_("FILE"), 1, 1, NULL, N_("explain a file"), NULL, run_words},
    {"redeem", N_("ITEM=AMOUNT..."), 1, -1, NULL, N_("pay a basket"), NULL, run_words},
    {"end", N_("NUMBER [FILE]"), 1, 2, NULL, N_("end with a result"), NULL, run_end},
    {"wait", NULL, 0, 0, NULL, N_("do something long"), NULL, run_wait},
    {"pin", NULL, 0, 0, NULL, N_("read PINs"), NULL, run_pin},
};

static const struct cli_option options[] = {
    {"store", CLI_VALUE, N_("DIR"), N_("the store"), "init,station issue, transport import", "*"},
    {"limit", CLI_VALUE, N_("N"), N_("a number"), "station issue", NULL},
    {"until", CLI_VALUE, N_("DATE"), N_("last day"), "station issue", NULL},
    {"strict", CLI_FLAG, NULL, N_("be strict"), "station issue", NULL},
    {"out", CLI_VALUE, N_("CERT"), N_("the certificate"), "station issue", "station issue"},
    {"out", CLI_VALUE, N_("FILE"), N_("where the words go"), "redeem", NULL},
    {"test-key", CLI_FLAG, NULL, N_("the public test key"), "transport import", NULL},
    {"component", CLI_LIST, N_("FILE"), N_("a component"), "transport import", NULL},
    {"fresh", CLI_FLAG, NULL, N_("new PINs"), "pin", NULL},
    CLI_OPTIONS_PASSPHRASE("init"),
    CLI_OPTIONS_PIN("pin"),
};

static const struct cli_program program = {.name = "cli-demo",
    .summary = N_("A program for tests"),
    .verbs = verbs,
    .verb_count = sizeof verbs / sizeof verbs[0],
    .options = options,
    .option_count = sizeof options / sizeof options[0]};

int main(int argc, char **argv) {
    if (getenv("DEMO_UNLOCKED") != NULL) { /* as on a system that locks no memory */
        sbk_secrets_tell_unlocked();
    }
    return cli_main(&program, argc, argv);
}
