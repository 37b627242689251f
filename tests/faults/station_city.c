/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/station_city.h"

#include "keys/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOON 1760500800 /* 2025-10-15T12:00 WITA */

const char *const station_names[STATIONS] = {"store", "other", "registrar"};
struct city city;
uint8_t alias_room[SBK_ALIAS_SIZE];
const char *scene = "";
size_t scene_shot;
char scene_fate[32] = "";
unsigned failures;
unsigned points;

static int64_t noon(void *context) {
    (void)context;
    return NOON;
}
static const struct sbk_clock clock_at_noon = {noon, NULL};

bool check(bool holds, const char *promise, const char *detail) {
    if (!holds) {
        if (failures < 25)
            printf("# %s, step %zu (%s), %s: %s: %s\n", scene, scene_shot,
                scene_shot < city.shot_count ? city.shots[scene_shot].what : "", scene_fate, promise, detail);
        failures++;
    }
    return holds;
}

void must(sbk_result result, const struct sbk_error *error, const char *doing) {
    if (result == SBK_OK)
        return;
    printf("Bail out! %s: %s\n", doing, error->text);
    exit(1);
}

/* ---- stations ---- */

sbk_result open_at(unsigned which, const char *vfs, struct sbk_station **station, struct sbk_error *error) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", city.folder, station_names[which]);
    struct sbk_station_options options = {.path = path, .clock = &clock_at_noon, .clock_set = true, .vfs = vfs};
    sbk_result result = sbk_station_open(station, &options, SBK_STATION_WORK, error);
    if (result == SBK_OK) { /* keys opened once: their pass phrase costs time on purpose */
        (*station)->agreement = city.agreement[which];
        (*station)->log_key = city.log_key[which];
    }
    return result;
}

void close_it(struct sbk_station **station) {
    if (*station == NULL)
        return;
    (*station)->agreement = NULL;
    (*station)->log_key = NULL;
    sbk_station_close(station);
}

void open_keys(unsigned which) {
    struct sbk_station *station = NULL;
    struct sbk_secret passphrase = SBK_SECRET_EMPTY;
    struct sbk_error error = {0};
    static const char phrase[] = "a pass phrase for tests";
    must(open_at(which, NULL, &station, &error), &error, station_names[which]);
    must(sbk_secret_copy(&passphrase, phrase, sizeof phrase - 1, &error), &error, "pass phrase");
    must(sbk_station_unlock(station, &passphrase, &error), &error, "unlocking");
    city.agreement[which] = station->agreement;
    city.log_key[which] = station->log_key;
    sbk_secret_free(&passphrase);
    close_it(&station);
}

void tell(uint32_t number, enum told_what what, const struct sbk_receipt *receipt) {
    struct told *told = &city.told[city.told_count];
    if (city.told_count == TOLD_MAX)
        return;
    told->number = number;
    told->what = what;
    if (receipt != NULL)
        memcpy(told->hash, receipt->hash, sizeof told->hash);
    city.told_count++;
}

/* ---- a sale as the program does it ---- */

static sbk_result sell_with(
    struct sbk_station *station, const struct wish *wish, struct sbk_sale **sale, struct sbk_error *error) {
    struct sbk_session *session = NULL;
    struct sbk_pin pin = city.pin;
    struct sbk_sale_options options = {.words = &wish->words, .word_count = 1, .transaction = wish->number};
    sbk_result result = sbk_sale_new(sale, station, &options, error);
    if (result != SBK_OK)
        return result;
    tell(sbk_sale_transaction(*sale), TOLD_NUMBER, NULL);
    if (wish->wrong_pin)
        pin.digits[0] = '9';
    rig_tap(&city.rig);
    result = sbk_session_open(&session, station, &city.rig.transport, error);
    if (result == SBK_OK)
        result = sbk_sale_read(*sale, session, error);
    if (result == SBK_OK && sbk_sale_state_of(*sale) == SBK_SALE_STATE_PRICED)
        result = sbk_sale_confirm(*sale, SBK_WHO_HOLDER, &pin, error);
    if (result == SBK_OK)
        result = sbk_sale_charge(*sale, session, error);
    if (result == SBK_OK)
        tell(sbk_sale_transaction(*sale), TOLD_RECEIPT, sbk_sale_receipt(*sale));
    else if (sbk_sale_state_of(*sale) == SBK_SALE_STATE_NOTHING)
        tell(sbk_sale_transaction(*sale), TOLD_NOTHING, NULL);
    sbk_session_close(&session);
    return result;
}

/* receipt may be NULL. */
sbk_result sell(struct sbk_station *station, const struct wish *wish, struct sbk_receipt *receipt, bool *repeated,
    struct sbk_error *error) {
    struct sbk_sale *sale = NULL;
    struct sbk_error ignored;
    sbk_result result = sell_with(station, wish, &sale, error);
    if (result == SBK_OK && receipt != NULL)
        *receipt = *sbk_sale_receipt(sale);
    if (result == SBK_OK && repeated != NULL)
        *repeated = sbk_sale_repeated(sale);
    sbk_sale_free(&sale);
    if (sbk_log_checkpoint(station, &ignored) != SBK_OK && result == SBK_OK)
        return SBK_OK; /* the program warns; the sale stands */
    return result;
}

sbk_result take_back(struct sbk_station *station, uint32_t sale, struct sbk_error *error) {
    struct sbk_void order = {.of = sale};
    struct sbk_session *session = NULL;
    struct sbk_error ignored;
    sbk_result result = sbk_void_begin(station, &order, error);
    if (result != SBK_OK)
        return result;
    tell(order.transaction, TOLD_NUMBER, NULL);
    rig_tap(&city.rig);
    result = sbk_session_open(&session, station, &city.rig.transport, error);
    if (result == SBK_OK)
        result = sbk_void_read(session, &order, error);
    if (result == SBK_OK)
        result = sbk_void_run(session, &order, error);
    if (result == SBK_OK)
        tell(order.transaction, TOLD_RECEIPT, &order.receipt);
    sbk_session_close(&session);
    if (sbk_log_checkpoint(station, &ignored) != SBK_OK && result == SBK_OK)
        return SBK_OK; /* the program warns; the void stands */
    return result;
}

/* ---- steps ---- */

void shoot(void *context, const char *what) {
    (void)context;
    city.shots = realloc(city.shots, (city.shot_count + 1) * sizeof *city.shots);
    if (city.shots == NULL)
        abort();
    struct shot *shot = &city.shots[city.shot_count++];
    shot->disk = crash_disk_copy(crash_disk_now());
    memcpy(shot->image, rig_image(&city.rig), sizeof shot->image);
    shot->told = city.told_count;
    (void)snprintf(shot->what, sizeof shot->what, "%s", what);
}

void record(bool on) {
    crash_vfs_watch(on ? shoot : NULL, NULL);
    city.rig.before_apdu = on ? shoot : NULL;
}

void forget_shots(void) {
    for (size_t i = 0; i < city.shot_count; i++)
        crash_disk_free(&city.shots[i].disk);
    free(city.shots);
    city.shots = NULL;
    city.shot_count = 0;
}

void restore(const struct crash_disk *disk, const uint8_t *image) {
    crash_disk_use(disk);
    memcpy(rig_image(&city.rig), image, RIG_IMAGE_SIZE);
    rig_tap(&city.rig);
}
