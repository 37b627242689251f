# SPDX-License-Identifier: Apache-2.0
"""Promise 6 at the station: its folder, its answers and the plain bytes on the air know an alias and nothing else."""
import os
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import Proxy  # noqa: E402
from world import ALTERNATE_PIN, DONE, PIN, World, wait_for_readers  # noqa: E402

# What the roll says of the family of card 0: names, household number, NIK.
PERSONAL = [b"Budi", b"Santoso", b"Siti", b"Aminah", b"6472010101800001"]


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")


def tearDownModule():
    world.close()


class NothingPersonal(unittest.TestCase):
    def test_folders_answers_and_air(self):
        air, answers = [], []
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            proxy.after = lambda _number, command, reply: air.extend((command, reply)) and None
            answers.append(world.activate("registrar", "pins", check=DONE))
            answers.append(world.redeem("store", "telur=1pc", check=DONE))
            answers.append(world.redeem("store", "telur=1pc", pin="wrong-pin"))
            answers.append(world.balance("store", check=DONE))
        wait_for_readers(0)
        answers += [world.verify("store", check=DONE), world.verify("registrar", check=DONE)]
        secret = [PIN.encode(), ALTERNATE_PIN.encode()]
        seen = {"air": b"".join(air), "answers": repr([(answer.json, answer.error) for answer in answers]).encode(),
                "log": repr(world.log("store")).encode()}
        for name in ("store", "registrar"):
            for path in (world.folder / name).rglob("*"):
                if path.is_file():
                    seen[str(path)] = path.read_bytes()
        for where, data in seen.items():
            for word in PERSONAL + secret:
                self.assertNotIn(word, data, where)
        # The test can fail: the roll does hold what was looked for.
        roll = (world.folder / "roll.csv").read_bytes()
        for word in PERSONAL:
            self.assertIn(word, roll)


if __name__ == "__main__":
    unittest.main()
