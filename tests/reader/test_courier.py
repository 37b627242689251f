# SPDX-License-Identifier: Apache-2.0
"""What the city sends after its cards: made, packed, carried to a store on a stick, given to the card within the tap."""
import sqlite3
import unittest

from world import DONE, PERSONALIZE, READER, REFUSED, TAMPERED, USAGE, World, left, run, wait_for_readers

RICE, OIL, SUGAR, RUPIAH, EGGS = range(5)


def setUpModule():
    global world
    world = World(5)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("other", outlet="EW-002")


def tearDownModule():
    world.close()


def keys(*words, check=DONE, **named):
    return world.keys(*words, check=check, **named)


def mandate(number, *words, check=DONE, **named):
    return keys("mandate", "--card", world.aliases()[number], *words, check=check, **named)


def courier(name="courier", *words, check=DONE, **named):
    return keys("courier", "--out", world.folder / name, *words, check=check, **named)


def carry(station, name="courier", check=DONE, **named):
    return run(READER, "courier", "import", "--station", world.folder / station, world.folder / name, check=check,
               **named)


def outstanding(*stations):
    return run(PERSONALIZE, "outstanding", "--store", world.city, *(world.folder / name for name in stations), check=DONE)


class OfCard(unittest.TestCase):
    number = 0

    def setUp(self):
        self.card = world.card(self.number)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.card.stop)


class Mandates(OfCard):
    number = 0

    def test_in_the_order_of_a_card_s_life(self):
        world.activate("registrar", pins="pin", check=DONE)
        self.assertEqual(world.redeem("store", "beras=2kg").code, DONE)
        self.assertEqual(courier(check=REFUSED).reason, "nothing-pending")
        # More rice by the same grant: what was spent stays spent.
        mandate(0, "--grant", "grant=1,programme=1,unit=g,goods=1,amount=15000,first=2025-10-01,every=month,count=3")
        made = courier()
        self.assertEqual((made["number"], made["records"], made["stations"]), (1, 1, 0))
        self.assertEqual(carry("store")["kept"], 1)
        self.assertEqual(run(READER, "status", "--station", world.folder / "store", check=DONE)["waiting"], 1)
        sale = world.redeem("store", "beras=1kg", check=DONE)
        self.assertEqual(sale["delivered"], [{"kind": "mandate", "number": 2, "refused": False}])
        answer = world.balance("store", check=DONE)
        self.assertEqual((answer["mandate"], left(answer)[RICE]), (2, 12000))
        self.assertNotIn("delivered", answer.json)
        # The acknowledgement is the card's own entry, in the log of the store.
        receipts = [entry for entry in world.log("store") if entry["kind"] == "receipt"]
        self.assertEqual(len(receipts), 3)
        world.verify("store", check=DONE)
        # Again, and at another store: nothing is given twice.
        self.assertEqual(carry("store")["kept"], 1)
        self.assertEqual(carry("other")["kept"], 1)
        for name in ("store", "other"):
            self.assertNotIn("delivered", world.redeem(name, "gula=100g", check=DONE).json)
            self.assertEqual(run(READER, "status", "--station", world.folder / name, check=DONE)["waiting"], 0)
        # Two newer ones; only the newest is carried, and an older courier that comes late does no harm.
        mandate(0, "--block")
        courier("blocked")
        mandate(0, "--unblock", "--end", "3")
        courier("unblocked")
        carry("store", "unblocked")
        self.assertEqual(carry("store", "blocked")["old"], 1)
        sale = world.redeem("store", "minyak=100ml", check=DONE)
        self.assertEqual(sale["delivered"], [{"kind": "mandate", "number": 4, "refused": False}])
        self.assertNotIn(SUGAR, left(world.balance("store", check=DONE)))
        # The other store has the older one only: the card has a newer.
        carry("other", "blocked")
        self.assertNotIn("delivered", world.redeem("other", "beras=1kg", check=DONE).json)
        # The city sees which cards have not got theirs.
        self.assertEqual([(card["alias"], card["mandate"], card["has"]) for card in outstanding()["outstanding"]],
                         [(world.aliases()[0], 4, 1)])
        answer = outstanding("store", "other")
        self.assertEqual((answer["taken"], answer["known"], answer["foreign"], answer["outstanding"]), (2, 0, 0, []))
        self.assertEqual(outstanding("store")["known"], 2)  # mandates 2 and 4: the block in between was never carried
        self.assertEqual(courier("none", check=REFUSED).reason, "nothing-pending")
        # Blocked for good, then closed.
        mandate(0, "--block")
        courier("blocked-again")
        carry("store", "blocked-again")
        answer = world.redeem("store", "beras=1kg")
        self.assertEqual((answer.code, answer.reason, answer["outcome"]), (REFUSED, "card-stopped", "nothing"))
        self.assertEqual(answer["delivered"][0]["number"], 5)
        mandate(0, "--close")
        courier("closed")
        carry("store", "closed")
        answer = world.redeem("store", "beras=1kg")
        self.assertEqual((answer.code, answer.reason), (REFUSED, "card-ended"))
        self.assertEqual(mandate(0, "--unblock", check=REFUSED).reason, "card-ended")
        # What comes for it later needs no place any more.
        carry("store", "blocked")
        self.assertEqual(run(READER, "status", "--station", world.folder / "store", check=DONE)["waiting"], 1)
        self.assertNotIn("delivered", world.balance("store", check=DONE).json)
        looked = run(READER, "status", "--station", world.folder / "store", check=DONE)
        self.assertEqual((looked["waiting"], looked["courier"]), (0, 5))
        for name in ("store", "other"):
            world.verify(name, check=DONE)


