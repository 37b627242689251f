# SPDX-License-Identifier: Apache-2.0
"""A card in another process, without a reader."""
import struct
import subprocess

import story

COUNTS = "apdus bytes_in bytes_out verifies signs keygens agreements page_writes transactions".split()


class Pipe:
    """A card in another process: length-prefixed APDUs on its standard input and output; length 0 is a power cycle."""

    def __init__(self):
        self.process = subprocess.Popen([story.BUILD / "tests" / "card" / "card-pipe"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def transmit(self, command):
        self.process.stdin.write(struct.pack(">H", len(command)) + command)
        self.process.stdin.flush()
        size = struct.unpack(">H", self.process.stdout.read(2))[0]
        return self.process.stdout.read(size)

    def reset(self):
        self.transmit(b"")

    def counts(self):
        """What the card counted since it was made, by name."""
        self.process.stdin.write(b"\xFF\xFF")
        self.process.stdin.flush()
        size = struct.unpack(">H", self.process.stdout.read(2))[0]
        return dict(zip(COUNTS, struct.unpack(">9I", self.process.stdout.read(size))))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def spent(before, after):
    """What was counted between two counts."""
    return {name: after[name] - before[name] for name in COUNTS}
