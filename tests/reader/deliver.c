/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The city brings a card news over PC/SC: at a station, a mandate with the next number and the same purses, or a stop
 * notice. Nothing is written to the station's log, as if another station had done it.
 *
 *     deliver STATION CITY PASSPHRASE mandate|blocked|floor|stop
 *
 * mandate: as it is; blocked: its status; floor: it sets the card's floor to its issue day, which stays.
 */
#include "base/clock.h"
#include "keys/city.h"
#include "keys/issuing.h"
#include "reader/pcsc.h"
#include "reader/session_private.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_ROOM (SBK_CONTEXT_SIZE + SBK_CERTIFICATE_MAX + SBK_MANDATE_MAX)

struct city {
    struct sbk_store *store;
    struct sbk_secret passphrase;
    const char *news;
};

static sbk_result sign(struct city *city, uint8_t role, struct sbk_writer *command, const uint8_t *record, size_t size,
    struct sbk_error *error) {
    struct sbk_city all;
    struct sbk_key *key = NULL;
    uint8_t made[SBK_MANDATE_MAX];
    memcpy(made, record, size);
    sbk_result result = sbk_city_load(city->store, sbk_clock_today(sbk_clock_system()), &all, error);
    if (result != SBK_OK)
        return result;
    const struct sbk_buffer *certificate = role == SBK_KEY_GRANT_SIGNER ? &all.grant_signer : &all.list_signer;
    result = sbk_key_open(city->store, role, 0, &city->passphrase, &key, error);
    if (result == SBK_OK)
        result = sbk_sign_record(key, made, sizeof made, &size, error);
    if (result == SBK_OK) {
        sbk_write_bytes(command, certificate->data, certificate->size);
        sbk_write_bytes(command, made, size);
    }
    sbk_city_free(&all);
    sbk_key_close(&key);
    return result;
}

static sbk_result send(
    struct sbk_session *session, uint8_t ins, const struct sbk_writer *command, struct sbk_error *error) {
    struct sbk_answer answer;
    struct sbk_apdu apdu = {.cla = 0x80, .ins = ins, .data = command->start, .size = command->used, .ne = 256};
    sbk_result result = sbk_channel_exchange(&session->channel, &apdu, &answer, error);
    if (result == SBK_OK && answer.status != SBK_SW_OK)
        result = sbk_apdu_refused(error, answer.status, "delivering");
    return result;
}

static sbk_result deliver_mandate(struct city *city, struct sbk_session *session, struct sbk_error *error) {
    uint8_t room[COMMAND_ROOM];
    uint8_t record[SBK_MANDATE_MAX];
    struct sbk_log_head head;
    size_t size = 0;
    bool found = false;
    struct sbk_receipt newest;
    struct sbk_writer command = sbk_writer_of(room, sizeof room);
    struct sbk_mandate mandate = session->view.mandate;
    mandate.number++;
    if (strcmp(city->news, "blocked") == 0)
        mandate.status = SBK_MANDATE_BLOCKED;
    if (strcmp(city->news, "floor") == 0)
        mandate.flags |= SBK_MANDATE_SET_FLOOR;
    sbk_result result = sbk_session_receipt(session, session->view.status.counter, &newest, &found, error);
    if (result == SBK_OK)
        result = sbk_log_head_of(session->station, &head, error);
    if (result != SBK_OK)
        return result;
    sbk_write_u32(&command, session->view.status.counter + 1);
    sbk_write_u32(&command, 900000 + mandate.number);
    sbk_write_u32(&command, sbk_station_time(session->station));
    sbk_write_bytes(&command, newest.hash, sizeof newest.hash);
    sbk_write_u32(&command, head.size);
    sbk_write_bytes(&command, head.root, sizeof head.root);
    if (sbk_mandate_write(&mandate, record, sizeof record, &size) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_USAGE, "usage", "no such mandate");
    result = sign(city, SBK_KEY_GRANT_SIGNER, &command, record, size, error);
    return result == SBK_OK ? send(session, SBK_INS_DELIVER_MANDATE, &command, error) : result;
}

static sbk_result deliver_stop(struct city *city, struct sbk_session *session, struct sbk_error *error) {
    uint8_t room[COMMAND_ROOM];
    uint8_t record[SBK_NOTICE_SIZE];
    size_t size = 0;
    struct sbk_writer command = sbk_writer_of(room, sizeof room);
    struct sbk_notice notice = {
        .kind = SBK_NOTICE_STOP, .number = session->view.status.mandate, .issued = sbk_station_today(session->station)};
    memcpy(notice.alias, session->view.fci.alias, sizeof notice.alias);
    if (sbk_notice_write(&notice, record, sizeof record, &size) != SBK_FORMAT_OK)
        return sbk_fail(error, SBK_USAGE, "usage", "no such notice");
    sbk_result result = sign(city, SBK_KEY_LIST_SIGNER, &command, record, size, error);
    return result == SBK_OK ? send(session, SBK_INS_DELIVER_RECORD, &command, error) : result;
}

static sbk_result deliver(struct city *city, struct sbk_station *station, struct sbk_error *error) {
    struct sbk_pcsc *pcsc = NULL;
    struct sbk_session *session = NULL;
    sbk_result result = sbk_pcsc_open(&pcsc, error);
    if (result == SBK_OK)
        result = sbk_pcsc_choose(pcsc, NULL, error);
    if (result == SBK_OK)
        result = sbk_pcsc_connect(pcsc, error);
    if (result == SBK_OK)
        result = sbk_session_open(&session, station, sbk_pcsc_transport(pcsc), error);
    if (result == SBK_OK)
        result = strcmp(city->news, "stop") == 0 ? deliver_stop(city, session, error)
                                                 : deliver_mandate(city, session, error);
    sbk_session_close(&session);
    sbk_pcsc_close(&pcsc);
    return result;
}

int main(int argc, char **argv) {
    struct sbk_process_clock clock;
    struct sbk_station *station = NULL;
    struct city city = {.passphrase = SBK_SECRET_EMPTY};
    struct sbk_error error = {0};
    if (argc != 5)
        return SBK_USAGE;
    city.news = argv[4];
    sbk_result result = sbk_clock_of_process(&clock, &error);
    struct sbk_station_options options = {.path = argv[1], .clock = &clock.clock, .clock_set = clock.set};
    if (result == SBK_OK)
        result = sbk_station_open(&station, &options, SBK_STATION_WORK, &error);
    if (result == SBK_OK)
        result = sbk_secret_copy(&city.passphrase, argv[3], strlen(argv[3]), &error);
    if (result == SBK_OK)
        result = sbk_station_unlock(station, &city.passphrase, &error);
    if (result == SBK_OK)
        result = sbk_store_open(&city.store, argv[2], true, &error);
    if (result == SBK_OK)
        result = deliver(&city, station, &error);
    if (result != SBK_OK)
        fprintf(stderr, "%s\n", error.text);
    sbk_store_close(&city.store);
    sbk_station_close(&station);
    sbk_secret_free(&city.passphrase);
    return (int)result;
}
