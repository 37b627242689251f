/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What crosses the air gap. */

static struct sample_bytes whole;

static void made(enum sbk_format format) {
    if (format != SBK_FORMAT_OK) {
        fprintf(stderr, "sample not made: %s\n", sbk_format_text(format));
        abort();
    }
}

struct sbk_root_request sample_root_request(void) {
    struct sbk_root_request request;
    memset(&request, 0, sizeof request);
    request.purpose = SBK_ROOT_SUCCEED;
    request.generation = 2;
    memset(request.root_hash, 0x71, sizeof request.root_hash);
    request.made = 1793000000;
    request.old_until = DAY(2027, 6, 30);
    request.has_office = true;
    memset(request.office_hash, 0x72, sizeof request.office_hash);
    request.order_count = 2;
    request.orders[0] = (struct sbk_root_order){
        .role = SBK_ROLE_STATION_CA, .generation = 1, .from = DAY(2026, 10, 1), .until = DAY(2031, 9, 30)};
    request.orders[1] = (struct sbk_root_order){
        .role = SBK_ROLE_LIST_SIGNER, .generation = 3, .from = DAY(2026, 10, 1), .until = DAY(2026, 10, 1)};
    memset(request.orders[0].key, 0x73, SBK_POINT_SIZE);
    memset(request.orders[1].key, 0x74, SBK_POINT_SIZE);
    return request;
}

static void put_certificate(struct sbk_root_answer *answer, enum sbk_role role, uint8_t generation) {
    struct sbk_certificate certificate = sample_certificate(role);
    certificate.issuer_generation = 2;
    certificate.generation = generation;
    const struct sample_bytes *bytes = certificate_bytes(&certificate);
    if (bytes->size != SBK_ISSUER_CERTIFICATE_SIZE) {
        abort();
    }
    memcpy(answer->certificates[answer->count++], bytes->data, SBK_ISSUER_CERTIFICATE_SIZE);
}

struct sbk_root_answer sample_root_answer(void) {
    struct sbk_root_answer answer;
    const struct sbk_link link = sample_link();
    struct sbk_office_binding binding = {.root_generation = 2};
    size_t size = 0;
    memset(&answer, 0, sizeof answer);
    memset(answer.request_hash, 0x75, sizeof answer.request_hash);
    answer.succession = true;
    answer.anchor.generation = 2;
    memcpy(answer.anchor.key, link.key, SBK_POINT_SIZE);
    memcpy(answer.anchor.next_hash, link.next_hash, SBK_HASH_SIZE);
    memcpy(answer.link, link_bytes(&link)->data, SBK_LINK_SIZE);
    answer.has_office = true;
    memset(binding.office_hash, 0x72, sizeof binding.office_hash);
    made(sbk_office_binding_write(&binding, answer.binding, sizeof answer.binding, &size));
    memset(answer.binding + size, 0x5A, SBK_SIGNATURE_SIZE);
    put_certificate(&answer, SBK_ROLE_STATION_CA, 1);
    put_certificate(&answer, SBK_ROLE_LIST_SIGNER, 3);
    return answer;
}

const struct sample_bytes *root_request_bytes(const struct sbk_root_request *request) {
    made(sbk_root_request_write(request, whole.data, sizeof whole.data, &whole.size));
    return &whole;
}

const struct sample_bytes *root_answer_bytes(const struct sbk_root_answer *answer) {
    made(sbk_root_answer_write(answer, whole.data, sizeof whole.data, &whole.size));
    return &whole;
}
