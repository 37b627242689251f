/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/hex.h"
#include "base/i18n.h"
#include "cli/cli_private.h"
#include "schema/reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void cli_say(const struct cli_call *call, const char *format, ...) {
    if (call->json) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    /* A failed write is remembered by the stream; cli_finish asks. */
    (void)vprintf(format, arguments);
    va_end(arguments);
}

void cli_warn(const struct cli_call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s: %s: ", call->program->name, _("warning"));
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

void cli_field(struct cli_call *call, const char *name, json_t *value) {
    /* Steals the reference, and releases value when it fails; a missing fields object tells cli_finish. */
    if (call->fields != NULL && (value == NULL || json_object_set_new(call->fields, name, value) != 0)) {
        json_decref(call->fields);
        call->fields = NULL;
    } else if (call->fields == NULL) {
        json_decref(value);
    }
}

void cli_field_text(struct cli_call *call, const char *name, const char *text) {
    cli_field(call, name, text == NULL ? json_null() : json_string(text));
}

void cli_field_int(struct cli_call *call, const char *name, int64_t number) {
    cli_field(call, name, json_integer(number));
}

void cli_field_bool(struct cli_call *call, const char *name, bool value) {
    cli_field(call, name, json_boolean(value));
}

void cli_field_hex(struct cli_call *call, const char *name, const void *data, size_t size) {
    char *text = malloc(SBK_HEX_ROOM(size));
    if (text != NULL) {
        sbk_hex_encode(data, size, text);
    }
    cli_field(call, name, text == NULL ? NULL : json_string(text));
    free(text);
}

void cli_field_day(struct cli_call *call, const char *name, uint16_t day) {
    char text[SBK_DAY_ROOM];
    sbk_day_format(day, text);
    cli_field_text(call, name, text);
}

void cli_field_time(struct cli_call *call, const char *name, uint32_t moment) {
    char text[SBK_TIME_ROOM];
    sbk_time_format(moment, text);
    cli_field_text(call, name, text);
}

const char *cli_result_word(sbk_result result) {
    switch (result) {
    case SBK_OK:
        return "done";
    case SBK_REFUSED:
        return "refused";
    case SBK_USAGE:
        return "usage";
    case SBK_ENVIRONMENT:
        return "environment";
    case SBK_TAMPERED:
        return "tampered";
    case SBK_UNSETTLED:
        return "unsettled";
    default:
        return "environment";
    }
}

json_t *cli_result_object(sbk_result result, const struct sbk_error *error) {
    json_t *object = json_object();
    int failed = object == NULL ? 1 : json_object_set_new(object, "result", json_string(cli_result_word(result)));
    if (failed == 0 && result != SBK_OK) {
        const char *reason = error->reason == NULL ? SBK_REASON_USAGE : error->reason;
        failed = json_object_set_new(object, "reason", json_string(reason));
        /* A path that is not UTF-8 may stand in the text; the object must come all the same. */
        json_t *text = json_string(error->text);
        failed |= json_object_set_new(object, "message", text != NULL ? text : json_string("(text is not UTF-8)"));
    }
    if (failed != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The object with the verb's fields behind "result"; NULL if memory failed on the way. */
static json_t *whole_object(const struct cli_call *call, sbk_result result, const struct sbk_error *error) {
    json_t *object = cli_result_object(result, error);
    if (object == NULL || call->fields == NULL || json_object_update_missing(object, call->fields) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

void cli_outcome(struct cli_call *call, const char *word, const char *sentence) {
    cli_field_text(call, "outcome", word);
    call->last = sentence;
}

/* The last line: where people read it, and in any case if standard output took nothing. */
static void say_last(const struct cli_call *call, bool written) {
    if (call->last != NULL && (!call->json || !written)) {
        (void)fprintf(stderr, "%s\n", call->last);
    }
}

int cli_finish(struct cli_call *call, sbk_result result, const struct sbk_error *error) {
    bool written = true;
    if (result != SBK_OK && call->last == NULL && call->verb != NULL && call->program->failed != NULL) {
        const char *sentence = call->program->failed(call->verb->words);
        if (sentence != NULL) {
            cli_outcome(call, "nothing", _(sentence));
        }
    }
    if (result == SBK_OK && call->last != NULL) {
        cli_say(call, "%s\n", call->last);
    }
    if (call->json) {
        json_t *object = whole_object(call, result, error);
        written = object != NULL && json_dumpf(object, stdout, JSON_INDENT(2)) == 0 && fputc('\n', stdout) != EOF;
        json_decref(object);
    }
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        written = false;
    }
    if (result != SBK_OK) {
        (void)fprintf(stderr, "%s: %s\n", call->program->name, error->text);
    }
    if (!written) {
        (void)fprintf(stderr, "%s: %s%s%s\n", call->program->name,
            _("the output could not be written, though the command itself ended"), errno != 0 ? ": " : "",
            errno != 0 ? strerror(errno) : "");
    }
    if (result != SBK_OK || !written) {
        say_last(call, written);
    }
    (void)fflush(stderr);
    return result == SBK_OK && !written ? SBK_ENVIRONMENT : (int)result;
}
