# SPDX-License-Identifier: Apache-2.0
"""Records of schema/card-specification.md part C, packed and read from the specification alone."""
import datetime
import hashlib
import struct
from dataclasses import dataclass, field

EPOCH = datetime.date(1970, 1, 1)
ROLE_ROOT, ROLE_STATION_CA, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST = 1, 2, 3, 4, 5
ROLE_STORE, ROLE_REGISTRAR, ROLE_AUDITOR, ROLE_CARD = 0x11, 0x12, 0x13, 0x21
GRAM, MILLILITRE, PIECE, RUPIAH = 1, 2, 3, 4
ONCE, MONTH, WEEK = 1, 2, 3
KIND_ACTIVATION, KIND_MANDATE, KIND_DEBIT, KIND_VOID = 1, 2, 3, 4


def days(text):
    return (datetime.date.fromisoformat(text) - EPOCH).days


def date_of(number):
    return EPOCH + datetime.timedelta(days=number)


def bcd_date(number):
    return bytes.fromhex(date_of(number).strftime("%Y%m%d"))


def wita_day(seconds):
    return (seconds + 8 * 3600) // 86400


def sha256(data):
    return hashlib.sha256(data).digest()


def padded(text, width):
    return text.encode().ljust(width, b"\0")


def u24(value):
    return struct.pack(">I", value)[1:]


def tlv(tag, value):
    head = bytes.fromhex("%02X" % tag if tag < 0x100 else "%04X" % tag)
    if len(value) < 0x80:
        return head + bytes([len(value)]) + value
    if len(value) < 0x100:
        return head + bytes([0x81, len(value)]) + value
    return head + b"\x82" + struct.pack(">H", len(value)) + value


def parse_tlv(data):
    """The data objects of one level, as a list of (tag, value)."""
    objects = []
    at = 0
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            tag = tag << 8 | data[at]
            at += 1
        size = data[at]
        at += 1
        if size == 0x81:
            size = data[at]
            at += 1
        elif size == 0x82:
            size = struct.unpack_from(">H", data, at)[0]
            at += 2
        if at + size > len(data):
            raise ValueError("TLV ends too early")
        objects.append((tag, data[at : at + size]))
        at += size
    return objects


def limit(amount):
    """C.1: mantissa in the upper 12 bits, decimal exponent in the lower four; None sets no limit."""
    if amount is None:
        return 0xFFFF
    exponent = 0
    while amount > 0xFFF and amount % 10 == 0 and exponent < 6:
        amount //= 10
        exponent += 1
    if amount > 0xFFF:
        raise ValueError("limit is not exact")
    return amount << 4 | exponent


@dataclass
class Certificate:
    role: int
    issuer: tuple
    point: bytes
    effective: int
    expiry: int
    generation: int = 1
    terminal: str = ""
    outlet: str = ""
    kelurahan: str = "6472051001"
    programmes: int = 0xFFFFFFFF
    limits: tuple = (None, None, None, None)
    log_key_hash: bytes = bytes(16)
    alias: bytes = bytes(8)
    signing_key: bytes = b""
    serial: bytes = b"\0\0\1"

    def signed_bytes(self):
        if self.role in (ROLE_STATION_CA, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST):
            subject = discretionary = bytes([self.role, self.generation])
            usage = b"\x82"
        elif self.role == ROLE_CARD:
            subject, usage = self.alias, b"\0\x80"
            discretionary = bytes([self.role]) + self.signing_key
        else:
            subject, usage = padded(self.terminal, 12), b"\0\x80"
            discretionary = (
                bytes([self.role])
                + padded(self.outlet, 8)
                + bytes.fromhex(self.kelurahan)
                + struct.pack(">I", self.programmes)
                + b"".join(struct.pack(">H", limit(one)) for one in self.limits)
                + self.log_key_hash
            )
        return (
            tlv(0x93, self.serial)
            + tlv(0x42, bytes(self.issuer))
            + tlv(0x5F20, subject)
            + tlv(0x95, usage)
            + tlv(0x5F25, bcd_date(self.effective))
            + tlv(0x5F24, bcd_date(self.expiry))
            + tlv(0x53, discretionary)
            + tlv(0x7F49, tlv(0xB0, self.point) + tlv(0xF0, b"\0"))
        )

    def make(self, sign):
        body = self.signed_bytes()
        return tlv(0x7F21, body + tlv(0x5F37, sign(body)))


def identity(alias, number, card_number, kelurahan, valid_from, valid_until, name, alternate=""):
    name, alternate = name.encode(), alternate.encode()
    return (
        b"\xC1\x01"
        + alias
        + struct.pack(">H", number)
        + bytes.fromhex(card_number)
        + bytes.fromhex(kelurahan)
        + struct.pack(">HH", valid_from, valid_until)
        + bytes([len(name)])
        + name
        + bytes([len(alternate)])
        + alternate
    )


