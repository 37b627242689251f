/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/issued.h"
#include "keys/issuing.h"
#include "keys/items_file.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* What the steps share. */
struct signing {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_database *database;
    struct sbk_key *signer;
    struct items_file *file;
    /* the list signer's certificate, then the record */
    uint8_t bytes[SBK_CERTIFICATE_MAX + SBK_ITEMS_BYTES_MAX];
    size_t before; /* size of the certificate */
    size_t size;   /* of the record */
    uint8_t hash[SBK_HASH_SIZE];
};

static sbk_result read_items(struct signing *signing, struct sbk_error *error) {
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    const char *path = cli_value(signing->call, "items");
    signing->file = calloc(1, sizeof *signing->file);
    if (signing->file == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    sbk_result result = program_read(path, ITEMS_FILE_MAX, &text, error);
    if (result == SBK_OK) {
        result = items_file_parse(text.data, text.size, signing->file, error);
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&text);
    return result;
}

static sbk_result write_record(struct signing *signing, struct sbk_error *error) {
    const struct sbk_buffer *certificate = &signing->city.list_signer;
    const uint16_t today = sbk_clock_today(signing->call->clock);
    struct sbk_certificate parsed;
    sbk_result result = sbk_trust_verify(signing->city.trust, certificate->data, certificate->size,
        SBK_ROLE_BIT(SBK_ROLE_LIST_SIGNER), today, &parsed, error);
    if (result != SBK_OK) {
        return result;
    }
    if (signing->file->header.issued == 0) {
        signing->file->header.issued = today;
    }
    memcpy(signing->bytes, certificate->data, certificate->size);
    signing->before = certificate->size;
    const enum sbk_format format = sbk_items_write(&signing->file->header, signing->file->items,
        signing->bytes + signing->before, sizeof signing->bytes - signing->before, &signing->size);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_USAGE, SBK_REASON_FORMAT, _("%s: an item cannot be signed: it %s"),
            cli_value(signing->call, "items"), _(sbk_format_text(format)));
    }
    return sbk_sha256(signing->bytes + signing->before, signing->size, signing->hash, error);
}

static sbk_result sign(struct signing *signing, struct sbk_error *error) {
    sbk_result result = program_key(signing->call, signing->store, SBK_KEY_LIST_SIGNER, &signing->signer, error);
    if (result == SBK_OK) {
        result = sbk_sign_record(signing->signer, signing->bytes + signing->before,
            sizeof signing->bytes - signing->before, &signing->size, error);
    }
    if (result == SBK_OK) {
        result = issued_add_list(signing->database, signing->file->header.number, signing->file->header.issued,
            signing->file->header.count, signing->hash, error);
    }
    return result == SBK_OK
               ? program_write(cli_value(signing->call, "out"), signing->bytes, signing->before + signing->size, error)
               : result;
}

sbk_result cmd_list_sign(struct cli_call *call, struct sbk_error *error) {
    struct signing signing = {.call = call};
    sbk_result (*const steps[])(struct signing *, struct sbk_error *) = {write_record, sign};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = read_items(&signing, error);
    }
    if (result == SBK_OK) {
        result = program_store(call, true, &signing.store, error);
    }
    if (result == SBK_OK) {
        result = program_city(signing.call, signing.store, &signing.city, error);
    }
    if (result == SBK_OK) {
        result = issued_open(signing.store, true, &signing.database, error);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == SBK_OK; i++) {
        result = steps[i](&signing, error);
    }
    if (result == SBK_OK) {
        cli_say(call, _("List %u is signed: %u items.\n"), signing.file->header.number, signing.file->header.count);
        cli_field_int(call, "number", signing.file->header.number);
        cli_field_int(call, "items", signing.file->header.count);
        cli_field_day(call, "issued", signing.file->header.issued);
        cli_field_text(call, "file", cli_value(call, "out"));
    }
    sbk_key_close(&signing.signer);
    sbk_city_free(&signing.city);
    sbk_database_close(&signing.database);
    sbk_store_close(&signing.store);
    free(signing.file);
    return result;
}
