# SPDX-License-Identifier: Apache-2.0
"""Stores whose keys lie on PKCS#11 tokens, as people make them: the option, the terminal, the PIN. Under with-token."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from terminal import at_terminal

KEYS, READER, PERSONALIZE = sys.argv[1:4]
PIN = "a pass phrase"
URI = os.environ.pop("SEMBAKO_TOKEN")
ROLES = ["root", "station-ca", "card-ca", "grant-signer", "list-signer", "office-ca", "city"]
ENVIRONMENT = {**os.environ, "SEMBAKO_DATE": "2026-10-05", "LC_ALL": "C"}


def run(program, *words, code=0, **environment):
    done = subprocess.run([program, *words, "--json"], env={**ENVIRONMENT, **environment}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False, start_new_session=True)
    if done.returncode != code:
        raise AssertionError(f"{words}: exit {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def file_of(path, text, mode=0o600):
    with open(path, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class Tokens(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sbk-tokens-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = f"{self.folder}/city"
        self.pin = file_of(f"{self.folder}/pin", PIN + "\n")

    def init(self, *words, code=0, **environment):
        return run(KEYS, "init", "--store", self.store, *words, code=code, **environment)

    def kind(self, name):
        return run(KEYS, "inspect", f"{self.store}/{name}.key")["file"]

    def test_the_pin_is_asked_for_once(self):
        text, code, left = at_terminal(ENVIRONMENT, [("for the root key:", PIN)], KEYS, "init", "--store", self.store, "--token", URI)
        self.assertEqual((code, left), (0, []), text)
        self.assertEqual(text.count("PIN of the token 'Sembako'"), 1)
        self.assertNotIn(PIN, text)
        for role in ROLES:
            self.assertEqual(self.kind(f"{role}-1")["kind"], "key-reference")
        self.assertEqual(self.kind("next-root/root-2")["token"], URI)

    def test_a_wrong_pin_at_the_terminal(self):
        text, code, _ = at_terminal(ENVIRONMENT, [("for the root key:", "nonsense")], KEYS, "init", "--store", self.store, "--token", URI)
        self.assertEqual(code, 1, text)
        self.assertIn("the PIN of the token 'Sembako' is wrong", text)
        self.assertFalse(os.path.exists(self.store))

    def test_the_pin_in_a_file_that_the_uri_names(self):
        uri = f"{URI}&pin-source=file:{self.pin}"
        self.init("--token", uri)
        run(KEYS, "list", "sign", "--store", self.store, "--items", f"{os.environ['SBK_SOURCE']}/data/items.yaml", "--out",
            f"{self.folder}/list")
        os.chmod(self.pin, 0o644)
        answer = run(KEYS, "list", "sign", "--store", self.store, "--items", f"{os.environ['SBK_SOURCE']}/data/items.yaml",
                     "--out", f"{self.folder}/list", code=3)
        self.assertEqual(answer["reason"], "permissions")

    def test_a_pin_does_not_belong_on_a_command_line(self):
        answer = self.init("--token", f"{URI}&pin-value=4711", code=2)
        self.assertNotIn("4711", answer["message"])
        self.assertIn("pin-source", answer["message"])

    def test_each_role_has_its_place(self):
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "Vault", "--so-pin", "12345678", "--pin", "9999"],
                       check=True, capture_output=True)
        vault = "pkcs11:token=Vault?module-name=softhsm2"
        self.init("--token", URI, "--token", f"next-root={vault}", "--token", "list-signer=file", "--passphrase-file", self.pin,
                  "--passphrase-file", f"next-root={file_of(f'{self.folder}/9', '9999')}")
        self.assertEqual(self.kind("root-1")["token"], URI)
        self.assertEqual(self.kind("list-signer-1")["kind"], "key-envelope")
        self.assertEqual(self.kind("next-root/root-2")["token"], vault)
        shown = {key["role"]: key["token"] for key in run(KEYS, "status", "--store", self.store)["keys"]}
        self.assertEqual((shown["card-ca"], shown["list-signer"]), (URI, None))
        # The folder that is carried away speaks of its own token only, and the other of none that was carried away.
        with open(f"{self.store}/next-root/tokens", encoding="ascii") as file:
            self.assertEqual(file.read(), f"{vault}\n")
        with open(f"{self.store}/tokens", encoding="ascii") as file:
            self.assertEqual(file.read(), f"{URI}\nlist-signer=file\n")
        # What is made later goes where the store says.
        run(KEYS, "transport", "import", "--store", self.store, "--test-key", "--passphrase-file", self.pin)
        self.assertEqual(self.kind("transport-1")["kind"], "key-reference")

    def test_a_transport_key_is_destroyed_on_its_token(self):
        """Asked for by its check value; cut off between token and folder, it goes on."""
        def objects():
            return len(glob.glob(f"{os.environ['SBK_TOKEN_FOLDER']}/tokens/*/*.object"))

        def retire(generation, answers):
            return at_terminal(ENVIRONMENT, answers, KEYS, "transport", "retire", "--store", self.store, "--generation", str(generation))

        self.init("--token", URI, "--passphrase-file", self.pin)
        there = objects()
        for part in ("00112233445566778899AABBCCDDEEFF", "F0E0D0C0B0A090807060504030201000"):
            parts = [file_of(f"{self.folder}/a", part), file_of(f"{self.folder}/b", "1" * 32)]
            run(KEYS, "transport", "import", "--store", self.store, "--component", *parts, "--passphrase-file", self.pin)
        run(KEYS, "transport", "import", "--store", self.store, "--test-key", "--passphrase-file", self.pin)
        kcv = {key["generation"]: key["kcv"] for key in run(KEYS, "status", "--store", self.store)["transport"]}
        self.assertEqual((objects(), list(kcv)), (there + 3, [3, 2, 1]))
        text, code, _ = retire(1, [(f"key check value {kcv[1]}, for ever? [y/n]", "n")])
        self.assertEqual((code, objects()), (1, there + 3), text)
        with open(f"{self.store}/transport-1.key", "rb") as file:
            reference = file.read()
        for attempt in range(2):
            text, code, left = retire(1, [(f"key check value {kcv[1]}, for ever? [y/n]", "y"), ("for the transport key:", PIN)])
            self.assertEqual((code, left, objects()), (0, [], there + 2), text)
            self.assertFalse(os.path.exists(f"{self.store}/transport-1.key"))
            if attempt == 0:
                with open(f"{self.store}/transport-1.key", "wb") as file:
                    file.write(reference)
        self.assertEqual([key["generation"] for key in run(KEYS, "status", "--store", self.store)["transport"]], [3, 2])

    def test_words_that_cannot_be_meant(self):
        for words in (["--token", "nonsense"], ["--token", f"rot={URI}"], ["--token", URI, "--token", URI],
                      ["--token", f"root={URI}", "--token", "root=file"], ["--token", "pkcs11:token=X?nonsense=1"]):
            with self.subTest(words=words):
                self.assertEqual(self.init(*words, "--passphrase-file", self.pin, code=2)["reason"], "usage")
        self.assertIn("SEMBAKO_TOKEN", self.init(code=2, SEMBAKO_TOKEN="nonsense")["message"])
        self.assertEqual(os.listdir(self.folder), ["pin"])

    def test_a_token_that_is_not_there(self):
        answer = self.init("--token", "pkcs11:token=Other?module-name=softhsm2", "--passphrase-file", self.pin, code=3)
        self.assertEqual(answer["reason"], "token-missing")
        self.init("--token", URI, "--passphrase-file", self.pin)
        empty = file_of(f"{self.folder}/conf", f"directories.tokendir = {self.folder}\nobjectstore.backend = file\n")
        answer = run(KEYS, "transport", "import", "--store", self.store, "--test-key", "--passphrase-file", self.pin, code=3,
                     SOFTHSM2_CONF=empty)
        self.assertEqual(answer["reason"], "token-missing")

    def test_a_station_and_a_bureau(self):
        for program, words in ((READER, ["--station", f"{self.folder}/station", "--id", "EW01"]),
                               (PERSONALIZE, ["--office", f"{self.folder}/bureau", "--name", "Biro"])):
            out = f"{self.folder}/request"
            run(program, "enrol", *words, "--token", URI, "--out", out, "--passphrase-file", self.pin)
            text, code, left = at_terminal(ENVIRONMENT, [("key:" if program == PERSONALIZE else "keys:", PIN)], program, "enrol", *words,
                                           "--out", out)
            self.assertEqual((code, left), (0, []), text)
            self.assertTrue(re.search(r"PIN of the token 'Sembako', for the (bureau's key|station's keys): ", text), text)
        log = run(KEYS, "inspect", f"{self.folder}/station/keys/log-1.key")["file"]
        self.assertEqual((log["kind"], log["algorithm"], log["token"]), ("key-reference", "Ed25519", URI))


if __name__ == "__main__":
    unittest.main()
