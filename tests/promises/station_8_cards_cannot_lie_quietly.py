# SPDX-License-Identifier: Apache-2.0
"""Promise 8 at the station: a restored image and a clone show as a gap or a fork, and are sent away; what no station sees
by itself shows when logs meet."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import DONE, READER, TAMPERED, UNSETTLED, World, run, wait_for_readers  # noqa: E402


def setUpModule():
    global world
    world = World(4)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")
    for number in range(4):
        with world.active_card(number, pins="pins" if number == 0 else "pin"):
            world.redeem("store", "telur=1pc", check=DONE)
        wait_for_readers(0)


def tearDownModule():
    world.close()


class Cards(unittest.TestCase):
    def test_restored_and_cloned(self):
        old = world.folder / "old.img"
        shutil.copyfile(world.image(0), old)
        with world.card(0):
            world.redeem("store", "telur=1pc", check=DONE)
        wait_for_readers(0)
        with world.card(0, image=old):
            answer = world.redeem("store", "telur=1pc")
            self.assertEqual((answer.code, answer.reason), (TAMPERED, "chain-broken"))
            # At a station that never saw the newer receipt the copy still spends...
            world.redeem("second", "telur=1pc", check=DONE)
        wait_for_readers(0)
        with world.card(0):
            # ...and the fork shows as soon as both receipts of one number meet.
            answer = world.redeem("second", "telur=1pc")
            self.assertEqual((answer.code, answer.reason), (TAMPERED, "chain-broken"))
        wait_for_readers(0)
        report = world.verify("second")
        self.assertEqual((report.code, report.reason), (TAMPERED, "card-forked"))
        self.assertTrue(any("fork" in finding["text"] for finding in report["findings"]))


def alias_of(answer):
    return answer["alias"].lower()


class Logs(unittest.TestCase):
    """What no single station can see shows when their logs meet."""

    def cross(self, *stations, code):
        return run(READER, "log", "cross-check", *[world.folder / station for station in stations], check=code)

    def sell(self, number, *stations, image=None):
        answers = []
        for station in stations:
            with world.card(number, image=image):
                answers.append(world.redeem(station, "telur=1pc", check=DONE))
            wait_for_readers(0)
        return answers[-1]

    def of_card(self, answer, sale):
        return [finding for finding in answer["findings"] if finding["alias"] == alias_of(sale)]

    def card(self, answer, sale):
        (card,) = [card for card in answer["cards"] if card["alias"] == alias_of(sale)]
        return card

    def split(self, number, third):
        """A card is copied; the copy and the card both spend, at stations that have not met the other."""
        world.station(third, outlet="EW-00%d" % (number + 2))
        copy = world.folder / ("copy-%d.img" % number)
        shutil.copyfile(world.image(number), copy)
        sale = self.sell(number, "store")
        self.sell(number, third, image=copy)
        answer = self.cross("registrar", "store", third, code=TAMPERED)
        self.assertEqual(answer.reason, "card-forked")
        (fork,) = self.of_card(answer, sale)
        self.assertEqual((fork["reason"], fork["counter"]), ("card-forked", sale["counter"]))
        self.assertIn("log of store", fork["text"])
        self.assertIn("log of " + third, fork["text"])
        self.assertTrue(self.card(answer, sale)["forked"])
        # By itself each of these logs is whole.
        self.assertEqual(world.verify(third, check=DONE)["findings"], [])
        return copy

    def test_clone(self):
        self.split(1, "third")

    def test_restored_image(self):
        copy = self.split(2, "fourth")
        shutil.copyfile(copy, world.image(2))  # the thief throws the newer image away
        with world.card(2):
            self.assertEqual(world.redeem("store", "telur=1pc").reason, "chain-broken")
        wait_for_readers(0)

    def test_missing_receipts(self):
        """Two sales at a station whose log is not there show as a gap and as an amount; with its log all is whole."""
        world.station("fifth", outlet="EW-005")
        sale = self.sell(3, "store", "fifth", "fifth", "fifth", "store")
        answer = self.cross("registrar", "store", code=UNSETTLED)
        (gap, amount) = self.of_card(answer, sale)
        self.assertEqual((gap["reason"], gap["counter"]), ("receipt-missing", sale["counter"] - 3))
        self.assertIn("receipts %d to %d" % (sale["counter"] - 3, sale["counter"] - 2), gap["text"])
        self.assertIn("took 5000 ", amount["text"])  # two eggs of Rp2,500
        self.assertEqual(self.card(answer, sale)["missing"], 2)
        answer = self.cross("registrar", "store", "fifth", code=DONE)
        self.assertEqual(self.of_card(answer, sale), [])
        self.assertEqual(self.card(answer, sale), {"alias": alias_of(sale), "entries": sale["counter"] + 1,
                                                   "newest": sale["counter"], "missing": 0, "forked": False})
        # The same by copies of the databases alone.
        copies = []
        for station in ("registrar", "store", "fifth"):
            copies.append(station + ".db")
            shutil.copyfile(world.folder / station / "station.db", world.folder / copies[-1])
        self.assertEqual(self.cross(*copies, code=DONE)["cards"], answer["cards"])


if __name__ == "__main__":
    unittest.main()
