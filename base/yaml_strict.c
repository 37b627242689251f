/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml_strict.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct level {
    bool mapping;
    bool value_next; /* in a mapping: a key was read */
    char *keys[SBK_YAML_KEYS_MAX];
    size_t key_count;
};

struct walk {
    const struct sbk_yaml_limits *limits;
    struct level levels[SBK_YAML_LEVELS_MAX];
    size_t depth;
    size_t documents;
    bool no_memory;
};

static enum sbk_yaml_flaw take_key(struct walk *walk, struct level *level, const char *key) {
    for (size_t i = 0; i < level->key_count; i++) {
        if (strcmp(level->keys[i], key) == 0) {
            return SBK_YAML_KEY_TWICE;
        }
    }
    if (level->key_count == walk->limits->keys) {
        return SBK_YAML_KEYS_TOO_MANY;
    }
    char *copy = strdup(key);
    if (copy == NULL) {
        walk->no_memory = true;
        return SBK_YAML_FINE;
    }
    level->keys[level->key_count++] = copy;
    return SBK_YAML_FINE;
}

/* A node begins, scalar NULL: a list or a mapping; in a mapping every other one is a key, and keys are scalars. */
static enum sbk_yaml_flaw take_node(struct walk *walk, const char *scalar) {
    struct level *level = walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
    if (level == NULL || !level->mapping) {
        return SBK_YAML_FINE;
    }
    level->value_next = !level->value_next;
    if (!level->value_next) {
        return SBK_YAML_FINE;
    }
    return scalar != NULL ? take_key(walk, level, scalar) : SBK_YAML_KEY_NO_WORD;
}

static enum sbk_yaml_flaw enter(struct walk *walk, bool mapping) {
    const enum sbk_yaml_flaw flaw = take_node(walk, NULL);
    if (flaw != SBK_YAML_FINE) {
        return flaw;
    }
    if (walk->depth == walk->limits->levels) {
        return SBK_YAML_TOO_DEEP;
    }
    walk->levels[walk->depth++] = (struct level){.mapping = mapping};
    return SBK_YAML_FINE;
}

static void leave(struct walk *walk) {
    struct level *level = &walk->levels[--walk->depth];
    for (size_t i = 0; i < level->key_count; i++) {
        free(level->keys[i]);
    }
}

static enum sbk_yaml_flaw take_scalar(struct walk *walk, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    const bool plain = event->data.scalar.anchor == NULL && event->data.scalar.tag == NULL &&
                       strlen(text) == event->data.scalar.length;
    return plain ? take_node(walk, text) : SBK_YAML_SCALAR;
}

static enum sbk_yaml_flaw take(struct walk *walk, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return walk->documents++ > 0 ? SBK_YAML_SECOND : SBK_YAML_FINE;
    case YAML_ALIAS_EVENT:
        return SBK_YAML_ALIAS;
    case YAML_SCALAR_EVENT:
        return take_scalar(walk, event);
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL ? SBK_YAML_LIST
                                                                                                   : enter(walk, false);
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL ? SBK_YAML_MAPPING
                                                                                                 : enter(walk, true);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        leave(walk);
        return SBK_YAML_FINE;
    default:
        return SBK_YAML_FINE;
    }
}

/* Up to the first flaw or the end. */
static void read_through(yaml_parser_t *parser, struct walk *walk, struct sbk_yaml_finding *finding) {
    bool end = false;
    while (finding->flaw == SBK_YAML_FINE && !end && !walk->no_memory) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            walk->no_memory = parser->error == YAML_MEMORY_ERROR;
            finding->flaw = SBK_YAML_SYNTAX;
            finding->line = parser->problem_mark.line + 1;
            finding->problem = parser->problem;
            return;
        }
        finding->flaw = take(walk, &event);
        finding->line = event.start_mark.line + 1;
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    if (finding->flaw == SBK_YAML_FINE && walk->documents == 0) {
        finding->flaw = SBK_YAML_EMPTY;
    }
}

sbk_result sbk_yaml_check(const uint8_t *text, size_t size, const struct sbk_yaml_limits *limits,
    struct sbk_yaml_finding *finding, struct sbk_error *error) {
    struct walk walk = {.limits = limits};
    yaml_parser_t parser;
    memset(finding, 0, sizeof *finding);
    if (yaml_parser_initialize(&parser) == 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    yaml_parser_set_input_string(&parser, text, size);
    read_through(&parser, &walk, finding);
    while (walk.depth > 0) {
        leave(&walk);
    }
    yaml_parser_delete(&parser);
    return walk.no_memory ? sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory")) : SBK_OK;
}
