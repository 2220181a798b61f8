# SPDX-License-Identifier: Apache-2.0
"""Whatever dies, stops or goes away: no order is lost, none is answered twice."""
import subprocess
import threading
import time

import documents as make
import edifact
import test_edifact
import trade
from harness.comptoir import BUILDS
from harness.process import Failure, wait_for
from trade import equal, slow

# While something is broken the daemon may say so; what counts is in the topics afterwards.
TROUBLE = (r" warning \S+: ", r" error \S+: ")
FAST = ["session.timeout.ms=3000", "heartbeat.interval.ms=500"]


def fast_kafka(site):
    return [f"bootstrap.servers={site.kafka.bootstrap}", *FAST]


class Feed:
    """Sends orders evenly over some seconds, beside the test."""

    def __init__(self, site, orders, seconds):
        self.failure = None

        def run():
            try:
                begun = time.monotonic()
                for number, order in enumerate(orders):
                    ahead = number / len(orders) * seconds - (time.monotonic() - begun)
                    if ahead > 0:
                        time.sleep(ahead)
                    site.topics.send("inbound", order)
                    site.topics.producer.poll(0)
                site.topics.flush(120)
            except Exception as failure:
                self.failure = failure
        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    @property
    def running(self):
        return self.thread.is_alive()

    def join(self):
        self.thread.join(180)
        if self.failure or self.running:
            raise Failure(f"the orders could not be sent: {self.failure}")


def judge(site, numbers, seconds=120):
    site.topics.documents("acknowledgements", len(numbers), seconds)
    trade.judge_topics(site, numbers)
    site.ctl("verify", "--topics", build="chaos")


def start(site, count, seconds, names=("a",), **changes):
    """Daemons with facts, and a feed of orders under way."""
    site.announce(*TROUBLE)
    for name in names:
        site.daemon(name, build="chaos", kafka=fast_kafka(site), **changes)
    trade.set_up(site)
    facts, orders, numbers = trade.many_orders(count)
    trade.add_accounts(site, facts)
    return Feed(site, orders, seconds), numbers


@slow
def test_killed_every_two_seconds(site):
    feed, numbers = start(site, 2000, 60)
    daemon, kills = site.daemons["a"], 0
    while feed.running:
        time.sleep(2)
        daemon.kill()
        daemon.start(wait=False)
        kills += 1
    feed.join()
    daemon.ready()
    assert kills > 20, f"only {kills} kills"
    judge(site, numbers)


@slow
def test_one_of_two_is_killed(site):
    feed, numbers = start(site, 600, 12, names=("a", "b"))
    owners = "SELECT count(DISTINCT owner) FROM shard WHERE topic LIKE '%inbound'"
    wait_for("both own partitions", lambda: int(site.value(owners)) == 2, 60)
    time.sleep(4)
    site.daemons["b"].kill()
    feed.join()
    judge(site, numbers)


@slow
def test_a_frozen_owner_is_fenced(site):
    feed, numbers = start(site, 600, 15, names=("a", "b"))
    time.sleep(3)
    frozen = site.daemons["a"]
    frozen.freeze()
    owned = "SELECT count(*) FROM shard WHERE topic LIKE '%inbound' AND owner LIKE 'a%'"
    wait_for("the other takes the partitions over", lambda: site.value(owned) == "0", 60)
    time.sleep(2)
    frozen.thaw()
    feed.join()
    judge(site, numbers)
    assert frozen.process.running or frozen.process.status == 0, "the frozen one ended badly"


@slow
def test_broker_is_killed(site):
    feed, numbers = start(site, 600, 15)
    time.sleep(4)
    site.kafka.kill()
    time.sleep(2)
    site.kafka.start()
    feed.join()
    judge(site, numbers, 180)


@slow
def test_postgres_crashes(site):
    feed, numbers = start(site, 600, 15)
    for _ in range(3):
        time.sleep(3)
        site.postgres.restart(immediate=True)
    feed.join()
    judge(site, numbers)


@slow
def test_both_servers_away_at_once(site):
    feed, numbers = start(site, 300, 10)
    time.sleep(3)
    site.postgres.stop(immediate=True)
    site.kafka.kill()
    site.kafka.start()
    time.sleep(3)
    site.postgres.start()
    feed.join()
    judge(site, numbers, 180)


@slow
def test_stops_in_order_under_load(site):
    site.daemon(build="chaos")
    trade.set_up(site)
    facts, orders, numbers = trade.many_orders(300)
    trade.add_accounts(site, facts)
    feed = Feed(site, orders, 4)
    time.sleep(1)
    site.daemons["a"].stop()
    feed.join()
    site.daemons["a"].start()
    judge(site, numbers)


@slow
def test_a_long_lock_parks_nothing(site):
    """Somebody holds rows that a batch needs: it waits or comes again, but is not taken for a poisonous one."""
    site.announce(*TROUBLE)
    site.daemon(build="chaos", kafka=fast_kafka(site))
    trade.set_up(site)
    holder = subprocess.Popen([site.postgres.bin / "psql", "-Xq", "-d", site.conninfo], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True, cwd="/")
    try:
        print("SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT FROM account FOR UPDATE;", file=holder.stdin,
              flush=True)
        time.sleep(1)
        trade.send(site, make.order("ACME", "PATIENT", [make.line(1, "P-1", 1)]))
        time.sleep(25)
    finally:
        holder.kill()
        holder.wait()
    judge(site, ["PATIENT"])
    equal("dead letters", site.value("SELECT count(*) FROM dead_letter"), "0")


def failpoint_names():
    program = BUILDS / "chaos/comptoird"
    if not program.exists():
        return []
    listed = subprocess.run([program, "--failpoints"], stdout=subprocess.PIPE, text=True)
    return [line.split()[0] for line in listed.stdout.splitlines() if line.strip()]


def failpoint_test(name, action):
    gateway = name.split(".")[0] in ("inbound", "spool", "deliveries")

    def send(site, orders):
        """By Kafka; for a gateway's failpoints the first of them by EDIFACT."""
        if gateway:
            document = orders[0][1]
            test_edifact.put(site, f"{document['order_number']}.edi", edifact.interchange(
                document["order_number"], edifact.message(1, document["order_number"], [("P-1", 5)])))
        trade.send(site, *orders[gateway:])

    @slow
    def test(site):
        site.announce(*TROUBLE)
        site.partner("acme", edifact.PARTNER)
        daemon = site.daemon(build="chaos", kafka=fast_kafka(site), roles=test_edifact.ROLES)
        trade.set_up(site)
        facts, orders, numbers = trade.many_orders(40)
        trade.add_accounts(site, facts)
        daemon.stop()
        daemon.start(failpoints=f"{name}={action}", wait=False)
        send(site, orders[:20])
        daemon.waits_to_log(rf"^failpoint {name}$", 40)
        if action == "kill":
            equal("status", daemon.ended(), -9)
            daemon.start()
        send(site, orders[20:])
        judge(site, numbers)
    return test


for point in failpoint_names():
    for what in ("kill", "error"):
        globals()[f"test_failpoint_{point}_{what}"] = failpoint_test(point, what)
