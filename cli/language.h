/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_CLI_LANGUAGE_H
#define SBK_CLI_LANGUAGE_H

/*
 * Sets the locale and binds the translations: those installed, or the build folder's while the program runs from there.
 * language is "id" or "en" (from --language) or NULL for what LC_ALL, LC_MESSAGES, LANG and LANGUAGE say. Works without
 * any generated locale: then C.UTF-8 and the language alone. Numbers keep their C form. Returns 0, or -1 for another
 * language.
 */
int cli_language(const char *language);

/* Calls run with the texts in this language ("id" or "en"), then goes back to the one before. */
void cli_language_during(const char *language, void (*run)(void *context), void *context);

#endif
