# SPDX-License-Identifier: Apache-2.0
"""Private keys, the secrets that open them and pass phrases lie in locked memory that no core dump shows, and nowhere when
they are closed; a process that holds some leaves no core. What looks is tests/keys/memory_probe.c."""
import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROBE, KEYS = sys.argv[1:3]
os.environ.pop("MALLOC_PERTURB_", None)  # would clean up behind those who do not
KINDS = {"root": 2, "city": 2, "log": 1, "transport": 1, "secret": 1, "share": 2, "phrase": 3}  # numbers: both byte orders
ENVIRONMENT = {**os.environ, "SEMBAKO_DATE": "2026-10-05", "LC_ALL": "C"}


def can_unlock():
    """Whether we can take the right to lock memory from a child, which root has without limit."""
    return subprocess.run(["setpriv", "--bounding-set=-ipc_lock", "true"], capture_output=True, check=False).returncode == 0


class Memory(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sbk-memory-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o700)

    def scan(self):
        done = subprocess.run([PROBE, "scan", self.folder], capture_output=True, text=True, timeout=60, check=True)
        found = {}
        for line in done.stdout.splitlines():
            name, _, locked, other, _, left = line.split()
            found.setdefault(name, []).append((int(locked), int(other), int(left)))
        self.assertEqual({name: len(lines) for name, lines in found.items()}, KINDS)
        return found

    def test_open_keys_lie_in_locked_memory_and_closed_ones_nowhere(self):
        found = self.scan()
        for name in ("root", "city", "log", "transport"):
            # the probe sees what it looks for
            self.assertGreaterEqual(sum(locked for locked, _, _ in found[name]), 1, name)
        for name, places in found.items():
            self.assertEqual([other for _, other, _ in places], [0] * len(places), f"{name}: in memory that is not locked")
            self.assertEqual([left for _, _, left in places], [0] * len(places), f"{name}: left behind")

    def test_a_system_that_locks_no_memory_is_told(self):
        self.assertEqual(subprocess.check_output([PROBE, "locks"], text=True), "locked\n")
        if not can_unlock():
            self.skipTest("setpriv cannot take the right to lock memory away here")
        words = ["setpriv", "--bounding-set=-ipc_lock", PROBE, "locks"]
        for limit, answer in ((0, "unlocked\n"), (8 << 20, "locked\n")):
            said = subprocess.check_output(words, text=True, preexec_fn=lambda size=limit: resource.setrlimit(
                resource.RLIMIT_MEMLOCK, (size, size)))
            self.assertEqual(said, answer, limit)

    def dies(self, *words):
        """Whether the kernel says that a core was dumped; and what files are new in the process's folder."""
        before = set(os.listdir(self.folder))
        done = subprocess.Popen([PROBE, "abort", self.folder, *words], cwd=self.folder, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2))
        _, status = os.waitpid(done.pid, 0)
        done.returncode = status
        self.assertEqual(os.WTERMSIG(status), signal.SIGABRT)
        new = {name for name in set(os.listdir(self.folder)) - before if not name.endswith(".key")}
        return os.WCOREDUMP(status), new

    def test_a_process_that_dies_leaves_no_core(self):
        self.assertEqual(self.dies(), (False, set()))

    def test_without_protection_it_would(self):
        with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
            pattern = file.read().strip()
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 or pattern.startswith(("|", "/")) or not pattern:
            self.skipTest(f"cores would not come into a folder of ours here: core_pattern is '{pattern}'")
        self.assertTrue(self.dies("unprotected")[0])

    def test_a_program_that_waits_for_a_pass_phrase_leaves_no_core(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            os.execve(KEYS, [KEYS, "init", "--store", "city"], ENVIRONMENT)
        text, end = b"", time.monotonic() + 30
        while not text.rstrip().endswith(b"the root key:") and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                text += os.read(terminal, 4096)
        time.sleep(0.2)
        os.write(terminal, b"half a pass phr")
        os.kill(pid, signal.SIGABRT)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertTrue(os.WIFSIGNALED(status), text)
        self.assertFalse(os.WCOREDUMP(status))
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
