# SPDX-License-Identifier: Apache-2.0
"""Key ceremonies as officers hold them: the script is walked at a terminal, its commands are typed in another one, and the
transcript is checked afterwards."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from ceremony_terminal import INITIALS, KEYS, TODAY, Terminal, environment

PEOPLE = {"MC": "Sri", "KO1": "Budi", "KO2": "Citra", "W1": "Dewi"}
NAMES = ["--master", "Sri", "--officer", "Budi", "--officer", "Citra", "--witness", "Dewi"]
GROUPS = re.compile(r"^(?:[0-9A-F]{4} ){15}[0-9A-F]{4}$")
READY = "go on later. "
QUESTIONS = ("from the paper: ", "before you: ", "6 digits: ", "shows it: ", "written down: ")


class Folder(unittest.TestCase):
    """A folder in which a city's store is, made once; each test has a copy."""

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="sbk-ceremony-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        secret = cls.top / "secret"
        secret.write_text("a pass phrase\n", encoding="ascii")
        secret.chmod(0o600)
        cls.secret = str(secret)
        subprocess.run([KEYS, "init", "--store", str(cls.top / "city"), "--passphrase-file", cls.secret], check=True,
                       env=environment(), stdout=subprocess.DEVNULL)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sbk-ceremony-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def with_city(self):
        shutil.copytree(self.top / "city", self.folder / "city")

    def keys(self, *words, code=0, date=TODAY):
        done = subprocess.run([KEYS, *words, "--json"], cwd=self.folder, env=environment(date), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, start_new_session=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def plan(self, kind, *words, code=0):
        return self.keys("ceremony", "plan", kind, "--store", "city", *NAMES, *words, "--out", "plan.md", code=code)

    def words(self, *more):
        return ["--plan", "plan.md", "--record", "record", "--store", "city", "--passphrase-file", self.secret, *more]

    def steps(self):
        """The commands and checks of each step, as they stand in the script."""
        text = (self.folder / "plan.md").read_text(encoding="utf-8")
        found = []
        for step in re.split(r"^## \d+\. ", text, flags=re.M)[1:]:
            found.append((re.findall(r"^    (.+)$", step, re.M), re.findall(r"^- `(.+)`$", step, re.M)))
        return found

    def type(self, command):
        """Types a command of the script in another terminal."""
        component = re.search(r"cat >(.*component-(\d))\)$", command)
        if component:
            line = ["404142434445464748494A4B4C4D4E4F", "00112233445566778899AABBCCDDEEFF"][int(component[2]) - 1]
            subprocess.run(["bash", "-c", command], cwd=self.folder, input=line + "\n", text=True, check=True)
            return
        if command.startswith("sembako-keys"):
            command += f" --passphrase-file {self.secret}"
        done = subprocess.run(["bash", "-c", f'sembako-keys() {{ "{KEYS}" "$@"; }}; {command}'], cwd=self.folder, check=False,
                              env=environment(), capture_output=True, text=True, start_new_session=True, timeout=60)
        self.assertEqual(done.returncode, 0, command + done.stderr)
        kcv = re.search(r"key check value ([0-9a-f]{6})", done.stdout)
        if kcv:
            self.kcv = kcv[1]

    def place(self, where):
        fields = dict(re.findall(r"\| ([^|]+) \| `([a-z0-9-]+)` \|$", (self.folder / "plan.md").read_text("utf-8"), re.M))
        fields = {code: value for value, code in fields.items()} if "store" not in fields else fields
        return {"store": "city", "store/next-root": "city/next-root"}.get(where) or fields[where]

    def answer(self, screen):
        """What an officer types at the question that the screen ends with."""
        lines = screen.split("\n")
        words, question = lines[-2].split(" "), lines[-1]
        if question.endswith(QUESTIONS[0]):
            return " ".join(self.hash.split(" ")[:4])
        if question.endswith(QUESTIONS[1]) and words[0] == "fingerprint":
            return self.keys("inspect", f"{self.place(words[1])}/{words[2]}-{words[3]}.key")["file"]["fingerprint"][:19]
        if question.endswith(QUESTIONS[1]) and words[0] == "root":
            return self.keys("inspect", f"city/root-{words[1]}.anchor")["file"]["fingerprint"].lower()
        if question.endswith(QUESTIONS[1]):
            anchor = self.keys("inspect", f"city/root-{int(words[1]) - 1}.anchor")["file"]
            return anchor["next_fingerprint"]
        if question.endswith(QUESTIONS[2]):
            return self.kcv
        if question.endswith(QUESTIONS[3]):
            return hashlib.sha256((self.folder / words[1]).read_bytes()).hexdigest()[:16]
        return "bag 123456 whole, kept by Dewi"

    def walk(self, terminal, begin=1, stop=None):
        """Goes through the steps from begin on; before the Enter of step stop it leaves off and returns."""
        for number, (commands, _) in enumerate(self.steps(), 1):
            if number < begin:
                continue
            self.assertEqual(terminal.wait(READY), READY, terminal.seen)
            self.assertIn(f"{number}/{len(self.steps())}  ", terminal.text)
            if number == stop:
                return
            for command in commands:
                self.assertIn("    " + command, terminal.text)
                self.type(command)
            self.step(terminal)

    def step(self, terminal):
        """Closes the step at whose Enter the terminal waits."""
        terminal.send("")
        while True:
            asked = terminal.wait(READY, INITIALS, *QUESTIONS)
            if asked == INITIALS:
                who = re.search(r"Initials of (\w+) \(([^)]*)\): $", terminal.text)
                self.assertEqual(PEOPLE[who[1]], who[2])
                terminal.send(who[1][0] + who[2][0])
            elif asked in QUESTIONS:
                terminal.send(self.answer(terminal.text))
            else:
                return

    def hold(self, kind, *words):
        """The whole ceremony; its transcript's verification."""
        self.hash = self.plan(kind, *words)["hash"]
        terminal = Terminal(self.folder, self.words())
        self.walk(terminal)
        self.assertEqual(terminal.end(), 0, terminal.seen)
        return self.keys("ceremony", "verify", "record.cms", "--store", "city")


class Kinds(Folder):
    """Every kind, walked to the end."""

    def check(self, verified, *expected):
        self.assertEqual(verified["signer_finding"], "same")
        self.assertEqual(verified["steps"], len(self.steps()))
        self.assertEqual((verified["exceptions"], verified["resumptions"]), (0, 0))
        findings = {entry["check"]: entry["finding"] for entry in verified["seen"]}
        for check in expected:
            self.assertEqual(findings.get(check), "same", (check, findings))
        self.assertNotIn("other", findings.values())

    def test_first_root(self):
        verified = self.hold("first-root", "--next", "vault")
        self.check(verified, "anchor 1", "root 1", "next-root 2", "key store/next-root root 2",
                   "fingerprint next root 2", "certificate station-ca", "certificate office-ca", "certificate city")
        self.assertTrue((self.folder / "vault/root-2.key").exists())
        self.keys("ceremony", "verify", "record.cms", "--anchor", "anchor")
        self.assertIn("nothing was compared", subprocess.run(
            [KEYS, "ceremony", "verify", "record.cms"], cwd=self.folder, env=environment(), capture_output=True, text=True,
            check=True).stderr)
        # Anybody with openssl reads the same text.
        done = subprocess.run(["openssl", "cms", "-verify", "-inform", "DER", "-in", "record.cms", "-noverify", "-binary"],
                              cwd=self.folder, capture_output=True, check=True)
        self.assertTrue(done.stdout.startswith(b"sembako ceremony transcript 1\nplan "))
        self.assertIn((self.folder / "plan.md").read_bytes(), done.stdout)
        self.assertTrue(done.stdout.endswith((self.folder / "record").read_bytes()))

    def test_succession(self):
        self.with_city()
        shutil.move(self.folder / "city/next-root", self.folder / "vault")
        verified = self.hold("succession", "--generation", "2", "--root", "vault", "--next", "vault-2", "--old-until",
                             "2027-03-31")
        self.check(verified, "anchor 1", "root 2", "next-root 3", "certificate card-ca")

    def test_succession_behind_an_air_gap(self):
        self.with_city()
        shutil.move(self.folder / "city/next-root", self.folder / "vault")
        verified = self.hold("succession", "--generation", "2", "--root", "vault", "--next", "vault-2", "--old-until",
                             "2027-03-31", "--air-gap")
        self.check(verified, "anchor 1", "root 2", "next-root 3")
        sizes = [int(entry["value"].split(" ")[0]) for entry in verified["seen"] if entry["check"].startswith("message")]
        self.assertEqual(len(sizes), 2)
        self.assertLessEqual(max(sizes), 2331)

    def test_intermediates(self):
        for role in ("station-ca", "office-ca", "city"):
            with self.subTest(role=role):
                shutil.rmtree(self.folder)
                self.folder.mkdir(0o700)
                self.with_city()
                root = [] if role == "city" else ["--root", "city"]
                verified = self.hold("intermediate", "--role", role, "--generation", "2", *root)
                self.check(verified, f"fingerprint store {role} 2", f"certificate {role} 2")

    def test_intermediate_behind_an_air_gap(self):
        self.with_city()
        verified = self.hold("intermediate", "--role", "grant-signer", "--generation", "2", "--root", "city", "--air-gap")
        self.check(verified, "certificate grant-signer 2")

    def test_transport(self):
        self.with_city()
        verified = self.hold("transport", "--generation", "1")
        self.check(verified, "kcv 1")

    def type_shares(self, folder, key):
        """Two officers copy their shares where the script says."""
        for number in (1, 2):
            share, = folder.glob(f"{key}.*.{number}.share")
            shutil.copy(share, self.folder / f"share-{number}")

    def test_shares(self):
        self.type("sembako-keys init --store city --quorum root=2/2")
        before = set((self.folder / "city/shares").iterdir())
        self.type_shares(self.folder / "city/shares", "root-1")
        for file in before:
            file.unlink()
        verified = self.hold("shares", "--role", "root", "--generation", "1", "--quorum", "2/2")
        self.check(verified, "fingerprint store root 1", "key store root 1")
        self.assertFalse((self.folder / "share-1").exists())
        self.assertEqual(len(list((self.folder / "city/shares").iterdir())), 2)

    def test_first_root_with_a_quorum(self):
        verified = self.hold("first-root", "--next", "vault", "--quorum", "2/2")
        values = {entry["check"]: entry["value"][:4] for entry in verified["seen"] if entry["check"].startswith("shares")}
        self.assertEqual(values, {"shares store root 1": "2/2 ", "shares store/next-root root 2": "2/2 ",
                                  "shares store grant-signer 1": "2/2 "})
        # and the root of it takes over, by its shares
        self.type_shares(self.folder / "city/shares", "root-2")
        (self.folder / "record").unlink()
        verified = self.hold("succession", "--generation", "2", "--root", "vault", "--next", "vault-2", "--old-until",
                             "2027-03-31", "--quorum", "2/2")
        self.check(verified, "root 2", "next-root 3")

    def test_compromise_of_a_root(self):
        self.with_city()
        verified = self.hold("compromise", "--role", "root", "--generation", "2", "--root", "city/next-root", "--next",
                             "vault")
        self.check(verified, "root 2", "next-root 3")

    def test_compromise_of_a_signer(self):
        self.with_city()
        verified = self.hold("compromise", "--role", "list-signer", "--generation", "2", "--root", "city")
        self.check(verified, "certificate list-signer 2")

    def test_signed_by_another_key(self):
        """Where the city's key is not: the root's own machine."""
        self.with_city()
        verified = self.hold("transport", "--generation", "1", "--sign", "grant-signer")
        self.check(verified, "kcv 1")
        self.assertEqual((verified["signer"], verified["signer_generation"]), ("grant-signer", 1))


class Interrupted(Folder):
    def test_killed_at_every_step(self):
        """Killed before each step is closed and after its checks: the next run goes on with exactly that step."""
        self.hash = self.plan("first-root", "--next", "vault")["hash"]
        steps = self.steps()
        for number, (commands, _) in enumerate(steps, 1):
            terminal = Terminal(self.folder, self.words())
            self.assertEqual(terminal.wait(READY), READY)
            self.assertIn(f"{number}/{len(steps)}  ", terminal.text)
            for command in commands:
                self.type(command)
            terminal.send("")
            while terminal.wait(INITIALS, *QUESTIONS) != INITIALS:
                terminal.send(self.answer(terminal.text))
            terminal.kill()
            terminal = Terminal(self.folder, self.words())
            terminal.wait(READY)
            self.assertIn(f"{number}/{len(steps)}  ", terminal.text)
            self.step_or_end(terminal, number == len(steps))
            if number < len(steps):
                terminal.kill()
        verified = self.keys("ceremony", "verify", "record.cms", "--store", "city")
        self.assertEqual(verified["resumptions"], 2 * len(steps) - 1)

    def step_or_end(self, terminal, last):
        if not last:
            self.step(terminal)
            return
        terminal.send("")
        while True:
            asked = terminal.wait(INITIALS, *QUESTIONS)
            if asked is None:
                break
            who = re.search(r"Initials of (\w+) \(([^)]*)\): $", terminal.text)
            terminal.send(who[1][0] + who[2][0])
        self.assertEqual(terminal.end(), 0, terminal.seen)

    def begin(self, *words):
        self.with_city()
        self.hash = self.plan("transport", "--generation", "1", *words)["hash"]
        terminal = Terminal(self.folder, self.words())
        self.assertEqual(terminal.wait(READY), READY, terminal.seen)
        return terminal

    def test_ctrl_c_and_q_go_on_later(self):
        terminal = self.begin()
        self.step(terminal)
        os.write(terminal.fd, b"\x03")
        self.assertEqual(terminal.end(), 3)
        terminal = Terminal(self.folder, self.words())
        terminal.wait(READY)
        self.assertIn("2/", terminal.text)
        terminal.send("q")
        self.assertEqual(terminal.end(), 3)
        self.assertEqual((self.folder / "record").read_text().count(" resume 2\n"), 1)

    def test_a_line_that_was_never_finished(self):
        terminal = self.begin()
        self.step(terminal)
        terminal.kill()
        whole = (self.folder / "record").read_bytes()
        for tail in (b"half a line", b"\0" * 50, b"\0" * 50 + b"\n", whole[:70]):
            (self.folder / "record").write_bytes(whole + tail)
            terminal = Terminal(self.folder, self.words())
            terminal.wait(READY)
            self.assertIn("2/", terminal.text)
            self.assertIn("never finished", terminal.seen)
            terminal.kill()
            self.assertTrue((self.folder / "record").read_bytes().startswith(whole))
            self.assertNotIn(b"half", (self.folder / "record").read_bytes())

    def test_one_at_a_time(self):
        terminal = self.begin()
        answer = self.keys("ceremony", "run", *self.words(), code=3)
        terminal.kill()
        self.assertEqual(answer["reason"], "busy")

    def test_the_signature_alone_was_missing(self):
        self.with_city()
        self.hold("transport", "--generation", "1")
        first = (self.folder / "record").read_bytes()
        (self.folder / "record.cms").unlink()
        self.keys("ceremony", "run", *self.words())
        self.assertEqual((self.folder / "record").read_bytes(), first)
        self.keys("ceremony", "verify", "record.cms", "--store", "city")


class Refused(Folder):
    def begin(self, kind, *words):
        self.hash = self.plan(kind, *words)["hash"]
        terminal = Terminal(self.folder, self.words())
        self.assertEqual(terminal.wait(READY), READY, terminal.seen)
        return terminal

    def test_no_step_is_skipped(self):
        terminal = self.begin("first-root", "--next", "vault")
        before = (self.folder / "record").read_bytes()
        for word in ("skip", "s", "2", "done", "yes", "weiter " * 60):
            terminal.send(word)
            terminal.wait(READY)
            self.assertIn("No step can be left out", terminal.text)
        self.assertEqual((self.folder / "record").read_bytes(), before)
        terminal.kill()

    def test_a_step_whose_outcome_is_not_there(self):
        terminal = self.begin("first-root", "--next", "vault")
        self.walk(terminal, stop=3)
        terminal.send("")
        terminal.wait(READY)
        self.assertIn("cannot be closed", terminal.text)
        self.assertEqual((self.folder / "record").read_text().count(" step "), 2)
        terminal.kill()

    def test_a_folder_that_must_not_be_there(self):
        self.with_city()
        terminal = self.begin("first-root", "--next", "vault")
        self.step(terminal)
        terminal.send("")
        terminal.wait(READY)
        self.assertIn("is there, and must not be", terminal.text)
        terminal.kill()

    def test_what_is_typed_is_compared(self):
        terminal = self.begin("first-root", "--next", "vault")
        digits = self.hash.replace(" ", "")
        wrong = "0" if digits[15] != "0" else "1"
        for typed in ("", digits[:15], digits[:15] + wrong, digits[4:20], digits + "0", digits[:16] + "x", "?"):
            terminal.send("")
            terminal.wait(QUESTIONS[0])
            terminal.send(typed)
            terminal.wait(READY)
            self.assertIn("not what is found here", terminal.text)
            self.assertNotIn(self.hash, terminal.text)
        terminal.send("")
        terminal.wait(QUESTIONS[0])
        terminal.send(digits[:16].lower())
        terminal.wait(INITIALS)
        self.assertIn(self.hash, terminal.text)
        terminal.kill()

    def test_initials_are_one_persons(self):
        terminal = self.begin("first-root", "--next", "vault")
        terminal.send("")
        terminal.wait(QUESTIONS[0])
        terminal.send(self.hash[:19])
        terminal.wait(INITIALS)
        for wrong in ("", "1", "ABCDE", "A B", "\u00c9"):
            terminal.send(wrong)
            terminal.wait(INITIALS)
            self.assertIn("MC", terminal.text)
        for same in ("AB", "AB", "CD", "EF"):
            terminal.send(same)
            terminal.wait(INITIALS, READY)
        self.assertIn("same initials", terminal.text)
        terminal.send("")
        terminal.wait(QUESTIONS[0])
        terminal.send(self.hash[:19])
        for good in ("AB", "CD", "EF", "GH"):
            terminal.wait(INITIALS)
            terminal.send(good)
        terminal.wait(READY)
        terminal.send("")
        terminal.wait(INITIALS)
        terminal.send("XY")
        terminal.wait(INITIALS)
        self.assertIn("the same at every step", terminal.text)
        terminal.kill()

    def test_exceptions_and_abort(self):
        terminal = self.begin("first-root", "--next", "vault")
        terminal.send("n")
        terminal.wait("What happened: ")
        terminal.send("the lamp went out")
        terminal.wait(INITIALS)
        terminal.send("AB")
        terminal.wait(READY)
        self.assertIn(" exception 1 MC=AB | the lamp went out\n", (self.folder / "record").read_text())
        terminal.send("a")
        terminal.wait("goes on): ")
        terminal.send("")
        terminal.wait(READY)
        terminal.send("a")
        terminal.wait("goes on): ")
        terminal.send("no witness")
        terminal.wait(INITIALS)
        terminal.send("AB")
        self.assertEqual(terminal.end(), 1)
        self.assertTrue((self.folder / "record").read_text().endswith(" abort 1 MC=AB | no witness\n"))
        self.assertEqual(self.keys("ceremony", "run", *self.words(), code=1)["reason"], "rule-forbids")

    def test_the_clock_may_not_run_back(self):
        terminal = self.begin("first-root", "--next", "vault")
        self.step(terminal)
        terminal.kill()
        self.assertEqual(self.keys("ceremony", "run", *self.words(), code=1, date="2026-10-04")["reason"], "time-not-valid")

    def test_a_forged_record(self):
        terminal = self.begin("first-root", "--next", "vault")
        self.step(terminal)
        self.step(terminal)
        terminal.kill()
        lines = (self.folder / "record").read_bytes().splitlines(keepends=True)
        whole = b"".join(lines)
        forged = [b"".join(lines[:i] + lines[i + 1:]) for i in range(len(lines) - 1)]
        forged += [b"".join(lines[:i] + [lines[i + 1], lines[i]] + lines[i + 2:]) for i in range(len(lines) - 1)]
        forged += [whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1:] for i in range(0, len(whole) - 1, 41)]
        forged += [whole + lines[-1], b"x\n" + whole]
        for number, content in enumerate(forged):
            (self.folder / "record").write_bytes(content)
            self.assertEqual(self.keys("ceremony", "run", *self.words(), code=4)["reason"], "chain-broken", number)

    def test_a_plan_that_is_another(self):
        self.plan("first-root", "--next", "vault")
        good = (self.folder / "plan.md").read_text("utf-8")
        start = good.rindex("\n`") + 1
        for old, new, code in (("--store city\n", "--store town\n", 1), ("- `anchor 1`\n", "", 1),
                               ("| 0.1.0 |", "| 0.0.9 |", 1), ("Sri", "Sru", 0)):
            head = good[:start].replace(old, new, 1)
            groups = hashlib.sha256(head.encode()).hexdigest().upper()
            fitting = head + "`" + " ".join(re.findall("....", groups)) + "`\n"
            (self.folder / "plan.md").write_text(fitting, "utf-8")
            answer = self.keys("ceremony", "run", *self.words(), code=code or 2)
            self.assertEqual(answer["reason"], "rule-forbids" if code else "usage")  # usage: there is no terminal
            (self.folder / "plan.md").write_text(head + good[start:], "utf-8")
            self.assertEqual(self.keys("ceremony", "run", *self.words(), code=4)["reason"], "signature-invalid")
            if (self.folder / "record").exists():
                (self.folder / "record").unlink()
        (self.folder / "plan.md").write_text(good, "utf-8")
        self.assertEqual(self.keys("ceremony", "run", "--plan", "plan.md", "--record", "r", "--store", "town", code=2)["reason"],
                         "usage")


