/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/city.h"

#include "base/i18n.h"
#include "keys/city_files.h"
#include "keys/city_private.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <string.h>

struct sbk_bytes sbk_bytes_of(const struct sbk_buffer *buffer) {
    return (struct sbk_bytes){buffer->data, buffer->size};
}

static sbk_result read_anchor(
    const struct sbk_store *store, uint8_t generation, struct sbk_anchor *anchor, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    struct sbk_key_info root;
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
    sbk_city_file_name("root", generation, "anchor", name);
    sbk_result result = sbk_city_read_file(store, name, &bytes, error);
    bool good = result == SBK_OK && sbk_anchor_parse(bytes.data, bytes.size, anchor) == SBK_FORMAT_OK &&
                anchor->generation == generation;
    /* The key may have been carried away. */
    if (good && sbk_store_info(store, SBK_KEY_ROOT, generation, &root, NULL) == SBK_OK) {
        good = memcmp(anchor->key, root.public_part, SBK_POINT_SIZE) == 0;
    }
    if (result == SBK_OK && !good) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT, _("%s/%s: not the anchor of the root beside it"),
            sbk_store_path(store), name);
    }
    sbk_buffer_free(&bytes);
    return result;
}

/* ---- the links that lead to the root in force ---- */

/* The link to a root whose anchor is here: signed by that root, which the anchor before announced. */
static sbk_result load_link(const struct sbk_store *store, const struct sbk_anchor *from, const struct sbk_anchor *to,
    struct sbk_buffer *out, uint16_t *old_until, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    struct sbk_link link;
    uint8_t hash[SBK_HASH_SIZE];
    sbk_city_file_name("root", to->generation, "link", name);
    sbk_result result = sbk_city_read_file(store, name, out, error);
    if (result == SBK_OK) {
        result = sbk_point_hash(to->key, hash, error);
    }
    if (result == SBK_OK && (sbk_link_parse(out->data, out->size, &link) != SBK_FORMAT_OK ||
                                link.generation != to->generation || memcmp(link.key, to->key, SBK_POINT_SIZE) != 0 ||
                                memcmp(link.next_hash, to->next_hash, SBK_HASH_SIZE) != 0 ||
                                memcmp(hash, from->next_hash, SBK_HASH_SIZE) != 0)) {
        result =
            sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("it does not lead to root %u"), to->generation);
    }
    if (result == SBK_OK) {
        result = sbk_verify_record(to->key, out->data, out->size, error);
    }
    if (result == SBK_OK) {
        *old_until = link.old_until;
    }
    return result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s/%s", sbk_store_path(store), name);
}

static void drop_first_link(struct sbk_city *city) {
    sbk_buffer_free(&city->links[0]);
    for (size_t i = 1; i < city->link_count; i++) {
        city->links[i - 1] = city->links[i];
    }
    city->links[--city->link_count] = (struct sbk_buffer)SBK_BUFFER_EMPTY;
}

/* Every root since the founding, each pinned until the day that its successor says. */
static sbk_result load_roots(const struct sbk_store *store, struct sbk_city *city, struct sbk_error *error) {
    const uint8_t newest = sbk_city_root(store);
    struct sbk_anchor anchor;
    sbk_result result = read_anchor(store, 1, &anchor, error);
    for (uint8_t generation = 2; generation <= newest && result == SBK_OK; generation++) {
        struct sbk_anchor next;
        uint16_t old_until = 0;
        if (city->link_count == SBK_BUNDLE_LINKS_MAX) {
            drop_first_link(city);
        }
        struct sbk_buffer *link = &city->links[city->link_count++];
        result = read_anchor(store, generation, &next, error);
        if (result == SBK_OK) {
            result = load_link(store, &anchor, &next, link, &old_until, error);
        }
        if (result == SBK_OK) {
            result = sbk_trust_add_anchor(city->trust, &anchor, old_until, error);
        }
        anchor = next;
    }
    if (result == SBK_OK) {
        city->anchor = anchor;
        result = sbk_trust_add_anchor(city->trust, &anchor, UINT16_MAX, error);
    }
    return result;
}

/* ---- CAs and signers ---- */

/* A certificate (7F21) that must verify under its root and be the key's beside it, if that is still here. */
static sbk_result load_issuer(const struct sbk_store *store, uint8_t role, uint8_t generation, uint8_t root,
    struct sbk_city *city, struct sbk_buffer *out, struct sbk_certificate *parsed, struct sbk_error *error) {
    char name[SBK_CITY_NAME_ROOM];
    struct sbk_key_info info;
    sbk_city_certificate_name(role, generation, root, name);
    sbk_result result = sbk_city_read_file(store, name, out, error);
    if (result == SBK_OK) {
        result = sbk_trust_add_issuer(city->trust, out->data, out->size, error);
    }
    if (result != SBK_OK) {
        return sbk_fail_in(error, result, "%s/%s", sbk_store_path(store), name);
    }
    const bool named = sbk_certificate_parse(out->data, out->size, parsed) == SBK_FORMAT_OK && parsed->role == role &&
                       parsed->generation == generation && parsed->issuer_generation == root;
    if (!named || (sbk_store_info(store, role, generation, &info, NULL) == SBK_OK &&
                      memcmp(parsed->key, info.public_part, SBK_POINT_SIZE) != 0)) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CERTIFICATE, _("%s/%s: it certifies another key"),
            sbk_store_path(store), name);
    }
    return SBK_OK;
}

