/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "keys/hotlists.h"
#include "keys/issued.h"
#include "keys/program_root.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* ---- root succeed: the office's side, with the root's if it is at hand ---- */

#define WITHOUT_MAX 64

struct succeeding {
    struct sbk_succession asked;
    struct sbk_key_name without[WITHOUT_MAX];
};

/* "station-ca=1" */
static sbk_result read_name(
    const struct cli_call *call, const char *text, struct sbk_key_name *name, struct sbk_error *error) {
    const char *equals = strchr(text, '=');
    char word[20];
    char *end = NULL;
    const size_t length = equals != NULL ? (size_t)(equals - text) : 0;
    if (length > 0 && length < sizeof word) {
        memcpy(word, text, length);
        word[length] = 0;
        name->role = sbk_key_role_of(word);
        const unsigned long number = equals[1] >= '1' && equals[1] <= '9' ? strtoul(equals + 1, &end, 10) : 0;
        if (name->role >= SBK_KEY_STATION_CA && name->role <= SBK_KEY_LIST_SIGNER && number >= 1 && number <= 127 &&
            *end == 0) {
            name->generation = (uint8_t)number;
            return SBK_OK;
        }
    }
    return cli_usage(call, error, _("'%s': write ROLE=GENERATION, such as station-ca=1"), text);
}

static sbk_result read_succession(struct cli_call *call, struct succeeding *succeeding, struct sbk_error *error) {
    const size_t count = cli_count(call, "without");
    sbk_result result = SBK_OK;
    *succeeding = (struct succeeding){.asked = {.without = succeeding->without}};
    if (count > WITHOUT_MAX) {
        return cli_usage(call, error, _("at most %u --without"), WITHOUT_MAX);
    }
    for (; succeeding->asked.without_count < count && result == SBK_OK; succeeding->asked.without_count++) {
        result = read_name(call, cli_value_at(call, "without", succeeding->asked.without_count),
            &succeeding->without[succeeding->asked.without_count], error);
    }
    if (result != SBK_OK) {
        return result;
    }
    if (cli_given(call, "old-until") == cli_given(call, "compromised")) {
        return cli_usage(call, error,
            _("give either --old-until DATE, the last day on which the present root counts, or --compromised"));
    }
    return cli_day(call, "old-until", &succeeding->asked.old_until, error);
}

static sbk_result leave_out(void *context, uint8_t role, uint8_t generation, struct sbk_error *error) {
    struct succeeding *succeeding = context;
    (void)error;
    if (succeeding->asked.without_count < WITHOUT_MAX) {
        succeeding->without[succeeding->asked.without_count++] = (struct sbk_key_name){role, generation};
    }
    return SBK_OK;
}

/* What the officers distrust needs no word more. */
static sbk_result leave_out_distrusted(
    const struct sbk_store *store, struct succeeding *succeeding, struct sbk_error *error) {
    struct sbk_database *database = NULL;
    if (!issued_exists(store)) {
        return SBK_OK;
    }
    sbk_result result = issued_open(store, false, &database, error);
    if (result == SBK_OK) {
        result = hotlists_each_distrusted(database, leave_out, succeeding, error);
    }
    sbk_database_close(&database);
    return result;
}

/* The words for the quorum of the root that is made, if one is. */
static sbk_result check_quorum(struct cli_call *call, bool made, struct sbk_error *error) {
    if (!made && (cli_given(call, "quorum") || cli_given(call, "officer"))) {
        return cli_usage(call, error, _("no root is made here: leave out --quorum and --officer"));
    }
    return ask_quorums_check(call, error);
}

/* The next root answers at once. What is there is opened before anything is made. */
static sbk_result succeed_here(
    struct cli_call *call, struct sbk_store *store, const struct sbk_succession *asked, struct sbk_error *error) {
    struct sbk_key *root = NULL;
    struct sbk_key *city_key = NULL;
    struct sbk_key_info next;
    struct sbk_quorum quorum;
    struct sbk_root_request request;
    struct sbk_root_answer answer;
    uint8_t generation = 0;
    sbk_result result = sbk_city_in_use(store, SBK_KEY_ROOT, sbk_clock_today(call->clock), &generation, error);
    if (result == SBK_OK) {
        result = program_root_key(call, store, (uint8_t)(generation + 1), &root, &quorum, error);
    }
    if (result == SBK_OK) {
        result = program_key(call, store, SBK_KEY_CITY, &city_key, error);
    }
    if (result == SBK_OK) {
        result = sbk_succession_ask(store, asked, call->clock, &request, error);
    }
    if (result == SBK_OK) {
        result = program_next_root(call, (uint8_t)(generation + 2), &quorum, &next, error);
    }
    if (result == SBK_OK) {
        result = sbk_root_answer(root, &next, &request, &answer, error);
    }
    if (result == SBK_OK) {
        result = program_take_answer(call, store, &answer, city_key, error);
    }
    sbk_key_close(&root);
    sbk_key_close(&city_key);
    return result;
}

