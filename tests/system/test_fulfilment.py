# SPDX-License-Identifier: Apache-2.0
"""What the ERP does after the order: shipments and invoices, into the order, the stock and the ledger."""
import datetime
import json

import documents as make
import edifact
import test_cxml
import test_edifact
import trade
from harness import partner
from harness.process import wait_for
from trade import equal

LATER = make.NOW + datetime.timedelta(hours=1)


def shipped(number, quantity, final=False, unit=""):
    return {"line": str(number), "product": "", "quantity": make.number(quantity), "unit": unit, "final": final}


def shipment(name, account, order_number, lines, at=LATER, site="MAIN", carrier="Van & Co"):
    return "Shipment", {"shipment": name, "account": account, "order_id": "", "order_number": order_number,
                        "release": "", "site": site, "shipped_at": at, "carrier": carrier, "tracking": "T-1",
                        "packages": [{"number": "00340123450000000018", "weight_kg": make.number("2.5")}],
                        "lines": lines}


def billed(order_number, number, quantity, amount):
    return {"order_id": "", "order_number": order_number, "release": "", "line": str(number), "product": "",
            "quantity": make.number(quantity), "unit": "", "amount": make.number(amount)}


def invoice(name, account, lines, tax, charges=0, currency="EUR", payer=""):
    net = sum(line["amount"] for line in lines) + make.number(charges)
    return "Invoice", {"invoice": name, "account": account, "payer": payer, "currency": currency, "issued_at": LATER,
                       "due_at": LATER + datetime.timedelta(days=30), "lines": lines,
                       "charges": make.number(charges), "net": net, "tax": make.number(tax),
                       "gross": net + make.number(tax)}


def erp(site, *documents):
    site.topics.send("erp", *documents)
    site.topics.flush()


def events(site, number, count, seconds=60):
    found = site.topics.documents("events", count, seconds, lambda d: d.get("order_number") == number and "sequence" in d)
    equal(f"sequence of {number}", [event["sequence"] for event in found], list(range(1, len(found) + 1)))
    return found


def stock(site, product):
    return site.value("SELECT on_hand / 1000000 || ' ' || reserved / 1000000 || ' ' || shortfall / 1000000 "
                      f"FROM stock WHERE product = '{product}'")


def exposure(site, account):
    return int(site.value(f"SELECT exposure FROM account WHERE account = '{account}'"))


def parked(site, count, *words):
    wait_for(f"{count} parked documents", lambda: int(site.value("SELECT count(*) FROM dead_letter")) >= count, 60)
    reasons = [row[0] for row in site.query("SELECT reason FROM dead_letter ORDER BY at, \"offset\"")]
    for word in words:
        assert any(word in reason for reason in reasons), f"nothing parked says {word!r}: {reasons}"
    equal("parked", len(reasons), count)
    site.announce(r"warning \w+: .*")


def show(site, number):
    return json.loads(site.ctl("order", "show", number, "--json"))


def start(site):
    site.daemon()
    trade.set_up(site)


def test_shipments_lower_stock_and_close_reservations(site):
    start(site)
    trade.send(site, make.order("ACME", "S-1", [make.line(1, "P-1", 5), make.line(2, "P-2", 2)]))
    trade.answers(site, "S-1")
    equal("reserved", stock(site, "P-1"), "1000000 5 0")
    equal("progress", show(site, "S-1")["progress"], "open")
    first = shipment("SH-1", "ACME", "S-1", [shipped(1, 3)])
    erp(site, first, first)
    event = events(site, "S-1", 2)[1]
    equal("event", (event["kind"], event["state"], event["reference"], event["progress"]),
          ("OrderShipped", "accepted", "SH-1", "partly_shipped"))
    equal("stock", stock(site, "P-1"), "999997 2 0")
    equal("progress", show(site, "S-1")["progress"], "partly shipped")
    erp(site, shipment("SH-2", "ACME", "S-1", [shipped(1, 2), shipped(2, 2, unit="EA")]))
    equal("progress", events(site, "S-1", 3)[2]["progress"], "shipped")
    equal("stocks", (stock(site, "P-1"), stock(site, "P-2")), ("999995 0 0", "999998 0 0"))
    order = show(site, "S-1")
    equal("shown", (order["progress"], [line["shipped"] for line in order["lines"]], len(order["shipments"])),
          ("shipped", ["5", "2"], 3))
    notices = site.topics.documents("events", 2, 30, lambda d: "shipment" in d)
    equal("notices", [(n["shipment"], n["carrier"], len(n["lines"])) for n in notices],
          [("SH-1", "Van & Co", 1), ("SH-2", "Van & Co", 2)])
    equal("exposure stays until it is paid", exposure(site, "ACME"), 9600)
    site.ctl("verify", "--topics")


