/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/crypto.h"
#include "personalize/command.h"
#include "personalize/office.h"

sbk_result cmd_install(struct cli_call *call, struct sbk_error *error) {
    const char *folder = cli_value(call, "office"), *path = cli_value(call, "certificate");
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    uint8_t fingerprint[SBK_HASH_SIZE];
    char text[SBK_FINGERPRINT_ROOM], name[64];
    bool first = false;
    sbk_result result = sbk_file_read(path, SBK_CMS_MAX, &file, error);

    if (result == SBK_OK) {
        result = sbk_office_install(
            folder, file.data, file.size, sbk_clock_time(call->clock), fingerprint, name, &first, error);
    }
    sbk_buffer_free(&file);
    if (result != SBK_OK) {
        return result;
    }
    sbk_fingerprint_text(fingerprint, text);
    cli_field_text(call, "office", folder);
    cli_field_text(call, "name", name);
    cli_field_hex(call, "root", fingerprint, sizeof(fingerprint));
    cli_field_bool(call, "pinned", first);
    cli_say(call, _("%s: the city's certificate for '%s' is installed\nroot %s\n"), folder, name, text);
    if (first) {
        cli_say(call, _("This root is pinned from now on. Compare it with the fingerprint that the city tells you by "
                        "another way; if it differs, remove the folder.\n"));
    }
    return SBK_OK;
}
