# SPDX-License-Identifier: Apache-2.0
"""--language and the environment choose the language, on a machine without any generated locale, too."""
import subprocess
import unittest

from demo import FOLDER, run

DEMO = FOLDER / "cli-demo-language"
PO = '''
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"
msgid "Usage:"
msgstr "Cara pakai \u2013 uji:"
#, c-format
msgid "say what to do; see '%s --help'"
msgstr "katakan apa yang harus dilakukan; lihat '%s --help'"
'''
INDONESIAN = "Cara pakai \u2013 uji:"


class Language(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = FOLDER / "po" / "id" / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["msgfmt", "-o", folder / "sembako.mo", "-"], input=PO, text=True, check=True)

    def first(self, *words, **env):
        done = run("--help", *words, env=env, program=DEMO)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split(" cli-demo", 1)[0]

    def test_option_decides(self):
        for env in ({}, {"LC_ALL": "C"}, {"LANG": "en_US.UTF-8"}, {"LC_ALL": "xx_YY.UTF-8"}, {"LANG": "C.UTF-8"},
                    {"LANGUAGE": "en"}, {"LC_ALL": "POSIX", "LANGUAGE": "fr"}, {"LC_MESSAGES": "C"}):
            with self.subTest(env=env):
                self.assertEqual(self.first("--language", "id", **env), INDONESIAN)
                self.assertEqual(self.first("--language=en", **env), "Usage:")

    def test_english_overrides_an_indonesian_environment(self):
        for env in ({"LC_ALL": "id_ID.UTF-8"}, {"LANG": "C.UTF-8", "LANGUAGE": "id"}):
            self.assertEqual(self.first(**env), INDONESIAN)
            self.assertEqual(self.first("--language", "en", **env), "Usage:")

    def test_environment_decides(self):
        self.assertEqual(self.first(), "Usage:")
        self.assertEqual(self.first(LC_ALL="C", LANGUAGE="id"), "Usage:")  # gettext's own rule: C stays C
        self.assertEqual(self.first(LANG="id_ID.UTF-8"), INDONESIAN)  # not generated here
        self.assertEqual(self.first(LC_MESSAGES="id_ID.UTF-8"), INDONESIAN)
        self.assertEqual(self.first(LANG="de_DE.UTF-8"), "Usage:")
        self.assertEqual(self.first(LANG="de_DE.UTF-8", LANGUAGE="id"), INDONESIAN)

    def test_errors_before_the_verb_is_known(self):
        done = run("--language", "id", program=DEMO)
        self.assertEqual(done.returncode, 2)
        self.assertIn("katakan apa", done.stderr)

    def test_other_languages_are_refused(self):
        for word in ("fr", "ID", "", "id_ID"):
            done = run("--help", "--language", word, program=DEMO)
            self.assertEqual(done.returncode, 2)
            self.assertIn("choose id or en", done.stderr)


if __name__ == "__main__":
    unittest.main()
