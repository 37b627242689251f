# SPDX-License-Identifier: Apache-2.0
"""Each distinct image that the torn cards of test_tears.c and test_drills.c leave, judged by two that know nothing of its
code: a reader of part E of schema/card-specification.md, and a card process that loads the image and is asked through its
channel. Both must show what the models of the card (card_model.py, roots.py) say after the same story, before the torn
command or after it.

    test_images.py PROGRAM LEAST      the program that prints them, and how many there must be at least
"""
import copy
import hashlib
import struct
import subprocess
import sys
import unittest
import zlib

import client
import crypto
import pipe
from card_model import CardModel, Context, Identity, Leaf, Refuse
from records import ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, Mandate, Purse, link, parse_tlv, sha256
from roots import Read, Roots, days_of_bcd, verifies

PAGE = 64
TERMINAL_KEYS = {crypto.point(crypto.key_of(number)): crypto.key_of(number) for number in range(20, 30)}
ROOT_KEYS = {generation: crypto.key_of(number) for generation, number in enumerate((1, 2, 3, 41, 42, 43, 44, 45), 1)}


def parse_leaf(certificate):
    """The model's Leaf and the public point."""
    objects = dict(parse_tlv(dict(parse_tlv(certificate))[0x7F21]))
    rights = objects[0x53]
    point = dict(parse_tlv(objects[0x7F49]))[0xB0]
    leaf = Leaf(rights[0], objects[0x5F20].rstrip(b"\0").decode(), days_of_bcd(objects[0x5F25]), days_of_bcd(objects[0x5F24]),
                outlet=rights[1:9].rstrip(b"\0").decode(), kelurahan=rights[9:14].hex(),
                programmes=struct.unpack_from(">I", rights, 14)[0])
    return leaf, point


def effective_of(certificate):
    return days_of_bcd(dict(parse_tlv(dict(parse_tlv(certificate))[0x7F21]))[0x5F25])


def parse_identity(record):
    number, = struct.unpack_from(">H", record, 10)
    valid_from, valid_until, size = struct.unpack_from(">HHB", record, 23)
    alternate = record[28 + size + 1 : 28 + size + 1 + record[28 + size]]
    return Identity(number, record[18:23].hex(), valid_from, valid_until, alternate.decode())


def parse_mandate(record):
    number, issued, status, flags = struct.unpack_from(">IHBB", record, 10)
    purses = []
    for at in range(27, 27 + 17 * record[26], 17):
        slot, grant, programme, unit, goods = struct.unpack_from(">BHBBB", record, at)
        first, period, count, carry, priority, inherits = struct.unpack_from(">HBBBBH", record, at + 9)
        purses.append(Purse(slot, grant, programme, unit, goods, int.from_bytes(record[at + 6 : at + 9], "big"), first, period,
                            count, carry, priority, inherits))
    return Mandate(record[2:10], number, issued, purses, status, flags, record[18:26].rstrip(b"\0").decode())


