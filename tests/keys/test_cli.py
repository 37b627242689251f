# SPDX-License-Identifier: Apache-2.0
"""sembako-keys as its users run it: every verb, and what each refuses. The other ends are tests/keys/make_request.c."""
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

KEYS, REQUEST = sys.argv[1:3]
SOURCE = os.environ["SBK_SOURCE"]
TODAY = "2026-10-05"
ROLES = ["root", "station-ca", "card-ca", "grant-signer", "list-signer", "office-ca", "city"]
TOKEN = os.environ.get("SEMBAKO_TOKEN")  # under tests/harness/with-token the keys are made there
MAGIC = b"SBK REF\n" if TOKEN else b"SBK KEY\n"
STORE = ["--role", "store", "--outlet", "EW01", "--kelurahan", "64.72.05.1002", "--programme", "1,3"]


def run(program, *arguments, date=TODAY, code=0):
    environment = {**os.environ, "SEMBAKO_DATE": date, "LC_ALL": "C"}
    done = subprocess.run([program, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False, start_new_session=True)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done


def keys(*arguments, date=TODAY, code=0):
    """Runs a verb with --json and gives its object."""
    answer = json.loads(run(KEYS, *arguments, "--json", date=date, code=code).stdout)
    words = {0: "done", 1: "refused", 2: "usage", 3: "environment", 4: "tampered", 5: "unsettled"}
    assert answer["result"] == words[code], answer
    assert (code == 0) == ("reason" not in answer), answer
    return answer


def secret_file(path, text):
    with open(path, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    return path


def tree(folder):
    """Every file of a folder with its bytes, lock files apart."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if name != "lock" and not name.endswith(("-wal", "-shm")):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


class Base(unittest.TestCase):
    """A city's store, made once; each test works on a copy."""

    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="sbk-keys-")
        cls.secret = secret_file(f"{cls.top}/secret", "a pass phrase\n")
        cls.pristine = f"{cls.top}/pristine"
        cls.made = keys("init", "--store", cls.pristine, "--passphrase-file", cls.secret)
        run(REQUEST, "station", f"{cls.top}/station", "EW01-A", cls.secret, f"{cls.top}/station.req")
        run(REQUEST, "bureau", f"{cls.top}/bureau", "Biro Kartu", cls.secret, f"{cls.top}/bureau.req")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sbk-keys-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = f"{self.folder}/city"
        shutil.copytree(self.pristine, self.store)
        self.with_store = ["--store", self.store, "--passphrase-file", self.secret]

    def path(self, name, data=None):
        path = f"{self.folder}/{name}"
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
        return path

    def read(self, name):
        with open(f"{self.folder}/{name}", "rb") as file:
            return file.read()

    def issue(self, *more, code=0, date=TODAY, request=None, out="cert"):
        return keys("station", "issue", *self.with_store, "--request", request or f"{self.top}/station.req",
                    "--out", self.path(out), *more, code=code, date=date)


class Init(Base):
    def test_what_is_made(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.pristine).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(f"{self.pristine}/next-root").st_mode), 0o700)
        for role in ROLES:
            status = os.stat(f"{self.pristine}/{role}-1.key")
            self.assertEqual(stat.S_IMODE(status.st_mode), 0o600, role)
            with open(f"{self.pristine}/{role}-1.key", "rb") as file:
                self.assertEqual(file.read(8), MAGIC, role)
        self.assertEqual(sorted(os.listdir(f"{self.pristine}/next-root")), ["root-2.key"] + ["tokens"] * bool(TOKEN))
        self.assertRegex(self.made["fingerprint"], r"^([0-9A-F]{4} ){15}[0-9A-F]{4}$")
        self.assertFalse(os.path.exists(f"{self.pristine}.part"))

    def test_an_existing_store_stays(self):
        before = tree(self.store)
        answer = keys("init", "--store", self.store, "--passphrase-file", self.secret, code=1)
        self.assertEqual(answer["reason"], "exists-already")
        self.assertEqual(tree(self.store), before)

    def test_an_interrupted_run_is_cleared_away(self):
        new = self.path("new")
        os.makedirs(f"{new}.part/next-root", 0o700)
        os.chmod(f"{new}.part", 0o700)
        with open(f"{new}.part/root-1.key", "wb") as file:
            file.write(b"half a key")
        keys("init", "--store", new, "--passphrase-file", self.secret)
        self.assertFalse(os.path.exists(f"{new}.part"))
        with open(f"{new}/root-1.key", "rb") as file:
            self.assertEqual(file.read(8), MAGIC)

    def test_an_empty_folder_may_be_there(self):
        os.mkdir(self.path("new"), 0o700)
        keys("init", "--store", self.path("new") + "/", "--passphrase-file", self.secret)

    def test_one_pass_phrase_a_role(self):
        other = secret_file(self.path("other"), "something else\n")
        init = ["init", "--store", self.path("new"), "--passphrase-file", self.secret, "--passphrase-file", f"list-signer={other}"]
        if TOKEN:  # its one PIN opens them all
            self.assertEqual(keys(*init, code=1)["reason"], "passphrase-wrong")
            self.assertFalse(os.path.exists(self.path("new")))
            return
        keys(*init)
        items = f"{SOURCE}/data/items.yaml"
        sign = ["list", "sign", "--store", self.path("new"), "--items", items, "--out", self.path("list")]
        self.assertEqual(keys(*sign, "--passphrase-file", self.secret, code=1)["reason"], "passphrase-wrong")
        self.assertFalse(os.path.exists(self.path("list")))
        keys(*sign, "--passphrase-file", f"list-signer={other}")

    def test_an_unknown_role_is_a_usage_error(self):
        keys("init", "--store", self.path("new"), "--passphrase-file", f"rot={self.secret}", code=2)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_without_terminal_and_option_it_is_a_usage_error(self):
        keys("init", "--store", self.path("new"), code=2)

    def test_a_loose_pass_phrase_file_is_refused(self):
        os.chmod(secret_file(self.path("loose"), "x\n"), 0o644)
        self.assertEqual(keys("init", "--store", self.path("new"), "--passphrase-file", self.path("loose"), code=3)["reason"],
                         "permissions")


