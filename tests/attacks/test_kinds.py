# SPDX-License-Identifier: Apache-2.0
"""Every signed object in the place of every other: each is signed by the true key of its kind, and passes for nothing else,
neither as it stands nor with the first bytes of what the place wants."""
import unittest

from card_under_attack import (ROLE_AUDITOR, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, ROLE_REGISTRAR, ROLE_STATION_CA,
                               ROLE_STORE, TODAY, Attack, client, crypto, days, story)
from records import Mandate, identity

import pipe

SIGNER = 179  # bytes of a CA's or signer's certificate


def objects(city, family, entry, statement):
    """Each kind of signed object, newer than what the card holds where that counts."""
    alias = family.alias
    office = b"\xC9\x01" + bytes(110)  # a record under the root
    items = b"\xC7\x01" + (9).to_bytes(4, "big") + bytes(60)
    alike = identity(alias, 2, "100000000008", "6472051001", days("2025-10-01"), days("2027-12-31"),
                     "B" * 49)
    body = Mandate(alias, 2, days("2025-11-10"), family.purses, flags=3).pack()
    assert len(alike) == len(body)  # so that no length tells them apart
    return {
        "station CA": city.authority(ROLE_STATION_CA), "card CA": city.authority(ROLE_CARD_CA),
        "grant signer": city.authority(ROLE_GRANT), "list signer": city.authority(ROLE_LIST),
        "store": story.Terminal(city, ROLE_STORE, "EW-009-A", "2025-11-01", "2025-12-31", outlet="EW-009").leaf,
        "registrar": story.Terminal(city, ROLE_REGISTRAR, "REG-9", "2025-11-01", "2025-12-31").leaf,
        "auditor": story.Terminal(city, ROLE_AUDITOR, "AUD-9", "2025-11-01", "2025-12-31").leaf,
        "card": city.card(alias, family.agreement, family.signing_compressed, effective=days("2025-11-15")),
        "identity": city.grant(alike), "mandate": city.grant(body),
        "stop": city.notice(alias, 1, 2, 20400), "PIN reset": city.notice(alias, 2, 1, 20400),
        "link": city.link(2), "receipt": entry.pack() + entry.signature, "statement": statement,
        "item list": city.signed(ROLE_LIST, items), "office": office + crypto.signer(city.roots[1])(office),
    }


