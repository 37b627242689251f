/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station whose calls fail: every call of PC/SC of a sale in every way that pcsc-lite documents, and allocations of our
 * code, of SQLite and of libcrypto during a sale, a look at the balance and a check of the log. After each the outcome
 * must be a defined one, everything let go, and the next tap without faults settles; see recover().
 *
 *     station_faults WORLD [SEED POINTS]     a folder made by tests/reader/world.py; prints TAP
 *
 * SEED and POINTS choose that many points of each kind of allocation; without them all are gone through.
 */
#include "keys/store.h"
#include "reader/log.h"
#include "reader/pcsc.h"
#include "tests/faults/failing_memory.h"
#include "tests/faults/fake_pcsc.h"
#include "tests/faults/station_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN "135790"

static uint8_t clean_image[RIG_IMAGE_SIZE];
static struct crash_disk *clean_disk;
static unsigned done;
static unsigned unsettled;
static unsigned handed;

/* ---- what is done at the reader ---- */

static sbk_result tap(struct sbk_pcsc **pcsc, struct sbk_error *error) {
    fake_pcsc_use(&city.rig);
    rig_tap(&city.rig);
    sbk_result result = sbk_pcsc_open(pcsc, error);
    if (result == SBK_OK)
        result = sbk_pcsc_choose(*pcsc, NULL, error);
    return result == SBK_OK ? sbk_pcsc_connect(*pcsc, error) : result;
}

/* As the program does it: the card is let go while the holder's PIN is asked for. */
static sbk_result ask_pin(struct sbk_pcsc *pcsc, struct sbk_station *station, struct sbk_session **session,
    struct sbk_sale *sale, struct sbk_error *error) {
    bool same = true;
    sbk_pcsc_pause(pcsc);
    sbk_result result = sbk_pcsc_resume(pcsc, &same, error);
    if (result != SBK_OK || same)
        return result;
    sbk_session_close(session);
    result = sbk_session_open(session, station, sbk_pcsc_transport(pcsc), error);
    return result == SBK_OK ? sbk_sale_read(sale, *session, error) : result;
}

static sbk_result sell_steps(struct sbk_station *station, struct sbk_pcsc **pcsc, struct sbk_session **session,
    struct sbk_sale *sale, struct sbk_error *error) {
    sbk_result result = tap(pcsc, error);
    if (result == SBK_OK)
        result = sbk_session_open(session, station, sbk_pcsc_transport(*pcsc), error);
    if (result == SBK_OK)
        result = sbk_sale_read(sale, *session, error);
    if (result == SBK_OK && sbk_sale_state_of(sale) == SBK_SALE_STATE_PRICED)
        result = ask_pin(*pcsc, station, session, sale, error);
    if (result == SBK_OK && sbk_sale_state_of(sale) == SBK_SALE_STATE_PRICED)
        result = sbk_sale_confirm(sale, SBK_WHO_HOLDER, &city.pin, error);
    return result == SBK_OK ? sbk_sale_charge(sale, *session, error) : result;
}

/* What the clerk is told follows from state and result alone, as in cmd_redeem.c. */
static sbk_result sell_at_reader(struct sbk_station *station, const char *words, struct sbk_error *error) {
    struct sbk_sale_options options = {.words = &words, .word_count = 1};
    struct sbk_session *session = NULL;
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_sale *sale = NULL;
    struct sbk_error ignored;
    sbk_result result = sbk_sale_new(&sale, station, &options, error);
    if (result != SBK_OK)
        return result;
    tell(sbk_sale_transaction(sale), TOLD_NUMBER, NULL);
    result = sell_steps(station, &pcsc, &session, sale, error);
    enum sbk_sale_state state = sbk_sale_state_of(sale);
    check((state == SBK_SALE_STATE_DONE) == (result == SBK_OK), "done is done", "state and result differ");
    check((state == SBK_SALE_STATE_OPEN) == (result == SBK_UNSETTLED), "open is unsettled", error->text);
    if (state == SBK_SALE_STATE_DONE)
        tell(sbk_sale_transaction(sale), TOLD_RECEIPT, sbk_sale_receipt(sale));
    else if (state != SBK_SALE_STATE_OPEN)
        tell(sbk_sale_transaction(sale), TOLD_NOTHING, NULL);
    unsettled += state == SBK_SALE_STATE_OPEN;
    handed += state == SBK_SALE_STATE_DONE;
    sbk_session_close(&session);
    sbk_sale_free(&sale);
    sbk_pcsc_close(&pcsc);
    if (sbk_log_checkpoint(station, &ignored) != SBK_OK)
        return result; /* the program warns; the sale stands */
    return result;
}

