/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/bundle.h"

#include "schema/bundle_parts.h"
#include "schema/check.h"

#include <string.h>

#define LOG_KEY_MAX 160

static bool printable(const struct sbk_bytes *text) {
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] < 0x21 || text->data[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

static enum sbk_format read_log_key(struct sbk_reader *reader, uint16_t tag, struct sbk_bytes *log_key) {
    STEP(sbk_bundle_lend(reader, tag, 1, LOG_KEY_MAX, log_key));
    return printable(log_key) ? SBK_FORMAT_OK : SBK_FORMAT_VALUE;
}

/* The proof that another key set is of the same station. */
static enum sbk_format read_continuity(
    struct sbk_reader *reader, const uint8_t *data, size_t size, struct sbk_station_request *request) {
    struct sbk_reader ahead = *reader;
    struct sbk_tlv next;
    if (sbk_tlv_expect(&ahead, SBK_TAG_FORMER_LOG_KEY, &next) != SBK_FORMAT_OK) {
        return SBK_FORMAT_OK; /* whatever stands there instead is looked at as the next object */
    }
    STEP(read_log_key(reader, SBK_TAG_FORMER_LOG_KEY, &request->former_log_key));
    request->continued_bytes.data = data;
    request->continued_bytes.size = size - reader->left;
    return sbk_bundle_copy(reader, SBK_TAG_CONTINUITY, request->continuity, SBK_SIGNATURE_SIZE);
}

enum sbk_format sbk_station_request_parse(const uint8_t *data, size_t size, struct sbk_station_request *request) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    if (size > SBK_BUNDLE_SMALL_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(request, 0, sizeof *request);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_STATION_REQUEST, &request->made));
    STEP(sbk_bundle_copy(&reader, SBK_TAG_TERMINAL, request->terminal, SBK_TERMINAL_SIZE));
    STEP(sbk_id_check(request->terminal, SBK_TERMINAL_SIZE));
    STEP(sbk_bundle_copy(&reader, SBK_TAG_AGREEMENT_KEY, request->agreement_key, SBK_POINT_SIZE));
    STEP(read_log_key(&reader, SBK_TAG_LOG_KEY, &request->log_key));
    STEP(sbk_bundle_x509(&reader, SBK_TAG_X509, &request->x509));
    STEP(read_continuity(&reader, data, size, request));
    request->signed_bytes.data = data;
    request->signed_bytes.size = size - reader.left;
    STEP(sbk_bundle_copy(&reader, SBK_TAG_POSSESSION, request->possession, SBK_SIGNATURE_SIZE));
    return sbk_read_end(&reader);
}

static void write_keys(struct sbk_writer *writer, const struct sbk_station_request *request) {
    sbk_bundle_write_header(writer, SBK_BUNDLE_STATION_REQUEST, request->made);
    sbk_write_tlv(writer, SBK_TAG_TERMINAL, request->terminal, SBK_TERMINAL_SIZE);
    sbk_write_tlv(writer, SBK_TAG_AGREEMENT_KEY, request->agreement_key, SBK_POINT_SIZE);
    sbk_bundle_write(writer, SBK_TAG_LOG_KEY, &request->log_key);
    sbk_bundle_write(writer, SBK_TAG_X509, &request->x509);
    if (request->former_log_key.size > 0) {
        sbk_bundle_write(writer, SBK_TAG_FORMER_LOG_KEY, &request->former_log_key);
    }
}

