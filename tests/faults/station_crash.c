/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station that dies at every step: before every change of its disk and before and after every APDU, in one process,
 * with a real card behind function calls. What the disk holds then meets every fate of crash_vfs.h; the station is
 * opened anew, the card tapped, and the promises checked. Also: each call of the disk fails, once and for good; and the
 * folder is put back as it was at each step, after the card went on.
 *
 *     station_crash WORLD        a folder made by tests/reader/world.py (see test_station_crash.py); prints TAP
 *
 * Able to fail, tried: synchronous=OFF in base/database.c (what was shown is lost); sbk_operation_send answering SBK_OK
 * where write_receipt failed (full disk, I/O errors); sbk_operation_begin rolling back in place of its commit (a receipt
 * without an intent).
 */
#include "keys/store.h"
#include "reader/courier.h"
#include "reader/hotlist.h"
#include "schema/reason.h"
#include "tests/faults/station_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN "135790"

static unsigned conflicts;

struct scenario {
    const char *name;
    unsigned station;
    const char *words; /* the sale that is interrupted; NULL: none */
    void (*prepare)(void);
    void (*act)(struct sbk_station *station);
};

static void try_fate(const struct scenario *scenario, size_t at, enum crash_fate fate, size_t n) {
    struct shot *shot = &city.shots[at];
    struct crash_disk *disk = crash_disk_copy(shot->disk);
    scene_shot = at;
    (void)snprintf(scene_fate, sizeof scene_fate, "fate %d of %zu", (int)fate, n);
    crash_disk_cut(disk, fate, n);
    restore(disk, shot->image);
    crash_disk_free(&disk);
    recover(scenario->station, scenario->words, shot->told, (unsigned)(at + n));
}

static void try_fates(const struct scenario *scenario, size_t at) {
    const struct shot *shot = &city.shots[at];
    size_t pending = crash_disk_pending(shot->disk);
    try_fate(scenario, at, CRASH_KEPT, 0);
    if (pending == 0)
        return;
    try_fate(scenario, at, CRASH_LOST, 0);
    if (strcmp(shot->what, "write") == 0) /* the sync after it sees the same changes and more */
        return;
    for (size_t n = 0; n < pending && !city.few; n++)
        for (int fate = CRASH_PREFIX; fate < CRASH_CHANCE; fate++)
            if (n % 2 == 0 || fate == CRASH_DROP || fate == CRASH_HEAD)
                try_fate(scenario, at, (enum crash_fate)fate, n);
    for (size_t seed = 0; seed < (city.few ? 1 : 3); seed++)
        try_fate(scenario, at, CRASH_CHANCE, seed);
}

static void act(const struct scenario *scenario) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    if (open_at(scenario->station, CRASH_VFS, &station, &error) == SBK_OK)
        scenario->act(station);
    close_it(&station);
}

static unsigned done;
static void report(const char *name, const char *kind, unsigned before, unsigned points_before) {
    printf("%s %u - %s: %s (%u points)\n", failures == before ? "ok" : "not ok", ++done, name, kind,
        points - points_before);
    (void)fflush(stdout);
}

/* Acts a scenario out, with a shot at every step. */
static void play(const struct scenario *scenario) {
    city.told_count = 0;
    record(true);
    act(scenario);
    shoot(NULL, "end");
    record(false);
}

static void run_crashes(const struct scenario *scenario) {
    unsigned before = failures;
    unsigned first = points;
    scene = scenario->name;
    play(scenario);
    for (size_t at = 0; at < city.shot_count; at++)
        try_fates(scenario, at);
    report(scenario->name, "killed and cut at every step", before, first);
    forget_shots();
}

static void run_faults(
    const struct scenario *scenario, const struct crash_disk *disk, const uint8_t *image, enum crash_fault fault) {
    unsigned before = failures;
    unsigned first = points;
    unsigned calls = UINT32_MAX;
    for (unsigned call = 1; call <= calls; call++)
        for (int lasting = 0; lasting < 2; lasting++) {
            scene_shot = call;
            (void)snprintf(scene_fate, sizeof scene_fate, "fault %d, lasting %d", (int)fault, lasting);
            restore(disk, image);
            city.told_count = 0;
            crash_vfs_arm(fault, call, lasting != 0);
            act(scenario);
            if (crash_vfs_calls() < call)
                calls = 0; /* there are no more */
            crash_vfs_arm(fault, 0, false);
            if (lasting == 0) { /* and the power, too: a receipt shown after an error must be durable all the same */
                struct crash_disk *cut = crash_disk_copy(crash_disk_now());
                crash_disk_cut(cut, CRASH_LOST, 0);
                crash_disk_use(cut);
                crash_disk_free(&cut);
            }
            recover(scenario->station, scenario->words, city.told_count, call);
        }
    report(scenario->name, fault == CRASH_IO_ERROR ? "I/O errors" : "full disk", before, first);
}

