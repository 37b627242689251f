# SPDX-License-Identifier: Apache-2.0
"""The hotlist from the officer's word to the tap: cards that are stopped, stations that are revoked, CAs and signers that
are distrusted; whole and as changes, by courier and alone, in any order, of every age."""
import shutil
import sqlite3
import unittest

from world import (DONE, ITEMS, KEYS, READER, REFUSED, TAMPERED, USAGE, Failed, World, run, wait_for_readers)


def setUpModule():
    global world
    world = World(4)
    world.station("registrar", role="registrar")
    hotlist("zero")  # something to make changes of, whichever case runs alone


def tearDownModule():
    world.close()


def keys(*words, check=DONE, **named):
    return world.keys(*words, check=check, **named)


def mandate(number, *words, check=DONE, **named):
    return keys("mandate", "--card", world.aliases()[number], *words, check=check, **named)


def hotlist(name, *words, **named):
    """Makes the next one: NAME whole, NAME.change as change."""
    out = ("--out", world.folder / name) if "--out" not in words else ()
    return keys("hotlist", *out, *words, **named)


def change(name):
    return ("--change", world.folder / (name + ".change"))


def take(station, name, check=DONE, **named):
    return run(READER, "hotlist", "import", "--station", world.folder / station, world.folder / name, check=check,
               **named)


def status(station, **named):
    return run(READER, "status", "--station", world.folder / station, check=DONE, **named)


def carry(station, *words):
    """Packs a courier and takes it in."""
    keys("courier", "--out", world.folder / "courier", *words)
    return run(READER, "courier", "import", "--station", world.folder / station, world.folder / "courier", check=DONE)


def fresh(name):
    """A store of its own that has no hotlist yet, so that classes do not depend on each other."""
    world.station(name)
    return name


class OfCard(unittest.TestCase):
    number = 0

    @classmethod
    def setUpClass(cls):
        with world.active_card(cls.number):
            pass
        wait_for_readers(0)

    def setUp(self):
        self.card = world.card(self.number)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.card.stop)

    def refused(self, answer, reason, code=REFUSED):
        self.assertEqual((answer.code, answer.reason), (code, reason), answer)
        self.assertEqual(answer.json.get("outcome", "nothing"), "nothing", answer)


