# SPDX-License-Identifier: Apache-2.0
"""Promise 3 with card and station together: the card's power goes at some moment of a debit over four purses. Afterwards all four
have changed or none, the station has the receipt of all four or says that nothing was charged, and a second tap charges what the
first one did not. (Every single write is cut in tests/faults and card_3; here it is the real process, killed.)

Broken variant: in applet/entitlement/spending.c, sbk_spending_commit, begin the transaction anew before the last purse is
written; at the station: in reader/settle.c, look(), every open sale is untouched."""
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import PULL, Proxy  # noqa: E402
from world import DONE, UNSETTLED, World, left, wait_for_readers  # noqa: E402

DEBIT = 0x30
BASKET = ("beras=100g", "minyak=0.1l", "gula=50g", "telur=1pc")
CHANGES = {0: 100, 1: 100, 2: 50, 3: 2500}  # by slot
MOMENTS = 6


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    with world.active_card(0, pins="pins"):
        world.redeem("store", *BASKET, check=DONE)
    wait_for_readers(0)


def tearDownModule():
    world.close()


class AllOrNothing(unittest.TestCase):
    def duration(self):
        """Seconds from a debit to its answer."""
        times = {}
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            proxy.before = lambda _number, command: times.setdefault(command[1], time.monotonic()) and None
            proxy.after = lambda _number, command, _reply: times.__setitem__((command[1], "end"), time.monotonic())
            world.redeem("store", *BASKET, check=DONE)
        wait_for_readers(0)
        return times[(DEBIT, "end")] - times[DEBIT]

    def cut(self, seconds):
        """A sale during whose debit the card dies: 0 before it sees it, None with its answer on the way. The balances before
        it, and what was said."""
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            before = left(world.balance("store", check=DONE))

            def power_off(_number, command):
                if command[1] == DEBIT and seconds == 0:
                    proxy.power_off()
                elif command[1] == DEBIT and seconds:
                    threading.Timer(seconds, proxy.power_off).start()

            proxy.before = power_off
            if seconds is None:
                proxy.after = lambda _number, command, _reply: PULL if command[1] == DEBIT else None
            answer = world.redeem("store", *BASKET)
        wait_for_readers(0)
        return before, answer

    def test_power_lost_in_a_debit(self):
        whole, seen = self.duration(), set()
        for moment in [None] + [whole * part / MOMENTS for part in range(MOMENTS)]:
            with self.subTest(moment=moment):
                before, first = self.cut(moment)
                self.assertIn(first.code, (DONE, UNSETTLED), first)
                with world.card(0):
                    answer = world.balance("store", check=DONE)
                    now = left(answer)
                    changed = {slot: before[slot] - now[slot] for slot in CHANGES}
                    self.assertIn(changed, (CHANGES, dict.fromkeys(CHANGES, 0)))
                    settled = [one["outcome"] for one in answer.json.get("settled", [])]
                    charged = changed == CHANGES
                    if first.code == DONE:
                        self.assertTrue(charged)
                    else:
                        self.assertEqual(settled, ["settled" if charged else "untouched"])
                    seen.add(charged)
            wait_for_readers(0)
        self.assertEqual(seen, {True, False})
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])
        self.assertEqual(world.open("store"), [])


if __name__ == "__main__":
    unittest.main()
