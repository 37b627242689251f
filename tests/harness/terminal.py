# SPDX-License-Identifier: Apache-2.0
"""A program at a terminal of its own, whose questions are answered."""
import os
import pty
import select
import time


def at_terminal(environment, answers, *words):
    """Runs a program and answers its questions in turn: (end of the question, answer). Gives what it wrote, its exit code and
    the answers that nobody asked for."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(words[0], words, environment)
    text, answers, end = b"", list(answers), time.monotonic() + 60
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
        if answers and text.rstrip(b" ").endswith(answers[0][0].encode()):
            time.sleep(0.2)  # until it has switched the echo off
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
    os.close(terminal)
    return text.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), answers
