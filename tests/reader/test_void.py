# SPDX-License-Identifier: Apache-2.0
"""The void of a sale: what it gives back, everything that refuses it, and exactly once whatever is pulled or killed.
Able to fail: without the card's question for an earlier void (applet/entitlement/cmd_void.c) or the station's adoption of
one (reader/void.c) a void counts twice; without the settling in sbk_void_read a lost one is never found."""
import os
import pty
import shutil
import subprocess
import sys
import unittest

from proxy import PULL, Proxy
from world import (DONE, ENVIRONMENT, READER, REFUSED, TODAY, UNSETTLED, USAGE, World, left, run,
                   wait_for_readers)

COUNT_SALE, DELIVER = sys.argv[1:3]
RICE, OIL, SUGAR, MONEY = range(4)  # slots of data/programmes.yaml
EGG = 2500
VOID = 4  # SELECT, PSO, MUTUAL AUTHENTICATE, READ STATUS, VOID
INS_DEBIT = 0x30
KNOWN_APDUS, KNOWN_BYTES = 5, 1500


def setUpModule():
    global world
    world = World(4)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")


def tearDownModule():
    world.close()


def command(*words):
    return [str(word) for word in (READER, "void", "--station", world.folder / "store", *world.secret, *words)]


def deliver(news):
    """The city's news reach the card at the second store."""
    process = subprocess.run([DELIVER, world.folder / "second", world.city, "a pass phrase for tests", news], text=True,
                             capture_output=True, check=False, env=dict(os.environ, SEMBAKO_DATE=TODAY), timeout=60)
    assert process.returncode == 0, process.stderr


class WithCard(unittest.TestCase):
    number = None

    @classmethod
    def setUpClass(cls):
        cls.card = world.active_card(cls.number)

    @classmethod
    def tearDownClass(cls):
        cls.card.stop()
        wait_for_readers(0)

    def balances(self, **named):
        return left(world.balance("store", check=DONE, **named))

    def refused(self, reason, sale, says, station="store", card=None, status="0000", code=REFUSED, **named):
        """Refused with its reason, in plain words; the log says so; card and sums are as they were."""
        image = world.image(self.number if card is None else card)
        before, entries = image.read_bytes(), len(world.log(station))
        answer = world.void(station, sale, **named)
        self.assertEqual((answer.code, answer.reason, answer["outcome"]), (code, reason, "nothing"), answer)
        self.assertIn(says, answer["message"])
        self.assertEqual(image.read_bytes(), before)
        added = [entry for entry in world.log(station)[entries:] if entry["kind"] == "refused"]
        self.assertEqual(len(added), 1, added)
        self.assertIn("status %s, %s" % (status, reason), added[0]["text"])
        return answer


