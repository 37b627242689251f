# SPDX-License-Identifier: Apache-2.0
"""The city's root is succeeded four times while cards are in people's hands: stations follow by certificate and courier,
bureaus by theirs, and a card that slept through it is brought forward at its next tap, wherever it is pulled."""
import shutil
import sqlite3
import subprocess
import sys
import unittest

from proxy import PULL, Proxy
from world import (DONE, ENVIRONMENT, MADE, PERSONALIZE, READER, REFUSED, CardProcess, World, left, run,
                   wait_for_readers)

FORGE_LINK = sys.argv[1]
OLD_UNTIL = "2026-06-30"
HOUSEHOLD = "6472010601800001,6472010601800001,Dedi Kurniawan,L,1980-01-06,64.72.01.1001,3,yes,never,\n"
RICE = 0
LINK = 0x2E
LINKS = 4  # from root 1 to the last


def setUpModule():
    global world, alias, before
    world = World(5)
    world.station("registrar", role="registrar")
    for name in "store", "old", "quiet":
        world.station(name)
    alias = world.aliases()
    for number in range(4):
        with world.active_card(number):
            world.redeem("store", "beras=1kg", check=DONE)
            before = left(world.balance("store", check=DONE))[RICE]
        wait_for_readers(0)
    shutil.copyfile(world.image(3), world.folder / "sleeper.img")


def tearDownModule():
    world.close()


def keys(*words, check=DONE, **named):
    return world.keys(*words, date=MADE, check=check, **named)


def succeed(generation, *words):
    """The next root takes over; the one after it is made in a folder of its own."""
    root = [] if generation == 2 else ["--root", world.folder / ("root-%d" % generation)]
    return keys("root", "succeed", *root, "--next", world.folder / ("root-%d" % (generation + 1)),
                *(words or ("--old-until", OLD_UNTIL)))


def renew(name, role="store", check=DONE):
    world.issue(name, role)
    return run(READER, "install", "--station", world.folder / name, "--certificate", world.folder / (name + ".cert"),
               date=MADE, check=check)


def courier(name, number):
    """With a mandate for a card that says what the one before said."""
    keys("mandate", "--card", alias[number], "--unblock")
    keys("courier", "--out", world.folder / name)


def carry(station, name, check=DONE):
    return run(READER, "courier", "import", "--station", world.folder / station, world.folder / name, date=MADE,
               check=check)


def status(name):
    return run(READER, "status", "--station", world.folder / name, check=DONE)


def roots(name):
    return [(root["generation"], root["until"]) for root in status(name)["roots"]]


def given(name, number):
    """How many root links the log says this card got: what is no record of another kind in these stories."""
    return sum(entry["kind"] == "delivered" and alias[number] in entry["text"].lower() for entry in world.log(name))


def links(proxy):
    return sum(command[1] == LINK for command in proxy.commands)


class Hand(Proxy):
    def insert(self):
        super().insert()
        wait_for_readers(1)

    def __exit__(self, *cause):
        super().__exit__(*cause)
        wait_for_readers(0)


class Case(unittest.TestCase):
    def lay(self, number):
        card = world.card(number)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(card.stop)
        return card


class ACourierThatComesLate(unittest.TestCase):
    def test_a_refused_certificate_keeps_nothing_else_back(self):
        world.station("late")
        world.issue("late", until="2026-02-28")
        world.items("quiet", 2)
        keys("courier", "--out", world.folder / "mixed", "--certificate", world.folder / "late.cert", "--list",
             world.folder / "items-2.list")
        answer = run(READER, "courier", "import", "--station", world.folder / "late", world.folder / "mixed",
                     date="2026-03-05", check=DONE)
        self.assertEqual((answer["certificate"], answer["certificate_refused"], answer["list"]),
                         (False, "certificate-expired", True))
        self.assertIn("all else was", answer.error)
        self.assertEqual(status("late")["until"], "2026-01-31")


