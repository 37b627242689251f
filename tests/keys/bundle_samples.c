/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/keys/bundle_samples.h"

#include <stdlib.h>
#include <string.h>

#define MADE 1791162000u

static struct sample_bytes sample;

/* What looks like a certificate from outside: X.509 is not schema's. */
static const uint8_t x509[] = {0x30, 0x03, 0x02, 0x01, 0x05};
static const uint8_t other_x509[] = {0x30, 0x03, 0x02, 0x01, 0x06};

static void need(enum sbk_format format) {
    if (format != SBK_FORMAT_OK) {
        abort();
    }
}

/* Copies of samples, since those stand in one static place. */
struct parts {
    struct sample_bytes leaf, station_ca, card_ca, grant_signer, list_signer, card, identity, mandate, statement, link,
        binding;
};

static struct sample_bytes certificate(enum sbk_role role) {
    struct sbk_certificate fields = sample_certificate(role);
    fields.generation = 1;
    fields.issuer_generation = 1;
    return *certificate_bytes(&fields);
}

static struct sbk_bytes lend(const struct sample_bytes *bytes) {
    return (struct sbk_bytes){bytes->data, bytes->size};
}

const struct sample_bytes *office_binding_bytes(void) {
    static struct sample_bytes bytes;
    const struct sbk_office_binding binding = {.root_generation = 1, .office_hash = {7}};
    need(sbk_office_binding_write(&binding, bytes.data, sizeof bytes.data, &bytes.size));
    memset(bytes.data + bytes.size, 0x5A, SBK_SIGNATURE_SIZE);
    bytes.size += SBK_SIGNATURE_SIZE;
    return &bytes;
}

static const struct parts *parts(void) {
    static struct parts made;
    const struct sbk_identity identity = sample_identity();
    struct sbk_mandate mandate = sample_mandate();
    struct sbk_closing statement = sample_statement();
    const struct sbk_link link = sample_link();
    memcpy(mandate.alias, identity.alias, SBK_ALIAS_SIZE);
    memcpy(statement.alias, identity.alias, SBK_ALIAS_SIZE);
    made.leaf = certificate(SBK_ROLE_STORE);
    made.station_ca = certificate(SBK_ROLE_STATION_CA);
    made.card_ca = certificate(SBK_ROLE_CARD_CA);
    made.grant_signer = certificate(SBK_ROLE_GRANT_SIGNER);
    made.list_signer = certificate(SBK_ROLE_LIST_SIGNER);
    made.card = certificate(SBK_ROLE_CARD);
    made.identity = *identity_bytes(&identity);
    made.mandate = *mandate_bytes(&mandate);
    made.statement = *statement_bytes(&statement);
    made.link = *link_bytes(&link);
    made.binding = *office_binding_bytes();
    return &made;
}

static struct sbk_anchor anchor(void) {
    return (struct sbk_anchor){.generation = 1, .key = {1, 2, 3}, .next_hash = {4, 5, 6}};
}

static struct sbk_batch_info info(uint32_t count) {
    return (struct sbk_batch_info){.id = {9, 9, 9}, .number = 3, .count = count};
}

static void station_request(bool continues) {
    static const char log_key[] = "sembako/EW01-A+00000000+AA==";
    static const char former[] = "sembako/EW01-A+00000001+AA==";
    static const uint8_t possession[SBK_SIGNATURE_SIZE] = {0x5A};
    struct sbk_station_request request = {.made = MADE,
        .terminal = "EW01-A",
        .agreement_key = {8, 8},
        .log_key = {(const uint8_t *)log_key, sizeof log_key - 1},
        .x509 = {x509, sizeof x509}};
    if (continues) {
        request.former_log_key = (struct sbk_bytes){(const uint8_t *)former, sizeof former - 1};
        request.continuity[0] = 0x5B;
    }
    need(sbk_station_request_write(&request, possession, sample.data, sizeof sample.data, &sample.size));
}

static void station_certificate(const struct parts *p) {
    const struct sbk_station_certificate certificate = {.made = MADE,
        .anchor = anchor(),
        .binding = lend(&p->binding),
        .office_ca = {x509, sizeof x509},
        .leaf = lend(&p->leaf),
        .station_ca = lend(&p->station_ca),
        .card_ca = lend(&p->card_ca),
        .grant_signer = lend(&p->grant_signer),
        .list_signer = lend(&p->list_signer),
        .more = {lend(&p->grant_signer), lend(&p->station_ca)},
        .more_count = 2,
        .x509 = {other_x509, sizeof other_x509},
        .city = {x509, sizeof x509},
        .links = {lend(&p->link), lend(&p->link)},
        .link_count = 2};
    need(sbk_station_certificate_write(&certificate, sample.data, sizeof sample.data, &sample.size));
}