class Status(Base):
    def test_it_needs_no_pass_phrase(self):
        answer = keys("status", "--store", self.store)
        self.assertEqual([key["role"] for key in answer["keys"]], ROLES[1:])
        self.assertEqual({key["state"] for key in answer["keys"]}, {"valid"})
        self.assertEqual(answer["root"]["fingerprint"], self.made["fingerprint"])
        self.assertTrue(answer["next_root"]["here"])
        self.assertEqual(answer["transport"], [])

    def test_it_says_what_ends(self):
        states = {key["role"]: key["state"] for key in keys("status", "--store", self.store, date="2027-11-01")["keys"]}
        self.assertEqual(states["grant-signer"], "ending")
        self.assertEqual(states["station-ca"], "valid")
        states = {key["role"]: key["state"] for key in keys("status", "--store", self.store, date="2027-12-01")["keys"]}
        self.assertEqual(states["list-signer"], "ended")

    def test_the_next_root_may_be_carried_away(self):
        shutil.rmtree(f"{self.store}/next-root")
        self.assertFalse(keys("status", "--store", self.store)["next_root"]["here"])
        self.issue(*STORE, "--until", "2026-11-30")

    def test_swapped_certificates_are_found(self):
        shutil.copy(f"{self.store}/list-signer-1.root-1.cert", f"{self.store}/grant-signer-1.root-1.cert")
        keys("status", "--store", self.store, code=4)

    def test_another_office_ca_is_found(self):
        keys("init", "--store", self.path("other"), "--passphrase-file", self.secret)
        for name in "office-ca-1.cert", "city-1.office-ca-1.cert", "city-1.key", "office-ca-1.key":
            shutil.copy(self.path(f"other/{name}"), f"{self.store}/{name}")
        self.assertEqual(keys("status", "--store", self.store, code=4)["reason"], "certificate-invalid")

    def test_a_loose_store_is_refused(self):
        os.chmod(self.store, 0o755)
        self.assertEqual(keys("status", "--store", self.store, code=3)["reason"], "permissions")