class Story:
    """What the lines of the programs make of a card: the bureau's objects, then the models."""

    def __init__(self):
        self.objects = {}
        self.model = None
        self.roots = Roots()
        self.session = None
        self.terminals = {}  # those that it met: (CA, leaf) by (key, what the model needs of the leaf)

    def tell(self, line):
        kind, first, second, word = line.split()
        head, data, word = (bytes.fromhex(part.replace("-", "")) for part in (first, second, word))
        status = struct.unpack(">H", word)[0]
        if kind == "BUREAU":
            return
        before = copy.deepcopy(self.model)
        try:
            if kind == "STATION":
                self.station(head, data)
            elif kind == "CLEAR":
                self.session = None
                self.roots.link(data)
            elif self.model is None:
                self.bureau(head[0], head[2], data, status)
            else:
                self.terminal(head[0], data)
        except Refuse as refusal:
            assert refusal.sw == status, "model %04X, card %04X" % (refusal.sw, status)
        else:
            assert status == 0x9000, "the model allows what the card answers with %04X" % status
        # Whatever was committed in a terminal's session, if only a lowered counter, is followed by the cache's transaction.
        if kind == "SEND" and self.session and self.model != before:
            self.roots.remember(*self.session)

    def station(self, ca, certificate):
        leaf, point = parse_leaf(certificate)
        self.session = None
        session = self.roots.chain(ca, certificate, self.model.floor)
        self.model.open(leaf)
        self.session = session
        self.terminals[ca, certificate] = point, leaf

    def signed(self, certificate, role, record):
        """Whether a record holds: its signer's certificate, and its signature."""
        try:
            signer = self.roots.authority(certificate, role, self.model.session_floor())
        except Refuse:
            return False
        return verifies(signer.point, record[:-64], record[-64:])

    def card_certificate(self, ca, certificate):
        authority = self.roots.authority(ca, ROLE_CARD_CA, self.model.session_floor())
        read = Read.of(certificate)
        return read.issuer == (ROLE_CARD_CA, authority.generation) and read.signed_by(authority.point)

    def bureau(self, ins, p2, data, status):
        if ins == 0xD8 and p2 == 0x10:
            self.roots.put(data[0], data[4:68])
        elif ins == 0xE4 and data[:2] == b"\xD0\x01" and data[2] == 0x10:
            self.roots = Roots()
        elif ins == 0xE2:
            for tag, value in parse_tlv(data):
                if tag == 0xDF20 and value != self.objects.get(tag):
                    self.objects.pop(0xDF21, None)
                    self.objects.pop(0xDF22, None)
                self.objects[tag] = value
                if tag == 0xDF24:
                    self.roots.next_hash = value
        elif ins == 0xF0 and status == 0x9000:
            mandate = self.objects[0xDF22]
            self.model = CardModel(self.objects[0xDF20], parse_identity(self.objects[0xDF21]), parse_mandate(mandate),
                                   sha256(mandate))

    def take_certificate(self, certificate):
        self.objects["certificate"] = certificate
        self.model.certificate_from = effective_of(certificate)

    def terminal(self, ins, data):
        data = data.ljust(80, b"\0") if ins == 0x26 else data
        counter, transaction, moment = struct.unpack_from(">III", data)
        context = Context(counter, transaction, moment, data[12:44], struct.unpack_from(">I", data, 44)[0], data[48:80])
        rest = data[80:]
        if ins == 0x30:
            debits = [(rest[at], int.from_bytes(rest[at + 1 : at + 4], "big")) for at in range(34, 34 + 4 * rest[33], 4)]
            pin = rest[34 + 4 * rest[33] :]
            self.model.debit(context, rest[:32], debits, rest[32], pin[1 : 1 + pin[0]].decode())
        elif ins == 0x32:
            self.model.void(context, struct.unpack(">I", rest)[0])
        elif ins == 0x20:
            packed = rest[179:]
            self.model.deliver_mandate(context, parse_mandate(packed), packed,
                                       holds=self.signed(rest[:179], ROLE_GRANT, packed))
            self.objects[0xDF22] = packed
        elif ins == 0x24:
            holder, alternate = (rest[at + 1 : at + 1 + rest[at]].decode() for at in (0, 9))
            assert self.card_certificate(rest[18 : 18 + 179], rest[18 + 179 :])
            self.model.activate(context, rest[18 + 179 :], holder, alternate)
            self.take_certificate(rest[18 + 179 :])
        elif ins == 0x26:
            self.model.set_pin(*(data[at + 1 : at + 1 + data[at]].decode() for at in (0, 9)))
        elif ins == 0x22 and data[179] == 0x7F:
            self.model.deliver_certificate(effective_of(data[179:]),
                                           holds=self.card_certificate(data[:179], data[179:]))
            self.take_certificate(data[179:])
        elif ins == 0x22 and data[179] == 0xC3:
            kind, number = struct.unpack_from(">BI", data, 179 + 10)
            self.model.deliver_notice(kind, number, holds=self.signed(data[:179], ROLE_LIST, data[179:]))
        else:
            self.model.deliver_identity(parse_identity(data[179:]), holds=self.signed(data[:179], ROLE_GRANT, data[179:]))
            self.objects[0xDF21] = data[179:]


# ---- part E, read from the specification ----

def page(image, number):
    return image[number * PAGE : (number + 1) * PAGE]


def witness(image, number):
    """E.2: (state, page numbers) of guard or marker; state 0 if it is bad."""
    raw = page(image, number)
    if raw[1] > 7:
        return 0, []
    data = raw[:13] + b"".join(page(image, 16 + index) for index in range(raw[1]))
    if struct.unpack_from(">I", raw, 13)[0] != zlib.crc32(data):
        return 0, []
    return raw[0], list(raw[6 : 6 + raw[1]])


def recovered(image):
    """E.2 at power-on."""
    image = bytearray(image)
    state, numbers = witness(image, 14)
    if state == 0x49:
        return bytes(image)
    if state != 0x44:
        state, numbers = witness(image, 15)
        if state != 0x43:
            numbers = []
    for index, number in enumerate(numbers):
        image[number * PAGE : (number + 1) * PAGE] = page(image, 16 + index)
    return bytes(image)


def identity_record(raw):
    return raw[: 28 + raw[27] + 1 + raw[28 + raw[27]] + 64]


def check_roots(image, roots):
    """Pages 2 to 4: one root, the hash that it committed to, and the one before as long as it counts."""
    head = page(image, 2)
    assert head[0] == roots.generation
    if not roots.generation:
        return
    assert page(image, 3) == roots.point
    assert head[4] == (roots.next_hash is not None) and (not head[4] or head[8:40] == roots.next_hash), "next root"
    assert (head[1], head[2:4]) == (roots.previous, struct.pack(">H", roots.until)), "previous root"
    assert page(image, 4) == (roots.previous_point or bytes(PAGE)), "previous root's key"


