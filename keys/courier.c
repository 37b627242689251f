/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/courier.h"

#include "base/i18n.h"
#include "keys/cms.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <openssl/crypto.h>
#include <string.h>

#define PIECE_HEAD 5 /* tag and length of a piece of a hotlist */

struct packing {
    const struct sbk_courier_parts *parts;
    struct sbk_buffer parcels;
    uint32_t cards;
    size_t unaddressed;
};

static sbk_result not_valid(enum sbk_format format, struct sbk_error *error) {
    return sbk_fail(
        error, SBK_USAGE, SBK_REASON_FORMAT, _("the courier cannot be packed: it %s"), _(sbk_format_text(format)));
}

static sbk_result put(struct packing *packing, const struct sbk_parcel *parcel, struct sbk_error *error) {
    uint8_t bytes[SBK_PARCEL_MAX];
    size_t size = 0;
    const enum sbk_format format = sbk_courier_write_parcel(parcel, bytes, sizeof bytes, &size);
    return format == SBK_FORMAT_OK ? sbk_buffer_append(&packing->parcels, bytes, size, error)
                                   : not_valid(format, error);
}

static sbk_result put_for_card(struct packing *packing, const struct sbk_parcel *parcel, struct sbk_error *error) {
    if (packing->cards == SBK_BUNDLE_CARDS_MAX) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("more than %u records are due: pack after the acknowledgements of the last courier were taken"),
            SBK_BUNDLE_CARDS_MAX);
    }
    packing->cards++;
    return put(packing, parcel, error);
}

static sbk_result put_record(
    void *context, const uint8_t alias[SBK_ALIAS_SIZE], const struct sbk_bytes *record, struct sbk_error *error) {
    struct sbk_parcel parcel = {.content = *record};
    memcpy(parcel.alias, alias, sizeof parcel.alias);
    return put_for_card(context, &parcel, error);
}

/* Once for each registrar of the kelurahan, for its eyes only. */
static sbk_result put_identity(
    void *context, const uint8_t alias[SBK_ALIAS_SIZE], const struct sbk_bytes *record, struct sbk_error *error) {
    struct packing *packing = context;
    struct sbk_identity identity;
    size_t addressed = 0;
    sbk_result result = SBK_OK;
    if (sbk_identity_parse(record->data, record->size, &identity) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_DATABASE, "%s",
            _("the register's identity record of a card is not valid; restore city.db from a copy"));
    }
    for (size_t i = 0; i < packing->parts->registrar_count && result == SBK_OK; i++) {
        const struct sbk_registrar *registrar = &packing->parts->registrars[i];
        struct sbk_parcel parcel = {.sealed = true, .number = identity.number};
        struct sbk_buffer file = SBK_BUFFER_EMPTY;
        if (memcmp(registrar->kelurahan, identity.kelurahan, SBK_KELURAHAN_SIZE) != 0) {
            continue;
        }
        memcpy(parcel.alias, alias, sizeof parcel.alias);
        memcpy(parcel.terminal, registrar->terminal, sizeof parcel.terminal);
        result = sbk_cms_encrypt(registrar->x509, registrar->x509_size, record->data, record->size, &file, error);
        parcel.content = sbk_bytes_of(&file);
        if (result == SBK_OK) {
            result = put_for_card(packing, &parcel, error);
        }
        sbk_buffer_free(&file);
        addressed++;
    }
    packing->unaddressed += addressed == 0;
    OPENSSL_cleanse(&identity, sizeof identity);
    return result;
}

static sbk_result gather(struct sbk_database *database, const struct sbk_courier_parts *parts, struct packing *packing,
    struct sbk_error *error) {
    sbk_result result = SBK_OK;
    for (size_t i = 0; i < parts->station_count && result == SBK_OK; i++) {
        result = put(packing, &parts->stations[i], error);
    }
    if (result == SBK_OK) {
        result = sbk_cards_each_due(database, put_record, packing, error);
    }
    return result == SBK_OK ? sbk_cards_each_identity(database, put_identity, packing, error) : result;
}

/* Cuts a hotlist into the pieces that a courier carries. */
static sbk_result cut_hotlist(const struct sbk_bytes *file, struct sbk_courier *counts, struct sbk_error *error) {
    size_t at = 0;
    if (file->size > (size_t)SBK_HOTLIST_PIECE * SBK_HOTLIST_PIECES_MAX) {
        return not_valid(SBK_FORMAT_LENGTH, error);
    }
    while (at < file->size) {
        const size_t left = file->size - at;
        const size_t size = left < SBK_HOTLIST_PIECE ? left : SBK_HOTLIST_PIECE;
        counts->hotlist[counts->hotlist_count++] = (struct sbk_bytes){file->data + at, size};
        at += size;
    }
    return SBK_OK;
}

