# SPDX-License-Identifier: Apache-2.0
"""Changes and cancellations of orders, from end to end."""
import datetime
import json

import documents as make
import edifact
import test_cxml
import test_edifact
import test_fulfilment as fulfil
import trade
from harness import partner
from harness.process import wait_for
from trade import equal

HOUR = datetime.timedelta(hours=1)


def change(account, order_number, number, action="change", lines=(), at=make.NOW, user="", note="", currency="",
           test=False):
    return "OrderChange", {
        "account": account, "order_number": order_number, "release": "", "change_number": str(number),
        "requested_at": at, "action": action, "currency": currency, "user": user, "note": note,
        "lines": list(lines), "channel": "", "partner": "", "reply_reference": "", "test": test}


def line(action, number, part="", quantity=None, **more):
    fields = make.line(number, part, quantity, **more)
    return {"number": fields.pop("number"), "action": action, **fields}


def answers(site, number, count):
    """The answers to changes of an order, by change number."""
    found = site.topics.documents("acknowledgements", count, 60,
                                  lambda d: d["order_number"] == number and d["change_number"])
    equal(f"answers to changes of {number}", len(found), count)
    return {document["change_number"]: document for document in found}


def kinds(site, number, count):
    return [(event["kind"], event["state"]) for event in trade.events(site, number, count)]


def reserved(site, product):
    return int(site.value(f"SELECT COALESCE(sum(reserved), 0)::bigint / 1000000 FROM stock WHERE product = '{product}'"))


def exposure(site, account):
    return int(site.value(f"SELECT exposure FROM account WHERE account = '{account}'"))


def codes(answer):
    return [reason["code"] for reason in answer["reasons"]]


def test_lines_are_changed_added_and_deleted(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "C-1", [make.line(10, "P-1", 5), make.line(20, "P-2", 2),
                                                make.line(30, "P-3", 3)]))
    equal("order", trade.answers(site, "C-1")[0]["status"], "accepted")
    # A line that is left alone keeps its price, whatever the price list says meanwhile.
    site.topics.send("erp", make.price("P-2", 99, valid_from="2020-01-01", account="ACME"))
    site.topics.flush()
    wait_for("the new price", lambda: site.value("SELECT count(*) FROM condition_record WHERE product = 'P-2'") == "2")
    trade.send(site, change("ACME", "C-1", 1, lines=[line("change", 10, "P-1", 7), line("delete", 30),
                                                     line("add", 40, "P-2", 1)]))
    answer = answers(site, "C-1", 1)["1"]
    equal("status", (answer["status"], answer["total"]), ("accepted", 7 * 9 + 51 + 99))
    equal("lines", [(l["number"], l["status"], l["change"], l["confirmed"]) for l in answer["lines"]],
          [("10", "accepted", "changed", 7), ("20", "accepted", "", 2), ("40", "accepted", "added", 1),
           ("30", "deleted", "deleted", 0)])
    equal("events", kinds(site, "C-1", 2), [("OrderAccepted", "accepted"), ("OrderChanged", "accepted")])
    equal("reserved", [reserved(site, p) for p in ("P-1", "P-2", "P-3")], [7, 3, 0])
    equal("exposure", exposure(site, "ACME"), 21300)
    trade.send(site, change("ACME", "C-1", 2, "replace", [line("change", 10, "P-1", 3), line("change", 50, "P-3", 1)]))
    answer = answers(site, "C-1", 2)["2"]
    equal("replaced", [(l["number"], l["change"]) for l in answer["lines"]],
          [("10", "changed"), ("50", "added"), ("20", "deleted"), ("40", "deleted")])
    equal("reserved", [reserved(site, p) for p in ("P-1", "P-2", "P-3")], [3, 0, 1])
    equal("exposure", exposure(site, "ACME"), 2900)
    site.ctl("verify", "--topics")


