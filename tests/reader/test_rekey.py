# SPDX-License-Identifier: Apache-2.0
"""A station changes its three keys while cards, log and transactions go on: the request that its present keys vouch for, the
city's consent, the change at the certificate's installation. Real programs, a real pcscd, both kinds of key store."""
import json
import os
import sqlite3
import subprocess
import unittest

from proxy import Proxy
from world import (DONE, ENVIRONMENT, KELURAHAN, KEYS, MADE, READER, REFUSED, TAMPERED, TODAY, USAGE, World, run,
                   wait_for_readers)

ROLES = ("agreement", "log", "station")
TOKENS = os.environ.get("SBK_TOKEN_FOLDER")  # under tests/harness/with-token


def setUpModule():
    global world
    world = World(1)
    world.station("registrar", role="registrar")
    world.station("store")


def tearDownModule():
    world.close()


def reader(*words, check=DONE, secret=True, **named):
    return run(READER, *words, *(world.secret if secret else ()), check=check, **named)


def at(name="store"):
    return ("--station", world.folder / name)


def rekey(out, name="store", **named):
    return reader("rekey", *at(name), "--out", world.folder / out, **named)


def issue(request, out, *words, check=DONE, until="2026-01-31", date=TODAY):
    return run(KEYS, "station", "issue", "--store", world.city, "--request", world.folder / request, "--role", "store",
               "--kelurahan", KELURAHAN, "--outlet", "EW-001", "--programme", "all", "--until", until, "--out",
               world.folder / out, *world.secret, *words, date=date, check=check)


def install(certificate, name="store", **named):
    return reader("install", *at(name), "--certificate", world.folder / certificate, **named)


def status(name="store"):
    return reader("status", *at(name), secret=False)


def inspect(path):
    return run(KEYS, "inspect", world.folder / path, check=DONE)["file"]


def objects():
    """How many objects lie on the token."""
    return sum(name.endswith(".object") and not name.startswith("token") for _, _, names in os.walk(TOKENS)
               for name in names) if TOKENS else 0


def key_files(name="store"):
    return sorted(file for file in os.listdir(world.folder / name / "keys") if file.endswith(".key"))


