# SPDX-License-Identifier: Apache-2.0
"""Budgets and terms of payment through the real daemon: what is charged, moved, billed and told, and two daemons that
race for the money of many budgets."""
import json

import documents as make
import edifact
import test_cxml
import test_edifact
import trade
from harness import partner
from harness.process import wait_for
from test_fulfilment import billed, erp, invoice
from trade import equal, send, set_up, slow

ACCOUNTS, PRICE, CENTRES = 8, 10, ("A", "B")


def budget(account, name, amount, centre, period="month", **fields):
    return "Budget", {"account": account, "budget": name, "cost_centre": centre, "currency": "EUR", "period": period,
                      "amount": make.number(amount), **fields}


def transfer(account, number, source, target, amount):
    return "BudgetTransfer", {"account": account, "transfer": number, "from_budget": source, "to_budget": target,
                              "on_day": make.NOW.date(), "currency": "EUR", "amount": make.number(amount)}


def order(account, number, quantity, centre, part="P-2"):
    kind, document = make.order(account, number, [make.line(1, part, quantity)])
    return kind, {**document, "cost_centre": centre}


def count(site, sql):
    return int(site.value(f"SELECT count(*) FROM {sql}"))


def test_budgets_and_terms(site):
    site.daemon()
    set_up(site)
    erp(site, budget("ACME", "IT", 100, "IT"), budget("ACME", "WORKS", 100, "WORKS", "quarter"),
        ("PaymentTerms", {"terms": "E30", "account": "ACME", "standard": True, "net_days": 30, "end_of_month": "after_days",
                          "discounts": [{"days": 10, "percent": make.number(2)}]}))
    wait_for("the facts are there", lambda: count(site, "budget") + count(site, "payment_terms") == 3, 60)
    send(site, order("ACME", "B-1", 3, "IT"), order("ACME", "B-2", 2, "IT"))
    answer, = trade.answers(site, "B-1")
    equal("terms", (answer["payment_terms"], [due["kind"] for due in answer["dues"]],
                    [str(one["percent"]) for one in answer["discounts"]]), ("E30", ["end_of_month"], ["2.0000"]))
    wait_for("the second waits", lambda: count(site, "order_hold WHERE kind = 'budget' AND released_at IS NULL") == 1, 60)
    listed = [json.loads(one) for one in site.ctl("budget", "list", "ACME", "--on", "2026-03-02", "--json").splitlines()]
    equal("listed", [(one["budget"], one["for"], one["period_start"], one["committed"], one["left"]) for one in listed],
          [("IT", "cost centre IT", "2026-03-01", "76.5", "23.5"), ("WORKS", "cost centre WORKS", "2026-01-01", "0", "100")])
    assert "with this order 127.50 EUR of 100.00 EUR" in site.ctl("order", "why", "B-2"), site.ctl("order", "why", "B-2")
    assert "27.50 EUR more in budget IT (cost centre IT)" in site.ctl("order", "why", "B-2"), site.ctl("order", "why", "B-2")
    shown = json.loads(site.ctl("order", "show", "B-1", "--json"))
    equal("order shown", ([(due["terms"], due["amount"]) for due in shown["dues"]],
                          [(one["budget"], one["committed"]) for one in shown["budgets"]]), ([("E30", "76.5")], [("IT", "76.5")]))
    # Money is moved, and the order goes on.
    erp(site, transfer("ACME", "T-1", "WORKS", "IT", 30))
    trade.answers(site, "B-2")
    kind, bill = invoice("I-1", "ACME", [billed("B-1", 1, 3, "76.5")], 15)
    erp(site, (kind, {**bill, "due_at": None}))
    notice, = site.topics.documents("events", 1, 60, lambda d: d.get("invoice") == "I-1")
    equal("due", [(str(due["due_date"]), due["pay_days"], str(due["amount"])) for due in notice["dues"]],
          [("2026-04-30", 59, "91.5000")])
    wait_for("it is spent", lambda: site.value("SELECT actual FROM budget_period WHERE budget = 'IT'") == "7650", 60)
    shown = json.loads(site.ctl("budget", "show", "ACME", "IT", "--json"))
    equal("periods", [(one["committed"], one["spent"], one["transferred"], one["left"]) for one in shown["periods"][:1]],
          [("51", "76.5", "30", "2.5")])
    equal("entries", [(one["kind"], one["amount"], one.get("order_number")) for one in shown["entries"]][-3:],
          [("commitment", "51", "B-2"), ("transfer", "30", None), ("commitment", "76.5", "B-1")])
    assert "OF ACCOUNT" not in site.ctl("budget", "show", "ACME", "IT"), "a table for people"
    site.ctl("budget", "show", "ACME", "NONE", status=1)
    site.ctl("budget", "list", "ACME", "--on", "yesterday", status=2)
    site.ctl("verify", "--topics")


