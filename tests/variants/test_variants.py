# SPDX-License-Identifier: Apache-2.0
"""Shows that the suites can fail: each broken variant, made in a copy of the sources, must turn the test red that is
there to see it, by an assertion; the same test passes on the sources as they are.

    test_variants.py all              every variant
    test_variants.py some COUNT       so many of the quick ones, by seed
    SBK_VARIANT=NAME,... ... all      those (./test.sh --long variants/all)
    SBK_SEED=NUMBER ... some COUNT    the same choice again
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import listed

SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
FOLDERS = ("applet", "base", "cli", "data", "keys", "man", "personalize", "po", "reader", "schema", "settle", "tests",
           "tools")
FILES = ("meson.build", "meson_options.txt", "README.md", "LICENSE")
ASSERTION = re.compile(r"^# (?:\w+\.)*(?:AssertionError|Failed)\b|^# .*(?:Error: |Failure!|error: Failure)", re.MULTILINE)
CRASH = re.compile(r"exception: |Segmentation fault|Sanitizer|core dumped|^# (?:ModuleNotFound|Import|Syntax|Name)Error",
                   re.MULTILINE)


class Tree:
    """A copy of the sources and a build folder beside it, without sanitizers; one file at a time is broken in it."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sembako-variants-")
        self.source = pathlib.Path(self.temporary.name) / "source"
        self.build = pathlib.Path(self.temporary.name) / "build"
        self.source.mkdir()
        for name in FOLDERS:
            if (SOURCE / name).is_dir():
                shutil.copytree(SOURCE / name, self.source / name, ignore=shutil.ignore_patterns("__pycache__", "corpus"))
        for path in (SOURCE / "tests/fuzz/corpus").iterdir():
            (self.source / "tests/fuzz/corpus" / path.name).mkdir(parents=True)
        for name in FILES:
            shutil.copy2(SOURCE / name, self.source / name)
        self.run(["meson", "setup", self.build, self.source, "-Dbuildtype=plain", "-Dc_args=-O0", "-Dwerror=false",
                  "-Dwarning_level=0"], check=True)
        tests = json.loads((self.build / "meson-info/intro-tests.json").read_text())
        self.tests = {test["name"]: test for test in tests}
        targets = json.loads((self.build / "meson-info/intro-targets.json").read_text())
        self.targets = {target["id"]: target for target in targets}
        self.passed = set()

    @staticmethod
    def run(command, check=False, **named):
        process = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, errors="replace", check=False, **named)
        if check and process.returncode:
            raise RuntimeError("%s\n%s" % (command, process.stdout))
        return process

    def compile(self, name):
        """Builds what the test needs; None, or what the compiler said."""
        wanted = []
        for target in self.tests[name]["depends"]:
            wanted += [os.path.relpath(path, self.build) for path in self.targets[target]["filename"]]
        process = self.run(["ninja", "-C", self.build, "-j2", *wanted])
        return process.stdout if process.returncode else None

    def test(self, name, case):
        """Exit status and output; of a test in Python only that case."""
        test = self.tests[name]
        environment = {**os.environ, **test["env"], "SBK_VPCD_ROOT": str(SOURCE / "build/vpcd"), "SBK_CASE": case}
        process = self.run(test["cmd"], env=environment, timeout=3 * test["timeout"], cwd=test["workdir"] or self.build)
        return process.returncode, process.stdout


def red(output):
    return re.findall(r"^not ok \d+ - (.*)$", output, re.MULTILINE)


class Variants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree()
        cls.addClassCleanup(cls.tree.temporary.cleanup)

    def as_it_is(self, name, case):
        if (name, case) in self.tree.passed:
            return
        self.assertIsNone(self.tree.compile(name))
        status, output = self.tree.test(name, case)
        self.assertEqual((status, red(output)), (0, []), "%s fails on the sources as they are\n%s" % (name, output[-4000:]))
        self.tree.passed.add((name, case))

    def broken(self, variant):
        path = self.tree.source / variant.file
        text = path.read_text()
        self.assertEqual(text.count(variant.old), 1, "the text to break does not stand once in " + variant.file)
        path.write_text(text.replace(variant.old, variant.new))
        try:
            said = self.tree.compile(variant.test)
            self.assertIsNone(said, "the variant does not compile\n%s" % said)
            return self.tree.test(variant.test, variant.case)
        finally:
            path.write_text(text)

    def check(self, variant):
        begun = time.monotonic()
        self.as_it_is(variant.test, variant.case)
        status, output = self.broken(variant)
        end = output[-6000:]
        cases = red(output)
        self.assertNotEqual(status, 0, "not caught by " + variant.test)
        self.assertTrue(0 < status < 125, "ended with %d\n%s" % (status, end))
        self.assertTrue(cases, "no case is red\n" + end)
        self.assertTrue(any(variant.case in case for case in cases), "red is not %s but %s" % (variant.case, cases))
        self.assertRegex(output, ASSERTION, "no assertion\n" + end)
        self.assertNotRegex(output, CRASH, "it broke down instead of failing\n" + end)
        print("# %s (%s): %s, %d red, %.0f s" % (variant.name, variant.breaks, variant.test, len(cases),
                                                 time.monotonic() - begun), flush=True)


def chosen():
    if sys.argv[1:2] == ["some"]:
        seed = int(os.environ.get("SBK_SEED", random.randrange(1 << 32)))
        quick = [variant for variant in listed.VARIANTS if variant.quick]
        print("# SBK_SEED=%d for the same choice; SBK_VARIANT=NAME ./test.sh --long variants/all for one" % seed)
        return random.Random(seed).sample(quick, min(int(sys.argv[2]), len(quick)))
    names = os.environ.get("SBK_VARIANT")
    return [variant for variant in listed.VARIANTS if names is None or variant.name in names.split(",")]


for one in chosen():
    def case(self, variant=one):
        self.check(variant)

    setattr(Variants, "test_" + one.name, case)


if __name__ == "__main__":
    unittest.main()
