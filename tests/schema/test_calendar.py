# SPDX-License-Identifier: Apache-2.0
"""Every day of the calendar, 1970-01-01 to 2149-06-06, against Python's datetime."""
import datetime
import os
import subprocess
import unittest


class Calendar(unittest.TestCase):
    def test_every_day(self):
        program = os.path.join(os.environ['SBK_BUILD'], 'tests/schema/list-days')
        lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(len(lines), 65536)
        day = datetime.date(1970, 1, 1)
        for number, line in enumerate(lines):
            self.assertEqual(line, f'{number} {day.isoformat()} {day:%Y%m%d}')
            day += datetime.timedelta(days=1)


if __name__ == '__main__':
    unittest.main()
