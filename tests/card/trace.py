# SPDX-License-Identifier: Apache-2.0
"""The worked trace of part F of schema/card-specification.md.

    trace.py --write        runs a redeem against card-pipe and puts its bytes into the specification

read() and replay() are for test_trace.py: the terminal's private keys and the card's answers stand in the trace, so that
everything else can be computed again.
"""
import re
import sys
import textwrap

import client
import crypto
import pipe
import story
from records import ROLE_STATION_CA, basket, parse_tlv, sha256

SPECIFICATION = story.SOURCE / "schema" / "card-specification.md"
START, END = "<!-- TRACE -->\n", "<!-- END OF TRACE -->\n"
LINES = [("beras", 5000, 13500, 67500, 7, 0), ("gula", 1000, 18000, 18000, 7, 2)]
DEBITS = [(0, 5000), (2, 18000)]
PIN = "135790"
TRANSACTION = 42
WHEN = story.at("2025-11-16")
LOG_SIZE, LOG_ROOT = 9, sha256(b"a log of the tests")

STEPS = [
    ("SELECT", "FCI: alias, state 02 (active), root generation 1, station CA generation 1 cached"),
    ("GET DATA BF21", "the card certificate; class 00, so the value alone"),
    ("PERFORM SECURITY OPERATION", "the station CA's certificate, KID 10, KVN 01, more to come"),
    ("PERFORM SECURITY OPERATION", "the station's own certificate"),
    ("MUTUAL AUTHENTICATE", "key usage 3C; the answer is the card's ephemeral key and the key confirmation"),
    ("READ STATUS", "first protected command, counter 1"),
    ("GET DATA DF22", "the mandate, counter 2"),
    ("READ RECEIPT", "entry 0, counter 3: its hash must stand in the debit"),
    ("DEBIT", "5,000 g from purse 0 and Rp18,000 from purse 2, counter 4; the answer is entry 1"),
]


def redeem(card, store, agreement_point, ca, ephemeral):
    """The session of the trace; entries 0 and 1 and the plain answers."""
    plain = []
    card.open()
    certificate = card.get_data(0xBF21)
    card.present(ca, 0x10, 1, more=True)
    card.present(store.leaf, 0x10, 1, more=False)
    card.messaging = client.channel.scp11a_open(card.exchange, store.key, agreement_point(certificate), ephemeral=ephemeral)
    command = card.command

    def keeping(ins, data=b"", **header):
        answer = command(ins, data, **header)
        plain.append((data, answer))
        return answer

    card.command = keeping
    card.status()
    card.record(0xDF22)
    activation = card.receipt(0)
    context = card.context(1, TRANSACTION, WHEN, activation.hash(), LOG_SIZE, LOG_ROOT)
    entry = card.debit(context, sha256(basket(LINES)), DEBITS, 1, PIN)
    return activation, entry, plain


def point_in(certificate):
    body = dict(parse_tlv(dict(parse_tlv(certificate))[0x7F21]))
    return dict(parse_tlv(body[0x7F49]))[0xB0]


def block(data):
    return "\n".join(textwrap.wrap(data.hex().upper(), 112, initial_indent="    ", subsequent_indent="    ")) or "    (none)"


def write():
    card_pipe = pipe.Pipe()
    card = client.Card(card_pipe.transmit, trace=[])
    city, _, registrar = story.city_and_terminals()
    store = story.Terminal(city, story.ROLE_STORE, "EW-001-A", "2025-11-01", "2025-12-31", key=crypto.key_of(4242),
                           outlet="EW-001")
    family = story.Family(city)
    family.encode(card)
    family.activate(card, registrar, WHEN)
    card.trace.clear()
    ephemeral = crypto.key_of(777777)
    _, entry, plain = redeem(card, store, point_in, city.authority(ROLE_STATION_CA), ephemeral)
    client.verify_entry(entry, family.signing_compressed)
    card_pipe.close()

    out = ["The terminal's private key (d) and its ephemeral one; basket and log as named in the debit.", "",
           "SK.OCE " + "%064X" % 4242, "eSK.OCE " + "%064X" % 777777, ""]
    protected = len(STEPS) - len(plain)
    for number, ((name, text), (command, answer)) in enumerate(zip(STEPS, card.trace)):
        out += ["**%d. %s**: %s" % (number + 1, name, text), "", "command", "", block(command), ""]
        if number >= protected and plain[number - protected][0]:
            out += ["its data in clear", "", block(plain[number - protected][0]), ""]
        out += ["answer", "", block(answer), ""]
        if number >= protected:
            out += ["its data in clear", "", block(plain[number - protected][1]), ""]
    text = SPECIFICATION.read_text()
    before, rest = text.split(START)
    after = rest.split(END)[1]
    SPECIFICATION.write_text(before + START + "\n".join(out).replace("\nSK.OCE", "\n    SK.OCE").replace(
        "\neSK.OCE", "\n    eSK.OCE") + "\n" + END + after)


def read():
    """(terminal key, ephemeral key, [(command, clear command, answer, clear answer)]) as the specification has them."""
    text = SPECIFICATION.read_text().split(START)[1].split(END)[0]
    keys = [crypto.key_of(int(value, 16)) for value in re.findall(r"SK\.OCE ([0-9A-F]{64})", text)]
    steps = []
    for step in re.split(r"^\*\*\d+\. ", text, flags=re.M)[1:]:
        parts = re.split(r"^(command|its data in clear|answer)$", step, flags=re.M)[1:]
        found = []
        for label, body in zip(parts[::2], parts[1::2]):
            found.append((label, bytes.fromhex("".join(re.findall(r"^    ([0-9A-F]+)$", body, re.M)))))
        at = [label for label, _ in found].index("answer")
        steps.append((found[0][1], found[1][1] if at == 2 else b"", found[at][1],
                      found[at + 1][1] if len(found) > at + 1 else b""))
    return keys[0], keys[1], steps


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    write()
