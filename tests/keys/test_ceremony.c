/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of ceremonies: what is written is read back, the same words give the same script, and nothing else passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/ceremony.h"
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

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_compromise_is_honest),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_details),
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
