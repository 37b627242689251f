# SPDX-License-Identifier: Apache-2.0
"""The option tables: what is accepted, what is refused and how, help, JSON, exit codes."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

from demo import DEMO, Terminal, environment, run, run_json

STORE = ("--store", "s", "--out", "o")


class Usage(unittest.TestCase):
    def assert_usage(self, words, part, verb=""):
        done = run(*words)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(part, done.stderr)
        self.assertTrue(done.stderr.startswith("cli-demo: "), done.stderr)
        self.assertIn(f"see 'cli-demo{verb} --help'", done.stderr)

    def test_verbs(self):
        self.assert_usage([], "say what to do")
        self.assert_usage(["nonsense"], "unknown command 'nonsense'")
        self.assert_usage(["station"], "'station' needs a second word")
        self.assert_usage(["station", "give"], "unknown command 'station give'")
        self.assert_usage(["issue"], "unknown command 'issue'")
        self.assert_usage(["inspect me"], "unknown command 'inspect me'")

    def test_options(self):
        verb = " station issue"
        self.assert_usage(["--nonsense"], "--nonsense")
        self.assert_usage(["station", "issue", *STORE, "--nonsense"], "--nonsense")
        self.assert_usage(["station", "issue", *STORE, "--stor", "x"], "--stor")
        self.assert_usage(["station", "issue", *STORE, "-x"], "-x")
        self.assert_usage(["station", "issue", *STORE, "--limit"], "--limit")
        self.assert_usage(["station", "issue", *STORE, "--strict=yes"], "--strict")
        self.assert_usage(["station", "issue", *STORE, "--fresh"], "--fresh does not belong", verb)
        self.assert_usage(["init", *STORE], "--out does not belong", " init")
        self.assert_usage(["station", "issue", "--out", "o"], "--store is missing", verb)
        self.assert_usage(["station", "issue", "--store", "s"], "--out is missing", verb)
        self.assert_usage(["station", "issue", *STORE, "--store", "t"], "--store is given twice", verb)
        self.assert_usage(["station", "issue", *STORE, "--strict"], "--strict needs --limit", verb)

    def test_arguments(self):
        self.assert_usage(["inspect"], "FILE is missing", " inspect")
        self.assert_usage(["inspect", "a", "b"], "'b' is one word too many", " inspect")
        self.assert_usage(["redeem"], "ITEM=AMOUNT... is missing", " redeem")
        self.assert_usage(["station", "issue", *STORE, "more"], "'more' is one word too many", " station issue")
        self.assert_usage(["transport", "import", "--store", "s", "--test-key", "a"], "'a' is one word", " transport import")

    def test_values(self):
        for value in ("x", "", "1x", "1001", "-6", " 1", "+1", "0x10", "99999999999999999999", "1.5"):
            with self.subTest(value=value):
                self.assert_usage(["station", "issue", *STORE, "--limit", value], "--limit: '" + value, " station issue")
        for value in ("1000", "-5", "0"):
            done, found = run_json("station", "issue", *STORE, "--limit", value)
            self.assertEqual((done.returncode, found["limit"]), (0, int(value)))
        done = run("station", "issue", *STORE, "--until", "2026-02-30")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--until: '2026-02-30' is not a date", done.stderr)

    def test_json_of_a_usage_error(self):
        for words in (["--nonsense"], ["nonsense"], ["station", "issue"], ["inspect", "a", "b"], ["--limit"]):
            with self.subTest(words=words):
                done, found = run_json(*words)
                self.assertEqual(done.returncode, 2)
                self.assertEqual((found["result"], found["reason"]), ("usage", "usage"))
                self.assertIn(found["message"], done.stderr)

    def test_date_of_the_process(self):
        done, found = run_json("station", "issue", *STORE, env={"SEMBAKO_DATE": "2026-10-01"})
        self.assertEqual((found["until"], found["now"], found["date-set"]),
                         ("2026-10-01", "2026-10-01T12:00:00+08:00", True))
        done, found = run_json("station", "issue", *STORE)
        self.assertEqual((done.returncode, found["date-set"]), (0, False))
        done, found = run_json("station", "issue", *STORE, env={"SEMBAKO_DATE": "today"})
        self.assertEqual((done.returncode, found["reason"]), (2, "date-invalid"))


class Words(unittest.TestCase):
    def test_positions_do_not_matter(self):
        for words in (["station", "issue", *STORE], [*STORE, "station", "issue"], ["station", *STORE, "issue"],
                      ["--store=s", "station", "issue", "--out=o"]):
            with self.subTest(words=words):
                done, found = run_json(*words)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual((found["result"], found["store"], found["out"]), ("done", "s", "o"))
                self.assertEqual(found["hex"], "01ab")

    def test_arguments_in_order(self):
        done, found = run_json("redeem", "beras=5kg", "--out", "x", "gula=1kg@18000", "--", "--minyak")
        self.assertEqual(found["words"], ["beras=5kg", "gula=1kg@18000", "--minyak"])
        done = run("redeem", "a", "b")
        self.assertEqual((done.stdout, done.stderr), ("a\nb\n", "cli-demo: warning: 2 words\n"))

    def test_repeatable_options_take_the_rest(self):
        for words in (["--component", "a", "b", "c"], ["--component", "a", "--component", "b", "--component=c"]):
            done, found = run_json("transport", "import", "--store", "s", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(found["components"]), ["a", "b", "c"])
        done, found = run_json("transport", "import", "--store", "s", "--test-key")
        self.assertEqual(found["components"], [])

    def test_a_value_may_look_like_an_option(self):
        done, found = run_json("station", "issue", "--store", "--out", "--out", "--json")
        self.assertEqual((found["store"], found["out"]), ("--out", "--json"))


class Help(unittest.TestCase):
    def test_program(self):
        done = run("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for verb in ("init", "station issue", "transport import", "inspect", "redeem", "end", "wait", "pin"):
            self.assertRegex(done.stdout, rf"(?m)^  {verb}  +\S")
        self.assertIn("--language id|en", done.stdout)
        self.assertEqual(run("station", "--help").stdout, done.stdout)

    def test_verb_shows_its_options_only(self):
        done = run("station", "issue", "--help")
        self.assertEqual(done.returncode, 0)
        shown = set(re.findall(r"(?m)^  --([a-z-]+)", done.stdout))
        self.assertEqual(shown, {"store", "limit", "until", "strict", "out", "json", "language", "help"})
        self.assertIn("Usage: cli-demo station issue --store DIR --out CERT [OPTION...]", done.stdout)
        self.assertIn("the certificate", done.stdout)
        self.assertNotIn("where the words go", done.stdout)
        self.assertIn("where the words go", run("redeem", "--help").stdout)
        self.assertIn("More about it.", run("init", "--help").stdout)
        self.assertIn("[OPTION...] ITEM=AMOUNT...", run("redeem", "--help").stdout)

    def test_help_needs_nothing_else(self):
        self.assertEqual(run("station", "issue", "--help", "--limit", "nonsense").returncode, 0)
        self.assertEqual(run("nonsense", "--help").returncode, 2)

    def test_json(self):
        done, found = run_json("inspect", "--help")
        self.assertEqual(found["help"], run("inspect", "--help").stdout)

    def test_version(self):
        done = run("--version")
        self.assertRegex(done.stdout, r"^cli-demo [0-9.]+\n$")
        done, found = run_json("--version")
        self.assertEqual(found["program"], "cli-demo")


class Ending(unittest.TestCase):
    WORDS = ["done", "refused", "usage", "environment", "tampered", "unsettled"]

    def test_exit_codes(self):
        for code, word in enumerate(self.WORDS):
            with self.subTest(code=code):
                done = run("end", str(code))
                self.assertEqual(done.returncode, code)
                self.assertEqual(done.stdout, "text for people\n")
                self.assertEqual(done.stderr, "" if code == 0 else f"cli-demo: card 7: ended with {code}\n")
                done, found = run_json("end", str(code))
                self.assertEqual((done.returncode, found["result"]), (code, word))
                self.assertEqual("reason" in found, code != 0)
                if code:
                    self.assertEqual((found["card"], found["message"]), (7, f"card 7: ended with {code}"))

    def test_lost_output_is_no_success(self):
        for words in (["end", "0"], ["end", "0", "--json"], ["--help"], ["redeem", *["word"] * 5000]):
            with self.subTest(words=words), open("/dev/full", "w", encoding="ascii") as full:
                done = subprocess.run([DEMO, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                                      env=environment(), timeout=60)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("could not be written", done.stderr)

    def test_closed_output_is_no_success(self):
        done = subprocess.run(["sh", "-c", f"'{DEMO}' end 0 >&-"], stderr=subprocess.PIPE, text=True, check=False,
                              env=environment(), timeout=60)
        self.assertEqual(done.returncode, 3)
        done = subprocess.run(["sh", "-c", f"'{DEMO}' redeem a b 2>&- <&-"], stdout=subprocess.PIPE, text=True,
                              check=False, env=environment(), timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, "a\nb\n"))

    def test_closed_output_does_not_become_a_file_of_ours(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "ours"
            done = subprocess.run(["sh", "-c", f"'{DEMO}' end 0 '{path}' >&-"], stderr=subprocess.PIPE, text=True,
                                  check=False, env=environment(), timeout=60)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(path.read_bytes(), b"")

    def test_a_reader_that_leaves_does_not_kill_us(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([DEMO, "end", "0"], stdout=write, stderr=subprocess.PIPE, text=True, check=False,
                              env=environment(), timeout=60)
        os.close(write)
        self.assertEqual(done.returncode, 3)


class Interruption(unittest.TestCase):
    def test_signals_end_the_loop(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                with subprocess.Popen([DEMO, "wait", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, env=environment()) as child:
                    time.sleep(0.5)
                    child.send_signal(number)
                    out, err = child.communicate(timeout=20)
                self.assertEqual(child.returncode, 3)
                self.assertIn('"interrupted"', out)
                self.assertIn("interrupted", err)

    def test_progress_on_a_terminal_only(self):
        for words, seen in ((["wait"], True), (["wait", "--json"], False)):
            with self.subTest(words=words):
                terminal = Terminal(*words)
                if seen:
                    terminal.wait_for("waiting [")
                else:
                    time.sleep(0.5)
                terminal.send("\x03")
                text, code = terminal.end()
                self.assertEqual(code, 3)
                self.assertEqual("waiting" in text, seen)
        with subprocess.Popen([DEMO, "wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment()) as child:
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=20)
        self.assertNotIn("waiting", out + err)


if __name__ == "__main__":
    unittest.main()
