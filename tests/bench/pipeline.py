#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Orders a second through the whole path, beside two rivals on the same servers in the same run.

comptoir: comptoird as it is delivered, one process, two workers.
floor:    reads the same records, decides nothing, writes the same final rows by COPY in the same batches and
          publishes the same events in Kafka transactions, with two connections.
circuits: comptoird as in comptoir, where each account has a company: units, roles, rights with limits an order and
          a month, a circuit of three rules and a budget, all looked at, none of them in the orders' way.
chatty:   one transaction and one statement a row for every order, with eight connections.

Each contestant starts idle on fresh topics and a fresh copy of the same database; then the orders are sent at
once, and the clock runs until all acknowledgements and events are readable under read_committed. Rounds are
interleaved; the ratios are of the medians.
"""
import argparse
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "system")]
sys.dont_write_bytecode = True

import confluent_kafka

import documents as make
from harness.comptoir import Daemon, binary
from harness.process import Failure, Process, ROOT, end_all, wait_for
from harness.wire import Topics, quiet
from run import Servers

PARTITIONS, PRODUCTS, ACCOUNTS, LINES, BATCH = 16, 1000, 200, 5, 500
TOPICS = ("inbound", "erp", "events", "acknowledgements", "approvals", "quotes", "dead-letter")


class Reader:
    """Counts committed records of the two outgoing topics."""

    def __init__(self, bootstrap, prefix):
        self.consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": bootstrap, "group.id": "bench", "isolation.level": "read_committed",
             "enable.auto.commit": False, "fetch.wait.max.ms": 10}, logger=quiet)
        names = [prefix + "acknowledgements", prefix + "events"]
        # A topic just made takes a moment to be known; a partition assigned before that would stay silent.
        wait_for("the topics are known", lambda: all(
            len(self.consumer.list_topics(name, timeout=15).topics[name].partitions) == PARTITIONS
            for name in names))
        time.sleep(1)
        self.consumer.assign([confluent_kafka.TopicPartition(name, part, 0)
                              for name in names for part in range(PARTITIONS)])
        self.counts = dict.fromkeys(names, 0)

    def until(self, each, seconds):
        end = time.monotonic() + seconds
        while any(count < each for count in self.counts.values()):
            for message in self.consumer.consume(5000, 0.02):
                if message.error() is None:
                    self.counts[message.topic()] += 1
            if time.monotonic() > end:
                raise Failure(f"after {seconds} s only {self.counts} of {each} are readable")
        if any(count > each for count in self.counts.values()):
            raise Failure(f"more than {each} records: {self.counts}")

    def close(self):
        self.consumer.close()


def company(account):
    """Whom an account's order is asked about: rules that every order passes, and counters that it moves."""
    def document(kind, **fields):
        return kind, {"account": account, **fields}

    above = {"field": "total", "operator": "above", "values": ["1000000"]}
    manager = {"name": "manager", "groups": [{"selectors": [{"kind": "manager"}]}]}
    finance = {"name": "finance", "groups": [{"selectors": [{"kind": "role", "name": "accounting"}]}]}
    return [
        document("Unit", unit="HQ"), document("Unit", unit="SITE", parent="HQ"),
        document("User", user="boss", status="active", roles=[{"unit": "HQ", "role": "approver"},
                                                              {"unit": "HQ", "role": "accounting"}]),
        document("User", user="clerk", status="active", manager="boss", roles=[{"unit": "SITE", "role": "buyer"}]),
        *[document("CostCentre", cost_centre=name, owner="boss") for name in ("CC", "TENDER")],
        document("Rights", rights="clerks", subject="role", names=["buyer"], limits=[
            {"kind": "order", "currency": "EUR", "amount": make.number(1000000), "reaction": "approve"},
            {"kind": "period", "period": "month", "currency": "EUR", "amount": make.number(1000000000),
             "reaction": "refuse"}]),
        document("ApprovalCircuit", circuit="never", phase="deny",
                 conditions=[{"field": "category", "operator": "is", "values": ["Weapons"]}]),
        document("ApprovalCircuit", circuit="large", phase="require", priority=1, conditions=[above],
                 tiers=[manager, finance]),
        document("ApprovalCircuit", circuit="tender", phase="require", priority=2, tiers=[manager],
                 conditions=[{"field": "cost_centre", "operator": "is", "values": ["TENDER"]}]),
        document("Budget", budget="year", cost_centre="CC", currency="EUR", amount=make.number(1000000000),
                 rule="block"),
    ]


