/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/backend.h"
#include "keys/envelope.h"
#include "keys/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Where a process that opens keys keeps their bytes. It is built without sanitizers, which keep memory of their own and
 * make mlock do nothing.
 *
 *     memory-probe scan FOLDER     opens keys and looks through its own memory for what they consist of; a line for each
 *                                  thing: "NAME open LOCKED OTHER closed LEFT": places in memory that is locked and out of
 *                                  core dumps, and in other memory, while the key is open; and in any memory afterwards
 *     memory-probe locks           whether secrets could be locked: "locked" or "unlocked"
 *     memory-probe abort FOLDER [unprotected]   dies of SIGABRT with a key open
 */

#define MASK 0x5A
#define NEEDLES_MAX 16
#define REGIONS_MAX 2048

/* What is looked for, masked so that it is not found here. */
static struct needle {
    const char *name;
    size_t size;
    uint8_t masked[64];
    unsigned locked, other, left;
} needles[NEEDLES_MAX];
static size_t needle_count;

static void must(sbk_result result, const struct sbk_error *error) {
    if (result != SBK_OK) {
        (void)fprintf(stderr, "memory-probe: %s\n", error->text);
        exit(2);
    }
}

/* Forward, and backward as big numbers lie in memory. */
static void look_for(const char *name, const struct sbk_secret *secret, bool number) {
    for (int turn = 0; turn < (number ? 2 : 1); turn++) {
        struct needle *needle = &needles[needle_count++];
        needle->name = name;
        needle->size = secret->size;
        for (size_t i = 0; i < secret->size; i++) {
            needle->masked[i] = secret->data[turn == 0 ? i : secret->size - 1 - i] ^ MASK;
        }
    }
}

/* ---- looking ---- */

static struct region {
    const uint8_t *from;
    size_t size;
    bool locked;
} regions[REGIONS_MAX];
static size_t region_count;

static void read_regions(void) {
    static char line[4096];
    FILE *file = fopen("/proc/self/smaps", "re");
    bool wanted = false;
    region_count = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *end = NULL;
        const unsigned long from = strtoul(line, &end, 16);
        if (end != line && *end == '-') { /* "FROM-TO rw-p ..." */
            const unsigned long to = strtoul(end + 1, &end, 16);
            wanted = end[1] == 'r' && strstr(line, "[v") == NULL && region_count < REGIONS_MAX;
            if (wanted) {
                regions[region_count++] = (struct region){(const uint8_t *)from, to - from, false};
            }
        } else if (wanted && strncmp(line, "VmFlags:", 8) == 0) {
            regions[region_count - 1].locked = strstr(line, " lo") != NULL && strstr(line, " dd") != NULL;
        }
    }
    if (file == NULL || region_count == REGIONS_MAX) {
        (void)fprintf(stderr, "memory-probe: /proc/self/smaps cannot be read\n");
        exit(2);
    }
    (void)fclose(file);
}

static bool is_at(const struct needle *needle, const uint8_t *at) {
    for (size_t i = 0; i < needle->size; i++) {
        if ((at[i] ^ MASK) != needle->masked[i]) {
            return false;
        }
    }
    return true;
}

static unsigned count_in(const struct needle *needle, const struct region *region) {
    unsigned count = 0;
    const uint8_t *at = region->from;
    const uint8_t *end = region->from + region->size;
    while ((size_t)(end - at) >= needle->size &&
           (at = memchr(at, needle->masked[0] ^ MASK, (size_t)(end - at) - needle->size + 1)) != NULL) {
        count += is_at(needle, at) ? 1 : 0;
        at++;
    }
    return count;
}

static void look(bool open) {
    read_regions();
    for (size_t n = 0; n < needle_count; n++) {
        for (size_t r = 0; r < region_count; r++) {
            const unsigned count = count_in(&needles[n], &regions[r]);
            unsigned *sum = !open ? &needles[n].left : regions[r].locked ? &needles[n].locked : &needles[n].other;
            *sum += count;
        }
    }
}

/* ---- keys ---- */

static struct sbk_secret passphrase(const char *text) {
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    struct sbk_error error = {.text = ""};
    must(sbk_secret_copy(&secret, text, strlen(text), &error), &error);
    return secret;
}

/* A pass phrase that stands nowhere in the program's text. */
static struct sbk_secret phrase_of(unsigned number) {
    struct sbk_secret secret = passphrase("........................");
    for (size_t i = 0; i < secret.size; i++) {
        secret.data[i] = (uint8_t)('a' + (i * 7 + (size_t)number * 11 + (size_t)getpid()) % 26);
    }
    return secret;
}

/* Writes the envelope of a new key whose bytes are known, and forgets them. */
static void make_key(const char *folder, uint8_t role, const struct sbk_opener *opener, const struct sbk_quorum *quorum,
    const char *name) {
    struct sbk_error error = {.text = ""};
    struct sbk_buffer file = SBK_BUFFER_EMPTY;
    struct sbk_secret plain = SBK_SECRET_EMPTY;
    char path[4096];
    struct sbk_key_info info = {
        .role = role, .generation = 1, .algorithm = (uint8_t)sbk_key_role_algorithm(role), .created = 1};
    if (info.algorithm == SBK_ALGORITHM_AES128) {
        must(sbk_secret_new(&plain, 16, &error), &error);
        plain.size = 16;
        for (size_t i = 0; i < plain.size; i++) {
            plain.data[i] = (uint8_t)(i * 37 + (size_t)getpid());
        }
        info.public_size = SBK_KCV_SIZE;
        must(sbk_transport_kcv(plain.data, info.public_part, &error), &error);
    } else {
        must(sbk_software_generate(&info, &plain, &error), &error);
    }
    look_for(name, &plain, info.algorithm == SBK_ALGORITHM_P256);
    must(sbk_envelope_seal(&info, &plain, opener, quorum, &file, &error), &error);
    sbk_secret_free(&plain);
    (void)snprintf(path, sizeof path, "%s/%s-1.key", folder, sbk_key_role_word(role));
    must(sbk_file_write(path, file.data, file.size, 0600, SBK_FILE_REPLACE, &error), &error);
    sbk_buffer_free(&file);
}