class Day1Voids(WithCard):
    number = 0

    def test_1_in_kind_and_rupiah_in_several_purses(self):
        before = self.balances()
        basket = ("beras=11kg", "minyak=1l", "gula=500g")  # 10 kg of rice in kind, 1 kg for rupiah
        sale = world.redeem("store", *basket, check=DONE)
        self.assertEqual(len(sale["bill"]["purses"]), 4)
        void = world.void("store", sale["transaction"], check=DONE)
        self.assertEqual((void["voided"], void["repeated"], void["outcome"]), (sale["transaction"], False, "voided"))
        self.assertGreater(void["transaction"], sale["transaction"])
        self.assertEqual(void["counter"], sale["counter"] + 1)
        self.assertEqual(void["bill"]["lines"], sale["bill"]["lines"])
        self.assertEqual([(purse["slot"], purse["before"], purse["amount"], purse["after"])
                          for purse in void["bill"]["purses"]],
                         [(purse["slot"], purse["after"], purse["amount"], purse["before"])
                          for purse in sale["bill"]["purses"]])
        self.assertEqual(self.balances(), before)
        self.assertLessEqual(void["apdus"], KNOWN_APDUS)
        self.assertLessEqual(void["bytes"], KNOWN_BYTES)
        # The family redeems the same again; the void stands before it in the chain.
        again = world.redeem("store", *basket, check=DONE)
        self.assertEqual(again["bill"]["purses"], sale["bill"]["purses"])
        world.void("store", again["transaction"], check=DONE)
        self.assertEqual(self.balances(), before)
        texts = [entry["text"] for entry in world.log("store")]
        self.assertTrue(any("transaction %d: void" % void["transaction"] in text for text in texts))
        self.assertTrue(any("void, store transaction %d" % void["transaction"] in text for text in texts))

    def test_2_the_slip(self):
        sale = world.redeem("store", "telur=2pc", check=DONE)
        slip = subprocess.run(command("--yes", sale["transaction"]), text=True, capture_output=True, check=True,
                              env=dict(os.environ, SEMBAKO_DATE=TODAY, LANGUAGE="en"), timeout=60).stdout
        self.assertIn("*** VOID of No. %d ***" % sale["transaction"], slip)
        self.assertIn("given back", slip)
        self.assertNotIn("COPY", slip)
        self.assertTrue(slip.endswith("Take the goods back.\n"), slip)
        self.assertNotIn("Hand over", slip)

    def test_3_asks_first(self):
        sale = world.redeem("store", "telur=1pc", check=DONE)
        money = self.balances()[MONEY]
        entries = len(world.log("store"))
        for answer, code in (("n\n", ENVIRONMENT), ("\n", ENVIRONMENT), ("\x03", ENVIRONMENT), ("y\n", DONE)):
            self.assertEqual(self.balances()[MONEY], money)
            self.assertNotIn("intent", [entry["kind"] for entry in world.log("store")[entries:]])
            said, status = self.at_terminal(answer, sale["transaction"])
            self.assertEqual(status, code, said)
            self.assertIn("Telur", said)
            self.assertEqual("Take the goods back" in said, code == DONE)
        self.assertEqual(self.balances()[MONEY], money + EGG)
        sale = world.redeem("store", "telur=1pc", check=DONE)
        alone = subprocess.run(command(sale["transaction"]), text=True, capture_output=True, check=False,
                               start_new_session=True, env=dict(os.environ, SEMBAKO_DATE=TODAY), timeout=60)
        self.assertEqual(alone.returncode, USAGE, alone)
        world.void("store", sale["transaction"], check=DONE)

    @staticmethod
    def at_terminal(answer, sale):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(READER, command(sale), dict(os.environ, SEMBAKO_DATE=TODAY, LANGUAGE="en"))
        said = ""
        try:
            while True:
                said += os.read(terminal, 4096).decode()
                if said.endswith("[y/n] "):
                    os.write(terminal, answer.encode())
        except OSError:
            pass
        os.close(terminal)
        return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_4_asked_twice(self):
        sale = world.redeem("store", "telur=3pc", check=DONE)
        money = self.balances()[MONEY]
        void = world.void("store", sale["transaction"], extra=("--transaction", "700"), check=DONE)
        self.assertEqual(void["transaction"], 700)
        again = world.void("store", sale["transaction"], extra=("--transaction", "700"), check=DONE)
        self.assertEqual((again["receipt"], again["signature"]), (void["receipt"], void["signature"]))
        self.assertTrue(again["repeated"])
        self.refused("already-voided", sale["transaction"], "was voided before, by transaction 700")
        other = world.redeem("store", "telur=1pc", check=DONE)
        self.refused("transaction-conflict", other["transaction"], "used for something else",
                     extra=("--transaction", "700"))
        self.refused("transaction-conflict", other["transaction"], "used for something else",
                     extra=("--transaction", other["transaction"]))
        # A sale that was voided is not handed over again.
        repeat = world.redeem("store", "telur=3pc", extra=("--transaction", sale["transaction"]))
        self.assertEqual((repeat.code, repeat.reason), (REFUSED, "already-voided"))
        self.assertIn("hand nothing over", repeat["message"])
        self.assertEqual(repeat["outcome"], "nothing")
        world.void("store", other["transaction"], check=DONE)
        self.assertEqual(self.balances()[MONEY], money + 3 * EGG)

    def test_4_the_folder_is_an_old_copy(self):
        """The station forgot the void, the card did not."""
        world.station("twin", outlet="EW-009")
        sale = world.redeem("twin", "telur=1pc", check=DONE)
        shutil.copytree(world.folder / "twin", world.folder / "copy")
        void = world.void("twin", sale["transaction"], check=DONE)
        before = self.balances()
        shutil.rmtree(world.folder / "twin")
        shutil.move(world.folder / "copy", world.folder / "twin")
        self.refused("transaction-conflict", sale["transaction"], "older copy", station="twin", status="9402",
                     extra=("--transaction", void["transaction"]))
        self.refused("already-voided", sale["transaction"], "was voided before", station="twin", status="9415")
        self.assertEqual(self.balances(), before)

    def test_5_what_is_no_sale_of_this_station(self):
        sale = world.redeem("store", "telur=1pc", check=DONE)
        void = world.void("store", sale["transaction"], check=DONE)
        self.refused("receipt-not-own", void["transaction"], "is not a sale")
        self.refused("not-found", 100000, "has no sale 100000")
        nothing = world.redeem("store", "telur=1pc", pin="wrong-pin")
        self.assertEqual(nothing.reason, "pin-wrong")
        self.refused("not-found", nothing["transaction"], "charged nothing")
        foreign = world.redeem("second", "telur=1pc", extra=("--transaction", "5000"), check=DONE)
        world.redeem("store", "telur=1pc", check=DONE)  # carries it
        self.refused("receipt-not-own", foreign["transaction"], "is station second's")
        self.refused("role-not-allowed", 1, "station", station="registrar")  # the activation
        self.refused("certificate-expired", sale["transaction"], "expired", date="2026-02-01")
        for word in ("0", "-1", "4294967296", "x", "1x", ""):
            self.assertEqual(world.void("store", word).code, USAGE)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_6_the_window_rolls(self):
        rice = world.redeem("store", "beras=1kg", check=DONE)
        money = world.redeem("store", "telur=1pc", check=DONE)
        self.refused("receipt-not-own", rice["transaction"], "period", status="9414", date="2025-11-16")
        # October's money stays with the grant, and without a fresh certificate the card is in October still.
        before = self.balances(date="2025-11-16")
        world.void("store", money["transaction"], date="2025-11-16", check=DONE)
        self.assertEqual(self.balances(date="2025-11-16")[MONEY], before[MONEY] + EGG)

    def test_7_a_new_mandate(self):
        sale = world.redeem("store", "telur=1pc", check=DONE)
        deliver("mandate")
        world.balance("store", check=DONE)
        self.refused("receipt-not-own", sale["transaction"], "newer mandate", status="9414")
        new = world.redeem("store", "telur=1pc", check=DONE)
        world.void("store", new["transaction"], check=DONE)

    def test_8_a_lost_sale_and_a_newer_mandate(self):
        """A debit that committed and whose answer was lost; then a mandate that lowers the floor comes elsewhere."""
        self.card.stop()
        wait_for_readers(0)
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            proxy.after = lambda _number, command, _reply: PULL if command[1] == INS_DEBIT else None
            lost = world.redeem("store", "telur=1pc")
            self.assertEqual(lost.code, UNSETTLED, lost)
            proxy.after = None
            proxy.insert()
            wait_for_readers(1)
            deliver("floor")
            again = world.redeem("store", "telur=1pc", extra=("--transaction", lost["transaction"]), check=DONE)
            self.assertTrue(again["repeated"])
            once_more = world.redeem("store", "telur=1pc", extra=("--transaction", lost["transaction"]), check=DONE)
            self.assertEqual(once_more["receipt"], again["receipt"])
        wait_for_readers(0)
        type(self).card = world.card(0)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_9_stopped_and_blocked(self):
        sale = world.redeem("store", "telur=1pc", check=DONE)
        deliver("stop")
        self.refused("card-stopped", sale["transaction"], "stopped", status="9421")
        deliver("mandate")
        sale = world.redeem("store", "telur=1pc", check=DONE)
        deliver("blocked")
        self.refused("card-stopped", sale["transaction"], "stopped", status="9421")
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


