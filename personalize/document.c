/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/document.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define LEVELS_MAX 16
#define KEYS_MAX 64 /* of one mapping; ours have fewer */

struct level {
    bool mapping;
    bool value_next; /* in a mapping: a key was read */
    char *keys[KEYS_MAX];
    size_t key_count;
};

struct walk {
    struct level levels[LEVELS_MAX];
    size_t depth;
    size_t documents;
    const char *reason;
    struct sbk_error *error;
};

static sbk_result refuse(const struct walk *walk, const yaml_event_t *event, const char *what) {
    return sbk_fail(walk->error, SBK_ENVIRONMENT, walk->reason, _("line %zu: %s"), event->start_mark.line + 1, what);
}

static sbk_result take_key(struct walk *walk, struct level *level, const yaml_event_t *event) {
    const char *key = (const char *)event->data.scalar.value;

    for (size_t i = 0; i < level->key_count; i++) {
        if (strcmp(level->keys[i], key) == 0) {
            return refuse(walk, event, _("a key that this mapping has already; name each key once"));
        }
    }
    if (level->key_count == KEYS_MAX) {
        return refuse(walk, event, _("too many keys in one mapping"));
    }
    level->keys[level->key_count] = strdup(key);
    if (level->keys[level->key_count] == NULL) {
        return sbk_fail(walk->error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    level->key_count++;
    return SBK_OK;
}

/* A scalar, sequence or mapping begins; in a mapping every other one is a key, and keys are scalars. */
static sbk_result take_node(struct walk *walk, const yaml_event_t *event) {
    struct level *level = walk->depth == 0 ? NULL : &walk->levels[walk->depth - 1];
    sbk_result result = SBK_OK;

    if (level != NULL && level->mapping) {
        if (!level->value_next && event->type != YAML_SCALAR_EVENT) {
            return refuse(walk, event, _("a key must be a plain word"));
        }
        if (!level->value_next) {
            result = take_key(walk, level, event);
        }
        level->value_next = !level->value_next;
    }
    if (result != SBK_OK || event->type == YAML_SCALAR_EVENT) {
        return result;
    }
    if (walk->depth == LEVELS_MAX) {
        return refuse(walk, event, _("nested too deeply"));
    }
    walk->levels[walk->depth] = (struct level){.mapping = event->type == YAML_MAPPING_START_EVENT};
    walk->depth++;
    return SBK_OK;
}

static void leave(struct walk *walk) {
    struct level *level = &walk->levels[--walk->depth];

    for (size_t i = 0; i < level->key_count; i++) {
        free(level->keys[i]);
    }
}

static sbk_result take(struct walk *walk, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (walk->documents++ > 0) {
            return refuse(walk, event, _("a second document; write one"));
        }
        return SBK_OK;
    case YAML_ALIAS_EVENT:
        return refuse(walk, event, _("an alias (*); write the value out"));
    case YAML_SCALAR_EVENT:
        if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL ||
            strlen((const char *)event->data.scalar.value) != event->data.scalar.length) {
            return refuse(walk, event, _("an anchor, a tag or a zero byte; write a plain value"));
        }
        return take_node(walk, event);
    case YAML_SEQUENCE_START_EVENT:
        if (event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL) {
            return refuse(walk, event, _("an anchor or a tag; write a plain list"));
        }
        return take_node(walk, event);
    case YAML_MAPPING_START_EVENT:
        if (event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL) {
            return refuse(walk, event, _("an anchor or a tag; write a plain mapping"));
        }
        return take_node(walk, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        leave(walk);
        return SBK_OK;
    default:
        return SBK_OK;
    }
}

sbk_result sbk_document_check(const uint8_t *text, size_t size, const char *reason, struct sbk_error *error) {
    struct walk walk = {.depth = 0, .reason = reason, .error = error};
    yaml_parser_t parser;
    sbk_result result = SBK_OK;
    bool end = false;

    if (yaml_parser_initialize(&parser) == 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    yaml_parser_set_input_string(&parser, text, size);
    while (result == SBK_OK && !end) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            result = sbk_fail(error, SBK_ENVIRONMENT, reason, _("line %zu: not YAML: %s"),
                (size_t)parser.problem_mark.line + 1, parser.problem != NULL ? parser.problem : _("cannot be read"));
            break;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        result = take(&walk, &event);
        yaml_event_delete(&event);
    }
    if (result == SBK_OK && walk.documents == 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, reason, _("the file is empty"));
    }
    while (walk.depth > 0) {
        leave(&walk);
    }
    yaml_parser_delete(&parser);
    return result;
}
