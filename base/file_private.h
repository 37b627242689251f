/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_FILE_PRIVATE_H
#define SBK_BASE_FILE_PRIVATE_H

#include "base/error.h"

/* The folder that holds path, in new memory; NULL if there is none left. */
char *sbk_path_parent(const char *path);

/* Makes what was created, renamed or removed in a folder durable. */
SBK_CHECK_RESULT sbk_result sbk_directory_sync(const char *directory, struct sbk_error *error);

#endif
