/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/clock.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/city_files.h"
#include "keys/cms.h"

/* The file was signed when the root was made, so that exporting needs no pass phrase; here it is verified and copied.
 */
sbk_result cmd_export(struct cli_call *call, struct sbk_error *error) {
    struct sbk_store *store = NULL;
    struct sbk_city city = {.trust = NULL};
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_office_info info;
    char text[SBK_FINGERPRINT_ROOM] = "";
    sbk_result result = program_store(call, false, &store, error);
    if (result == SBK_OK) {
        result = program_city(call, store, &city, error);
    }
    if (result == SBK_OK) {
        result = sbk_x509_info(city.city.data, city.city.size, &info, error);
    }
    if (result == SBK_OK) {
        result = sbk_city_read_file(store, SBK_CITY_ANCHOR_FILE, &file, error);
    }
    if (result == SBK_OK) {
        const struct sbk_cms_expected expected = {.kind = SBK_BUNDLE_ANCHOR,
            .signer = SBK_OFFICE_CITY,
            .office_ca = sbk_bytes_of(&city.office_ca),
            .day = info.from};
        result = sbk_cms_verify(file.data, file.size, &expected, &content, NULL, error);
    }
    if (result == SBK_OK) {
        result = program_fingerprint(city.anchor.key, text, error);
    }
    if (result == SBK_OK) {
        result = program_write(cli_value(call, "out"), file.data, file.size, error);
    }
    if (result == SBK_OK) {
        cli_say(call, _("Root, generation %u:\n  %s\n"), city.anchor.generation, text);
        cli_field_int(call, "generation", city.anchor.generation);
        cli_field_text(call, "fingerprint", text);
        cli_field_text(call, "file", cli_value(call, "out"));
    }
    sbk_buffer_free(&content);
    sbk_buffer_free(&file);
    sbk_city_free(&city);
    sbk_store_close(&store);
    return result;
}
