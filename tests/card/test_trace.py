# SPDX-License-Identifier: Apache-2.0
"""The worked trace in the specification is what a client of the specification says and computes."""
import unittest

import client
import trace
from records import parse_tlv


class Trace(unittest.TestCase):
    def test_replay(self):
        key, ephemeral, steps = trace.read()
        self.assertEqual(len(steps), len(trace.STEPS))
        answers = iter(steps)

        def transmit(command):
            expected, _, answer, _ = next(answers)
            self.assertEqual(command.hex(), expected.hex())
            return answer

        class Store:
            pass

        store = Store()
        store.key, store.leaf = key, steps[3][0][5:]
        ca = steps[2][0][5:]
        activation, entry, plain = trace.redeem(client.Card(transmit), store, trace.point_in, ca, ephemeral)
        self.assertEqual([(asked.hex(), told.hex()) for asked, told in plain],
                         [(asked.hex(), told.hex()) for _, asked, _, told in steps[5:]])
        self.assertEqual(entry.previous, activation.hash())
        self.assertEqual(entry.debits(), [(0, 1, 1, 5000, 5000), (2, 3, 1, 18000, 18000)])
        certificate = dict(parse_tlv(dict(parse_tlv(steps[1][2][:-2]))[0x7F21]))
        for one in (activation, entry):
            client.verify_entry(one, certificate[0x53][1:])

    def test_altered_answer_is_seen(self):
        key, ephemeral, steps = trace.read()
        steps[8] = (steps[8][0], steps[8][1], steps[8][2][:20] + bytes([steps[8][2][20] ^ 1]) + steps[8][2][21:], b"")
        answers = iter(steps)

        class Store:
            pass

        store = Store()
        store.key, store.leaf = key, steps[3][0][5:]
        with self.assertRaises(client.channel.ChannelError):
            trace.redeem(client.Card(lambda command: next(answers)[2]), store, trace.point_in, steps[2][0][5:], ephemeral)


if __name__ == "__main__":
    unittest.main()
