/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CEREMONY_WALK_H
#define SBK_KEYS_CEREMONY_WALK_H

#include "base/clock.h"
#include "keys/ceremony_record.h"

/* Walking a script at the terminal. Private to the program. */

/* Notes that a record is taken up again. */
SBK_CHECK_RESULT sbk_result ceremony_resume(struct ceremony_file *file, uint32_t time, struct sbk_error *error);

/* From the first step that is not done to the last. Errors: SBK_USAGE without a terminal; SBK_ENVIRONMENT, "interrupted",
 * by Ctrl-C or because those present want to stop here; SBK_REFUSED, "rule-forbids", aborted. */
SBK_CHECK_RESULT sbk_result ceremony_walk(
    struct ceremony_file *file, const struct sbk_clock *clock, struct sbk_error *error);

#endif
