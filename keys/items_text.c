/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/items_text.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 6
#define KEYS_MAX 8
#define KEY_ROOM 16 /* longer keys are unknown anyway: libcyaml refuses them */

struct level {
    bool mapping;
    bool key_read; /* the next node of this mapping is a value */
    char keys[KEYS_MAX][KEY_ROOM];
    size_t key_count;
};

struct state {
    struct level levels[DEPTH_MAX];
    size_t depth;
    size_t documents;
};

/* NULL, or what is wrong with a key. */
static const char *take_key(struct level *level, const char *key) {
    char name[KEY_ROOM];
    (void)snprintf(name, sizeof name, "%s", key);
    for (size_t i = 0; i < level->key_count; i++) {
        if (strcmp(level->keys[i], name) == 0) {
            return _("a key that was given already");
        }
    }
    if (level->key_count == KEYS_MAX) {
        return _("too many keys");
    }
    memcpy(level->keys[level->key_count], name, sizeof name);
    level->key_count++;
    return NULL;
}

/* A node begins: in a mapping, keys and values take turns. */
static const char *take_node(struct state *state, const char *scalar) {
    struct level *level = state->depth > 0 ? &state->levels[state->depth - 1] : NULL;
    if (level == NULL || !level->mapping) {
        return NULL;
    }
    level->key_read = !level->key_read;
    if (!level->key_read) {
        return NULL;
    }
    return scalar != NULL ? take_key(level, scalar) : _("a key that is not a word");
}

static const char *enter(struct state *state, bool mapping) {
    const char *wrong = take_node(state, NULL);
    if (wrong == NULL && state->depth == DEPTH_MAX) {
        wrong = _("too many levels");
    }
    if (wrong == NULL) {
        memset(&state->levels[state->depth], 0, sizeof state->levels[0]);
        state->levels[state->depth].mapping = mapping;
        state->depth++;
    }
    return wrong;
}

static const char *take_scalar(struct state *state, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL ||
        strlen(text) != event->data.scalar.length) {
        return _("an anchor, a tag or a zero byte");
    }
    return take_node(state, text);
}

static const char *take(struct state *state, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return state->documents++ > 0 ? _("a second document") : NULL;
    case YAML_ALIAS_EVENT:
        return _("an alias");
    case YAML_SCALAR_EVENT:
        return take_scalar(state, event);
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL
                   ? _("an anchor or a tag")
                   : enter(state, false);
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL
                   ? _("an anchor or a tag")
                   : enter(state, true);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        state->depth--;
        return NULL;
    default:
        return NULL;
    }
}

sbk_result items_text_check(const uint8_t *text, size_t size, struct sbk_error *error) {
    struct state state = {.depth = 0};
    yaml_parser_t parser;
    sbk_result result = SBK_OK;
    bool end = false;
    if (yaml_parser_initialize(&parser) == 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    yaml_parser_set_input_string(&parser, text, size);
    while (result == SBK_OK && !end) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            result = sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("line %zu: not YAML: %s"),
                parser.problem_mark.line + 1, parser.problem != NULL ? parser.problem : "?");
            break;
        }
        const char *wrong = take(&state, &event);
        if (wrong != NULL) {
            result = sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("line %zu: %s"), event.start_mark.line + 1, wrong);
        }
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return result;
}
