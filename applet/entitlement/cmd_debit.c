/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"
#include "applet/entitlement/spending.h"

#include <string.h>

#define DIGEST_AT SBK_CONTEXT_SIZE
#define WHO_AT (DIGEST_AT + SBK_HASH_SIZE)
#define COUNT_AT (WHO_AT + 1)
#define DEBITS_AT (COUNT_AT + 1)
#define DEBIT_SIZE 4

struct debit {
    struct sbk_spending spending;
    struct sbk_pin pin;
};

/* Structure of what follows the context: 6700 where the sizes do not add up, 6A80 for a bad value. */
static uint16_t read_debit(const struct sbk_call *call, struct debit *debit) {
    struct sbk_reader reader = sbk_reader_of(call->exchange->data + DIGEST_AT, call->exchange->size - DIGEST_AT);
    struct sbk_spending *spending = &debit->spending;

    sbk_read_bytes(&reader, spending->digest, SBK_HASH_SIZE);
    spending->who = sbk_read_u8(&reader);
    spending->count = sbk_read_u8(&reader);
    if (spending->who > SBK_WHO_ALTERNATE || spending->count == 0 || spending->count > SBK_DEBITS_MAX)
        return SBK_SW_DATA;
    for (size_t i = 0; i < spending->count; i++) {
        spending->items[i].slot = sbk_read_u8(&reader);
        spending->items[i].amount = sbk_read_u24(&reader);
    }
    debit->pin.size = sbk_read_u8(&reader);
    if (reader.failed || reader.left != debit->pin.size)
        return SBK_SW_LENGTH;
    if (debit->pin.size > SBK_PIN_MAX)
        return SBK_SW_DATA;
    sbk_read_bytes(&reader, debit->pin.digits, debit->pin.size);
    if (!sbk_pin_well_formed(&debit->pin))
        return SBK_SW_DATA;
    for (size_t i = 0; i < spending->count; i++) {
        if (spending->items[i].amount == 0)
            return SBK_SW_DATA;
        for (size_t j = 0; j < i; j++)
            if (spending->items[j].slot == spending->items[i].slot)
                return SBK_SW_DATA;
    }
    return SBK_SW_OK;
}

/* A repeat has the same slots and amounts, in the same order. */
static bool same_items(struct sbk_call *call, uint32_t found, const struct sbk_spending *asked) {
    struct sbk_spending made;

    sbk_spending_read(call, found, &made);
    if (made.count != asked->count)
        return false;
    for (size_t i = 0; i < made.count; i++)
        if (made.items[i].slot != asked->items[i].slot || made.items[i].amount != asked->items[i].amount)
            return false;
    return true;
}

/* Check 1: the card itself must be valid on the session's date. */
static uint16_t check_card(const struct sbk_call *call) {
    struct sbk_identity_head identity;

    sbk_store_identity_head(call->card, &call->head, &identity);
    return call->date < identity.valid_from || call->date > identity.valid_until ? SBK_SW_CARD_EXPIRED : SBK_SW_OK;
}

/* Check 2, with the purse there: this terminal may draw on it. */
static uint16_t check_purse(const struct sbk_call *call, const struct sbk_purse *purse) {
    static const uint8_t any_outlet[SBK_OUTLET_SIZE];
    const struct sbk_terminal_rights *rights = &call->exchange->terminal->rights;

    if (!(rights->programmes >> (purse->programme - 1) & 1))
        return SBK_SW_PROGRAMME;
    if (memcmp(call->mandate.as.outlet, any_outlet, SBK_OUTLET_SIZE) != 0 &&
        memcmp(call->mandate.as.outlet, rights->outlet, SBK_OUTLET_SIZE) != 0)
        return SBK_SW_OUTLET;
    return SBK_SW_OK;
}

