/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "reader/pcsc_call.h"
#include "schema/reason.h"

#include <stdlib.h>
#include <string.h>

bool sbk_pcsc_service_gone(LONG code) {
    return code == SCARD_E_NO_SERVICE || code == SCARD_E_SERVICE_STOPPED || code == SCARD_E_INVALID_HANDLE ||
           code == SCARD_F_COMM_ERROR;
}

static const char *advice(LONG code, const char **reason) {
    *reason = SBK_REASON_READER;
    if (code == SCARD_W_REMOVED_CARD || code == SCARD_E_NO_SMARTCARD) {
        *reason = SBK_REASON_CARD_REMOVED;
        return _("the card left the reader; tap it again and keep it there");
    }
    if (code == SCARD_W_RESET_CARD)
        return _("another program reset the card; end that program and tap the card again");
    if (code == SCARD_E_SHARING_VIOLATION) {
        *reason = SBK_REASON_BUSY;
        return _("another program keeps the card to itself; end that program");
    }
    if (code == SCARD_E_READER_UNAVAILABLE || code == SCARD_E_UNKNOWN_READER) {
        *reason = SBK_REASON_NO_READER;
        return _("the reader is gone; plug it in again");
    }
    if (code == SCARD_W_UNRESPONSIVE_CARD || code == SCARD_W_UNPOWERED_CARD || code == SCARD_W_UNSUPPORTED_CARD) {
        *reason = SBK_REASON_CARD_MUTE;
        return _("the card does not answer; turn it round or clean it");
    }
    if (sbk_pcsc_service_gone(code))
        return _("the smart card service stopped; start pcscd and tap the card again");
    if (code == SCARD_E_NOT_TRANSACTED || code == SCARD_E_PROTO_MISMATCH || code == SCARD_E_COMM_DATA_LOST)
        *reason = SBK_REASON_CARD_MUTE;
    return _("take the card out and tap it again");
}

sbk_result sbk_pcsc_fail(struct sbk_pcsc *pcsc, struct sbk_error *error, LONG code, const char *doing) {
    const char *reason = NULL;
    const char *what = advice(code, &reason);
    sbk_result result = sbk_fail(error, SBK_ENVIRONMENT, reason, _("%s: %s: %s (0x%08lX); %s"),
        pcsc->reader[0] != 0 ? pcsc->reader : "PC/SC", doing, pcsc_stringify_error(code), (unsigned long)code, what);
    if (sbk_pcsc_service_gone(code))
        sbk_pcsc_forget(pcsc);
    return result;
}

void sbk_pcsc_forget(struct sbk_pcsc *pcsc) {
    pcsc->connected = false;
    pcsc->holding = false;
    if (pcsc->has_context)
        (void)SCardReleaseContext(pcsc->context);
    pcsc->has_context = false;
}

sbk_result sbk_pcsc_service(struct sbk_pcsc *pcsc, struct sbk_error *error) {
    if (pcsc->has_context)
        return SBK_OK;
    LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &pcsc->context);
    if (code != SCARD_S_SUCCESS)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_READER,
            _("the smart card service does not answer: %s (0x%08lX); start pcscd"), pcsc_stringify_error(code),
            (unsigned long)code);
    pcsc->has_context = true;
    return SBK_OK;
}

/* One command APDU. Whatever PC/SC left in the length after a failure is not to be believed. */
static sbk_result transmit(void *context, const uint8_t *command, size_t size, uint8_t *response, size_t room,
    size_t *received, struct sbk_error *error) {
    struct sbk_pcsc *pcsc = context;
    *received = 0;
    if (!pcsc->connected)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_REMOVED, _("no card is connected; tap it again"));
    /* T=0 has no command with data both ways: Le is left out and the card answers 61xx. */
    if (pcsc->protocol == SCARD_PROTOCOL_T0 && size > 6 && size == 6u + command[4])
        size--;
    struct sbk_pcsc_bytes bytes = {.command = command, .size = size, .response = response, .room = room};
    LONG code = SCARD_S_SUCCESS;
    sbk_result result = sbk_pcsc_call(pcsc, SBK_PCSC_TRANSMIT, &bytes, &code, error);
    if (result == SBK_OK && code == SCARD_S_SUCCESS && bytes.received >= 2 && bytes.received <= room) {
        *received = bytes.received;
        return SBK_OK;
    }
    /* A card that vanishes during a command gives success and nothing. */
    if (result == SBK_OK && code == SCARD_S_SUCCESS && bytes.received == 0)
        code = SCARD_W_REMOVED_CARD;
    if (result == SBK_OK && code == SCARD_S_SUCCESS)
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_ANSWER,
            _("%s: the card's answer is not valid (no status word); clean the card and tap it again"), pcsc->reader);
    else if (result == SBK_OK)
        result = sbk_pcsc_fail(pcsc, error, code, _("the card did not answer"));
    sbk_pcsc_disconnect(pcsc);
    return result;
}

sbk_result sbk_pcsc_open(struct sbk_pcsc **pcsc, struct sbk_error *error) {
    struct sbk_pcsc *made = calloc(1, sizeof *made);
    if (made == NULL)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    made->transport.transmit = transmit;
    made->transport.context = made;
    made->patience = (struct sbk_pcsc_patience){
        .told_ms = SBK_PCSC_TOLD_MS, .busy_ms = SBK_PCSC_BUSY_MS, .answer_ms = SBK_PCSC_ANSWER_MS};
    sbk_result result = sbk_pcsc_service(made, error);
    if (result == SBK_OK)
        *pcsc = made;
    else
        free(made);
    return result;
}

