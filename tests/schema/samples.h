/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_SCHEMA_SAMPLES_H
#define SBK_TESTS_SCHEMA_SAMPLES_H

#include "schema/basket.h"
#include "schema/hotlist.h"
#include "schema/log.h"
#include "schema/records.h"
#include "schema/root_request.h"

/* Valid values of every format, the same in the tests and in the fuzz targets' corpus. */

#define DAY(year, month, day) sample_day((year), (month), (day))
uint16_t sample_day(unsigned year, unsigned month, unsigned day);

struct sbk_certificate sample_certificate(enum sbk_role role);
struct sbk_identity sample_identity(void);   /* with an alternate */
struct sbk_purse sample_purse(uint8_t slot); /* rupiah, October to December 2026, carried over; grant 101 + slot */
struct sbk_mandate sample_mandate(void);     /* three purses: rice, oil, rupiah */
struct sbk_notice sample_notice(void);
struct sbk_link sample_link(void);
struct sbk_entry sample_entry(enum sbk_entry_kind kind); /* debit and void: two debits; mandate: one final */
struct sbk_closing sample_statement(void);
#define SAMPLE_ITEMS 3
struct sbk_items_header sample_items(struct sbk_item items[SAMPLE_ITEMS]);
#define SAMPLE_LINES 2
void sample_basket(struct sbk_line lines[SAMPLE_LINES]);
struct sbk_root_request sample_root_request(void); /* a succession by root 2: station CA 1 and list signer 3 */
struct sbk_root_answer sample_root_answer(void);   /* to such a one */
struct sbk_hotlist sample_hotlist(void);           /* number 4, whole */
struct sbk_hotlist sample_hotlist_change(void);    /* number 6, of number 4 */

/*
 * Bytes of a sample, whole (with a signature of 5A where the format has one). Static storage, until the next call.
 * kind: of an entry or of a log entry, or a certificate's role; not used otherwise.
 */
struct sample_bytes {
    uint8_t data[SBK_LOG_ENTRY_MAX];
    size_t size;
};
const struct sample_bytes *certificate_bytes(const struct sbk_certificate *certificate);
const struct sample_bytes *identity_bytes(const struct sbk_identity *identity);
const struct sample_bytes *mandate_bytes(const struct sbk_mandate *mandate);
const struct sample_bytes *notice_bytes(const struct sbk_notice *notice);
const struct sample_bytes *link_bytes(const struct sbk_link *link);
const struct sample_bytes *entry_bytes(const struct sbk_entry *entry);
const struct sample_bytes *statement_bytes(const struct sbk_closing *statement);
const struct sample_bytes *items_bytes(void);
const struct sample_bytes *basket_bytes(void);
enum sample_hotlist { SAMPLE_HOTLIST_WHOLE, SAMPLE_HOTLIST_CHANGE, SAMPLE_HOTLIST_BOTH /* one behind the other */ };
const struct sample_bytes *hotlist_bytes(enum sample_hotlist kind);
const struct sample_bytes *root_request_bytes(const struct sbk_root_request *request);
const struct sample_bytes *root_answer_bytes(const struct sbk_root_answer *answer);
const struct sample_bytes *log_bytes(uint8_t kind); /* a valid entry of each kind */
const struct sample_bytes *intent_bytes(enum sbk_log_operation operation);

#endif