class Export(Base):
    def test_it_names_the_root(self):
        answer = keys("export", "--store", self.store, "--out", self.path("anchor"))
        self.assertEqual(answer["fingerprint"], self.made["fingerprint"])
        shown = keys("inspect", self.path("anchor"))["file"]
        self.assertEqual(shown["content"]["anchor"]["fingerprint"], self.made["fingerprint"])
        self.assertEqual(shown["content"]["anchor"]["next_fingerprint"], self.made["next_fingerprint"])

    def test_openssl_opens_it(self):
        keys("export", "--store", self.store, "--out", self.path("anchor"))
        subprocess.run(["openssl", "x509", "-inform", "DER", "-in", f"{self.store}/office-ca-1.cert", "-out",
                        self.path("office.pem")], check=True)
        subprocess.run(["openssl", "cms", "-verify", "-inform", "DER", "-in", self.path("anchor"), "-CAfile",
                        self.path("office.pem"), "-attime", "1791172800", "-binary", "-out", self.path("content")],
                       check=True, stderr=subprocess.DEVNULL)
        self.assertEqual(self.read("content")[:5], bytes.fromhex("df41060301"))


class Transport(Base):
    A, B = "00112233445566778899AABBCCDDEEFF", "F0E0D0C0B0A090807060504030201000"

    def component(self, name, text):
        return secret_file(self.path(name), text)

    def test_the_test_key(self):
        answer = keys("transport", "import", *self.with_store, "--test-key")
        self.assertEqual(answer["kcv"], "504a77")
        self.assertEqual(self.listed(), [(1, "504a77", True)])
        before = tree(self.store)
        self.assertEqual(keys("transport", "import", *self.with_store, "--test-key", code=1)["reason"], "exists-already")
        self.assertEqual(tree(self.store), before)

    def listed(self):
        return [(key["generation"], key["kcv"], key["newest"])
                for key in keys("status", "--store", self.store)["transport"]]

    def test_the_next_one_and_the_end_of_the_old_one(self):
        keys("transport", "import", *self.with_store, "--test-key")
        parts = [self.component("a", self.A), self.component("b", self.B)]
        whole = self.kcv("%032x" % (int(self.A, 16) ^ int(self.B, 16)))
        answer = keys("transport", "import", *self.with_store, "--component", *parts)
        self.assertEqual((answer["generation"], answer["kcv"]), (2, whole))
        self.assertEqual(self.listed(), [(2, whole, True), (1, "504a77", False)])
        before = tree(self.store)
        for generation, kcv, code, reason in ((1, whole, 1, "rule-forbids"), (2, whole, 1, "rule-forbids"),
                                              (3, whole, 3, "not-found"), (0, whole, 2, "usage"), (128, whole, 2, "usage")):
            with self.subTest(generation=generation, kcv=kcv):
                answer = keys("transport", "retire", *self.with_store, "--generation", str(generation), "--kcv", kcv, code=code)
                self.assertEqual(answer["reason"], reason)
                self.assertEqual(tree(self.store), before)
        answer = keys("transport", "retire", *self.with_store, "--generation", "1", code=2)  # nobody to be asked
        self.assertEqual(tree(self.store), before)
        answer = keys("transport", "retire", *self.with_store, "--generation", "1", "--kcv", "504A77")
        self.assertEqual((answer["generation"], answer["kcv"]), (1, "504a77"))
        self.assertEqual(self.listed(), [(2, whole, True)])
        self.assertFalse(os.path.exists(f"{self.store}/transport-1.key"))
        answer = keys("transport", "retire", *self.with_store, "--generation", "1", "--kcv", "504a77", code=3)
        self.assertEqual(answer["reason"], "not-found")
        self.assertEqual(keys("transport", "import", *self.with_store, "--test-key")["generation"], 3)

    def kcv(self, hexadecimal):
        return subprocess.run(["openssl", "enc", "-aes-128-ecb", "-K", hexadecimal, "-nopad"], input=b"\1" * 16,
                              check=True, capture_output=True).stdout[:3].hex()

    def test_components_are_combined(self):
        whole = "%032x" % (int(self.A, 16) ^ int(self.B, 16))
        a = self.component("a", f"{self.A} {self.kcv(self.A)}\n")
        b = self.component("b", self.B.lower() + "\n")
        self.assertEqual(keys("transport", "import", *self.with_store, "--component", a, b)["kcv"], self.kcv(whole))
        shown = keys("inspect", f"{self.store}/transport-1.key")["file"]
        self.assertEqual((shown["role"], shown["kcv"]), ("transport", self.kcv(whole)))

    def test_what_is_refused(self):
        a = self.component("a", self.A + "\n")
        wrong = self.component("wrong", f"{self.B} 000000\n")
        bad = [(["--component", a], 2), (["--component", a, a], 1), ([], 2), (["--test-key", "--component", a, wrong], 2),
               (["--component", a, wrong], 1), (["--component", a, self.component("short", self.A[:-2])], 2),
               (["--component", a, self.component("junk", self.A[:-1] + "g")], 2),
               (["--component", a, self.path("nothing")], 3)]
        before = tree(self.store)
        for options, code in bad:
            with self.subTest(options):
                keys("transport", "import", *self.with_store, *options, code=code)
        self.assertEqual(tree(self.store), before)


