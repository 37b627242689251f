/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_COMMON_H
#define SBK_READER_COMMON_H

#include "cli/cli.h"
#include "reader/pcsc.h"
#include "reader/sale.h"

/* What the verbs of sembako-reader share. Programs only; the library never asks or prints. */

/* Opens the station of --station. */
SBK_CHECK_RESULT sbk_result reader_station(
    struct cli_call *call, enum sbk_station_access access, struct sbk_station **station, struct sbk_error *error);

/* Asks for the station's pass phrase and opens its keys. */
SBK_CHECK_RESULT sbk_result reader_unlock(struct cli_call *call, struct sbk_station *station, struct sbk_error *error);

/* A card on the reader of --reader, or on the only one that holds a card. The caller closes *pcsc. */
SBK_CHECK_RESULT sbk_result reader_card(struct cli_call *call, struct sbk_pcsc **pcsc, struct sbk_error *error);

/* Signs the log's head at the end of a run that appended; a failure is a warning, the log itself is whole. */
void reader_checkpoint(struct cli_call *call, struct sbk_station *station);

/* ---- what people and programs are shown (show.c) ---- */

/* "Programme 2, rice..." is not known to a station: programmes are numbers. JSON object of a purse's balance. */
json_t *reader_purse_json(const struct sbk_purse_view *purse);
json_t *reader_bill_json(const struct sbk_bill *bill);
json_t *reader_settled_json(const struct sbk_settled *settled, size_t count);
const char *reader_unit_word(uint8_t unit);       /* "g", "ml", "pc", "rp" */
const char *reader_role_word(uint8_t role);       /* "store", "registrar", "auditor" */
const char *reader_state_word(uint8_t state);     /* "active"... */
const char *reader_outcome_word(uint8_t outcome); /* "settled"... */
/* Tells the clerk what became of earlier transactions on this card. */
void reader_say_settled(struct cli_call *call, const struct sbk_settled *settled, size_t count);

/* ---- the verbs ---- */
sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_install(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_activate(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_balance(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_redeem(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_verify(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_show(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_list_import(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_status(struct cli_call *call, struct sbk_error *error);

#endif
