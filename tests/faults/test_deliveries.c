/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can go wrong between station, card and office: a station that dies between card and log, cards that take a record
 * and do not show it, answers that were altered, logs that say more than is so. Refused, harmless, logged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/cms.h"
#include "keys/crypto.h"
#include "keys/issuing.h"
#include "personalize/acknowledge.h"
#include "schema/numbers.h"
#include "schema/reason.h"
#include "tests/faults/delivering.h"

#include <string.h>

/* ---- at the card ---- */

/* Whatever a station's database says, the card judges: another card's record, one that it has, a forged one. */
static void the_card_refuses(void **state) {
    struct city_card *card = &city.cards[3];
    struct sbk_courier_taken taken;
    struct sbk_error error = {.reason = NULL};
    (void)state;
    for (int forged = 0; forged < 2; forged++) {
        const struct record own = mandate_of(card, 2);
        const struct record foreign = mandate_of(&city.cards[4], 3);
        struct sbk_statement *statement = NULL;
        carry(OTHER, 70, card, &own, 1, &taken);
        must(sbk_statement_begin(station(OTHER)->database,
                 "UPDATE parcel SET record = ?1, refused = 0 WHERE alias = ?2 AND kind = 2", &statement, &error),
            &error);
        uint8_t bytes[SBK_MANDATE_MAX];
        memcpy(bytes, forged ? own.bytes : foreign.bytes, own.size);
        bytes[AMOUNT_AT] ^= (uint8_t)forged;
        sbk_statement_bind_blob(statement, 1, bytes, own.size);
        sbk_statement_bind_blob(statement, 2, card->alias, SBK_ALIAS_SIZE);
        must(sbk_statement_run(&statement, &error), &error);
        const size_t before = logged(OTHER, SBK_LOG_REFUSED, card->alias, NULL);
        struct told told;
        for (size_t times = 1; times <= 3; times++) { /* a status word proves nothing */
            told = tap(OTHER, card);
            must(told.result, &told.error);
            assert_true(told.count == 1 && told.delivered[0].refused);
            assert_int_equal(told.status.mandate, 1);
            assert_int_equal(logged(OTHER, SBK_LOG_REFUSED, card->alias, NULL), before + times);
        }
        told = tap(OTHER, card);
        must(told.result, &told.error);
        assert_int_equal(told.count, 0);
        carry(OTHER, 71, card, &own, 1, &taken); /* until it comes anew */
        assert_int_equal(taken.kept, 1);
        told = tap(OTHER, card);
        must(told.result, &told.error);
        assert_int_equal(told.status.mandate, 2);
        card = &city.cards[4];
    }
}

/* ---- a station that dies ---- */

/* It gave the card a notice and died before its log said so: the next tap says it, there and elsewhere. */
static void a_notice_before_the_station_died(void **state) {
    struct city_card *card = &city.cards[5];
    const struct record notice = notice_of(card->alias, SBK_NOTICE_PIN_RESET, 3);
    const struct sbk_buffer *signer = &city.office.city.list_signer;
    const struct sbk_delivery delivery = {signer->data, signer->size, notice.bytes, notice.size};
    struct sbk_courier_taken taken;
    struct sbk_session *session = NULL;
    struct sbk_error error = {.reason = NULL};
    uint16_t status = 0;
    (void)state;
    carry(STORE, 80, card, &notice, 1, &taken);
    carry(OTHER, 80, card, &notice, 1, &taken);
    city_tap(&city, card, 0, false);
    must(sbk_session_open(&session, station(STORE), &city.transport, &error), &error);
    must(sbk_entitlement_deliver(&session->channel, &delivery, &status, &error), &error);
    assert_int_equal(status, SBK_SW_OK);
    sbk_session_close(&session);
    city_lift(&city);
    city_restart(&city, &city.stations[STORE]);
    assert_int_equal(logged(STORE, SBK_LOG_DELIVERED, card->alias, NULL), 0);
    for (size_t which = STORE; which <= OTHER; which++) {
        for (int again = 0; again < 2; again++) {
            const struct told told = tap(which, card);
            must(told.result, &told.error);
            assert_int_equal(told.count, 0);
            assert_int_equal(logged(which, SBK_LOG_DELIVERED, card->alias, NULL), 1);
        }
    }
    /* A station that comes late with an older one has nothing to tell. */
    const struct record older = notice_of(card->alias, SBK_NOTICE_PIN_RESET, 2);
    carry(REGISTRAR, 81, card, &older, 1, &taken);
    const struct told told = tap(REGISTRAR, card);
    must(told.result, &told.error);
    assert_int_equal(logged(REGISTRAR, SBK_LOG_DELIVERED, card->alias, NULL), 0);
}

