/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of ceremonies: what is written is read back, the same words give the same script, and nothing else passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/ceremony_compare.h"
#include "keys/crypto.h"
#include "tests/keys/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(struct ceremony_details *details, enum ceremony_field field, const char *value) {
    (void)snprintf(details->values[field], sizeof details->values[field], "%s", value);
}

static struct ceremony_details details_of(enum ceremony_kind kind, const char *role) {
    struct ceremony_details details = {.values = {{0}}};
    set(&details, CEREMONY_KIND, ceremony_kind_word(kind));
    set(&details, CEREMONY_DATE, "2026-11-25");
    set(&details, CEREMONY_PLACE, "Balai Kota");
    set(&details, CEREMONY_STORE, "city");
    set(&details, CEREMONY_FILES, "stick");
    set(&details, CEREMONY_SIGNER, "city");
    set(&details, CEREMONY_LANGUAGE, "en");
    set(&details, CEREMONY_VERSION, "0.1.0");
    set(&details, CEREMONY_MASTER, "Sri Wahyuni");
    set(&details, CEREMONY_OFFICER, "Budi Santoso");
    set(&details, CEREMONY_OFFICER + 1, "Citra N\xC3\xA9ng");
    set(&details, CEREMONY_WITNESS, "Dewi");
    set(&details, CEREMONY_ROLE, role);
    return details;
}

static bool is(const char *one, const char *other) {
    return strcmp(one, other) == 0;
}

/* Details of every shape of script. */
static struct ceremony_details sample(size_t which) {
    static const char *const lost[] = {"root", "station-ca", "card-ca", "grant-signer", "list-signer", "office-ca",
        "city", "transport", "root-share", "grant-signer-share", "station"};
    static const struct {
        enum ceremony_kind kind;
        const char *role;
    } others[] = {{CEREMONY_FIRST_ROOT, ""}, {CEREMONY_SUCCESSION, ""}, {CEREMONY_INTERMEDIATE, "station-ca"},
        {CEREMONY_INTERMEDIATE, "city"}, {CEREMONY_TRANSPORT, ""}, {CEREMONY_SHARES, "root"},
        {CEREMONY_SHARES, "grant-signer"}};
    const size_t count = sizeof others / sizeof others[0];
    const bool compromise = which >= count;
    const char *role = compromise ? lost[which - count] : others[which].role;
    struct ceremony_details details = details_of(compromise ? CEREMONY_COMPROMISE : others[which].kind, role);
    const bool first = details.values[CEREMONY_KIND][0] == 'f';
    const bool root = is(role, "root") && compromise;
    const bool share = ceremony_shared_role(role) != NULL || is(details.values[CEREMONY_KIND], "shares");
    const bool signs = root || is(details.values[CEREMONY_KIND], "succession") || strstr(role, "-ca") != NULL ||
                       (strstr(role, "-signer") != NULL && !share);
    if (!first && !is(role, "station")) {
        set(&details, CEREMONY_GENERATION, "2");
    }
    if (signs || is(role, "root-share")) {
        set(&details, CEREMONY_ROOT, "vault");
    }
    if (first || root || is(details.values[CEREMONY_KIND], "succession")) {
        set(&details, CEREMONY_NEXT, "vault-2");
    }
    if (share || first) {
        set(&details, CEREMONY_QUORUM, "2/2");
    }
    if (root) {
        set(&details, CEREMONY_OLD_UNTIL, "0");
    } else if (is(details.values[CEREMONY_KIND], "succession")) {
        set(&details, CEREMONY_OLD_UNTIL, "2027-03-31");
    }
    if (is(role, "station")) {
        set(&details, CEREMONY_TERMINAL, "EW01-A");
    }
    if (signs && !is(role, "grant-signer")) {
        set(&details, CEREMONY_AIR_GAP, "yes");
        set(&details, CEREMONY_QR, "yes");
    }
    return details;
}
#define SAMPLES 18

static struct sbk_buffer written(const struct ceremony_details *details) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    CHECK_OK(ceremony_write(details, &text, E));
    return text;
}

