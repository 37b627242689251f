/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/chip.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "keys/store.h"
#include "personalize/closing.h"
#include "reader/scp03.h"
#include "schema/reason.h"

#include <string.h>

#define CLA 0x80
#define P1_KEY_NEW 0x00
#define P1_STORE_DATA 0x90 /* last block, BER-TLV */
#define P1_PERSONALIZE 0x20
#define P1_STATUS_DOMAIN 0x80
#define LIFE_SECURED 0x0F
#define KEY_TYPE_PUBLIC 0xB0

/* A command in the channel that must answer 9000 with exactly this much data (-1: any). */
static sbk_result run(struct sbk_channel *channel, const struct sbk_apdu *command, int size, struct sbk_answer *answer,
    const char *doing, struct sbk_error *error) {
    const sbk_result result = sbk_channel_exchange(channel, command, answer, error);

    if (result != SBK_OK) {
        return result;
    }
    if (answer->status != SBK_SW_OK) {
        return sbk_apdu_refused(error, answer->status, doing);
    }
    if (size >= 0 && answer->size != (size_t)size) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("%s: the card's answer has the wrong length; it is not a card of this system"), doing);
    }
    return SBK_OK;
}

sbk_result sbk_chip_look(struct sbk_transport *transport, struct sbk_chip_look *look, struct sbk_error *error) {
    const struct sbk_apdu select = {
        0x00, SBK_INS_SELECT, 0x04, 0x00, (const uint8_t *)SBK_AID_ENTITLEMENT, SBK_AID_ENTITLEMENT_SIZE, 256};
    struct sbk_answer answer;
    struct sbk_tlv fci, name, own, alias, state;
    sbk_result result = sbk_apdu_exchange(transport, &select, &answer, error);

    if (result != SBK_OK) {
        return result;
    }
    struct sbk_reader outer = sbk_reader_of(answer.data, answer.size);
    if (answer.status != SBK_SW_OK || sbk_tlv_expect(&outer, 0x6F, &fci) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_CARD_KIND, _("not a card of this system; take it out"));
    }
    struct sbk_reader inner = sbk_reader_of(fci.value, fci.size);
    if (sbk_tlv_expect(&inner, 0x84, &name) != SBK_FORMAT_OK || sbk_tlv_expect(&inner, 0xA5, &own) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_CARD_KIND, _("not a card of this system; take it out"));
    }
    struct sbk_reader fields = sbk_reader_of(own.value, own.size);
    if (sbk_tlv_expect(&fields, 0xC0, &alias) != SBK_FORMAT_OK || alias.size != SBK_ALIAS_SIZE ||
        sbk_tlv_expect(&fields, 0xC1, &state) != SBK_FORMAT_OK || state.size != 1) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_CARD_KIND,
            _("the card names our application but does not answer as it; take it out"));
    }
    memcpy(look->alias, alias.value, sizeof(look->alias));
    look->state = state.value[0];
    return SBK_OK;
}

static sbk_result select_domain(struct sbk_transport *transport, struct sbk_error *error) {
    const struct sbk_apdu select = {
        0x00, SBK_INS_SELECT, 0x04, 0x00, (const uint8_t *)SBK_AID_DOMAIN, SBK_AID_DOMAIN_SIZE, 256};
    struct sbk_answer answer;
    const sbk_result result = sbk_apdu_exchange(transport, &select, &answer, error);

    if (result == SBK_OK && answer.status != SBK_SW_OK) {
        return sbk_apdu_refused(error, answer.status, _("selecting the card's security domain"));
    }
    return result;
}

/* The batch's key and the version that the chip shows tell the lots apart for whoever keeps them. */
static sbk_result other_lot(const struct sbk_batch *batch, uint8_t kvn, struct sbk_error *error) {
    char kcv[SBK_HEX_ROOM(SBK_KCV_SIZE)];

    sbk_hex_encode(batch->kcv, SBK_KCV_SIZE, kcv);
    return sbk_fail(error, SBK_REFUSED, SBK_REASON_OTHER_TRANSPORT,
        _("the blank card is of another lot: its transport keys (version %02X) do not come from this batch's key, "
          "check "
          "value %s; it is unharmed: keep it for a batch that 'prepare --transport' makes with its lot's key"),
        kvn, kcv);
}