/* ---- an old copy of the folder ---- */

static void sell_from_old_copy(struct sbk_station *station, uint32_t number) {
    static const char *const baskets[] = {"telur=5pc", "telur=6pc", "telur=7pc", "telur=8pc"};
    unsigned sold = 0;
    for (size_t i = 0; i < sizeof baskets / sizeof baskets[0]; i++) {
        struct wish wish = {.words = baskets[i], .number = i == 0 ? number : 0};
        struct sbk_receipt receipt = {0};
        struct sbk_error error = {0};
        bool repeated = false;
        uint32_t amount = (uint32_t)(5 + i) * 2500;
        sbk_result result = sell(station, &wish, &receipt, &repeated, &error);
        if (result == SBK_OK) {
            sold++;
            check(!repeated && receipt.entry.debits[0].amount == amount, "no old receipt for a new basket", "it was");
        } else {
            bool conflict = error.reason != NULL && strcmp(error.reason, SBK_REASON_CONFLICT) == 0;
            conflicts += conflict;
            check(conflict, "a number used again is a conflict", error.text);
        }
    }
    check(sold > 0, "an old copy finds its way", "no sale worked");
}

/* Two sales; the folder as it was at each step of them, the card as it is after them. */
static void run_old_copies(const struct scenario *scenario) {
    unsigned before = failures;
    unsigned first = points;
    uint8_t image[RIG_IMAGE_SIZE];
    uint32_t newest = 0;
    conflicts = 0;
    scene = "old copy";
    city.told_count = 0;
    record(true);
    act(scenario);
    act(scenario);
    record(false);
    memcpy(image, rig_image(&city.rig), sizeof image);
    for (size_t i = 0; i < city.told_count; i++)
        newest = city.told[i].number > newest ? city.told[i].number : newest;
    for (size_t at = 0; at < city.shot_count; at++) {
        struct sbk_station *station = NULL;
        struct sbk_error error = {0};
        scene_shot = at;
        (void)snprintf(scene_fate, sizeof scene_fate, "put back");
        points++;
        restore(city.shots[at].disk, image);
        uint32_t spent = spent_of_card();
        if (check(open_at(scenario->station, CRASH_VFS, &station, &error) == SBK_OK, "it opens", error.text)) {
            bool found = false;
            struct sbk_sale_row row;
            size_t kept = city.told_count;
            if (sbk_sale_look(station, newest, "", &found, &row, &error) != SBK_OK)
                found = true;
            city.told_count = TOLD_MAX; /* nothing more to note */
            sell_from_old_copy(station, found ? 0 : newest);
            city.told_count = kept;
        }
        close_it(&station);
        check(spent_of_card() > spent, "new sales are charged", "they are not");
    }
    check(conflicts > 0, "conflicts were met", "none");
    report("an old copy of the folder, put back at every step", "conflict", before, first);
    forget_shots();
}

/* ---- scenarios ---- */

static void one_sale(struct sbk_station *station, const char *words, uint32_t number, bool wrong) {
    struct wish wish = {.words = words, .number = number, .wrong_pin = wrong};
    struct sbk_error error = {0};
    sbk_result result = sell(station, &wish, NULL, NULL, &error);
    (void)result; /* what was told is what counts */
}

static void act_sale(struct sbk_station *station) {
    one_sale(station, "telur=1pc", 0, false);
}

static void act_refused(struct sbk_station *station) {
    one_sale(station, "telur=1pc", 0, true);
}

static void act_repeated(struct sbk_station *station) {
    one_sale(station, "telur=1pc", 0, false);
    one_sale(station, "telur=1pc", city.told_count > 0 ? city.told[0].number : 0, false);
}

static void act_void(struct sbk_station *station) {
    struct sbk_error error = {0};
    sbk_result result = take_back(station, city.to_void, &error);
    (void)result; /* what was told is what counts */
}