/* ---- cards that lie ---- */

static uint8_t image_before[RIG_IMAGE_SIZE];
static unsigned lie_at;
static bool lie_flips;

/* As a card that says it took a command and forgets it; or as a reader that changes a bit of an answer. */
static sbk_result lying(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct city *of = context;
    const struct sbk_transport *rig = &of->rig.transport;
    const bool now = ++of->apdus == lie_at;
    if (now) {
        memcpy(image_before, rig_image(&of->rig), sizeof image_before);
    }
    const sbk_result result = rig->transmit(rig->context, command, size, response, room, received, error);
    if (now && lie_flips && *received > 0) {
        response[*received / 2] ^= 4;
    } else if (now) {
        memcpy(rig_image(&of->rig), image_before, sizeof image_before);
    }
    return result;
}

/* At every APDU of a tap with deliveries: the station says that it went wrong, or all that waited is on the card. */
static void lie_everywhere(struct city_card *card, bool flips, unsigned least) {
    static uint8_t fresh[RIG_IMAGE_SIZE];
    const struct record records[] = {mandate_of(card, 7), notice_of(card->alias, SBK_NOTICE_STOP, 6),
        notice_of(card->alias, SBK_NOTICE_PIN_RESET, 7)};
    struct sbk_courier_taken taken;
    unsigned caught = 0;
    unsigned last = 0;
    memcpy(fresh, card->image, sizeof fresh);
    lie_flips = flips;
    for (lie_at = 1; last == 0 || lie_at <= last; lie_at++) {
        struct told told = {.error = {.reason = ""}};
        struct sbk_session *session = NULL;
        struct sbk_transport liar = {.transmit = lying, .context = &city};
        struct sbk_error error = {.reason = NULL};
        memcpy(card->image, fresh, sizeof fresh);
        for (size_t which = STORE; which <= OTHER; which++) { /* nobody has seen it further on */
            must(sbk_database_run(station(which)->database, "DELETE FROM card", &error), &error);
        }
        must(sbk_database_run(station(OTHER)->database, "DELETE FROM parcel", &error), &error);
        must(sbk_database_run(
                 station(OTHER)->database, "UPDATE sale SET outcome = 5, alias = NULL WHERE outcome = 1", &error),
            &error);
        carry(OTHER, 90, card, records, 3, &taken);
        assert_int_equal(taken.kept, 3);
        city_tap(&city, card, 0, false);
        told.result = sbk_session_open(&session, station(OTHER), &liar, &told.error);
        told = finish_tap(&session, told);
        last = told.result == SBK_OK && city.apdus < lie_at ? lie_at : 0;
        caught += told.result != SBK_OK;
        const size_t left = waiting_at(OTHER);
        const struct told after = tap(STORE, card);
        must(after.result, &after.error);
        const struct sbk_status *status = &after.status;
        const unsigned has = (unsigned)(status->mandate == 7) + (unsigned)(status->stopped_up_to == 6) +
                             (unsigned)(status->reset_epoch == 7);
        if (has + left < 3) {
            fail_msg("lie at APDU %u: %u taken, %zu left, %s", lie_at, has, left, told.error.reason);
        }
    }
    assert_true(caught >= least);
}

static void a_card_that_forgets_what_it_took(void **state) {
    (void)state;
    lie_everywhere(&city.cards[6], false, 3); /* each of the three records */
}