def test_cancellation_frees_everything(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "GONE", [make.line(1, "P-3", 5), make.line(2, "P-1", 4)]))
    trade.answers(site, "GONE")
    trade.send(site, make.order("POOR", "WAITS", [make.line(1, "P-3", 2)]),
               make.order("POOR", "DEAR", [make.line(1, "P-1", 20)]),
               make.order("CAREFUL", "ASKED", [make.line(1, "P-1", 60)], user="clerk"))
    trade.answers(site, "WAITS")
    trade.events(site, "DEAR", 1)
    trade.events(site, "ASKED", 1)
    trade.send(site, change("ACME", "GONE", "X1", "cancel"), change("POOR", "DEAR", "X2", "cancel"),
               change("CAREFUL", "ASKED", "X3", "cancel", user="clerk"))
    for number, cancel in (("GONE", "X1"), ("DEAR", "X2"), ("ASKED", "X3")):
        answer = answers(site, number, 1)[cancel]
        equal(f"answer to {cancel}", (answer["status"], answer["total"]), ("accepted", 0))
        equal("lines", {l["status"] for l in answer["lines"]}, {"deleted"})
        equal("event", kinds(site, number, 2)[1], ("OrderCancelled", "cancelled"))
    # An order that was never answered is answered now.
    own = [r.document for r in site.topics.read("acknowledgements")
           if r.document["order_number"] == "DEAR" and not r.document["change_number"]]
    equal("the order's own answer", [(d["status"], codes(d)) for d in own], [("rejected", ["cancelled"])])
    equal("exposure", [exposure(site, a) for a in ("ACME", "CAREFUL", "POOR")], [0, 0, 400])
    equal("task", site.value("SELECT string_agg(state, ',') FROM approval_task"), "withdrawn")
    # What is freed goes to the order that waited for it.
    equal("filled", trade.events(site, "WAITS", 2)[1]["kind"], "BackorderReserved")
    equal("reserved", [reserved(site, p) for p in ("P-1", "P-3")], [0, 2])
    site.ctl("verify", "--topics")


def test_refused_changes_change_nothing(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "FIRM", [make.line(1, "P-1", 5)]),
               make.order("BLOCKED", "BAD", [make.line(1, "P-1", 1)]))
    trade.answers(site, "FIRM", "BAD")
    trade.send(site,
               change("ACME", "FIRM", "a", lines=[line("change", 9, "P-1", 1)]),
               change("ACME", "FIRM", "b", lines=[line("add", 1, "P-1", 1)]),
               change("ACME", "FIRM", "c", lines=[line("add", 2, "NO-SUCH", 1), line("change", 1, "P-1", 9)]),
               change("ACME", "FIRM", "d", lines=[line("change", 1, "P-1", -1)]),
               change("ACME", "FIRM", "e", lines=[line("delete", 1)]),
               change("ACME", "FIRM", "f", currency="USD", lines=[line("change", 1, "P-1", 1)]),
               change("ACME", "FIRM", "g", "turn"),
               change("ACME", "FIRM", "h", user="nobody", lines=[line("change", 1, "P-1", 1)]),
               change("ACME", "FIRM", "i"),
               change("BLOCKED", "BAD", "j", "cancel"),
               change("ACME", "NEVER-SENT", "k", "cancel"))
    got = answers(site, "FIRM", 9) | answers(site, "BAD", 1) | answers(site, "NEVER-SENT", 1)
    want = {"a": "unknown_line", "b": "line_exists", "c": "unknown_product", "d": "invalid_quantity",
            "e": "no_lines", "f": "currency_changed", "g": "invalid_action", "h": "unknown_user",
            "i": "empty_change", "j": "order_finished", "k": "unknown_order"}
    for number, code in want.items():
        equal(f"status of {number}", got[number]["status"], "rejected")
        assert code in codes(got[number]), (number, got[number]["reasons"])
    equal("events", kinds(site, "FIRM", 1), [("OrderAccepted", "accepted")])
    equal("reserved", reserved(site, "P-1"), 5)
    equal("exposure", exposure(site, "ACME"), 4500)
    equal("lines", site.query("SELECT line_number, quantity / 1000000, amount FROM order_line l JOIN sales_order o "
                              "ON o.id = l.order_id WHERE o.order_number = 'FIRM'"), [["1", "5", "4500"]])
    site.ctl("verify", "--topics")


