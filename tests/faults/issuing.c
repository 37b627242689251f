/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/issuing.h"

#include <string.h>

#include "tests/applet/entitlement/world.h"

/* As in tests/applet/fixture.h: the first three roots and the first station CA. */
static const uint8_t root_numbers[ISSUER_ROOTS] = {1, 2, 3, 41, 42, 43, 44, 45};
#define STATION_CA_NUMBER 4
#define SECOND_NUMBER 50 /* of a second generation, and the role */

static struct world fresh, world;
static bool begun;
static struct shown terminals[TERMINALS];

static void numbered_key(struct key *key, uint8_t number) {
    memset(key->scalar, 0, sizeof(key->scalar));
    key->scalar[31] = number;
    assert_true(sbk_port_p256_public(key->scalar, key->point));
}

static void role_key(enum sbk_role role, uint8_t generation, struct key *key) {
    if (role == SBK_ROLE_ROOT)
        numbered_key(key, issuer_root_number(generation));
    else if (generation > 1)
        numbered_key(key, (uint8_t)(SECOND_NUMBER + role));
    else if (role == SBK_ROLE_STATION_CA)
        numbered_key(key, STATION_CA_NUMBER);
    else
        *key = role == SBK_ROLE_GRANT_SIGNER ? fresh.grant : role == SBK_ROLE_LIST_SIGNER ? fresh.list : fresh.card_ca;
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
    enum terminal terminal, uint8_t ca_generation, const char *id, const char *outlet, uint16_t from, uint16_t until) {
    struct shown *shown = &terminals[terminal];
    struct sbk_certificate certificate = {.serial = {9, 9, (uint8_t)terminal},
        .role = terminal == REGISTRAR ? SBK_ROLE_REGISTRAR : SBK_ROLE_STORE,
        .issuer_role = SBK_ROLE_STATION_CA,
        .issuer_generation = ca_generation,
        .effective = from,
        .expiry = until};
    struct key ca, own;

    role_key(SBK_ROLE_STATION_CA, ca_generation, &ca);
    shown->ca = ca_generation;
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
        numbered_key(&fresh.root, root_numbers[0]);
        make_terminal(STORE, 1, "WARUNG-1", "W1", day(2026, 11, 1), day(2026, 11, 30));
        make_terminal(STORE_LATE, 1, "WARUNG-1", "W1", day(2026, 12, 1), day(2026, 12, 31));
        make_terminal(STORE_OTHER, 1, "TOKO-2", "T2", day(2026, 11, 2), day(2026, 12, 31));
        make_terminal(STORE_THIRD, 1, "TOKO-3", "T3", day(2026, 11, 3), day(2026, 12, 31));
        make_terminal(REGISTRAR, 1, "KELURAHAN-1", "", day(2026, 11, 1), day(2026, 12, 31));
        make_terminal(STORE_RENEWED, 1, "WARUNG-1", "W1", day(2026, 11, 20), day(2026, 12, 20));
        make_terminal(STORE_SECOND_CA, 2, "WARUNG-1", "W1", day(2026, 11, 15), day(2026, 12, 31));
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

void issuer_dated(uint8_t ca, uint16_t from, uint16_t until) {
    make_terminal(STORE_DATED, ca, "TOKO-4", "T4", from, until);
}

void issuer_rotate(enum sbk_role role, uint8_t generation) {
    world.generation[role] = generation;
    if (role == SBK_ROLE_ROOT)
        role_key(role, generation, &world.root);
}

uint8_t issuer_generation(enum sbk_role role) {
    return world.generation[role];
}

void issuer_key(enum sbk_role role, uint8_t generation, uint8_t point[SBK_POINT_SIZE]) {
    struct key key;

    role_key(role, generation, &key);
    memcpy(point, key.point, SBK_POINT_SIZE);
}

uint8_t issuer_root_number(uint8_t generation) {
    assert_in_range(generation, 1, ISSUER_ROOTS);
    return root_numbers[generation - 1];
}

static struct key key_of(enum sbk_role role) {
    struct key key;

    role_key(role, world.generation[role], &key);
    return key;
}

size_t issue_signer(enum sbk_role role, uint8_t *out) {
    const struct key key = key_of(role);

    return write_signer(&world, role, &key, out);
}

size_t issue_station_ca(uint8_t root, uint8_t generation, uint8_t *out) {
    static struct world other;
    struct key key;

    other.generation[SBK_ROLE_ROOT] = root;
    other.generation[SBK_ROLE_STATION_CA] = generation;
    role_key(SBK_ROLE_ROOT, root, &other.root);
    role_key(SBK_ROLE_STATION_CA, generation, &key);
    return write_signer(&other, SBK_ROLE_STATION_CA, &key, out);
}

size_t issue_signed(enum sbk_role role, uint8_t *record, size_t size) {
    const struct key key = key_of(role);

    return sign_record(&key, record, size);
}

size_t issue_identity(uint8_t *out) {
    const struct key key = key_of(SBK_ROLE_GRANT_SIGNER);

    return write_identity(&world, &key, out);
}

size_t issue_mandate(uint8_t *out) {
    const struct key key = key_of(SBK_ROLE_GRANT_SIGNER);

    return write_mandate(&world, &key, out);
}

size_t issue_notice(uint8_t kind, uint32_t number, uint8_t *out) {
    const struct key key = key_of(SBK_ROLE_LIST_SIGNER);

    return write_notice(&world, &key, kind, number, out);
}

size_t issue_card_certificate(uint16_t effective, uint8_t *out) {
    const struct key key = key_of(SBK_ROLE_CARD_CA);
    struct sbk_certificate certificate = {.serial = {0, 1, (uint8_t)effective},
        .role = SBK_ROLE_CARD,
        .issuer_role = SBK_ROLE_CARD_CA,
        .issuer_generation = world.generation[SBK_ROLE_CARD_CA],
        .effective = effective,
        .expiry = day(2028, 12, 31)};

    memcpy(certificate.alias, world.identity.alias, SBK_ALIAS_SIZE);
    memcpy(certificate.key, world.agreement.point, SBK_POINT_SIZE);
    certificate.signing_key[0] = (uint8_t)(2 | (world.signing.point[63] & 1));
    memcpy(certificate.signing_key + 1, world.signing.point, 32);
    return write_certificate(&certificate, &key, out);
}
