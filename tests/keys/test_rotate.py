# SPDX-License-Identifier: Apache-2.0
"""`sembako-keys rotate`, `root succeed`, `root certify`, `accept` and what `status` says, as security officers run them."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

KEYS = sys.argv[1]
TODAY = "2026-10-05"
ISSUERS = ["station-ca", "card-ca", "grant-signer", "list-signer"]


def run(*arguments, date=TODAY, code=0, json_too=True):
    environment = {**os.environ, "SEMBAKO_DATE": date, "LC_ALL": "C"}
    done = subprocess.run([KEYS, *arguments, *["--json"] * json_too], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False, start_new_session=True)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout) if json_too else done.stdout


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="sbk-keys-")
        cls.secret = f"{cls.top}/secret"
        with open(cls.secret, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write("a pass phrase\n")
        cls.pristine = f"{cls.top}/pristine"
        cls.made = run("init", "--store", cls.pristine, "--passphrase-file", cls.secret)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sbk-keys-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.path("city")
        shutil.copytree(self.pristine, self.store)

    def path(self, name):
        return f"{self.folder}/{name}"

    def keys(self, *arguments, **more):
        return run(*arguments, "--passphrase-file", self.secret, **more)

    def city(self, *arguments, **more):
        return self.keys(*arguments, "--store", self.store, **more)

    def status(self, **more):
        return run("status", "--store", self.store, **more)

    def in_use(self, **more):
        return {key["role"]: key["generation"] for key in self.status(**more)["keys"] if key["use"] == "in-use"}


class Rotate(Base):
    def test_every_key(self):
        for role in ISSUERS + ["office-ca", "city"]:
            self.city("rotate", role)
            self.assertEqual(self.in_use()[role], 2, role)
        self.assertEqual({key["role"]: key["use"] for key in self.status()["keys"] if key["generation"] == 1},
                         {role: "earlier" for role in ISSUERS + ["office-ca"]})
        shown = run("inspect", f"{self.store}/anchor.cms")["file"]
        self.assertEqual(shown["content"]["anchor"]["generation"], 1)

    def test_overlap_as_the_officers_say(self):
        answer = self.city("rotate", "grant-signer", "--from", "2026-12-01", "--until", "2027-06-30")
        self.assertEqual((answer["orders"][0]["from"], answer["orders"][0]["until"]), ("2026-12-01", "2027-06-30"))
        self.assertEqual(self.in_use(date="2026-11-30")["grant-signer"], 1)
        self.assertEqual(self.in_use(date="2026-12-01")["grant-signer"], 2)
        self.city("rotate", "grant-signer", "--from", "2026-10-04", code=1)
        self.city("rotate", "office-ca", "--from", "2026-12-01", code=1)

    def test_what_is_not_rotated_so(self):
        for role in "root", "transport", "station", "nonsense":
            self.city("rotate", role, code=2)
        self.city("rotate", "city", "--out", self.path("x"), code=2)
        self.city("rotate", code=2)

    def test_a_wrong_pass_phrase_leaves_nothing(self):
        wrong = self.path("wrong")
        with open(wrong, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write("another\n")
        before = sorted(os.listdir(self.store))
        for role in "station-ca", "office-ca":
            self.assertEqual(self.city("rotate", role, "--passphrase-file", f"root={wrong}", code=1)["reason"],
                             "passphrase-wrong")
        self.assertEqual(self.city("rotate", "city", "--passphrase-file", f"office-ca={wrong}", code=1)["reason"],
                         "passphrase-wrong")
        self.assertEqual(sorted(os.listdir(self.store)), before)

    def test_the_root_may_be_elsewhere(self):
        os.mkdir(self.path("vault"), 0o700)
        os.rename(f"{self.store}/root-1.key", self.path("vault/root-1.key"))
        self.assertEqual(self.city("rotate", "card-ca", code=3)["reason"], "not-found")
        self.city("rotate", "card-ca", "--root", self.path("vault"))
        self.assertEqual(self.in_use()["card-ca"], 2)


class Succession(Base):
    def succeed(self, number, *more, **named):
        return self.city("root", "succeed", "--next", self.path(f"root-{number}"), *more, **named)

    def test_three_in_a_row(self):
        next_is = self.made["next_fingerprint"]
        roots = [[], ["--root", self.path("root-3")], ["--root", self.path("root-4")]]
        for number, root in enumerate(roots, 2):
            answer = self.succeed(number + 1, "--old-until", "2027-01-31", *root)
            self.assertEqual(answer["fingerprint"], next_is)
            self.assertEqual(len(answer["orders"]), 4)
            next_is = answer["next_fingerprint"]
            status = self.status()
            self.assertEqual((status["root"]["generation"], status["next_root"]["fingerprint"]), (number, next_is))
            shown = run("inspect", f"{self.store}/anchor.cms")["file"]["content"]
            self.assertEqual(shown["anchor"]["generation"], number)
        # The root in force certifies, from where it lies.
        self.assertEqual(self.city("rotate", "station-ca", code=3)["reason"], "not-found")
        self.city("rotate", "station-ca", "--root", self.path("root-4"))

    def test_the_present_root_cannot_succeed(self):
        self.assertEqual(self.succeed(3, "--old-until", "2027-01-31", "--root", self.store, code=3)["reason"], "not-found")
        shutil.copy(f"{self.store}/root-1.key", f"{self.store}/next-root/root-2.key")
        self.succeed(3, "--old-until", "2027-01-31", code=3)
        self.assertEqual(self.status()["root"]["generation"], 1)

    def test_one_of_two_words(self):
        self.succeed(3, code=2)
        self.succeed(3, "--old-until", "2027-01-31", "--compromised", code=2)
        self.assertEqual(self.succeed(3, "--old-until", "2026-10-04", code=1)["reason"], "date-invalid")
        self.assertIsNone(self.succeed(3, "--compromised")["old_until"])

    def test_a_stolen_ca_is_left_behind(self):
        self.succeed(3, "--compromised", "--without", "station-ca=1", code=1)
        self.city("rotate", "station-ca")
        for words in "station-ca", "station-ca=0", "station-ca=128", "station-ca=1x", "root=1", "=1":
            self.succeed(3, "--compromised", "--without", words, code=2)
        answer = self.succeed(3, "--compromised", "--without", "station-ca=1")
        self.assertEqual([order["generation"] for order in answer["orders"] if order["role"] == "station-ca"], [2])
        self.assertNotIn(("station-ca", 1), [(key["role"], key["generation"]) for key in self.status()["keys"]])

    def test_a_folder_from_an_interrupted_run(self):
        self.succeed(3, "--old-until", "2027-01-31")
        shutil.rmtree(self.store)
        shutil.copytree(self.pristine, self.store)
        key = open(self.path("root-3/root-3.key"), "rb").read()
        self.succeed(3, "--old-until", "2027-01-31")
        self.assertEqual(open(self.path("root-3/root-3.key"), "rb").read(), key)


class AirGap(Base):
    """The root's machine has the folder of its key, and nothing else."""

    def setUp(self):
        super().setUp()
        self.vault = self.path("vault")
        os.mkdir(self.vault, 0o700)
        os.rename(f"{self.store}/root-1.key", f"{self.vault}/root-1.key")
        os.rename(f"{self.store}/next-root", self.path("next"))

    def certify(self, root, *more, **named):
        return self.keys("root", "certify", "--root", root, "--request", self.path("request"), "--out",
                         self.path("answer"), *more, **named)

    def accept(self, **more):
        return self.city("accept", "--answer", self.path("answer"), **more)

    def test_a_ca(self):
        asked = self.city("rotate", "station-ca", "--out", self.path("request"))
        self.assertEqual(self.in_use()["station-ca"], 1)
        self.assertIn({"what": "accept", "about": "station-ca"}, self.status()["to_do"])
        self.assertEqual(run("inspect", self.path("request"))["file"]["orders"], asked["orders"])
        self.assertEqual(self.certify(self.vault, "--check", "0000 0000 0000 0000", code=4)["reason"], "signature-invalid")
        answered = self.certify(self.vault, "--check", asked["check"].lower())
        self.assertEqual((answered["request_check"], answered["orders"]), (asked["check"], asked["orders"]))
        self.accept()
        self.accept()
        self.assertEqual(self.in_use()["station-ca"], 2)
        self.assertNotIn({"what": "accept", "about": "station-ca"}, self.status()["to_do"])

    def test_the_office_ca(self):
        self.city("rotate", "office-ca", "--out", self.path("request"))
        self.certify(self.vault)
        self.accept()
        self.assertEqual(self.in_use()["office-ca"], 2)

    def test_a_succession(self):
        self.city("root", "succeed", "--compromised", "--out", self.path("request"))
        self.certify(self.vault, code=3)
        self.certify(self.path("next"), code=2)
        answered = self.certify(self.path("next"), "--next", self.path("after"))
        self.assertLessEqual(answered["size"], 2331)
        self.accept()
        status = self.status()
        self.assertEqual(status["root"]["fingerprint"], self.made["next_fingerprint"])
        self.assertFalse(status["next_root"]["here"])
        self.assertEqual(run("inspect", self.path("answer"))["file"]["anchor"]["generation"], 2)

    def test_files_that_are_none(self):
        self.city("rotate", "card-ca", "--out", self.path("request"))
        self.certify(self.vault)
        for name, verb in ("request", lambda: self.certify(self.vault, code=1)), ("answer", lambda: self.accept(code=1)):
            with open(self.path(name), "rb") as file:
                good = file.read()
            for bad in b"", good[:-1], good + b"\0", b"\xC4" + good[1:]:
                with open(self.path(name), "wb") as file:
                    file.write(bad)
                self.assertEqual(verb()["reason"], "format-invalid")
        self.assertEqual(self.in_use()["card-ca"], 1)

    def test_every_bit_of_an_answer(self):
        """One bit of each byte turned: refused, and nothing is in force."""
        self.city("rotate", "list-signer", "--out", self.path("request"))
        self.certify(self.vault)
        with open(self.path("answer"), "rb") as file:
            good = file.read()
        for at in range(0, len(good), 7):
            with open(self.path("answer"), "wb") as file:
                file.write(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            with self.assertRaises(AssertionError, msg=f"byte {at}"):
                self.accept()
        self.assertEqual(self.in_use()["list-signer"], 1)


class ToDo(Base):
    def to_do(self, **more):
        return [(line["what"], line.get("about")) for line in self.status(**more)["to_do"]]

    def test_in_the_course_of_the_years(self):
        self.assertEqual(self.to_do(), [("carry-next-root", None), ("transport-import", None)])
        shutil.move(f"{self.store}/next-root", self.path("next"))
        self.city("transport", "import", "--test-key")
        self.assertEqual(self.to_do(), [])
        self.assertEqual(self.to_do(date="2027-10-01"), [("rotate", "grant-signer"), ("rotate", "list-signer")])
        self.city("rotate", "grant-signer", "--from", "2027-11-01", date="2027-10-01")
        self.assertEqual(self.to_do(date="2027-10-01"), [("rotate", "list-signer")])
        self.assertIn(("rotate", "city"), self.to_do(date="2029-09-01"))
        self.assertIn(("rotate", "station-ca"), self.to_do(date="2031-09-30"))

    def test_a_stolen_signer(self):
        """Distrusted: make its successor, tell the stations, and the next root leaves it behind by itself."""
        shutil.move(f"{self.store}/next-root", self.path("next"))
        self.city("transport", "import", "--test-key")
        run("distrust", "card-ca=1", "--store", self.store)
        self.assertEqual(self.to_do(), [("rotate", "card-ca"), ("hotlist", "news")])
        self.city("rotate", "card-ca")
        self.assertEqual(self.to_do(), [("hotlist", "news")])
        self.city("hotlist", "--out", self.path("hotlist"), date="2026-10-06")
        self.assertEqual(self.to_do(date="2026-10-15"), [])
        self.assertEqual(self.to_do(date="2026-10-16"), [("hotlist", "old")])
        self.city("root", "succeed", "--compromised", "--root", self.path("next"), "--next", self.path("root-3"))
        self.assertEqual([key["generation"] for key in self.status()["keys"] if key["role"] == "card-ca"], [2])

    def test_for_people(self):
        text = run("status", "--store", self.store, json_too=False)
        self.assertIn("Carry the next root's folder to other custody", text)


if __name__ == "__main__":
    unittest.main()
