/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/schema/attempts.h"

#include <string.h>

#define TRY(parse, sample, attempts) try_changes(parse, sample, attempts, sizeof attempts / sizeof attempts[0])

/* Offsets in the samples. */
#define OFFICE 42
#define COUNT 74
#define ORDER(n) (75 + (n)*SBK_ROOT_ORDER_SIZE)
#define FLAGS 34
#define ANCHOR 35
#define LINK (ANCHOR + SBK_ANCHOR_SIZE)
#define BINDING (LINK + SBK_LINK_SIZE)
#define COUNTED (BINDING + SBK_OFFICE_BINDING_SIZE)
#define CERTIFICATE(n) (COUNTED + 1 + (n)*SBK_ISSUER_CERTIFICATE_SIZE)

static void test_request(void **state) {
    (void)state;
    const struct sbk_root_request sample = sample_root_request();
    struct sample_bytes bytes = *root_request_bytes(&sample);
    assert_int_equal(bytes.size, ORDER(2));
    try_lengths(roundtrip_root_request, &bytes);
    static const struct attempt attempts[] = {
        AT("an answer", 0, "\xCF", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\2", SBK_FORMAT_UNKNOWN),
        AT("no purpose", 2, "\0", SBK_FORMAT_VALUE),
        AT("a third purpose", 2, "\3", SBK_FORMAT_VALUE),
        AT("certifying with a last day of a root", 2, "\1", SBK_FORMAT_VALUE),
        AT("root 0", 3, "\0", SBK_FORMAT_VALUE),
        AT("root 1 succeeds nobody", 3, "\1", SBK_FORMAT_VALUE),
        AT("root 127", 3, "\x7F", SBK_FORMAT_OK),
        AT("root 128", 3, "\x80", SBK_FORMAT_VALUE),
        AT("the old root counts no more", 40, "\0\0", SBK_FORMAT_OK),
        AT("no orders, more bytes", COUNT, "\0", SBK_FORMAT_TRAILING),
        AT("more orders than there are", COUNT, "\3", SBK_FORMAT_TRUNCATED),
        AT("more orders than fit", COUNT, "\x11", SBK_FORMAT_VALUE),
        AT("a root", ORDER(0), "\1", SBK_FORMAT_VALUE),
        AT("the office CA", ORDER(0), "\6", SBK_FORMAT_VALUE),
        AT("a terminal", ORDER(0), "\x11", SBK_FORMAT_VALUE),
        AT("generation 0", ORDER(0) + 1, "\0", SBK_FORMAT_VALUE),
        AT("generation 128", ORDER(0) + 1, "\x80", SBK_FORMAT_VALUE),
        AT("one twice", ORDER(1), "\2\1", SBK_FORMAT_VALUE),
        AT("the same role again", ORDER(1), "\2\2", SBK_FORMAT_OK),
        AT("ends before it begins", ORDER(1) + 4, "\0\0", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_root_request, &bytes, attempts);
    memset(bytes.data + OFFICE, 0, SBK_HASH_SIZE);
    assert_int_equal(parse_exact(roundtrip_root_request, bytes.data, bytes.size), SBK_FORMAT_VALUE);
}

static void test_certifying(void **state) {
    (void)state;
    struct sbk_root_request request = sample_root_request();
    struct sample_bytes bytes;
    size_t size = 0;
    request.purpose = SBK_ROOT_CERTIFY;
    request.old_until = 0;
    request.generation = 1;
    bytes = *root_request_bytes(&request);
    try_lengths(roundtrip_root_request, &bytes);
    request.has_office = false;
    memset(request.office_hash, 0, SBK_HASH_SIZE);
    bytes = *root_request_bytes(&request);
    try_lengths(roundtrip_root_request, &bytes);
    request.order_count = 0; /* nothing at all is asked for */
    assert_int_equal(sbk_root_request_write(&request, bytes.data, sizeof bytes.data, &size), SBK_FORMAT_VALUE);
    request.has_office = true; /* but whose hash is zero */
    assert_int_equal(sbk_root_request_write(&request, bytes.data, sizeof bytes.data, &size), SBK_FORMAT_VALUE);
}

static void test_answer(void **state) {
    (void)state;
    const struct sbk_root_answer sample = sample_root_answer();
    struct sample_bytes bytes = *root_answer_bytes(&sample);
    assert_int_equal(bytes.size, CERTIFICATE(2));
    try_lengths(roundtrip_root_answer, &bytes);
    static const struct attempt attempts[] = {
        AT("a request", 0, "\xCE", SBK_FORMAT_UNKNOWN),
        AT("version 2", 1, "\2", SBK_FORMAT_UNKNOWN),
        AT("an unknown flag", FLAGS, "\7", SBK_FORMAT_UNKNOWN),
        AT("an anchor of generation 0", ANCHOR, "\0", SBK_FORMAT_VALUE),
        AT("an anchor of another generation", ANCHOR, "\3", SBK_FORMAT_VALUE),
        AT("another record for the link", LINK, "\xC3", SBK_FORMAT_VALUE),
        AT("a link to another root", LINK + 2, "\3", SBK_FORMAT_VALUE),
        AT("another record for the binding", BINDING, "\xC4", SBK_FORMAT_VALUE),
        AT("a binding by another root", BINDING + 2, "\1", SBK_FORMAT_VALUE),
        AT("no certificates, more bytes", COUNTED, "\0", SBK_FORMAT_TRAILING),
        AT("more certificates than there are", COUNTED, "\3", SBK_FORMAT_TRUNCATED),
        AT("more certificates than fit", COUNTED, "\x11", SBK_FORMAT_VALUE),
        AT("no certificate", CERTIFICATE(1), "\x7F\x22", SBK_FORMAT_VALUE),
    };
    TRY(roundtrip_root_answer, &bytes, attempts);
}

/* Every set of parts that an answer may have, and those that it may not. */
static void test_parts(void **state) {
    (void)state;
    for (unsigned parts = 0; parts < 8; parts++) {
        struct sbk_root_answer answer = sample_root_answer();
        struct sample_bytes bytes;
        answer.succession = (parts & 1) != 0;
        answer.has_office = (parts & 2) != 0;
        answer.count = (parts & 4) != 0 ? 2 : 0;
        const bool allowed = answer.succession ? answer.has_office : answer.has_office || answer.count > 0;
        assert_int_equal(sbk_root_answer_write(&answer, bytes.data, sizeof bytes.data, &bytes.size),
            allowed ? SBK_FORMAT_OK : SBK_FORMAT_VALUE);
        if (allowed && answer.succession) {
            try_lengths(roundtrip_root_answer, &bytes);
        }
    }
}

/* Up to ten certificates are asked for and answered within one QR code (version 40, level M: 2,331 bytes). */
static void test_sizes(void **state) {
    (void)state;
    assert_true(SBK_ROOT_REQUEST_MAX <= 2331);
    assert_true(
        36 + SBK_ANCHOR_SIZE + SBK_LINK_SIZE + SBK_OFFICE_BINDING_SIZE + 10 * SBK_ISSUER_CERTIFICATE_SIZE <= 2331);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_certifying),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