static void test_written_is_read(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct ceremony_details details = sample(i);
        struct sbk_buffer text = written(&details);
        struct sbk_buffer again = written(&details);
        struct sbk_buffer pages = SBK_BUFFER_EMPTY;
        struct sbk_buffer other = SBK_BUFFER_EMPTY;
        struct ceremony_plan *plan = NULL;
        CHECK_OK(ceremony_plan_read(text.data, text.size, &plan, E));
        assert_memory_equal(&plan->details, &details, sizeof details);
        assert_true(plan->step_count >= 5);
        assert_int_equal(plan->steps[0].checks[0].kind, CEREMONY_CHECK_PLAN);
        assert_int_equal(again.size, text.size);
        assert_memory_equal(again.data, text.data, text.size);
        CHECK_OK(ceremony_print(plan, &pages, E));
        CHECK_OK(ceremony_print(plan, &other, E));
        assert_memory_equal(pages.data, "%PDF-", 5);
        assert_int_equal(pages.size, other.size);
        assert_memory_equal(pages.data, other.data, pages.size);
        ceremony_plan_free(&plan);
        sbk_buffer_free(&other);
        sbk_buffer_free(&pages);
        sbk_buffer_free(&again);
        sbk_buffer_free(&text);
    }
}

/* Whatever is in other people's hands: the script says what offline means. */
static void test_compromise_is_honest(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct ceremony_details details = sample(i);
        struct sbk_buffer text = written(&details);
        const char *string = NULL;
        CHECK_OK(sbk_buffer_text(&text, &string, E));
        if (is(details.values[CEREMONY_KIND], "compromise")) {
            const bool share = ceremony_shared_role(details.values[CEREMONY_ROLE]) != NULL;
            assert_non_null(strstr(string, share ? "the old shares still work" : "ffline nothing is cut off at once"));
        }
        sbk_buffer_free(&text);
    }
}

static void check_refused(const void *text, size_t size, const char *why) {
    struct ceremony_plan *plan = NULL;
    struct sbk_error error;
    const sbk_result result = ceremony_plan_read(text, size, &plan, &error);
    if (result != SBK_TAMPERED) {
        fail_msg("taken (%d): %s", result, why);
    }
}

static void test_every_byte_counts(void **state) {
    const struct ceremony_details details = sample(0);
    struct sbk_buffer text = written(&details);
    (void)state;
    for (size_t i = 0; i < text.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            text.data[i] ^= (uint8_t)(1 << bit);
            check_refused(text.data, text.size, "a bit flipped");
            text.data[i] ^= (uint8_t)(1 << bit);
        }
        check_refused(text.data, i, "cut");
    }
    sbk_buffer_free(&text);
}

/* The text with the hash that fits it. */
static void rehash(char *text) {
    uint8_t hash[SBK_HASH_SIZE];
    char groups[SBK_FINGERPRINT_ROOM];
    char *last = strrchr(text, '`');
    last[0] = 0;
    last = strrchr(text, '`');
    CHECK_OK(sbk_sha256(text, (size_t)(last - text), hash, E));
    sbk_fingerprint_text(hash, groups);
    (void)snprintf(last, sizeof groups + 4, "`%s`\n", groups);
}

/* Changes that keep the hash right are refused by form; one that keeps the form is another plan, with another hash. */
static void test_form(void **state) {
    static const struct {
        const char *from, *to;
        bool good;
    } changes[] = {
        {"Balai Kota", "Balai Raya", true},
        {"## 2. ", "## 3. ", false},
        {"## 2. ", "##  2. ", false},
        {"**MC, W1**", "**W1, MC**", false},
        {"**MC, W1**", "**MC, W2**", false},
        {"**MC, W1**", "**MC**", false},
        {"**MC, W1**", "****", false},
        {"- `anchor 1`", "- `anchor 0`", false},
        {"- `anchor 1`", "- `anchor 128`", false},
        {"- `anchor 1`", "- `anchor 1 `", false},
        {"- `anchor 1`", "- `anker 1`", false},
        {"- `anchor 1`", "- anchor 1", false},
        {"- `key store/next-root root 2`", "- `key elsewhere root 2`", false},
        {"- `key store/next-root root 2`", "- `key store boss 2`", false},
        {"| MC | W1 | HH:MM |", "| MC | HH:MM |", false},
        {"|   |   |   |", "| X |   |   |", false},
        {"| `store` |", "| `shop` |", false},
        {"| `store` |", "| `kind` |", false},
        {"| city | `store` |", "| a b | `store` |", false},
        {"| city | `store` |", "| $(id) | `store` |", false},
        {"first-root", "second-root", false},
        {"| `place` |\n", "| `place` |\n| Role | city | `role` |\n", false},
        {"Budi Santoso", "Sri Wahyuni", false},
        {"| 2/2 |", "| 3/2 |", false},
        {"| 2/2 |", "| 2/3 |", false},
        {"---\n\nThe hash", "---\nThe hash", false},
        {"    sembako-keys init", "    \tsembako-keys init", false},
        {"\n\n**MC, W1**", "\n\n\n**MC, W1**", false},
        {"| Kind |", "|Kind |", false},
    };
    const struct ceremony_details details = sample(0);
    struct sbk_buffer text = written(&details);
    const char *string = NULL;
    (void)state;
    CHECK_OK(sbk_buffer_text(&text, &string, E));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const size_t room = text.size + 200;
        char *changed = malloc(room);
        const char *at = strstr(string, changes[i].from);
        struct ceremony_plan *plan = NULL;
        assert_non_null(changed);
        assert_non_null(at);
        (void)snprintf(
            changed, room, "%.*s%s%s", (int)(at - string), string, changes[i].to, at + strlen(changes[i].from));
        rehash(changed);
        if (changes[i].good) {
            CHECK_OK(ceremony_plan_read(changed, strlen(changed), &plan, E));
            ceremony_plan_free(&plan);
        } else {
            check_refused(changed, strlen(changed), changes[i].to);
        }
        free(changed);
    }
    sbk_buffer_free(&text);
}

