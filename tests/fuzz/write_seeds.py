#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the targets whose inputs are scripts: tests/fuzz/write_seeds.py CORPUS-FOLDER"""
import base64
import hashlib
import pathlib
import struct
import sys

# fuzz_applet.c: the states to begin with and the steps, in their order there.
BLANK, ENCODED, CLOSED, ACTIVE, REDEEMED, STOPPED, BLOCKED, ENDED = range(8)
(CLEAR, SECURE, POWER, CUT, STATION, BUREAU, DEBIT, VOID, MANDATE, NOTICE, IDENTITY, RENEWAL, PINS, ACTIVATE, STATUS,
 OBJECT, KEYS, READ, AGAIN) = range(19)
EDITED, LATE = 0x40, 0x80


def edits(*changes):
    return bytes([len(changes)]) + b"".join(struct.pack(">HB", at, value) for at, value in changes)


def debit(who, pin, *asks):
    return bytes([DEBIT, who | pin << 2 | len(asks) << 4]) + b"".join(
        bytes([slot]) + amount.to_bytes(3, "big") for slot, amount in asks)


def clear(text):
    apdu = bytes.fromhex(text)
    return bytes([CLEAR, len(apdu)]) + apdu


def secure(text, data=b""):
    return bytes([SECURE]) + bytes.fromhex(text) + struct.pack(">H", len(data)) + data


SELECT = clear("00A4040009F053454D42414B4F010000")
READS = bytes([READ, 0, READ, 1, 0, READ, 1, 1, READ, 2, 0xDF, 0x21, READ, 2, 0xDF, 0x22])
ENCODE = bytes([KEYS, 0, KEYS, 1, KEYS, 2, OBJECT, 4, BUREAU, 1, OBJECT, 0, OBJECT, 1, OBJECT, 2, OBJECT, 3])

APPLET = {
    "encode": bytes([BLANK]) + ENCODE + bytes([STATUS, 0x80, 0x0F]) + SELECT,
    "encode_part": bytes([BLANK, KEYS, 0, KEYS, 1, KEYS, 1, KEYS, 3, BUREAU, 0, CUT, 3, 2, OBJECT, 0]),
    "encode_again": bytes([ENCODED, OBJECT, 0, OBJECT, 2, OBJECT, 3, READ, 2, 0xDF, 0x22, STATUS, 0x80, 0x0F, BUREAU, 0]),
    "close": bytes([ENCODED, STATUS, 0x80, 0x0F, BUREAU, 0, STATION, 4, ACTIVATE, 4, READ, 2, 0xDF, 0x30]),
    "activate": bytes([CLOSED, ACTIVATE, 4, ACTIVATE, 4, PINS, 4, STATION, 0]) + debit(1, 0, (0, 400)),
    "activate_torn": bytes([CLOSED, CUT, 6, 4, STATION, 4, ACTIVATE, 4, STATION, 4, ACTIVATE, 4]),
    "debit": bytes([ACTIVE]) + debit(1, 0, (0, 400)) + debit(2, 1, (1, 5000), (0, 100)) + READS,
    "debit_over": bytes([ACTIVE]) + debit(1, 0, (0, 10001)) + debit(1, 0, (2, 2000)) + debit(1, 0, (2, 1)),
    "debit_again": bytes([ACTIVE]) + debit(1, 0, (0, 400)) + bytes([AGAIN, STATION, 0, AGAIN, STATION, 2, AGAIN]),
    "debit_torn": bytes([ACTIVE, CUT, 9, 3, STATION, 0]) + debit(1, 0, (0, 400)) + bytes([STATION, 0, AGAIN]),
    "wrong_pin": bytes([ACTIVE]) + debit(1, 2, (0, 1)) * 6,
    "wrong_pin_torn": bytes([ACTIVE, CUT, 2, 5, STATION, 0]) + debit(1, 2, (0, 1)) + bytes([STATION, 0, AGAIN]),
    "void": bytes([REDEEMED, VOID, 0, VOID, 1, AGAIN, STATION, 2, VOID, 1]),
    "void_late": bytes([REDEEMED, STATION, 1]) + debit(1, 0, (5, 4), (0, 9)) + bytes([VOID, 1, VOID, 0]),
    "mandate": bytes([REDEEMED, MANDATE, 0x31, 0, MANDATE, 0x32, 7]) + debit(1, 0, (0, 1)) + bytes([READ, 0]),
    "mandate_floor": bytes([REDEEMED, STATION, 1, MANDATE, 0x71, 0x10]) + debit(1, 0, (0, 1), (2, 1)),
    "mandate_edited": bytes([REDEEMED, MANDATE | EDITED, 0x31, 0]) + edits((286 + 9, 0x7F)) + bytes([READ, 0]),
    "mandate_forged": bytes([REDEEMED, MANDATE | EDITED | LATE, 0x31, 0]) + edits((286 + 9, 0x7F)),
    "stop": bytes([REDEEMED, NOTICE, 1, 1]) + debit(1, 0, (0, 1)) + bytes([MANDATE, 0x31, 0]) + debit(1, 0, (0, 1)),
    "stopped": bytes([STOPPED]) + debit(1, 0, (0, 1)) + bytes([NOTICE, 1, 2, MANDATE, 0x32, 0, VOID, 0]),
    "blocked": bytes([BLOCKED]) + debit(1, 0, (0, 1)) + bytes([MANDATE, 0x31, 0]) + debit(1, 0, (0, 1)),
    "ended": bytes([ENDED]) + debit(1, 0, (0, 1)) + bytes([MANDATE, 0x31, 0, NOTICE, 1, 9, READ, 0]),
    "reset": bytes([REDEEMED]) + debit(1, 2, (0, 1)) * 5 + bytes([NOTICE, 0, 1, STATION, 4, PINS, 4, PINS, 4, READ, 0]),
    "identity": bytes([REDEEMED, IDENTITY, 1, 0, IDENTITY, 1, 1, STATION, 4, PINS, 0x0C, READ, 2, 0xDF, 0x21]),
    "renewal": bytes([REDEEMED, RENEWAL, 49, RENEWAL, 50, RENEWAL, 50, CUT, 4, 1, STATION, 0, RENEWAL, 60]) + SELECT,
    "raw": bytes([ACTIVE]) + secure("80100000") + secure("80300000", bytes(120)) + secure("80CADF22"),
    "clear": bytes([ACTIVE]) + SELECT + clear("80CABF2100") + clear("8050000008010203040506070800") + clear("00C00000FF"),
    "power": bytes([REDEEMED, POWER, READ, 0, STATION, 3]) + debit(1, 0, (1, 1)) + bytes([POWER, STATION, 3, AGAIN]),
}


