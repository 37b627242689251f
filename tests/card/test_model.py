# SPDX-License-Identifier: Apache-2.0
"""The card in lock-step with an independent model of it, through random sequences of commands.

The card runs behind a pipe (card-pipe): no reader, so that thousands of commands fit a test. Every answer, entry and status
must be what the model says.
"""
import os
import unittest

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import client
import crypto
import pipe
import story
from card_model import CardModel, Context, Identity, Leaf, Refuse
from records import (GRAM, MONTH, ONCE, RUPIAH, WEEK, ROLE_AUDITOR, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, ROLE_REGISTRAR,
                     ROLE_STATION_CA, ROLE_STORE, Mandate, Purse, date_of, days, identity, sha256)

LONG = os.environ.get("SBK_LONG") == "1"
EXAMPLES, STEPS = (4000, 80) if LONG else (120, 50)


CITY = story.issuer.Issuer()
KEYS = {name: crypto.key_of(7000 + number) for number, name in enumerate(("A", "B", "R", "Q", "X"))}
LEAVES = {
    "A": Leaf(ROLE_STORE, "ST-A", days("2025-10-01"), days("2026-03-31"), outlet="EW-A"),
    "A late": Leaf(ROLE_STORE, "ST-A", days("2025-12-01"), days("2026-03-31"), outlet="EW-A"),
    "B": Leaf(ROLE_STORE, "ST-B", days("2025-11-10"), days("2025-12-20"), outlet="EW-B", programmes=2,
              limits=(3000, None, 0, 250000)),
    "R": Leaf(ROLE_REGISTRAR, "REG-1", days("2025-10-05"), days("2026-03-31")),
    "Q": Leaf(ROLE_REGISTRAR, "REG-2", days("2025-10-05"), days("2026-03-31"), kelurahan="6472071002"),
    "R old": Leaf(ROLE_REGISTRAR, "REG-1", days("2025-07-01"), days("2025-09-30")),
    "X": Leaf(ROLE_AUDITOR, "AUD", days("2025-10-05"), days("2026-03-31")),
}
STATION_CA = CITY.authority(ROLE_STATION_CA)
CARD_CA = CITY.authority(ROLE_CARD_CA)
GRANT, LISTS = CITY.authority(ROLE_GRANT), CITY.authority(ROLE_LIST)
ALIAS = bytes.fromhex("A1A2A3A4A5A6A7A8")
OTHER = bytes(8)
PINS = {1: "135790", 2: "2468"}
WRONG = "999999"


def certificate(name):
    leaf = LEAVES[name]
    return CITY.terminal(leaf.role, KEYS[name[0]], leaf.terminal, str(date_of(leaf.effective)), str(date_of(leaf.expiry)),
                         outlet=leaf.outlet, kelurahan=leaf.kelurahan, programmes=leaf.programmes, limits=leaf.limits)


CERTIFICATES = {name: certificate(name) for name in LEAVES}
FIRST = [
    Purse(0, 1, 1, GRAM, 1, 10000, days("2025-10-01"), MONTH, 3, carry=0, priority=0),
    Purse(2, 2, 2, RUPIAH, 0, 300000, days("2025-10-01"), MONTH, 3, carry=1, priority=1),
    Purse(5, 3, 1, GRAM, 2, 700, days("2025-10-08"), WEEK, 8, carry=1, priority=2),
    Purse(7, 4, 2, RUPIAH, 3, 50000, days("2025-12-05"), ONCE, 1, carry=0, priority=3),
]


def later_purses(number):
    """Purses of a later mandate: some stay, some move to another slot, some end and are inherited.

    The heirs make a chain, of which a card that missed a mandate lacks a link: 101 inherits from 2, 103 from 102, ... In every
    fifth mandate a purse counts up to the largest amount that there is.
    """
    kept = Purse(4, 1, 1, GRAM, 1, 10000, days("2025-10-01"), MONTH, 3, carry=0, priority=0)
    giver = [100 + number - 1, 2, 1, 0][number % 4] if number > 2 else 2
    amount = 0xFFFFFF // 4 if number % 5 == 0 else 100000
    heir = Purse(6, 100 + number, 2, RUPIAH, 0, amount, days("2025-11-01"), MONTH, 4, carry=1, priority=1, inherits=giver)
    return [kept, heir] if number % 3 and giver != 1 else [heir]


when = st.sampled_from(["2025-10-10", "2025-11-01", "2025-11-15", "2025-12-01", "2025-12-06", "2026-01-02", "2026-06-01"])
amounts = st.sampled_from([1, 500, 700, 1400, 3001, 5000, 10000, 100000, 250001, 300000, 600000, 0xFFFFFF // 2,
                           0xFFFFFE, 0xFFFFFF])
debit_lists = st.lists(st.tuples(st.sampled_from([0, 2, 4, 5, 6, 7]), amounts), min_size=1, max_size=4,
                       unique_by=lambda row: row[0])


