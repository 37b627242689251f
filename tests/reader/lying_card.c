/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a station takes for the receipt of what it asked: with a real card on the reader and a real session, answers that
 * a card with a certificate could sign, one field of each changed. The station is a copy: its log is spoilt afterwards.
 *
 *     lying_card STATION PASSPHRASE          exit status 0 if every lie was found and every truth taken
 */
#include "base/clock.h"
#include "keys/crypto.h"
#include "reader/operation.h"
#include "reader/pcsc.h"
#include "reader/receipt.h"
#include "schema/reason.h"

#include <stdio.h>
#include <string.h>

struct lie {
    const char *field;
    void (*tell)(struct sbk_entry *entry);
    sbk_result expected;
};

#define LIE(name, change)                                                                                              \
    static void lie_##name(struct sbk_entry *entry) {                                                                  \
        change;                                                                                                        \
    }
LIE(truth, (void)entry)
LIE(counter, entry->counter++)
LIE(mandate, entry->mandate++)
LIE(transaction, entry->transaction++)
LIE(time, entry->time++)
LIE(log_size, entry->log_size++)
LIE(log_root, entry->log_root[31] ^= 1)
LIE(previous, entry->previous[0] ^= 1)
LIE(digest, entry->digest[0] ^= 1)
LIE(terminal, entry->terminal[0] ^= 1)
LIE(kind, entry->kind = SBK_ENTRY_DEBIT; entry->who = SBK_WHO_HOLDER)
LIE(floor_back, entry->floor--)
LIE(floor_ahead, entry->floor++)
LIE(slot, entry->debits[0].slot++)
LIE(grant, entry->debits[0].grant++)
LIE(window, entry->debits[0].window++)
LIE(amount, entry->debits[0].amount++)
LIE(spent, entry->debits[0].spent++)

static const struct lie lies[] = {
    {"truth", lie_truth, SBK_OK},
    {"counter", lie_counter, SBK_TAMPERED},
    {"mandate", lie_mandate, SBK_TAMPERED},
    {"transaction", lie_transaction, SBK_TAMPERED},
    {"time", lie_time, SBK_TAMPERED},
    {"log size", lie_log_size, SBK_TAMPERED},
    {"log root", lie_log_root, SBK_TAMPERED},
    {"previous", lie_previous, SBK_TAMPERED},
    {"digest", lie_digest, SBK_TAMPERED},
    {"terminal", lie_terminal, SBK_TAMPERED},
    {"kind", lie_kind, SBK_TAMPERED},
    {"floor back", lie_floor_back, SBK_TAMPERED},
    {"floor ahead", lie_floor_ahead, SBK_TAMPERED},
    {"slot", lie_slot, SBK_TAMPERED},
    {"grant", lie_grant, SBK_TAMPERED},
    {"window", lie_window, SBK_TAMPERED},
    {"amount", lie_amount, SBK_TAMPERED},
    {"spent", lie_spent, SBK_TAMPERED},
};