class Rekey(unittest.TestCase):
    def setUp(self):
        self.card = world.card(0)
        self.addCleanup(wait_for_readers, 0)
        self.addCleanup(self.card.stop)

    def checkpoint(self, to):
        return reader("log", "checkpoint", *at(), "--to", world.folder / to)

    def test_1_a_store_changes_its_keys(self):
        world.activate("registrar", pins="pin", check=DONE)
        sale = world.redeem("store", "beras=1kg", check=DONE)["transaction"]
        self.checkpoint("before")
        on_token = objects()
        # Before anything was asked for.
        self.assertEqual(status()["keys"], {"generation": 1, "created": MADE, "pending": False, "former": 0})
        rekey("next.req")
        asked = inspect("next.req")["content"]
        rekey("next.req")
        again = inspect("next.req")["content"]
        for field in ("agreement_key", "log_key", "former_log_key"):
            self.assertEqual(asked[field], again[field], field)
        self.assertEqual(asked["former_log_key"], inspect("store.req")["content"]["log_key"])
        self.assertNotEqual(asked["log_key"], asked["former_log_key"])
        self.assertEqual(objects(), on_token + (6 if TOKENS else 0))
        state = status()["keys"]
        self.assertEqual((state["generation"], state["pending"]), (1, True))
        # The present keys sell, and are renewed.
        world.redeem("store", "beras=1kg", check=DONE)
        issue("store.req", "renewed.cert", until="2026-02-10")
        self.assertFalse(install("renewed.cert", secret=False)["other_keys"])
        self.assertEqual(status()["until"], "2026-02-10")
        # The city: not without its word, and once.
        self.assertEqual(issue("next.req", "next.cert", check=REFUSED).reason, "exists-already")
        self.assertTrue(issue("next.req", "next.cert", "--rekey")["rekey"])
        self.assertTrue(issue("next.req", "next.cert")["renewal"])
        self.assertEqual(issue("store.req", "late.cert", check=REFUSED).reason, "exists-already")
        # Not without the pass phrase, since the former log key has a last word; nothing changed then.
        if not TOKENS:
            self.assertEqual(install("next.cert", secret=False, check=USAGE).reason, "usage")
            self.assertEqual(status()["keys"]["generation"], 1)
        entries = status()["entries"]
        self.assertTrue(install("next.cert")["other_keys"])
        self.assertEqual(key_files(), ["%s-2.key" % role for role in ROLES])
        self.assertEqual(objects(), on_token)
        state = status()["keys"]
        self.assertEqual(state, {"generation": 2, "created": TODAY, "pending": False, "former": 0})
        # Its log goes on, and so do its cards and transactions.
        world.void("store", sale, check=DONE)
        world.redeem("store", "beras=1kg", check=DONE)
        self.checkpoint("after")
        answer = reader("log", "verify", *at(), "--checkpoint", world.folder / "before", "--checkpoint",
                        world.folder / "after", secret=False)
        self.assertEqual((answer["findings"], answer["kept"]), ([], 2))
        database = sqlite3.connect("file:%s?mode=ro" % (world.folder / "store/station.db"), uri=True)
        with self.subTest("the former key's last checkpoint lies right before the change"):
            since = database.execute("SELECT since FROM log_key WHERE generation = 2").fetchone()[0]
            sizes = [row[0] for row in database.execute("SELECT size FROM checkpoint ORDER BY size")]
            self.assertIn(since - 1, sizes)
            self.assertGreater(since, entries)
        database.close()
        self.proofs()
        self.assertEqual(reader("log", "cross-check", world.folder / "store", world.folder / "registrar",
                                secret=False)["findings"], [])
        # Keys that were the station's do not come back.
        self.assertEqual(install("renewed.cert", check=REFUSED).reason, "certificate-invalid")
        self.assertEqual(status()["keys"]["generation"], 2)

    def proofs(self):
        """What is shown to others: by the key of the time, and across the change by both."""
        def check(proof, *certificates, **named):
            words = [word for name in certificates for word in ("--certificate", world.folder / name)]
            return reader("log", "check", world.folder / proof, *words, secret=False, **named)

        reader("log", "consistency", *at(), "--to", world.folder / "proof", world.folder / "before",
               world.folder / "after", secret=False)
        answer = check("proof", "store.cert", "next.cert")
        self.assertNotEqual(answer["key"], answer["older_key"])
        check("proof", "next.cert", "renewed.cert")
        keys = [word for key in (answer["key"], answer["older_key"]) for word in ("--key", key)]
        reader("log", "check", world.folder / "proof", *keys, secret=False)
        self.assertEqual(check("proof", "next.cert", check=TAMPERED).reason, "certificate-invalid")
        self.assertEqual(check("proof", "store.cert", check=TAMPERED).reason, "certificate-invalid")
        reader("log", "prove", *at(), "2", "--to", world.folder / "entry", secret=False)
        check("entry", "next.cert")
        self.assertEqual(check("entry", "store.cert", check=TAMPERED).reason, "certificate-invalid")

    def test_2_by_courier(self):
        rekey("third.req")
        issue("third.req", "third.cert", "--rekey")
        courier = world.folder / "courier"
        run(KEYS, "courier", "--store", world.city, "--out", courier, "--certificate", world.folder / "third.cert",
            *world.secret, check=DONE)
        taken = reader("courier", "import", *at(), courier)
        self.assertTrue(taken["certificate"] and taken["other_keys"])
        self.assertEqual(key_files(), ["%s-3.key" % role for role in ROLES])
        taken = reader("courier", "import", *at(), courier, secret=False)
        self.assertFalse(taken["certificate"] or taken["other_keys"])
        # A courier with a later certificate for former keys is late, not wrong.
        run(KEYS, "courier", "--store", world.city, "--out", courier, "--certificate", world.folder / "next.cert",
            *world.secret, check=DONE)
        self.assertFalse(reader("courier", "import", *at(), courier, secret=False)["certificate"])
        world.redeem("store", "beras=1kg", check=DONE)
        self.assertEqual(world.verify("store", check=DONE)["findings"], [])


