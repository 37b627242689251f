# SPDX-License-Identifier: Apache-2.0
"""Corners where environment and applet meet: chains that are cut into, channels to the wrong place, fresh cards."""
import unittest

import client
import pipe
import story
from records import ROLE_REGISTRAR, ROLE_STATION_CA


class Edges(unittest.TestCase):
    def setUp(self):
        self.pipe = pipe.Pipe()
        self.addCleanup(self.pipe.close)
        self.card = client.Card(self.pipe.transmit)
        self.city, self.store, self.registrar = story.city_and_terminals()
        self.family = story.Family(self.city)
        self.family.encode(self.card)

    def refused(self, sw, ask):
        with self.assertRaises(client.Refused) as caught:
            ask()
        self.assertEqual("%04X" % caught.exception.sw, "%04X" % sw)

    def send(self, text):
        return self.pipe.transmit(bytes.fromhex(text)).hex().upper()

    def authenticate(self, terminal):
        self.card.authenticate(terminal.key, terminal.leaf, self.family.agreement,
                               ca=self.city.authority(ROLE_STATION_CA))

    def test_records_are_not_for_a_channel_to_the_domain(self):
        self.family.activate(self.card, self.registrar, story.at("2025-11-16"))
        for terminal in (self.store, self.registrar):
            self.card.select(client.AID_DOMAIN)
            self.authenticate(terminal)
            self.assertEqual(self.card.record(0xBF21), self.family.certificate)
            self.refused(0x6982, lambda: self.card.record(0xDF21))
            self.card.select(client.AID_DOMAIN)
            self.authenticate(terminal)
            self.refused(0x6982, lambda: self.card.record(0xDF22))
            self.card.open()
            self.authenticate(terminal)
            self.assertEqual(self.card.record(0xDF22), self.family.mandate)

    def test_get_response_between_blocks_drops_the_chain(self):
        self.card.open()
        self.assertEqual(self.send("902A0190" + "03" + "7F2181"), "9000")
        self.assertEqual(self.send("00C0000000"), "6883")
        self.assertEqual(self.send("00C0000000"), "6985")
        # The chain is gone: what would have ended it stands alone.
        self.assertEqual(self.send("802A0190" + "03" + "AF9303"), "6A80")

    def test_long_data_leaves_no_room_for_an_answer(self):
        self.card.open()
        self.assertEqual(self.send("90CADF30FF" + "00" * 255), "9000")
        self.assertEqual(self.send("80CADF3050" + "00" * 80 + "00"), "6700")
        self.assertTrue(self.send("80CADF3000").endswith("9000"))

    def test_a_fresh_card_does_not_believe_what_expired_before_its_mandate(self):
        old = story.Terminal(self.city, ROLE_REGISTRAR, "REG-OLD", "2025-08-01", "2025-09-30", kelurahan="6472051001")
        self.refused(0x940C, lambda: self.family.activate(self.card, old, story.at("2025-09-15")))
        last = story.Terminal(self.city, ROLE_REGISTRAR, "REG-NOW", "2025-08-01", "2025-10-01", kelurahan="6472051001")
        self.family.activate(self.card, last, story.at("2025-10-01"))


if __name__ == "__main__":
    unittest.main()
