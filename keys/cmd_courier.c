/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/program.h"

#include "base/file.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "keys/cms.h"
#include "keys/courier.h"
#include "keys/issued.h"
#include "schema/hotlist.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

/* What the steps share. */
struct sending {
    struct cli_call *call;
    struct sbk_store *store;
    struct sbk_city city;
    struct sbk_database *cards;
    struct sbk_key *key; /* the city's own */
    struct sbk_buffer list;
    struct sbk_buffer hotlist;
    struct sbk_buffer *files; /* of stations */
    struct sbk_parcel *stations;
    size_t station_count;
    struct sbk_registrar *registrars;
    size_t registrar_count;
    size_t unaddressed; /* identity records */
    struct sbk_courier courier;
    struct sbk_buffer file;
};

/* A station's certificate file, made by 'station issue' of this city, tells whose it is. */
static sbk_result read_station(struct sending *sending, size_t index, struct sbk_error *error) {
    const char *path = cli_value_at(sending->call, "certificate", index);
    struct sbk_buffer *file = &sending->files[index];
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_station_certificate bundle;
    struct sbk_certificate leaf;
    sbk_result result = program_read(path, SBK_BUNDLE_SMALL_MAX, file, error);
    if (result == SBK_OK) {
        result = sbk_city_verify_file(&sending->city, file->data, file->size, SBK_BUNDLE_STATION_CERTIFICATE,
            SBK_OFFICE_CITY, sbk_clock_today(sending->call->clock), &content, NULL, error);
    }
    if (result == SBK_OK && (sbk_station_certificate_parse(content.data, content.size, &bundle) != SBK_FORMAT_OK ||
                                sbk_certificate_parse(bundle.leaf.data, bundle.leaf.size, &leaf) != SBK_FORMAT_OK)) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, "%s", _("this is no station's certificate"));
    }
    if (result == SBK_OK) {
        struct sbk_parcel *parcel = &sending->stations[sending->station_count++];
        *parcel = (struct sbk_parcel){.for_station = true, .content = sbk_bytes_of(file)};
        memcpy(parcel->terminal, leaf.terminal, sizeof parcel->terminal);
    } else {
        result = sbk_fail_in(error, result, "%s", path);
    }
    sbk_buffer_free(&content);
    return result;
}

static sbk_result read_stations(struct sending *sending, struct sbk_error *error) {
    const size_t count = cli_count(sending->call, "certificate");
    sbk_result result = SBK_OK;
    if (count > SBK_COURIER_STATIONS_MAX) {
        return cli_usage(sending->call, error, _("at most %u --certificate"), SBK_COURIER_STATIONS_MAX);
    }
    sending->files = calloc(count + 1, sizeof *sending->files);
    sending->stations = calloc(count + 1, sizeof *sending->stations);
    if (sending->files == NULL || sending->stations == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    for (size_t i = 0; i < count && result == SBK_OK; i++) {
        result = read_station(sending, i, error);
    }
    return result;
}

static sbk_result read_list(struct sending *sending, struct sbk_error *error) {
    const char *path = cli_value(sending->call, "list");
    return path != NULL ? program_read(path, SBK_COURIER_LIST_MAX, &sending->list, error) : SBK_OK;
}

/* What stations would refuse is not sent: only the form is looked at here, they verify. */
static sbk_result read_hotlist(struct sending *sending, struct sbk_error *error) {
    const char *path = cli_value(sending->call, "hotlist");
    struct sbk_buffer *file = &sending->hotlist;
    struct sbk_hotlist list;
    size_t head = 0;
    if (path == NULL) {
        return SBK_OK;
    }
    const sbk_result result = program_read(path, SBK_HOTLIST_FILE_MAX, file, error);
    if (result == SBK_OK && (sbk_certificate_size(file->data, file->size, &head) != SBK_FORMAT_OK ||
                                sbk_hotlist_parse(file->data + head, file->size - head, &list) != SBK_FORMAT_OK)) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("%s: this is no hotlist"), path);
    }
    return result;
}