def check_cache(image, caches):
    """Pages 9 to 12 are one of the caches."""
    head = page(image, 9)
    packed = []
    for cache in caches:
        if not cache.ca:
            packed.append(bytes(1))
            continue
        packed.append(bytes([cache.ca.generation, cache.ca.issuer[1]]) + struct.pack(">H", cache.ca.expiry) +
                      bytes([cache.place, cache.used, 2, 0]) + sha256(cache.ca.whole) + cache.ca.point +
                      b"".join(cache.leaves[: cache.used]))
    stored = head[:40] + page(image, 10) + image[11 * PAGE : 11 * PAGE + 32 * min(head[5], 4)] if head[0] else bytes(1)
    assert stored in packed, "trust cache"


def check_image(image, told, tries_of):
    """Raises AssertionError unless the image, by part E, is the card of the story."""
    image = recovered(image)
    head = page(image, 32)
    model = told.model
    check_roots(image, told.roots)
    assert (page(image, 1)[0] == 0x0F) == (model is not None)
    for tag, area, slot in ((0xDF21, 44, head[1]), (0xDF22, 52, head[2])):
        assert (slot != 0) == (tag in told.objects), "record %04X" % tag
        if slot:
            raw = image[(area + 4 * (slot - 1)) * PAGE :][:256]
            record = identity_record(raw) if tag == 0xDF21 else raw[: 27 + 17 * raw[26] + 64]
            assert record == told.objects[tag], "record %04X" % tag
    assert page(image, 33)[:8] == told.objects.get(0xDF20, bytes(8))
    if model is None:
        return
    floor, counter, stopped, epoch, done = struct.unpack_from(">HIIII", head, 3)
    assert (floor, stopped, epoch, done) == (model.floor, model.stopped, model.reset_epoch, model.reset_done)
    for slot, one in enumerate(model.spent):
        raw = image[34 * PAGE + 16 * slot :][:9]
        stored = struct.unpack_from(">HB", raw) + (int.from_bytes(raw[3:6], "big"), int.from_bytes(raw[6:9], "big"))
        assert stored == (one.grant, one.window, one.spent, one.credit), "purse %d" % slot
    assert (head[0] != 0) == bool(model.entries) and counter == max(len(model.entries) - 1, 0)
    for who in (1, 2):
        raw = page(image, 36 + who)
        assert raw[0] == (who in model.pins)
        if who in model.pins:
            pin = model.pins[who].encode()
            assert raw[32:64] == hashlib.sha256(raw[16:32] + bytes([len(pin)]) + pin.ljust(8, b"\0")).digest()
            assert page(image, 36)[who - 1] in tries_of[who], "tries"
    if model.entries:
        certificate = told.objects["certificate"]
        assert image[(60 if head[21] else 40) * PAGE :][: len(certificate)] == certificate, "card certificate"
        assert head[32:64] == model.entries[-1].hash()
        for entry in model.ring():
            packed = entry.pack()
            assert image[(64 + 4 * (entry.counter % 17)) * PAGE :][: len(packed)] == packed, "entry %d" % entry.counter


