# SPDX-License-Identifier: Apache-2.0
"""What is left open: told before anything waits for a card, carried and settled at the next tap wherever it is, given up
by the rule of recovery.h and by nothing else, and settled all the same when the card comes back.

Broken variants, seen to fail here, in the order of the tests: reader_work() lists nothing; sbk_session_settle() carries nothing;
look() asks for receipts that are out of the card's memory; sbk_station_give_up() goes by the clock alone, or
sbk_sale_unsettled_on() leaves out what is in doubt; check_number() lets every number pass; look() takes 6A83 for a doubt; the
program knows station-1.sql only."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from proxy import PULL, Proxy  # noqa: E402
from world import (DONE, ENVIRONMENT, PIN, READER, REFUSED, SOURCE, TODAY, UNSETTLED, World, left, run,  # noqa: E402
                   wait_for_readers)

COUNT_SALE = sys.argv.pop()
MONEY, RING = 3, 16
READ_RECEIPT, DEBIT = 0x12, 0x30
NO_RECORD = b"\x6a\x83"


def setUpModule():
    global world
    world = World(2)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")
    for number in range(2):
        with world.active_card(number, pins="pins" if number == 0 else "pin"):
            for name in ("store", "second"):
                world.redeem(name, "telur=1pc", check=DONE)
        wait_for_readers(0)


def tearDownModule():
    world.close()


def status(name, **named):
    return run(READER, "status", "--station", world.folder / name, **named)


class Recovery(unittest.TestCase):
    def lose(self, when="after", words=("telur=1pc",), **named):
        """A sale at "store" whose debit reached the card, or did not, and whose answer never came."""
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            setattr(proxy, when, lambda _number, command, *_reply: PULL if command[1] == DEBIT else None)
            answer = world.redeem("store", *words, **named)
            self.assertEqual((answer.code, answer["outcome"]), (UNSETTLED, "again"), answer)
        wait_for_readers(0)
        return answer["transaction"]

    def tap(self, name, number=0, **named):
        with world.card(number):
            answer = world.balance(name, check=DONE, **named)
        wait_for_readers(0)
        return answer

    def settled(self, answer):
        return [(one["transaction"], one["outcome"]) for one in answer.json.get("settled", [])]

    def nothing_left(self, name="store"):
        self.assertEqual(status(name, check=DONE)["open"], [])
        self.assertEqual(world.verify(name, check=DONE)["findings"], [])

    def test_told_before_the_card(self):
        number = self.lose(words=("telur=2pc", "beras=0.5kg"))
        command = ["--station", world.folder / "store", *world.secret]
        for verb in (["redeem", *command, "--pin-file", world.folder / "pin", "telur=9pc"], ["balance", *command]):
            said = run(READER, *verb, json_output=False)
            self.assertEqual(said.returncode, ENVIRONMENT, said.stderr)
            self.assertRegex(said.stdout, r"Not settled: transaction %d of 2025-10-15 12:00:00 WITA, card [0-9a-f]{16}; "
                                          r"tap that card again\n  2 pc Telur ayam\n  0.5 kg Beras medium\n" % number)
            answer = run(READER, *verb)
            self.assertEqual(answer.reason, "no-card")
            self.assertEqual([one["transaction"] for one in answer["open"]], [number])
        listed = status("store", check=DONE)["open"][0]
        log = world.log("store")[listed["entry"]]
        self.assertEqual(log["kind"], "intent")
        self.assertIn("transaction %d: debit, card %s entry %d, mandate %d" % (
            number, listed["alias"], listed["counter"], listed["mandate"]), log["text"])
        self.assertEqual([(line["item"], line["quantity"]) for line in listed["bill"]["lines"]],
                         [("telur", 2), ("beras", 500)])
        self.assertEqual((listed["time"], listed["who"]), ("2025-10-15T12:00:00+08:00", "holder"))
        self.assertEqual(self.settled(self.tap("store")), [(number, "settled")])
        self.nothing_left()

    def test_carried_by_any_tap(self):
        """At the station itself and at another, by a look at the balance and by a sale that is refused."""
        number = self.lose()
        self.tap("second")
        self.assertRegex(world.log("second")[-1]["text"], "debit, store transaction %d$" % number)
        self.assertEqual(world.log("second")[-1]["kind"], "carried")
        self.assertEqual(self.settled(self.tap("store")), [(number, "settled")])
        number = self.lose()
        with world.card(0):
            answer = world.redeem("second", "telur=1000pc")
        wait_for_readers(0)
        self.assertEqual(answer.reason, "insufficient-balance")
        entries = world.log("second")
        self.assertEqual([entry["kind"] for entry in entries[-2:]], ["carried", "refused"])
        self.assertRegex(entries[-2]["text"], "debit, store transaction %d$" % number)
        before = len(world.log("second"))
        self.tap("second")
        self.assertEqual(len(world.log("second")), before)  # it is there once
        self.assertEqual(self.settled(self.tap("store")), [(number, "settled")])
        self.nothing_left()
        self.nothing_left("second")

    def test_the_card_keeps_it_no_longer(self):
        number = self.lose()
        expected = status("store", check=DONE)["open"][0]["counter"]
        with world.card(0):
            subprocess.run([COUNT_SALE, world.folder / "second", "a pass phrase for tests", PIN, str(RING - 1)],
                           check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, SEMBAKO_DATE=TODAY))
            shutil.copytree(world.folder / "store", world.folder / "in-time")
            self.assertEqual(self.settled(world.balance("in-time", check=DONE)), [(number, "settled")])
            world.redeem("second", "telur=1pc", check=DONE)
            self.assertEqual(self.settled(world.balance("store", check=DONE)), [(number, "doubt")])
            self.assertRegex([entry["text"] for entry in world.log("store") if entry["kind"] == "resolved"][-1],
                             "transaction %d: doubt" % number)
            again = world.redeem("store", "telur=1pc", extra=("--transaction", str(number)))
            self.assertEqual((again.code, again.reason, again["outcome"]), (REFUSED, "open-intent", "nothing"), again)
            sale = world.redeem("store", "telur=1pc", check=DONE)  # the card is not held up, and nothing is told twice
            self.assertEqual(self.settled(sale), [])
            self.assertNotIn("repeated", [name for name, value in sale.json.items() if value is True])
        wait_for_readers(0)
        now = status("store", check=DONE)
        self.assertEqual(now["open"], [])
        self.assertEqual([(one["transaction"], one["outcome"], one["counter"]) for one in now["doubt"]],
                         [(number, "doubt", expected)])
        listed = run(READER, "log", "show", "--station", world.folder / "store", check=DONE)["doubt"]
        self.assertEqual(listed, now["doubt"])
        said = status("store", json_output=False).stdout
        self.assertRegex(said, r"In doubt: transaction %d of .*, card [0-9a-f]{16}, its entry %d, mandate 1, log entry "
                               r"%d; settlement decides" % (number, expected, listed[0]["entry"]))
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_the_card_stays_away(self):
        """Seven days by the clock and by the log; a clock that jumped once gives up nothing; the card comes back."""
        doubts = [one["transaction"] for one in status("store", check=DONE)["doubt"]]
        for when, month, outcome in (("after", 11, "settled"), ("before", 12, "untouched")):
            with self.subTest(outcome=outcome):
                day = "2025-%d-%%02d" % month
                number = self.lose(when, date=day % 3)
                with world.card(1):
                    for date in ("2026-01-20", day % 4, day % 10):
                        world.redeem("store", "telur=99999pc", date=date)  # refused, and so in the log
                        now = status("store", check=DONE)
                        self.assertEqual([one["transaction"] for one in now["open"]], [number])
                    world.redeem("store", "telur=99999pc", date=day % 10)
                wait_for_readers(0)
                now = status("store", check=DONE)
                self.assertEqual(now["open"], [])
                self.assertEqual([one["transaction"] for one in now["doubt"]], doubts + [number])
                self.assertEqual(self.settled(self.tap("store", date=day % 11)), [(number, outcome)])
                self.assertEqual([one["transaction"] for one in status("store", check=DONE)["doubt"]], doubts)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])

    def test_a_number_that_waits_for_its_card(self):
        self.lose(extra=("--transaction", "7000"))
        with world.card(1):
            money = left(world.balance("store", check=DONE))[MONEY]
            answer = world.redeem("store", "telur=1pc", extra=("--transaction", "7000"))
            self.assertEqual((answer.code, answer.reason, answer["outcome"]), (REFUSED, "wrong-card", "again"), answer)
            self.assertEqual(left(world.balance("store", check=DONE))[MONEY], money)
        wait_for_readers(0)
        with world.card(0):
            answer = world.redeem("store", "telur=1pc", extra=("--transaction", "7000"), check=DONE)
        wait_for_readers(0)
        self.assertEqual((answer["transaction"], answer["repeated"], answer["outcome"]), (7000, True, "handed"))

    def test_a_word_of_error_gives_up_nothing(self):
        """The card is said to have no such receipt, on the way to the reader: neither doubt nor a second charge."""
        number = self.lose()
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)
            proxy.after = lambda _number, command, _reply: NO_RECORD if command[1] == READ_RECEIPT else None
            answer = world.redeem("store", "telur=1pc")
            self.assertEqual((answer.code, answer["outcome"]), (ENVIRONMENT, "again"), answer)
            self.assertEqual([one["transaction"] for one in status("store", check=DONE)["open"]], [number])
            proxy.after = None
            answer = world.redeem("store", "telur=1pc", check=DONE)
            self.assertEqual((answer["transaction"], answer["repeated"]), (number, True))
        wait_for_readers(0)

    def test_a_folder_of_the_first_version(self):
        """station-1.sql as it is in the field, with an open transaction in it."""
        number = self.lose()
        path = world.folder / "store" / "station.db"
        moved = {"log_verifier": "(SELECT verifier FROM new.log_key)"}
        new = sqlite3.connect(path)
        new.execute("PRAGMA journal_mode = DELETE")
        new.close()
        shutil.move(path, world.folder / "new.db")
        old = sqlite3.connect(path)
        old.executescript(pathlib.Path(SOURCE / "schema/sql/station-1.sql").read_text(encoding="utf-8"))
        old.execute("ATTACH ? AS new", (str(world.folder / "new.db"),))
        tables = [row[0] for row in old.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
        self.assertIn("sale", tables)
        for table in tables:
            columns = [row[1] for row in old.execute("PRAGMA main.table_info(%s)" % table)]
            values = [moved.get(column, column) for column in columns]
            old.execute("INSERT INTO main.%s (%s) SELECT %s FROM new.%s" % (table, ", ".join(columns), ", ".join(values), table))
        old.commit()
        old.execute("DETACH new")
        old.execute("PRAGMA application_id = %d" % 0x53424B53)
        old.execute("PRAGMA user_version = 1")
        old.close()
        path.chmod(0o600)
        looked = status("store")
        self.assertEqual(looked.code, ENVIRONMENT)
        self.assertIn("older Sembako", looked.json["message"])
        self.assertEqual(self.settled(self.tap("store")), [(number, "settled")])
        after = sqlite3.connect(path)
        newest = len(list((SOURCE / "schema/sql").glob("station-*.sql")))
        self.assertEqual(after.execute("PRAGMA user_version").fetchone(), (newest,))
        self.assertEqual(after.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        self.assertEqual(after.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
                         .fetchall(), [("sale_unsettled",)])
        after.close()
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


if __name__ == "__main__":
    unittest.main()
