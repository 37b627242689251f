# SPDX-License-Identifier: Apache-2.0
"""Runs the demonstration program of the cli tests."""
import json
import os
import pathlib
import pty
import select
import subprocess
import time

FOLDER = pathlib.Path(os.environ["SBK_BUILD"]) / "tests" / "cli"
DEMO = FOLDER / "cli-demo"


def environment(**more):
    keep = {name: value for name, value in os.environ.items()
            if not name.startswith("LC_") and name not in ("LANG", "LANGUAGE", "SEMBAKO_DATE", "NO_COLOR")}
    return keep | more


def run(*words, env=None, program=DEMO, **more):
    """No terminal: a session of its own."""
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([program, *words], capture_output=True, text=True, check=False, start_new_session=True,
                          env=environment(**(env or {})), timeout=60, **more)


def run_json(*words, **more):
    done = run("--json", *words, **more)
    return done, json.loads(done.stdout)


class Terminal:
    """The program with a terminal of its own; its stdout goes there, too."""

    def __init__(self, *words, env=None):
        self.text = ""
        self.seen = ""  # all of it, whatever was waited for
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(DEMO, [str(DEMO), *words], environment(**(env or {})))

    def wait_for(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {self.text!r}")
            if not select.select([self.fd], [], [], 0.1)[0]:
                continue
            try:
                self._take(os.read(self.fd, 4096))
            except OSError:
                raise AssertionError(f"ended without {text!r}: {self.text!r}") from None
        before, self.text = self.text.split(text, 1)
        return before

    def _take(self, part):
        self.text += part.decode()
        self.seen += part.decode()

    def send(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """Everything it printed, and its exit code."""
        while True:
            try:
                part = os.read(self.fd, 4096)
            except OSError:
                break
            if not part:
                break
            self._take(part)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return self.seen, os.waitstatus_to_exitcode(status)
