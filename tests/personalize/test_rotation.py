# SPDX-License-Identifier: Apache-2.0
"""The bureau while the city's office CA and its own key rotate: reports, batches and certificates under the old key and under
the new one are taken side by side until the old certificate ends."""
import os
import unittest

import office as bureau

LIMIT = 60


class Rotation(bureau.EncodeTest):
    CARDS = 3

    def rotate(self, role, *words, date=bureau.DATE):
        return self.office.must(bureau.KEYS, "rotate", role, "--store", self.office.store, "--json", *words,
                                *self.office.key, date=date).json

    def signer(self, path):
        """The fingerprint of the certificate that signed a file."""
        answer = self.office.must("openssl", "cms", "-verify", "-noverify", "-inform", "DER", "-in", path, "-signer",
                                  path + ".signer", "-out", path + ".content")
        self.assertEqual(answer.code, 0)
        return self.office.must("openssl", "x509", "-in", path + ".signer", "-noout", "-pubkey").out

    def renew(self, name, date=bureau.DATE):
        """Another certificate for the bureau's same key, under the office CA of the day."""
        office = self.office
        office.certificate = office.path(name)
        office.must(bureau.KEYS, "office", "issue", "--store", office.store, "--request", office.path("req"), "--out",
                    office.certificate, *office.key, date=date)

    def install(self):
        self.office.must(bureau.PERSONALIZE, "install", "--office", self.office.bureau, "--certificate",
                         self.office.certificate)

    def make(self, batch, image):
        self.office.batch = batch
        with self.office.card(image):
            answer = self.office.encode("--count", "1", timeout=LIMIT)
        self.assertEqual((answer.code, answer.json["made"]), (0, 1), answer)

    def report(self, batch, name):
        self.office.batch = batch
        return self.office.report(name)

    def certified(self, report):
        answer = self.office.certify(report, os.path.basename(report) + ".certificates")
        self.assertEqual(answer.code, 0, answer)
        return answer.json["certificates"]

    def prepared(self, name):
        self.office.prepare(2, self.office.path(name))
        return self.office.path(name)

    def test_a_report_under_the_office_ca_before(self):
        """The city takes it, and the bureau's certificate, until that office CA has ended."""
        self.rotate("office-ca", "--until", "2026-02-27")
        self.renew("short")
        self.install()
        second = self.prepared("batch-2")
        self.make(second, "one.img")
        report = self.report(second, "report")
        self.rotate("office-ca")
        self.assertEqual(self.certified(report), 1)
        self.prepared("batch-3")
        words = (bureau.PERSONALIZE, "certify", "--store", self.office.store, "--report", report, "--out",
                 self.office.path("late"), "--json", *self.office.key)
        self.assertEqual(bureau.run(*words, date="2026-02-27").code, 0)
        answer = bureau.run(*words, date="2026-02-28")
        self.assertEqual((answer.code, answer.json["reason"]), (1, "certificate-expired"), answer)
        answer = bureau.run(*self.office.prepare_words(2, self.office.path("batch-4")), date="2026-02-28")
        self.assertEqual((answer.code, answer.json["reason"]), (1, "certificate-expired"), answer)

    def test_office_ca(self):
        """Batches under the old office CA and under the new one, with the bureau's old certificate and with its new one."""
        first = self.office.batch
        self.make(first, "one.img")
        old_report = self.report(first, "old-report")
        self.rotate("office-ca")
        self.assertEqual(self.certified(old_report), 1)
        second = self.prepared("batch-2")  # for the bureau's certificate under the office CA before
        self.make(second, "two.img")
        self.assertEqual(self.certified(self.report(second, "report-2")), 1)
        self.renew("renewed")
        third = self.prepared("batch-3")
        self.install()
        for number, batch in enumerate((first, second, third), 3):
            self.make(batch, f"{number}.img")
        self.assertEqual(self.certified(old_report), 1)
        self.assertEqual([self.certified(self.report(batch, f"new-report-{at}"))
                          for at, batch in enumerate((first, second, third))], [2, 2, 1])

    def test_city(self):
        first = self.office.batch
        self.assertEqual(self.rotate("city")["generation"], 2)
        second = self.prepared("batch-2")
        self.make(first, "one.img")
        self.make(second, "two.img")
        before = self.report(first, "report-1")
        self.renew("renewed")
        self.install()
        self.make(first, "three.img")
        self.make(second, "four.img")
        self.assertEqual([self.certified(report) for report in (before, self.report(second, "report-2"))], [1, 2])
        # What goes out now is signed by the new key, not by the one that signed the first answer.
        certificates = self.office.path("report-2.certificates")
        self.assertEqual(self.signer(certificates), self.signer(self.office.certificate))
        self.assertNotEqual(self.signer(certificates), self.signer(self.office.path("bureau.cms")))

    def test_a_city_key_that_ends_before_the_bureaus_certificate(self):
        """What it signed stays good, and so does the bureau's folder."""
        first = self.office.batch
        self.rotate("city", "--until", "2026-03-01")
        self.renew("renewed")
        self.install()
        self.make(first, "one.img")
        answer = bureau.run(bureau.PERSONALIZE, "report", "--office", self.office.bureau, "--batch", first, "--out",
                            self.office.path("report"), "--json", *self.office.key, date="2026-03-02")
        self.assertEqual(answer.code, 0, answer)


if __name__ == "__main__":
    unittest.main()