/* Check 3: the purse's window, what the command takes of the unit so far against the terminal's limit, the balance. */
static uint16_t check_amount(
    const struct sbk_call *call, const struct sbk_purse *purse, struct sbk_item *item, uint32_t sums[SBK_UNITS]) {
    struct sbk_spent *spent = &item->spent;
    uint8_t unit = (uint8_t)(purse->unit - 1);
    uint8_t window;
    uint32_t balance;
    enum sbk_window_state state;

    sbk_store_read_spent(call->card, item->slot, spent);
    state = sbk_purse_balance(purse, spent, call->floor, call->date, &window, &balance);
    if (state != SBK_WINDOW_OPEN)
        return state == SBK_WINDOW_NOT_OPEN ? SBK_SW_WINDOW_NOT_OPEN : SBK_SW_WINDOW_CLOSED;
    sums[unit] += item->amount;
    if (sums[unit] > sbk_limit_decode(call->exchange->terminal->rights.limits[unit]))
        return SBK_SW_LIMIT;
    if (purse->carry == SBK_CARRY_NONE && spent->window != window)
        spent->spent = 0;
    /* An inherited credit can make the balance larger than what 24 bits of "spent" can count. */
    if (item->amount > balance || item->amount > SBK_AMOUNT_MAX - spent->spent)
        return SBK_SW_BALANCE;
    spent->window = window;
    spent->spent += item->amount;
    return SBK_SW_OK;
}

/* Checks 4 and 5: who redeems, and that person's PIN. */
static uint16_t check_person(const struct sbk_call *call, uint8_t who, const struct sbk_pin *pin) {
    enum sbk_pin_person person = sbk_pin_person_of(who);

    if (!(call->mandate.as.flags & SBK_MANDATE_PIN))
        return who == SBK_WHO_NONE && pin->size == 0 ? SBK_SW_OK : SBK_SW_DATA;
    if (who == SBK_WHO_NONE || pin->size == 0 || !sbk_pin_is_set(call->card, person) ||
        (who == SBK_WHO_ALTERNATE && !(call->mandate.as.flags & SBK_MANDATE_ALTERNATE)))
        return SBK_SW_WHO;
    return sbk_pin_verify(call->card, person, pin);
}

/*
 * All purses and rights first (without sums), then all windows and amounts; the PIN last, so that a hopeless debit costs
 * no try.
 */
static uint16_t check_items(const struct sbk_call *call, struct sbk_spending *spending, uint32_t *sums) {
    uint16_t status = SBK_SW_OK;

    for (size_t i = 0; i < spending->count && status == SBK_SW_OK; i++) {
        struct sbk_purse purse;

        if (!sbk_store_purse(call->card, &call->head, spending->items[i].slot, &purse))
            status = SBK_SW_PURSE;
        else if (!sums)
            status = check_purse(call, &purse);
        else
            status = check_amount(call, &purse, &spending->items[i], sums);
    }
    return status;
}

static uint16_t check_debit(const struct sbk_call *call, struct debit *debit) {
    uint32_t sums[SBK_UNITS] = {0};
    uint16_t status = check_card(call);

    if (status == SBK_SW_OK)
        status = check_items(call, &debit->spending, NULL);
    if (status == SBK_SW_OK)
        status = check_items(call, &debit->spending, sums);
    return status == SBK_SW_OK ? check_person(call, debit->spending.who, &debit->pin) : status;
}

static uint16_t run(struct sbk_call *call, struct debit *debit) {
    uint16_t status = read_debit(call, debit);
    uint32_t found;

    if (status == SBK_SW_OK)
        status = sbk_context_read(call);
    if (status != SBK_SW_OK)
        return status;
    if (sbk_context_find(call, &found))
        return sbk_context_same(call, found, SBK_ENTRY_DEBIT, debit->spending.digest) &&
                       same_items(call, found, &debit->spending)
                   ? sbk_entry_answer(call, found)
                   : SBK_SW_CONFLICT;
    status = sbk_context_judge(call, SBK_ENTRY_DEBIT);
    if (status == SBK_SW_OK)
        status = check_debit(call, debit);
    return status == SBK_SW_OK ? sbk_spending_commit(call, SBK_ENTRY_DEBIT, &debit->spending) : status;
}

/* B.8 */
uint16_t sbk_cmd_debit(struct sbk_call *call) {
    struct debit debit = {0};
    uint16_t status = run(call, &debit);

    sbk_port_wipe(&debit.pin, sizeof(debit.pin));
    return status;
}
