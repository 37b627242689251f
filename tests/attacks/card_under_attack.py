# SPDX-License-Identifier: Apache-2.0
"""What the attacks on a card share: an activated card behind a pipe, honest terminals, a thief's keys, and the proof that a
refused attempt changed nothing."""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["SBK_SOURCE"], "tests", "model"))
import client  # noqa: E402
import crypto  # noqa: E402
import issuer  # noqa: E402
import pipe  # noqa: E402
import story  # noqa: E402
from records import (ROLE_AUDITOR, ROLE_CARD, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, ROLE_REGISTRAR,  # noqa: E402
                     ROLE_ROOT, ROLE_STATION_CA, ROLE_STORE, Certificate, days)

TODAY = story.at("2025-11-16")
PIN = "135790"
PAGE = 64
HEAD = 32 * PAGE  # of the image: what the applet holds, specification part E
AUTHENTICATE = 0x82


class Attack(unittest.TestCase):
    """A family's card, activated and once used at the store; an attempt that is refused must leave it as it was."""

    def setUp(self):
        self.pipe = pipe.Pipe()
        self.addCleanup(self.pipe.close)
        self.air = []
        self.card = client.Card(self.pipe.transmit, self.air)
        self.city, self.store, self.registrar = story.city_and_terminals()
        self.thief = issuer.Issuer(seed=66)  # a city of his own: every key that it needs, none that the card trusts
        self.family = story.Family(self.city)
        self.family.encode(self.card)
        self.entry = self.family.activate(self.card, self.registrar, TODAY)
        self.transaction = 1

    # ---- honest steps ----

    @property
    def station_ca(self):
        return self.city.authority(ROLE_STATION_CA)

    def terminal(self, role=ROLE_STORE, name="EW-002-A", since="2025-11-01", until="2025-12-31", **rights):
        if role == ROLE_STORE:
            rights = {"outlet": "EW-002", **rights}
        return story.Terminal(self.city, role, name, since, until, **rights)

    def tap(self, terminal=None):
        terminal = terminal or self.store
        self.card.open()
        self.card.authenticate(terminal.key, terminal.leaf, self.family.agreement, ca=self.station_ca)

    def context(self, previous=None, **changes):
        """What an honest terminal sends, but for the changes."""
        entry = self.entry
        fields = {"counter": entry.counter + 1, "transaction": self.transaction + 1, "time": TODAY,
                  "previous": entry.hash() if previous is None else previous, **changes}
        return self.card.context(**fields)

    def buy(self, debits=((0, 1000),), **changes):
        """One debit after the newest entry that this test knows."""
        made = self.card.debit(self.context(**changes), story.rice(1000), list(debits), 1, PIN)
        self.entry, self.transaction = made, self.transaction + 1
        return made

    # ---- what the card holds ----

    def image(self):
        self.pipe.process.stdin.write(b"\xFF\xFD")
        self.pipe.process.stdin.flush()
        size = struct.unpack(">H", self.pipe.process.stdout.read(2))[0]
        return self.pipe.process.stdout.read(size)

    def load(self, image):
        self.pipe.process.stdin.write(b"\xFF\xFE" + bytes(image))
        self.pipe.process.stdin.flush()
        self.assertEqual(self.pipe.process.stdout.read(2), b"\0\0")

    # ---- refusals ----

    def refused(self, wanted, ask, *arguments, **named):
        """ask is refused with that status word (or one of several), and the card's memory is bit for bit as it was."""
        wanted = {wanted} if isinstance(wanted, int) else set(wanted)
        before = self.image()
        with self.assertRaises(client.Refused) as caught:
            ask(*arguments, **named)
        self.assertIn("%04X" % caught.exception.sw, {"%04X" % sw for sw in wanted})
        self.assertTrue(self.image() == before, "a refused command wrote to the card")

    def raw(self, command):
        """One APDU as it stands; the answer's status word."""
        return struct.unpack(">H", self.pipe.transmit(command)[-2:])[0]

    def refused_raw(self, wanted, command):
        before = self.image()
        self.assertEqual("%04X" % self.raw(command), "%04X" % wanted)
        self.assertTrue(self.image() == before, "a refused command wrote to the card")

    def unharmed(self):
        """The card still serves an honest store, from where it stood."""
        self.tap()
        self.assertEqual(self.card.status()["counter"], self.entry.counter)
        self.buy()


def forged(certificate, sign):
    """The same certificate with another signature."""
    body = certificate.signed_bytes()
    return client.tlv(0x7F21, body + client.tlv(0x5F37, sign(body)))


__all__ = ["AUTHENTICATE", "Attack", "Certificate", "HEAD", "PAGE", "PIN", "ROLE_AUDITOR", "ROLE_CARD", "ROLE_CARD_CA",
           "ROLE_GRANT", "ROLE_LIST", "ROLE_REGISTRAR", "ROLE_ROOT", "ROLE_STATION_CA", "ROLE_STORE", "TODAY", "client",
           "crypto", "days", "forged", "issuer", "story"]