# fuzz_session.c: the cards, the basket and what follows it, the lies.
HONEST, STATUS_WORD, CHANGE, RESIGN, TRUNCATE, EXTEND, REPLACE, REPLAY, GONE, RESET = range(10)
LOOK, TWICE, VOIDED = 4, 8, 64


def lie_at(exchange, *lie):
    """Honest until then."""
    return bytes([HONEST] * exchange) + b"".join(part if isinstance(part, bytes) else bytes([part]) for part in lie)


# An unknown card: SELECT, certificate, PSO twice, MUTUAL AUTHENTICATE, READ STATUS, mandate, (previous receipt), DEBIT.
SESSION = {
    "active": bytes([0, 0]),
    "redeemed": bytes([1, LOOK | TWICE | 1]),
    "over": bytes([1, 3 | TWICE]),
    "stopped": bytes([2, LOOK]),
    "ended": bytes([3, LOOK]),
    "closed": bytes([4, 0]),
    "alias": bytes([0, 0]) + lie_at(0, CHANGE, edits((20, 1))),
    "certificate": bytes([0, 0]) + lie_at(1, CHANGE, edits((40, 1))),
    "agreement": bytes([0, 0]) + lie_at(4, CHANGE, edits((9, 1))),
    "status": bytes([0, 0]) + lie_at(5, CHANGE, edits((1, 0xFF), (5, 9))),
    "status_short": bytes([0, 0]) + lie_at(5, TRUNCATE, b"\0\x10"),
    "mandate": bytes([0, 0]) + lie_at(6, CHANGE, edits((26, 9))),
    "previous": bytes([1, 0]) + lie_at(7, RESIGN, edits((35, 9))),
    "receipt": bytes([0, 0]) + lie_at(7, RESIGN, edits((140, 1))),
    "receipt_digest": bytes([0, 0]) + lie_at(7, RESIGN, edits((109, 0x5A))),
    "receipt_forged": bytes([0, 0]) + lie_at(7, CHANGE, edits((140, 1))),
    "gone": bytes([0, 0]) + lie_at(7, GONE),
    "gone_twice": bytes([0, LOOK]) + lie_at(12, GONE) + lie_at(5, RESET),
    "refused": bytes([0, 0]) + lie_at(7, STATUS_WORD, b"\x94\x07"),
    "replay": bytes([0, 0]) + lie_at(7, REPLAY),
    "longer": bytes([0, 0]) + lie_at(7, EXTEND, 20, 0),
    "void": bytes([0, VOIDED]),
    "void_late": bytes([1, VOIDED | TWICE]),
    "void_gone": bytes([0, VOIDED]) + lie_at(12, GONE),
    "void_forged": bytes([0, VOIDED]) + lie_at(12, RESIGN, edits((140, 1))),
    "replaced": bytes([0, 0]) + lie_at(2, REPLACE, 2, b"\x6A\x88"),
}