@dataclass
class Purse:
    slot: int
    grant: int
    programme: int
    unit: int
    goods: int
    amount: int
    first: int
    period: int = MONTH
    count: int = 3
    carry: int = 0
    priority: int = 0
    inherits: int = 0

    def pack(self):
        return (
            struct.pack(">BHBBB", self.slot, self.grant, self.programme, self.unit, self.goods)
            + u24(self.amount)
            + struct.pack(">HBBBBH", self.first, self.period, self.count, self.carry, self.priority, self.inherits)
        )

    def windows(self):
        return 1 if self.period == ONCE else self.count

    def window_days(self, index):
        """D.1: first and last day of a window."""
        if self.period == WEEK:
            return self.first + 7 * index, self.first + 7 * index + 6
        start = date_of(self.first)
        months = start.year * 12 + start.month - 1
        last_month = months + (self.count - 1 if self.period == ONCE else index)
        following = last_month + 1
        last = (datetime.date(following // 12, following % 12 + 1, 1) - EPOCH).days - 1
        if index == 0 or self.period == ONCE:
            return self.first, last
        month = months + index
        return (datetime.date(month // 12, month % 12 + 1, 1) - EPOCH).days, last

    def allowed(self, floor, date):
        """D.1: (state, window, amount)."""
        opened = [w for w in range(self.windows()) if self.window_days(w)[0] <= floor]
        if not opened:
            return "not open", 0, 0
        window = opened[-1]
        judged = window if self.carry == 0 else self.windows() - 1
        if date > self.window_days(judged)[1]:
            return "closed", window, 0
        return "open", window, self.amount if self.carry == 0 else self.amount * (window + 1)


@dataclass
class Mandate:
    alias: bytes
    number: int
    issued: int
    purses: list
    status: int = 1
    flags: int = 1
    outlet: str = ""

    def pack(self):
        return (
            b"\xC2\x01"
            + self.alias
            + struct.pack(">IHBB", self.number, self.issued, self.status, self.flags)
            + padded(self.outlet, 8)
            + bytes([len(self.purses)])
            + b"".join(purse.pack() for purse in self.purses)
        )


def notice(alias, kind, number, issued):
    return b"\xC3\x01" + alias + struct.pack(">BIH", kind, number, issued)


def link(generation, point, next_hash, old_until):
    return b"\xC4\x01" + bytes([generation]) + point + next_hash + struct.pack(">H", old_until)


@dataclass
class Entry:
    alias: bytes
    counter: int
    previous: bytes
    kind: int
    who: int
    mandate: int
    terminal: bytes
    transaction: int
    time: int
    log_size: int
    log_root: bytes
    digest: bytes
    detail: bytes
    floor: int
    signature: bytes = field(default=b"", compare=False)

    LAYOUT = ">I32sBBI12sIII32s32s40sH"

    @classmethod
    def from_response(cls, alias, response):
        if len(response) != 236:
            raise ValueError("an entry response has 236 bytes, not %d" % len(response))
        return cls(alias, *struct.unpack(cls.LAYOUT, response[:172]), signature=response[172:])

    def pack(self):
        return b"\xC5\x01" + self.alias + struct.pack(
            self.LAYOUT, self.counter, self.previous, self.kind, self.who, self.mandate, self.terminal,
            self.transaction, self.time, self.log_size, self.log_root, self.digest, self.detail, self.floor)

    def hash(self):
        return sha256(self.pack())

    def debits(self):
        """Debits and voids: list of (slot, grant, window, amount, spent after)."""
        rows = []
        for at in range(0, 40, 10):
            row = self.detail[at : at + 10]
            grant = struct.unpack_from(">H", row, 1)[0]
            if grant:
                rows.append((row[0], grant, row[3], int.from_bytes(row[4:7], "big"), int.from_bytes(row[7:10], "big")))
        return rows

    def finals(self):
        """Acknowledgements: {slot: (grant, final spent)} of the grants that ended."""
        rows = {}
        for slot in range(8):
            row = self.detail[slot * 5 : slot * 5 + 5]
            grant = struct.unpack_from(">H", row)[0]
            if grant:
                rows[slot] = (grant, int.from_bytes(row[2:5], "big"))
        return rows


def basket(lines):
    """C.8; lines: (code, quantity, unit price, sum, list number, slot)."""
    packed = b"\xC8\x01" + bytes([len(lines)])
    for code, quantity, price, total, list_number, slot in lines:
        packed += bytes([len(code)]) + code.encode() + u24(quantity)
        packed += struct.pack(">IIIB", price, total, list_number, slot)
    return packed
