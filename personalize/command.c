/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/command.h"
#include "base/file.h"
#include "base/i18n.h"
#include "cli/secrets.h"
#include "keys/ask.h"
#include "keys/city.h"
#include "keys/cms.h"
#include "schema/reason.h"

sbk_result command_open_key(struct cli_call *call, struct sbk_store *store, uint8_t role, const char *what,
    struct sbk_key **key, struct sbk_error *error) {
    uint8_t generation = 0;
    const sbk_result result = sbk_city_in_use(store, role, sbk_clock_today(call->clock), &generation, error);
    return result == SBK_OK ? command_open_key_of(call, store, role, generation, what, key, error) : result;
}

sbk_result command_open_key_of(struct cli_call *call, struct sbk_store *store, uint8_t role, uint8_t generation,
    const char *what, struct sbk_key **key, struct sbk_error *error) {
    /* All that a city or a bureau has, so that one set of options serves all its commands. */
    static const char *const roles[] = {"root", "next-root", "station-ca", "card-ca", "grant-signer", "list-signer",
        "office-ca", "city", "transport", "bureau", "grant-signer-1", "grant-signer-2", "grant-signer-3",
        "grant-signer-4", "grant-signer-5", "grant-signer-6", "grant-signer-7", "grant-signer-8", "grant-signer-9",
        NULL};
    sbk_result result = cli_passphrase_roles(call, roles, error);

    if (result == SBK_OK) {
        result = ask_open(call, store, role, generation, sbk_key_role_word(role), what, key, error);
    }
    return result;
}

static sbk_result bureau_of(const struct sbk_city *city, const struct sbk_buffer *content, uint16_t day,
    struct sbk_buffer *out, struct sbk_error *error) {
    struct sbk_office_certificate certificate;
    struct sbk_office_info info;

    if (sbk_office_certificate_parse(content->data, content->size, &certificate) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("it holds no office certificate"));
    }
    const sbk_result result = sbk_city_verify_office(city, &certificate.x509, day, &info, error);
    if (result != SBK_OK) {
        return result;
    }
    if (info.kind != SBK_OFFICE_BUREAU) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_ROLE,
            _("'%s' is no bureau; batches are for the bureau that encodes them"), info.name);
    }
    return sbk_buffer_append(out, certificate.x509.data, certificate.x509.size, error);
}

sbk_result command_recipient(
    struct cli_call *call, const struct sbk_city *city, struct sbk_buffer *out, struct sbk_error *error) {
    const char *path = cli_value(call, "recipient");
    const uint16_t day = sbk_clock_today(call->clock);
    struct sbk_buffer file = SBK_BUFFER_EMPTY, content = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_file_read(path, SBK_CMS_MAX, &file, error);

    if (result == SBK_OK) {
        result = sbk_city_verify_file(
            city, file.data, file.size, SBK_BUNDLE_OFFICE_CERTIFICATE, SBK_OFFICE_CITY, day, &content, NULL, error);
        if (result == SBK_OK) {
            result = bureau_of(city, &content, day, out, error);
        }
        if (result != SBK_OK) {
            result = sbk_fail_in(error, result, "%s", path);
        }
    }
    sbk_buffer_free(&file);
    sbk_buffer_free(&content);
    return result;
}
