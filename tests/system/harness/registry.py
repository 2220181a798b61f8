# SPDX-License-Identifier: Apache-2.0
"""A schema registry on loopback: the Go program in tests/system/registry."""
import pathlib
import re
import shutil
import subprocess

from harness.process import CACHE, Failure, Process, ROOT, Skip, wait_for

NEEDS_GO = (1, 24)


def program():
    if not shutil.which("go"):
        raise Skip("no Go for the schema registry of the tests")
    version = subprocess.run(["go", "env", "GOVERSION"], stdout=subprocess.PIPE, text=True, cwd="/").stdout
    found = re.match(r"go(\d+)\.(\d+)", version)
    if not found or tuple(map(int, found.groups())) < NEEDS_GO:
        raise Skip(f"{version.strip() or 'this Go'} is older than Go {NEEDS_GO[0]}.{NEEDS_GO[1]}")
    binary = CACHE / "registry"
    built = subprocess.run(["go", "build", "-o", binary, "."], cwd=ROOT / "tests/system/registry",
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        raise Skip(f"the schema registry could not be built: {built.stdout.strip()[-300:]}")
    return binary


class Registry:
    def __init__(self, logs, refuse=""):
        log = pathlib.Path(logs) / "registry.log"
        self.process = Process("schema registry", [program(), f"-refuse={refuse}"], log, stdin=subprocess.PIPE)
        self.url = wait_for("the registry prints its address", lambda: self._address(log), 15)

    def _address(self, log):
        if not self.process.running:
            raise Failure(f"the registry ended at start:\n{self.process.tail()}")
        text = log.read_text()
        return text.split()[0] if text.endswith("\n") else None

    def close(self):
        self.process.kill()
