/* SPDX-License-Identifier: Apache-2.0 */
/* DELIVER RECORD and SET PIN (B.11, B.13). */
#include "tests/applet/entitlement/world.h"

#include <string.h>

static struct world w;
static uint8_t data[SBK_CARD_BUFFER];

static void stop_notices(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OK);
    assert_int_equal(w.answer_size, 0);
    assert_int_equal(read_status(&w).state, SBK_STATE_STOPPED);
    assert_int_equal(read_status(&w).stopped, 1);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OLD_NUMBER);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 5), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 4), SBK_SW_OLD_NUMBER);
    assert_int_equal(read_status(&w).stopped, 5);
    assert_int_equal(read_status(&w).counter, 0); /* no entry is made */
    world_power_on(&w);
    assert_int_equal(read_status(&w).stopped, 5);
}

/* A stolen list key must not stop a card for ever: the next mandate's number is never far. */
static void notices_do_not_leap(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 0xFFFFFFFF), SBK_SW_DATA);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1 + 65536), SBK_SW_DATA);
    assert_int_equal(read_status(&w).state, SBK_STATE_ACTIVE);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1 + 65535), SBK_SW_OK);
    assert_int_equal(
        deliver_notice(&w, SBK_NOTICE_STOP, 1 + 65536), SBK_SW_DATA); /* from the mandate, not the notice */
    w.mandate.number = 3;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 3 + 65535), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 65536), SBK_SW_DATA);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 65535), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 65535 + 65536), SBK_SW_DATA);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 65535 + 65535), SBK_SW_OK);
    assert_int_equal(read_status(&w).stopped, 3 + 65535);
    assert_int_equal(read_status(&w).epoch, 65535 + 65535);
}

static void a_reset_waits_for_the_holders_pin(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 2), SBK_SW_OK);
    become_registrar(&w);
    assert_int_equal(set_pin(&w, "", "5678"), SBK_SW_OK);
    assert_int_equal(read_status(&w).done, 0);
    assert_int_equal(read_status(&w).flags, 0x0F);
    assert_int_equal(set_pin(&w, "0907", ""), SBK_SW_OK);
    assert_int_equal(read_status(&w).done, 2);
    assert_int_equal(set_pin(&w, "", "1111"), SBK_SW_NOTHING_PENDING);
}

static void a_stop_for_older_mandates_stops_nothing(void **state) {
    (void)state;
    world_active(&w);
    w.mandate.number = 3;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 2), SBK_SW_OK);
    assert_int_equal(read_status(&w).state, SBK_STATE_ACTIVE);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
}

static void pin_reset_waits_for_the_registrar(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 3), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 3), SBK_SW_OLD_NUMBER);
    assert_int_equal(read_status(&w).epoch, 3);
    assert_int_equal(read_status(&w).done, 0);
    assert_int_equal(read_status(&w).flags, 0x0F);
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK); /* the old PIN still counts */
    become_registrar(&w);
    assert_int_equal(set_pin(&w, "0907", ""), SBK_SW_OK);
    assert_int_equal(read_status(&w).done, 3);
    assert_int_equal(read_status(&w).flags, 0x07);
    assert_int_equal(set_pin(&w, "1111", ""), SBK_SW_NOTHING_PENDING);
    assert_int_equal(set_pin(&w, "", "1111"), SBK_SW_NOTHING_PENDING);
    become_store(&w);
    assert_int_equal(debit(&w, RICE, 1), 0x63C4);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "0907"), SBK_SW_OK);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, ALTERNATE_PIN), SBK_SW_OK);
}

static void a_reset_frees_a_blocked_pin(void **state) {
    (void)state;
    world_active(&w);
    for (uint16_t left = 5; left-- > 0;)
        assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "0000"), 0x63C0 | left);
    become_registrar(&w);
    assert_int_equal(set_pin(&w, "1234", ""), SBK_SW_NOTHING_PENDING);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 1), SBK_SW_OK);
    assert_int_equal(set_pin(&w, "1234", "5678"), SBK_SW_OK);
    assert_int_equal(read_status(&w).tries[0], 5);
    become_store(&w);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_HOLDER, "1234"), SBK_SW_OK);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, "5678"), SBK_SW_OK);
}