static void office_kinds(enum sbk_bundle_kind kind, const struct parts *p) {
    static const char name[] = "Biro Kartu";
    const struct sbk_anchor_bundle bundle = {.made = MADE,
        .anchor = anchor(),
        .binding = lend(&p->binding),
        .office_ca = {x509, sizeof x509},
        .links = {lend(&p->link)},
        .link_count = 1};
    const struct sbk_office_request request = {
        .made = MADE, .name = {(const uint8_t *)name, sizeof name - 1}, .x509 = {x509, sizeof x509}};
    const struct sbk_office_certificate certificate = {.made = MADE,
        .anchor = anchor(),
        .binding = lend(&p->binding),
        .office_ca = {x509, sizeof x509},
        .x509 = {other_x509, sizeof other_x509},
        .city = {x509, sizeof x509},
        .links = {lend(&p->link), lend(&p->link)},
        .link_count = 2};
    if (kind == SBK_BUNDLE_ANCHOR) {
        need(sbk_anchor_bundle_write(&bundle, sample.data, sizeof sample.data, &sample.size));
    } else if (kind == SBK_BUNDLE_OFFICE_REQUEST) {
        need(sbk_office_request_write(&request, sample.data, sizeof sample.data, &sample.size));
    } else {
        need(sbk_office_certificate_write(&certificate, sample.data, sizeof sample.data, &sample.size));
    }
}

static void batch(const struct parts *p) {
    const struct sbk_batch head = {.made = MADE,
        .info = info(2),
        .anchor = anchor(),
        .binding = lend(&p->binding),
        .office_ca = {x509, sizeof x509},
        .grant_signer = lend(&p->grant_signer),
        .transport = {0x40, 0x41},
        .kcv = {1, 2, 3}};
    need(sbk_batch_write_head(&head, sample.data, sizeof sample.data, &sample.size));
    for (uint32_t sequence = 1; sequence <= 2; sequence++) {
        size_t size = 0;
        struct sbk_batch_card card = {
            .sequence = sequence, .identity = lend(&p->identity), .mandate = lend(&p->mandate)};
        memcpy(card.alias, p->identity.data + 2, SBK_ALIAS_SIZE);
        need(sbk_batch_write_card(&card, sample.data + sample.size, sizeof sample.data - sample.size, &size));
        sample.size += size;
    }
}

static void put_report_card(const struct parts *p, uint32_t sequence, uint8_t outcome, bool has_serial) {
    static const char reason[] = "card-removed";
    size_t size = 0;
    struct sbk_report_card card = {.sequence = sequence, .outcome = outcome, .has_serial = has_serial};
    memcpy(card.alias, p->identity.data + 2, SBK_ALIAS_SIZE);
    memcpy(card.serial, p->statement.data + 10, SBK_SERIAL_SIZE);
    card.statement = lend(&p->statement);
    card.reason = (struct sbk_bytes){(const uint8_t *)reason, sizeof reason - 1};
    need(sbk_report_write_card(&card, sample.data + sample.size, sizeof sample.data - sample.size, &size));
    sample.size += size;
}

static void report(const struct parts *p) {
    const struct sbk_report head = {.made = MADE, .info = info(4)};
    need(sbk_report_write_head(&head, sample.data, sizeof sample.data, &sample.size));
    put_report_card(p, 1, SBK_OUTCOME_MADE, true);
    put_report_card(p, 2, SBK_OUTCOME_SPOILED, false);
    put_report_card(p, 2, SBK_OUTCOME_SPOILED, true);
    put_report_card(p, 2, SBK_OUTCOME_MADE, true);
}

static void card_certificates(const struct parts *p) {
    const struct sbk_card_certificates head = {.made = MADE, .info = info(2), .card_ca = lend(&p->card_ca)};
    need(sbk_card_certificates_write_head(&head, sample.data, sizeof sample.data, &sample.size));
    for (int i = 0; i < 2; i++) {
        memcpy(sample.data + sample.size, p->card.data, p->card.size);
        sample.size += p->card.size;
    }
}

static void put_parcel(struct sbk_parcel parcel) {
    size_t size = 0;
    if (!parcel.for_station) {
        memcpy(parcel.alias, parcel.content.data + 2, SBK_ALIAS_SIZE);
    }
    need(sbk_courier_write_parcel(&parcel, sample.data + sample.size, sizeof sample.data - sample.size, &size));
    sample.size += size;
}