TERMS = {"terms": "E45", "account": "ACME", "standard": True, "form": "direct_debit", "net_days": 45,
         "end_of_month": "after_days", "fixed_day": 10, "discounts": [{"days": 10, "percent": make.number(2)}]}


def payment(message):
    """The PAT groups of a message, flattened: the segments from each PAT on, as far as they belong to it."""
    wanted = ("PAT", "DTM", "PCD", "MOA")
    segments = [one.split("+") for one in message.decode("latin-1").replace("\r", "").replace("\n", "").split("'")]
    groups, inside = [], False
    for segment in segments:
        inside = segment[0] == "PAT" or (inside and segment[0] in wanted)
        if inside:
            groups.append("+".join(segment[:1] + segment[-1:] if segment[0] != "PAT" else [segment[0], segment[1], segment[3]]))
    return groups


def test_terms_reach_partners_on_edifact(site):
    site.partner("acme", edifact.PARTNER + 'sends = ( "invoices" );\n')
    site.daemon(roles=test_edifact.ROLES)
    set_up(site)
    erp(site, ("PaymentTerms", TERMS))
    wait_for("the terms are there", lambda: count(site, "payment_terms") == 1, 60)
    test_edifact.put(site, "one.edi", edifact.interchange("R1", edifact.message(1, "E-1", [("P-1", 5)])))
    answer, = test_edifact.sent(site, "ORDRSP", 1)
    equal("ORDRSP", payment(answer), ["PAT+2+5:3:D:45", "PCD+7:100", "MOA+9:45", "PAT+22+5:3:D:10", "PCD+12:2", "MOA+52:0.9"])
    kind, bill = invoice("V-1", "ACME", [billed("E-1", 1, 5, 45)], tax="8.55")
    erp(site, (kind, {**bill, "due_at": None}))
    told, = test_edifact.sent(site, "INVOIC", 1)
    equal("INVOIC", payment(told), ["PAT+2+5:3:D:45", "DTM+13:20260510:102", "PCD+7:100", "MOA+9:53.55",
                                    "PAT+22+5:3:D:10", "DTM+12:20260312:102", "PCD+12:2", "MOA+52:1.07"])
    for name, data in (("ordrsp.edi", answer), ("invoic.edi", told)):
        (site.logs / name).write_bytes(data)
        site.ctl("edi", "check", str(site.logs / name))
    site.ctl("verify", "--topics")


def test_terms_reach_partners_on_cxml(site):
    inbox = partner.Inbox([(200, test_cxml.YES)])
    site.partner("acme", test_cxml.PARTNER % (test_cxml.SECRET, inbox.url) + 'sends = ( "invoices" );\n')
    daemon = site.daemon(roles=test_cxml.ROLES, deliveries={"first_delay_ms": 200, "most_delay_ms": 1000})
    set_up(site)
    erp(site, ("PaymentTerms", TERMS))
    wait_for("the terms are there", lambda: count(site, "payment_terms") == 1, 60)
    partner.post(f"http://127.0.0.1:{daemon.settings['cxml']['port']}/cxml", test_cxml.order("X-1"))
    inbox.wait(1)
    kind, bill = invoice("V-1", "ACME", [billed("X-1", 1, 5, 45)], tax=9)
    erp(site, (kind, {**bill, "due_at": None}))
    bodies = b"".join(body for _, _, body in inbox.wait(2))
    for want in (b'<PaymentTerm payInNumberOfDays="10"><Discount><DiscountPercent percent="2"/>',
                 b'<PaymentTerm payInNumberOfDays="69"'):
        assert want in bodies, f"no {want} in {bodies}"
    site.ctl("verify", "--topics")
    inbox.close()