class Transcripts(Folder):
    def test_another_store(self):
        self.with_city()
        self.hold("transport", "--generation", "1")
        self.type("sembako-keys init --store other")
        answer = self.keys("ceremony", "verify", "record.cms", "--store", "other", code=4)
        self.assertEqual(answer["reason"], "certificate-invalid")
        self.type("sembako-keys export --store other --out other-anchor")
        self.keys("ceremony", "verify", "record.cms", "--anchor", "other-anchor", code=4)
        self.keys("ceremony", "verify", "plan.md", "--store", "city", code=4)
        self.keys("ceremony", "verify", "other-anchor", "--store", "city", code=1)

    def test_after_rotation_it_still_holds(self):
        self.with_city()
        self.hold("transport", "--generation", "1")
        self.type("sembako-keys rotate office-ca --store city")
        self.type("sembako-keys rotate city --store city")
        self.type("sembako-keys root succeed --store city --next vault --compromised")
        self.assertEqual(self.keys("ceremony", "verify", "record.cms", "--store", "city")["signer_finding"], "same")

    def test_a_key_that_was_exchanged(self):
        self.with_city()
        self.hold("intermediate", "--role", "list-signer", "--generation", "2", "--root", "city")
        self.type("sembako-keys init --store other")
        self.type("sembako-keys rotate list-signer --store other --root other")
        shutil.copy(self.folder / "other/list-signer-2.key", self.folder / "city/list-signer-2.key")
        answer = self.keys("ceremony", "verify", "record.cms", "--store", "city", code=4)
        self.assertIn(answer["reason"], ("chain-broken", "certificate-invalid"))


