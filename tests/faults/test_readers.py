# SPDX-License-Identifier: Apache-2.0
"""Readers as they are, over a real pcscd: other programs that reset the card, keep it or hold it; a reader that goes away;
slow cards, cards that never answer, late answers. Each session ends in a defined state with a message that helps, the
reader is let go and the next tap settles."""
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from other import Other
from smartcard.scard import SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_SHARE_EXCLUSIVE

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
import pcscd  # noqa: E402
from proxy import PULL, Proxy  # noqa: E402
from world import (DONE, ENVIRONMENT, PIN, READER, TODAY, UNSETTLED, Answer, World, left, wait_for_readers)  # noqa: E402

MONEY = 3
EGG = 2500
LIMIT = 60
STATUS, DEBIT = 3, 4  # SELECT, PSO, MUTUAL AUTHENTICATE, READ STATUS, DEBIT


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    card = world.active_card(0, pins="pins")
    world.redeem("store", "telur=1pc", check=DONE)
    card.stop()
    wait_for_readers(0)


def tearDownModule():
    world.close()


def wait_until(condition):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited too long")
        time.sleep(0.01)


class Redeem:
    """`redeem` as a process of its own, whose PIN comes when it is given."""

    def __init__(self, basket="telur=1pc", pin=True):
        self.pin = None
        words = [str(READER), "redeem", "--station", str(world.folder / "store"), *map(str, world.secret), "--json"]
        if pin:
            words += ["--pin-file", str(world.folder / "pin"), basket]
            self.process = self._start(words)
        else:
            read, self.pin = os.pipe()
            self.process = self._start([*words, "--pin-fd", str(read), basket], pass_fds=(read,))
            os.close(read)
        self.words = words
        self.error = ""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self):
        for line in self.process.stderr:
            self.error += line

    def wait_for_word(self, word):
        wait_until(lambda: word in self.error or self.process.poll() is not None)

    @staticmethod
    def _start(words, **options):
        return subprocess.Popen(words, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=dict(os.environ, SEMBAKO_DATE=TODAY), **options)

    def give_pin(self):
        os.write(self.pin, (PIN + "\n").encode())
        os.close(self.pin)
        self.pin = None

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def answer(self):
        if self.pin is not None:
            os.close(self.pin)
        out = self.process.stdout.read()
        self._listener.join(LIMIT)
        self.process.wait(LIMIT)
        return Answer(subprocess.CompletedProcess(self.words, self.process.returncode, out, self.error), self.words)


