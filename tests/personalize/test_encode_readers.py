# SPDX-License-Identifier: Apache-2.0
"""The bureau beside other programs, with readers that go away, and with cards that answer nonsense or nothing: a reset in the
middle, a card held by others, one byte where an answer is due. Every order ends as exactly one card, on the card that lies
there or on the next one, and a feeder moves no card away that nothing is wrong with."""
import os
import signal
import threading
import unittest

import office as bureau
import pcscd
from other import Other
from smartcard.scard import SCARD_SHARE_EXCLUSIVE

LIMIT = 60
EARLY, MIDDLE = 1, 9  # before the card is known; with its order begun


class Line(bureau.EncodeTest):
    def finish(self, process):
        self.addCleanup(process.kill)
        out, err = process.communicate(timeout=LIMIT)
        return bureau.Answer(process.returncode, out, err)

    def no_feeder(self):
        """The options for a feeder that nobody expects to move a card; moved() tells whether it did."""
        return "--feeder", f"echo >> {self.office.path('moved')};"

    def moved(self):
        return os.path.exists(self.office.path("moved"))

    def again(self, image, made):
        with self.office.card(image):
            answer = self.office.encode("--count", "1", timeout=LIMIT)
            self.assertEqual((answer.code, len(self.done())), (0, made), answer)


