/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "personalize/command.h"
#include "personalize/sample.h"

sbk_result cmd_sample_roll(struct cli_call *call, struct sbk_error *error) {
    const char *out = cli_value(call, "out");
    struct sbk_buffer roll = SBK_BUFFER_EMPTY;
    size_t counts[SBK_SAMPLE_KINDS];
    int64_t households = 0, seed = 0;
    sbk_result result = cli_number(call, "households", 1, SBK_SAMPLE_HOUSEHOLDS_MAX, &households, error);

    if (result == SBK_OK) {
        result = cli_number(call, "seed", 0, INT64_MAX, &seed, error);
    }
    if (result == SBK_OK) {
        result = sbk_sample_roll((uint32_t)households, (uint64_t)seed, &roll, counts, error);
    }
    if (result == SBK_OK) {
        result = sbk_file_write(out, roll.data, roll.size, 0644, SBK_FILE_REPLACE, error);
    }
    sbk_buffer_free(&roll);
    if (result != SBK_OK) {
        return result;
    }
    json_t *rows = json_object();
    for (int kind = 0; kind < SBK_SAMPLE_KINDS; kind++) {
        (void)json_object_set_new(
            rows, sbk_sample_word((enum sbk_sample_kind)kind), json_integer((json_int_t)counts[kind]));
    }
    cli_field(call, "rows", rows);
    cli_field_int(call, "households", households);
    cli_field_text(call, "out", out);
    cli_say(call, _("%s: a synthetic roll of %lld households; every NIK is invented (serials 9000 to 9999)\n"), out,
        (long long)households);
    return SBK_OK;
}