class Cards(OfCard):
    number = 0

    def test_from_the_officer_s_word_to_the_tap(self):
        store = fresh("cards")
        card = world.aliases()[0]
        # A station that never had a list works, and says so.
        self.assertIsNone(status(store)["hotlist"])
        self.assertEqual(world.redeem(store, "beras=1kg").code, DONE)
        made = hotlist("first")
        first = made["number"]
        self.assertEqual((made["cards"], made["stations"], made["distrusted"]), (0, 0, 0))
        taken = take(store, "first")["hotlist"]
        self.assertEqual((taken["number"], taken["state"], taken["cards"], taken["revoked"]), (first, "fresh", 0, False))
        sale = world.redeem(store, "beras=1kg", check=DONE)
        # Blocked in the city; the block itself has not come to the store, the list has.
        mandate(0, "--block")
        made = hotlist("blocked", *change("blocked"))
        self.assertEqual((made["cards"], made["since"], made["added"], made["removed"]), (1, first, 1, 0))
        shown = run(KEYS, "inspect", world.folder / "blocked", check=DONE)["file"]
        self.assertEqual((shown["kind"], shown["cards"], shown["signer"]["role"]),
                         ("hotlist", [{"alias": card, "mandate": 2}], "list-signer"))
        self.assertIsNone(shown["changes"])
        self.assertEqual(run(KEYS, "inspect", world.folder / "blocked.change", check=DONE)["file"]["changes"], first)
        take(store, "blocked.change")
        before = len(world.log(store))
        self.refused(world.redeem(store, "beras=1kg"), "card-on-hotlist")
        added = world.log(store)[before:]
        self.assertEqual([entry["kind"] for entry in added if entry["kind"] != "clock"], ["refused"])
        self.assertIn("card-on-hotlist", added[-1]["text"])
        # Nothing of it is taken back or looked at otherwise: the receipt stands, the balance is told.
        self.refused(world.void(store, str(sale["transaction"])), "card-on-hotlist")
        self.assertEqual(world.balance(store, check=DONE)["state"], "active")
        self.assertEqual(world.redeem(store, "beras=1kg", extra=("--transaction", str(sale["transaction"])),
                                      check=DONE)["repeated"], True)
        # The block comes as well: it is handed over first, and the list holds for that mandate, too.
        carry(store)
        answer = world.redeem(store, "beras=1kg")
        self.refused(answer, "card-on-hotlist")
        self.assertEqual([(one["kind"], one["number"]) for one in answer["delivered"]], [("mandate", 2)])
        # A newer mandate is a newer intention: the card is served though the list is the old one.
        mandate(0, "--unblock")
        carry(store)
        answer = world.redeem(store, "beras=1kg", check=DONE)
        self.assertEqual([(one["kind"], one["number"]) for one in answer["delivered"]], [("mandate", 3)])
        # And a list that was made before never takes that back.
        other = fresh("cards2")
        take(other, "blocked")
        self.assertEqual(world.redeem(other, "beras=1kg").code, DONE)
        made = hotlist("unblocked", *change("unblocked"))
        self.assertEqual((made["cards"], made["removed"]), (0, 1))
        take(store, "unblocked.change")
        self.assertEqual(status(store)["hotlist"]["cards"], 0)
        for name in (store, other):
            world.verify(name, check=DONE)
        self.assertEqual(world.kinds(store).count("hotlist"), 3)

    def test_stop_notice(self):
        store = fresh("stops")
        keys("notice", "--card", world.aliases()[0], "--stop")
        self.assertEqual(hotlist("stopped")["cards"], 1)
        take(store, "stopped")
        self.refused(world.redeem(store, "beras=1kg"), "card-on-hotlist")
        answer = carry(store, "--hotlist", world.folder / "stopped")
        self.assertEqual((answer["hotlist"], answer["kept"] > 0), (False, True))
        answer = world.redeem(store, "beras=1kg")
        self.refused(answer, "card-on-hotlist")
        self.assertIn("stop", [one["kind"] for one in answer["delivered"]])
        self.assertEqual(world.balance(store, check=DONE)["state"], "stopped")
        # A newer mandate ends notice and entry alike.
        mandate(0, "--pin", "yes")
        self.assertEqual(hotlist("lifted")["cards"], 0)
        carry(store, "--hotlist", world.folder / "lifted")
        self.assertEqual(status(store)["hotlist"]["cards"], 0)
        self.assertEqual(world.redeem(store, "beras=1kg").code, DONE)
        world.verify(store, check=DONE)


