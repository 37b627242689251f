/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "schema/reason.h"

#include <string.h>

#define FILE_MAX (8u << 20)
#define WORD_ROOM 64

/* One run over the cards that the words of a call name. */
struct each {
    struct cli_call *call;
    struct sbk_database *cards;
    program_card run;
    void *context;
    size_t done;
    struct cli_progress progress;
};

static sbk_result run_one(struct each *each, const char *word, struct sbk_error *error) {
    struct sbk_city_card card;
    sbk_result result = cli_interrupted() ? cli_fail_interrupted(error) : SBK_OK;
    if (result == SBK_OK) {
        result = sbk_cards_find(each->cards, word, &card, error);
    }
    if (result == SBK_OK) {
        result = each->run(each->context, &card, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, _("card %s"), word);
        }
    }
    cli_progress_show(&each->progress, ++each->done, 0);
    return result;
}

/* One word a line; empty lines and those that begin with # are skipped. */
static sbk_result run_file(struct each *each, const char *path, struct sbk_error *error) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    sbk_result result = program_read(path, FILE_MAX, &text, error);
    size_t line = 1;
    for (size_t at = 0; result == SBK_OK && at < text.size; line++) {
        const uint8_t *end = memchr(text.data + at, '\n', text.size - at);
        size_t size = end != NULL ? (size_t)(end - text.data) - at : text.size - at;
        char word[WORD_ROOM] = "";
        const size_t next = at + size + 1;
        if (size > 0 && text.data[at + size - 1] == '\r') {
            size--;
        }
        if (size >= sizeof word) {
            result =
                sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("%s: line %lu is too long"), path, (unsigned long)line);
            break;
        }
        memcpy(word, text.data + at, size);
        if (size > 0 && word[0] != '#') {
            result = run_one(each, word, error);
            if (result != SBK_OK) {
                result = sbk_fail_in(error, result, _("%s: line %lu"), path, (unsigned long)line);
            }
        }
        at = next;
    }
    sbk_buffer_free(&text);
    return result;
}

static sbk_result run_all(struct each *each, struct sbk_error *error) {
    const char *path = cli_value(each->call, "cards");
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < cli_count(each->call, "card") && result == SBK_OK; i++) {
        result = run_one(each, cli_value_at(each->call, "card", i), error);
    }
    return result == SBK_OK && path != NULL ? run_file(each, path, error) : result;
}

sbk_result program_each_card(
    struct cli_call *call, struct sbk_database *cards, program_card run, void *context, struct sbk_error *error) {
    struct each each = {.call = call, .cards = cards, .run = run, .context = context};
    if (cli_count(call, "card") == 0 && cli_value(call, "cards") == NULL) {
        return cli_usage(call, error, "%s", _("give --card or --cards"));
    }
    sbk_result result = sbk_database_begin(cards, error);
    if (result != SBK_OK) {
        return result;
    }
    cli_progress_begin(&each.progress, call, _("signing"));
    result = run_all(&each, error);
    cli_progress_end(&each.progress);
    if (result == SBK_OK) {
        return sbk_database_commit(cards, error);
    }
    sbk_database_rollback(cards);
    return result;
}
