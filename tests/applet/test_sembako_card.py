# SPDX-License-Identifier: Apache-2.0
"""sembako-card behind a real pcscd: answers, keeps its image through kill -9, moves through a deck, leaves foreign files alone."""
import json
import os
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import vpcd
from smartcard.scard import (SCARD_LEAVE_CARD, SCARD_PCI_T1, SCARD_PROTOCOL_T1, SCARD_S_SUCCESS, SCARD_SCOPE_SYSTEM,
                             SCARD_SHARE_SHARED, SCARD_STATE_PRESENT, SCARD_STATE_UNAWARE, SCARD_UNPOWER_CARD,
                             SCardConnect, SCardDisconnect, SCardEstablishContext, SCardGetStatusChange,
                             SCardListReaders, SCardReleaseContext, SCardTransmit)

PROGRAM = os.path.join(os.environ["SBK_BUILD"], "applet/port/sembako-card")
SERIAL = bytes.fromhex("00CA00CF00")


def until(what, seconds=15):
    limit = time.monotonic() + seconds
    while True:
        result = what()
        if result:
            return result
        if time.monotonic() > limit:
            raise AssertionError("nothing came of it in time")
        time.sleep(0.02)


class SembakoCard(unittest.TestCase):
    def setUp(self):
        result, self.context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
        self.assertEqual(result, SCARD_S_SUCCESS)
        self.addCleanup(lambda: SCardReleaseContext(self.context))
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.programs = []
        until(lambda: not self.present())

    def tearDown(self):
        for program in self.programs:
            if program.poll() is None:
                program.kill()
            program.wait()
            program.stdout.close()
            program.stderr.close()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self, *arguments):
        address = [] if "--vpcd" in arguments else ["--vpcd", f"127.0.0.1:{vpcd.ports()[0]}"]
        program = subprocess.Popen([PROGRAM, *address, *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.programs.append(program)
        return program

    def reader(self):
        result, readers = SCardListReaders(self.context, [])
        return readers[0] if result == SCARD_S_SUCCESS and readers else None

    def present(self):
        if not self.reader():
            return False
        _result, states = SCardGetStatusChange(self.context, 0, [(self.reader(), SCARD_STATE_UNAWARE)])
        return bool(states[0][1] & SCARD_STATE_PRESENT)

    def transmit(self, *commands, disposition=SCARD_LEAVE_CARD):
        until(self.present)
        result, card, protocol = SCardConnect(self.context, self.reader(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
        self.assertEqual(result, SCARD_S_SUCCESS)
        self.assertEqual(protocol, SCARD_PROTOCOL_T1)
        answers = []
        for command in commands:
            result, answer = SCardTransmit(card, SCARD_PCI_T1, list(command))
            self.assertEqual(result, SCARD_S_SUCCESS)
            answers.append(bytes(answer))
        SCardDisconnect(card, disposition)
        return answers

    def serial(self):
        answer, = self.transmit(SERIAL)
        self.assertEqual(answer[-2:], b"\x90\x00")
        return answer[:-2]

    def end(self, program):
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(10), 0)

    def test_answers_fast_and_ends_on_sigterm(self):
        trace = self.path("trace")
        program = self.start("--image", self.path("card.img"), "--json", "--trace", trace)
        select = bytes.fromhex("00A4040009F053454D42414B4F0100")
        begin = time.monotonic()
        answers = self.transmit(select, *[SERIAL] * 50)
        spent = time.monotonic() - begin
        self.assertEqual(answers[0][:2], b"\x6F" + bytes([len(answers[0]) - 4]))
        self.assertEqual({answer[-2:] for answer in answers}, {b"\x90\x00"})
        # 51 commands at the 40 ms of a delayed acknowledgement would take two seconds
        self.assertLess(spent, 1.5)
        self.end(program)
        counts = json.loads(program.stdout.read())
        self.assertEqual((counts["result"], counts["cards"], counts["apdus"]), ("done", 1, 51))
        with open(trace, encoding="ascii") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(len(lines), 51)
        self.assertEqual((lines[0]["ins"], lines[0]["bytes_in"], lines[0]["bytes_out"]), ("A4", 15, len(answers[0])))

    def test_keeps_its_image_through_kills(self):
        image = self.path("card.img")
        serials = set()
        for _round in range(3):
            program = self.start("--image", image)
            serials.add(self.serial())
            program.kill()
            program.wait()
            until(lambda: not self.present())
        self.assertEqual(len(serials), 1)
        self.assertEqual(stat.S_IMODE(os.stat(image).st_mode), 0o600)
        self.assertEqual(os.stat(image).st_size, 10240)
        self.assertEqual(os.listdir(self.folder.name), ["card.img"])

    def test_two_blanks_differ(self):
        serials = set()
        for name in ("one", "two"):
            program = self.start("--image", self.path(name))
            serials.add(self.serial())
            self.end(program)
            until(lambda: not self.present())
        self.assertEqual(len(serials), 2)

    def test_deck_moves_on_at_next_only(self):
        deck, feed = self.path("deck"), self.path("feed")
        program = self.start("--deck", deck, "--count", "3", "--feed", feed)
        seen = []
        for number in range(3):
            seen.append(self.serial())
            self.transmit(SERIAL, disposition=SCARD_UNPOWER_CARD)
            self.assertEqual(self.serial(), seen[-1])
            with open(feed, "w", encoding="ascii") as file:
                file.write("next\n")
            if number < 2:
                until(lambda: self.present() and self.serial_or_none() not in (None, seen[-1]))
        self.assertEqual(program.wait(10), 0)
        self.assertEqual(len(set(seen)), 3)
        self.assertEqual(sorted(os.listdir(deck)), ["card-0001.img", "card-0002.img", "card-0003.img"])
        self.assertEqual(stat.S_IMODE(os.stat(deck).st_mode), 0o700)
        # The same deck again, its size found by looking.
        until(lambda: not self.present())
        program = self.start("--deck", deck, "--feed", feed)
        self.assertEqual(self.serial(), seen[0])
        self.end(program)

    def serial_or_none(self):
        result, card, _protocol = SCardConnect(self.context, self.reader(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
        if result != SCARD_S_SUCCESS:
            return None
        result, answer = SCardTransmit(card, SCARD_PCI_T1, list(SERIAL))
        SCardDisconnect(card, SCARD_LEAVE_CARD)
        return bytes(answer[:-2]) if result == SCARD_S_SUCCESS else None

    def refused(self, code, word, *arguments):
        program = self.start(*arguments)
        self.assertEqual(program.wait(10), code)
        self.assertIn(word, program.stderr.read())

    def test_leaves_foreign_files_alone(self):
        other = self.path("other")
        for content in (b"", b"a letter", b"SEMBAKO\x1A" + bytes(10232), b"x" * 10240):
            with open(other, "wb") as file:
                file.write(content)
            self.refused(3, "left as it", "--image", other)
            with open(other, "rb") as file:
                self.assertEqual(file.read(), content)

    def test_refuses_what_it_cannot_use(self):
        loose = self.path("loose")
        os.mkdir(loose, 0o755)
        os.chmod(loose, 0o755)
        self.refused(3, "chmod 700", "--deck", loose)
        self.refused(3, "no-such-folder", "--image", self.path("no-such-folder/card.img"))
        self.refused(2, "--image", "--image", "a", "--deck", "b")
        self.refused(2, "--image")
        self.refused(2, "--count", "--image", "a", "--count", "3")
        self.refused(2, "HOST:PORT", "--image", "a", "--vpcd", "nowhere")
        self.refused(2, "unexpected", "--image", "a", "b")
        self.refused(2, "--speed", "--image", "a", "--speed")
        key = self.path("key")
        for content, mode, word in (("40" * 16, 0o644, "chmod 600"), ("40" * 15, 0o600, "32 hex"), ("g" * 32, 0o600, "32 hex"),
                                    ("40" * 17, 0o600, "32 hex")):
            with open(key, "w", encoding="ascii") as file:
                file.write(content + "\n")
            os.chmod(key, mode)
            self.refused(3, word, "--image", self.path("new"), "--transport-key", key)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_one_image_one_program(self):
        image = self.path("card.img")
        program = self.start("--image", image)
        self.serial()
        self.refused(3, "another sembako-card", "--image", image)
        self.end(program)

    def test_survives_another_kind_of_peer(self):
        program = self.start("--image", self.path("card.img"))
        self.serial()
        # a 64 KiB command, and commands that are none
        answers = self.transmit(b"\x00" * 4, bytes.fromhex("80CA00CF00000000FFFF"), b"\x80\xCA\x00\xCF\x00\xFF\xFF" + b"x" * 65000,
                                SERIAL)
        self.assertEqual(answers[0][-2:], b"\x6D\x00")
        self.assertEqual([answer[-2:] for answer in answers[1:3]], [b"\x67\x00"] * 2)
        self.assertEqual(answers[3][-2:], b"\x90\x00")
        self.end(program)


if __name__ == "__main__":
    unittest.main()