# The database itself looks at the end of each transaction that has charged a budget.
WATCH = """
CREATE FUNCTION watch_budget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most bigint; used bigint;
BEGIN
    SELECT b.amount + p.transferred, p.committed + p.actual INTO most, used FROM budget_period p JOIN budget b
        ON b.account = p.account AND b.budget = p.budget WHERE p.account = NEW.account AND p.budget = NEW.budget
        AND p.period_start = NEW.period_start;
    IF used > most THEN
        RAISE EXCEPTION 'budget % of % has % of %', NEW.budget, NEW.account, used, most;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER watch_budget AFTER INSERT OR UPDATE ON budget_period DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION watch_budget()
"""

# Held orders for which their budget has room.
FORGOTTEN = """
SELECT count(*) FROM sales_order o JOIN budget b ON b.account = o.account AND b.cost_centre = o.cost_centre
LEFT JOIN budget_period p ON p.account = b.account AND p.budget = b.budget WHERE o.state = 1
AND COALESCE(p.committed + p.actual - p.transferred, 0) + o.total <= b.amount
"""


def race(site, orders):
    amount = orders * 4 * PRICE // (ACCOUNTS * len(CENTRES)) // 2     # half of what all orders come to
    first = site.daemon("a")
    site.daemon("b")
    set_up(site)
    erp(site, *[make.account(f"RACE{i}") for i in range(ACCOUNTS)])
    wait_for("the accounts are there", lambda: count(site, "account WHERE account ~ '^RACE'") == ACCOUNTS, 60)
    erp(site, *[budget(f"RACE{i}", centre, amount, centre) for i in range(ACCOUNTS) for centre in CENTRES])
    wait_for("the budgets are there", lambda: count(site, "budget") == ACCOUNTS * len(CENTRES), 60)
    site.query(WATCH)
    documents = [order(f"RACE{n % ACCOUNTS}", f"N{n:05}", 1 + n % 7, CENTRES[n // ACCOUNTS % 2], "P-1") for n in range(orders)]
    # Money moves to and fro on the other topic, so that held orders look again while new ones come. Where too little is
    # left for it, it is parked.
    site.announce(r" warning \S+: .*document_parked", r"document_parked")
    moves = [transfer(f"RACE{n % ACCOUNTS}", f"T{n}", CENTRES[n % 2], CENTRES[1 - n % 2], 3 * PRICE)
             for n in range(orders // 20)]
    send(site, *documents[:orders // 2])
    site.topics.send("erp", *moves)
    send(site, *documents[orders // 2:])
    wait_for(f"all {orders} orders are decided", lambda: count(site, "sales_order") == orders, 300)
    wait_for("all moves are decided", lambda: count(site, "budget_transfer") + count(site, "dead_letter") == len(moves), 60)
    wait_for("nobody waits where there is room", lambda: site.value(FORGOTTEN) == "0", 120)
    accepted, held = (count(site, f"sales_order WHERE state = {state}") for state in (2, 1))
    equal("accepted and held", accepted + held, orders)
    equal("there was a race", accepted > orders // 20 and held > orders // 20, True)
    equal("more than one shard has charged", int(site.value(
        "SELECT count(DISTINCT id >> 40) FROM sales_order WHERE state = 2")) > 1, True)
    equal("money was moved", count(site, "budget_transfer") > 0, True)
    site.query("DROP TRIGGER watch_budget ON budget_period")
    site.ctl("verify", "--topics", daemon=first, seconds=300)


def test_two_instances_and_their_budgets(site):
    race(site, 800)


@slow
def test_ten_thousand_orders_and_their_budgets(site):
    race(site, 10000)
