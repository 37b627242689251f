/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/document.h"
#include "base/i18n.h"
#include "base/yaml_strict.h"
#include "schema/reason.h"

static const char *words_for(enum sbk_yaml_flaw flaw) {
    switch (flaw) {
    case SBK_YAML_SECOND:
        return _("a second document; write one");
    case SBK_YAML_ALIAS:
        return _("an alias (*); write the value out");
    case SBK_YAML_SCALAR:
        return _("an anchor, a tag or a zero byte; write a plain value");
    case SBK_YAML_LIST:
        return _("an anchor or a tag; write a plain list");
    case SBK_YAML_MAPPING:
        return _("an anchor or a tag; write a plain mapping");
    case SBK_YAML_KEY_TWICE:
        return _("a key that this mapping has already; name each key once");
    case SBK_YAML_KEY_NO_WORD:
        return _("a key must be a plain word");
    case SBK_YAML_KEYS_TOO_MANY:
        return _("too many keys in one mapping");
    case SBK_YAML_TOO_DEEP:
        return _("nested too deeply");
    case SBK_YAML_FINE:
    case SBK_YAML_SYNTAX:
    case SBK_YAML_EMPTY:
        break;
    }
    return NULL;
}

sbk_result sbk_document_check(const uint8_t *text, size_t size, const char *reason, struct sbk_error *error) {
    static const struct sbk_yaml_limits limits = {.levels = SBK_YAML_LEVELS_MAX, .keys = SBK_YAML_KEYS_MAX};
    struct sbk_yaml_finding finding;
    const sbk_result result = sbk_yaml_check(text, size, &limits, &finding, error);

    if (result != SBK_OK) {
        return result;
    }
    if (finding.flaw == SBK_YAML_SYNTAX) {
        return sbk_fail(error, SBK_ENVIRONMENT, reason, _("line %zu: not YAML: %s"), finding.line,
            finding.problem != NULL ? finding.problem : _("cannot be read"));
    }
    if (finding.flaw == SBK_YAML_EMPTY) {
        return sbk_fail(error, SBK_ENVIRONMENT, reason, _("the file is empty"));
    }
    const char *wrong = words_for(finding.flaw);
    return wrong == NULL ? SBK_OK : sbk_fail(error, SBK_ENVIRONMENT, reason, _("line %zu: %s"), finding.line, wrong);
}
