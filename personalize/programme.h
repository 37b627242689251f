/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_PROGRAMME_H
#define SBK_PERSONALIZE_PROGRAMME_H

#include "base/error.h"
#include "personalize/roll.h"
#include "schema/records.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The programme file: what the city gives, to whom, and the rules of its cards. YAML (data/programmes.yaml is a sample,
 * data/README.md the description); every key is known, none stands twice, there is one document and no alias.
 *
 *     card:
 *       pin: yes                    # every purchase asks for the PIN
 *       alternate: yes              # the person named in the roll's column "alternate" may redeem too
 *       valid-until: 2026-12-31     # last day of the identity record
 *       outlet: none                # none | roll (the roll's column "outlet") | the id of one store
 *     programmes:                   # 1 to 32
 *       - number: 1                 # 1..32, as in station certificates
 *         name: Bantuan pangan
 *         eligibility:              # all that stand here must hold; the whole mapping may be left out
 *           registered: yes         # yes: must be in the register; any
 *           aided: never            # never: was never aided before; any
 *           size-min: 1             # persons in the household
 *           size-max: 30
 *           kelurahan: [64.72.05.1002]
 *         period:
 *           first: 2025-10-01       # first day of the first window
 *           every: month            # once | month | week
 *           count: 3                # windows; for once: calendar months that the one window lasts
 *         carry: none               # none | grant: what is left over stays until the grant's last window is over
 *         purses:                   # 8 in the whole file at most; the n-th of the file has slot n-1 on the card
 *           - grant: 1              # 1..65535, distinct; the same number later keeps what was spent
 *             unit: gram            # gram | millilitre | piece | rupiah
 *             goods: 1              # goods class 1..255 of the item list, or any (rupiah only)
 *             amount: 10000         # per window: whole grams, millilitres, pieces or rupiah
 *             priority: 0           # 0..255, distinct; the lowest is used first
 *           - grant: 2
 *             unit: piece
 *             goods: 7
 *             by-size:              # instead of amount: by persons, ascending
 *               - {up-to: 2, amount: 2}
 *               - {up-to: 6, amount: 3}
 *             cap: 4                # for larger households
 *             priority: 1
 */
#define SBK_PROGRAMME_BYTES_MAX ((size_t)1 << 18)
#define SBK_PROGRAMMES_MAX 32
#define SBK_PROGRAMME_NAME_MAX 60
#define SBK_PROGRAMME_SIZES_MAX 30
#define SBK_PROGRAMME_KELURAHAN_MAX 64

struct sbk_amount_step {
    uint8_t up_to; /* persons */
    uint32_t amount;
};

struct sbk_programme_purse {
    struct sbk_purse purse; /* slot, grant, programme, unit, goods, windows, carry, priority; amount: without steps */
    size_t step_count;      /* 0: one amount for all */
    struct sbk_amount_step steps[SBK_PROGRAMME_SIZES_MAX];
    uint32_t cap;
};

struct sbk_programme {
    uint8_t number;
    char name[SBK_PROGRAMME_NAME_MAX + 1];
    bool registered;  /* must be in the register */
    bool never_aided; /* must never have been aided */
    uint8_t size_min;
    uint8_t size_max;
    size_t kelurahan_count; /* 0: the whole city */
    uint8_t kelurahan[SBK_PROGRAMME_KELURAHAN_MAX][SBK_KELURAHAN_SIZE];
    size_t purse_first; /* its purses in the file's table */
    size_t purse_count;
};

enum sbk_outlet_rule { SBK_OUTLET_NONE, SBK_OUTLET_ROLL, SBK_OUTLET_FIXED };

struct sbk_programme_file {
    bool pin;
    bool alternate;
    uint16_t valid_until;
    enum sbk_outlet_rule outlet_rule;
    uint8_t outlet[SBK_OUTLET_SIZE]; /* with SBK_OUTLET_FIXED */
    size_t programme_count;
    struct sbk_programme programmes[SBK_PROGRAMMES_MAX];
    size_t purse_count;
    struct sbk_programme_purse purses[SBK_PURSES_MAX];
};

/* Reads a programme file. Errors: SBK_ENVIRONMENT with reason "programme-file-invalid", the text names the place; file
 * is untouched then. Owns nothing outside itself. */
SBK_CHECK_RESULT sbk_result sbk_programme_parse(
    const uint8_t *text, size_t size, struct sbk_programme_file *file, struct sbk_error *error);

/*
 * Why a household gets no card; the stable words are those of sbk_ineligible_word. Those before SBK_NOT_ENTITLED are
 * judged on the household alone, the rest by the programmes: a household gets a card if at least one takes it.
 */
enum sbk_ineligible {
    SBK_ELIGIBLE = 0,
    SBK_INELIGIBLE_DEAD,       /* dead */
    SBK_INELIGIBLE_DELISTED,   /* delisted */
    SBK_INELIGIBLE_REGISTER,   /* not-registered */
    SBK_INELIGIBLE_AIDED,      /* already-aided */
    SBK_INELIGIBLE_SIZE,       /* household-size */
    SBK_INELIGIBLE_KELURAHAN,  /* kelurahan-not-covered */
    SBK_INELIGIBLE_OUTLET,     /* outlet-missing: the rules fix the outlet by roll and the roll names none */
    SBK_INELIGIBLE_HAS_CARD,   /* has-card: the household has a card already; judged by prepare */
    SBK_INELIGIBLE_NIK_KNOWN,  /* nik-has-card: the NIK has one, in another household; judged by prepare */
    SBK_INELIGIBLE_BEYOND_MAX, /* beyond-maximum: --households-max was reached; judged by prepare */
    SBK_INELIGIBLE_COUNT,
};
const char *sbk_ineligible_word(enum sbk_ineligible reason);
/* The same for people, translated. */
const char *sbk_ineligible_text(enum sbk_ineligible reason);

/*
 * Which purses the household gets: fills mandate's status, flags, outlet and purses (the rest is left as it is).
 * Answers SBK_ELIGIBLE, or the reason of the programme that came closest (the last condition that failed).
 */
enum sbk_ineligible sbk_programme_apply(
    const struct sbk_programme_file *file, const struct sbk_household *household, struct sbk_mandate *mandate);

#endif