/* What a plan is made of: every detail that a kind needs left out, and every one that it has no use for given. */
static void test_details(void **state) {
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t field = 0; field < CEREMONY_FIELDS; field++) {
            struct ceremony_details details = sample(i);
            const bool optional = field == CEREMONY_PLACE || field == CEREMONY_AIR_GAP || field == CEREMONY_QR ||
                                  (field == CEREMONY_QUORUM && is(details.values[CEREMONY_KIND], "first-root")) ||
                                  (field == CEREMONY_ROOT && is(details.values[CEREMONY_ROLE], "root-share"));
            if (details.values[field][0] == 0) {
                continue;
            }
            details.values[field][0] = 0;
            if (field == CEREMONY_AIR_GAP) {
                details.values[CEREMONY_QR][0] = 0;
            }
            assert_int_equal(ceremony_details_check(&details, NULL), optional ? SBK_OK : SBK_USAGE);
        }
    }
    static const struct {
        enum ceremony_field field;
        const char *value;
    } wrong[] = {{CEREMONY_STORE, "a b"}, {CEREMONY_STORE, "a;b"}, {CEREMONY_STORE, "-a"}, {CEREMONY_STORE, "a/"},
        {CEREMONY_DATE, "2026-02-30"}, {CEREMONY_PLACE, "a|b"}, {CEREMONY_PLACE, " a"}, {CEREMONY_PLACE, "a\n"},
        {CEREMONY_MASTER, "a`b"}, {CEREMONY_MASTER, "\xC3"}, {CEREMONY_SIGNER, "transport"}, {CEREMONY_LANGUAGE, "de"},
        {CEREMONY_GENERATION, "0"}, {CEREMONY_GENERATION, "127"}, {CEREMONY_GENERATION, "02"}, {CEREMONY_QUORUM, "1/2"},
        {CEREMONY_QUORUM, "2/10"}, {CEREMONY_QUORUM, "2"}, {CEREMONY_TERMINAL, "EW01"}, {CEREMONY_ROLE, "boss"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ceremony_details details = sample(5);
        CHECK_OK(ceremony_details_check(&details, E));
        set(&details, wrong[i].field, wrong[i].value);
        assert_int_equal(ceremony_details_check(&details, NULL), SBK_USAGE);
    }
}

/* ---- records and transcripts ---- */

#define BEGUN 1791162000u /* 2026-10-05 09:00 WITA */

/* A value that a check may have. */
static void value_of(
    const struct ceremony_plan *plan, const struct ceremony_check *check, struct ceremony_value *value) {
    memset(value, 0, sizeof *value);
    memset(value->point, 7, sizeof value->point);
    memset(value->next, 8, sizeof value->next);
    CHECK_OK(sbk_point_hash(value->point, value->fingerprint, E));
    memcpy(value->hash, plan->hash, sizeof value->hash);
    value->generation = check->generation != 0 ? check->generation : 1;
    value->size = 2331;
    value->needed = 2;
    value->of = 3;
    (void)snprintf(value->note, sizeof value->note, "kantong 123 \xE2\x80\x94 utuh");
}

static void add_people(char *line, size_t room, uint16_t who) {
    for (size_t person = 0; person < CEREMONY_PEOPLE; person++) {
        const size_t size = strlen(line);
        if ((who & 1u << person) != 0) {
            (void)snprintf(
                line + size, room - size, " %s=%c%c", ceremony_person_word(person), 'A', (int)('A' + (int)person));
        }
    }
}