class Bench:
    def __init__(self, orders, logs):
        self.logs, self.orders, self.runs = logs, orders, 0
        self.servers = Servers(logs)
        self.postgres, self.kafka = self.servers.postgres, self.servers.kafka
        self.folder = logs

    def settings(self, prefix, database):
        return {"instance": "bench", "roles": ["worker"], "database": self.postgres.conninfo(database),
                "kafka": [f"bootstrap.servers={self.kafka.bootstrap}"], "topic_prefix": prefix,
                "partitions": PARTITIONS, "progress_partitions": 12 * PARTITIONS, "workers": 2,
                "batch": {"orders": BATCH}, "maps": ROOT / "edi-maps", "schemas": ROOT / "schemas",
                "log_level": "warning"}

    def daemon(self, name, prefix, database):
        settings = self.settings(prefix, database)
        settings["log_level"] = "info"
        return Daemon(self, name, "release", settings).ready()

    def prepare(self):
        """Databases with the facts, from which every run's own is copied; and the orders, encoded once."""
        self.postgres.create("facts")
        daemon = self.daemon("facts", "facts.", "facts")
        topics = Topics(self.kafka.bootstrap, "facts.")
        topics.send("erp", *[make.account(f"A{n:04}") for n in range(ACCOUNTS)],
                    *[make.user(f"A{n:04}", "clerk") for n in range(ACCOUNTS)],
                    *[make.product(f"P{n:05}") for n in range(PRODUCTS)],
                    *[make.price(f"P{n:05}", 1 + n % 97) for n in range(PRODUCTS)],
                    *[make.stock(f"P{n:05}", 100_000_000) for n in range(PRODUCTS)])
        topics.flush()
        wait_for("the facts are in the database", lambda: self.postgres.query(
            "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM stock)", "facts") ==
            [[str(ACCOUNTS + PRODUCTS)]], 120)
        daemon.stop()
        self.prepare_companies()
        chance = random.Random(1)
        self.records = []
        for n in range(self.orders):
            lines = [make.line(i + 1, f"P{part:05}", chance.randint(1, 9), unit_price=1 + part % 97)
                     for i, part in enumerate(chance.sample(range(PRODUCTS), LINES))]
            kind, document = make.order(f"A{n % ACCOUNTS:04}", f"PO-{n:07}", lines, user="clerk")
            document["cost_centre"] = "CC"
            self.records.append((document["account"], topics.schemas.encode(kind, document)))

    def prepare_companies(self):
        self.postgres.query("CREATE DATABASE facts_circuits TEMPLATE facts", "postgres")
        daemon = self.daemon("facts_circuits", "facts_circuits.", "facts_circuits")
        topics = Topics(self.kafka.bootstrap, "facts_circuits.")
        topics.send("erp", *[document for n in range(ACCOUNTS) for document in company(f"A{n:04}")])
        topics.flush()
        def taken():
            found = self.postgres.query("SELECT (SELECT count(*) FROM circuit), (SELECT count(*) FROM budget), "
                                        "(SELECT min(reason) FROM dead_letter)", "facts_circuits")[0]
            if found[2]:
                raise Failure(f"a document about companies was parked: {found[2]}")
            return found[:2] == [str(3 * ACCOUNTS), str(ACCOUNTS)]
        wait_for("the companies are in the database", taken, 120)
        daemon.stop()

    def run(self, contestant):
        """Seconds from the first record sent to the last event readable."""
        self.runs += 1
        name = f"{contestant}_{self.runs}"
        prefix = name + "."
        facts = "facts_circuits" if contestant == "circuits" else "facts"
        self.postgres.query(f'CREATE DATABASE "{name}" TEMPLATE {facts}', "postgres")
        topics = Topics(self.kafka.bootstrap, prefix)
        for future in topics.admin.create_topics(
                [confluent_kafka.admin.NewTopic(prefix + topic, PARTITIONS, 1) for topic in TOPICS]).values():
            future.result(30)
        process = self.start(contestant, name, prefix)
        reader = Reader(self.kafka.bootstrap, prefix)
        begun = time.monotonic()
        for key, value in self.records:
            topics.send_bytes("inbound", key, value)
        topics.flush(120)
        reader.until(self.orders, 600)
        took = time.monotonic() - begun
        reader.close()
        process.stop()
        if contestant == "comptoir" and self.source is None:
            self.source = name
        else:
            self.check(name)
        return took

    def start(self, contestant, name, prefix):
        if contestant in ("comptoir", "circuits"):
            return self.daemon(name, prefix, name)
        return Rival(self, contestant, name, prefix)

    source = None

    def check(self, name):
        """The same number of rows in every table, and the same sums."""
        sql = """SELECT (SELECT count(*) FROM sales_order), (SELECT count(*) FROM order_line),
            (SELECT count(*) FROM reservation), (SELECT sum(amount) FROM exposure_entry),
            (SELECT sum(reserved) FROM stock), (SELECT sum(exposure) FROM account),
            (SELECT count(*) FROM outbox), (SELECT count(*) FROM outcome WHERE order_id <> 0)"""
        got, want = self.postgres.query(sql, name), self.postgres.query(sql, self.source)
        if got != want:
            raise Failure(f"{name} has written {got}, {self.source} {want}: the contestants did not do the same")

    def close(self):
        self.servers.close()
        end_all()


