/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/backend.h"
#include "keys/share.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Shares of a key's quorum as files, one for each officer. */

static struct sbk_share share_of(const struct sbk_deal *deal, const struct sbk_key_info *info, uint8_t number) {
    const struct sbk_quorum *quorum = &deal->quorum;
    struct sbk_share share = {.role = info->role,
        .generation = info->generation,
        .needed = quorum->needed,
        .officers = quorum->officers,
        .number = number,
        .made = deal->made};
    memcpy(share.set, quorum->set, sizeof share.set);
    memcpy(share.name, quorum->names[number - 1], sizeof share.name);
    return share;
}

static char *share_path(const struct sbk_deal *deal, const struct sbk_share *share) {
    char name[SBK_SHARE_NAME_ROOM];
    sbk_share_file_name(share, name);
    return sbk_path_join(deal->folder, name);
}

static sbk_result write_share(const struct sbk_deal *deal, const struct sbk_key_info *info, uint8_t number,
    const struct sbk_secret *plain, struct sbk_error *error) {
    struct sbk_share share = share_of(deal, info, number);
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    char *path = share_path(deal, &share);
    sbk_result result = path != NULL ? sbk_share_fingerprint(info, share.fingerprint, error)
                                     : sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    if (result == SBK_OK) {
        result = sbk_share_seal(&share, plain, &deal->passphrases[number - 1], &file, error);
    }
    if (result == SBK_OK) {
        result = sbk_file_write(path, file.data, file.size, 0600, SBK_FILE_NEW, error);
    }
    sbk_buffer_free(&file);
    free(path);
    return result;
}

void sbk_deal_remove(const struct sbk_deal *deal, const struct sbk_key_info *info) {
    for (uint8_t number = 1; number <= deal->quorum.officers; number++) {
        const struct sbk_share share = share_of(deal, info, number);
        char *path = share_path(deal, &share);
        if (path != NULL) {
            (void)unlink(path); /* one that stays opens nothing */
        }
        free(path);
    }
}

sbk_result sbk_deal_write(const struct sbk_deal *deal, const struct sbk_key_info *info, const struct sbk_secret *secret,
    struct sbk_error *error) {
    struct sbk_secret shares[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
    sbk_result result = sbk_directory_make(deal->folder, NULL, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_quorum_split(&deal->quorum, secret, shares, error);
    for (uint8_t number = 1; number <= deal->quorum.officers && result == SBK_OK; number++) {
        result = write_share(deal, info, number, &shares[number - 1], error);
    }
    for (size_t i = 0; i < SBK_QUORUM_OFFICERS_MAX; i++) {
        sbk_secret_free(&shares[i]);
    }
    if (result != SBK_OK) {
        sbk_deal_remove(deal, info);
    }
    return result;
}
