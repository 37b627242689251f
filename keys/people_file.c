/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/people_file.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/items_text.h"
#include "schema/numbers.h"
#include "schema/reason.h"

#include <cyaml/cyaml.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file as libcyaml fills it; NULL: not given. */
struct person_text {
    char *card;
    char *name;
    char *alternate;
    char *kelurahan;
    char *until;
};
struct file_text {
    struct person_text *people;
    unsigned people_count;
};

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
static const cyaml_schema_field_t person_fields[] = {
    CYAML_FIELD_STRING_PTR("card", CYAML_FLAG_POINTER, struct person_text, card, 1, 19),
    CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct person_text, name, 1, SBK_NAME_MAX),
    CYAML_FIELD_STRING_PTR("alternate", OPTIONAL, struct person_text, alternate, 0, SBK_NAME_MAX),
    CYAML_FIELD_STRING_PTR("kelurahan", OPTIONAL, struct person_text, kelurahan, 10, 13),
    CYAML_FIELD_STRING_PTR("until", OPTIONAL, struct person_text, until, 10, 10),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t person_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct person_text, person_fields)};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE(
        "people", CYAML_FLAG_POINTER, struct file_text, people, &person_value, 1, SBK_BUNDLE_CARDS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_text, file_fields)};

/* libcyaml's own words may quote a name; where it was is enough. */
static sbk_result take_person(const struct person_text *text, struct person_change *change, struct sbk_error *error) {
    memset(change, 0, sizeof *change);
    (void)snprintf(change->card, sizeof change->card, "%s", text->card);
    change->has_name = text->name != NULL;
    change->has_alternate = text->alternate != NULL;
    change->has_kelurahan = text->kelurahan != NULL;
    change->has_until = text->until != NULL;
    (void)snprintf(change->name, sizeof change->name, "%s", text->name != NULL ? text->name : "");
    (void)snprintf(change->alternate, sizeof change->alternate, "%s", text->alternate != NULL ? text->alternate : "");
    if (change->has_kelurahan && sbk_kelurahan_write(text->kelurahan, change->kelurahan) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT,
            _("card %s: kelurahan: '%.20s' is no kelurahan of the city"), change->card, text->kelurahan);
    }
    if (change->has_until && !sbk_day_parse(text->until, &change->until)) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("card %s: until: write YYYY-MM-DD"), change->card);
    }
    return SBK_OK;
}

static sbk_result take(const struct file_text *text, struct people_file *file, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    file->people = calloc(text->people_count, sizeof *file->people);
    if (file->people == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    file->count = text->people_count;
    for (size_t i = 0; i < file->count && result == SBK_OK; i++) {
        result = take_person(&text->people[i], &file->people[i], error);
    }
    return result;
}

sbk_result people_file_parse(const uint8_t *text, size_t size, struct people_file *file, struct sbk_error *error) {
    struct file_text *loaded = NULL;
    const cyaml_config_t config = {.mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS};
    memset(file, 0, sizeof *file);
    sbk_result result = items_text_check(text, size, error);
    if (result != SBK_OK) {
        return result;
    }
    const cyaml_err_t code = cyaml_load_data(text, size, &config, &file_value, (cyaml_data_t **)&loaded, NULL);
    if (code == CYAML_ERR_OOM) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    if (code != CYAML_OK || loaded == NULL) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT,
            _("not a list of people with card, name, alternate, kelurahan and until (%s)"), cyaml_strerror(code));
    }
    result = take(loaded, file, error);
    (void)cyaml_free(&config, &file_value, loaded, 0);
    return result;
}

void people_file_free(struct people_file *file) {
    if (file->people != NULL) {
        OPENSSL_cleanse(file->people, file->count * sizeof *file->people);
    }
    free(file->people);
    *file = (struct people_file){NULL, 0};
}
