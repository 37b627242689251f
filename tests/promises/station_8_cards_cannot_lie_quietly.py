# SPDX-License-Identifier: Apache-2.0
"""Promise 8 at the station: a restored image and a clone show as a gap or a fork, and are sent away."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import DONE, TAMPERED, World, wait_for_readers  # noqa: E402


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")
    with world.active_card(0, pins="pins"):
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
        self.assertEqual((report.code, report.reason), (TAMPERED, "log-altered"))
        self.assertTrue(any("fork" in finding["text"] for finding in report["findings"]))


if __name__ == "__main__":
    unittest.main()
