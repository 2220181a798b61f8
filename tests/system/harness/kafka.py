# SPDX-License-Identifier: Apache-2.0
"""An Apache Kafka of the test's own: the released jars by Maven, one KRaft node on loopback."""
import base64
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import uuid
import xml.etree.ElementTree

from harness.process import CACHE, Failure, Process, ROOT, Skip, free_port, port_open, wait_for

POM = ROOT / "tests/system/kafka/pom.xml"


def version():
    spaces = {"m": "http://maven.apache.org/POM/4.0.0"}
    return xml.etree.ElementTree.parse(POM).find("m:dependencies/m:dependency/m:version", spaces).text


def jars():
    """The folder of Kafka's jars; fetched once, then kept in the cache."""
    if not shutil.which("java"):
        raise Skip("no Java (package default-jre-headless)")
    folder = CACHE / f"kafka-{version()}"
    if (folder / "complete").exists():
        return folder
    if not shutil.which("mvn"):
        raise Skip("no Maven to fetch Kafka with (package maven)")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mvn", "-q", "-B", "-f", POM, "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        why = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it gave no reason")
        raise Skip(f"Maven could not fetch Kafka {version()}: {re.sub(r'.*ERROR[^ ]* *', '', why)[:200]}")
    (folder / "complete").touch()
    return folder


class Kafka:
    def __init__(self, logs, properties=None):
        self.jars = jars()
        self.log = pathlib.Path(logs) / "kafka.log"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="comptoir-kafka-"))
        self.port, self.controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._write_settings(properties or {})
        self._format()
        self.process = None
        self.start()

    def _write_settings(self, properties):
        settings = {
            "process.roles": "broker,controller", "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{self.controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER", "log.dirs": self.folder / "data",
            "default.replication.factor": 1, "offsets.topic.replication.factor": 1,
            "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1,
            "offsets.topic.num.partitions": 4, "transaction.state.log.num.partitions": 4,
            "group.initial.rebalance.delay.ms": 0, "group.min.session.timeout.ms": 1000,
            # A node that was killed may come back after this long, not after the usual nine seconds.
            "broker.session.timeout.ms": 2000, "broker.heartbeat.interval.ms": 500,
            "auto.create.topics.enable": "false", "log.cleaner.dedupe.buffer.size": 16777216,
            # Segments are mapped whole; small ones keep many test topics cheap.
            "log.segment.bytes": 67108864, "log.index.size.max.bytes": 1048576,
            **properties,
        }
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        (self.folder / "server.properties").write_text(text)

    def _java(self, heap, program, *arguments):
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", heap,
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{self.jars}/*", program, *arguments]

    def _format(self):
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if cluster.startswith("-"):
            cluster = "A" + cluster[1:]
        done = subprocess.run(
            self._java("-Xmx128m", "kafka.tools.StorageTool", "format", "-t", cluster, "-c",
                       str(self.folder / "server.properties")),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Failure(f"Kafka's storage could not be formatted:\n{done.stdout}")

    def start(self):
        command = self._java("-Xmx512m", "kafka.Kafka", self.folder / "server.properties")
        self.process = Process("Kafka", command, self.log, cwd=self.folder)
        wait_for("Kafka accepts connections", self._ready, 60)

    def _ready(self):
        if not self.process.running:
            raise Failure(f"Kafka ended at start:\n{self.process.tail()}")
        return port_open(self.port)

    def kill(self):
        self.process.kill()

    def pause(self):
        self.process.signal(signal.SIGSTOP)

    def resume(self):
        self.process.signal(signal.SIGCONT)

    def close(self):
        self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