class Readers(unittest.TestCase):
    def setUp(self):
        self.proxy = Proxy(world.image(0))
        self.proxy.insert()
        wait_for_readers(1)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)
        self.money = left(world.balance("store", check=DONE))[MONEY]
        self.proxy.restart()

    def wait_for_command(self, count):
        wait_until(lambda: self.proxy.count >= count)

    def charged(self):
        money = left(world.balance("store", check=DONE))[MONEY]
        amount, self.money = self.money - money, money
        return amount

    def ended(self, answer, code, reason, outcome, words):
        self.assertEqual((answer.code, answer.reason, answer["outcome"]), (code, reason, outcome), answer)
        for word in ("Virtual PCD", words):
            self.assertIn(word, answer.error)

    def settled(self, repeated):
        """The next run, undisturbed: one charge, whatever happened before."""
        self.proxy.before = self.proxy.after = None
        if self.proxy.pulled:
            self.proxy.insert()
        wait_for_readers(1)
        answer = world.redeem("store", "telur=1pc", check=DONE)
        self.assertEqual(answer["repeated"], repeated)
        self.assertEqual(self.charged(), EGG)

    # ---- other programs ----

    def test_reset_while_the_pin_is_asked_for(self):
        """By a reconnection and by a disconnection: the session is begun anew and the sale goes on."""
        for how in ("reconnect", "disconnect"):
            with self.subTest(how=how):
                self.proxy.restart()
                redeem = Redeem(pin=False)
                self.wait_for_command(DEBIT)
                other = Other()
                self.assertEqual(other.reset() if how == "reconnect" else 0, 0)
                other.close(SCARD_RESET_CARD if how == "disconnect" else SCARD_LEAVE_CARD)
                redeem.give_pin()
                answer = redeem.answer()
                self.assertEqual((answer.code, answer["outcome"]), (DONE, "handed"), answer)
                self.assertGreater(self.proxy.count, 2 * DEBIT)
                self.assertEqual(self.charged(), EGG)

    def test_reset_in_the_middle(self):
        """While we hold the card, another program's reset waits until we let it go."""
        for n in (0, DEBIT):
            with self.subTest(command=n):
                other = Other()
                thread = threading.Thread(target=other.reset, daemon=True)

                def reset(number, _command, n=n, thread=thread):
                    if number == n:
                        thread.start()
                        time.sleep(0.3)

                self.proxy.restart()
                self.proxy.before = reset
                answer = world.redeem("store", "telur=1pc", check=DONE)
                self.proxy.before = None
                thread.join(LIMIT)
                self.assertFalse(thread.is_alive())
                other.close()
                self.assertEqual((answer["outcome"], answer["apdus"]), ("handed", DEBIT + 1))
                self.assertEqual(self.charged(), EGG)

    def test_kept_by_another_program(self):
        other = Other(SCARD_SHARE_EXCLUSIVE)
        answer = world.redeem("store", "telur=1pc")
        other.close()
        self.ended(answer, ENVIRONMENT, "busy", "nothing", "end that program")
        self.settled(False)

    def test_kept_while_the_pin_is_asked_for(self):
        redeem = Redeem(pin=False)
        self.wait_for_command(DEBIT)
        other = Other()
        other.begin()
        redeem.give_pin()
        time.sleep(0.5)
        self.assertIsNone(redeem.process.poll())
        redeem.interrupt()
        self.ended(redeem.answer(), ENVIRONMENT, "interrupted", "nothing", "interrupted")
        other.close()
        self.settled(False)

    def test_held_for_long(self):
        """After three seconds the clerk is told; when the other program ends, the sale goes on."""
        other = Other()
        other.begin()
        redeem = Redeem()
        redeem.wait_for_word("another program holds the card")
        other.end()
        answer = redeem.answer()
        other.close()
        self.assertEqual((answer.code, answer["outcome"]), (DONE, "handed"), answer)
        self.assertIn("another program holds the card", answer.error)
        self.assertEqual(self.charged(), EGG)

    # ---- the reader ----

    def test_restarted_while_the_pin_is_asked_for(self):
        redeem = Redeem(pin=False)
        self.wait_for_command(DEBIT)
        pcscd.kill()
        self.proxy.remove()
        pcscd.start()
        redeem.give_pin()
        answer = redeem.answer()
        self.ended(answer, ENVIRONMENT, "reader-failed", "nothing", "start pcscd and tap the card again")
        self.settled(False)

    def test_unplugged(self):
        """The reader vanishes from pcscd's list: before the debit, and while it is under way."""
        folder = os.path.join(os.environ["SBK_PCSCD_DIR"], "reader.conf.d")
        configuration = os.path.join(folder, "vpcd")

        def plug(plugged):
            os.rename(*((configuration + "-away", configuration) if plugged else (configuration, configuration + "-away")))

        for n in (STATUS, DEBIT):
            with self.subTest(command=n):
                def unplug(number, _command, n=n):
                    if number != n:
                        return None
                    pcscd.kill()
                    plug(False)
                    return PULL

                self.proxy.restart()
                self.proxy.before = unplug
                try:
                    answer = world.redeem("store", "telur=1pc")
                finally:
                    plug(True)
                self.assertEqual((answer.code, answer["outcome"]),
                                 (UNSETTLED, "again") if n == DEBIT else (ENVIRONMENT, "nothing"), answer)
                pcscd.start()
                self.settled(False)

    # ---- the card ----

    def test_slow_card(self):
        def slow(number, _command, _reply):
            if number == DEBIT:
                time.sleep(3.5)

        self.proxy.after = slow
        answer = world.redeem("store", "telur=1pc", check=DONE)
        self.assertEqual(answer["outcome"], "handed")
        self.assertIn("takes long to answer", answer.error)
        self.assertEqual(self.charged(), EGG)

    def test_card_that_never_answers(self):
        """Ctrl-C ends the wait cleanly, in the words for what may have happened."""
        for n, acts in ((STATUS, True), (DEBIT, False), (DEBIT, True)):
            with self.subTest(command=n, acts=acts):
                taken = threading.Event()

                def never(number, *_unused, n=n, taken=taken):
                    if number == n:
                        taken.wait(LIMIT)
                        return PULL
                    return None

                self.proxy.restart()
                setattr(self.proxy, "after" if acts else "before", never)
                redeem = Redeem()
                self.wait_for_command(n + 1)
                if not acts:  # else Ctrl-C comes before it is slow, and an answer is worth more until then
                    redeem.wait_for_word("takes long to answer")
                redeem.interrupt()
                answer = redeem.answer()
                taken.set()
                self.ended(answer, UNSETTLED if n == DEBIT else ENVIRONMENT,
                           "unsettled" if n == DEBIT else "interrupted", "again" if n == DEBIT else "nothing",
                           "take the card out")
                wait_until(lambda: self.proxy.pulled)
                self.settled(n == DEBIT and acts)

    def test_late_answers(self):
        """From one command on, each gets the answer of the one before: secure messaging notices, the session ends."""
        for n in range(1, DEBIT + 1):
            with self.subTest(command=n):
                last = {}

                def late(number, _command, reply, n=n, last=last):
                    late_one, last["reply"] = last.get("reply"), reply
                    return late_one if number >= n else None

                self.proxy.restart()
                self.proxy.after = late
                answer = world.redeem("store", "telur=1pc")
                self.assertIn((answer.code, answer["outcome"]),
                              [(UNSETTLED, "again")] if n == DEBIT else [(ENVIRONMENT, "nothing"), (1, "nothing"),
                                                                         (4, "nothing")], answer)
                self.settled(n == DEBIT)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


if __name__ == "__main__":
    unittest.main()
