/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/entitlement/command.h"

#include <string.h>

#define DIGEST_AT SBK_CONTEXT_SIZE
#define WHO_AT (DIGEST_AT + SBK_HASH_SIZE)
#define COUNT_AT (WHO_AT + 1)
#define DEBITS_AT (COUNT_AT + 1)
#define DEBIT_SIZE 4

/* One purse that the command debits: what it asks for, and the purse after it. */
struct item {
    uint8_t slot;
    uint8_t window;
    uint32_t amount;
    struct sbk_spent spent;
};

struct debit {
    uint8_t who;
    uint8_t count;
    struct item items[SBK_DEBITS_MAX];
    struct sbk_pin pin;
    uint8_t digest[SBK_HASH_SIZE];
};

/* Structure of what follows the context: 6700 where the sizes do not add up, 6A80 for a bad value. */
static uint16_t read_debit(const struct sbk_call *call, struct debit *debit) {
    const uint8_t *data = call->exchange->data;
    size_t size = call->exchange->size;
    size_t pin_at;

    debit->who = data[WHO_AT];
    debit->count = data[COUNT_AT];
    if (debit->who > SBK_WHO_ALTERNATE || debit->count == 0 || debit->count > SBK_DEBITS_MAX)
        return SBK_SW_DATA;
    pin_at = DEBITS_AT + (size_t)debit->count * DEBIT_SIZE;
    if (size <= pin_at || size != pin_at + 1 + data[pin_at])
        return SBK_SW_LENGTH;
    debit->pin.size = data[pin_at];
    if (debit->pin.size > SBK_PIN_MAX)
        return SBK_SW_DATA;
    memcpy(debit->pin.digits, data + pin_at + 1, debit->pin.size);
    if (!sbk_pin_well_formed(&debit->pin))
        return SBK_SW_DATA;
    for (uint8_t i = 0; i < debit->count; i++) {
        struct sbk_reader reader = sbk_reader_of(data + DEBITS_AT + (size_t)i * DEBIT_SIZE, DEBIT_SIZE);

        debit->items[i].slot = sbk_read_u8(&reader);
        debit->items[i].amount = sbk_read_u24(&reader);
        if (debit->items[i].amount == 0)
            return SBK_SW_DATA;
        for (uint8_t j = 0; j < i; j++)
            if (debit->items[j].slot == debit->items[i].slot)
                return SBK_SW_DATA;
    }
    memcpy(debit->digest, data + DIGEST_AT, SBK_HASH_SIZE);
    return SBK_SW_OK;
}

/* A repeat has the same slots and amounts, in the same order. */
static bool same_items(struct sbk_call *call, uint32_t found, const struct debit *debit) {
    uint8_t detail[SBK_ENTRY_DETAIL];

    sbk_chain_read(call->card, found, SBK_ENTRY_AT_DETAIL, detail, sizeof(detail));
    for (uint8_t i = 0; i < SBK_DEBITS_MAX; i++) {
        struct sbk_reader reader = sbk_reader_of(detail + (size_t)i * SBK_ENTRY_DEBIT_SIZE, SBK_ENTRY_DEBIT_SIZE);
        uint8_t slot = sbk_read_u8(&reader);
        uint16_t grant = sbk_read_u16(&reader);

        sbk_read_u8(&reader);
        if ((grant != 0) != (i < debit->count))
            return false;
        if (grant != 0 && (slot != debit->items[i].slot || sbk_read_u24(&reader) != debit->items[i].amount))
            return false;
    }
    return true;
}

/* Check 1: the card itself must be valid on the session's date. */
static uint16_t check_card(const struct sbk_call *call) {
    struct sbk_identity_head identity;

    sbk_store_identity_head(call->card, &call->head, &identity);
    return call->date < identity.valid_from || call->date > identity.valid_until ? SBK_SW_CARD_EXPIRED : SBK_SW_OK;
}

/* Check 2: the purse is there, and this terminal may draw on it. */
static uint16_t check_purse(const struct sbk_call *call, const struct item *item) {
    static const uint8_t any_outlet[SBK_OUTLET_SIZE];
    const struct sbk_terminal_rights *rights = &call->exchange->terminal->rights;
    struct sbk_purse purse;

    if (!sbk_store_purse(call->card, &call->head, item->slot, &purse))
        return SBK_SW_PURSE;
    if (purse.programme == 0 || purse.programme > 32 || !(rights->programmes >> (purse.programme - 1) & 1))
        return SBK_SW_PROGRAMME;
    if (memcmp(call->mandate.outlet, any_outlet, SBK_OUTLET_SIZE) != 0 &&
        memcmp(call->mandate.outlet, rights->outlet, SBK_OUTLET_SIZE) != 0)
        return SBK_SW_OUTLET;
    return SBK_SW_OK;
}

