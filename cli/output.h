/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_OUTPUT_H
#define SBK_CLI_OUTPUT_H

#include "cli/cli.h"

#include <stdio.h>

/*
 * What a program says. Text for people goes to stdout as it comes and is left out under --json; under --json stdout
 * holds exactly one object, printed at the end: {"result": WORD, "reason": ..., "message": ..., and the verb's fields}.
 * Errors and warnings go to stderr in both cases.
 *
 * WORD is "done", "refused", "usage", "environment", "tampered" or "unsettled", one for each exit code; "reason" (a
 * word of schema/reason.h) and "message" stand there whenever it is not "done".
 */

/* Prints text for people; the caller ends lines itself. Nothing under --json. */
__attribute__((format(printf, 2, 3))) void cli_say(const struct cli_call *call, const char *format, ...);

/* Prints one line "PROGRAM: warning: TEXT" to stderr. */
__attribute__((format(printf, 2, 3))) void cli_warn(const struct cli_call *call, const char *format, ...);

/* Fields of the JSON object; later ones replace earlier ones of the same name. value of cli_field is taken over. NULL
 * text gives null. Failing memory is reported by cli_finish. */
void cli_field(struct cli_call *call, const char *name, json_t *value);
void cli_field_text(struct cli_call *call, const char *name, const char *text);
void cli_field_int(struct cli_call *call, const char *name, int64_t number);
void cli_field_bool(struct cli_call *call, const char *name, bool value);
void cli_field_hex(struct cli_call *call, const char *name, const void *data, size_t size);
void cli_field_day(struct cli_call *call, const char *name, uint16_t day);
void cli_field_time(struct cli_call *call, const char *name, uint32_t time);

/* How the run ended, for whoever stands before the terminal: the sentence (translated, static storage) is the last
 * thing that is said, after errors and warnings; word becomes the field "outcome". A verb with a sentence for failed
 * runs ends with that one and the word "nothing" unless it told another. */
void cli_outcome(struct cli_call *call, const char *word, const char *sentence);

/* The word of a result. */
const char *cli_result_word(sbk_result result);

/* Ends the run: the error to stderr, under --json the object to stdout, both flushed. Returns the exit code: the
 * result, or 3 if stdout could not be written (a full disk must not look like success). */
int cli_finish(struct cli_call *call, sbk_result result, const struct sbk_error *error);

#endif
