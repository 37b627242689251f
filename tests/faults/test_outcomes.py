# SPDX-License-Identifier: Apache-2.0
"""Every way in which `redeem` and `activate` end, and the last line on the terminal then: one of three sentences, each of
them true of the card. The same word stands in --json's "outcome".

Broken variants, seen to fail here: "Hand over the goods." printed before the receipt is durable, or for a sale that is open;
reader_nothing_or_again() without sbk_station_waits(); the last line left out where standard output is full, or where the
options are off."""
import fcntl
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import unittest

from cryptography.hazmat.primitives.asymmetric import ec

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
import pcscd  # noqa: E402
from proxy import PULL, Proxy  # noqa: E402
from world import (DONE, ENVIRONMENT, READER, REFUSED, SOURCE, TAMPERED, TODAY, UNSETTLED, USAGE, World, left, run,  # noqa: E402
                   wait_for_readers)

MONEY, EGG = 3, 2500
READ_STATUS, DEBIT, ACTIVATE = 0x10, 0x30, 0x24
HANDED, NOTHING, AGAIN, ACTIVATED = "handed", "nothing", "again", "activated"
LINES = {"redeem": {HANDED: "Hand over the goods.", NOTHING: "Nothing was charged.", AGAIN: "Tap the card again."},
         "activate": {ACTIVATED: "Hand over the card.", NOTHING: "Nothing was changed.", AGAIN: "Tap the card again."}}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FORGED, BLANK, OTHER = 1, 2, 3  # BLANK: the city certified it and nobody activated it


def setUpModule():
    global world
    world = World(4)
    world.station("registrar", role="registrar")
    world.station("store")
    world.write("no-pass", "not the pass phrase\n", 0o600)
    for number in (0, 1, OTHER):
        with world.active_card(number):
            world.redeem("store", "telur=1pc", check=DONE)
        wait_for_readers(0)


def tearDownModule():
    world.close()