sbk_result cmd_root_succeed(struct cli_call *call, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_root_request request;
    struct succeeding succeeding;
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_succession(call, &succeeding, error);
    }
    if (result == SBK_OK && cli_given(call, "out") && (cli_given(call, "next") || cli_given(call, "root"))) {
        result = cli_usage(call, error, _("with --out the root answers elsewhere: leave out --root and --next"));
    }
    if (result == SBK_OK) {
        result = check_quorum(call, !cli_given(call, "out"), error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &store, error);
    }
    if (result == SBK_OK) {
        result = leave_out_distrusted(store, &succeeding, error);
    }
    if (result == SBK_OK && !cli_given(call, "out")) {
        result = succeed_here(call, store, &succeeding.asked, error);
    } else if (result == SBK_OK) {
        result = sbk_succession_ask(store, &succeeding.asked, call->clock, &request, error);
        if (result == SBK_OK) {
            result = program_say_request(call, &request, error);
        }
        if (result == SBK_OK) {
            result = program_request_out(call, &request, error);
        }
    }
    sbk_store_close(&store);
    return result;
}

/* ---- root certify: the root's side ---- */

/* Digits and letters of two check values, whatever stands between them. */
static bool same_check(const char *left, const char *right) {
    for (;;) {
        left += strspn(left, " -");
        right += strspn(right, " -");
        const int a = *left >= 'a' && *left <= 'f' ? *left - 'a' + 'A' : *left;
        const int b = *right >= 'a' && *right <= 'f' ? *right - 'a' + 'A' : *right;
        if (a != b || a == 0) {
            return a == b;
        }
        left++;
        right++;
    }
}

static sbk_result read_request(struct cli_call *call, struct sbk_root_request *request, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    char check[SBK_CHECK_VALUE_ROOM];
    const char *path = cli_value(call, "request");
    const char *expected = cli_value(call, "check");
    sbk_result result = program_read(path, SBK_ROOT_REQUEST_MAX, &bytes, error);
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_root_request_parse(bytes.data, bytes.size, request);
        if (format != SBK_FORMAT_OK) {
            result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("%s: not a request to the root: it %s"), path,
                _(sbk_format_text(format)));
        }
    }
    if (result == SBK_OK) {
        result = sbk_check_value(bytes.data, bytes.size, check, error);
    }
    if (result == SBK_OK && expected != NULL && !same_check(expected, check)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_SIGNATURE,
            _("%s: its check value is %s: this is not the request that the office wrote"), path, check);
    }
    if (result == SBK_OK) {
        cli_say(call, _("The request's check value: %s\n"), check);
        cli_field_text(call, "request_check", check);
    }
    sbk_buffer_free(&bytes);
    return result;
}

sbk_result cmd_root_certify(struct cli_call *call, struct sbk_error *error) {
    struct sbk_root_request request;
    struct sbk_root_answer answer;
    struct sbk_key_info next;
    struct sbk_quorum quorum;
    struct sbk_key *root = NULL;
    bool succession = false;
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_request(call, &request, error);
    }
    if (result == SBK_OK) {
        succession = request.purpose == SBK_ROOT_SUCCEED;
        result = program_say_request(call, &request, error);
    }
    if (result == SBK_OK && !succession && cli_given(call, "next")) {
        result = cli_usage(call, error, _("the request is for no succession: leave out --next"));
    }
    if (result == SBK_OK) {
        result = check_quorum(call, succession, error);
    }
    if (result == SBK_OK) {
        result = program_root_key(call, NULL, request.generation, &root, &quorum, error);
    }
    if (result == SBK_OK && succession) {
        result = program_next_root(call, (uint8_t)(request.generation + 1), &quorum, &next, error);
    }
    if (result == SBK_OK) {
        result = sbk_root_answer(root, succession ? &next : NULL, &request, &answer, error);
    }
    if (result == SBK_OK) {
        result = program_answer_out(call, &answer, error);
    }
    sbk_key_close(&root);
    return result;
}

/* ---- accept: back at the office ---- */

sbk_result cmd_accept(struct cli_call *call, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    struct sbk_root_answer answer;
    struct sbk_store *store = NULL;
    struct sbk_key *city_key = NULL;
    const char *path = cli_value(call, "answer");
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = program_read(path, SBK_ROOT_ANSWER_MAX, &bytes, error);
    }
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_root_answer_parse(bytes.data, bytes.size, &answer);
        if (format != SBK_FORMAT_OK) {
            result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("%s: not a root's answer: it %s"), path,
                _(sbk_format_text(format)));
        }
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &store, error);
    }
    if (result == SBK_OK && answer.has_office) {
        result = program_key(call, store, SBK_KEY_CITY, &city_key, error);
    }
    if (result == SBK_OK) {
        result = program_take_answer(call, store, &answer, city_key, error);
    }
    sbk_key_close(&city_key);
    sbk_store_close(&store);
    sbk_buffer_free(&bytes);
    return result;
}