class Lists(unittest.TestCase):
    def test_order_repeats_and_bases(self):
        store = fresh("orders")
        one = hotlist("one")["number"]
        hotlist("two", *change("two"))
        hotlist("three", *change("three"))
        hotlist("jump", *change("jump"), "--since", str(one))
        # A change needs its base.
        self.assertEqual(take(store, "two.change", check=REFUSED).reason, "hotlist-base-missing")
        self.assertIsNone(status(store)["hotlist"])
        take(store, "one")
        self.assertEqual(take(store, "three.change", check=REFUSED).reason, "hotlist-base-missing")
        take(store, "jump.change")
        for late in ("one", "two", "two.change", "three.change", "jump", "jump.change"):
            self.assertEqual(take(store, late, check=REFUSED).reason, "record-old", late)
        self.assertEqual(status(store)["hotlist"]["number"], one + 3)
        # By courier neither is a fault, and the rest of it is taken.
        hotlist("five")
        hotlist("six", *change("six"))
        answer = carry(store, "--hotlist", world.folder / "six.change")
        self.assertFalse(answer["hotlist"])
        self.assertIn("whole hotlist", answer.error)
        self.assertFalse(carry(store, "--hotlist", world.folder / "one")["hotlist"])
        self.assertTrue(carry(store, "--hotlist", world.folder / "six")["hotlist"])
        self.assertEqual(status(store)["hotlist"]["number"], one + 5)
        # The change made the same bytes as the whole list, which the city signed.
        whole = (world.folder / "jump").read_bytes()
        database = sqlite3.connect("file:%s?mode=ro" % (world.folder / store / "station.db"), uri=True)
        six = database.execute("SELECT file FROM hotlist").fetchone()[0]
        database.close()
        self.assertEqual(six, (world.folder / "six").read_bytes())
        self.assertNotEqual(six, whole)
        world.verify(store, check=DONE)

    def test_altered_foreign_and_none(self):
        store = fresh("forged")
        hotlist("good", *change("good"))
        take(store, "good")
        hotlist("better", *change("better"))
        before = status(store)["hotlist"], len(world.log(store))
        for name in ("better", "better.change"):
            data = (world.folder / name).read_bytes()
            for place in (-1, -70, len(data) - 64 - 20, 20):
                altered = bytearray(data)
                altered[place] ^= 1
                (world.folder / "altered").write_bytes(altered)
                self.assertIn(take(store, "altered", check=None).code, (TAMPERED, REFUSED), (name, place))
            for cut in (0, 1, 100, len(data) - 1):
                (world.folder / "cut").write_bytes(data[:cut])
                self.assertEqual(take(store, "cut", check=REFUSED).reason, "format-invalid", (name, cut))
            (world.folder / "longer").write_bytes(data + b"\0")
            self.assertEqual(take(store, "longer", check=REFUSED).reason, "format-invalid", name)
        (world.folder / "huge").write_bytes(bytes(2 << 20))
        self.assertNotEqual(take(store, "huge", check=None).code, DONE)
        self.assertEqual(take(store, "items-1.list", check=REFUSED).reason, "format-invalid")
        self.assertEqual(keys("courier", "--out", world.folder / "c", "--hotlist", world.folder / "items-1.list",
                              check=REFUSED).reason, "format-invalid")
        # Another city's, all in order but for its root.
        foreign = world.folder / "foreign-city"
        run(KEYS, "init", "--store", foreign, *world.secret, check=DONE)
        run(KEYS, "hotlist", "--store", foreign, "--out", world.folder / "foreign", *world.secret, check=DONE)
        self.assertEqual(take(store, "foreign", check=TAMPERED).code, TAMPERED)
        self.assertEqual((status(store)["hotlist"], len(world.log(store))), before)
        take(store, "better.change")

    def test_a_list_that_does_not_hold_any_more(self):
        store = fresh("broken")
        hotlist("whole")
        take(store, "whole")
        database = sqlite3.connect(world.folder / store / "station.db")
        with database:
            database.execute("UPDATE hotlist SET file = CAST(substr(file, 1, length(file) - 1) || x'00' AS BLOB)")
        database.close()
        self.assertEqual(status(store)["hotlist"], {"state": "broken"})
        self.assertEqual(world.verify(store).code, TAMPERED)
        hotlist("next", *change("next"))
        self.assertEqual(take(store, "next.change", check=REFUSED).reason, "hotlist-base-missing")
        take(store, "whole")  # the same one mends it
        take(store, "next.change")

    def test_a_city_restored_from_an_old_copy(self):
        """Two lists of one number: what a change makes of the wrong one is not what the city signed."""
        store = fresh("restored")
        hotlist("base")
        take(store, "base")
        copy = world.folder / "city-copy"
        shutil.copytree(world.city, copy)

        def again(*words):
            return run(KEYS, *words, "--store", copy, *world.secret, check=DONE)

        number = hotlist("lost")["number"]
        take(store, "lost")
        again("station", "revoke", "--terminal", store)
        self.assertEqual(again("hotlist", "--out", world.folder / "twin")["number"], number)
        again("hotlist", "--change", world.folder / "twin.change", "--out", world.folder / "after")
        before = status(store)["hotlist"], world.kinds(store)
        answer = take(store, "twin.change", check=TAMPERED)
        self.assertIn("whole list", answer.error)
        self.assertEqual((status(store)["hotlist"], world.kinds(store)), before)
        take(store, "after")
        world.verify(store, check=DONE)
        # The city that the other classes go on with is beyond these numbers.
        for name in ("beyond-1", "beyond-2"):
            hotlist(name)

    def test_a_stolen_list_signer(self):
        """A thief of the list signer's key names numbers far ahead, and everybody. The next generation heals it."""
        store = fresh("stolen")
        thief = world.folder / "thief"
        shutil.copytree(world.city, thief)
        database = sqlite3.connect(thief / "keys.db")
        with database:
            database.execute("INSERT INTO hotlist (number, issued, made, warn, stop, record_hash) "
                             "VALUES (4294967290, 1, 1, 1, 1, zeroblob(32))")
            database.execute("INSERT INTO distrust (role, generation, said) VALUES (4, 1, 0), (4, 2, 0)")
        database.close()
        made = run(KEYS, "hotlist", "--store", thief, "--out", world.folder / "theirs", *world.secret, check=DONE)
        self.assertEqual(made["number"], 4294967291)
        take(store, "theirs")
        # Of itself and of those that come after it a list signer says nothing.
        database = sqlite3.connect(thief / "keys.db")
        with database:
            database.execute("INSERT INTO distrust (role, generation, said) VALUES (5, 2, 0)")
        database.close()
        answer = run(KEYS, "hotlist", "--store", thief, "--out", world.folder / "theirs", *world.secret, check=REFUSED)
        self.assertEqual(answer.reason, "rule-forbids")
        # In a copy of the city, so that the other classes keep their signer.
        city = world.folder / "healed"
        shutil.copytree(world.city, city)

        def healed(*words):
            return run(KEYS, *words, "--store", city, *world.secret, check=DONE)

        healed("rotate", "list-signer")
        healed("distrust", "list-signer=1")
        made = healed("hotlist", "--out", world.folder / "healing", "--change", world.folder / "healing.change")
        self.assertLess(made["number"], 1000)
        taken = take(store, "healing")["hotlist"]
        self.assertEqual((taken["number"], taken["distrusted"]), (made["number"], 1))
        self.assertEqual(take(store, "theirs", check=None).reason, "issuer-distrusted")
        # The item list is the old signer's, too: the city signs it anew.
        self.assertIsNone(status(store)["list"])
        (world.folder / "items.yaml").write_text(ITEMS.format(number=2), encoding="utf-8")
        healed("list", "sign", "--items", world.folder / "items.yaml", "--out", world.folder / "items-anew")
        run(READER, "list", "import", "--station", world.folder / store, world.folder / "items-anew", check=DONE)
        self.assertEqual(status(store)["list"], 2)
        world.verify(store, check=DONE)

    def test_words(self):
        for words in ([], ["--since", "1"], ["--out", world.folder / "x", "--warn-after", "9", "--stop-after", "8"],
                      ["--out", world.folder / "x", "--warn-after", "0"], ["--out", world.folder / "x", "--stop-after", "256"],
                      ["--out", world.folder / "x", "--since", "1"]):
            self.assertEqual(keys("hotlist", *words, check=None).code, USAGE, words)
        self.assertEqual(keys("hotlist", "--change", world.folder / "x", "--since", "4000000000", check=REFUSED).reason,
                         "not-found")
        self.assertFalse((world.folder / "x").exists())


