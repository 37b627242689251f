# SPDX-License-Identifier: Apache-2.0
"""Promise 6 at the station: its folder, its answers and the plain bytes on the air know an alias and nothing else."""
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import Proxy  # noqa: E402
from world import ALTERNATE_PIN, DONE, KEYS, PIN, READER, World, run, wait_for_readers  # noqa: E402

# What the roll says of the family of card 0: names, household number, NIK.
PERSONAL = [b"Budi", b"Santoso", b"Siti", b"Aminah", b"6472010101800001"]


def setUpModule():
    global world
    world = World(2)
    world.station("registrar", role="registrar")
    world.station("store")


def tearDownModule():
    world.close()


class NothingPersonal(unittest.TestCase):
    def absent(self, seen, words):
        for where, data in seen.items():
            for word in words:
                self.assertNotIn(word, data, where)

    def folders(self):
        return {str(path): path.read_bytes() for name in ("store", "registrar")
                for path in (world.folder / name).rglob("*") if path.is_file()}

    def test_names_by_courier(self):
        """A new name and alternate: on the stick, in the stations while they wait and after, on the air, in the logs."""
        people = world.write("people.yaml", "people:\n  - {card: %s, name: Bambang Wijaya, alternate: Dewi Lestari}\n"
                             % self.alias(), 0o600)
        with world.active_card(1):
            pass
        wait_for_readers(0)
        answers = []
        for order in (["identity", "--people", people], ["courier", "--out", world.folder / "courier"]):
            answers.append(run(KEYS, *order, "--store", world.city, *world.secret, check=DONE))
        for name in ("store", "registrar"):
            answers.append(run(READER, "courier", "import", "--station", world.folder / name, world.folder / "courier",
                               check=DONE))
        words = [b"Agus", b"Salim", b"Bambang", b"Wijaya", b"Dewi", b"Lestari"]
        seen = {"courier": (world.folder / "courier").read_bytes(), **self.folders()}
        air = []
        with Proxy(world.image(1)) as proxy:
            wait_for_readers(1)
            proxy.after = lambda _number, command, reply: air.extend((command, reply)) and None
            given = world.balance("registrar", check=DONE)
        wait_for_readers(0)
        self.assertIn("identity", [one["kind"] for one in given["delivered"]])
        answers.append(given)
        seen.update(("after " + where, data) for where, data in self.folders().items())
        seen.update({"air": b"".join(air), "log": repr(world.log("registrar")).encode(),
                     "answers": repr([(answer.json, answer.error) for answer in answers]).encode()})
        self.absent(seen, words)
        # The test can fail: the card has them now.
        self.assertIn(b"Bambang Wijaya", world.image(1).read_bytes())

    def alias(self):
        database = sqlite3.connect("file:%s?mode=ro" % (world.city / "city.db"), uri=True)
        try:
            return database.execute("SELECT alias FROM card WHERE sequence = 2").fetchone()[0].hex()
        finally:
            database.close()

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
        self.absent(seen, PERSONAL + secret)
        # The test can fail: the roll does hold what was looked for.
        roll = (world.folder / "roll.csv").read_bytes()
        for word in PERSONAL:
            self.assertIn(word, roll)


if __name__ == "__main__":
    unittest.main()
