/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PERSONALIZE_FEEDER_H
#define SBK_PERSONALIZE_FEEDER_H

#include "base/error.h"

#include <stdbool.h>

/* Runs "COMMAND good" or "COMMAND bad" with /bin/sh -c and waits for its end. Its output goes to stderr, so that --json
 * stays whole. Errors: SBK_ENVIRONMENT "reader-failed" if it cannot run or does not end with 0. */
SBK_CHECK_RESULT sbk_result sbk_feeder_run(const char *command, bool good, struct sbk_error *error);

#endif