static sbk_result look_at_reader(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_session *session = NULL;
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_settled settled[SBK_SETTLED_MAX];
    size_t count = 0;
    sbk_result result = tap(&pcsc, error);
    if (result == SBK_OK)
        result = sbk_session_open(&session, station, sbk_pcsc_transport(pcsc), error);
    if (result == SBK_OK)
        result = sbk_session_settle(session, settled, &count, error);
    if (result == SBK_OK)
        result = sbk_session_remember(session, error);
    sbk_session_close(&session);
    sbk_pcsc_close(&pcsc);
    return result;
}

static unsigned findings;

static void count_finding(void *context, uint32_t position, const char *kind, const char *text) {
    (void)context;
    (void)position;
    (void)kind;
    (void)text;
    findings++;
}

static sbk_result act_sale(struct sbk_station *station, struct sbk_error *error) {
    return sell_at_reader(station, "telur=1pc", error);
}

static sbk_result act_log(struct sbk_station *station, struct sbk_error *error) {
    struct sbk_log_watch watch = {.finding = count_finding};
    struct sbk_log_report report;
    return sbk_log_verify(station, &watch, &report, error);
}

struct act {
    const char *name;
    sbk_result (*run)(struct sbk_station *station, struct sbk_error *error);
};
static const struct act sale = {"a sale", act_sale};
static const struct act balance = {"a look at the balance", look_at_reader};
static const struct act log_check = {"a check of the log", act_log};

/* ---- one point ---- */

/* A failure of the environment has a reason and a message; it is no word against card, holder or log. */
static void check_outcome(sbk_result result, const struct sbk_error *error) {
    check(result == SBK_OK || result == SBK_ENVIRONMENT || result == SBK_UNSETTLED,
        "a fault of the environment is told as one", error->text);
    check(result == SBK_OK || (error->reason != NULL && error->text[0] != 0), "there is a message", "none");
    check(fake_pcsc_released(), "the reader is let go", "it is not");
    check(findings == 0, "a whole log has no findings", "it has");
}

static void try_act(const struct act *act, unsigned how) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    city.told_count = 0;
    findings = 0;
    sbk_result result = open_at(STORE, CRASH_VFS, &station, &error);
    if (result == SBK_OK)
        result = act->run(station, &error);
    close_it(&station);
    fake_pcsc_arm(0, 0, false);
    memory_arm(MEMORY_OURS, 0, false);
    check_outcome(result, &error);
    recover(STORE, act == &sale ? "telur=1pc" : NULL, city.told_count, how);
}

static void begin_point(void) {
    restore(clean_disk, clean_image);
}

static void report(const char *kind, const char *name, unsigned before, unsigned points_before) {
    printf("%s %u - %s: %s (%u points)\n", failures == before ? "ok" : "not ok", ++done, name, kind,
        points - points_before);
    (void)fflush(stdout);
}

/* ---- PC/SC ---- */

static void run_pcsc(const struct act *act, bool lasting) {
    unsigned before = failures;
    unsigned first = points;
    scene = act->name;
    for (unsigned call = 1, ways = 1; ways > 0; call++) {
        ways = 0;
        for (unsigned fault = 0; fault == 0 || fault < ways; fault++) {
            begin_point();
            scene_shot = call;
            (void)snprintf(scene_fate, sizeof scene_fate, "way %u", fault);
            fake_pcsc_arm(call, fault, lasting);
            struct sbk_station *station = NULL;
            struct sbk_error error = {0};
            city.told_count = 0;
            if (open_at(STORE, CRASH_VFS, &station, &error) != SBK_OK)
                break;
            sbk_result result = act->run(station, &error);
            close_it(&station);
            ways = fake_pcsc_ways();
            if (fake_pcsc_struck() != NULL)
                (void)snprintf(scene_fate, sizeof scene_fate, "%.16s %08lX", fake_pcsc_struck(), fake_pcsc_code());
            fake_pcsc_arm(0, 0, false);
            check_outcome(result, &error);
            if (ways == 0)
                break; /* there are no more calls */
            recover(STORE, act == &sale ? "telur=1pc" : NULL, city.told_count, call + fault);
        }
    }
    report(lasting ? "each call of PC/SC fails for good" : "each call of PC/SC fails once", act->name, before, first);
}

