# SPDX-License-Identifier: Apache-2.0
"""Gateways against each other: the same document many times at once, two processes on one folder or with one
name, a broker that is away, and what watchers are told."""
import concurrent.futures
import time
import urllib.error
import urllib.request

import edifact
import test_cxml
import test_edifact
import trade
from harness import partner
from harness.process import free_port, wait_for
from trade import equal, slow

TROUBLE = (r" warning \S+: ", r" error \S+: ")
PUBLISHED = "SELECT count(*) FROM outbox o JOIN shard s ON s.id = o.shard WHERE s.topic LIKE 'gateway.%'"


def at_once(work, items, threads=12):
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def test_the_same_document_at_once(site):
    site.announce(r" warning \S+: ")
    inbox, url = test_cxml.start(site)
    answers = at_once(lambda _: partner.post(url, test_cxml.order("C-1")), range(60))
    equal("answers, all the same", (len(set(answers)), test_cxml.status(answers[0])), (1, 200))
    other = test_cxml.order("C-1", quantity="4")
    answers = at_once(lambda _: partner.post(url, other), range(30))
    equal("refusals, all the same", (len(set(answers)), test_cxml.status(answers[0])), (1, 409))
    equal("under another payloadID", test_cxml.status(partner.post(url, test_cxml.order("C-1", payload="2@acme"))), 200)
    inbox.wait(1)
    equal("published", site.value(PUBLISHED), "1")
    equal("orders", site.value("SELECT count(*) FROM sales_order"), "1")
    site.ctl("verify", "--topics")


def test_two_processes_share_a_folder(site):
    site.partner("acme", edifact.PARTNER)
    site.daemon("a", roles=test_edifact.ROLES)
    trade.set_up(site)
    site.daemon("b", roles=["spool", "deliveries"], spool={"folder": site.spool, "poll_ms": 50})
    for n in range(60):
        test_edifact.put(site, f"f{n}.edi", edifact.interchange(f"R{n}", edifact.message(1, f"E-{n}", [("P-1", 1)])))
    test_edifact.sent(site, "ORDRSP", 60)
    test_edifact.sent(site, "CONTRL", 60)
    wait_for("nothing is left in in/", lambda: not test_edifact.files(site, "in"))
    numbers = sorted(int(edifact.get(path.read_bytes(), "UNB")[0][4][0]) for path in test_edifact.files(site, "out"))
    equal("control references without a gap", numbers, list(range(1, 121)))
    equal("done", len(test_edifact.files(site, "done")), 60)
    trade.judge_topics(site, [f"E-{n}" for n in range(60)])
    site.ctl("verify", "--topics")


def test_two_processes_with_one_name_lose_nothing(site):
    site.announce(*TROUBLE)
    site.partner("acme", test_cxml.PARTNER % (test_cxml.SECRET, "http://127.0.0.1:9/"))
    first = site.daemon("a", roles=["worker", "status", "cxml"])
    trade.set_up(site)
    second = site.daemon("b", roles=["cxml"], instance=first.settings["instance"])
    urls = [f"http://127.0.0.1:{daemon.settings['cxml']['port']}/cxml" for daemon in (first, second)]

    def post(n, url):
        return test_cxml.status(partner.post(url, test_cxml.order(f"C-{n}")))
    equal("taken, or later", set(at_once(lambda n: post(n, urls[n % 2]), range(100), 8)) | {560}, {200, 560})
    for n in range(100):
        equal("again", post(n, urls[0]), 200)
    trade.answers(site, *[f"C-{n}" for n in range(100)])
    trade.judge_topics(site, [f"C-{n}" for n in range(100)])
    site.ctl("verify", "--topics")


@slow
def test_orders_are_taken_while_kafka_is_away(site):
    site.announce(*TROUBLE)
    inbox, url = test_cxml.start(site)
    site.kafka.pause()
    try:
        for n in range(5):
            equal("taken", test_cxml.status(partner.post(url, test_cxml.order(f"C-{n}"))), 200)
        time.sleep(20)
    finally:
        site.kafka.resume()
    inbox.wait(5, 90)
    trade.judge_topics(site, [f"C-{n}" for n in range(5)])
    site.ctl("verify", "--topics")


def test_watchers_are_told(site):
    site.announce(*TROUBLE)
    port = free_port()
    site.daemon(admin={"address": "127.0.0.1", "port": port})

    def get(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, ""
    equal("alive and ready", (get("/livez")[0], get("/readyz")[0], get("/else")[0]), (200, 200, 404))
    metrics = get("/metrics")[1]
    assert "comptoir_" in metrics, metrics
    site.postgres.stop(immediate=True)
    try:
        equal("alive, not ready", (get("/livez")[0], get("/readyz")[0]), (200, 503))
    finally:
        site.postgres.start()
    wait_for("ready again", lambda: get("/readyz")[0] == 200)
