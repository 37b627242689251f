/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_LINKS_H
#define SBK_KEYS_LINKS_H

#include "keys/trust.h"

/*
 * Following root links (C4): from the roots that a place has pinned to the one that a file carries. A link is signed by
 * the key that it brings, whose hash the root before announced; so nobody who has only the root in force can lead anybody
 * away.
 */

/* The roots that the links speak of, oldest first: those pinned already, with the last days that the links say, and the new
 * ones. The last is the carried one. */
#define SBK_ROOTS_MAX (SBK_BUNDLE_LINKS_MAX + 1)
struct sbk_root {
    struct sbk_anchor anchor;
    uint16_t until;
};
struct sbk_roots {
    struct sbk_root roots[SBK_ROOTS_MAX];
    size_t count;
};

/*
 * Checks the links and whether the carried root may be believed on day. pinned: NULL, or a trust without a root, where
 * nothing is pinned yet: then the carried root is believed for the fingerprint that the caller shows, and only what leads
 * to it in the file is checked. Errors: SBK_TAMPERED, "certificate-invalid": links that fork, skip, repeat or go back,
 * that are not signed by the key they bring, that bring a key not announced, or that lead elsewhere; another root than
 * the one pinned; SBK_REFUSED, "certificate-expired": a root that counts no more; "not-found": no link leads from the
 * pinned root to the carried one.
 */
SBK_CHECK_RESULT sbk_result sbk_links_follow(const struct sbk_trust *pinned, const struct sbk_anchor *carried,
    const struct sbk_bytes *links, size_t count, uint16_t day, struct sbk_roots *roots, struct sbk_error *error);

/* Pins them all. */
SBK_CHECK_RESULT sbk_result sbk_trust_add_roots(
    struct sbk_trust *trust, const struct sbk_roots *roots, struct sbk_error *error);

#endif
