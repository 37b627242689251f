/* SPDX-License-Identifier: Apache-2.0 */
#include "attempts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum sbk_format parse_exact(roundtrip parse, const uint8_t *data, size_t size) {
    /* malloc(0) may be NULL, which is what an empty input should be able to look like. */
    uint8_t *copy = malloc(size);
    if (size != 0) {
        assert_non_null(copy);
        memcpy(copy, data, size);
    }
    enum sbk_format format = parse(copy, size);
    free(copy);
    return format;
}

void try_lengths(roundtrip parse, const struct sample_bytes *sample) {
    struct sample_bytes longer = *sample;
    assert_int_equal(parse_exact(parse, longer.data, longer.size), SBK_FORMAT_OK);
    for (size_t size = 0; size < longer.size; size++) {
        enum sbk_format format = parse_exact(parse, longer.data, size);
        if (format != SBK_FORMAT_TRUNCATED && format != SBK_FORMAT_LENGTH) {
            fail_msg("cut to %zu bytes: %s", size, sbk_format_text(format));
        }
    }
    longer.data[longer.size] = 0;
    enum sbk_format format = parse_exact(parse, longer.data, longer.size + 1);
    assert_true(format == SBK_FORMAT_TRAILING || format == SBK_FORMAT_LENGTH);
}

void try_changes(roundtrip parse, const struct sample_bytes *sample, const struct attempt *attempts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct sample_bytes changed = *sample;
        assert_true(attempts[i].offset + attempts[i].size <= changed.size);
        assert_memory_not_equal(changed.data + attempts[i].offset, attempts[i].bytes, attempts[i].size);
        memcpy(changed.data + attempts[i].offset, attempts[i].bytes, attempts[i].size);
        enum sbk_format format = parse_exact(parse, changed.data, changed.size);
        if (format != attempts[i].due) {
            fail_msg("%s: \"%s\", due is \"%s\"", attempts[i].what, sbk_format_text(format),
                sbk_format_text(attempts[i].due));
        }
    }
}
