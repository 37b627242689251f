/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/programme.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "personalize/programme_yaml.h"
#include "personalize/text.h"
#include "schema/reason.h"
#include "schema/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a value stands, for messages: "programme 2: purse 1: amount". */
struct judging {
    const struct sbk_yaml_file *yaml;
    struct sbk_programme_file *file;
    size_t programme; /* index, or SIZE_MAX: the card's rules */
    size_t purse;     /* index in the programme, or SIZE_MAX */
    struct sbk_error *error;
};

static sbk_result refuse(const struct judging *judging, const char *key, const char *what) {
    char place[64] = "";

    if (judging->programme == SIZE_MAX) {
        (void)snprintf(place, sizeof(place), "card");
    } else if (judging->purse == SIZE_MAX) {
        (void)snprintf(place, sizeof(place), "programmes[%zu]", judging->programme + 1);
    } else {
        (void)snprintf(place, sizeof(place), "programmes[%zu].purses[%zu]", judging->programme + 1, judging->purse + 1);
    }
    return sbk_fail(judging->error, SBK_ENVIRONMENT, SBK_REASON_PROGRAMME_FILE, _("%s.%s: %s"), place, key, what);
}

/* A whole decimal number, without sign, blanks, fraction or leading zero. */
static sbk_result number(
    const struct judging *judging, const char *key, const char *text, uint32_t low, uint32_t high, uint32_t *value) {
    const size_t size = strlen(text);
    uint64_t sum = 0;
    char what[80];

    if (size <= 10 && strspn(text, "0123456789") == size && (text[0] != '0' || size == 1)) {
        for (size_t i = 0; i < size; i++) {
            sum = sum * 10 + (uint64_t)(text[i] - '0');
        }
        if (sum >= low && sum <= high) {
            *value = (uint32_t)sum;
            return SBK_OK;
        }
    }
    (void)snprintf(
        what, sizeof(what), _("must be a whole number from %lu to %lu"), (unsigned long)low, (unsigned long)high);
    return refuse(judging, key, what);
}

static sbk_result number_u8(
    const struct judging *judging, const char *key, const char *text, uint32_t low, uint32_t high, uint8_t *value) {
    uint32_t wide = 0;
    const sbk_result result = number(judging, key, text, low, high, &wide);

    if (result == SBK_OK) {
        *value = (uint8_t)wide;
    }
    return result;
}

/* The index of a word; words end with NULL, choices names them for the message. */
static sbk_result word(const struct judging *judging, const char *key, const char *text, const char *const *words,
    const char *choices, int *index) {
    char what[120];

    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *index = i;
            return SBK_OK;
        }
    }
    (void)snprintf(what, sizeof(what), _("must be one of: %s"), choices);
    return refuse(judging, key, what);
}

static sbk_result truth(const struct judging *judging, const char *key, const char *text, bool *value) {
    static const char *const words[] = {"no", "yes", "false", "true", NULL};
    int index = 0;
    const sbk_result result = word(judging, key, text, words, "yes, no", &index);

    *value = index % 2 == 1;
    return result;
}

static sbk_result date(const struct judging *judging, const char *key, const char *text, uint16_t *day) {
    return sbk_day_parse(text, day) ? SBK_OK : refuse(judging, key, _("must be a date such as 2025-10-01"));
}

static sbk_result judge_card(struct judging *judging) {
    const struct sbk_yaml_card *yaml = &judging->yaml->card;
    struct sbk_programme_file *file = judging->file;
    sbk_result result = truth(judging, "pin", yaml->pin, &file->pin);

    if (result == SBK_OK) {
        result = truth(judging, "alternate", yaml->alternate, &file->alternate);
    }
    if (result == SBK_OK && file->alternate && !file->pin) {
        result =
            refuse(judging, "alternate", _("only a PIN tells the alternate from the holder; set pin: yes as well"));
    }
    if (result == SBK_OK) {
        result = date(judging, "valid-until", yaml->valid_until, &file->valid_until);
    }
    if (result != SBK_OK) {
        return result;
    }
    if (strcmp(yaml->outlet, "none") == 0) {
        file->outlet_rule = SBK_OUTLET_NONE;
    } else if (strcmp(yaml->outlet, "roll") == 0) {
        file->outlet_rule = SBK_OUTLET_ROLL;
    } else if (sbk_id_write(yaml->outlet, file->outlet, sizeof(file->outlet)) == SBK_FORMAT_OK) {
        file->outlet_rule = SBK_OUTLET_FIXED;
    } else {
        return refuse(judging, "outlet", _("must be none, roll, or a store's id of 1 to 8 characters"));
    }
    return SBK_OK;
}