class Scripts(Folder):
    def test_both_languages_and_paper(self):
        texts = {}
        for language in ("en", "id"):
            answer = self.plan("first-root", "--next", "vault", "--language", language, "--pdf", "plan.pdf", "--place",
                               "Balai Kota")
            texts[language] = (self.folder / "plan.md").read_text("utf-8")
            self.assertIn(f"| {language} | `language` |", texts[language])
            shown = subprocess.run(["pdftotext", "-layout", "plan.pdf", "-"], cwd=self.folder, capture_output=True, text=True,
                                   check=True).stdout
            title = texts[language].split("\n")[0][2:]
            self.assertIn(title, shown)
            pages = shown.count("\f")
            self.assertEqual(shown.count(answer["hash"]), pages)
            for page in range(1, pages + 1):
                self.assertIn(f" {page}/{pages}\n", shown)
            self.assertEqual(shown.count("HH:MM"), answer["steps"])
            # The script is walked in whatever language the terminal has.
            terminal = Terminal(self.folder, self.words())
            self.assertEqual(terminal.wait(READY), READY, terminal.seen)
            terminal.kill()
            (self.folder / "record").unlink()
        with open(os.path.join(os.environ["SBK_SOURCE"], "po", "id.po"), encoding="utf-8") as file:
            if "the first root and its successor" in file.read():
                self.assertIn("# Upacara kunci", texts["id"])

    def test_the_same_words_give_the_same_script(self):
        files = []
        for _ in range(2):
            self.plan("compromise", "--role", "root", "--generation", "2", "--root", "a", "--next", "b", "--pdf", "plan.pdf")
            files.append(((self.folder / "plan.md").read_bytes(), (self.folder / "plan.pdf").read_bytes()))
        self.assertEqual(files[0], files[1])

    def test_refusals(self):
        for words in (["first"], ["first-root"], ["succession", "--generation", "2"], ["transport"],
                      ["transport", "--generation", "1", "--quorum", "2/2"],
                      ["first-root", "--next", "a b"], ["first-root", "--next", "$(id)"], ["shares", "--role", "city"],
                      ["first-root", "--next", "v", "--officer", "Sri"], ["first-root", "--next", "v", "--qr"],
                      ["first-root", "--next", "v", "--quorum", "2/3"], ["first-root", "--next", ""]):
            with self.subTest(words=words):
                self.assertEqual(self.plan(*words, code=2)["reason"], "usage")
                self.assertFalse((self.folder / "plan.md").exists())
        self.assertEqual(self.plan("first-root", "--next", "v", "--place", "\u5e02", "--pdf", "plan.pdf", code=2)["reason"],
                         "usage")
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
