# SPDX-License-Identifier: Apache-2.0
"""The list of broken variants fits the sources: each text to break stands there once, each test is there, every promise and
every class of attack has a variant."""
import json
import os
import pathlib
import re
import sys
import unittest

import listed

SOURCE, BUILD = pathlib.Path(os.environ["SBK_SOURCE"]), pathlib.Path(os.environ["SBK_BUILD"])
sys.path.insert(0, str(SOURCE / "tests" / "attacks"))
import test_classes  # noqa: E402


class Listed(unittest.TestCase):
    def test_each_text_stands_once(self):
        for variant in listed.VARIANTS:
            with self.subTest(variant.name):
                self.assertEqual((SOURCE / variant.file).read_text().count(variant.old), 1)
                self.assertNotEqual(variant.old, variant.new)

    def test_each_test_is_there(self):
        tests = {test["name"]: test for test in json.loads((BUILD / "meson-info/intro-tests.json").read_text())}
        for variant in listed.VARIANTS:
            with self.subTest(variant.name):
                self.assertIn(variant.test, tests)
                if variant.case:
                    text = test_classes.sources_of(tests[variant.test])
                    self.assertRegex(text, r"\b%s\b" % variant.case)

    def test_every_promise_and_class_has_one(self):
        broken = {variant.breaks for variant in listed.VARIANTS}
        wanted = {"promise %d" % number for number in range(1, 12)} | set(test_classes.CLASSES)
        self.assertEqual(wanted - broken, set())
        self.assertEqual(broken - wanted, set())
        self.assertGreaterEqual(len(listed.VARIANTS), 30)

    def test_names_differ(self):
        names = [variant.name for variant in listed.VARIANTS]
        self.assertEqual(sorted(set(names)), sorted(names))
        for name in names:
            self.assertTrue(re.fullmatch(r"[a-z0-9_]+", name), name)


if __name__ == "__main__":
    unittest.main()
