# SPDX-License-Identifier: Apache-2.0
"""Credit as people ask about it: why an order is held, what would release it, and where a payer's exposure lies."""
import json

import documents as make
from harness.process import Failure, wait_for
from trade import answers, equal, events, send, set_up


def words(text, *wanted):
    missing = [word for word in wanted if word not in text]
    if missing:
        raise Failure(f"not there: {missing}\n{text}")


def test_why_an_order_is_held_and_what_would_release_it(site):
    site.daemon("a")
    set_up(site)
    send(site, make.order("POOR", "SMALL", [make.line(1, "P-1", 5)]))
    answers(site, "SMALL")
    send(site, make.order("POOR", "LARGE", [make.line(1, "P-1", 4), make.line(7, "P-1", 2)]))
    events(site, "LARGE", 1)
    why = site.ctl("order", "why", "LARGE")
    words(why, "hold: an exposure of 110.00 EUR would pass the limit of 100.00 EUR [credit_limit]",
          "before 50.00, after 110.00, limit 100.00", "credit: pay 10.00 EUR", "credit: drop line 7",
          "credit: order for no more than 50.00 EUR", "credit: raise the limit of account POOR to 110.00 EUR")
    told = json.loads(site.ctl("order", "why", "LARGE", "--json"))
    equal("remedies", [remedy["kind"] for remedy in told["remedies"]], ["pay", "drop", "reduce", "limit"])
    words(site.ctl("credit", "show", "POOR"), "100.00", "50.00")
    shown = json.loads(site.ctl("credit", "show", "POOR", "--json"))
    equal("available", [party["available"] for party in shown["parties"]], ["50"])
    equal("ordered", [bucket["ordered"] for bucket in shown["buckets"]], ["50"])
    # What it says is true: one cent less does not release it.
    site.topics.send("erp", make.payment("Z1", "POOR", "9.99"))
    site.topics.flush()
    wait_for("the payment is booked", lambda: site.value("SELECT exposure FROM account WHERE account = 'POOR'") == "4001", 30)
    words(site.ctl("order", "why", "LARGE"), "credit: pay 0.01 EUR")
    site.topics.send("erp", make.payment("Z2", "POOR", "0.01"))
    site.topics.flush()
    answers(site, "LARGE")
    accepted = site.ctl("order", "why", "LARGE")
    words(accepted, "Credit:", "60.00 EUR on payer POOR", "before 40.00, after 100.00, limit 100.00")
    if "What would release it" in accepted:
        raise Failure(accepted)
    site.ctl("credit", "show", "NOBODY", status=1)
    site.ctl("verify")


def test_a_prepaid_order_tells_what_is_to_be_paid(site):
    site.daemon("a")
    set_up(site)
    site.topics.send("erp", make.account("PRE", name="Prepays"), make.prepaid_terms("PRE"), make.payment("Z1", "PRE", 20))
    site.topics.flush()
    wait_for("the terms and the cash are there", lambda: site.value("SELECT concat_ws('|', (SELECT count(*) FROM "
             "payment_terms), (SELECT cash FROM prepaid_cash WHERE account = 'PRE'))") == "1|2000", 30)
    send(site, make.order("PRE", "FIRST", [make.line(1, "P-1", 14)]))
    events(site, "FIRST", 1)
    words(site.ctl("order", "why", "FIRST"), "120.00 EUR must be paid before: 20.00 EUR of cash are not taken",
          "[prepaid]", "credit: pay 120.00 EUR", "credit: order for no more than 20.00 EUR")
    site.topics.send("erp", make.payment("Z2", "PRE", 119))
    site.topics.flush()
    wait_for("the payment is booked", lambda: site.value("SELECT cash FROM prepaid_cash WHERE account = 'PRE'") == "13900", 30)
    words(site.ctl("order", "why", "FIRST"), "credit: pay 1.00 EUR")
    site.topics.send("erp", make.payment("Z3", "PRE", 1))
    site.topics.flush()
    answers(site, "FIRST")
    equal("accepted", site.value("SELECT state FROM sales_order WHERE order_number = 'FIRST'"), "2")
    site.ctl("verify")
