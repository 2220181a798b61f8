#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command with a PostgreSQL of its own: with_postgres.py LOGS COMMAND... The connection string of an empty
database is in COMPTOIR_TEST_DATABASE; where there is no PostgreSQL the command runs without, and its tests that
need one skip themselves. The exit status is the command's."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from harness.postgres import Postgres
from harness.process import Skip, end_all


def main():
    logs, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    logs.mkdir(parents=True, exist_ok=True)
    postgres, environment = None, dict(os.environ)
    try:
        try:
            postgres = Postgres(logs, fsync=False)
            environment["COMPTOIR_TEST_DATABASE"] = postgres.create("unit")
        except Skip as why:
            print(f"without a database: {why}", flush=True)
        return subprocess.run(command, env=environment).returncode
    finally:
        if postgres:
            postgres.close()
        end_all()


sys.exit(main())
