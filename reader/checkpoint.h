/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_CHECKPOINT_H
#define SBK_READER_CHECKPOINT_H

#include "reader/log.h"

/* Reads the text part of a checkpoint of the log of that name; false if it is none, or not in its one form. */
bool sbk_checkpoint_parse(const char *text, size_t size, const char *name, struct sbk_log_head *head);

#endif