class Readers(Line):
    CARDS = 4  # one is always left: the line wants another card and sees what is wrong

    def test_reset_by_another_program(self):
        """Encoding holds the card: a reset waits until the card is done."""
        with self.office.card("one.img") as card, Other() as other:
            resets = []
            card.hook = lambda number: threading.Thread(target=lambda: resets.append(other.reset())).start() \
                if number == 5 else None
            answer = self.finish(self.office.start_encode("--count", "1"))
            card.hook = None
            bureau.wait_until(lambda: len(resets) == 1)
            self.assertEqual((answer.code, resets), (0, [0]), answer)
        self.assertEqual(self.done(), [1])
        self.check_report(1)

    def test_held_in_a_transaction(self):
        """Another program holds the card for a while: the operator is told, and it goes on by itself."""
        with self.office.card("one.img"), Other() as other:
            other.begin()
            process = self.office.start_encode("--count", "1")
            timer = threading.Timer(5, other.end)
            timer.start()
            self.addCleanup(timer.join)
            answer = self.finish(process)
            self.assertEqual(answer.code, 0, answer)
            self.assertIn("another program holds the card", answer.err)
        self.check_report(1)

    def test_held_for_ever(self):
        """Ctrl-C ends the wait; the order is still there."""
        with self.office.card("one.img"):
            with Other() as other:
                other.begin()
                process = self.office.start_encode("--count", "1")
                threading.Timer(4, lambda: process.send_signal(signal.SIGINT)).start()
                answer = self.finish(process)
                self.assertEqual((answer.code, answer.json["reason"]), (3, "interrupted"), answer)
                other.end()
            self.assertEqual(self.done(), [])
            self.assertEqual(self.office.encode("--count", "1", timeout=LIMIT).code, 0)
        self.check_report(1)

    def test_exclusive_to_another_program(self):
        """The run ends and leaves the blank where it is."""
        feeder = bureau.Feeder(self.office, [lambda: self.office.card("one.img")])
        with Other(SCARD_SHARE_EXCLUSIVE):
            answer = self.office.encode("--count", "1", *feeder.words, timeout=LIMIT)
        self.assertEqual((answer.code, answer.json["reason"], answer.json["cards"]), (3, "busy", []), answer)
        self.assertIn("another program keeps the card to itself; end that program", answer.err)
        self.assertEqual((feeder.moves, self.done()), ([], []))
        self.assertEqual(self.office.encode("--count", "1", *feeder.words, timeout=LIMIT).code, 0)
        feeder.close()
        self.assertEqual(feeder.moves, ["good"])
        self.check_report(1)

    def test_one_byte_for_an_answer(self):
        """Before the card is known it is refused, in the middle it fails; the next one takes the order."""
        def short(at):
            return lambda: self.office.card(f"short-{at}.img", hook=lambda number: number == at and "short")

        cards = [short(at) for at in (3, 9)] + [lambda: self.office.card("good.img")]
        feeder = bureau.Feeder(self.office, cards)
        answer = self.office.encode("--count", "1", *feeder.words, timeout=LIMIT)
        feeder.close()
        self.assertEqual([card["outcome"] for card in answer.json["cards"]], ["refused", "failed", "made"], answer)
        self.assertEqual({card.get("reason") for card in answer.json["cards"][:2]}, {"card-answer-invalid"})
        self.assertEqual(self.done(), [1])
        self.check_report(1)

    # ---- the reader ----

    def broken_at(self, at, act):
        """Encodes with `act` done between the card's answer to command `at` and the reader; afterwards simply again."""
        with self.subTest(at=at):
            before = self.done()
            with self.office.card(f"broken-{at}.img") as card:
                def hook(number):
                    if number != at:
                        return None
                    card.hook = None
                    act()
                    return "pull"

                card.hook = hook
                answer = self.office.encode("--count", "1", *self.no_feeder(), timeout=LIMIT)
            self.assertEqual((answer.code, answer.json["reason"]), (3, "reader-failed"), answer)
            self.assertIn("start pcscd", answer.err)
            self.assertEqual([(entry["outcome"], entry["reason"]) for entry in answer.json["cards"]],
                             [] if at == EARLY else [("failed", "reader-failed")], answer)
            self.assertEqual((self.done(), self.moved()), (before, False))
            return f"broken-{at}.img"

    def test_service_restarted(self):
        for made, at in enumerate((EARLY, MIDDLE, bureau.APDUS), 1):
            image = self.broken_at(at, pcscd.kill)
            pcscd.start()
            self.again(image, made)
        self.check_report(3)

    def test_unplugged(self):
        """The reader is gone from the list: told as such, and the order is made when it is back."""
        configuration = os.path.join(os.environ["SBK_PCSCD_DIR"], "reader.conf.d", "vpcd")
        image = self.broken_at(MIDDLE, pcscd.kill)
        os.rename(configuration, configuration + "-away")
        try:
            answer = self.office.encode("--count", "1", *self.no_feeder(), timeout=LIMIT)
            self.assertEqual((answer.code, answer.json["reason"], self.moved()), (3, "no-reader", False), answer)
        finally:
            os.rename(configuration + "-away", configuration)
        pcscd.start()
        self.again(image, 1)
        self.check_report(1)

    # ---- the card ----

    def test_card_that_never_answers(self):
        """Ctrl-C ends the wait once it was told of; the same card is made when it answers again."""
        for made, at in enumerate((EARLY, MIDDLE, bureau.APDUS), 1):
            with self.subTest(at=at):
                over = threading.Event()

                def never(number, at=at, over=over):
                    return over.wait(LIMIT) and "pull" if number == at else None

                with self.office.card(f"mute-{at}.img", hook=never) as card:
                    process = self.office.start_encode("--count", "1", *self.no_feeder())
                    bureau.wait_until(lambda card=card, at=at: card.number >= at)
                    timer = threading.Timer(3.5, process.send_signal, [signal.SIGINT])
                    timer.start()
                    answer = self.finish(process)
                    over.set()
                self.assertEqual((answer.code, answer.json["reason"]), (3, "interrupted"), answer)
                self.assertIn("takes long to answer", answer.err)
                self.assertEqual((len(self.done()), self.moved()), (made - 1, False))
                self.again(f"mute-{at}.img", made)
        self.check_report(3)

    def test_cards_that_a_reader_does_not_hear(self):
        """The third in a row is the reader's doing."""
        feeder = bureau.Feeder(self.office, [
            lambda n=n: self.office.card(f"quiet-{n}.img", hook=lambda number: "pull" if number == EARLY else None)
            for n in range(4)])
        answer = self.office.encode(*feeder.words, timeout=LIMIT)
        self.assertEqual((answer.code, answer.json["reason"]), (3, "reader-failed"), answer)
        self.assertIn("3 cards in a row did not answer or left", answer.err)
        self.assertEqual(({card["reason"] for card in answer.json["cards"]}, feeder.moves), ({"card-removed"}, ["bad", "bad"]))
        feeder.close()

    def test_card_of_garbage(self):
        """A card whose every answer is noise is refused, takes no order, and the next one is made."""
        def noise(number):
            return bytes((number * 89 + place * 151) % 256 for place in range(2 + number * 37 % 250))

        cards = [lambda: self.office.card("noise.img", hook=noise), lambda: self.office.card("good.img")]
        feeder = bureau.Feeder(self.office, cards)
        answer = self.office.encode("--count", "1", *feeder.words, timeout=LIMIT)
        feeder.close()
        self.assertEqual([card["outcome"] for card in answer.json["cards"]], ["refused", "made"], answer)
        self.assertEqual((feeder.moves, self.done()), (["bad", "good"], [1]))
        self.check_report(1)


class LastOrder(Line):
    """A batch whose last order is under way."""
    CARDS = 1

    def test_interrupted_while_it_closes(self):
        over = threading.Event()
        close = bureau.APDUS - 2  # SET STATUS, SELECT, GET DATA
        with self.office.card("last.img", hook=lambda n: over.wait(LIMIT) and "pull" if n == close else None) as card:
            process = self.office.start_encode()
            bureau.wait_until(lambda: card.number >= close)
            process.send_signal(signal.SIGINT)
            answer = self.finish(process)
            over.set()
        self.assertEqual((answer.code, answer.json["reason"]), (3, "interrupted"), answer)
        self.assertEqual([state for state, _serial in self.office.work().values()], ["closing"])
        self.again("last.img", 1)
        self.check_report(1)


if __name__ == "__main__":
    unittest.main()
