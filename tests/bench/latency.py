# SPDX-License-Identifier: Apache-2.0
"""Latency: orders that come at a steady rate, from the moment they are sent to the moment their answer can be
read."""
import argparse
import pathlib
import shutil
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
sys.dont_write_bytecode = True

import confluent_kafka

import trade
from harness.comptoir import Site
from harness.process import end_all
from harness.wire import quiet
from run import Servers


class Answers:
    """Counts acknowledgements as they become readable."""

    def __init__(self, site):
        self.consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": site.kafka.bootstrap, "group.id": "bench", "isolation.level": "read_committed",
             "enable.auto.commit": False, "fetch.wait.max.ms": 10}, logger=quiet)
        topic = site.prefix + "acknowledgements"
        parts = self.consumer.list_topics(topic, timeout=15).topics[topic].partitions
        self.consumer.assign([confluent_kafka.TopicPartition(topic, part, 0) for part in parts])
        self.count = 0

    def take(self, wait=0.05):
        messages = [m for m in self.consumer.consume(2000, wait) if m.error() is None]
        self.count += len(messages)
        return messages


def encode(site, orders):
    return [(document["account"], site.topics.schemas.encode(kind, document)) for kind, document in orders]


def latency(site, options):
    facts, orders, numbers = trade.many_orders(options.rate * options.seconds, options.lines, options.accounts)
    trade.add_accounts(site, facts)
    records = encode(site, orders)
    answers, sent, took, begun = Answers(site), {}, [], time.monotonic()
    for position, (key, value) in enumerate(records):
        while position / options.rate > time.monotonic() - begun:
            took += [time.monotonic() - sent[m] for m in map(number_of(site), answers.take(0.001)) if m in sent]
        sent[numbers[position]] = time.monotonic()
        site.topics.send_bytes("inbound", key, value)
        site.topics.producer.poll(0)
    while len(took) < len(records):
        took += [time.monotonic() - sent[m] for m in map(number_of(site), answers.take()) if m in sent]
    ranks = statistics.quantiles(took, n=100)
    print(f"latency at {options.rate} orders/s: median {ranks[49] * 1000:.0f} ms, 99 % {ranks[98] * 1000:.0f} ms, "
          f"most {max(took) * 1000:.0f} ms", flush=True)


def number_of(site):
    return lambda message: site.topics.schemas.decode(message.value())["order_number"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="for 5 seconds instead of 30")
    arguments.add_argument("--seconds", type=int)
    arguments.add_argument("--lines", type=int, default=5)
    arguments.add_argument("--accounts", type=int, default=200)
    arguments.add_argument("--rate", type=int, default=200, help="orders a second while latency is measured")
    options = arguments.parse_args()
    options.seconds = options.seconds or (5 if options.quick else 30)
    logs = ROOT / ".tests/bench"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    servers = Servers(logs)
    try:
        site = Site(servers, "bench", logs)
        site.daemon(build="release", partitions=8)
        trade.set_up(site)
        latency(site, options)
        site.close()
    finally:
        servers.close()
        end_all()


main()
