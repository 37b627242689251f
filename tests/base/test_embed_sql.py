# SPDX-License-Identifier: Apache-2.0
"""tools/embed-sql: the compiled header gives the files back, byte for byte, in their order."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
TOOL = SOURCE / "tools" / "embed-sql"

MAIN = """
#include "out.h"
#include <stdio.h>
int main(void) {
    for (size_t i = 0; i < things_count; i++) {
        fputs(things[i], stdout);
        fputc(1, stdout);
    }
    return 0;
}
"""


class EmbedSql(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def put(self, name, content):
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def embed(self, *paths, name="things"):
        return subprocess.run([TOOL, self.folder / "out.h", name, *paths], capture_output=True, text=True, check=False)

    def test_gives_the_files_back(self):
        first = b"-- catatan: \xe2\x80\x9csembako\xe2\x80\x9d\nCREATE TABLE a (b TEXT) STRICT;\n" * 200
        second = b"CREATE TRIGGER t BEFORE DELETE ON a BEGIN\n  SELECT RAISE(ABORT, 'append-only');\nEND;\n"
        done = self.embed(self.put("1.sql", first), self.put("2.sql", second))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.put("main.c", MAIN.encode())
        subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-o",
                        self.folder / "main", self.folder / "main.c"], check=True)
        out = subprocess.run([self.folder / "main"], capture_output=True, check=True).stdout
        self.assertEqual(out, first + b"\x01" + second + b"\x01")

    def test_refuses_transactions(self):
        for word in (b"BEGIN;", b"begin immediate;", b"COMMIT;", b"ROLLBACK ;", b"BEGIN TRANSACTION;"):
            with self.subTest(word=word):
                done = self.embed(self.put("1.sql", b"CREATE TABLE a (b);\n" + word + b"\n"))
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("1.sql", done.stderr)

    def test_refuses_empty_files_and_odd_names(self):
        self.assertNotEqual(self.embed(self.put("1.sql", b" \n")).returncode, 0)
        self.assertNotEqual(self.embed(self.put("2.sql", b"SELECT 1;"), name="no-name").returncode, 0)
        self.assertNotEqual(self.embed(self.put("3.sql", b"SELECT \0 1;")).returncode, 0)
        self.assertNotEqual(self.embed().returncode, 0)


if __name__ == "__main__":
    unittest.main()
