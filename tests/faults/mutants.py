# SPDX-License-Identifier: Apache-2.0
"""Shows that the suite of torn cards can fail: each broken card, built from a patched copy of the sources in a scratch
folder, must be caught by test_tears.c (or, where it takes more than one command, by the random run)."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
COMMON = ["crypto_memo", "enumerate", "issuing", "logical", "rig", "scenarios", "scenarios_bureau", "watch"]

# name: (file, text that stands there once, text instead)
MUTANTS = {
    "no_guard": ("applet/host/memory.c", "    if (state == STATE_IDLE)\n        return true;\n    if (state != STATE_DECIDED) {",
                 "    if (state != STATE_COMMITTED) {"),
    "marker_not_decided_first": ("applet/host/memory.c",
                                 "        else if (!marker_write(memory, GUARD_PAGE, STATE_DECIDED))\n"
                                 "            return false;\n", ""),
    "no_recovery": ("applet/host/memory.c", "    bool good = recover(memory);", "    bool good = true;"),
    "home_before_marker": ("applet/host/memory.c",
                           "marker_write(memory, GUARD_PAGE, STATE_PREPARED) &&\n"
                           "               marker_write(memory, MARKER_PAGE, STATE_COMMITTED) && finish(memory);",
                           "finish(memory) && marker_write(memory, GUARD_PAGE, STATE_PREPARED) &&\n"
                           "               marker_write(memory, MARKER_PAGE, STATE_COMMITTED) && finish(memory);"),
    "pin_before_counter": ("applet/entitlement/pin.c", "    if (tries == 0)\n        return SBK_SW_BLOCKED;\n",
                           "    if (tries == 0)\n        return SBK_SW_BLOCKED;\n"
                           "    (void)sbk_memory_read(memory, page_of(person), page, sizeof(page));\n"
                           "    hash_pin(page + SBK_PIN_SALT, pin, hash);\n"
                           "    if (!sbk_equal(hash, page + SBK_PIN_HASH, SBK_HASH_SIZE))\n"
                           "        return (uint16_t)(SBK_SW_PIN_WRONG | tries);\n"),
    "counter_not_read_back": ("applet/entitlement/pin.c", " || sbk_pin_tries(card, person) != tries || memory->broken)", ")"),
    "ring_of_16_places": ("applet/entitlement/image.h", "#define SBK_RING_PLACES (SBK_RING_SIZE + 1)",
                          "#define SBK_RING_PLACES SBK_RING_SIZE"),
    "mandate_over_live_slot": ("applet/entitlement/cmd_deliver_mandate.c",
                               "sbk_store_other(call->head.mandate)", "call->head.mandate"),
    "flip_before_staging": ("applet/entitlement/chain.c",
                            "    if (!sbk_memory_stage(sbk_card_memory(card), place(counter), entry, SBK_ENTRY_STORED))\n",
                            "    struct sbk_head early = *head;\n"
                            "    early.counter = counter;\n"
                            "    memcpy(early.last, hash, SBK_HASH_SIZE);\n"
                            "    sbk_memory_begin(sbk_card_memory(card));\n"
                            "    if (!sbk_chain_commit(card, &early))\n"
                            "        return false;\n"
                            "    if (!sbk_memory_stage(sbk_card_memory(card), place(counter), entry, SBK_ENTRY_STORED))\n"),
    "spent_outside_transaction": ("applet/entitlement/spending.c",
                                  "        sbk_store_write_spent(call->card, item->slot, &item->spent);\n",
                                  "        sbk_store_write_spent(call->card, item->slot, &item->spent);\n"
                                  "    (void)sbk_memory_commit(sbk_card_memory(call->card));\n"
                                  "    sbk_memory_begin(sbk_card_memory(call->card));\n"),
    "link_in_two_transactions": ("applet/host/link.c",
                                 "    if (link->old_until == 0)\n        memset(old, 0, sizeof old);\n",
                                 "    if (!sbk_memory_commit(memory))\n        return false;\n"
                                 "    sbk_memory_begin(memory);\n"
                                 "    if (link->old_until == 0)\n        memset(old, 0, sizeof old);\n"),
    "cryptogram_before_counter": ("applet/host/scp03.c",
                                  "    if (!write_tries(card, (uint8_t)(tries - 1)))\n        return SBK_SW_MEMORY;\n",
                                  "    sbk_scp03_derive(card->messaging.mac, CONSTANT_HOST_CRYPTOGRAM, "
                                  "card->cryptogram_context, expected, 8);\n"
                                  "    if (sbk_equal(expected, cryptogram, 8))\n        return SBK_SW_OK;\n"
                                  "    if (!write_tries(card, (uint8_t)(tries - 1)))\n        return SBK_SW_MEMORY;\n"),
}


class Mutants(unittest.TestCase):
    def run_variant(self, scratch, name, patch):
        """Builds the suite with one file changed; its exit status and what it said."""
        tree = pathlib.Path(scratch) / name
        tree.mkdir()
        for folder in ("applet", "schema", "tests"):
            (tree / folder).mkdir()
        for folder in ("applet/host", "applet/entitlement", "applet/port", "schema", "tests/applet",
                       "tests/applet/entitlement", "tests/faults"):
            (tree / folder).mkdir(exist_ok=True)
            for path in (SOURCE / folder).glob("*.[ch]"):
                (tree / folder / path.name).write_bytes(path.read_bytes())
        if patch:
            file, old, new = patch
            text = (tree / file).read_text()
            self.assertEqual(text.count(old), 1, "%s: the text to break is not there once in %s" % (name, file))
            (tree / file).write_text(text.replace(old, new))
        sources = [tree / "tests/faults" / (part + ".c") for part in COMMON + ["test_tears"]]
        sources += [tree / "tests/applet" / part for part in ("fixture.c", "tearing.c", "hex.c", "entitlement/world.c")]
        for folder in ("schema", "applet/host", "applet/entitlement"):
            sources += sorted((tree / folder).glob("*.c"))
        program = tree / "tears"
        subprocess.run(["cc", "-std=c11", "-O1", "-D_POSIX_C_SOURCE=200809L", "-I", tree, "-I", tree / "tests/applet", "-w",
                        "-o", program, *sources, "-lcmocka", "-lcrypto"], check=True)
        run = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                             check=False, env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
        return run.returncode, run.stdout

    def test_each_broken_card_is_caught(self):
        with tempfile.TemporaryDirectory() as scratch:
            status, said = self.run_variant(scratch, "as_it_is", None)
            self.assertEqual(status, 0, said)
            for name, patch in MUTANTS.items():
                with self.subTest(name):
                    status, said = self.run_variant(scratch, name, patch)
                    caught = [line for line in said.splitlines() if line.startswith("not ok ")]
                    self.assertGreater(status, 0, "not caught: " + name)
                    print("# %s: %d commands fail, first: %s" % (name, len(caught), next(
                        (line for line in said.splitlines() if line.startswith("# ") and ": write" in line), caught[0])))


if __name__ == "__main__":
    unittest.main()
