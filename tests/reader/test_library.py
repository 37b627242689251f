# SPDX-License-Identifier: Apache-2.0
"""The library without the program: statements and syncs of a sale and of a void, counted (three durable steps: number,
intent, receipt; one sync each), and a sale that one process resumes."""
import json
import os
import shutil
import subprocess
import sys
import unittest

from world import DONE, KEYS, PIN, READER, TODAY, World, left, run, wait_for_readers

COUNT_SALE, RESUME_SALE, LYING_CARD = sys.argv[1:4]
MONEY, EGG = 3, 2500
STATEMENTS, SYNCS = 25, 3
VOID_STATEMENTS = 30


def setUpModule():
    global world, card
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    card = world.active_card(0, pins="pins")
    # A hotlist in force costs a tap no statement.
    run(KEYS, "hotlist", "--store", world.city, "--out", world.folder / "hotlist", *world.secret, check=DONE)
    run(READER, "hotlist", "import", "--station", world.folder / "store", world.folder / "hotlist", check=DONE)
    world.redeem("store", "telur=1pc", check=DONE)


def tearDownModule():
    card.stop()
    wait_for_readers(0)
    world.close()


class Library(unittest.TestCase):
    def run_program(self, program, *words):
        process = subprocess.run([program, world.folder / "store", "a pass phrase for tests", PIN, *words], text=True,
                                 check=False, capture_output=True, env=dict(os.environ, SEMBAKO_DATE=TODAY), timeout=60)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process

    def test_resumed_by_the_same_process(self):
        for when in ("before", "after"):
            before = left(world.balance("store", check=DONE))[MONEY]
            self.run_program(RESUME_SALE, when)
            self.assertEqual(before - left(world.balance("store", check=DONE))[MONEY], EGG)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_counts_of_a_known_card(self):
        process = self.run_program(COUNT_SALE, "5")
        counts = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual(len(counts), 5)
        for count in counts[1:]:  # the first one also begins the write-ahead log anew
            self.assertLessEqual(count["statements"], STATEMENTS, counts)
            self.assertLessEqual(count["syncs"], SYNCS, counts)
        self.assertGreater(min(count["syncs"] for count in counts), 0)  # they are counted at all
        print("# statements and syncs of a sale:", counts[-1])

    def test_counts_of_a_void(self):
        before = left(world.balance("store", check=DONE))[MONEY]
        process = self.run_program(COUNT_SALE, "3", "void")
        counts = [json.loads(line) for line in process.stdout.splitlines()]
        self.assertEqual(len(counts), 3)
        for count in counts:
            self.assertLessEqual(count["statements"], VOID_STATEMENTS, counts)
            self.assertLessEqual(count["syncs"], SYNCS, counts)
        self.assertGreater(min(count["syncs"] for count in counts), 0)
        print("# statements and syncs of a void:", counts[-1])
        self.assertEqual(left(world.balance("store", check=DONE))[MONEY], before)

    def test_a_receipt_that_says_something_else(self):
        copy = world.folder / "lied-to"
        shutil.copytree(world.folder / "store", copy)
        process = subprocess.run([LYING_CARD, copy, "a pass phrase for tests"], text=True, check=False,
                                 capture_output=True, env=dict(os.environ, SEMBAKO_DATE=TODAY), timeout=60)
        self.assertEqual((process.returncode, process.stdout, process.stderr), (0, "", ""))
        # One such receipt was put into the log; those of the certificate's first day and later are no finding.
        findings = [finding["text"] for finding in world.verify("lied-to")["findings"]]
        self.assertEqual(sum("before the station's certificate" in text for text in findings), 1, findings)


if __name__ == "__main__":
    unittest.main()
