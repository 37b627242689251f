/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/cms.h"
#include "keys/crypto.h"
#include "keys/envelope.h"
#include "keys/inspect.h"
#include "keys/note.h"
#include "keys/reference.h"
#include "keys/share.h"
#include "keys/x509.h"
#include "schema/oid.h"

#include <string.h>

/* Cards that a batch, report, certificate or courier file shows one by one; beyond that only their number is told. */
#define SHOWN_MAX 1000

static json_t *inspect_key(const char *kind, const struct sbk_key_info *info) {
    static const char *const algorithms[] = {"?", "P-256", "Ed25519", "AES-128"};
    json_t *object =
        json_pack("{s:s, s:s, s:i, s:s, s:o}", "kind", kind, "role", sbk_key_role_word(info->role), "generation",
            info->generation, "algorithm", algorithms[info->algorithm], "created", inspect_day(info->created));
    if (info->algorithm == SBK_ALGORITHM_P256) {
        (void)json_object_set_new(object, "fingerprint", inspect_fingerprint(info->public_part));
    } else {
        (void)json_object_set_new(object, info->algorithm == SBK_ALGORITHM_AES128 ? "kcv" : "public_key",
            inspect_hex(info->public_part, info->public_size));
    }
    return object;
}

static json_t *inspect_quorum(const struct sbk_quorum *quorum) {
    json_t *names = json_array();
    for (size_t i = 0; i < quorum->officers; i++) {
        (void)json_array_append_new(names, json_string(quorum->names[i]));
    }
    return json_pack("{s:i, s:o, s:o, s:o}", "needed", quorum->needed, "officers", names, "set",
        inspect_hex(quorum->set, sizeof quorum->set), "check", inspect_hex(quorum->check, sizeof quorum->check));
}

json_t *inspect_envelope(const uint8_t *data, size_t size) {
    struct sbk_envelope envelope;
    if (sbk_envelope_parse(data, size, &envelope) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *object = inspect_key("key-envelope", &envelope.info);
    if (envelope.quorum.needed > 0) {
        (void)json_object_set_new(object, "quorum", inspect_quorum(&envelope.quorum));
    } else {
        (void)json_object_set_new(object, "derivation", json_string("scrypt"));
        (void)json_object_set_new(object, "log2_n", json_integer(envelope.stretching.log2_n));
    }
    return object;
}

json_t *inspect_reference(const uint8_t *data, size_t size) {
    struct sbk_reference reference;
    if (sbk_reference_parse(data, size, &reference) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *object = inspect_key("key-reference", &reference.info);
    (void)json_object_set_new(object, "token", json_string(reference.uri));
    (void)json_object_set_new(object, "id", inspect_hex(reference.place.id, sizeof reference.place.id));
    if (reference.quorum.needed > 0) {
        (void)json_object_set_new(object, "quorum", inspect_quorum(&reference.quorum));
    }
    return object;
}

json_t *inspect_share(const uint8_t *data, size_t size) {
    struct sbk_share share;
    char fingerprint[SBK_FINGERPRINT_ROOM];
    if (sbk_share_parse(data, size, &share) != SBK_FORMAT_OK) {
        return NULL;
    }
    sbk_fingerprint_text(share.fingerprint, fingerprint);
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:o, s:s, s:o, s:b}", "kind", "key-share", "role",
        sbk_key_role_word(share.role), "generation", share.generation, "needed", share.needed, "officers",
        share.officers, "number", share.number, "officer", share.name, "set", inspect_hex(share.set, sizeof share.set),
        "fingerprint", fingerprint, "created", inspect_day(share.made), "intact", share.intact);
}

json_t *inspect_x509(const uint8_t *data, size_t size) {
    struct sbk_office_info info;
    if (sbk_x509_info(data, size, &info, NULL) != SBK_OK) {
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "kind", "x509", "holder", sbk_office_kind_word(info.kind),
        "name", info.name, "serial", inspect_hex(info.serial, info.serial_size), "from", inspect_day(info.from),
        "until", inspect_day(info.until), "fingerprint", inspect_fingerprint(info.key));
}

