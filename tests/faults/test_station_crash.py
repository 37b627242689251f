# SPDX-License-Identifier: Apache-2.0
"""Makes a city with the real programs and gives it to station_crash, which kills the station at every step."""
import os
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import DONE, KEYS, MADE, World, run, wait_for_readers  # noqa: E402


class Crash(unittest.TestCase):
    def test_every_step(self):
        world = World(2)
        self.addCleanup(world.close)
        world.station("registrar", role="registrar")
        world.station("store")
        world.station("other", outlet="EW-002")
        with world.active_card(0, pins="pins"):
            pass
        wait_for_readers(0)
        database = sqlite3.connect("file:%s?mode=ro" % (world.city / "city.db"), uri=True)
        card = database.execute("SELECT alias FROM card ORDER BY sequence").fetchone()[0].hex()
        database.close()
        for what, words in (("stop", ["notice", "--stop"]), ("mandate", ["mandate", "--pin", "yes"])):
            for order in ([*words, "--card", card], ["courier", "--out", world.folder / (what + ".courier")]):
                run(KEYS, *order, "--store", world.city, *world.secret, check=DONE)
        run(KEYS, "hotlist", "--store", world.city, "--out", world.folder / "hotlist", *world.secret, check=DONE)
        run(KEYS, "station", "revoke", "--store", world.city, "--terminal", "other", check=DONE)
        run(KEYS, "hotlist", "--store", world.city, "--change", world.folder / "hotlist.change", *world.secret,
            check=DONE)
        world.items("store", 2)
        run(KEYS, "root", "succeed", "--store", world.city, "--next", world.folder / "root-3", "--old-until", "2026-06-30",
            *world.secret, date=MADE, check=DONE)
        run(KEYS, "courier", "--out", world.folder / "links.courier", "--list", world.folder / "items-2.list", "--store",
            world.city, *world.secret, date=MADE, check=DONE)
        process = subprocess.run([sys.argv[1], world.folder], text=True, capture_output=True, check=False, timeout=500)
        lines = process.stdout.splitlines()
        for line in lines:
            print("#", line)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(sum(line.startswith("ok ") for line in lines), 26)


if __name__ == "__main__":
    unittest.main()
