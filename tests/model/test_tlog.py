# SPDX-License-Identifier: Apache-2.0
"""The worked example of part G of the card specification: both proofs hold for a verifier written from the text alone and
for the program, and neither takes a proof in which one byte is another, is missing or stands twice."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import tlog

SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
READER = pathlib.Path(os.environ["SBK_BUILD"]) / "reader/sembako-reader"


def examples():
    """The indented blocks below G.4 that begin with a proof's first line."""
    text = (SOURCE / "schema/card-specification.md").read_text(encoding="utf-8").split("## G.4")[1].split("\n# Part")[0]
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)
    return [re.sub(r"^    ", "", block.lstrip("\n"), flags=re.MULTILINE).encode() for block in blocks]


def altered(proof):
    """Every byte changed, removed and doubled, every line removed, doubled and swapped with the next; but for a
    signature line doubled, which a note may hold."""
    for at in range(len(proof)):
        yield proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1:]
        yield proof[:at] + proof[at + 1:]
        yield proof[:at] + proof[at:at + 1] + proof[at:]
        yield proof[:at]
    lines = proof.splitlines(True)
    for at, line in enumerate(lines):
        yield b"".join(lines[:at] + lines[at + 1:])
        if not line.startswith("—".encode()):
            yield b"".join(lines[:at] + [line, line] + lines[at + 1:])
        if at + 1 < len(lines) and line != lines[at + 1]:
            yield b"".join(lines[:at] + [lines[at + 1], line] + lines[at + 2:])


class Example(unittest.TestCase):
    def setUp(self):
        self.entry, self.consistency = examples()
        self.key = re.search(rb"^key (.*)$", self.entry, re.MULTILINE)[1].decode()

    def test_shows_what_the_text_says(self):
        shown = tlog.check_proof(self.entry, self.key)
        self.assertEqual((shown.index, shown.head.size), (2, 5))
        self.assertEqual(shown.entry[6:], bytes.fromhex("00040000002A"))  # handed over: transaction 42
        shown = tlog.check_proof(self.consistency, self.key)
        self.assertEqual((shown.older.size, shown.head.size), (3, 5))

    def test_the_program_agrees(self):
        for proof in (self.entry, self.consistency):
            with tempfile.NamedTemporaryFile() as file:
                file.write(proof)
                file.flush()
                done = subprocess.run([READER, "log", "check", file.name, "--key", self.key, "--json"], check=False,
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_nothing_else_holds(self):
        for proof in (self.entry, self.consistency):
            for other in altered(proof):
                if other == proof:
                    continue
                with self.assertRaises(tlog.Bad, msg=other):
                    tlog.check_proof(other, self.key)


if __name__ == "__main__":
    unittest.main()