class Notices(OfCard):
    number = 1

    def test_stop_and_pin_reset(self):
        world.activate("registrar", pins="pin", check=DONE)
        keys("notice", "--card", world.aliases()[1], "--pin-reset")
        keys("notice", "--card", world.aliases()[1], "--stop")
        self.assertEqual(keys("notice", "--card", world.aliases()[1], "--stop")["notices"], 0)  # it is stopped already
        courier("notices")
        carry("store", "notices")
        answer = world.redeem("store", "beras=1kg")
        self.assertEqual((answer.code, answer.reason), (REFUSED, "card-stopped"))
        self.assertEqual([(given["kind"], given["number"]) for given in answer["delivered"]],
                         [("stop", 1), ("pin-reset", 1)])
        self.assertEqual(world.kinds("store").count("delivered"), 2)
        # A newer mandate ends the stop.
        mandate(1, "--pin", "yes")
        courier("revived")
        carry("store", "revived")
        self.assertEqual(world.redeem("store", "beras=1kg").code, DONE)
        world.verify("store", check=DONE)


PEOPLE = """people:
  - card: %s
    name: Bambang Wijaya
    alternate: %s
"""


def people(number, alternate, check=DONE):
    path = world.write("people.yaml", PEOPLE % (world.aliases()[number], alternate), 0o600)
    return keys("identity", "--people", path, check=check)


