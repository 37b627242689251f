/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/ask.h"
#include "schema/reason.h"

#include <string.h>

#define COMPONENTS_LOW 2
#define COMPONENTS_HIGH 8
#define COMPONENT_TEXT_MAX 64
#define DIGITS (2 * SBK_TRANSPORT_SIZE)

/* GlobalPlatform's test key, which virtual cards and vendors' samples come with. */
static const uint8_t test_key[SBK_TRANSPORT_SIZE] = {
    0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F};

static sbk_result malformed(struct sbk_error *error, const char *path) {
    return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT,
        _("%s: write 32 hexadecimal digits and, if known, a space and the key check value's 6 digits"), path);
}

/* Reads "DIGITS[ KCV]" and a newline. */
static sbk_result parse_component(
    const struct sbk_secret *text, const char *path, uint8_t out[SBK_TRANSPORT_SIZE], struct sbk_error *error) {
    char digits[DIGITS + 1];
    char check[2 * SBK_KCV_SIZE + 1] = "";
    uint8_t given[SBK_KCV_SIZE];
    uint8_t computed[SBK_KCV_SIZE];
    size_t size = text->size;
    size_t decoded = 0;
    while (size > 0 && (text->data[size - 1] == '\n' || text->data[size - 1] == '\r')) {
        size--;
    }
    const bool checked = size == DIGITS + 1 + 2 * SBK_KCV_SIZE && text->data[DIGITS] == ' ';
    if (size != DIGITS && !checked) {
        return malformed(error, path);
    }
    memcpy(digits, text->data, DIGITS);
    digits[DIGITS] = 0;
    const bool good = sbk_hex_decode(digits, out, SBK_TRANSPORT_SIZE, &decoded);
    sbk_cleanse(digits, sizeof digits);
    if (!good) {
        return malformed(error, path);
    }
    if (!checked) {
        return SBK_OK;
    }
    memcpy(check, text->data + DIGITS + 1, 2 * SBK_KCV_SIZE);
    if (!sbk_hex_decode(check, given, sizeof given, &decoded)) {
        return malformed(error, path);
    }
    const sbk_result result = sbk_transport_kcv(out, computed, error);
    if (result == SBK_OK && memcmp(given, computed, sizeof given) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_SIGNATURE,
            _("%s: the key check value does not fit the component: it was mistyped"), path);
    }
    return result;
}

static sbk_result add_component(struct sbk_secret *master, const char *path, struct sbk_error *error) {
    struct sbk_secret text = SBK_SECRET_EMPTY;
    uint8_t component[SBK_TRANSPORT_SIZE];
    sbk_result result = sbk_file_read_secret(path, COMPONENT_TEXT_MAX, &text, error);
    if (result == SBK_OK) {
        result = parse_component(&text, path, component, error);
    }
    for (size_t i = 0; result == SBK_OK && i < SBK_TRANSPORT_SIZE; i++) {
        master->data[i] ^= component[i];
    }
    sbk_cleanse(component, sizeof component);
    sbk_secret_free(&text);
    return result;
}

static sbk_result gather(struct cli_call *call, struct sbk_secret *master, struct sbk_error *error) {
    const size_t count = cli_count(call, "component");
    if (cli_given(call, "test-key") == (count > 0)) {
        return cli_usage(call, error, "%s", _("give either --test-key or the components"));
    }
    if (count > 0 && (count < COMPONENTS_LOW || count > COMPONENTS_HIGH)) {
        return cli_usage(call, error, _("give %d to %d components: one alone would be the key itself in one hand"),
            COMPONENTS_LOW, COMPONENTS_HIGH);
    }
    sbk_result result = sbk_secret_new(master, SBK_TRANSPORT_SIZE, error);
    if (result != SBK_OK) {
        return result;
    }
    master->size = SBK_TRANSPORT_SIZE;
    if (count == 0) {
        memcpy(master->data, test_key, sizeof test_key);
    }
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        result = add_component(master, cli_value_at(call, "component", i), error);
    }
    uint8_t any = 0;
    for (size_t i = 0; i < SBK_TRANSPORT_SIZE; i++) {
        any |= master->data[i];
    }
    if (result == SBK_OK && any == 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, "%s",
            _("the components cancel each other out: the same file was named twice"));
    }
    return result;
}

/* The same key twice would leave two generations for one lot of blanks. */
static sbk_result must_be_other(
    const struct sbk_store *store, const struct sbk_secret *master, struct sbk_error *error) {
    uint8_t kcv[SBK_KCV_SIZE];
    uint8_t generation = sbk_store_newest(store, SBK_KEY_TRANSPORT);
    sbk_result result = sbk_transport_kcv(master->data, kcv, error);
    while (result == SBK_OK && generation != 0) {
        struct sbk_key_info info;
        result = sbk_store_info(store, SBK_KEY_TRANSPORT, generation, &info, error);
        if (result == SBK_OK && memcmp(info.public_part, kcv, sizeof kcv) == 0) {
            result = sbk_fail(error, SBK_REFUSED, SBK_REASON_EXISTS,
                _("this key has the check value of transport key %u: it is here already"), generation);
        }
        generation = sbk_store_before(store, SBK_KEY_TRANSPORT, generation);
    }
    return result;
}

static sbk_result store_master(
    struct cli_call *call, struct sbk_store *store, const struct sbk_secret *master, struct sbk_error *error) {
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_key_info info;
    char kcv[SBK_HEX_ROOM(SBK_KCV_SIZE)];
    const uint8_t generation = (uint8_t)(sbk_store_newest(store, SBK_KEY_TRANSPORT) + 1);
    const char *word = sbk_key_role_word(SBK_KEY_TRANSPORT);
    sbk_result result = ask_new_key(
        call, sbk_store_tokens(store), word, word, program_key_name(SBK_KEY_TRANSPORT, false), &passphrase, error);
    if (result == SBK_OK) {
        result = sbk_key_import_transport(store, generation, sbk_clock_today(call->clock), master, &passphrase, error);
    }
    sbk_secret_free(&passphrase);
    if (result == SBK_OK) {
        result = sbk_store_info(store, SBK_KEY_TRANSPORT, generation, &info, error);
    }
    if (result == SBK_OK) {
        sbk_hex_encode(info.public_part, SBK_KCV_SIZE, kcv);
        cli_say(call, _("Transport key %u is stored, key check value %s: compare it with the vendor's.\n"), generation,
            kcv);
        cli_field_int(call, "generation", generation);
        cli_field_text(call, "kcv", kcv);
    }
    return result;
}

sbk_result cmd_transport_import(struct cli_call *call, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_secret master = SBK_SECRET_EMPTY;
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = program_store(call, true, &store, error);
    }
    if (result == SBK_OK) {
        result = gather(call, &master, error);
    }
    if (result == SBK_OK) {
        result = must_be_other(store, &master, error);
    }
    if (result == SBK_OK) {
        result = store_master(call, store, &master, error);
    }
    sbk_secret_free(&master);
    sbk_store_close(&store);
    return result;
}