json_t *inspect_anchor(const uint8_t *data, size_t size) {
    struct sbk_anchor anchor;
    uint8_t compressed[SBK_COMPRESSED_SIZE];
    char next[SBK_FINGERPRINT_ROOM];
    /* It has no tag: a point of the curve in its place tells it. */
    if (sbk_anchor_parse(data, size, &anchor) != SBK_FORMAT_OK ||
        sbk_point_compress(anchor.key, compressed, NULL) != SBK_OK) {
        return NULL;
    }
    sbk_fingerprint_text(anchor.next_hash, next);
    return json_pack("{s:s, s:i, s:o, s:s}", "kind", "anchor", "generation", anchor.generation, "fingerprint",
        inspect_fingerprint(anchor.key), "next_fingerprint", next);
}

json_t *inspect_note(const uint8_t *data, size_t size) {
    static const char mark[] = "\n\n\xE2\x80\x94 ";
    struct sbk_note_verifier verifier;
    const char *text = (const char *)data;
    size_t line = size > 0 && text[size - 1] == '\n' ? size - 1 : size;
    if (sbk_note_verifier_parse(text, line, &verifier, NULL) == SBK_OK) {
        return json_pack("{s:s, s:s, s:o}", "kind", "note-verifier", "name", verifier.name, "public_key",
            inspect_hex(verifier.key, verifier.key_size));
    }
    if (memchr(data, 0, size) != NULL) {
        return NULL;
    }
    for (size_t at = 0; at + sizeof mark - 1 <= size; at++) {
        if (memcmp(text + at, mark, sizeof mark - 1) == 0) {
            return json_pack("{s:s, s:o*, s:o*}", "kind", "signed-note", "text", json_stringn(text, at + 1),
                "signatures", json_stringn(text + at + 2, size - at - 2));
        }
    }
    return NULL;
}

static void set(json_t *object, const char *name, json_t *value) {
    if (value != NULL) {
        (void)json_object_set_new(object, name, value);
    }
}

static json_t *x509_of(const struct sbk_bytes *bytes) {
    return inspect_x509(bytes->data, bytes->size);
}

static void add_root(json_t *object, const struct sbk_anchor *anchor, const struct sbk_bytes *binding,
    const struct sbk_bytes *office_ca) {
    uint8_t bytes[SBK_ANCHOR_SIZE];
    if (sbk_anchor_write(anchor, bytes) == SBK_FORMAT_OK) {
        set(object, "anchor", inspect_anchor(bytes, sizeof bytes));
    }
    set(object, "office_binding", inspect_record(binding->data, binding->size));
    set(object, "office_ca", x509_of(office_ca));
}

static void add_info(json_t *object, const struct sbk_batch_info *info) {
    set(object, "batch", inspect_hex(info->id, SBK_BATCH_ID_SIZE));
    set(object, "number", json_integer(info->number));
    set(object, "count", json_integer(info->count));
}

static void station_request(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_station_request request;
    char id[SBK_TERMINAL_SIZE + 1];
    if (sbk_station_request_parse(data, size, &request) == SBK_FORMAT_OK) {
        sbk_id_text(request.terminal, SBK_TERMINAL_SIZE, id);
        set(object, "terminal", json_string(id));
        set(object, "agreement_key", inspect_fingerprint(request.agreement_key));
        set(object, "log_key", json_stringn((const char *)request.log_key.data, request.log_key.size));
        set(object, "x509", x509_of(&request.x509));
        if (request.former_log_key.size > 0) {
            set(object, "former_log_key",
                json_stringn((const char *)request.former_log_key.data, request.former_log_key.size));
        }
    }
}

static void station_certificate(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_station_certificate certificate;
    if (sbk_station_certificate_parse(data, size, &certificate) == SBK_FORMAT_OK) {
        set(object, "leaf", inspect_certificate(&certificate.leaf));
        add_root(object, &certificate.anchor, &certificate.binding, &certificate.office_ca);
        set(object, "station_ca", inspect_certificate(&certificate.station_ca));
        set(object, "card_ca", inspect_certificate(&certificate.card_ca));
        set(object, "grant_signer", inspect_certificate(&certificate.grant_signer));
        set(object, "list_signer", inspect_certificate(&certificate.list_signer));
        json_t *more = json_array();
        for (size_t i = 0; i < certificate.more_count; i++) {
            (void)json_array_append_new(more, inspect_certificate(&certificate.more[i]));
        }
        set(object, "more", more);
        set(object, "x509", x509_of(&certificate.x509));
        set(object, "city", x509_of(&certificate.city));
        set(object, "links", json_integer((json_int_t)certificate.link_count));
    }
}

