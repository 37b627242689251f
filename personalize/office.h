/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_OFFICE_H
#define SBK_PERSONALIZE_OFFICE_H

#include "base/buffer.h"
#include "base/error.h"
#include "keys/install.h"
#include "keys/store.h"
#include "schema/date.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bureau's folder (0700): a key store with one key, its X.509 identity ("bureau"), and, once installed, the city's
 * answer "office.cms", the pinned root "root.anchor" and the root links that came since, "root.links" (C4 records in a
 * row, oldest first). Links and answer are verified anew from the pinned root on whenever the folder is opened, so that
 * nothing in it is believed for being there.
 */
#define SBK_OFFICE_CERTIFICATE_FILE "office.cms"
#define SBK_OFFICE_ANCHOR_FILE "root.anchor"
#define SBK_OFFICE_LINKS_FILE "root.links"

/* Makes the folder and the key, or, where they are there already, opens the key again; then a request for it. Appends
 * the CMS file to out. name: 1 to 40 bytes UTF-8. tokens: where a new key is made. Errors: SBK_REFUSED
 * "passphrase-wrong"; those of a token. */
SBK_CHECK_RESULT sbk_result sbk_office_enrol(const char *folder, const char *name, const struct sbk_tokens *tokens,
    const struct sbk_secret *passphrase, uint32_t now, struct sbk_buffer *out, struct sbk_error *error);

/* Verifies the city's answer and puts it in place; the first one pins its root, later ones must stand under it or under
 * one that links in it lead to, which are kept. The caller shows fingerprint (SHA-256 of the root) and name. first tells whether the root was pinned just now. */
SBK_CHECK_RESULT sbk_result sbk_office_install(const char *folder, const uint8_t *data, size_t size, uint32_t now,
    uint8_t fingerprint[SBK_HASH_SIZE], char name[64], bool *first, struct sbk_error *error);

struct sbk_office {
    struct sbk_store *store;
    struct sbk_buffer content;                 /* what certificate lends from */
    struct sbk_office_certificate certificate; /* verified */
    struct sbk_trust *trust;                   /* the pinned root and those that followed it */
};

/* Opens an installed folder and takes its lock. Errors: SBK_ENVIRONMENT "not-enrolled" or "no-certificate";
 * SBK_REFUSED "certificate-expired"; SBK_TAMPERED. On success sbk_office_close. */
SBK_CHECK_RESULT sbk_result sbk_office_open(
    struct sbk_office *office, const char *folder, uint32_t now, struct sbk_error *error);
void sbk_office_close(struct sbk_office *office);

#endif
