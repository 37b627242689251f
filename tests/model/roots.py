# SPDX-License-Identifier: Apache-2.0
"""An independent model of what a card trusts, from schema/card-specification.md A.5, A.8, A.9 and C.1, C.5: roots, links,
the chain of a terminal, the trust cache. Refusals are card_model's Refuse."""
import functools
import struct
from dataclasses import dataclass, field

import crypto
from card_model import Refuse
from cryptography.exceptions import InvalidSignature
from records import ROLE_AUDITOR, ROLE_REGISTRAR, ROLE_ROOT, ROLE_STATION_CA, ROLE_STORE, days, parse_tlv, sha256

LINK_SIZE = 165
LEAVES = 4


def days_of_bcd(value):
    return days("%s-%s-%s" % (value.hex()[:4], value.hex()[4:6], value.hex()[6:]))


@functools.lru_cache(maxsize=4096)
def verifies(point, data, signature):
    """point: X Y."""
    try:
        crypto.verify(crypto.public_key(b"\x04" + point), data, signature)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class Read:
    """What of a certificate matters to trust."""

    whole: bytes
    role: int
    issuer: tuple
    generation: int
    effective: int
    expiry: int
    point: bytes
    body: bytes
    signature: bytes

    @classmethod
    @functools.lru_cache(maxsize=4096)
    def of(cls, whole):
        body = dict(parse_tlv(whole))[0x7F21]
        objects = dict(parse_tlv(body))
        data = objects[0x53]
        return cls(whole, data[0], tuple(objects[0x42]), data[1] if len(data) == 2 else 0, days_of_bcd(objects[0x5F25]),
                   days_of_bcd(objects[0x5F24]), dict(parse_tlv(objects[0x7F49]))[0xB0][1:], body[: body.rindex(b"\x5F\x37\x40")],
                   objects[0x5F37])

    def signed_by(self, point):
        return verifies(point, self.body, self.signature)


@dataclass
class Cache:
    """Pages 9 to 12 (part E)."""

    ca: Read = None
    leaves: list = field(default_factory=lambda: [bytes(32)] * LEAVES)
    place: int = 0
    used: int = 0

    def generation(self):
        return self.ca.generation if self.ca else 0


@dataclass
class Roots:
    generation: int = 0
    point: bytes = b""
    next_hash: bytes = None
    previous: int = 0
    previous_point: bytes = b""
    until: int = 0
    cache: Cache = field(default_factory=Cache)

    def put(self, generation, point):
        """PUT KEY of a root."""
        self.__init__(generation, point)

    def counting(self, generation, day):
        """The point of a root that counts on day, or None."""
        if generation == self.generation:
            return self.point
        if self.previous and generation == self.previous and day <= self.until:
            return self.previous_point
        return None

    def link(self, record):
        """A.8, on a closed card outside any session."""
        if len(record) != LINK_SIZE:
            raise Refuse(0x6700)
        generation, point, next_hash = record[2], record[3:67], record[67:99]
        if record[:2] != b"\xC4\x01" or generation < 2:
            raise Refuse(0x6A80)
        if generation <= self.generation:
            raise Refuse(0x9411)
        if generation > self.generation + 1:
            raise Refuse(0x6A88)
        if sha256(b"\x04" + point) != self.next_hash or not verifies(point, record[:-64], record[-64:]):
            raise Refuse(0x9413)
        until, = struct.unpack_from(">H", record, 99)
        self.previous, self.previous_point = (self.generation, self.point) if until else (0, b"")
        self.until, self.generation, self.point, self.next_hash = until, generation, point, next_hash
        self.cache = Cache()

    def authority(self, whole, role, day):
        """A CA's or signer's certificate under a root that counts on that day."""
        read = Read.of(whole)
        if read.role != role or read.issuer[0] != ROLE_ROOT:
            raise Refuse(0x6600)
        root = self.counting(read.issuer[1], day)
        if root is None:
            raise Refuse(0x6A88)
        if read.expiry < day:
            raise Refuse(0x940C)
        if not read.signed_by(root):
            raise Refuse(0x6600)
        return read

    def chain(self, ca, leaf, floor):
        """A.5: both certificates shown; what the session will remember."""
        authority, leaf = self.authority(ca, ROLE_STATION_CA, floor), Read.of(leaf)
        if leaf.role not in (ROLE_STORE, ROLE_REGISTRAR, ROLE_AUDITOR) or leaf.issuer != (ROLE_STATION_CA, authority.generation):
            raise Refuse(0x6600)
        day = max(floor, leaf.effective)
        if leaf.expiry < floor or authority.expiry < day:
            raise Refuse(0x940C)
        if self.counting(authority.issuer[1], day) is None:
            raise Refuse(0x6A88)
        if not leaf.signed_by(authority.point):
            raise Refuse(0x6600)
        return authority, leaf

    def remember(self, authority, leaf):
        """A.9: after a command of the session has committed."""
        known = self.cache.ca is not None and self.cache.ca.whole == authority.whole
        if known and sha256(leaf.whole) in self.cache.leaves[: self.cache.used]:
            return
        if not known:
            self.cache = Cache(authority)
        cache = self.cache
        cache.leaves[cache.place] = sha256(leaf.whole)
        cache.place = (cache.place + 1) % LEAVES
        cache.used = min(cache.used + 1, LEAVES)