static void anchor_bundle(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_anchor_bundle bundle;
    if (sbk_anchor_bundle_parse(data, size, &bundle) == SBK_FORMAT_OK) {
        add_root(object, &bundle.anchor, &bundle.binding, &bundle.office_ca);
        set(object, "links", json_integer((json_int_t)bundle.link_count));
    }
}

static void office_request(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_office_request request;
    if (sbk_office_request_parse(data, size, &request) == SBK_FORMAT_OK) {
        set(object, "name", json_stringn((const char *)request.name.data, request.name.size));
        set(object, "x509", x509_of(&request.x509));
    }
}

static void office_certificate(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_office_certificate certificate;
    if (sbk_office_certificate_parse(data, size, &certificate) == SBK_FORMAT_OK) {
        add_root(object, &certificate.anchor, &certificate.binding, &certificate.office_ca);
        set(object, "x509", x509_of(&certificate.x509));
        set(object, "city", x509_of(&certificate.city));
        set(object, "links", json_integer((json_int_t)certificate.link_count));
    }
}

/* The transport key in it is not shown. */
static void batch(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_batch head;
    struct sbk_reader reader;
    struct sbk_batch_card card;
    if (sbk_batch_parse(data, size, &head, &reader) != SBK_FORMAT_OK) {
        return;
    }
    sbk_cleanse(head.transport, sizeof head.transport);
    json_t *cards = json_array();
    add_info(object, &head.info);
    add_root(object, &head.anchor, &head.binding, &head.office_ca);
    set(object, "grant_signer", inspect_certificate(&head.grant_signer));
    set(object, "transport_kcv", inspect_hex(head.kcv, SBK_KCV_SIZE));
    while (json_array_size(cards) < SHOWN_MAX && sbk_batch_next(&reader, &card) == SBK_FORMAT_OK) {
        (void)json_array_append_new(cards, json_pack("{s:I, s:o, s:o*, s:o*}", "sequence", (json_int_t)card.sequence,
                                               "alias", inspect_hex(card.alias, SBK_ALIAS_SIZE), "identity",
                                               inspect_record(card.identity.data, card.identity.size), "mandate",
                                               inspect_record(card.mandate.data, card.mandate.size)));
    }
    set(object, "cards", cards);
}

static void report(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_report head;
    struct sbk_reader reader;
    struct sbk_report_card card;
    if (sbk_report_parse(data, size, &head, &reader) != SBK_FORMAT_OK) {
        return;
    }
    json_t *cards = json_array();
    add_info(object, &head.info);
    while (json_array_size(cards) < SHOWN_MAX && sbk_report_next(&reader, &card) == SBK_FORMAT_OK) {
        const bool made = card.outcome == SBK_OUTCOME_MADE;
        (void)json_array_append_new(
            cards, json_pack("{s:I, s:o, s:s, s:o, s:o*}", "sequence", (json_int_t)card.sequence, "alias",
                       inspect_hex(card.alias, SBK_ALIAS_SIZE), "outcome", made ? "made" : "spoiled", "serial",
                       card.has_serial ? inspect_hex(card.serial, SBK_SERIAL_SIZE) : json_null(),
                       made ? "statement" : "reason",
                       made ? inspect_record(card.statement.data, card.statement.size)
                            : json_stringn((const char *)card.reason.data, card.reason.size)));
    }
    set(object, "cards", cards);
}

static void card_certificates(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_card_certificates head;
    struct sbk_reader reader;
    struct sbk_bytes certificate;
    if (sbk_card_certificates_parse(data, size, &head, &reader) != SBK_FORMAT_OK) {
        return;
    }
    json_t *cards = json_array();
    add_info(object, &head.info);
    set(object, "card_ca", inspect_certificate(&head.card_ca));
    while (json_array_size(cards) < SHOWN_MAX && sbk_card_certificates_next(&reader, &certificate) == SBK_FORMAT_OK) {
        json_t *one = inspect_certificate(&certificate);
        if (one != NULL) {
            (void)json_array_append_new(cards, one);
        }
    }
    set(object, "cards", cards);
}

