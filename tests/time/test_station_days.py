# SPDX-License-Identifier: Apache-2.0
"""The station at the edges of time, with the real programs: what its clock, its certificate and the card's floor say,
and what the clerk is told. The rules are the table in B.3 of the card's specification."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["SBK_READER_TESTS"])
from world import (DONE, READER, REFUSED, World, left, run, wait_for_readers)  # noqa: E402

RICE, MONEY, EGGS = 0, 3, 4
ZONES = ("Pacific/Kiritimati", "America/Adak", "Asia/Kathmandu", "XYZ+11:59:59", "UTC")


def setUpModule():
    global world
    world = World(2)
    world.station("registrar", role="registrar")


def tearDownModule():
    world.close()


class StationDays(unittest.TestCase):
    number = 0

    @classmethod
    def setUpClass(cls):
        cls.card = world.active_card(cls.number)

    @classmethod
    def tearDownClass(cls):
        cls.card.stop()
        wait_for_readers(0)

    def renew(self, name, since, until, programmes="all"):
        world.issue(name, programmes=programmes, since=since, until=until, date=since)
        run(READER, "install", "--station", world.folder / name, "--certificate", world.folder / (name + ".cert"),
            date=since + "T00:00:00", check=DONE)

    def sells(self, name, date, basket="beras=100g", **named):
        answer = world.redeem(name, basket, date=date, check=DONE, **named)
        self.assertEqual(answer["outcome"], "handed")
        return answer

    def refuses(self, name, date, reason, basket="beras=100g", text=None, **named):
        answer = world.redeem(name, basket, date=date, **named)
        self.assertEqual((answer.code, answer.reason, answer["outcome"]), (REFUSED, reason, "nothing"), answer)
        if text:
            self.assertIn(text, answer["message"])
        return answer

    def status(self, name, **named):
        return run(READER, "status", "--station", world.folder / name, check=DONE, **named)


class CertificateAndClock(StationDays):
    """The queue of one store, evening to morning: first and last second of its certificate, a renewal between two taps."""

    def test_a_queue_over_two_midnights(self):
        world.station("queue", until="2025-10-20")
        self.refuses("queue", "2025-10-01T23:59:59", "time-not-valid", text="check the date")
        self.sells("queue", "2025-10-02T00:00:00")
        self.sells("queue", "2025-10-20T23:59:59")
        self.refuses("queue", "2025-10-21T00:00:00", "certificate-expired", text="ask the city")
        before = left(world.balance("queue", date="2025-10-20T23:59:59", check=DONE))
        self.assertEqual(before[RICE], 9800)
        # A clock put back makes the old certificate count again; no window opens by it, and the log tells.
        self.sells("queue", "2025-10-03T08:00:00")
        self.renew("queue", "2025-10-21", "2025-11-30")
        self.sells("queue", "2025-10-21T00:00:00")
        self.refuses("queue", "2025-10-20T23:59:59", "time-not-valid")
        self.sells("queue", "2025-10-21T00:00:01")
        self.assertEqual(left(world.balance("queue", date="2025-10-21", check=DONE))[RICE], 9500)
        self.assertEqual(world.verify("queue", date="2025-10-21").code, DONE)
        refusals = [entry for entry in world.log("queue") if entry["kind"] == "refused"]
        self.assertEqual(len(refusals), 3)
        self.assertNotIn("in doubt", str(self.status("queue")))

    def test_status_tells_what_the_clock_does(self):
        world.station("clocks", until="2025-10-20")
        status = self.status("clocks", date="2025-10-15T12:00:00")
        self.assertEqual((status["clock"], status["now"]), ("set", "2025-10-15T12:00:00+08:00"))
        self.assertGreater(status["clock_changes"], 0)
        self.assertEqual(status["clock_changes"], world.kinds("clocks").count("clock"))
        said = run(READER, "status", "--station", world.folder / "clocks", "--language", "en", date="2025-10-21",
                   json_output=False).stdout
        self.assertIn("Warning: SEMBAKO_DATE sets the clock to 2025-10-21 12:00:00", said)
        self.assertIn("The certificate has expired", said)
        said = run(READER, "status", "--station", world.folder / "clocks", "--language", "en", date="2025-10-01",
                   json_output=False).stdout
        self.assertIn("The certificate is not valid yet", said)


class SystemClock(unittest.TestCase):
    """Without SEMBAKO_DATE: the machine's own clock, which is far after one log's newest entry, and before another's."""

    def test_status_warns(self):
        environment = {name: value for name, value in os.environ.items() if name != "SEMBAKO_DATE"}
        for name, date, clock, text in (("slept", "2025-10-02", "ahead", "more than 30 days after the log's newest entry"),
                                        ("future", "2099-12-31", "back", "before the log's newest entry")):
            run(READER, "enrol", "--station", world.folder / name, "--id", name, "--out", world.folder / (name + ".req"),
                *world.secret, date=date, check=DONE)
            words = [READER, "status", "--station", world.folder / name]
            said = subprocess.run([*words, "--language", "en"], env=environment, text=True, capture_output=True, check=True)
            self.assertIn(text, said.stdout)
            self.assertIn("(%s 12:00:00)" % date, said.stdout)
            said = subprocess.run([*words, "--json"], env=environment, text=True, capture_output=True, check=True)
            self.assertEqual(json.loads(said.stdout)["clock"], clock)


