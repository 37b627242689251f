/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ceremony_compare.h"
#include "schema/reason.h"

#include <string.h>

struct verifying {
    struct cli_call *call;
    struct ceremony_beside beside;
    bool compared; /* there is a store or an anchor */
    struct ceremony_transcript transcript;
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_buffer anchor_content;
    struct sbk_anchor_bundle anchor;
    json_t *seen;
    size_t others; /* values that something else stands in place of */
};

/* ---- what to compare with ---- */

static sbk_result load_store(struct verifying *verifying, struct sbk_error *error) {
    struct sbk_error ignored;
    sbk_result result = program_store(verifying->call, false, &verifying->store, error);
    if (result != SBK_OK) {
        return result;
    }
    verifying->beside.store = verifying->store;
    result = program_city(verifying->call, verifying->store, &verifying->city, &ignored);
    if (result == SBK_OK) {
        verifying->beside.anchor = &verifying->city.anchor;
        for (size_t i = 0; i < verifying->city.office_ca_count; i++) {
            verifying->beside.office_cas[verifying->beside.office_ca_count++] =
                sbk_bytes_of(&verifying->city.office_cas[i]);
        }
        return SBK_OK;
    }
    /* The folder of a root alone is no city's store, and enough for what was signed there. */
    return result == SBK_ENVIRONMENT ? SBK_OK : sbk_fail(error, result, ignored.reason, "%s", ignored.text);
}

/* The anchor vouches for its office CA; whether the anchor is the city's, a person says who compares the fingerprint. */
static sbk_result load_anchor(struct verifying *verifying, struct sbk_error *error) {
    const char *path = cli_value(verifying->call, "anchor");
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_cms_outline outline;
    struct sbk_trust *trust = NULL;
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    sbk_result result = program_read(path, SBK_CMS_MAX, &file, error);
    if (result == SBK_OK) {
        result = sbk_cms_outline(file.data, file.size, &outline, &verifying->anchor_content, error);
    }
    if (result == SBK_OK && (outline.kind != SBK_BUNDLE_ANCHOR ||
                                sbk_anchor_bundle_parse(verifying->anchor_content.data, verifying->anchor_content.size,
                                    &verifying->anchor) != SBK_FORMAT_OK)) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("%s: not what 'export' writes"), path);
    }
    if (result == SBK_OK) {
        result = sbk_trust_new(&trust, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_add_anchor(trust, &verifying->anchor.anchor, UINT16_MAX, error);
    }
    if (result == SBK_OK) {
        result = sbk_trust_verify_office(trust, &verifying->anchor.binding, &verifying->anchor.office_ca, error);
    }
    if (result == SBK_OK) {
        const struct sbk_cms_expected expected = {.kind = SBK_BUNDLE_ANCHOR,
            .signer = SBK_OFFICE_CITY,
            .office_ca = verifying->anchor.office_ca,
            .day = sbk_date_of_time(verifying->anchor.made)};
        result = sbk_cms_verify(file.data, file.size, &expected, &content, NULL, error);
    }
    if (result == SBK_OK) {
        verifying->beside.anchor = &verifying->anchor.anchor;
        verifying->beside.office_cas[verifying->beside.office_ca_count++] = verifying->anchor.office_ca;
    }
    sbk_trust_free(&trust);
    sbk_buffer_free(&content);
    sbk_buffer_free(&file);
    return result;
}

static sbk_result load_beside(struct verifying *verifying, struct sbk_error *error) {
    struct cli_call *call = verifying->call;
    const bool store = cli_given(call, "store");
    const bool anchor = cli_given(call, "anchor");
    verifying->compared = store || anchor;
    if (store && anchor) {
        return cli_usage(call, error, _("give either --store or --anchor"));
    }
    if (store) {
        return load_store(verifying, error);
    }
    return anchor ? load_anchor(verifying, error) : SBK_OK;
}

/* ---- what is told ---- */

