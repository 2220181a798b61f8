# SPDX-License-Identifier: Apache-2.0
"""How the daemon starts and stops: its configuration, the service manager, a database or broker that is away."""
import re
import socket
import subprocess

from harness.comptoir import binary
from harness.process import ROOT, free_port, wait_for
from trade import equal, slow


def run(*arguments):
    done = subprocess.run([binary("comptoird", "dev"), *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


def test_the_example_configuration_is_valid(site):
    text = (ROOT / "deploy/comptoir.conf").read_text()
    text = text.replace("/usr/share/comptoir/edi-maps", str(ROOT / "edi-maps"))
    text = text.replace("/usr/share/comptoir/schemas", str(ROOT / "schemas"))
    file = site.folder / "example.conf"
    file.write_text(text)
    status, printed = run("--config", file, "--check-config")
    equal("status", (status, printed), (0, printed))
    # It has every setting: what stands there as a comment counts.
    named = set(re.findall(r"\b([a-z_]+) = ", text))
    source = (ROOT / "daemon/engine/settings.c").read_text()
    known = set(re.findall(r'^    \{ (?:NULL|"[a-z_]+"), "([a-z_]+)", KIND', source, re.MULTILINE))
    assert len(known) > 20, known
    equal("settings that the example lacks", known - named, set())


def test_a_bad_configuration_is_told_by_line(site):
    good = f'database = "dbname=x";\nmaps = "{ROOT}/edi-maps";\nschemas = "{ROOT}/schemas";\n'
    short = site.folder / "short.secret"
    short.write_text("too short\n")
    for number, (line, wanted) in enumerate([
            ('mail = { server = "smtp://x"; };', "mail"), ('mail = { server = "http://x"; from = "a@x"; };', "server"),
            (f'links = {{ secret_file = "{short}"; }};', "secret_file"),
            ("workerz = 3;", "workerz"), ("workers = 0;", "workers"), ('workers = "two";', "workers"),
            ('roles = [ "cook" ];', "roles"), ('kafka = [ "no equals sign" ];', "kafka"),
            ("relay = { rows = 0; };", "relay.rows"), ("database = ;", ""), ('log_level = "loud";', "log_level")]):
        file = site.folder / f"bad{number}.conf"
        file.write_text(good + line + "\n")
        status, printed = run("--config", file, "--check-config")
        assert status == 1 and wanted in printed and re.search(r"bad\d+\.conf:\d", printed), (line, status, printed)
    status, printed = run("--config", site.folder / "absent.conf", "--check-config")
    assert status == 1 and "absent.conf" in printed, printed


def test_it_tells_what_it_is(site):
    for option, wanted in {"--help": "usage", "--version": "comptoird ", "--stages": "credit",
                           "--failpoints": "batch.before_commit"}.items():
        status, printed = run(option)
        assert status == 0 and wanted in printed, (option, status, printed)
    equal("an unknown option", run("--what")[0], 2)


def test_the_service_manager_is_told(site):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        address = str(site.postgres.folder / "notify")
        manager.bind(address)
        manager.settimeout(1)
        daemon = site.daemon(wait=False, environment={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"})
        heard = []

        def listen(word):
            try:
                heard.append(manager.recv(4096).decode())
            except TimeoutError:
                pass
            return any(word in message for message in heard)
        wait_for("READY=1", lambda: listen("READY=1"), 40)
        wait_for("WATCHDOG=1", lambda: listen("WATCHDOG=1"), 10)
        daemon.stop()
        wait_for("STOPPING=1", lambda: listen("STOPPING=1"), 10)


@slow
def test_without_database_or_broker_it_ends_and_says_why(site):
    site.announce(r" error cannot_start: ", r" warning kafka_library: ", r" error kafka_library: ")
    for name, wanted, changes in [
            ("nodb", "nowhere", {"database": "host=/nowhere dbname=x connect_timeout=2"}),
            ("nokafka", "", {"kafka": [f"bootstrap.servers=127.0.0.1:{free_port()}", "socket.timeout.ms=2000"]})]:
        daemon = site.daemon(name, wait=False, **changes)
        equal(f"{name}: status", daemon.ended(90), 1)
        assert "cannot_start" in daemon.text() and wanted in daemon.text(), daemon.text()
