/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "personalize/programme.h"

#include <string.h>

static const struct {
    const char *word;
    const char *text;
} reasons[SBK_INELIGIBLE_COUNT] = {
    [SBK_ELIGIBLE] = {"eligible", N_("eligible")},
    [SBK_INELIGIBLE_DEAD] = {"dead", N_("the head of the household has died")},
    [SBK_INELIGIBLE_DELISTED] = {"delisted", N_("taken off the list")},
    [SBK_INELIGIBLE_REGISTER] = {"not-registered", N_("not in the register")},
    [SBK_INELIGIBLE_AIDED] = {"already-aided", N_("was aided before")},
    [SBK_INELIGIBLE_SIZE] = {"household-size", N_("too few or too many persons for any programme")},
    [SBK_INELIGIBLE_KELURAHAN] = {"kelurahan-not-covered", N_("no programme covers the kelurahan")},
    [SBK_INELIGIBLE_OUTLET] = {"outlet-missing", N_("the roll names no store for the household")},
    [SBK_INELIGIBLE_HAS_CARD] = {"has-card", N_("the household has a card")},
    [SBK_INELIGIBLE_NIK_KNOWN] = {"nik-has-card", N_("the NIK has a card in another household")},
    [SBK_INELIGIBLE_BEYOND_MAX] = {"beyond-maximum", N_("eligible, but beyond the maximum asked for")},
};

const char *sbk_ineligible_word(enum sbk_ineligible reason) {
    return reasons[reason].word;
}

const char *sbk_ineligible_text(enum sbk_ineligible reason) {
    return _(reasons[reason].text);
}

static bool covers(const struct sbk_programme *programme, const struct sbk_household *household) {
    for (size_t i = 0; i < programme->kelurahan_count; i++) {
        if (memcmp(programme->kelurahan[i], household->kelurahan, SBK_KELURAHAN_SIZE) == 0) {
            return true;
        }
    }
    return programme->kelurahan_count == 0;
}

/* The conditions in a fixed order, so that the reason given is the first that fails. */
static enum sbk_ineligible judge(const struct sbk_programme *programme, const struct sbk_household *household) {
    if (programme->registered && !household->registered) {
        return SBK_INELIGIBLE_REGISTER;
    }
    if (programme->never_aided && household->aided[0] != '\0') {
        return SBK_INELIGIBLE_AIDED;
    }
    if (household->size < programme->size_min || household->size > programme->size_max) {
        return SBK_INELIGIBLE_SIZE;
    }
    return covers(programme, household) ? SBK_ELIGIBLE : SBK_INELIGIBLE_KELURAHAN;
}

static uint32_t amount_for(const struct sbk_programme_purse *purse, uint8_t size) {
    if (purse->step_count == 0) {
        return purse->purse.amount;
    }
    for (size_t i = 0; i < purse->step_count; i++) {
        if (size <= purse->steps[i].up_to) {
            return purse->steps[i].amount;
        }
    }
    return purse->cap;
}

static void grant(const struct sbk_programme_file *file, const struct sbk_programme *programme,
    const struct sbk_household *household, struct sbk_mandate *mandate) {
    for (size_t i = 0; i < programme->purse_count; i++) {
        const struct sbk_programme_purse *source = &file->purses[programme->purse_first + i];
        struct sbk_purse *purse = &mandate->purses[mandate->purse_count++];
        *purse = source->purse;
        purse->amount = amount_for(source, household->size);
    }
}

enum sbk_ineligible sbk_programme_apply(
    const struct sbk_programme_file *file, const struct sbk_household *household, struct sbk_mandate *mandate) {
    enum sbk_ineligible closest = SBK_ELIGIBLE;

    if (household->status != SBK_HOUSEHOLD_LIVING) {
        return household->status == SBK_HOUSEHOLD_DEAD ? SBK_INELIGIBLE_DEAD : SBK_INELIGIBLE_DELISTED;
    }
    mandate->purse_count = 0;
    for (size_t i = 0; i < file->programme_count; i++) {
        const enum sbk_ineligible answer = judge(&file->programmes[i], household);
        if (answer == SBK_ELIGIBLE) {
            grant(file, &file->programmes[i], household, mandate);
        } else if (answer > closest) {
            closest = answer;
        }
    }
    if (mandate->purse_count == 0) {
        return closest;
    }
    memset(mandate->outlet, 0, sizeof(mandate->outlet));
    if (file->outlet_rule == SBK_OUTLET_FIXED) {
        memcpy(mandate->outlet, file->outlet, sizeof(mandate->outlet));
    } else if (file->outlet_rule == SBK_OUTLET_ROLL &&
               (household->outlet[0] == '\0' ||
                   sbk_id_write(household->outlet, mandate->outlet, sizeof(mandate->outlet)) != SBK_FORMAT_OK)) {
        return SBK_INELIGIBLE_OUTLET;
    }
    mandate->status = SBK_MANDATE_ACTIVE;
    mandate->flags = (uint8_t)((file->pin ? SBK_MANDATE_PIN : 0) |
                               (file->alternate && household->alternate[0] != '\0' ? SBK_MANDATE_ALTERNATE : 0));
    return SBK_ELIGIBLE;
}
