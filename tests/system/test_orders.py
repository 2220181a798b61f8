# SPDX-License-Identifier: Apache-2.0
"""Orders by Kafka, from end to end."""
import datetime
from decimal import Decimal

import documents as make
import trade
from harness.wire import Topics
from trade import equal


def test_order_is_answered_and_told(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "PO-1", [make.line(10, "P-1", 5), make.line(20, "P-2", 2)]))
    answer, = trade.answers(site, "PO-1")
    equal("status", answer["status"], "accepted")
    equal("total", answer["total"], Decimal("96"))
    equal("lines", [(line["number"], line["status"], line["confirmed"], line["unit_price"], line["amount"])
                    for line in answer["lines"]],
          [("10", "accepted", 5, Decimal(9), Decimal(45)), ("20", "accepted", 2, Decimal("25.5"), Decimal(51))])
    event, = trade.events(site, "PO-1", 1)
    equal("event", (event["kind"], event["state"], event["total"]), ("OrderAccepted", "accepted", Decimal("96")))
    record, = site.topics.read("events")
    equal("key", record.key, "ACME")
    for name, want in {"ce_specversion": "1.0", "ce_type": "comptoir.OrderEvent"}.items():
        equal(f"header {name}", record.headers.get(name), want)
    for name in ("ce_id", "ce_source", "ce_time"):
        assert record.headers.get(name), f"no header {name} in {record.headers}"
    site.ctl("verify", "--topics")


def test_parts_units_and_mail_addresses(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site,
               make.order("ACME", "BY-BUYER-PART", [make.line(1, "", 3, buyer_part="A-100")]),
               make.order("ACME", "BY-GTIN", [make.line(1, "", 3, gtin="04012345000016")]),
               make.order("POOR", "BY-BOX", [make.line(1, "P-1", "0.5", unit="BX")]),
               make.order("CAREFUL", "BY-MAIL", [make.line(1, "P-1", 40)], user="Boss@Careful.example"))
    part, gtin, box, mail = trade.answers(site, "BY-BUYER-PART", "BY-GTIN", "BY-BOX", "BY-MAIL")
    equal("totals", [answer["total"] for answer in (part, gtin, box)], [27, 27, 50])
    equal("products", [answer["lines"][0]["product"] for answer in (part, gtin, box)], ["P-1"] * 3)
    equal("reserved", site.value("SELECT reserved / 1000000 FROM stock WHERE product = 'P-1'"), str(3 + 3 + 6 + 40))
    equal("by mail address", mail["status"], "accepted")
    site.ctl("verify", "--topics")


def test_credit_hold_is_released_by_a_payment(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("POOR", "DEAR", [make.line(1, "P-1", 20)]))
    held, = trade.events(site, "DEAR", 1)
    equal("held", (held["kind"], held["state"], held["holds"]), ("OrderHeld", "held", ["credit"]))
    equal("answers", site.topics.read("acknowledgements"), [])
    site.topics.send("erp", make.payment("PAY-1", "POOR", 150), make.payment("PAY-1", "POOR", 150))
    site.topics.flush()
    answer, = trade.answers(site, "DEAR")
    equal("status", answer["status"], "accepted")
    equal("exposure counts the payment once", site.value("SELECT exposure FROM account WHERE account = 'POOR'"), "5000")
    assert trade.events(site, "DEAR", 2)[-1]["kind"] == "OrderAccepted"
    site.ctl("verify", "--topics")


def test_vetting_hold_is_released_by_the_account(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("PENDING", "EARLY", [make.line(1, "P-2", 1)]))
    held, = trade.events(site, "EARLY", 1)
    equal("held", held["holds"], ["vetting"])
    site.topics.send("erp", make.account("PENDING"))
    site.topics.flush()
    equal("status", trade.answers(site, "EARLY")[0]["status"], "accepted")
    site.ctl("verify", "--topics")


