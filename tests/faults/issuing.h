/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_ISSUING_H
#define SBK_TESTS_FAULTS_ISSUING_H

#include "schema/records.h"

/*
 * The city that signs for the torn cards: the issuer of tests/applet/entitlement/world.h under the root and station CA of
 * tests/applet/fixture.h (the two headers cannot stand in one file). Its own keys are fixed, so that cards repeat.
 */
enum terminal {
    STORE,
    STORE_LATE,
    STORE_OTHER,
    STORE_THIRD,
    REGISTRAR,
    STORE_RENEWED,   /* STORE's next certificate, with another key */
    STORE_SECOND_CA, /* the same store under station CA 2 */
    STORE_DATED,     /* a store whose days a test chooses: issuer_dated() */
    TERMINALS
};

/* What each terminal holds: certificate and the number of its key (scalar: 31 zeros and the number). */
struct shown {
    uint8_t leaf[SBK_CERTIFICATE_MAX];
    size_t size;
    uint8_t ca; /* generation of its station CA */
    uint8_t key;
    uint32_t time; /* what its clock says */
};

/* Records and terminals as they begin. */
void issuer_begin(void);
/* The card whose certificate will be asked for. */
void issuer_card(const uint8_t agreement[SBK_POINT_SIZE], const uint8_t signing[SBK_POINT_SIZE]);
/* What the next record says; to be changed at will. */
struct sbk_mandate *issuer_mandate(void);
struct sbk_identity *issuer_identity(void);
void issuer_alternate(const char *name);
uint16_t issuer_day(unsigned year, unsigned month, unsigned date);

const struct shown *issuer_terminal(enum terminal terminal);
/* STORE_DATED's certificate from now on: under that station CA, from that day to the other. */
void issuer_dated(uint8_t ca, uint16_t from, uint16_t until);

/*
 * The generations of root, CAs and signers in force: each begins at 1, and what is issued next is under these. Roots come
 * in ISSUER_ROOTS generations, each but the last committed to by the one before; the others in ISSUER_GENERATIONS.
 */
#define ISSUER_ROOTS 8
#define ISSUER_GENERATIONS 2
void issuer_rotate(enum sbk_role role, uint8_t generation);
uint8_t issuer_generation(enum sbk_role role);
/* A key's public point; a root's number, for the functions of tests/applet/fixture.h. */
void issuer_key(enum sbk_role role, uint8_t generation, uint8_t point[SBK_POINT_SIZE]);
uint8_t issuer_root_number(uint8_t generation);

/* Each writes a signed record and returns its size. */
size_t issue_signer(enum sbk_role role, uint8_t *out);
size_t issue_station_ca(uint8_t root, uint8_t generation, uint8_t *out);
size_t issue_identity(uint8_t *out);
size_t issue_mandate(uint8_t *out);
size_t issue_notice(uint8_t kind, uint32_t number, uint8_t *out);
size_t issue_card_certificate(uint16_t effective, uint8_t *out);
/* Signs whatever stands there with the role's key, behind it; returns the size with the signature. */
size_t issue_signed(enum sbk_role role, uint8_t *record, size_t size);

#endif