/* Check 3: the purse's window, what the command takes of the unit so far against the terminal's limit, the balance. */
static uint16_t check_amount(const struct sbk_call *call, struct item *item, uint32_t sums[SBK_UNITS]) {
    struct sbk_purse purse;
    uint8_t unit;
    uint32_t balance;

    if (!sbk_store_purse(call->card, &call->head, item->slot, &purse))
        return SBK_SW_MEMORY;
    unit = (uint8_t)(purse.unit - 1);
    sbk_store_read_spent(call->card, item->slot, &item->spent);
    if (unit >= SBK_UNITS || item->spent.grant != purse.grant)
        return SBK_SW_MEMORY;
    switch (sbk_purse_balance(&purse, &item->spent, call->floor, call->date, &item->window, &balance)) {
    case SBK_WINDOW_OPEN:
        break;
    case SBK_WINDOW_NOT_OPEN:
        return SBK_SW_WINDOW_NOT_OPEN;
    default:
        return SBK_SW_WINDOW_CLOSED;
    }
    sums[unit] += item->amount;
    if (sums[unit] > sbk_limit_decode(call->exchange->terminal->rights.limits[unit]))
        return SBK_SW_LIMIT;
    if (purse.carry == SBK_CARRY_NONE && item->spent.window < item->window)
        item->spent.spent = 0;
    /* An inherited credit can make the balance larger than what 24 bits of "spent" can count. */
    if (item->amount > balance || item->amount > SBK_AMOUNT_MAX - item->spent.spent)
        return SBK_SW_BALANCE;
    item->spent.window = item->window;
    item->spent.spent += item->amount;
    return SBK_SW_OK;
}

/* Checks 4 and 5: who redeems, and that person's PIN. */
static uint16_t check_person(const struct sbk_call *call, const struct debit *debit) {
    enum sbk_pin_person person = debit->who == SBK_WHO_ALTERNATE ? SBK_PIN_ALTERNATE : SBK_PIN_HOLDER;

    if (!(call->mandate.flags & SBK_MANDATE_PIN))
        return debit->who == SBK_WHO_NONE && debit->pin.size == 0 ? SBK_SW_OK : SBK_SW_DATA;
    if (debit->who == SBK_WHO_NONE)
        return SBK_SW_WHO;
    if (debit->who == SBK_WHO_ALTERNATE && !(call->mandate.flags & SBK_MANDATE_ALTERNATE))
        return SBK_SW_WHO;
    if (debit->pin.size == 0 || !sbk_pin_is_set(call->card, person))
        return SBK_SW_WHO;
    return sbk_pin_verify(call->card, person, &debit->pin);
}

static uint16_t check_debit(const struct sbk_call *call, struct debit *debit) {
    uint32_t sums[SBK_UNITS] = {0};
    uint16_t status = check_card(call);

    for (uint8_t i = 0; i < debit->count && status == SBK_SW_OK; i++)
        status = check_purse(call, &debit->items[i]);
    for (uint8_t i = 0; i < debit->count && status == SBK_SW_OK; i++)
        status = check_amount(call, &debit->items[i], sums);
    return status == SBK_SW_OK ? check_person(call, debit) : status;
}

static uint16_t commit_debit(struct sbk_call *call, const struct debit *debit) {
    uint8_t *entry =
        sbk_entry_start(call, SBK_ENTRY_DEBIT, (enum sbk_who)debit->who, call->mandate.number, debit->digest);
    struct sbk_writer writer = sbk_writer_of(entry + SBK_ENTRY_AT_DETAIL, SBK_ENTRY_DETAIL);
    uint16_t status;

    for (uint8_t i = 0; i < debit->count; i++) {
        sbk_write_u8(&writer, debit->items[i].slot);
        sbk_write_u16(&writer, debit->items[i].spent.grant);
        sbk_write_u8(&writer, debit->items[i].window);
        sbk_write_u24(&writer, debit->items[i].amount);
        sbk_write_u24(&writer, debit->items[i].spent.spent);
    }
    status = sbk_entry_begin(call, entry);
    if (status != SBK_SW_OK)
        return status;
    for (uint8_t i = 0; i < debit->count; i++)
        sbk_store_write_spent(call->card, debit->items[i].slot, &debit->items[i].spent);
    if (debit->who != SBK_WHO_NONE)
        sbk_pin_restore(call->card, debit->who == SBK_WHO_ALTERNATE ? SBK_PIN_ALTERNATE : SBK_PIN_HOLDER);
    return sbk_entry_finish(call, entry);
}

/* B.8 */
uint16_t sbk_cmd_debit(struct sbk_call *call) {
    struct debit debit = {0};
    uint16_t status = read_debit(call, &debit);
    uint32_t found;

    if (status == SBK_SW_OK)
        status = sbk_context_read(call);
    if (status == SBK_SW_OK && sbk_context_find(call, &found)) {
        status = sbk_context_repeat(call, found,
            sbk_context_same(call, found, SBK_ENTRY_DEBIT, debit.digest) && same_items(call, found, &debit));
    } else if (status == SBK_SW_OK) {
        status = sbk_context_judge(call, SBK_ENTRY_DEBIT);
        if (status == SBK_SW_OK)
            status = check_debit(call, &debit);
        if (status == SBK_SW_OK)
            status = commit_debit(call, &debit);
    }
    sbk_port_wipe(&debit.pin, sizeof(debit.pin));
    return status;
}
