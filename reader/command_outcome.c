/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "reader/common.h"
#include "schema/log.h"

#include <string.h>

/* What the clerk sees last is one of three; for a debit the goods follow the receipt, for an activation the card. */
static const struct {
    const char *verb;
    const char *word;
    const char *done;
    const char *nothing;
} sentences[] = {
    [SBK_OPERATION_DEBIT] = {"redeem", "handed", N_("Hand over the goods."), N_("Nothing was charged.")},
    [SBK_OPERATION_VOID] = {"void", "voided", N_("Take the goods back."), N_("Nothing was changed.")},
    [SBK_OPERATION_ACTIVATE] = {"activate", "activated", N_("Hand over the card."), N_("Nothing was changed.")},
};

void reader_outcome(struct cli_call *call, uint8_t operation, enum reader_outcome outcome) {
    if (outcome == READER_DONE)
        cli_outcome(call, sentences[operation].word, _(sentences[operation].done));
    else if (outcome == READER_AGAIN)
        cli_outcome(call, "again", _("Tap the card again."));
    else
        cli_outcome(call, "nothing", _(sentences[operation].nothing));
}

const char *reader_failed(const char *verb) {
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].verb != NULL && strcmp(sentences[i].verb, verb) == 0)
            return sentences[i].nothing;
    return NULL;
}

enum reader_outcome reader_nothing_or_again(
    struct sbk_station *station, uint8_t operation, const char *words, const uint8_t *alias) {
    struct sbk_error ignored;
    bool waits = true;
    if (station == NULL)
        return READER_NOTHING;
    /* A database that cannot be read says nothing of what is open. */
    if (sbk_station_waits(station, operation, words, alias, &waits, &ignored) != SBK_OK)
        return READER_AGAIN;
    return waits ? READER_AGAIN : READER_NOTHING;
}
