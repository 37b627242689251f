# SPDX-License-Identifier: Apache-2.0
"""Promise 2 at the station: killed before or after any APDU, at any station, a sale is charged once or not at all."""
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import PULL, Proxy  # noqa: E402
from world import DONE, READER, TODAY, UNSETTLED, World, left, run, wait_for_readers  # noqa: E402

MONEY, EGG, DEBIT = 3, 2500, 4


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")
    card = world.active_card(0, pins="pins")
    for name in ("store", "second", "store"):
        world.redeem(name, "telur=1pc", check=DONE)
    card.stop()
    wait_for_readers(0)


def tearDownModule():
    world.close()


class ExactlyOnce(unittest.TestCase):
    def setUp(self):
        self.proxy = Proxy(world.image(0))
        self.proxy.insert()
        wait_for_readers(1)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)

    def money(self):
        self.proxy.before = self.proxy.after = None
        return left(world.balance("store", check=DONE))[MONEY]

    def killed_at(self, n, when):
        """Runs a sale whose process is killed around command n; whether it was."""
        command = [READER, "redeem", "--station", world.folder / "store", "--pin-file", world.folder / "pin", *world.secret,
                   "telur=1pc", "--json"]
        process = None

        def kill(number, *_exchange):
            if number == n:
                process.send_signal(signal.SIGKILL)
                process.wait()

        self.proxy.restart()
        setattr(self.proxy, when, kill)
        process = subprocess.Popen([str(word) for word in command], env=dict(os.environ, SEMBAKO_DATE=TODAY),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.wait(20)
        self.assertEqual(process.returncode, -signal.SIGKILL)

    def test_station_killed_around_every_command(self):
        for when in ("before", "after"):
            for n in range(DEBIT + 1):
                with self.subTest(command=n, when=when):
                    before = self.money()
                    self.killed_at(n, when)
                    self.proxy.before = self.proxy.after = None
                    answer = world.redeem("store", "telur=1pc", check=DONE)
                    # Killed before the command reached the card's reader: the APDU still arrives. After the debit the
                    # card has committed: the next tap brings that receipt and charges nothing more.
                    self.assertEqual(answer["repeated"], n == DEBIT)
                    self.assertEqual(before - self.money(), EGG)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])
        self.assertEqual(run(READER, "status", "--station", world.folder / "store", check=DONE)["open"], [])

    def test_settled_after_the_card_went_to_another_station(self):
        before = self.money()
        self.proxy.restart()
        self.proxy.after = lambda number, *_exchange: PULL if number == DEBIT else None
        self.assertEqual(world.redeem("store", "telur=1pc").code, UNSETTLED)
        lost = run(READER, "status", "--station", world.folder / "store", check=DONE)["open"][0]
        self.proxy.after = None
        self.proxy.insert()
        wait_for_readers(1)
        world.redeem("second", "telur=1pc", check=DONE)
        answer = world.balance("store", check=DONE)
        self.assertEqual([(one["transaction"], one["outcome"]) for one in answer["settled"]], [(lost["transaction"], "settled")])
        self.assertEqual(before - left(answer)[MONEY], 2 * EGG)
        for name in ("store", "second"):
            self.assertEqual(world.verify(name, check=DONE)["findings"], [])

    def test_untouched_is_said_and_logged(self):
        before = self.money()
        self.proxy.restart()
        self.proxy.before = lambda number, *_exchange: PULL if number == DEBIT else None
        self.assertEqual(world.redeem("store", "telur=3pc").code, UNSETTLED)
        self.proxy.before = None
        self.proxy.insert()
        wait_for_readers(1)
        answer = world.balance("store", check=DONE)
        self.assertEqual([one["outcome"] for one in answer["settled"]], ["untouched"])
        self.assertEqual(left(answer)[MONEY], before)
        self.assertIn("resolved", world.kinds("store")[-2:])


if __name__ == "__main__":
    unittest.main()