class People(OfCard):
    """Names travel for one registrar's eyes; they reach the card at its next tap there."""
    number = 4

    def sealed(self, name):
        database = sqlite3.connect("file:%s?mode=ro" % (world.folder / name / "station.db"), uri=True)
        try:
            return database.execute("SELECT count(*) FROM parcel WHERE kind = 5").fetchone()[0]
        finally:
            database.close()

    def undelivered(self, *stations):
        return [(one["alias"], one["kind"], one["number"]) for one in outstanding(*stations)["undelivered"]
                if one["alias"] == world.aliases()[4]]

    def test_name_and_alternate(self):
        world.activate("registrar", pins="pin", check=DONE)
        made = people(4, "Dewi Lestari")
        self.assertEqual((made["identities"], made["mandates"]), (1, 1))
        self.assertEqual(self.undelivered(), [(world.aliases()[4], "identity", 2)])
        made = courier("identity")
        self.assertEqual(made["unaddressed"], 0)
        # The store gets the mandate only, and its tap leaves the names where they are.
        for name in ("store", "registrar"):
            carry(name, "identity")
        self.assertEqual((self.sealed("store"), self.sealed("registrar")), (0, 1))
        sale = world.redeem("store", "beras=1kg", check=DONE)
        self.assertEqual([one["kind"] for one in sale["delivered"]], ["mandate"])
        self.assertNotIn(b"Bambang", world.image(4).read_bytes())
        # At the registrar the card gets its names; nothing waits any more.
        given = world.balance("registrar", check=DONE)["delivered"]
        self.assertEqual([(one["kind"], one["number"], one["refused"]) for one in given], [("identity", 2, False)])
        image = world.image(4).read_bytes()
        self.assertIn(b"Bambang Wijaya", image)
        self.assertIn(b"Dewi Lestari", image)
        self.assertNotIn("delivered", world.balance("registrar", check=DONE).json)
        self.assertEqual(self.sealed("registrar"), 0)
        self.assertEqual(self.undelivered("registrar"), [])
        self.assertEqual(self.undelivered(), [])
        # The alternate goes: the mandate says so again. Without a change there is no mandate.
        self.assertEqual(people(4, '""')["mandates"], 1)
        again = keys("identity", "--card", world.aliases()[4])
        self.assertEqual((again["identities"], again["mandates"]), (1, 0))
        courier("identity-4")
        carry("registrar", "identity-4")
        carry("registrar", "identity")  # late
        given = world.balance("registrar", check=DONE)["delivered"]
        self.assertEqual([(one["kind"], one["number"]) for one in given], [("mandate", 3), ("identity", 4)])
        world.verify("registrar", check=DONE)

    def test_nobody_to_deliver(self):
        keys("identity", "--card", world.aliases()[4])
        database = sqlite3.connect(world.city / "keys.db")
        try:
            database.execute("UPDATE issued_terminal SET x509 = NULL")  # as issued before there was a place for it
            database.commit()
        finally:
            database.close()
        mandate(4, "--pin", "yes")
        self.assertEqual(courier("nobody")["unaddressed"], 1)
        world.issue("registrar", role="registrar", since="2025-10-15", date="2025-10-15")
        self.assertEqual(courier("somebody")["unaddressed"], 0)

    def test_words(self):
        path = world.folder / "people.yaml"
        for text in ("", "people: []", "people:\n  - {name: A}", "people:\n  - {card: 12, size: 3}",
                     "people:\n  - {card: %s, kelurahan: 64.72.01.9999}" % world.aliases()[4],
                     "people:\n  - {card: %s, until: tomorrow}" % world.aliases()[4], PEOPLE % (world.aliases()[4], "x" * 61)):
            path.write_text(text, encoding="utf-8")
            self.assertEqual(keys("identity", "--people", path, check=None).code, USAGE, text)
        path.write_text(PEOPLE % (world.aliases()[4], "x"), encoding="utf-8")
        self.assertEqual(keys("identity", "--people", path, "--card", world.aliases()[4], check=None).code, USAGE)
        self.assertEqual(keys("identity", check=None).code, USAGE)
        path.write_text(PEOPLE % ("00" * 8, "x"), encoding="utf-8")
        self.assertEqual(keys("identity", "--people", path, check=REFUSED).reason, "not-found")
        path.write_text("people:\n  - {card: %s, until: 2000-01-01}" % world.aliases()[4], encoding="utf-8")
        self.assertEqual(keys("identity", "--people", path, check=REFUSED).reason, "rule-forbids")


class Missed(OfCard):
    number = 3

    def test_an_inheritance_missed(self):
        """The mandate that let a grant end never came: its heir, changed again since, still gets the rest."""
        world.activate("registrar", pins="pin", check=DONE)
        self.assertEqual(left(world.balance("store", check=DONE))[RUPIAH], 300000)
        heir = "grant=40,programme=1,unit=rp,goods=any,amount=%d,first=2025-10-01,every=month,count=3,carry=grant"
        mandate(3, "--grant", (heir + ",inherits=4") % 100000)
        mandate(3, "--grant", heir % 150000)
        courier("heir")
        carry("store", "heir")
        answer = world.balance("store", check=DONE)
        self.assertEqual([given["number"] for given in answer["delivered"]], [3])
        self.assertEqual(left(answer)[RUPIAH], 300000 + 150000)


