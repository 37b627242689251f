# SPDX-License-Identifier: Apache-2.0
"""Promise 5 at the station: a card whose mandate somebody else has signed is not served, whatever keys he holds. The forger
has a genuine, active, certified card in his hands, can write its memory, and signs as each key of the city, of the bureau
and of a station. As the grant signer he succeeds: so the forgery is whole but for the key.

Broken variant: verify_mandate() in reader/session.c leaves sbk_trust_verify_record() out."""
import os
import subprocess
import sys
import unittest

SIGN_AS = sys.argv.pop()
sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import DONE, TAMPERED, World, left, wait_for_readers  # noqa: E402

RICE = 0
HEAD, PURSE, SIGNATURE = 27, 17, 64  # sizes in a mandate (specification C.3); the amount is 6 bytes into a purse
GENEROUS = 90000  # grams a month


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")
    world.station("second", outlet="EW-002")
    card = world.active_card(0, pins="pins")
    world.redeem("store", "telur=1pc", check=DONE)
    card.stop()
    wait_for_readers(0)


def tearDownModule():
    world.close()


class OnlyTheGrantSigner(unittest.TestCase):
    def forge(self, store, role):
        """The card's image with its mandate raised and signed by this key."""
        image = bytearray(world.image(0).read_bytes())
        at = image.find(b"\xC2\x01")
        while image[at + 14:at + 16] == b"\0\0" or not 0 < image[at + HEAD - 1] <= 8:  # other bytes of this look
            at = image.find(b"\xC2\x01", at + 1)
        end = at + HEAD + PURSE * image[at + HEAD - 1]
        self.assertNotEqual(image[end:end + SIGNATURE], bytes(SIGNATURE))
        image[at + HEAD + 6:at + HEAD + 9] = GENEROUS.to_bytes(3, "big")
        message = world.folder / "message"
        message.write_bytes(image[at:end])
        said = subprocess.run([SIGN_AS, store, world.folder / "pass", role, message], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        image[end:end + SIGNATURE] = bytes.fromhex(said)
        path = world.folder / "forged.img"
        path.write_bytes(image)
        return path

    def test_a_card_that_others_made_generous(self):
        forgers = [(world.city, role) for role in ("root", "station-ca", "card-ca", "list-signer", "office-ca", "city")]
        forgers += [(world.bureau, "bureau")]
        forgers += [(world.folder / "registrar/keys", role) for role in ("agreement", "station", "log")]
        for store, role in forgers:
            with self.subTest(key=role), world.card(0, image=self.forge(store, role)):
                answer = world.balance("store")  # which knows the card
                self.assertEqual((answer.code, answer.reason), (TAMPERED, "signature-invalid"), answer)
                answer = world.redeem("second", "beras=11kg")  # which meets it for the first time
                self.assertEqual((answer.code, answer.reason, answer["outcome"]), (TAMPERED, "signature-invalid", "nothing"))
            wait_for_readers(0)
        self.assertNotIn("intent", world.kinds("second"))
        # The forgery itself is whole: with the grant signer's own key the same card is served.
        with world.card(0, image=self.forge(world.city, "grant-signer")):
            self.assertEqual(left(world.balance("second", check=DONE))[RICE], GENEROUS)
            world.redeem("second", "beras=11kg", check=DONE)
        wait_for_readers(0)


if __name__ == "__main__":
    unittest.main()
