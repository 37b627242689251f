# SPDX-License-Identifier: Apache-2.0
"""A city and a bureau made by the real programs, and virtual cards that a test can pull at any APDU.

    office = Office(cards=5)                # keys, enrolment, a batch of so many cards in a temporary folder
    with office.card("one.img") as card:    # sembako-card behind a relay; needs with-pcscd
        card.fault = Fault(at=7, when="after", what=...)
        office.encode("--count", "1")
"""
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import vpcd

BUILD = os.environ["SBK_BUILD"]
SOURCE = os.environ["SBK_SOURCE"]
KEYS = os.path.join(BUILD, "keys", "sembako-keys")
PERSONALIZE = os.path.join(BUILD, "personalize", "sembako-personalize")
CARD = os.path.join(BUILD, "applet", "port", "sembako-card")
APDUS = 17  # that one card takes to encode; test_encode asserts it, the fault tests go through all of them
DATE = "2025-11-16"


def environment(date=DATE):
    return dict(os.environ, SEMBAKO_DATE=date, LC_ALL="C.UTF-8")


class Answer:
    """Exit code, stdout, stderr and, with --json, the object."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.json = json.loads(out) if out.lstrip().startswith("{") else None

    def __repr__(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"


def run(*words, date=DATE, timeout=20, cwd=None):
    done = subprocess.run([str(word) for word in words], env=environment(date), timeout=timeout, cwd=cwd, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return Answer(done.returncode, done.stdout, done.stderr)


class Office:
    def __init__(self, cards=0, households=200):
        self.folder = tempfile.mkdtemp(prefix="sembako-personalize-")
        self.store, self.bureau = self.path("city"), self.path("bureau")
        self.programmes = os.path.join(SOURCE, "data", "programmes.yaml")
        self.secret = self.path("passphrase")
        with open(self.secret, "w", encoding="ascii") as file:
            file.write("correct horse\n")
        os.chmod(self.secret, 0o600)
        self.roll = self.path("roll.csv")
        self.must(PERSONALIZE, "sample-roll", "--households", households, "--seed", 1, "--out", self.roll)
        self.must(KEYS, "init", "--store", self.store, *self.key)
        self.must(KEYS, "transport", "import", "--store", self.store, "--test-key", *self.key)
        self.must(PERSONALIZE, "enrol", "--office", self.bureau, "--name", "Percetakan Satu", "--out", self.path("req"),
                  *self.key)
        self.certificate = self.path("bureau.cms")
        self.must(KEYS, "office", "issue", "--store", self.store, "--request", self.path("req"), "--out",
                  self.certificate, *self.key)
        self.must(PERSONALIZE, "install", "--office", self.bureau, "--certificate", self.certificate)
        self.batch = self.path("batch-1")
        if cards:
            self.prepare(cards, self.batch)

    @property
    def key(self):
        return ("--passphrase-file", self.secret)

    def path(self, name):
        return os.path.join(self.folder, name)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def must(*words, **options):
        answer = run(*words, **options)
        if answer.code != 0:
            raise AssertionError(f"{' '.join(str(word) for word in words)}: {answer}")
        return answer

    def prepare_words(self, cards, out, roll=None):
        return (PERSONALIZE, "prepare", "--store", self.store, "--roll", roll or self.roll, "--programmes",
                self.programmes, "--recipient", self.certificate, "--households-max", cards, "--out", out, "--json",
                *self.key)

    def prepare(self, cards, out):
        return self.must(*self.prepare_words(cards, out)).json

    def encode_words(self, *words):
        return (PERSONALIZE, "encode", "--office", self.bureau, "--batch", self.batch, "--json", *self.key, *words)

    def encode(self, *words, **options):
        return run(*self.encode_words(*words), **options)

    def start_encode(self, *words):
        return subprocess.Popen([str(word) for word in self.encode_words(*words)], env=environment(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def report(self, name="report"):
        self.must(PERSONALIZE, "report", "--office", self.bureau, "--batch", self.batch, "--out", self.path(name),
                  *self.key)
        return self.path(name)

    def certify(self, report, name="certificates"):
        return run(PERSONALIZE, "certify", "--store", self.store, "--report", report, "--out", self.path(name), "--json",
                   *self.key)

    def work(self):
        """The bureau's orders: {sequence: (state, serial in hex or None)}."""
        path = self.path("bureau/bureau.db")
        if not os.path.exists(path):
            return {}
        database = sqlite3.connect(path, timeout=10)
        try:
            there = database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'work'").fetchone()[0]
            rows = there and database.execute("SELECT sequence, state, serial FROM work ORDER BY sequence").fetchall()
        finally:
            database.close()
        return {sequence: (state, serial.hex() if serial else None) for sequence, state, serial in rows or []}

    def card(self, name, **options):
        return Card(self.path(name), **options)


