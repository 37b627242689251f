/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/inspect.h"

#include "keys/crypto.h"
#include "keys/store.h"
#include "schema/root_request.h"

/* What crosses the air gap between the office and its root. */

static json_t *text_of_hash(const uint8_t hash[SBK_HASH_SIZE]) {
    char text[SBK_FINGERPRINT_ROOM];
    sbk_fingerprint_text(hash, text);
    return json_string(text);
}

json_t *inspect_root_request(const uint8_t *data, size_t size) {
    struct sbk_root_request request;
    if (sbk_root_request_parse(data, size, &request) != SBK_FORMAT_OK) {
        return NULL;
    }
    const bool succession = request.purpose == SBK_ROOT_SUCCEED;
    json_t *orders = json_array();
    for (size_t i = 0; i < request.order_count; i++) {
        const struct sbk_root_order *order = &request.orders[i];
        (void)json_array_append_new(
            orders, json_pack("{s:s, s:i, s:o, s:o, s:o}", "role", sbk_key_role_word(order->role), "generation",
                        order->generation, "from", inspect_day(order->from), "until", inspect_day(order->until),
                        "fingerprint", inspect_fingerprint(order->key)));
    }
    return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "kind", "root-request", "purpose",
        succession ? "succeed" : "certify", "root", request.generation, "root_fingerprint",
        text_of_hash(request.root_hash), "made", inspect_time(request.made), "old_until",
        succession && request.old_until != 0 ? inspect_day(request.old_until) : json_null(), "office_ca",
        request.has_office ? text_of_hash(request.office_hash) : json_null(), "orders", orders);
}

json_t *inspect_root_answer(const uint8_t *data, size_t size) {
    struct sbk_root_answer answer;
    uint8_t anchor[SBK_ANCHOR_SIZE];
    if (sbk_root_answer_parse(data, size, &answer) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *certificates = json_array();
    for (size_t i = 0; i < answer.count; i++) {
        const struct sbk_bytes bytes = {answer.certificates[i], SBK_ISSUER_CERTIFICATE_SIZE};
        (void)json_array_append_new(certificates, inspect_certificate(&bytes));
    }
    json_t *object = json_pack("{s:s, s:o, s:o}", "kind", "root-answer", "request_hash",
        inspect_hex(answer.request_hash, SBK_HASH_SIZE), "certificates", certificates);
    if (object != NULL && answer.succession && sbk_anchor_write(&answer.anchor, anchor) == SBK_FORMAT_OK) {
        (void)json_object_set_new(object, "anchor", inspect_anchor(anchor, sizeof anchor));
        (void)json_object_set_new(object, "link", inspect_record(answer.link, SBK_LINK_SIZE));
    }
    if (object != NULL && answer.has_office) {
        (void)json_object_set_new(object, "office_binding", inspect_record(answer.binding, SBK_OFFICE_BINDING_SIZE));
    }
    return object;
}