class Stations(Base):
    def test_a_certificate(self):
        answer = self.issue(*STORE, "--until", "2026-11-30", "--limit", "g=20000,rp=300000,pc=0")
        self.assertEqual((answer["terminal"], answer["effective"], answer["renewal"]), ("EW01-A", TODAY, False))
        leaf = keys("inspect", self.path("cert"))["file"]["content"]["leaf"]
        self.assertEqual((leaf["role"], leaf["terminal"], leaf["outlet"], leaf["kelurahan"], leaf["programmes"]),
                         ("store", "EW01-A", "EW01", "64.72.05.1002", "1,3"))
        self.assertEqual(leaf["limits"], {"g": 20000, "ml": None, "pc": 0, "rp": 300000})
        self.assertEqual((leaf["effective"], leaf["expiry"], leaf["size"]), (TODAY, "2026-11-30", 230))
        self.assertEqual(run(REQUEST, "open-station", f"{self.top}/station", "EW01-A", self.path("cert")).stdout, "1\n")
        self.assertEqual(keys("status", "--store", self.store)["stations_in_force"], 1)
        self.assertEqual(keys("status", "--store", self.store, date="2026-12-01")["stations_in_force"], 0)

    def test_the_same_request_again_renews(self):
        first = self.issue(*STORE, "--until", "2026-10-31")
        again = self.issue(*STORE, "--until", "2026-11-30", date="2026-11-01", out="again")
        self.assertTrue(again["renewal"])
        self.assertNotEqual(first["serial"], again["serial"])
        self.assertEqual(again["effective"], "2026-11-01")
        self.assertEqual(keys("status", "--store", self.store)["stations"], 1)
        run(REQUEST, "open-station", f"{self.top}/station", "EW01-A", self.path("again"), date="2026-11-01")

    def test_other_keys_under_the_same_id_are_refused(self):
        self.issue(*STORE, "--until", "2026-10-31")
        run(REQUEST, "station", self.path("thief"), "EW01-A", self.secret, self.path("thief.req"))
        answer = self.issue(*STORE, "--until", "2026-10-31", request=self.path("thief.req"), out="stolen", code=1)
        self.assertEqual(answer["reason"], "exists-already")
        self.assertFalse(os.path.exists(self.path("stolen")))

    def test_dates(self):
        cases = [(["--from", "2026-10-06", "--until", "2026-12-01"], 1, "date-invalid"),
                 (["--from", "2026-10-05", "--until", "2026-10-04"], 1, "date-invalid"),
                 (["--from", "2026-10-04", "--until", "2026-10-20"], 1, "date-invalid"),
                 (["--until", "2031-10-05"], 1, "date-invalid"), (["--until", "2026-02-30"], 2, "date-invalid"),
                 (["--until", "tomorrow"], 2, "date-invalid")]
        for options, code, reason in cases:
            with self.subTest(options):
                self.assertEqual(self.issue(*STORE, *options, code=code)["reason"], reason)
        self.assertFalse(os.path.exists(self.path("cert")))
        self.issue(*STORE, "--until", "2031-10-04")
        self.issue(*STORE, "--from", "2026-10-06", "--until", "2026-10-06", date="2026-10-20")
        self.assertEqual(keys("inspect", self.path("cert"))["file"]["content"]["leaf"]["expiry"], "2026-10-06")
        self.assertIn("valid", run(REQUEST, "open-station", f"{self.top}/station", "EW01-A", self.path("cert"), code=1).stderr)

    def test_rights_that_are_refused(self):
        store = dict(zip(STORE[::2], STORE[1::2]))
        cases = [{"--role": "shop"}, {"--outlet": "123456789"}, {"--outlet": "a b"}, {"--kelurahan": "64.72.05.9999"},
                 {"--kelurahan": "64.72.05"}, {"--programme": "0"}, {"--programme": "33"}, {"--programme": "1,1"},
                 {"--programme": "1,"}, {"--programme": ""}, {"--limit": "kg=3"}, {"--limit": "g=1,g=2"}, {"--limit": "g"},
                 {"--limit": "g=123456"}, {"--limit": "g=5,"}, {"--outlet": None}, {"--kelurahan": None},
                 {"--programme": None}]
        for change in cases:
            with self.subTest(change):
                options = [word for pair in {**store, **change}.items() if pair[1] is not None for word in pair]
                self.issue(*options, "--until", "2026-11-30", code=2)
        self.assertFalse(os.path.exists(self.path("cert")))

    def test_registrars_and_auditors(self):
        self.issue("--role", "registrar", "--kelurahan", "6472051002", "--until", "2026-11-30")
        leaf = keys("inspect", self.path("cert"))["file"]["content"]["leaf"]
        self.assertEqual((leaf["role"], leaf["outlet"], leaf["programmes"]), ("registrar", "", "all"))
        self.issue("--role", "registrar", "--until", "2026-11-30", code=2)
        self.issue("--role", "auditor", "--until", "2026-11-30")
        run(REQUEST, "open-station", f"{self.top}/station", "EW01-A", self.path("cert"))

    def test_no_altered_request_is_certified(self):
        with open(f"{self.top}/station.req", "rb") as file:
            good = file.read()
        for at in range(40, len(good), 97):
            bad = bytearray(good)
            bad[at] ^= 1
            answer = self.issue(*STORE, "--until", "2026-11-30", request=self.path("bad", bytes(bad)), code=4)
            self.assertIn(answer["reason"], ("signature-invalid", "format-invalid", "certificate-invalid"))
        self.assertFalse(os.path.exists(self.path("cert")))

    def test_another_kind_of_file_is_refused(self):
        self.issue(*STORE, "--until", "2026-11-30", request=f"{self.top}/bureau.req", code=1)
        self.issue(*STORE, "--until", "2026-11-30", request=f"{SOURCE}/data/items.yaml", code=4)
        self.issue(*STORE, "--until", "2026-11-30", request=self.path("nothing"), code=3)

    def test_a_certificate_is_for_its_station_only(self):
        self.issue(*STORE, "--until", "2026-11-30")
        run(REQUEST, "station", self.path("other"), "EW01-A", self.secret, self.path("other.req"))
        run(REQUEST, "open-station", self.path("other"), "EW01-A", self.path("cert"), code=1)
        run(REQUEST, "open-station", f"{self.top}/station", "EW01-B", self.path("cert"), code=1)


