/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile card, a clerk's words and a checkpoint. The first byte chooses: 'b' the rest is a basket's word, 'n' the text
 * of a checkpoint, anything else what a card answers, each answer with its size in two bytes before it.
 */
#include "reader/basket.h"
#include "reader/checkpoint.h"
#include "reader/entitlement.h"
#include "reader/scp03.h"
#include "reader/scp11.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sbk_result answer_next(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct sbk_reader *reader = context;
    size_t answer = sbk_read_u16(reader);
    (void)command;
    (void)size;
    if (reader->failed || answer > reader->left || answer > room)
        return sbk_fail(error, SBK_ENVIRONMENT, "card-removed", "gone");
    sbk_read_bytes(reader, response, answer);
    *received = answer;
    return SBK_OK;
}

static sbk_result agree(
    void *context, const uint8_t point[SBK_POINT_SIZE], uint8_t secret[32], struct sbk_error *error) {
    (void)context;
    (void)error;
    memcpy(secret, point, 32);
    return SBK_OK;
}

static void talk(struct sbk_transport *transport) {
    static const uint8_t alias[SBK_ALIAS_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t card_key[SBK_POINT_SIZE] = {4};
    struct sbk_channel channel = {.transport = transport, .open = true}; /* level 00: answers are read as they come */
    struct sbk_scp11_terminal terminal = {.agree = agree};
    struct sbk_scp03_keys keys = {{0}, {0}, {0}};
    struct sbk_debit_request debit = {.count = 1, .debits = {{1, 2}}};
    struct sbk_scp03_offer offer;
    struct sbk_channel opened;
    struct sbk_error error;
    struct sbk_fci fci;
    struct sbk_status status;
    struct sbk_receipt receipt;
    uint8_t record[SBK_MANDATE_MAX];
    size_t record_size = sizeof record;
    uint16_t word = 0;
    bool found = false;
    (void)!sbk_entitlement_select(transport, &fci, &error);
    (void)!sbk_entitlement_certificate(transport, record, &record_size, &error);
    (void)!sbk_entitlement_status(&channel, &status, &error);
    channel.open = true;
    (void)!sbk_entitlement_receipt(&channel, alias, 3, &receipt, &found, &error);
    channel.open = true;
    record_size = sizeof record;
    (void)!sbk_entitlement_record(&channel, SBK_TAG_MANDATE, record, &record_size, &error);
    channel.open = true;
    (void)!sbk_entitlement_debit(&channel, alias, &debit, &word, &receipt, &error);
    if (sbk_scp03_initialize(transport, 0x30, alias, &offer, &error) == SBK_OK)
        (void)!sbk_scp03_authenticate(transport, &offer, &keys, SBK_CHANNEL_FULL, &opened, &error);
    if (sbk_scp11_authenticate(transport, 1, &terminal, card_key, SBK_SCP11_USAGE_FULL, &opened, &error) == SBK_OK)
        abort(); /* nobody answers the key confirmation of a fresh key by chance */
    channel = (struct sbk_channel){.transport = transport, .open = true, .level = SBK_CHANNEL_FULL};
    if (sbk_entitlement_status(&channel, &status, &error) == SBK_OK)
        abort(); /* nor forges a MAC */
}

static void read_word(const char *word) {
    static const struct sbk_list list = {.header = {.number = 1, .count = 2},
        .items = {{"beras", "Beras", SBK_UNIT_GRAM, 1, 13500}, {"telur", "Telur", SBK_UNIT_PIECE, 4, 2500}}};
    struct sbk_wish wishes[SBK_LINES_MAX];
    struct sbk_error error;
    size_t count = 0;
    if (sbk_basket_read(&list, &word, 1, wishes, &count, &error) == SBK_OK &&
        (wishes[0].quantity == 0 || wishes[0].quantity > SBK_AMOUNT_MAX || wishes[0].price == 0 ||
            wishes[0].price > wishes[0].item->ceiling))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    struct sbk_log_head head;
    struct sbk_reader reader = sbk_reader_of(data + 1, size - 1);
    struct sbk_transport transport = {.transmit = answer_next, .context = &reader};
    if (data[0] == 'b')
        read_word(text);
    else if (data[0] == 'n')
        (void)sbk_checkpoint_parse(text, size - 1, "sembako/store", &head);
    else
        talk(&transport);
    free(text);
    return 0;
}
