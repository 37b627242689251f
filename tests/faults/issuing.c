/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/issuing.h"

#include <string.h>

#include "tests/applet/entitlement/world.h"

#define ROOT_NUMBER 1 /* as in tests/applet/fixture.h */
#define STATION_CA_NUMBER 4

static struct world fresh, world;
static bool begun;
static struct shown terminals[TERMINALS];

static void numbered_key(struct key *key, uint8_t number) {
    memset(key->scalar, 0, sizeof(key->scalar));
    key->scalar[31] = number;
    assert_true(sbk_port_p256_public(key->scalar, key->point));
}

static size_t write_certificate(const struct sbk_certificate *certificate, const struct key *issuer, uint8_t *out) {
    uint8_t body[SBK_CERTIFICATE_MAX + SBK_SIGNATURE_SIZE];
    size_t size;

    assert_int_equal(sbk_certificate_write_signed(certificate, body, SBK_CERTIFICATE_MAX, &size), SBK_FORMAT_OK);
    sign_record(issuer, body, size);
    assert_int_equal(sbk_certificate_assemble(body, size, body + size, out, SBK_CERTIFICATE_MAX, &size), SBK_FORMAT_OK);
    return size;
}

static void make_terminal(
    enum terminal terminal, enum sbk_role role, const char *id, const char *outlet, uint16_t from, uint16_t until) {
    struct shown *shown = &terminals[terminal];
    struct sbk_certificate certificate = {.serial = {9, 9, (uint8_t)terminal},
        .role = (uint8_t)role,
        .issuer_role = SBK_ROLE_STATION_CA,
        .issuer_generation = 1,
        .effective = from,
        .expiry = until};
    struct key ca, own;

    numbered_key(&ca, STATION_CA_NUMBER);
    shown->key = (uint8_t)(20 + terminal);
    numbered_key(&own, shown->key);
    memcpy(certificate.key, own.point, SBK_POINT_SIZE);
    assert_int_equal(sbk_id_write(id, certificate.terminal, SBK_TERMINAL_SIZE), SBK_FORMAT_OK);
    memcpy(certificate.rights.outlet, outlet, strlen(outlet));
    memcpy(certificate.rights.kelurahan, fresh.identity.kelurahan, SBK_KELURAHAN_SIZE);
    certificate.rights.programmes = SBK_PROGRAMMES_ALL;
    for (int i = 0; i < SBK_UNITS; i++)
        certificate.rights.limits[i] = SBK_LIMIT_NONE;
    shown->size = write_certificate(&certificate, &ca, shown->leaf);
    shown->time = (from + 3u) * 86400u + 3600;
}

void issuer_begin(void) {
    if (!begun) {
        world_close(&fresh);
        numbered_key(&fresh.root, ROOT_NUMBER);
        make_terminal(STORE, SBK_ROLE_STORE, "WARUNG-1", "W1", day(2026, 11, 1), day(2026, 11, 30));
        make_terminal(STORE_LATE, SBK_ROLE_STORE, "WARUNG-1", "W1", day(2026, 12, 1), day(2026, 12, 31));
        make_terminal(STORE_OTHER, SBK_ROLE_STORE, "TOKO-2", "T2", day(2026, 11, 2), day(2026, 12, 31));
        make_terminal(STORE_THIRD, SBK_ROLE_STORE, "TOKO-3", "T3", day(2026, 11, 3), day(2026, 12, 31));
        make_terminal(REGISTRAR, SBK_ROLE_REGISTRAR, "KELURAHAN-1", "", day(2026, 11, 1), day(2026, 12, 31));
        begun = true;
    }
    world = fresh;
}

void issuer_card(const uint8_t agreement[SBK_POINT_SIZE], const uint8_t signing[SBK_POINT_SIZE]) {
    memcpy(world.agreement.point, agreement, SBK_POINT_SIZE);
    memcpy(world.signing.point, signing, SBK_POINT_SIZE);
}

struct sbk_mandate *issuer_mandate(void) {
    return &world.mandate;
}

struct sbk_identity *issuer_identity(void) {
    return &world.identity;
}

void issuer_alternate(const char *name) {
    set_alternate(&world, name);
}

uint16_t issuer_day(unsigned year, unsigned month, unsigned date) {
    return day(year, month, date);
}

const struct shown *issuer_terminal(enum terminal terminal) {
    return &terminals[terminal];
}

void issuer_grant_key(uint8_t point[SBK_POINT_SIZE]) {
    memcpy(point, fresh.grant.point, SBK_POINT_SIZE);
}

static const struct key *key_of(enum sbk_role role) {
    return role == SBK_ROLE_GRANT_SIGNER ? &world.grant : role == SBK_ROLE_LIST_SIGNER ? &world.list : &world.card_ca;
}

size_t issue_signer(enum sbk_role role, uint8_t *out) {
    return write_signer(&world, role, key_of(role), out);
}

size_t issue_signed(enum sbk_role role, uint8_t *record, size_t size) {
    return sign_record(key_of(role), record, size);
}

size_t issue_identity(uint8_t *out) {
    return write_identity(&world, &world.grant, out);
}

size_t issue_mandate(uint8_t *out) {
    return write_mandate(&world, &world.grant, out);
}

size_t issue_notice(uint8_t kind, uint32_t number, uint8_t *out) {
    return write_notice(&world, &world.list, kind, number, out);
}

size_t issue_card_certificate(uint16_t effective, uint8_t *out) {
    struct sbk_certificate certificate = {.serial = {0, 1, (uint8_t)effective},
        .role = SBK_ROLE_CARD,
        .issuer_role = SBK_ROLE_CARD_CA,
        .issuer_generation = 1,
        .effective = effective,
        .expiry = day(2028, 12, 31)};

    memcpy(certificate.alias, world.identity.alias, SBK_ALIAS_SIZE);
    memcpy(certificate.key, world.agreement.point, SBK_POINT_SIZE);
    certificate.signing_key[0] = (uint8_t)(2 | (world.signing.point[63] & 1));
    memcpy(certificate.signing_key + 1, world.signing.point, 32);
    return write_certificate(&certificate, &world.card_ca, out);
}