class Outcomes(unittest.TestCase):
    """A card is on the reader; `redeem` and `activate` run as a clerk runs them, both streams on one terminal."""

    number, verb = 0, "redeem"

    def setUp(self):
        self.proxy = Proxy(world.image(self.number))
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)
        self.tap()

    def tap(self):
        self.proxy.before = self.proxy.after = None
        self.proxy.insert()
        wait_for_readers(1)
        self.process, self.killed = None, False

    def take_away(self):
        self.proxy.remove()
        wait_for_readers(0)

    def words(self, *basket, station="store", secret="pass", pin="pin", pins=True):
        words = [self.verb, "--station", world.folder / station, "--passphrase-file", world.folder / secret]
        words += ["--pin-file", world.folder / pin] if pins else []
        return words + ["--certificates", world.folder / "certificates"] * (self.verb == "activate") + list(basket)

    def start(self, words, date=TODAY, **streams):
        streams = streams or {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen([str(word) for word in (READER, *words)], stdin=subprocess.DEVNULL, text=True,
                                        env=dict(os.environ, SEMBAKO_DATE=date), **streams)
        said = self.process.communicate(timeout=60)[0]
        self.assertNotIn("Sanitizer", said or "")
        return self.process.returncode, said

    def ends(self, outcome, code, words, date=TODAY, hint=""):
        """Text: the last line, no other of the three anywhere on a line of its own; and the exit status."""
        got, said = self.start(words, date)
        lines = said.strip().splitlines()
        self.assertEqual((got, lines[-1]), (code, LINES[self.verb][outcome]), said)
        self.assertEqual([line for line in lines if line in LINES[self.verb].values()], lines[-1:], said)
        self.assertIn(hint, said)
        return said

    def json(self, outcome, code, words, date=TODAY):
        answer = run(READER, *words, date=date)
        self.assertEqual((answer.code, answer.json["outcome"]), (code, outcome), answer)
        return answer

    def both(self, outcome, code, words, date=TODAY, hint=""):
        self.ends(outcome, code, words, date, hint)
        return self.json(outcome, code, words, date)

    def at(self, when, instruction, act):
        """act() around the first command of this instruction."""
        done = []

        def hook(_number, command, *_reply):
            if command[1] != instruction or done:
                return None
            done.append(True)
            return act()

        setattr(self.proxy, when, hook)


class Redeem(Outcomes):
    def money(self):
        return left(world.balance("store", check=DONE))[MONEY]

    def test_no_card_was_charged_before_the_intent(self):
        money = self.money()
        missing = self.words("telur=1pc")
        missing[2] = world.folder / "nowhere"
        for code, words, date in (
                (USAGE, [*self.words("telur=1pc"), "--bogus"], TODAY),
                (USAGE, [*self.words("telur=1pc"), "--as", "neighbour"], TODAY),
                (USAGE, [*self.words("telur=1pc"), "--transaction", "0"], TODAY),
                (USAGE, ["redeem", "telur=1pc"], TODAY),
                (USAGE, self.words(), TODAY),
                (USAGE, self.words("telur=1kg"), TODAY),
                (USAGE, self.words("telur=1pc", pins=False), TODAY),
                (USAGE, self.words("telur=1pc"), "yesterday"),
                (REFUSED, self.words("telur=1pc", secret="no-pass"), TODAY),
                (REFUSED, self.words("rokok=1pc"), TODAY),
                (REFUSED, self.words("telur=1pc@99999"), TODAY),
                (REFUSED, self.words("telur=9999pc"), TODAY),
                (REFUSED, self.words("telur=1pc", station="registrar"), TODAY),
                (REFUSED, self.words("telur=1pc"), "2026-02-01"),
                (REFUSED, self.words("telur=1pc"), "2025-10-01"),
                (REFUSED, self.words("telur=1pc"), "2026-01-15"),
                (ENVIRONMENT, self.words("telur=1pc", pin="no-such-file"), TODAY),
                (ENVIRONMENT, [*self.words("telur=1pc"), "--reader", "Cherry"], TODAY),
                (ENVIRONMENT, missing, TODAY)):
            with self.subTest(words=" ".join(str(word) for word in words[5:]), date=date):
                self.ends(NOTHING, code, words, date)
        with open(world.folder / "store" / "lock", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.ends(NOTHING, ENVIRONMENT, self.words("telur=1pc"))
        self.assertEqual(self.money(), money)
        self.take_away()
        self.both(NOTHING, ENVIRONMENT, self.words("telur=1pc"))

    def test_refused_by_the_card(self):
        money = self.money()
        self.ends(NOTHING, REFUSED, self.words("telur=1pc", pin="wrong-pin"), hint="PIN is wrong")
        self.json(HANDED, DONE, [*self.words("telur=1pc"), "--transaction", "900"])
        self.both(NOTHING, REFUSED, [*self.words("telur=2pc"), "--transaction", "900"])
        self.assertEqual(self.money(), money - EGG)

    def test_charged(self):
        money = self.money()
        said = self.ends(HANDED, DONE, self.words("telur=1pc"))
        self.assertIn("SEMBAKO", said)
        self.json(HANDED, DONE, self.words("telur=1pc"))
        self.both(HANDED, DONE, [*self.words("telur=3pc"), "--transaction", "910"])  # the second one is the copy
        self.assertEqual(self.money(), money - 5 * EGG)
        self.at("after", DEBIT, lambda: self.process.send_signal(signal.SIGINT))  # too late to stop
        self.ends(HANDED, DONE, self.words("telur=1pc"))
        self.proxy.after = None
        with open("/dev/full", "w", encoding="ascii") as full:  # the answer is lost, the sale is not
            for words in (self.words("telur=1pc"), [*self.words("telur=1pc"), "--json"]):
                process = subprocess.run([str(word) for word in (READER, *words)], stdin=subprocess.DEVNULL, text=True,
                                         env=dict(os.environ, SEMBAKO_DATE=TODAY), stdout=full, check=False,
                                         stderr=subprocess.PIPE)
                self.assertEqual((process.returncode, process.stderr.splitlines()[-1]),
                                 (ENVIRONMENT, LINES["redeem"][HANDED]))
        self.assertEqual(self.money(), money - 8 * EGG)

    def fault(self, outcome, code, when, instruction, act):
        self.at(when, instruction, act)
        self.ends(outcome, code, self.words("telur=1pc"))

    def disk_full(self):
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, 0))

    def kill_pcscd(self):
        self.killed = True
        pcscd.kill()
        return PULL

    def test_faults_before_the_intent(self):
        money = self.money()
        for when in ("before", "after"):
            self.fault(NOTHING, ENVIRONMENT, when, READ_STATUS, lambda: PULL)
            self.tap()
        self.fault(NOTHING, ENVIRONMENT, "after", READ_STATUS, self.disk_full)
        self.fault(NOTHING, ENVIRONMENT, "after", READ_STATUS, lambda: self.process.send_signal(signal.SIGINT))
        self.fault(NOTHING, ENVIRONMENT, "after", READ_STATUS, self.kill_pcscd)
        self.ends(NOTHING, ENVIRONMENT, self.words("telur=1pc"))  # there is no pcscd
        pcscd.start()
        self.tap()
        self.assertEqual(self.money(), money)

    def test_faults_after_the_intent(self):
        """It is not known whether the card has charged; the same basket again hands the goods over, charged once."""
        for when, act in (("before", lambda: PULL), ("after", lambda: PULL), ("after", self.disk_full),
                          ("after", lambda: b"\x94\x07"), ("after", self.kill_pcscd)):
            money = self.money()
            self.fault(AGAIN, UNSETTLED, when, DEBIT, act)
            if self.killed:
                self.ends(AGAIN, ENVIRONMENT, self.words("telur=1pc"))
                pcscd.start()
            self.take_away()
            # A second try that meets no card, or the wrong one, does not say that nothing was charged...
            self.ends(AGAIN, ENVIRONMENT, self.words("telur=1pc"), hint="Not settled: transaction")
            # ...and another customer's basket is another matter.
            self.json(NOTHING, ENVIRONMENT, self.words("telur=2pc"))
            self.tap()
            self.ends(HANDED, DONE, self.words("telur=1pc"))
            self.assertEqual(self.money(), money - EGG)

    def test_a_number_of_another_card(self):
        self.json(HANDED, DONE, [*self.words("telur=1pc"), "--transaction", "920"])
        self.take_away()
        with world.card(OTHER):
            self.ends(AGAIN, REFUSED, [*self.words("telur=1pc"), "--transaction", "920"], hint="tap that one")
        wait_for_readers(0)
        self.tap()

    def test_put_back_card(self):
        """A card that stands before its own receipts: nothing of this sale was sent to it."""
        old = world.folder / "old.img"
        self.take_away()
        shutil.copyfile(world.image(self.number), old)
        self.tap()
        self.json(HANDED, DONE, self.words("telur=1pc"))
        self.take_away()
        with world.card(0, image=old):
            self.both(NOTHING, TAMPERED, self.words("telur=1pc"), hint="keep it aside")
        wait_for_readers(0)
        self.tap()


