/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_REPORT_H
#define SBK_PERSONALIZE_REPORT_H

#include "base/buffer.h"
#include "base/error.h"
#include "personalize/batch_file.h"
#include "personalize/bureau.h"

/* The bureau's report on a batch as it stands: for each order the statement of the chip that was made, and every chip
 * that was spoiled on the way. Signed with the bureau's identity; appended to out. counted tells what is in it. */
SBK_CHECK_RESULT sbk_result sbk_report_make(struct sbk_database *database, const struct sbk_batch *batch,
    const struct sbk_office *office, struct sbk_key *bureau, uint32_t now, struct sbk_buffer *out,
    struct sbk_bureau_count *counted, struct sbk_error *error);

#endif
