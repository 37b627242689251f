/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/root_request.h"

#include "schema/certificate.h"
#include "schema/check.h"

#include <string.h>

#define FLAG_SUCCESSION 0x01
#define FLAG_OFFICE 0x02

static bool order_allowed(const struct sbk_root_order *order) {
    return order->role >= SBK_ROLE_STATION_CA && order->role <= SBK_ROLE_LIST_SIGNER &&
           sbk_check_generation(order->generation) && order->from <= order->until;
}

static bool orders_allowed(const struct sbk_root_request *request) {
    for (size_t i = 0; i < request->order_count; i++) {
        const struct sbk_root_order *order = &request->orders[i];
        if (!order_allowed(order)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (request->orders[j].role == order->role && request->orders[j].generation == order->generation) {
                return false;
            }
        }
    }
    return true;
}

static bool request_allowed(const struct sbk_root_request *request) {
    const bool succession = request->purpose == SBK_ROOT_SUCCEED;
    if (!succession && (request->purpose != SBK_ROOT_CERTIFY || request->old_until != 0)) {
        return false;
    }
    if (!sbk_check_generation(request->generation) || (succession && request->generation < 2) ||
        request->order_count > SBK_ROOT_ORDERS_MAX) {
        return false;
    }
    if (succession ? !request->has_office : !request->has_office && request->order_count == 0) {
        return false;
    }
    return orders_allowed(request);
}

static void read_order(struct sbk_reader *reader, struct sbk_root_order *order) {
    order->role = sbk_read_u8(reader);
    order->generation = sbk_read_u8(reader);
    order->from = sbk_read_u16(reader);
    order->until = sbk_read_u16(reader);
    sbk_read_bytes(reader, order->key, SBK_POINT_SIZE);
}

enum sbk_format sbk_root_request_parse(const uint8_t *data, size_t size, struct sbk_root_request *request) {
    memset(request, 0, sizeof *request);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_ROOT_REQUEST);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    request->purpose = sbk_read_u8(&reader);
    request->generation = sbk_read_u8(&reader);
    sbk_read_bytes(&reader, request->root_hash, SBK_HASH_SIZE);
    request->made = sbk_read_u32(&reader);
    request->old_until = sbk_read_u16(&reader);
    sbk_read_bytes(&reader, request->office_hash, SBK_HASH_SIZE);
    request->has_office = !sbk_check_zero(request->office_hash, SBK_HASH_SIZE);
    request->order_count = sbk_read_u8(&reader);
    if (request->order_count > SBK_ROOT_ORDERS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = 0; i < request->order_count; i++) {
        read_order(&reader, &request->orders[i]);
    }
    format = sbk_read_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return request_allowed(request) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_root_request_write(
    const struct sbk_root_request *request, uint8_t *out, size_t room, size_t *size) {
    static const uint8_t none[SBK_HASH_SIZE];
    if (!request_allowed(request) || (request->has_office && sbk_check_zero(request->office_hash, SBK_HASH_SIZE))) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_ROOT_REQUEST);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_u8(&writer, request->purpose);
    sbk_write_u8(&writer, request->generation);
    sbk_write_bytes(&writer, request->root_hash, SBK_HASH_SIZE);
    sbk_write_u32(&writer, request->made);
    sbk_write_u16(&writer, request->old_until);
    sbk_write_bytes(&writer, request->has_office ? request->office_hash : none, SBK_HASH_SIZE);
    sbk_write_u8(&writer, (uint8_t)request->order_count);
    for (size_t i = 0; i < request->order_count; i++) {
        const struct sbk_root_order *order = &request->orders[i];
        sbk_write_u8(&writer, order->role);
        sbk_write_u8(&writer, order->generation);
        sbk_write_u16(&writer, order->from);
        sbk_write_u16(&writer, order->until);
        sbk_write_bytes(&writer, order->key, SBK_POINT_SIZE);
    }
    return sbk_writer_end(&writer, size);
}

/* ---- the answer ---- */

