/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_COMMON_H
#define SBK_READER_COMMON_H

#include "cli/cli.h"
#include "reader/pcsc.h"
#include "reader/recovery.h"
#include "reader/sale.h"

/* What the verbs of sembako-reader share. Programs only; the library never asks or prints. */

/* Opens the station of --station. */
SBK_CHECK_RESULT sbk_result reader_station(
    struct cli_call *call, enum sbk_station_access access, struct sbk_station **station, struct sbk_error *error);

/* The same for work with a card: what stayed open too long is given up, and the clerk is told which transactions are
 * not settled, before anything waits for a card. */
SBK_CHECK_RESULT sbk_result reader_work(struct cli_call *call, struct sbk_station **station, struct sbk_error *error);

/* Asks for what opens the station's keys: the pass phrase, or the PIN of their token; secret stays empty where nothing is
 * asked for. And opens them with it. */
SBK_CHECK_RESULT sbk_result reader_secret(
    struct cli_call *call, const struct sbk_station *station, struct sbk_secret *secret, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result reader_unlock(struct cli_call *call, struct sbk_station *station, struct sbk_error *error);

/* Whether the station's keys must be opened for what was just refused: a certificate came for the next ones, and the present
 * ones have a last word to sign. */
bool reader_wants_keys(const struct sbk_error *error);

/* A card on the reader of --reader, or on the only one that holds a card. The caller closes *pcsc. */
SBK_CHECK_RESULT sbk_result reader_card(struct cli_call *call, struct sbk_pcsc **pcsc, struct sbk_error *error);

/* Gives a file to the one who asked: to --to FILE (whole, replacing), else under --json as the field of that name, else
 * to standard output. */
SBK_CHECK_RESULT sbk_result reader_give(
    struct cli_call *call, const char *field, const struct sbk_buffer *text, struct sbk_error *error);

/* Signs the log's head at the end of a run that appended; a failure is a warning, the log itself is whole. */
void reader_checkpoint(struct cli_call *call, struct sbk_station *station);

/* ---- what people and programs are shown (show.c) ---- */

/* "Programme 2, rice..." is not known to a station: programmes are numbers. JSON object of a purse's balance. */
json_t *reader_purse_json(const struct sbk_purse_view *purse);
json_t *reader_bill_json(const struct sbk_bill *bill);
json_t *reader_delivered_json(const struct sbk_delivered *delivered, size_t count);
void reader_say_delivered(struct cli_call *call, const struct sbk_delivered *delivered, size_t count);
json_t *reader_settled_json(const struct sbk_settled *settled, size_t count);
const char *reader_unit_word(uint8_t unit);       /* "g", "ml", "pc", "rp" */
const char *reader_role_word(uint8_t role);       /* "store", "registrar", "auditor" */
const char *reader_state_word(uint8_t state);     /* "active"... */
const char *reader_outcome_word(uint8_t outcome); /* "settled"... */
/* One line of what a log entry says; aliases only, as everywhere in a log. */
#define READER_ENTRY_ROOM 160
struct sbk_log_entry;
void reader_entry_text(const struct sbk_log_entry *entry, char text[READER_ENTRY_ROOM]);
/* The station's hotlist: field "hotlist" (null: none), and lines. And the warning before a card is served, on standard
 * error, where a newer list is due. */
void reader_show_hotlist(struct cli_call *call, const struct sbk_station *station);
void reader_warn_hotlist(struct cli_call *call, const struct sbk_station *station);
/* The lines of a bill, one each. */
void reader_say_lines(const struct cli_call *call, const struct sbk_bill *bill);
/* Tells the clerk what became of earlier transactions on this card. */
void reader_say_settled(struct cli_call *call, const struct sbk_settled *settled, size_t count);

const char *reader_operation_word(uint8_t operation); /* "debit"... */
/* Tells which transactions are not settled, with what is needed to settle them: fields "open" and "doubt". Those in
 * doubt only where doubt is true. */
SBK_CHECK_RESULT sbk_result reader_say_unsettled(
    struct cli_call *call, struct sbk_station *station, bool doubt, struct sbk_error *error);

/* How a run with a card ended (command_outcome.c). */
enum reader_outcome { READER_DONE, READER_NOTHING, READER_AGAIN };
/* The last line, one of three for each operation (enum sbk_log_operation), and the field "outcome". */
void reader_outcome(struct cli_call *call, uint8_t operation, enum reader_outcome outcome);
/* READER_NOTHING's sentence, not translated, for a verb that charges or changes cards; NULL for others. */
const char *reader_failed(const char *verb);
/* READER_AGAIN if the card must be tapped again before it can be said that nothing happened, else READER_NOTHING;
 * alias and words as for sbk_station_waits, station NULL: it was not opened. */
enum reader_outcome reader_nothing_or_again(
    struct sbk_station *station, uint8_t operation, const char *words, const uint8_t *alias);

/* ---- the verbs ---- */
sbk_result cmd_enrol(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_rekey(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_install(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_activate(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_balance(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_redeem(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_void(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_verify(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_show(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_checkpoint(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_prove(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_consistency(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_cross_check(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_log_check(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_courier_import(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_hotlist_import(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_list_import(struct cli_call *call, struct sbk_error *error);
sbk_result cmd_status(struct cli_call *call, struct sbk_error *error);

#endif
