# SPDX-License-Identifier: Apache-2.0
"""The station's verbs against a virtual card over a real pcscd."""
import shutil
import unittest

import vpcd
from world import (DONE, ENVIRONMENT, READER, REFUSED, TAMPERED, USAGE, World, left, run, wait_for_readers)

RICE, OIL, SUGAR, MONEY = range(4)  # slots of data/programmes.yaml
KNOWN_APDUS, KNOWN_BYTES = 6, 1500
FIRST_APDUS, FIRST_BYTES = 10, 3000
FOREIGN_APDUS, FOREIGN_BYTES = 1, 300


def setUpModule():
    global world
    world = World(4)
    world.station("registrar", role="registrar")
    world.station("store")


def tearDownModule():
    world.close()


class WithCard(unittest.TestCase):
    number = None
    pins = "pin"

    @classmethod
    def setUpClass(cls):
        cls.card = world.active_card(cls.number, pins=cls.pins)

    @classmethod
    def tearDownClass(cls):
        cls.card.stop()
        wait_for_readers(0)

    def refused(self, reason, answer, code=REFUSED):
        self.assertEqual((answer.code, answer.reason), (code, reason), answer)


class Day1Sale(WithCard):
    number = 0
    pins = "pins"

    def test_1_budgets_and_the_bill(self):
        first = world.redeem("store", "beras=5kg", "minyak=2l", "gula=0.5kg@17999", check=DONE)
        self.assertLessEqual(first["apdus"], FIRST_APDUS + FOREIGN_APDUS)
        self.assertLessEqual(first["bytes"], FIRST_BYTES + FOREIGN_BYTES)
        lines = first["bill"]["lines"]
        self.assertEqual([(line["item"], line["quantity"], line["price"], line["sum"], line["slot"]) for line in lines], [
            ("beras", 5000, 13500, 67500, RICE), ("minyak", 2000, 17500, 35000, OIL), ("gula", 500, 17999, 8999, SUGAR)])
        self.assertEqual([(purse["before"], purse["amount"], purse["after"], purse["until"])
                          for purse in first["bill"]["purses"]],
                         [(10000, 5000, 5000, "2025-10-31"), (2000, 2000, 0, "2025-10-31"),
                          (2000, 500, 1500, "2025-10-31")])
        known = world.redeem("store", "beras=1kg", check=DONE)
        self.assertLessEqual(known["apdus"], KNOWN_APDUS)
        self.assertLessEqual(known["bytes"], KNOWN_BYTES)

    def test_2_one_item_over_two_programmes(self):
        before = left(world.balance("store", check=DONE))
        wanted = before[RICE] + 3000
        answer = world.redeem("store", "beras=%dg@13333" % wanted, check=DONE)
        lines = answer["bill"]["lines"]
        self.assertEqual([(line["slot"], line["quantity"], line["sum"]) for line in lines],
                         [(RICE, before[RICE], before[RICE] * 13333 // 1000), (MONEY, 3000, 39999)])
        after = left(world.balance("store", check=DONE))
        self.assertEqual(after[RICE], 0)
        self.assertEqual(after[MONEY], before[MONEY] - 39999)

    def test_3_repeat_gives_the_same_receipt(self):
        before = left(world.balance("store", check=DONE))
        first = world.redeem("store", "telur=10pc", extra=("--transaction", "500"), check=DONE)
        again = world.redeem("store", "telur=10pc", extra=("--transaction", "500"), pin="wrong-pin", check=DONE)
        self.assertEqual((again["receipt"], again["signature"]), (first["receipt"], first["signature"]))
        self.assertTrue(again["repeated"])
        self.refused("transaction-conflict", world.redeem("store", "telur=11pc", extra=("--transaction", "500")))
        after = left(world.balance("store", check=DONE))
        self.assertEqual(after[MONEY], before[MONEY] - 25000)
        self.assertEqual(world.redeem("store", "telur=1pc", check=DONE)["transaction"], 501)

    def test_4_a_restored_folder_conflicts(self):
        world.station("twin", outlet="EW-009")
        world.redeem("twin", "telur=1pc", check=DONE)
        shutil.copytree(world.folder / "twin", world.folder / "copy")
        world.redeem("twin", "telur=1pc", check=DONE)
        sale = world.redeem("twin", "telur=2pc", check=DONE)
        before = left(world.balance("store", check=DONE))
        shutil.rmtree(world.folder / "twin")
        shutil.move(world.folder / "copy", world.folder / "twin")
        self.refused("transaction-conflict", world.redeem("twin", "telur=3pc"))
        self.assertEqual(left(world.balance("store", check=DONE)), before)
        after = world.redeem("twin", "telur=3pc", check=DONE)
        self.assertGreater(after["transaction"], sale["transaction"])
        self.refused("log-rolled-back", world.verify("twin"), code=TAMPERED)

    def test_5_refusals(self):
        before = left(world.balance("store", check=DONE))
        self.refused("insufficient-balance", world.redeem("store", "telur=1000pc"))
        self.refused("item-unknown", world.redeem("store", "rokok=1pc"))
        self.refused("price-above-ceiling", world.redeem("store", "gula=1kg@18001"))
        self.refused("pin-wrong", world.redeem("store", "telur=1pc", pin="wrong-pin"))
        self.refused("role-not-allowed", world.redeem("registrar", "telur=1pc"))
        for basket in ("beras", "beras=", "beras=5", "beras=5pc", "beras=0kg", "beras=0.0001kg", "beras=1kg@", "=1kg",
                       "beras=1kg@0", "beras=1kg@x", "beras=99999999kg", "beras=1.kg", "beras=1 kg"):
            self.refused("basket-invalid", world.redeem("store", basket), code=USAGE)
        self.refused("basket-invalid", world.redeem("store", "telur=1pc", "telur=2pc"), code=USAGE)
        self.assertEqual(left(world.balance("store", check=DONE)), before)
        world.redeem("store", "telur=1pc", check=DONE)  # a right PIN restores the tries

    def test_6_other_days(self):
        self.refused("certificate-expired", world.redeem("store", "telur=1pc", date="2026-02-01"))
        self.refused("time-not-valid", world.redeem("store", "telur=1pc", date="2025-10-01"))
        self.refused("window-closed", world.redeem("store", "telur=1pc", date="2026-01-15"))
        # October's rice lapses; what is left of October's money does not. The card's floor is October still.
        november = left(world.balance("store", date="2025-11-16", check=DONE))
        self.assertEqual(november[RICE], 0)
        self.assertGreater(november[MONEY], 0)

    def test_7_alternate(self):
        world.write("alternate-pin", "246801\n", 0o600)
        sale = world.redeem("store", "telur=1pc", pin="alternate-pin", extra=("--as", "alternate"), check=DONE)
        self.assertEqual(bytes.fromhex(sale["receipt"])[47], 2)
        self.refused("pin-wrong", world.redeem("store", "telur=1pc", extra=("--as", "alternate")))
        self.refused("usage", world.redeem("store", "telur=1pc", extra=("--as", "neighbour")), code=USAGE)

    def test_8_log(self):
        report = world.verify("store", check=DONE)
        self.assertEqual(report["findings"], [])
        self.assertGreater(report["heads"], 5)
        kinds = world.kinds("store")
        self.assertEqual(kinds[0], "opened")
        for kind in ("certificate", "list", "clock", "carried", "intent", "receipt", "refused", "resolved"):
            self.assertIn(kind, kinds)
        for before, after in zip(kinds, kinds[1:]):
            if after == "receipt":
                self.assertEqual(before, "intent")  # nothing stands between an intent and its receipt

    def test_9_a_fresh_certificate_opens_the_next_window(self):
        world.issue("store", since="2025-11-10", until="2025-12-20", date="2025-11-10")
        run(READER, "install", "--station", world.folder / "store", "--certificate", world.folder / "store.cert",
            date="2025-11-10", check=DONE)
        before = left(world.balance("store", date="2025-11-16", check=DONE))
        self.assertEqual((before[RICE], before[OIL]), (10000, 2000))
        sale = world.redeem("store", "beras=1kg", date="2025-11-16", check=DONE)
        self.assertEqual(sale["bill"]["purses"][0]["until"], "2025-11-30")


class Day2Stations(WithCard):
    number = 1

    def test_outlet_programme_and_limit(self):
        world.station("narrow", outlet="EW-002", programmes="1", limit="g=3000,ml=1000,pc=10,rp=20000")
        self.refused("limit-exceeded", world.redeem("narrow", "beras=4kg"))
        self.refused("programme-not-allowed", world.redeem("narrow", "telur=1pc"))
        world.redeem("narrow", "beras=3kg", check=DONE)

    def test_registrar_does_not_activate_twice(self):
        self.refused("exists-already", world.activate("registrar"))

    def test_receipt_of_another_store_is_carried(self):
        world.station("second", outlet="EW-003")
        world.redeem("store", "beras=1kg", date="2025-11-16", check=DONE)
        sale = world.redeem("second", "beras=1kg", date="2025-11-16", check=DONE)
        self.assertEqual(world.kinds("second").count("carried"), 1)
        self.assertLessEqual(sale["apdus"], FIRST_APDUS + FOREIGN_APDUS)
        foreign = world.redeem("store", "beras=1kg", date="2025-11-16", check=DONE)
        self.assertEqual(foreign["apdus"], 6)  # one more than a known card without a foreign entry
        self.assertLessEqual(foreign["bytes"], KNOWN_BYTES + FOREIGN_BYTES)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_passphrase(self):
        world.write("other-pass", "not the pass phrase\n", 0o600)
        wrong = run(READER, "balance", "--station", world.folder / "store", "--passphrase-file",
                    world.folder / "other-pass")
        self.refused("passphrase-wrong", wrong)
        none = run(READER, "balance", "--station", world.folder / "store")
        self.assertEqual(none.code, USAGE)

    def test_list_must_be_newer(self):
        self.refused("record-old", world.items("store", 1, check=None))
        world.items("store", 2, check=DONE)
        self.assertEqual(run(READER, "status", "--station", world.folder / "store", check=DONE)["list"], 2)


class Day3Cards(unittest.TestCase):
    def test_card_without_certificate(self):
        with world.card(2):
            answer = world.redeem("store", "beras=1kg", date="2025-11-16")
        wait_for_readers(0)
        self.assertEqual((answer.code, answer.reason), (REFUSED, "card-without-certificate"))

    def test_no_card(self):
        wait_for_readers(0)
        answer = world.balance("store")
        self.assertEqual((answer.code, answer.reason), (ENVIRONMENT, "no-card"))
        self.assertIn("Virtual PCD", answer.json["message"])

    def test_two_cards_and_a_choice(self):
        with world.card(1), world.card(2, slot=1):
            answer = world.balance("store", date="2025-11-16")
            self.assertEqual((answer.code, answer.reason), (ENVIRONMENT, "several-readers"))
            world.balance("store", extra=("--reader", "Virtual PCD 00 00"), date="2025-11-16", check=DONE)
            wrong = world.balance("store", extra=("--reader", "Cherry"), date="2025-11-16")
            self.assertEqual((wrong.code, wrong.reason), (ENVIRONMENT, "no-reader"))
        wait_for_readers(0)

    def test_blank_card(self):
        with world.card(0, image=world.folder / "blank.img"):
            answer = world.balance("store", date="2025-11-16")
        wait_for_readers(0)
        self.assertEqual((answer.code, answer.reason), (REFUSED, "card-without-certificate"))

    def test_card_of_another_kind(self):
        for reply in ("6A82", "6F00", "9000", "6F0284009000"):
            with vpcd.VirtualCard(lambda _command, reply=reply: bytes.fromhex(reply)):
                wait_for_readers(1)
                answer = world.balance("store", date="2025-11-16")
            wait_for_readers(0)
            self.assertEqual((answer.code, answer.reason), (ENVIRONMENT, "card-of-another-kind"))


if __name__ == "__main__":
    unittest.main()
