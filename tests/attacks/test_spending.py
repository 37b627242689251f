# SPDX-License-Identifier: Apache-2.0
"""Attacks by stations and holders on what a card spends: other purses, programmes and outlets, a lie about the receipt
before, a counter driven to its end, a card put back to an older day."""
import struct
import unittest

from cryptography.exceptions import InvalidSignature

from card_under_attack import (HEAD, PIN, ROLE_AUDITOR, ROLE_GRANT, ROLE_LIST, ROLE_REGISTRAR, Attack, client, crypto,
                               days, story)
from records import Mandate

RICE, OIL, MONEY = 0, 1, 2
COUNTER = HEAD + 5  # specification part E: u32 in the applet's head


class Spending(Attack):
    def debit(self, debits, who=1, pin=PIN, digest=None, **changes):
        return self.card.debit(self.context(**changes), digest or story.rice(1000), debits, who, pin)

    def test_cross_purse(self):
        """No purse lends to another, none twice in a command, none that is not there."""
        self.tap()
        self.refused(0x9407, self.debit, [(OIL, 2001)])  # rice would have it
        self.refused(0x9407, self.debit, [(RICE, 9000), (OIL, 2001)])
        self.refused(0x9407, self.debit, [(MONEY, 600001)])
        self.refused(0x6A80, self.debit, [(RICE, 5000), (RICE, 5001)])
        self.refused(0x6A80, self.debit, [(RICE, 0)])
        for slot in (3, 7, 8, 0x80, 0xFF):
            self.refused(0x940E, self.debit, [(slot, 1)])
        self.refused((0x6A80, 0x6700), self.debit, [])
        self.refused((0x6A80, 0x6700), self.debit, [(slot, 1) for slot in range(5)])
        self.refused(0x9407, self.debit, [(RICE, 0xFFFFFF)])
        self.unharmed()

    def test_cross_programme(self):
        money_only = self.terminal(programmes=1 << 1)
        self.tap(money_only)
        self.refused(0x9408, self.debit, [(RICE, 1)])
        self.refused(0x9408, self.debit, [(MONEY, 1), (RICE, 1)])
        for programmes in (0, 0xFFFFFFFC):
            self.tap(self.terminal(name="EW-003-A", programmes=programmes))
            for slot in (RICE, OIL, MONEY):
                self.refused(0x9408, self.debit, [(slot, 1)])
        self.unharmed()

    def test_other_outlet(self):
        bound = Mandate(self.family.alias, 2, days("2025-11-10"), self.family.purses, flags=3, outlet="EW-001")
        self.tap()
        self.entry = self.card.deliver_mandate(self.context(), self.city.authority(ROLE_GRANT), self.city.grant(bound))
        self.transaction += 1
        for outlet in ("EW-002", "EW-0010", "EW-00", "EW-101", "ew-001"):
            with self.subTest(outlet):
                self.tap(self.terminal(outlet=outlet))
                self.refused(0x9409, self.debit, [(RICE, 1)])
        self.unharmed()

    def test_a_station_that_lies_about_the_previous_receipt(self):
        """Nothing but the hash of the newest entry: not an older one, not a part of it, not what else the card tells."""
        self.tap()
        first = self.entry
        second = self.buy()
        status = self.card.command(0x10)
        lies = {"zeros": bytes(32), "the entry before": first.hash(),
                "one bit": bytes([second.hash()[0] ^ 1]) + second.hash()[1:],
                "last bit": second.hash()[:-1] + bytes([second.hash()[-1] ^ 1]), "its previous": second.previous,
                "its digest": second.digest, "its log head": second.log_root,
                "the mandate's hash": status[102:114] + bytes(20),
                "the signature": second.signature[:32],
                "hash with signature": story.sha256(second.pack() + second.signature)}
        for name, previous in lies.items():
            with self.subTest(name):
                self.refused(0x9404, self.debit, [(RICE, 1)], previous=previous)
        void = self.context(previous=first.hash())
        self.refused(0x9404, self.card.void, void, second.counter)
        renewed = Mandate(self.family.alias, 2, days("2025-11-10"), self.family.purses, flags=3)
        self.refused(0x9404, self.card.deliver_mandate, self.context(previous=first.hash()),
                     self.city.authority(ROLE_GRANT), self.city.grant(renewed))
        self.unharmed()

    def test_other_counters(self):
        self.tap()
        self.buy()
        for counter in (0, 1, 3, 0x7FFFFFFF, 0xFFFFFFFF):
            with self.subTest(counter):
                self.refused((0x9401, 0x9402, 0x9403), self.debit, [(RICE, 1)], counter=counter)

    def test_a_transaction_number_used_again(self):
        self.tap()
        made = self.buy()
        number = made.transaction
        self.refused(0x9402, self.debit, [(RICE, 2000)], transaction=number)
        self.refused(0x9402, self.debit, [(RICE, 2000)], transaction=number, counter=1, previous=made.previous)
        self.refused(0x9402, self.debit, [(OIL, 1000)], transaction=number, counter=1, previous=made.previous)
        self.refused(0x9402, self.debit, [(RICE, 1000)], transaction=number, counter=1, previous=made.previous,
                     digest=story.rice(2000))
        self.refused(0x6A80, self.debit, [(RICE, 1)], transaction=0)
        again = self.debit([(RICE, 1000)], transaction=number, counter=1, previous=made.previous)
        self.assertEqual(again.pack() + again.signature, made.pack() + made.signature)
        self.assertEqual(self.card.status()["purses"][RICE][2], 1000)

    def test_counter_at_its_end(self):
        """Entries up to FFFFFFFE; none after it, and none that begins again at zero."""
        self.tap()
        self.buy()
        # Three places before the end, where the ring's place of the newest entry stays the one that holds it.
        near = 0xFFFFFFFC - (0xFFFFFFFC - self.entry.counter) % 17
        image = bytearray(self.image())
        struct.pack_into(">I", image, COUNTER, near)
        self.load(image)
        self.entry.counter = near
        self.tap()
        self.assertEqual(self.card.status()["counter"], near)
        previous = image[HEAD + 32 : HEAD + 64]
        while self.entry.counter < 0xFFFFFFFE:
            made = self.debit([(RICE, 1)], previous=bytes(previous))
            self.assertEqual(made.counter, self.entry.counter + 1)
            self.entry, self.transaction, previous = made, self.transaction + 1, made.hash()
        for counter in (0xFFFFFFFF, 0):
            with self.subTest(counter):
                with self.assertRaises(client.Refused):
                    self.debit([(RICE, 1)], counter=counter)
                self.assertEqual(self.card.status()["counter"], 0xFFFFFFFE)
                self.assertEqual(self.card.receipt(0xFFFFFFFE).pack(), self.entry.pack())
        spent = self.card.status()["purses"][RICE][2]
        self.assertLess(spent, 1000 + 20)

    def test_an_image_put_back(self):
        """The copy goes on from where it was, and signs an entry that forks from the card's: whoever holds both sees it."""
        old = self.image()
        self.tap()
        before = self.entry
        first = self.buy([(RICE, 10000)])
        self.load(old)
        self.entry, self.transaction = before, 50
        self.tap()
        # A store that knows the newer receipt cannot even speak to it.
        self.refused(0x9401, self.debit, [(RICE, 1)], counter=first.counter + 1, previous=first.hash())
        second = self.buy([(RICE, 10000)])
        self.assertEqual((first.counter, first.previous), (second.counter, second.previous))
        self.assertNotEqual(first.hash(), second.hash())
        for made in (first, second):
            client.verify_entry(made, self.family.signing_compressed)

    def test_windows_of_other_days(self):
        """A claimed date opens nothing, and one outside the certificate counts for nothing."""
        self.tap()
        for day, word in (("2025-10-31", 0x940B), ("2026-01-01", 0x940B), ("2025-12-01", 0x9406), ("1970-01-01", 0x940B)):
            with self.subTest(day):
                self.refused(word, self.debit, [(RICE, 1)], time=story.at(day))
        self.refused(0x940B, self.debit, [(RICE, 1)], time=0xFFFFFFFF)
        december = self.terminal(since="2025-11-30", until="2026-12-31")
        self.tap(december)
        self.refused(0x9406, self.debit, [(RICE, 1)], time=story.at("2025-12-31"))  # the floor is November
        # MONEY carries over: November's certificate shows two windows, whatever date the station claims.
        self.refused(0x9407, self.debit, [(MONEY, 600001)], time=story.at("2025-12-31"))

    def test_roles(self):
        for role in (ROLE_REGISTRAR, ROLE_AUDITOR):
            self.tap(self.terminal(role, "OTHER"))
            self.refused(0x940F, self.debit, [(RICE, 1)])
            self.refused(0x940F, self.card.void, self.context(), 1)
        self.tap()
        self.refused(0x940F, self.card.set_pin, "111111")
        self.refused(0x940F, self.card.activate, self.context(), self.station_ca, self.family.certificate, "111111")
        elsewhere = self.terminal(ROLE_REGISTRAR, "REG-2", kelurahan="6472051002")
        self.tap(elsewhere)
        self.card.deliver_record(self.city.authority(ROLE_LIST), self.city.notice(self.family.alias, 2, 1, 20400))
        self.tap(elsewhere)
        self.refused(0x9410, self.card.set_pin, "111111")

    def test_pins_are_not_found_by_trying(self):
        """Five tries in all, over sessions, stations and power cuts; the right PIN too late does not help."""
        for tries in range(4, -1, -1):
            self.tap(self.terminal(name="EW-%03d-A" % (tries + 10)) if tries % 2 else None)
            with self.assertRaises(client.Refused) as caught:
                self.debit([(RICE, 1)], pin="%06d" % tries)
            self.assertEqual(caught.exception.sw, 0x63C0 | tries)
            self.pipe.reset()
        self.tap()
        self.refused(0x6983, self.debit, [(RICE, 1)])
        self.assertEqual(self.card.status()["holder_tries"], 0)

    def test_voids_of_what_is_not_ones_own(self):
        self.tap()
        first = self.buy()
        self.tap(self.terminal())
        context = self.context(transaction=1)
        self.refused(0x9414, self.card.void, context, first.counter)
        self.refused(0x9414, self.card.void, context, 0)
        self.refused(0x9403, self.card.void, context, first.counter + 1)
        self.tap()
        void = self.card.void(self.context(), first.counter)
        self.entry, self.transaction = void, self.transaction + 1
        self.refused(0x9415, self.card.void, self.context(), first.counter)
        self.refused(0x9414, self.card.void, self.context(), void.counter)
        self.unharmed()

    def test_signatures_are_the_cards(self):
        """No entry verifies under another key, or with a byte changed."""
        self.tap()
        made = self.buy()
        with self.assertRaises(InvalidSignature):
            client.verify_entry(made, crypto.compressed(crypto.key_of(3)))
        made.time ^= 1
        with self.assertRaises(InvalidSignature):
            client.verify_entry(made, self.family.signing_compressed)


if __name__ == "__main__":
    unittest.main()