/* Opens a key, uses it and leaves it open. */
static struct sbk_key *use(struct sbk_store *store, uint8_t role, const struct sbk_opener *opener) {
    static const uint8_t hash[SBK_HASH_SIZE] = {1};
    struct sbk_error error = {.text = ""};
    struct sbk_key *key = NULL;
    uint8_t out[SBK_SIGNATURE_SIZE];
    must(sbk_key_open_by(store, role, 1, opener, &key, &error), &error);
    if (sbk_key_info(key)->algorithm == SBK_ALGORITHM_AES128) {
        must(sbk_key_derive(key, hash, sizeof hash, out, &error), &error);
    } else {
        must(sbk_key_sign_message(key, hash, sizeof hash, out, &error), &error);
    }
    if (sbk_key_info(key)->algorithm == SBK_ALGORITHM_P256) {
        must(sbk_key_agree(key, sbk_key_info(key)->public_part, out, &error), &error);
    }
    return key;
}

/* The approval of a quorum, by way of sealed shares and their pass phrases, all of which are looked for. */
static struct sbk_secret approve(struct sbk_quorum *quorum) {
    struct sbk_error error = {.text = ""};
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    struct sbk_secret shares[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
    struct sbk_secret opened[SBK_QUORUM_OFFICERS_MAX] = {SBK_SECRET_EMPTY};
    struct sbk_secret found = SBK_SECRET_EMPTY;
    static const uint8_t numbers[] = {1, 2};
    must(sbk_quorum_new(quorum, &secret, &error), &error);
    must(sbk_quorum_split(quorum, &secret, shares, &error), &error);
    look_for("secret", &secret, false);
    sbk_secret_free(&secret);
    for (uint8_t i = 0; i < 2; i++) {
        struct sbk_share share = {
            .role = SBK_KEY_ROOT, .generation = 1, .needed = 2, .officers = 2, .number = numbers[i], .name = "officer"};
        struct sbk_buffer file = SBK_BUFFER_EMPTY;
        struct sbk_secret phrase = phrase_of(i);
        look_for("share", &shares[i], false);
        look_for("phrase", &phrase, false);
        must(sbk_share_seal(&share, &shares[i], &phrase, &file, &error), &error);
        sbk_secret_free(&shares[i]);
        if (sbk_share_parse(file.data, file.size, &share) != SBK_FORMAT_OK) {
            exit(2);
        }
        must(sbk_share_open(&share, &phrase, &opened[i], &error), &error);
        sbk_secret_free(&phrase);
        sbk_buffer_free(&file);
    }
    must(sbk_quorum_combine(quorum, numbers, opened, 2, &found, &error), &error);
    sbk_secret_free(&opened[0]);
    sbk_secret_free(&opened[1]);
    return found;
}

static int scan(const char *folder, bool dies) {
    static const uint8_t roles[] = {SBK_KEY_ROOT, SBK_KEY_CITY, SBK_KEY_LOG, SBK_KEY_TRANSPORT};
    static const char *const names[] = {"root", "city", "log", "transport"};
    struct sbk_error error = {.text = ""};
    struct sbk_quorum quorum = {.needed = 2, .officers = 2, .names = {"one", "two"}};
    struct sbk_store *store = NULL;
    struct sbk_key *keys[4] = {NULL};
    struct sbk_secret phrase = phrase_of(9);
    struct sbk_secret approval = approve(&quorum);
    must(sbk_store_open(&store, folder, false, &error), &error);
    look_for("phrase", &phrase, false);
    for (size_t i = 0; i < 4; i++) {
        const struct sbk_opener opener = {&phrase, i == 0 ? &approval : NULL};
        make_key(folder, roles[i], &opener, i == 0 ? &quorum : NULL, names[i]);
        keys[i] = use(store, roles[i], &opener);
    }
    if (dies) {
        abort();
    }
    look(true);
    for (size_t i = 0; i < 4; i++) {
        sbk_key_close(&keys[i]);
    }
    sbk_secret_free(&phrase);
    sbk_secret_free(&approval);
    sbk_store_close(&store);
    look(false);
    for (size_t i = 0; i < needle_count; i++) {
        (void)printf(
            "%s open %u %u closed %u\n", needles[i].name, needles[i].locked, needles[i].other, needles[i].left);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        return 2;
    }
    if (argc < 4) {
        sbk_keys_protect_process();
    }
    if (strcmp(argv[1], "locks") == 0) {
        struct sbk_secret phrase = phrase_of(1);
        sbk_secret_free(&phrase);
        (void)printf("%s\n", sbk_secrets_unlocked() ? "unlocked" : "locked");
        return 0;
    }
    return argc > 2 ? scan(argv[2], strcmp(argv[1], "abort") == 0) : 2;
}
