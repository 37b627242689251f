# SPDX-License-Identifier: Apache-2.0
"""What tests of the card share: a city, terminals, a family's records, a virtual card process, a PC/SC connection."""
import json
import os
import pathlib
import signal
import subprocess
import time

import client
import crypto
import issuer
from records import (GRAM, MILLILITRE, MONTH, RUPIAH, ROLE_CARD_CA, ROLE_GRANT, ROLE_LIST, ROLE_REGISTRAR,
                     ROLE_STATION_CA, ROLE_STORE, Mandate, Purse, basket, days, identity, sha256)

BUILD = pathlib.Path(os.environ.get("SBK_BUILD", "build"))
SOURCE = pathlib.Path(os.environ.get("SBK_SOURCE", "."))
TEST_MASTER = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
NOON = 4 * 3600  # noon in WITA as UTC seconds of the day


def at(day, seconds=NOON):
    """UTC seconds of noon in Samarinda on a day such as 2025-11-16."""
    return days(day) * 86400 + seconds


class VirtualCard:
    """A sembako-card process behind the vpcd port of the harness."""

    def __init__(self, image, port=None, extra=()):
        port = port or os.environ["SBK_VPCD_PORTS"].split(",")[0]
        program = BUILD / "applet" / "port" / "sembako-card"
        self.process = subprocess.Popen(
            [program, "--image", str(image), "--vpcd", "127.0.0.1:" + port, *extra],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stop(self):
        """Ends the process; what it printed on stdout."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=10)
        if self.process.returncode != 0:
            raise RuntimeError("sembako-card ended with %d: %s" % (self.process.returncode, err))
        return json.loads(out) if out.strip().startswith("{") else out


def connect(timeout=10):
    """The card in the first reader that has one, as a transmit function and a disconnect function."""
    from smartcard.Exceptions import CardConnectionException, NoCardException
    from smartcard.System import readers
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for reader in readers():
            connection = reader.createConnection()
            try:
                connection.connect()
            except (NoCardException, CardConnectionException):
                continue

            def transmit(command, connection=connection):
                data, sw1, sw2 = connection.transmit(list(command))
                return bytes(data) + bytes([sw1, sw2])

            return transmit, connection.disconnect
        time.sleep(0.1)
    raise RuntimeError("no card within %d s" % timeout)


class Terminal:
    def __init__(self, city, role, name, effective, expiry, key=None, **rights):
        self.key = key or crypto.new_key()
        self.name = name
        self.leaf = city.terminal(role, self.key, name, effective, expiry, **rights)


class Family:
    """One card: records of the quarter October to December 2025, in kind and in rupiah."""

    def __init__(self, city, alias=bytes.fromhex("1122334455667788"), alternate="Siti Aminah"):
        self.city, self.alias = city, alias
        self.identity = city.grant(identity(alias, 1, "100000000008", "6472051001", days("2025-10-01"),
                                            days("2027-12-31"), "Budi Santoso", alternate))
        self.purses = [
            Purse(0, 1, 1, GRAM, 1, 10000, days("2025-10-01"), MONTH, 3, carry=0, priority=0),
            Purse(1, 2, 1, MILLILITRE, 2, 2000, days("2025-10-01"), MONTH, 3, carry=0, priority=1),
            Purse(2, 3, 2, RUPIAH, 0, 300000, days("2025-10-01"), MONTH, 3, carry=1, priority=2),
        ]
        self.mandate = city.grant(Mandate(alias, 1, days("2025-10-01"), self.purses, flags=3))

    def encode(self, card):
        city = self.city
        card.open_bureau(TEST_MASTER)
        self.agreement, self.signing = card.personalize(
            city.root_point(1), city.root_hash(2), self.alias, city.authority(ROLE_GRANT), self.identity, self.mandate)
        self.signing_compressed = bytes([2 + (self.signing[64] & 1)]) + self.signing[1:33]
        self.certificate = city.card(self.alias, self.agreement, self.signing_compressed)

    def activate(self, card, registrar, when, holder="135790", alternate="246801", transaction=1):
        city = self.city
        card.open()
        card.authenticate(registrar.key, registrar.leaf, self.agreement, ca=city.authority(ROLE_STATION_CA))
        entry = card.activate(card.context(0, transaction, when), city.authority(ROLE_CARD_CA), self.certificate,
                              holder, alternate)
        client.verify_entry(entry, self.signing_compressed)
        return entry


def city_and_terminals():
    city = issuer.Issuer()
    store = Terminal(city, ROLE_STORE, "EW-001-A", "2025-11-01", "2025-12-31", outlet="EW-001")
    registrar = Terminal(city, ROLE_REGISTRAR, "REG-SMP", "2025-11-01", "2025-12-31", kelurahan="6472051001")
    return city, store, registrar


def rice(quantity, slot=0):
    return sha256(basket([("beras", quantity, 13500, quantity * 13500 // 1000, 1, slot)]))


__all__ = ["VirtualCard", "connect", "Terminal", "Family", "city_and_terminals", "rice", "at", "TEST_MASTER", "SOURCE",
           "BUILD", "ROLE_LIST", "ROLE_STATION_CA", "ROLE_STORE"]
