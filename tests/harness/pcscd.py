# SPDX-License-Identifier: Apache-2.0
"""Starts, stops and restarts the private pcscd of tests/harness/with-pcscd, from outside and from inside of a test.

A test that wants to know what its program does when pcscd dies calls kill() and later start().
"""
import os
import shutil
import signal
import socket
import subprocess
import time

SOCKET = "/run/pcscd/pcscd.comm"
FIRST_PORT = 35963
READERS_MAX = 16  # pcsc-lite's own limit
START_LIMIT = 10  # seconds; it takes a tenth of one


def ports_for(readers):
    return list(range(FIRST_PORT, FIRST_PORT + readers))


def make_directory(directory, library, readers, verbose):
    """The folder that start() works from: the configuration, the drivers, and what start() has to know."""
    os.mkdir(os.path.join(directory, "reader.conf.d"))
    # No USB drivers: a real reader of this machine belongs to the machine's own pcscd.
    os.mkdir(os.path.join(directory, "no-drivers"))
    text = ""
    for number, port in enumerate(range(FIRST_PORT, FIRST_PORT + readers, 2), 1):
        # One entry makes two readers, on neighbouring ports. Each needs a copy of the driver: one copy keeps its state by
        # slot alone, so that a second entry would take over the first one's readers.
        driver = os.path.join(directory, f"libifdvpcd-{number}.so")
        shutil.copyfile(library, driver)
        text += (f'FRIENDLYNAME "Virtual PCD{f" {number}" if number > 1 else ""}"\nDEVICENAME /dev/null:0x{port:X}\n'
                 f"LIBPATH {driver}\nCHANNELID 0x{port:X}\n\n")
    files = {"reader.conf.d/vpcd": text, "readers": str(readers)}
    if verbose:
        files["verbose"] = ""
    for name, content in files.items():
        with open(os.path.join(directory, name), "w", encoding="ascii") as file:
            file.write(content)


def _listening():
    found = set()
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(name, encoding="ascii") as table:
                for line in list(table)[1:]:
                    fields = line.split()
                    if fields[3] == "0A":
                        found.add(int(fields[1].rsplit(":", 1)[1], 16))
        except FileNotFoundError:
            pass
    return found


def _answers():
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(SOCKET)
        except OSError:
            return False
    return True


def start(directory=None):
    """Starts pcscd from its folder (made by with-pcscd) and waits until it and its readers answer."""
    directory = directory or os.environ["SBK_PCSCD_DIR"]
    with open(os.path.join(directory, "readers"), encoding="ascii") as file:
        ports = set(ports_for(int(file.read())))
    log_path = os.path.join(directory, "log")
    level = ["--debug", "--apdu"] if os.path.exists(os.path.join(directory, "verbose")) else []
    environment = dict(os.environ, PCSCLITE_HP_DROPDIR=os.path.join(directory, "no-drivers"))
    with open(log_path, "ab") as log:
        # A session of its own: Ctrl-C is for the command under test. It dies with whoever started it.
        daemon = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "pcscd", "--foreground", *level,
             "--config", os.path.join(directory, "reader.conf.d")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment)
    with open(os.path.join(directory, "pid"), "w", encoding="ascii") as file:
        file.write(str(daemon.pid))
    limit = time.monotonic() + START_LIMIT
    while not (ports <= _listening() and _answers()):
        if daemon.poll() is not None or time.monotonic() > limit:
            daemon.kill()
            daemon.wait()
            with open(log_path, encoding="utf-8", errors="replace") as file:
                raise RuntimeError(f"the private pcscd did not start:\n{file.read()[-4000:]}")
        time.sleep(0.005)
    return daemon


def kill(directory=None, how=signal.SIGKILL):
    """Kills pcscd and waits until it is buried, since a new one looks for its process; its socket file stays behind, as after a crash."""
    directory = directory or os.environ["SBK_PCSCD_DIR"]
    with open(os.path.join(directory, "pid"), encoding="ascii") as file:
        pid = int(file.read())
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
    limit = time.monotonic() + START_LIMIT
    while time.monotonic() < limit:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass  # not started by this process; then with-pcscd buries it
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "X":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.005)
    raise RuntimeError(f"pcscd {pid} does not die")
