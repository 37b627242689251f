# SPDX-License-Identifier: Apache-2.0
"""Attacks on the channel: what was recorded is played again, MACs are cut short, channels are cut into, mixed, left half
open, asked for less protection, or used for what their owner may not do."""
import unittest

from card_under_attack import AUTHENTICATE, PIN, ROLE_AUDITOR, ROLE_REGISTRAR, Attack, client, crypto, story

import channel
import pipe

MANAGEMENT = {  # INS of every command of the security domain that manages, with data that a bureau would send
    "PUT KEY": (0xD8, 0x00, 0x10, b"\1" + client.tlv(0xB0, crypto.point(crypto.key_of(5))) + b"\xF0\1\0\0"),
    "GENERATE KEY": (0xF1, 0x00, 0x11, b"\1" + client.tlv(0xF0, b"\0")),
    "DELETE": (0xE4, 0x00, 0x00, client.tlv(0xD0, b"\x10")),
    "INSTALL": (0xE6, 0x20, 0x00, b"\0\0" + bytes([9]) + client.AID_ENTITLEMENT + b"\0\0\0"),
    "STORE DATA": (0xE2, 0x90, 0x00, client.tlv(0xDF20, bytes(8))),
    "SET STATUS": (0xF0, 0x80, 0x0F, b""),
}


class Replay(Attack):
    def test_a_debit_played_again_in_its_session(self):
        self.tap()
        self.buy()
        recorded = self.air[-1][0]
        self.refused_raw(0x6982, recorded)
        self.unharmed()

    def test_a_whole_session_played_again(self):
        self.air.clear()
        self.tap()
        self.card.status()
        self.buy()
        recorded = [command for command, _ in self.air]
        before = self.image()
        words = [self.raw(command) for command in recorded]
        # Anyone may open a channel with public certificates; without the keys nothing in it is accepted.
        self.assertEqual(words[-2:], [0x6982, 0x6982])
        self.assertTrue(self.image() == before)
        self.unharmed()

    def test_a_debit_of_one_session_inside_the_next(self):
        self.tap()
        self.buy()
        recorded = self.air[-1][0]
        self.tap()
        self.refused_raw(0x6982, recorded)
        self.unharmed()

    def test_a_bureaus_session_played_again(self):
        """On a card that is still blank, where SCP03 lives."""
        fresh = pipe.Pipe()
        self.addCleanup(fresh.close)
        air = []
        card = client.Card(fresh.transmit, air)
        card.open_bureau(story.TEST_MASTER)
        card.generate(0x11)
        recorded = [command for command, _ in air]
        words = ["%04X" % int.from_bytes(fresh.transmit(command)[-2:], "big") for command in recorded]
        self.assertEqual(words, ["9000", "9000", "6300", "6982"])


class Macs(Attack):
    def message(self, ins, data=b""):
        """A protected READ STATUS or other command, as bytes; the session's state goes on."""
        cla, wrapped = self.card.messaging.wrap(0x80, ins, 0, 0, data)
        return cla, ins, wrapped

    def test_every_truncated_mac(self):
        for size in range(8):
            with self.subTest(size):
                self.tap()
                cla, ins, wrapped = self.message(0x10)
                cut = wrapped[:size]
                self.refused_raw(0x6982, bytes([cla, ins, 0, 0]) + (bytes([size]) + cut if size else b"") + b"\0")
                # The channel is gone with it.
                self.refused_raw(0x6982, bytes([cla, ins, 0, 0, 8]) + wrapped + b"\0")

    def test_every_byte_of_a_mac_counts(self):
        for at in range(8):
            with self.subTest(at):
                self.tap()
                cla, ins, wrapped = self.message(0x10)
                wrong = bytearray(wrapped)
                wrong[at] ^= 0x80
                self.refused_raw(0x6982, bytes([cla, ins, 0, 0, 8]) + bytes(wrong) + b"\0")

    def test_a_mac_made_for_the_shorter_data(self):
        """Cut to half, with the length that goes with it inside the MAC: still no MAC of eight bytes."""
        self.tap()
        messaging = self.card.messaging
        mac = crypto.cmac(messaging.mac, messaging.chaining + bytes([0x84, 0x10, 0, 0, 4]))
        self.refused_raw(0x6982, bytes([0x84, 0x10, 0, 0, 4]) + mac[:4] + b"\0")

    def test_header_and_data_are_under_the_mac(self):
        data = self.context() + story.rice(1000) + bytes([1, 1, 0, 0, 3, 232, len(PIN)]) + PIN.encode()
        for change in ("ins", "p1", "p2", "data"):
            with self.subTest(change):
                self.tap()
                cla, ins, wrapped = self.message(0x30, data)
                command = bytearray([cla, ins, 0, 0, len(wrapped)]) + wrapped
                command[{"ins": 1, "p1": 2, "p2": 3, "data": 40}[change]] ^= 2
                self.refused_raw(0x6982, bytes(command))
        self.unharmed()


