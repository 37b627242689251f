# SPDX-License-Identifier: Apache-2.0
"""The station's clock and certificate: it jumps between and within sales, the certificate expires in the middle of a
queue, windows open and close at midnight in Samarinda. Each has its answer, and no clock opens a window early."""
import datetime
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import DONE, PIN, READER, REFUSED, World, left, run, wait_for_readers  # noqa: E402

CLOCK_SALE = sys.argv.pop()
WITA = datetime.timezone(datetime.timedelta(hours=8))
RICE, EGGS = 0, 4
STAPLES = "1,3"  # no rupiah, which would step in where rice or eggs are shut
RICE_AMOUNT = 10000


def moment(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=WITA).timestamp())


def setUpModule():
    global world
    world = World(3)
    world.station("registrar", role="registrar")


def tearDownModule():
    world.close()


class OfCard(unittest.TestCase):
    number = 0

    @classmethod
    def setUpClass(cls):
        cls.card = world.active_card(cls.number)

    @classmethod
    def tearDownClass(cls):
        cls.card.stop()
        wait_for_readers(0)

    def sell(self, name, date, basket="beras=100g", **named):
        return world.redeem(name, basket, date=date, **named)

    def refused(self, reason, name, date, **named):
        answer = self.sell(name, date, **named)
        self.assertEqual((answer.code, answer.reason), (REFUSED, reason), answer)
        self.assertTrue(answer["message"])

    def renew(self, name, since, until, date):
        world.issue(name, programmes=STAPLES, since=since, until=until, date=date)
        run(READER, "install", "--station", world.folder / name, "--certificate", world.folder / (name + ".cert"),
            date=date, check=DONE)


class Midnight(OfCard):
    """One queue over the end of October, then of November; rice does not carry over."""
    number = 0

    def test_months(self):
        world.station("store", until="2025-10-31", programmes=STAPLES)
        self.assertEqual(self.sell("store", "2025-10-31T23:59:59").code, DONE)
        # The certificate ends with the month: whoever still stands in the queue waits for a fresh one.
        self.refused("certificate-expired", "store", "2025-11-01T00:00:00")
        # The city's clock decides: a certificate for a day to come is refused where it would be made.
        early = run(*self.issue_words("2025-11-01", "2025-11-30"), date="2025-10-31T23:59:59")
        self.assertEqual((early.code, early.reason), (REFUSED, "date-invalid"), early)
        self.renew("store", "2025-11-01", "2025-11-30", "2025-11-01T00:00:00")
        self.assertEqual(self.balance("store", "2025-11-01T00:00:00")[RICE], RICE_AMOUNT)
        self.assertEqual(self.sell("store", "2025-11-01T00:00:00").code, DONE)
        # Set back, the clock lies before the certificate: nothing is sold, and October does not come back.
        self.refused("time-not-valid", "store", "2025-10-31T23:59:59")
        # Set ahead within the certificate, no later window opens.
        self.assertEqual(self.balance("store", "2025-11-30T23:59:59")[RICE], RICE_AMOUNT - 100)
        self.refused("certificate-expired", "store", "2025-12-01T00:00:00")

    def issue_words(self, since, until):
        from world import KEYS, KELURAHAN
        return [KEYS, "station", "issue", "--store", world.city, "--request", world.folder / "store.req", "--role", "store",
                "--kelurahan", KELURAHAN, "--outlet", "EW-001", "--programme", STAPLES, "--from", since, "--until", until,
                "--out", world.folder / "early.cert", *world.secret]

    def balance(self, name, date):
        return left(world.balance(name, date=date, check=DONE))


class OldAndNewStations(OfCard):
    """A card goes from a store with a fresh certificate to one that has been offline for weeks, and back."""
    number = 1

    def test_floor_behind_equal_ahead(self):
        world.station("old", programmes=STAPLES, since="2025-10-02", until="2026-01-31")
        world.station("fresh", programmes=STAPLES, outlet="EW-002", since="2025-11-03", until="2026-01-31", date="2025-11-03")
        # Behind: by the old certificate it is October still, and October's rice is over by any clock of November.
        self.refused("window-closed", "old", "2025-11-05")
        # ... while a clock that is wrong as well gives October's, and no more.
        self.assertEqual(self.sell("old", "2025-10-31T12:00:00", basket="beras=10kg").code, DONE)
        self.refused("insufficient-balance", "old", "2025-10-31T12:00:00")
        # Ahead: a fresh certificate opens November; the card keeps that, and the old station serves it again.
        self.assertEqual(self.sell("fresh", "2025-11-05").code, DONE)
        self.assertEqual(self.sell("old", "2025-11-05").code, DONE)
        # The old station's clock set back to October: the card stays in November.
        self.assertEqual(self.sell("old", "2025-10-31").code, DONE)
        # Equal: the same day twice, nothing twice.
        self.assertEqual(left(world.balance("fresh", date="2025-11-05", check=DONE))[RICE], RICE_AMOUNT - 300)
        # December's eggs open by a certificate of December and by nothing else.
        for date in ("2025-12-01", "2026-01-15"):
            self.refused("window-not-open", "fresh", date, basket="telur=2pc")
        self.assertEqual(self.eggs("fresh", "2025-12-01"), 0)
        self.renew("fresh", "2025-12-01", "2026-01-31", "2025-12-01")
        self.assertEqual(self.eggs("fresh", "2025-12-01"), 30)

    def eggs(self, name, date):
        purses = {purse["slot"]: purse for purse in world.balance(name, date=date, check=DONE)["purses"]}
        return purses[EGGS]["balance"]


class Jumps(OfCard):
    """The clock jumps at each of its readings within a sale."""
    number = 2

    def test_within_a_sale(self):
        world.station("jumpy", until="2025-10-31", programmes=STAPLES)
        moments = ["2025-10-15T12:00:01", "2025-10-31T23:59:59", "2025-11-01T00:00:00", "2025-10-02T00:00:00",
                   "2025-10-01T23:59:59", "2035-01-01T00:00:00", "1971-01-01T00:00:00"]
        process = subprocess.run(
            [CLOCK_SALE, world.folder / "jumpy", "a pass phrase for tests", PIN, str(moment("2025-10-15T12:00:00")),
             *(str(moment(text)) for text in moments)], text=True, capture_output=True, timeout=120, check=False)
        self.assertEqual(process.returncode, 0, process.stderr)
        counts = json.loads(process.stdout)
        print("# %s" % counts)
        self.assertGreater(counts["sales"], 7 * 5)
        self.assertGreater(counts["refused"], 7)
        self.assertGreater(counts["done"], 7)
        self.assertEqual(counts["spent"], 10 * counts["done"])
        world.verify("jumpy", check=DONE)
        clocks = [entry for entry in world.log("jumpy") if entry["kind"] == "clock"]
        self.assertGreater(len(clocks), 4)  # back and ahead, both are told


if __name__ == "__main__":
    unittest.main()
