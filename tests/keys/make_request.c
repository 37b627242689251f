/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of an enrolment, for the tests of sembako-keys: what stations and bureaus do, by the same library.
 *
 *   make-request station FOLDER ID PASSPHRASE-FILE OUT      makes keys in FOLDER if they are not there, and a request
 *   make-request bureau FOLDER NAME PASSPHRASE-FILE OUT
 *   make-request open-station FOLDER ID CERTIFICATE         verifies a certificate file; prints the root's generation
 *   make-request open-bureau FOLDER NAME CERTIFICATE
 */
#include "base/clock.h"
#include "base/file.h"
#include "keys/install.h"
#include "schema/bundle.h"
#include "tests/harness/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sbk_error error;

static void check(sbk_result result) {
    if (result != SBK_OK) {
        (void)fprintf(stderr, "%s (%s)\n", error.text, error.reason);
        exit((int)result);
    }
}

static struct sbk_key *key_of(struct sbk_store *store, uint8_t role, const struct sbk_secret *passphrase) {
    struct sbk_key *key = NULL;
    check(sbk_store_newest(store, role) != 0 ? sbk_key_open(store, role, 0, passphrase, &key, &error)
                                             : sbk_key_generate(store, role, 1, 1, passphrase, &key, &error));
    return key;
}

static void request(bool station, const char *folder, const char *name, const char *secret, const char *out) {
    struct sbk_process_clock clock;
    struct sbk_store *store = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_key *first = NULL;
    struct sbk_key *log = NULL;
    struct sbk_key *agreement = NULL;
    uint8_t terminal[SBK_TERMINAL_SIZE];
    check(sbk_clock_of_process(&clock, &error));
    const struct sbk_tokens tokens = harness_tokens();
    check(sbk_store_create(&store, folder, true, &error));
    check(sbk_store_set_tokens(store, &tokens, &error));
    check(sbk_file_read_secret(secret, 1024, &passphrase, &error));
    passphrase.size--; /* the newline */
    const uint32_t now = sbk_clock_time(&clock.clock);
    if (station) {
        if (sbk_id_write(name, terminal, sizeof terminal) != SBK_FORMAT_OK) {
            exit(SBK_USAGE);
        }
        agreement = key_of(store, SBK_KEY_AGREEMENT, &passphrase);
        log = key_of(store, SBK_KEY_LOG, &passphrase);
        first = key_of(store, SBK_KEY_STATION, &passphrase);
        check(sbk_station_request_make(agreement, sbk_key_info(log), first, NULL, terminal, now, &file, &error));
    } else {
        first = key_of(store, SBK_KEY_BUREAU, &passphrase);
        check(sbk_office_request_make(first, name, now, &file, &error));
    }
    check(sbk_file_write(out, file.data, file.size, 0600, SBK_FILE_REPLACE, &error));
    sbk_key_close(&first);
    sbk_key_close(&log);
    sbk_key_close(&agreement);
    sbk_buffer_free(&file);
    sbk_secret_free(&passphrase);
    sbk_store_close(&store);
}

static void open_file(bool station, const char *folder, const char *name, const char *path) {
    struct sbk_process_clock clock;
    struct sbk_store *store = NULL;
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_trust *trust = NULL;
    struct sbk_key_info infos[3];
    struct sbk_station_certificate certificate;
    struct sbk_office_certificate office;
    struct sbk_roots roots;
    check(sbk_clock_of_process(&clock, &error));
    const uint16_t today = sbk_clock_today(&clock.clock);
    check(sbk_store_open(&store, folder, false, &error));
    check(sbk_file_read(path, 65536, &file, &error));
    if (station) {
        struct sbk_station_keys keys = {.agreement = &infos[0], .log_key = &infos[1], .station = &infos[2]};
        if (sbk_id_write(name, keys.terminal, sizeof keys.terminal) != SBK_FORMAT_OK) {
            exit(SBK_USAGE);
        }
        check(sbk_store_info(store, SBK_KEY_AGREEMENT, 0, &infos[0], &error));
        check(sbk_store_info(store, SBK_KEY_LOG, 0, &infos[1], &error));
        check(sbk_store_info(store, SBK_KEY_STATION, 0, &infos[2], &error));
        check(sbk_station_certificate_open(
            file.data, file.size, &keys, NULL, today, &content, &certificate, &roots, &trust, &error));
    } else {
        check(sbk_store_info(store, SBK_KEY_BUREAU, 0, &infos[0], &error));
        check(sbk_office_certificate_open(
            file.data, file.size, &infos[0], NULL, today, false, &content, &office, &roots, &trust, &error));
    }
    (void)printf("%u\n", sbk_trust_anchor(trust)->generation);
    sbk_trust_free(&trust);
    sbk_buffer_free(&content);
    sbk_buffer_free(&file);
    sbk_store_close(&store);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (argc == 6 && (strcmp(what, "station") == 0 || strcmp(what, "bureau") == 0)) {
        request(what[0] == 's', argv[2], argv[3], argv[4], argv[5]);
    } else if (argc == 5 && (strcmp(what, "open-station") == 0 || strcmp(what, "open-bureau") == 0)) {
        open_file(strcmp(what, "open-station") == 0, argv[2], argv[3], argv[4]);
    } else {
        return SBK_USAGE;
    }
    return 0;
}
