# SPDX-License-Identifier: Apache-2.0
"""The terminal's end of SCP03 and SCP11a, from the specification alone (AES-128, 8-byte MACs)."""
import hashlib
import hmac
import os
import struct

import crypto
from records import parse_tlv, tlv

C_MAC, C_DEC, R_MAC, R_ENC = 0x01, 0x02, 0x10, 0x20


class ChannelError(Exception):
    """The card's answer does not hold."""


def derive(key, constant, bits, context):
    """SP 800-108 counter mode with AES-CMAC, as SCP03 orders it."""
    return crypto.cmac(key, bytes(11) + bytes([constant, 0]) + struct.pack(">HB", bits, 1) + context)[: bits // 8]


def x963(secret, info, size):
    output = b""
    counter = 1
    while len(output) < size:
        output += hashlib.sha256(secret + struct.pack(">I", counter) + info).digest()
        counter += 1
    return output[:size]


class Messaging:
    """Secure messaging of either protocol."""

    def __init__(self, enc, mac, rmac, chaining, level):
        self.enc, self.mac, self.rmac = enc, mac, rmac
        self.chaining, self.level, self.counter = chaining, level, 0

    def wrap(self, cla, ins, p1, p2, data):
        """Returns (class, wrapped data field); the MAC covers the length that the whole data field will have."""
        cla |= 0x04
        if self.level & C_DEC:
            self.counter += 1
            if data:
                iv = crypto.aes_ecb(self.enc, self.counter.to_bytes(16, "big"))
                data = crypto.aes_cbc(self.enc, iv, crypto.pad80(data))
        size = len(data) + 8
        length = bytes([size]) if size <= 255 else b"\0" + struct.pack(">H", size)
        self.chaining = crypto.cmac(self.mac, self.chaining + bytes([cla, ins, p1, p2]) + length + data)
        return cla, data + self.chaining[:8]

    def unwrap(self, data, sw):
        if not (sw == 0x9000 or sw >> 8 in (0x62, 0x63)):
            return data
        if self.level & R_MAC:
            if len(data) < 8:
                raise ChannelError("answer without MAC")
            data, mac = data[:-8], data[-8:]
            expected = crypto.cmac(self.rmac, self.chaining + data + struct.pack(">H", sw))[:8]
            if not hmac.compare_digest(mac, expected):
                raise ChannelError("MAC of the answer is wrong")
        if self.level & R_ENC and data:
            iv = crypto.aes_ecb(self.enc, b"\x80" + self.counter.to_bytes(15, "big"))
            data = crypto.unpad80(crypto.aes_cbc(self.enc, iv, data, decrypt=True))
        return data


def scp03_open(exchange, keys, level=0x33, kvn=0):
    """keys: (ENC, MAC, DEK), or a function of the key diversification data that gives them."""
    host = os.urandom(8)
    data = exchange(0x80, 0x50, kvn, 0, host, le=0)
    if len(data) != 29 or data[11] != 3 or data[12] != 0x60:
        raise ChannelError("INITIALIZE UPDATE answer: " + data.hex())
    enc, mac, dek = keys(data[:10]) if callable(keys) else keys
    context = host + data[13:21]
    session = [derive(key, constant, 128, context) for key, constant in ((enc, 4), (mac, 6), (mac, 7))]
    if not hmac.compare_digest(derive(session[1], 0, 64, context), data[21:29]):
        raise ChannelError("card cryptogram is wrong")
    messaging = Messaging(*session, bytes(16), level)
    cryptogram = derive(session[1], 1, 64, context)
    messaging.chaining = crypto.cmac(session[1], bytes(16) + bytes([0x84, 0x82, level, 0, 16]) + cryptogram)
    exchange(0x84, 0x82, level, 0, cryptogram + messaging.chaining[:8])
    messaging.dek = dek
    messaging.diversification = data[:10]
    return messaging


def diversified(master, serial):
    """The transport keys of one chip."""
    return tuple(crypto.cmac(master, bytes([number]) + serial) for number in (1, 2, 3))


def scp11a_open(exchange, terminal_key, card_point, kvn=1, usage=0x3C, ephemeral=None):
    """After the PSO commands: MUTUAL AUTHENTICATE and the check of the key confirmation."""
    ephemeral = ephemeral or crypto.new_key()
    command = tlv(0xA6, bytes.fromhex("90021101") + bytes([0x95, 1, usage]) + bytes.fromhex("800188810110"))
    command += tlv(0x5F49, crypto.point(ephemeral))
    answer = exchange(0x80, 0x82, kvn, 0x11, command, le=0)
    objects = parse_tlv(answer)
    if [tag for tag, _ in objects] != [0x5F49, 0x86]:
        raise ChannelError("MUTUAL AUTHENTICATE answer: " + answer.hex())
    card_ephemeral, confirmation = objects[0][1], objects[1][1]
    secret = crypto.ecdh(ephemeral, card_ephemeral) + crypto.ecdh(terminal_key, card_point)
    keys = x963(secret, bytes([usage, 0x88, 0x10]), 80)
    confirm_key, enc, mac, rmac = (keys[at : at + 16] for at in range(0, 64, 16))
    expected = crypto.cmac(confirm_key, command + tlv(0x5F49, card_ephemeral))
    if not hmac.compare_digest(expected, confirmation):
        raise ChannelError("key confirmation is wrong")
    return Messaging(enc, mac, rmac, confirmation, 0x33 if usage == 0x3C else 0x11)
