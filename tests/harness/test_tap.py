# SPDX-License-Identifier: Apache-2.0
"""The TAP runner tells a failure, an error, a failed part and a skip from a success, and an empty file from a good one."""
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

TAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tap.py")


class Runner(unittest.TestCase):
    def run_file(self, body):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "test_it.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write("import unittest\n" + textwrap.dedent(body))
            run = subprocess.run([sys.executable, TAP, path], text=True, capture_output=True, timeout=30, check=False)
        return run.returncode, [line for line in run.stdout.splitlines() if not line.startswith("#")]

    def test_each_case_has_its_line(self):
        status, lines = self.run_file("""
            class T(unittest.TestCase):
                def test_a(self): pass
                def test_b(self): self.fail("no")
                def test_c(self): raise ValueError("# no")
                @unittest.skip("no printer")
                def test_d(self): pass
                def test_e(self):
                    for n in range(3):
                        with self.subTest(n=n):
                            self.assertNotEqual(n, 1)
            """)
        self.assertEqual(status, 1)
        self.assertEqual(lines, ["ok 1 - T.test_a", "not ok 2 - T.test_b", "not ok 3 - T.test_c",
                                 "ok 4 - T.test_d # SKIP no printer", "not ok 5 - T.test_e", "1..5"])

    def test_success_is_zero(self):
        self.assertEqual(self.run_file("class T(unittest.TestCase):\n    def test_a(self): pass\n"),
                         (0, ["ok 1 - T.test_a", "1..1"]))

    def test_one_case_by_name(self):
        text = "class T(unittest.TestCase):\n    def test_one(self): pass\n    def test_other(self): self.fail()\n"
        os.environ["SBK_CASE"] = "one"
        self.addCleanup(os.environ.pop, "SBK_CASE")
        self.assertEqual(self.run_file(text), (0, ["ok 1 - T.test_one", "1..1"]))
        os.environ["SBK_CASE"] = "third"
        self.assertEqual(self.run_file(text)[0], 1)

    def test_a_file_without_cases_fails(self):
        status, lines = self.run_file("x = 1\n")
        self.assertEqual(status, 1)
        self.assertTrue(lines[0].startswith("not ok 1"), lines)

    def test_a_file_that_cannot_be_read_fails(self):
        status, lines = self.run_file("import nothing_of_that_name\n")
        self.assertNotEqual(status, 0)
        self.assertEqual(lines, [])

    def test_a_failing_class_setup_fails(self):
        status, lines = self.run_file("""
            class T(unittest.TestCase):
                @classmethod
                def setUpClass(cls): raise OSError("no")
                def test_a(self): pass
            """)
        self.assertEqual(status, 1)
        self.assertTrue(lines[0].startswith("not ok 1"), lines)

    def test_an_expected_failure_is_one(self):
        status, _lines = self.run_file("""
            class T(unittest.TestCase):
                @unittest.expectedFailure
                def test_a(self): self.fail("no")
            """)
        self.assertEqual(status, 1)


if __name__ == "__main__":
    unittest.main()
