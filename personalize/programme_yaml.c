/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/programme_yaml.h"
#include "base/i18n.h"
#include "personalize/document.h"
#include "personalize/programme.h"
#include "schema/reason.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 80

/* A text that must be there, and one that need not. */
#define TEXT(key_, structure_, member_)                                                                                \
    CYAML_FIELD_STRING_PTR(key_, CYAML_FLAG_POINTER, structure_, member_, 1, TEXT_MAX)
#define MAYBE(key_, structure_, member_)                                                                               \
    CYAML_FIELD_STRING_PTR(key_, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure_, member_, 1, TEXT_MAX)

static const cyaml_schema_field_t step_fields[] = {
    TEXT("up-to", struct sbk_yaml_step, up_to),
    TEXT("amount", struct sbk_yaml_step, amount),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t step_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct sbk_yaml_step, step_fields)};

static const cyaml_schema_field_t purse_fields[] = {
    TEXT("grant", struct sbk_yaml_purse, grant),
    TEXT("unit", struct sbk_yaml_purse, unit),
    TEXT("goods", struct sbk_yaml_purse, goods),
    MAYBE("amount", struct sbk_yaml_purse, amount),
    MAYBE("cap", struct sbk_yaml_purse, cap),
    TEXT("priority", struct sbk_yaml_purse, priority),
    CYAML_FIELD_SEQUENCE("by-size", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct sbk_yaml_purse, steps, &step_value,
        1, SBK_PROGRAMME_SIZES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t purse_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct sbk_yaml_purse, purse_fields)};

static const cyaml_schema_value_t kelurahan_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, TEXT_MAX)};
static const cyaml_schema_field_t eligibility_fields[] = {
    MAYBE("registered", struct sbk_yaml_eligibility, registered),
    MAYBE("aided", struct sbk_yaml_eligibility, aided),
    MAYBE("size-min", struct sbk_yaml_eligibility, size_min),
    MAYBE("size-max", struct sbk_yaml_eligibility, size_max),
    CYAML_FIELD_SEQUENCE("kelurahan", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct sbk_yaml_eligibility, kelurahan,
        &kelurahan_value, 1, SBK_PROGRAMME_KELURAHAN_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t period_fields[] = {
    TEXT("first", struct sbk_yaml_period, first),
    TEXT("every", struct sbk_yaml_period, every),
    TEXT("count", struct sbk_yaml_period, count),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t programme_fields[] = {
    TEXT("number", struct sbk_yaml_programme, number),
    TEXT("name", struct sbk_yaml_programme, name),
    TEXT("carry", struct sbk_yaml_programme, carry),
    CYAML_FIELD_MAPPING_PTR("eligibility", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct sbk_yaml_programme,
        eligibility, eligibility_fields),
    CYAML_FIELD_MAPPING("period", CYAML_FLAG_DEFAULT, struct sbk_yaml_programme, period, period_fields),
    CYAML_FIELD_SEQUENCE(
        "purses", CYAML_FLAG_POINTER, struct sbk_yaml_programme, purses, &purse_value, 1, SBK_PURSES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t programme_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct sbk_yaml_programme, programme_fields)};

static const cyaml_schema_field_t card_fields[] = {
    TEXT("pin", struct sbk_yaml_card, pin),
    TEXT("alternate", struct sbk_yaml_card, alternate),
    TEXT("valid-until", struct sbk_yaml_card, valid_until),
    TEXT("outlet", struct sbk_yaml_card, outlet),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_MAPPING("card", CYAML_FLAG_DEFAULT, struct sbk_yaml_file, card, card_fields),
    CYAML_FIELD_SEQUENCE(
        "programmes", CYAML_FLAG_POINTER, struct sbk_yaml_file, programmes, &programme_value, 1, SBK_PROGRAMMES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct sbk_yaml_file, file_fields)};

/* libcyaml tells what is wrong only to its log: the first error, and the first place with a line. */
struct words {
    char text[160];
    char place[160];
};

__attribute__((format(printf, 3, 0))) static void take_words(
    cyaml_log_t level, void *context, const char *format, va_list arguments) {
    struct words *words = context;
    char line[160];

    (void)vsnprintf(line, sizeof(line), format, arguments);
    line[strcspn(line, "\n")] = '\0';
    const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    text += strspn(text, " ");
    if (level == CYAML_LOG_ERROR && words->text[0] == '\0' && strcmp(text, "Backtrace:") != 0) {
        (void)snprintf(words->text, sizeof(words->text), "%s", text);
    } else if (words->place[0] == '\0' && strstr(text, "line: ") != NULL) {
        (void)snprintf(words->place, sizeof(words->place), "%s", text);
    }
}

static cyaml_config_t config_for(struct words *words) {
    return (cyaml_config_t){.log_fn = take_words,
        .log_ctx = words,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS};
}

sbk_result sbk_yaml_load(const uint8_t *text, size_t size, struct sbk_yaml_file **file, struct sbk_error *error) {
    struct words words = {"", ""};
    const cyaml_config_t config = config_for(&words);
    cyaml_data_t *loaded = NULL;
    sbk_result result = sbk_document_check(text, size, SBK_REASON_PROGRAMME_FILE, error);

    if (result != SBK_OK) {
        return result;
    }
    const cyaml_err_t answer = cyaml_load_data(text, size, &config, &file_value, &loaded, NULL);
    if (answer == CYAML_ERR_OOM) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    if (answer != CYAML_OK || loaded == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_PROGRAMME_FILE, _("%s (%s)"),
            words.text[0] != '\0' ? words.text : cyaml_strerror(answer),
            words.place[0] != '\0' ? words.place : _("see data/README.md for the format"));
    }
    *file = loaded;
    return SBK_OK;
}

void sbk_yaml_free(struct sbk_yaml_file **file) {
    struct words words = {"", ""};
    const cyaml_config_t config = config_for(&words);

    if (*file != NULL) {
        (void)cyaml_free(&config, &file_value, *file, 0);
        *file = NULL;
    }
}
