/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/requests.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "keys/install.h"
#include "schema/date.h"
#include "schema/reason.h"

#include <string.h>

/* Requests from both ends. They do not age: the office looks at who brings one, not at when it was made. */
#define REQUEST_DAYS 3652

static sbk_result malformed(struct sbk_error *error, const char *what, enum sbk_format format) {
    return sbk_fail(
        error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the %s is malformed: it %s"), what, _(sbk_format_text(format)));
}

static uint16_t request_until(uint16_t from) {
    return from <= UINT16_MAX - REQUEST_DAYS ? (uint16_t)(from + REQUEST_DAYS) : UINT16_MAX;
}

/* The former X.509 key says that the new keys are of the same station. What it signs begins with a bundle's header, which
 * nothing else does that the key signs: CMS attributes and certificates are DER. */
static sbk_result sign_continuity(
    struct sbk_key *former, struct sbk_station_request *request, struct sbk_error *error) {
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    const enum sbk_format format = sbk_station_request_write_continued(request, content, sizeof content, &size);
    return format == SBK_FORMAT_OK ? sbk_key_sign_message(former, content, size, request->continuity, error)
                                   : malformed(error, _("station request"), format);
}

static sbk_result write_station_request(struct sbk_key *agreement, struct sbk_station_request *request,
    uint8_t content[SBK_BUNDLE_SMALL_MAX], size_t *size, struct sbk_error *error) {
    uint8_t possession[SBK_SIGNATURE_SIZE];
    enum sbk_format format = sbk_station_request_write(request, NULL, content, SBK_BUNDLE_SMALL_MAX, size);
    if (format == SBK_FORMAT_OK) {
        const sbk_result result = sbk_key_sign_message(agreement, content, *size, possession, error);
        if (result != SBK_OK) {
            return result;
        }
        format = sbk_station_request_write(request, possession, content, SBK_BUNDLE_SMALL_MAX, size);
    }
    return format == SBK_FORMAT_OK ? SBK_OK : malformed(error, _("station request"), format);
}

sbk_result sbk_station_request_make(struct sbk_key *agreement, const struct sbk_key_info *log_key,
    struct sbk_key *station, const struct sbk_station_former *former, const uint8_t terminal[SBK_TERMINAL_SIZE],
    uint32_t made, struct sbk_buffer *out, struct sbk_error *error) {
    char name[SBK_TERMINAL_SIZE + 1];
    char verifier[SBK_NOTE_VERIFIER_ROOM];
    char former_verifier[SBK_NOTE_VERIFIER_ROOM];
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    struct sbk_buffer der = SBK_BUFFER_EMPTY;
    struct sbk_station_request request = {.made = made};
    const uint16_t today = sbk_date_of_time(made);
    sbk_id_text(terminal, SBK_TERMINAL_SIZE, name);
    memcpy(request.terminal, terminal, SBK_TERMINAL_SIZE);
    memcpy(request.agreement_key, sbk_key_info(agreement)->public_part, SBK_POINT_SIZE);
    sbk_result result = sbk_note_verifier_text(log_key, terminal, verifier, error);
    if (result == SBK_OK) {
        result = sbk_x509_self(station, SBK_OFFICE_STATION, name, today, request_until(today), &der, error);
    }
    if (result == SBK_OK) {
        request.log_key = (struct sbk_bytes){(const uint8_t *)verifier, strlen(verifier)};
        request.x509 = (struct sbk_bytes){der.data, der.size};
    }
    if (result == SBK_OK && former != NULL) {
        result = sbk_note_verifier_text(former->log_key, terminal, former_verifier, error);
        if (result == SBK_OK) {
            request.former_log_key = (struct sbk_bytes){(const uint8_t *)former_verifier, strlen(former_verifier)};
            result = sign_continuity(former->station, &request, error);
        }
    }
    if (result == SBK_OK) {
        result = write_station_request(agreement, &request, content, &size, error);
    }
    if (result == SBK_OK) {
        result = sbk_cms_sign(station, der.data, der.size, SBK_BUNDLE_STATION_REQUEST, content, size, made, out, error);
    }
    sbk_buffer_free(&der);
    return result;
}

sbk_result sbk_office_request_make(
    struct sbk_key *bureau, const char *name, uint32_t made, struct sbk_buffer *out, struct sbk_error *error) {
    uint8_t content[SBK_BUNDLE_SMALL_MAX];
    size_t size = 0;
    struct sbk_buffer der = SBK_BUFFER_EMPTY;
    struct sbk_office_request request = {.made = made};
    const uint16_t today = sbk_date_of_time(made);
    sbk_result result = sbk_x509_self(bureau, SBK_OFFICE_BUREAU, name, today, request_until(today), &der, error);
    if (result == SBK_OK) {
        request.name = (struct sbk_bytes){(const uint8_t *)name, strlen(name)};
        request.x509 = (struct sbk_bytes){der.data, der.size};
        const enum sbk_format format = sbk_office_request_write(&request, content, sizeof content, &size);
        if (format != SBK_FORMAT_OK) {
            result = malformed(error, _("office request"), format);
        }
    }
    if (result == SBK_OK) {
        result = sbk_cms_sign(bureau, der.data, der.size, SBK_BUNDLE_OFFICE_REQUEST, content, size, made, out, error);
    }
    sbk_buffer_free(&der);
    return result;
}

/* The certificate in the content must be the one that the file is signed with. */
static sbk_result same_certificate(
    const struct sbk_cms_signer *signer, const struct sbk_bytes *inside, struct sbk_error *error) {
    if (signer->der_size != inside->size || memcmp(signer->der, inside->data, inside->size) != 0) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s",
            _("the request is signed with another key than the one it asks a certificate for"));
    }
    return SBK_OK;
}

