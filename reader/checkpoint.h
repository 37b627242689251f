/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_CHECKPOINT_H
#define SBK_READER_CHECKPOINT_H

#include "reader/log_proof.h"

/* Reads the text part of a checkpoint of the log of that name; false if it is none, or not in its one form. */
bool sbk_checkpoint_parse(const char *text, size_t size, const char *name, struct sbk_log_head *head);

/* The root over the log's first size entries, by the tree's nodes. */
SBK_CHECK_RESULT sbk_result sbk_log_root_at(
    struct sbk_station *station, uint32_t size, uint8_t root[SBK_HASH_SIZE], struct sbk_error *error);

#endif