def test_repeats_stale_changes_and_conflicts(site):
    site.daemon()
    trade.set_up(site)
    order = make.order("ACME", "AGAIN", [make.line(1, "P-1", 5)])
    trade.send(site, order)
    trade.answers(site, "AGAIN")
    first = change("ACME", "AGAIN", 1, lines=[line("change", 1, "P-1", 6)], at=make.NOW + HOUR)
    trade.send(site, first)
    answers(site, "AGAIN", 1)
    trade.send(site, first, order, change("ACME", "AGAIN", 2, lines=[line("change", 1, "P-1", 9)]),
               change("ACME", "AGAIN", 1, lines=[line("change", 1, "P-1", 9)], at=make.NOW + HOUR),
               make.order("ACME", "AFTER", [make.line(1, "P-2", 1)]))
    stale = answers(site, "AGAIN", 2)["2"]
    equal("stale", (stale["status"], "stale_change" in codes(stale)), ("rejected", True))
    wait_for("the last is decided", lambda: site.value(
        "SELECT count(*) FROM sales_order WHERE order_number = 'AFTER'") == "1", 60)
    equal("reserved", reserved(site, "P-1"), 6)
    equal("outcomes", site.query("SELECT kind, count(*) FROM outcome WHERE kind IN (4, 5) GROUP BY 1 ORDER BY 1"),
          [["4", "2"], ["5", "1"]])
    equal("events", kinds(site, "AGAIN", 2), [("OrderAccepted", "accepted"), ("OrderChanged", "accepted")])
    site.announce(r"warning \w+: .*AGAIN")
    site.ctl("verify", "--topics")


def test_credit_looks_at_the_difference(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("POOR", "GROWS", [make.line(1, "P-1", 8)]))
    trade.answers(site, "GROWS")
    trade.send(site, change("POOR", "GROWS", 1, lines=[line("change", 1, "P-1", 10)]))
    equal("within", answers(site, "GROWS", 1)["1"]["status"], "accepted")
    trade.send(site, change("POOR", "GROWS", 2, lines=[line("change", 1, "P-1", 12)]))
    held = trade.events(site, "GROWS", 3)[2]
    equal("beyond", (held["kind"], held["state"], held["holds"]), ("OrderChanged", "held", ["credit"]))
    equal("what was granted stays", (exposure(site, "POOR"), reserved(site, "P-1")), (10000, 10))
    site.ctl("verify", "--topics")
    site.topics.send("erp", make.payment("PAY-1", "POOR", 50))
    site.topics.flush()
    answer = answers(site, "GROWS", 2)["2"]
    equal("after a payment", (answer["status"], answer["total"], reserved(site, "P-1")), ("accepted", 120, 12))
    equal("exposure", exposure(site, "POOR"), 7000)
    site.ctl("verify", "--topics")


def test_approval_holds_for_what_was_approved(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("CAREFUL", "BIG", [make.line(1, "P-1", 60)], user="clerk"))
    held, = trade.events(site, "BIG", 1)
    site.ctl("approve", held["order_id"], "--actor", "boss")
    trade.answers(site, "BIG")
    trade.send(site, change("CAREFUL", "BIG", 1, lines=[line("change", 1, "P-1", 55)]))
    equal("less keeps it", answers(site, "BIG", 1)["1"]["status"], "accepted")
    trade.send(site, change("CAREFUL", "BIG", 2, lines=[line("change", 1, "P-1", 61)]))
    event = trade.events(site, "BIG", 4)[3]
    equal("more reopens it", (event["kind"], event["state"], event["holds"]), ("OrderChanged", "held", ["approval"]))
    trade.send(site, change("CAREFUL", "BIG", 3, lines=[line("change", 1, "P-1", 70)]))
    trade.events(site, "BIG", 5)
    site.ctl("verify", "--topics")
    equal("tasks", site.value("SELECT string_agg(state, ',' ORDER BY created_at) FROM approval_task"),
          "approved,approved,withdrawn,open")
    site.ctl("approve", held["order_id"], "--actor", "boss")
    got = answers(site, "BIG", 3)
    equal("both are answered", [(got[n]["status"], got[n]["total"]) for n in ("2", "3")], [("accepted", 700)] * 2)
    equal("reserved", reserved(site, "P-1"), 70)
    trade.send(site, change("CAREFUL", "BIG", 4, lines=[line("change", 1, "P-1", 90)]))
    trade.events(site, "BIG", 7)
    site.ctl("reject", held["order_id"], "--actor", "boss", "--reason", "too much")
    equal("refused whole", answers(site, "BIG", 4)["4"]["status"], "rejected")
    equal("all is free", (exposure(site, "CAREFUL"), reserved(site, "P-1")), (0, 0))
    site.ctl("verify", "--topics")