static sbk_result check_station_request(const struct sbk_station_request *request, const struct sbk_office_info *x509,
    struct sbk_note_verifier *log_key, struct sbk_error *error) {
    char id[SBK_TERMINAL_SIZE + 1];
    char name[SBK_NOTE_NAME_ROOM];
    sbk_id_text(request->terminal, SBK_TERMINAL_SIZE, id);
    sbk_note_name(request->terminal, name);
    if (strcmp(id, x509->name) != 0) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE,
            _("the request is for %s but its certificate says %s"), id, x509->name);
    }
    sbk_result result = sbk_verify_bytes(
        request->agreement_key, request->signed_bytes.data, request->signed_bytes.size, request->possession, error);
    if (result != SBK_OK) {
        return sbk_fail_in(error, result, "%s", _("proof of possession of the agreement key"));
    }
    result = sbk_note_verifier_parse((const char *)request->log_key.data, request->log_key.size, log_key, error);
    if (result == SBK_OK && strcmp(log_key->name, name) != 0) {
        result =
            sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the log key is named %s, not %s"), log_key->name, name);
    }
    return result;
}

sbk_result sbk_station_request_open(const uint8_t *data, size_t size, struct sbk_buffer *content,
    struct sbk_station_request *parsed, struct sbk_office_info *x509, struct sbk_note_verifier *log_key,
    struct sbk_error *error) {
    const struct sbk_cms_expected expected = {.kind = SBK_BUNDLE_STATION_REQUEST, .signer = SBK_OFFICE_STATION};
    struct sbk_cms_signer signer;
    const size_t before = content->size;
    sbk_result result = sbk_cms_verify(data, size, &expected, content, &signer, error);
    if (result == SBK_OK) {
        const enum sbk_format format =
            sbk_station_request_parse(content->data + before, content->size - before, parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, _("station request"), format);
    }
    if (result == SBK_OK) {
        result = same_certificate(&signer, &parsed->x509, error);
    }
    if (result == SBK_OK) {
        result = check_station_request(parsed, &signer.info, log_key, error);
    }
    if (result == SBK_OK) {
        *x509 = signer.info;
    }
    return result;
}

sbk_result sbk_station_request_continues(const struct sbk_station_request *request,
    const uint8_t former_key[SBK_POINT_SIZE], const char *former_log_key, struct sbk_error *error) {
    const struct sbk_bytes *named = &request->former_log_key;
    if (named->size != strlen(former_log_key) || memcmp(named->data, former_log_key, named->size) != 0) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_CERTIFICATE, "%s",
            _("the request names another log key than the station's present one"));
    }
    const sbk_result result = sbk_verify_bytes(
        former_key, request->continued_bytes.data, request->continued_bytes.size, request->continuity, error);
    return result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", _("proof by the station's present X.509 key"));
}

sbk_result sbk_office_request_open(const uint8_t *data, size_t size, struct sbk_buffer *content,
    struct sbk_office_request *parsed, struct sbk_office_info *x509, struct sbk_error *error) {
    const struct sbk_cms_expected expected = {.kind = SBK_BUNDLE_OFFICE_REQUEST, .signer = SBK_OFFICE_BUREAU};
    struct sbk_cms_signer signer;
    const size_t before = content->size;
    sbk_result result = sbk_cms_verify(data, size, &expected, content, &signer, error);
    if (result == SBK_OK) {
        const enum sbk_format format = sbk_office_request_parse(content->data + before, content->size - before, parsed);
        result = format == SBK_FORMAT_OK ? SBK_OK : malformed(error, _("office request"), format);
    }
    if (result == SBK_OK) {
        result = same_certificate(&signer, &parsed->x509, error);
    }
    if (result == SBK_OK && (strlen(signer.info.name) != parsed->name.size ||
                                memcmp(signer.info.name, parsed->name.data, parsed->name.size) != 0)) {
        result = sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, "%s", _("the request's name is not its certificate's"));
    }
    if (result == SBK_OK) {
        *x509 = signer.info;
    }
    return result;
}