class Age(OfCard):
    number = 1

    def test_warns_then_stops(self):
        store = fresh("aging")
        hotlist("short", "--warn-after", "3", "--stop-after", "7", date="2025-10-15")
        take(store, "short", date="2025-10-15")
        for date, state, code in (("2025-10-15", "fresh", DONE), ("2025-10-18", "fresh", DONE),
                                  ("2025-10-19", "old", DONE), ("2025-10-22", "old", DONE),
                                  ("2025-10-23", "stale", REFUSED), ("2025-12-24", "stale", REFUSED)):
            self.assertEqual(status(store, date=date)["hotlist"]["state"], state, date)
            answer = world.redeem(store, "beras=100g", date=date)
            self.assertEqual(answer.code, code, answer)
            self.assertEqual("days old" in answer.error, state != "fresh", answer)
            if code == REFUSED:
                self.refused(answer, "hotlist-too-old")
        self.refused(world.void(store, "1", date="2025-10-23"), "hotlist-too-old")
        self.assertEqual(world.balance(store, date="2025-10-23").code, DONE)
        # A clock before the day of issue makes no list older, and none younger than new.
        self.assertEqual(status(store, date="2025-10-10")["hotlist"]["age"], 0)
        hotlist("newer", "--warn-after", "3", "--stop-after", "7", date="2025-10-23")
        take(store, "newer", date="2025-10-23")
        self.assertEqual(world.redeem(store, "beras=100g", date="2025-10-23").code, DONE)