def test_wrong_shipments_are_parked(site):
    start(site)
    trade.send(site, make.order("ACME", "S-2", [make.line(1, "P-1", 5)]), make.order("POOR", "S-3", [make.line(1, "P-1", 5)]))
    trade.answers(site, "S-2", "S-3")
    erp(site, shipment("OK", "ACME", "S-2", [shipped(1, 2)]))
    events(site, "S-2", 2)
    erp(site,
        shipment("OK", "ACME", "S-2", [shipped(1, 2)], carrier="Another"),
        shipment("B-1", "ACME", "NO-SUCH", [shipped(1, 1)]),
        shipment("B-2", "ACME", "S-2", [shipped(7, 1)]),
        shipment("B-3", "ACME", "S-2", [shipped(1, 4)]),
        shipment("B-4", "ACME", "S-3", [shipped(1, 1)]),
        shipment("B-5", "ACME", "S-2", [shipped(1, -1)]),
        shipment("B-6", "ACME", "S-2", [shipped(1, 1, unit="BX")]),
        shipment("B-7", "ACME", "S-2", []))
    parked(site, 8, "arrived before with other content", "has no order NO-SUCH", "no accepted line 7",
           "cannot be shipped after 2", "has no order S-3", "is not positive", "was ordered in C62", "has no lines")
    equal("stock", stock(site, "P-1"), "999998 8 0")
    site.ctl("verify", "--topics")


def test_counts_and_shipments_meet_in_any_order(site):
    start(site)
    trade.send(site, make.order("ACME", "C-1", [make.line(1, "P-1", 10)]))
    trade.answers(site, "C-1")
    minutes = lambda n: make.NOW + datetime.timedelta(minutes=n)
    # Counted after the goods had left: the count has them taken off already.
    erp(site, make.stock("P-1", 500, counted_at=minutes(20)))
    wait_for("the count", lambda: stock(site, "P-1") == "500 10 0", 60)
    erp(site, shipment("C-A", "ACME", "C-1", [shipped(1, 4)], at=minutes(10)))
    events(site, "C-1", 2)
    equal("counted after", stock(site, "P-1"), "500 6 0")
    # Left after the count.
    erp(site, shipment("C-B", "ACME", "C-1", [shipped(1, 5)], at=minutes(40)))
    events(site, "C-1", 3)
    equal("counted before", stock(site, "P-1"), "495 1 0")
    # A count that comes late, of before the last shipment.
    erp(site, make.stock("P-1", 400, counted_at=minutes(30)))
    wait_for("the late count", lambda: stock(site, "P-1") == "395 1 0", 60)
    site.ctl("verify", "--topics")


def test_a_closed_line_frees_stock_and_exposure(site):
    start(site)
    trade.send(site, make.order("ACME", "F-1", [make.line(1, "P-3", 3)]))
    trade.answers(site, "F-1")
    trade.send(site, make.order("POOR", "F-2", [make.line(1, "P-3", 2)]))
    trade.answers(site, "F-2")
    erp(site, shipment("F-A", "ACME", "F-1", [shipped(1, 1, final=True)]))
    event = events(site, "F-1", 2)[1]
    equal("event", (event["kind"], event["progress"]), ("OrderShipped", "shipped"))
    equal("who waited", events(site, "F-2", 2)[1]["kind"], "BackorderReserved")
    equal("stock", stock(site, "P-3"), "2 2 0")
    equal("exposure", exposure(site, "ACME"), 200)
    erp(site, shipment("F-B", "ACME", "F-1", [shipped(1, 1)]))
    parked(site, 1, "is closed")
    site.ctl("verify", "--topics")


def test_more_was_there_than_reserved(site):
    start(site)
    trade.send(site, make.order("ACME", "M-1", [make.line(1, "P-3", 5)]))
    equal("backordered", trade.answers(site, "M-1")[0]["lines"][0]["backordered"], 2)
    erp(site, shipment("M-A", "ACME", "M-1", [shipped(1, 5)]))
    equal("progress", events(site, "M-1", 2)[1]["progress"], "shipped")
    equal("stock", stock(site, "P-3"), "0 0 0")
    equal("nothing waits", site.value("SELECT sum(waiting) FROM order_line"), "0")
    site.ctl("verify", "--topics")


