# SPDX-License-Identifier: Apache-2.0
"""Makes a city with stations that change their keys, by the real programs, and gives it to rekey_crash, which kills them at
every step."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CRASH, READER, KEYS = sys.argv[1:4]
TODAY = "2026-10-05"
RIGHTS = ["--role", "store", "--outlet", "EW-1", "--kelurahan", "64.72.05.1002", "--programme", "all", "--until", "2026-12-31"]
ENVIRONMENT = {**os.environ, "SEMBAKO_DATE": TODAY, "LC_ALL": "C"}
ENVIRONMENT.pop("SEMBAKO_TOKEN", None)  # files are what is put back here


class Crash(unittest.TestCase):
    def test_every_step(self):
        temporary = tempfile.TemporaryDirectory(prefix="sembako-rekey-")
        self.addCleanup(temporary.cleanup)
        at = pathlib.Path(temporary.name)
        (at / "pass").write_text("a pass phrase\n", encoding="ascii")
        (at / "pass").chmod(0o600)

        def run(program, *words):
            subprocess.run([program, *[str(word) for word in words], "--passphrase-file", str(at / "pass")], check=True,
                           env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

        run(KEYS, "init", "--store", at / "city")
        for name in ("changing", "making"):
            run(READER, "enrol", "--station", at / name, "--id", name, "--out", at / "req")
            run(KEYS, "station", "issue", "--store", at / "city", "--request", at / "req", "--out", at / "cert", *RIGHTS)
            run(READER, "install", "--station", at / name, "--certificate", at / "cert")
        run(READER, "rekey", "--station", at / "changing", "--out", at / "req")
        run(KEYS, "station", "issue", "--store", at / "city", "--request", at / "req", "--out", at / "next.cert", *RIGHTS,
            "--rekey")
        process = subprocess.run([CRASH, at, at / "pass"], text=True, capture_output=True, check=False, timeout=300,
                                 env=ENVIRONMENT)
        lines = process.stdout.splitlines()
        for line in lines:
            print("#", line)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(sum(line.startswith("ok ") for line in lines), 2)


if __name__ == "__main__":
    unittest.main()
