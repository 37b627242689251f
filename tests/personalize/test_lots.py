# SPDX-License-Identifier: Apache-2.0
"""The card vendor's next transport key: blanks of the old lot and of the new one beside each other. A blank that comes to
the other lot's batch is told apart and stays as it was; batches made before stay good, even when the old key is gone."""
import os
import unittest

import office as bureau

OLD_KCV = "504a77"
COMPONENTS = ("0F1E2D3C4B5A69788796A5B4C3D2E1F0", "00112233445566778899AABBCCDDEEFF")
LIMIT = 60


class Lots(bureau.EncodeTest):
    CARDS = 3

    def setUp(self):
        super().setUp()
        office = self.office
        paths = []
        for number, part in enumerate(COMPONENTS):
            paths.append(self.secret(f"component-{number}", part))
        self.new = self.secret("new-lot", "%032X" % (int(COMPONENTS[0], 16) ^ int(COMPONENTS[1], 16)))
        self.old_batch = office.batch
        answer = office.must(bureau.KEYS, "transport", "import", "--store", office.store, "--json", "--component", *paths,
                             *office.key).json
        self.assertEqual(answer["generation"], 2)
        self.kcv = answer["kcv"]

    def secret(self, name, text):
        path = self.office.path(name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.chmod(path, 0o600)
        return path

    def prepare(self, name, *words):
        out = self.office.path(name)
        return out, self.office.must(*self.office.prepare_words(2, out), *words).json["transport"]

    def read(self, name):
        with open(self.office.path(name), "rb") as file:
            return file.read()

    def encode(self, batch, cards, *words):
        """Cards (image, lot's key file) through the feeder; the answer and where they were moved."""
        self.office.batch = batch
        for name in ("moves", "go"):
            if os.path.exists(self.office.path(name)):
                os.remove(self.office.path(name))
        feeder = bureau.Feeder(self.office, [lambda image=image, lot=lot: self.office.card(image, transport_key=lot)
                                             for image, lot in cards])
        first = self.read(cards[0][0])
        answer = self.office.encode(*feeder.words, *words, timeout=LIMIT)
        feeder.close()
        return answer, feeder.moves, first == self.read(cards[0][0])

    def wrong_then_right(self, batch, kcv, wrong, right):
        answer, moves, same = self.encode(batch, [wrong, right], "--count", "1")
        refused, made = answer.json["cards"]
        self.assertEqual((refused["outcome"], refused["reason"], made["outcome"]), ("refused", "other-transport-key", "made"))
        for word in ("another lot", f"check value {kcv}", "version 30", "unharmed", "prepare --transport"):
            self.assertIn(word, refused["message"])
        # SELECT twice and INITIALIZE UPDATE: not one of its ten tries is spent, no bit of it changed.
        self.assertEqual((refused["apdus"], refused["sequence"], same, moves), (3, 0, True, ["bad", "good"]))

    def certified(self, batch, name):
        self.office.batch = batch
        return self.office.certify(self.office.report(f"report-{name}"), f"certificates-{name}").json["certificates"]

    def test_drill(self):
        """Both lots, all batches, then the end of the old key: what was prepared with it is still made."""
        new_batch, transport = self.prepare("batch-2")
        self.assertEqual(transport, {"generation": 2, "kcv": self.kcv})
        more, transport = self.prepare("batch-3", "--transport", "1")
        self.assertEqual(transport, {"generation": 1, "kcv": OLD_KCV})
        self.wrong_then_right(self.old_batch, OLD_KCV, ("new-1.img", self.new), ("old-1.img", None))
        self.wrong_then_right(new_batch, self.kcv, ("old-2.img", None), ("new-1.img", self.new))
        self.assertEqual(self.encode(more, [("old-2.img", None)], "--count", "1")[0].code, 0)
        self.office.must(bureau.KEYS, "transport", "retire", "--store", self.office.store, "--generation", 1, "--kcv",
                         OLD_KCV, *self.office.key)
        answer = bureau.run(*self.office.prepare_words(2, self.office.path("batch-4")), "--transport", "1")
        self.assertEqual((answer.code, answer.json["reason"]), (3, "not-found"), answer)
        self.assertEqual(self.encode(self.old_batch, [("old-3.img", None)], "--count", "1")[0].code, 0)
        self.assertEqual(self.prepare("batch-4")[1]["generation"], 2)
        self.assertEqual([self.certified(batch, str(at)) for at, batch in enumerate((self.old_batch, new_batch, more))],
                         [2, 1, 1])

    def test_a_hopper_of_another_lot(self):
        """The run ends at the third; the hopper does not go to the bad side."""
        answer, moves, _ = self.encode(self.old_batch, [(f"new-{n}.img", self.new) for n in range(4)])
        self.assertEqual((answer.code, answer.json["reason"], moves), (1, "other-transport-key", ["bad", "bad"]), answer)
        self.assertIn("3 blank cards in a row are of another lot", answer.err)
        self.assertEqual(self.done(), [])


if __name__ == "__main__":
    unittest.main()