class Card:
    """A sembako-card with its own image in the first reader. Every APDU passes through here; `hook(number)`, if set, is
    called with the number of the APDU after the card answered it and before the reader hears: "pull" takes the card out
    there, "garble" flips a bit of the answer, "short" leaves one byte of it, bytes stand in for it, anything else goes
    on. `number` counts from 1 at each insertion."""

    def __init__(self, image, transport_key=None, hook=None):
        self.image, self.transport_key = image, transport_key
        self.hook = hook
        self.number = 0
        self._process = self._listener = self._inner = self._card = None
        self.insert()

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        self.remove()

    def insert(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        words = [CARD, "--image", self.image, "--vpcd", f"127.0.0.1:{port}"]
        if self.transport_key:
            words += ["--transport-key", self.transport_key]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, text=True)
        self._listener.settimeout(20)
        self._inner, _ = self._listener.accept()
        self._inner.settimeout(20)
        self.number = 0
        self._inner.sendall(b"\x00\x01" + bytes([vpcd.ON]))
        atr = self._ask(bytes([vpcd.GET_ATR]))
        self._card = vpcd.VirtualCard(self._answer, atr=atr)
        wait_until(lambda: self._card.resets > 0)  # pcscd has found it

    def _receive(self, size):
        data = b""
        while len(data) < size:
            self._inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self._inner.recv(size - len(data))
            if not part:
                raise AssertionError("sembako-card ended")
            data += part
        return data

    def _ask(self, message):
        self._inner.sendall(len(message).to_bytes(2, "big") + message)
        return self._receive(int.from_bytes(self._receive(2), "big"))

    def _answer(self, command):
        self.number += 1
        reply = self._ask(command)
        fault = self.hook(self.number) if self.hook else None
        if fault == "garble":
            middle = len(reply) // 2
            reply = reply[:middle] + bytes([reply[middle] ^ 0x20]) + reply[middle + 1:]
        if fault == "short":
            reply = reply[:1]
        if isinstance(fault, bytes):
            reply = fault
        return None if fault == "pull" else reply

    def remove(self):
        if self._process is None:
            return
        self._card.remove()
        self._inner.close()
        self._listener.close()
        self._process.terminate()
        self._process.communicate(timeout=10)
        self._process = None
        time.sleep(0.6)  # pcscd looks every 0.4 seconds

    def serial(self):
        """The chip's serial, as GET DATA 00CF tells it; only while nobody else uses the card."""
        self._ask(bytes.fromhex("00A4040008A000000151000000"))
        return self._ask(bytes.fromhex("80CA00CF00"))[-12:-2].hex()


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited too long")
        time.sleep(0.02)


class Feeder:
    """A hopper: `words` are the options for encode; each card it moves on is noted in `moves`. `cards` are opened in
    turn by a thread, so that the command may wait."""

    def __init__(self, office, cards):
        self.log = office.path("moves")
        self.go = office.path("go")
        self.cards, self.place, self.served = cards, 0, 0
        self.current = cards[0]()
        os.mkfifo(self.go)
        script = office.path("feeder")
        with open(script, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\necho "$1" >> {self.log}\necho > {self.go}\n')
        os.chmod(script, 0o755)
        self.words = ("--feeder", script)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def moves(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="ascii") as file:
            return file.read().split()

    def _serve(self):
        while self.place < len(self.cards):
            with open(self.go, encoding="ascii") as fifo:
                fifo.read()
            self.current.remove()
            self.place += 1
            if self.place < len(self.cards):
                self.current = self.cards[self.place]()
            self.served += 1

    def close(self):
        """Takes the last card out, once the last move is made."""
        wait_until(lambda: self.served == len(self.moves))
        self.current.remove()


class EncodeTest(unittest.TestCase):
    """One batch of CARDS orders for each case."""
    CARDS = 3

    def setUp(self):
        self.office = Office(cards=self.CARDS)
        self.addCleanup(self.office.close)

    def done(self):
        return [sequence for sequence, (state, _serial) in self.office.work().items() if state == "done"]

    def check_report(self, made):
        """The report reconciles: one order, one chip, every statement verified by the city."""
        answer = self.office.certify(self.office.report())
        self.assertEqual((answer.code, answer.json["certificates"]), (0, made), answer)
