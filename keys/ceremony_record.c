/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_record.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/store.h"
#include "schema/check.h"
#include "schema/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lines of a record: written in one form, read in no other. */

#define CHAIN_DIGITS (2 * SBK_HASH_SIZE)
#define TIME_DIGITS (SBK_TIME_ROOM - 1)

/* What stands before the separator, or everything; the separator is taken off, too. */
static struct ceremony_text take_until(struct ceremony_text *rest, const char *separator) {
    const size_t size = strlen(separator);
    struct ceremony_text part = {rest->data, 0};
    while (part.size < rest->size) {
        if (rest->size - part.size >= size && memcmp(rest->data + part.size, separator, size) == 0) {
            rest->data += part.size + size;
            rest->size -= part.size + size;
            return part;
        }
        part.size++;
    }
    rest->data += part.size;
    rest->size = 0;
    return part;
}

static bool take_number(struct ceremony_text *rest, size_t *number) {
    size_t digits = 0;
    *number = 0;
    while (digits < rest->size && digits < 3 && rest->data[digits] >= '0' && rest->data[digits] <= '9') {
        *number = 10 * *number + (size_t)(rest->data[digits++] - '0');
    }
    if (digits == 0 || rest->data[0] == '0') {
        return false;
    }
    rest->data += digits;
    rest->size -= digits;
    return true;
}

static sbk_result chain_of(const uint8_t before[SBK_HASH_SIZE], struct ceremony_text body, uint8_t chain[SBK_HASH_SIZE],
    struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_buffer_append(&bytes, before, SBK_HASH_SIZE, error);
    if (result == SBK_OK) {
        result = sbk_buffer_append(&bytes, body.data, body.size, error);
    }
    if (result == SBK_OK) {
        result = sbk_sha256(bytes.data, bytes.size, chain, error);
    }
    sbk_buffer_free(&bytes);
    return result;
}