/* What a card would answer, signed with the station's own key, which the session takes for the card's. */
static sbk_result answer(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    const struct lie *lie = operation->argument;
    uint8_t body[SBK_ENTRY_SIZE];
    uint8_t hash[SBK_HASH_SIZE];
    uint8_t signature[SBK_SIGNATURE_SIZE];
    struct sbk_entry entry = {.counter = operation->context.counter,
        .kind = operation->entry_kind,
        .who = operation->who,
        .mandate = operation->mandate,
        .transaction = operation->context.transaction,
        .time = operation->context.time,
        .log_size = operation->context.log_size,
        .floor = session->view.status.floor};
    memcpy(entry.alias, session->view.fci.alias, sizeof entry.alias);
    memcpy(entry.previous, operation->context.previous, sizeof entry.previous);
    memcpy(entry.terminal, session->station->terminal, sizeof entry.terminal);
    memcpy(entry.log_root, operation->context.log_root, sizeof entry.log_root);
    memcpy(entry.digest, operation->digest, sizeof entry.digest);
    memcpy(entry.debits, operation->expected, sizeof entry.debits);
    lie->tell(&entry);
    *status = SBK_SW_OK;
    if (sbk_entry_write(&entry, body) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s: no such entry", lie->field);
    sbk_result result = sbk_sha256(body, sizeof body, hash, error);
    if (result == SBK_OK)
        result = sbk_key_sign(session->station->agreement, hash, signature, error);
    return result == SBK_OK ? sbk_receipt_of(receipt, body, signature, error) : result;
}

/* Another mandate came between intent and answer. */
static sbk_result answer_after_mandate(const struct sbk_operation *operation, struct sbk_session *session,
    uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error) {
    session->view.status.mandate++;
    return answer(operation, session, status, receipt, error);
}

typedef sbk_result (*send_function)(const struct sbk_operation *operation, struct sbk_session *session,
    uint16_t *status, struct sbk_receipt *receipt, struct sbk_error *error);

static bool try_one(struct sbk_session *session, const struct lie *lie, send_function send, const char *name) {
    static const uint8_t content[SBK_ENTRY_SIZE] = {1};
    struct sbk_error error = {0};
    struct sbk_session kept = *session;
    struct sbk_operation operation = {.kind = SBK_OPERATION_VOID,
        .entry_kind = SBK_ENTRY_VOID,
        .content = content,
        .content_size = sizeof content,
        .expected = {{.slot = 3, .grant = 4, .amount = 2500, .spent = 2500}},
        .send = send,
        .argument = lie};
    sbk_result result = sbk_sha256(content, sizeof content, operation.digest, &error);
    if (result == SBK_OK)
        result = sbk_sale_reserve(session->station, 0, SBK_OPERATION_VOID, "void 0", &operation.transaction, &error);
    if (result == SBK_OK)
        result = sbk_operation_begin(&operation, session, &error);
    if (result == SBK_OK)
        result = sbk_operation_send(&operation, session, &error);
    *session = kept;
    if (result != lie->expected)
        printf("%s: %d where %d was expected: %s\n", name, (int)result, (int)lie->expected, error.text);
    return result == lie->expected;
}

/* As if a tap had settled an intent by a receipt that the card made on a day before the certificate. */
static sbk_result keep_lie(const struct sbk_operation *operation, struct sbk_session *session, uint16_t *status,
    struct sbk_receipt *receipt, struct sbk_error *error) {
    sbk_result result = answer(operation, session, status, receipt, error);
    if (result == SBK_OK)
        result = sbk_station_begin(session->station, error);
    if (result == SBK_OK)
        result = sbk_log_append_receipt(
            session->station, SBK_LOG_RECEIPT, receipt, session->view.certificate.signing_key, NULL, error);
    return result == SBK_OK ? sbk_station_commit(session->station, error) : result;
}

static bool try_all(struct sbk_session *session) {
    static const struct lie before_certificate = {"floor before the certificate", lie_truth, SBK_TAMPERED};
    bool good = true;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        good &= try_one(session, &lies[i], answer, lies[i].field);
    good &= try_one(session, &lies[0], answer_after_mandate, "a mandate after the intent");
    session->view.status.floor = session->station->certificate.effective;
    good &= try_one(session, &lies[0], answer, "floor of the certificate's first day");
    session->view.status.floor--;
    good &= try_one(session, &before_certificate, answer, before_certificate.field);
    return good & try_one(session, &before_certificate, keep_lie, "the same, kept");
}

static sbk_result run(struct sbk_station *station, struct sbk_pcsc *pcsc, bool *good, struct sbk_error *error) {
    struct sbk_session *session = NULL;
    struct sbk_settled settled[SBK_SETTLED_MAX];
    size_t count = 0;
    sbk_result result = sbk_session_open(&session, station, sbk_pcsc_transport(pcsc), error);
    if (result == SBK_OK)
        result = sbk_session_settle(session, settled, &count, error);
    if (result == SBK_OK) {
        const struct sbk_key_info *info = sbk_key_info(station->agreement);
        session->view.certificate.signing_key[0] = (uint8_t)(2 + (info->public_part[63] & 1));
        memcpy(session->view.certificate.signing_key + 1, info->public_part, 32);
        *good = try_all(session);
    }
    sbk_session_close(&session);
    return result;
}

int main(int argc, char **argv) {
    struct sbk_process_clock clock;
    struct sbk_station *station = NULL;
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_error error = {0};
    bool good = false;
    if (argc != 3)
        return SBK_USAGE;
    sbk_result result = sbk_clock_of_process(&clock, &error);
    struct sbk_station_options options = {.path = argv[1], .clock = &clock.clock, .clock_set = clock.set};
    if (result == SBK_OK)
        result = sbk_station_open(&station, &options, SBK_STATION_WORK, &error);
    if (result == SBK_OK)
        result = sbk_secret_copy(&passphrase, argv[2], strlen(argv[2]), &error);
    if (result == SBK_OK)
        result = sbk_station_unlock(station, &passphrase, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_open(&pcsc, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_choose(pcsc, NULL, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_connect(pcsc, &error);
    if (result == SBK_OK)
        result = run(station, pcsc, &good, &error);
    if (result != SBK_OK)
        fprintf(stderr, "%s\n", error.text);
    sbk_pcsc_close(&pcsc);
    sbk_station_close(&station);
    sbk_secret_free(&passphrase);
    return result == SBK_OK && good ? 0 : 1;
}