def test_approval_by_command_and_by_document(site):
    site.daemon()
    trade.set_up(site)
    numbers = ["BY-COMMAND", "BY-DOCUMENT", "REFUSED"]
    trade.send(site, *(make.order("CAREFUL", n, [make.line(1, "P-1", 60)], user="clerk") for n in numbers))
    held = {n: trade.events(site, n, 1)[0] for n in numbers}
    equal("holds", [held[n]["holds"] for n in numbers], [["approval"]] * 3)
    tasks = site.topics.documents("approvals", 3)
    equal("tasks", {(t["order_number"], t["state"], tuple(t["approvers"]), t["total"]) for t in tasks},
          {(n, "open", ("boss",), Decimal(600)) for n in numbers})
    site.ctl("approve", held["BY-COMMAND"]["order_id"], "--actor", "boss")
    site.topics.send("inbound",
                     make.decision("CAREFUL", held["BY-DOCUMENT"]["order_id"], "approve", "boss@careful.example"),
                     make.decision("CAREFUL", held["REFUSED"]["order_id"], "reject", "boss", "not this quarter"))
    site.topics.flush()
    command, document, refused = trade.answers(site, *numbers)
    equal("statuses", [command["status"], document["status"], refused["status"]], ["accepted", "accepted", "rejected"])
    assert any("not this quarter" in reason["text"] for reason in refused["reasons"]), refused["reasons"]
    equal("actor", trade.events(site, "BY-DOCUMENT", 2)[1]["actor"], "boss")
    site.ctl("verify", "--topics")


def test_who_may_not_approve_does_not(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("CAREFUL", "OWN", [make.line(1, "P-1", 60)], user="clerk"))
    held, = trade.events(site, "OWN", 1)
    trade.send(site, make.decision("CAREFUL", held["order_id"], "approve", "clerk"),
               make.decision("CAREFUL", held["order_id"], "approve", "nobody"))
    trade.send(site, make.order("CAREFUL", "LATER", [make.line(1, "P-2", 1)]))
    trade.answers(site, "LATER")
    equal("state", site.value("SELECT state FROM sales_order WHERE order_number = 'OWN'"), "1")
    site.ctl("verify")


def test_rejection_gives_all_reasons(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site,
               make.order("ACME", "BAD-LINES", [make.line(1, "NO-SUCH", 1), make.line(2, "P-1", 1, unit="TNE"),
                                                make.line(3, "OLD", 1), make.line(4, "P-1", -2)]),
               make.order("BLOCKED", "BLOCKED-1", [make.line(1, "P-1", 1)]),
               make.order("STRANGER", "STRANGER-1", [make.line(1, "P-1", 1)]),
               make.order("ACME", "WRONG-MONEY", [make.line(1, "P-1", 1)], currency="USD"))
    lines, blocked, stranger, money = trade.answers(site, "BAD-LINES", "BLOCKED-1", "STRANGER-1", "WRONG-MONEY")
    equal("statuses", [answer["status"] for answer in (lines, blocked, stranger, money)], ["rejected"] * 4)
    equal("lines with reasons", {reason["line"] for reason in lines["reasons"]} >= {"1", "2", "3", "4"}, True)
    for answer in (lines, blocked, stranger, money):
        assert all(reason["code"] and reason["text"] for reason in answer["reasons"]), answer
    equal("nothing reserved", site.value("SELECT sum(reserved) FROM stock"), "0")
    equal("nothing booked", site.value("SELECT sum(exposure) FROM account"), "0")
    site.ctl("verify", "--topics")


def test_backorder_is_filled_by_new_stock(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "MUCH", [make.line(1, "P-3", 5)]))
    answer, = trade.answers(site, "MUCH")
    line = answer["lines"][0]
    equal("line", (line["status"], line["confirmed"], line["backordered"]), ("backordered", 3, 2))
    later = make.NOW + datetime.timedelta(hours=1)
    site.topics.send("erp", make.stock("P-3", 10, counted_at=later))
    site.topics.flush()
    equal("event", trade.events(site, "MUCH", 2)[1]["kind"], "BackorderReserved")
    equal("reserved", site.value("SELECT reserved / 1000000 FROM stock WHERE product = 'P-3'"), "5")
    site.ctl("verify", "--topics")


