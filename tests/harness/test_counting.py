# SPDX-License-Identifier: Apache-2.0
"""What test.sh counts, and that .ci/run adds up both halves and hides no failure."""
import importlib.machinery
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

ROOT = os.environ.get("SBK_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def load(path):
    loader = importlib.machinery.SourceFileLoader("run_tests", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", loader))
    loader.exec_module(module)
    return module


class Cases(unittest.TestCase):
    def setUp(self):
        self.cases_of = load(os.path.join(ROOT, "tools", "run-tests")).cases_of

    def test_cmocka(self):
        text = "1..3\nok 1 - a\nnot ok 2 - b\n# 0x1 != 0x2\n# needs root\nnot ok 3 # SKIP c\n# not ok - group\n"
        self.assertEqual(self.cases_of(text), (1, ["b"], ["# SKIP c (needs root)"]))

    def test_unittest(self):
        text = "ok 1 - T.a\nok 2 - T.b # SKIP no printer\n1..2\n"
        self.assertEqual(self.cases_of(text), (1, [], ["T.b # SKIP no printer"]))

    def test_other_lines_count_nothing(self):
        self.assertEqual(self.cases_of("okay\nnot okay\nit is ok 1 - a\n"), (0, [], []))


class Sum(unittest.TestCase):
    def ci(self, test, check):
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(os.path.join(directory, ".ci"))
            shutil.copy(os.path.join(ROOT, ".ci", "run"), os.path.join(directory, ".ci", "run"))
            for name, text in (("test.sh", test), ("check.sh", check)):
                path = os.path.join(directory, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write("#!/bin/sh\n" + text + "\n")
                os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
            run = subprocess.run(["bash", os.path.join(directory, ".ci", "run")], text=True, capture_output=True,
                                 timeout=30, check=False)
        return run.returncode, run.stdout.splitlines()[-1]

    def test_both_green(self):
        self.assertEqual(self.ci("echo 3 passed, 0 failed, 1 skipped", "echo 2 passed, 0 failed, 0 skipped"),
                         (0, "5 passed, 0 failed, 1 skipped"))

    def test_a_red_half_is_red(self):
        red, green = "echo 3 passed, 2 failed, 0 skipped; exit 1", "echo 2 passed, 0 failed, 0 skipped"
        self.assertEqual(self.ci(red, green), (1, "5 passed, 2 failed, 0 skipped"))
        self.assertEqual(self.ci(green, red), (1, "5 passed, 2 failed, 0 skipped"))

    def test_a_half_that_says_failed_but_ends_with_zero_is_red(self):
        self.assertEqual(self.ci("echo 3 passed, 2 failed, 0 skipped", "echo 2 passed, 0 failed, 0 skipped"),
                         (1, "5 passed, 2 failed, 0 skipped"))

    def test_a_half_that_breaks_or_counts_nothing_is_red(self):
        green = "echo 2 passed, 0 failed, 0 skipped"
        for broken in ("echo nonsense", "exit 3", "echo 1 passed, 0 failed, 0 skipped; exit 9",
                       "echo 0 passed, 0 failed, 0 skipped"):
            status, last = self.ci(broken, green)
            self.assertEqual((status, last.split(", ")[1]), (1, "1 failed"), broken)


if __name__ == "__main__":
    unittest.main()
