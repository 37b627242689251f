# SPDX-License-Identifier: Apache-2.0
"""Promise 10 between city, bureau, stations and cards: every key of the city is rotated while cards and stations are out.
What was made under the old key goes on until its own last day, cards of both generations are redeemed at stations of both, and
what was compromised is cut off where the news has come.

Two generations of everything: first the city as it was founded, with its cards, registrar and store; then station CA, card CA,
grant signer, list signer, office CA, the city's own key and the vendor's transport key are rotated, and a second batch of cards,
a second registrar and a second store are made. Roots follow in the tests.

Broken variants: tests/variants/hosts.py and aging.py."""
import os
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import (DONE, MADE, READER, REFUSED, TAMPERED, TODAY, World, left, run, wait_for_readers)  # noqa: E402

RICE = 0
HEAD = "household,nik,name,sex,born,kelurahan,size,registered,aided,alternate\n"
ROLL_2 = HEAD + "".join("647201%02d01800001,647201%02d01800001,Dewi Lestari,P,1980-01-0%d,64.72.01.1001,4,yes,never,\n" %
                        (day + 40, day + 40, day) for day in (5, 6))
ROLL_3 = HEAD + "6472014701800001,6472014701800001,Rina Wati,P,1980-01-07,64.72.01.1001,4,yes,never,\n"
COMPONENTS = ("0F1E2D3C4B5A69788796A5B4C3D2E1F0", "00112233445566778899AABBCCDDEEFF")
LAST, AFTER, LATER = "2025-10-25", "2025-10-26", "2025-12-31"  # of root 1
ROTATED = ("station-ca", "card-ca", "grant-signer", "list-signer", "office-ca", "city")
MORE = "grant=1,programme=1,unit=g,goods=1,amount=%d,first=2025-10-01,every=month,count=3"


def keys(*words, check=DONE, date=TODAY):
    return world.keys(*words, check=check, date=date)


def first_generation():
    world.station("registrar-1", role="registrar")
    world.station("store-1")
    world.station("store-0", outlet="EW-010")  # its certificate stays as it is
    with world.active_card(0, registrar="registrar-1"):
        world.redeem("store-1", "beras=100g", check=DONE)
    wait_for_readers(0)
    for card, amount in ((0, 11000), (1, 11500)):
        keys("mandate", "--card", world.aliases()[card], "--grant", MORE % amount, date=MADE)
    keys("courier", "--out", world.folder / "courier-1", date=MADE)


def second_generation():
    global new_deck
    for role in ROTATED:
        keys("rotate", role)
    parts = [world.write("component-%d" % at, part + "\n", 0o600) for at, part in enumerate(COMPONENTS)]
    keys("transport", "import", "--component", *parts)
    lot = world.write("new-lot", "%032X\n" % (int(COMPONENTS[0], 16) ^ int(COMPONENTS[1], 16)), 0o600)
    # The bureau goes on with its certificate of the first office CA.
    new_deck = world.batch("-2", ROLL_2, 2, date=TODAY, deck=("--transport-key", lot))
    world.station("registrar-2", role="registrar", since=TODAY, date=TODAY)
    world.station("store-2", outlet="EW-002", since=TODAY, date=TODAY)
    keys("mandate", "--card", world.aliases()[0], "--grant", MORE % 12000)
    keys("notice", "--card", world.aliases()[1], "--pin-reset")
    keys("courier", "--out", world.folder / "courier-2")


def setUpModule():
    global world
    world = World(2)
    first_generation()
    second_generation()


def tearDownModule():
    world.close()


def news(name, outlet="EW-001", role="store", date=TODAY, since=TODAY, check=DONE):
    """The station's certificate is renewed; with it comes what the city rotated."""
    world.issue(name, role=role, outlet=outlet, since=since, date=date)
    return run(READER, "install", "--station", world.folder / name, "--certificate", world.folder / (name + ".cert"),
               date=date, check=check)


def succeed(generation, *until, date=TODAY):
    """The next root, whose key lies where the succession before made it, takes over."""
    place = world.city / "next-root" if generation == 2 else world.folder / ("root-%d" % generation)
    return keys("root", "succeed", "--root", place, "--next", world.folder / ("root-%d" % (generation + 1)), *until, date=date)


def carry(name, courier, date=TODAY, check=DONE):
    return run(READER, "courier", "import", "--station", world.folder / name, world.folder / courier, date=date, check=check)


