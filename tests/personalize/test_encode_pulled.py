# SPDX-License-Identifier: Apache-2.0
"""A card pulled, and one that answers garbage, at every APDU of its encoding."""
import unittest

import office as bureau


class Pulled(bureau.EncodeTest):
    CARDS = bureau.APDUS + 1

    def test_pulled_after_every_apdu(self):
        """The card acts on the command, the reader never hears of it; the same run goes on when the card is back."""
        for at in range(1, bureau.APDUS + 1):
            with self.subTest(at=at), self.office.card(f"pulled-{at}.img") as card:
                before = self.done()
                card.hook = lambda number, at=at: "pull" if number == at else None
                process = self.office.start_encode("--count", "1")
                self.addCleanup(process.kill)
                bureau.wait_until(lambda at=at, card=card: card.number >= at)
                card.remove()
                card.hook = None
                card.insert()
                out, err = process.communicate(timeout=20)
                self.assertEqual(process.returncode, 1, (out, err))
                self.assertEqual(self.done(), before + [at])
        self.check_report(bureau.APDUS)

    def test_garbage_at_every_apdu(self):
        """One bit of one answer is wrong: the card fails, no order is lost, and none is counted that did not hold."""
        def garbled(at):
            return lambda: self.office.card(f"garbled-{at}.img", hook=lambda number: number == at and "garble")

        cards = [garbled(at) for at in range(1, bureau.APDUS + 1)] + [lambda: self.office.card("good.img")]
        feeder = bureau.Feeder(self.office, cards)
        # The two SELECTs before the channel say nothing that counts, and a card that was told to close is looked at once
        # more after a failure: these five cards are made all the same, and the good one after them.
        answer = self.office.encode("--count", "6", *feeder.words, timeout=90)
        feeder.close()
        outcomes = [card["outcome"] for card in answer.json["cards"]]
        self.assertEqual(answer.code, 1, answer)
        self.assertEqual(len(self.done()), outcomes.count("made"))
        self.assertNotIn("made", outcomes[2:bureau.APDUS - 3])
        self.assertEqual(outcomes[:2] + outcomes[bureau.APDUS - 3:], ["made"] * 6, answer)
        self.check_report(len(self.done()))


if __name__ == "__main__":
    unittest.main()
