# SPDX-License-Identifier: Apache-2.0
"""Attacks on the station and on the city's programs, with the real programs over a real pcscd: fake cards, answers that are
not the card's, files of one kind in the place of another."""
import os
import sqlite3
import shutil
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
sys.path.insert(0, os.path.join(os.environ["SBK_SOURCE"], "tests", "model"))
import crypto  # noqa: E402
import issuer  # noqa: E402
from proxy import Proxy  # noqa: E402
from records import sha256  # noqa: E402
from test_certificates import off_curve_points  # noqa: E402
from world import DONE, KEYS, MADE, READER, TAMPERED, UNSETTLED, World, left, run, wait_for_readers  # noqa: E402
from world import PERSONALIZE  # noqa: E402

SELECT, PSO, AUTHENTICATE, GET_DATA, STATUS, DEBIT = 0xA4, 0x2A, 0x82, 0xCA, 0x10, 0x30
HANDSHAKE = 4  # commands up to it: SELECT, GET DATA, the leaf (the card knows its CA), and itself
MONEY, EGG = 3, 2500


def setUpModule():
    global world
    world = World(2)
    world.station("registrar", role="registrar")
    world.station("store")
    for number in (0, 1):
        card = world.active_card(number)
        card.stop()
        wait_for_readers(0)
    world.station("fresh", outlet="EW-002")  # has never seen a card; each case works in a copy


def tearDownModule():
    world.close()


class Cards(unittest.TestCase):
    """A hand between card and station that puts its own answers in the place of the card's."""

    def setUp(self):
        shutil.copytree(world.folder / "fresh", world.folder / "station")
        self.addCleanup(shutil.rmtree, world.folder / "station")
        self.insert(0)

    def insert(self, number):
        self.proxy = Proxy(world.image(number))
        self.proxy.insert()
        wait_for_readers(1)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)

    def answers(self, ins):
        """What the card answers to this command at an honest tap in another copy of the station."""
        kept = []
        self.proxy.after = lambda _n, command, reply: kept.append(reply) if command[1] == ins else None
        shutil.copytree(world.folder / "station", world.folder / "aside")
        world.balance("aside", check=DONE)
        shutil.rmtree(world.folder / "aside")
        self.proxy.after = None
        return kept

    def sent_away(self, ins, change, count=None):
        """A sale with that answer changed: nothing is handed over or charged, and nothing is told to the card after it."""
        seen = []

        def put(_number, command, reply):
            if command[1] != ins or seen:
                return None
            seen.append(self.proxy.count)
            return change(reply)

        self.proxy.restart()
        self.proxy.after = put
        answer = world.redeem("station", "telur=1pc")
        self.proxy.after = None
        self.assertTrue(seen, "the command was not sent")
        self.assertNotEqual(answer.code, DONE, answer)
        self.assertNotIn("receipt", world.kinds("station"))
        self.assertNotIn(DEBIT, [command[1] for command in self.proxy.commands[seen[0]:]])
        if count is not None:
            self.assertEqual(self.proxy.count, count)
        return answer

    def certificate_taken(self, certificate, reasons):
        answer = self.sent_away(GET_DATA, lambda _reply: certificate + b"\x90\0", count=2)
        self.assertIn(answer.reason, reasons, answer)

    def test_a_self_made_certificate(self):
        true = self.answers(GET_DATA)[0][:-2]
        at = true.index(b"\x5F\x20\x08") + 3
        alias, thief, key = true[at:at + 8], issuer.Issuer(seed=66), crypto.key_of(99)
        made = thief.card(alias, crypto.point(key), crypto.compressed(key))
        self.assertEqual(len(made), len(true))
        self.certificate_taken(made, ("certificate-invalid",))
        body = bytes(true[true.index(b"\x93"):-67])  # the true one's words, the thief's signature
        self.certificate_taken(true[:-64] + crypto.signer(key)(body), ("certificate-invalid",))
        for name, point in off_curve_points().items():
            with self.subTest(name):
                place = true.index(b"\xB0\x41\x04") + 2
                changed = true[:place] + point + true[place + 65:]
                self.certificate_taken(changed, ("certificate-invalid", "format-invalid"))

    def test_every_byte_of_a_certificate_counts(self):
        true = self.answers(GET_DATA)[0][:-2]
        for at in range(0, len(true), 23):
            with self.subTest(at):
                changed = bytearray(true)
                changed[at] ^= 1
                self.sent_away(GET_DATA, lambda _reply, changed=changed: bytes(changed) + b"\x90\0", count=2)

    def test_certificates_of_another_role(self):
        """All that the city signed and any reader may learn, in the place of the card's certificate."""
        with sqlite3.connect(world.folder / "station" / "station.db") as database:
            others = [row[0] for row in database.execute("SELECT certificate FROM issuer")]
            others += [row[0] for row in database.execute("SELECT leaf FROM installed")]
        database.close()
        self.assertGreaterEqual(len(others), 4)
        for certificate in others:
            with self.subTest(certificate[:20].hex()):
                self.certificate_taken(certificate, ("role-not-allowed", "certificate-invalid", "card-answer-invalid"))

    def test_another_cards_certificate(self):
        mine = self.answers(GET_DATA)[0][:-2]
        self.doCleanups()
        shutil.copytree(world.folder / "fresh", world.folder / "station")
        self.addCleanup(shutil.rmtree, world.folder / "station")
        self.insert(1)
        self.assertNotEqual(self.answers(GET_DATA)[0][:-2], mine)
        self.certificate_taken(mine, ("wrong-card",))

    def test_a_mandate_raised_in_the_cards_memory(self):
        """A card opened and written to: what it grants itself is not what the city signed."""
        self.doCleanups()
        shutil.copytree(world.folder / "fresh", world.folder / "station")
        self.addCleanup(shutil.rmtree, world.folder / "station")
        image = bytearray(world.image(0).read_bytes())
        mandate = image.index(b"\xC2\1", 50 * 64)
        self.assertGreater(image[mandate + 26], 0)
        image[mandate + 27 + 6] ^= 1  # the first purse's amount, by 65,536
        raised = world.folder / "raised.img"
        raised.write_bytes(image)
        with world.card(0, image=raised):
            answer = world.redeem("station", "telur=1pc")
        wait_for_readers(0)
        self.assertEqual((answer.code, answer.reason), (TAMPERED, "signature-invalid"), answer)
        self.assertNotIn("receipt", world.kinds("station"))
        self.insert(0)

    def test_a_true_certificate_without_its_key(self):
        """The handshake of an earlier tap, a confirmation that is made up, and one of the right length of nothing."""
        old = self.answers(AUTHENTICATE)[0]
        for change in (lambda _reply: old, lambda reply: reply[:70] + os.urandom(16) + reply[-2:],
                       lambda reply: reply[:70] + bytes(16) + reply[-2:], lambda reply: reply[:78] + reply[-2:],
                       lambda reply: reply[:68] + reply[-2:], lambda reply: reply[-2:]):
            self.sent_away(AUTHENTICATE, change, count=HANDSHAKE)

    def test_points_off_the_curve(self):
        for name, point in off_curve_points().items():
            with self.subTest(name):
                self.sent_away(AUTHENTICATE, lambda reply, point=point: reply[:3] + point + reply[68:], count=HANDSHAKE)

    def test_truncated_macs_of_answers(self):
        for size in (0, 4, 7):
            with self.subTest(size):
                self.sent_away(STATUS, lambda reply, size=size: reply[:-10 + size] + reply[-2:], count=HANDSHAKE + 1)
        for at in (0, 7):
            with self.subTest(at):
                self.sent_away(STATUS, lambda reply, at=at: reply[:-10 + at] + bytes([reply[-10 + at] ^ 1])
                               + reply[-9 + at :], count=HANDSHAKE + 1)
        self.sent_away(STATUS, lambda reply: reply[-2:], count=HANDSHAKE + 1)

    def test_an_answer_that_is_not_to_this_debit(self):
        """The answer to an earlier debit, and a bare 9000: the goods wait for the card's true word."""
        kept = []
        self.proxy.after = lambda _n, command, reply: kept.append(reply) if command[1] == DEBIT else None
        before = left(world.balance("station", check=DONE))[MONEY]
        world.redeem("station", "telur=1pc", check=DONE)
        for change in (lambda _reply: kept[0], lambda _reply: b"\x90\0"):
            self.proxy.after = lambda _n, command, reply, change=change: change(reply) if command[1] == DEBIT else None
            answer = world.redeem("station", "telur=1pc")
            self.assertEqual(answer.code, UNSETTLED, answer)
            self.proxy.after = None
            self.assertTrue(world.redeem("station", "telur=1pc", check=DONE)["repeated"])
        self.assertEqual(left(world.balance("station", check=DONE))[MONEY], before - 3 * EGG)