static const char *word_of(enum ceremony_finding finding) {
    static const char *const words[] = {"same", "nothing", "other"};
    return words[finding];
}

static const char *text_of(const struct verifying *verifying, enum ceremony_finding finding) {
    const bool store = verifying->beside.store != NULL;
    switch (finding) {
    case CEREMONY_SAME:
        return store ? _("it is the store's") : _("it is the anchor's");
    case CEREMONY_OTHER:
        return store ? _("THE STORE HAS ANOTHER") : _("THE ANCHOR HAS ANOTHER");
    case CEREMONY_NOTHING:
        break;
    }
    return verifying->compared ? _("nothing there to compare it with") : _("not compared");
}

/* What people compare of a value. */
static void brief(
    const struct ceremony_check *check, const struct ceremony_value *value, char text[CEREMONY_VALUE_TEXT_MAX + 1]) {
    switch (check->kind) {
    case CEREMONY_CHECK_KEY:
    case CEREMONY_CHECK_FINGERPRINT:
    case CEREMONY_CHECK_CERTIFICATE:
    case CEREMONY_CHECK_ANCHOR:
    case CEREMONY_CHECK_ROOT:
    case CEREMONY_CHECK_NEXT_ROOT:
        sbk_fingerprint_text(value->fingerprint, text);
        break;
    default:
        ceremony_value_write(check, value, text);
        break;
    }
}

static sbk_result see(void *context, size_t step, const struct ceremony_check *check,
    const struct ceremony_value *value, struct sbk_error *error) {
    struct verifying *verifying = context;
    enum ceremony_finding finding = CEREMONY_NOTHING;
    char text[CEREMONY_VALUE_TEXT_MAX + 1];
    const sbk_result result = ceremony_compare(&verifying->beside, check, value, &finding, error);
    if (result != SBK_OK) {
        return result;
    }
    const bool comparable = check->kind != CEREMONY_CHECK_PLAN && check->kind != CEREMONY_CHECK_ABSENT &&
                            check->kind != CEREMONY_CHECK_NOTE;
    brief(check, value, text);
    cli_say(verifying->call, "%3zu  %.*s\n     %s%s%s\n", step, (int)check->words.size, check->words.data, text,
        comparable ? "\n     " : "", comparable ? text_of(verifying, finding) : "");
    ceremony_value_write(check, value, text);
    (void)json_array_append_new(
        verifying->seen, json_pack("{s:I, s:s%, s:s, s:s}", "step", (json_int_t)step, "check", check->words.data,
                             check->words.size, "value", text, "finding", word_of(finding)));
    verifying->others += finding == CEREMONY_OTHER;
    return SBK_OK;
}

static void report(struct verifying *verifying, enum ceremony_finding signer) {
    struct cli_call *call = verifying->call;
    const struct ceremony_state *state = &verifying->transcript.state;
    const struct ceremony_plan *plan = verifying->transcript.plan;
    char hash[SBK_FINGERPRINT_ROOM];
    char key[SBK_FINGERPRINT_ROOM];
    char time[SBK_TIME_ROOM];
    sbk_fingerprint_text(plan->hash, hash);
    sbk_fingerprint_text(state->signer_fingerprint, key);
    sbk_time_format_plain(state->time, time);
    cli_say(
        call, _("Ceremony %s, ended %s. The hash of the plan:\n  %s\n"), ceremony_kind_word(plan->kind), time, hash);
    cli_say(call, _("Signed by %s, generation %u: %s\n  %s\n"), sbk_key_role_word(state->signer),
        state->signer_generation, text_of(verifying, signer), key);
    cli_say(call, _("All %zu steps are there, in their order; %zu exceptions, %zu interruptions.\n"), plan->step_count,
        state->exceptions, state->resumptions);
    cli_field_text(call, "kind", ceremony_kind_word(plan->kind));
    cli_field_text(call, "hash", hash);
    cli_field_int(call, "steps", (int64_t)plan->step_count);
    cli_field_int(call, "exceptions", (int64_t)state->exceptions);
    cli_field_int(call, "resumptions", (int64_t)state->resumptions);
    cli_field_time(call, "ended", state->time);
    cli_field_text(call, "signer", sbk_key_role_word(state->signer));
    cli_field_int(call, "signer_generation", state->signer_generation);
    cli_field_text(call, "signer_fingerprint", key);
    cli_field_text(call, "signer_finding", word_of(signer));
    cli_field(call, "seen", json_incref(verifying->seen));
}