class Forged(Outcomes):
    """A card whose receipts do not hold, after its debit: it may have charged. No goods, and nothing is called certain."""

    number = FORGED

    def setUp(self):
        forge(world.image(self.number))
        super().setUp()

    def test_a_receipt_that_does_not_hold(self):
        self.ends(AGAIN, TAMPERED, self.words("telur=8pc"), hint="not signed by the card's key")
        self.ends(AGAIN, TAMPERED, self.words("telur=8pc"), hint="Not settled: transaction")
        self.json(AGAIN, TAMPERED, self.words("telur=7pc"))
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


def forge(image):
    """Gives the card another signing key than its certificate names."""
    receipt = [entry for entry in world.log("store") if entry["kind"] == "receipt"][FORGED]
    key = bytes.fromhex(receipt["bytes"])[-32:]  # x of the key that signed
    data = bytearray(image.read_bytes())
    for at in range(0, len(data) - 31):
        scalar = int.from_bytes(data[at:at + 32], "big")
        if 2 ** 200 < scalar < P256_ORDER and ec.derive_private_key(scalar, ec.SECP256R1()).public_key() \
                .public_numbers().x.to_bytes(32, "big") == key:
            data[at + 31] ^= 1
            image.write_bytes(bytes(data))
            return
    raise AssertionError("the card's signing key was not found in its image")


class Activate(Outcomes):
    number, verb = BLANK, "activate"

    def words(self, *basket, station="registrar", **named):
        return super().words(*basket, station=station, **named)

    def test_every_end(self):
        for code, words in ((USAGE, [*self.words(), "--bogus"]), (USAGE, self.words(pins=False)),
                            (REFUSED, self.words(secret="no-pass")), (REFUSED, self.words(station="store")),
                            (ENVIRONMENT, self.words(pin="no-such-file"))):
            with self.subTest(words=" ".join(str(word) for word in words[5:])):
                self.ends(NOTHING, code, words)
        self.at("before", READ_STATUS, lambda: PULL)
        self.ends(NOTHING, ENVIRONMENT, self.words())
        for when in ("before", "after"):
            self.tap()
            self.at(when, ACTIVATE, lambda: PULL)
            self.ends(AGAIN, UNSETTLED, self.words())
            self.take_away()
            self.ends(AGAIN, ENVIRONMENT, self.words(), hint="activation")
        self.tap()
        self.json(ACTIVATED, DONE, self.words())
        self.both(NOTHING, REFUSED, self.words(), hint="activated already")


class Words(unittest.TestCase):
    def test_no_sentence_is_left_out(self):
        """Each of the three is marked for the translators."""
        source = (SOURCE / "reader/command_outcome.c").read_text(encoding="utf-8")
        marked = set(re.findall(r'\bN?_\("([^"]*)"\)', source))
        for lines in LINES.values():
            self.assertLessEqual(set(lines.values()), marked)
        self.assertIn("reader/command_outcome.c", (SOURCE / "po/POTFILES").read_text(encoding="utf-8").split())


if __name__ == "__main__":
    unittest.main()
