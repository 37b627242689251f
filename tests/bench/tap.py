# SPDX-License-Identifier: Apache-2.0
"""Turns the counts of a tap into a modelled time on chips whose timings are published (medians in ms, JCAlgTest).

Every term:
    field       25 ms to power the card and find it
    exchange    per APDU: air (9 bits a byte at 424 kbit/s, 0.25 ms a frame of up to 256 bytes), 4 ms reader, 2 ms dispatch
    verify      per certificate verification: verify + key load + one write
    key pair    the card's ephemeral key
    agreement   per ECDH: agreement + key load
    sign        signature + key load
    memory      page writes counted in the card, four 64-byte pages a 256-byte atomic write
    messaging   per protected APDU: two AES passes each way at 0.02 ms a 16-byte block, and one key load a session key (3)
    hashes      SHA-256 at 0.05 ms a 64-byte block: key derivation, certificate, entry
"""
import argparse
import json
import sys

import client
import pipe
import story
from records import ROLE_STATION_CA

CHIPS = {  # sign, verify, ECDH, key pair, key load, 256-byte atomic write
    "J3R180 (P71)": (32, 30, 20, 26.5, 6.1, 2.9),
    "J3H145 (P60)": (56, 50, 55, 151, 13.7, 1.5),
    "SmartCafe 7": (51, 67, 59, 186, 7.7, 0.3),
    "JCOP 2.4.1": (88, 128, 119, 73, 11.7, 19.8),
    "SLE78 CJTOP": (146, 101, 126, 212, 3.0, 2.2),
}
GOALS = {"known": 250, "first": 375}
# What tests/card/test_budget.py and tests/personalize assert; "on air" is bytes_in + bytes_out.
FOREIGN_APDUS, FOREIGN_BYTES = 1, 300
LIMITS = {
    "encode": {"apdus": 30},
    "first": {"apdus": 10 + FOREIGN_APDUS, "on air": 3000 + FOREIGN_BYTES, "verifies": 2, "keygens": 1, "agreements": 2,
              "signs": 1},
    "first, CA cached, no foreign entry": {"apdus": 10, "on air": 3000, "verifies": 1, "keygens": 1, "agreements": 2,
                                           "signs": 1},
    "known": {"apdus": 6, "on air": 1500, "verifies": 0, "keygens": 1, "agreements": 2, "signs": 1, "transactions": 2},
}
HASH_BLOCKS = 20  # derivation 6, leaf 4, confirmation and entry 7, digest of the PIN 3


def modelled(counts, protected, chip):
    sign, verify, agree, pair, load, write = chip
    on_air = counts["bytes_in"] + counts["bytes_out"]
    frames = 2 * counts["apdus"]
    return sum((
        25,
        on_air * 9 / 424 + frames * 0.25 + counts["apdus"] * (4 + 2),
        counts["verifies"] * (verify + load + write),
        counts["keygens"] * pair,
        counts["agreements"] * (agree + load),
        counts["signs"] * (sign + load),
        counts["page_writes"] / 4 * write,
        3 * load + on_air / 16 * 2 * 0.02 * min(1, protected / counts["apdus"]),
        HASH_BLOCKS * 0.05,
    ))


class Taps:
    def __init__(self):
        self.pipe = pipe.Pipe()
        self.card = client.Card(self.pipe.transmit)
        self.city, self.store, registrar = story.city_and_terminals()
        self.family = story.Family(self.city)
        before = self.pipe.counts()
        self.family.encode(self.card)
        self.encoded = pipe.spent(before, self.pipe.counts())
        self.previous = self.family.activate(self.card, registrar, story.at("2025-11-16"))
        self.transaction = 0

    def debit(self):
        self.transaction += 1
        context = self.card.context(self.previous.counter + 1, self.transaction, story.at("2025-11-16"),
                                    self.previous.hash())
        self.previous = self.card.debit(context, story.rice(1000), [(0, 1000), (2, 18000)], 1, "135790")

    def first(self, foreign=True):
        self.card.open()
        self.card.get_data(0xBF21)
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement,
                               ca=self.city.authority(ROLE_STATION_CA))
        self.card.status()
        self.card.record(0xDF22)
        self.card.record(0xDF21)
        if foreign:
            self.card.receipt(self.previous.counter)
        self.debit()
        return 5

    def first_cached(self):
        """At another store, whose CA the card knows from the tap before."""
        self.store = story.Terminal(self.city, story.ROLE_STORE, "EW-009", "2025-11-02", "2025-12-31", outlet="EW-009")
        return self.first(foreign=False)

    def known(self):
        self.card.open()
        self.card.authenticate(self.store.key, self.store.leaf, self.family.agreement)
        self.card.status()
        self.debit()
        return 2

    def measure(self, tap):
        before = self.pipe.counts()
        protected = tap()
        return pipe.spent(before, self.pipe.counts()), protected


def print_budgets(counts_of):
    """Each count beside its limit; whether all are kept. A debit is one transaction, the PIN's try counter one more."""
    kept = True
    for name, limits in LIMITS.items():
        counts = dict(counts_of[name])
        counts["on air"] = counts["bytes_in"] + counts["bytes_out"]
        over = [what for what, limit in limits.items() if counts[what] > limit]
        print("%s: %s%s" % (name, ", ".join("%s %d of %d" % (what, counts[what], limit) for what, limit in limits.items()),
                            "  EXCEEDED: " + ", ".join(over) if over else ""))
        kept = kept and not over
    extra = {what: counts_of["first"][what] - counts_of["first, nothing foreign"][what]
             for what in ("apdus", "bytes_in", "bytes_out")}
    on_air = extra["bytes_in"] + extra["bytes_out"]
    print("foreign previous entry: apdus %d of %d, on air %d of %d" % (extra["apdus"], FOREIGN_APDUS, on_air, FOREIGN_BYTES))
    return kept and extra["apdus"] <= FOREIGN_APDUS and on_air <= FOREIGN_BYTES


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    taps = Taps()
    results = {name: taps.measure(getattr(taps, name)) for name in ("first", "known")}
    budgets = {name: counts for name, (counts, _) in results.items()}
    budgets["encode"] = taps.encoded
    budgets["first, CA cached, no foreign entry"] = taps.measure(taps.first_cached)[0]
    taps.pipe.close()
    plain = Taps()
    budgets["first, nothing foreign"] = plain.measure(lambda: plain.first(foreign=False))[0]
    plain.pipe.close()
    report = {name: {"counts": counts, "ms": {chip: round(modelled(counts, protected, times), 1)
                                              for chip, times in CHIPS.items()}}
              for name, (counts, protected) in results.items()}
    if options.json:
        print(json.dumps(report))
        return 0
    kept = print_budgets(budgets)
    for name, result in report.items():
        print("%s tap (first includes identity, mandate and a foreign entry)" % name)
        print("  " + ", ".join("%s %d" % item for item in result["counts"].items()))
        for chip, ms in result["ms"].items():
            goal = "  goal %d ms" % GOALS[name] if "P71" in chip else ""
            print("  %-14s %6.1f ms modelled%s" % (chip, ms, goal))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