class Refused(unittest.TestCase):
    def test_before_the_first_certificate(self):
        reader("enrol", *at("young"), "--id", "young", "--out", world.folder / "young.req", date=TODAY)
        answer = rekey("young-next.req", "young", check=ENVIRONMENT)
        self.assertEqual(answer.reason, "no-certificate")
        self.assertFalse((world.folder / "young-next.req").exists())

    def test_a_wrong_pass_phrase(self):
        world.write("wrong", "something else\n", 0o600)
        answer = run(READER, "rekey", *at("registrar"), "--out", world.folder / "x.req", "--passphrase-file",
                     world.folder / "wrong")
        self.assertEqual((answer.code, answer.reason), (REFUSED, "passphrase-wrong"))
        self.assertEqual(key_files("registrar"), ["%s-1.key" % role for role in ROLES])

    def test_another_folder_of_the_same_name(self):
        """Whoever has the id and not the keys gets nothing, with or without the officer's word."""
        reader("enrol", *at("thief"), "--id", "registrar", "--out", world.folder / "thief.req")
        for words in ((), ("--rekey",)):
            self.assertEqual(issue("thief.req", "thief.cert", *words, check=REFUSED).reason, "exists-already")
        # Nor is there anything to change under an id that the city does not know.
        reader("enrol", *at("nobody"), "--id", "nobody", "--out", world.folder / "nobody.req")
        self.assertEqual(issue("nobody.req", "nobody.cert", "--rekey", check=REFUSED).reason, "not-found")
        self.assertFalse((world.folder / "thief.cert").exists())

    def test_what_died_between_the_keys(self):
        """Some of the next keys are there: they are taken up. Former ones that stayed are destroyed by the next opening."""
        world.station("dying", outlet="EW-003")
        rekey("dying-next.req", "dying")
        first = json.loads(subprocess.run([str(KEYS), "inspect", str(world.folder / "dying-next.req"), "--json"],
                                          capture_output=True, check=True, text=True).stdout)["file"]["content"]
        for role in ("log", "station"):
            os.unlink(world.folder / "dying/keys" / ("%s-2.key" % role))
        self.assertFalse(status("dying")["keys"]["pending"])
        rekey("dying-next.req", "dying")
        second = inspect("dying-next.req")["content"]
        self.assertEqual(first["agreement_key"], second["agreement_key"])
        self.assertNotEqual(first["log_key"], second["log_key"])
        kept = {role: (world.folder / "dying/keys" / ("%s-1.key" % role)).read_bytes() for role in ROLES}
        issue("dying-next.req", "dying.cert", "--rekey")
        install("dying.cert", "dying")
        for role, data in kept.items():
            path = world.folder / "dying/keys" / ("%s-1.key" % role)
            path.write_bytes(data)
            path.chmod(0o600)
        self.assertEqual(status("dying")["keys"]["former"], 3)
        reader("log", "checkpoint", *at("dying"), "--to", world.folder / "dying.checkpoint")
        self.assertEqual(status("dying")["keys"]["former"], 0)
        self.assertEqual(key_files("dying"), ["%s-2.key" % role for role in ROLES])


class Days(unittest.TestCase):
    def test_how_long_is_left(self):
        """Renewed before the old one ends; what status says on the way."""
        def look(date):
            text = run(READER, "status", *at("weekly"), date=date, json_output=False).stdout
            return run(READER, "status", *at("weekly"), date=date, check=DONE), text

        world.station("weekly", outlet="EW-004", until="2025-11-01")
        answer, text = look("2025-10-10")
        self.assertEqual((answer["days_left"], answer["x509_until"]), (22, "2026-02-01"))
        self.assertNotIn("Ask the city for a renewal", text)
        answer, text = look("2025-10-20")
        self.assertEqual(answer["days_left"], 12)
        self.assertIn("Ask the city for a renewal now", text)
        self.assertIn("last day", look("2025-11-01")[1])
        answer, text = look("2025-11-02")
        self.assertEqual(answer["days_left"], -1)
        self.assertIn("has expired", text)
        self.assertIn("(X.509) ended", look("2026-02-02")[1])
        self.assertEqual(answer["list_issued"], MADE)
        # Overlap: the next one counts at once, and the former one is good as long as it was.
        issue("weekly.req", "weekly-2.cert", until="2025-12-01", date="2025-10-25")
        install("weekly-2.cert", "weekly", date="2025-10-25")
        self.assertEqual(look("2025-10-25")[0]["days_left"], 37)
        self.assertIn("rekey", look("2026-10-10")[1])
        self.assertNotIn("rekey", look("2026-10-01")[1])


class Taps(unittest.TestCase):
    """After the others by name: the card is active then."""

    def test_cards_notice_nothing(self):
        world.station("tapped", outlet="EW-005")
        with Proxy(world.image(0)) as proxy:
            wait_for_readers(1)

            def sale():
                proxy.restart()
                world.redeem("tapped", "beras=100g", check=DONE)
                return [command[1] for command in proxy.commands]

            sale()
            known = sale()
            issue("tapped.req", "tapped-2.cert", until="2026-02-10")
            install("tapped-2.cert", "tapped")
            renewed = sale()
            rekey("tapped-next.req", "tapped")
            self.assertEqual(sale(), known)
            issue("tapped-next.req", "tapped-3.cert", "--rekey")
            self.assertTrue(install("tapped-3.cert", "tapped")["other_keys"])
            self.assertEqual(sale(), renewed)  # another certificate, and no more
            self.assertEqual(sale(), known)
            print("# commands: %d of a known card, %d at the first tap after other keys" % (len(known), len(renewed)))
        wait_for_readers(0)
        self.assertEqual(world.verify("tapped", check=DONE)["findings"], [])


if __name__ == "__main__":
    unittest.main()