/* What was written down on the way, as it stands. */
static void say_remarks(struct verifying *verifying) {
    struct ceremony_text rest = verifying->transcript.record;
    json_t *remarks = json_array();
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '\n', rest.size);
        const size_t size = end != NULL ? (size_t)(end - rest.data) : rest.size;
        const size_t skipped = 2 * SBK_HASH_SIZE + 1;
        static const char word[] = " exception ";
        if (size > skipped + SBK_TIME_ROOM + sizeof word &&
            memcmp(rest.data + skipped + SBK_TIME_ROOM - 1, word, sizeof word - 1) == 0) {
            cli_say(verifying->call, "  %.*s\n", (int)(size - skipped), rest.data + skipped);
            (void)json_array_append_new(remarks, json_stringn(rest.data + skipped, size - skipped));
        }
        rest.data += size + (end != NULL ? 1 : 0);
        rest.size -= size + (end != NULL ? 1 : 0);
    }
    cli_field(verifying->call, "remarks", remarks);
}

static sbk_result judge(struct verifying *verifying, struct sbk_error *error) {
    struct ceremony_transcript *transcript = &verifying->transcript;
    struct ceremony_state again;
    enum ceremony_finding signer = CEREMONY_NOTHING;
    sbk_result result = SBK_OK;
    if (verifying->compared) {
        result = ceremony_judge_signer(&verifying->beside, transcript, &signer, error);
    }
    if (result != SBK_OK) {
        return result;
    }
    report(verifying, signer);
    say_remarks(verifying);
    result = ceremony_record_read(transcript->plan, transcript->record, &again, see, verifying, error);
    if (result == SBK_OK && signer == CEREMONY_OTHER) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
            _("the transcript is not signed by who it says: its signer's key or certificate is not the city's"));
    }
    if (result == SBK_OK && verifying->others > 0) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN,
            P_("%zu value of the transcript is not the one that is there",
                "%zu values of the transcript are not those "
                "that are there",
                verifying->others),
            verifying->others);
    }
    if (result == SBK_OK && !verifying->compared) {
        cli_warn(verifying->call, "%s",
            _("nothing was compared: give --store or --anchor to know whose keys these are, and who signed"));
    } else if (result == SBK_OK && signer == CEREMONY_NOTHING) {
        cli_warn(verifying->call, "%s", _("nothing tells whose key signed the transcript: compare its fingerprint"));
    }
    return result;
}

sbk_result cmd_ceremony_verify(struct cli_call *call, struct sbk_error *error) {
    const char *path = call->arguments[0];
    struct verifying verifying = {.call = call, .seen = json_array()};
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    sbk_result result = program_read(path, SBK_CMS_MAX, &file, error);
    if (result == SBK_OK) {
        result = load_beside(&verifying, error);
    }
    if (result == SBK_OK) {
        result = ceremony_transcript_open(file.data, file.size, &verifying.transcript, error);
        if (result == SBK_OK) {
            result = judge(&verifying, error);
        }
        result = result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", path);
    }
    ceremony_transcript_free(&verifying.transcript);
    sbk_city_free(&verifying.city);
    sbk_buffer_free(&verifying.anchor_content);
    sbk_store_close(&verifying.store);
    sbk_buffer_free(&file);
    json_decref(verifying.seen);
    return result;
}
