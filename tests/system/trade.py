# SPDX-License-Identifier: Apache-2.0
"""A small trade for the tests: the accounts, products, prices and stock that they order from, and what must
hold of everything that the daemon has published."""
import collections

import documents as make
from harness.process import Failure, wait_for

ACCOUNTS = [
    make.account("ACME", credit_limit=1000000, parts=[("A-100", "P-1")]),
    make.account("POOR", credit_limit=100),
    make.account("CAREFUL", order_limit=500, approver="boss"),
    make.account("BLOCKED", status="blocked"),
    make.account("PENDING", status="pending"),
]
USERS = [
    make.user("CAREFUL", "boss", may_approve=True, mail="boss@careful.example"),
    make.user("CAREFUL", "clerk"),
]
PRODUCTS = [
    make.product("P-1", gtin="04012345000016", units=[("BX", 12)]),
    make.product("P-2"),
    make.product("P-3"),
    make.product("OLD", status="discontinued"),
]
PRICES = [
    make.price("P-1", 10), make.price("P-1", 9, account="ACME"), make.price("P-1", 100, unit="BX"),
    make.price("P-2", "25.50"), make.price("P-3", 2),
]
STOCK = [make.stock("P-1", 1000000), make.stock("P-2", 1000000), make.stock("P-3", 3)]


def set_up(site):
    """Sends the facts and waits until they are in the database."""
    site.topics.send("erp", *ACCOUNTS, *USERS, *PRODUCTS, *PRICES, *STOCK)
    site.topics.flush()
    wanted = f"{len(ACCOUNTS)}|{len(USERS)}|{len(PRODUCTS)}|{len(PRICES)}|{len(STOCK)}"
    counts = """SELECT concat_ws('|', (SELECT count(*) FROM account), (SELECT count(*) FROM app_user),
        (SELECT count(*) FROM product), (SELECT count(*) FROM condition_record), (SELECT count(*) FROM stock))"""
    wait_for("all facts are in the database", lambda: site.value(counts) == wanted, 60)


def send(site, *orders):
    site.topics.send("inbound", *orders)
    site.topics.flush()


def answers(site, *numbers, seconds=60):
    """The acknowledgements of these orders, by order number; each must be there exactly once."""
    found = site.topics.documents("acknowledgements", len(numbers), seconds, lambda d: d["order_number"] in numbers)
    by_number = {document["order_number"]: document for document in found}
    if len(found) != len(numbers) or len(by_number) != len(numbers):
        raise Failure(f"wanted one answer each for {numbers}, got {[d['order_number'] for d in found]}")
    return [by_number[number] for number in numbers]


def events(site, number, count, seconds=60):
    """At least `count` events of an order; they must be 1, 2, 3 ..."""
    found = site.topics.documents("events", count, seconds, lambda d: d.get("order_number") == number)
    if [event["sequence"] for event in found] != list(range(1, len(found) + 1)):
        raise Failure(f"order {number}: sequences {[event['sequence'] for event in found]}")
    return found


def slow(function):
    """Marks a test that --quick leaves out."""
    function.slow = True
    return function


def equal(what, got, want):
    if got != want:
        raise Failure(f"{what}: got {got!r}, want {want!r}")


def judge_topics(site, numbers):
    """What read-committed readers must find after any fault: each order answered once, each order's events
    1, 2, 3 ... once and in order, nothing of orders that nobody sent. What is published last may take a moment."""
    try:
        site.topics.documents("acknowledgements", len(numbers), 60)
        site.topics.documents("events", len(numbers), 60)
    except Failure:
        pass  # what is missing is told below
    answered = collections.Counter(record.document["order_number"] for record in site.topics.read("acknowledgements"))
    unknown = set(answered) - set(numbers)
    lost = [number for number in numbers if not answered[number]]
    twice = [number for number, count in answered.items() if count > 1]
    if unknown or lost or twice:
        raise Failure(f"acknowledgements: {len(lost)} lost {lost[:5]}, {len(twice)} double {twice[:5]}, "
                      f"{len(unknown)} unknown {sorted(unknown)[:5]}")
    sequences = collections.defaultdict(list)
    for record in site.topics.read("events"):
        event = record.document
        if "sequence" not in event:
            continue  # of an account, not of an order
        sequences[event["order_number"]].append(event["sequence"])
    wrong = {number: seen for number, seen in sequences.items() if seen != list(range(1, len(seen) + 1))}
    if wrong or set(sequences) != set(numbers):
        raise Failure(f"events: wrong sequences {dict(list(wrong.items())[:5])}, "
                      f"orders without events {sorted(set(numbers) - set(sequences))[:5]}")


def many_orders(count, lines=5, accounts=8):
    """Accepted orders over several accounts, and the accounts that they need."""
    facts = [make.account(f"BULK{i}") for i in range(accounts)]
    orders = [make.order(f"BULK{n % accounts}", f"N{n:05}",
                         [make.line(l + 1, "P-1" if l % 2 else "P-2", 1 + (n + l) % 7) for l in range(lines)])
              for n in range(count)]
    return facts, orders, [document["order_number"] for _, document in orders]


def add_accounts(site, facts):
    site.topics.send("erp", *facts)
    site.topics.flush()
    wait_for("the accounts are in the database", lambda: site.value("SELECT count(*) FROM account WHERE account "
             "LIKE 'BULK%'") == str(len(facts)), 60)