class Kinds(Attack):
    def setUp(self):
        super().setUp()
        # The statement is told until the activation: another card of the same alias tells one.
        other = pipe.Pipe()
        self.addCleanup(other.close)
        twin = client.Card(other.transmit)
        story.Family(self.city).encode(twin)
        twin.select(client.AID_ENTITLEMENT)
        self.objects = objects(self.city, self.family, self.entry, twin.get_data(0xDF30))

    def shapes(self, name, places):
        """The object as it stands, and in the clothes of each kind that the place takes."""
        one = self.objects[name]
        yield one
        for wanted in places:
            other = self.objects[wanted]
            yield other[:2] + one[2:]
            fitted = (one[:-64].ljust(len(other), b"\0"))[: len(other) - 64] + one[-64:]
            yield fitted
            yield other[:2] + fitted[2:]
            yield other[:-64] + one[-64:]

    def everywhere(self, takes, offer, before=None):
        tried = 0
        for name in self.objects:
            if name in takes:
                continue
            for shape in self.shapes(name, takes):
                with self.subTest(name, tried=tried):
                    if before:
                        before()
                    self.refused((0x6600, 0x6700, 0x6883, 0x6985, 0x6A80, 0x6A88, 0x9411, 0x9412, 0x9413), offer, shape)
                tried += 1
        self.assertGreater(tried, 50)

    def test_as_station_ca(self):
        self.everywhere(["station CA"], lambda shape: self.card.present(shape, 0x10, 1, more=True), self.card.open)

    def test_as_leaf(self):
        def before():
            self.card.open()
            self.card.present(self.station_ca, 0x10, 1, more=True)

        self.everywhere(["store", "registrar", "auditor"],
                        lambda shape: self.card.present(shape, 0x10, 1, more=False), before)

    def test_as_mandate(self):
        for signer in (ROLE_GRANT, ROLE_LIST):
            self.everywhere(["mandate"], lambda shape, signer=signer: self.card.deliver_mandate(
                self.context(), self.city.authority(signer), shape), self.tap)

    def test_as_signer_of_a_mandate(self):
        self.everywhere(["grant signer"], lambda shape: self.card.deliver_mandate(
            self.context(), shape, self.objects["mandate"]), self.tap)

    def test_as_record(self):
        """With each signer's certificate before it, but for those that the place takes under that signer."""
        takes = {ROLE_GRANT: ["identity"], ROLE_LIST: ["stop", "PIN reset"], ROLE_CARD_CA: ["card"],
                 ROLE_STATION_CA: []}
        for role, own in takes.items():
            for name in self.objects:
                if name in own:
                    continue
                for shape in self.shapes(name, own or ["identity", "stop", "card"]):
                    with self.subTest(name, signer=role):
                        self.tap()
                        self.refused((0x6600, 0x6700, 0x6A80, 0x9411, 0x9412, 0x9413), self.card.deliver_record,
                                     self.city.authority(role), shape)

    def test_as_signer_of_a_record(self):
        for record, signer in (("identity", "grant signer"), ("stop", "list signer"), ("PIN reset", "list signer"),
                               ("card", "card CA")):
            self.everywhere([signer], lambda shape, record=record: self.card.deliver_record(
                shape, self.objects[record]), self.tap)

    def test_as_link(self):
        self.card.open()
        self.everywhere(["link"], self.card.root_link)

    def test_at_activation(self):
        """As the card CA's certificate and as the card's, on a card that waits for its own."""
        self.pipe = pipe.Pipe()
        self.addCleanup(self.pipe.close)
        card = client.Card(self.pipe.transmit)
        family = story.Family(self.city)
        family.encode(card)

        def before():
            card.open()
            card.authenticate(self.registrar.key, self.registrar.leaf, family.agreement, ca=self.station_ca)

        self.objects["card"] = family.certificate
        context = card.context(0, 1, TODAY)
        self.everywhere(["card CA"], lambda shape: card.activate(context, shape, family.certificate, "135790"), before)
        self.everywhere(["card"], lambda shape: card.activate(context, self.objects["card CA"], shape, "135790"), before)
        before()
        card.activate(context, self.objects["card CA"], family.certificate, "135790")

    def test_an_identity_that_reads_like_a_mandate(self):
        """Byte for byte a mandate of one purse of 26 kg, but for its first byte: one signer signs both kinds."""
        name, alternate = b"\0\x09\1\1\1", b"\x65\x90" + days("2025-11-01").to_bytes(2, "big") + b"\2\3\0\0\0\0"
        number = b"\0\2"  # and card number: mandate 2 << 16, its day of issue, active, PIN
        record = (b"\xC1\1" + self.family.alias + number + b"\0\0" + days("2025-11-10").to_bytes(2, "big") + b"\1\1"
                  + b"EW-00" + b"1\0" + b"\0\1" + bytes([len(name)]) + name + bytes([len(alternate)]) + alternate)
        signed = self.city.grant(record)
        self.tap()
        grant = self.city.authority(ROLE_GRANT)
        self.refused((0x6A80, 0x9413), self.card.deliver_mandate, self.context(), grant, signed)
        self.refused(0x9413, self.card.deliver_mandate, self.context(), grant, b"\xC2" + signed[1:])
        # The words are a mandate's: signed as one, the card takes them.
        true = self.city.grant(b"\xC2" + record[1:])
        self.assertEqual(self.card.deliver_mandate(self.context(), grant, true).counter, 1)

    def test_each_is_taken_in_its_own_place(self):
        """So that no refusal above was for another reason."""
        self.tap(self.registrar)
        card, made = self.card, self.objects
        acknowledged = card.deliver_mandate(self.context(), made["grant signer"], made["mandate"])
        self.assertEqual(acknowledged.counter, 1)
        card.deliver_record(made["grant signer"], made["identity"])
        card.deliver_record(made["card CA"], made["card"])
        card.deliver_record(made["list signer"], self.city.notice(self.family.alias, 1, 3, 20400))
        card.deliver_record(made["list signer"], made["PIN reset"])
        for name in ("store", "registrar", "auditor"):
            card.open()
            card.present(made["station CA"], 0x10, 1, more=True)
            card.present(made[name], 0x10, 1, more=False)
        card.open()
        card.root_link(made["link"])


if __name__ == "__main__":
    unittest.main()
