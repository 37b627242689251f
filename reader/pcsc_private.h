/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_PCSC_PRIVATE_H
#define SBK_READER_PCSC_PRIVATE_H

#include "reader/pcsc.h"

#include <winscard.h>

struct sbk_pcsc {
    SCARDCONTEXT context;
    bool has_context;
    SCARDHANDLE card;
    bool connected;
    bool holding; /* in a transaction */
    DWORD protocol;
    DWORD events; /* the reader's event counter when the card was connected */
    bool connected_once;
    char reader[SBK_PCSC_NAME_MAX];
    struct sbk_pcsc_patience patience;
    struct sbk_transport transport;
};

/* Finds the service again if the context is gone. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_service(struct sbk_pcsc *pcsc, struct sbk_error *error);

/* Forgets card and context. */
void sbk_pcsc_forget(struct sbk_pcsc *pcsc);

/* The failure for a PC/SC code; forgets what the code says is gone. doing is translated. */
sbk_result sbk_pcsc_fail(struct sbk_pcsc *pcsc, struct sbk_error *error, LONG code, const char *doing);

/* Whether the service itself is gone, so that only a new context helps: an old one stays "valid" for ever. */
bool sbk_pcsc_service_gone(LONG code);

/* The present state of the chosen reader, at once. */
SBK_CHECK_RESULT sbk_result sbk_pcsc_state(struct sbk_pcsc *pcsc, DWORD *state, struct sbk_error *error);

#endif
