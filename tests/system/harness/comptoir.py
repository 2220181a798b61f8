# SPDX-License-Identifier: Apache-2.0
"""comptoird and comptoirctl under test.

A Site is what one test works on: a database and a topic prefix of its own on servers that all tests share, a
folder with the configuration, maps, partners and spool, and the daemons started on them.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

from harness.process import Failure, Process, ROOT, Skip, free_port, wait_for
from harness.wire import Topics

BUILDS = pathlib.Path(os.environ.get("COMPTOIR_BUILDS", ROOT / "build"))
LOUD = re.compile(r"^\S+ (warning|error) |ERROR: \w+Sanitizer|runtime error:|^comptoird: |Assertion .* failed")


def binary(name, build):
    path = BUILDS / build / name
    if not path.exists():
        raise Skip(f"{path} is not built")
    return path


def libconfig(value):
    """A Python value as libconfig text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + " ".join(f"{name} = {libconfig(part)};" for name, part in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[ " + ", ".join(libconfig(part) for part in value) + " ]"
    if isinstance(value, int):
        return f"{value}L" if abs(value) > 2**31 - 1 else str(value)
    return json.dumps(str(value))


class Daemon:
    def __init__(self, site, name, build, settings, failpoints="", environment=None):
        self.site, self.name, self.build = site, name, build
        self.config = site.folder / f"{name}.conf"
        self.config.write_text("".join(f"{key} = {libconfig(value)};\n" for key, value in settings.items()))
        self.settings, self.process, self.starts = settings, None, 0
        self.environment = environment or {}
        self.log = site.logs / f"{name}.log"
        self.start(failpoints=failpoints, wait=False)

    def start(self, failpoints="", wait=True):
        self.seen = self.log.stat().st_size if self.log.exists() else 0
        environment = {**self.environment, **({"COMPTOIR_FAILPOINTS": failpoints} if failpoints else {})}
        self.process = Process(f"comptoird {self.name}", [binary("comptoird", self.build), "--config", self.config],
                               self.log, environment=environment, cwd=self.site.folder)
        self.starts += 1
        if wait:
            self.ready()
        return self

    def ready(self, seconds=60):
        def is_ready():
            if not self.process.running:
                raise Failure(f"comptoird {self.name} ended with {self.process.status} at start:\n{self.process.tail()}")
            return re.search(r" info started: ", self.text())
        wait_for(f"comptoird {self.name} is ready", is_ready, seconds)
        return self

    def text(self):
        """What it has logged since its last start."""
        if not self.log.exists():
            return ""
        with open(self.log, errors="replace") as file:
            file.seek(self.seen)
            return file.read()

    def waits_to_log(self, pattern, seconds=30):
        return wait_for(f"comptoird {self.name} logs /{pattern}/",
                        lambda: re.search(pattern, self.text(), re.MULTILINE), seconds)

    def ended(self, seconds=60):
        """Waits until it ends by itself; the status, negative for a signal."""
        return self.process.wait(seconds)

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def stop(self, seconds=60):
        """SIGTERM; it must end in order, with status 0."""
        if not self.process.running:
            return
        self.process.signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        if status != 0:
            raise Failure(f"comptoird {self.name} ended with {status} after SIGTERM:\n{self.process.tail()}")


class Site:
    """One test's own system; close() judges what the daemons logged."""

    def __init__(self, servers, name, logs):
        self.name, self.logs = name, logs
        self.folder = logs / "site"
        self.folder.mkdir(parents=True)
        self.postgres, self.kafka = servers.postgres, servers.kafka
        self.database = re.sub(r"\W", "_", name.lower())[:60]
        self.conninfo = self.postgres.create(self.database)
        self.prefix = f"{self.database}."
        self.topics = Topics(self.kafka.bootstrap, self.prefix)
        self.maps = self.folder / "edi-maps"
        shutil.copytree(ROOT / "edi-maps", self.maps)
        self.spool = self.folder / "spool"
        self.daemons, self.announced = {}, []

    def announce(self, *patterns):
        """Warnings and errors that match are part of the test; any other makes it fail."""
        self.announced += [re.compile(pattern) for pattern in patterns]

    def partner(self, name, text):
        """Adds a partner file; before the daemon starts."""
        (self.maps / "partners" / f"{name}.conf").write_text(text)

    def settings(self, name, **changes):
        settings = {
            "instance": name, "roles": ["worker", "status"], "database": self.conninfo,
            "kafka": [f"bootstrap.servers={self.kafka.bootstrap}"], "topic_prefix": self.prefix,
            "partitions": 4, "progress_partitions": 16,
            "workers": 2, "maps": self.maps, "schemas": ROOT / "schemas", "status_interval_ms": 500,
            "log_level": "info", **changes}
        if "spool" in settings["roles"]:
            settings.setdefault("spool", {"folder": self.spool, "poll_ms": 100})
        if "cxml" in settings["roles"]:
            settings.setdefault("cxml", {"address": "127.0.0.1", "port": free_port()})
        return settings

    def daemon(self, name="a", build="dev", failpoints="", wait=True, environment=None, **changes):
        daemon = Daemon(self, name, build, self.settings(name, **changes), failpoints, environment)
        self.daemons[name] = daemon
        return daemon.ready() if wait else daemon

    def ctl(self, *arguments, status=0, build="dev", seconds=60, daemon=None):
        """Runs comptoirctl against this site; fails where its status is another. Returns what it printed."""
        config = (daemon or next(iter(self.daemons.values()))).config
        words = " ".join(map(str, arguments))
        try:
            done = subprocess.run([binary("comptoirctl", build), "--config", config, *map(str, arguments)],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"comptoirctl {words} still runs after {seconds} s; so far: {late.stdout} {late.stderr}")
        with open(self.logs / "comptoirctl.log", "a") as log:
            print("$ comptoirctl", *arguments, f"\n{done.stdout}{done.stderr}[{done.returncode}]", file=log)
        if status is not None and done.returncode != status:
            raise Failure(f"comptoirctl {words} ended with {done.returncode}, not {status}: "
                          f"{(done.stdout + done.stderr).strip()[-800:]}")
        return done.stdout

    def query(self, sql):
        return self.postgres.query(sql, self.database)

    def value(self, sql):
        rows = self.query(sql)
        return rows[0][0] if rows else None

    def unannounced(self):
        found = []
        for name, daemon in self.daemons.items():
            for line in daemon.log.read_text(errors="replace").splitlines() if daemon.log.exists() else []:
                if LOUD.search(line) and not any(pattern.search(line) for pattern in self.announced):
                    found.append(f"{name}: {line}")
        return found

    def close(self):
        for daemon in self.daemons.values():
            daemon.stop()
        loud = self.unannounced()
        if loud:
            raise Failure(f"{len(loud)} unannounced warnings or errors, first: " + "\n  ".join(loud[:5]))

    def abandon(self):
        for daemon in self.daemons.values():
            if daemon.process.running:
                daemon.kill()
