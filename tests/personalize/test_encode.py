# SPDX-License-Identifier: Apache-2.0
"""The encoding line over real PC/SC: what a bureau meets on an ordinary day."""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import office as bureau
import pcscd
import vpcd


class Line(bureau.EncodeTest):
    def test_counted_and_again(self):
        with self.office.card("one.img") as card:
            answer = self.office.encode("--count", "1")
            self.assertEqual(answer.code, 0, answer)
            self.assertEqual((answer.json["made"], answer.json["left"]), (1, 2))
            made = answer.json["cards"][0]
            self.assertEqual((made["outcome"], made["sequence"]), ("made", 1))
            self.assertEqual(made["apdus"], bureau.APDUS)
            self.assertLessEqual(made["apdus"], 30)
            # the same card once more: known as done, and the line waits for the next one until it is told to stop
            seen = card.number
            process = self.office.start_encode("--count", "1")
            self.addCleanup(process.kill)
            bureau.wait_until(lambda: card.number > seen)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 3, (out, err))
        stopped = json.loads(out)
        self.assertEqual(stopped["reason"], "interrupted")
        self.assertEqual([card["outcome"] for card in stopped["cards"]], ["already"])
        self.assertEqual(self.done(), [1])
        self.check_report(1)

    def test_hopper(self):
        """Good and bad cards in a hopper: foreign, another kind, another vendor's key, closed; the good ones are made."""
        other = self.office.path("other-key")
        with open(other, "w", encoding="ascii") as file:
            file.write("00112233445566778899AABBCCDDEEFF\n")
        os.chmod(other, 0o600)
        cards = [
            lambda: self.office.card("a.img"),
            lambda: vpcd.VirtualCard(lambda _command: b"\x6A\x82"),
            lambda: self.office.card("foreign-key.img", transport_key=other),
            lambda: vpcd.VirtualCard(lambda command: b"\x00" * 3 + command[:40]),  # says nothing that makes sense
            lambda: self.office.card("a.img"),  # the first one once more
            lambda: self.office.card("b.img"),
            lambda: self.office.card("c.img"),
        ]
        feeder = bureau.Feeder(self.office, cards)
        answer = self.office.encode(*feeder.words)
        feeder.close()
        self.assertEqual(answer.code, 1, answer)
        self.assertEqual(answer.json["reason"], "some-cards-failed")
        self.assertEqual(feeder.moves, ["good", "bad", "bad", "bad", "good", "good", "good"])
        outcomes = [card["outcome"] for card in answer.json["cards"]]
        self.assertEqual(outcomes, ["made", "refused", "refused", "refused", "already", "made", "made"])
        self.assertEqual(answer.json["cards"][1]["reason"], "card-of-another-kind")
        self.assertEqual(answer.json["cards"][2]["reason"], "other-transport-key")
        self.assertEqual(self.done(), [1, 2, 3])
        self.check_report(3)

    def test_closed_card_of_another_batch(self):
        """A closed card is refused without a command that could harm it."""
        with self.office.card("one.img"):
            self.assertEqual(self.office.encode("--count", "1").code, 0)
        first = self.office.batch
        self.office.batch = self.office.path("batch-2")
        self.office.prepare(2, self.office.batch)
        seen = []
        cards = [lambda: self.office.card("one.img"), lambda: self.office.card("two.img")]
        feeder = bureau.Feeder(self.office, cards)
        feeder.current.hook = lambda number: seen.append(number)
        answer = self.office.encode("--count", "1", *feeder.words)
        feeder.close()
        self.assertEqual(answer.code, 1, answer)
        self.assertEqual([card["outcome"] for card in answer.json["cards"]], ["refused", "made"])
        self.assertEqual(answer.json["cards"][0]["reason"], "card-already-closed")
        self.assertEqual(seen, [1])  # SELECT and nothing more
        self.assertNotEqual(first, self.office.batch)

    def test_spoiled(self):
        """A card that broke half-way never comes back: the order goes to the next one, the report names the waste."""
        cards = [lambda: self.office.card("broken.img", hook=lambda number: "pull" if number == 8 else None),
                 lambda: self.office.card("next.img")]
        feeder = bureau.Feeder(self.office, cards)
        broken = feeder.current.serial()
        answer = self.office.encode("--count", "1", *feeder.words)
        feeder.close()
        self.assertEqual(answer.code, 1, answer)
        self.assertEqual(feeder.moves, ["bad", "good"])
        first, second = answer.json["cards"]
        self.assertEqual((first["outcome"], first["sequence"], first["serial"]), ("failed", 1, broken))
        self.assertEqual((second["outcome"], second["sequence"]), ("made", 1))
        certified = self.office.certify(self.office.report())
        self.assertEqual((certified.code, certified.json["certificates"], certified.json["spoiled"]), (0, 1, 1))

    def test_copied_chip(self):
        """A blank card with the serial number of one that was made gets no order."""
        with self.office.card("one.img"):
            pass
        shutil.copy(self.office.path("one.img"), self.office.path("copy.img"))
        with self.office.card("one.img"):
            self.assertEqual(self.office.encode("--count", "1").code, 0)
        feeder = bureau.Feeder(self.office, [lambda: self.office.card("copy.img"), lambda: self.office.card("two.img")])
        answer = self.office.encode("--count", "1", *feeder.words)
        feeder.close()
        self.assertEqual([card["outcome"] for card in answer.json["cards"]], ["refused", "made"], answer)
        self.assertEqual((answer.json["cards"][0]["reason"], answer.json["cards"][0]["sequence"]), ("wrong-card", 0))
        self.assertEqual(self.done(), [1, 2])
        self.check_report(2)

    def test_two_readers(self):
        with self.office.card("one.img"), vpcd.VirtualCard(lambda _command: b"\x6A\x82", slot=1) as second:
            bureau.wait_until(lambda: second.resets > 0)
            time.sleep(0.6)
            answer = self.office.encode("--count", "1")
            self.assertEqual((answer.code, answer.json["reason"]), (3, "several-readers"), answer)
            self.assertIn("Virtual PCD 00 00", answer.json["message"])
            answer = self.office.encode("--count", "1", "--reader", "Virtual PCD 00 00")
            self.assertEqual((answer.code, answer.json["made"]), (0, 1), answer)

    def test_service_restarted(self):
        """pcscd dies in the middle of a card and comes back: this run or the next one finishes exactly that card."""
        with self.office.card("one.img") as card:
            killed = []

            def stop(number):
                if number == 8 and not killed:
                    pcscd.kill()
                    killed.append(number)

            card.hook = stop
            process = self.office.start_encode("--count", "1")
            self.addCleanup(process.kill)
            bureau.wait_until(lambda: killed)
            pcscd.start()
            card.remove()
            card.insert()
            try:
                process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate(timeout=5)
            if not self.done():
                self.assertEqual(self.office.encode("--count", "1").code, 0)
        self.assertEqual(self.done(), [1])
        self.check_report(1)

    def test_feeder_fails(self):
        with self.office.card("one.img"):
            answer = self.office.encode("--feeder", "false")
        self.assertEqual(answer.code, 3, answer)
        self.assertEqual(answer.json["reason"], "reader-failed")
        self.assertEqual(self.done(), [1])

    def test_no_card(self):
        answer = self.office.encode()
        self.assertEqual((answer.code, answer.json["reason"]), (3, "no-card"), answer)
        answer = self.office.encode("--reader", "No Such Reader")
        self.assertEqual((answer.code, answer.json["reason"]), (3, "no-reader"), answer)


if __name__ == "__main__":
    unittest.main()
