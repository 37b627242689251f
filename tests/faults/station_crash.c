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
#include "base/file.h"
#include "keys/store.h"
#include "reader/activate.h"
#include "reader/sale.h"
#include "reader/session_private.h"
#include "schema/reason.h"
#include "tests/faults/station_rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 64
#define TOLD_MAX 16
#define NOON 1760500800 /* 2025-10-15T12:00 WITA */
#define PIN "135790"

enum { STORE, OTHER, REGISTRAR, STATIONS };
static const char *const station_names[STATIONS] = {"store", "other", "registrar"};

/* What the clerk was told. */
struct told {
    uint32_t number;
    enum { TOLD_NUMBER, TOLD_RECEIPT, TOLD_NOTHING } what;
    uint8_t hash[SBK_HASH_SIZE];
};

struct shot {
    struct crash_disk *disk;
    uint8_t image[RIG_IMAGE_SIZE];
    size_t told;
    char what[16];
};

static struct city {
    const char *folder;
    struct rig rig;
    struct sbk_key *agreement[STATIONS];
    struct sbk_key *log_key[STATIONS];
    struct sbk_pin pin;
    struct sbk_buffer certificates;
    struct told told[TOLD_MAX];
    size_t told_count;
    struct shot *shots;
    size_t shot_count;
} city;

static const char *scene = "";
static size_t scene_shot;
static char scene_fate[32] = "";
static unsigned failures;
static unsigned points;
static unsigned conflicts;

static int64_t noon(void *context) {
    (void)context;
    return NOON;
}
static const struct sbk_clock clock_at_noon = {noon, NULL};

static bool check(bool holds, const char *promise, const char *detail) {
    if (!holds) {
        if (failures < 25)
            printf("# %s, step %zu (%s), %s: %s: %s\n", scene, scene_shot,
                scene_shot < city.shot_count ? city.shots[scene_shot].what : "", scene_fate, promise, detail);
        failures++;
    }
    return holds;
}

static void must(sbk_result result, const struct sbk_error *error, const char *doing) {
    if (result == SBK_OK)
        return;
    printf("Bail out! %s: %s\n", doing, error->text);
    exit(1);
}

/* ---- stations ---- */

