/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CEREMONY_SCRIPT_H
#define SBK_KEYS_CEREMONY_SCRIPT_H

#include "keys/ceremony.h"

/* How the scripts of the kinds are written. Private to the ceremonies. */

enum script_block {
    SCRIPT_NOTHING, /* after a heading */
    SCRIPT_COMMANDS,
    SCRIPT_CHECKS,
};

struct script {
    const struct ceremony_details *details;
    struct sbk_buffer *out;
    struct sbk_error *error;
    sbk_result result;       /* the first failure */
    unsigned steps;          /* begun so far */
    uint16_t who;            /* of the present step */
    enum script_block block; /* that is open: it needs an empty line behind it */
};

/* Who: bits of people, and groups of them. */
#define SCRIPT_MASTER 1u
uint16_t script_officers(const struct script *script);  /* all of them */
uint16_t script_witnesses(const struct script *script); /* all of them */
uint16_t script_everybody(const struct script *script);

/* The value of a field. */
const char *script_value(const struct script *script, enum ceremony_field field);
bool script_has(const struct script *script, enum ceremony_field field);

/* A step begins with its title and goes on with paragraphs, commands, what is to be seen and checks, in this order. */
void script_step(struct script *script, uint16_t who, const char *title);
__attribute__((format(printf, 2, 3))) void script_say(struct script *script, const char *format, ...);
__attribute__((format(printf, 2, 3))) void script_run(struct script *script, const char *format, ...);
__attribute__((format(printf, 2, 3))) void script_see(struct script *script, const char *format, ...);
__attribute__((format(printf, 2, 3))) void script_check(struct script *script, const char *format, ...);
void script_end(struct script *script);

/* The steps of the kinds. */
void script_first_root(struct script *script);
void script_succession(struct script *script);
void script_intermediate(struct script *script);
void script_transport(struct script *script);
void script_shares(struct script *script);
void script_compromise(struct script *script);

/* Steps that several kinds share: a root signs, here or behind an air gap, what the store's machine asked for with these
 * words of sembako-keys; the root's folder is needed; the news is packed for the stores. */
void script_bring_shares(struct script *script);
void script_put_shares_away(struct script *script);
/* " --share FILE" for each of those shares; nothing without a quorum. */
#define SCRIPT_SHARES_ROOM (CEREMONY_OFFICERS_MAX * (CEREMONY_VALUE_MAX + 20) + 1)
void script_shares_words(const struct script *script, char words[SCRIPT_SHARES_ROOM]);
void script_root_signs(struct script *script, const char *words, const char *what, bool next);
void script_news(struct script *script, const char *with); /* with: further words of the command */
void script_new_key(struct script *script);                /* an intermediate without the news */

#endif
