# SPDX-License-Identifier: Apache-2.0
"""A terminal on which test_ceremony.py walks a key ceremony."""
import os
import pty
import re
import select
import signal
import sys
import time

KEYS = os.path.abspath(sys.argv[1])
TODAY = "2026-10-05"
INITIALS = "Initials of "


def environment(date=TODAY):
    return {**os.environ, "SEMBAKO_DATE": date, "LC_ALL": "C", "LANGUAGE": ""}


class Terminal:
    """`ceremony run` at a terminal of its own."""

    def __init__(self, folder, words, date=TODAY):
        self.text = self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(KEYS, [KEYS, "ceremony", "run", *words], environment(date))

    def wait(self, *texts):
        """Reads until one of the texts ends what is there; which one. None: the program ended."""
        end = time.monotonic() + 60
        while True:
            for text in texts:
                if self.text.endswith(text) or (text == INITIALS and re.search(r"Initials of \w+ \([^)]*\): $", self.text)):
                    return text
            if time.monotonic() > end:
                raise AssertionError(f"none of {texts} in {self.text!r}")
            if not select.select([self.fd], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(self.fd, 65536).decode()
            except OSError:
                return None
            if not part:
                return None
            part = part.replace("\r\n", "\n")
            self.text += part
            self.seen += part

    def send(self, line):
        self.text = ""
        os.write(self.fd, line.encode() + b"\n")

    def end(self):
        while self.wait("\0") is not None:
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.end()
