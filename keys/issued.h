/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_ISSUED_H
#define SBK_KEYS_ISSUED_H

#include "base/database.h"
#include "keys/courier.h"
#include "keys/store.h"
#include "schema/bundle.h"

/* What the office has issued: keys.db in the city's store (schema/sql/keys-*.sql). Private to the program. */

/* Opens it; create: makes it if it is not there. */
SBK_CHECK_RESULT sbk_result issued_open(
    const struct sbk_store *store, bool create, struct sbk_database **database, struct sbk_error *error);

/* Whether anything was issued yet. */
bool issued_exists(const struct sbk_store *store);

/* Writes down an issued certificate. A terminal (an office) that is known must come with its present keys: SBK_REFUSED,
 * "exists-already", tells what to do. With rekey a terminal may come with three others, of which its present ones say that
 * they are its own (sbk_station_request_continues); the former stay in the books. */
enum issued_how { ISSUED_FIRST, ISSUED_AGAIN, ISSUED_OTHER_KEYS };
struct issued_terminal {
    const struct sbk_station_request *request;
    const struct sbk_certificate *leaf;
    struct sbk_bytes leaf_bytes;
    const uint8_t *x509_key; /* point */
    struct sbk_bytes x509_serial;
    struct sbk_bytes x509;
    uint32_t issued;
    bool rekey;
};
SBK_CHECK_RESULT sbk_result issued_add_terminal(
    struct sbk_database *database, const struct issued_terminal *record, enum issued_how *how, struct sbk_error *error);

/* What both have. The error of a known name with other keys; and the end of a transaction according to how it went. */
sbk_result issued_other_keys(struct sbk_error *error, const char *name);
SBK_CHECK_RESULT sbk_result issued_finish(struct sbk_database *database, sbk_result result, struct sbk_error *error);

/* The registrars whose newest certificate is good on the day, with what is needed to encrypt to them; free(). Those whose
 * X.509 certificate is not known are left out. */
SBK_CHECK_RESULT sbk_result issued_registrars(struct sbk_database *database, uint16_t day,
    struct sbk_registrar **registrars, size_t *count, struct sbk_error *error);

struct issued_office {
    const char *name;
    const uint8_t *x509_key;
    struct sbk_bytes x509_serial;
    uint16_t effective;
    uint16_t expiry;
    uint32_t issued;
};
SBK_CHECK_RESULT sbk_result issued_add_office(
    struct sbk_database *database, const struct issued_office *record, bool *renewal, struct sbk_error *error);

/* A signed list: a number is used for one content only (SBK_REFUSED, "exists-already"); signing the same again is fine.
 */
SBK_CHECK_RESULT sbk_result issued_add_list(struct sbk_database *database, uint32_t number, uint16_t issued,
    size_t items, const uint8_t record_hash[SBK_HASH_SIZE], struct sbk_error *error);

/* Calls back with every terminal whose newest certificate ends before a day, the earliest first. */
typedef sbk_result (*issued_terminal_ends)(
    void *context, const char *terminal, uint16_t until, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result issued_each_ending(
    struct sbk_database *database, uint16_t before, issued_terminal_ends each, void *context, struct sbk_error *error);

/* Counts for status: terminals whose newest certificate is in force on the day, and all of them; the newest list. */
struct issued_counts {
    int64_t terminals;
    int64_t terminals_valid;
    int64_t offices;
    int64_t newest_list;
};
SBK_CHECK_RESULT sbk_result issued_count(
    struct sbk_database *database, uint16_t day, struct issued_counts *counts, struct sbk_error *error);

#endif