static void answers_with_a_bit_changed(void **state) {
    (void)state;
    lie_everywhere(&city.cards[7], true, 8);
}

/* ---- a card's certificate, renewed elsewhere ---- */

/* A station remembers one of the card's that is no longer valid; the card has the next one. */
static void a_remembered_certificate_that_expired(void **state) {
    struct city_card *card = &city.cards[1];
    struct sbk_known_card known;
    struct sbk_certificate fields;
    struct sbk_error error = {.reason = NULL};
    const uint16_t today = sbk_clock_today(&city_clock);
    (void)state;
    struct told told = tap(STORE, card);
    must(told.result, &told.error);
    must(sbk_card_known(station(STORE), card->alias, &known, &error), &error);
    assert_int_equal(sbk_certificate_parse(known.certificate, known.certificate_size, &fields), SBK_FORMAT_OK);
    fields.effective = (uint16_t)(today - 20);
    fields.expiry = (uint16_t)(today - 1);
    must(sbk_issue_certificate(city.office.card_ca, &fields, known.certificate, &known.certificate_size, &error),
        &error);
    must(sbk_card_keep(station(STORE), card->alias, &known, &error), &error);
    told = tap(STORE, card);
    must(told.result, &told.error);
}

/* ---- sealed identity records ---- */

static struct record identity_of(const struct city_card *card, uint16_t number) {
    struct record record;
    struct sbk_identity identity = {.number = number, .valid_from = 20000, .valid_until = 30000, .name_size = 4};
    memcpy(identity.alias, card->alias, sizeof identity.alias);
    memcpy(identity.name, "Dewi", 4);
    assert_int_equal(sbk_card_number_make(64000000001, identity.card_number), SBK_FORMAT_OK);
    assert_int_equal(sbk_identity_write(&identity, record.bytes, sizeof record.bytes, &record.size), SBK_FORMAT_OK);
    return sign(city.office.grant_signer, record);
}

/* Encrypted to the registrar, as of this number. */
static void carry_sealed(const struct city_card *card, uint16_t number, const struct record *record, bool spoil) {
    struct sbk_parcel parcel = {.sealed = true, .number = number};
    struct sbk_buffer content = SBK_BUFFER_EMPTY, file = SBK_BUFFER_EMPTY, sealed = SBK_BUFFER_EMPTY;
    struct sbk_statement *statement = NULL;
    struct sbk_courier_taken taken;
    struct sbk_error error = {.reason = NULL};
    uint8_t bytes[SBK_PARCEL_MAX];
    size_t size = 0;
    bool row = false;
    must(sbk_statement_begin(station(REGISTRAR)->database, "SELECT x509 FROM installed", &statement, &error), &error);
    must(sbk_statement_step(statement, &row, &error), &error);
    const uint8_t *x509 = sbk_statement_blob(statement, 0, &size);
    must(sbk_cms_encrypt(x509, size, record->bytes, record->size, &sealed, &error), &error);
    sbk_statement_end(&statement);
    sealed.data[sealed.size - 3] ^= spoil;
    memcpy(parcel.alias, card->alias, sizeof parcel.alias);
    memcpy(parcel.terminal, station(REGISTRAR)->terminal, sizeof parcel.terminal);
    parcel.content = (struct sbk_bytes){sealed.data, sealed.size};
    assert_int_equal(sbk_courier_write_parcel(&parcel, bytes, sizeof bytes, &size), SBK_FORMAT_OK);
    begin_courier(&content, 95, 1);
    must(sbk_buffer_append(&content, bytes, size, &error), &error);
    seal(&content, &file);
    must(sbk_courier_take(station(REGISTRAR), file.data, file.size, &taken, &error), &error);
    assert_int_equal(taken.kept, 1);
    sbk_buffer_free(&file);
    sbk_buffer_free(&sealed);
}

