/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sales over PC/SC under a clock that jumps at one of its readings: to each of the given moments, at the first reading,
 * the second... until a sale ends before the jump. Then the clock is right again and whatever is open is settled.
 *
 *     clock_sale STATION PASSPHRASE PIN NOW MOMENT ...        times in UTC seconds
 *
 * Prints {"sales", "done", "refused", "unsettled", "spent"}; what the station counts as sold and what the card has
 * spent agree after every sale, or it says so and fails.
 */
#include "base/clock.h"
#include "reader/pcsc.h"
#include "reader/sale.h"
#include "reader/session_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAMS 10
#define RICE 0 /* slot */

struct jumping {
    int64_t now, then;
    long left; /* readings until it jumps */
};

static int64_t read_clock(void *context) {
    struct jumping *clock = context;
    return clock->left-- > 0 ? clock->now : clock->then;
}

struct shop {
    struct sbk_station *station;
    struct sbk_pcsc *pcsc;
    struct sbk_pin pin;
    struct jumping clock;
    const struct sbk_certificate *certificate;
    uint32_t spent; /* of the card, by what the station sold */
    unsigned sales, done, refused, unsettled;
};

static void fail(const struct shop *shop, const char *what) {
    fprintf(stderr, "sale %u, jump to %lld: %s\n", shop->sales, (long long)shop->clock.then, what);
    exit(1);
}

static sbk_result open_session(struct shop *shop, struct sbk_session **session, struct sbk_error *error) {
    sbk_result result = sbk_pcsc_connect(shop->pcsc, error);
    return result == SBK_OK ? sbk_session_open(session, shop->station, sbk_pcsc_transport(shop->pcsc), error) : result;
}

static void judge_receipt(struct shop *shop, const struct sbk_sale *sale) {
    const struct sbk_entry *entry = &sbk_sale_receipt(sale)->entry;
    uint16_t day = sbk_date_of_time(entry->time);
    if (day < shop->certificate->effective || day > shop->certificate->expiry)
        fail(shop, "the card signed a time outside the certificate");
    if (entry->floor < shop->certificate->effective)
        fail(shop, "the card's floor is below the certificate");
    shop->spent += GRAMS;
    shop->done++;
}

static sbk_result sell(struct shop *shop, struct sbk_sale **sale, struct sbk_error *error) {
    static const char *const words[] = {"beras=10g"};
    struct sbk_sale_options options = {.words = words, .word_count = 1};
    struct sbk_session *session = NULL;
    sbk_result result = sbk_sale_new(sale, shop->station, &options, error);
    if (result == SBK_OK)
        result = open_session(shop, &session, error);
    if (result == SBK_OK)
        result = sbk_sale_read(*sale, session, error);
    if (result == SBK_OK)
        result = sbk_sale_confirm(*sale, SBK_WHO_HOLDER, &shop->pin, error);
    if (result == SBK_OK)
        result = sbk_sale_charge(*sale, session, error);
    sbk_session_close(&session);
    return result;
}

/* With the clock right: what the card says of the sale, and of all of them. */
static void settle(struct shop *shop, struct sbk_sale *sale) {
    struct sbk_session *session = NULL;
    struct sbk_error error = {0};
    if (open_session(shop, &session, &error) != SBK_OK)
        fail(shop, error.text);
    if (sbk_sale_state_of(sale) == SBK_SALE_STATE_OPEN) {
        shop->unsettled++;
        if (sbk_sale_resume(sale, session, &error) != SBK_OK && sbk_sale_state_of(sale) != SBK_SALE_STATE_NOTHING)
            fail(shop, error.text);
        if (sbk_sale_state_of(sale) == SBK_SALE_STATE_DONE)
            judge_receipt(shop, sale);
    }
    if (session->view.status.spent[RICE].spent != shop->spent)
        fail(shop, "the card has spent something else than was sold");
    sbk_session_close(&session);
}

/* One sale with the jump at the reading; false: it ended before. */
static bool try_jump(struct shop *shop, int64_t moment, long reading) {
    struct sbk_sale *sale = NULL;
    struct sbk_error error = {0};
    int64_t now = shop->clock.now;
    shop->clock.then = moment;
    shop->clock.left = reading;
    shop->sales++;
    sbk_result result = sell(shop, &sale, &error);
    bool jumped = shop->clock.left < 0;
    if (result == SBK_OK)
        judge_receipt(shop, sale);
    else if (result == SBK_REFUSED)
        shop->refused++;
    else if (result != SBK_UNSETTLED)
        fail(shop, error.text);
    shop->clock.then = now;
    if (sale != NULL)
        settle(shop, sale);
    sbk_sale_free(&sale);
    return jumped;
}

int main(int argc, char **argv) {
    struct shop shop = {0};
    struct sbk_clock clock = {read_clock, &shop.clock};
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_error error = {0};
    if (argc < 6)
        return SBK_USAGE;
    shop.clock.now = shop.clock.then = strtoll(argv[4], NULL, 10);
    struct sbk_station_options options = {.path = argv[1], .clock = &clock};
    sbk_result result = sbk_station_open(&shop.station, &options, SBK_STATION_WORK, &error);
    if (result == SBK_OK)
        result = sbk_secret_copy(&passphrase, argv[2], strlen(argv[2]), &error);
    if (result == SBK_OK)
        result = sbk_station_unlock(shop.station, &passphrase, &error);
    if (result == SBK_OK)
        result = sbk_pin_of(argv[3], strlen(argv[3]), &shop.pin, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_open(&shop.pcsc, &error);
    if (result == SBK_OK)
        result = sbk_pcsc_choose(shop.pcsc, NULL, &error);
    if (result != SBK_OK)
        fail(&shop, error.text);
    shop.certificate = sbk_station_certificate(shop.station);
    for (int i = 5; i < argc; i++)
        for (long reading = 0; try_jump(&shop, strtoll(argv[i], NULL, 10), reading); reading++)
            ;
    printf("{\"sales\": %u, \"done\": %u, \"refused\": %u, \"unsettled\": %u, \"spent\": %u}\n", shop.sales, shop.done,
        shop.refused, shop.unsettled, (unsigned)shop.spent);
    sbk_pcsc_close(&shop.pcsc);
    sbk_station_close(&shop.station);
    sbk_secret_free(&passphrase);
    return 0;
}
