# SPDX-License-Identifier: Apache-2.0
"""The real sembako-reader killed with SIGKILL after every APDU of a sale, before it sees the answer; the next run of the
program settles the sale, charged exactly once. Able to fail: without the settling in sbk_sale_read the second run charges again."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import Proxy  # noqa: E402
from world import DONE, READER, TODAY, World, left, wait_for_readers  # noqa: E402

MONEY, EGG, DEBIT = 3, 2500, 4  # SELECT, PSO, MUTUAL AUTHENTICATE, READ STATUS, DEBIT


class Killed(unittest.TestCase):
    def setUp(self):
        self.world = World(1)
        self.addCleanup(self.world.close)
        self.world.station("registrar", role="registrar")
        self.world.station("store")
        with self.world.active_card(0, pins="pins"):
            self.world.redeem("store", "telur=1pc", check=DONE)
        wait_for_readers(0)

    def kill_at(self, proxy, number):
        command = [READER, "redeem", "--station", self.world.folder / "store", "--pin-file", self.world.folder / "pin",
                   *self.world.secret, "telur=1pc", "--json"]
        running = []

        def kill(count, *_bytes):
            if count == number:
                running[0].kill()
                running[0].wait()

        proxy.after = kill
        proxy.restart()
        running.append(subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=dict(os.environ, SEMBAKO_DATE=TODAY)))
        said, _ = running[0].communicate(timeout=60)
        proxy.after = None
        self.assertEqual((running[0].returncode, said), (-9, b""))

    def test_at_every_apdu(self):
        world = self.world
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            money = left(world.balance("store", check=DONE))[MONEY]
            for number in range(DEBIT + 1):
                with self.subTest(number=number):
                    self.kill_at(proxy, number)
                    answer = world.redeem("store", "telur=1pc", check=DONE)
                    self.assertEqual(answer["repeated"], number == DEBIT)
                    now = left(world.balance("store", check=DONE))[MONEY]
                    self.assertEqual(money - now, EGG)
                    money = now
        wait_for_readers(0)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


if __name__ == "__main__":
    unittest.main()
