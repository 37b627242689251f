/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ask_private.h"

#include "base/i18n.h"
#include "cli/secrets.h"
#include "keys/share.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

/* What officers bring: the shares of --share, each opened with the pass phrase of its officer. */

struct brought {
    const char *path;
    struct sbk_buffer file; /* share lends from it */
    struct sbk_share share;
};

struct gathering {
    const struct sbk_quorum *quorum;
    const char *what;
    struct brought brought[SBK_QUORUM_OFFICERS_MAX];
    size_t count;
    size_t others; /* shares of other keys */
};

sbk_result ask_share_passphrase(struct cli_call *call, const char *word, unsigned number, const char *name,
    const char *what, bool fresh, struct sbk_secret *passphrase, struct sbk_error *error) {
    char option[40];
    char whose[160];
    (void)snprintf(option, sizeof option, "%s-%u", word, number);
    (void)snprintf(whose, sizeof whose, _("share %u (%s) of %s"), number, name, what);
    return cli_passphrase(call, option, whose, fresh, passphrase, error);
}

sbk_result ask_share(struct cli_call *call, const struct sbk_share *share, const char *what,
    struct sbk_secret *passphrase, struct sbk_error *error) {
    return ask_share_passphrase(
        call, sbk_key_role_word(share->role), share->number, share->name, what, false, passphrase, error);
}

/* Judges a share of this key. */
static sbk_result judge(const struct gathering *gathering, const struct brought *one, struct sbk_error *error) {
    const struct sbk_quorum *quorum = gathering->quorum;
    const struct sbk_share *share = &one->share;
    char set[SBK_SET_TEXT_ROOM];
    char used[SBK_SET_TEXT_ROOM];
    sbk_set_text(share->set, set);
    sbk_set_text(quorum->set, used);
    if (memcmp(share->set, quorum->set, sizeof share->set) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_QUORUM,
            _("%s: share %u (%s) is of the set %s, which is not the one in force (%s): bring the share of that one"),
            one->path, share->number, share->name, set, used);
    }
    if (share->needed != quorum->needed || share->officers != quorum->officers) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_QUORUM,
            _("%s: share %u (%s) says %u of %u, the key's file %u of %u: one of them was altered; take it from a copy"),
            one->path, share->number, share->name, share->needed, share->officers, quorum->needed, quorum->officers);
    }
    for (size_t i = 0; i < gathering->count; i++) {
        if (gathering->brought[i].share.number == share->number) {
            return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE,
                _("%s: share %u (%s) is given twice, by %s too: bring another officer's"), one->path, share->number,
                share->name, gathering->brought[i].path);
        }
    }
    return SBK_OK;
}

static sbk_result take(
    struct gathering *gathering, const struct sbk_key_info *info, const char *path, struct sbk_error *error) {
    uint8_t fingerprint[SBK_HASH_SIZE];
    struct brought one = {.path = path, .file = SBK_BUFFER_EMPTY};
    sbk_result result = sbk_share_fingerprint(info, fingerprint, error);
    if (result == SBK_OK) {
        result = sbk_share_read(path, &one.file, &one.share, error);
    }
    const bool ours = result == SBK_OK && one.share.role == info->role && one.share.generation == info->generation &&
                      memcmp(one.share.fingerprint, fingerprint, sizeof fingerprint) == 0;
    if (ours) {
        result = judge(gathering, &one, error);
    }
    if (ours && result == SBK_OK) {
        gathering->brought[gathering->count++] = one;
    } else {
        gathering->others += result == SBK_OK ? 1 : 0;
        sbk_buffer_free(&one.file);
    }
    return result;
}

static sbk_result too_few(const struct gathering *gathering, struct sbk_error *error) {
    const struct sbk_quorum *quorum = gathering->quorum;
    const char *hint = gathering->others > 0 ? _("; other shares that were given are of another key") : "";
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_QUORUM,
        _("%s takes the shares of %u of %u officers, given: %zu; name each with --share%s"), gathering->what,
        quorum->needed, quorum->officers, gathering->count, hint);
}

static sbk_result open_share(struct cli_call *call, const struct gathering *gathering, const struct brought *one,
    struct sbk_secret *plain, struct sbk_error *error) {
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    sbk_result result = ask_share(call, &one->share, gathering->what, &passphrase, error);
    if (result == SBK_OK) {
        result = sbk_share_open(&one->share, &passphrase, plain, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", one->path);
        }
    }
    sbk_secret_free(&passphrase);
    return result;
}

/* Opens as many as are needed, in the order in which they were given. */
static sbk_result combine(
    struct cli_call *call, const struct gathering *gathering, struct sbk_secret *approval, struct sbk_error *error) {
    struct sbk_secret plains[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
    uint8_t numbers[SBK_QUORUM_OFFICERS_MAX] = {0};
    const size_t needed = gathering->quorum->needed;
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < needed && result == SBK_OK; i++) {
        numbers[i] = gathering->brought[i].share.number;
        result = open_share(call, gathering, &gathering->brought[i], &plains[i], error);
    }
    if (result == SBK_OK) {
        result = sbk_quorum_combine(gathering->quorum, numbers, plains, needed, approval, error);
    }
    for (size_t i = 0; i < SBK_QUORUM_OFFICERS_MAX; i++) {
        sbk_secret_free(&plains[i]);
    }
    return result;
}

sbk_result ask_shares(struct cli_call *call, const struct sbk_key_info *info, const struct sbk_quorum *quorum,
    const char *what, struct sbk_secret *approval, struct sbk_error *error) {
    struct gathering gathering = {.quorum = quorum, .what = what};
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < cli_count(call, "share") && result == SBK_OK; i++) {
        result = take(&gathering, info, cli_value_at(call, "share", i), error);
    }
    if (result == SBK_OK && gathering.count < quorum->needed) {
        result = too_few(&gathering, error);
    }
    if (result == SBK_OK) {
        result = combine(call, &gathering, approval, error);
    }
    for (size_t i = 0; i < gathering.count; i++) {
        sbk_buffer_free(&gathering.brought[i].file);
    }
    return result;
}
