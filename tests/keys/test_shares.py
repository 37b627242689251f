# SPDX-License-Identifier: Apache-2.0
"""Quorums as officers meet them: init --quorum, opening keys with --share, and the verbs share status, check, replace."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from terminal import at_terminal

KEYS, PERSONALIZE = sys.argv[1:3]
SOURCE = os.environ["SBK_SOURCE"]
TOKEN = os.environ.get("SEMBAKO_TOKEN")  # under tests/harness/with-token the keys are made there
PIN = "a pass phrase"
ENVIRONMENT = {**os.environ, "SEMBAKO_DATE": "2026-10-05", "LC_ALL": "C"}
NAMES = ["Siti", "Budi", "Ana"]


def run(program, *words, code=0, reason=None):
    done = subprocess.run([program, *words, "--json"], env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False, start_new_session=True)
    if done.returncode != code:
        raise AssertionError(f"{words}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    answer = json.loads(done.stdout)
    if reason is not None and answer["reason"] != reason:
        raise AssertionError(f"{words}: {answer}")
    return answer


def file_of(path, text):
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    return path


def content(path):
    with open(path, "rb") as file:
        return file.read()


def altered(path, at):
    data = bytearray(content(path))
    data[at] ^= 1
    with open(path, "wb") as file:
        file.write(data)


class Base(unittest.TestCase):
    """A city whose root, next root and grant signer take 2 of 3 officers, made once; each test works on a copy."""

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="sbk-shares-")
        cls.plain = file_of(f"{cls.top}/plain", f"{PIN}\n")  # of all that is no share
        for number in range(1, 5):
            file_of(f"{cls.top}/{number}", f"of officer {number}\n")
        words = ["--officer", f"grant-signer={','.join(NAMES)}"]
        for role in ("root", "next-root", "grant-signer"):
            words += cls.phrases(role, (1, 2, 3))
        cls.made = run(KEYS, "init", "--store", f"{cls.top}/pristine", "--quorum", "2/3", "--passphrase-file", cls.plain,
                       *words)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    @classmethod
    def phrases(cls, role, numbers):
        return [word for number in numbers for word in ("--passphrase-file", f"{role}-{number}={cls.top}/{number}")]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sbk-shares-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = f"{self.folder}/city"
        shutil.copytree(f"{self.top}/pristine", self.store)
        os.rename(f"{self.store}/shares", f"{self.folder}/away")

    def share(self, number, role="grant-signer-1", folder="away"):
        (path,) = glob.glob(f"{self.folder}/{folder}/{role}.*.{number}.share")
        return path

    def with_shares(self, *numbers, folder="away"):
        return [word for number in numbers for word in ("--share", self.share(number, folder=folder))]

    def replace(self, *words, code=0, reason=None, numbers=(1, 2)):
        return run(KEYS, "share", "replace", "grant-signer", "--store", self.store, "--passphrase-file", self.plain,
                   *self.with_shares(*numbers), *self.phrases("grant-signer", (1, 2, 3)), *words, code=code, reason=reason)


class Making(Base):
    def test_what_init_says(self):
        quorums = self.made["quorums"]
        self.assertEqual([(one["role"], one["generation"], one["needed"]) for one in quorums],
                         [("root", 1, 2), ("root", 2, 2), ("grant-signer", 1, 2)])
        self.assertEqual(quorums[0]["fingerprint"], self.made["fingerprint"])
        self.assertEqual(quorums[1]["fingerprint"], self.made["next_fingerprint"])
        self.assertEqual([officer["officer"] for officer in quorums[2]["officers"]], NAMES)
        self.assertEqual([officer["officer"] for officer in quorums[0]["officers"]], ["officer 1", "officer 2", "officer 3"])
        for one in quorums:
            self.assertRegex(one["check"], r"^([0-9A-F]{4} ){3}[0-9A-F]{4}$")
            for officer in one["officers"]:
                self.assertEqual(os.stat(officer["file"]).st_mode & 0o7777, 0o600)
        self.assertEqual(os.stat(f"{self.top}/pristine/shares").st_mode & 0o7777, 0o700)

    def test_what_inspect_says(self):
        share = run(KEYS, "inspect", self.share(2))["file"]
        key = run(KEYS, "inspect", f"{self.store}/grant-signer-1.key")["file"]
        self.assertEqual((share["kind"], share["number"], share["officer"], share["intact"]), ("key-share", 2, "Budi", True))
        self.assertEqual((key["quorum"]["needed"], key["quorum"]["officers"], key["quorum"]["set"]),
                         (2, NAMES, share["set"]))
        self.assertEqual(share["fingerprint"], key["fingerprint"])

    def test_words_that_cannot_be_meant(self):
        new = f"{self.folder}/new"
        for words in (["--quorum", "1/3"], ["--quorum", "4/3"], ["--quorum", "2/10"], ["--quorum", "2"], ["--quorum", "2/3x"],
                      ["--quorum", "card-ca=2/3"], ["--quorum", "2/3", "--quorum", "3/3"],
                      ["--quorum", "root=2/3", "--quorum", "root=2/2"], ["--officer", "root=A,B"],
                      ["--quorum", "2/2", "--officer", "A"], ["--quorum", "2/2", "--officer", "A,B,C"],
                      ["--quorum", "2/2", "--officer", "A,A"], ["--quorum", "2/2", "--officer", "A,"],
                      ["--quorum", "2/2", "--officer", f"A,{'B' * 33}"], ["--quorum", "2/2", "--officer", "A,\x1b[2J"]):
            with self.subTest(words=words):
                run(KEYS, "init", "--store", new, "--passphrase-file", self.plain, *words, code=2, reason="usage")
        self.assertFalse(os.path.exists(new))

    def test_officers_at_the_terminal(self):
        new = f"{self.folder}/new"
        words = ["--quorum", "grant-signer=2/2", "--officer", "grant-signer=Siti,Budi"]
        keys = ["the root key", "the next root key", "the station CA's key", "the card CA's key"]
        later = ["the list signer's key", "the office CA's key", "the city's own key"]
        asked = [(f"{again} for {key}:", PIN) for key in keys for again in ("New pass phrase", "The same again")]
        for number, name in enumerate(("Siti", "Budi"), 1):
            what = f"share {number} ({name}) of the grant signer's key"
            asked += [(f"New pass phrase for {what}:", f"of {name}"), (f"The same again for {what}:", f"of {name}")]
        asked += [(f"{again} for {key}:", PIN) for key in later for again in ("New pass phrase", "The same again")]
        if TOKEN:
            asked = [("for the root key:", PIN)] + asked[8:12]
        text, code, left = at_terminal(ENVIRONMENT, asked, KEYS, "init", "--store", new, *words)
        self.assertEqual((code, left), (0, []), text)
        self.assertNotIn("of Siti", text)
        self.assertIn("one officer a file", text)
        mine = sorted(glob.glob(f"{new}/shares/*"))
        text, code, left = at_terminal(ENVIRONMENT, [("share 2 (Budi) of the grant signer's key:", "of Budi")], KEYS, "share", "check", mine[1])
        self.assertEqual((code, left), (0, []), text)
        self.assertIn("The pass phrase is right.", text)


class Opening(Base):
    """With share replace, which opens the key as every other verb does, and with prepare."""

    def test_two_of_three(self):
        for numbers in ((1, 2), (3, 1), (2, 3), (1, 2, 3)):
            with self.subTest(numbers=numbers):
                shutil.rmtree(self.store)
                shutil.copytree(f"{self.top}/pristine", self.store)
                self.replace("--passphrase-file", f"new-grant-signer-1={self.plain}", numbers=numbers)

    def test_one_is_too_few(self):
        before = content(f"{self.store}/grant-signer-1.key")
        message = self.replace(code=1, reason="quorum-missing", numbers=(1,))["message"]
        self.assertIn("2 of 3 officers, given: 1", message)
        self.assertIn("--share", message)
        self.replace(code=1, reason="quorum-missing", numbers=())
        self.assertEqual(content(f"{self.store}/grant-signer-1.key"), before)
        self.assertFalse(os.path.exists(f"{self.store}/shares"))

    def test_shares_of_another_key(self):
        other = self.share(1, "root-1")
        message = self.replace("--share", other, code=1, reason="quorum-missing", numbers=(1,))["message"]
        self.assertIn("of another key", message)
        self.replace("--share", other)

    def test_the_same_share_twice(self):
        message = self.replace("--share", self.share(1), code=2, reason="usage", numbers=(1,))["message"]
        self.assertIn("share 1 (Siti) is given twice", message)

    def test_a_wrong_pass_phrase_names_the_share(self):
        words = [word.replace("grant-signer-2=", "grant-signer-3=") for word in self.phrases("grant-signer", (1, 2))]
        answer = run(KEYS, "share", "replace", "grant-signer", "--store", self.store, "--passphrase-file", self.plain,
                     *self.with_shares(1, 2), *words, code=1, reason="passphrase-wrong")
        self.assertIn(self.share(2), answer["message"])
        self.assertIn("share 2 (Budi)", answer["message"])

    def test_an_altered_share_is_named(self):
        for at in (0, 12, 40, 60, -30, -1):
            with self.subTest(at=at):
                altered(self.share(2), at)
                answer = self.replace(code=4, reason="format-invalid")
                self.assertIn(self.share(2), answer["message"])
                altered(self.share(2), at)

    def test_an_altered_key_file(self):
        path = f"{self.store}/grant-signer-1.key"
        # the check value stands behind the set, whose place the share tells
        at = content(path).index(bytes.fromhex(run(KEYS, "inspect", self.share(1))["file"]["set"])) + 8
        altered(path, at)
        answer = self.replace(code=4, reason="quorum-missing")
        self.assertIn("Try another officer's share", answer["message"])
        altered(path, at)
        self.replace()

    def test_no_pass_phrase_opens_it_instead(self):
        run(KEYS, "share", "replace", "grant-signer", "--store", self.store, "--passphrase-file", self.plain, code=1,
            reason="quorum-missing")

    def prepare(self, *words, code=0, reason=None):
        return run(PERSONALIZE, "prepare", "--store", self.store, "--roll", f"{self.folder}/roll", "--programmes",
                   f"{SOURCE}/data/programmes.yaml", "--recipient", f"{self.folder}/bureau.cert", "--out",
                   f"{self.folder}/batch", "--passphrase-file", self.plain, *words, code=code, reason=reason)

    def test_a_batch_of_cards_and_a_mandate(self):
        run(PERSONALIZE, "sample-roll", "--households", "30", "--seed", "1", "--out", f"{self.folder}/roll")
        run(PERSONALIZE, "enrol", "--office", f"{self.folder}/bureau", "--name", "Biro", "--out", f"{self.folder}/bureau.req",
            "--passphrase-file", self.plain)
        run(KEYS, "office", "issue", "--store", self.store, "--request", f"{self.folder}/bureau.req", "--out",
            f"{self.folder}/bureau.cert", "--passphrase-file", self.plain)
        run(KEYS, "transport", "import", "--store", self.store, "--test-key", "--passphrase-file", self.plain)
        self.prepare(code=1, reason="quorum-missing")
        self.prepare(*self.with_shares(1), code=1, reason="quorum-missing")
        self.assertFalse(os.path.exists(f"{self.folder}/batch"))
        self.prepare(*self.with_shares(1, 3), *self.phrases("grant-signer", (1, 3)))
        cards = run(KEYS, "inspect", f"{self.folder}/batch")
        self.assertEqual(cards["file"]["kind"], "cms")


class Rotating(Base):
    """The keys that come after have a quorum, too: that of the present ones unless told."""

    def roots(self, generation, *numbers):
        return [word for number in numbers for word in ("--share", self.share(number, f"root-{generation}"))]

    def test_a_grant_signer(self):
        words = ["rotate", "grant-signer", "--store", self.store, "--passphrase-file", self.plain]
        run(KEYS, *words, code=1, reason="quorum-missing")
        words += [*self.roots(1, 1, 2), *self.phrases("root", (1, 2)), *self.phrases("grant-signer", (1, 2, 3))]
        (quorum,) = run(KEYS, *words)["quorums"]
        self.assertEqual((quorum["role"], quorum["generation"], quorum["needed"]), ("grant-signer", 2, 2))
        self.assertEqual([one["officer"] for one in quorum["officers"]], NAMES)
        for number in (1, 2, 3):
            path = quorum["officers"][number - 1]["file"]
            run(KEYS, "share", "check", path, "--store", self.store, *self.phrases("grant-signer", (number,)))
        (quorum,) = run(KEYS, *words, "--quorum", "3/4", "--officer", "A,B,C,D")["quorums"]
        self.assertEqual((quorum["generation"], quorum["needed"], len(quorum["officers"])), (3, 3, 4))
        run(KEYS, *words, "--quorum", "5/4", code=2, reason="usage")

    def test_others_take_none(self):
        words = ["--store", self.store, "--passphrase-file", self.plain, *self.roots(1, 1, 2), *self.phrases("root", (1, 2))]
        run(KEYS, "rotate", "card-ca", *words, "--quorum", "2/2", code=2, reason="usage")
        self.assertNotIn("quorums", run(KEYS, "rotate", "card-ca", *words))

    def test_a_succession(self):
        words = ["root", "succeed", "--store", self.store, "--old-until", "2027-01-31", "--next", f"{self.folder}/third",
                 "--passphrase-file", self.plain, *self.phrases("root", (1, 3)), *self.phrases("next-root", (1, 2, 3))]
        run(KEYS, *words, *self.roots(2, 1), code=1, reason="quorum-missing")
        self.assertFalse(os.path.exists(f"{self.folder}/third"))
        (quorum,) = run(KEYS, *words, *self.roots(2, 1, 3))["quorums"]
        self.assertEqual((quorum["role"], quorum["generation"], quorum["needed"], len(quorum["officers"])), ("root", 3, 2, 3))
        for officer in quorum["officers"]:
            self.assertTrue(officer["file"].startswith(f"{self.folder}/third/shares/"))
            run(KEYS, "share", "check", officer["file"], "--store", f"{self.folder}/third",
                *self.phrases("root", (officer["number"],)))


class Verbs(Base):
    def status(self, *words):
        return run(KEYS, "share", "status", "--store", self.store, *words)

    def test_status(self):
        answer = self.status(self.share(1), self.share(3, "root-2"))
        self.assertEqual([(one["role"], one["generation"], one["needed"], len(one["officers"])) for one in answer["quorums"]],
                         [("root", 1, 2, 3), ("grant-signer", 1, 2, 3), ("root", 2, 2, 3)])
        self.assertEqual([(one["role"], one["generation"], one["number"], one["state"]) for one in answer["shares"]],
                         [("grant-signer", 1, 1, "in-force"), ("root", 2, 3, "in-force")])
        made = {(one["role"], one["generation"]): one for one in self.made["quorums"]}
        for one in answer["quorums"]:
            for field in ("set", "check", "fingerprint"):
                self.assertEqual(one[field], made[one["role"], one["generation"]][field])
        # without the next root's folder, its shares are of no key that is here
        shutil.rmtree(f"{self.store}/next-root")
        self.assertEqual(self.status(self.share(3, "root-2"))["shares"][0]["state"], "other-key")
        altered(self.share(1), -1)
        self.assertEqual(self.status(self.share(1))["shares"][0]["state"], "damaged")

    def test_shares_that_were_left_in_the_store(self):
        os.rename(f"{self.folder}/away", f"{self.store}/shares")
        done = subprocess.run([KEYS, "share", "status", "--store", self.store], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=True)
        self.assertIn("9 shares lie in the store", done.stderr)
        self.assertEqual(done.stdout.count(": in force"), 9)

    def test_check(self):
        words = [self.share(2), *self.phrases("grant-signer", (2,))]
        answer = run(KEYS, "share", "check", *words)
        self.assertEqual((answer["share"]["officer"], answer["share"]["number"]), ("Budi", 2))
        self.assertEqual(run(KEYS, "share", "check", *words, "--store", self.store)["state"], "in-force")
        run(KEYS, "share", "check", self.share(2), "--passphrase-file", self.plain, code=1, reason="passphrase-wrong")
        run(KEYS, "share", "check", f"{self.store}/anchor.cms", code=4, reason="format-invalid")
        altered(self.share(2), 50)
        run(KEYS, "share", "check", *words, code=4, reason="format-invalid")

    def test_replace(self):
        old = self.status()["quorums"][1]
        answer = self.replace("--passphrase-file", f"new-grant-signer-1={self.top}/4")
        fresh = answer["quorums"][0]
        self.assertNotEqual((fresh["set"], fresh["check"]), (old["set"], old["check"]))
        self.assertEqual(fresh["fingerprint"], old["fingerprint"])
        self.assertEqual(answer["replaced"], {"set": old["set"], "officers": NAMES})
        self.assertEqual([one["officer"] for one in fresh["officers"]], NAMES)
        # the old ones are worthless and are named so
        self.assertEqual({one["state"] for one in self.status(self.share(1), self.share(2))["shares"]},
                         {"in-force", "replaced"})
        self.assertIn("not the one in force", self.replace(code=1, reason="quorum-missing")["message"])
        run(KEYS, "share", "check", self.share(1), *self.phrases("grant-signer", (1,)), "--store", self.store, code=1,
            reason="quorum-missing")
        # the new ones open it, each under the pass phrase that was given for it
        words = ["--share", fresh["officers"][0]["file"], "--share", fresh["officers"][1]["file"]]
        run(KEYS, "share", "replace", "grant-signer", "--store", self.store, "--passphrase-file", self.plain, *words,
            "--out", f"{self.folder}/third", "--passphrase-file", f"grant-signer-1={self.top}/4")
        self.assertEqual(len(os.listdir(f"{self.folder}/third")), 3)

    def test_another_number_and_other_officers(self):
        answer = self.replace("--quorum", "3/4")
        self.assertEqual([one["officer"] for one in answer["quorums"][0]["officers"]], [*NAMES, "officer 4"])
        shutil.copytree(f"{self.store}/shares", f"{self.folder}/second")
        for one in glob.glob(f"{self.folder}/second/*"):
            if answer["quorums"][0]["set"].replace(" ", "") not in one:
                os.unlink(one)
        words = ["share", "replace", "grant-signer", "--store", self.store, "--passphrase-file", self.plain]
        run(KEYS, *words, *self.with_shares(1, 2, folder="second"), code=1, reason="quorum-missing")
        answer = run(KEYS, *words, *self.with_shares(1, 2, 4, folder="second"), "--quorum", "2/2", "--officer", "Dewi,Eka")
        self.assertEqual([one["officer"] for one in answer["quorums"][0]["officers"]], ["Dewi", "Eka"])

    def test_the_next_root(self):
        words = ["share", "replace", "root", "--store", f"{self.store}/next-root", "--passphrase-file", self.plain,
                 "--share", self.share(1, "root-2"), "--share", self.share(2, "root-2"), *self.phrases("root", (1, 2))]
        answer = run(KEYS, *words)
        self.assertEqual((answer["quorums"][0]["generation"], len(os.listdir(f"{self.store}/next-root/shares"))), (2, 3))
        run(KEYS, *words, code=1, reason="quorum-missing")

    def test_roles_that_have_none(self):
        words = ["share", "replace", "--store", self.store, "--passphrase-file", self.plain]
        run(KEYS, *words, "card-ca", "--quorum", "2/2", code=2, reason="usage")
        run(KEYS, *words, "nonsense", code=2, reason="usage")
        run(KEYS, *words, "root", "--generation", "9", code=3, reason="not-found")
        run(KEYS, *words, "root", "--generation", "x", code=2, reason="usage")

    def test_no_secret_is_shown(self):
        shown = json.dumps([self.made, self.status(self.share(1)), run(KEYS, "inspect", self.share(1))])
        self.assertFalse(re.search(r"of officer|a pass phrase", shown))


if __name__ == "__main__":
    unittest.main()
