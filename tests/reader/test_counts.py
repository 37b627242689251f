# SPDX-License-Identifier: Apache-2.0
"""SQL statements and syncs of a sale, counted: three durable steps (number, intent, receipt), one sync each."""
import json
import os
import subprocess
import sys
import unittest

from world import DONE, PIN, TODAY, World, wait_for_readers

COUNT_SALE = sys.argv[1]
STATEMENTS, SYNCS = 25, 3


class Counts(unittest.TestCase):
    def test_known_card(self):
        world = World(1)
        self.addCleanup(world.close)
        world.station("registrar", role="registrar")
        store = world.station("store")
        with world.active_card(0, pins="pins"):
            world.redeem("store", "telur=1pc", check=DONE)
            process = subprocess.run([COUNT_SALE, store, "a pass phrase for tests", PIN, "5"], text=True, check=False,
                                     capture_output=True, env=dict(os.environ, SEMBAKO_DATE=TODAY), timeout=60)
        wait_for_readers(0)
        self.assertEqual(process.returncode, 0, process.stderr)
        counts = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual(len(counts), 5)
        for count in counts[1:]:  # the first one also begins the write-ahead log anew
            self.assertLessEqual(count["statements"], STATEMENTS, counts)
            self.assertLessEqual(count["syncs"], SYNCS, counts)
        self.assertGreater(min(count["syncs"] for count in counts), 0)  # they are counted at all
        print("# statements and syncs of a sale:", counts[-1])


if __name__ == "__main__":
    unittest.main()