static void set_pin_refusals(void **state) {
    static const uint8_t unpadded[18] = {4, '1', '2', '3', '4', '5'};

    (void)state;
    world_close(&w);
    become_registrar(&w);
    assert_int_equal(set_pin(&w, "1234", ""), SBK_SW_NOT_ACTIVE);
    assert_int_equal(activate(&w, HOLDER_PIN, ""), SBK_SW_OK);
    assert_int_equal(set_pin(&w, "", ""), SBK_SW_DATA);
    assert_int_equal(set_pin(&w, "", "123"), SBK_SW_DATA);
    assert_int_equal(set_pin(&w, "", "12x4"), SBK_SW_DATA);
    assert_int_equal(send(&w, SBK_INS_SET_PIN, unpadded, sizeof(unpadded)), SBK_SW_DATA);
    w.terminal.rights.kelurahan[4] = 0x02;
    assert_int_equal(set_pin(&w, "", "5678"), SBK_SW_KELURAHAN);
    w.terminal.rights.kelurahan[4] = 0x01;
    assert_int_equal(set_pin(&w, "1234", "5678"), SBK_SW_NOTHING_PENDING); /* the holder's is set: neither */
    assert_int_equal(read_status(&w).flags, 0x03);
    assert_int_equal(set_pin(&w, "", "5678"), SBK_SW_OK);
    assert_int_equal(read_status(&w).flags, 0x07);
    w.identity.number = 2;
    set_alternate(&w, "");
    assert_int_equal(deliver_identity(&w), SBK_SW_OK);
    assert_int_equal(set_pin(&w, "", "5678"), SBK_SW_WHO);
    w.no_random = true;
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_PIN_RESET, 1), SBK_SW_OK);
    assert_int_equal(set_pin(&w, "1234", ""), SBK_SW_MEMORY);
    w.no_random = false;
    assert_int_equal(read_status(&w).done, 0);
    w.mandate.number = 2;
    w.mandate.status = SBK_MANDATE_CLOSED;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(set_pin(&w, "1234", ""), SBK_SW_ENDED);
}

static void identity_records(void **state) {
    (void)state;
    world_active(&w);
    assert_int_equal(deliver_identity(&w), SBK_SW_OLD_NUMBER);
    w.identity.number = 2;
    memcpy(w.identity.name, "SITI AMANAH", 11);
    assert_int_equal(deliver_identity(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).identity, 2);
    assert_int_equal(read_status(&w).flags, 0x07); /* the alternate is the same, and so is the PIN */
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    assert_memory_equal(w.answer + 28, "SITI AMANAH\4BUDI", 16);
    w.identity.number = 3;
    set_alternate(&w, "BUDO");
    assert_int_equal(deliver_identity(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).flags, 0x03);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, ALTERNATE_PIN), SBK_SW_WHO);
    become_registrar(&w);
    assert_int_equal(set_pin(&w, "", "9876"), SBK_SW_OK);
    become_store(&w);
    assert_int_equal(debit_as(&w, RICE, 1, SBK_WHO_ALTERNATE, "9876"), SBK_SW_OK);
    w.identity.number = 4;
    set_alternate(&w, "BUD");
    assert_int_equal(deliver_identity(&w), SBK_SW_OK);
    assert_int_equal(read_status(&w).flags, 0x03);
    /* The largest record fits. */
    w.identity.number = 5;
    w.identity.name_size = w.identity.alternate_size = 60;
    memset(w.identity.name, 'N', 60);
    memset(w.identity.alternate, 'A', 60);
    assert_int_equal(deliver_identity(&w), SBK_SW_OK);
    assert_int_equal(get_data(&w, SBK_TAG_IDENTITY), SBK_SW_OK);
    assert_int_equal(w.answer_size, SBK_IDENTITY_MAX);
}