static sbk_result write_content(const struct sbk_courier *head, const struct packing *packing,
    struct sbk_buffer *content, struct sbk_error *error) {
    const size_t room =
        SBK_BUNDLE_SMALL_MAX + SBK_COURIER_LIST_MAX + head->hotlist_count * (SBK_HOTLIST_PIECE + PIECE_HEAD);
    size_t size = 0;
    sbk_result result = sbk_buffer_reserve(content, room, error);
    if (result != SBK_OK) {
        return result;
    }
    const enum sbk_format format = sbk_courier_write_head(head, content->data, room, &size);
    if (format != SBK_FORMAT_OK) {
        return not_valid(format, error);
    }
    content->size = size;
    if (result == SBK_OK && packing->parcels.size > 0) {
        result = sbk_buffer_append(content, packing->parcels.data, packing->parcels.size, error);
    }
    return result;
}

static sbk_result seal(struct sbk_database *database, const struct sbk_city *city, struct sbk_key *city_key,
    const struct sbk_courier *head, const struct packing *packing, struct sbk_buffer *file, struct sbk_error *error) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    uint8_t hash[SBK_HASH_SIZE];
    sbk_result result = write_content(head, packing, &content, error);
    if (result == SBK_OK) {
        result = sbk_cms_sign(city_key, city->city.data, city->city.size, SBK_BUNDLE_COURIER, content.data,
            content.size, head->made, file, error);
    }
    if (result == SBK_OK) {
        result = sbk_sha256(file->data, file->size, hash, error);
    }
    if (result == SBK_OK) {
        result = sbk_cards_add_courier(database, head, hash, error);
    }
    sbk_buffer_free(&content);
    return result;
}

/* Every CA and signer that cards or records may name: stations learn of new ones by courier, before they are needed. */
static void put_signers(const struct sbk_city *city, struct sbk_courier *courier) {
    for (size_t i = 0; i < city->issuer_count; i++) {
        courier->signers[courier->signer_count++] = sbk_bytes_of(&city->issuers[i]);
    }
}

/* Whether stations may not know the city's keys yet: one has been rotated, or a root has taken over. Then a courier is
 * news even with nothing else in it. */
static bool has_new_keys(const struct sbk_city *city) {
    bool found = city->link_count > 0 || city->office_ca_count > 1;
    for (size_t i = 0; i < city->issuer_count && !found; i++) {
        struct sbk_certificate parsed;
        found = sbk_certificate_parse(city->issuers[i].data, city->issuers[i].size, &parsed) == SBK_FORMAT_OK &&
                parsed.generation > 1;
    }
    return found;
}

sbk_result sbk_courier_pack(struct sbk_database *database, const struct sbk_city *city, struct sbk_key *city_key,
    const struct sbk_courier_parts *parts, uint32_t now, struct sbk_courier *counts, struct sbk_buffer *file,
    struct sbk_error *error) {
    struct packing packing = {.parts = parts, .parcels = SBK_BUFFER_EMPTY};
    *counts = (struct sbk_courier){.made = now,
        .anchor = city->anchor,
        .binding = sbk_bytes_of(&city->binding),
        .office_ca = sbk_bytes_of(&city->office_ca),
        .item_list = parts->item_list,
        .station_count = (uint16_t)parts->station_count};
    counts->link_count = sbk_city_links(city, counts->links);
    put_signers(city, counts);
    sbk_result result = cut_hotlist(&parts->hotlist, counts, error);
    if (result == SBK_OK) {
        result = gather(database, parts, &packing, error);
    }
    counts->card_count = packing.cards;
    if (parts->unaddressed != NULL) {
        *parts->unaddressed = packing.unaddressed;
    }
    if (result == SBK_OK && packing.cards == 0 && parts->station_count == 0 && parts->item_list.size == 0 &&
        parts->hotlist.size == 0 && !has_new_keys(city)) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_NOTHING_PENDING, "%s",
            _("nothing is due: no mandate or notice waits for a card, and no list, hotlist or station certificate was "
              "given"));
    }
    if (result == SBK_OK) {
        result = sbk_cards_next_courier(database, &counts->number, error);
    }
    if (result == SBK_OK) {
        result = seal(database, city, city_key, counts, &packing, file, error);
    }
    sbk_buffer_free(&packing.parcels);
    return result;
}
