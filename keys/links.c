/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/links.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <string.h>

/* A link as read, and the root that it brings. */
struct step {
    struct sbk_anchor anchor;
    uint16_t old_until;
    uint8_t hash[SBK_HASH_SIZE]; /* of the key */
};

static sbk_result wrong(struct sbk_error *error, const char *why) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", why);
}

/* It must be signed by the key that it brings. */
static sbk_result read_step(const struct sbk_bytes *bytes, struct step *step, struct sbk_error *error) {
    struct sbk_link link;
    struct sbk_error cause;
    const enum sbk_format format = sbk_link_parse(bytes->data, bytes->size, &link);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("a root link is malformed: it %s"), _(sbk_format_text(format)));
    }
    step->anchor.generation = link.generation;
    step->old_until = link.old_until;
    memcpy(step->anchor.key, link.key, sizeof step->anchor.key);
    memcpy(step->anchor.next_hash, link.next_hash, sizeof step->anchor.next_hash);
    sbk_result result = sbk_point_hash(link.key, step->hash, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_verify_record(link.key, bytes->data, bytes->size, &cause);
    if (result == SBK_TAMPERED) {
        return wrong(error, _("a root link is not signed by the key that it brings"));
    }
    return result == SBK_OK ? SBK_OK : sbk_fail(error, result, cause.reason, "%s", cause.text);
}

static sbk_result check_announced(const struct sbk_anchor *before, const struct step *step, struct sbk_error *error) {
    if (memcmp(before->next_hash, step->hash, SBK_HASH_SIZE) != 0) {
        return wrong(error, _("a root link brings a key that the root before did not announce"));
    }
    return SBK_OK;
}

static sbk_result another_root(struct sbk_error *error) {
    return wrong(error, _("the file comes from another root than the one pinned here: ask the office which is right"));
}

/* Each of the links by itself and after the one before it, and the last one before the carried root. */
static sbk_result read_steps(const struct sbk_bytes *links, size_t count, const struct sbk_anchor *carried,
    struct step steps[SBK_BUNDLE_LINKS_MAX], struct sbk_error *error) {
    sbk_result result = count <= SBK_BUNDLE_LINKS_MAX ? SBK_OK : wrong(error, _("there are too many root links"));
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        result = read_step(&links[i], &steps[i], error);
        if (result == SBK_OK && i > 0 && steps[i].anchor.generation != steps[i - 1].anchor.generation + 1) {
            result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE,
                _("the root links do not lead one step at a time: %u comes after %u"), steps[i].anchor.generation,
                steps[i - 1].anchor.generation);
        }
        if (result == SBK_OK && i > 0) {
            result = check_announced(&steps[i - 1].anchor, &steps[i], error);
        }
    }
    if (result == SBK_OK && count > 0 && memcmp(&steps[count - 1].anchor, carried, sizeof *carried) != 0) {
        result = wrong(error, _("the root links do not lead to the root that the file carries"));
    }
    return result;
}

/* What is pinned stays as it is: a link that tells otherwise of one of these roots, or of the one after it, is a fork. */
static sbk_result check_pinned(
    const struct sbk_trust *pinned, const struct step *steps, size_t count, struct sbk_error *error) {
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        const struct sbk_anchor *same = sbk_trust_root(pinned, step->anchor.generation, NULL);
        const struct sbk_anchor *before = sbk_trust_root(pinned, (uint8_t)(step->anchor.generation - 1), NULL);
        if (same != NULL && memcmp(same, &step->anchor, sizeof *same) != 0) {
            return another_root(error);
        }
        if (before != NULL && check_announced(before, step, error) != SBK_OK) {
            return SBK_TAMPERED;
        }
    }
    return SBK_OK;
}

/* The carried root must be a pinned one that still counts, or one to which the links lead from the newest pinned. */
static sbk_result check_carried(const struct sbk_trust *pinned, const struct sbk_anchor *carried,
    const struct step *steps, size_t count, uint16_t day, struct sbk_error *error) {
    const struct sbk_anchor *newest = sbk_trust_anchor(pinned);
    uint16_t until = 0;
    if (carried->generation > newest->generation) {
        if (count == 0 || steps[0].anchor.generation > newest->generation + 1) {
            return sbk_fail(error, SBK_REFUSED, SBK_REASON_NOT_FOUND,
                _("the file comes from root %u, and no links in it lead there from root %u, which is pinned here: ask "
                  "the city for a file with them"),
                carried->generation, newest->generation);
        }
        return SBK_OK;
    }
    const struct sbk_anchor *same = sbk_trust_root(pinned, carried->generation, &until);
    if (same == NULL || memcmp(same, carried, sizeof *same) != 0) {
        return another_root(error);
    }
    if (day > until) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_EXPIRED,
            _("the file comes from root %u, which counts no more: ask the city for a newer one"), carried->generation);
    }
    return SBK_OK;
}

static void add(struct sbk_roots *roots, const struct sbk_anchor *anchor, uint16_t until) {
    roots->roots[roots->count++] = (struct sbk_root){*anchor, until};
}

sbk_result sbk_links_follow(const struct sbk_trust *pinned, const struct sbk_anchor *carried,
    const struct sbk_bytes *links, size_t count, uint16_t day, struct sbk_roots *roots, struct sbk_error *error) {
    struct step steps[SBK_BUNDLE_LINKS_MAX];
    const struct sbk_anchor *newest = pinned != NULL ? sbk_trust_anchor(pinned) : NULL;
    sbk_result result = read_steps(links, count, carried, steps, error);
    if (result == SBK_OK && newest != NULL) {
        result = check_pinned(pinned, steps, count, error);
    }
    if (result == SBK_OK && newest != NULL) {
        result = check_carried(pinned, carried, steps, count, day, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    memset(roots, 0, sizeof *roots);
    for (size_t i = 0; i < count && newest != NULL; i++) {
        const uint8_t before = (uint8_t)(steps[i].anchor.generation - 1);
        const struct sbk_anchor *known = sbk_trust_root(pinned, before, NULL);
        if (known != NULL) {
            add(roots, known, steps[i].old_until);
        } else if (before > newest->generation) {
            add(roots, &steps[i - 1].anchor, steps[i].old_until);
        }
    }
    add(roots, carried, SBK_NO_END);
    return SBK_OK;
}

sbk_result sbk_trust_add_roots(struct sbk_trust *trust, const struct sbk_roots *roots, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < roots->count && result == SBK_OK; i++) {
        result = sbk_trust_add_anchor(trust, &roots->roots[i].anchor, roots->roots[i].until, error);
    }
    return result;
}