sbk_result sbk_chip_open(struct sbk_transport *transport, const struct sbk_batch *batch, struct sbk_channel *channel,
    uint8_t serial[SBK_SERIAL_SIZE], struct sbk_error *error) {
    struct sbk_scp03_offer offer;
    struct sbk_scp03_keys keys;
    struct sbk_transport_keys derived;
    sbk_result result = select_domain(transport, error);

    if (result == SBK_OK) {
        result = sbk_scp03_initialize(transport, 0, NULL, &offer, error);
    }
    if (result == SBK_OK) {
        result = sbk_transport_keys_of(batch->transport, offer.diversification, &derived, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    memcpy(keys.enc, derived.enc, sizeof(keys.enc));
    memcpy(keys.mac, derived.mac, sizeof(keys.mac));
    memcpy(keys.dek, derived.dek, sizeof(keys.dek));
    result = sbk_scp03_authenticate(transport, &offer, &keys, SBK_CHANNEL_FULL, channel, error);
    sbk_cleanse(&keys, sizeof(keys));
    sbk_cleanse(&derived, sizeof(derived));
    if (result == SBK_TAMPERED) {
        return other_lot(batch, offer.kvn, error);
    }
    if (result == SBK_OK) {
        memcpy(serial, offer.diversification, SBK_SERIAL_SIZE);
    }
    return result;
}

/* GENERATE KEY. A chip that was begun before has a pair already, which the new one replaces: P1 then names it. */
static sbk_result generate(
    struct sbk_channel *channel, uint8_t kid, uint8_t point[SBK_POINT_SIZE], struct sbk_error *error) {
    static const uint8_t data[] = {SBK_KVN_CARD, 0xF0, 0x01, 0x00};
    struct sbk_apdu command = {CLA, SBK_INS_GENERATE_KEY, P1_KEY_NEW, kid, data, sizeof(data), 256};
    struct sbk_answer answer;
    sbk_result result = sbk_channel_exchange(channel, &command, &answer, error);

    if (result == SBK_OK && answer.status == SBK_SW_REFERENCE) {
        command.p1 = SBK_KVN_CARD;
        result = sbk_channel_exchange(channel, &command, &answer, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    if (answer.status != SBK_SW_OK) {
        return sbk_apdu_refused(error, answer.status, _("making a key on the card"));
    }
    if (answer.size != 3 + SBK_POINT_SIZE || memcmp(answer.data, "\xB0\x41\x04", 3) != 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("making a key on the card: the answer is not a public key"));
    }
    memcpy(point, answer.data + 3, SBK_POINT_SIZE);
    return SBK_OK;
}

static sbk_result put_root(struct sbk_channel *channel, const struct sbk_anchor *anchor, struct sbk_error *error) {
    uint8_t data[8 + SBK_POINT_SIZE];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));
    struct sbk_answer answer;

    sbk_write_u8(&writer, anchor->generation);
    sbk_write_u8(&writer, KEY_TYPE_PUBLIC);
    sbk_write_u8(&writer, SBK_POINT_SIZE + 1);
    sbk_write_u8(&writer, 0x04);
    sbk_write_bytes(&writer, anchor->key, SBK_POINT_SIZE);
    sbk_write_bytes(&writer, (const uint8_t *)"\xF0\x01\x00\x00", 4);
    const struct sbk_apdu command = {CLA, SBK_INS_PUT_KEY, P1_KEY_NEW, SBK_KID_ROOT, data, sizeof(data), 256};
    return run(channel, &command, -1, &answer, _("writing the root"), error);
}

/* STORE DATA with the objects gathered so far. */
static sbk_result store(
    struct sbk_channel *channel, const struct sbk_writer *objects, const char *doing, struct sbk_error *error) {
    const struct sbk_apdu command = {CLA, SBK_INS_STORE_DATA, P1_STORE_DATA, 0x00, objects->start, objects->used, 0};
    struct sbk_answer answer;

    return run(channel, &command, 0, &answer, doing, error);
}

static sbk_result store_one(struct sbk_channel *channel, uint16_t tag, const struct sbk_bytes *value, const char *doing,
    struct sbk_error *error) {
    uint8_t data[SBK_MANDATE_MAX + 8];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));

    sbk_write_tlv(&writer, tag, value->data, value->size);
    const sbk_result result = store(channel, &writer, doing, error);
    sbk_cleanse(data, sizeof(data));
    return result;
}

static sbk_result personalize_applet(struct sbk_channel *channel, struct sbk_error *error) {
    static const uint8_t data[] = "\x00\x00\x09" SBK_AID_ENTITLEMENT "\x00\x00\x00";
    const struct sbk_apdu command = {CLA, SBK_INS_INSTALL, P1_PERSONALIZE, 0x00, data, sizeof(data) - 1, 256};
    struct sbk_answer answer;

    return run(channel, &command, -1, &answer, _("opening the card's application for its records"), error);
}

