# SPDX-License-Identifier: Apache-2.0
"""A commit that the network delivers late must not end the next transaction.

The failpoint relay.trust makes the relay go on with a producer whose commit was doubtful. With it the anomaly
shows, which proves that this test can see it; without it, it must not.
"""
import collections
import time

import documents as make
import trade
from harness.kafka import Kafka
from harness.process import Failure, wait_for
from harness.proxy import END_TXN, Proxy
from harness.wire import Topics


def behind_proxy(site):
    """A Kafka of this test's own, which tells its clients to come by the proxy."""
    proxy = Proxy()
    kafka = Kafka(site.logs, {"advertised.listeners": f"PLAINTEXT://{proxy.bootstrap}"})
    proxy.broker_port = kafka.port
    site.kafka, kafka.bootstrap = kafka, proxy.bootstrap
    site.topics = Topics(kafka.bootstrap, site.prefix)
    return kafka, proxy


def answers_by_order(site):
    return collections.Counter(record.document["order_number"] for record in site.topics.read("acknowledgements"))


def late_commit(site, failpoints):
    """How often each order is answered when the first order's commit reaches the broker during the second's."""
    kafka, proxy = behind_proxy(site)
    try:
        site.announce("kafka_library", "relay_failed", "status_not_sent", "worker_starts_over")
        daemon = site.daemon(build="chaos", partitions=1, workers=1, roles=["worker"],
                             kafka=[f"bootstrap.servers={kafka.bootstrap}", "socket.timeout.ms=2000"],
                             failpoints="relay.produced=sleep:6000@2" + failpoints)
        trade.set_up(site)
        proxy.hold_next(END_TXN)
        trade.send(site, make.order("ACME", "FIRST", [make.line(1, "P-1", 1)]))
        if not proxy.held_event.wait(30):
            raise Failure("the relay has sent no end of a transaction")
        trade.answers(site, "FIRST")
        trade.send(site, make.order("ACME", "SECOND", [make.line(1, "P-1", 1)]))
        daemon.waits_to_log("failpoint relay.produced")
        time.sleep(1)
        proxy.release()
        time.sleep(2)
        daemon.kill()
        daemon.start()
        wait_for("the second order is answered", lambda: answers_by_order(site)["SECOND"], 60)
        time.sleep(1)
        return answers_by_order(site)
    finally:
        for daemon in site.daemons.values():
            daemon.kill()
        proxy.close()
        kafka.close()


def test_late_commit_ends_nothing_else(site):
    trade.equal("answers", late_commit(site, ""), {"FIRST": 1, "SECOND": 1})


def test_late_commit_is_seen_where_the_producer_is_kept(site):
    trade.equal("answers", late_commit(site, ",relay.trust=error@1"), {"FIRST": 1, "SECOND": 2})


test_late_commit_ends_nothing_else.slow = True
test_late_commit_is_seen_where_the_producer_is_kept.slow = True