/* A station's file, then one parcel of each kind that a card takes. */
static void courier(const struct parts *p) {
    static const uint8_t file[] = "what station issue wrote";
    static const uint8_t list[] = "an item list";
    static const uint8_t hotlist[] = "a hotlist";
    struct sbk_notice notice = sample_notice();
    memcpy(notice.alias, p->identity.data + 2, SBK_ALIAS_SIZE);
    const struct sample_bytes stop = *notice_bytes(&notice);
    struct sbk_courier head = {.made = MADE,
        .number = 12,
        .anchor = anchor(),
        .binding = lend(&p->binding),
        .office_ca = {x509, sizeof x509},
        .links = {lend(&p->link)},
        .link_count = 1,
        .signers = {lend(&p->grant_signer), lend(&p->list_signer), lend(&p->card_ca)},
        .signer_count = 3,
        .item_list = {list, sizeof list},
        .hotlist = {{hotlist, sizeof hotlist}},
        .hotlist_count = 1,
        .station_count = 1,
        .card_count = 4};
    struct sbk_parcel station = {.for_station = true, .terminal = "EW01-A", .content = {file, sizeof file}};
    struct sbk_certificate fields = sample_certificate(SBK_ROLE_CARD);
    struct sbk_parcel card = {.content = lend(&p->card)};
    struct sbk_parcel sealed = {.sealed = true, .number = 2, .terminal = "RG01-A", .content = {file, sizeof file}};
    size_t size = 0;
    memcpy(sealed.alias, p->identity.data + 2, SBK_ALIAS_SIZE);
    memcpy(card.alias, fields.alias, SBK_ALIAS_SIZE);
    need(sbk_courier_write_head(&head, sample.data, sizeof sample.data, &sample.size));
    put_parcel(station);
    put_parcel((struct sbk_parcel){.content = lend(&p->mandate)});
    need(sbk_courier_write_parcel(&sealed, sample.data + sample.size, sizeof sample.data - sample.size, &size));
    sample.size += size;
    put_parcel((struct sbk_parcel){.content = lend(&stop)});
    need(sbk_courier_write_parcel(&card, sample.data + sample.size, sizeof sample.data - sample.size, &size));
    sample.size += size;
}

const struct sample_bytes *bundle_bytes(enum sbk_bundle_kind kind) {
    const struct parts *p = parts();
    switch (kind) {
    case SBK_BUNDLE_STATION_REQUEST:
        station_request(true);
        break;
    case SBK_BUNDLE_STATION_CERTIFICATE:
        station_certificate(p);
        break;
    case SBK_BUNDLE_ANCHOR:
    case SBK_BUNDLE_OFFICE_REQUEST:
    case SBK_BUNDLE_OFFICE_CERTIFICATE:
        office_kinds(kind, p);
        break;
    case SBK_BUNDLE_BATCH:
        batch(p);
        break;
    case SBK_BUNDLE_REPORT:
        report(p);
        break;
    case SBK_BUNDLE_CARD_CERTIFICATES:
        card_certificates(p);
        break;
    case SBK_BUNDLE_COURIER:
        courier(p);
        break;
    }
    return &sample;
}

const struct sample_bytes *plain_request_bytes(void) {
    station_request(false);
    return &sample;
}

/* ---- round trips ---- */

static uint8_t written[1 << 20];
static size_t written_size;

static void same(const uint8_t *data, size_t size, enum sbk_format format, size_t count) {
    if (format != SBK_FORMAT_OK || count != size || memcmp(written, data, size) != 0) {
        abort();
    }
}

static enum sbk_format small(uint8_t kind, const uint8_t *data, size_t size) {
    union {
        struct sbk_station_request request;
        struct sbk_station_certificate certificate;
        struct sbk_anchor_bundle anchor;
        struct sbk_office_request office_request;
        struct sbk_office_certificate office;
    } u;
    enum sbk_format format = SBK_FORMAT_UNKNOWN;
    enum sbk_format again = SBK_FORMAT_OK;
    if (kind == SBK_BUNDLE_STATION_REQUEST && (format = sbk_station_request_parse(data, size, &u.request)) == 0) {
        again = sbk_station_request_write(&u.request, u.request.possession, written, sizeof written, &written_size);
    } else if (kind == SBK_BUNDLE_STATION_CERTIFICATE &&
               (format = sbk_station_certificate_parse(data, size, &u.certificate)) == 0) {
        again = sbk_station_certificate_write(&u.certificate, written, sizeof written, &written_size);
    } else if (kind == SBK_BUNDLE_ANCHOR && (format = sbk_anchor_bundle_parse(data, size, &u.anchor)) == 0) {
        again = sbk_anchor_bundle_write(&u.anchor, written, sizeof written, &written_size);
    } else if (kind == SBK_BUNDLE_OFFICE_REQUEST &&
               (format = sbk_office_request_parse(data, size, &u.office_request)) == 0) {
        again = sbk_office_request_write(&u.office_request, written, sizeof written, &written_size);
    } else if (kind == SBK_BUNDLE_OFFICE_CERTIFICATE &&
               (format = sbk_office_certificate_parse(data, size, &u.office)) == 0) {
        again = sbk_office_certificate_write(&u.office, written, sizeof written, &written_size);
    }
    if (format == SBK_FORMAT_OK) {
        same(data, size, again, written_size);
    }
    return format;
}