sbk_result ceremony_record_compose(const struct ceremony_plan *plan, const struct ceremony_state *state, uint32_t time,
    const char *rest, struct sbk_buffer *out, struct sbk_error *error) {
    char moment[SBK_TIME_ROOM];
    char digits[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    uint8_t chain[SBK_HASH_SIZE];
    struct sbk_buffer body = SBK_BUFFER_EMPTY;
    sbk_time_format(time, moment);
    sbk_result result = sbk_buffer_append_format(&body, error, "%s %s", moment, rest);
    if (result == SBK_OK) {
        const struct ceremony_text text = {(const char *)body.data, body.size};
        result = chain_of(state->begun ? state->chain : plan->hash, text, chain, error);
    }
    if (result == SBK_OK) {
        sbk_hex_encode(chain, sizeof chain, digits);
        result = sbk_buffer_append_format(out, error, "%s %.*s\n", digits, (int)body.size, (const char *)body.data);
    }
    sbk_buffer_free(&body);
    return result;
}

/* ---- reading ---- */

/* "MC=AB": a person of the plan whose initials are these, or become these. Two people never have the same. */
static bool take_initials(
    const struct ceremony_plan *plan, struct ceremony_text pair, struct ceremony_state *state, size_t *person) {
    const struct ceremony_text word = take_until(&pair, "=");
    if (!ceremony_person_of(word, person) || plan->details.values[CEREMONY_MASTER + *person][0] == 0 ||
        !ceremony_initials_good(pair)) {
        return false;
    }
    for (size_t i = 0; i < CEREMONY_PEOPLE; i++) {
        const bool same =
            strlen(state->initials[i]) == pair.size && memcmp(state->initials[i], pair.data, pair.size) == 0;
        if (same != (i == *person) && (i != *person || state->initials[i][0] != 0)) {
            return false;
        }
    }
    memcpy(state->initials[*person], pair.data, pair.size);
    return true;
}

static bool read_step(const struct ceremony_plan *plan, struct ceremony_text rest, struct ceremony_state *state,
    ceremony_seen seen, void *context, struct sbk_error *error, sbk_result *told) {
    size_t number = 0;
    if (!take_number(&rest, &number) || number != state->steps + 1 || number > plan->step_count ||
        !ceremony_take(&rest, " ")) {
        return false;
    }
    const struct ceremony_step *step = &plan->steps[number - 1];
    struct ceremony_text people = take_until(&rest, " | ");
    uint16_t who = 0;
    while (people.size > 0) {
        size_t person = 0;
        const struct ceremony_text pair = take_until(&people, " ");
        if (!take_initials(plan, pair, state, &person) || (1u << person) <= who) {
            return false;
        }
        who = (uint16_t)(who | 1u << person);
    }
    if (who != step->who) {
        return false;
    }
    for (size_t i = 0; i < step->check_count; i++) {
        const struct ceremony_check *check = &step->checks[i];
        struct ceremony_value value;
        struct ceremony_text text = take_until(&rest, " | ");
        if (text.size < check->words.size || memcmp(text.data, check->words.data, check->words.size) != 0) {
            return false;
        }
        text.data += check->words.size;
        text.size -= check->words.size;
        if (!ceremony_take(&text, " = ") || !ceremony_value_parse(check, text, &value) ||
            (check->kind == CEREMONY_CHECK_PLAN && memcmp(value.hash, plan->hash, sizeof value.hash) != 0)) {
            return false;
        }
        if (seen != NULL && *told == SBK_OK) {
            *told = seen(context, number, check, &value, error);
        }
    }
    state->steps = number;
    return rest.size == 0;
}

/* "N MC=AB | TEXT" */
static bool read_remark(const struct ceremony_plan *plan, struct ceremony_text rest, struct ceremony_state *state) {
    size_t number = 0;
    size_t person = 0;
    if (!take_number(&rest, &number) || number != state->steps + 1 || number > plan->step_count + 1 ||
        !ceremony_take(&rest, " ")) {
        return false;
    }
    const struct ceremony_text pair = take_until(&rest, " | ");
    return take_initials(plan, pair, state, &person) && ceremony_note_good(rest);
}

/* "N ROLE GENERATION FINGERPRINT" */
static bool read_end(const struct ceremony_plan *plan, struct ceremony_text rest, struct ceremony_state *state) {
    const char *signer = plan->details.values[CEREMONY_SIGNER];
    char digits[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    size_t number = 0;
    size_t generation = 0;
    if (!take_number(&rest, &number) || number != plan->step_count || state->steps != number ||
        !ceremony_take(&rest, " ") || !ceremony_take(&rest, signer) || !ceremony_take(&rest, " ") ||
        !take_number(&rest, &generation) || generation > 127 || !ceremony_take(&rest, " ") ||
        rest.size != sizeof digits - 1) {
        return false;
    }
    memcpy(digits, rest.data, rest.size);
    digits[rest.size] = 0;
    size_t size = 0;
    char again[sizeof digits];
    if (!sbk_hex_decode(digits, state->signer_fingerprint, SBK_HASH_SIZE, &size)) {
        return false;
    }
    sbk_hex_encode(state->signer_fingerprint, SBK_HASH_SIZE, again);
    state->signer = sbk_key_role_of(signer);
    state->signer_generation = (uint8_t)generation;
    state->ended = true;
    return strcmp(digits, again) == 0;
}

static bool read_body(const struct ceremony_plan *plan, struct ceremony_text rest, struct ceremony_state *state,
    ceremony_seen seen, void *context, struct sbk_error *error, sbk_result *told) {
    const struct ceremony_text word = take_until(&rest, " ");
    size_t number = 0;
#define IS(text) (word.size == sizeof(text) - 1 && memcmp(word.data, text, word.size) == 0)
    if (IS("begin")) {
        const bool first = !state->begun;
        state->begun = true;
        return first && ceremony_take(&rest, ceremony_kind_word(plan->kind)) && rest.size == 0;
    }
    if (!state->begun || state->ended || state->aborted) {
        return false;
    }
    if (IS("step")) {
        return read_step(plan, rest, state, seen, context, error, told);
    }
    if (IS("exception")) {
        state->exceptions++;
        return read_remark(plan, rest, state);
    }
    if (IS("abort")) {
        state->aborted = true;
        return read_remark(plan, rest, state);
    }
    if (IS("resume")) {
        state->resumptions++;
        return take_number(&rest, &number) && number == state->steps + 1 && rest.size == 0;
    }
    return IS("end") && read_end(plan, rest, state);
#undef IS
}

static sbk_result broken(struct sbk_error *error, const char *why) {
    return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN, "%s", why);
}

sbk_result ceremony_record_line(const struct ceremony_plan *plan, struct ceremony_text line,
    struct ceremony_state *state, ceremony_seen seen, void *context, struct sbk_error *error) {
    struct ceremony_state after = *state;
    struct ceremony_text rest = line;
    char digits[SBK_HEX_ROOM(SBK_HASH_SIZE)];
    char moment[SBK_TIME_ROOM];
    char again[SBK_TIME_ROOM];
    sbk_result told = SBK_OK;
    if (line.size < CHAIN_DIGITS + TIME_DIGITS + 3 || line.size > CEREMONY_RECORD_LINE_MAX ||
        !sbk_check_text((const uint8_t *)line.data, line.size) || line.data[CHAIN_DIGITS] != ' ') {
        return broken(error, _("a line of the record is not one"));
    }
    rest.data += CHAIN_DIGITS + 1;
    rest.size -= CHAIN_DIGITS + 1;
    const sbk_result result = chain_of(state->begun ? state->chain : plan->hash, rest, after.chain, error);
    if (result != SBK_OK) {
        return result;
    }
    sbk_hex_encode(after.chain, sizeof after.chain, digits);
    if (memcmp(digits, line.data, CHAIN_DIGITS) != 0) {
        return broken(
            error, _("a line of the record does not follow the one before: it was altered, moved or taken out, or "
                     "it is another plan's"));
    }
    memcpy(moment, rest.data, TIME_DIGITS);
    moment[TIME_DIGITS] = 0;
    rest.data += TIME_DIGITS;
    rest.size -= TIME_DIGITS;
    if (!sbk_time_parse(moment, &after.time) || !ceremony_take(&rest, " ")) {
        return broken(error, _("a line of the record has no time"));
    }
    sbk_time_format(after.time, again);
    if (strcmp(moment, again) != 0) {
        return broken(error, _("a line of the record has no time"));
    }
    if (state->begun && after.time < state->time) {
        return broken(error, _("time runs back in the record"));
    }
    if (!read_body(plan, rest, &after, seen, context, error, &told)) {
        return broken(error, _("a line of the record is not what the plan has there"));
    }
    if (told == SBK_OK) {
        *state = after;
    }
    return told;
}

sbk_result ceremony_record_read(const struct ceremony_plan *plan, struct ceremony_text text,
    struct ceremony_state *state, ceremony_seen seen, void *context, struct sbk_error *error) {
    size_t number = 0;
    memset(state, 0, sizeof *state);
    if (text.size == 0 || text.size > CEREMONY_RECORD_MAX) {
        return broken(error, _("the record is empty or too large"));
    }
    while (text.size > 0) {
        const char *newline = memchr(text.data, '\n', text.size);
        number++;
        if (newline == NULL) {
            return broken(error, _("the record's last line is not whole"));
        }
        const struct ceremony_text line = {text.data, (size_t)(newline - text.data)};
        const sbk_result result = ceremony_record_line(plan, line, state, seen, context, error);
        if (result != SBK_OK) {
            return sbk_fail_in(error, result, _("line %zu"), number);
        }
        text.data += line.size + 1;
        text.size -= line.size + 1;
    }
    return SBK_OK;
}

/* ---- transcripts ---- */

#define HEAD "sembako ceremony transcript 1\n"

sbk_result ceremony_transcript_write(
    struct ceremony_text plan, struct ceremony_text record, struct sbk_buffer *out, struct sbk_error *error) {
    sbk_result result = sbk_buffer_append_format(out, error, "%splan %zu\n", HEAD, plan.size);
    if (result == SBK_OK) {
        result = sbk_buffer_append(out, plan.data, plan.size, error);
    }
    if (result == SBK_OK) {
        result = sbk_buffer_append_format(out, error, "record %zu\n", record.size);
    }
    return result == SBK_OK ? sbk_buffer_append(out, record.data, record.size, error) : result;
}

/* "WORD SIZE" and so many bytes. */
static bool take_part(struct ceremony_text *rest, const char *word, size_t most, struct ceremony_text *part) {
    size_t size = 0;
    if (!ceremony_take(rest, word)) {
        return false;
    }
    const struct ceremony_text digits = take_until(rest, "\n");
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' || size > most) {
            return false;
        }
        size = 10 * size + (size_t)(digits.data[i] - '0');
    }
    if (digits.size == 0 || digits.data[0] == '0' || size > most || size > rest->size) {
        return false;
    }
    *part = (struct ceremony_text){rest->data, size};
    rest->data += size;
    rest->size -= size;
    return true;
}

bool ceremony_transcript_parse(struct ceremony_text data, struct ceremony_text *plan, struct ceremony_text *record) {
    return ceremony_take(&data, HEAD) && take_part(&data, "plan ", CEREMONY_PLAN_MAX, plan) &&
           take_part(&data, "record ", CEREMONY_RECORD_MAX, record) && data.size == 0;
}
