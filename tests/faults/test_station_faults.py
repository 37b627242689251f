# SPDX-License-Identifier: Apache-2.0
"""Makes a city with the real programs and gives it to station_faults, which lets calls of PC/SC and allocations fail."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import World, wait_for_readers  # noqa: E402


class Faults(unittest.TestCase):
    def test_every_call(self):
        world = World(2)
        self.addCleanup(world.close)
        world.station("registrar", role="registrar")
        world.station("store")
        world.station("other", outlet="EW-002")
        with world.active_card(0, pins="pins"):
            pass
        wait_for_readers(0)
        process = subprocess.run([sys.argv[1], world.folder, *sys.argv[2:]], text=True, capture_output=True,
                                 check=False, timeout=900)
        lines = process.stdout.splitlines()
        for line in lines:
            print("#", line)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("1..%d" % sum(line.startswith("ok ") for line in lines), lines)


if __name__ == "__main__":
    unittest.main()
