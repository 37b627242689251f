# SPDX-License-Identifier: Apache-2.0
"""Promise 7: editing, deleting, reordering or rolling back a station's log is detected, in every entry up to the last
anchored head, whoever repairs what stands beside it."""
import hashlib
import os
import shutil
import sqlite3
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
import tlog  # noqa: E402
from world import DONE, READER, REFUSED, TAMPERED, USAGE, World, run, wait_for_readers  # noqa: E402


def setUpModule():
    global world, entries, anchored
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    card = world.active_card(0, pins="pins")
    world.redeem("store", "telur=1pc", check=DONE)
    shutil.copytree(world.folder / "store", world.folder / "early")
    world.redeem("store", "telur=1pc", pin="wrong-pin")
    world.redeem("store", "beras=1kg", check=DONE)
    world.redeem("store", "beras=2kg", pin="wrong-pin")
    card.stop()
    wait_for_readers(0)
    kinds = world.kinds("store")
    entries = len(kinds)
    # The intent of the newest receipt: the card signed the log up to there; what comes later only checkpoints cover.
    anchored = entries - 2 - kinds[::-1].index("receipt")


def tearDownModule():
    world.close()


def rebuild(database):
    """What a careful forger does: the tree is made anew from the altered entries."""
    peaks = {}
    for position, data in database.execute("SELECT position, data FROM log_entry ORDER BY position").fetchall():
        level, node = 0, hashlib.sha256(b"\0" + data).digest()
        nodes = node
        while position >> level & 1:
            node = hashlib.sha256(b"\1" + peaks[level] + node).digest()
            nodes += node
            level += 1
        peaks[level] = node
        database.execute("UPDATE log_entry SET nodes = ? WHERE position = ?", (nodes, position))