class Offices(Base):
    def issue_office(self, request=None, code=0, date=TODAY):
        return keys("office", "issue", *self.with_store, "--request", request or f"{self.top}/bureau.req", "--out",
                    self.path("cert"), code=code, date=date)

    def test_a_certificate(self):
        answer = self.issue_office()
        self.assertEqual((answer["name"], answer["effective"], answer["renewal"]), ("Biro Kartu", TODAY, False))
        self.assertEqual(run(REQUEST, "open-bureau", f"{self.top}/bureau", "Biro Kartu", self.path("cert")).stdout, "1\n")
        content = keys("inspect", self.path("cert"))["file"]["content"]
        self.assertEqual((content["x509"]["holder"], content["city"]["holder"]), ("bureau", "city"))
        self.assertTrue(self.issue_office()["renewal"])
        self.assertEqual(keys("status", "--store", self.store)["bureaus"], 1)

    def test_what_is_refused(self):
        self.issue_office()
        run(REQUEST, "bureau", self.path("thief"), "Biro Kartu", self.secret, self.path("thief.req"))
        self.assertEqual(self.issue_office(self.path("thief.req"), 1)["reason"], "exists-already")
        self.issue_office(f"{self.top}/station.req", 1)
        self.assertEqual(self.issue_office(date="2037-01-01", code=1)["reason"], "date-invalid")