static void add_step(struct ceremony_file *file, size_t number, uint32_t time) {
    const struct ceremony_step *step = &file->plan->steps[number - 1];
    char line[CEREMONY_RECORD_LINE_MAX];
    (void)snprintf(line, sizeof line, "step %zu", number);
    add_people(line, sizeof line, step->who);
    for (size_t i = 0; i < step->check_count; i++) {
        struct ceremony_value value;
        char text[CEREMONY_VALUE_TEXT_MAX + 1];
        const size_t size = strlen(line);
        value_of(file->plan, &step->checks[i], &value);
        ceremony_value_write(&step->checks[i], &value, text);
        (void)snprintf(line + size, sizeof line - size, " | %.*s = %s", (int)step->checks[i].words.size,
            step->checks[i].words.data, text);
    }
    CHECK_OK(ceremony_file_add(file, time, line, E));
}

static struct ceremony_plan *plan_of(size_t which) {
    const struct ceremony_details details = sample(which);
    struct sbk_buffer text = written(&details);
    struct ceremony_plan *plan = NULL;
    CHECK_OK(ceremony_plan_read(text.data, text.size, &plan, E));
    sbk_buffer_free(&text);
    return plan;
}

/* A ceremony down to its last step, with an exception and an interruption on the way. */
static void hold(struct ceremony_file *file, const struct ceremony_plan *plan, const char *path) {
    CHECK_OK(ceremony_file_open(file, plan, path, BEGUN, E));
    for (size_t number = 1; number <= plan->step_count; number++) {
        add_step(file, number, BEGUN + (uint32_t)number);
        if (number == 2) {
            CHECK_OK(ceremony_file_add(file, BEGUN + 2, "exception 3 MC=AA | listrik padam", E));
            ceremony_file_close(file);
            CHECK_OK(ceremony_file_open(file, plan, path, BEGUN + 2, E));
            assert_true(file->resumed);
            assert_int_equal(file->state.steps, 2);
            CHECK_OK(ceremony_file_add(file, BEGUN + 2, "resume 3", E));
        }
    }
}

static bool record_good(const struct ceremony_plan *plan, const void *data, size_t size) {
    struct ceremony_state state;
    const struct ceremony_text text = {data, size};
    struct sbk_error error;
    return ceremony_record_read(plan, text, &state, NULL, NULL, &error) == SBK_OK;
}

/* Every bit of a record, every line taken out, doubled or exchanged with the next; of every kind of script. */
static void test_every_bit_of_a_record(void **state) {
    (void)state;
    for (size_t which = 0; which < SAMPLES; which += 3) {
        char *folder = fixture_folder();
        char *path = fixture_path(folder, "record");
        struct ceremony_plan *plan = plan_of(which);
        struct ceremony_file file;
        hold(&file, plan, path);
        assert_true(record_good(plan, file.text.data, file.text.size));
        for (size_t i = 0; i < file.text.size; i++) {
            const int bits = which == 0 ? 8 : 1;
            for (int bit = 0; bit < bits; bit++) {
                file.text.data[i] ^= (uint8_t)(1 << bit);
                assert_false(record_good(plan, file.text.data, file.text.size));
                file.text.data[i] ^= (uint8_t)(1 << bit);
            }
        }
        ceremony_file_close(&file);
        ceremony_plan_free(&plan);
        free(path);
        fixture_remove(folder);
    }
}

/* What the chain allows and the plan does not: lines that fit the one before, in another order or with other content. */
static void test_lines_that_do_not_fit(void **state) {
    static const char *const wrong[] = {"step 1 MC=AA KO1=AB KO2=AC W1=AJ", "step 2 MC=AA W1=AK", "step 2 W1=AK MC=AA",
        "step 2 MC=AA", "step 2 MC=AA W1=AA", "step 2 MC=AA W1=AK | absent city = absent", "step 3 MC=AA KO1=AB KO2=AC",
        "step 02 MC=AA W1=AK", "resume 1", "resume 3", "exception 1 MC=AA | x", "exception 2 MC=AA | ",
        "exception 2 MC=AA | a|b", "exception 2 W2=XX | x", "exception 2 MC=A1 | x", "begin first-root",
        "abort 2 MC=AA", "end 10 city 1 00", "nonsense", "",
        "step 2 MC=AA W1=AK | absent city = absent | absent vault-2 = there",
        "step 2 MC=AA W1=AK | absent city = absent | absent vault-2 = absent | note = x"};
    char *folder = fixture_folder();
    char *path = fixture_path(folder, "record");
    struct ceremony_plan *plan = plan_of(0);
    struct ceremony_file file;
    (void)state;
    CHECK_OK(ceremony_file_open(&file, plan, path, BEGUN, E));
    add_step(&file, 1, BEGUN);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const size_t before = file.text.size;
        CHECK_FAILS(ceremony_file_add(&file, BEGUN, wrong[i], E), SBK_TAMPERED, "chain-broken");
        assert_int_equal(file.text.size, before);
    }
    CHECK_FAILS(ceremony_file_add(&file, BEGUN - 1, "resume 2", E), SBK_REFUSED, "time-not-valid");
    add_step(&file, 2, BEGUN);
    CHECK_OK(ceremony_file_add(&file, BEGUN, "abort 3 MC=AA | sudah cukup", E));
    CHECK_FAILS(ceremony_file_add(&file, BEGUN, "resume 3", E), SBK_TAMPERED, "chain-broken");
    ceremony_file_close(&file);
    ceremony_plan_free(&plan);
    free(path);
    fixture_remove(folder);
}