static sbk_result judge_kelurahan(
    const struct judging *judging, const struct sbk_yaml_eligibility *yaml, struct sbk_programme *programme) {
    for (unsigned i = 0; i < yaml->kelurahan_count; i++) {
        if (sbk_kelurahan_write(yaml->kelurahan[i], programme->kelurahan[i]) != SBK_FORMAT_OK) {
            return refuse(judging, "eligibility.kelurahan",
                _("not a kelurahan of the city; write its code, such as 64.72.05.1002"));
        }
        for (unsigned j = 0; j < i; j++) {
            if (memcmp(programme->kelurahan[i], programme->kelurahan[j], SBK_KELURAHAN_SIZE) == 0) {
                return refuse(judging, "eligibility.kelurahan", _("names a kelurahan twice"));
            }
        }
    }
    programme->kelurahan_count = yaml->kelurahan_count;
    return SBK_OK;
}

static sbk_result judge_eligibility(
    const struct judging *judging, const struct sbk_yaml_eligibility *yaml, struct sbk_programme *programme) {
    static const char *const registered[] = {"any", "yes", "true", NULL};
    static const char *const aided[] = {"any", "never", NULL};
    sbk_result result = SBK_OK;
    int index = 0;

    programme->size_min = 1;
    programme->size_max = SBK_HOUSEHOLD_SIZE_MAX;
    if (yaml == NULL) {
        return SBK_OK;
    }
    if (yaml->registered != NULL) {
        result = word(judging, "eligibility.registered", yaml->registered, registered, "yes, any", &index);
        programme->registered = index > 0;
    }
    if (result == SBK_OK && yaml->aided != NULL) {
        index = 0;
        result = word(judging, "eligibility.aided", yaml->aided, aided, "never, any", &index);
        programme->never_aided = index > 0;
    }
    if (result == SBK_OK && yaml->size_min != NULL) {
        result =
            number_u8(judging, "eligibility.size-min", yaml->size_min, 1, SBK_HOUSEHOLD_SIZE_MAX, &programme->size_min);
    }
    if (result == SBK_OK && yaml->size_max != NULL) {
        result = number_u8(judging, "eligibility.size-max", yaml->size_max, programme->size_min, SBK_HOUSEHOLD_SIZE_MAX,
            &programme->size_max);
    }
    return result == SBK_OK ? judge_kelurahan(judging, yaml, programme) : result;
}

/* Fills what all purses of a programme have in common. */
static sbk_result judge_period(
    const struct judging *judging, const struct sbk_yaml_programme *yaml, struct sbk_purse *common) {
    static const char *const every[] = {"once", "month", "week", NULL};
    static const uint8_t periods[] = {SBK_PERIOD_ONCE, SBK_PERIOD_MONTH, SBK_PERIOD_WEEK};
    static const char *const carry[] = {"none", "grant", NULL};
    int index = 0;
    sbk_result result = date(judging, "period.first", yaml->period.first, &common->first);

    if (result == SBK_OK) {
        result = word(judging, "period.every", yaml->period.every, every, "once, month, week", &index);
        common->period = periods[index];
    }
    if (result == SBK_OK) {
        result = number_u8(judging, "period.count", yaml->period.count, 1, 60, &common->count);
    }
    if (result == SBK_OK) {
        index = 0;
        result = word(judging, "carry", yaml->carry, carry, "none, grant", &index);
        common->carry = index == 1 ? SBK_CARRY_GRANT : SBK_CARRY_NONE;
    }
    return result;
}

/* An amount per window whose sum over all windows still fits the card's 24 bits. */
static sbk_result judge_amount(
    const struct judging *judging, const char *key, const char *text, const struct sbk_purse *purse, uint32_t *amount) {
    return number(judging, key, text, 1, (uint32_t)SBK_AMOUNT_MAX / sbk_window_count(purse), amount);
}

static sbk_result judge_amounts(
    const struct judging *judging, const struct sbk_yaml_purse *yaml, struct sbk_programme_purse *purse) {
    sbk_result result = SBK_OK;

    if ((yaml->amount != NULL) == (yaml->steps_count > 0)) {
        return refuse(judging, "amount", _("give either amount, or by-size and cap"));
    }
    if ((yaml->cap != NULL) != (yaml->steps_count > 0)) {
        return refuse(judging, "cap", _("belongs to by-size, and by-size to cap"));
    }
    if (yaml->amount != NULL) {
        return judge_amount(judging, "amount", yaml->amount, &purse->purse, &purse->purse.amount);
    }
    for (unsigned i = 0; result == SBK_OK && i < yaml->steps_count; i++) {
        struct sbk_amount_step *step = &purse->steps[i];
        const uint32_t low = i == 0 ? 1 : purse->steps[i - 1].up_to + 1u;
        result = number_u8(judging, "by-size.up-to", yaml->steps[i].up_to, low, SBK_HOUSEHOLD_SIZE_MAX, &step->up_to);
        if (result == SBK_OK) {
            result = judge_amount(judging, "by-size.amount", yaml->steps[i].amount, &purse->purse, &step->amount);
        }
    }
    purse->step_count = yaml->steps_count;
    return result == SBK_OK ? judge_amount(judging, "cap", yaml->cap, &purse->purse, &purse->cap) : result;
}