static bool has_issuer(const struct sbk_store *store, uint8_t role, uint8_t generation, uint8_t root) {
    char name[SBK_CITY_NAME_ROOM];
    sbk_city_certificate_name(role, generation, root, name);
    return sbk_city_has_file(store, name);
}

static sbk_result copy(struct sbk_buffer *to, const struct sbk_buffer *from, struct sbk_error *error) {
    sbk_buffer_free(to);
    return sbk_buffer_append(to, from->data, from->size, error);
}

/* One generation of a role: kept among the issuers if it has not ended, and in use as long as no newer one is. */
static sbk_result take_issuer(const struct sbk_buffer *bytes, const struct sbk_certificate *parsed, uint16_t day,
    size_t *kept, bool *settled, struct sbk_buffer *used, struct sbk_city *city, struct sbk_error *error) {
    sbk_result result = SBK_OK;
    if (parsed->expiry >= day && *kept < SBK_CITY_GENERATIONS_MAX) {
        result = copy(&city->issuers[city->issuer_count++], bytes, error);
        ++*kept;
    }
    /* None has begun: the oldest, which comes last. */
    if (result == SBK_OK && !*settled) {
        result = copy(used, bytes, error);
        *settled = parsed->effective <= day;
    }
    return result;
}

static sbk_result load_role(const struct sbk_store *store, uint8_t role, uint16_t day, struct sbk_city *city,
    struct sbk_buffer *used, struct sbk_error *error) {
    const uint8_t root = city->anchor.generation;
    size_t kept = 0;
    bool settled = false;
    sbk_result result = SBK_OK;
    for (uint8_t generation = SBK_CITY_GENERATIONS; generation >= 1 && result == SBK_OK; generation--) {
        struct sbk_buffer bytes = SBK_BUFFER_EMPTY;
        struct sbk_certificate parsed;
        uint8_t under = root;
        /* One that the root in force did not certify again is known for what it signed in its time. */
        while (under >= 1 && !has_issuer(store, role, generation, under)) {
            under--;
        }
        if (under == 0) {
            continue;
        }
        result = load_issuer(store, role, generation, under, city, &bytes, &parsed, error);
        if (result == SBK_OK && under == root) {
            result = take_issuer(&bytes, &parsed, day, &kept, &settled, used, city, error);
        }
        sbk_buffer_free(&bytes);
    }
    if (result == SBK_OK && used->size == 0) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_NOT_FOUND, _("%s: no certificate of the '%s' by root %u"),
            sbk_store_path(store), sbk_key_role_word(role), root);
    }
    return result;
}

/* ---- all of it ---- */

static sbk_result load_all(
    const struct sbk_store *store, uint16_t day, struct sbk_city *city, struct sbk_error *error) {
    const struct {
        uint8_t role;
        struct sbk_buffer *used;
    } roles[] = {{SBK_KEY_STATION_CA, &city->station_ca}, {SBK_KEY_CARD_CA, &city->card_ca},
        {SBK_KEY_GRANT_SIGNER, &city->grant_signer}, {SBK_KEY_LIST_SIGNER, &city->list_signer}};
    sbk_result result = sbk_trust_new(&city->trust, error);
    if (result == SBK_OK) {
        result = load_roots(store, city, error);
    }
    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && result == SBK_OK; i++) {
        result = load_role(store, roles[i].role, day, city, roles[i].used, error);
    }
    return result == SBK_OK ? sbk_city_load_offices(store, day, city, error) : result;
}

sbk_result sbk_city_load(const struct sbk_store *store, uint16_t day, struct sbk_city *city, struct sbk_error *error) {
    memset(city, 0, sizeof *city);
    const sbk_result result = load_all(store, day, city, error);
    if (result != SBK_OK) {
        sbk_city_free(city);
    }
    return result;
}

size_t sbk_city_links(const struct sbk_city *city, struct sbk_bytes links[SBK_BUNDLE_LINKS_MAX]) {
    for (size_t i = 0; i < city->link_count; i++) {
        links[i] = sbk_bytes_of(&city->links[i]);
    }
    return city->link_count;
}

void sbk_city_further(const struct sbk_city *city, struct sbk_bytes more[SBK_CITY_ISSUERS_MAX], size_t *count) {
    const struct sbk_buffer *const used[] = {
        &city->station_ca, &city->card_ca, &city->grant_signer, &city->list_signer};
    *count = 0;
    for (size_t i = 0; i < city->issuer_count; i++) {
        bool found = false;
        for (size_t j = 0; j < sizeof used / sizeof used[0]; j++) {
            found = found || (used[j]->size == city->issuers[i].size &&
                                 memcmp(used[j]->data, city->issuers[i].data, used[j]->size) == 0);
        }
        if (!found) {
            more[(*count)++] = sbk_bytes_of(&city->issuers[i]);
        }
    }
}

static void free_all(struct sbk_buffer *buffers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sbk_buffer_free(&buffers[i]);
    }
}

void sbk_city_free(struct sbk_city *city) {
    struct sbk_buffer *const buffers[] = {&city->binding, &city->office_ca, &city->city, &city->station_ca,
        &city->card_ca, &city->grant_signer, &city->list_signer};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        sbk_buffer_free(buffers[i]);
    }
    free_all(city->links, city->link_count);
    free_all(city->issuers, city->issuer_count);
    free_all(city->office_cas, city->office_ca_count);
    free_all(city->ended_office_cas, city->ended_office_ca_count);
    city->ended_office_ca_count = 0;
    city->link_count = city->issuer_count = city->office_ca_count = 0;
    sbk_trust_free(&city->trust);
}
