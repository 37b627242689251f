# SPDX-License-Identifier: Apache-2.0
"""No branch and no address in the card's own code hangs on a secret: whole sessions under valgrind, whose undefined bytes
are the secrets (secrets.c). Built here, without sanitizers, as a chip's compiler would: for speed and for size."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
STORIES = 8
FOLDERS = ("schema", "applet/host", "applet/entitlement", "applet/port", "tests/applet", "tests/applet/entitlement",
           "tests/applet/constant_time", "tests/faults")
CARD = ("schema/*.c", "applet/host/*.c", "applet/entitlement/*.c")
TESTS = ("tests/applet/constant_time/*.c", "tests/faults/rig.c", "tests/faults/issuing.c", "tests/applet/fixture.c",
         "tests/applet/tearing.c", "tests/applet/hex.c", "tests/applet/entitlement/world.c")
WRAPPED = ("sbk_card_process", "sbk_equal", "sbk_pin_well_formed", "sbk_card_random")

# name: (file, text that stands there once, text instead): cards that leak
LEAKS = {
    "comparison stops early": ("applet/host/crypto.c",
                               "        difference = (uint8_t)(difference | (a[i] ^ b[i]));\n",
                               "        if (a[i] != b[i])\n            return false;\n"),
    "PIN compared by memcmp": ("applet/entitlement/pin.c", "sbk_equal(hash, page + SBK_PIN_HASH, SBK_HASH_SIZE)",
                               "memcmp(hash, page + SBK_PIN_HASH, SBK_HASH_SIZE) == 0"),
    "digits checked one by one": ("applet/entitlement/pin.c",
                                  "        wrong |= i < pin->size ?",
                                  "        if (i < pin->size && (pin->digits[i] < '0' || pin->digits[i] > '9'))\n"
                                  "            return false;\n"
                                  "    for (size_t i = 0; i < SBK_PIN_MAX; i++)\n"
                                  "        wrong |= i < pin->size ?"),
    "subkey doubled with a branch": ("applet/host/crypto.c", "    uint8_t carry = (uint8_t)(0u - (block[0] >> 7));\n",
                                     "    static volatile uint8_t carries;\n"
                                     "    if (block[0] >> 7)\n        carries++;\n"
                                     "    uint8_t carry = (uint8_t)(0u - (block[0] >> 7));\n"),
    "key byte as an index": ("applet/host/scp11.c", "    memcpy(card->messaging.enc, keys + 16, 16);\n",
                             "    static volatile uint8_t table[256];\n"
                             "    card->messaging.level = table[keys[16]];\n"
                             "    memcpy(card->messaging.enc, keys + 16, 16);\n"),
    "journal CRC with a branch": ("applet/host/memory.c",
                                  "            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));\n",
                                  "            if ((crc & 1u) != 0) {\n"
                                  "                __asm__ volatile(\"\");\n"
                                  "                crc = (crc >> 1) ^ 0xEDB88320u;\n"
                                  "            } else {\n                crc >>= 1;\n            }\n"),
    "private key judged": ("applet/host/keys.c", "sbk_card_random(card, scalar, 32) && ",
                           "sbk_card_random(card, scalar, 32) && (scalar[0] != 0) && "),
}


@unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
class ConstantTime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.tree = pathlib.Path(cls.scratch.name)
        for folder in FOLDERS:
            (cls.tree / folder).mkdir(parents=True, exist_ok=True)
            for path in (SOURCE / folder).glob("*.[ch]"):
                (cls.tree / folder / path.name).write_bytes(path.read_bytes())

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def compile(self, source, level):
        made = source.with_suffix(".%s.o" % level)
        strict = [] if "tests/" in str(source) else ["-ffreestanding"]
        subprocess.run(["cc", "-std=c11", "-g", "-" + level, *strict, "-D_POSIX_C_SOURCE=200809L", "-w", "-I", self.tree,
                        "-I", self.tree / "tests/applet", "-c", "-o", made, source], check=True)
        return made

    def objects(self, level):
        sources = [path for pattern in CARD for path in sorted(self.tree.glob(pattern))]
        tests = [path for pattern in TESTS for path in sorted(self.tree.glob(pattern))]
        return {path: path.with_suffix(".%s.o" % lev) if path.with_suffix(".%s.o" % lev).exists() else
                self.compile(path, lev) for paths, lev in ((sources, level), (tests, "O1")) for path in paths}

    def watch(self, objects, name):
        """Errors that valgrind reports, as (stories that fail, text)."""
        program = self.tree / name
        subprocess.run(["cc", "-o", program, *objects, *("-Wl,--wrap=" + w for w in WRAPPED), "-lcmocka", "-lcrypto"],
                       check=True)
        log = self.tree / (name + ".log")
        run = subprocess.run(["valgrind", "-q", "--log-file=%s" % log, "--error-limit=no", program],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
                             env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
        passed = sum(line.startswith("ok ") for line in run.stdout.splitlines())
        failed = sum(line.startswith("not ok ") for line in run.stdout.splitlines())
        self.assertEqual(passed + failed, STORIES, run.stdout)
        return failed, run.stdout + log.read_text()

    def test_no_secret_decides(self):
        for level in ("O2", "Os"):
            with self.subTest(level):
                failed, said = self.watch(self.objects(level).values(), "card-" + level)
                self.assertEqual(failed, 0, said)

    def test_each_leaking_card_is_seen(self):
        objects = self.objects("O2")
        for name, (file, old, new) in LEAKS.items():
            with self.subTest(name):
                path = self.tree / file
                text = path.read_text()
                self.assertEqual(text.count(old), 1, "the text to break is not there once in " + file)
                leaky = self.tree / "leaky.c"
                leaky.write_text(text.replace(old, new))
                failed, said = self.watch([self.compile(leaky, "O2"), *(o for p, o in objects.items() if p != path)],
                                          "leaky")
                self.assertGreater(failed, 0, "not seen: " + name)
                self.assertIn("uninitialised", said)


if __name__ == "__main__":
    unittest.main()
