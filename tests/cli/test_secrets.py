# SPDX-License-Identifier: Apache-2.0
"""Pass phrases and PINs: from files, descriptors and the terminal."""
import os
import pathlib
import signal
import tempfile
import termios
import time
import unittest

from demo import DEMO, Terminal, environment, run, run_json

INIT = ("init", "--store", "s")


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def put(self, content, name="p", mode=0o600):
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(mode)
        return str(path)

    def piped(self, content, *words):
        read, write = os.pipe()
        os.write(write, content)
        os.close(write)
        try:
            return run_json(*words[:-1], f"{words[-1]}", str(read), pass_fds=(read,))
        finally:
            os.close(read)


class Files(Folder):
    def test_one_newline_is_stripped(self):
        for content, found in ((b"a b", "a b"), (b"a b\n", "a b"), (b"a b\r\n", "a b"), (b" a \n", " a "),
                               ("kata sandi \u00e9\n".encode(), "kata sandi \u00e9"), (b"x" * 1024 + b"\n", "x" * 1024)):
            with self.subTest(content=content[:9]):
                done, answer = run_json(*INIT, "--passphrase-file", self.put(content))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual((answer["root"], answer["station-ca"]), (found, found))

    def test_refusals(self):
        for content, code in ((b"", 3), (b"\n", 2), (b"\r\n", 2), (b"a\n\n", 2), (b"a\nb", 2), (b"a\0b", 2),
                              (b"x" * 1027, 3)):
            with self.subTest(content=content[:9]):
                done = run(*INIT, "--passphrase-file", self.put(content))
                self.assertEqual(done.returncode, code, done.stderr)
        done = run(*INIT, "--passphrase-file", str(self.folder / "missing"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("missing: cannot be read", done.stderr)

    def test_loose_files_are_refused(self):
        for mode in (0o640, 0o644, 0o604, 0o660):
            done, answer = run_json(*INIT, "--passphrase-file", self.put(b"x", mode=mode))
            self.assertEqual((done.returncode, answer["reason"]), (3, "permissions"))
            self.assertIn("chmod 600", done.stderr)
        os.symlink(self.put(b"x"), self.folder / "link")
        self.assertEqual(run(*INIT, "--passphrase-file", str(self.folder / "link")).returncode, 3)

    def test_memory_that_is_not_locked_is_told_once(self):
        words = (*INIT, "--passphrase-file", self.put(b"common", "common"))
        self.assertEqual(run(*words, env={"DEMO_UNLOCKED": "1"}).stderr.count("does not let this program lock memory"), 1)
        self.assertEqual(run(*words).stderr, "")

    def test_roles(self):
        common, root = self.put(b"common", "common"), self.put(b"own", "own")
        done, answer = run_json(*INIT, "--passphrase-file", common, "--passphrase-file", f"root={root}")
        self.assertEqual((answer["root"], answer["station-ca"]), ("own", "common"))
        done, answer = run_json(*INIT, "--passphrase-file", f"station-ca={common}", "--passphrase-file", f"root={root}")
        self.assertEqual((answer["root"], answer["station-ca"]), ("own", "common"))
        for words, part in (((f"rot={root}",), "no role 'rot'"), ((common, root), "one --passphrase-file"),
                            ((f"root={root}", f"root={common}"), "named twice")):
            with self.subTest(words=words):
                done = run(*INIT, *(word for path in words for word in ("--passphrase-file", path)))
                self.assertEqual(done.returncode, 2)
                self.assertIn(part, done.stderr)

    def test_a_role_without_a_file_needs_a_terminal(self):
        done = run(*INIT, "--passphrase-file", f"root={self.put(b'x')}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no terminal", done.stderr)

    def test_a_path_with_an_equals_sign(self):
        done, answer = run_json(*INIT, "--passphrase-file", self.put(b"odd", "a=b"))
        self.assertEqual((done.returncode, answer["root"]), (0, "odd"))

    def test_pins(self):
        for content, fresh, found in ((b"123456\n", False, ("123456", None)), (b"123456\n", True, ("123456", None)),
                                      (b"123456\n654321\n", True, ("123456", "654321")),
                                      (b"123456\r\n654321\r\n", True, ("123456", "654321"))):
            with self.subTest(content=content, fresh=fresh):
                done, answer = run_json("pin", *(["--fresh"] if fresh else []), "--pin-file", self.put(content))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual((answer["holder"], answer["alternate"]), found)
        for content, fresh in ((b"1\n2\n", False), (b"1\n2\n3\n", True), (b"\n2\n", True), (b"1\n\n", True), (b"\n", False)):
            with self.subTest(content=content, fresh=fresh):
                done = run("pin", *(["--fresh"] if fresh else []), "--pin-file", self.put(content))
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertNotIn("1\n", done.stdout)


class Descriptors(Folder):
    def test_reads_once_for_all_roles(self):
        done, answer = self.piped(b"from a pipe\n", *INIT, "--passphrase-fd")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((answer["root"], answer["station-ca"]), ("from a pipe", "from a pipe"))
        done, answer = self.piped(b"123456\n654321", "pin", "--fresh", "--pin-fd")
        self.assertEqual((answer["holder"], answer["alternate"]), ("123456", "654321"))

    def test_standard_input(self):
        done = run(*INIT, "--passphrase-fd", "0", stdin=None, input="typed\n")
        self.assertEqual(done.stdout, "root=typed\nstation-ca=typed\n")

    def test_refusals(self):
        for content in (b"", b"\n", b"a\nb\n", b"x" * 1100):
            with self.subTest(content=content[:9]):
                done, answer = self.piped(content, *INIT, "--passphrase-fd")
                self.assertEqual((done.returncode, answer["reason"]), (2, "usage"))
        self.assertEqual(run(*INIT, "--passphrase-fd", "77").returncode, 3)
        self.assertEqual(run(*INIT, "--passphrase-fd", "x").returncode, 2)
        self.assertEqual(run(*INIT, "--passphrase-fd", "-1").returncode, 2)
        self.assertEqual(run(*INIT, "--passphrase-fd", "0", "--passphrase-file", self.put(b"x")).returncode, 2)
        self.assertEqual(run("pin", "--pin-fd", "0", "--pin-file", self.put(b"x")).returncode, 2)


class AtTheTerminal(Folder):
    def echoing(self, terminal):
        return bool(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)

    def answer(self, terminal, question, text):
        terminal.wait_for(question)
        self.assertFalse(self.echoing(terminal))
        terminal.send(text)

    def test_asks_twice_without_echo(self):
        terminal = Terminal(*INIT)
        for role, phrase in (("root", "rahasia satu"), ("station-ca", "rahasia dua")):
            self.answer(terminal, f"New pass phrase for {role}: ", phrase + "\n")
            self.answer(terminal, f"The same again for {role}: ", phrase + "\n")
        text, code = terminal.end()
        self.assertEqual(code, 0, text)
        self.assertIn("root=rahasia satu", text)
        self.assertIn("station-ca=rahasia dua", text)
        self.assertEqual((text.count("rahasia satu"), text.count("rahasia dua")), (1, 1))

    def test_differing_answers(self):
        terminal = Terminal(*INIT)
        self.answer(terminal, "New pass phrase for root: ", "one\n")
        self.answer(terminal, "The same again for root: ", "two\n")
        text, code = terminal.end()
        self.assertEqual(code, 2)
        self.assertIn("differ", text)

    def test_nothing_entered(self):
        for typed in ("\n", "\x04"):
            terminal = Terminal("pin")
            self.answer(terminal, "PIN: ", typed)
            text, code = terminal.end()
            self.assertEqual(code, 2)
            self.assertIn("nothing was entered", text)

    def test_too_long(self):
        terminal = Terminal("pin")
        terminal.wait_for("PIN: ")
        terminal.send("5" * 1030 + "\n")
        text, code = terminal.end()
        self.assertEqual(code, 2)
        self.assertIn("longer than 1024", text)

    def test_pins_of_two(self):
        for alternate in ("654321", ""):
            terminal = Terminal("pin", "--fresh")
            self.answer(terminal, "New PIN: ", "123456\n")
            self.answer(terminal, "The same PIN again: ", "123456\n")
            self.answer(terminal, "New PIN of the alternate", alternate + "\n")
            if alternate:
                self.answer(terminal, "The alternate's PIN again: ", alternate + "\n")
            text, code = terminal.end()
            self.assertEqual(code, 0, text)
            self.assertIn(f"123456 {alternate or '-'}", text)

    def test_signals_give_the_terminal_back(self):
        for send in ("\x03", signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(send=send):
                # A shell in between holds the terminal open, so that its settings can be looked at afterwards.
                terminal = ShellTerminal(f"'{DEMO}' pin; echo code=$?; stty -a; sleep 30")
                terminal.wait_for("PIN: ")
                self.assertFalse(self.echoing(terminal))
                terminal.send("12")
                time.sleep(0.2)
                if isinstance(send, str):
                    terminal.send(send)
                else:
                    children = pathlib.Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text("ascii")
                    os.kill(int(children.split()[0]), send)
                terminal.wait_for("code=3")
                self.assertTrue(self.echoing(terminal))
                self.assertIn(" echo ", " ".join(terminal.wait_for("echoe")[-200:].split()) + " ")
                os.kill(terminal.pid, signal.SIGKILL)
                terminal.end()

    def test_keys_that_stop_or_kill_do_not_leave_it_silent(self):
        terminal = Terminal("pin")
        terminal.wait_for("PIN: ")
        keys = termios.tcgetattr(terminal.fd)[6]
        self.assertEqual((keys[termios.VSUSP], keys[termios.VQUIT]), (b"\0", b"\0"))
        terminal.send("\x1a\x1c\x15123456\n")  # Ctrl-Z, Ctrl-\, Ctrl-U (kills the line so far)
        text, code = terminal.end()
        self.assertEqual(code, 0, text)
        self.assertIn("123456 -", text)

    def test_no_terminal_is_usage(self):
        for words in (INIT, ("pin",)):
            done, answer = run_json(*words)
            self.assertEqual((done.returncode, answer["result"]), (2, "usage"))
            self.assertIn("no terminal", done.stderr)


class ShellTerminal(Terminal):
    def __init__(self, script):
        self.text = self.seen = ""
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            os.execve("/bin/sh", ["sh", "-c", "trap : INT; " + script], environment())


if __name__ == "__main__":
    unittest.main()