static json_t *inspect_parcel(const struct sbk_parcel *parcel) {
    char terminal[SBK_TERMINAL_SIZE + 1];
    if (parcel->for_station) {
        sbk_id_text(parcel->terminal, SBK_TERMINAL_SIZE, terminal);
        return json_pack("{s:s, s:I}", "station", terminal, "bytes", (json_int_t)parcel->content.size);
    }
    if (parcel->sealed) {
        sbk_id_text(parcel->terminal, SBK_TERMINAL_SIZE, terminal);
        return json_pack("{s:o, s:s, s:i, s:I}", "alias", inspect_hex(parcel->alias, SBK_ALIAS_SIZE), "station",
            terminal, "identity", parcel->number, "bytes", (json_int_t)parcel->content.size);
    }
    return json_pack("{s:o, s:o*}", "alias", inspect_hex(parcel->alias, SBK_ALIAS_SIZE), "record",
        parcel->content.data[0] == 0x7F ? inspect_certificate(&parcel->content)
                                        : inspect_record(parcel->content.data, parcel->content.size));
}

static void courier(json_t *object, const uint8_t *data, size_t size) {
    struct sbk_courier head;
    struct sbk_reader reader;
    struct sbk_parcel parcel;
    if (sbk_courier_parse(data, size, &head, &reader) != SBK_FORMAT_OK) {
        return;
    }
    json_t *signers = json_array();
    json_t *parcels = json_array();
    set(object, "number", json_integer(head.number));
    set(object, "stations", json_integer(head.station_count));
    set(object, "cards", json_integer(head.card_count));
    set(object, "links", json_integer((json_int_t)head.link_count));
    set(object, "item_list", json_boolean(head.item_list.size > 0));
    set(object, "hotlist", json_boolean(head.hotlist_count > 0));
    add_root(object, &head.anchor, &head.binding, &head.office_ca);
    for (size_t i = 0; i < head.signer_count; i++) {
        (void)json_array_append_new(signers, inspect_certificate(&head.signers[i]));
    }
    while (json_array_size(parcels) < SHOWN_MAX && sbk_courier_next(&reader, &parcel) == SBK_FORMAT_OK) {
        (void)json_array_append_new(parcels, inspect_parcel(&parcel));
    }
    set(object, "signers", signers);
    set(object, "parcels", parcels);
}

json_t *inspect_bundle(const uint8_t *data, size_t size) {
    static void (*const kinds[])(json_t *, const uint8_t *, size_t) = {NULL, station_request, station_certificate,
        anchor_bundle, office_request, office_certificate, batch, report, card_certificates, courier};
    struct sbk_bundle_header header;
    if (sbk_bundle_header_parse(data, size, &header) != SBK_FORMAT_OK) {
        return NULL;
    }
    json_t *object =
        json_pack("{s:s, s:o}", "kind", sbk_oid_contents[header.kind].name, "made", inspect_time(header.made));
    const size_t before = json_object_size(object);
    kinds[header.kind](object, data, size);
    if (json_object_size(object) == before) {
        json_decref(object); /* the header fits, the rest does not */
        return NULL;
    }
    return object;
}

json_t *inspect_cms(const uint8_t *data, size_t size) {
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    struct sbk_cms_outline outline;
    json_t *object = NULL;
    if (sbk_cms_outline(data, size, &outline, &content, NULL) == SBK_OK) {
        if (outline.encrypted) {
            object = json_pack("{s:s, s:s, s:o}", "kind", "cms", "form", "encrypted", "recipient_key",
                inspect_hex(outline.recipient, outline.recipient_size));
        } else if (outline.signed_data) {
            object = json_pack("{s:s, s:s, s:s, s:s, s:o*}", "kind", "cms", "form", "signed", "content_type",
                outline.kind != 0 ? sbk_oid_of(outline.kind)->name : "unknown", "signer", outline.signer, "content",
                content.size > 0 ? inspect_bundle(content.data, content.size) : NULL);
        }
    }
    sbk_buffer_free(&content);
    return object;
}
