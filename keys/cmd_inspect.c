/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/output.h"
#include "keys/cms.h"
#include "keys/inspect.h"
#include "schema/reason.h"

#define INDENT 2

/* Prints a value for people. Depth is bounded by the formats: what inspect makes is at most six levels deep. */
static void say_value(const struct cli_call *call, json_t *value, int depth);

static void say_scalar(const struct cli_call *call, const json_t *value) {
    if (json_is_string(value)) {
        cli_say(call, "%s\n", json_string_value(value));
    } else if (json_is_integer(value)) {
        cli_say(call, "%lld\n", (long long)json_integer_value(value));
    } else if (json_is_boolean(value)) {
        cli_say(call, "%s\n", json_is_true(value) ? _("yes") : _("no"));
    } else {
        cli_say(call, "-\n");
    }
}

static void say_object(const struct cli_call *call, json_t *object, int depth) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value) {
        cli_say(call, "%*s%s: ", depth * INDENT, "", name);
        if (json_is_object(value) || json_is_array(value)) {
            cli_say(call, "\n");
            say_value(call, value, depth + 1);
        } else {
            say_scalar(call, value);
        }
    }
}

static void say_value(const struct cli_call *call, json_t *value, int depth) {
    if (json_is_object(value)) {
        say_object(call, value, depth);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = json_array_get(value, i);
        if (json_is_object(element) || json_is_array(element)) {
            cli_say(call, "%*s%zu:\n", depth * INDENT, "", i + 1);
            say_value(call, element, depth + 1);
        } else {
            cli_say(call, "%*s%zu: ", depth * INDENT, "", i + 1);
            say_scalar(call, element);
        }
    }
}

sbk_result cmd_inspect(struct cli_call *call, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    const char *path = call->arguments[0];
    json_t *object = NULL;
    sbk_result result = program_read(path, SBK_CMS_MAX, &bytes, error);
    if (result == SBK_OK) {
        object = inspect_file(bytes.data, bytes.size);
        if (object == NULL) {
            result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT,
                _("%s: not a file of this system, or one that is malformed"), path);
        }
    }
    if (result == SBK_OK) {
        say_value(call, object, 0);
        cli_field(call, "file", json_incref(object));
    }
    json_decref(object);
    sbk_buffer_free(&bytes);
    return result;
}