class Refused(OfCard):
    number = 2

    def test_altered_and_foreign(self):
        mandate(2, "--outlet", "EW-009")
        courier("third")
        before = run(READER, "status", "--station", world.folder / "store", check=DONE)["waiting"]
        data = bytearray((world.folder / "third").read_bytes())
        data[len(data) // 2] ^= 1
        (world.folder / "altered").write_bytes(data)
        self.assertEqual(carry("store", "altered", check=TAMPERED).code, TAMPERED)
        answer = run(READER, "courier", "import", "--station", world.folder / "store", world.folder / "store.cert")
        self.assertEqual(answer.code, REFUSED, answer)
        self.assertEqual(run(READER, "status", "--station", world.folder / "store", check=DONE)["waiting"], before)

    def test_words(self):
        card = world.aliases()[2]
        for words in (["--grant", "grant=1"], ["--grant", "grant=9,programme=1,unit=kg,goods=1,amount=1,first=2026-01-01,"
                      "every=month,count=3"], [], ["--block", "--close"], ["--outlet", "a/b"], ["--pin", "maybe"],
                      ["--end", "x"]):
            self.assertEqual(keys("mandate", "--card", card, *words, check=None).code, USAGE, words)
        self.assertEqual(keys("mandate", "--block", check=None).code, USAGE)
        self.assertEqual(keys("mandate", "--card", "12", "--block", check=None).code, USAGE)
        self.assertEqual(keys("mandate", "--card", "00" * 8, "--block", check=REFUSED).reason, "not-found")
        self.assertEqual(keys("notice", "--card", card, check=None).code, USAGE)

    def test_rules(self):
        card = world.aliases()[2]
        # All or none: the second card does not exist.
        (world.folder / "cards").write_text("# two cards\n%s\n%s\n" % (card, "00" * 8), encoding="ascii")
        before = self.newest(card)
        keys("mandate", "--cards", world.folder / "cards", "--block", check=REFUSED)
        self.assertEqual(self.newest(card), before)
        # A grant that stays keeps its unit; one that ended never comes back; eight purses are all.
        sugar = "grant=3,programme=1,unit=g,goods=3,amount=2000,first=2025-10-01,every=month,count=3"
        self.assertEqual(keys("mandate", "--card", card, "--grant", sugar.replace("unit=g", "unit=ml"),
                              check=REFUSED).reason, "rule-forbids")
        keys("mandate", "--card", card, "--end", "3")
        self.assertEqual(keys("mandate", "--card", card, "--grant", sugar, check=REFUSED).reason, "rule-forbids")
        self.assertEqual(keys("mandate", "--card", card, "--end", "3", check=REFUSED).reason, "rule-forbids")
        more = [word for grant in range(20, 25) for word in ("--grant", sugar.replace("grant=3", "grant=%d" % grant))]
        self.assertEqual(keys("mandate", "--card", card, *more, check=REFUSED).reason, "rule-forbids")

    def newest(self, card):
        database = sqlite3.connect("file:%s?mode=ro" % (world.city / "city.db"), uri=True)
        try:
            return database.execute("SELECT max(mandate.number) FROM mandate JOIN card ON card.id = mandate.card "
                                    "WHERE alias = ?", (bytes.fromhex(card),)).fetchone()[0]
        finally:
            database.close()


class Stations(unittest.TestCase):
    def test_list_and_certificate(self):
        world.issue("other", outlet="EW-002", since="2025-10-15", until="2026-02-28", date="2025-10-15")
        world.items("store", 3, check=DONE)
        courier("lists", "--list", world.folder / "items-3.list", "--certificate", world.folder / "other.cert")
        taken = carry("other", "lists")
        self.assertTrue(taken["certificate"] and taken["list"])
        self.assertEqual(run(READER, "status", "--station", world.folder / "other", check=DONE)["until"], "2026-02-28")
        taken = carry("other", "lists")  # again
        self.assertFalse(taken["certificate"] or taken["list"])
        self.assertFalse(carry("store", "lists")["certificate"])  # not for this one


if __name__ == "__main__":
    unittest.main()
