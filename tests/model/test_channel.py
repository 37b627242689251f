# SPDX-License-Identifier: Apache-2.0
"""The tests' own end of the channel against published vectors, so that card and client cannot be wrong alike."""
import pathlib
import re
import unittest

import channel
import crypto
from records import parse_tlv

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def section(text, title):
    """Name -> value of one vector in scp11.txt."""
    body = text.split("-- " + title, 1)[1].split("\n-- ", 1)[0]
    rows = {}
    for line in body.splitlines()[1:]:
        match = re.match(r"(C-APDU|R-APDU|Z|info|receiptK|S-ENC|S-MAC|S-RMAC|S-DEK|receipt|cmd\d|rsp\d)\s*(.*)", line)
        if match:
            rows[match.group(1)] = match.group(2)
    return rows


class Scp11(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = (DATA / "scp11.txt").read_text()
        cls.keys = dict(re.findall(r"^(\w*SK\.\S+)(?: \(a,b\))?\s+([0-9A-F]{64})$", cls.text, re.M))

    def run_vector(self, title, usage):
        rows = section(self.text, title)

        def exchange(cla, ins, p1, p2, data, le=None):
            sent = bytes([cla, ins, p1, p2, len(data)]) + data + b"\0"
            self.assertEqual(sent.hex().upper(), rows["C-APDU"])
            return bytes.fromhex(rows["R-APDU"])[:-2]

        card_point = crypto.point(crypto.key_of(int(self.keys["SK.SD.ECKA"], 16)))
        messaging = channel.scp11a_open(
            exchange, crypto.key_of(int(self.keys["SK.OCE.ECKA"], 16)), card_point, kvn=3, usage=usage,
            ephemeral=crypto.key_of(int(self.keys["eSK.OCE.ECKA"], 16)))
        self.assertEqual(messaging.enc.hex().upper(), rows["S-ENC"])
        for number in ("1", "2"):
            plain, wrapped = re.match(r"plain (\S+|\(none\)) -> (\S+)", rows["cmd" + number]).groups()
            wrapped = bytes.fromhex(wrapped)
            plain = b"" if plain.startswith("(") else bytes.fromhex(plain)
            cla, data = messaging.wrap(wrapped[0] & ~0x04, *wrapped[1:4], plain)
            self.assertEqual(bytes([cla]) + wrapped[1:4] + bytes([len(data)]) + data, wrapped)
            plain, answer = re.match(r"plain (\S+|\(none\)) -> (\S+)", rows["rsp" + number]).groups()
            plain = b"" if plain.startswith("(") else bytes.fromhex(plain)
            self.assertEqual(messaging.unwrap(bytes.fromhex(answer)[:-2], 0x9000), plain)

    def test_full(self):
        self.run_vector("SCP11a key usage 3C", 0x3C)

    def test_mac_only(self):
        self.run_vector("SCP11a key usage 34", 0x34)


class Scp03(unittest.TestCase):
    def test_published_session(self):
        """An AES-128, S8, level 33 session with its keys, as published by an independent implementation."""
        keys = [bytes.fromhex(k) for k in ("1D72CD9283FD55162722C6BEAA4DC187", "F4932BA02FFC3098D172790099D28382")]
        context = bytes.fromhex("06F85B77251BF794" + "9CE033FA78E6B10D")
        enc, mac, rmac = (channel.derive(keys[which], constant, 128, context)
                          for which, constant in ((0, 4), (1, 6), (1, 7)))
        self.assertEqual(channel.derive(mac, 0, 64, context).hex().upper(), "DC2DBE8974C8B0DE")
        chaining = crypto.cmac(mac, bytes(16) + bytes.fromhex("8482330010B08D6CE26B6CB3CC"))
        self.assertEqual(chaining[:8].hex().upper(), "B411CF0296EB7B1D")
        messaging = channel.Messaging(enc, mac, rmac, chaining, 0x33)
        cla, data = messaging.wrap(0x80, 0xF2, 0x20, 0x00, bytes.fromhex("024F00")[1:])
        self.assertEqual((cla, data.hex().upper()), (0x84, "5230BA64388B4A40E0B4DA5CC1DF51C285E4020D99D5AED1"))
        answer = ("BD3292BFB1A23C4478E37292BA1EDF438770CE472FB7611FBDBD1C981A27FA4780A81A95D93C05F9C4C94839DED0363C"
                  "FEA57CE2ECFB572B26F3474DAEEBBABC202942381F9755F5")
        plain = messaging.unwrap(bytes.fromhex(answer), 0x9000)
        self.assertTrue(plain.hex().upper().startswith("08A00000015141434C"))

    def test_altered_answer_is_refused(self):
        messaging = channel.Messaging(bytes(16), bytes(16), bytes(16), bytes(16), 0x33)
        with self.assertRaises(channel.ChannelError):
            messaging.unwrap(bytes(8), 0x9000)


class Tlv(unittest.TestCase):
    def test_truncated(self):
        with self.assertRaises(ValueError):
            parse_tlv(bytes.fromhex("8205AABB"))


if __name__ == "__main__":
    unittest.main()
