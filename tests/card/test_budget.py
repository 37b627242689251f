# SPDX-License-Identifier: Apache-2.0
"""The budgets of a tap, counted inside the card: the same on every machine."""
import unittest

import client
import pipe
import story
from records import ROLE_STATION_CA


class Budget(unittest.TestCase):
    def setUp(self):
        self.pipe = pipe.Pipe()
        self.addCleanup(self.pipe.close)
        self.card = client.Card(self.pipe.transmit)
        self.city, self.store, self.registrar = story.city_and_terminals()
        self.family = story.Family(self.city)
        self.family.encode(self.card)
        self.previous = self.family.activate(self.card, self.registrar, story.at("2025-11-16"))
        self.transaction = 0

    def counted(self, act):
        before = self.pipe.counts()
        act()
        return pipe.spent(before, self.pipe.counts())

    def assert_counts(self, counts, **limits):
        for name, limit in limits.items():
            self.assertLessEqual(counts[name], limit, "%s in %r" % (name, counts))

    def debit(self):
        self.transaction += 1
        context = self.card.context(self.previous.counter + 1, self.transaction, story.at("2025-11-16"),
                                    self.previous.hash())
        self.previous = self.card.debit(context, story.rice(1000), [(0, 1000)], 1, "135790")

    def known(self):
        self.card.open()
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement)
        self.card.status()
        self.debit()

    def first(self, foreign):
        self.card.open()
        self.card.get_data(0xBF21)
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement,
                               ca=self.city.authority(ROLE_STATION_CA))
        self.card.status()
        self.card.record(0xDF22)
        self.card.record(0xDF21)
        if foreign:
            self.card.receipt(self.previous.counter)
        self.debit()

    def test_first(self):
        counts = self.counted(lambda: self.first(foreign=True))
        self.assert_counts(counts, apdus=11, verifies=2, keygens=1, agreements=2, signs=1)
        self.assertLessEqual(counts["bytes_in"] + counts["bytes_out"], 3300)

    def test_known(self):
        self.first(foreign=True)
        counts = self.counted(self.known)
        self.assert_counts(counts, apdus=6, verifies=0, keygens=1, agreements=2, signs=1)
        self.assertLessEqual(counts["bytes_in"] + counts["bytes_out"], 1500)

    def test_cached_ca_costs_one_verification(self):
        self.first(foreign=True)
        other = story.Terminal(self.city, story.ROLE_STORE, "EW-009", "2025-11-02", "2025-12-31", outlet="EW-009")
        self.store = other
        self.assert_counts(self.counted(lambda: self.first(foreign=False)), apdus=10, verifies=1)

    def test_debit_is_one_transaction(self):
        """One more, apart, is the fall of the PIN try counter; its restoration travels with the debit."""
        self.first(foreign=True)
        self.card.open()
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement)
        self.card.status()
        self.assertEqual(self.counted(self.debit)["transactions"], 2)

    def test_reading_writes_nothing(self):
        self.card.open()
        counts = self.counted(lambda: (self.card.authenticate(
            self.store.key, self.store.leaf, self.family.agreement, ca=self.city.authority(ROLE_STATION_CA)),
            self.card.status(), self.card.record(0xDF22), self.card.receipt(0)))
        self.assertEqual(counts["page_writes"], 0)

    def test_encode(self):
        fresh = pipe.Pipe()
        self.addCleanup(fresh.close)
        card = client.Card(fresh.transmit)
        story.Family(self.city).encode(card)
        self.assertLessEqual(fresh.counts()["apdus"], 30)


if __name__ == "__main__":
    unittest.main()
