/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_HOTLIST_H
#define SBK_SCHEMA_HOTLIST_H

#include "schema/records.h"

/*
 * CA hotlist: list signer. It names cards that are stopped, terminals that are revoked, and CAs and signers that are not
 * to be trusted any more. A hotlist file is the list signer's 7F21 certificate followed by
 *
 *   CA 01, number u32, base u32, issued u16, made u32, warn u8, stop u8, cards u32, removed u32, terminals u16,
 *   restored u16, issuers u8, the cards (alias 8, mandate u32), the removed (alias 8), the terminals (12), the restored
 *   (12), the issuers (role u8, generation u8), [signature of the whole list (64)], signature (64) over all before it.
 *
 * A whole list has base 0. A change has the number of the list that it turns into this one, and the signature that the
 * whole list of its number has, so that a station that changed its list holds the whole one, signed, and sees whether it
 * is the one that was meant. Each table ascends, so each list has one form. A change holds all issuers, too.
 *
 * A card is listed up to the mandate that its entry names: a newer mandate is a newer intention and ends the entry, as
 * it ends a stop notice.
 */
#define SBK_RECORD_HOTLIST 0xCA
#define SBK_HOTLIST_HEAD 31
#define SBK_HOTLIST_CARD_SIZE 12  /* alias, mandate */
#define SBK_HOTLIST_ISSUER_SIZE 2 /* role, generation */
#define SBK_HOTLIST_CARDS_MAX 131072u
#define SBK_HOTLIST_TERMINALS_MAX 4096u
#define SBK_HOTLIST_ISSUERS_MAX 32u
#define SBK_HOTLIST_MAX                                                                                                \
    (SBK_HOTLIST_HEAD + SBK_HOTLIST_CARDS_MAX * SBK_HOTLIST_CARD_SIZE +                                                \
        SBK_HOTLIST_TERMINALS_MAX * SBK_TERMINAL_SIZE + SBK_HOTLIST_ISSUERS_MAX * SBK_HOTLIST_ISSUER_SIZE +            \
        2 * SBK_SIGNATURE_SIZE)
#define SBK_HOTLIST_FILE_MAX (SBK_CERTIFICATE_MAX + SBK_HOTLIST_MAX)

/* Tables are lent from what was parsed, or the caller's when writing. */
struct sbk_hotlist {
    uint32_t number; /* from 1; a station takes only a higher one */
    uint32_t base;   /* 0: a whole list; else the number of the list that this changes */
    uint16_t issued; /* day from which its age is counted */
    uint32_t made;   /* UTC seconds */
    uint8_t warn;    /* days after which a station warns, 1..stop */
    uint8_t stop;    /* days after which a station stops */
    const uint8_t *cards;
    uint32_t card_count; /* with those removed at most SBK_HOTLIST_CARDS_MAX */
    const uint8_t *removed;
    uint32_t removed_count; /* 0 in a whole list */
    const uint8_t *terminals;
    uint16_t terminal_count; /* with those restored at most SBK_HOTLIST_TERMINALS_MAX */
    const uint8_t *restored;
    uint16_t restored_count; /* 0 in a whole list */
    const uint8_t *issuers;
    uint8_t issuer_count;
    const uint8_t *whole_signature; /* of a change */
};

/* Parses the record with its signature. */
enum sbk_format sbk_hotlist_parse(const uint8_t *data, size_t size, struct sbk_hotlist *hotlist);
/* Writes everything before the signature, a change with the signature of the whole list. */
enum sbk_format sbk_hotlist_write(const struct sbk_hotlist *hotlist, uint8_t *out, size_t room, size_t *size);

/* Writes the whole list, with its signature, that a change makes of its base. VALUE if whole is not the base; MISSING if
 * something is removed that is not there, DUPLICATE if something is added that is there already; ROOM. */
enum sbk_format sbk_hotlist_apply(
    const struct sbk_hotlist *whole, const struct sbk_hotlist *change, uint8_t *out, size_t room, size_t *size);

/* Looks a key up in a table of ascending entries that begin with it; NULL if it is not there. steps, if not NULL:
 * becomes the number of entries that were looked at, at most 1 + log2(count). */
const uint8_t *sbk_hotlist_find(
    const uint8_t *table, uint32_t count, size_t width, const uint8_t *key, size_t key_size, unsigned *steps);

/* Whether the list holds a card that has this mandate; its entry's mandate is that one or a later one. */
bool sbk_hotlist_has_card(const struct sbk_hotlist *hotlist, const uint8_t alias[SBK_ALIAS_SIZE], uint32_t mandate);
bool sbk_hotlist_has_terminal(const struct sbk_hotlist *hotlist, const uint8_t terminal[SBK_TERMINAL_SIZE]);
bool sbk_hotlist_has_issuer(const struct sbk_hotlist *hotlist, uint8_t role, uint8_t generation);

#endif
