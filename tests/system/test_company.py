# SPDX-License-Identifier: Apache-2.0
"""A customer's company by the real daemon: facts by topic, orders within and beyond a limit, an account that is opened by
its checks, and what the commands tell of it."""
import datetime
import json

import documents as make
import trade
from harness.process import wait_for
from trade import equal

ORGANISATION = [
    ("Unit", {"account": "ACME", "unit": "works", "title": "Works"}),
    ("Unit", {"account": "ACME", "unit": "paint-shop", "title": "Paint shop", "parent": "works"}),
    ("User", {"account": "ACME", "user": "ann", "name": "Ann", "mail": "ann@acme.example", "status": "active",
              "roles": [{"unit": "paint-shop", "role": "buyer"}]}),
    ("Rights", {"account": "ACME", "rights": "R-1", "subject": "unit", "names": ["works"], "limits": [
        {"kind": "period", "period": "year", "amount": make.number(100), "reaction": "refuse"}]}),
]


def test_limits_hold_and_are_shown(site):
    site.daemon()
    trade.set_up(site)
    site.topics.send("erp", *ORGANISATION)
    site.topics.flush()
    wait_for("the rights are in the database", lambda: site.value("SELECT count(*) FROM rights") == "1", 60)
    trade.send(site, make.order("ACME", "WITHIN", [make.line(1, "P-2", 2), make.line(2, "P-3", 2)], user="ann"))
    within, = trade.answers(site, "WITHIN")
    equal("within", within["status"], "accepted")
    trade.send(site, make.order("ACME", "BEYOND", [make.line(1, "P-2", 2)], user="ann"))
    beyond, = trade.answers(site, "BEYOND")
    equal("beyond", (beyond["status"], [r["code"] for r in beyond["reasons"]]), ("rejected", ["period_limit"]))
    kind, elsewhere = make.order("ACME", "ELSEWHERE", [make.line(1, "P-3", 1)], user="ann")
    trade.send(site, (kind, elsewhere | {"unit": "works"}))
    equal("elsewhere", [r["code"] for r in trade.answers(site, "ELSEWHERE")[0]["reasons"]], ["user_may_not_order_here"])
    company = json.loads(site.ctl("company", "show", "ACME", "--json"))
    equal("units", [(u["unit"], u.get("parent")) for u in company["units"]], [("paint-shop", "works"), ("works", None)])
    equal("limits", [(l["whose"], l["kind"], l["amount"], l["reaction"]) for l in company["limits"]],
          [("unit works", "period", "100", "refuse")])
    equal("counted", [(s["kind"], s["name"], s["amount"]) for s in company["spending"]], [("unit", "works", "55")])
    user = json.loads(site.ctl("user", "show", "ACME", "ANN@acme.example", "--json"))
    equal("roles", user["roles"], "buyer of paint-shop")
    equal("users", [json.loads(line)["user"] for line in site.ctl("user", "list", "CAREFUL", "--json").splitlines()],
          ["boss", "clerk"])
    site.ctl("verify", "--topics")


def test_an_account_is_opened_by_its_checks(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("PENDING", "EARLY", [make.line(1, "P-2", 1)]))
    equal("held", trade.events(site, "EARLY", 1)[0]["holds"], ["vetting"])
    site.topics.send("erp", ("Vetting", {"account": "PENDING", "required": ["site_visit"]}),
                     ("VettingCheck", {"account": "PENDING", "check": "K-1", "kind": "site_visit", "source": "offsite",
                                       "result": "requested"}))
    site.topics.flush()
    state = "SELECT status FROM account WHERE account = 'PENDING'"
    wait_for("the off-site check is awaited", lambda: site.value(state) == "awaiting_offsite", 60)
    missing, = [json.loads(line) for line in site.ctl("company", "list", "--status", "awaiting_offsite", "--json").splitlines()]
    equal("missing", (missing["account"], missing["missing"]), ("PENDING", "site_visit"))
    site.topics.send("erp", ("VettingCheck", {
        "account": "PENDING", "check": "K-1", "kind": "site_visit", "source": "offsite", "result": "passed",
        "verifier": "Bureau V", "evidence": "ab" * 32,
        "checked_at": datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)}))
    site.topics.flush()
    equal("status", trade.answers(site, "EARLY")[0]["status"], "accepted")
    changes = [r.document for r in site.topics.read("events") if r.document.get("kind") == "AccountStateChanged"]
    equal("states", [(c["before"], c["state"]) for c in changes],
          [("under_check", "awaiting_offsite"), ("awaiting_offsite", "approved")])
    site.ctl("verify", "--topics")
