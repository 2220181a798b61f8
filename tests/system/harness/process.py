# SPDX-License-Identifier: Apache-2.0
"""Child processes that end with the test, conditions with a deadline, and free ports."""
import atexit
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
CACHE = pathlib.Path(os.environ.get("COMPTOIR_TESTS_CACHE", pathlib.Path.home() / ".cache/comptoir-tests"))


class Skip(Exception):
    """A part that the test needs is not on this machine."""


class Failure(AssertionError):
    """The system under test did something wrong."""


def wait_for(what, condition, seconds=30.0, every=0.05):
    """Returns the first true value of condition(), or fails after `seconds` with `what`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds:g} s in vain: {what}")
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_open(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One child in a process group of its own; what it prints goes to a file."""

    living = []

    def __init__(self, name, command, log, environment=None, user=None, stdin=subprocess.DEVNULL, cwd=None):
        self.name, self.log = name, pathlib.Path(log)
        options = {"user": user, "group": user, "extra_groups": []} if user else {}
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                [str(part) for part in command], stdin=stdin, stdout=out, stderr=out, cwd=cwd,
                env={**os.environ, **(environment or {})}, start_new_session=True, **options)
        Process.living.append(self)

    @property
    def running(self):
        return self.child.poll() is None

    @property
    def status(self):
        return self.child.poll()

    def signal(self, number):
        if self.running:
            self.child.send_signal(number)

    def wait(self, seconds=30):
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} still runs {seconds:g} s after it was told to end; log: {self.log}")
        self.forget()
        return self.child.returncode

    def kill(self):
        """SIGKILL to it and to whatever it started."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.child.wait()
        self.forget()

    def forget(self):
        if self in Process.living:
            Process.living.remove(self)

    def tail(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def end_all():
    for process in list(reversed(Process.living)):
        process.kill()


def end_on_signal(number, frame):
    raise SystemExit(128 + number)


atexit.register(end_all)
for stop_signal in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(stop_signal, end_on_signal)