class Files(unittest.TestCase):
    def test_every_file_in_every_other_place(self):
        """Each file that goes between city, bureau and station, offered to each command that reads one of another kind."""
        at, secret = world.folder, world.secret
        files = {"station request": at / "store.req", "station certificate": at / "store.cert",
                 "bureau request": at / "bureau.req", "bureau certificate": at / "bureau.cert", "batch": at / "batch",
                 "report": at / "report", "card certificates": at / "certificates", "item list": at / "items-1.list"}
        out = at / "made"
        places = {
            "station certificate": (READER, "install", "--station", at / "store", "--certificate"),
            "item list": (READER, "list", "import", "--station", at / "store"),
            "station request": (KEYS, "station", "issue", "--store", world.city, "--role", "auditor", "--kelurahan",
                                "64.72.01.1001", "--from", MADE, "--until", "2025-12-31", "--out", out, *secret,
                                "--request"),
            "bureau request": (KEYS, "office", "issue", "--store", world.city, "--out", out, *secret, "--request"),
            "bureau certificate": (PERSONALIZE, "install", "--office", world.bureau, "--certificate"),
            "batch": (PERSONALIZE, "report", "--office", world.bureau, "--out", out, *secret, "--batch"),
            "report": (PERSONALIZE, "certify", "--store", world.city, "--out", out, *secret, "--report"),
        }
        for place, words in places.items():
            for kind, path in files.items():
                if kind == place:
                    continue
                with self.subTest(kind, place=place):
                    before = self.held()
                    answer = run(*words, path, date=MADE)
                    self.assertIn(answer.code, (1, 4), answer)
                    self.assertIn(answer.reason, ("format-invalid", "bundle-kind", "signature-invalid", "cms-invalid"),
                                  answer)
                    self.assertFalse(out.exists(), "%s made of %s" % (place, kind))
                    self.assertEqual(self.held(), before)

    def held(self):
        """What the three folders hold."""
        kept = {}
        for folder in (world.city, world.bureau, world.folder / "store"):
            for path in folder.rglob("*"):
                if path.is_file() and path.suffix not in (".db-shm", ".db-wal"):
                    kept[path] = sha256(path.read_bytes())
        with sqlite3.connect(world.folder / "store" / "station.db") as database:
            kept["log"] = database.execute("SELECT count(*) FROM log_entry").fetchone()
        database.close()
        return kept


if __name__ == "__main__":
    unittest.main()
