/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/bundle.h"

#include "schema/bundle_parts.h"
#include "schema/certificate.h"
#include "schema/check.h"

#include <string.h>

#define COUNTS_SIZE 14

static bool counts_allowed(const struct sbk_courier *courier) {
    return courier->number >= 1 && courier->link_count <= SBK_BUNDLE_LINKS_MAX &&
           courier->signer_count <= SBK_COURIER_SIGNERS_MAX && courier->hotlist_count <= SBK_HOTLIST_PIECES_MAX &&
           courier->station_count <= SBK_COURIER_STATIONS_MAX && courier->card_count <= SBK_BUNDLE_CARDS_MAX;
}

static enum sbk_format read_counts(struct sbk_reader *reader, struct sbk_courier *courier, uint8_t *lists) {
    struct sbk_bytes bytes;
    STEP(sbk_bundle_lend(reader, SBK_TAG_COURIER, COUNTS_SIZE, COUNTS_SIZE, &bytes));
    struct sbk_reader fields = sbk_reader_of(bytes.data, bytes.size);
    courier->number = sbk_read_u32(&fields);
    courier->link_count = sbk_read_u8(&fields);
    courier->signer_count = sbk_read_u8(&fields);
    *lists = sbk_read_u8(&fields);
    courier->hotlist_count = sbk_read_u8(&fields);
    courier->station_count = sbk_read_u16(&fields);
    courier->card_count = sbk_read_u32(&fields);
    return counts_allowed(courier) && *lists <= 1 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

static enum sbk_format read_links(struct sbk_reader *reader, struct sbk_courier *courier) {
    for (size_t i = 0; i < courier->link_count; i++) {
        STEP(sbk_bundle_link(reader, &courier->links[i]));
    }
    return SBK_FORMAT_OK;
}

static enum sbk_format read_head(struct sbk_reader *reader, struct sbk_courier *courier) {
    uint8_t lists = 0;
    STEP(sbk_bundle_begin(reader, SBK_BUNDLE_COURIER, &courier->made));
    STEP(read_counts(reader, courier, &lists));
    STEP(sbk_bundle_root(reader, &courier->anchor, &courier->binding, &courier->office_ca));
    STEP(read_links(reader, courier));
    for (size_t i = 0; i < courier->signer_count; i++) {
        uint8_t generation = 0;
        STEP(sbk_bundle_certificate(
            reader, SBK_ROLE_STATION_CA, SBK_ROLE_LIST_SIGNER, &courier->signers[i], &generation));
    }
    if (lists > 0) {
        STEP(sbk_bundle_lend(reader, SBK_TAG_ITEM_LIST, 1, SBK_COURIER_LIST_MAX, &courier->item_list));
    }
    for (size_t i = 0; i < courier->hotlist_count; i++) {
        const size_t low = i + 1 < courier->hotlist_count ? SBK_HOTLIST_PIECE : 1;
        STEP(sbk_bundle_lend(reader, SBK_TAG_HOTLIST, low, SBK_HOTLIST_PIECE, &courier->hotlist[i]));
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_courier_parse(
    const uint8_t *data, size_t size, struct sbk_courier *courier, struct sbk_reader *parcels) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    struct sbk_parcel parcel;
    if (size > SBK_BUNDLE_LARGE_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(courier, 0, sizeof *courier);
    STEP(read_head(&reader, courier));
    const struct sbk_reader first = reader;
    for (uint32_t i = 0; i < courier->station_count + courier->card_count; i++) {
        STEP(sbk_courier_next(&reader, &parcel));
        if (parcel.for_station != (i < courier->station_count)) {
            return SBK_FORMAT_VALUE;
        }
    }
    STEP(sbk_read_end(&reader));
    *parcels = first;
    return SBK_FORMAT_OK;
}

/* Which card a record is for; only records that a card takes are parcels, and of these not the one with names in it. */
static enum sbk_format alias_of(const struct sbk_bytes *record, uint8_t alias[SBK_ALIAS_SIZE]) {
    union {
        struct sbk_mandate mandate;
        struct sbk_notice notice;
        struct sbk_certificate certificate;
    } u;
    switch (record->data[0]) {
    case SBK_RECORD_MANDATE:
        STEP(sbk_mandate_parse(record->data, record->size, &u.mandate));
        memcpy(alias, u.mandate.alias, SBK_ALIAS_SIZE);
        return SBK_FORMAT_OK;
    case SBK_RECORD_NOTICE:
        STEP(sbk_notice_parse(record->data, record->size, &u.notice));
        memcpy(alias, u.notice.alias, SBK_ALIAS_SIZE);
        return SBK_FORMAT_OK;
    case 0x7F:
        STEP(sbk_certificate_parse(record->data, record->size, &u.certificate));
        memcpy(alias, u.certificate.alias, SBK_ALIAS_SIZE);
        return u.certificate.role == SBK_ROLE_CARD ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
    default:
        return SBK_FORMAT_UNKNOWN;
    }
}

static enum sbk_format station_parcel(struct sbk_reader *inside, struct sbk_parcel *parcel) {
    parcel->for_station = true;
    STEP(sbk_bundle_copy(inside, SBK_TAG_TERMINAL, parcel->terminal, SBK_TERMINAL_SIZE));
    STEP(sbk_id_check(parcel->terminal, SBK_TERMINAL_SIZE));
    return sbk_bundle_lend(inside, SBK_TAG_STATION_FILE, 1, SBK_BUNDLE_SMALL_MAX, &parcel->content);
}

static enum sbk_format sealed_parcel(struct sbk_reader *inside, struct sbk_parcel *parcel) {
    uint8_t number[2];
    parcel->sealed = true;
    STEP(sbk_bundle_copy(inside, SBK_TAG_TERMINAL, parcel->terminal, SBK_TERMINAL_SIZE));
    STEP(sbk_id_check(parcel->terminal, SBK_TERMINAL_SIZE));
    STEP(sbk_bundle_copy(inside, SBK_TAG_SEALED_NUMBER, number, sizeof number));
    parcel->number = (uint16_t)(number[0] << 8 | number[1]);
    STEP(sbk_bundle_lend(inside, SBK_TAG_SEALED, 1, SBK_SEALED_MAX, &parcel->content));
    return parcel->number >= 1 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

static enum sbk_format card_parcel(struct sbk_reader *inside, struct sbk_parcel *parcel) {
    uint8_t alias[SBK_ALIAS_SIZE];
    struct sbk_tlv next;
    parcel->for_station = false;
    STEP(sbk_bundle_copy(inside, SBK_TAG_ALIAS, parcel->alias, SBK_ALIAS_SIZE));
    struct sbk_reader ahead = *inside;
    if (sbk_tlv_next(&ahead, &next) == SBK_FORMAT_OK && next.tag == SBK_TAG_TERMINAL) {
        return sealed_parcel(inside, parcel);
    }
    STEP(sbk_bundle_lend(inside, SBK_TAG_RECORD, 1, SBK_MANDATE_MAX, &parcel->content));
    STEP(alias_of(&parcel->content, alias));
    return memcmp(alias, parcel->alias, SBK_ALIAS_SIZE) == 0 ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_courier_next(struct sbk_reader *parcels, struct sbk_parcel *parcel) {
    struct sbk_tlv tlv;
    memset(parcel, 0, sizeof *parcel);
    if (parcels->left == 0) {
        return SBK_FORMAT_MISSING;
    }
    STEP(sbk_tlv_next(parcels, &tlv));
    struct sbk_reader inside = sbk_reader_of(tlv.value, tlv.size);
    switch (tlv.tag) {
    case SBK_TAG_STATION_PARCEL:
        STEP(station_parcel(&inside, parcel));
        return sbk_read_end(&inside);
    case SBK_TAG_PARCEL:
        STEP(card_parcel(&inside, parcel));
        return sbk_read_end(&inside);
    default:
        return SBK_FORMAT_UNKNOWN;
    }
}

enum sbk_format sbk_courier_write_head(const struct sbk_courier *courier, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (!counts_allowed(courier)) {
        return SBK_FORMAT_VALUE;
    }
    sbk_bundle_write_header(&writer, SBK_BUNDLE_COURIER, courier->made);
    sbk_write_tlv_header(&writer, SBK_TAG_COURIER, COUNTS_SIZE);
    sbk_write_u32(&writer, courier->number);
    sbk_write_u8(&writer, (uint8_t)courier->link_count);
    sbk_write_u8(&writer, (uint8_t)courier->signer_count);
    sbk_write_u8(&writer, courier->item_list.size > 0);
    sbk_write_u8(&writer, (uint8_t)courier->hotlist_count);
    sbk_write_u16(&writer, courier->station_count);
    sbk_write_u32(&writer, courier->card_count);
    sbk_bundle_write_root(&writer, &courier->anchor, &courier->binding, &courier->office_ca);
    for (size_t i = 0; i < courier->link_count; i++) {
        sbk_bundle_write(&writer, SBK_TAG_LINK, &courier->links[i]);
    }
    for (size_t i = 0; i < courier->signer_count; i++) {
        sbk_write_bytes(&writer, courier->signers[i].data, courier->signers[i].size);
    }
    if (courier->item_list.size > 0) {
        sbk_bundle_write(&writer, SBK_TAG_ITEM_LIST, &courier->item_list);
    }
    for (size_t i = 0; i < courier->hotlist_count; i++) {
        sbk_bundle_write(&writer, SBK_TAG_HOTLIST, &courier->hotlist[i]);
    }
    return sbk_writer_end(&writer, size);
}

static size_t tlv_size(uint16_t tag, size_t size) {
    const size_t length = size < 0x80 ? 1 : size <= 0xFF ? 2 : 3;
    return (tag > 0xFF ? 2u : 1u) + length + size;
}

/* The parcel's own template and everything in it before the content. */
static void write_names(struct sbk_writer *writer, const struct sbk_parcel *parcel, uint16_t content) {
    size_t size = tlv_size(content, parcel->content.size);
    size += parcel->for_station ? 0 : tlv_size(SBK_TAG_ALIAS, SBK_ALIAS_SIZE);
    size += parcel->for_station || parcel->sealed ? tlv_size(SBK_TAG_TERMINAL, SBK_TERMINAL_SIZE) : 0;
    size += parcel->sealed ? tlv_size(SBK_TAG_SEALED_NUMBER, 2) : 0;
    sbk_write_tlv_header(writer, parcel->for_station ? SBK_TAG_STATION_PARCEL : SBK_TAG_PARCEL, size);
    if (!parcel->for_station) {
        sbk_write_tlv(writer, SBK_TAG_ALIAS, parcel->alias, SBK_ALIAS_SIZE);
    }
    if (parcel->for_station || parcel->sealed) {
        sbk_write_tlv(writer, SBK_TAG_TERMINAL, parcel->terminal, SBK_TERMINAL_SIZE);
    }
    if (parcel->sealed) {
        const uint8_t number[2] = {(uint8_t)(parcel->number >> 8), (uint8_t)parcel->number};
        sbk_write_tlv(writer, SBK_TAG_SEALED_NUMBER, number, sizeof number);
    }
}

enum sbk_format sbk_courier_write_parcel(const struct sbk_parcel *parcel, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    const size_t most = parcel->for_station ? SBK_BUNDLE_SMALL_MAX : parcel->sealed ? SBK_SEALED_MAX : SBK_MANDATE_MAX;
    const uint16_t content = parcel->for_station ? SBK_TAG_STATION_FILE
                             : parcel->sealed    ? SBK_TAG_SEALED
                                                 : SBK_TAG_RECORD;
    if (parcel->content.size < 1 || parcel->content.size > most || (parcel->sealed && parcel->number < 1)) {
        return SBK_FORMAT_LENGTH;
    }
    write_names(&writer, parcel, content);
    sbk_bundle_write(&writer, content, &parcel->content);
    return sbk_writer_end(&writer, size);
}
