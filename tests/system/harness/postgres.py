# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the test's own: a cluster in a temporary folder that listens on a Unix socket only."""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from harness.process import Failure, Process, Skip, wait_for


def programs():
    """The folder of initdb and postgres, newest version first; Debian keeps it out of PATH."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(f.split("/")[-2].split(".")[0]))
    on_path = shutil.which("initdb")
    if folders:
        return pathlib.Path(folders[-1])
    if on_path:
        return pathlib.Path(on_path).resolve().parent
    raise Skip("no PostgreSQL server (package postgresql)")


def unprivileged():
    """PostgreSQL refuses to run as root; the name of the user that it runs as then."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
            return name
        except KeyError:
            pass
    raise Skip("PostgreSQL refuses root, and there is no user postgres or nobody")


class Postgres:
    def __init__(self, logs, fsync=True):
        self.bin, self.user, self.fsync = programs(), unprivileged(), fsync
        self.log = pathlib.Path(logs) / "postgres.log"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="comptoir-pg-"))
        self.data = self.folder / "data"
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        self.folder.chmod(0o711)
        self._initdb()
        self.process = None
        self.start()

    def _initdb(self):
        identity = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        made = subprocess.run(
            [self.bin / "initdb", "-D", self.data, "-U", "comptoir", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **identity)
        if made.returncode != 0:
            raise Failure(f"initdb failed:\n{made.stdout}")

    def start(self):
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.folder, "unix_socket_permissions": "0777",
            "fsync": "on" if self.fsync else "off", "max_connections": 200, "log_min_messages": "warning",
            "log_min_error_statement": "panic", "idle_in_transaction_session_timeout": "30s",
            "max_wal_size": "512MB",
        }
        command = [self.bin / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.process = Process("PostgreSQL", command, self.log, user=self.user, cwd=self.folder)
        wait_for("PostgreSQL accepts connections", self._ready, 120)

    def _ready(self):
        if not self.process.running:
            raise Failure(f"PostgreSQL ended at start:\n{self.process.tail()}")
        probe = subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder], cwd="/")
        return probe.returncode == 0

    def stop(self, immediate=False):
        """immediate: as a crash, recovery happens at the next start; otherwise sessions are ended in order."""
        self.process.signal(signal.SIGQUIT if immediate else signal.SIGINT)
        self.process.wait(30)

    def restart(self, immediate=False):
        self.stop(immediate)
        self.start()

    def create(self, database):
        self.query(f'CREATE DATABASE "{database}"', "postgres")
        return self.conninfo(database)

    def conninfo(self, database):
        return f"host={self.folder} dbname={database} user=comptoir"

    def query(self, sql, database):
        """Rows as lists of text; fails with the server's words."""
        done = subprocess.run(
            [self.bin / "psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d",
             self.conninfo(database), "-c", sql], cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failure(f"PostgreSQL: {done.stderr.strip()} (in: {sql})")
        return [line.split("\x1f") for line in done.stdout.splitlines() if line]

    def close(self):
        if self.process.running:
            self.process.signal(signal.SIGQUIT)
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