class Images(unittest.TestCase):
    def setUp(self):
        self.pipe = pipe.Pipe()
        self.addCleanup(self.pipe.close)

    def load(self, image):
        self.pipe.process.stdin.write(b"\xFF\xFE" + image)
        self.pipe.process.stdin.flush()
        self.assertEqual(self.pipe.process.stdout.read(2), b"\0\0")

    def check_card(self, image, told, tries_of):
        """The card process that holds the image says what the models say: to each terminal that the card has met."""
        read = False
        self.load(image)
        card = client.Card(self.pipe.transmit)
        if told.model.entries:
            card.open()
            self.assertTrue(card.get_data(0xBF21).endswith(told.objects["certificate"]))
        for (ca, certificate), (point, leaf) in reversed(told.terminals.items()):
            key, root, card_point = TERMINAL_KEYS[point], Read.of(ca).issuer[1], b"\x04" + page(image, 6)
            said = card.open()
            self.assertEqual((said["root"], said["station_ca"]), (page(image, 2)[0], page(image, 9)[0]))
            try:
                told.roots.chain(ca, certificate, told.model.floor)
            except Refuse as refusal:
                with self.assertRaises(client.Refused) as refused:
                    card.authenticate(key, certificate, card_point, ca=ca, root=root)
                self.assertEqual(refused.exception.sw, refusal.sw)
                continue
            if not read:
                card.authenticate(key, certificate, card_point, ca=ca, root=root)
                model = copy.deepcopy(told.model)
                model.open(leaf)
                self.read_card(card, model, told, tries_of)
                read = True
        self.asked += read

    def read_card(self, card, model, told, tries_of):
        expected, status = model.status(), card.status()
        for name, who in (("holder_tries", 1), ("alternate_tries", 2)):
            del expected[name]
            if who in model.pins:
                self.assertIn(status[name], tries_of[who])
        expected["root"] = told.roots.generation
        self.assertEqual({name: status[name] for name in expected}, expected)
        self.assertEqual(card.record(0xDF22), told.objects[0xDF22])
        self.assertEqual(card.record(0xDF21), told.objects[0xDF21])
        # Every image shows its last entries; the whole ring stands in the image and was compared there.
        for entry in model.ring()[-2:]:
            self.assertEqual(card.receipt(entry.counter), entry)

    def check_links(self, image, told):
        """What the card that holds the image answers to links, good and forged, is what the model answers."""
        now = told.roots.generation
        for generation, brings, signs in ((now + 1, now + 1, now), (now + 1, now, now), (now + 2, now + 2, now + 2),
                                          (now, now, now), (now + 1, now + 2, now + 2), (now + 1, now + 1, now + 1)):
            if generation < 2:
                continue
            record = link(generation, crypto.point(ROOT_KEYS[brings])[1:], sha256(crypto.point(ROOT_KEYS[generation + 1])), 0)
            record += crypto.signer(ROOT_KEYS[signs])(record)
            roots, card = copy.deepcopy(told.roots), client.Card(self.pipe.transmit)
            self.load(image)
            verdict = answer = 0x9000
            try:
                roots.link(record)
            except Refuse as refusal:
                verdict = refusal.sw
            try:
                card.root_link(record)
            except client.Refused as refused:
                answer = refused.sw
            self.assertEqual(answer, verdict)
            self.assertEqual(card.open()["root"], roots.generation)
            self.links += 1

    def check(self, image, before, after, is_after):
        told = after if is_after else before
        # A cut may cost one try, and only a card in the state before.
        tries_of = {who: {told.model.tries[who], *([] if is_after else [max(before.model.tries[who] - 1, 0)])}
                    for who in (1, 2)} if told.model else {}
        check_image(image, told, tries_of)
        # The cache follows in a transaction of its own, but for a new root: that one takes it along.
        same_root = told.roots.generation == before.roots.generation
        check_cache(recovered(image), [told.roots.cache, *([before.roots.cache] if same_root else [])])
        self.images += 1
        if told.terminals:
            self.check_card(image, told, tries_of)
        if told.model and self.images % 40 == 0:
            self.check_links(image, told)
        if told.model and self.images % 50 == 0:
            self.check_that_it_can_fail(image, told, tries_of)

    def check_that_it_can_fail(self, image, told, tries_of):
        """One more gram spent, an older counter, another day of the root before, another next root are seen."""
        for at in (34 * PAGE + 5, 32 * PAGE + 8, 2 * PAGE + 3, 2 * PAGE + 9):
            broken = bytearray(image)
            broken[at] ^= 1
            if recovered(bytes(broken)) == recovered(image):
                continue  # the journal heals it
            with self.assertRaises(AssertionError):
                check_image(bytes(broken), told, tries_of)

    def test_every_distinct_image(self):
        self.images = self.asked = self.links = scenarios = 0
        with subprocess.Popen([sys.argv[1], "--images"], stdout=subprocess.PIPE, text=True) as run:
            lines, base, before, after = [], b"", None, None
            for line in run.stdout:
                kind = line.split(" ", 1)[0].strip()
                if kind == "SCENARIO":
                    name, lines = line.split()[1], []
                    scenarios += 1
                elif kind in ("BUREAU", "STATION", "CLEAR", "SEND"):
                    lines.append(line)
                elif kind == "IMAGE":
                    base = bytes.fromhex(line.split()[1])
                    before = Story()
                    for told in lines[:-1]:
                        before.tell(told)
                    after = copy.deepcopy(before)
                    after.tell(lines[-1])
                elif kind in ("BEFORE", "AFTER"):
                    image = bytearray(base)
                    for part in line.split()[1:]:
                        number, content = part.split("=")
                        image[int(number) * PAGE : (int(number) + 1) * PAGE] = bytes.fromhex(content)
                    with self.subTest(name):
                        self.check(bytes(image), before, after, kind == "AFTER")
        self.assertEqual(run.returncode, 0, "tear-images failed")
        self.assertGreater(scenarios, 50)
        self.assertGreater(self.images, int(sys.argv[2]))
        self.assertGreater(self.asked, self.images // 2)
        self.assertGreater(self.links, 100)
        print("# %d images of %d commands read, %d asked, %d links tried" % (self.images, scenarios, self.asked, self.links))


if __name__ == "__main__":
    unittest.main()