def test_an_invoice_takes_the_place_of_what_was_booked(site):
    start(site)
    trade.send(site, make.order("ACME", "I-1", [make.line(1, "P-1", 3), make.line(2, "P-2", 1)]))
    trade.answers(site, "I-1")
    equal("booked", exposure(site, "ACME"), 5250)
    erp(site, shipment("I-A", "ACME", "I-1", [shipped(1, 3)]))
    events(site, "I-1", 2)
    first = invoice("INV-1", "ACME", [billed("I-1", 1, 3, 27)], tax="5.13", charges=4)
    erp(site, first, first)
    event = events(site, "I-1", 3)[2]
    equal("event", (event["kind"], event["reference"]), ("OrderInvoiced", "INV-1"))
    equal("exposure with freight and tax, once", exposure(site, "ACME"), 5250 + 400 + 513)
    order = show(site, "I-1")
    equal("where it lies", [str(order[name]) for name in ("ordered_amount", "shipped_amount", "billed_amount")],
          ["25.5", "0", "27"])
    erp(site, make.payment("P-I", "ACME", "36.13"))
    wait_for("the payment", lambda: exposure(site, "ACME") == 2550, 60)
    erp(site, invoice("INV-1", "ACME", [billed("I-1", 1, 3, 28)], tax=1),
        invoice("INV-2", "ACME", [billed("I-1", 1, 1, 9)], tax=0),
        invoice("INV-3", "ACME", [billed("I-1", 2, 1, 9)], tax=0, currency="USD"),
        invoice("INV-4", "ACME", [billed("I-1", 2, 1, 9)], tax=0, payer="POOR"),
        invoice("INV-5", "ACME", [billed("I-9", 2, 1, 9)], tax=0),
        invoice("INV-6", "ACME", [billed("I-1", 2, 1, "-9")], tax=0))
    parked(site, 6, "arrived before with other content", "cannot be billed after 3", "is in USD", "is booked on ACME",
           "has no order I-9", "a credit note is a document of its own")
    equal("exposure", exposure(site, "ACME"), 2550)
    site.ctl("verify", "--topics")


def test_buyers_on_edifact_get_what_their_file_says(site):
    site.partner("acme", edifact.PARTNER + 'sends = ( "shipments", "invoices" );\n')
    site.daemon(roles=test_edifact.ROLES)
    trade.set_up(site)
    test_edifact.put(site, "one.edi", edifact.interchange("R1", edifact.message(1, "E-1", [("P-1", 5)])))
    test_edifact.sent(site, "ORDRSP", 1)
    erp(site, shipment("D-1", "ACME", "E-1", [shipped(1, 5)]), invoice("V-1", "ACME", [billed("E-1", 1, 5, 45)], tax="8.55"))
    notice, = test_edifact.sent(site, "DESADV", 1)
    equal("number and order", (edifact.get(notice, "BGM")[0][1], edifact.get(notice, "RFF")[0][0]), (["D-1"], ["ON", "E-1"]))
    bill, = test_edifact.sent(site, "INVOIC", 1)
    equal("number and gross", (edifact.get(bill, "BGM")[0][1], edifact.get(bill, "MOA")[-1][0]), (["V-1"], ["77", "53.55"]))
    for name, data in (("desadv.edi", notice), ("invoic.edi", bill)):
        (site.logs / name).write_bytes(data)
        site.ctl("edi", "check", str(site.logs / name))
    events(site, "E-1", 3)
    site.ctl("verify", "--topics")


def test_buyers_get_no_notice_that_they_did_not_ask_for(site):
    site.partner("acme", edifact.PARTNER + 'sends = ( "invoices" );\n')
    site.daemon(roles=test_edifact.ROLES)
    trade.set_up(site)
    test_edifact.put(site, "one.edi", edifact.interchange("R1", edifact.message(1, "E-2", [("P-1", 5)])))
    test_edifact.sent(site, "ORDRSP", 1)
    erp(site, shipment("D-2", "ACME", "E-2", [shipped(1, 5)]), invoice("V-2", "ACME", [billed("E-2", 1, 5, 45)], tax=0))
    test_edifact.sent(site, "INVOIC", 1)
    events(site, "E-2", 3)
    equal("shipments owed", site.value("SELECT count(*) FROM delivery WHERE type = 'ShipNotice'"), "0")
    site.ctl("verify", "--topics")


def test_buyers_on_cxml_get_ship_notice_and_invoice(site):
    inbox = partner.Inbox([(200, test_cxml.YES)])
    site.partner("acme", test_cxml.PARTNER % (test_cxml.SECRET, inbox.url) + 'sends = ( "shipments", "invoices" );\n')
    daemon = site.daemon(roles=test_cxml.ROLES, deliveries={"first_delay_ms": 200, "most_delay_ms": 1000})
    trade.set_up(site)
    partner.post(f"http://127.0.0.1:{daemon.settings['cxml']['port']}/cxml", test_cxml.order("X-1"))
    inbox.wait(1)
    erp(site, shipment("D-3", "ACME", "X-1", [shipped(1, 5)]), invoice("V-3", "ACME", [billed("X-1", 1, 5, 45)], tax=9))
    bodies = b"".join(body for _, _, body in inbox.wait(3))
    for want in (b"<ConfirmationRequest>", b'shipmentID="D-3"', b'invoiceID="V-3"', b'orderID="X-1"'):
        assert want in bodies, f"no {want} in {bodies}"
    events(site, "X-1", 3)
    site.ctl("verify", "--topics")
    inbox.close()