class Day2Places(WithCard):
    number = 1

    def test_1_another_card(self):
        sale = world.redeem("store", "telur=1pc", check=DONE)
        self.card.stop()
        wait_for_readers(0)
        with world.active_card(2):
            self.refused("wrong-card", sale["transaction"], "put that one on the reader", card=2)
        wait_for_readers(0)
        type(self).card = world.card(1)
        world.void("store", sale["transaction"], check=DONE)

    def test_2_out_of_the_last_16(self):
        sales = [world.redeem("store", "telur=1pc", check=DONE)["transaction"] for _ in range(2)]
        process = subprocess.run([COUNT_SALE, world.folder / "store", "a pass phrase for tests", "135790", "15"],
                                 text=True, capture_output=True, check=False, env=dict(os.environ, SEMBAKO_DATE=TODAY),
                                 timeout=60)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.refused("too-old", sales[0], "no longer keeps that receipt", status="9403")
        void = world.void("store", sales[1], check=DONE)  # the oldest of 16
        # The card forgot the sale, not its void; the void is given again from the card and later from the log.
        again = world.void("store", sales[1], extra=("--transaction", void["transaction"]), check=DONE)
        self.assertEqual(again["receipt"], void["receipt"])

    def test_3_an_open_sale_is_settled_and_voided_at_one_tap(self):
        money = self.balances()[MONEY]
        self.card.stop()
        wait_for_readers(0)
        with Proxy(world.image(1)) as proxy:
            wait_for_readers(1)
            for when in ("before", "after"):
                setattr(proxy, when, lambda _number, command, *_reply: PULL if command[1] == INS_DEBIT else None)
                lost = world.redeem("store", "telur=1pc")
                self.assertEqual(lost.code, UNSETTLED, lost)
                proxy.before = proxy.after = None
                proxy.insert()
                wait_for_readers(1)
                answer = world.void("store", lost["transaction"])
                self.assertEqual([(one["transaction"], one["outcome"]) for one in answer["settled"]],
                                 [(lost["transaction"], "untouched" if when == "before" else "settled")])
                if when == "before":
                    self.assertEqual((answer.code, answer.reason), (REFUSED, "not-found"), answer)
                else:
                    self.assertEqual(answer.code, DONE, answer)
                self.assertEqual(self.balances()[MONEY], money)
        wait_for_readers(0)
        type(self).card = world.card(1)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