static void act_activation(struct sbk_station *station) {
    struct sbk_activation activation = {.certificates = &city.certificates, .holder = &city.pin};
    struct sbk_error error = {0};
    rig_tap(&city.rig);
    if (sbk_activate(station, &city.rig.transport, &activation, &error) == SBK_OK) {
        tell(activation.transaction, TOLD_RECEIPT, &activation.receipt);
    }
}

static void sell_at(unsigned which) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    must(open_at(which, CRASH_VFS, &station, &error), &error, "preparing");
    act_sale(station);
    close_it(&station);
}

static void prepare_known(void) {
    sell_at(STORE);
}

static void prepare_sold(void) {
    city.told_count = 0;
    sell_at(STORE);
    city.to_void = city.told[0].number;
}

static size_t read_file(const char *name, uint8_t *data, size_t room) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", city.folder, name);
    FILE *stream = fopen(path, "rb");
    size_t size = stream != NULL ? fread(data, 1, room, stream) : 0;
    if (stream != NULL)
        (void)fclose(stream);
    return size;
}

/* The couriers came, one with the stop and a later one with the mandate that ends it. */
static void prepare_delivery(void) {
    static const char *const couriers[] = {"stop.courier", "mandate.courier"};
    static uint8_t data[1 << 16];
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    struct sbk_courier_taken taken;
    size_t waiting = 0;
    uint32_t newest = 0;
    sell_at(STORE);
    must(open_at(STORE, CRASH_VFS, &station, &error), &error, "preparing");
    for (size_t i = 0; i < sizeof couriers / sizeof couriers[0]; i++)
        must(sbk_courier_take(station, data, read_file(couriers[i], data, sizeof data), &taken, &error), &error,
            couriers[i]);
    must(sbk_parcels_waiting(station, &waiting, &newest, &error), &error, "waiting");
    check(waiting == 2, "a mandate and a notice wait", "they do not");
    close_it(&station);
}

static void prepare_foreign(void) {
    sell_at(STORE);
    sell_at(OTHER);
}

/* Killed at every step of a scenario that has a recovery of its own, with every fate of what was not synced. */
static void crash_everywhere(const struct scenario *scenario, void (*recovers)(size_t told)) {
    play(scenario);
    for (size_t at = 0; at < city.shot_count; at++)
        for (int fate = CRASH_KEPT; fate <= CRASH_CHANCE; fate++) {
            struct crash_disk *disk = crash_disk_copy(city.shots[at].disk);
            size_t pending = crash_disk_pending(disk);
            scene_shot = at;
            (void)snprintf(scene_fate, sizeof scene_fate, "fate %d", fate);
            crash_disk_cut(disk, (enum crash_fate)fate, pending / 2);
            restore(disk, city.shots[at].image);
            crash_disk_free(&disk);
            if (fate == CRASH_KEPT || pending > 0)
                recovers(city.shots[at].told);
        }
}

/* ---- activation has its own recovery ---- */

static void recover_activation(size_t told) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    struct sbk_activation activation = {.certificates = &city.certificates, .holder = &city.pin};
    points++;
    if (!check(open_at(REGISTRAR, CRASH_VFS, &station, &error) == SBK_OK, "the station opens", error.text))
        return;
    verify_log(station);
    check_told(station, told);
    check_listed(station);
    rig_tap(&city.rig);
    sbk_result result = sbk_activate(station, &city.rig.transport, &activation, &error);
    check(result == SBK_OK || (result == SBK_REFUSED && strcmp(error.reason, SBK_REASON_EXISTS) == 0),
        "activation ends", error.text);
    check_listed(station);
    struct tally tally = count_log(station, alias_room);
    check(tally.own[0] == 1, "one activation receipt", "none, or two");
    check(tally.open_count == 0, "no intent stays open", "one does");
    verify_log(station);
    close_it(&station);
    if (check(open_at(OTHER, CRASH_VFS, &station, &error) == SBK_OK, "a store opens", error.text)) {
        struct wish wish = {.words = "telur=1pc"};
        size_t kept = city.told_count;
        check(sell(station, &wish, NULL, NULL, &error) == SBK_OK, "the card buys", error.text);
        city.told_count = kept;
    }
    close_it(&station);
}

static void run_activation(void) {
    static const struct scenario scenario = {"activation", REGISTRAR, NULL, NULL, act_activation};
    unsigned before = failures;
    unsigned first = points;
    scene = scenario.name;
    crash_everywhere(&scenario, recover_activation);
    report(scenario.name, "killed and cut at every step", before, first);
    forget_shots();
}