class FourRoots(Case):
    """One story: each part stands on the one before."""

    def test_1_the_second_root(self):
        courier("early", 0)  # a mandate that will wait, signed by the grant signer as root 1 certified it
        carry("store", "early")
        succeed(2)
        answer = renew("store")
        self.assertEqual((answer["root"], answer["pinned"], answer["followed_from"]), (2, False, 1))
        self.assertEqual(roots("store"), [(2, None), (1, OLD_UNTIL)])
        with world.card(1):
            balances = left(world.balance("store", check=DONE))
            self.assertEqual(given("store", 1), 1)
            # A station that still stands at root 1 serves the card as long as the card holds root 1.
            self.assertEqual(left(world.balance("old", check=DONE)), balances)
            world.redeem("old", "beras=100g", check=DONE)
        wait_for_readers(0)

    def test_2_the_third_root_and_the_fourth_by_courier(self):
        succeed(3)
        renew("store")
        with world.card(2):
            world.balance("store", check=DONE)
        wait_for_readers(0)
        self.assertEqual(given("store", 2), 2)
        succeed(4)
        courier("fourth", 2)
        answer = carry("store", "fourth")
        self.assertEqual((answer["root"], answer["kept"]), (4, 1))
        self.assertEqual(roots("store"), [(4, None), (3, OLD_UNTIL), (2, OLD_UNTIL), (1, OLD_UNTIL)])
        self.assertEqual(carry("store", "fourth")["root"], 0)
        self.assertEqual(carry("registrar", "fourth")["root"], 4)
        world.verify("store", check=DONE)

    def test_3_three_generations_in_one_tap(self):
        self.lay(0)
        slept = world.redeem("store", "beras=1kg", check=DONE)
        self.assertEqual(given("store", 0), 3)
        # The mandate that waited goes with its signer's certificate by the newest root: the card holds root 1 no more.
        self.assertEqual(slept["delivered"], [{"kind": "mandate", "number": 2, "refused": False}])
        known = world.redeem("store", "beras=1kg", check=DONE)
        again = world.redeem("store", "beras=1kg", check=DONE)
        self.assertEqual((known["apdus"], given("store", 0)), (again["apdus"], 3))
        world.void("store", slept["transaction"], check=DONE)

    def test_4_what_it_costs(self):
        """Three links are three commands; the station CA's certificate is a fourth, since the card's cache is empty."""
        with Hand(world.image(3)) as proxy:
            slept = world.balance("store", check=DONE)["apdus"]
            self.assertEqual([command[1] for command in proxy.commands][:4], [0xA4, LINK, LINK, LINK])
            proxy.insert()
            empty = world.balance("store", check=DONE)["apdus"]  # reading commits nothing, so the cache stays empty
            self.assertEqual((slept - empty, links(proxy)), (3, 0))
            # A station that stands at root 1 cannot show its CA to the card, which holds roots 3 and 4.
            proxy.insert()
            answer = world.redeem("old", "beras=1kg")
            self.assertEqual((answer.code, answer.reason), (REFUSED, "station-behind"))
            proxy.insert()
            world.redeem("store", "beras=1kg", check=DONE)
            proxy.insert()
            self.assertEqual(empty - world.balance("store", check=DONE)["apdus"], 1)

    def test_5_from_each_generation(self):
        for number, links in ((1, 3), (2, 3)):  # 1 at root 2: two more; 2 at root 3: one more
            with world.card(number):
                sale = world.redeem("store", "beras=500g", check=DONE)
                self.assertEqual(given("store", number), links)
                world.void("store", sale["transaction"], check=DONE)
            wait_for_readers(0)
        world.verify("store", check=DONE)

    def test_6_a_station_behind_the_card(self):
        self.lay(1)
        world.redeem("old", "beras=100g", check=DONE)  # the card has the CA in its cache, by whatever root
        self.assertEqual(roots("old"), [(1, None)])
        carry("old", "fourth")
        world.redeem("old", "beras=100g", check=DONE)
        self.assertEqual((roots("old")[0], given("old", 1)), ((4, None), 0))
        world.verify("old", check=DONE)

    def test_7_a_registrar_brings_a_card_forward(self):
        self.lay(4)
        world.activate("registrar", pins="pin", check=DONE)
        self.assertEqual(given("registrar", 4), 3)
        world.redeem("store", "beras=1kg", check=DONE)
        self.assertEqual(given("store", 4), 0)

    def test_8_a_stolen_current_root_cannot_move_a_card(self):
        root = world.folder / "root-4"
        record = subprocess.run([FORGE_LINK, root, "a pass phrase for tests", "5"], check=True, capture_output=True,
                                text=True).stdout
        link = bytes.fromhex(record)
        shutil.copytree(world.folder / "store", world.folder / "thief")
        database = sqlite3.connect(world.folder / "thief/station.db")
        with database:
            database.execute("INSERT INTO anchor VALUES (5, ?, ?, 65535, 0)", (link[3:67], link[67:99]))
            database.execute("INSERT INTO root_link VALUES (5, ?)", (link,))
        database.close()
        self.assertEqual(roots("thief")[0], (5, None))
        with Hand(world.image(2)) as proxy:
            answers = []
            proxy.after = lambda _number, command, reply: answers.append((command[1], reply[-2:].hex()))
            self.assertEqual(world.balance("thief").code, DONE)  # with what the card knows
            self.assertEqual([reply for ins, reply in answers if ins == LINK], ["9413"])
            entry = [entry for entry in world.log("thief") if entry["kind"] == "refused"][-1]
            self.assertIn(alias[2], entry["text"].lower())
            self.assertIn("status 9413, signature-invalid", entry["text"])
            proxy.insert()
            answers.clear()
            world.balance("store", check=DONE)  # the card is where it was
            self.assertEqual([reply for ins, reply in answers if ins == LINK], [])

    def test_9_a_compromised_root(self):
        succeed(5, "--compromised")
        courier("fifth", 0)
        self.assertEqual(carry("store", "fifth")["root"], 5)
        self.assertEqual(roots("store")[:2], [(5, None), (4, "never")])
        self.lay(1)
        world.balance("store", check=DONE)
        self.assertEqual(given("store", 1), 4)
        # It holds no root before: a station at root 4 is behind at once.
        answer = world.redeem("old", "beras=100g")
        self.assertEqual((answer.code, answer.reason), (REFUSED, "station-behind"))
        carry("old", "fifth")
        world.redeem("old", "beras=100g", check=DONE)
        sale = world.redeem("store", "beras=1kg", check=DONE)
        world.void("store", sale["transaction"], check=DONE)
        # An earlier courier that comes late is one of a root that counts no more.
        answer = carry("store", "fourth", check=REFUSED)
        self.assertEqual(answer.reason, "certificate-expired")
        world.verify("store", check=DONE)


