# SPDX-License-Identifier: Apache-2.0
"""The private pcscd and its virtual readers work: list, connect, transmit fast, pull out, put in, kill and restart."""
import os
import signal
import subprocess
import time
import unittest

import pcscd
import vpcd
from smartcard.scard import (SCARD_LEAVE_CARD, SCARD_PROTOCOL_T1, SCARD_S_SUCCESS, SCARD_SCOPE_SYSTEM,
                             SCARD_SHARE_SHARED, SCARD_STATE_PRESENT, SCARD_STATE_UNAWARE, SCARD_UNPOWER_CARD,
                             SCardConnect, SCardDisconnect, SCardEstablishContext, SCardGetStatusChange,
                             SCardListReaders, SCardReleaseContext, SCardTransmit)

SELECT = bytes.fromhex("00A4040000")


def until(what, seconds=10):
    limit = time.monotonic() + seconds
    while not what():
        if time.monotonic() > limit:
            raise AssertionError("nothing came of it in time")
        time.sleep(0.02)


class PrivateReaders(unittest.TestCase):
    def setUp(self):
        result, self.context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
        self.assertEqual(result, SCARD_S_SUCCESS)
        self.addCleanup(lambda: SCardReleaseContext(self.context))
        until(lambda: len(self.readers()) == len(vpcd.ports()))
        until(lambda: not any(self.present(slot) for slot in range(len(vpcd.ports()))))

    def readers(self):
        result, readers = SCardListReaders(self.context, [])
        return readers if result == SCARD_S_SUCCESS else []

    def present(self, slot):
        _result, states = SCardGetStatusChange(self.context, 0, [(self.readers()[slot], SCARD_STATE_UNAWARE)])
        return bool(states[0][1] & SCARD_STATE_PRESENT)

    def connect(self, slot=0):
        until(lambda: self.present(slot))
        result, card, protocol = SCardConnect(
            self.context, self.readers()[slot], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
        self.assertEqual(result, SCARD_S_SUCCESS)
        return card, protocol

    def test_only_the_virtual_readers_are_there(self):
        for name in self.readers():
            self.assertIn("Virtual PCD", name)

    def test_a_card_shows_in_its_own_reader_only(self):
        with vpcd.VirtualCard(lambda _command: b"\x90\x00", slot=2):
            until(lambda: self.present(2))
            self.assertEqual([self.present(slot) for slot in range(4)], [False, False, True, False])

    def test_each_slot_answers_with_its_own_card(self):
        for slot in range(4):
            reply = bytes([0x90 + slot, 0])
            with vpcd.VirtualCard(lambda _command, reply=reply: reply, slot=slot) as virtual:
                card, protocol = self.connect(slot)
                result, answer = SCardTransmit(card, protocol, list(SELECT))
                self.assertEqual((result, bytes(answer)), (SCARD_S_SUCCESS, reply))
                self.assertEqual(virtual.commands, [SELECT])
                SCardDisconnect(card, SCARD_UNPOWER_CARD)
            until(lambda slot=slot: not self.present(slot))

    def test_a_command_costs_no_delayed_acknowledgement(self):
        with vpcd.VirtualCard(lambda command: command[4:] + b"\x90\x00"):
            card, protocol = self.connect()
            start = time.monotonic()
            for _ in range(50):
                result, _answer = SCardTransmit(card, protocol, list(SELECT))
                self.assertEqual(result, SCARD_S_SUCCESS)
            # 50 commands take 0.01 s; with delayed acknowledgements they took 2.4 s.
            self.assertLess(time.monotonic() - start, 1.2)
            SCardDisconnect(card, SCARD_LEAVE_CARD)

    def test_a_card_pulled_out_in_the_middle_is_noticed(self):
        with vpcd.VirtualCard(lambda _command: None):
            card, protocol = self.connect()
            result, answer = SCardTransmit(card, protocol, list(SELECT))
            self.assertTrue(result != SCARD_S_SUCCESS or len(answer) == 0)
        until(lambda: not self.present(0))


class Restart(unittest.TestCase):
    def test_pcscd_can_be_killed_and_started_again(self):
        pcscd.kill()
        result, _context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
        self.assertNotEqual(result, SCARD_S_SUCCESS)
        pcscd.start()
        result, context = SCardEstablishContext(SCARD_SCOPE_SYSTEM)
        self.assertEqual(result, SCARD_S_SUCCESS)
        SCardReleaseContext(context)


class Wrapper(unittest.TestCase):
    """with-pcscd inside of with-pcscd: its exit status, and that nothing is left of it."""

    WITH_PCSCD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "with-pcscd")

    def wrapped(self, *command):
        return subprocess.run([self.WITH_PCSCD, *command], capture_output=True, text=True, timeout=30, check=False)

    def test_the_exit_status_is_the_commands(self):
        self.assertEqual(self.wrapped("sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(self.wrapped("sh", "-c", "kill -KILL $$").returncode, 137)
        self.assertEqual(self.wrapped("/nonexistent/program").returncode, 127)

    def test_what_the_command_left_running_is_killed(self):
        run = self.wrapped("sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!; cat $SBK_PCSCD_DIR/pid")
        self.assertEqual(run.returncode, 0, run.stderr)
        for pid in run.stdout.split():
            self.assertFalse(os.path.exists(f"/proc/{pid}/exe"), f"process {pid} still runs")

    def test_a_request_to_end_ends_everything(self):
        run = subprocess.Popen([self.WITH_PCSCD, "sh", "-c", "echo $SBK_PCSCD_DIR; cat $SBK_PCSCD_DIR/pid; echo; exec sleep 600"],
                               stdout=subprocess.PIPE, text=True)
        with run:
            directory, pid = run.stdout.readline().strip(), run.stdout.readline().strip()
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.wait(10), 143)
        self.assertFalse(os.path.exists(directory))
        self.assertFalse(os.path.exists(f"/proc/{pid}/exe"))

    def test_more_readers_than_pcsc_lite_has_are_refused(self):
        run = self.wrapped("--readers", "17", "true")
        self.assertEqual(run.returncode, 125)
        self.assertIn("limit", run.stderr)

    def test_sixteen_readers(self):
        code = ("from smartcard.scard import *\nr, c = SCardEstablishContext(0)\n"
                "print(len(SCardListReaders(c, [])[1]))")
        run = self.wrapped("--readers", "16", "/usr/bin/python3", "-c", code)
        self.assertEqual(run.stdout.strip(), "16", run.stderr)


if __name__ == "__main__":
    unittest.main()