static void load_card(unsigned number) {
    char path[512];
    struct sbk_error error = {0};
    struct sbk_fci fci;
    (void)snprintf(path, sizeof path, "%s/deck/card-%04u.img", city.folder, number);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || fread(rig_image(&city.rig), 1, RIG_IMAGE_SIZE, stream) != RIG_IMAGE_SIZE) {
        printf("Bail out! %s: cannot be read\n", path);
        exit(1);
    }
    (void)fclose(stream);
    rig_tap(&city.rig);
    must(sbk_entitlement_select(&city.rig.transport, &fci, &error), &error, "selecting");
    memcpy(alias_room, fci.alias, sizeof alias_room);
    crash_disk_use(NULL);
}

/* ---- a hotlist is taken in: it has its own recovery, too ---- */

static uint8_t hotlist_file[1 << 16];
static size_t hotlist_size;

static void act_hotlist(struct sbk_station *station) {
    struct sbk_error error = {0};
    if (sbk_station_import_hotlist(station, hotlist_file, hotlist_size, &error) == SBK_OK)
        tell(0, TOLD_NUMBER, NULL);
}

/* Whole or not there: the list before, or what the change made of it, as the log tells; and then it is taken. */
static void recover_hotlist(size_t told) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    struct sbk_hotlist_view view;
    points++;
    if (!check(open_at(STORE, CRASH_VFS, &station, &error) == SBK_OK, "the station opens", error.text))
        return;
    verify_log(station);
    sbk_station_hotlist(station, &view);
    check(view.state != SBK_HOTLIST_BROKEN && (view.number == 1 || view.number == 2), "the hotlist is whole",
        "it is not");
    check(told == 0 || view.number == 2, "what was told is there", "it is not");
    sbk_result result = sbk_station_import_hotlist(station, hotlist_file, hotlist_size, &error);
    check(view.number == 2 ? result == SBK_REFUSED : result == SBK_OK, "the change is taken once", error.text);
    verify_log(station);
    close_it(&station);
    must(open_at(STORE, CRASH_VFS, &station, &error), &error, "again");
    sbk_station_hotlist(station, &view);
    check(view.number == 2 && view.stations == 1, "the new one is in force", "it is not");
    close_it(&station);
}

static void prepare_hotlist(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    sell_at(STORE);
    must(open_at(STORE, CRASH_VFS, &station, &error), &error, "preparing");
    hotlist_size = read_file("hotlist", hotlist_file, sizeof hotlist_file);
    must(sbk_station_import_hotlist(station, hotlist_file, hotlist_size, &error), &error, "a hotlist");
    close_it(&station);
    hotlist_size = read_file("hotlist.change", hotlist_file, sizeof hotlist_file);
}

static void crash_hotlist(const struct scenario *scenario) {
    crash_everywhere(scenario, recover_hotlist);
    forget_shots();
}

static void fail_hotlist(
    const struct scenario *scenario, const struct crash_disk *disk, const uint8_t *image, enum crash_fault fault) {
    for (unsigned call = 1; call != 0; call++) {
        scene_shot = call;
        (void)snprintf(scene_fate, sizeof scene_fate, "fault %d", (int)fault);
        restore(disk, image);
        city.told_count = 0;
        crash_vfs_arm(fault, call, true);
        act(scenario);
        bool last = crash_vfs_calls() < call;
        crash_vfs_arm(fault, 0, false);
        recover_hotlist(city.told_count);
        if (last)
            break;
    }
}

static void run_hotlist(void) {
    static const struct scenario scenario = {"hotlist", STORE, NULL, prepare_hotlist, act_hotlist};
    unsigned before = failures;
    unsigned first = points;
    uint8_t image[RIG_IMAGE_SIZE];
    scene = scenario.name;
    load_card(1);
    scenario.prepare();
    struct crash_disk *disk = crash_disk_copy(crash_disk_now());
    memcpy(image, rig_image(&city.rig), sizeof image);
    crash_hotlist(&scenario);
    fail_hotlist(&scenario, disk, image, CRASH_DISK_FULL);
    fail_hotlist(&scenario, disk, image, CRASH_IO_ERROR);
    crash_disk_free(&disk);
    report(scenario.name, "killed, cut and failed at every step", before, first);
}

/* ---- the whole ---- */

