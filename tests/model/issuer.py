# SPDX-License-Identifier: Apache-2.0
"""A city of the tests: roots, CAs and signers, and what they sign. Fixed private keys, so that traces repeat."""
import struct

import crypto
from records import (ROLE_CARD, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, ROLE_ROOT, ROLE_STATION_CA, Certificate, days, link,
                     notice, sha256)


class Issuer:
    def __init__(self, seed=1, effective="2025-01-01", expiry="2030-12-31"):
        self.seed = seed
        self.effective, self.expiry = days(effective), days(expiry)
        self.roots = {n: crypto.key_of(seed * 1000 + n) for n in range(1, 6)}
        self.keys = {role: crypto.key_of(seed * 1000 + 100 + role)
                     for role in (ROLE_STATION_CA, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST)}
        self.serial = 0
        self.authorities = {}

    def _serial(self):
        self.serial += 1
        return struct.pack(">I", self.serial)[1:]

    def root_point(self, generation=1):
        return crypto.point(self.roots[generation])

    def root_hash(self, generation):
        return sha256(self.root_point(generation))

    def authority(self, role, root=1, generation=1):
        """The certificate of a CA or signer, under a root: made once, as a city does."""
        made = self.authorities.get((role, root, generation))
        if not made:
            made = self.authorities[role, root, generation] = self.new_authority(role, root, generation)
        return made

    def new_authority(self, role, root=1, generation=1, key=None, **changes):
        fields = {"effective": self.effective, "expiry": self.expiry, **changes}
        certificate = Certificate(role=role, issuer=(ROLE_ROOT, root), generation=generation, serial=self._serial(),
                                  point=crypto.point(key or self.keys[role]), **fields)
        return certificate.make(crypto.signer(self.roots[root]))

    def terminal(self, role, key, terminal, effective, expiry, signer=None, **rights):
        certificate = Certificate(role=role, issuer=(ROLE_STATION_CA, 1), point=crypto.point(key), terminal=terminal,
                                  effective=days(effective), expiry=days(expiry), serial=self._serial(), **rights)
        return certificate.make(crypto.signer(signer or self.keys[ROLE_STATION_CA]))

    def card(self, alias, agreement_point, signing_compressed, **changes):
        fields = {"effective": self.effective, "expiry": self.expiry, **changes}
        certificate = Certificate(role=ROLE_CARD, issuer=(ROLE_CARD_CA, 1), point=agreement_point, alias=alias,
                                  signing_key=signing_compressed, serial=self._serial(), **fields)
        return certificate.make(crypto.signer(self.keys[ROLE_CARD_CA]))

    def signed(self, role, record):
        return record + crypto.signer(self.keys[role])(record)

    def grant(self, record):
        """Signs an identity record or a mandate; record: bytes or an object with pack()."""
        return self.signed(ROLE_GRANT, record if isinstance(record, bytes) else record.pack())

    def notice(self, alias, kind, number, issued):
        return self.signed(ROLE_LIST, notice(alias, kind, number, issued))

    def link(self, generation, old_until=0, key=None, next_hash=None):
        key = key or self.roots[generation]
        record = link(generation, crypto.point(key)[1:], next_hash or self.root_hash(generation + 1), old_until)
        return record + crypto.signer(key)(record)
