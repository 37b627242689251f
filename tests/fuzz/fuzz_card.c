/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "applet/host/image.h"
#include "applet/host/trust.h"
#include "tests/applet/fixture.h"

/*
 * APDU sequences into the operating environment. The first byte names the state to start from; then follow commands:
 * flags, length, bytes. Flag 01: the bytes are a header and plain data, wrapped here with the session's keys; 02: the
 * power is cut and comes back instead. Checked: answers keep their form, keys never come out, closing and root generations
 * go one way, a closed card holds no transport key.
 */
enum start {
    START_BLANK,
    START_BUREAU,
    START_BUREAU_MAC_ONLY,
    START_CLOSED,
    START_APPLET,
    START_STATION,
    START_STATION_ON_DOMAIN,
    START_KNOWN_STATION,
    STARTS
};

static struct fixture f;
static struct fixture starts[STARTS];

static void station(enum start start, uint8_t usage, const uint8_t *ca, size_t ca_size) {
    uint8_t leaf[256];
    size_t size = make_leaf(leaf, SBK_ROLE_STORE, 1, KEY_STORE, KEY_STATION_CA, DAY_FROM);
    assert_int_equal(show_ca(&f, 1, ca, ca_size), 0x9000);
    assert_int_equal(show_leaf(&f, SBK_KID_ROOT, 1, leaf, size), 0x9000);
    assert_int_equal(mutual(&f, usage, KEY_STORE), 0x9000);
    starts[start] = f;
}

static void prepare(void) {
    uint8_t ca[256];
    fixture_init(&f);
    starts[START_BLANK] = f;
    assert_int_equal(open_scp03(&f, 0x01), 0x9000);
    starts[START_BUREAU_MAC_ONLY] = f;
    personalize(&f);
    starts[START_BUREAU] = f;
    assert_int_equal(send_secure_hex(&f, "80F0800F", ""), 0x9000);
    starts[START_CLOSED] = f;
    size_t size = make_ca(ca, 1, 1, KEY_ROOT, DAY_UNTIL);
    station(START_STATION_ON_DOMAIN, SBK_USAGE_MAC, ca, size);
    assert_int_equal(select_applet(&f), 0x9000);
    starts[START_APPLET] = f;
    station(START_STATION, SBK_USAGE_FULL, ca, size);
    assert_int_equal(send_secure_hex(&f, "80120100", ""), 0x9000);
    starts[START_KNOWN_STATION] = f;
}

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static bool contains(const uint8_t *data, size_t size, const uint8_t *part, size_t part_size) {
    for (size_t i = 0; i + part_size <= size; i++)
        if (memcmp(data + i, part, part_size) == 0)
            return true;
    return false;
}

static void check_answer(const uint8_t *answer, size_t size) {
    static const uint32_t secrets[] = {
        SBK_IMAGE_AGREEMENT + SBK_IMAGE_PAIR_PRIVATE, SBK_IMAGE_SIGNING + SBK_IMAGE_PAIR_PRIVATE};
    must(size >= 2 && size <= SBK_RESPONSE_MAX, "an answer has 2 to 258 bytes");
    must((answer[size - 2] & 0xF0) == 0x60 || (answer[size - 2] & 0xF0) == 0x90, "the status word is 6xxx or 9xxx");
    must(answer[size - 2] == 0x90 || answer[size - 2] == 0x61 || size == 2, "errors carry no data");
    for (size_t i = 0; i < 2; i++)
        must(!contains(answer, size, f.memory.image + secrets[i], 32) || f.memory.image[secrets[i] - 16] == 0,
            "private keys stay inside");
    must(!contains(answer, size, f.keys + 16, 16), "transport keys stay inside");
}

static void check_card(bool was_closed, uint8_t root_before) {
    bool closed = sbk_card_closed(&f.card);
    must(closed || !was_closed, "closing is for ever");
    if (closed) {
        must(f.memory.image[SBK_IMAGE_LIFE + SBK_IMAGE_LIFE_KVN] == 0, "a closed card has no transport keys");
        must(!contains(f.memory.image, SBK_IMAGE_SIZE, f.keys, 16), "nor a copy of them");
    }
    if (was_closed) {
        uint8_t root = sbk_trust_root_generation(&f.card);
        must(root == root_before || root == root_before + 1, "roots go one step at a time");
    }
    must(f.card.stage == SBK_CHANNEL_NONE || f.card.session != SBK_SESSION_NONE, "a channel has a kind");
}

/* Wraps header and data for the open session; nothing is checked on the way back. */
static size_t wrap(const uint8_t *command, size_t size, uint8_t *out) {
    struct sbk_messaging *end = &f.end;
    struct sbk_cmac cmac;
    memcpy(out, command, 4);
    out[0] |= 0x04;
    size_t data = size - 4 < 200 ? size - 4 : 200;
    memcpy(out + 5, command + 4, data);
    if ((end->level & SBK_LEVEL_C_DEC) != 0) {
        end->counter++;
        if (data > 0) {
            uint8_t iv[16] = {[14] = (uint8_t)(end->counter >> 8), [15] = (uint8_t)end->counter};
            struct sbk_port_aes aes;
            sbk_port_aes_begin(&aes, end->enc);
            sbk_port_aes_encrypt_block(&aes, iv, iv);
            sbk_port_aes_end(&aes);
            data = sbk_pad(out + 5, data);
            sbk_port_aes_cbc_encrypt(end->enc, iv, out + 5, data);
        }
    }
    out[4] = (uint8_t)(data + 8);
    uint8_t header[5];
    memcpy(header, out, 5);
    header[0] &= 0xEF;
    sbk_cmac_init(&cmac, end->mac);
    sbk_cmac_update(&cmac, end->chaining, 16);
    sbk_cmac_update(&cmac, header, 5);
    sbk_cmac_update(&cmac, out + 5, data);
    sbk_cmac_final(&cmac, end->chaining);
    memcpy(out + 5 + data, end->chaining, 8);
    return 5 + data + 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool prepared;
    uint8_t wrapped[300];
    uint8_t answer[SBK_RESPONSE_MAX];
    if (!prepared) {
        prepare();
        prepared = true;
    }
    if (size == 0)
        return 0;
    f = starts[data[0] % STARTS];
    data++;
    size--;
    for (int i = 0; i < 24 && size >= 2; i++) {
        uint8_t flags = data[0];
        size_t length = data[1] < size - 2 ? data[1] : size - 2;
        const uint8_t *command = data + 2;
        data += 2 + length;
        size -= 2 + length;
        bool closed = sbk_card_closed(&f.card);
        uint8_t root = sbk_trust_root_generation(&f.card);
        if ((flags & 0x02) != 0) {
            tearing_power_on(&f.memory, 0, TEAR_DONE);
            sbk_card_power_on(&f.card);
        } else if ((flags & 0x01) != 0 && length >= 4) {
            size_t whole = wrap(command, length, wrapped);
            check_answer(answer, sbk_card_process(&f.card, wrapped, whole, answer, sizeof answer));
        } else {
            check_answer(answer, sbk_card_process(&f.card, command, length, answer, sizeof answer));
        }
        check_card(closed, root);
    }
    return 0;
}
