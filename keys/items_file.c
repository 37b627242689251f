/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/items_file.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "keys/items_text.h"
#include "keys/rights.h"
#include "schema/reason.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file as libcyaml fills it. */
struct item_text {
    char *code;
    char *name;
    char *unit;
    uint32_t class;
    uint32_t ceiling;
};
struct list_text {
    uint32_t number;
    char *issued;
    struct item_text *items;
    unsigned items_count;
};
struct file_text {
    struct list_text *list;
};

static const cyaml_schema_field_t item_fields[] = {
    CYAML_FIELD_STRING_PTR("code", CYAML_FLAG_POINTER, struct item_text, code, 1, SBK_ITEM_CODE_MAX),
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct item_text, name, 1, SBK_ITEM_NAME_MAX),
    CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER, struct item_text, unit, 1, 2),
    CYAML_FIELD_UINT("class", CYAML_FLAG_DEFAULT, struct item_text, class),
    CYAML_FIELD_UINT("ceiling", CYAML_FLAG_DEFAULT, struct item_text, ceiling),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t item_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct item_text, item_fields)};
static const cyaml_schema_field_t list_fields[] = {
    CYAML_FIELD_UINT("number", CYAML_FLAG_DEFAULT, struct list_text, number),
    CYAML_FIELD_STRING_PTR("issued", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct list_text, issued, 10, 10),
    CYAML_FIELD_SEQUENCE("items", CYAML_FLAG_POINTER, struct list_text, items, &item_value, 1, SBK_ITEMS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_MAPPING_PTR("list", CYAML_FLAG_POINTER, struct file_text, list, list_fields),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_text, file_fields)};

static sbk_result malformed(struct sbk_error *error, const char *what) {
    return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", what);
}

/* libcyaml tells in its log what it did not like; the first line is the cause, the others where it was. */
struct complaint {
    char text[160];
};

__attribute__((format(printf, 3, 0))) static void complain(
    cyaml_log_t level, void *context, const char *format, va_list arguments) {
    struct complaint *complaint = context;
    if (level < CYAML_LOG_ERROR || complaint->text[0] != 0) {
        return;
    }
    (void)vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
    complaint->text[strcspn(complaint->text, "\n")] = 0;
}

static sbk_result take_item(const struct item_text *text, struct sbk_item *item, struct sbk_error *error) {
    memset(item, 0, sizeof *item);
    (void)snprintf(item->code, sizeof item->code, "%s", text->code);
    (void)snprintf(item->name, sizeof item->name, "%s", text->name);
    item->unit = rights_unit_of(text->unit);
    if (item->unit == 0 || item->unit == SBK_UNIT_RUPIAH) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("item '%s': unit: write g, ml or pc"), text->code);
    }
    if (text->class < 1 || text->class > UINT8_MAX) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("item '%s': class: write 1 to 255"), text->code);
    }
    item->goods = (uint8_t)text->class;
    if (text->ceiling < 1 || text->ceiling > 10000000) {
        return sbk_fail(
            error, SBK_USAGE, SBK_REASON_FORMAT, _("item '%s': ceiling: write 1 to 10000000 rupiah"), text->code);
    }
    item->ceiling = text->ceiling;
    return SBK_OK;
}

static int by_code(const void *one, const void *other) {
    const struct sbk_item *a = one;
    const struct sbk_item *b = other;
    return strcmp(a->code, b->code);
}

static sbk_result take(const struct list_text *list, struct items_file *file, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    memset(file, 0, sizeof *file);
    file->header.number = list->number;
    file->header.count = (uint16_t)list->items_count;
    if (list->number < 1) {
        return malformed(error, _("list: number: write 1 or more"));
    }
    if (list->issued != NULL && !sbk_day_parse(list->issued, &file->header.issued)) {
        return malformed(error, _("list: issued: write YYYY-MM-DD"));
    }
    for (size_t i = 0; i < list->items_count && result == SBK_OK; i++) {
        result = take_item(&list->items[i], &file->items[i], error);
    }
    if (result != SBK_OK) {
        return result;
    }
    qsort(file->items, list->items_count, sizeof file->items[0], by_code);
    for (size_t i = 1; i < list->items_count; i++) {
        if (strcmp(file->items[i].code, file->items[i - 1].code) == 0) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("item '%s' is there twice"), file->items[i].code);
        }
    }
    return SBK_OK;
}

sbk_result items_file_parse(const uint8_t *text, size_t size, struct items_file *file, struct sbk_error *error) {
    struct complaint complaint = {""};
    struct file_text *loaded = NULL;
    const cyaml_config_t config = {.log_fn = complain,
        .log_ctx = &complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS};
    sbk_result result = items_text_check(text, size, error);
    if (result != SBK_OK) {
        return result;
    }
    const cyaml_err_t code = cyaml_load_data(text, size, &config, &file_value, (cyaml_data_t **)&loaded, NULL);
    if (code == CYAML_ERR_OOM) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    if (code != CYAML_OK || loaded == NULL) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s (%s)",
            complaint.text[0] != 0 ? complaint.text : _("not an item list"), cyaml_strerror(code));
    }
    result = take(loaded->list, file, error);
    (void)cyaml_free(&config, &file_value, loaded, 0);
    return result;
}
