# SPDX-License-Identifier: Apache-2.0
"""Each distinct image that the torn cards of test_tears.c leave, judged by two that know nothing of its code: a reader of
part E of schema/card-specification.md, and a card process that loads the image and is asked through its channel. Both must
show what the model of the card (card_model.py) says after the same story, before the torn command or after it."""
import copy
import hashlib
import struct
import subprocess
import unittest
import zlib

import client
import crypto
import pipe
import story
from card_model import CardModel, Context, Identity, Leaf, Refuse
from records import ROLE_REGISTRAR, Mandate, Purse, days, parse_tlv, sha256

PAGE = 64
TERMINAL_KEYS = {crypto.point(crypto.key_of(number)): crypto.key_of(number) for number in range(20, 30)}


def days_of_bcd(value):
    return days("%s-%s-%s" % (value.hex()[:4], value.hex()[4:6], value.hex()[6:]))


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
    """What the lines of test_tears.c make of a card: the bureau's objects, then the model."""

    def __init__(self):
        self.root = 0
        self.objects = {}
        self.model = None
        self.reader = None
        self.old_until = None

    def tell(self, line):
        kind, first, second, word = line.split()
        head, data, word = (bytes.fromhex(part.replace("-", "")) for part in (first, second, word))
        status = struct.unpack(">H", word)[0]
        if kind == "BUREAU":
            return
        try:
            if kind == "STATION":
                leaf, point = parse_leaf(data)
                self.model.open(leaf)
                if leaf.role == ROLE_REGISTRAR:
                    self.reader = (head, data, point, leaf)
            elif kind == "CLEAR":
                self.old_until = struct.unpack_from(">H", data, 99)[0]
                self.root = data[2]
            elif self.model is None:
                self.bureau(head[0], head[2], data, status)
            else:
                self.terminal(head[0], data)
        except Refuse as refusal:
            assert refusal.sw == status, "model %04X, card %04X" % (refusal.sw, status)
        else:
            assert status == 0x9000, "the model allows what the card answers with %04X" % status

    def bureau(self, ins, p2, data, status):
        if ins == 0xD8 and p2 == 0x10:
            self.root = data[0]
            self.objects.pop(0xDF24, None)
        elif ins == 0xE4 and data[:2] == b"\xD0\x01" and data[2] == 0x10:
            self.root = 0
        elif ins == 0xE2:
            for tag, value in parse_tlv(data):
                if tag == 0xDF20 and value != self.objects.get(tag):
                    self.objects.pop(0xDF21, None)
                    self.objects.pop(0xDF22, None)
                self.objects[tag] = value
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
            self.model.deliver_mandate(context, parse_mandate(packed), packed)
            self.objects[0xDF22] = packed
        elif ins == 0x24:
            holder, alternate = (rest[at + 1 : at + 1 + rest[at]].decode() for at in (0, 9))
            self.model.activate(context, rest[18 + 179 :], holder, alternate)
            self.take_certificate(rest[18 + 179 :])
        elif ins == 0x26:
            self.model.set_pin(*(data[at + 1 : at + 1 + data[at]].decode() for at in (0, 9)))
        elif ins == 0x22 and data[179] == 0x7F:
            self.model.deliver_certificate(effective_of(data[179:]))
            self.take_certificate(data[179:])
        elif ins == 0x22 and data[179] == 0xC3:
            kind, number = struct.unpack_from(">BI", data, 179 + 10)
            self.model.deliver_notice(kind, number)
        else:
            self.model.deliver_identity(parse_identity(data[179:]))
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


def check_image(image, told, tries_of):
    """Raises AssertionError unless the image, by part E, is the card of the story."""
    image = recovered(image)
    head = page(image, 32)
    model = told.model
    assert page(image, 2)[0] == told.root
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
        """The card process that holds the image says what the model says."""
        model = copy.deepcopy(told.model)
        ca, leaf, point, parsed = told.reader
        self.load(image)
        card = client.Card(self.pipe.transmit)
        card.open()
        if model.entries:
            self.assertTrue(card.get_data(0xBF21).endswith(told.objects["certificate"]))
        card.authenticate(TERMINAL_KEYS[point], leaf, b"\x04" + page(image, 6), ca=ca)
        model.open(parsed)
        expected, status = model.status(), card.status()
        for name, who in (("holder_tries", 1), ("alternate_tries", 2)):
            del expected[name]
            if who in model.pins:
                self.assertIn(status[name], tries_of[who])
        self.assertEqual({name: status[name] for name in expected}, expected)
        self.assertEqual(card.record(0xDF22), told.objects[0xDF22])
        self.assertEqual(card.record(0xDF21), told.objects[0xDF21])
        # Every image shows its last entries; the whole ring stands in the image and was compared there.
        for entry in model.ring()[-2:]:
            self.assertEqual(card.receipt(entry.counter), entry)

    def check(self, image, before, after, is_after):
        told = after if is_after else before
        # A cut may cost one try, and only a card in the state before.
        tries_of = {who: {told.model.tries[who], *([] if is_after else [max(before.model.tries[who] - 1, 0)])}
                    for who in (1, 2)} if told.model else {}
        check_image(image, told, tries_of)
        self.images += 1
        # Once the first root counts no more, these terminals' certificates open no channel.
        reachable = told.model and told.reader and told.root <= 2 and told.old_until != 0
        if reachable:
            self.check_card(image, told, tries_of)
            self.asked += 1
        if told.model and self.images % 50 == 0:
            self.check_that_it_can_fail(image, told, tries_of)

    def check_that_it_can_fail(self, image, told, tries_of):
        """One more gram spent, and an older counter, are seen."""
        for at in (34 * PAGE + 5, 32 * PAGE + 8):
            broken = bytearray(image)
            broken[at] ^= 1
            if recovered(bytes(broken)) == recovered(image):
                continue  # the journal heals it
            with self.assertRaises(AssertionError):
                check_image(bytes(broken), told, tries_of)

    def test_every_distinct_image(self):
        self.images = self.asked = scenarios = 0
        program = story.BUILD / "tests" / "faults" / "tear-images"
        with subprocess.Popen([program, "--images"], stdout=subprocess.PIPE, text=True) as run:
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
        self.assertGreater(self.images, 2000)
        print("# %d images of %d commands read, %d asked" % (self.images, scenarios, self.asked))


if __name__ == "__main__":
    unittest.main()
