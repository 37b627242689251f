/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/batch_file.h"
#include "schema/reason.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CARDS 4

/* A batch opened at the bureau, with a card for each order. */
struct scene {
    struct world world;
    struct sbk_batch_info info;
    struct sbk_batch_file file;
    struct world_card cards[CARDS];
    const struct world_card *list[CARDS + 1];
};

static int open_all(void **state) {
    struct scene *scene = calloc(1, sizeof(*scene));

    world_open(&scene->world);
    *state = scene;
    return 0;
}

static int close_all(void **state) {
    struct scene *scene = *state;

    world_close(&scene->world);
    free(scene);
    return 0;
}

static int set_up(void **state) {
    struct scene *scene = *state;
    struct sbk_error error = {.reason = NULL};
    struct sbk_batch_card order;

    world_prepare(&scene->world, "batch", CARDS, &scene->info);
    if (sbk_batch_file_open(&scene->file, &scene->world.office, scene->world.bureau, world_path(&scene->world, "batch"),
            WORLD_NOW, &error) != SBK_OK) {
        fail_msg("%s", error.text);
    }
    struct sbk_reader cards = scene->file.cards;
    for (size_t i = 0; i < CARDS; i++) {
        assert_int_equal(sbk_batch_next(&cards, &order), SBK_FORMAT_OK);
        world_make_card(&scene->file.batch, &order, &scene->cards[i]);
        scene->list[i] = &scene->cards[i];
    }
    return 0;
}

static int tear_down(void **state) {
    static const char *const files[] = {"batch", NULL};
    struct scene *scene = *state;

    for (size_t i = 0; i < CARDS; i++) {
        world_free_card(&scene->cards[i]);
    }
    sbk_batch_file_close(&scene->file);
    world_clear(&scene->world, files);
    return 0;
}

/* Certifies the first count cards of the list. */
static sbk_result run(struct scene *scene, size_t count, struct sbk_reconciled *reconciled, struct sbk_buffer *out,
    struct sbk_error *error) {
    struct sbk_buffer report = SBK_BUFFER_EMPTY;

    world_report(&scene->world, &scene->info, scene->list, count, &report);
    const sbk_result result = world_certify(&scene->world, &report, reconciled, out, error);
    sbk_buffer_free(&report);
    return result;
}

/* Opens the city's file as a registrar does and checks the certificates of these cards. */
static void check_certificates(struct scene *scene, const struct sbk_buffer *file, size_t count) {
    const struct sbk_city *city = &scene->world.city;
    const struct sbk_cms_expected expected = {
        SBK_BUNDLE_CARD_CERTIFICATES, SBK_OFFICE_CITY, sbk_bytes_of(&city->office_ca), sbk_date_of_time(WORLD_NOW)};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_card_certificates head;
    struct sbk_certificate parsed;
    struct sbk_reader cards;
    struct sbk_bytes certificate;

    assert_int_equal(sbk_cms_verify(file->data, file->size, &expected, &content, NULL, NULL), SBK_OK);
    assert_int_equal(sbk_card_certificates_parse(content.data, content.size, &head, &cards), SBK_FORMAT_OK);
    assert_int_equal(head.info.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sbk_card_certificates_next(&cards, &certificate), SBK_FORMAT_OK);
        assert_int_equal(sbk_trust_verify(city->trust, certificate.data, certificate.size, SBK_ROLE_BIT(SBK_ROLE_CARD),
                             sbk_date_of_time(WORLD_NOW), &parsed, NULL),
            SBK_OK);
        assert_memory_equal(parsed.alias, scene->cards[i].statement.alias, SBK_ALIAS_SIZE);
        assert_memory_equal(parsed.signing_key, scene->cards[i].statement.signing_key, SBK_COMPRESSED_SIZE);
    }
    sbk_buffer_free(&content);
}

static void test_certificates(void **state) {
    struct scene *scene = *state;
    struct sbk_buffer first = SBK_BUFFER_EMPTY, again = SBK_BUFFER_EMPTY;
    struct sbk_reconciled reconciled;
    struct sbk_error error = {.reason = NULL};

    /* three of four: the missing one is named, the three are certified */
    assert_int_equal(run(scene, 3, &reconciled, &first, &error), SBK_OK);
    assert_int_equal(reconciled.made, 3);
    assert_int_equal(reconciled.added, 3);
    assert_int_equal(reconciled.missing_count, 1);
    assert_int_equal(reconciled.missing[0], 4);
    assert_string_equal(reconciled.bureau, "Percetakan Satu");
    sbk_reconciled_free(&reconciled);
    check_certificates(scene, &first, 3);
    sbk_buffer_free(&first);
    /* a later report, with what was reported before: only the new card is new */
    assert_int_equal(run(scene, 4, &reconciled, &again, &error), SBK_OK);
    assert_int_equal(reconciled.made, 4);
    assert_int_equal(reconciled.added, 1);
    assert_int_equal(reconciled.missing_count, 0);
    sbk_reconciled_free(&reconciled);
    check_certificates(scene, &again, 4);
    sbk_buffer_free(&again);
}

