#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one unittest file and prints TAP, one line a case, so that meson and test.sh count cases.

    tap.py FILE.py [ARGUMENT ...]

The arguments stand in sys.argv[1:] of the file. With SBK_CASE in the environment only cases whose name holds it run. A
failure's traceback follows its line as comments. The exit status is 1 when something failed, or when the file holds no
case. An expected failure is not one of ours: it counts as failed.
"""
import importlib.util
import os
import signal
import sys
import unittest


def name_of(test):
    return test.id().replace("#", "_").removeprefix("sbk_test_file.")


class TapResult(unittest.TestResult):
    """Prints each case as it ends. Failed subtests fail their case once, however many they are."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.bad = 0
        self._failed_parts = []

    def _line(self, ok, text, details=""):
        self.number += 1
        self.bad += not ok
        print(f"{'ok' if ok else 'not ok'} {self.number} - {text}")
        for line in details.splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def startTest(self, test):
        super().startTest(test)
        self._failed_parts = []

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed_parts.append(f"{subtest}\n{self._exc_info_to_string(err, test)}")

    def stopTest(self, test):
        super().stopTest(test)
        if self._failed_parts:
            self._line(False, name_of(test), "\n".join(self._failed_parts))
            self._failed_parts = []

    def addSuccess(self, test):
        self._line(True, name_of(test))

    def addFailure(self, test, err):
        self._line(False, name_of(test), self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self._line(True, f"{name_of(test)} # SKIP {reason or 'no reason given'}")

    def addExpectedFailure(self, test, err):
        self._line(False, f"{name_of(test)} (expected failures are not allowed)")

    def addUnexpectedSuccess(self, test):
        self._line(False, f"{name_of(test)} (expected failures are not allowed)")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    # A run in the background or under nohup ignores some signals, and so would every program that a test starts.
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path = os.path.abspath(sys.argv[1])
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("sbk_test_file", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["sbk_test_file"] = module
    result = TapResult()
    try:
        spec.loader.exec_module(module)
    except unittest.SkipTest as skip:
        print(f"ok 1 - {os.path.basename(path)} # SKIP {skip}\n1..1")
        return 0
    if os.environ.get("SBK_CASE"):
        unittest.defaultTestLoader.testNamePatterns = ["*%s*" % os.environ["SBK_CASE"]]
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    suite.run(result)
    if result.number == 0:
        print(f"not ok 1 - {os.path.basename(path)} holds no test case\n1..1")
        return 1
    print(f"1..{result.number}")
    return 1 if result.bad else 0


if __name__ == "__main__":
    sys.exit(main())
