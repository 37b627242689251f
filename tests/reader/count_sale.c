/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sells one piece of "telur" several times over PC/SC and prints, for each sale, how many SQL statements ran and how
 * often a file was synced between its beginning and "hand over the goods".
 *
 *     count_sale STATION PASSPHRASE PIN SALES [void]       void: each is voided, and the void is counted instead
 */
#include "base/clock.h"
#include "reader/pcsc.h"
#include "reader/sale.h"
#include "reader/station_private.h"
#include "reader/void.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned syncs;
static unsigned statements;

/* SQLite calls these; the program's own come before the C library's. */
int fsync(int descriptor) {
    syncs++;
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor) {
    syncs++;
    return (int)syscall(SYS_fdatasync, descriptor);
}

static int count_statement(unsigned event, void *context, void *statement, void *text) {
    (void)event;
    (void)context;
    (void)statement;
    statements += strncmp(text, "--", 2) != 0; /* "--": a trigger's inner statement */
    return 0;
}

static void print_counts(void) {
    printf("{\"statements\": %u, \"syncs\": %u}\n", statements, syncs);
}

static sbk_result take_back(
    struct sbk_station *station, struct sbk_pcsc *pcsc, uint32_t number, struct sbk_error *error) {
    struct sbk_void order = {.of = number};
    struct sbk_session *session = NULL;
    statements = 0;
    syncs = 0;
    sbk_result result = sbk_void_begin(station, &order, error);
    if (result == SBK_OK)
        result = sbk_session_open(&session, station, sbk_pcsc_transport(pcsc), error);
    if (result == SBK_OK)
        result = sbk_void_read(session, &order, error);
    if (result == SBK_OK)
        result = sbk_void_run(session, &order, error);
    if (result == SBK_OK)
        print_counts();
    sbk_session_close(&session);
    return result;
}

static sbk_result sell(struct sbk_station *station, struct sbk_pcsc *pcsc, const struct sbk_pin *pin, uint32_t *number,
    struct sbk_error *error) {
    static const char *const words[] = {"telur=1pc"};
    struct sbk_sale_options options = {.words = words, .word_count = 1};
    struct sbk_sale *sale = NULL;
    struct sbk_session *session = NULL;
    statements = 0;
    syncs = 0;
    sbk_result result = sbk_sale_new(&sale, station, &options, error);
    if (result == SBK_OK)
        result = sbk_session_open(&session, station, sbk_pcsc_transport(pcsc), error);
    if (result == SBK_OK)
        result = sbk_sale_read(sale, session, error);
    if (result == SBK_OK)
        result = sbk_sale_confirm(sale, SBK_WHO_HOLDER, pin, error);
    if (result == SBK_OK)
        result = sbk_sale_charge(sale, session, error);
    if (result == SBK_OK)
        *number = sbk_sale_transaction(sale);
    sbk_session_close(&session);
    sbk_sale_free(&sale);
    return result;
}

int main(int argc, char **argv) {
    struct sbk_process_clock clock;
    struct sbk_station *station = NULL;
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_pin pin;
    struct sbk_error error = {0};
    uint32_t number = 0;
    if (argc != 5 && argc != 6)
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
        result = sbk_pin_of(argv[3], strlen(argv[3]), &pin, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_open(&pcsc, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_choose(pcsc, NULL, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_connect(pcsc, &error);
    if (result == SBK_OK)
        (void)sqlite3_trace_v2(sbk_database_handle(station->database), SQLITE_TRACE_STMT, count_statement, NULL);
    for (long left = strtol(argv[4], NULL, 10); result == SBK_OK && left > 0; left--) {
        result = sell(station, pcsc, &pin, &number, &error);
        if (result == SBK_OK && argc == 6)
            result = take_back(station, pcsc, number, &error);
        else if (result == SBK_OK)
            print_counts();
    }
    if (result != SBK_OK)
        fprintf(stderr, "%s\n", error.text);
    sbk_pcsc_close(&pcsc);
    sbk_station_close(&station);
    sbk_secret_free(&passphrase);
    return (int)result;
}
