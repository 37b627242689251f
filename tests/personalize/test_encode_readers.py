# SPDX-License-Identifier: Apache-2.0
"""The bureau beside other programs, and with cards that answer nonsense: a reset in the middle, a card held by others, one
byte where an answer is due. Every order ends as exactly one card, on the card that lies there or on the next one."""
import signal
import threading
import unittest

import office as bureau
from smartcard.scard import (SCARD_LEAVE_CARD, SCARD_PROTOCOL_T1, SCARD_RESET_CARD, SCARD_SCOPE_USER,
                             SCARD_SHARE_EXCLUSIVE, SCARD_SHARE_SHARED, SCardBeginTransaction, SCardConnect,
                             SCardDisconnect, SCardEndTransaction, SCardEstablishContext, SCardListReaders,
                             SCardReconnect, SCardReleaseContext)

LIMIT = 60


class Other:
    """Another program with the card: its own context and connection."""

    def __init__(self, share=SCARD_SHARE_SHARED):
        _, self.context = SCardEstablishContext(SCARD_SCOPE_USER)
        _, names = SCardListReaders(self.context, [])
        code, self.card, _ = SCardConnect(self.context, names[0], share, SCARD_PROTOCOL_T1)
        if code:
            raise AssertionError("%08X" % (code & 0xFFFFFFFF))

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        SCardDisconnect(self.card, SCARD_LEAVE_CARD)
        SCardReleaseContext(self.context)

    def reset(self):
        return SCardReconnect(self.card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_RESET_CARD)[0]


class Readers(bureau.EncodeTest):
    CARDS = 3

    def finish(self, process):
        self.addCleanup(process.kill)
        out, err = process.communicate(timeout=LIMIT)
        return bureau.Answer(process.returncode, out, err)

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
            self.assertEqual(SCardBeginTransaction(other.card), 0)
            process = self.office.start_encode("--count", "1")
            timer = threading.Timer(5, lambda: SCardEndTransaction(other.card, SCARD_LEAVE_CARD))
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
                self.assertEqual(SCardBeginTransaction(other.card), 0)
                process = self.office.start_encode("--count", "1")
                threading.Timer(4, lambda: process.send_signal(signal.SIGINT)).start()
                answer = self.finish(process)
                self.assertEqual((answer.code, answer.json["reason"]), (3, "interrupted"), answer)
                SCardEndTransaction(other.card, SCARD_LEAVE_CARD)
            self.assertEqual(self.done(), [])
            self.assertEqual(self.office.encode("--count", "1", timeout=LIMIT).code, 0)
        self.check_report(1)

    def test_exclusive_to_another_program(self):
        with self.office.card("one.img"):
            with Other(SCARD_SHARE_EXCLUSIVE):
                process = self.office.start_encode("--count", "1")
                threading.Timer(4, lambda: process.send_signal(signal.SIGINT)).start()
                answer = self.finish(process)
                self.assertNotEqual(answer.code, 0, answer)
                self.assertIn("another program", answer.err)
            self.assertEqual(self.done(), [])
            self.assertEqual(self.office.encode("--count", "1", timeout=LIMIT).code, 0)
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


if __name__ == "__main__":
    unittest.main()
