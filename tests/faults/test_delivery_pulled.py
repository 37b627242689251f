# SPDX-License-Identifier: Apache-2.0
"""A card that is pulled at each command of a tap that brings it a mandate, a stop and a PIN reset, over a real pcscd: the
next taps finish what was begun; every record is on the card once, and nothing of it is lost or told twice.

    test_delivery_pulled.py          before every second command, after the others
    test_delivery_pulled.py all      before and after each
"""
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import PULL, Proxy  # noqa: E402
from world import DONE, ENVIRONMENT, KEYS, READER, UNSETTLED, World, left, run, wait_for_readers  # noqa: E402

RICE = 0


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    with world.active_card(0):
        world.redeem("store", "beras=1kg", check=DONE)
    wait_for_readers(0)


def tearDownModule():
    world.close()


def keys(*words):
    return run(KEYS, *words, "--store", world.city, *world.secret, check=DONE)


class Pulled(unittest.TestCase):
    def setUp(self):
        database = sqlite3.connect("file:%s?mode=ro" % (world.city / "city.db"), uri=True)
        self.alias = database.execute("SELECT alias FROM card").fetchone()[0].hex()
        database.close()

    def send(self, round_number):
        """A stop of what was, a mandate above it, a reset: what waits for the card from now on, in the order of delivery."""
        keys("notice", "--card", self.alias, "--stop")
        keys("mandate", "--card", self.alias, "--grant", "grant=1,programme=1,unit=g,goods=1,amount=%d,first=2025-10-01,"
             "every=month,count=3" % (10000 + round_number))
        keys("notice", "--card", self.alias, "--pin-reset")
        keys("courier", "--out", world.folder / "courier")
        run(READER, "courier", "import", "--station", world.folder / "store", world.folder / "courier", check=DONE)

    def waiting(self):
        return run(READER, "status", "--station", world.folder / "store", check=DONE)["waiting"]

    def tap_until(self, proxy, number, after):
        """One tap that loses its card at a command; then as many as it takes."""
        proxy.restart()
        if after:
            proxy.after = lambda n, _command, _reply: PULL if n == number else None
        else:
            proxy.before = lambda n, _command: PULL if n == number else None
        answer = world.balance("store")
        proxy.before = proxy.after = None
        if not proxy.pulled:
            self.assertEqual(answer.code, DONE, answer)
            return False
        # The last answer may be lost without the program needing it.
        self.assertIn(answer.code, (ENVIRONMENT, UNSETTLED), answer)
        proxy.insert()
        wait_for_readers(1)
        world.balance("store", check=DONE)
        return True

    def test_at_each_command(self):
        number, rounds, again = 0, 0, True
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            while again:
                for after in (False, True) if sys.argv[1:] == ["all"] else (number % 2 == 1,):
                    rounds += 1
                    before = world.kinds("store").count("delivered")
                    self.send(rounds)
                    self.assertEqual(self.waiting(), 3)
                    again = self.tap_until(proxy, number, after)
                    answer = world.balance("store", check=DONE)
                    self.assertEqual((answer["mandate"], left(answer)[RICE]), (1 + rounds, 9000 + rounds), (number, after))
                    self.assertEqual(self.waiting(), 0)
                    self.assertEqual(world.kinds("store").count("delivered"), before + 2, (number, after))
                number += 1
        wait_for_readers(0)
        self.assertGreater(number, 8)
        self.assertEqual(world.open("store"), [])
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])
        self.assertEqual(run(os.environ["SBK_BUILD"] + "/personalize/sembako-personalize", "outstanding", "--store",
                             world.city, world.folder / "store", check=DONE)["outstanding"], [])


if __name__ == "__main__":
    unittest.main()
