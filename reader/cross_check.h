/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_CROSS_CHECK_H
#define SBK_READER_CROSS_CHECK_H

#include "reader/log.h"

/*
 * The logs of several stations side by side. Each is verified by itself; then the receipts of all cards are put
 * together: per card they must be one whole chain, its sums conserved; every head that a card signed for one of these
 * logs must be the beginning of that log; what one log left open another may settle. Nothing is written, no secret is
 * needed. The order in which logs are added does not matter; the same receipt in several of them is as it should be.
 */
struct sbk_cross_check;

/* What was found. severity SBK_OK: worth knowing; SBK_UNSETTLED: something is missing that another log or the card's
 * next tap may bring; SBK_TAMPERED: somebody lied, or a card was copied. */
struct sbk_cross_finding {
    sbk_result severity;
    const char *reason;   /* "card-forked", "receipt-missing", "amount-not-conserved", "log-rolled-back"... */
    const uint8_t *alias; /* of the card; NULL: no card's */
    uint32_t counter;     /* of the entry; with alias only */
    const char *station;  /* id of the station whose log it is about; NULL: no single one's */
    const char *text;     /* translated */
};

struct sbk_cross_card {
    uint8_t alias[SBK_ALIAS_SIZE];
    uint32_t entries; /* of its chain that the logs hold; of a fork the first of each number */
    uint32_t newest;  /* counter of the newest one; what came after it has met no station here */
    uint32_t missing; /* numbers below it of which no log holds the entry */
    bool forked;
};

struct sbk_cross_log {
    const char *path;
    const char *station; /* id */
    struct sbk_log_report report;
};

struct sbk_cross_report {
    uint32_t logs;
    uint32_t cards;
    uint32_t receipts;                    /* different ones */
    uint32_t findings[SBK_UNSETTLED + 1]; /* by severity */
};

struct sbk_cross_watch {
    void (*finding)(void *context, const struct sbk_cross_finding *finding);
    void (*log)(void *context, const struct sbk_cross_log *log);    /* once for each, after all were compared */
    void (*card)(void *context, const struct sbk_cross_card *card); /* by alias */
    void (*progress)(void *context, size_t done, size_t total);     /* of the log under way */
    void *context;
};

/* watch is borrowed until the end; each of its members may be NULL. */
SBK_CHECK_RESULT sbk_result sbk_cross_check_new(
    struct sbk_cross_check **check, const struct sbk_cross_watch *watch, struct sbk_error *error);
void sbk_cross_check_free(struct sbk_cross_check **check);

/* Verifies a station's log and takes what it holds. The station is the check's from here on, whatever the result. */
SBK_CHECK_RESULT sbk_result sbk_cross_check_add(
    struct sbk_cross_check *check, struct sbk_station *station, struct sbk_error *error);

/* Compares. SBK_TAMPERED or SBK_UNSETTLED with the reason of the first finding of the greatest severity; SBK_OK if all
 * holds together. */
SBK_CHECK_RESULT sbk_result sbk_cross_check_finish(
    struct sbk_cross_check *check, struct sbk_cross_report *report, struct sbk_error *error);

#endif
