# SPDX-License-Identifier: Apache-2.0
"""Promise 4 at the station: "hand over the goods" is said only when the receipt is durable in the log, and a receipt of
another station is carried into the log before the next debit."""
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import Proxy  # noqa: E402
from world import DONE, ENVIRONMENT, UNSETTLED, World, left, run, wait_for_readers, READER, TODAY  # noqa: E402

MONEY, EGG, DEBIT = 3, 2500, 4


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")
    card = world.active_card(0, pins="pins")
    world.redeem("store", "telur=1pc", check=DONE)
    card.stop()
    wait_for_readers(0)


def tearDownModule():
    world.close()


class GoodsFollowTheReceipt(unittest.TestCase):
    def setUp(self):
        self.proxy = Proxy(world.image(0))
        self.proxy.insert()
        wait_for_readers(1)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)
        self.addCleanup(self.unlock)
        self.other = None

    def lock(self):
        """Another process holds the database, as a full or failing disk would: no commit gets through."""
        self.other = sqlite3.connect(world.folder / "store" / "station.db", isolation_level=None,
                                     check_same_thread=False)
        self.other.execute("BEGIN IMMEDIATE")

    def unlock(self):
        if self.other:
            self.other.close()
            self.other = None

    def lock_at(self, n, when):
        def hold(number, *_exchange):
            if number == n:
                self.lock()

        self.proxy.restart()
        setattr(self.proxy, when, hold)

    def test_no_goods_without_a_durable_receipt(self):
        before = left(world.balance("store", check=DONE))[MONEY]
        self.lock_at(DEBIT, "after")
        said = run(READER, "redeem", "--station", world.folder / "store", "--pin-file", world.folder / "pin",
                   *world.secret, "telur=1pc", date=TODAY, json_output=False)
        self.assertEqual(said.returncode, UNSETTLED, said.stderr)
        self.assertNotIn("Hand over the goods", said.stdout)
        self.unlock()
        self.proxy.after = None
        answer = world.redeem("store", "telur=1pc", check=DONE)
        self.assertTrue(answer["repeated"])
        self.assertEqual(before - left(world.balance("store", check=DONE))[MONEY], EGG)

    def test_no_debit_without_a_durable_intent(self):
        before = left(world.balance("store", check=DONE))[MONEY]
        self.lock_at(DEBIT - 1, "after")
        answer = world.redeem("store", "telur=1pc")
        self.assertEqual(answer.code, ENVIRONMENT, answer)
        self.assertEqual(self.proxy.count, DEBIT)  # the debit was not sent
        self.unlock()
        self.proxy.after = None
        self.assertEqual(left(world.balance("store", check=DONE))[MONEY], before)

    def test_foreign_receipt_is_carried_before_the_debit(self):
        world.redeem("second", "telur=1pc", check=DONE)
        sale = world.redeem("store", "telur=1pc", check=DONE)
        entries = world.log("store")
        kinds = [entry["kind"] for entry in entries]
        at = len(kinds) - 1 - kinds[::-1].index("carried")
        self.assertEqual(kinds[at:at + 3], ["carried", "intent", "receipt"])
        # The card's receipt names the hash of the carried one and signs a log that holds it.
        receipt = bytes.fromhex(sale["receipt"])
        self.assertEqual(int.from_bytes(receipt[72:76], "big"), entries[at + 1]["entry"] + 1)


if __name__ == "__main__":
    unittest.main()
