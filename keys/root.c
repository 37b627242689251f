/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/root.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

sbk_result sbk_root_certify(struct sbk_key *root, const struct sbk_root_order *order, uint8_t out[SBK_CERTIFICATE_MAX],
    size_t *size, struct sbk_error *error) {
    struct sbk_certificate fields = {
        .role = order->role, .generation = order->generation, .effective = order->from, .expiry = order->until};
    memcpy(fields.key, order->key, SBK_POINT_SIZE);
    return sbk_issue_certificate(root, &fields, out, size, error);
}

sbk_result sbk_root_bind(struct sbk_key *root, const uint8_t office_hash[SBK_HASH_SIZE],
    uint8_t out[SBK_OFFICE_BINDING_SIZE], struct sbk_error *error) {
    struct sbk_office_binding binding = {.root_generation = sbk_key_info(root)->generation};
    size_t size = 0;
    memcpy(binding.office_hash, office_hash, SBK_HASH_SIZE);
    if (sbk_office_binding_write(&binding, out, SBK_OFFICE_BINDING_SIZE, &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("the office binding cannot be written"));
    }
    return sbk_sign_record(root, out, SBK_OFFICE_BINDING_SIZE, &size, error);
}

sbk_result sbk_root_announce(
    struct sbk_key *root, const uint8_t next[SBK_POINT_SIZE], struct sbk_anchor *anchor, struct sbk_error *error) {
    const struct sbk_key_info *info = sbk_key_info(root);
    anchor->generation = info->generation;
    memcpy(anchor->key, info->public_part, SBK_POINT_SIZE);
    return sbk_point_hash(next, anchor->next_hash, error);
}

sbk_result sbk_root_link(struct sbk_key *root, const struct sbk_anchor *anchor, uint16_t old_until,
    uint8_t out[SBK_LINK_SIZE], struct sbk_error *error) {
    struct sbk_link link = {.generation = anchor->generation, .old_until = old_until};
    size_t size = 0;
    memcpy(link.key, anchor->key, SBK_POINT_SIZE);
    memcpy(link.next_hash, anchor->next_hash, SBK_HASH_SIZE);
    if (sbk_link_write(&link, out, SBK_LINK_SIZE, &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, "%s", _("the root link cannot be written"));
    }
    return sbk_sign_record(root, out, SBK_LINK_SIZE, &size, error);
}

/* ---- a request ---- */

/* The request names the root that it means by the hash of its key. */
static sbk_result check_asked(
    const struct sbk_key_info *root, const struct sbk_root_request *request, struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    const sbk_result result = sbk_point_hash(root->public_part, hash, error);
    if (result == SBK_OK &&
        (root->generation != request->generation || memcmp(hash, request->root_hash, sizeof hash) != 0)) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORBIDDEN,
            _("the request asks root %u, this is root %u or another one of that number: take the folder that it means"),
            request->generation, root->generation);
    }
    return result;
}

static sbk_result succeed(struct sbk_key *root, const struct sbk_key_info *next, const struct sbk_root_request *request,
    struct sbk_root_answer *answer, struct sbk_error *error) {
    if (next == NULL || next->generation != request->generation + 1) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, _("a succession needs the key of root %u, made in advance"),
            request->generation + 1U);
    }
    const sbk_result result = sbk_root_announce(root, next->public_part, &answer->anchor, error);
    return result == SBK_OK ? sbk_root_link(root, &answer->anchor, request->old_until, answer->link, error) : result;
}

static sbk_result hash_request(
    const struct sbk_root_request *request, uint8_t hash[SBK_HASH_SIZE], struct sbk_error *error) {
    uint8_t bytes[SBK_ROOT_REQUEST_MAX];
    size_t size = 0;
    if (sbk_root_request_write(request, bytes, sizeof bytes, &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, "%s", _("the request to the root cannot be written"));
    }
    return sbk_sha256(bytes, size, hash, error);
}

sbk_result sbk_root_answer(struct sbk_key *root, const struct sbk_key_info *next,
    const struct sbk_root_request *request, struct sbk_root_answer *answer, struct sbk_error *error) {
    memset(answer, 0, sizeof *answer);
    answer->succession = request->purpose == SBK_ROOT_SUCCEED;
    answer->has_office = request->has_office;
    sbk_result result = check_asked(sbk_key_info(root), request, error);
    if (result == SBK_OK) {
        result = hash_request(request, answer->request_hash, error);
    }
    if (result == SBK_OK && answer->succession) {
        result = succeed(root, next, request, answer, error);
    }
    if (result == SBK_OK && answer->has_office) {
        result = sbk_root_bind(root, request->office_hash, answer->binding, error);
    }
    for (; answer->count < request->order_count && result == SBK_OK; answer->count++) {
        uint8_t bytes[SBK_CERTIFICATE_MAX];
        size_t size = 0;
        result = sbk_root_certify(root, &request->orders[answer->count], bytes, &size, error);
        if (result == SBK_OK) {
            memcpy(answer->certificates[answer->count], bytes, SBK_ISSUER_CERTIFICATE_SIZE);
        }
    }
    return result;
}

sbk_result sbk_check_value(const void *data, size_t size, char text[SBK_CHECK_VALUE_ROOM], struct sbk_error *error) {
    uint8_t hash[SBK_HASH_SIZE];
    const sbk_result result = sbk_sha256(data, size, hash, error);
    if (result == SBK_OK) {
        (void)snprintf(text, SBK_CHECK_VALUE_ROOM, "%02X%02X %02X%02X %02X%02X %02X%02X", hash[0], hash[1], hash[2],
            hash[3], hash[4], hash[5], hash[6], hash[7]);
    }
    return result;
}
