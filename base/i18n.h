/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_I18N_H
#define SBK_BASE_I18N_H

#include <libintl.h>

/*
 * Texts for people. The message id is the English text; libraries name the domain, so that they are translated in any
 * program that bound it (cli/language.h does) and stay English elsewhere.
 */
#define SBK_TEXT_DOMAIN "sembako"

/* Translates now. */
#define _(text) dgettext(SBK_TEXT_DOMAIN, text)
/* Marks a text in a table; whoever prints it translates it with _(). */
#define N_(text) text
/* Translates a text that depends on a number. */
#define P_(one, many, count) dngettext(SBK_TEXT_DOMAIN, one, many, (unsigned long)(count))

#endif