/* A failed writer must show, not be overlooked: the size then differs. */
static void append(enum sbk_format format, size_t size) {
    written_size += format == SBK_FORMAT_OK ? size : sizeof written;
}

static enum sbk_format batch_again(const uint8_t *data, size_t size) {
    struct sbk_batch head;
    struct sbk_reader cards;
    struct sbk_batch_card card;
    const enum sbk_format format = sbk_batch_parse(data, size, &head, &cards);
    if (format == SBK_FORMAT_OK) {
        const enum sbk_format again = sbk_batch_write_head(&head, written, sizeof written, &written_size);
        while (sbk_batch_next(&cards, &card) == SBK_FORMAT_OK) {
            size_t more = 0;
            const enum sbk_format format_again =
                sbk_batch_write_card(&card, written + written_size, sizeof written - written_size, &more);
            append(format_again, more);
        }
        same(data, size, again, written_size);
    }
    return format;
}

static enum sbk_format report_again(const uint8_t *data, size_t size) {
    struct sbk_report head;
    struct sbk_reader cards;
    struct sbk_report_card card;
    const enum sbk_format format = sbk_report_parse(data, size, &head, &cards);
    if (format == SBK_FORMAT_OK) {
        const enum sbk_format again = sbk_report_write_head(&head, written, sizeof written, &written_size);
        while (sbk_report_next(&cards, &card) == SBK_FORMAT_OK) {
            size_t more = 0;
            const enum sbk_format format_again =
                sbk_report_write_card(&card, written + written_size, sizeof written - written_size, &more);
            append(format_again, more);
        }
        same(data, size, again, written_size);
    }
    return format;
}

static enum sbk_format certificates_again(const uint8_t *data, size_t size) {
    struct sbk_card_certificates head;
    struct sbk_reader cards;
    struct sbk_bytes card;
    const enum sbk_format format = sbk_card_certificates_parse(data, size, &head, &cards);
    if (format == SBK_FORMAT_OK) {
        const enum sbk_format again = sbk_card_certificates_write_head(&head, written, sizeof written, &written_size);
        while (sbk_card_certificates_next(&cards, &card) == SBK_FORMAT_OK) {
            if (card.size > sizeof written - written_size) {
                abort();
            }
            memcpy(written + written_size, card.data, card.size);
            written_size += card.size;
        }
        same(data, size, again, written_size);
    }
    return format;
}

static enum sbk_format courier_again(const uint8_t *data, size_t size) {
    static struct sbk_courier head;
    struct sbk_reader parcels;
    struct sbk_parcel parcel;
    const enum sbk_format format = sbk_courier_parse(data, size, &head, &parcels);
    if (format == SBK_FORMAT_OK) {
        const enum sbk_format again = sbk_courier_write_head(&head, written, sizeof written, &written_size);
        while (sbk_courier_next(&parcels, &parcel) == SBK_FORMAT_OK) {
            size_t more = 0;
            const enum sbk_format format_again =
                sbk_courier_write_parcel(&parcel, written + written_size, sizeof written - written_size, &more);
            append(format_again, more);
        }
        same(data, size, again, written_size);
    }
    return format;
}

enum sbk_format roundtrip_bundle(const uint8_t *data, size_t size) {
    struct sbk_bundle_header header;
    const enum sbk_format format = sbk_bundle_header_parse(data, size, &header);
    if (format != SBK_FORMAT_OK) {
        return format;
    }
    switch (header.kind) {
    case SBK_BUNDLE_BATCH:
        return batch_again(data, size);
    case SBK_BUNDLE_REPORT:
        return report_again(data, size);
    case SBK_BUNDLE_CARD_CERTIFICATES:
        return certificates_again(data, size);
    case SBK_BUNDLE_COURIER:
        return courier_again(data, size);
    default:
        return small(header.kind, data, size);
    }
}

enum sbk_format roundtrip_office_binding(const uint8_t *data, size_t size) {
    struct sbk_office_binding binding;
    const enum sbk_format format = sbk_office_binding_parse(data, size, &binding);
    if (format == SBK_FORMAT_OK) {
        const enum sbk_format again = sbk_office_binding_write(&binding, written, sizeof written, &written_size);
        same(data, size - SBK_SIGNATURE_SIZE, again, written_size);
    }
    return format;
}