class Lists(Base):
    def sign(self, text=None, code=0, date=TODAY):
        path = f"{SOURCE}/data/items.yaml" if text is None else self.path("items.yaml", text.encode())
        return keys("list", "sign", *self.with_store, "--items", path, "--out", self.path("list"), code=code, date=date)

    @staticmethod
    def text(number=7, **change):
        item = {"code": "beras", "name": "Beras", "unit": "g", "class": 1, "ceiling": 13500, **change}
        return f"list:\n  number: {number}\n  items:\n    - {json.dumps(item)}\n"

    def test_the_sample(self):
        self.assertEqual((self.sign()["number"], self.sign()["items"]), (1, 7))
        shown = keys("inspect", self.path("list"))["file"]
        self.assertEqual([item["code"] for item in shown["items"]],
                         ["beras", "beras-premium", "gula", "kacang", "minyak", "telur", "tepung"])
        self.assertEqual(shown["items"][0], {"code": "beras", "name": "Beras medium", "unit": "g", "class": 1, "ceiling": 13500})
        self.assertEqual((shown["signer"]["role"], shown["issued"]), ("list-signer", TODAY))
        self.assertEqual(keys("status", "--store", self.store)["newest_list"], 1)

    def test_a_number_is_used_once(self):
        self.sign(self.text())
        before = self.read("list")
        self.assertEqual(self.sign(self.text(ceiling=13501), 1)["reason"], "exists-already")
        self.assertEqual(self.read("list"), before)
        self.sign(self.text(number=8, ceiling=13501))

    def test_what_is_refused(self):
        item = "    - {code: beras, name: Beras, unit: g, class: 1, ceiling: 13500}\n"
        head = "list:\n  number: 7\n  items:\n"
        cases = ["", "list: 3\n", head, "items: []\n", self.text(0), self.text(unit="kg"), self.text(unit="rp"),
                 self.text(code="Beras"), self.text(code="a" * 17), self.text(code=""), self.text(name="x" * 41),
                 self.text(name="a\tb"), self.text(ceiling=0), self.text(ceiling=10000001), self.text(ceiling=-1),
                 self.text(ceiling="cheap"), self.text(**{"class": 0}), self.text(**{"class": 256}), self.text(extra=1),
                 head + item + item, head + item.replace("unit: g", "unit: g, unit: ml"),
                 "list:\n  number: 7\n  number: 8\n  items:\n" + item, head + item + "---\n" + head + item,
                 "list:\n  number: 7\n  issued: 2026-02-30\n  items:\n" + item,
                 head + item.replace("Beras,", "&a Beras,"), head + item.replace("Beras,", "!!str Beras,"),
                 "list: [[[[[[[[1]]]]]]]]\n", head + "".join(item.replace("beras", f"i{n}") for n in range(201)),
                 "list: {number: 7, items: [\n"]
        for text in cases:
            with self.subTest(text[:80]):
                answer = self.sign(text, 2)
                self.assertEqual(answer["reason"], "format-invalid")
                self.assertTrue(answer["message"])
        self.assertFalse(os.path.exists(self.path("list")))
        self.sign(head + "".join(item.replace("beras", f"i{n}") for n in range(200)))

    def test_an_expired_signer_signs_nothing(self):
        self.assertEqual(self.sign(date="2027-12-01", code=1)["reason"], "certificate-expired")