class Downgrade(Attack):
    def test_less_protection_than_the_applet_asks(self):
        """Key usages below 3C, and those that do not exist."""
        for usage in (0x34, 0x00, 0x0C, 0x30, 0x38, 0x3D, 0xFF):
            with self.subTest(usage):
                self.card.open()
                self.refused(0x6A80, self.card.authenticate, self.store.key, self.store.leaf, self.family.agreement,
                             ca=self.station_ca, usage=usage)

    def test_mac_only_channel_to_the_domain_opens_no_applet(self):
        """Usage 34 is allowed with the domain; the applet must not inherit such a channel."""
        self.card.select(client.AID_DOMAIN)
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement, ca=self.station_ca, usage=0x34)
        for ins in (0x10, 0x12, 0x30, 0x32):
            with self.subTest("%02X" % ins):
                self.card.select(client.AID_DOMAIN)
                self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement, ca=self.station_ca,
                                       usage=0x34)
                self.refused(0x6D00, self.card.command, ins)

    def test_other_variants_and_keys(self):
        """SCP11b (90 02 11 00), SCP11c (11 03), other key types and lengths, other key references."""
        ephemeral = client.tlv(0x5F49, crypto.point(crypto.key_of(9)))
        for parameters in ("90021100", "90021103", "90020301", "90021102", "90031101"):
            with self.subTest(parameters):
                self.tap_certificates()
                request = client.tlv(0xA6, bytes.fromhex(parameters) + bytes.fromhex("95013C800188810110")) + ephemeral
                self.refused(0x6A80, self.card.exchange, 0x80, AUTHENTICATE, 1, 0x11, request, 0)
        for key in ("800189810110", "800188810118", "800188810120", "800180810110"):
            with self.subTest(key):
                self.tap_certificates()
                request = client.tlv(0xA6, bytes.fromhex("9002110195013C" + key)) + ephemeral
                self.refused(0x6A80, self.card.exchange, 0x80, AUTHENTICATE, 1, 0x11, request, 0)
        good = client.tlv(0xA6, bytes.fromhex("9002110195013C800188810110")) + ephemeral
        for kvn, kid in ((0, 0x11), (2, 0x11), (0x7F, 0x11), (1, 0x10), (1, 0x31), (1, 0x91)):
            with self.subTest("key version %d, id %02X" % (kvn, kid)):
                self.tap_certificates()
                self.refused((0x6A88, 0x6A80), self.card.exchange, 0x80, AUTHENTICATE, kvn, kid, good, 0)

    def tap_certificates(self):
        self.card.open()
        self.card.present(self.station_ca, 0x10, 1, more=True)
        self.card.present(self.store.leaf, 0x10, 1, more=False)

    def test_clear_commands_inside_a_channel(self):
        for ins in (0x10, 0x30, 0xCA):
            with self.subTest("%02X" % ins):
                self.tap()
                self.refused(0x6982, self.card.exchange, 0x80, ins, 0, 0, b"", 0)
                # That ended the channel: its next command, well made, is refused too.
                self.refused(0x6982, self.card.command, 0x10)


