# SPDX-License-Identifier: Apache-2.0
"""An independent model of the entitlement applet, from schema/card-specification.md parts B to D.

It knows what an authenticated session may ask and what the card must answer: an Entry without signature, a dictionary, or
Refuse with a status word. Signatures and channels are not its business: a delivered record is given as its fields and
whether its signature holds.
"""
import struct
from dataclasses import dataclass, field

from records import (KIND_ACTIVATION, KIND_DEBIT, KIND_MANDATE, KIND_VOID, ROLE_AUDITOR, ROLE_REGISTRAR, ROLE_STORE, Entry,
                     Mandate, padded, sha256, u24, wita_day)

RING = 16
TRIES = 5
AMOUNT_MAX = 0xFFFFFF
CLOSED, ACTIVE, STOPPED, ENDED = 1, 2, 3, 4


class Refuse(Exception):
    def __init__(self, sw):
        super().__init__("%04X" % sw)
        self.sw = sw


@dataclass
class Identity:
    number: int
    kelurahan: str
    valid_from: int
    valid_until: int
    alternate: str


@dataclass
class Leaf:
    """What the model needs of a terminal's certificate."""

    role: int
    terminal: str
    effective: int
    expiry: int
    outlet: str = ""
    kelurahan: str = "6472051001"
    programmes: int = 0xFFFFFFFF
    limits: tuple = (None, None, None, None)


@dataclass
class Spent:
    grant: int = 0
    window: int = 0
    spent: int = 0
    credit: int = 0


@dataclass
class Context:
    counter: int
    transaction: int
    time: int
    previous: bytes = bytes(32)
    log_size: int = 1
    log_root: bytes = bytes(32)