class FloorAndWindows(StationDays):
    """October turns into November, and December comes, for three stores: one that asks the city in time, one that keeps
    an old certificate, one that lies about the date."""

    number = 1

    def test_windows_open_by_certificates_alone(self):
        # Programme 2, whose rupiah would pay for what rice and eggs do not, stays out.
        world.station("fresh", programmes="1,3", until="2025-11-30")
        world.station("old", programmes="1,3", until="2026-01-31")
        # The last second of October; a second later October's rice has lapsed, and November's has not come yet.
        self.sells("fresh", "2025-10-31T23:59:59")
        self.refuses("fresh", "2025-11-01T00:00:00", "window-closed", text="is over")
        self.refuses("old", "2025-12-31T23:59:59", "window-closed")
        self.refuses("old", "2025-12-31T23:59:59", "window-not-open", basket="telur=1pc", text="fresh certificate")
        # Neither lie is remembered: in October again everything is as before.
        self.sells("old", "2025-10-15")
        self.assertEqual(left(world.balance("old", date="2025-10-31T23:59:59", check=DONE))[RICE], 9800)
        # Carried over: October's money counts in November without a new certificate, November's does not yet.
        self.assertEqual(left(world.balance("old", date="2025-11-15", check=DONE))[MONEY], 300000)
        self.renew("fresh", "2025-11-01", "2025-11-30", "1,3")
        self.assertEqual(left(world.balance("fresh", date="2025-11-01T00:00:00", check=DONE))[MONEY], 600000)
        # A balance commits nothing: the card has not kept the floor yet.
        self.assertEqual(left(world.balance("old", date="2025-10-15", check=DONE))[MONEY], 300000)
        self.sells("fresh", "2025-11-01T00:00:00")
        # From now on the card brings November to the station that is older than itself, whatever its clock says.
        shown = world.balance("old", date="2025-10-15", check=DONE)
        self.assertEqual((left(shown)[RICE], left(shown)[MONEY]), (9900, 600000))
        self.sells("old", "2025-10-15")
        self.assertEqual(left(world.balance("fresh", date="2025-11-30T23:59:59", check=DONE))[RICE], 9800)
        # December's eggs: not by the clock, only by a certificate of December.
        eggs = next(purse for purse in world.balance("old", date="2025-12-15", check=DONE)["purses"]
                    if purse["slot"] == EGGS)
        self.assertEqual(eggs["balance"], 0)
        world.station("december", outlet="EW-002", programmes="1,3", since="2025-12-01", until="2025-12-31", date="2025-12-01")
        self.sells("december", "2025-12-01T00:00:00", basket="telur=1pc")
        self.assertEqual(left(world.balance("old", date="2025-11-10", check=DONE))[EGGS], 29)
        # The card is ahead of a station whose certificate has ended by the card's floor, though not by its own clock.
        self.refuses("fresh", "2025-11-30T23:59:59", "certificate-expired")
        self.sells("december", "2025-12-31T23:59:59")
        self.refuses("old", "2026-01-01T00:00:00", "window-closed")
        for name in ("fresh", "old", "december"):
            self.assertEqual(world.verify(name).code, DONE)

    def test_zones_of_the_machine_do_not_matter(self):
        world.station("zones", until="2025-12-20")
        shown = set()
        for zone in ZONES:
            zone = {"TZ": zone}
            for edge in ("2025-12-20T00:00:00", "2025-12-20T23:59:59"):
                shown.add(str(world.balance("zones", date=edge, environment=zone, check=DONE)["purses"]))
                self.assertEqual(self.status("zones", date=edge, environment=zone)["now"], edge + "+08:00")
            for edge, reason in (("2025-12-21T00:00:00", "certificate-expired"),
                                 ("2025-10-01T23:59:59", "time-not-valid")):
                answer = world.balance("zones", date=edge, environment=zone)
                self.assertEqual((answer.code, answer.reason), (REFUSED, reason))
        self.assertEqual(len(shown), 1, shown)


del StationDays  # the base alone has nothing to run

if __name__ == "__main__":
    unittest.main()
