# SPDX-License-Identifier: Apache-2.0
"""Promise 11 at the station: goods of the signed list at its prices, from purses of the store's programmes, and no verb
or amount that would turn a purse into cash."""
import os
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import DONE, READER, REFUSED, USAGE, World, left, run, wait_for_readers  # noqa: E402


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("auditor", role="auditor")
    world.station("store")
    world.station("in-kind", outlet="EW-002", programmes="1")
    world.station("money", outlet="EW-003", programmes="2")
    world.station("eggs", outlet="EW-005", programmes="3")
    world.station("bare", outlet="EW-004", items=False)


def tearDownModule():
    world.close()


class InKindOnly(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.card = world.active_card(0, pins="pins")

    @classmethod
    def tearDownClass(cls):
        cls.card.stop()
        wait_for_readers(0)

    def setUp(self):
        self.before = left(world.balance("store", check=DONE))

    def unchanged(self, reason, *arguments, code=REFUSED, **named):
        answer = world.redeem(*arguments, **named)
        self.assertEqual((answer.code, answer.reason), (code, reason), answer)
        self.assertEqual(left(world.balance("store", check=DONE)), self.before)

    def test_items_and_prices_of_the_signed_list(self):
        self.unchanged("item-unknown", "store", "tunai=1pc")
        self.unchanged("item-unknown", "store", "rokok=1pc")
        self.unchanged("price-above-ceiling", "store", "telur=1pc@2501")
        self.unchanged("no-item-list", "bare", "telur=1pc", code=3)
        self.unchanged("basket-invalid", "store", "telur=1", code=USAGE)
        self.unchanged("basket-invalid", "store", "telur=10000rp", code=USAGE)

    def test_altered_list(self):
        world.items("store", 8, check=DONE)
        data = bytearray((world.folder / "items-8.list").read_bytes())
        data[-70] ^= 1  # in the last item's ceiling
        (world.folder / "altered.list").write_bytes(data)
        answer = run(READER, "list", "import", "--station", world.folder / "in-kind", world.folder / "altered.list")
        self.assertIn(answer.code, (REFUSED, 4), answer)
        self.assertNotEqual(answer.code, DONE)

    def test_programmes_of_the_store(self):
        self.unchanged("programme-not-allowed", "in-kind", "telur=1pc")
        self.unchanged("insufficient-balance", "in-kind", "beras=11kg")
        sale = world.redeem("money", "beras=1kg", check=DONE)
        self.assertEqual([purse["programme"] for purse in sale["bill"]["purses"]], [2])

    def test_windows(self):
        self.unchanged("window-closed", "store", "telur=1pc", date="2026-01-10")
        # December's eggs are not opened by a clock of December, nor is the lie remembered.
        for date in ("2025-12-01T00:00:00", "2025-12-31T23:59:59", "2025-11-30T23:59:59"):
            self.unchanged("window-not-open", "eggs", "telur=1pc", date=date)

    def test_only_stores_charge(self):
        for name in ("registrar", "auditor"):
            self.unchanged("role-not-allowed", name, "telur=1pc")

    def test_no_verb_for_cash(self):
        for verb in ("cash", "withdraw", "transfer", "refund", "top-up"):
            answer = run(READER, verb, "--station", world.folder / "store", json_output=False)
            self.assertEqual(answer.returncode, USAGE)


if __name__ == "__main__":
    unittest.main()
