# SPDX-License-Identifier: Apache-2.0
"""Forged, expired, wrong-role, wrong-parent and wrong-chain certificates, old generations, and points off the curve,
wherever the card takes a certificate or a point."""
import unittest

from card_under_attack import (ROLE_AUDITOR, ROLE_CARD, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, ROLE_REGISTRAR, ROLE_ROOT,
                               ROLE_STATION_CA, ROLE_STORE, TODAY, Attack, Certificate, client, crypto, days, forged,
                               story)
from records import Mandate

import channel
import pipe

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
SINCE, UNTIL = days("2025-01-01"), days("2030-12-31")


def number(value):
    return value.to_bytes(32, "big")


def off_curve_points():
    """Encodings of 65 bytes that begin like a point and are none, by name."""
    good = crypto.point(crypto.key_of(77))
    x, y = int.from_bytes(good[1:33], "big"), int.from_bytes(good[33:], "big")
    twist = next(x for x in range(2, 50) if pow((x**3 - 3 * x + B) % P, (P - 1) // 2, P) == P - 1)
    return {
        "Y one off": b"\4" + number(x) + number((y + 1) % P),
        "X and Y exchanged": b"\4" + number(y) + number(x),
        "infinity as zeros": b"\4" + bytes(64),
        "all ones": b"\4" + b"\xFF" * 64,
        "X not reduced": b"\4" + number(P) + number(y),
        "Y not reduced": b"\4" + number(x) + number(P),
        "on another curve": b"\4" + number(x) + number(pow((x**3 - 3 * x + B + 1) % P, (P + 1) // 4, P)),
        "on the twist": b"\4" + number(twist) + number(pow(-(twist**3 - 3 * twist + B) % P, (P + 1) // 4, P)),
    }


def wrong_encodings():
    """What is not 04 X Y of 65 bytes at all."""
    good = crypto.point(crypto.key_of(77))
    return {"compressed": crypto.compressed(crypto.key_of(77)), "infinity": b"\0",
            "hybrid": bytes([6 + (good[64] & 1)]) + good[1:],
            "one byte short": good[:-1], "one byte long": good + b"\0", "nothing": b"", "other first byte": b"\5" + good[1:]}


class Chains(Attack):
    """The station's certificates."""

    def leaf(self, sign=None, **changes):
        fields = {"role": ROLE_STORE, "issuer": (ROLE_STATION_CA, 1), "point": crypto.point(self.store.key),
                  "terminal": "EW-001-A", "outlet": "EW-001", "effective": days("2025-11-01"),
                  "expiry": days("2025-12-31"), **changes}
        return Certificate(**fields).make(sign or crypto.signer(self.city.keys[ROLE_STATION_CA]))

    def authority(self, sign=None, **changes):
        fields = {"role": ROLE_STATION_CA, "issuer": (ROLE_ROOT, 1), "effective": SINCE, "expiry": UNTIL,
                  "point": crypto.point(self.city.keys[ROLE_STATION_CA]), **changes}
        return Certificate(**fields).make(sign or crypto.signer(self.city.roots[1]))

    def opening(self, ca, leaf, root=1):
        self.card.open()
        self.card.authenticate(self.store.key, leaf, self.family.agreement, ca=ca, root=root)

    def test_the_honest_chain_opens(self):
        self.opening(self.authority(), self.leaf())
        self.assertEqual(self.card.status()["counter"], 0)

    def test_forged_leaves(self):
        cases = {"the thief's CA key": crypto.signer(self.thief.keys[ROLE_STATION_CA]),
                 "the root itself": crypto.signer(self.city.roots[1]),
                 "its own key": crypto.signer(self.store.key),
                 "the grant signer": crypto.signer(self.city.keys[ROLE_GRANT]),
                 "zeros": lambda _: bytes(64), "ones": lambda _: b"\xFF" * 64,
                 "r and s exchanged": lambda data: (lambda one: one[32:] + one[:32])(
                     crypto.signer(self.city.keys[ROLE_STATION_CA])(data))}
        for name, sign in cases.items():
            with self.subTest(name):
                self.refused(0x6600, self.opening, self.station_ca, self.leaf(sign))

    def test_every_byte_of_a_leaf_counts(self):
        good = self.leaf()
        for at in range(len(good)):
            with self.subTest(at):
                bad = bytearray(good)
                bad[at] ^= 1
                self.refused((0x6600, 0x6A80, 0x940C, 0x6883), self.opening, self.station_ca, bytes(bad))

    def test_forged_authorities(self):
        thief = self.thief.new_authority(ROLE_STATION_CA)
        self.refused(0x6600, self.opening, thief, self.leaf(crypto.signer(self.thief.keys[ROLE_STATION_CA])))
        for name, sign in {"itself": crypto.signer(self.city.keys[ROLE_STATION_CA]),
                           "the next root": crypto.signer(self.city.roots[2]),
                           "the card CA": crypto.signer(self.city.keys[ROLE_CARD_CA])}.items():
            with self.subTest(name):
                self.refused(0x6600, self.opening, self.authority(sign), self.leaf())

    def test_expired(self):
        """The floor stands at 2025-11-01 since the activation."""
        day = {"effective": days("2025-10-01"), "expiry": days("2025-10-31")}
        self.refused(0x940C, self.opening, self.station_ca, self.leaf(**day))
        self.refused(0x940C, self.opening, self.authority(**day), self.leaf())
        # A CA that will have run out when its leaf begins.
        self.refused(0x940C, self.opening, self.authority(effective=SINCE, expiry=days("2025-11-30")),
                     self.leaf(effective=days("2025-12-01")))

    def test_wrong_roles(self):
        for role in (ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST):
            with self.subTest("authority %02X" % role):
                self.refused(0x6600, self.opening, self.city.authority(role),
                             self.leaf(crypto.signer(self.city.keys[role])))
        card = Certificate(ROLE_CARD, (ROLE_CARD_CA, 1), crypto.point(self.store.key), SINCE, UNTIL, alias=self.family.alias,
                           signing_key=crypto.compressed(self.store.key))
        self.refused((0x6600, 0x6A80), self.opening, self.station_ca,
                     card.make(crypto.signer(self.city.keys[ROLE_STATION_CA])))

    def test_roles_that_no_terminal_has(self):
        body = bytearray(self.leaf())
        at = body.index(b"\x53\x2B") + 2 if b"\x53\x2B" in body else body.index(bytes([ROLE_STORE]) + b"EW-001")
        for role in (0x00, 0x01, 0x02, 0x10, 0x14, 0x1F, 0x20, 0x22, 0xFF):
            with self.subTest("%02X" % role):
                changed = bytearray(body)
                changed[at] = role
                inner = bytes(changed[4:-67])  # between 7F21 81 xx and 5F37 40 ...
                again = client.tlv(0x7F21, inner + client.tlv(0x5F37, crypto.signer(
                    self.city.keys[ROLE_STATION_CA])(inner)))
                self.assertEqual(len(again), len(body))
                self.refused((0x6600, 0x6A80), self.opening, self.station_ca, again)

    def test_wrong_parents_and_chains(self):
        for issuer in ((ROLE_STATION_CA, 2), (ROLE_CARD_CA, 1), (ROLE_ROOT, 1), (ROLE_GRANT, 1)):
            with self.subTest("%02X %d" % issuer):
                self.refused((0x6600, 0x6A80), self.opening, self.station_ca, self.leaf(issuer=issuer))
        for issuer in ((ROLE_STATION_CA, 1), (ROLE_CARD_CA, 1), (ROLE_GRANT, 1)):
            with self.subTest("authority under %02X %d" % issuer):
                self.refused((0x6600, 0x6A80), self.opening, self.authority(issuer=issuer), self.leaf())
        # Path length one: a station's key makes no certificate, and an authority is no leaf.
        below = self.leaf(crypto.signer(self.store.key))
        self.refused((0x6600, 0x6A80, 0x6A88), self.opening, self.store.leaf, below)
        self.refused((0x6600, 0x6A80), self.opening, self.station_ca, self.station_ca)
        self.refused((0x6600, 0x6A80), self.opening, self.store.leaf, self.station_ca)

    def test_a_leaf_of_another_ca(self):
        other = crypto.key_of(31337)
        second = self.city.new_authority(ROLE_STATION_CA, generation=2, key=other)
        foreign = self.leaf(crypto.signer(other), issuer=(ROLE_STATION_CA, 2))
        self.refused(0x6600, self.opening, self.station_ca, foreign)
        self.refused(0x6600, self.opening, second, self.leaf())
        self.opening(second, foreign)

    def test_old_and_unknown_generations(self):
        """No root that the card does not hold; no CA from the cache but the one that is there; none after its root fell."""
        for root in (0, 2, 3, 0x7F):
            with self.subTest("root %d" % root):
                self.refused(0x6A88, self.opening, self.station_ca, self.leaf(), root=root)
        self.tap()
        self.buy()  # remembers CA 1
        self.assertEqual(self.card.open()["station_ca"], 1)
        for generation in (0, 2, 0x7F):
            with self.subTest("cached CA %d" % generation):
                self.card.open()
                self.refused(0x6A88, self.card.authenticate, self.store.key, self.leaf(), self.family.agreement,
                             ca_generation=generation)
        self.card.open()
        self.card.root_link(self.city.link(2, old_until=0))
        self.assertEqual(self.card.open()["station_ca"], 0)
        self.refused(0x6A88, self.card.authenticate, self.store.key, self.leaf(), self.family.agreement)
        self.refused(0x6A88, self.opening, self.station_ca, self.leaf())
        self.refused(0x6A88, self.opening, self.station_ca, self.leaf(), root=2)

    def test_links_that_are_not_the_next(self):
        self.card.open()
        self.refused(0x6A80, self.card.root_link, self.city.link(1))
        self.refused(0x6A88, self.card.root_link, self.city.link(3))
        self.refused(0x9413, self.card.root_link, self.city.link(2, key=self.thief.roots[2]))
        good = bytearray(self.city.link(2))
        for at in (3, 40, 70, 100, len(good) - 1):
            bad = bytearray(good)
            bad[at] ^= 1
            self.refused(0x9413, self.card.root_link, bytes(bad))
        # The old root cannot sign its successor.
        body = bytes(good[:-64])
        self.refused(0x9413, self.card.root_link, body + crypto.signer(self.city.roots[1])(body))
        self.card.root_link(bytes(good))
        self.refused(0x9411, self.card.root_link, bytes(good))


class Signers(Attack):
    """The certificates that come with records."""

    def mandate(self, sign=None):
        record = Mandate(self.family.alias, 2, days("2025-11-10"), self.family.purses, flags=3).pack()
        return record + (sign or crypto.signer(self.city.keys[ROLE_GRANT]))(record)

    def deliver(self, signer, record):
        return self.card.deliver_mandate(self.context(), signer, record)

    def test_every_wrong_signer_of_a_mandate(self):
        self.tap()
        for role in (ROLE_STATION_CA, ROLE_CARD_CA, ROLE_LIST):
            self.refused(0x9413, self.deliver, self.city.authority(role),
                         self.mandate(crypto.signer(self.city.keys[role])))
        mine = self.mandate(crypto.signer(self.thief.keys[ROLE_GRANT]))
        self.refused(0x9413, self.deliver, self.thief.authority(ROLE_GRANT), mine)
        self.refused(0x9413, self.deliver, self.city.authority(ROLE_GRANT), mine)
        self.refused(0x9413, self.deliver, self.city.new_authority(
            ROLE_GRANT, effective=SINCE, expiry=days("2025-10-31")), self.mandate())
        wrong_root = Certificate(ROLE_GRANT, (ROLE_ROOT, 2), crypto.point(self.city.keys[ROLE_GRANT]), SINCE, UNTIL)
        self.refused(0x9413, self.deliver, wrong_root.make(crypto.signer(self.city.roots[2])), self.mandate())
        forged_signer = Certificate(ROLE_GRANT, (ROLE_ROOT, 1), crypto.point(self.thief.keys[ROLE_GRANT]), SINCE, UNTIL)
        self.refused(0x9413, self.deliver, forged(forged_signer, crypto.signer(self.thief.roots[1])), mine)
        self.deliver(self.city.authority(ROLE_GRANT), self.mandate())

    def test_old_and_foreign_mandates(self):
        self.tap()
        signer = self.city.authority(ROLE_GRANT)
        for number in (0, 1):
            record = Mandate(self.family.alias, number, days("2025-11-10"), self.family.purses, flags=3)
            self.refused((0x9411, 0x6A80), self.deliver, signer, self.city.grant(record))
        other = Mandate(bytes.fromhex("8877665544332211"), 2, days("2025-11-10"), self.family.purses, flags=3)
        self.refused(0x9412, self.deliver, signer, self.city.grant(other))

    def test_cross_card_records(self):
        """Everything that names another card, or its keys."""
        other = story.Family(self.city, alias=bytes.fromhex("8877665544332211"))
        second = pipe.Pipe()
        self.addCleanup(second.close)
        other.encode(client.Card(second.transmit))
        self.tap()
        grant, lists = self.city.authority(ROLE_GRANT), self.city.authority(ROLE_LIST)
        self.refused(0x9412, self.deliver, grant, other.mandate)
        self.refused(0x9412, self.card.deliver_record, grant, other.identity)
        self.refused(0x9412, self.card.deliver_record, lists, self.city.notice(other.alias, 1, 2, 20400))
        self.refused(0x9412, self.card.deliver_record, lists, self.city.notice(other.alias, 2, 1, 20400))
        ca, later = self.city.authority(ROLE_CARD_CA), {"effective": days("2025-11-15")}
        compressed, agreement = other.signing_compressed, other.agreement
        for name, certificate in {
                "whole": self.city.card(other.alias, agreement, compressed, **later),
                "keys": self.city.card(self.family.alias, agreement, compressed, **later),
                "signing key": self.city.card(self.family.alias, self.family.agreement, compressed, **later),
                "agreement key": self.city.card(self.family.alias, agreement, self.family.signing_compressed, **later),
                "alias": self.city.card(other.alias, self.family.agreement, self.family.signing_compressed, **later),
        }.items():
            with self.subTest(name):
                self.refused(0x9412, self.card.deliver_record, ca, certificate)

    def test_activation_with_forged_card_certificates(self):
        fresh = pipe.Pipe()
        self.addCleanup(fresh.close)
        self.pipe, card, city = fresh, client.Card(fresh.transmit), self.city
        family = story.Family(city)
        family.encode(card)
        card.open()
        card.authenticate(self.registrar.key, self.registrar.leaf, family.agreement, ca=self.station_ca)
        good = Certificate(ROLE_CARD, (ROLE_CARD_CA, 1), family.agreement, SINCE, UNTIL, alias=family.alias,
                           signing_key=family.signing_compressed)
        context, ca = card.context(0, 1, TODAY), city.authority(ROLE_CARD_CA)
        for name, (authority, certificate) in {
                "signed by the thief": (ca, forged(good, crypto.signer(self.thief.keys[ROLE_CARD_CA]))),
                "the thief's card CA": (self.thief.authority(ROLE_CARD_CA),
                                        forged(good, crypto.signer(self.thief.keys[ROLE_CARD_CA]))),
                "the station CA": (city.authority(ROLE_STATION_CA),
                                   forged(good, crypto.signer(city.keys[ROLE_STATION_CA]))),
                "the grant signer": (city.authority(ROLE_GRANT), forged(good, crypto.signer(city.keys[ROLE_GRANT]))),
                "another generation": (city.new_authority(ROLE_CARD_CA, generation=2), family.certificate),
                "expired": (ca, city.card(family.alias, family.agreement, family.signing_compressed,
                                          expiry=days("2025-10-31"))),
        }.items():
            with self.subTest(name):
                self.refused(0x6600, card.activate, context, authority, certificate, "135790", "")
        card.activate(context, ca, family.certificate, "135790", "")


class Points(Attack):
    def handshake(self, point):
        self.card.open()
        self.card.present(self.station_ca, 0x10, 1, more=True)
        self.card.present(self.store.leaf, 0x10, 1, more=False)
        request = client.tlv(0xA6, bytes.fromhex("9002110195013C800188810110")) + client.tlv(0x5F49, point)
        self.card.exchange(0x80, 0x82, 1, 0x11, request, 0)

    def test_the_terminals_ephemeral(self):
        for name, point in {**off_curve_points(), **wrong_encodings()}.items():
            with self.subTest(name):
                self.refused((0x6A80, 0x6700), self.handshake, point)
                self.refused(0x6982, self.card.exchange, 0x84, 0x10, 0, 0, bytes(8), 0)

    def test_the_leafs_key(self):
        for name, point in {**off_curve_points(), **wrong_encodings()}.items():
            with self.subTest(name):
                leaf = Certificate(ROLE_STORE, (ROLE_STATION_CA, 1), point, days("2025-11-01"), days("2025-12-31"),
                                   terminal="EW-001-A", outlet="EW-001")
                self.refused((0x6A80, 0x6600), self.open_with, leaf.make(
                    crypto.signer(self.city.keys[ROLE_STATION_CA])))

    def open_with(self, leaf, ca=None):
        self.card.open()
        self.card.present(ca or self.station_ca, 0x10, 1, more=True)
        self.card.present(leaf, 0x10, 1, more=False)
        channel.scp11a_open(self.card.exchange, self.store.key, self.family.agreement)

    def bad_authority(self, role, point):
        return Certificate(role, (ROLE_ROOT, 1), point, SINCE, UNTIL).make(crypto.signer(self.city.roots[1]))

    def test_keys_of_authorities_and_signers(self):
        """Signed by the true root: nothing verifies under what is no key."""
        for name, point in {**off_curve_points(), **wrong_encodings()}.items():
            with self.subTest(name):
                self.refused((0x6600, 0x6A80, 0x6700), self.open_with, self.store.leaf,
                             self.bad_authority(ROLE_STATION_CA, point))
                self.tap()
                record = Mandate(self.family.alias, 2, days("2025-11-10"), self.family.purses, flags=3)
                self.refused((0x9413, 0x6A80, 0x6700), self.card.deliver_mandate, self.context(),
                             self.bad_authority(ROLE_GRANT, point), self.city.grant(record))
                self.refused((0x9413, 0x6A80, 0x6700), self.card.deliver_record, self.bad_authority(ROLE_LIST, point),
                             self.city.notice(self.family.alias, 1, 2, 20400))
                self.refused((0x6600, 0x6A80, 0x6700), self.card.deliver_record,
                             self.bad_authority(ROLE_CARD_CA, point), self.city.card(
                                 self.family.alias, self.family.agreement, self.family.signing_compressed,
                                 effective=days("2025-11-15")))

    def test_the_bureaus_root_and_the_key_of_a_link(self):
        for name, point in {**off_curve_points(), **wrong_encodings()}.items():
            with self.subTest(name):
                blank = pipe.Pipe()
                try:
                    self.pipe = blank
                    card = client.Card(blank.transmit)
                    card.open_bureau(story.TEST_MASTER)
                    self.refused((0x6A80, 0x6700), card.put_root, 1, point)
                finally:
                    blank.close()
        for name, point in off_curve_points().items():
            with self.subTest("link: " + name):
                city = story.issuer.Issuer()
                city.root_hash = lambda generation, point=point: story.sha256(point)  # a hash that leads nowhere
                family, fresh = story.Family(city), pipe.Pipe()
                try:
                    self.pipe = fresh
                    card = client.Card(fresh.transmit)
                    family.encode(card)
                    card.open()
                    body = story.issuer.link(2, point[1:], bytes(32), 0)
                    self.refused((0x9413, 0x6A80), card.root_link, body + crypto.signer(city.roots[2])(body))
                finally:
                    fresh.close()


if __name__ == "__main__":
    unittest.main()