/* An envelope that does not open, or holds something else than is said: three taps refuse it, the card sees nothing. */
static void what_is_in_an_envelope(void **state) {
    struct city_card *card = &city.cards[5];
    const struct record own = identity_of(card, 2);
    const struct record foreign = identity_of(&city.cards[4], 2);
    struct record forged = own;
    const struct record notice = notice_of(card->alias, SBK_NOTICE_PIN_RESET, 9);
    forged.bytes[SBK_IDENTITY_AT_NAME + 1] ^= 1;
    const struct {
        const char *name;
        const struct record *record;
        uint16_t number;
        bool spoil;
        const char *reason;
    } rows[] = {
        {"altered on the way", &own, 2, true, NULL},
        {"another card's", &foreign, 3, false, SBK_REASON_WRONG_CARD},
        {"another number than is said", &own, 4, false, SBK_REASON_WRONG_CARD},
        {"forged", &forged, 2, false, SBK_REASON_SIGNATURE},
        {"a notice", &notice, 6, false, SBK_REASON_FORMAT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sbk_error error = {.reason = NULL};
        const size_t before = logged(REGISTRAR, SBK_LOG_REFUSED, card->alias, rows[i].reason);
        must(sbk_database_run(station(REGISTRAR)->database, "DELETE FROM parcel", &error), &error);
        carry_sealed(card, rows[i].number, rows[i].record, rows[i].spoil);
        for (int times = 0; times < 4; times++) {
            const struct told told = tap(REGISTRAR, card);
            must(told.result, &told.error);
            assert_int_equal(told.count, 0);
            assert_int_equal(told.status.identity, 1);
        }
        if (logged(REGISTRAR, SBK_LOG_REFUSED, card->alias, rows[i].reason) != before + 3) {
            fail_msg("%s: not refused three times", rows[i].name);
        }
    }
    struct sbk_error error = {.reason = NULL};
    must(sbk_database_run(station(REGISTRAR)->database, "DELETE FROM parcel", &error), &error);
    carry_sealed(
        card, 2, &own, true); /* as one to a key that the station has changed since; the next takes its place */
    carry_sealed(card, 2, &own, false);
    const struct told told = tap(REGISTRAR, card);
    must(told.result, &told.error);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status.identity, 2);
    assert_int_equal(waiting_at(REGISTRAR), 0);
}

/* ---- logs that say more than is so ---- */

static uint32_t release(const struct city_card *card) {
    struct sbk_database *register_ = city.office.ledger;
    const struct sbk_mandate_change change = {.flags_set = SBK_MANDATE_PIN};
    struct sbk_city_card found;
    struct sbk_mandate next;
    struct sbk_error error = {.reason = NULL};
    must(sbk_cards_find(register_, card->word, &found, &error), &error);
    must(sbk_mandate_apply(register_, &found, &change, sbk_clock_today(&city_clock), &next, &error), &error);
    must(sbk_mandate_release(register_, city.office.grant_signer, &found, &next, &error), &error);
    return next.number;
}

/* Of the mandate as the office signed it. */
static void record_hash(const struct city_card *card, uint32_t number, uint8_t hash[SBK_HASH_SIZE]) {
    struct sbk_statement *statement = NULL;
    struct sbk_error error = {.reason = NULL};
    size_t size = 0;
    bool row = false;
    must(sbk_statement_begin(city.office.ledger,
             "SELECT record FROM mandate JOIN card ON card.id = mandate.card WHERE alias = ?1 AND mandate.number = ?2",
             &statement, &error),
        &error);
    sbk_statement_bind_blob(statement, 1, card->alias, SBK_ALIAS_SIZE);
    sbk_statement_bind_int(statement, 2, number);
    must(sbk_statement_step(statement, &row, &error), &error);
    assert_true(row);
    const uint8_t *record = sbk_statement_blob(statement, 0, &size);
    must(sbk_sha256(record, size, hash, &error), &error);
    sbk_statement_end(&statement);
}

static sbk_result note(void *context, const struct sbk_outstanding *card, struct sbk_error *error) {
    (void)error;
    if (memcmp(card->alias, city.cards[2].alias, SBK_ALIAS_SIZE) == 0) {
        *(struct sbk_outstanding *)context = *card;
    }
    return SBK_OK;
}

