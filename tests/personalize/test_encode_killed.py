# SPDX-License-Identifier: Apache-2.0
"""The program killed at every APDU of a card's encoding, and what the next run does."""
import unittest

import office as bureau


class Killed(bureau.EncodeTest):
    CARDS = bureau.APDUS + 1

    def test_killed_after_every_apdu(self):
        """The program dies; the next run goes on with the card that lies there, with the order it was begun with."""
        for at in range(1, bureau.APDUS + 1):
            with self.subTest(at=at), self.office.card(f"killed-{at}.img") as card:
                before = self.done()
                running = []

                def kill(number, at=at, running=running):
                    if number == at:
                        running[0].kill()

                card.hook = kill
                running.append(self.office.start_encode("--count", "1"))
                self.addCleanup(running[0].kill)
                running[0].communicate(timeout=20)
                self.assertEqual(running[0].returncode, -9)
                card.hook = None
                begun = {sequence for sequence, (state, _serial) in self.office.work().items()
                         if state in ("started", "closing")}
                answer = self.office.encode("--count", "1")
                self.assertEqual(answer.code, 0, answer)
                self.assertEqual(self.done(), before + [at])
                if begun:
                    self.assertEqual(begun, {answer.json["cards"][0]["sequence"]})
        self.check_report(bureau.APDUS)

    def test_another_card_while_one_may_be_closed(self):
        """An order that was told to close is not given to another chip; its card finishes it when it comes back."""
        with self.office.card("first.img") as card:
            serial = card.serial()
            running = []
            card.hook = lambda number: running[0].kill() if number == bureau.APDUS - 2 else None  # SET STATUS
            running.append(self.office.start_encode("--count", "1"))
            self.addCleanup(running[0].kill)
            running[0].communicate(timeout=20)
            card.hook = None
        self.assertEqual(self.office.work()[1], ("closing", serial))
        with self.office.card("second.img"):
            answer = self.office.encode("--count", "1")
            self.assertEqual((answer.code, answer.json["cards"][0]["sequence"]), (0, 2), answer)
        with self.office.card("first.img"):
            answer = self.office.encode("--count", "1")
            self.assertEqual((answer.code, answer.json["cards"][0]["sequence"]), (0, 1), answer)
            self.assertEqual(answer.json["cards"][0]["serial"], serial)
        self.assertEqual(self.done(), [1, 2])
        self.check_report(2)


if __name__ == "__main__":
    unittest.main()
