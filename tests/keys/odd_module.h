/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_KEYS_ODD_MODULE_H
#define SBK_TESTS_KEYS_ODD_MODULE_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

/*
 * A PKCS#11 module that is SoftHSM's, counts what is asked of it, and fails as tokens in the field do. A test loads it by
 * module-path and finds what it says and obeys by the symbol odd.
 */
struct odd {
    /* calls so far */
    unsigned initialized, finalized, sessions, sessions_closed, logins, logouts;
    unsigned sign_inits, signs, finds, reads, created, destroyed;
    /* what goes wrong from now on; CKR_OK and false: nothing */
    CK_RV login, sign, generate, derive, open_session, create;
    unsigned signs_left;  /* sign fails only after so many more */
    CK_FLAGS token_flags; /* added to what C_GetTokenInfo tells */
    bool extractable;     /* tells of every key that it may leave */
    bool no_edwards;      /* knows no Ed25519 */
    bool short_signature; /* one byte less than due */
    const char *pad;      /* a PIN pad: what its user types when C_Login brings no PIN */
    bool taken_out;       /* C_GetSlotList: no token is there */
};

#endif