class Management(Attack):
    def test_each_command_in_a_station_channel(self):
        for role in (None, ROLE_REGISTRAR, ROLE_AUDITOR):
            terminal = self.store if role is None else self.terminal(role, "OTHER-%d" % role)
            for name, (ins, p1, p2, data) in MANAGEMENT.items():
                for aid in (client.AID_ENTITLEMENT, client.AID_DOMAIN):
                    with self.subTest(name, role=role, aid=aid.hex()):
                        self.card.select(aid)
                        self.card.authenticate(terminal.key, terminal.leaf, self.family.agreement, ca=self.station_ca)
                        self.refused(0x6982, self.card.command, ins, data, p1=p1, p2=p2)
        self.unharmed()

    def test_each_command_in_clear(self):
        for name, (ins, p1, p2, data) in MANAGEMENT.items():
            for aid in (client.AID_ENTITLEMENT, client.AID_DOMAIN):
                with self.subTest(name, aid=aid.hex()):
                    self.card.select(aid)
                    self.refused(0x6982, self.card.exchange, 0x80, ins, p1, p2, data, 0)

    def test_scp03_after_closing(self):
        for kvn in range(256):
            self.card.select(client.AID_DOMAIN)
            self.refused(0x6A88, self.card.exchange, 0x80, 0x50, kvn, 0, bytes(8), 0)
        for level in (0x00, 0x01, 0x03, 0x11, 0x13, 0x33):
            self.card.select(client.AID_DOMAIN)
            self.refused(0x6985, self.card.exchange, 0x84, AUTHENTICATE, level, 0, bytes(16))
        # Nor in the middle of a station's channel.
        self.tap()
        self.refused(0x6A88, self.card.exchange, 0x80, 0x50, 0, 0, bytes(8), 0)
        self.refused(0x6982, self.card.command, 0x10)


