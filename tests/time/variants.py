# SPDX-License-Identifier: Apache-2.0
"""Shows that the matrix of days can fail: each card with a wrong rule about time, built from a patched copy of the
sources in a scratch folder, must be caught by test_card_days.c."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
PARTS = ["tests/time/test_card_days.c", "tests/time/calendar.c", "tests/applet/entitlement/world.c",
         "applet/port/crypto-openssl.c"]
FOLDERS = ["schema", "applet/host", "applet/entitlement", "applet/port", "tests/applet", "tests/applet/entitlement",
           "tests/time"]

# name: (file, text that stands there once, text instead)
VARIANTS = {
    "floor_ignored": ("schema/window.c", "        if (first <= floor) {\n", "        if (first <= UINT16_MAX) {\n"),
    "first_day_opens_a_day_early": ("schema/window.c", "        if (first <= floor) {\n",
                                    "        if (first <= floor + 1) {\n"),
    "first_day_opens_a_day_late": ("schema/window.c", "        if (first <= floor) {\n", "        if (first < floor) {\n"),
    "last_day_does_not_count": ("schema/window.c", "    if (last < date || last < floor) {",
                                "    if (last <= date || last < floor) {"),
    "day_after_the_last_counts": ("schema/window.c", "    if (last < date || last < floor) {",
                                  "    if (last + 1 < date || last + 1 < floor) {"),
    "claimed_day_does_not_close": ("schema/window.c", "    if (last < date || last < floor) {", "    if (last < floor) {"),
    "carry_over_counts_a_future_window": ("schema/window.c", "purse->amount * (newest + 1u)",
                                          "purse->amount * (newest + 2u)"),
    "carry_over_ends_with_its_window": ("schema/window.c",
                                        "carried ? (uint8_t)(sbk_window_count(purse) - 1) : newest, &first, &last",
                                        "newest, &first, &last"),
    "newer_spending_forgotten": ("schema/window.c", "        used = allowed;\n", "        used = 0;\n"),
    "months_of_thirty_days": ("schema/window.c", "        *first = index == 0 ? purse->first : month_start(purse->first, index);\n",
                              "        *first = (uint16_t)(purse->first + 30u * index);\n"),
    "weeks_of_eight_days": ("schema/window.c", "#define DAYS_OF_WEEK 7u", "#define DAYS_OF_WEEK 8u"),
    "once_lasts_one_month_more": ("schema/window.c", "month_end(purse->first, purse->count - 1u)",
                                  "month_end(purse->first, purse->count)"),
    "days_in_utc": ("schema/date.c", "86400 - SBK_WITA_SECONDS", "86400"),
    "midnight_a_second_late": ("schema/date.c", ">= 86400 - SBK_WITA_SECONDS", "> 86400 - SBK_WITA_SECONDS"),
    "no_leap_day": ("schema/date.c", "year % 4 == 0 && year != 2100", "year % 4 == 4"),
    "floor_from_the_claimed_time": ("applet/entitlement/context.c", "        call->date = claimed;\n",
                                    "        call->floor = call->date = claimed;\n"),
    "claimed_time_stored_as_floor": ("applet/entitlement/context.c",
                                     "    call->head.floor = call->floor;\n    return sbk_chain_begin(",
                                     "    call->head.floor = call->date;\n    return sbk_chain_begin("),
    "certificate_lowers_the_floor": ("applet/entitlement/context.c", " && exchange->terminal->effective > call->floor)",
                                     ")"),
    "certificate_does_not_raise_the_floor": ("applet/entitlement/context.c",
                                             "        call->floor = exchange->terminal->effective;\n", "        ;\n"),
    "mandate_lowers_without_the_flag": ("applet/entitlement/cmd_deliver_mandate.c",
                                        "    if (change->flags & SBK_MANDATE_SET_FLOOR)\n", ""),
    "mandate_never_lowers": ("applet/entitlement/cmd_deliver_mandate.c",
                             "    if (change->flags & SBK_MANDATE_SET_FLOOR)\n",
                             "    if (change->flags & SBK_MANDATE_SET_FLOOR && change->issued > call->head.floor)\n"),
    "floor_not_committed": ("applet/entitlement/context.c",
                            "    call->head.floor = call->floor;\n    return sbk_chain_begin(",
                            "    return sbk_chain_begin("),
    "floor_written_without_a_commit": ("applet/entitlement/context.c",
                                       "        return SBK_SW_TIME;\n    if (claimed > call->date)",
                                       "        return SBK_SW_TIME;\n"
                                       "    sbk_memory_begin(sbk_card_memory(call->card));\n"
                                       "    (void)sbk_call_commit(call);\n    if (claimed > call->date)"),
    "last_day_of_the_certificate_refused": ("applet/entitlement/context.c", "claimed > terminal->expiry",
                                            "claimed >= terminal->expiry"),
    "first_day_of_the_certificate_refused": ("applet/entitlement/context.c", "claimed < terminal->effective",
                                             "claimed <= terminal->effective"),
    "expired_certificate_taken": ("applet/entitlement/context.c", " || claimed > terminal->expiry)", ")"),
    "certificate_taken_before_its_day": ("applet/entitlement/context.c", "claimed < terminal->effective || ", ""),
    "session_date_is_the_claimed_day_alone": ("applet/entitlement/context.c", "    if (claimed > call->date)\n", ""),
}


class Variants(unittest.TestCase):
    def run_variant(self, scratch, name, patch):
        """Builds the matrix with one file changed; its exit status and what it said."""
        tree = pathlib.Path(scratch) / name
        for folder in FOLDERS:
            (tree / folder).mkdir(parents=True, exist_ok=True)
            for path in (SOURCE / folder).glob("*.[ch]"):
                (tree / folder / path.name).write_bytes(path.read_bytes())
        if patch:
            file, old, new = patch
            text = (tree / file).read_text()
            self.assertEqual(text.count(old), 1, "%s: the text to break is not there once in %s" % (name, file))
            (tree / file).write_text(text.replace(old, new))
        sources = [tree / part for part in PARTS]
        for folder in ("schema", "applet/host", "applet/entitlement"):
            sources += sorted((tree / folder).glob("*.c"))
        program = tree / "days"
        subprocess.run(["cc", "-std=c11", "-O1", "-D_POSIX_C_SOURCE=200809L", "-I", tree, "-w", "-o", program, *sources,
                        "-lcmocka", "-lcrypto"], check=True)
        run = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                             check=False, env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
        return run.returncode, run.stdout

    def test_each_wrong_rule_is_caught(self):
        with tempfile.TemporaryDirectory() as scratch:
            status, said = self.run_variant(scratch, "as_it_is", None)
            self.assertEqual(status, 0, said)
            for name, patch in VARIANTS.items():
                with self.subTest(name):
                    status, said = self.run_variant(scratch, name, patch)
                    self.assertGreater(status, 0, "not caught: " + name)
                    print("# %s: %s" % (name, next(line for line in said.splitlines() if line.startswith("not ok"))))


if __name__ == "__main__":
    unittest.main()
