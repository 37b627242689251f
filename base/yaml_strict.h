/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_YAML_STRICT_H
#define SBK_BASE_YAML_STRICT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What libcyaml lets pass and files that people write must not have: no value may hide behind another one of its name, or
 * stand somewhere else than where it is read. What is wrong with a text is found here; the words for it are the role's.
 */
enum sbk_yaml_flaw {
    SBK_YAML_FINE,
    SBK_YAML_SYNTAX,        /* not YAML; problem says why */
    SBK_YAML_EMPTY,         /* no document */
    SBK_YAML_SECOND,        /* more than one document */
    SBK_YAML_ALIAS,         /* *name */
    SBK_YAML_SCALAR,        /* a scalar with an anchor, a tag or a zero byte */
    SBK_YAML_LIST,          /* a list with an anchor or a tag */
    SBK_YAML_MAPPING,       /* a mapping with an anchor or a tag */
    SBK_YAML_KEY_TWICE,     /* in one mapping */
    SBK_YAML_KEY_NO_WORD,   /* a list or a mapping for a key */
    SBK_YAML_KEYS_TOO_MANY, /* in one mapping */
    SBK_YAML_TOO_DEEP,
};

struct sbk_yaml_limits {
    size_t levels; /* of lists and mappings in each other, at most SBK_YAML_LEVELS_MAX */
    size_t keys;   /* of one mapping, at most SBK_YAML_KEYS_MAX */
};
#define SBK_YAML_LEVELS_MAX 16
#define SBK_YAML_KEYS_MAX 64

struct sbk_yaml_finding {
    enum sbk_yaml_flaw flaw; /* the first one */
    size_t line;             /* where, from 1 */
    const char *problem;     /* of SBK_YAML_SYNTAX, in libyaml's words and static storage; NULL: it has none */
};

/* Reads a text through. Errors: SBK_ENVIRONMENT "memory"; a flaw is no error. */
SBK_CHECK_RESULT sbk_result sbk_yaml_check(const uint8_t *text, size_t size, const struct sbk_yaml_limits *limits,
    struct sbk_yaml_finding *finding, struct sbk_error *error);

#endif