class HalfOpen(Attack):
    def test_logical_channels(self):
        """Only the basic channel; a try in the middle neither opens another nor disturbs what it cannot understand."""
        for cla in (0x01, 0x02, 0x03, 0x41, 0x4F, 0x81, 0x83, 0xC0):
            with self.subTest("%02X" % cla):
                self.tap()
                self.refused(0x6881, self.card.exchange, cla, 0xA4, 4, 0, client.AID_ENTITLEMENT, 0)
                self.refused(0x6881, self.card.exchange, cla, 0x10, 0, 0, b"", 0)
        self.refused((0x6982, 0x6D00), self.card.exchange, 0x00, 0x70, 0, 0, b"", 1)  # MANAGE CHANNEL, open
        self.tap()
        # A protected command moved to channel 1 is not that command.
        cla, wrapped = self.card.messaging.wrap(0x80, 0x10, 0, 0, b"")
        self.refused(0x6881, self.card.exchange, cla | 1, 0x10, 0, 0, wrapped, 0)

    def test_select_in_the_middle_ends_the_session(self):
        for aid in (client.AID_ENTITLEMENT, client.AID_DOMAIN, b""):
            with self.subTest(aid.hex()):
                self.tap()
                messaging = self.card.messaging
                self.card.exchange(0x00, 0xA4, 4, 0, aid, 0)
                self.card.messaging = messaging
                self.refused(0x6982, self.card.command, 0x10)
                self.tap()
                messaging = self.card.messaging
                with self.assertRaises(client.Refused):
                    self.card.exchange(0x00, 0xA4, 4, 0, b"\xF0\x11\x22\x33\x44", 0)  # nobody's name
                self.card.messaging = messaging
                self.refused(0x6982, self.card.command, 0x10)

    def test_select_between_certificates_and_the_handshake(self):
        for aid in (client.AID_ENTITLEMENT, client.AID_DOMAIN):
            self.card.open()
            self.card.present(self.station_ca, 0x10, 1, more=True)
            self.card.present(self.store.leaf, 0x10, 1, more=False)
            self.card.select(aid)
            self.refused(0x6985, channel.scp11a_open, self.card.exchange, self.store.key, self.family.agreement)

    def test_a_handshake_without_certificates_or_with_the_ca_alone(self):
        self.card.open()
        self.refused(0x6985, channel.scp11a_open, self.card.exchange, self.store.key, self.family.agreement)
        self.card.open()
        self.card.present(self.station_ca, 0x10, 1, more=True)
        self.refused(0x6985, channel.scp11a_open, self.card.exchange, self.store.key, self.family.agreement)

    def test_a_second_handshake_half_done_ends_the_first_session(self):
        """Each step of a new opening, then a command of the session before."""
        auditor = self.terminal(ROLE_AUDITOR, "AUD-1")
        steps = (lambda: self.card.present(self.station_ca, 0x10, 1, more=True),
                 lambda: self.card.present(auditor.leaf, 0x10, 1, more=False),
                 lambda: channel.scp11a_open(self.card.exchange, auditor.key, self.family.agreement))
        for count in range(1, 4):
            with self.subTest(count):
                self.tap()
                for step in steps[:count]:
                    step()
                self.refused(0x6982, self.card.command, 0x10)

    def test_a_refused_handshake_leaves_no_session(self):
        self.tap()
        self.refused(0x6A80, self.card.exchange, 0x80, 0x2A, 1, 0x90, b"\x7F\x21\0")
        self.refused(0x6982, self.card.command, 0x10)
        self.tap()
        self.refused(0x6985, self.card.exchange, 0x80, AUTHENTICATE, 1, 0x11, bytes(86), 0)
        self.refused(0x6982, self.card.command, 0x10)

    def test_rights_do_not_cross_sessions(self):
        """The leaf of a store shown after the registrar's channel, without a handshake: neither's rights remain."""
        self.tap(self.registrar)
        registrar = self.card.messaging
        self.card.present(self.station_ca, 0x10, 1, more=True)
        self.card.present(self.store.leaf, 0x10, 1, more=False)
        self.card.messaging = registrar
        self.refused(0x6982, self.card.command, 0x30, self.context() + bytes(40))

    def test_a_terminal_without_the_leafs_key_is_never_proven(self):
        """Anyone may show a store's certificate; the handshake with another key opens nothing and writes nothing."""
        self.card.open()
        before = self.image()
        with self.assertRaises(channel.ChannelError):
            self.card.authenticate(crypto.key_of(4711), self.store.leaf, self.family.agreement, ca=self.station_ca)
        self.assertTrue(self.image() == before)
        self.refused(0x6982, self.card.exchange, 0x84, 0x10, 0, 0, bytes(8), 0)

    def test_another_command_between_the_blocks_of_one(self):
        self.tap()
        data = self.context() + story.rice(1000) + bytes([1, 1, 0, 0, 3, 232, len(PIN)]) + PIN.encode()
        cla, wrapped = self.card.messaging.wrap(0x80, 0x30, 0, 0, data)
        self.assertEqual(self.raw(bytes([cla | 0x10, 0x30, 0, 0, 50]) + wrapped[:50]), 0x9000)
        self.refused_raw(0x6883, bytes([0x80, 0x10, 0, 0, 0]))
        self.refused_raw(0x6982, bytes([cla, 0x30, 0, 0, len(wrapped) - 50]) + wrapped[50:])
        self.unharmed()

    def test_power_lost_in_the_middle_ends_the_session(self):
        self.tap()
        self.pipe.reset()
        self.refused((0x6982, 0x6D00), self.card.command, 0x10)


if __name__ == "__main__":
    unittest.main()