class Inspect(Base):
    def test_every_file_of_the_store(self):
        self.issue(*STORE, "--until", "2026-11-30")
        kinds = {}
        for name in tree(self.store):
            if name not in ("keys.db", "tokens", "next-root/tokens"):
                kinds[name] = keys("inspect", f"{self.store}/{name}")["file"]["kind"]
        self.assertEqual(kinds["root-1.key"], "key-reference" if TOKEN else "key-envelope")
        self.assertEqual(kinds["root-1.anchor"], "anchor")
        self.assertEqual(kinds["office-ca-1.root-1.binding"], "office-binding")
        self.assertEqual(kinds["office-ca-1.cert"], "x509")
        self.assertEqual(kinds["card-ca-1.root-1.cert"], "certificate")
        self.assertEqual(kinds["anchor.cms"], "cms")

    def test_requests(self):
        shown = keys("inspect", f"{self.top}/station.req")["file"]
        self.assertEqual((shown["content_type"], shown["content"]["terminal"]), ("station-request", "EW01-A"))
        self.assertTrue(shown["content"]["log_key"].startswith("sembako/EW01-A+"))

    def test_for_people(self):
        text = run(KEYS, "inspect", f"{self.store}/root-1.key").stdout
        self.assertIn("role: root\n", text)
        self.assertIn(self.made["fingerprint"], text)

    def test_nonsense_is_refused(self):
        for data in b"", b"nonsense", b"\x30\x03\x02\x01\x01", b"\x7f\x21\x00", bytes(97), b"SBK KEY\n":
            self.assertEqual(keys("inspect", self.path("x", data), code=1)["reason"], "format-invalid")
        keys("inspect", self.path("nothing"), code=3)


class Everything(Base):
    def test_no_secret_stands_anywhere(self):
        """Neither the pass phrase nor the transport key in clear, in any file of the store or output."""
        keys("transport", "import", *self.with_store, "--test-key")
        self.issue(*STORE, "--until", "2026-11-30")
        for root, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(root, name), "rb") as file:
                    data = file.read()
                self.assertNotIn(b"a pass phrase", data, name)
                self.assertNotIn(bytes(range(0x40, 0x50)), data, name)

    def test_a_wrong_pass_phrase_changes_nothing(self):
        wrong = secret_file(self.path("wrong"), "wrong\n")
        before = tree(self.store)
        for arguments in (["station", "issue", *STORE, "--until", "2026-11-30", "--request", f"{self.top}/station.req"],
                          ["office", "issue", "--request", f"{self.top}/bureau.req"],
                          ["list", "sign", "--items", f"{SOURCE}/data/items.yaml"]):
            answer = keys(*arguments, "--store", self.store, "--passphrase-file", wrong, "--out", self.path("out"), code=1)
            self.assertEqual(answer["reason"], "passphrase-wrong")
            self.assertFalse(os.path.exists(self.path("out")))
        after = tree(self.store)
        after.pop("keys.db", None)
        self.assertEqual(after, before)

    def test_a_busy_store_is_left_alone(self):
        import fcntl
        with open(f"{self.store}/lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.issue(*STORE, "--until", "2026-11-30", code=3)["reason"], "busy")

    def test_help_and_version(self):
        for words in ([], ["init"], ["station", "issue"], ["list", "sign"], ["inspect"]):
            self.assertIn("sembako-keys", run(KEYS, *words, "--help").stdout)
        run(KEYS, "--version")
        keys("nothing", code=2)
        keys("status", code=2)


if __name__ == "__main__":
    unittest.main()
