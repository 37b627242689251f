/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/table.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "personalize/text.h"
#include "schema/reason.h"

#include <csv.h>
#include <string.h>

/* One line's fields as libcsv hands them over, packed one after the other. */
struct line {
    struct sbk_row row;
    char text[SBK_TABLE_LINE_MAX + SBK_TABLE_FIELDS_MAX + 2];
    size_t used;
    bool complete;
};

static void take_field(void *field, size_t size, void *context) {
    struct line *line = context;

    if (line->row.count == SBK_TABLE_FIELDS_MAX) {
        line->row.fault = SBK_TABLE_FIELDS;
        return;
    }
    /* A line's fields are never longer than the line, so room is a certainty; the check keeps it one. */
    if (size >= sizeof(line->text) - line->used) {
        line->row.fault = SBK_TABLE_LONG;
        return;
    }
    if (size > 0) {
        memcpy(line->text + line->used, field, size);
    }
    line->text[line->used + size] = '\0';
    if (!sbk_text_clean((const uint8_t *)line->text + line->used, size)) {
        line->row.fault = SBK_TABLE_TEXT;
    }
    line->row.fields[line->row.count++] = line->text + line->used;
    line->used += size + 1;
}

static void take_end(int character, void *context) {
    struct line *line = context;

    (void)character;
    line->complete = true;
}

/* The length of the next line without its end, and where the one after begins. */
static size_t line_size(const uint8_t *text, size_t size, size_t *next) {
    size_t end = 0;

    while (end < size && text[end] != '\n' && text[end] != '\r') {
        end++;
    }
    *next = end;
    if (*next < size) {
        *next += text[end] == '\r' && end + 1 < size && text[end + 1] == '\n' ? 2 : 1;
    }
    return end;
}

static unsigned char delimiter_of(const uint8_t *text, size_t size) {
    size_t next, commas = 0, semicolons = 0;
    const size_t end = line_size(text, size, &next);

    for (size_t i = 0; i < end; i++) {
        commas += text[i] == ',';
        semicolons += text[i] == ';';
    }
    return semicolons > commas ? ';' : CSV_COMMA;
}

static bool blank(const uint8_t *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] != ' ' && text[i] != '\t') {
            return false;
        }
    }
    return true;
}

/* libcsv keeps a copy of each field; ours may be personal data. */
static void free_cleansed(struct csv_parser *parser) {
    if (parser->entry_buf != NULL) {
        sbk_cleanse(parser->entry_buf, parser->entry_size);
    }
    csv_free(parser);
}

static sbk_result read_line(
    struct csv_parser *parser, struct line *line, const uint8_t *text, size_t size, struct sbk_error *error) {
    line->row.count = 0;
    line->row.fault = SBK_TABLE_OK;
    line->used = 0;
    line->complete = false;
    if (size > SBK_TABLE_LINE_MAX) {
        line->row.fault = SBK_TABLE_LONG;
    } else if (csv_parse(parser, text, size, take_field, take_end, line) != size ||
               csv_parse(parser, "\n", 1, take_field, take_end, line) != 1) {
        if (csv_error(parser) != CSV_EPARSE) {
            return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
        }
        line->row.fault = SBK_TABLE_QUOTE;
    } else if (!line->complete) {
        line->row.fault = SBK_TABLE_QUOTE;
    }
    if (line->row.fault != SBK_TABLE_OK) {
        line->row.count = 0;
    }
    return SBK_OK;
}

static sbk_result start(struct csv_parser *parser, unsigned char delimiter, struct sbk_error *error) {
    if (csv_init(parser, CSV_STRICT) != 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    csv_set_delim(parser, delimiter);
    return SBK_OK;
}

sbk_result sbk_table_read(
    const uint8_t *text, size_t size, sbk_row_function *row, void *context, struct sbk_error *error) {
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    struct csv_parser parser;
    struct line line = {.row = {.line = 0}};
    size_t at = size >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;
    const unsigned char delimiter = delimiter_of(text + at, size - at);
    sbk_result result = start(&parser, delimiter, error);

    if (result != SBK_OK) {
        return result;
    }
    while (result == SBK_OK && at < size) {
        size_t next;
        const size_t length = line_size(text + at, size - at, &next);
        line.row.line++;
        if (!blank(text + at, length)) {
            result = read_line(&parser, &line, text + at, length, error);
            if (result == SBK_OK) {
                result = row(context, &line.row, error);
            }
            if (line.row.fault != SBK_TABLE_OK && result == SBK_OK) {
                /* After a fault the parser may stand inside a quote: the next line begins afresh. */
                free_cleansed(&parser);
                result = start(&parser, delimiter, error);
                if (result != SBK_OK) {
                    sbk_cleanse(line.text, sizeof(line.text));
                    return result;
                }
            }
        }
        at += next;
    }
    free_cleansed(&parser);
    sbk_cleanse(line.text, sizeof(line.text));
    return result;
}