class Rival:
    def __init__(self, bench, contestant, name, prefix):
        threads = 2 if contestant == "floor" else 8
        program = binary("tests/bench_rival", "release")
        self.process = Process(name, [program, contestant, bench.postgres.conninfo(bench.source),
                                      bench.postgres.conninfo(name), bench.kafka.bootstrap, prefix,
                                      f"{bench.source}.inbound", threads, BATCH], bench.logs / f"{name}.log")
        wait_for(f"{name} is ready", self.is_ready, 120)

    def is_ready(self):
        if not self.process.running:
            raise Failure(f"{self.process.name} ended at start: {self.process.tail()}")
        return "ready" in self.process.tail()

    def stop(self):
        status = self.process.wait(60)
        if status != 0:
            raise Failure(f"{self.process.name} ended with {status}: {self.process.tail()}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="few orders, under a minute")
    arguments.add_argument("--orders", type=int, help="orders a run")
    arguments.add_argument("--rounds", type=int, help="runs of each contestant")
    options = arguments.parse_args()
    orders = options.orders or (4000 if options.quick else 20000)
    rounds = options.rounds or (2 if options.quick else 5)
    logs = ROOT / ".tests/bench/pipeline"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    bench = Bench(orders, logs)
    try:
        bench.prepare()
        took = {"comptoir": [], "circuits": [], "floor": [], "chatty": []}
        for round_number in range(rounds):
            for contestant, seconds in took.items():
                seconds.append(bench.run(contestant))
                print(f"round {round_number + 1}: {contestant:8} {orders / seconds[-1]:8.0f} orders/s", flush=True)
        medians = {name: statistics.median(seconds) for name, seconds in took.items()}
        for name, seconds in took.items():
            print(f"{name:8} median {orders / medians[name]:.0f} orders/s "
                  f"({orders / max(seconds):.0f} to {orders / min(seconds):.0f})")
        for rival in ("floor", "chatty"):
            print(f"ratio comptoir/{rival} {medians[rival] / medians['comptoir']:.2f}")
        print(f"ratio circuits/comptoir {medians['comptoir'] / medians['circuits']:.2f}")
    finally:
        bench.close()


main()