/* A report that must be refused for one reason, and must leave nothing behind. */
static void refuse(struct scene *scene, size_t count, const char *reason) {
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    struct sbk_reconciled reconciled;
    struct sbk_error error = {.reason = NULL};

    assert_int_equal(run(scene, count, &reconciled, &out, &error), SBK_TAMPERED);
    assert_string_equal(error.reason, SBK_REASON_RECONCILE);
    assert_int_equal(out.size, 0);
    assert_true(reconciled.mismatch_count >= 1);
    for (size_t i = 0; i < reconciled.mismatch_count; i++) {
        if (strcmp(reconciled.mismatches[i].reason, reason) != 0) {
            fail_msg("%s instead of %s: %s", reconciled.mismatches[i].reason, reason, reconciled.mismatches[i].text);
        }
    }
    sbk_reconciled_free(&reconciled);
    struct sbk_statement *row = NULL;
    bool there = false;
    assert_int_equal(sbk_statement_begin(scene->world.ledger, "SELECT 1 FROM chip", &row, NULL), SBK_OK);
    assert_int_equal(sbk_statement_step(row, &there, NULL), SBK_OK);
    sbk_statement_end(&row);
    assert_false(there);
}

static void test_statement(void **state) {
    struct scene *scene = *state;
    struct world_card *card = &scene->cards[1];
    const struct sbk_closing good = card->statement;
    struct sbk_reconciled reconciled;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    uint8_t *const fields[] = {card->statement.root_hash, card->statement.next_root_hash, card->statement.records_hash};

    /* each thing that a card says about itself, wrong by one bit and signed by the card all the same */
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        card->statement = good;
        fields[i][7] ^= 1;
        world_sign_card(card);
        refuse(scene, 3, "statement-invalid");
    }
    card->statement = good;
    card->statement.root_generation++;
    world_sign_card(card);
    refuse(scene, 3, "statement-invalid");
    card->statement = good;
    card->statement.serial[3] ^= 1; /* another serial than the report's: no report at all */
    world_sign_card(card);
    struct sbk_error error = {.reason = NULL};
    assert_int_equal(run(scene, 3, &reconciled, &out, &error), SBK_TAMPERED);
    assert_string_equal(error.reason, SBK_REASON_FORMAT);
    sbk_reconciled_free(&reconciled);
    card->statement = good;
    world_sign_card(card);
    card->bytes[SBK_STATEMENT_SIZE - 1] ^= 1; /* a signature that does not hold */
    refuse(scene, 3, "statement-invalid");
    world_sign_card(card);
    assert_int_equal(run(scene, 3, &reconciled, &out, NULL), SBK_OK); /* it was these changes */
    sbk_reconciled_free(&reconciled);
    sbk_buffer_free(&out);
}

static void test_serial_twice(void **state) {
    struct scene *scene = *state;

    memcpy(scene->cards[2].statement.serial, scene->cards[0].statement.serial, SBK_SERIAL_SIZE);
    memcpy(scene->cards[2].entry.serial, scene->cards[0].statement.serial, SBK_SERIAL_SIZE);
    world_sign_card(&scene->cards[2]);
    refuse(scene, 3, "serial-twice");
}

static void test_key_twice(void **state) {
    struct scene *scene = *state;
    struct sbk_closing *third = &scene->cards[2].statement;

    memcpy(third->agreement_key, scene->cards[0].statement.agreement_key, SBK_COMPRESSED_SIZE);
    world_sign_card(&scene->cards[2]);
    refuse(scene, 3, "key-twice");
    /* one card's signing key as another's agreement key */
    memcpy(third->agreement_key, scene->cards[0].statement.signing_key, SBK_COMPRESSED_SIZE);
    world_sign_card(&scene->cards[2]);
    refuse(scene, 3, "key-twice");
    memcpy(third->agreement_key, third->signing_key, SBK_COMPRESSED_SIZE);
    world_sign_card(&scene->cards[2]);
    refuse(scene, 3, "key-twice");
}