class Logs(unittest.TestCase):
    def altered(self, change, repair=True, forge=False):
        """Verifies a copy of the store's folder in which change(database) was made."""
        copy = world.folder / "altered"
        shutil.copytree(world.folder / "store", copy)
        self.addCleanup(shutil.rmtree, copy, True)
        try:
            database = sqlite3.connect(copy / "station.db")
            database.execute("DROP TRIGGER log_entry_update")
            database.execute("DROP TRIGGER log_entry_delete")
            database.execute("PRAGMA foreign_keys = OFF")
            change(database)
            if repair:
                rebuild(database)
            if forge:  # who holds the folder can throw the signed checkpoints away, but not what cards have signed
                database.execute("DELETE FROM checkpoint")
            database.commit()
            database.close()
            return world.verify("altered")
        finally:
            shutil.rmtree(copy)

    def found(self, change, repair=True, forge=False):
        answer = self.altered(change, repair, forge)
        self.assertEqual(answer.code, TAMPERED, answer)
        self.assertIn(answer.reason, ("log-altered", "log-rolled-back"))

    def test_untouched_copy_verifies(self):
        self.assertEqual(self.altered(lambda database: None).code, DONE)
        self.assertEqual(self.altered(lambda database: None, forge=True).code, DONE)

    def test_every_entry_edited(self):
        for position in range(entries):
            for at in (2, 6, -1):  # time, first field's size, last byte

                def edit(database, position=position, at=at):
                    (data,) = database.execute("SELECT data FROM log_entry WHERE position = ?", (position,)).fetchone()
                    data = bytearray(data)
                    data[at] ^= 1
                    database.execute("UPDATE log_entry SET data = ? WHERE position = ?", (bytes(data), position))

                with self.subTest(entry=position, byte=at):
                    self.found(edit, forge=position <= anchored)
            with self.subTest(entry=position, repaired=False):
                self.found(edit, repair=False)

    def test_every_entry_deleted(self):
        for position in range(entries):

            def delete(database, position=position):
                database.execute("DELETE FROM log_entry WHERE position = ?", (position,))
                for later in range(position + 1, entries):
                    database.execute("UPDATE log_entry SET position = ? WHERE position = ?", (later - 1, later))

            with self.subTest(entry=position):
                self.found(delete, forge=position <= anchored)

    def test_neighbours_swapped(self):
        for position in range(entries - 1):

            def swap(database, position=position):
                rows = database.execute("SELECT data FROM log_entry WHERE position IN (?, ?) ORDER BY position",
                                        (position, position + 1)).fetchall()
                for at, (data,) in zip((position + 1, position), rows):
                    database.execute("UPDATE log_entry SET data = ? WHERE position = ?", (data, at))

            with self.subTest(entry=position):
                (one,), (other,) = self.rows(position)
                if one != other:
                    self.found(swap, forge=position <= anchored)

    @staticmethod
    def rows(position):
        database = sqlite3.connect("file:%s?mode=ro" % (world.folder / "store" / "station.db"), uri=True)
        try:
            return database.execute("SELECT data FROM log_entry WHERE position IN (?, ?) ORDER BY position",
                                    (position, position + 1)).fetchall()
        finally:
            database.close()

    def test_truncated(self):
        for size in range(1, entries):
            with self.subTest(size=size):
                self.found(lambda database, size=size: database.execute(
                    "DELETE FROM log_entry WHERE position >= ?", (size,)))

    def test_checkpoint_and_receipt_forged(self):
        def checkpoint(database):
            database.execute("UPDATE checkpoint SET note = replace(note, 'sembako', 'sembakO')")

        def outcome(database):
            database.execute("UPDATE sale SET receipt = receipt + 1000 WHERE receipt IS NOT NULL")

        def card(database):
            database.execute("UPDATE card SET entry_hash = zeroblob(32)")

        for change in (checkpoint, outcome, card):
            self.found(change, repair=False)

    def test_rolled_back_folder_shows_at_the_next_receipt(self):
        """An old copy of the whole folder is whole by itself; the card that meets it carries the missing receipt in."""
        self.assertEqual(world.verify("early", check=DONE)["findings"], [])
        with world.card(0):
            self.assertEqual(world.redeem("early", "telur=5pc", check=DONE)["warning"], "log-rolled-back")
        wait_for_readers(0)
        self.assertIn("carried", world.kinds("early")[-5:])
        answer = world.verify("early")
        self.assertEqual((answer.code, answer.reason), (TAMPERED, "log-rolled-back"), answer)
        self.assertTrue(any("rolled back" in finding["text"] for finding in answer["findings"]))

    # ---- checkpoints and proofs that were given away ----

    def give(self, *words, code=DONE, **named):
        return run(READER, "log", *words, check=code, **named)

    def kept(self, name, station="store"):
        """A checkpoint of a station, written to a file."""
        path = world.folder / name
        self.give("checkpoint", "--station", world.folder / station, "--to", path, *world.secret)
        return path

    def test_kept_checkpoint_outlives_the_folder(self):
        """Whoever holds folder and log key makes a whole new history; a checkpoint kept elsewhere still names it."""
        kept = self.kept("kept")
        answer = run(READER, "log", "verify", "--station", world.folder / "store", "--checkpoint", kept, check=DONE)
        self.assertEqual(answer["kept"], 1)
        answer = run(READER, "log", "verify", "--station", world.folder / "early", "--checkpoint", kept)
        self.assertEqual((answer.code, answer.reason), (TAMPERED, "log-rolled-back"))
        self.assertIn("kept", answer["findings"][0]["text"])
        self.give("consistency", "--station", world.folder / "early", kept, code=TAMPERED)

    def test_every_entry_is_proved_to_a_stranger(self):
        proof, certificate = world.folder / "proof", world.folder / "store.cert"
        key = None
        for entry in world.log("store"):
            with self.subTest(entry=entry["entry"]):
                answer = self.give("prove", "--station", world.folder / "store", entry["entry"], "--to", proof)
                key = answer["key"]
                seen = tlog.check_proof(proof.read_bytes(), key)
                self.assertEqual((seen.index, seen.entry.hex().upper()), (entry["entry"], entry["bytes"].upper()))
                shown = self.give("check", proof, "--certificate", certificate)
                self.assertEqual((shown["text"], shown["bytes"]), (entry["text"], entry["bytes"]))
        self.assertEqual(self.give("check", proof, "--key", key)["entry"], entry["entry"])
        # Another station's certificate, another's key, no key at all, an entry that is not there.
        self.assertEqual(self.give("check", proof, "--certificate", world.folder / "registrar.cert", code=TAMPERED).reason,
                         "certificate-invalid")
        other = self.give("prove", "--station", world.folder / "registrar", "0")["key"]
        self.give("check", proof, "--key", other, code=TAMPERED)
        self.give("check", proof, code=USAGE)
        self.give("prove", "--station", world.folder / "store", "9999", code=REFUSED)

    def test_consistency_is_proved_to_a_stranger(self):
        older, newer, proof = self.kept("older", "early"), self.kept("newer"), world.folder / "consistency"
        answer = self.give("consistency", "--station", world.folder / "store", older, "--to", proof)
        seen = tlog.check_proof(proof.read_bytes(), answer["key"])
        shown = self.give("check", proof, "--certificate", world.folder / "store.cert")
        self.assertEqual((shown["older"]["entries"], shown["checkpoint"]["entries"]), (seen.older.size, seen.head.size))
        self.assertEqual(self.give("consistency", "--station", world.folder / "store", older, newer)["proof"],
                         proof.read_text(encoding="utf-8"))
        self.give("consistency", "--station", world.folder / "store", newer, older, code=USAGE)


if __name__ == "__main__":
    unittest.main()