/* Alias and signer's certificate fit one short command together. */
static sbk_result store_names(struct sbk_channel *channel, const struct sbk_batch *batch,
    const struct sbk_batch_card *card, struct sbk_error *error) {
    uint8_t data[SBK_CHANNEL_SHORT];
    struct sbk_writer writer = sbk_writer_of(data, sizeof(data));

    sbk_write_tlv(&writer, SBK_TAG_ALIAS, card->alias, SBK_ALIAS_SIZE);
    sbk_write_tlv(&writer, SBK_TAG_SIGNER, batch->grant_signer.data, batch->grant_signer.size);
    if (writer.failed) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the grant signer's certificate is too long"));
    }
    return store(channel, &writer, _("writing alias and signer"), error);
}

static sbk_result read_back(struct sbk_channel *channel, uint16_t tag, const struct sbk_bytes *wanted,
    const char *doing, struct sbk_error *error) {
    const struct sbk_apdu command = {0x00, SBK_INS_GET_DATA, (uint8_t)(tag >> 8), (uint8_t)tag, NULL, 0, 256};
    struct sbk_answer answer;
    sbk_result result = run(channel, &command, -1, &answer, doing, error);

    if (result == SBK_OK && (answer.size != wanted->size || memcmp(answer.data, wanted->data, wanted->size) != 0)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CARD_ANSWER,
            _("%s: the card gives back something else than was written; the chip is defective"), doing);
    }
    sbk_cleanse(&answer, sizeof(answer));
    return result;
}

sbk_result sbk_chip_write(struct sbk_channel *channel, const struct sbk_batch *batch, const struct sbk_batch_card *card,
    struct sbk_chip_keys *keys, struct sbk_error *error) {
    const struct sbk_bytes next_root = {batch->anchor.next_hash, SBK_HASH_SIZE};
    sbk_result result = generate(channel, SBK_KID_AGREEMENT, keys->agreement, error);

    if (result == SBK_OK) {
        result = generate(channel, SBK_KID_SIGNING, keys->signing, error);
    }
    if (result == SBK_OK) {
        result = put_root(channel, &batch->anchor, error);
    }
    if (result == SBK_OK) {
        result = store_one(channel, SBK_TAG_NEXT_ROOT, &next_root, _("writing the next root's hash"), error);
    }
    if (result == SBK_OK) {
        result = personalize_applet(channel, error);
    }
    if (result == SBK_OK) {
        result = store_names(channel, batch, card, error);
    }
    if (result == SBK_OK) {
        result = store_one(channel, SBK_TAG_IDENTITY, &card->identity, _("writing the identity record"), error);
    }
    if (result == SBK_OK) {
        result = store_one(channel, SBK_TAG_MANDATE, &card->mandate, _("writing the mandate"), error);
    }
    if (result == SBK_OK) {
        result = read_back(channel, SBK_TAG_IDENTITY, &card->identity, _("reading the identity record back"), error);
    }
    if (result == SBK_OK) {
        result = read_back(channel, SBK_TAG_MANDATE, &card->mandate, _("reading the mandate back"), error);
    }
    return result;
}

sbk_result sbk_chip_close(struct sbk_channel *channel, struct sbk_error *error) {
    const struct sbk_apdu command = {CLA, SBK_INS_SET_STATUS, P1_STATUS_DOMAIN, LIFE_SECURED,
        (const uint8_t *)SBK_AID_DOMAIN, SBK_AID_DOMAIN_SIZE, 0};
    struct sbk_answer answer;

    return run(channel, &command, 0, &answer, _("closing the card"), error);
}

sbk_result sbk_chip_statement(struct sbk_transport *transport, const struct sbk_batch *batch,
    const struct sbk_batch_card *card, const uint8_t *serial, const struct sbk_chip_keys *keys,
    uint8_t statement[SBK_STATEMENT_SIZE], struct sbk_error *error) {
    const struct sbk_apdu command = {
        0x00, SBK_INS_GET_DATA, (uint8_t)(SBK_TAG_STATEMENT >> 8), (uint8_t)SBK_TAG_STATEMENT, NULL, 0, 256};
    struct sbk_closing_expected expected;
    struct sbk_answer answer;
    sbk_result result = sbk_apdu_exchange(transport, &command, &answer, error);

    if (result != SBK_OK) {
        return result;
    }
    if (answer.status != SBK_SW_OK) {
        return sbk_apdu_refused(error, answer.status, _("reading the closing statement"));
    }
    result = sbk_closing_expect(batch, card, &expected, error);
    if (result == SBK_OK) {
        expected.serial = serial;
        expected.agreement = keys != NULL ? keys->agreement : NULL;
        expected.signing = keys != NULL ? keys->signing : NULL;
        result = sbk_closing_judge(&expected, answer.data, answer.size, NULL, error);
    }
    if (result == SBK_OK) {
        memcpy(statement, answer.data, SBK_STATEMENT_SIZE);
    }
    return result;
}