static void expect_certificate_of(uint16_t from) {
    uint8_t expected[SBK_CERTIFICATE_MAX];
    size_t size;

    w.card_from = from;
    size = write_card_certificate(&w, expected);
    assert_int_equal(get_data(&w, SBK_TAG_CERTIFICATES), SBK_SW_OK);
    assert_int_equal(w.answer_size, size);
    assert_memory_equal(w.answer, expected, size - SBK_SIGNATURE_SIZE); /* signatures differ each time */
}

static void certificates_are_renewed(void **state) {
    (void)state;
    world_close(&w);
    w.card_from = day(2026, 10, 1);
    assert_int_equal(deliver_certificate(&w), SBK_SW_NOT_ACTIVE);
    world_active(&w);
    assert_int_equal(deliver_certificate(&w), SBK_SW_OLD_NUMBER); /* the same first day */
    w.card_from = day(2026, 9, 19);
    assert_int_equal(deliver_certificate(&w), SBK_SW_OLD_NUMBER);
    expect_certificate_of(day(2026, 9, 20));
    for (unsigned i = 1; i <= 3; i++) { /* from slot to slot and back */
        w.card_from = day(2026, 9 + i, i);
        assert_int_equal(deliver_certificate(&w), SBK_SW_OK);
        assert_int_equal(w.answer_size, 0);
        world_power_on(&w);
        expect_certificate_of(day(2026, 9 + i, i));
        assert_int_equal(deliver_certificate(&w), SBK_SW_OLD_NUMBER);
    }
    assert_int_equal(read_status(&w).counter, 0); /* no entry is made */
    assert_int_equal(debit(&w, RICE, 1), SBK_SW_OK);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_OK);
    w.card_from = day(2027, 1, 1); /* a stopped card takes one, too, and day beats month beats year */
    assert_int_equal(deliver_certificate(&w), SBK_SW_OK);
    become_auditor(&w);
    w.card_from = day(2027, 1, 2);
    assert_int_equal(deliver_certificate(&w), SBK_SW_ROLE);
    become_store(&w);
    w.mandate.number = 2;
    w.mandate.status = SBK_MANDATE_CLOSED;
    assert_int_equal(deliver_mandate(&w), SBK_SW_OK);
    assert_int_equal(deliver_certificate(&w), SBK_SW_ENDED);
}

static void renewed_certificates_are_checked(void **state) {
    struct key key;
    size_t size;

    (void)state;
    world_active(&w);
    w.card_from = day(2026, 10, 1);
    size = write_signer(&w, SBK_ROLE_CARD_CA, &w.card_ca, data);
    size += write_card_certificate(&w, data + size);
    assert_int_equal(size, 179 + 218);
    for (size_t i = 0; i < size; i++) {
        if (i == 179)
            continue; /* another first byte is another record */
        data[i] ^= 0x20;
        assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size), SBK_SW_CERTIFICATE);
        data[i] ^= 0x20;
    }
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size - 1), SBK_SW_LENGTH);
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size + 1), SBK_SW_LENGTH);
    write_signer(&w, SBK_ROLE_GRANT_SIGNER, &w.card_ca, data);
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size), SBK_SW_CERTIFICATE);
    key = w.card_ca;
    w.card_ca = w.grant;
    write_card_certificate(&w, data + 179);
    w.card_ca = key;
    write_signer(&w, SBK_ROLE_CARD_CA, &w.card_ca, data);
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size), SBK_SW_CERTIFICATE);
    w.identity.alias[0] ^= 1;
    assert_int_equal(deliver_certificate(&w), SBK_SW_WRONG_CARD);
    w.identity.alias[0] ^= 1;
    key = w.agreement;
    w.agreement = w.grant;
    assert_int_equal(deliver_certificate(&w), SBK_SW_WRONG_CARD);
    w.agreement = key;
    w.signing.point[63] ^= 1;
    assert_int_equal(deliver_certificate(&w), SBK_SW_WRONG_CARD);
    w.signing.point[63] ^= 1;
    w.terminal.effective = day(2028, 1, 1); /* the card CA has expired */
    w.terminal.expiry = day(2028, 1, 31);
    assert_int_equal(deliver_certificate(&w), SBK_SW_CERTIFICATE);
    become_store(&w);
    expect_certificate_of(day(2026, 9, 20));
    w.card_from = day(2026, 10, 1);
    assert_int_equal(deliver_certificate(&w), SBK_SW_OK);
}