class Stations(OfCard):
    number = 2

    def test_revoked_and_restored(self):
        store, other = fresh("stays"), fresh("goes")
        self.assertEqual(world.redeem(other, "beras=1kg").code, DONE)
        self.assertEqual(keys("station", "revoke", "--terminal", "nobody", check=REFUSED).reason, "not-found")
        keys("station", "revoke", "--terminal", other)
        self.assertEqual(keys("station", "revoke", "--terminal", other, check=REFUSED).reason, "exists-already")
        with self.assertRaises(Failed):
            world.issue(other)
        self.assertEqual(hotlist("revoking")["stations"], 1)
        for name in (store, other):
            take(name, "revoking")
        self.assertTrue(status(other)["hotlist"]["revoked"])
        self.refused(world.redeem(other, "beras=1kg"), "station-revoked")
        # What it sold is carried still, by the station that is not revoked.
        self.assertEqual(world.redeem(store, "beras=1kg").code, DONE)
        self.assertIn("carried", world.kinds(store))
        # And whoever puts the logs together is told.
        answer = run(READER, "log", "cross-check", world.folder / store, world.folder / other)
        told = [finding["station"] for finding in answer["findings"] if finding["reason"] == "station-revoked"]
        self.assertEqual(told, [other], answer)
        keys("station", "revoke", "--terminal", other, "--restore")
        self.assertEqual(keys("station", "revoke", "--terminal", other, "--restore", check=REFUSED).reason, "not-found")
        hotlist("restoring", *change("restoring"))
        take(other, "restoring.change")
        self.assertEqual(world.redeem(other, "beras=1kg").code, DONE)
        world.issue(other)
        for name in (store, other):
            world.verify(name, check=DONE)

    def test_distrusted(self):
        store = fresh("distrusting")
        self.assertEqual(world.redeem(store, "beras=1kg").code, DONE)
        for words, reason in ((["card-ca=2"], "not-found"), (["list-signer=1"], "rule-forbids")):
            self.assertEqual(keys("distrust", *words, check=REFUSED).reason, reason, words)
        for word in ("root=1", "card-ca", "card-ca=0", "card-ca=1x", "card-ca=128", "=1"):
            self.assertEqual(keys("distrust", word, check=None).code, USAGE, word)
        for role, code in (("card-ca", REFUSED), ("grant-signer", REFUSED), ("station-ca", REFUSED)):
            answer = keys("distrust", role + "=1")
            self.assertIn("is in use", answer.error)
            self.assertEqual(keys("distrust", role + "=1", check=REFUSED).reason, "exists-already")
            self.assertEqual(hotlist("distrusted", *change("distrusted"))["distrusted"], 1)
            take(store, "distrusted")
            answer = world.redeem(store, "beras=1kg")
            self.refused(answer, "issuer-distrusted", code)
            # The log tells the past: what was taken under that key then stands.
            world.verify(store, check=DONE)
            keys("distrust", role + "=1", "--restore")
            hotlist("trusted", *change("trusted"))
            take(store, "trusted.change")
            self.assertEqual(world.redeem(store, "beras=1kg").code, DONE, role)


    def test_z_a_distrusted_grant_signer_s_card_gets_a_new_mandate(self):
        """In a copy of the city, so that the other classes keep their signer."""
        store = fresh("anew")
        city = world.folder / "anew-city"
        shutil.copytree(world.city, city)

        def anew(*words):
            return run(KEYS, *words, "--store", city, *world.secret, check=DONE)

        anew("rotate", "grant-signer")
        self.assertNotIn("is in use", anew("distrust", "grant-signer=1").error)
        anew("hotlist", "--out", world.folder / "anew-list")
        take(store, "anew-list")
        self.refused(world.redeem(store, "beras=1kg"), "issuer-distrusted")
        self.assertEqual(world.balance(store, check=DONE)["state"], "active")
        anew("mandate", "--card", world.aliases()[2], "--pin", "yes")
        anew("courier", "--out", world.folder / "anew-courier")
        run(READER, "courier", "import", "--station", world.folder / store, world.folder / "anew-courier", check=DONE)
        answer = world.redeem(store, "beras=1kg", check=DONE)
        self.assertEqual([one["kind"] for one in answer["delivered"]], ["mandate"])
        self.assertEqual(world.redeem(store, "beras=1kg").code, DONE)
        world.verify(store, check=DONE)