class Day3ExactlyOnce(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with world.active_card(3):
            world.redeem("store", "telur=1pc", check=DONE)
        wait_for_readers(0)

    def setUp(self):
        self.proxy = Proxy(world.image(3))
        self.proxy.insert()
        wait_for_readers(1)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.proxy.__exit__)
        self.money = left(world.balance("store", check=DONE))[MONEY]
        self.before = self.voids()

    def again(self):
        self.proxy.before = self.proxy.after = None
        if self.proxy.pulled:
            self.proxy.insert()
        wait_for_readers(1)

    def voided_once(self, sale, lost):
        """The same void at the next tap: one receipt, given back once."""
        self.again()
        answer = world.void("store", sale, check=DONE)
        self.assertEqual(answer["repeated"], lost)
        self.assertEqual(answer["bill"]["purses"][0]["after"], self.money)

    def voids(self):
        return sum("store transaction" in entry["text"] and ": void, " in entry["text"] for entry in world.log("store"))

    def check_log(self, voids):
        self.assertEqual(self.voids() - self.before, voids)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def begin(self):
        sale = world.redeem("store", "telur=1pc", check=DONE)
        self.proxy.restart()
        return sale["transaction"]

    def test_pulled_before_and_after_each_command(self):
        for when in ("before", "after"):
            for n in range(VOID + 1):
                with self.subTest(when=when, command=n):
                    sale = self.begin()
                    setattr(self.proxy, when, lambda number, *_bytes, n=n: PULL if number == n else None)
                    answer = world.void("store", sale)
                    self.assertEqual(answer.code, UNSETTLED if n == VOID else ENVIRONMENT, answer)
                    self.assertEqual(answer["outcome"], "again" if n == VOID else "nothing")
                    self.assertTrue(answer.error.strip())
                    if n == VOID:
                        self.assertIn("a void, is not settled", answer["message"])
                    self.voided_once(sale, n == VOID and when == "after")
        self.check_log(2 * (VOID + 1))

    def test_killed_after_each_command(self):
        for n in range(VOID + 1):
            with self.subTest(command=n):
                sale = self.begin()
                running = []

                def kill(number, *_bytes, n=n, running=running):
                    if number == n:
                        running[0].kill()
                        running[0].wait()

                self.proxy.after = kill
                running.append(subprocess.Popen(command("--yes", "--json", sale), stdout=subprocess.PIPE,
                                                stderr=subprocess.PIPE, env=dict(os.environ, SEMBAKO_DATE=TODAY)))
                said, _ = running[0].communicate(timeout=60)
                self.assertEqual((running[0].returncode, said), (-9, b""))
                self.voided_once(sale, n == VOID)
        self.check_log(VOID + 1)

    def test_found_out_by_another_program(self):
        sale = self.begin()
        self.proxy.after = lambda number, *_bytes: PULL if number == VOID else None
        lost = world.void("store", sale)
        self.assertEqual(lost.code, UNSETTLED, lost)
        status = run(READER, "status", "--station", world.folder / "store", check=DONE)
        self.assertEqual(len(status["open"]), 1)
        self.again()
        answer = world.redeem("store", "telur=2pc", check=DONE)
        self.assertEqual([(one["transaction"], one["operation"], one["outcome"]) for one in answer["settled"]],
                         [(lost["transaction"], "void", "settled")])
        answer = world.void("store", sale)
        self.assertEqual((answer.code, answer.reason), (REFUSED, "already-voided"))
        self.check_log(1)
        copy = world.void("store", sale, extra=("--transaction", lost["transaction"]), check=DONE)
        self.assertTrue(copy["repeated"])
        self.assertEqual(left(world.balance("store", check=DONE))[MONEY], self.money - 2 * EGG)

    def test_a_forged_error_does_not_close_an_intent(self):
        sale = self.begin()
        self.proxy.after = lambda number, *_bytes: b"\x94\x14" if number == VOID else None
        answer = world.void("store", sale)
        self.assertEqual(answer.code, UNSETTLED, answer)
        self.voided_once(sale, True)
        self.check_log(1)
        # Sales and voids add up over the logs of all that met the cards; what a log that is not there had is missing.
        logs = [world.folder / name for name in ("store", "second", "registrar")]
        crossed = run(READER, "log", "cross-check", *logs)
        self.assertIn(crossed.code, (DONE, UNSETTLED), crossed)
        self.assertGreater(crossed["receipts"], 2)


if __name__ == "__main__":
    unittest.main()