static bool transcript_good(const struct ceremony_beside *beside, const uint8_t *data, size_t size) {
    struct ceremony_transcript transcript;
    enum ceremony_finding finding = CEREMONY_OTHER;
    struct sbk_error error;
    if (ceremony_transcript_open(data, size, &transcript, &error) != SBK_OK) {
        return false;
    }
    const sbk_result result = ceremony_judge_signer(beside, &transcript, &finding, &error);
    ceremony_transcript_free(&transcript);
    return result == SBK_OK && finding == CEREMONY_SAME;
}

/* Every byte of a signed transcript, and every length. */
static void every_byte_of(uint8_t role) {
    char *folder = fixture_folder();
    char *record = fixture_path(folder, "record");
    char *path = fixture_city(folder);
    struct ceremony_plan *plan = plan_of(4);
    struct ceremony_file file;
    struct sbk_store *store = NULL;
    struct sbk_city city;
    struct sbk_buffer cms = SBK_BUFFER_EMPTY;
    CHECK_OK(sbk_store_open(&store, path, false, E));
    CHECK_OK(sbk_city_load(store, fixture_today(), &city, E));
    struct sbk_key *key = fixture_key(store, role);
    const struct ceremony_beside beside = {
        .store = store, .anchor = &city.anchor, .office_cas = {sbk_bytes_of(&city.office_ca)}, .office_ca_count = 1};
    struct ceremony_plan *other = plan;
    if (role != SBK_KEY_CITY) {
        struct ceremony_details details = sample(4);
        set(&details, CEREMONY_SIGNER, sbk_key_role_word(role));
        struct sbk_buffer text = written(&details);
        CHECK_OK(ceremony_plan_read(text.data, text.size, &other, E));
        sbk_buffer_free(&text);
        ceremony_plan_free(&plan);
    }
    hold(&file, other, record);
    CHECK_OK(ceremony_end(&file, BEGUN + 100, key, E));
    CHECK_OK(ceremony_sign(&file, store, key, &cms, E));
    assert_true(transcript_good(&beside, cms.data, cms.size));
    size_t altered = 0;
    for (size_t i = 0; i < cms.size; i++) {
        cms.data[i] ^= 1;
        if (transcript_good(&beside, cms.data, cms.size)) {
            print_message("# byte %zu of %zu may be another\n", i, cms.size);
            altered++;
        }
        cms.data[i] ^= 1;
    }
    assert_int_equal(altered, 0);
    for (size_t size = 0; size < cms.size; size += 13) {
        assert_false(transcript_good(&beside, cms.data, size));
    }
    sbk_buffer_free(&cms);
    ceremony_file_close(&file);
    ceremony_plan_free(&other);
    sbk_key_close(&key);
    sbk_city_free(&city);
    sbk_store_close(&store);
    free(path);
    free(record);
    fixture_remove(folder);
}

static void test_every_byte_of_a_transcript(void **state) {
    (void)state;
    every_byte_of(SBK_KEY_CITY);
    every_byte_of(SBK_KEY_GRANT_SIGNER);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_compromise_is_honest),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_every_bit_of_a_record),
        cmocka_unit_test(test_lines_that_do_not_fit),
        cmocka_unit_test(test_every_byte_of_a_transcript),
    };
    if (argc == 2) { /* writes the corpus of the fuzz target into a folder */
        for (size_t i = 0; i < SAMPLES; i += 4) {
            char name[32];
            const struct ceremony_details details = sample(i);
            struct sbk_buffer text = written(&details);
            (void)snprintf(name, sizeof name, "plan-%zu", i);
            char *path = fixture_path(argv[1], name);
            fixture_write(path, text.data, text.size);
            free(path);
            sbk_buffer_free(&text);
        }
        return 0;
    }
    return cmocka_run_group_tests_name("keys/ceremony", tests, NULL, NULL);
}