static sbk_result read_registrars(struct sending *sending, struct sbk_error *error) {
    struct sbk_database *issued = NULL;
    sbk_result result = issued_open(sending->store, true, &issued, error);
    if (result == SBK_OK) {
        result = issued_registrars(
            issued, sbk_clock_today(sending->call->clock), &sending->registrars, &sending->registrar_count, error);
    }
    sbk_database_close(&issued);
    return result;
}

static sbk_result open_all(struct sending *sending, struct sbk_error *error) {
    sbk_result result = program_store(sending->call, true, &sending->store, error);
    if (result == SBK_OK) {
        result = program_city(sending->call, sending->store, &sending->city, error);
    }
    if (result == SBK_OK) {
        result = sbk_cards_open(&sending->cards, sbk_store_path(sending->store), SBK_DATABASE_CREATE, error);
    }
    if (result == SBK_OK) {
        result = program_key(sending->call, sending->store, SBK_KEY_CITY, &sending->key, error);
    }
    return result;
}

/* The file is durable before its entry in the books is: one that never left may be made again. */
static sbk_result send(struct sending *sending, struct sbk_error *error) {
    const struct sbk_courier_parts parts = {.item_list = sbk_bytes_of(&sending->list),
        .hotlist = sbk_bytes_of(&sending->hotlist),
        .stations = sending->stations,
        .station_count = sending->station_count,
        .registrars = sending->registrars,
        .registrar_count = sending->registrar_count,
        .unaddressed = &sending->unaddressed};
    sbk_result result = sbk_database_begin(sending->cards, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_courier_pack(sending->cards, &sending->city, sending->key, &parts,
        sbk_clock_time(sending->call->clock), &sending->courier, &sending->file, error);
    if (result == SBK_OK) {
        result = program_write(cli_value(sending->call, "out"), sending->file.data, sending->file.size, error);
    }
    if (result == SBK_OK) {
        return sbk_database_commit(sending->cards, error);
    }
    sbk_database_rollback(sending->cards);
    return result;
}

static void close_all(struct sending *sending) {
    for (size_t i = 0; sending->files != NULL && i < cli_count(sending->call, "certificate"); i++) {
        sbk_buffer_free(&sending->files[i]);
    }
    free(sending->files);
    free(sending->stations);
    free(sending->registrars);
    sbk_buffer_free(&sending->list);
    sbk_buffer_free(&sending->hotlist);
    sbk_buffer_free(&sending->file);
    sbk_key_close(&sending->key);
    sbk_city_free(&sending->city);
    sbk_database_close(&sending->cards);
    sbk_store_close(&sending->store);
}

sbk_result cmd_courier(struct cli_call *call, struct sbk_error *error) {
    struct sending sending = {.call = call};
    sbk_result result = program_roles(call, error);
    if (result == SBK_OK) {
        result = open_all(&sending, error);
    }
    if (result == SBK_OK) {
        result = read_list(&sending, error);
    }
    if (result == SBK_OK) {
        result = read_hotlist(&sending, error);
    }
    if (result == SBK_OK) {
        result = read_stations(&sending, error);
    }
    if (result == SBK_OK) {
        result = read_registrars(&sending, error);
    }
    if (result == SBK_OK) {
        result = send(&sending, error);
    }
    if (result == SBK_OK) {
        cli_say(call, _("Courier %u: %u records for cards, %u certificates for stations, in %s.\n"),
            (unsigned)sending.courier.number, (unsigned)sending.courier.card_count,
            (unsigned)sending.courier.station_count, cli_value(call, "out"));
        if (sending.unaddressed > 0) {
            cli_say(call,
                P_("%lu identity record waits: no registrar's station of its kelurahan is known; 'station issue' "
                   "renews "
                   "one.\n",
                    "%lu identity records wait: no registrar's station of their kelurahan is known; 'station issue' "
                    "renews one.\n",
                    sending.unaddressed),
                (unsigned long)sending.unaddressed);
        }
        cli_field_int(call, "unaddressed", (json_int_t)sending.unaddressed);
        cli_field_int(call, "number", sending.courier.number);
        cli_field_int(call, "records", sending.courier.card_count);
        cli_field_int(call, "stations", sending.courier.station_count);
        cli_field_text(call, "file", cli_value(call, "out"));
    }
    close_all(&sending);
    return result;
}
