/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_ERROR_H
#define SBK_BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>

/*
 * How every host function reports failure.
 *
 * The result is the class of what happened; its value is the exit code of a program that ends with it. The struct
 * beside it carries the stable reason word of schema/reason.h and one sentence for people: what, where, what to do
 * next. A function that fails leaves its outputs untouched and its error filled; a NULL error is allowed everywhere.
 */
typedef enum sbk_result {
    SBK_OK = 0,
    SBK_REFUSED = 1,     /* the card or a rule said no, wrong passphrase */
    SBK_USAGE = 2,       /* the caller's words are off */
    SBK_ENVIRONMENT = 3, /* no reader, no card, no file, disk full */
    SBK_TAMPERED = 4,    /* a signature, hash or chain does not hold */
    SBK_UNSETTLED = 5,   /* a card may or may not have committed: tap it again */
} sbk_result;

#define SBK_CHECK_RESULT __attribute__((warn_unused_result))

struct sbk_error {
    sbk_result result;
    const char *reason; /* a word of schema/reason.h, static storage; NULL while nothing failed */
    char text[512];     /* translated, UTF-8, no newline at the end */
};

/* Fills error (if not NULL) and returns result, so that a failure is one statement. */
__attribute__((format(printf, 4, 5))) sbk_result sbk_fail(
    struct sbk_error *error, sbk_result result, const char *reason, const char *format, ...);

/* Puts "CONTEXT: " before the text already in error; for the layer that knows which file or card it was. Returns
 * result. */
__attribute__((format(printf, 3, 4))) sbk_result sbk_fail_in(
    struct sbk_error *error, sbk_result result, const char *format, ...);

#ifdef __clang_analyzer__
/* The analyzer does not see into error.c and would follow failures that end in SBK_OK. */
#define sbk_fail(error, result, ...) ((void)(sbk_fail)(error, result, __VA_ARGS__), (result))
#define sbk_fail_in(error, result, ...) ((void)(sbk_fail_in)(error, result, __VA_ARGS__), (result))
#endif

#endif
