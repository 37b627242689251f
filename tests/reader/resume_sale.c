/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sale whose debit is lost on its way there ("before") or back ("after"), resumed by the same process with the card
 * tapped again, as a station's page does it.
 *
 *     resume_sale STATION PASSPHRASE PIN before|after
 *
 * Exit status 0 if every step behaved; prints the receipt's transaction.
 */
#include "base/clock.h"
#include "reader/pcsc.h"
#include "reader/sale.h"

#include <stdio.h>
#include <string.h>

/* A transport around the real one that loses the debit once. */
struct losing {
    struct sbk_transport *inner;
    bool armed;
    bool before;
};

static sbk_result lose_debit(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct losing *losing = context;
    bool lose = losing->armed && size > 1 && command[1] == SBK_INS_DEBIT;
    losing->armed = losing->armed && !lose;
    if (lose && losing->before)
        return sbk_fail(error, SBK_ENVIRONMENT, "card-removed", "lost before");
    sbk_result result = losing->inner->transmit(losing->inner->context, command, size, response, room, received, error);
    return lose ? sbk_fail(error, SBK_ENVIRONMENT, "card-removed", "lost after") : result;
}

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: %s does not hold: %s\n", __LINE__, #condition, error.text);                      \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

static int sell(struct sbk_station *station, struct sbk_pcsc *pcsc, const struct sbk_pin *pin, bool before) {
    static const char *const words[] = {"telur=1pc"};
    struct sbk_sale_options options = {.words = words, .word_count = 1};
    struct losing losing = {sbk_pcsc_transport(pcsc), true, before};
    struct sbk_transport transport = {.transmit = lose_debit, .context = &losing};
    struct sbk_sale *sale = NULL;
    struct sbk_session *session = NULL;
    struct sbk_error error = {0};
    EXPECT(sbk_sale_new(&sale, station, &options, &error) == SBK_OK);
    EXPECT(sbk_session_open(&session, station, &transport, &error) == SBK_OK);
    EXPECT(sbk_sale_charge(sale, session, &error) == SBK_USAGE); /* not read, not confirmed */
    EXPECT(sbk_sale_read(sale, session, &error) == SBK_OK);
    EXPECT(sbk_sale_confirm(sale, SBK_WHO_HOLDER, NULL, &error) == SBK_REFUSED); /* no PIN */
    EXPECT(sbk_sale_confirm(sale, SBK_WHO_HOLDER, pin, &error) == SBK_OK);
    EXPECT(sbk_sale_charge(sale, session, &error) == SBK_UNSETTLED);
    EXPECT(sbk_sale_state_of(sale) == SBK_SALE_STATE_OPEN);
    EXPECT(sbk_sale_cancel(sale, &error) == SBK_REFUSED); /* only the card tells now */
    sbk_session_close(&session);
    EXPECT(sbk_pcsc_connect(pcsc, &error) == SBK_OK);
    EXPECT(sbk_session_open(&session, station, &transport, &error) == SBK_OK);
    EXPECT(sbk_sale_resume(sale, session, &error) == SBK_OK);
    EXPECT(sbk_sale_state_of(sale) == SBK_SALE_STATE_DONE);
    EXPECT(sbk_sale_charge(sale, session, &error) == SBK_OK); /* done is done: nothing more is sent */
    EXPECT(sbk_sale_resume(sale, session, &error) == SBK_USAGE);
    EXPECT(sbk_sale_receipt(sale)->entry.transaction == sbk_sale_transaction(sale));
    printf("%u\n", (unsigned)sbk_sale_transaction(sale));
    sbk_session_close(&session);
    sbk_sale_free(&sale);
    return 0;
}

int main(int argc, char **argv) {
    struct sbk_process_clock clock;
    struct sbk_station *station = NULL;
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_pin pin;
    struct sbk_error error = {0};
    EXPECT(argc == 5);
    EXPECT(sbk_clock_of_process(&clock, &error) == SBK_OK);
    struct sbk_station_options options = {.path = argv[1], .clock = &clock.clock, .clock_set = clock.set};
    EXPECT(sbk_station_open(&station, &options, SBK_STATION_WORK, &error) == SBK_OK);
    EXPECT(sbk_secret_copy(&passphrase, argv[2], strlen(argv[2]), &error) == SBK_OK);
    EXPECT(sbk_station_unlock(station, &passphrase, &error) == SBK_OK);
    EXPECT(sbk_pin_of(argv[3], strlen(argv[3]), &pin, &error) == SBK_OK);
    EXPECT(sbk_pcsc_open(&pcsc, &error) == SBK_OK);
    EXPECT(sbk_pcsc_choose(pcsc, NULL, &error) == SBK_OK);
    EXPECT(sbk_pcsc_connect(pcsc, &error) == SBK_OK);
    int status = sell(station, pcsc, &pin, strcmp(argv[4], "before") == 0);
    sbk_pcsc_close(&pcsc);
    sbk_station_close(&station);
    sbk_secret_free(&passphrase);
    return status;
}