static uint16_t deliver_signed(enum sbk_role role, const struct key *certified, const struct key *signer, bool notice) {
    size_t size = write_signer(&w, role, certified, data);

    size +=
        notice ? write_notice(&w, signer, SBK_NOTICE_STOP, 1, data + size) : write_identity(&w, signer, data + size);
    return send(&w, SBK_INS_DELIVER_RECORD, data, size);
}

static void signers(void **state) {
    (void)state;
    world_active(&w);
    w.identity.number = 2;
    assert_int_equal(deliver_signed(SBK_ROLE_GRANT_SIGNER, &w.grant, &w.grant, true), SBK_SW_SIGNATURE);
    assert_int_equal(deliver_signed(SBK_ROLE_LIST_SIGNER, &w.list, &w.grant, true), SBK_SW_SIGNATURE);
    assert_int_equal(deliver_signed(SBK_ROLE_LIST_SIGNER, &w.list, &w.list, false), SBK_SW_SIGNATURE);
    assert_int_equal(deliver_signed(SBK_ROLE_GRANT_SIGNER, &w.grant, &w.list, false), SBK_SW_SIGNATURE);
    assert_int_equal(deliver_signed(SBK_ROLE_CARD_CA, &w.grant, &w.grant, false), SBK_SW_SIGNATURE);
    w.identity.alias[7] ^= 1;
    assert_int_equal(deliver_signed(SBK_ROLE_LIST_SIGNER, &w.list, &w.list, true), SBK_SW_WRONG_CARD);
    assert_int_equal(deliver_signed(SBK_ROLE_GRANT_SIGNER, &w.grant, &w.grant, false), SBK_SW_WRONG_CARD);
    w.identity.alias[7] ^= 1;
    assert_int_equal(read_status(&w).stopped, 0);
    assert_int_equal(read_status(&w).identity, 1);
    assert_int_equal(deliver_signed(SBK_ROLE_LIST_SIGNER, &w.list, &w.list, true), SBK_SW_OK);
    assert_int_equal(deliver_signed(SBK_ROLE_GRANT_SIGNER, &w.grant, &w.grant, false), SBK_SW_OK);
}

static void malformed(void **state) {
    size_t size;

    (void)state;
    world_active(&w);
    size = write_signer(&w, SBK_ROLE_LIST_SIGNER, &w.list, data);
    size += write_notice(&w, &w.list, SBK_NOTICE_STOP, 1, data + size);
    data[179] = SBK_RECORD_MANDATE;
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size), SBK_SW_DATA);
    data[179] = SBK_RECORD_NOTICE;
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size + 1), SBK_SW_LENGTH);
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size - 1), SBK_SW_LENGTH);
    data[179] = SBK_RECORD_IDENTITY;
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size), SBK_SW_LENGTH);
    data[179] = SBK_RECORD_NOTICE;
    data[179 + 10] = 3; /* no such kind, but signed */
    sign_record(&w.list, data + 179, SBK_NOTICE_SIZE - SBK_SIGNATURE_SIZE);
    assert_int_equal(send(&w, SBK_INS_DELIVER_RECORD, data, size), SBK_SW_DATA);
    world_close(&w);
    assert_int_equal(deliver_notice(&w, SBK_NOTICE_STOP, 1), SBK_SW_NOT_ACTIVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_notices),
        cmocka_unit_test(notices_do_not_leap),
        cmocka_unit_test(a_reset_waits_for_the_holders_pin),
        cmocka_unit_test(a_stop_for_older_mandates_stops_nothing),
        cmocka_unit_test(pin_reset_waits_for_the_registrar),
        cmocka_unit_test(a_reset_frees_a_blocked_pin),
        cmocka_unit_test(set_pin_refusals),
        cmocka_unit_test(identity_records),
        cmocka_unit_test(certificates_are_renewed),
        cmocka_unit_test(renewed_certificates_are_checked),
        cmocka_unit_test(signers),
        cmocka_unit_test(malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