static struct sbk_acknowledged take_log(size_t which, struct sbk_outstanding *left) {
    struct sbk_acknowledged counts = {0};
    struct sbk_error error = {.reason = NULL};
    memset(left, 0, sizeof *left);
    must(sbk_acknowledge_log(city.office.ledger, station(which), &counts, &error), &error);
    must(sbk_outstanding_each(city.office.ledger, note, left, &error), &error);
    return counts;
}

static void append(size_t which, const struct sbk_receipt *receipt) {
    struct sbk_error error = {.reason = NULL};
    const uint8_t key[SBK_COMPRESSED_SIZE] = {2, 1};
    must(sbk_station_begin(station(which), &error), &error);
    must(sbk_log_append_receipt(station(which), SBK_LOG_CARRIED, receipt, key, NULL, &error), &error);
    must(sbk_station_commit(station(which), &error), &error);
}

/* An acknowledgement of an older mandate, another's, an altered one: the card's newest mandate is outstanding still. */
static void only_the_cards_own_word_counts(void **state) {
    struct city_card *card = &city.cards[2];
    const struct sbk_courier_parts parts = {.station_count = 0};
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_courier counts;
    struct sbk_courier_taken taken;
    struct sbk_outstanding left;
    struct sbk_session *session = NULL;
    struct sbk_receipt receipt;
    struct sbk_error error = {.reason = NULL};
    bool found = false;
    (void)state;
    assert_int_equal(release(card), 2);
    must(sbk_courier_pack(
             city.office.ledger, &city.office.city, city.office.city_key, &parts, WORLD_NOW, &counts, &file, &error),
        &error);
    must(sbk_courier_take(station(STORE), file.data, file.size, &taken, &error), &error);
    sbk_buffer_free(&file);
    struct told told = tap(STORE, card);
    must(told.result, &told.error);
    assert_int_equal(told.status.mandate, 2);
    city_tap(&city, card, 0, false);
    must(sbk_session_open(&session, station(OTHER), &city.transport, &error), &error);
    must(sbk_session_receipt(session, told.status.counter, &receipt, &found, &error), &error);
    sbk_session_close(&session);
    city_lift(&city);
    assert_int_equal(release(card), 3);
    assert_int_equal(take_log(STORE, &left).taken, 1);
    assert_int_equal(left.acknowledged, 2);
    assert_int_equal(left.mandate.number, 3);

    append(REGISTRAR, &receipt); /* replayed */
    const size_t foreign = take_log(REGISTRAR, &left).foreign;
    assert_int_equal(take_log(REGISTRAR, &left).known, 1);
    assert_int_equal(left.acknowledged, 2);
    receipt.entry.mandate = 3; /* altered */
    assert_int_equal(sbk_entry_write(&receipt.entry, receipt.body), SBK_FORMAT_OK);
    append(REGISTRAR, &receipt);
    record_hash(card, 3, receipt.entry.digest); /* forged: all of it right but the signature */
    assert_int_equal(sbk_entry_write(&receipt.entry, receipt.body), SBK_FORMAT_OK);
    append(REGISTRAR, &receipt);
    const struct record newest = mandate_of(card, 4); /* of a mandate that the office never made */
    must(sbk_sha256(newest.bytes, newest.size, receipt.entry.digest, &error), &error);
    receipt.entry.mandate = 4;
    assert_int_equal(sbk_entry_write(&receipt.entry, receipt.body), SBK_FORMAT_OK);
    append(REGISTRAR, &receipt);
    assert_int_equal(take_log(REGISTRAR, &left).foreign, foreign + 3);
    assert_int_equal(left.acknowledged, 2);
    assert_int_equal(left.mandate.number, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_card_refuses),
        cmocka_unit_test(a_notice_before_the_station_died),
        cmocka_unit_test(a_card_that_forgets_what_it_took),
        cmocka_unit_test(answers_with_a_bit_changed),
        cmocka_unit_test(what_is_in_an_envelope),
        cmocka_unit_test(only_the_cards_own_word_counts),
        cmocka_unit_test(a_remembered_certificate_that_expired),
    };
    return cmocka_run_group_tests(tests, city_begin, city_end);
}
