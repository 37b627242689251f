# SPDX-License-Identifier: Apache-2.0
"""The corpora of the fuzz targets hold today's formats: what their writer writes stands there byte for byte."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CORPUS = pathlib.Path(os.environ["SBK_SOURCE"]) / "tests" / "fuzz" / "corpus" / os.environ["SBK_CORPUS"]
WRITE_CORPUS = os.environ["SBK_WRITE_CORPUS"]


class Corpus(unittest.TestCase):
    def test_samples_are_todays(self):
        with tempfile.TemporaryDirectory() as folder:
            written = pathlib.Path(folder)
            for target in CORPUS.iterdir():
                if target.is_dir():
                    (written / target.name).mkdir()
            subprocess.run([WRITE_CORPUS, folder], check=True, stdout=sys.stderr)
            samples = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
            self.assertGreater(len(samples), 8)
            for sample in samples:
                self.assertEqual((CORPUS / sample).read_bytes(), (written / sample).read_bytes(),
                                 "%s is old: run %s %s" % (sample, WRITE_CORPUS, CORPUS))


if __name__ == "__main__":
    unittest.main()