static void run_t0(void) {
    unsigned before = failures;
    unsigned first = points;
    scene = "T=0";
    begin_point();
    fake_pcsc_speak_t0(true);
    unsigned sold = handed;
    try_act(&sale, 0);
    try_act(&balance, 0);
    fake_pcsc_speak_t0(false);
    check(handed == sold + 1, "a card of T=0 buys", "it does not");
    report("61xx and 6Cxx", "a card of T=0", before, first);
}

/* ---- memory ---- */

static unsigned count_allocations(const struct act *act, enum memory_owner owner) {
    struct sbk_station *station = NULL;
    struct sbk_error error = {0};
    begin_point();
    memory_arm(owner, 0, false);
    must(open_at(STORE, CRASH_VFS, &station, &error), &error, "opening");
    must(act->run(station, &error), &error, act->name);
    close_it(&station);
    return memory_calls();
}

static void run_memory(const struct act *act, enum memory_owner owner, unsigned seed, unsigned count) {
    static const char *const owners[] = {
        "an allocation of ours fails", "SQLite has no memory", "libcrypto has no memory"};
    unsigned before = failures;
    unsigned first = points;
    scene = act->name;
    unsigned all = count_allocations(act, owner);
    unsigned step = count == 0 || all <= count ? 1 : all / count;
    for (unsigned call = 1 + (step > 1 ? seed % step : 0); call <= all; call += step) {
        bool lasting = (call / step) % 2 != 0;
        begin_point();
        scene_shot = call;
        (void)snprintf(scene_fate, sizeof scene_fate, "owner %d%s", (int)owner, lasting ? ", for good" : "");
        memory_arm(owner, call, lasting);
        try_act(act, call);
    }
    printf("# %u allocations, every %u. tried\n", all, step);
    report(owners[owner], act->name, before, first);
}

/* ---- the whole ---- */

static void load_card(void) {
    char path[512];
    struct sbk_error error = {0};
    struct sbk_fci fci;
    (void)snprintf(path, sizeof path, "%s/deck/card-0001.img", city.folder);
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

/* A card that the store knows, and that was at another store since. */
static void prepare(void) {
    static const unsigned stations[] = {STORE, OTHER};
    struct sbk_error error = {0};
    load_card();
    for (size_t i = 0; i < sizeof stations / sizeof stations[0]; i++) {
        struct sbk_station *station = NULL;
        struct wish wish = {.words = "telur=1pc"};
        must(open_at(stations[i], CRASH_VFS, &station, &error), &error, "preparing");
        must(sell(station, &wish, NULL, NULL, &error), &error, "preparing");
        close_it(&station);
    }
    clean_disk = crash_disk_copy(crash_disk_now());
    memcpy(clean_image, rig_image(&city.rig), sizeof clean_image);
}

int main(int argc, char **argv) {
    struct sbk_error error = {0};
    memory_hook();
    if ((argc != 2 && argc != 4) || crash_vfs_register() != SQLITE_OK)
        return 2;
    unsigned seed = argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    unsigned count = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    city.folder = argv[1];
    rig_open(&city.rig);
    must(sbk_pin_of(PIN, sizeof PIN - 1, &city.pin, &error), &error, "PIN");
    for (unsigned i = 0; i < STATIONS; i++)
        open_keys(i);
    prepare();
    run_pcsc(&sale, false);
    run_pcsc(&sale, true);
    run_pcsc(&balance, false);
    run_t0();
    for (int owner = 0; owner < MEMORY_OWNERS; owner++) {
        run_memory(&sale, (enum memory_owner)owner, seed, count);
        run_memory(&balance, (enum memory_owner)owner, seed, count / 2);
        run_memory(&log_check, (enum memory_owner)owner, seed, count / 2);
    }
    printf(
        "1..%u\n# %u points, %u unsettled, %u handed over, %u violations\n", done, points, unsettled, handed, failures);
    for (unsigned i = 0; i < STATIONS; i++) {
        sbk_key_close(&city.agreement[i]);
        sbk_key_close(&city.log_key[i]);
    }
    crash_disk_free(&clean_disk);
    crash_disk_use(NULL);
    rig_close(&city.rig);
    return failures == 0 ? 0 : 1;
}