def ordchg(reference, number, order, action, lines=(), date="20260303"):
    """The segments of one ORDCHG; lines are (number, action, part, quantity)."""
    body = [f"BGM+230+{number}+{action}", f"DTM+137:{date}:102", f"RFF+ON:{order}", f"NAD+BY+{edifact.BUYER}::9"]
    for line_number, act, part, quantity in lines:
        body.append(f"LIN+{line_number}+{act}")
        if part:
            body += [f"PIA+5+{part}:SA", f"QTY+21:{quantity}:PCE"]
    body.append("UNS+S")
    return [f"UNH+{reference}+ORDCHG:D:96A:UN", *body, f"UNT+{len(body) + 2}+{reference}"]


def test_ordchg_is_answered_by_ordrsp(site):
    test_edifact.start(site)
    test_edifact.put(site, "one.edi", edifact.interchange("REF1", edifact.message(1, "E-1", [("P-1", 5), ("P-2", 2)])))
    test_edifact.sent(site, "ORDRSP", 1)
    test_edifact.fetch_all(site)
    data = edifact.interchange("REF2", ordchg(1, "CHG-1", "E-1", 4, [(1, 3, "P-1", 7), (2, 2, "", ""),
                                                                     (3, 1, "P-3", 1)]))
    test_edifact.put(site, "two.edi", data)
    response, = test_edifact.sent(site, "ORDRSP", 1)
    references = {reference[0][0]: reference[0][1] for reference in edifact.get(response, "RFF")}
    equal("references", references, {"ON": "E-1", "ACW": "CHG-1"})
    bgm = edifact.get(response, "BGM")[0]
    equal("status", bgm[2], ["29"])
    equal("lines", [(one[0][0], one[1][0]) for one in edifact.get(response, "LIN")], [("1", "5"), ("3", "5"), ("2", "2")])
    equal("reserved", [reserved(site, part) for part in ("P-1", "P-2", "P-3")], [7, 0, 1])
    # The same change under another reference, a change of nothing, and a cancellation.
    test_edifact.fetch_all(site)
    test_edifact.put(site, "three.edi", edifact.interchange("REF3", ordchg(1, "CHG-1", "E-1", 4, [
        (1, 3, "P-1", 7), (2, 2, "", ""), (3, 1, "P-3", 1)])))
    again, = test_edifact.sent(site, "ORDRSP", 1)
    equal("the same bytes again", again, response)
    test_edifact.put(site, "four.edi", edifact.interchange("REF4", ordchg(1, "CHG-2", "NO-SUCH", 1),
                                                           ordchg(2, "CHG-3", "E-1", 1, date="20260304")))
    found = {edifact.get(one, "RFF")[1][0][1]: one for one in test_edifact.sent(site, "ORDRSP", 3)}
    equal("unknown order", edifact.get(found["CHG-2"], "BGM")[0][2], ["27"])
    equal("cancelled", edifact.get(found["CHG-3"], "BGM")[0][2], ["29"])
    equal("numbers of the answers", len({edifact.get(one, "BGM")[0][1][0] for one in found.values()}), 3)
    equal("reserved", [reserved(site, part) for part in ("P-1", "P-2", "P-3")], [0, 0, 0])
    equal("exposure", exposure(site, "ACME"), 0)
    site.ctl("verify", "--topics")