/* Each part parses, and all are the work of one root. */
static bool answer_allowed(const struct sbk_root_answer *answer) {
    struct sbk_office_binding binding;
    struct sbk_certificate certificate;
    struct sbk_link link;
    uint8_t root = 0;
    if (answer->succession && (sbk_link_parse(answer->link, SBK_LINK_SIZE, &link) != SBK_FORMAT_OK ||
                                  link.generation != answer->anchor.generation)) {
        return false;
    }
    root = answer->succession ? answer->anchor.generation : 0;
    if (answer->has_office) {
        if (sbk_office_binding_parse(answer->binding, SBK_OFFICE_BINDING_SIZE, &binding) != SBK_FORMAT_OK ||
            (root != 0 && binding.root_generation != root)) {
            return false;
        }
        root = binding.root_generation;
    }
    for (size_t i = 0; i < answer->count; i++) {
        if (sbk_certificate_parse(answer->certificates[i], SBK_ISSUER_CERTIFICATE_SIZE, &certificate) !=
                SBK_FORMAT_OK ||
            certificate.issuer_role != SBK_ROLE_ROOT || (root != 0 && certificate.issuer_generation != root)) {
            return false;
        }
        root = certificate.issuer_generation;
    }
    return root != 0 && (!answer->succession || answer->has_office);
}

enum sbk_format sbk_root_answer_parse(const uint8_t *data, size_t size, struct sbk_root_answer *answer) {
    uint8_t anchor[SBK_ANCHOR_SIZE];
    memset(answer, 0, sizeof *answer);
    struct sbk_reader reader = sbk_reader_of(data, size);
    enum sbk_format format = sbk_record_begin(&reader, SBK_RECORD_ROOT_ANSWER);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    sbk_read_bytes(&reader, answer->request_hash, SBK_HASH_SIZE);
    const uint8_t flags = sbk_read_u8(&reader);
    if ((flags & ~(FLAG_SUCCESSION | FLAG_OFFICE)) != 0) {
        return SBK_FORMAT_UNKNOWN;
    }
    answer->succession = (flags & FLAG_SUCCESSION) != 0;
    answer->has_office = (flags & FLAG_OFFICE) != 0;
    if (answer->succession) {
        sbk_read_bytes(&reader, anchor, sizeof anchor);
        sbk_read_bytes(&reader, answer->link, SBK_LINK_SIZE);
        format = reader.failed ? SBK_FORMAT_TRUNCATED : sbk_anchor_parse(anchor, sizeof anchor, &answer->anchor);
        if (format != SBK_FORMAT_OK) {
            return format;
        }
    }
    if (answer->has_office) {
        sbk_read_bytes(&reader, answer->binding, SBK_OFFICE_BINDING_SIZE);
    }
    answer->count = sbk_read_u8(&reader);
    if (answer->count > SBK_ROOT_ORDERS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    for (size_t i = 0; i < answer->count; i++) {
        sbk_read_bytes(&reader, answer->certificates[i], SBK_ISSUER_CERTIFICATE_SIZE);
    }
    format = sbk_read_end(&reader);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    return answer_allowed(answer) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

enum sbk_format sbk_root_answer_write(const struct sbk_root_answer *answer, uint8_t *out, size_t room, size_t *size) {
    uint8_t anchor[SBK_ANCHOR_SIZE];
    if (answer->count > SBK_ROOT_ORDERS_MAX || !answer_allowed(answer)) {
        return SBK_FORMAT_VALUE;
    }
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_write_u8(&writer, SBK_RECORD_ROOT_ANSWER);
    sbk_write_u8(&writer, SBK_RECORD_VERSION);
    sbk_write_bytes(&writer, answer->request_hash, SBK_HASH_SIZE);
    sbk_write_u8(
        &writer, (uint8_t)((answer->succession ? FLAG_SUCCESSION : 0) | (answer->has_office ? FLAG_OFFICE : 0)));
    if (answer->succession) {
        const enum sbk_format format = sbk_anchor_write(&answer->anchor, anchor);
        if (format != SBK_FORMAT_OK) {
            return format;
        }
        sbk_write_bytes(&writer, anchor, sizeof anchor);
        sbk_write_bytes(&writer, answer->link, SBK_LINK_SIZE);
    }
    if (answer->has_office) {
        sbk_write_bytes(&writer, answer->binding, SBK_OFFICE_BINDING_SIZE);
    }
    sbk_write_u8(&writer, (uint8_t)answer->count);
    for (size_t i = 0; i < answer->count; i++) {
        sbk_write_bytes(&writer, answer->certificates[i], SBK_ISSUER_CERTIFICATE_SIZE);
    }
    return sbk_writer_end(&writer, size);
}