class OfTheBureau(Case):
    def test_a_bureau_follows_and_takes_batches_of_both_roots(self):
        at = world.folder
        run(PERSONALIZE, "enrol", "--office", world.bureau, "--name", "Bureau", "--out", at / "bureau.req", *world.secret,
            date=MADE, check=DONE)
        keys("office", "issue", "--request", at / "bureau.req", "--out", at / "bureau.cert")
        answer = run(PERSONALIZE, "install", "--office", world.bureau, "--certificate", at / "bureau.cert", date=MADE,
                     check=DONE)
        self.assertFalse(answer["pinned"])
        # The batch of root 1 is opened still, one of root 5 too, and its card is at root 5 from the start.
        self.assertEqual(self.report("batch").code, DONE)
        (at / "roll.csv").write_text((at / "roll.csv").read_text(encoding="utf-8") + HOUSEHOLD, encoding="utf-8")
        run(PERSONALIZE, "prepare", "--store", world.city, "--roll", at / "roll.csv", "--programmes",
            at / "programmes.yaml", "--recipient", at / "bureau.cert", "--out", at / "batch-2", *world.secret, date=MADE,
            check=DONE)
        image = at / "sixth.img"
        with CardProcess("--image", image):
            wait_for_readers(1)
            run(PERSONALIZE, "encode", "--office", world.bureau, "--batch", at / "batch-2", "--count", 1, *world.secret,
                date=MADE, check=DONE)
        wait_for_readers(0)
        run(PERSONALIZE, "report", "--office", world.bureau, "--batch", at / "batch-2", "--out", at / "report",
            *world.secret, date=MADE, check=DONE)
        run(PERSONALIZE, "certify", "--store", world.city, "--report", at / "report", "--out", at / "certificates",
            *world.secret, date=MADE, check=DONE)
        with Hand(image) as proxy:
            carry("registrar", "fifth")
            world.activate("registrar", pins="pin", check=DONE)
            self.assertEqual(links(proxy), 0)
            proxy.insert()
            world.redeem("store", "beras=1kg", check=DONE)
            self.assertEqual(links(proxy), 0)

    def report(self, batch):
        return run(PERSONALIZE, "report", "--office", world.bureau, "--batch", world.folder / batch, "--out",
                   world.folder / "report-again", *world.secret, date=MADE)


class Pulled(Case):
    """A card of root 1, pulled before and after each of its four links: its next tap goes on where it stands."""

    def test_at_every_link(self):
        carry("quiet", "fifth")
        for when in "before", "after":
            for number in range(1, LINKS + 1):
                with self.subTest(when=when, number=number):
                    self.pull(when, number)

    def pull(self, when, number):
        image = world.folder / "pulled.img"
        shutil.copyfile(world.folder / "sleeper.img", image)
        taken = number if when == "after" else number - 1
        with Hand(image) as proxy:
            setattr(proxy, when, lambda count, *_unused: PULL if count == number else None)
            logged = given("quiet", 3)
            answer = world.balance("quiet")
            self.assertEqual((answer.code, answer.reason), (ENVIRONMENT, "card-removed"))
            self.assertEqual(links(proxy), number)
            # What the card answered to stands in the log, and only that.
            self.assertEqual(given("quiet", 3) - logged, number - 1)
            setattr(proxy, when, None)
            proxy.insert()
            self.assertEqual(left(world.balance("quiet", check=DONE))[RICE], before)
            self.assertEqual(links(proxy), LINKS - taken)
            proxy.insert()
            world.balance("quiet", check=DONE)
            self.assertEqual(links(proxy), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