static void test_foreign(void **state) {
    struct scene *scene = *state;

    scene->cards[2].entry.alias[0] ^= 1;
    scene->cards[2].statement.alias[0] ^= 1;
    world_sign_card(&scene->cards[2]);
    refuse(scene, 3, "foreign-order");
    scene->cards[2].entry.alias[0] ^= 1;
    scene->cards[2].statement.alias[0] ^= 1;
    world_sign_card(&scene->cards[2]);
    scene->cards[2].entry.sequence = 4; /* another order's number */
    refuse(scene, 3, "foreign-order");
}

static void test_spoiled(void **state) {
    struct scene *scene = *state;
    struct world_card waste = scene->cards[0];
    struct sbk_reconciled reconciled;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;

    waste.entry.outcome = SBK_OUTCOME_SPOILED;
    waste.entry.statement = (struct sbk_bytes){NULL, 0};
    waste.entry.reason = (struct sbk_bytes){(const uint8_t *)"card-removed", 12};
    scene->list[0] = &waste;
    scene->list[1] = &scene->cards[0];
    refuse(scene, 2, "serial-spoiled"); /* the same chip both waste and made */
    waste.entry.serial[1] ^= 0x55;
    assert_int_equal(run(scene, 2, &reconciled, &out, NULL), SBK_OK);
    assert_int_equal(reconciled.spoiled, 1);
    assert_int_equal(reconciled.made, 1);
    sbk_reconciled_free(&reconciled);
    sbk_buffer_free(&out);
}

/* An order that has its chip gets no second one in a later report. */
static void test_order_twice(void **state) {
    struct scene *scene = *state;
    struct sbk_reconciled reconciled;
    struct sbk_buffer out = SBK_BUFFER_EMPTY;
    struct sbk_reader cards = scene->file.cards;
    struct sbk_batch_card order;
    struct world_card second;
    struct sbk_error error = {.reason = NULL};

    assert_int_equal(run(scene, 2, &reconciled, &out, NULL), SBK_OK);
    sbk_reconciled_free(&reconciled);
    sbk_buffer_free(&out);
    assert_int_equal(sbk_batch_next(&cards, &order), SBK_FORMAT_OK);
    world_make_card(&scene->file.batch, &order, &second);
    scene->list[0] = &second;
    assert_int_equal(run(scene, 2, &reconciled, &out, &error), SBK_TAMPERED);
    assert_int_equal(reconciled.mismatch_count, 1);
    assert_string_equal(reconciled.mismatches[0].reason, "order-twice");
    assert_int_equal(reconciled.mismatches[0].sequence, 1);
    sbk_reconciled_free(&reconciled);
    sbk_buffer_free(&out);
    world_free_card(&second);
}

static void test_other_files(void **state) {
    struct scene *scene = *state;
    struct sbk_reconciled reconciled;
    struct sbk_buffer report = SBK_BUFFER_EMPTY, out = SBK_BUFFER_EMPTY;
    struct sbk_batch_info other = scene->info;
    struct sbk_error error = {.reason = NULL};

    /* a batch that the city never made */
    other.id[0] ^= 1;
    world_report(&scene->world, &other, scene->list, 1, &report);
    assert_int_equal(world_certify(&scene->world, &report, &reconciled, &out, &error), SBK_TAMPERED);
    assert_string_equal(error.reason, SBK_REASON_RECONCILE);
    sbk_reconciled_free(&reconciled);
    /* one bit of the report, anywhere in its second half */
    sbk_buffer_reset(&report);
    world_report(&scene->world, &scene->info, scene->list, 1, &report);
    for (size_t at = report.size / 2; at < report.size; at += 97) {
        report.data[at] ^= 0x10;
        assert_int_equal(world_certify(&scene->world, &report, &reconciled, &out, &error), SBK_TAMPERED);
        sbk_reconciled_free(&reconciled);
        report.data[at] ^= 0x10;
    }
    /* nothing was made */
    sbk_buffer_reset(&report);
    world_report(&scene->world, &scene->info, scene->list, 0, &report);
    assert_int_equal(world_certify(&scene->world, &report, &reconciled, &out, &error), SBK_REFUSED);
    assert_int_equal(reconciled.missing_count, CARDS);
    sbk_reconciled_free(&reconciled);
    sbk_buffer_free(&report);
    sbk_buffer_free(&out);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_certificates),
        CASE(test_statement),
        CASE(test_serial_twice),
        CASE(test_key_twice),
        CASE(test_foreign),
        CASE(test_spoiled),
        CASE(test_order_twice),
        CASE(test_other_files),
    };
    return cmocka_run_group_tests_name("personalize/certify", tests, open_all, close_all);
}
