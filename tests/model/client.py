# SPDX-License-Identifier: Apache-2.0
"""A client of the card written from schema/card-specification.md alone."""
import struct

import channel
import crypto
from records import Entry, parse_tlv, tlv, u24

AID_DOMAIN = bytes.fromhex("A000000151000000")
AID_ENTITLEMENT = bytes.fromhex("F053454D42414B4F01")


class Refused(Exception):
    """A status word other than 9000."""

    def __init__(self, sw):
        super().__init__("%04X" % sw)
        self.sw = sw


class Card:
    """transmit: C-APDU bytes -> R-APDU bytes. Counts APDUs and bytes."""

    def __init__(self, transmit, trace=None):
        self._transmit = transmit
        self.trace = trace
        self.apdus = self.bytes = 0
        self.messaging = None

    def exchange(self, cla, ins, p1, p2, data=b"", le=None):
        """One plain command, chained if long, with GET RESPONSE followed. Refused unless 9000."""
        while len(data) > 255:
            self._expect(self._one(cla | 0x10, ins, p1, p2, data[:255], None))
            data = data[255:]
        answer = self._one(cla, ins, p1, p2, data, le)
        body = answer[:-2]
        while answer[-2] == 0x61:
            answer = self._one(0x00, 0xC0, 0, 0, b"", answer[-1])
            body += answer[:-2]
        return self._expect(body + answer[-2:])

    def _expect(self, answer):
        sw = struct.unpack(">H", answer[-2:])[0]
        if sw != 0x9000:
            raise Refused(sw)
        return answer[:-2]

    def _one(self, cla, ins, p1, p2, data, le):
        command = bytes([cla, ins, p1, p2])
        if data:
            command += bytes([len(data)]) + data
        if le is not None:
            command += bytes([le])
        answer = bytes(self._transmit(command))
        if len(answer) < 2:
            raise channel.ChannelError("answer without status word")
        self.apdus += 1
        self.bytes += len(command) + len(answer)
        if self.trace is not None:
            self.trace.append((command, answer))
        return answer

    def command(self, ins, data=b"", cla=0x80, p1=0, p2=0, le=0):
        """One command of a session."""
        cla, wrapped = self.messaging.wrap(cla, ins, p1, p2, data)
        return self.messaging.unwrap(self.exchange(cla, ins, p1, p2, wrapped, le), 0x9000)

    # ---- the bureau ----

    def select(self, aid):
        self.messaging = None
        return self.exchange(0x00, 0xA4, 0x04, 0x00, aid, 0)

    def open_bureau(self, master, level=0x33):
        self.select(AID_DOMAIN)
        self.messaging = channel.scp03_open(
            self.exchange, lambda serial: channel.diversified(master, serial), level)

    def put_root(self, generation, point):
        data = bytes([generation]) + tlv(0xB0, point) + tlv(0xF0, b"\0") + b"\0"
        return self.command(0xD8, data, p1=0, p2=0x10)

    def generate(self, kid):
        """Makes a key pair on the card; the point 04 X Y."""
        answer = self.command(0xF1, b"\x01" + tlv(0xF0, b"\0"), p1=0, p2=kid)
        return dict(parse_tlv(answer))[0xB0]

    def store(self, objects):
        return self.command(0xE2, objects, p1=0x90, p2=0x00)

    def personalize(self, root, next_root_hash, alias, signer_certificate, identity, mandate):
        """Everything from an open bureau session to the closed card; (agreement point, signing point)."""
        self.put_root(1, root)
        points = self.generate(0x11), self.generate(0x31)
        self.store(tlv(0xDF24, next_root_hash))
        self.command(0xE6, b"\0\0" + bytes([len(AID_ENTITLEMENT)]) + AID_ENTITLEMENT + b"\0\0\0", p1=0x20)
        self.store(tlv(0xDF20, alias) + tlv(0xDF23, signer_certificate))
        self.store(tlv(0xDF21, identity))
        self.store(tlv(0xDF22, mandate))
        for tag, record in ((0x21, identity), (0x22, mandate)):
            if self.command(0xCA, cla=0x00, p1=0xDF, p2=tag) != record:
                raise channel.ChannelError("record reads back differently")
        self.command(0xF0, p1=0x80, p2=0x0F)
        self.messaging = None
        return points

    def get_data(self, tag):
        """Plain GET DATA in class 00: the value."""
        return self.exchange(0x00, 0xCA, tag >> 8, tag & 0xFF, b"", 0)

    # ---- terminals ----

    def open(self):
        """SELECT; the four public objects as a dictionary."""
        fci = dict(parse_tlv(self.select(AID_ENTITLEMENT)))[0x6F]
        objects = dict(parse_tlv(fci))
        assert objects[0x84] == AID_ENTITLEMENT
        public = dict(parse_tlv(objects[0xA5]))
        self.alias = public[0xC0]
        return {"alias": public[0xC0], "state": public[0xC1][0], "root": public[0xC2][0], "station_ca": public[0xC2][1],
                "version": public[0xC3][0]}

    def present(self, certificate, kid, kvn, more):
        self.exchange(0x80, 0x2A, kvn, kid | (0x80 if more else 0), certificate)

    def authenticate(self, terminal_key, leaf, card_point, ca=None, root=1, ca_generation=1, usage=0x3C):
        """PSO of the CA certificate (if given) and the leaf, then MUTUAL AUTHENTICATE."""
        if ca:
            self.present(ca, 0x10, root, more=True)
            self.present(leaf, 0x10, root, more=False)
        else:
            self.present(leaf, 0x20, ca_generation, more=False)
        self.messaging = channel.scp11a_open(self.exchange, terminal_key, card_point, usage=usage)

    def status(self):
        data = self.command(0x10)
        if len(data) != 114:
            raise channel.ChannelError("status has %d bytes" % len(data))
        names = ("state flags counter mandate identity floor stopped reset_epoch reset_done holder_tries "
                 "alternate_tries root station_ca").split()
        status = dict(zip(names, struct.unpack_from(">BBIIHHIIIBBBB", data)))
        status["purses"] = []
        for at in range(30, 102, 9):
            grant, window = struct.unpack_from(">HB", data, at)
            status["purses"].append((grant, window, int.from_bytes(data[at + 3 : at + 6], "big"),
                                     int.from_bytes(data[at + 6 : at + 9], "big")))
        status["mandate_hash"] = data[102:]
        return status

    def record(self, tag):
        return self.command(0xCA, cla=0x00, p1=tag >> 8, p2=tag & 0xFF)

    def receipt(self, counter):
        return Entry.from_response(self.alias, self.command(0x12, struct.pack(">I", counter)))

    @staticmethod
    def context(counter, transaction, time, previous=bytes(32), log_size=1, log_root=bytes(32)):
        return struct.pack(">III", counter, transaction, time) + previous + struct.pack(">I", log_size) + log_root

    def _entry(self, ins, data):
        return Entry.from_response(self.alias, self.command(ins, data))

    def debit(self, context, digest, debits, who=0, pin=""):
        data = context + digest + bytes([who, len(debits)])
        data += b"".join(bytes([slot]) + u24(amount) for slot, amount in debits)
        return self._entry(0x30, data + bytes([len(pin)]) + pin.encode())

    def void(self, context, counter):
        return self._entry(0x32, context + struct.pack(">I", counter))

    def deliver_mandate(self, context, signer_certificate, mandate):
        return self._entry(0x20, context + signer_certificate + mandate)

    def deliver_record(self, signer_certificate, record):
        self.command(0x22, signer_certificate + record)

    @staticmethod
    def _pin(pin):
        return bytes([len(pin)]) + pin.encode().ljust(8, b"\0")

    def activate(self, context, ca_certificate, card_certificate, holder="", alternate=""):
        data = context + self._pin(holder) + self._pin(alternate) + ca_certificate + card_certificate
        return self._entry(0x24, data)

    def set_pin(self, holder="", alternate=""):
        self.command(0x26, self._pin(holder) + self._pin(alternate))

    def root_link(self, record):
        self.exchange(0x80, 0x2E, 0, 0, record)


def verify_entry(entry, signing_compressed):
    crypto.verify(crypto.public_key(signing_compressed), entry.pack(), entry.signature)
