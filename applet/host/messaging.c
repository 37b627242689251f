/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/host/messaging.h"

#include <string.h>

#include "applet/host/applet.h"

/* IV of a command or, with the top byte 80, of its response. */
static void make_iv(const struct sbk_messaging *messaging, uint8_t top, uint8_t iv[16]) {
    struct sbk_port_aes aes;
    memset(iv, 0, 16);
    iv[0] = top;
    iv[12] = (uint8_t)(messaging->counter >> 24);
    iv[13] = (uint8_t)(messaging->counter >> 16);
    iv[14] = (uint8_t)(messaging->counter >> 8);
    iv[15] = (uint8_t)messaging->counter;
    sbk_port_aes_begin(&aes, messaging->enc);
    sbk_port_aes_encrypt_block(&aes, iv, iv);
    sbk_port_aes_end(&aes);
}

static bool check_mac(struct sbk_messaging *messaging, const struct sbk_messaging_header *header, const uint8_t *data,
    size_t size, size_t plain) {
    struct sbk_cmac cmac;
    uint8_t mac[16];
    uint8_t length[3] = {0, (uint8_t)(size >> 8), (uint8_t)size};
    sbk_cmac_init(&cmac, messaging->mac);
    sbk_cmac_update(&cmac, messaging->chaining, 16);
    sbk_cmac_update(&cmac, header->bytes, 4);
    sbk_cmac_update(&cmac, header->long_length ? length : length + 2, header->long_length ? 3 : 1);
    sbk_cmac_update(&cmac, data, plain);
    sbk_cmac_final(&cmac, mac);
    bool good = sbk_equal(mac, data + plain, SBK_MAC_SIZE);
    if (good)
        memcpy(messaging->chaining, mac, 16);
    sbk_port_wipe(mac, sizeof mac);
    return good;
}

bool sbk_messaging_unwrap(
    struct sbk_messaging *messaging, const struct sbk_messaging_header *header, uint8_t *data, size_t *size) {
    if ((messaging->level & SBK_LEVEL_C_MAC) == 0)
        return true;
    if (*size < SBK_MAC_SIZE)
        return false;
    size_t plain = *size - SBK_MAC_SIZE;
    if (!check_mac(messaging, header, data, *size, plain))
        return false;
    *size = plain;
    if ((messaging->level & SBK_LEVEL_C_DEC) == 0)
        return true;
    messaging->counter++;
    /* No data at all and one block of padding both mean none: peers differ. */
    if (plain == 0)
        return true;
    if (plain % 16 != 0)
        return false;
    uint8_t iv[16];
    make_iv(messaging, 0x00, iv);
    sbk_port_aes_cbc_decrypt(messaging->enc, iv, data, plain);
    *size = sbk_unpad(data, plain);
    return *size != SIZE_MAX;
}

void sbk_messaging_wrap(struct sbk_messaging *messaging, uint8_t *data, size_t *size, uint16_t status) {
    if ((messaging->level & SBK_LEVEL_R_ENC) != 0 && *size > 0) {
        uint8_t iv[16];
        make_iv(messaging, 0x80, iv);
        *size = sbk_pad(data, *size);
        sbk_port_aes_cbc_encrypt(messaging->enc, iv, data, *size);
    }
    if ((messaging->level & SBK_LEVEL_R_MAC) != 0) {
        struct sbk_cmac cmac;
        uint8_t mac[16];
        uint8_t words[2] = {(uint8_t)(status >> 8), (uint8_t)status};
        sbk_cmac_init(&cmac, messaging->rmac);
        sbk_cmac_update(&cmac, messaging->chaining, 16);
        sbk_cmac_update(&cmac, data, *size);
        sbk_cmac_update(&cmac, words, 2);
        sbk_cmac_final(&cmac, mac);
        memcpy(data + *size, mac, SBK_MAC_SIZE);
        *size += SBK_MAC_SIZE;
    }
}