void sbk_pcsc_close(struct sbk_pcsc **pcsc) {
    if (*pcsc == NULL)
        return;
    sbk_pcsc_disconnect(*pcsc);
    sbk_pcsc_forget(*pcsc);
    free(*pcsc);
    *pcsc = NULL;
}

void sbk_pcsc_be_patient(struct sbk_pcsc *pcsc, const struct sbk_pcsc_patience *patience) {
    pcsc->patience = *patience;
}

const char *sbk_pcsc_wait_text(enum sbk_pcsc_wait what) {
    return what == SBK_PCSC_WAITS_ANSWER
               ? _("the card takes long to answer; if it goes on, take it out or press Ctrl-C")
               : _("another program holds the card; end that program, take the card out or press Ctrl-C");
}

const char *sbk_pcsc_name(const struct sbk_pcsc *pcsc) {
    return pcsc->reader;
}

struct sbk_transport *sbk_pcsc_transport(struct sbk_pcsc *pcsc) {
    return &pcsc->transport;
}

/* Notes which card it is, by the reader's count of insertions and resets. */
static sbk_result note_card(struct sbk_pcsc *pcsc, struct sbk_error *error) {
    DWORD state = 0;
    sbk_result result = sbk_pcsc_state(pcsc, &state, error);
    if (result == SBK_OK) {
        pcsc->connected_once = true;
        pcsc->events = state >> 16;
    }
    return result;
}

sbk_result sbk_pcsc_connect(struct sbk_pcsc *pcsc, struct sbk_error *error) {
    LONG code = SCARD_S_SUCCESS;
    bool same = false;
    sbk_pcsc_disconnect(pcsc);
    pcsc->transport.apdus = 0;
    pcsc->transport.bytes_sent = 0;
    pcsc->transport.bytes_received = 0;
    if (pcsc->reader[0] == 0)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_READER, _("no reader is chosen"));
    sbk_result result = sbk_pcsc_service(pcsc, error);
    if (result == SBK_OK)
        result = sbk_pcsc_call(pcsc, SBK_PCSC_CONNECT, NULL, &code, error);
    if (result != SBK_OK)
        return result;
    if (code == SCARD_E_NO_SMARTCARD || code == SCARD_W_REMOVED_CARD)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NO_CARD, _("%s: there is no card; tap one"), pcsc->reader);
    if (code != SCARD_S_SUCCESS)
        return sbk_pcsc_fail(pcsc, error, code, _("connecting to the card"));
    pcsc->connected = true;
    result = note_card(pcsc, error);
    if (result == SBK_OK)
        result = sbk_pcsc_resume(pcsc, &same, error);
    if (result != SBK_OK)
        sbk_pcsc_disconnect(pcsc);
    return result;
}

void sbk_pcsc_disconnect(struct sbk_pcsc *pcsc) {
    LONG code = SCARD_S_SUCCESS;
    sbk_pcsc_pause(pcsc);
    if (pcsc->connected && sbk_pcsc_call(pcsc, SBK_PCSC_DISCONNECT, NULL, &code, NULL) != SBK_OK && pcsc->connected)
        (void)SCardDisconnect(pcsc->card, SCARD_LEAVE_CARD); /* no memory for the careful way */
    pcsc->connected = false;
}

void sbk_pcsc_pause(struct sbk_pcsc *pcsc) {
    if (pcsc->connected && pcsc->holding)
        (void)SCardEndTransaction(pcsc->card, SCARD_LEAVE_CARD);
    pcsc->holding = false;
}

/* After another program reset the card: every session on it is gone. */
static sbk_result reconnect(struct sbk_pcsc *pcsc, LONG *code, struct sbk_error *error) {
    sbk_result result = sbk_pcsc_call(pcsc, SBK_PCSC_RECONNECT, NULL, code, error);
    if (result == SBK_OK && *code == SCARD_S_SUCCESS)
        result = sbk_pcsc_call(pcsc, SBK_PCSC_BEGIN, NULL, code, error);
    if (result != SBK_OK || *code != SCARD_S_SUCCESS)
        return result;
    pcsc->holding = true;
    return note_card(pcsc, error);
}

sbk_result sbk_pcsc_resume(struct sbk_pcsc *pcsc, bool *same, struct sbk_error *error) {
    LONG code = SCARD_S_SUCCESS;
    if (!pcsc->connected)
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_CARD_REMOVED, _("no card is connected; tap it again"));
    *same = true;
    sbk_result result = sbk_pcsc_call(pcsc, SBK_PCSC_BEGIN, NULL, &code, error);
    if (result == SBK_OK && code == SCARD_W_RESET_CARD) {
        *same = false;
        result = reconnect(pcsc, &code, error);
    }
    if (result == SBK_OK && code != SCARD_S_SUCCESS)
        result = sbk_pcsc_fail(pcsc, error, code, _("reserving the card"));
    if (result == SBK_OK)
        pcsc->holding = true;
    else
        sbk_pcsc_disconnect(pcsc);
    return result;
}
