# SPDX-License-Identifier: Apache-2.0
"""sembako-personalize as people and scripts meet it, without a reader."""
import os
import shutil
import sqlite3
import tempfile
import unittest

import office as bureau
from office import KEYS, PERSONALIZE, run


class SampleRoll(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sembako-personalize-")
        self.addCleanup(shutil.rmtree, self.folder)

    def sample(self, households, seed):
        out = os.path.join(self.folder, "roll.csv")
        answer = run(PERSONALIZE, "sample-roll", "--households", households, "--seed", seed, "--out", out, "--json")
        self.assertEqual(answer.code, 0, answer)
        with open(out, "rb") as file:
            return answer.json, file.read()

    def test_same_numbers_same_roll(self):
        said, roll = self.sample(300, 42)
        self.assertEqual((said, roll), self.sample(300, 42))
        self.assertNotEqual(roll, self.sample(300, 43)[1])
        self.assertEqual(said["rows"], {"good": 147, "warning": 18, "not-registered": 36, "already-aided": 66, "dead": 9,
                                        "delisted": 9, "faulty": 15})
        # the numbers of a longer roll begin with those of a shorter one
        self.assertTrue(self.sample(400, 42)[1].startswith(roll))

    def test_numbers_are_invented(self):
        rows = [line.split(",") for line in self.sample(2000, 1)[1].decode().splitlines()[1:]]
        niks = [row[1] for row in rows]
        whole = [nik for nik in niks if len(nik) == 16 and nik.isdigit() and nik[12:] != "0000"]
        self.assertTrue(all(nik[12] == "9" for nik in whole))
        self.assertTrue(all(row[0][12] == "9" for row in rows if len(row[0]) == 16))
        self.assertLess(len(niks) - len(set(niks)), 20)  # those that are meant to be duplicates

    def test_words(self):
        for words in (["--households", "0"], ["--households", "x"], ["--households", "500001"]):
            answer = run(PERSONALIZE, "sample-roll", *words, "--seed", 1, "--out", os.path.join(self.folder, "r"))
            self.assertEqual(answer.code, 2, answer)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(run(PERSONALIZE, "sample-roll", "--households", 5, "--out", "r").code, 2)
        answer = run(PERSONALIZE, "sample-roll", "--households", 5, "--seed", 1, "--out",
                     os.path.join(self.folder, "none", "r"), "--json")
        self.assertEqual((answer.code, answer.json["result"]), (3, "environment"))


class Preparing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first = bureau.Office(households=1000)
        cls.addClassCleanup(cls.first.close)

    def setUp(self):
        """Every case begins with the same store, made once."""
        self.office = self.first
        self.addCleanup(self.clean)

    def clean(self):
        for name in ("city.db", "city.db-wal", "city.db-shm"):
            path = os.path.join(self.office.store, name)
            if os.path.exists(path):
                os.remove(path)
        for name in ("batch-1", "batch-2"):
            if os.path.exists(self.office.path(name)):
                os.remove(self.office.path(name))

    def prepare(self, cards=2, out=None, **options):
        return run(*self.office.prepare_words(cards, out or self.office.batch), **options)

    def ask(self, sql):
        database = sqlite3.connect(os.path.join(self.office.store, "city.db"))
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def test_thousand_rows(self):
        answer = self.prepare(20000)
        self.assertEqual(answer.code, 0, answer)
        said = answer.json
        self.assertEqual((said["rows"], said["refused"], said["warnings"]), (1000, 50, 60))
        self.assertEqual((said["eligible"], said["cards"], said["batch"]), (550, 550, 1))
        self.assertEqual(said["reasons"], {"dead": 30, "delisted": 30, "not-registered": 120, "already-aided": 220})
        self.assertEqual(len(said["problems"]), 110)
        for problem in said["problems"]:
            self.assertEqual(set(problem) - {"other-line"}, {"line", "field", "severity", "reason", "message"})
        self.assertEqual(os.stat(self.office.batch).st_mode & 0o777, 0o600)
        self.assertEqual(self.ask("SELECT count(*), count(DISTINCT alias), count(DISTINCT number) FROM card"),
                         [(550, 550, 550)])
        # everybody who was eligible has a card now
        answer = self.prepare(20000, self.office.path("batch-2"))
        self.assertEqual((answer.code, answer.json["reason"]), (1, "not-found"), answer)
        self.assertEqual(answer.json["reasons"]["has-card"], 550)
        self.assertFalse(os.path.exists(self.office.path("batch-2")))

    def test_nothing_personal_in_the_batch_file(self):
        self.assertEqual(self.prepare(50).code, 0)
        with open(self.office.batch, "rb") as file:
            batch = file.read()
        for name, nik in self.ask("SELECT name, nik FROM person"):
            self.assertNotIn(name.encode(), batch)
            self.assertNotIn(nik.encode(), batch)

    def test_alternate(self):
        """The alternate's name is on the card only where the programme file lets alternates redeem."""
        def alternates():
            records = [record for record, in self.ask("SELECT identity FROM person ORDER BY card")]
            return [record[28 + record[27]] for record in records]  # after the name: the alternate's size

        self.assertEqual(self.prepare(40).code, 0)
        self.assertTrue(any(alternates()))
        self.clean()
        with open(self.office.programmes, encoding="utf-8") as file:
            text = file.read()
        programmes = self.office.path("no-alternates.yaml")
        with open(programmes, "w", encoding="utf-8") as file:
            file.write(text.replace("alternate: yes", "alternate: no"))
        words = list(self.office.prepare_words(40, self.office.batch))
        words[words.index(self.office.programmes)] = programmes
        self.assertEqual(run(*words).code, 0)
        self.assertEqual(set(alternates()), {0})

    def test_problems_by_line(self):
        roll = self.office.path("bad.csv")
        with open(roll, "wb") as file:
            file.write(b"\xef\xbb\xbfhousehold;nik;name;sex;born;kelurahan;size;registered;aided\r\n"
                       b"6472050101019001;6472051708859001;Ana;L;;64.72.05.1002;4;ya;belum\r\n"
                       b"6472050101019002;6472051708859001;Budi;L;;64.72.05.1002;4;ya;belum\r\n"
                       b"6472050101019003;64720517;;L;;64.72.05.1099;4;ya;belum\r\n"
                       b"6472050101019004;6472051708859004;\"Cici;P;;64.72.05.1002;4;ya;belum\r\n")
        answer = run(*self.office.prepare_words(9, self.office.batch, roll))
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual([(p["line"], p["field"], p["reason"]) for p in answer.json["problems"]],
                         [(3, "nik", "nik-duplicate"), (4, "nik", "nik-length"), (4, "name", "name-missing"),
                          (4, "kelurahan", "kelurahan-unknown"), (5, "row", "row-quote")])
        self.assertEqual(answer.json["problems"][0]["other-line"], 2)
        self.assertEqual(answer.json["cards"], 1)
        words = [word for word in self.office.prepare_words(9, self.office.path("batch-2"), roll) if word != "--json"]
        text = run(*words)
        self.assertIn(f"{roll}:4: kelurahan: error: not a kelurahan", text.out)
        self.assertNotIn("64720517", text.out)

    def test_dry_run_writes_nothing(self):
        before = sorted(os.listdir(self.office.store))
        words = (PERSONALIZE, "prepare", "--store", self.office.store, "--roll", self.office.roll, "--programmes",
                 self.office.programmes, "--dry-run", "--json")
        answer = run(*words)
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(sum(place["eligible"] for place in answer.json["kelurahan"]), 550)
        self.assertEqual(sum(place["reasons"].get("dead", 0) for place in answer.json["kelurahan"]), 30)
        self.assertEqual(sorted(os.listdir(self.office.store)), before)
        # and it knows who has a card
        self.assertEqual(self.prepare(7).code, 0)
        self.assertEqual(run(*words).json["reasons"]["has-card"], 7)

    def test_refused(self):
        other = self.office.path("other-passphrase")
        with open(other, "w", encoding="ascii") as file:
            file.write("wrong\n")
        os.chmod(other, 0o600)
        words = list(self.office.prepare_words(2, self.office.batch))
        words[words.index(self.office.secret)] = other
        answer = run(*words)
        self.assertEqual((answer.code, answer.json["reason"]), (1, "passphrase-wrong"), answer)
        self.assertFalse(os.path.exists(self.office.batch))
        # a batch is never overwritten
        with open(self.office.batch, "wb") as file:
            file.write(b"precious")
        answer = self.prepare()
        self.assertEqual((answer.code, answer.json["reason"]), (3, "exists-already"), answer)
        with open(self.office.batch, "rb") as file:
            self.assertEqual(file.read(), b"precious")
        # a recipient that is no certificate, a roll that is none, a programme file that is none
        for option, reason, code in (("--recipient", "format-invalid", 4), ("--roll", "roll-has-errors", 3),
                                     ("--programmes", "programme-file-invalid", 3)):
            words = list(self.office.prepare_words(2, self.office.path("batch-2")))
            words[words.index(option) + 1] = self.office.batch
            answer = run(*words)
            self.assertEqual((answer.code, answer.json["reason"]), (code, reason), answer)
        self.assertEqual(run(*[word for word in self.office.prepare_words(2, "x")
                               if word not in ("--recipient", self.office.certificate)]).code, 2)
        self.assertFalse(os.path.exists(self.office.path("batch-2")))

    def test_interrupted(self):
        """Cut off after the file was written: the batch counts. Before: it never was, and nobody lost their card."""
        self.assertEqual(self.prepare(3).code, 0)
        database = sqlite3.connect(os.path.join(self.office.store, "city.db"))
        database.execute("UPDATE batch SET state = 'preparing'")
        database.commit()
        answer = self.prepare(2, self.office.path("batch-2"))
        self.assertEqual((answer.code, answer.json["recovered"], answer.json["batch"]), (0, 1, 2), answer)
        self.assertEqual(answer.json["reasons"]["has-card"], 3)
        database.execute("UPDATE batch SET state = 'preparing' WHERE number = 2")
        database.commit()
        database.close()
        os.remove(self.office.path("batch-2"))
        answer = self.prepare(2, self.office.path("batch-2"))
        self.assertEqual((answer.code, answer.json["batch"], answer.json["reasons"]["has-card"]), (0, 2, 3), answer)

    def test_bureau(self):
        """The batch is for this bureau, and what it says is checked against the pinned root."""
        self.assertEqual(self.prepare(2).code, 0)
        report = run(PERSONALIZE, "report", "--office", self.office.bureau, "--batch", self.office.batch, "--out",
                     self.office.path("report"), "--json", *self.office.key)
        self.assertEqual((report.code, report.json["made"], report.json["missing"]), (0, 0, 2), report)
        answer = self.office.certify(self.office.path("report"))
        self.assertEqual((answer.code, answer.json["reason"]), (1, "not-found"), answer)
        self.assertEqual(answer.json["mismatches"], [])
        # certificates end: the bureau's is valid for three years
        late = run(PERSONALIZE, "report", "--office", self.office.bureau, "--batch", self.office.batch, "--out",
                   self.office.path("late"), "--json", *self.office.key, date="2029-01-01")
        self.assertEqual((late.code, late.json["reason"]), (1, "certificate-expired"), late)
        # another bureau cannot open it
        other = self.office.path("other-bureau")
        run(PERSONALIZE, "enrol", "--office", other, "--name", "Lain", "--out", self.office.path("req2"), *self.office.key)
        run(KEYS, "office", "issue", "--store", self.office.store, "--request", self.office.path("req2"), "--out",
            self.office.path("cert2"), *self.office.key)
        answer = run(PERSONALIZE, "install", "--office", other, "--certificate", self.office.certificate, "--json")
        self.assertNotEqual(answer.code, 0, answer)  # somebody else's certificate
        self.assertEqual(run(PERSONALIZE, "report", "--office", other, "--batch", self.office.batch, "--out", "x", "--json",
                             *self.office.key).json["reason"], "no-certificate")
        self.assertEqual(
            run(PERSONALIZE, "install", "--office", other, "--certificate", self.office.path("cert2")).code, 0)
        answer = run(PERSONALIZE, "report", "--office", other, "--batch", self.office.batch, "--out", "x", "--json",
                     *self.office.key)
        self.assertEqual((answer.code, answer.json["reason"]), (1, "not-found"), answer)
        shutil.rmtree(other)

    def test_another_city(self):
        """A second city's certificate is not taken by a bureau that pinned the first one's root."""
        second = self.office.path("second-city")
        self.addCleanup(shutil.rmtree, second)
        bureau.Office.must(KEYS, "init", "--store", second, *self.office.key)
        bureau.Office.must(KEYS, "office", "issue", "--store", second, "--request", self.office.path("req"), "--out",
                           self.office.path("cert3"), *self.office.key)
        answer = run(PERSONALIZE, "install", "--office", self.office.bureau, "--certificate", self.office.path("cert3"),
                     "--json")
        self.assertEqual(answer.code, 4, answer)
        again = run(PERSONALIZE, "install", "--office", self.office.bureau, "--certificate", self.office.certificate,
                    "--json")
        self.assertEqual((again.code, again.json["pinned"]), (0, False), again)

    def test_folders(self):
        os.chmod(self.office.bureau, 0o755)
        self.addCleanup(os.chmod, self.office.bureau, 0o700)
        answer = run(PERSONALIZE, "report", "--office", self.office.bureau, "--batch", "x", "--out", "y", "--json",
                     *self.office.key)
        self.assertEqual((answer.code, answer.json["reason"]), (3, "permissions"), answer)
        answer = run(PERSONALIZE, "enrol", "--office", self.office.path("new"), "--name", "", "--out", "y", "--json",
                     *self.office.key)
        self.assertEqual(answer.code, 2, answer)
        self.assertFalse(os.path.exists(self.office.path("new")))


if __name__ == "__main__":
    unittest.main()
