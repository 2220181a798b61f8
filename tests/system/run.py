#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the system tests: every function test_* of tests/system/test_*.py, each given a Site of its own.

One PostgreSQL and one Kafka serve all tests. A line a test: `ok NAME (seconds)`, `FAIL NAME (log FILE)` or
`skip NAME: why`. A test marked @slow is left out by --quick. The exit status is 1 where one failed.
"""
import argparse
import importlib
import os
import pathlib
import shutil
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from harness.process import ROOT, Skip, end_all


class Servers:
    """Started when the first test asks for them."""

    def __init__(self, logs):
        self.logs, self._postgres, self._kafka, self._no_kafka = logs, None, None, None

    @property
    def postgres(self):
        from harness.postgres import Postgres
        self._postgres = self._postgres or Postgres(self.logs)
        return self._postgres

    @property
    def kafka(self):
        from harness.kafka import Kafka
        if self._no_kafka:
            raise self._no_kafka
        try:
            self._kafka = self._kafka or Kafka(self.logs)
        except Skip as why:
            self._no_kafka = why
            raise
        return self._kafka

    def close(self):
        for server in (self._kafka, self._postgres):
            if server:
                server.close()


def tests(only, quick):
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in list(vars(module).items()):
            full = f"{path.stem.removeprefix('test_')}.{name.removeprefix('test_')}"
            if name.startswith("test_") and callable(function) and (not only or only in full):
                if not (quick and getattr(function, "slow", False)):
                    yield full, function


def run(name, function, servers, logs):
    """(word, rest of the line) of one test."""
    from harness.comptoir import Site
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    begun, site = time.monotonic(), None
    try:
        site = Site(servers, name, logs)
        function(site)
        site.close()
        return "ok", f"({time.monotonic() - begun:.1f} s)"
    except Skip as why:
        return ("FAIL", f"(missing: {why})") if os.environ.get("CI") == "true" else ("skip", f": {' '.join(str(why).split())}")
    except BaseException as failure:
        (logs / "failure.txt").write_text(traceback.format_exc())
        if isinstance(failure, (KeyboardInterrupt, SystemExit)):
            raise
        first = (str(failure).splitlines() or [type(failure).__name__])[0]
        return "FAIL", f"(log {logs}/failure.txt): {first[:300]}"
    finally:
        if site:
            site.abandon()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="leave out the slow tests")
    arguments.add_argument("--only", default="", help="only tests whose name contains this")
    arguments.add_argument("--logs", type=pathlib.Path, default=ROOT / ".tests/system", help="folder of the logs")
    options = arguments.parse_args()
    os.environ.pop("JOURNAL_STREAM", None)
    options.logs.mkdir(parents=True, exist_ok=True)
    servers, failed = Servers(options.logs), 0
    try:
        for name, function in tests(options.only, options.quick):
            word, rest = run(name, function, servers, options.logs / name)
            failed += word == "FAIL"
            print(f"{word} system.{name}{'' if rest.startswith(':') else ' '}{rest}", flush=True)
    finally:
        servers.close()
        end_all()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