def test_cxml_update_and_delete(site):
    inbox, url = test_cxml.start(site)
    order = test_cxml.order
    equal("order", test_cxml.status(partner.post(url, order("X-1"))), 200)
    inbox.wait(1)
    update = order("X-1", quantity="7", header='type="update" orderVersion="2"', total="63.00", payload="2@acme")
    equal("update", test_cxml.status(partner.post(url, update)), 200)
    confirmation = inbox.wait(2)[1][2].decode()
    for text in ('orderID="X-1"', 'type="accept"', 'payloadID="2@acme"', 'quantity="7"'):
        assert text in confirmation, f"no {text} in {confirmation}"
    equal("reserved", reserved(site, "P-1"), 7)
    equal("repeat", test_cxml.status(partner.post(url, update)), 200)
    delete = order("X-1", quantity="7", header='type="delete" orderVersion="3"', total="63.00", payload="3@acme")
    equal("delete", test_cxml.status(partner.post(url, delete)), 200)
    confirmation = inbox.wait(3)[2][2].decode()
    assert 'type="accept"' in confirmation and "ConfirmationItem" not in confirmation, confirmation
    equal("state", site.value("SELECT state FROM sales_order WHERE order_number = 'X-1'"), "4")
    late = order("X-1", quantity="8", header='type="update" orderVersion="4"', total="72.00", payload="4@acme")
    equal("too late", test_cxml.status(partner.post(url, late)), 200)
    confirmation = inbox.wait(4)[3][2].decode()
    assert 'type="reject"' in confirmation and "is cancelled" in confirmation, confirmation
    equal("reserved", reserved(site, "P-1"), 0)
    site.ctl("verify", "--topics")


def test_what_has_left_is_not_taken_back(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "SENT", [make.line(1, "P-1", 10), make.line(2, "P-2", 4)]))
    trade.answers(site, "SENT")
    fulfil.erp(site, fulfil.shipment("S-1", "ACME", "SENT", [fulfil.shipped(1, 6), fulfil.shipped(2, 1, final=True)]))
    fulfil.events(site, "SENT", 2)
    trade.send(site, change("ACME", "SENT", "a", lines=[line("change", 1, "P-1", 5)]),
               change("ACME", "SENT", "b", lines=[line("delete", 1)]),
               change("ACME", "SENT", "c", "cancel"),
               change("ACME", "SENT", "d", lines=[line("change", 1, "P-3", 9)]),
               change("ACME", "SENT", "e", lines=[line("change", 2, "P-2", 3)]),
               change("ACME", "SENT", "f", lines=[line("change", 1, "P-1", 8)]))
    got = answers(site, "SENT", 6)
    for number, code in {"a": "already_shipped", "b": "already_shipped", "c": "already_shipped",
                         "d": "already_shipped", "e": "already_billed"}.items():
        equal(f"status of {number}", got[number]["status"], "rejected")
        assert code in codes(got[number]), (number, got[number]["reasons"])
    equal("no less than has left", (got["f"]["status"], got["f"]["total"]), ("accepted", 8 * 9 + 102))
    # Of line 2 three will not follow.
    shown = json.loads(site.ctl("order", "show", "SENT", "--json"))["changes"]
    equal("what is shown", [(one["change_number"], one["state"]) for one in shown],
          [(number, "taken" if number == "f" else "refused") for number in "abcdef"])
    assert "already_billed" in shown[4]["effect"] and "line 1 changed" in shown[5]["effect"], shown
    equal("reserved", [reserved(site, part) for part in ("P-1", "P-2")], [2, 0])
    equal("exposure", exposure(site, "ACME"), 9750)
    site.ctl("verify", "--topics")
    fulfil.erp(site, fulfil.shipment("S-2", "ACME", "SENT", [fulfil.shipped(1, 2)]))
    fulfil.events(site, "SENT", 4)
    equal("reserved", reserved(site, "P-1"), 0)
    site.ctl("verify", "--topics")