static sbk_result open_at(unsigned which, const char *vfs, struct sbk_station **station, struct sbk_error *error) {
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

static void close_it(struct sbk_station **station) {
    if (*station == NULL)
        return;
    (*station)->agreement = NULL;
    (*station)->log_key = NULL;
    sbk_station_close(station);
}

static void open_keys(unsigned which) {
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

static void tell(uint32_t number, int what, const struct sbk_receipt *receipt) {
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

struct wish {
    const char *words;
    uint32_t number;
    bool wrong_pin;
};

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
static sbk_result sell(struct sbk_station *station, const struct wish *wish, struct sbk_receipt *receipt,
    bool *repeated, struct sbk_error *error) {
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

/* ---- what logs and card hold ---- */

struct tally {
    bool in_log[CHAIN_MAX]; /* by counter */
    unsigned own[CHAIN_MAX];
    struct sbk_entry entry[CHAIN_MAX];
    uint8_t hash[CHAIN_MAX][SBK_HASH_SIZE];
    uint32_t open[CHAIN_MAX]; /* transactions with an intent that nothing closed */
    size_t open_count;
    const uint8_t *alias;
    bool forks;
};

static uint32_t number_in(const struct sbk_log_field *field) {
    struct sbk_reader reader = sbk_reader_of(field->data, field->size);
    return sbk_read_u32(&reader);
}

static void set_open(struct tally *tally, uint32_t number, bool open) {
    size_t i = 0;
    while (i < tally->open_count && tally->open[i] != number)
        i++;
    if (open && i == tally->open_count && i < CHAIN_MAX)
        tally->open[tally->open_count++] = number;
    if (!open && i < tally->open_count)
        tally->open[i] = tally->open[--tally->open_count];
}

static sbk_result take_entry(void *context, uint32_t position, const struct sbk_log_entry *entry, const uint8_t *data,
    size_t size, struct sbk_error *error) {
    struct tally *tally = context;
    struct sbk_receipt receipt;
    (void)position;
    (void)data;
    (void)size;
    if (entry->kind == SBK_LOG_INTENT)
        set_open(tally, number_in(&entry->fields[1]), true);
    if (entry->kind == SBK_LOG_RESOLVED)
        set_open(tally, number_in(&entry->fields[0]), false);
    if (entry->kind != SBK_LOG_RECEIPT && entry->kind != SBK_LOG_CARRIED)
        return SBK_OK;
    sbk_result result = sbk_receipt_of(&receipt, entry->fields[0].data, entry->fields[1].data, error);
    if (result == SBK_OK && entry->kind == SBK_LOG_RECEIPT)
        set_open(tally, receipt.entry.transaction, false);
    if (result != SBK_OK || memcmp(receipt.entry.alias, tally->alias, SBK_ALIAS_SIZE) != 0)
        return result;
    uint32_t counter = receipt.entry.counter;
    if (counter >= CHAIN_MAX)
        return SBK_OK;
    tally->own[counter] += entry->kind == SBK_LOG_RECEIPT;
    tally->forks |= tally->in_log[counter] && memcmp(tally->hash[counter], receipt.hash, SBK_HASH_SIZE) != 0;
    tally->in_log[counter] = true;
    tally->entry[counter] = receipt.entry;
    memcpy(tally->hash[counter], receipt.hash, SBK_HASH_SIZE);
    return SBK_OK;
}

static struct tally count_log(struct sbk_station *station, const uint8_t *alias) {
    struct tally tally = {.alias = alias};
    struct sbk_error error = {0};
    check(sbk_log_walk(station, 0, take_entry, &tally, &error) == SBK_OK, "the log can be read", error.text);
    return tally;
}

static void note_finding(void *context, uint32_t position, const char *text) {
    (void)context;
    (void)position;
    check(false, "log verify passes", text);
}

static void verify_log(struct sbk_station *station) {
    struct sbk_log_watch watch = {.finding = note_finding};
    struct sbk_log_report report;
    struct sbk_error error = {0};
    check(sbk_log_verify(station, &watch, &report, &error) == SBK_OK, "log verify passes", error.text);
}

static uint8_t alias_room[SBK_ALIAS_SIZE];

/* Promise 1 and 2: spent is the sum of the receipts, each counter and each own transaction once. */
static void check_sums(struct sbk_session *session, struct sbk_station *station, struct sbk_station *other) {
    const struct sbk_status *status = &session->view.status;
    struct tally here = count_log(station, alias_room);
    struct tally there = {.alias = alias_room};
    struct sbk_error error = {0};
    uint32_t sums[SBK_PURSES_MAX] = {0};
    if (other != NULL)
        there = count_log(other, alias_room);
    check(!here.forks && !there.forks, "one chain", "two receipts of one number");
    for (uint32_t i = 0; (status->flags & SBK_STATUS_ENTRIES) && i <= status->counter && i < CHAIN_MAX; i++) {
        struct sbk_receipt receipt;
        struct sbk_entry entry = here.in_log[i] ? here.entry[i] : there.entry[i];
        bool found = true;
        if (!here.in_log[i] && !there.in_log[i]) {
            found = false;
            if (sbk_session_receipt(session, i, &receipt, &found, &error) == SBK_OK && found)
                entry = receipt.entry;
            if (i == status->counter)
                check(found, "a committed debit is in a log or on the card", error.text);
        }
        if (!found)
            continue;
        check(here.own[i] <= 1, "counted once", "an own receipt stands twice in the log");
        if (memcmp(entry.terminal, station->terminal, SBK_TERMINAL_SIZE) == 0)
            check(here.own[i] == 1, "own receipts are in the log", "a receipt of this station is only on the card");
        for (uint32_t j = 0; j < i; j++)
            check(!here.in_log[j] || here.entry[j].transaction != entry.transaction ||
                      memcmp(here.entry[j].terminal, entry.terminal, SBK_TERMINAL_SIZE) != 0,
                "a transaction number stands for one receipt", "used twice");
        for (size_t d = 0; d < SBK_DEBITS_MAX && entry.kind == SBK_ENTRY_DEBIT && entry.debits[d].grant != 0; d++)
            sums[entry.debits[d].slot] += entry.debits[d].amount;
    }
    for (size_t slot = 0; slot < SBK_PURSES_MAX; slot++)
        check(sums[slot] == status->spent[slot].spent, "spent is the sum of the receipts", "it is not");
}

/* ---- after the restart ---- */

static void check_told(struct sbk_station *station, size_t count) {
    struct tally tally = count_log(station, alias_room);
    for (size_t i = 0; i < count; i++) {
        const struct told *told = &city.told[i];
        struct sbk_sale_row row;
        struct sbk_error error = {0};
        bool found = false;
        bool there = false;
        check(sbk_sale_look(station, told->number, "", &found, &row, &error) == SBK_OK && found,
            "a number told is durable", "it is lost");
        for (size_t c = 0; c < CHAIN_MAX; c++) {
            there |= told->what == TOLD_RECEIPT && tally.own[c] == 1 &&
                     memcmp(tally.hash[c], told->hash, SBK_HASH_SIZE) == 0;
            if (told->what == TOLD_NOTHING && tally.own[c] > 0)
                check(tally.entry[c].transaction != told->number, "nothing was charged", "it was");
        }
        if (told->what == TOLD_RECEIPT)
            check(there, "a receipt shown is in the log", "it is lost");
    }
}

static void check_listed(struct sbk_station *station) {
    struct tally tally = count_log(station, alias_room);
    struct sbk_transaction open[CHAIN_MAX];
    struct sbk_error error = {0};
    size_t count = CHAIN_MAX;
    check(sbk_station_open_intents(station, open, &count, &error) == SBK_OK, "open intents are listed", error.text);
    check(count == tally.open_count, "every open intent is listed", "the list and the log differ");
    for (size_t i = 0; i < count && i < CHAIN_MAX; i++) {
        bool in_log = false;
        for (size_t j = 0; j < tally.open_count; j++)
            in_log |= tally.open[j] == open[i].number;
        check(in_log, "what is listed open has an intent", "it has none");
    }
}

static void settle_and_count(struct sbk_station *station, struct sbk_station *other) {
    struct sbk_session *session = NULL;
    struct sbk_settled settled[SBK_SETTLED_MAX];
    struct sbk_error error = {0};
    size_t count = 0;
    rig_tap(&city.rig);
    if (!check(
            sbk_session_open(&session, station, &city.rig.transport, &error) == SBK_OK, "the card works", error.text))
        return;
    check(sbk_session_settle(session, settled, &count, &error) == SBK_OK, "open intents are settled", error.text);
    for (size_t i = 0; i < count; i++)
        check(settled[i].outcome != SBK_SALE_OPEN, "the card's tap settles", "an intent stays open");
    check_listed(station);
    check_sums(session, station, other);
    sbk_session_close(&session);
}

static uint32_t spent_of_card(void) {
    /* READ STATUS through a station that changes nothing durable. */
    struct sbk_station *station = NULL;
    struct sbk_session *session = NULL;
    struct sbk_error error = {0};
    uint32_t sum = 0;
    rig_tap(&city.rig);
    if (check(open_at(OTHER, CRASH_VFS, &station, &error) == SBK_OK, "a station opens", error.text) &&
        check(sbk_session_open(&session, station, &city.rig.transport, &error) == SBK_OK, "the card works", error.text))
        for (size_t i = 0; i < SBK_PURSES_MAX; i++)
            sum += session->view.status.spent[i].spent;
    sbk_session_close(&session);
    close_it(&station);
    return sum;
}

/* The interrupted sale again, by its number or by its words, and then a new one. */
static void go_on(struct sbk_station *station, const char *words, size_t told, unsigned how) {
    struct wish again = {.words = words, .number = told > 0 && how % 2 == 0 ? city.told[0].number : 0};
    struct wish next = {.words = "telur=3pc"};
    struct sbk_receipt receipt = {0};
    struct sbk_error error = {0};
    bool repeated = false;
    bool shown = false;
    for (size_t i = 0; i < told; i++)
        if (city.told[i].what == TOLD_RECEIPT && city.told[i].number == city.told[0].number)
            shown = true;
    if (words != NULL &&
        check(sell(station, &again, &receipt, &repeated, &error) == SBK_OK, "it can be repeated", error.text)) {
        if (shown && again.number != 0)
            check(repeated, "exactly once", "the repeat charged again");
    }
    check(sell(station, &next, &receipt, &repeated, &error) == SBK_OK && !repeated, "life goes on", error.text);
    for (size_t i = 0; i < told; i++)
        check(receipt.entry.transaction != city.told[i].number, "numbers are not used again", "one was");
}

static void recover(unsigned which, const char *words, size_t told, unsigned how) {
    struct sbk_station *station = NULL;
    struct sbk_station *other = NULL;
    struct sbk_error error = {0};
    size_t kept = city.told_count;
    points++;
    if (check(open_at(which, CRASH_VFS, &station, &error) == SBK_OK, "the station opens", error.text) &&
        (which == OTHER ||
            check(open_at(OTHER, CRASH_VFS, &other, &error) == SBK_OK, "the other station opens", error.text))) {
        verify_log(station);
        check_told(station, told);
        check_listed(station);
        if (how % 3 != 1) /* else the sale itself settles */
            settle_and_count(station, other);
        go_on(station, words, told, how);
        settle_and_count(station, other);
        verify_log(station);
    }
    close_it(&other);
    close_it(&station);
    city.told_count = kept;
}

/* ---- steps ---- */

static void shoot(void *context, const char *what) {
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

static void record(bool on) {
    crash_vfs_watch(on ? shoot : NULL, NULL);
    city.rig.before_apdu = on ? shoot : NULL;
}

static void forget_shots(void) {
    for (size_t i = 0; i < city.shot_count; i++)
        crash_disk_free(&city.shots[i].disk);
    free(city.shots);
    city.shots = NULL;
    city.shot_count = 0;
}

static void restore(const struct crash_disk *disk, const uint8_t *image) {
    crash_disk_use(disk);
    memcpy(rig_image(&city.rig), image, RIG_IMAGE_SIZE);
    rig_tap(&city.rig);
}

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
    for (size_t n = 0; n < pending; n++)
        for (int fate = CRASH_PREFIX; fate < CRASH_CHANCE; fate++)
            if (n % 2 == 0 || fate == CRASH_DROP || fate == CRASH_HEAD)
                try_fate(scenario, at, (enum crash_fate)fate, n);
    for (size_t seed = 0; seed < 3; seed++)
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

static void run_crashes(const struct scenario *scenario) {
    unsigned before = failures;
    unsigned first = points;
    scene = scenario->name;
    city.told_count = 0;
    record(true);
    act(scenario);
    shoot(NULL, "end");
    record(false);
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

static void prepare_foreign(void) {
    sell_at(STORE);
    sell_at(OTHER);
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
    city.told_count = 0;
    record(true);
    act(&scenario);
    shoot(NULL, "end");
    record(false);
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
                recover_activation(city.shots[at].told);
        }
    report(scenario.name, "killed and cut at every step", before, first);
    forget_shots();
}

/* ---- the whole ---- */

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

static void load_certificates(void) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    static uint8_t data[1 << 16];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/certificates", city.folder);
    FILE *stream = fopen(path, "rb");
    size_t size = stream != NULL ? fread(data, 1, sizeof data, stream) : 0;
    if (stream != NULL)
        (void)fclose(stream);
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
}

int main(int argc, char **argv) {
    static const struct scenario scenarios[] = {
        {"first sale", STORE, "telur=1pc", NULL, act_sale},
        {"known card", STORE, "telur=1pc", prepare_known, act_sale},
        {"foreign receipt", STORE, "telur=1pc", prepare_foreign, act_sale},
        {"refused sale", STORE, "telur=1pc", prepare_known, act_refused},
        {"repeated transaction", STORE, "telur=1pc", prepare_known, act_repeated},
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
    load_card(1);
    prepare_known();
    run_old_copies(&scenarios[1]);
    load_card(2);
    load_certificates();
    load_card(2);
    run_activation();
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