class Card:
    """A card on the reader, for `with`."""

    def __init__(self, image):
        self.image = image

    def __enter__(self):
        self.process = world.card(0, image=self.image)
        return self

    def __exit__(self, *_unused):
        self.process.stop()
        wait_for_readers(0)

    @staticmethod
    def buys(station, basket="beras=100g", check=DONE, **named):
        answer = world.redeem(station, basket, **named)
        assert answer.code == check, answer
        return answer


def old_card(number=0):
    return Card(world.image(number))


def new_image(number=0):
    return new_deck / ("card-%04d.img" % (number + 1))


def new_card(number=0):
    return Card(new_image(number))


def root_of(image):
    """The generation of a card's root: the first byte of page 2 (schema/card-specification.md, E.1)."""
    return image.read_bytes()[0x80]


class KeysAge(unittest.TestCase):
    def delivered(self, answer):
        return [(one["kind"], one.get("number")) for one in answer.json.get("delivered", [])]

    def test_01_old_goes_on_without_news(self):
        """Stations and cards of the first generation notice nothing, and need nothing."""
        with old_card() as card:
            before = left(world.balance("store-1", check=DONE))[RICE]
            card.buys("store-1")
            self.assertEqual(left(world.balance("store-1", check=DONE))[RICE], before - 100)
        # A card whose certificate the old card CA made is activated by a registrar of the old station CA, and buys.
        with old_card(1) as card:
            world.activate("registrar-1", pins="pin", date=TODAY, check=DONE)
            card.buys("store-1")

    def test_02_card_ca(self):
        """A card of the new one is refused where the news has not come, before anything is charged; then like any other."""
        with new_card() as card:
            world.activate("registrar-2", pins="pin", date=TODAY, certificates="certificates-2", check=DONE)
            answer = card.buys("store-1", check=TAMPERED)
            self.assertEqual((answer.reason, answer["outcome"]), ("certificate-invalid", "nothing"))
            news("store-1")
            card.buys("store-1")

    def test_03_station_ca(self):
        """Cards of both generations at stations of both, there and back; the card keeps one CA and learns it again."""
        for which in (old_card, new_card):
            with which() as card:
                for station in ("store-2", "store-1", "store-2"):
                    card.buys(station)
        for station in ("store-1", "store-2"):
            self.assertEqual(world.verify(station, check=DONE)["findings"], [])

    def test_04_grant_signer(self):
        """What the old signer signed is delivered at a station of the new one; between both the number decides."""
        carry("store-2", "courier-1")
        with old_card(1) as card:
            self.assertEqual(self.delivered(card.buys("store-2")), [("mandate", 2)])
        carry("store-1", "courier-2")
        with old_card() as card:
            self.assertEqual(self.delivered(card.buys("store-1")), [("mandate", 3)])
            self.assertEqual(self.delivered(card.buys("store-2")), [])
            self.assertEqual(world.balance("store-2", check=DONE)["mandate"], 3)

    def test_05_list_signer(self):
        """The old signer's item list is in force at a station of the new one until the new signer's comes, there and at old
        ones; its notice reaches a card by the new signer."""
        for station in ("store-1", "store-2"):
            self.assertEqual(run(READER, "status", "--station", world.folder / station, check=DONE)["list"], 1)
            world.items(station, 2, date=TODAY)
        with old_card(1) as card:
            self.assertIn(("pin-reset", 1), self.delivered(card.buys("store-1")))
            card.buys("store-2")

    def test_06_office_ca(self):
        """The bureau made the second batch with its certificate of the old one; renewed under the new one it makes a third."""
        world.issue_bureau(date=TODAY)
        deck = world.batch("-3", ROLL_3, 1, date=TODAY, prepare=("--transport", "1"))
        with Card(deck / "card-0001.img") as card:
            world.activate("registrar-2", pins="pin", date=TODAY, certificates="certificates-3", check=DONE)
            card.buys("store-2")

    def test_07_transport_key(self):
        """The third batch was of the old lot, the second of the new one: both live (test_02, test_06). The old key's end."""
        keys("transport", "retire", "--generation", "1", "--kcv", "504a77")
        with new_card() as card:
            card.buys("store-2")

    def test_08_station_certificate(self):
        """The renewed one counts beside the old one, whose last day is its last."""
        world.station("store-3", outlet="EW-003", since=TODAY, until="2025-10-20", date=TODAY)
        with old_card() as card:
            card.buys("store-3", date="2025-10-20")
            answer = card.buys("store-3", check=REFUSED, date="2025-10-21")
            self.assertEqual((answer.reason, answer["outcome"]), ("certificate-expired", "nothing"))
            news("store-3", outlet="EW-003")
            card.buys("store-3", date="2025-10-21")
            card.buys("store-1", date="2025-10-21")

    def test_10_root_that_ends_later(self):
        """Old and new overlap to the day that the officers say, and not longer; nobody needs the news before it ends."""
        succeed(2, "--old-until", LAST)
        with old_card() as card:
            card.buys("store-1")
        self.assertEqual(root_of(world.image(0)), 1)
        news("store-2", outlet="EW-002")
        with new_card() as card:
            card.buys("store-2")
            # Brought forward, it is still good at a store that has not heard of it.
            card.buys("store-1")
        self.assertEqual(root_of(new_image()), 2)
        # After its day what it certified is not: that store has to take the news in. The card knows the day by a later
        # certificate. A store of the CA that the new root certified, too, goes on without the news.
        news("store-2", outlet="EW-002", date=AFTER, since=AFTER)
        carry("store-0", "courier-2")
        with old_card() as card:
            card.buys("store-0")
            card.buys("store-2", date=AFTER)
            answer = card.buys("store-0", check=REFUSED, date=AFTER)
            self.assertEqual((answer.reason, answer["outcome"]), ("station-behind", "nothing"))
            news("store-1", date=AFTER, since=AFTER)
            card.buys("store-1", date=AFTER)

    def test_11_three_roots_in_one_tap(self):
        """A card that slept through three successions comes forward at its next tap, be it a purchase or an activation, and has
        what it had."""
        with old_card() as card:
            before = left(world.balance("store-1", check=DONE, date=AFTER))
        self.assertEqual(root_of(world.image(0)), 2)
        for generation in (3, 4):
            succeed(generation, "--old-until", LATER, date=AFTER)
        news("store-2", outlet="EW-002", date=AFTER, since=AFTER)
        news("registrar-2", role="registrar", date=AFTER, since=AFTER)
        with old_card(1) as card:
            self.assertEqual(root_of(world.image(1)), 1)
            card.buys("store-2", date=AFTER)
            self.assertEqual(root_of(world.image(1)), 4)
        with new_card(1) as card:
            self.assertEqual(root_of(new_image(1)), 1)
            world.activate("registrar-2", pins="pin", date=AFTER, certificates="certificates-2", check=DONE)
            self.assertEqual(root_of(new_image(1)), 4)
            card.buys("store-2", date=AFTER)
        with old_card() as card:
            self.assertEqual(left(world.balance("store-2", check=DONE, date=AFTER)), before)
            card.buys("store-2", date=AFTER)

    def test_12_compromised_root(self):
        """It counts no more where the news has come, at once; where it has not, nobody is said to know."""
        succeed(5, "--compromised", date=AFTER)
        with old_card() as card:
            card.buys("store-2", date=AFTER)
        news("store-1", date=AFTER, since=AFTER)
        with old_card() as card:
            card.buys("store-1", date=AFTER)
            self.assertEqual(root_of(world.image(0)), 5)
            answer = card.buys("store-0", check=REFUSED, date=AFTER)
            self.assertEqual((answer.reason, answer["outcome"]), ("station-behind", "nothing"))
            news("store-2", outlet="EW-002", date=AFTER, since=AFTER)
            card.buys("store-2", date=AFTER)

    def test_13_compromised_card_ca(self):
        """Cut off at the stations that have the hotlist, on the cards of the new one nothing changes."""
        keys("distrust", "card-ca=1", date=AFTER)
        keys("hotlist", "--out", world.folder / "distrust", date=AFTER)
        run(READER, "hotlist", "import", "--station", world.folder / "store-1", world.folder / "distrust", date=AFTER, check=DONE)
        with old_card() as card:
            answer = card.buys("store-1", check=REFUSED, date=AFTER)
            self.assertEqual((answer.reason, answer["outcome"]), ("issuer-distrusted", "nothing"))
            card.buys("store-2", date=AFTER)
        with new_card() as card:
            card.buys("store-1", date=AFTER)

    def test_14_every_log_is_whole(self):
        for station in ("store-1", "store-2", "store-3"):
            self.assertEqual(world.verify(station, check=DONE)["findings"], [])


if __name__ == "__main__":
    unittest.main()
