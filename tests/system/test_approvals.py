# SPDX-License-Identifier: Apache-2.0
"""Approval circuits, from end to end: documents in, tasks out, decisions by command, the clock by real timers."""
import json

import documents as make
import trade
from harness.process import wait_for
from trade import equal

COMPANY = [
    {"$type": "Unit", "account": "ACME", "unit": "LYON"},
    {"$type": "User", "account": "ACME", "user": "dir", "status": "active", "mail": "dir@acme.example",
     "roles": [{"unit": "", "role": "approver"}]},
    {"$type": "User", "account": "ACME", "user": "fin", "status": "active", "roles": [{"unit": "", "role": "accounting"}]},
    {"$type": "User", "account": "ACME", "user": "max", "status": "active", "manager": "dir",
     "roles": [{"unit": "LYON", "role": "approver"}]},
    {"$type": "User", "account": "ACME", "user": "ann", "status": "active", "manager": "max",
     "roles": [{"unit": "LYON", "role": "buyer"}]},
]
CIRCUIT = {
    "$type": "ApprovalCircuit", "account": "ACME", "circuit": "big", "phase": "require",
    "conditions": [{"field": "total", "operator": "above", "values": ["20"]}],
    "tiers": [{"name": "manager", "groups": [{"selectors": [{"kind": "manager"}]}]},
              {"name": "finance", "groups": [{"selectors": [{"kind": "role", "name": "accounting"}]}]}]}


def publish(site, *documents):
    path = site.folder / "company.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    site.ctl("publish", path)
    return path


def set_up(site, **tier):
    site.daemon(roles=["worker", "status", "timers"])
    trade.set_up(site)
    first = {**CIRCUIT["tiers"][0], **tier}
    path = publish(site, *COMPANY, {**CIRCUIT, "tiers": [first, CIRCUIT["tiers"][1]]})
    wait_for("the circuit, or a reason why not",
             lambda: site.value("SELECT (SELECT count(*) FROM circuit) + (SELECT count(*) FROM dead_letter)") != "0")
    equal("parked", site.query("SELECT reason FROM dead_letter"), [])
    return path


def tasks(site, number, count):
    found = site.topics.documents("approvals", count, 60, lambda d: d["order_number"] == number)
    return [(task["event"], task["tier"], task["state"], ",".join(task["approvers"])) for task in found]


def test_a_circuit_is_proved_used_and_decided_by_command(site):
    path = set_up(site)
    checked = site.ctl("circuit", "check", path, status=1)
    equal("what hangs on one person", "hangs on fin alone" in checked, True)
    equal("a simulation", "tier manager: max; tier finance: fin" in site.ctl("circuit", "simulate", "ACME", "--user", "ann"),
          True)
    equal("the list", "total above 20" in site.ctl("circuit", "list"), True)
    trade.send(site, make.order("ACME", "A-1", [make.line(10, "P-1", 5)], user="ann"))
    equal("asked", tasks(site, "A-1", 1), [("created", "manager", "open", "max")])
    site.ctl("approve", "A-1", "--as", "fin", status=1)
    refused = (site.logs / "comptoirctl.log").read_text()
    equal("who was not asked is refused, and who was is told", ("was not asked" in refused, "it waits for max" in refused), (True, True))
    told = site.ctl("approve", "A-1", "--as", "max", "--comment", "fine")
    equal("the next one", "it waits for fin" in told, True)
    site.ctl("order", "return", "A-1", "--as", "fin", "--comment", "what for?")
    site.ctl("order", "answer", "A-1", "--as", "ann", "--comment", "for the fair")
    site.ctl("approve", "A-1", "--as", "fin", "--lines", "10=3")
    found = site.topics.documents("acknowledgements", 2, 60, lambda d: d["order_number"] == "A-1")
    equal("answered, the order and the approver's change", [(a["total"], bool(a["change_number"])) for a in found],
          [(27, False), (27, True)])
    equal("why", "fin" in site.ctl("order", "why", "A-1"), True)
    site.ctl("verify", "--topics")


def test_time_reminds_goes_up_and_never_says_yes(site):
    # The shortest times that a circuit may have are minutes; so the clock of the stored task is turned back instead.
    set_up(site, remind_minutes=5, due_minutes=10, expire_minutes=20, on_expiry="reject")
    trade.send(site, make.order("ACME", "A-1", [make.line(10, "P-1", 5)], user="ann"))
    tasks(site, "A-1", 1)
    wait_for("three timers", lambda: site.value("SELECT count(*) FROM timer") == "3")
    due = site.value("SELECT to_char(due_at - opened_at, 'HH24:MI') FROM approval_task WHERE tier = 'manager'")
    equal("due", due, "00:10")
    site.query("UPDATE timer SET due_at = due_at - interval '1 hour'")
    found = tasks(site, "A-1", 4)
    equal("the clock", sorted(found[1:4]), sorted([("reminded", "manager", "open", "max"),
                                                   ("escalated", "manager", "open", "max,dir"),
                                                   ("expired", "manager", "expired", "max,dir")]))
    equal("refused, not approved", trade.answers(site, "A-1")[0]["status"], "rejected")
    equal("no timer is left", site.value("SELECT count(*) FROM timer"), "0")
    site.ctl("verify", "--topics")
