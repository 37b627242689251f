/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ASK_H
#define SBK_KEYS_ASK_H

#include "cli/cli.h"
#include "keys/store.h"

/*
 * How the programs ask for what opens a key, whatever kind of store it lies in: the pass phrase of its envelope, the PIN
 * of its token, or nothing where the token has that from elsewhere. Both kinds come from the same options
 * (cli/secrets.h). Only mains include this.
 */

/* Row for a program's option table; verbs as in struct cli_option. */
#define ASK_OPTION_TOKEN(verbs_)                                                                                       \
    { "token", CLI_LIST, N_("[ROLE=]URI"), N_("make the keys (of one role) on the PKCS#11 token URI"), verbs_, NULL }

/* Likewise; "!" lists the verbs that open no key. */
#define ASK_OPTION_SHARE(verbs_)                                                                                       \
    { "share", CLI_LIST, N_("FILE"), N_("an officer's share of a key that takes a quorum"), verbs_, NULL }
#define ASK_OPTIONS_QUORUM(verbs_)                                                                                     \
    {"quorum", CLI_LIST, N_("[ROLE=]M/N"),                                                                             \
        N_("any M of N officers open root, next root and grant signer (the role's key)"), verbs_, NULL},               \
    {                                                                                                                  \
        "officer", CLI_LIST, N_("[ROLE=]NAME,NAME..."), N_("the names of the officers (of the role)"), verbs_, NULL    \
    }

/* The words of --token, checked; without the option, the one of SEMBAKO_TOKEN. roles is NULL-terminated: those that
 * ROLE may be. */
SBK_CHECK_RESULT sbk_result ask_tokens(
    struct cli_call *call, const char *const *roles, struct sbk_tokens *tokens, struct sbk_error *error);

/* What opens a key that is there: what was asked for, for ask_answer_free. */
struct ask_answer {
    struct sbk_secret passphrase; /* or PIN */
    struct sbk_secret approval;   /* what the officers' shares give */
    struct sbk_opener opener;     /* lends from the two */
};

/* Asks for it; generation 0: the newest. option: the ROLE of --passphrase-file, NULL for programs without roles; what
 * completes the question, such as _("the root key"). Of a key with a quorum the files of --share that are of this key are
 * opened, each with the pass phrase of its officer (option "ROLE-NUMBER"); the verb must then have that option. Errors of
 * the shares name the file: SBK_REFUSED, "quorum-missing" (too few, or of a set that was replaced) and "passphrase-wrong";
 * SBK_TAMPERED; SBK_USAGE (the same one twice). */
SBK_CHECK_RESULT sbk_result ask_answer(struct cli_call *call, const struct sbk_store *store, uint8_t role,
    uint8_t generation, const char *option, const char *what, struct ask_answer *answer, struct sbk_error *error);
void ask_answer_free(struct ask_answer *answer);

/* Asks for what opens a key, and opens it. *key is the caller's, for sbk_key_close. */
SBK_CHECK_RESULT sbk_result ask_open(struct cli_call *call, struct sbk_store *store, uint8_t role, uint8_t generation,
    const char *option, const char *what, struct sbk_key **key, struct sbk_error *error);

/* ask_answer for somebody who knows that the key has no quorum: what sbk_key_open takes. secret is the caller's; it stays
 * empty where nothing is asked for. */
SBK_CHECK_RESULT sbk_result ask_key(struct cli_call *call, const struct sbk_store *store, uint8_t role,
    uint8_t generation, const char *option, const char *what, struct sbk_secret *secret, struct sbk_error *error);

struct sbk_share; /* keys/share.h */
/* Asks for the pass phrase of a share that is there (option "ROLE-NUMBER"). */
SBK_CHECK_RESULT sbk_result ask_share(struct cli_call *call, const struct sbk_share *share, const char *what,
    struct sbk_secret *passphrase, struct sbk_error *error);

/* The shares that a new key, or new shares of a key, shall have. */
struct ask_deal {
    struct sbk_deal deal; /* its quorum.needed is 0 if none is wanted; its passphrases are those below */
    struct sbk_secret passphrases[SBK_QUORUM_OFFICERS_MAX];
};

/* Refuses --quorum and --officer that cannot be meant (SBK_USAGE), before anything is asked for. */
SBK_CHECK_RESULT sbk_result ask_quorums_check(struct cli_call *call, struct sbk_error *error);

/* What --quorum and --officer say for a role's word (root, next-root and grant-signer only; without a ROLE they mean all
 * three); the pass phrases of the shares are asked for (option "WORD-NUMBER").
 * what: as above; like: the quorum that it has unless told, NULL for none. deal is the caller's, for ask_deal_free, after a failure too; the folder is still to be set. */
SBK_CHECK_RESULT sbk_result ask_deal(struct cli_call *call, const char *word, const char *what,
    const struct sbk_quorum *like, struct ask_deal *deal, struct sbk_error *error);
/* The same where --quorum M/N and --officer NAME,NAME... stand without a role and for new shares in place of others,
 * whose number and names stay unless told; old.needed is 0 if the key had none. word: such as "new-root". */
SBK_CHECK_RESULT sbk_result ask_deal_again(struct cli_call *call, const char *word, const char *what,
    const struct sbk_quorum *old, struct ask_deal *deal, struct sbk_error *error);
void ask_deal_free(struct ask_deal *deal);

/* What shall open a key that is to be made where tokens says for the role's word. */
SBK_CHECK_RESULT sbk_result ask_new_key(struct cli_call *call, const struct sbk_tokens *tokens, const char *role,
    const char *option, const char *what, struct sbk_secret *secret, struct sbk_error *error);

#endif