@dataclass
class CardModel:
    alias: bytes
    identity: Identity
    mandate: Mandate
    mandate_hash: bytes
    floor: int = 0
    entries: list = field(default_factory=list)
    stopped: int = 0
    reset_epoch: int = 0
    reset_done: int = 0
    certificate_from: int = 0
    pins: dict = field(default_factory=dict)
    tries: dict = field(default_factory=lambda: {1: TRIES, 2: TRIES})
    spent: list = field(default_factory=lambda: [Spent() for _ in range(8)])
    leaf: Leaf = None

    def __post_init__(self):
        self.floor = self.mandate.issued
        for purse in self.mandate.purses:
            self.spent[purse.slot] = Spent(purse.grant)

    # ---- state and session ----

    def state(self):
        if not self.entries:
            return CLOSED
        if self.mandate.status == 3:
            return ENDED
        if self.mandate.status == 2 or self.stopped >= self.mandate.number:
            return STOPPED
        return ACTIVE

    def open(self, leaf):
        """PSO and MUTUAL AUTHENTICATE of a terminal whose certificate holds."""
        self.leaf = None
        if leaf.expiry < self.floor:
            raise Refuse(0x940C)
        self.leaf = leaf

    def session_floor(self):
        return max(self.floor, self.leaf.effective)

    def ring(self):
        return self.entries[-RING:]

    def role(self, *roles):
        if self.leaf.role not in roles:
            raise Refuse(0x940F)

    def repeat(self, context, kind, same):
        for entry in self.ring():
            if entry.terminal == padded(self.leaf.terminal, 12) and entry.transaction == context.transaction:
                if entry.counter == context.counter and entry.kind == kind and same(entry):
                    return entry
                raise Refuse(0x9402)
        expected = len(self.entries)
        if context.counter != expected:
            raise Refuse(0x9403 if context.counter + RING < expected else 0x9401)
        return None

    def judge(self, context, may_be_stopped):
        state = self.state()
        if state == CLOSED:
            raise Refuse(0x9420)
        if state == ENDED:
            raise Refuse(0x9422)
        if state == STOPPED and not may_be_stopped:
            raise Refuse(0x9421)
        self.judge_time(context)
        if context.previous != self.entries[-1].hash():
            raise Refuse(0x9404)

    def judge_time(self, context):
        if not self.leaf.effective <= wita_day(context.time) <= self.leaf.expiry:
            raise Refuse(0x940B)

    def date(self, context):
        return max(self.session_floor(), wita_day(context.time))

    def append(self, context, kind, digest, detail=bytes(40), who=0, floor=None):
        previous = self.entries[-1].hash() if self.entries else bytes(32)
        entry = Entry(self.alias, context.counter, previous, kind, who, self.mandate.number,
                      padded(self.leaf.terminal, 12), context.transaction, context.time, context.log_size,
                      context.log_root, digest, detail, self.session_floor() if floor is None else floor)
        self.entries.append(entry)
        return entry

    # ---- reading ----

    def status(self):
        return {
            "state": self.state(),
            "flags": (bool(self.entries) | (1 in self.pins) << 1 | (2 in self.pins) << 2 |
                      (self.reset_epoch > self.reset_done) << 3),
            "counter": max(len(self.entries) - 1, 0),
            "mandate": self.mandate.number,
            "identity": self.identity.number,
            "floor": self.session_floor(),
            "stopped": self.stopped,
            "reset_epoch": self.reset_epoch,
            "reset_done": self.reset_done,
            "holder_tries": self.tries[1],
            "alternate_tries": self.tries[2],
            "purses": [(one.grant, one.window, one.spent, one.credit) for one in self.spent],
            "mandate_hash": self.mandate_hash[:12],
        }

    def receipt(self, counter):
        for entry in self.ring():
            if entry.counter == counter:
                return entry
        raise Refuse(0x6A83)

    # ---- debits ----

    def balance(self, purse, floor, date):
        """D.1: (state, window, balance)."""
        state, window, allowed = purse.allowed(floor, date)
        kept = self.spent[purse.slot]
        spent = kept.spent
        if not purse.carry and kept.window != window:
            spent = 0 if kept.window < window else allowed
        return state, window, max(allowed + (kept.credit if purse.carry else 0) - spent, 0)

    def debit(self, context, digest, debits, who, pin):
        self.role(ROLE_STORE)
        slots = [slot for slot, _ in debits]
        if not 1 <= len(debits) <= 4 or len(set(slots)) < len(slots) or any(amount < 1 for _, amount in debits):
            raise Refuse(0x6A80)
        before = self.repeat(context, KIND_DEBIT, lambda entry: entry.digest == digest and
                             [(row[0], row[3]) for row in entry.debits()] == debits)
        if before:
            return before
        self.judge(context, may_be_stopped=False)
        rows = self.judge_debits(debits, self.date(context))
        self.judge_person(who, pin)
        detail = b""
        for purse, amount, window in rows:
            kept = self.spent[purse.slot]
            if not purse.carry and kept.window < window:
                kept.spent = 0
            kept.spent += amount
            kept.window = window
            detail += struct.pack(">BHB", purse.slot, purse.grant, window) + u24(amount) + u24(kept.spent)
        self.floor = self.session_floor()
        return self.append(context, KIND_DEBIT, digest, detail.ljust(40, b"\0"), who)

    def judge_debits(self, debits, date):
        if not self.identity.valid_from <= date <= self.identity.valid_until:
            raise Refuse(0x9423)
        purses = {purse.slot: purse for purse in self.mandate.purses}
        for slot, _ in debits:
            if slot not in purses:
                raise Refuse(0x940E)
            if not self.leaf.programmes >> (purses[slot].programme - 1) & 1:
                raise Refuse(0x9408)
            if self.mandate.outlet and self.mandate.outlet != self.leaf.outlet:
                raise Refuse(0x9409)
        rows = []
        sums = {}
        for slot, amount in debits:
            purse = purses[slot]
            state, window, balance = self.balance(purse, self.session_floor(), date)
            if state != "open":
                raise Refuse(0x9405 if state == "not open" else 0x9406)
            sums[purse.unit] = sums.get(purse.unit, 0) + amount
            limit = self.leaf.limits[purse.unit - 1]
            if limit is not None and sums[purse.unit] > limit:
                raise Refuse(0x940A)
            kept = self.spent[slot]
            before = 0 if not purse.carry and kept.window < window else kept.spent
            if amount > balance or before + amount > AMOUNT_MAX:
                raise Refuse(0x9407)
            rows.append((purse, amount, window))
        return rows

    def judge_person(self, who, pin):
        if not self.mandate.flags & 1:
            if who or pin:
                raise Refuse(0x6A80)
            return
        if who not in (1, 2) or (who == 2 and not self.mandate.flags & 2) or who not in self.pins or not pin:
            raise Refuse(0x940D)
        if not self.tries[who]:
            raise Refuse(0x6983)
        if self.pins[who] != pin:
            self.tries[who] -= 1
            raise Refuse(0x63C0 | self.tries[who])
        self.tries[who] = TRIES

    def void(self, context, counter):
        self.role(ROLE_STORE)
        voided = next((entry for entry in self.ring() if entry.counter == counter), None)
        before = self.repeat(context, KIND_VOID, lambda entry: counter < entry.counter and
                             (voided is None or entry.digest == voided.hash()))
        if before:
            return before
        self.judge(context, may_be_stopped=False)
        if voided is None:
            raise Refuse(0x9403)
        self.judge_own(voided, self.date(context))
        if any(entry.kind == KIND_VOID and entry.digest == voided.hash() for entry in self.ring()):
            raise Refuse(0x9415)
        detail = b""
        for slot, grant, window, amount, _ in voided.debits():
            self.spent[slot].spent -= amount
            detail += struct.pack(">BHB", slot, grant, window) + u24(amount) + u24(self.spent[slot].spent)
        self.floor = self.session_floor()
        return self.append(context, KIND_VOID, voided.hash(), detail.ljust(40, b"\0"))

    def judge_own(self, voided, date):
        purses = {purse.slot: purse for purse in self.mandate.purses}
        if voided.kind != KIND_DEBIT or voided.terminal != padded(self.leaf.terminal, 12):
            raise Refuse(0x9414)
        if voided.mandate != self.mandate.number:
            raise Refuse(0x9414)
        for slot, grant, window, _, _ in voided.debits():
            state, now, _ = purses[slot].allowed(self.session_floor(), date)
            if state != "open" or now != window or self.spent[slot].window != window or self.spent[slot].grant != grant:
                raise Refuse(0x9414)

    # ---- deliveries ----

    def deliver_mandate(self, context, mandate, packed, alias=None, holds=True):
        """packed: the record with its signature, for its hash."""
        self.role(ROLE_STORE, ROLE_REGISTRAR)
        before = self.repeat(context, KIND_MANDATE, lambda entry: entry.digest == sha256(packed))
        if before:
            return before
        self.judge(context, may_be_stopped=True)
        if not holds:
            raise Refuse(0x9413)
        if (alias or self.alias) != self.alias:
            raise Refuse(0x9412)
        if mandate.number <= self.mandate.number:
            raise Refuse(0x9411)
        old = {purse.grant: purse for purse in self.mandate.purses}
        kept = {one.grant: one for one in self.spent if one.grant}
        stays = {purse.grant for purse in mandate.purses}
        if any(purse.inherits in stays for purse in mandate.purses):
            raise Refuse(0x6A80)
        rests = {}
        for grant, purse in old.items():
            state, _, balance = self.balance(purse, self.session_floor(), max(self.session_floor(), mandate.issued))
            rests[grant] = balance if state == "open" else 0
        detail = b"".join(
            struct.pack(">H", one.grant) + u24(one.spent) if one.grant and one.grant not in stays else bytes(5)
            for one in self.spent)
        fresh = [Spent() for _ in range(8)]
        for purse in mandate.purses:
            fresh[purse.slot] = kept.get(purse.grant) or Spent(purse.grant)
            if purse.inherits in rests and old[purse.inherits].unit == purse.unit:
                fresh[purse.slot].credit = min(fresh[purse.slot].credit + rests[purse.inherits], AMOUNT_MAX)
        judged_by = self.session_floor()
        self.floor = mandate.issued if mandate.flags & 0x80 else self.session_floor()
        self.spent, self.mandate, self.mandate_hash = fresh, mandate, sha256(packed)
        return self.append(context, KIND_MANDATE, sha256(packed), detail, floor=judged_by)

    def judge_delivery(self, alias, holds):
        self.role(ROLE_STORE, ROLE_REGISTRAR)
        if self.state() == CLOSED:
            raise Refuse(0x9420)
        if self.state() == ENDED:
            raise Refuse(0x9422)
        if not holds:
            raise Refuse(0x9413)
        if (alias or self.alias) != self.alias:
            raise Refuse(0x9412)

    def deliver_notice(self, kind, number, alias=None, holds=True):
        self.judge_delivery(alias, holds)
        newest = "stopped" if kind == 1 else "reset_epoch"
        if number <= getattr(self, newest):
            raise Refuse(0x9411)
        if number - (self.mandate.number if kind == 1 else self.reset_epoch) > 65535:
            raise Refuse(0x6A80)
        setattr(self, newest, number)
        self.floor = self.session_floor()

    def deliver_identity(self, identity, alias=None, holds=True):
        self.judge_delivery(alias, holds)
        if identity.number <= self.identity.number:
            raise Refuse(0x9411)
        if identity.alternate != self.identity.alternate:
            self.pins.pop(2, None)
            self.tries[2] = TRIES
        self.identity = identity
        self.floor = self.session_floor()

    def deliver_certificate(self, effective, alias=None, holds=True):
        self.role(ROLE_STORE, ROLE_REGISTRAR)
        if self.state() == CLOSED:
            raise Refuse(0x9420)
        if self.state() == ENDED:
            raise Refuse(0x9422)
        if not holds:
            raise Refuse(0x6600)
        if (alias or self.alias) != self.alias:
            raise Refuse(0x9412)
        if effective <= self.certificate_from:
            raise Refuse(0x9411)
        self.certificate_from = effective
        self.floor = self.session_floor()

    # ---- the registrar ----

    def judge_kelurahan(self):
        if self.leaf.kelurahan != self.identity.kelurahan:
            raise Refuse(0x9410)

    def activate(self, context, certificate, holder, alternate):
        self.role(ROLE_REGISTRAR)
        before = self.repeat(context, KIND_ACTIVATION, lambda entry: entry.digest == sha256(certificate))
        if before:
            return before
        if self.state() != CLOSED:
            raise Refuse(0x6985)
        self.judge_time(context)
        if context.previous != bytes(32):
            raise Refuse(0x9404)
        self.judge_kelurahan()
        if self.mandate.flags & 1 and not holder:
            raise Refuse(0x6A80)
        if alternate and not self.identity.alternate:
            raise Refuse(0x940D)
        self.pins = {who: pin for who, pin in ((1, holder), (2, alternate)) if pin}
        self.floor = self.session_floor()
        return self.append(context, KIND_ACTIVATION, sha256(certificate))

    def set_pin(self, holder, alternate):
        self.role(ROLE_REGISTRAR)
        if self.state() == CLOSED:
            raise Refuse(0x9420)
        if self.state() == ENDED:
            raise Refuse(0x9422)
        self.judge_kelurahan()
        if alternate and not self.identity.alternate:
            raise Refuse(0x940D)
        for who, pin in ((1, holder), (2, alternate)):
            if pin and who in self.pins and self.reset_epoch <= self.reset_done:
                raise Refuse(0x9416)
        for who, pin in ((1, holder), (2, alternate)):
            if pin:
                self.pins[who], self.tries[who] = pin, TRIES
        if holder:
            self.reset_done = self.reset_epoch
        self.floor = self.session_floor()


__all__ = ["CardModel", "Context", "Identity", "Leaf", "Refuse", "ROLE_AUDITOR"]
