/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/items_text.h"

#include "base/i18n.h"
#include "base/yaml_strict.h"
#include "schema/reason.h"

/* NULL: nothing that would matter here. */
static const char *words_for(enum sbk_yaml_flaw flaw) {
    switch (flaw) {
    case SBK_YAML_SECOND:
        return _("a second document");
    case SBK_YAML_ALIAS:
        return _("an alias");
    case SBK_YAML_SCALAR:
        return _("an anchor, a tag or a zero byte");
    case SBK_YAML_LIST:
    case SBK_YAML_MAPPING:
        return _("an anchor or a tag");
    case SBK_YAML_KEY_TWICE:
        return _("a key that was given already");
    case SBK_YAML_KEY_NO_WORD:
        return _("a key that is not a word");
    case SBK_YAML_KEYS_TOO_MANY:
        return _("too many keys");
    case SBK_YAML_TOO_DEEP:
        return _("too many levels");
    case SBK_YAML_FINE:
    case SBK_YAML_SYNTAX:
    case SBK_YAML_EMPTY: /* libcyaml says what is missing */
        break;
    }
    return NULL;
}

sbk_result items_text_check(const uint8_t *text, size_t size, struct sbk_error *error) {
    static const struct sbk_yaml_limits limits = {.levels = 6, .keys = 8};
    struct sbk_yaml_finding finding;
    const sbk_result result = sbk_yaml_check(text, size, &limits, &finding, error);
    if (result != SBK_OK) {
        return result;
    }
    if (finding.flaw == SBK_YAML_SYNTAX) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("line %zu: not YAML: %s"), finding.line,
            finding.problem != NULL ? finding.problem : "?");
    }
    const char *wrong = words_for(finding.flaw);
    return wrong == NULL ? SBK_OK
                         : sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("line %zu: %s"), finding.line, wrong);
}