MANY = 128000


class Many(OfCard):
    number = 3

    def stop_many(self, city):
        """Adds cards to a copy of the city's register, all of them certified and blocked."""
        database = sqlite3.connect(city / "city.db")
        with database:
            def rows(make):
                return (make(i) for i in range(MANY))
            database.executemany(
                "INSERT INTO card (id, batch, sequence, alias, number, records_hash, valid_until) "
                "VALUES (?, 1, ?, ?, ?, zeroblob(32), 40000)",
                rows(lambda i: (1000 + i, 1000 + i, (i * 0x9E3779B97F4A7C15 % (1 << 64)).to_bytes(8, "big"),
                                (10 ** 10 + i).to_bytes(6, "big"))))
            database.executemany("INSERT INTO mandate (card, number, record) VALUES (?, 1, ?)",
                                 rows(lambda i: (1000 + i, b"\xc2\x01" + bytes(14) + b"\x02")))
            database.executemany(
                "INSERT INTO chip (card, report, serial, agreement_key, signing_key, statement, certificate) "
                "VALUES (?, (SELECT min(id) FROM report), ?, ?, ?, x'00', x'00')",
                rows(lambda i: (1000 + i, (1 << 70 | i).to_bytes(10, "big"), (1 << 260 | i).to_bytes(33, "big"),
                                (1 << 260 | i).to_bytes(33, "big"))))
        database.close()

    def test_128000_entries(self):
        store = fresh("many")
        before = hotlist("before-many")["cards"]
        city = world.folder / "big-city"
        shutil.copytree(world.city, city)
        self.stop_many(city)

        def big(*words):
            return run(KEYS, "hotlist", "--store", city, *world.secret, *words, check=DONE, timeout=120)

        made = big("--out", world.folder / "many-1")
        self.assertEqual(made["cards"], before + MANY)
        self.assertLess((world.folder / "many-1").stat().st_size, 2000000)
        answer = run(KEYS, "courier", "--store", city, *world.secret, "--out", world.folder / "big-courier", "--hotlist",
                     world.folder / "many-1", check=DONE)
        self.assertTrue(run(READER, "courier", "import", "--station", world.folder / store,
                            world.folder / "big-courier", check=DONE)["hotlist"])
        self.assertEqual(status(store)["hotlist"]["cards"], before + MANY)
        self.assertEqual(world.redeem(store, "beras=1kg").code, DONE)
        # One more, by a change of some hundred bytes.
        run(KEYS, "mandate", "--store", city, *world.secret, "--card", world.aliases()[3], "--block", check=DONE)
        made = big("--change", world.folder / "many-2")
        self.assertEqual((made["cards"], made["added"], made["removed"]), (before + MANY + 1, 1, 0))
        self.assertLess((world.folder / "many-2").stat().st_size, 500)
        take(store, "many-2")
        self.refused(world.redeem(store, "beras=1kg"), "card-on-hotlist")
        world.verify(store, check=DONE)


if __name__ == "__main__":
    unittest.main()
