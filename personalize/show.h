/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_SHOW_H
#define SBK_PERSONALIZE_SHOW_H

#include "base/error.h"
#include "cli/cli.h"
#include "personalize/plan.h"

/* What `prepare` shows of a roll, as text and as fields of --json. */

/* Every problem, one a line: "ROLL:LINE: FIELD: error: SENTENCE"; fields "problems", "errors", "warnings". */
void show_problems(struct cli_call *call, const char *path, const struct sbk_roll *roll);
/* How many households get a card, and the others by reason; fields "rows", "refused", "households", "eligible",
 * "reasons". */
void show_plan(struct cli_call *call, const struct sbk_roll *roll, const struct sbk_plan *plan);
/* The same by kelurahan; field "kelurahan". Errors: out of memory. */
SBK_CHECK_RESULT sbk_result show_places(
    struct cli_call *call, const struct sbk_roll *roll, const struct sbk_plan *plan, struct sbk_error *error);

#endif
