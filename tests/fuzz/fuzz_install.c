/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a city that an honest station, and one that pins its first root, is given: a station's certificate, an office
 * certificate, a courier with root links. None of them is of the station's own city, so that nothing is ever taken:
 * roots, certificate and what waits for cards stay as they are.
 *
 * Input: the file. The corpus holds whole ones of another city, signed, so that a first install is verified to the end.
 */
#include "keys/install.h"
#include "reader/courier.h"
#include "tests/fuzz/station.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *promise) {
    if (!good) {
        fprintf(stderr, "broken promise: %s\n", promise);
        abort();
    }
}

static void first_install(const uint8_t *data, size_t size, const struct sbk_station *station) {
    const struct sbk_key_info *agreement = sbk_key_info(station->agreement);
    const struct sbk_key_info *log_key = sbk_key_info(station->log_key);
    struct sbk_station_keys keys = {.agreement = agreement, .log_key = log_key, .station = agreement};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_station_certificate certificate;
    struct sbk_office_certificate office;
    struct sbk_roots roots;
    struct sbk_trust *trust = NULL;
    struct sbk_error error;
    const uint16_t day = sbk_station_today(station);

    memcpy(keys.terminal, station->terminal, sizeof keys.terminal);
    must(sbk_station_certificate_open(data, size, &keys, NULL, day, &content, &certificate, &roots, &trust, &error) !=
                 SBK_OK &&
             trust == NULL,
        "a certificate of other keys is refused");
    sbk_buffer_free(&content);
    must(sbk_office_certificate_open(
             data, size, agreement, NULL, day, false, &content, &office, &roots, &trust, &error) != SBK_OK &&
             trust == NULL,
        "an office's certificate of another key is refused");
    sbk_buffer_free(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sbk_station *station; /* one for all runs: nothing ever changes it */
    struct sbk_courier_taken taken;
    struct sbk_root_view roots[2];
    struct sbk_error error;
    size_t waiting = 1;
    uint32_t newest = 1;

    if (station == NULL)
        station = fuzz_station_open();
    first_install(data, size, station);
    must(sbk_courier_take(station, data, size, &taken, &error) != SBK_OK, "a courier of another city is refused");
    must(sbk_station_roots(station, roots, 2) == 1 && roots[0].until == SBK_NO_END, "the root stays as it is");
    must(sbk_parcels_waiting(station, &waiting, &newest, &error) == SBK_OK && waiting == 0 && newest == 0,
        "nothing waits for a card");
    must(sbk_station_certificate(station) != NULL, "the certificate stays");
    return 0;
}
