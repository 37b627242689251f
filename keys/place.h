/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_PLACE_H
#define SBK_KEYS_PLACE_H

#include "base/error.h"
#include "base/file.h"

/*
 * A folder of secrets that appears whole or not at all: filled under the name DIR.part and renamed. Holds folders one
 * level deep. For the city's store here, and for the folders of stations and bureaus.
 */
struct sbk_place {
    char *path; /* without trailing slashes */
    char *part; /* where it is being made */
    struct sbk_lock lock;
};
#define SBK_PLACE_EMPTY                                                                                                \
    { NULL, NULL, SBK_LOCK_NONE }

/* Whether DIR can be made: it is not there, or an empty folder. SBK_REFUSED, "exists-already"; so that nobody is asked
 * for pass phrases in vain. */
SBK_CHECK_RESULT sbk_result sbk_place_free(const char *path, struct sbk_error *error);

/* Makes DIR.part, empty and locked. DIR must not be there, or be an empty folder. Errors: SBK_REFUSED,
 * "exists-already"; SBK_ENVIRONMENT, another process is at it. */
SBK_CHECK_RESULT sbk_result sbk_place_begin(struct sbk_place *place, const char *path, struct sbk_error *error);

/* With SBK_OK puts the folder in its place; with another result takes DIR.part away. Returns the result so far, or what
 * went wrong now. Frees place in any case; needs no successful begin. */
sbk_result sbk_place_end(struct sbk_place *place, sbk_result result, struct sbk_error *error);

#endif