class LockStep(RuleBasedStateMachine):
    @initialize(active=st.sampled_from([True, True, True, False]), flags=st.sampled_from([3, 3, 3, 1, 0]),
                outlet=st.sampled_from(["", "", "", "EW-A"]))
    def encode(self, active, flags, outlet):
        self.pipe = pipe.Pipe()
        self.card = client.Card(self.pipe.transmit)
        record = CITY.grant(identity(ALIAS, 1, "100000000008", "6472051001", days("2025-10-01"), days("2026-02-15"),
                                     "Budi Santoso", "Siti"))
        mandate = Mandate(ALIAS, 1, days("2025-10-01"), FIRST, flags=flags, outlet=outlet)
        packed = CITY.grant(mandate)
        self.card.open_bureau(story.TEST_MASTER)
        self.agreement, signing = self.card.personalize(CITY.root_point(1), CITY.root_hash(2), ALIAS, GRANT, record, packed)
        self.signing = bytes([2 + (signing[64] & 1)]) + signing[1:33]
        self.certificate = CITY.card(ALIAS, self.agreement, self.signing)
        self.model = CardModel(ALIAS, Identity(1, "6472051001", days("2025-10-01"), days("2026-02-15"), "Siti"), mandate,
                               sha256(packed))
        self.transactions = 0
        self.model.certificate_from = CITY.effective
        self.past = []
        self.voids = []
        if active:
            self.tap("R")
            self.activate("2025-11-01", True, True)

    def teardown(self):
        if hasattr(self, "pipe"):
            self.pipe.close()

    def both(self, ask_card, ask_model):
        """Runs both sides; their answers or refusals must be the same."""
        outcomes = []
        for ask in (ask_model, ask_card):
            try:
                outcomes.append(("done", ask()))
            except (Refuse, client.Refused) as refusal:
                outcomes.append(("refused", "%04X" % refusal.sw))
        expected, got = outcomes
        assert expected == got, "model %r, card %r" % (expected, got)
        if hasattr(got[1], "signature"):
            client.verify_entry(got[1], self.signing)
        return got[0] == "done"

    @rule(name=st.sampled_from(sorted(LEAVES)))
    def tap_card(self, name):
        self.tap(name)

    def tap(self, name):
        def ask():
            self.card.open()
            self.card.authenticate(KEYS[name[0]], CERTIFICATES[name], self.agreement, ca=STATION_CA)

        self.terminal = name if self.both(ask, lambda: self.model.open(LEAVES[name])) else None

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule()
    def look(self):
        expected = self.model.status()
        status = self.card.status()
        assert {name: status[name] for name in expected} == expected
        for counter in range(max(0, len(self.model.entries) - 18), len(self.model.entries) + 1):
            self.both(lambda: self.card.receipt(counter), lambda: self.model.receipt(counter))

    def context(self, moment, off=0, wrong=False, transaction=None):
        entries = self.model.entries
        if transaction is None:
            self.transactions += 1
            transaction = self.transactions
        previous = entries[-1].hash() if entries else bytes(32)
        return Context(max(0, len(entries) + off), transaction, story.at(moment), bytes(32) if wrong else previous,
                       transaction, sha256(b"%d" % transaction))

    @staticmethod
    def packed(context):
        return client.Card.context(context.counter, context.transaction, context.time, context.previous, context.log_size,
                                   context.log_root)

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule(moment=when, holder=st.booleans(), alternate=st.booleans())
    def activate_card(self, moment, holder, alternate):
        self.activate(moment, holder, alternate)

    def activate(self, moment, holder, alternate):
        context = self.context(moment, off=-len(self.model.entries))
        context.previous = bytes(32)
        holder, alternate = PINS[1] if holder else "", PINS[2] if alternate else ""
        self.both(lambda: self.card.activate(self.packed(context), CARD_CA, self.certificate, holder, alternate),
                  lambda: self.model.activate(context, self.certificate, holder, alternate))

    @precondition(lambda self: getattr(self, "terminal", None) and self.model.entries)
    @rule(moment=when, debits=debit_lists, who=st.sampled_from([0, 1, 1, 1, 2]), right=st.sampled_from([True] * 5 + [False]),
          off=st.sampled_from([0] * 8 + [-1, 1]), wrong=st.sampled_from([False] * 8 + [True]))
    def debit(self, moment, debits, who, right, off, wrong):
        pin = (PINS[who] if right else WRONG) if who else ""
        context = self.context(moment, off, wrong)
        digest = sha256(b"basket %d" % context.transaction)
        self.past.append((context, digest, debits, who, pin))
        self.both(lambda: self.card.debit(self.packed(context), digest, debits, who, pin),
                  lambda: self.model.debit(context, digest, debits, who, pin))

    @precondition(lambda self: getattr(self, "terminal", None) and self.past)
    @rule(data=st.data(), change=st.sampled_from(["none", "none", "amount", "counter", "digest"]))
    def repeat(self, data, change):
        context, digest, debits, who, pin = data.draw(st.sampled_from(self.past[-20:]))
        if change == "amount":
            debits = [(slot, amount % 0xFFFFFF + 1) for slot, amount in debits]
        elif change == "counter":
            context = Context(len(self.model.entries), context.transaction, context.time, context.previous)
        elif change == "digest":
            digest = bytes(32)
        self.both(lambda: self.card.debit(self.packed(context), digest, debits, who, pin),
                  lambda: self.model.debit(context, digest, debits, who, pin))

    @precondition(lambda self: getattr(self, "terminal", None) and self.model.entries)
    @rule(moment=when, back=st.integers(0, 18))
    def void(self, moment, back):
        context = self.context(moment)
        counter = max(0, len(self.model.entries) - 1 - back)
        self.voids.append((context, counter))
        self.both(lambda: self.card.void(self.packed(context), counter), lambda: self.model.void(context, counter))

    @precondition(lambda self: getattr(self, "terminal", None) and self.voids)
    @rule(data=st.data(), change=st.sampled_from(["none", "none", "none", "counter", "voided", "debit"]))
    def repeat_void(self, data, change):
        context, counter = data.draw(st.sampled_from(self.voids[-20:]))
        if change == "counter":
            context = Context(len(self.model.entries), context.transaction, context.time, context.previous)
        elif change == "voided":
            counter += 1
        if change == "debit":
            digest = sha256(b"another")
            self.both(lambda: self.card.debit(self.packed(context), digest, [(0, 1)]),
                      lambda: self.model.debit(context, digest, [(0, 1)], 0, ""))
        else:
            self.both(lambda: self.card.void(self.packed(context), counter), lambda: self.model.void(context, counter))

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule(moment=when, step=st.sampled_from([0, 1, 1, 1, 2]), status=st.sampled_from([1] * 8 + [2, 2, 3]),
          holds=st.sampled_from([True] * 6 + [False]), flags=st.sampled_from([3, 3, 3, 0, 0x83]),
          alias=st.sampled_from([ALIAS] * 8 + [OTHER]), outlet=st.sampled_from(["", "", "", "EW-A", "EW-B"]))
    def mandate(self, moment, step, status, holds, flags, alias, outlet):
        number = self.model.mandate.number + step
        mandate = Mandate(alias, number, days(moment), later_purses(number), status, flags, outlet)
        packed = CITY.grant(mandate) if holds else CITY.signed(ROLE_LIST, mandate.pack())
        context = self.context("2025-12-10")
        self.both(lambda: self.card.deliver_mandate(self.packed(context), GRANT, packed),
                  lambda: self.model.deliver_mandate(context, mandate, packed, alias, holds))

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule(kind=st.sampled_from([1, 2, 2]), number=st.sampled_from([1, 2, 3, 4, 65535, 65536, 65540, 2**32 - 1]), holds=st.sampled_from([True] * 6 + [False]),
          alias=st.sampled_from([ALIAS] * 6 + [OTHER]))
    def notice(self, kind, number, holds, alias):
        record = CITY.notice(alias, kind, number, 20400)
        signer = LISTS if holds else GRANT
        self.both(lambda: self.card.deliver_record(signer, record),
                  lambda: self.model.deliver_notice(kind, number, alias, holds))

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule(step=st.integers(0, 1), alternate=st.sampled_from(["Siti", "Rahmat", ""]),
          kelurahan=st.sampled_from(["6472051001"] * 3 + ["6472071002"]))
    def identity(self, step, alternate, kelurahan):
        number = self.model.identity.number + step
        fresh = Identity(number, kelurahan, days("2025-10-01"), days("2026-02-15"), alternate)
        record = CITY.grant(identity(ALIAS, number, "100000000008", kelurahan, fresh.valid_from, fresh.valid_until,
                                     "Budi Santoso", alternate))
        self.both(lambda: self.card.deliver_record(GRANT, record), lambda: self.model.deliver_identity(fresh))

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule(later=st.integers(0, 2), holds=st.sampled_from([True] * 4 + [False]), alias=st.sampled_from([ALIAS] * 4 + [OTHER]))
    def renewal(self, later, holds, alias):
        effective = self.model.certificate_from + later
        record = CITY.card(alias, self.agreement, self.signing, effective=effective)
        if not holds:
            record = record[:-1] + bytes([record[-1] ^ 1])
        self.both(lambda: self.card.deliver_record(CARD_CA, record),
                  lambda: self.model.deliver_certificate(effective, alias, holds))
        if self.model.certificate_from == effective and later and self.terminal[0] != "X" and self.model.state() in (2, 3) \
                and holds and alias == ALIAS:
            self.certificate_now = record
        if self.model.entries:
            assert self.card.record(0xBF21) == getattr(self, "certificate_now", self.certificate)

    @precondition(lambda self: getattr(self, "terminal", None))
    @rule(which=st.sampled_from([(1,), (2,), (1, 2)]))
    def set_pin(self, which):
        holder, alternate = (PINS[who] if who in which else "" for who in (1, 2))
        self.both(lambda: self.card.set_pin(holder, alternate), lambda: self.model.set_pin(holder, alternate))

    @rule()
    def pull(self):
        """A power cycle: nothing but the session is lost."""
        self.pipe.reset()
        self.terminal = None


LockStep.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=not LONG,
                                      suppress_health_check=list(HealthCheck), print_blob=True)
TestLockStep = LockStep.TestCase

if __name__ == "__main__":
    unittest.main()