static void load_certificates(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    static uint8_t data[1 << 16];
    size_t size = read_file("certificates", data, sizeof data);
    must(open_at(REGISTRAR, CRASH_VFS, &station, &error), &error, "registrar");
    must(sbk_certificates_open(station, data, size, &city.certificates, &error), &error, "certificates");
    close_it(&station);
}

static void run_scenario(const struct scenario *scenario) {
    uint8_t image[RIG_IMAGE_SIZE];
    load_card(1);
    if (scenario->prepare != NULL)
        scenario->prepare();
    struct crash_disk *disk = crash_disk_copy(crash_disk_now());
    memcpy(image, rig_image(&city.rig), sizeof image);
    run_crashes(scenario);
    restore(disk, image);
    run_faults(scenario, disk, image, CRASH_DISK_FULL);
    run_faults(scenario, disk, image, CRASH_IO_ERROR);
    crash_disk_free(&disk);
    city.to_void = 0;
}

/* The sale's tap delivers first. Fewer fates: its writes are those of a sale, once more. */
static void run_delivery(void) {
    static const struct scenario scenario = {"sale after a delivery", STORE, "telur=1pc", prepare_delivery, act_sale};
    load_card(1);
    scenario.prepare();
    city.deliver = city.few = true;
    run_crashes(&scenario);
    city.deliver = city.few = false;
}

/* ---- the second root ---- */

static void act_courier(struct sbk_station *station) {
    struct sbk_courier_taken taken;
    struct sbk_error error = {0};
    sbk_result result = sbk_courier_take(station, city.links.data, city.links.size, &taken, &error);
    (void)result; /* what the folder holds is what counts */
}

static void prepare_second_root(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    sell_at(STORE);
    must(open_at(STORE, CRASH_VFS, &station, &error), &error, "preparing");
    act_courier(station);
    check(sbk_trust_anchor(station->trust)->generation == 2, "the courier leads to root 2", "it does not");
    close_it(&station);
}

/* A courier brings the root; and a tap brings the card to it. */
static void run_links(void) {
    static const struct scenario courier = {"courier with a root link", STORE, NULL, prepare_known, act_courier};
    static const struct scenario forward = {"card brought forward", STORE, "telur=1pc", prepare_second_root, act_sale};
    static uint8_t data[1 << 16];
    struct sbk_error error = {0};
    must(sbk_buffer_append(&city.links, data, read_file("links.courier", data, sizeof data), &error), &error, "links");
    city.few = true;
    run_scenario(&courier);
    load_card(1);
    forward.prepare();
    run_crashes(&forward);
    city.few = false;
    sbk_buffer_free(&city.links);
}

int main(int argc, char **argv) {
    static const struct scenario scenarios[] = {
        {"first sale", STORE, "telur=1pc", NULL, act_sale},
        {"known card", STORE, "telur=1pc", prepare_known, act_sale},
        {"foreign receipt", STORE, "telur=1pc", prepare_foreign, act_sale},
        {"refused sale", STORE, "telur=1pc", prepare_known, act_refused},
        {"repeated transaction", STORE, "telur=1pc", prepare_known, act_repeated},
        {"void", STORE, NULL, prepare_sold, act_void},
    };
    struct sbk_error error = {0};
    if (argc != 2 || crash_vfs_register() != SQLITE_OK)
        return 2;
    city.folder = argv[1];
    city.certificates = (struct sbk_buffer)SBK_BUFFER_EMPTY;
    rig_open(&city.rig);
    must(sbk_pin_of(PIN, sizeof PIN - 1, &city.pin, &error), &error, "PIN");
    for (unsigned i = 0; i < STATIONS; i++)
        open_keys(i);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        run_scenario(&scenarios[i]);
    run_delivery();
    run_links();
    load_card(1);
    prepare_known();
    run_old_copies(&scenarios[1]);
    load_card(2);
    load_certificates();
    load_card(2);
    run_activation();
    run_hotlist();
    printf("1..%u\n# %u points, %u conflicts, %u violations\n", done, points, conflicts, failures);
    for (unsigned i = 0; i < STATIONS; i++) {
        sbk_key_close(&city.agreement[i]);
        sbk_key_close(&city.log_key[i]);
    }
    sbk_buffer_free(&city.certificates);
    crash_disk_use(NULL);
    rig_close(&city.rig);
    return failures == 0 ? 0 : 1;
}