enum sbk_format sbk_station_request_write_continued(
    const struct sbk_station_request *request, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    STEP(sbk_id_check(request->terminal, SBK_TERMINAL_SIZE));
    write_keys(&writer, request);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_station_request_write(
    const struct sbk_station_request *request, const uint8_t *possession, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    STEP(sbk_id_check(request->terminal, SBK_TERMINAL_SIZE));
    write_keys(&writer, request);
    if (request->former_log_key.size > 0) {
        sbk_write_tlv(&writer, SBK_TAG_CONTINUITY, request->continuity, SBK_SIGNATURE_SIZE);
    }
    if (possession != NULL) {
        sbk_write_tlv(&writer, SBK_TAG_POSSESSION, possession, SBK_SIGNATURE_SIZE);
    }
    return sbk_writer_end(&writer, size);
}

/* The next object is a certificate. */
static bool at_certificate(const struct sbk_reader *reader) {
    return reader->left >= 2 && reader->at[0] == 0x7F && reader->at[1] == 0x21;
}

/* The five 7F21 certificates of a station certificate, and those that may follow. */
static enum sbk_format read_certificates(struct sbk_reader *reader, struct sbk_station_certificate *certificate) {
    uint8_t generation = 0;
    STEP(sbk_bundle_certificate(reader, SBK_ROLE_STORE, SBK_ROLE_AUDITOR, &certificate->leaf, &generation));
    STEP(sbk_bundle_certificate(
        reader, SBK_ROLE_STATION_CA, SBK_ROLE_STATION_CA, &certificate->station_ca, &generation));
    STEP(sbk_bundle_certificate(reader, SBK_ROLE_CARD_CA, SBK_ROLE_CARD_CA, &certificate->card_ca, &generation));
    STEP(sbk_bundle_certificate(
        reader, SBK_ROLE_GRANT_SIGNER, SBK_ROLE_GRANT_SIGNER, &certificate->grant_signer, &generation));
    STEP(sbk_bundle_certificate(
        reader, SBK_ROLE_LIST_SIGNER, SBK_ROLE_LIST_SIGNER, &certificate->list_signer, &generation));
    while (certificate->more_count < SBK_STATION_ISSUERS_MAX && at_certificate(reader)) {
        STEP(sbk_bundle_certificate(reader, SBK_ROLE_STATION_CA, SBK_ROLE_LIST_SIGNER,
            &certificate->more[certificate->more_count], &generation));
        certificate->more_count++;
    }
    return SBK_FORMAT_OK;
}

enum sbk_format sbk_station_certificate_parse(
    const uint8_t *data, size_t size, struct sbk_station_certificate *certificate) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    if (size > SBK_BUNDLE_SMALL_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(certificate, 0, sizeof *certificate);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_STATION_CERTIFICATE, &certificate->made));
    STEP(sbk_bundle_root(&reader, &certificate->anchor, &certificate->binding, &certificate->office_ca));
    STEP(read_certificates(&reader, certificate));
    STEP(sbk_bundle_x509(&reader, SBK_TAG_X509, &certificate->x509));
    STEP(sbk_bundle_x509(&reader, SBK_TAG_X509_CITY, &certificate->city));
    STEP(sbk_bundle_links(&reader, certificate->links, &certificate->link_count));
    return sbk_read_end(&reader);
}

static void write_certificate(struct sbk_writer *writer, const struct sbk_bytes *certificate) {
    sbk_write_bytes(writer, certificate->data, certificate->size);
}

enum sbk_format sbk_station_certificate_write(
    const struct sbk_station_certificate *certificate, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (certificate->more_count > SBK_STATION_ISSUERS_MAX) {
        return SBK_FORMAT_VALUE;
    }
    sbk_bundle_write_header(&writer, SBK_BUNDLE_STATION_CERTIFICATE, certificate->made);
    sbk_bundle_write_root(&writer, &certificate->anchor, &certificate->binding, &certificate->office_ca);
    write_certificate(&writer, &certificate->leaf);
    write_certificate(&writer, &certificate->station_ca);
    write_certificate(&writer, &certificate->card_ca);
    write_certificate(&writer, &certificate->grant_signer);
    write_certificate(&writer, &certificate->list_signer);
    for (size_t i = 0; i < certificate->more_count; i++) {
        write_certificate(&writer, &certificate->more[i]);
    }
    sbk_bundle_write(&writer, SBK_TAG_X509, &certificate->x509);
    sbk_bundle_write(&writer, SBK_TAG_X509_CITY, &certificate->city);
    sbk_bundle_write_links(&writer, certificate->links, certificate->link_count);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_anchor_bundle_parse(const uint8_t *data, size_t size, struct sbk_anchor_bundle *bundle) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    if (size > SBK_BUNDLE_SMALL_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(bundle, 0, sizeof *bundle);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_ANCHOR, &bundle->made));
    STEP(sbk_bundle_root(&reader, &bundle->anchor, &bundle->binding, &bundle->office_ca));
    STEP(sbk_bundle_links(&reader, bundle->links, &bundle->link_count));
    return sbk_read_end(&reader);
}

