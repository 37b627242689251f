# SPDX-License-Identifier: Apache-2.0
"""A whole city for tests of the station: keys, a batch of encoded cards, a registrar, stores; all by the real programs.

    world = World()            # below with-pcscd; makes everything in a temporary folder, some seconds
    card = world.card(0)       # context manager: card number 0 lies on the reader, as it was left
    world.redeem("store", "beras=5kg", pin=PIN)
"""
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import signal
import socket
import stat
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ["SBK_BUILD"])
SOURCE = pathlib.Path(os.environ["SBK_SOURCE"])
KEYS = BUILD / "keys/sembako-keys"
PERSONALIZE = BUILD / "personalize/sembako-personalize"
READER = BUILD / "reader/sembako-reader"
CARD = BUILD / "applet/port/sembako-card"

MADE = "2025-10-02"   # when the city made keys, batch and certificates
TODAY = "2025-10-15"  # when people shop, unless a test says otherwise
KELURAHAN = "64.72.01.1001"
PIN, ALTERNATE_PIN = "135790", "246801"
DONE, REFUSED, USAGE, ENVIRONMENT, TAMPERED, UNSETTLED = range(6)

ROLL = """household,nik,name,sex,born,kelurahan,size,registered,aided,alternate
6472010101800001,6472010101800001,Budi Santoso,L,1980-01-01,64.72.01.1001,4,yes,never,Siti Aminah
6472010201800001,6472010201800001,Agus Salim,L,1980-01-02,64.72.01.1001,3,yes,never,
6472010301800001,6472010301800001,Rahmat Hidayat,L,1980-01-03,64.72.01.1001,3,yes,never,
6472010401800001,6472010401800001,Joko Susilo,L,1980-01-04,64.72.01.1001,3,yes,never,
6472010501800001,6472010501800001,Eko Prasetyo,L,1980-01-05,64.72.01.1001,3,yes,never,
"""
ITEMS = """list:
  number: {number}
  items:
    - {{code: beras, name: Beras medium, unit: g, class: 1, ceiling: 13500}}
    - {{code: gula, name: Gula pasir, unit: g, class: 3, ceiling: 18000}}
    - {{code: minyak, name: Minyak goreng, unit: ml, class: 2, ceiling: 17500}}
    - {{code: telur, name: Telur ayam, unit: pc, class: 4, ceiling: 2500}}
"""


class Failed(AssertionError):
    pass


class Answer:
    """What a program said: exit code, the object of --json, stderr."""

    def __init__(self, process, command):
        self.code = process.returncode
        self.error = process.stderr
        self.command = " ".join(str(word) for word in command)
        if self.code < 0 or "Sanitizer" in self.error:
            raise Failed("%s\nended with %d\n%s" % (self.command, self.code, self.error))
        try:
            self.json = json.loads(process.stdout) if process.stdout.strip() else {}
        except json.JSONDecodeError:
            raise Failed("%s\nsaid no JSON: %s" % (self.command, process.stdout)) from None
        self.reason = self.json.get("reason")

    def __getitem__(self, name):
        return self.json[name]

    def __repr__(self):
        return "%s -> %d %s %s" % (self.command, self.code, self.json, self.error)


def run(program, *words, date=TODAY, json_output=True, environment=None, timeout=60, check=None):
    command = [program, *words] + (["--json"] if json_output else [])
    process = subprocess.run(
        [str(word) for word in command], text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout,
        env=dict(os.environ, SEMBAKO_DATE=date, **(environment or {})), check=False)
    if not json_output:
        return process
    answer = Answer(process, command)
    if check is not None and answer.code != check:
        raise Failed("expected exit %d: %r" % (check, answer))
    return answer


def port(slot=0):
    return int(os.environ["SBK_VPCD_PORTS"].split(",")[slot])


