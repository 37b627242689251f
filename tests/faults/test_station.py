# SPDX-License-Identifier: Apache-2.0
"""The card pulled out before and after every APDU, pcscd killed at the debit, a card that answers garbage: the station
ends in a defined state with a message, and at the next tap the sale is settled, charged exactly once."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
import pcscd  # noqa: E402
from proxy import PULL, Proxy  # noqa: E402
from world import (DONE, ENVIRONMENT, REFUSED, TAMPERED, UNSETTLED, World, left, wait_for_readers)  # noqa: E402

MONEY = 3
EGG = 2500
DEBIT = 4  # SELECT, PSO, MUTUAL AUTHENTICATE, READ STATUS, DEBIT


def setUpModule():
    global world
    world = World(2)
    world.station("registrar", role="registrar")
    world.station("store")
    card = world.active_card(0, pins="pins")
    world.balance("store", check=DONE)
    world.redeem("store", "telur=1pc", check=DONE)
    card.stop()
    wait_for_readers(0)


def tearDownModule():
    world.close()


class Faults(unittest.TestCase):
    def setUp(self):
        self.proxy = Proxy(world.image(0))
        self.proxy.insert()
        wait_for_readers(1)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)
        self.money = left(world.balance("store", check=DONE))[MONEY]

    def again(self):
        """The card is tapped again, undisturbed."""
        self.proxy.before = self.proxy.after = None
        if self.proxy.pulled:
            self.proxy.insert()
        wait_for_readers(1)

    def disturbed(self, before=None, after=None):
        self.proxy.restart()
        self.proxy.before, self.proxy.after = before, after
        return world.redeem("store", "telur=1pc")

    def fault(self, before=None, after=None):
        answer = self.disturbed(before, after)
        self.assertNotEqual(answer.code, DONE, answer)
        self.assertTrue(answer.error.strip())
        return answer

    def settled_once(self):
        """The same basket at the next tap: one receipt, one charge."""
        self.again()
        answer = world.redeem("store", "telur=1pc", check=DONE)
        money = left(world.balance("store", check=DONE))[MONEY]
        self.assertEqual(self.money - money, EGG, answer)
        self.money = money
        return answer

    def test_pulled_before_each_command(self):
        for n in range(DEBIT + 1):
            with self.subTest(command=n):
                answer = self.fault(before=lambda number, _command, n=n: PULL if number == n else None)
                self.assertEqual(answer.code, UNSETTLED if n == DEBIT else ENVIRONMENT, answer)
                self.settled_once()
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_pulled_after_each_command(self):
        for n in range(DEBIT + 1):
            with self.subTest(command=n):
                answer = self.fault(after=lambda number, _command, _reply, n=n: PULL if number == n else None)
                self.assertEqual(answer.code, UNSETTLED if n == DEBIT else ENVIRONMENT, answer)
                settled = self.settled_once()
                self.assertEqual(settled["repeated"], n == DEBIT)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_another_basket_after_a_lost_debit(self):
        self.fault(after=lambda number, _command, _reply: PULL if number == DEBIT else None)
        self.again()
        answer = world.redeem("store", "telur=2pc", check=DONE)
        self.assertEqual([(one["outcome"], one["operation"]) for one in answer["settled"]], [("settled", "debit")])
        money = left(world.balance("store", check=DONE))[MONEY]
        self.assertEqual(self.money - money, 3 * EGG)

    def test_a_forged_error_does_not_close_an_intent(self):
        """An error's status word is not authenticated: 9407 in place of the receipt must not pass for a refusal."""
        answer = self.fault(after=lambda number, _command, _reply: b"\x94\x07" if number == DEBIT else None)
        self.assertEqual(answer.code, UNSETTLED, answer)
        self.assertTrue(self.settled_once()["repeated"])

    def test_a_receipt_altered_on_its_way(self):
        def flip(number, _command, reply):
            return bytes([reply[0] ^ 1]) + reply[1:] if number == DEBIT else None

        self.assertEqual(self.fault(after=flip).code, UNSETTLED)
        self.assertTrue(self.settled_once()["repeated"])

    def test_pcscd_killed_and_restarted(self):
        def kill(number, _command, _reply):
            if number == DEBIT:
                pcscd.kill()
                return PULL
            return None

        answer = self.fault(after=kill)
        self.assertEqual(answer.code, UNSETTLED, answer)
        answer = world.balance("store")
        self.assertEqual((answer.code, answer.reason), (ENVIRONMENT, "no-reader"))
        pcscd.start()
        self.assertTrue(self.settled_once()["repeated"])

    def test_garbage(self):
        """Seeded nonsense in place of one answer or of all from one on: never a crash, never goods for nothing."""
        chance = random.Random(20251015)
        # An empty answer is left out: vpcd takes it for no answer yet and waits for ever; pulling covers it.
        nonsense = [lambda reply: b"\x90", lambda reply: b"\x90\x00", lambda reply: b"\x61\x00",
                    lambda reply: b"\x6c\x10", lambda reply: reply[:-3] + reply[-2:] if len(reply) > 2 else b"\x6f\x00",
                    lambda reply: chance.randbytes(chance.randrange(2, 300)),
                    lambda reply: chance.randbytes(chance.randrange(0, 256)) + b"\x90\x00",
                    lambda reply: reply[:-2] + b"\x00" + reply[-2:], lambda reply: bytes(65000) + b"\x90\x00"]
        for trial in range(2 * len(nonsense)):
            n, change = chance.randrange(DEBIT + 1), nonsense[trial % len(nonsense)]
            ever = trial % 3 == 0

            def garble(number, _command, reply, n=n, change=change, ever=ever):
                if number != n and not (ever and number > n):
                    return None
                other = change(reply)
                return other if other != reply else b"\x6F\x00"

            with self.subTest(trial=trial, command=n):
                answer = self.disturbed(after=garble)
                self.assertIn(answer.code, (DONE, REFUSED, ENVIRONMENT, TAMPERED, UNSETTLED))
                if answer.code == DONE:  # 61xx in place of 9000: GET RESPONSE brought the truth after all
                    self.money -= EGG
                self.settled_once()
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


class Activation(unittest.TestCase):
    def test_lost_answer_is_settled_at_the_next_tap(self):
        with Proxy(world.image(1)) as proxy:
            wait_for_readers(1)
            for when in ("before", "after"):  # the last part of the chained ACTIVATE
                setattr(proxy, when, lambda _number, command, *_reply: PULL if command[:2] == b"\x84\x24" else None)
                answer = world.activate("registrar", "pin")
                self.assertEqual(answer.code, UNSETTLED, answer)
                proxy.before = proxy.after = None
                proxy.insert()
                wait_for_readers(1)
            answer = world.activate("registrar", "pin", check=DONE)
            self.assertTrue(answer["repeated"])
            world.redeem("store", "beras=1kg", check=DONE)
        wait_for_readers(0)
        self.assertEqual(world.verify("registrar", check=DONE)["findings"], [])


if __name__ == "__main__":
    unittest.main()