static sbk_result judge_goods(
    const struct judging *judging, const struct sbk_yaml_purse *yaml, struct sbk_purse *purse) {
    static const char *const units[] = {"gram", "millilitre", "piece", "rupiah", NULL};
    int index = 0;
    const sbk_result result = word(judging, "unit", yaml->unit, units, "gram, millilitre, piece, rupiah", &index);

    if (result != SBK_OK) {
        return result;
    }
    purse->unit = (uint8_t)(SBK_UNIT_GRAM + index);
    if (strcmp(yaml->goods, "any") != 0) {
        return number_u8(judging, "goods", yaml->goods, 1, 255, &purse->goods);
    }
    purse->goods = SBK_CLASS_ANY;
    return purse->unit == SBK_UNIT_RUPIAH ? SBK_OK
                                          : refuse(judging, "goods", _("any is for rupiah only; name a goods class"));
}

static sbk_result judge_distinct(const struct judging *judging, const struct sbk_purse *purse) {
    for (size_t i = 0; i < judging->file->purse_count; i++) {
        const struct sbk_purse *other = &judging->file->purses[i].purse;
        if (other->grant == purse->grant) {
            return refuse(judging, "grant", _("another purse has this grant number; numbers are distinct"));
        }
        if (other->priority == purse->priority) {
            return refuse(judging, "priority", _("another purse has this priority; priorities are distinct"));
        }
    }
    return SBK_OK;
}

static sbk_result judge_purse(
    const struct judging *judging, const struct sbk_yaml_purse *yaml, const struct sbk_purse *common) {
    struct sbk_programme_file *file = judging->file;
    uint32_t grant = 0;

    if (file->purse_count == SBK_PURSES_MAX) {
        return refuse(judging, "grant", _("more than 8 purses in the file; a card holds 8"));
    }
    struct sbk_programme_purse *purse = &file->purses[file->purse_count];
    purse->purse = *common;
    purse->purse.slot = (uint8_t)file->purse_count;
    sbk_result result = number(judging, "grant", yaml->grant, 1, UINT16_MAX, &grant);
    purse->purse.grant = (uint16_t)grant;
    if (result == SBK_OK) {
        result = number_u8(judging, "priority", yaml->priority, 0, 255, &purse->purse.priority);
    }
    if (result == SBK_OK) {
        result = judge_distinct(judging, &purse->purse);
    }
    if (result == SBK_OK) {
        result = judge_goods(judging, yaml, &purse->purse);
    }
    if (result == SBK_OK) {
        result = judge_amounts(judging, yaml, purse);
    }
    file->purse_count++;
    return result;
}

static sbk_result judge_programme(struct judging *judging, const struct sbk_yaml_programme *yaml) {
    struct sbk_programme *programme = &judging->file->programmes[judging->programme];
    struct sbk_purse common = {.slot = 0};
    sbk_result result = number_u8(judging, "number", yaml->number, 1, 32, &programme->number);

    common.programme = programme->number;
    for (size_t i = 0; result == SBK_OK && i < judging->programme; i++) {
        if (judging->file->programmes[i].number == programme->number) {
            result = refuse(judging, "number", _("another programme has this number; numbers are distinct"));
        }
    }
    if (result == SBK_OK && (strlen(yaml->name) > SBK_PROGRAMME_NAME_MAX ||
                                !sbk_text_clean((const uint8_t *)yaml->name, strlen(yaml->name)))) {
        result = refuse(judging, "name", _("must be at most 60 bytes without control characters"));
    }
    if (result == SBK_OK) {
        memcpy(programme->name, yaml->name, strlen(yaml->name) + 1);
        result = judge_eligibility(judging, yaml->eligibility, programme);
    }
    if (result == SBK_OK) {
        result = judge_period(judging, yaml, &common);
    }
    programme->purse_first = judging->file->purse_count;
    programme->purse_count = yaml->purses_count;
    for (judging->purse = 0; result == SBK_OK && judging->purse < yaml->purses_count; judging->purse++) {
        result = judge_purse(judging, &yaml->purses[judging->purse], &common);
    }
    judging->purse = SIZE_MAX;
    return result;
}

sbk_result sbk_programme_parse(
    const uint8_t *text, size_t size, struct sbk_programme_file *file, struct sbk_error *error) {
    struct sbk_yaml_file *yaml = NULL;
    struct sbk_programme_file *judged = calloc(1, sizeof(*judged));
    sbk_result result = SBK_OK;

    if (judged == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    result = sbk_yaml_load(text, size, &yaml, error);
    if (result == SBK_OK) {
        struct judging judging = {yaml, judged, SIZE_MAX, SIZE_MAX, error};
        result = judge_card(&judging);
        judged->programme_count = yaml->programmes_count;
        for (judging.programme = 0; result == SBK_OK && judging.programme < yaml->programmes_count;
             judging.programme++) {
            result = judge_programme(&judging, &yaml->programmes[judging.programme]);
        }
    }
    if (result == SBK_OK) {
        *file = *judged;
    }
    sbk_yaml_free(&yaml);
    free(judged);
    return result;
}