class CardProcess:
    """sembako-card with one image, or a deck; in reader `slot`."""

    def __init__(self, *words, slot=0):
        self.process = subprocess.Popen(
            [str(CARD), *[str(word) for word in words], "--vpcd", "127.0.0.1:%d" % port(slot)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, error = self.process.communicate(timeout=20)
        if "Sanitizer" in error:
            raise Failed(error)


def wait_for_readers(count, limit=10):
    """Waits until so many readers hold a card."""
    from smartcard.scard import (SCARD_SCOPE_USER, SCARD_STATE_PRESENT, SCARD_STATE_MUTE, SCardEstablishContext,
                                 SCardGetStatusChange, SCardListReaders, SCardReleaseContext)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        _, context = SCardEstablishContext(SCARD_SCOPE_USER)
        try:
            _, names = SCardListReaders(context, [])
            _, states = SCardGetStatusChange(context, 0, [(name, 0) for name in names])
        finally:
            SCardReleaseContext(context)
        if sum(bool(state[1] & SCARD_STATE_PRESENT) and not state[1] & SCARD_STATE_MUTE for state in states) == count:
            return
        time.sleep(0.05)
    raise Failed("no %d readers with a card within %d s" % (count, limit))


def made_by():
    """What a world depends on: these programs, this file."""
    parts = [pathlib.Path(__file__).read_bytes()]
    for program in (KEYS, PERSONALIZE, READER, CARD):
        status = os.stat(program)
        parts.append(b"%d %d" % (status.st_mtime_ns, status.st_size))
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:16]


def copy_world(source, target):
    def no_pipes(folder, names):
        return [name for name in names if stat.S_ISFIFO(os.lstat(os.path.join(folder, name)).st_mode)]
    shutil.copytree(source, target, ignore=no_pipes, dirs_exist_ok=True)


class World:
    def __init__(self, cards=4):
        self._temporary = tempfile.TemporaryDirectory(prefix="sembako-world-")
        self.folder = pathlib.Path(self._temporary.name)
        self.city, self.bureau, self.deck = self.folder / "city", self.folder / "bureau", self.folder / "deck"
        self.count = cards
        if os.environ.get("SEMBAKO_TOKEN"):  # the keys lie elsewhere
            self._make()
        else:
            self._copy()

    def _copy(self):
        """A world of so many cards is made once for one build of the programs; every test has a copy."""
        shelf = pathlib.Path(os.environ["SBK_BUILD"]) / "tests" / "worlds"
        kept = shelf / ("%s-%d" % (made_by(), self.count))
        shelf.mkdir(exist_ok=True)
        with open(shelf / ("%d.lock" % self.count), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if kept.exists():
                copy_world(kept, self.folder)
                return
            self._make()
            part = kept.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            copy_world(self.folder, part)
            part.rename(kept)

    def _make(self):
        self.write("pass", "a pass phrase for tests\n", 0o600)
        self.write("pin", PIN + "\n", 0o600)
        self.write("pins", PIN + "\n" + ALTERNATE_PIN + "\n", 0o600)
        self.write("wrong-pin", "000000\n", 0o600)
        self._make_city()
        self._make_cards()

    def close(self):
        self._temporary.cleanup()

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    @property
    def secret(self):
        return ("--passphrase-file", self.folder / "pass")

    def _make_city(self):
        run(KEYS, "init", "--store", self.city, *self.secret, date=MADE, check=DONE)
        run(KEYS, "transport", "import", "--store", self.city, "--test-key", *self.secret, date=MADE, check=DONE)

    def _make_cards(self):
        at = self.folder
        shutil.copyfile(SOURCE / "data/programmes.yaml", at / "programmes.yaml")
        run(PERSONALIZE, "enrol", "--office", self.bureau, "--name", "Bureau", "--out", at / "bureau.req", *self.secret,
            date=MADE, check=DONE)
        self.issue_bureau()
        self.deck = self.batch("", ROLL, self.count)

    def issue_bureau(self, date=MADE):
        at = self.folder
        run(KEYS, "office", "issue", "--store", self.city, "--request", at / "bureau.req", "--out", at / "bureau.cert",
            *self.secret, date=date, check=DONE)
        run(PERSONALIZE, "install", "--office", self.bureau, "--certificate", at / "bureau.cert", date=date, check=DONE)

    def batch(self, tag, roll, count, date=MADE, prepare=(), deck=()):
        """So many cards from a roll to certified ones; the folder of their images. Files: batch, report, certificates,
        each with the tag behind it. Further words for prepare, and for the machine that feeds them."""
        at = self.folder
        images, fifo = at / ("deck" + tag), at / ("feed" + tag)
        batch, report = at / ("batch" + tag), at / ("report" + tag)
        run(PERSONALIZE, "prepare", "--store", self.city, "--roll", self.write("roll%s.csv" % tag, roll), "--programmes",
            at / "programmes.yaml", "--recipient", at / "bureau.cert", "--out", batch, "--households-max", count,
            *prepare, *self.secret, date=date, check=DONE)
        images.mkdir(mode=0o700)
        with CardProcess("--deck", images, "--count", count, "--feed", fifo, *deck):
            wait_for_readers(1)
            run(PERSONALIZE, "encode", "--office", self.bureau, "--batch", batch, "--feeder", "echo next > %s; :" % fifo,
                "--count", count, *self.secret, date=date, timeout=240, check=DONE)
        wait_for_readers(0)
        run(PERSONALIZE, "report", "--office", self.bureau, "--batch", batch, "--out", report, *self.secret, date=date,
            check=DONE)
        run(PERSONALIZE, "certify", "--store", self.city, "--report", report, "--out", at / ("certificates" + tag),
            *self.secret, date=date, check=DONE)
        return images

    # ---- the city ----

    def keys(self, *words, **named):
        return run(KEYS, *words, "--store", self.city, *self.secret, **named)

    def aliases(self):
        """Of the cards, in the order in which they were ordered."""
        database = sqlite3.connect("file:%s?mode=ro" % (self.city / "city.db"), uri=True)
        try:
            return [row[0].hex() for row in database.execute("SELECT alias FROM card ORDER BY batch, sequence")]
        finally:
            database.close()

    # ---- cards ----

    def image(self, number):
        return self.deck / ("card-%04d.img" % (number + 1))

    def card(self, number, slot=0, image=None, extra=()):
        card = CardProcess("--image", image or self.image(number), *extra, slot=slot)
        wait_for_readers(1 if slot == 0 else slot + 1)
        return card

    # ---- stations ----

    def station(self, name, role="store", outlet="EW-001", programmes="all", limit=None, since=MADE, until="2026-01-31",
                items=True, date=MADE):
        folder = self.folder / name
        run(READER, "enrol", "--station", folder, "--id", name[:12], "--out", self.folder / (name + ".req"),
            *self.secret, date=date, check=DONE)
        self.issue(name, role, outlet, programmes, limit, since, until, date)
        run(READER, "install", "--station", folder, "--certificate", self.folder / (name + ".cert"), date=date,
            check=DONE)
        if items and role == "store":
            self.items(name, 1, date)
        return folder

    def issue(self, name, role="store", outlet="EW-001", programmes="all", limit=None, since=MADE, until="2026-01-31",
              date=MADE):
        words = ["--role", role, "--kelurahan", KELURAHAN, "--from", since, "--until", until,
                 "--outlet", outlet, "--programme", programmes]
        if limit:
            words += ["--limit", limit]
        run(KEYS, "station", "issue", "--store", self.city, "--request", self.folder / (name + ".req"), *words, "--out",
            self.folder / (name + ".cert"), *self.secret, date=date, check=DONE)

    def items(self, name, number, date=MADE, check=DONE):
        source = self.write("items-%d.yaml" % number, ITEMS.format(number=number))
        signed = self.folder / ("items-%d.list" % number)
        if not signed.exists():
            run(KEYS, "list", "sign", "--store", self.city, "--items", source, "--out", signed, *self.secret, date=date,
                check=DONE)
        return run(READER, "list", "import", "--station", self.folder / name, signed, date=date, check=check)

    def activate(self, name, pins="pins", date=MADE, certificates="certificates", **named):
        return run(READER, "activate", "--station", self.folder / name, "--certificates", self.folder / certificates,
                   "--pin-file", self.folder / pins, *self.secret, date=date, **named)

    def redeem(self, name, *basket, pin="pin", extra=(), **named):
        return run(READER, "redeem", "--station", self.folder / name, "--pin-file", self.folder / pin, *self.secret,
                   *extra, *basket, **named)

    def void(self, name, sale, extra=(), **named):
        return run(READER, "void", "--station", self.folder / name, *self.secret, "--yes", *extra, sale, **named)

    def balance(self, name, extra=(), **named):
        return run(READER, "balance", "--station", self.folder / name, *self.secret, *extra, **named)

    def active_card(self, number, registrar="registrar", pins="pin"):
        """Card `number` on the reader, activated."""
        card = self.card(number)
        try:
            self.activate(registrar, pins, check=DONE)
        except Failed:
            card.stop()
            raise
        return card

    def verify(self, name, **named):
        return run(READER, "log", "verify", "--station", self.folder / name, **named)

    def log(self, name):
        return run(READER, "log", "show", "--station", self.folder / name, check=DONE)["entries"]

    def open(self, name):
        """Numbers of the transactions that are not settled."""
        answer = run(READER, "status", "--station", self.folder / name, check=DONE)
        return [one["transaction"] for one in answer["open"] + answer["doubt"]]

    def kinds(self, name):
        return [entry["kind"] for entry in self.log(name)]


def left(answer):
    """Balances by slot from `balance`."""
    return {purse["slot"]: purse["balance"] for purse in answer["purses"]}


__all__ = ["World", "Failed", "run", "left", "wait_for_readers", "CardProcess", "READER", "KEYS", "PIN",
           "ALTERNATE_PIN", "TODAY", "MADE", "DONE", "REFUSED", "USAGE", "ENVIRONMENT", "TAMPERED", "UNSETTLED", "socket"]