# fuzz_chip.c: the chip, the lies. SELECT twice, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, ... SET STATUS, statement.
CHIP = {
    "blank": bytes([5]),
    "closed": bytes([4]),
    "begun": bytes([5]) + lie_at(9, GONE),
    "closing": bytes([5]) + lie_at(16, GONE),
    "cryptogram": bytes([5]) + lie_at(2, CHANGE, edits((25, 1))),
    "protocol": bytes([5]) + lie_at(2, CHANGE, edits((11, 2))),
    "offer_short": bytes([5]) + lie_at(2, TRUNCATE, b"\0\x1C"),
    "key": bytes([5]) + lie_at(5, CHANGE, edits((9, 1))),
    "read_back": bytes([5]) + lie_at(14, CHANGE, edits((20, 1))),
    "statement": bytes([5]) + lie_at(18, CHANGE, edits((100, 1))),
    "refused": bytes([5]) + lie_at(4, STATUS_WORD, b"\x69\x82"),
}


def message(text):
    return struct.pack(">H", len(text) // 2) + bytes.fromhex(text)


# fuzz_vpcd.c: messages; one byte is a control code.
VPCD = {
    "session": message("00") + message("01") + message("04") + message("00A4040008A00000015100000000") + message("02"),
    "apdus": message("8050000008010203040506070800") + message("80CA006600") + message("00C0") + message("FF000000"),
    "empty": message(""),
    "half": message("00A4040008A00000015100000000")[:7],
}


def fills(*changes):
    return bytes([len(changes)]) + b"".join(struct.pack(">HBB", *change) for change in changes)


# fuzz_image.c: the card, what is written over its memory (offset, size, byte), commands.
IMAGE = {
    "blank": bytes([0]) + fills(),
    "encoded": bytes([1]) + fills(),
    "closed": bytes([2]) + fills(),
    "active": bytes([3]) + fills(),
    "redeemed": bytes([4]) + fills(),
    "erased": bytes([4]) + fills((0, 255, 0xFF)),
    "life": bytes([3]) + fills((0x40, 1, 0x07), (0x41, 1, 0x30)),
    "journal": bytes([4]) + fills((0x380, 1, 0x43), (0x3C0, 1, 1), (0x3C1, 63, 5)),
    "roots": bytes([4]) + fills((0x80, 1, 2), (0x81, 1, 1), (0x82, 2, 0xFF)),
    "cache": bytes([4]) + fills((0x244, 1, 9), (0x245, 1, 9)),
    "slots": bytes([4]) + fills((0x801, 2, 2), (0x815, 1, 1)),
    "slots_wild": bytes([4]) + fills((0x801, 2, 0xFF), (0x815, 1, 0xFF)),
    "counter": bytes([4]) + fills((0x805, 4, 0xFF)),
    "mandate": bytes([4]) + fills((0xD00 + 26, 1, 0xFF)),
    "purses": bytes([4]) + fills((0x880, 128, 0xFF)),
    "identity": bytes([4]) + fills((0xB00 + 27, 1, 0xFF)),
    "ring": bytes([4]) + fills((0x1000, 255, 0xFF), (0x1100, 255, 0)),
    "pins": bytes([4]) + fills((0x900, 2, 0xFF), (0x940, 1, 2)),
}


def verifier(name, key):
    """A log's verifier as C2SP has it: the name, the first bytes of a hash over name and key, the key (Ed25519)."""
    typed = b"\x01" + key
    key_id = hashlib.sha256(name + b"\n" + typed).digest()[:4]
    return name + b"+" + key_id.hex().encode() + b"+" + base64.b64encode(typed)


# fuzz_words.c
WORDS = {
    "day": b"d2026-11-05",
    "day_leap": b"d2027-02-29",
    "time": b"t2026-11-05T09:30:00+08:00",
    "time_short": b"t2026-11-05T23:59:60",
    "hex": b"h00A4fF",
    "role": b"rregistrar",
    "programmes": b"p1,3,32",
    "programmes_all": b"pall",
    "limits": b"lg=20000,ml=2000,rp=300000",
    "pin": b"n135790",
    "verifier": b"v" + verifier(b"sembako/WARUNG-1", bytes(range(32))),
}


def main():
    for folder, seeds in {"applet": APPLET, "session": SESSION, "chip": CHIP, "vpcd": VPCD, "image": IMAGE, "words": WORDS}.items():
        place = pathlib.Path(sys.argv[1], folder)
        place.mkdir(parents=True, exist_ok=True)
        for name, data in seeds.items():
            (place / name).write_bytes(data)


main()
