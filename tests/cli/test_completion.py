# SPDX-License-Identifier: Apache-2.0
"""The bash completion offers what the program's tables hold, and nothing else."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from demo import DEMO, environment

SCRIPT = pathlib.Path(os.environ["SBK_SOURCE"]) / "data" / "completions" / "sembako.bash"
ASK = """
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_sembako "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "store"))
        pathlib.Path(self.folder, "stock").touch()

    def offered(self, *words):
        done = subprocess.run(["bash", "--norc", "-c", ASK, "ask", SCRIPT, DEMO, *words], text=True, cwd=self.folder,
                              capture_output=True, check=True, env=environment(LANG="id_ID.UTF-8"), timeout=60)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_commands(self):
        self.assertEqual(self.offered(""), {"init", "station", "transport", "inspect", "redeem", "end", "wait", "pin"})
        self.assertEqual(self.offered("in"), {"init", "inspect"})
        self.assertEqual(self.offered("station", ""), {"issue"})
        self.assertEqual(self.offered("--store", "x", "transport", ""), {"import"})
        self.assertEqual(self.offered("nonsense", ""), self.offered(""))

    def test_options_of_the_command(self):
        self.assertEqual(self.offered("station", "issue", "--"),
                         {"--store", "--limit", "--until", "--strict", "--out", "--json", "--language", "--help"})
        self.assertEqual(self.offered("init", "--pass"), {"--passphrase-file", "--passphrase-fd"})
        self.assertEqual(self.offered("--ver"), {"--version"})

    def test_values(self):
        self.assertEqual(self.offered("init", "--store", "st"), {"store"})
        self.assertEqual(self.offered("station", "issue", "--out", "st"), {"store", "stock"})
        self.assertEqual(self.offered("init", "--passphrase-file", "sto"), {"store", "stock"})
        self.assertEqual(self.offered("init", "--language", ""), {"id", "en"})
        self.assertEqual(self.offered("station", "issue", "--limit", ""), set())
        self.assertEqual(self.offered("station", "issue", "--strict", "--out", "sto"), {"store", "stock"})
        self.assertEqual(self.offered("inspect", "sto"), {"store", "stock"})


if __name__ == "__main__":
    unittest.main()
