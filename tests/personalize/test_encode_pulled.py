# SPDX-License-Identifier: Apache-2.0
"""A card pulled at every APDU of its encoding."""
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


if __name__ == "__main__":
    unittest.main()