def test_last_goods_are_promised_once(site):
    site.daemon()
    trade.set_up(site)
    numbers = [f"RACE-{i}" for i in range(20)]
    accounts = [make.account(f"RACER{i}") for i in range(20)]
    site.topics.send("erp", *accounts)
    site.topics.flush()
    from harness.process import wait_for
    wait_for("accounts", lambda: site.value("SELECT count(*) FROM account WHERE account LIKE 'RACER%'") == "20")
    trade.send(site, *(make.order(f"RACER{i}", number, [make.line(1, "P-3", 1)]) for i, number in enumerate(numbers)))
    confirmed = sum(answer["lines"][0]["confirmed"] for answer in trade.answers(site, *numbers))
    equal("confirmed of three", confirmed, 3)
    site.ctl("verify", "--topics")


def test_repeats_change_nothing(site):
    site.daemon()
    trade.set_up(site)
    first = make.order("ACME", "TWICE", [make.line(1, "P-1", 5)])
    trade.send(site, first)
    answer, = trade.answers(site, "TWICE")
    trade.send(site, first, first, make.order("ACME", "AFTER", [make.line(1, "P-1", 1)]))
    trade.answers(site, "AFTER")
    equal("reserved", site.value("SELECT reserved / 1000000 FROM stock WHERE product = 'P-1'"), "6")
    equal("orders", site.value("SELECT count(*) FROM sales_order"), "2")
    repeats = [record.document for record in site.topics.read("acknowledgements")
               if record.document["order_number"] == "TWICE"]
    assert all(repeat == answer for repeat in repeats), "a repeat was answered differently"
    equal("events", [e["kind"] for e in trade.events(site, "TWICE", 1)], ["OrderAccepted"])
    site.ctl("verify", "--topics")


def test_same_number_with_other_content_is_refused(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "SAME", [make.line(1, "P-1", 5)]))
    trade.answers(site, "SAME")
    trade.send(site, make.order("ACME", "SAME", [make.line(1, "P-1", 50)]),
               make.order("ACME", "AFTER", [make.line(1, "P-1", 1)]))
    trade.answers(site, "AFTER")
    equal("reserved", site.value("SELECT reserved / 1000000 FROM stock WHERE product = 'P-1'"), "6")
    equal("the refusal is told", site.value("SELECT count(*) FROM outcome WHERE kind = 5") != "0" or any(
        r.document["order_number"] == "SAME" and r.document["status"] == "rejected"
        for r in site.topics.read("acknowledgements")), True)
    site.announce(r"warning \w+: .*SAME")
    site.ctl("verify", "--topics")


def test_test_documents_touch_nothing(site):
    site.daemon()
    trade.set_up(site)
    trade.send(site, make.order("ACME", "TRY-OUT", [make.line(1, "P-1", 5)], test=True))
    answer, = trade.answers(site, "TRY-OUT")
    equal("answer", (answer["status"], answer["test"], answer["total"]), ("accepted", True, 45))
    equal("reserved", site.value("SELECT sum(reserved) FROM stock"), "0")
    equal("exposure", site.value("SELECT exposure FROM account WHERE account = 'ACME'"), "0")
    site.ctl("verify", "--topics")


def test_another_partitioner_is_put_right(site):
    """A producer that spreads keys in another way, or has no keys, must not bring an account to two shards."""
    site.daemon()
    trade.set_up(site)
    strange = Topics(site.kafka.bootstrap, site.prefix, partitioner="consistent")
    numbers = [f"R{i}" for i in range(40)]
    for i, number in enumerate(numbers):
        kind, document = make.order(("ACME", "CAREFUL")[i % 2], number, [make.line(1, "P-1", 1)])
        strange.send_bytes("inbound", f"key {i}" if i % 4 else None, strange.schemas.encode(kind, document))
    strange.flush()
    trade.answers(site, *numbers)
    shards = site.query("SELECT account, count(DISTINCT id >> 40) FROM sales_order GROUP BY account ORDER BY account")
    equal("shards of each account", shards, [["ACME", "1"], ["CAREFUL", "1"]])
    assert int(site.value("SELECT count(*) FROM outcome WHERE kind = 6")) > 0
    site.ctl("verify", "--topics")
