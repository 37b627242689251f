# SPDX-License-Identifier: Apache-2.0
"""A client written from the specification personalizes, activates and redeems over a real pcscd, within budget."""
import pathlib
import tempfile
import unittest

import client
import story
from records import (KIND_DEBIT, KIND_MANDATE, KIND_VOID, ROLE_AUDITOR, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST,
                     ROLE_STATION_CA, ROLE_STORE, Mandate, Purse, RUPIAH, MONTH, days, sha256)

KNOWN_APDUS, KNOWN_BYTES = 6, 1500
FIRST_APDUS, FIRST_BYTES = 10, 3000
ENCODE_APDUS = 30


class Story(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        image = pathlib.Path(self.folder.name) / "card.img"
        self.virtual = story.VirtualCard(image)
        self.addCleanup(self.virtual.stop)
        transmit, disconnect = story.connect()
        self.addCleanup(disconnect)
        self.trace = []
        self.card = client.Card(transmit, self.trace)
        self.city, self.store, self.registrar = story.city_and_terminals()
        self.family = story.Family(self.city)

    def refused(self, sw, call, *arguments, **named):
        with self.assertRaises(client.Refused) as caught:
            call(*arguments, **named)
        self.assertEqual("%04X" % caught.exception.sw, "%04X" % sw)

    def made(self):
        self.family.encode(self.card)

    def activated(self):
        self.made()
        return self.family.activate(self.card, self.registrar, story.at("2025-11-16"))

    def at_store(self, terminal=None, ca=True):
        terminal = terminal or self.store
        self.card.open()
        certificate = self.city.authority(ROLE_STATION_CA) if ca else None
        self.card.authenticate(terminal.key, terminal.leaf, self.family.agreement, ca=certificate)

    def debit(self, previous, transaction, debits, pin="135790", when="2025-11-16", who=1, counter=None, digest=None):
        context = self.card.context(previous.counter + 1 if counter is None else counter, transaction, story.at(when),
                                    previous.hash())
        return self.card.debit(context, digest or story.rice(5000), debits, who, pin)

    def test_encode_within_budget(self):
        self.made()
        self.assertLessEqual(self.card.apdus, ENCODE_APDUS)
        public = self.card.open()
        self.assertEqual((public["alias"], public["state"], public["root"]), (self.family.alias, 1, 1))
        statement = self.card.get_data(0xDF30)
        self.assertEqual(len(statement), 247)
        self.assertEqual(statement[2:10], self.family.alias)
        self.assertEqual(statement[151:183], sha256(self.family.identity + self.family.mandate))
        client.crypto.verify(client.crypto.public_key(self.family.signing), statement[:-64], statement[-64:])

    def test_closed_card_refuses_the_bureau(self):
        self.made()
        self.card.select(client.AID_DOMAIN)
        self.refused(0x6A88, self.card.exchange, 0x80, 0x50, 0, 0, bytes(8), 0)

    def test_redeem_known_and_first_within_budget(self):
        entry = self.activated()
        self.card.apdus = self.card.bytes = 0
        public = self.card.open()
        self.assertEqual(public["state"], 2)
        certificate = self.card.get_data(0xBF21)
        self.assertEqual(certificate, self.family.certificate)
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement,
                               ca=self.city.authority(ROLE_STATION_CA))
        status = self.card.status()
        self.assertEqual(status["mandate_hash"], sha256(self.family.mandate)[:12])
        self.assertEqual(self.card.record(0xDF22), self.family.mandate)
        self.assertEqual(self.card.record(0xDF21), self.family.identity)
        self.assertEqual(self.card.receipt(0).pack(), entry.pack())
        first = self.debit(entry, 1, [(0, 5000)])
        foreign_apdus, foreign_bytes = 1, 300
        self.assertLessEqual(self.card.apdus, FIRST_APDUS + foreign_apdus)
        self.assertLessEqual(self.card.bytes, FIRST_BYTES + foreign_bytes)
        client.verify_entry(first, self.family.signing_compressed)
        self.assertEqual((first.kind, first.previous, first.debits()), (KIND_DEBIT, entry.hash(), [(0, 1, 1, 5000, 5000)]))

        self.card.apdus = self.card.bytes = 0
        public = self.card.open()
        self.assertEqual(public["station_ca"], 1)
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement)
        status = self.card.status()
        self.assertEqual(status["purses"][0], (1, 1, 5000, 0))
        second = self.debit(first, 2, [(0, 1000), (2, 18000)])
        self.assertLessEqual(self.card.apdus, KNOWN_APDUS)
        self.assertLessEqual(self.card.bytes, KNOWN_BYTES)
        self.assertEqual(second.debits(), [(0, 1, 1, 1000, 6000), (2, 3, 1, 18000, 18000)])

    def test_repeat_is_the_same_receipt_and_no_second_debit(self):
        entry = self.activated()
        self.at_store()
        first = self.debit(entry, 7, [(0, 5000)])
        again = self.debit(entry, 7, [(0, 5000)], pin="000000", when="2025-11-20")
        self.assertEqual(again.pack() + again.signature, first.pack() + first.signature)
        self.assertEqual(self.card.status()["purses"][0][2], 5000)
        self.refused(0x9402, self.debit, entry, 7, [(0, 4000)])
        self.refused(0x9402, self.debit, first, 7, [(0, 5000)])
        self.refused(0x9401, self.debit, entry, 8, [(0, 5000)])

    def test_refusals(self):
        entry = self.activated()
        other = story.Terminal(self.city, ROLE_STORE, "EW-002-A", "2025-11-01", "2025-12-31", outlet="EW-002",
                               programmes=2, limits=(3000, None, None, 250000))
        self.at_store()
        self.refused(0x9407, self.debit, entry, 1, [(0, 10001)])
        self.refused(0x9407, self.debit, entry, 1, [(2, 600001)])
        self.refused(0x940E, self.debit, entry, 1, [(5, 1)])
        self.refused(0x63C4, self.debit, entry, 1, [(0, 5000)], pin="111111")
        self.refused(0x940D, self.debit, entry, 1, [(0, 5000)], pin="", who=0)
        self.refused(0x940B, self.debit, entry, 1, [(0, 5000)], when="2026-01-01")
        self.refused(0x9406, self.debit, entry, 1, [(0, 5000)], when="2025-12-01")
        self.refused(0x9404, self.card.debit, self.card.context(1, 1, story.at("2025-11-16")), story.rice(1), [(0, 1)], 1,
                     "135790")
        self.at_store(other)
        self.refused(0x9408, self.debit, entry, 1, [(0, 1000)])
        self.refused(0x940A, self.debit, entry, 1, [(2, 250001)])
        self.debit(entry, 1, [(2, 250000)])
        self.assertEqual(self.card.status()["holder_tries"], 5)

    def test_void(self):
        entry = self.activated()
        self.at_store()
        first = self.debit(entry, 1, [(0, 5000)])
        context = self.card.context(2, 2, story.at("2025-11-16"), first.hash())
        void = self.card.void(context, 1)
        self.assertEqual((void.kind, void.digest, void.debits()), (KIND_VOID, first.hash(), [(0, 1, 1, 5000, 0)]))
        self.refused(0x9415, self.card.void, self.card.context(3, 3, story.at("2025-11-16"), void.hash()), 1)

    def test_mandate_and_notices(self):
        entry = self.activated()
        self.at_store()
        first = self.debit(entry, 1, [(2, 100000)])
        quarter = Purse(0, 9, 2, RUPIAH, 0, 200000, days("2025-11-01"), MONTH, 2, carry=1, priority=0, inherits=3)
        mandate = self.city.grant(Mandate(self.family.alias, 2, days("2025-11-10"), [quarter], flags=1))
        signer = self.city.authority(ROLE_GRANT)
        context = self.card.context(2, 2, story.at("2025-11-16"), first.hash())
        acknowledgement = self.card.deliver_mandate(context, signer, mandate)
        self.assertEqual(acknowledgement.kind, KIND_MANDATE)
        self.assertEqual(acknowledgement.digest, sha256(mandate))
        self.assertEqual(acknowledgement.finals(), {0: (1, 0), 1: (2, 0), 2: (3, 100000)})
        self.assertEqual(self.card.status()["purses"][0], (9, 0, 0, 500000))
        again = self.card.deliver_mandate(context, signer, mandate)
        self.assertEqual(again.pack(), acknowledgement.pack())
        self.card.deliver_record(self.city.authority(ROLE_LIST), self.city.notice(self.family.alias, 1, 2, 20400))
        self.assertEqual(self.card.status()["state"], 3)
        self.refused(0x9421, self.debit, acknowledgement, 3, [(0, 1)])
        self.refused(0x9411, self.card.deliver_record, self.city.authority(ROLE_LIST),
                     self.city.notice(self.family.alias, 1, 1, 20400))

    def test_unauthenticated_reader_learns_nothing(self):
        self.activated()
        self.card.open()
        for ins, data in ((0x10, b""), (0x12, bytes(4)), (0x30, bytes(120))):
            self.refused(0x6982, self.card.exchange, 0x80, ins, 0, 0, data, 0)
        for tag in (0xDF21, 0xDF22):
            self.refused(0x6982, self.card.get_data, tag)
        seen = b"".join(answer for _, answer in self.trace[-12:])
        self.assertNotIn(b"Budi", seen)

    def test_auditor_may_read_and_no_more(self):
        entry = self.activated()
        auditor = story.Terminal(self.city, ROLE_AUDITOR, "AUD-1", "2025-11-01", "2025-12-31")
        self.at_store(auditor)
        self.assertEqual(self.card.receipt(0).hash(), entry.hash())
        self.refused(0x940F, self.card.record, 0xDF21)
        self.refused(0x940F, self.debit, entry, 1, [(0, 1)])

    def test_root_link(self):
        entry = self.activated()
        self.card.open()
        self.refused(0x9413, self.card.root_link, self.city.link(2, key=self.city.roots[3]))
        self.card.root_link(self.city.link(2))
        self.assertEqual(self.card.open()["root"], 2)
        ca = self.city.authority(ROLE_STATION_CA, root=2)
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement, ca=ca, root=2)
        self.debit(entry, 1, [(0, 5000)])


if __name__ == "__main__":
    unittest.main()