enum sbk_format sbk_anchor_bundle_write(
    const struct sbk_anchor_bundle *bundle, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_bundle_write_header(&writer, SBK_BUNDLE_ANCHOR, bundle->made);
    sbk_bundle_write_root(&writer, &bundle->anchor, &bundle->binding, &bundle->office_ca);
    sbk_bundle_write_links(&writer, bundle->links, bundle->link_count);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_office_request_parse(const uint8_t *data, size_t size, struct sbk_office_request *request) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    if (size > SBK_BUNDLE_SMALL_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(request, 0, sizeof *request);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_OFFICE_REQUEST, &request->made));
    STEP(sbk_bundle_lend(&reader, SBK_TAG_OFFICE_NAME, 1, SBK_OFFICE_NAME_MAX, &request->name));
    if (!sbk_check_text(request->name.data, request->name.size)) {
        return SBK_FORMAT_VALUE;
    }
    STEP(sbk_bundle_x509(&reader, SBK_TAG_X509, &request->x509));
    return sbk_read_end(&reader);
}

enum sbk_format sbk_office_request_write(
    const struct sbk_office_request *request, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    if (request->name.size < 1 || request->name.size > SBK_OFFICE_NAME_MAX ||
        !sbk_check_text(request->name.data, request->name.size)) {
        return SBK_FORMAT_VALUE;
    }
    sbk_bundle_write_header(&writer, SBK_BUNDLE_OFFICE_REQUEST, request->made);
    sbk_bundle_write(&writer, SBK_TAG_OFFICE_NAME, &request->name);
    sbk_bundle_write(&writer, SBK_TAG_X509, &request->x509);
    return sbk_writer_end(&writer, size);
}

enum sbk_format sbk_office_certificate_parse(
    const uint8_t *data, size_t size, struct sbk_office_certificate *certificate) {
    struct sbk_reader reader = sbk_reader_of(data, size);
    if (size > SBK_BUNDLE_SMALL_MAX) {
        return SBK_FORMAT_LENGTH;
    }
    memset(certificate, 0, sizeof *certificate);
    STEP(sbk_bundle_begin(&reader, SBK_BUNDLE_OFFICE_CERTIFICATE, &certificate->made));
    STEP(sbk_bundle_root(&reader, &certificate->anchor, &certificate->binding, &certificate->office_ca));
    STEP(sbk_bundle_x509(&reader, SBK_TAG_X509, &certificate->x509));
    STEP(sbk_bundle_x509(&reader, SBK_TAG_X509_CITY, &certificate->city));
    STEP(sbk_bundle_links(&reader, certificate->links, &certificate->link_count));
    return sbk_read_end(&reader);
}

enum sbk_format sbk_office_certificate_write(
    const struct sbk_office_certificate *certificate, uint8_t *out, size_t room, size_t *size) {
    struct sbk_writer writer = sbk_writer_of(out, room);
    sbk_bundle_write_header(&writer, SBK_BUNDLE_OFFICE_CERTIFICATE, certificate->made);
    sbk_bundle_write_root(&writer, &certificate->anchor, &certificate->binding, &certificate->office_ca);
    sbk_bundle_write(&writer, SBK_TAG_X509, &certificate->x509);
    sbk_bundle_write(&writer, SBK_TAG_X509_CITY, &certificate->city);
    sbk_bundle_write_links(&writer, certificate->links, certificate->link_count);
    return sbk_writer_end(&writer, size);
}
