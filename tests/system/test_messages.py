# SPDX-License-Identifier: Apache-2.0
"""The messages around orders: EDIFACT in, the answer's file out."""
import datetime
import json

import documents as make
import edifact
import test_edifact
import test_fulfilment
import trade
from harness.process import wait_for
from trade import equal, slow


def start(site, partner=edifact.PARTNER, **settings):
    site.partner("acme", partner)
    site.daemon(roles=test_edifact.ROLES, **settings)
    trade.set_up(site)


def is_sound(site, name, data):
    """What we send is checked as a partner would check it."""
    (site.logs / name).write_bytes(data)
    site.ctl("edi", "check", str(site.logs / name))


def test_requests_for_quotes_are_answered_once(site):
    start(site, quote={"valid_days": 10})
    test_edifact.put(site, "one.edi", edifact.interchange(
        "Q1", edifact.request(1, "RQ-1", [("P-1", 5), ("P-9", 1), ("OLD", 2)])))
    quote, = test_edifact.sent(site, "QUOTES", 1)
    is_sound(site, "quotes.edi", quote)
    equal("answers the request, in part", (edifact.get(quote, "BGM")[0][3], edifact.get(quote, "RFF")[0][0]),
          (["AC"], ["AAV", "RQ-1"]))
    dates = {date[0][0]: datetime.datetime.strptime(date[0][1][:8], "%Y%m%d") for date in edifact.get(quote, "DTM")}
    equal("days", (dates["36"] - dates["157"]).days, 10)
    equal("lines", [line[1] for line in edifact.get(quote, "LIN")], [["5"], ["7"], ["7"]])
    equal("the account's price", [price[0][:2] for price in edifact.get(quote, "PRI")], [["AAA", "9"]])
    equal("amounts", [amount[0] for amount in edifact.get(quote, "MOA")], [["203", "45"], ["79", "45"]])
    test_edifact.fetch_all(site)
    test_edifact.put(site, "again.edi", edifact.interchange(
        "Q2", edifact.request(1, "RQ-1", [("P-1", 5), ("P-9", 1), ("OLD", 2)])))
    again, = test_edifact.sent(site, "QUOTES", 1)
    equal("the same bytes again", again, quote)
    listed = json.loads(site.ctl("quote", "list", "--account", "ACME", "--json"))
    equal("listed", [listed[field] for field in ("request_number", "status", "total")], ["RQ-1", "partly_offered", "45"])
    shown = json.loads(site.ctl("quote", "show", "RQ-1", "--json"))
    equal("shown", ([line["status"] for line in shown["lines"]], [reason["code"] for reason in shown["reasons"]]),
          (["offered", "not_offered", "not_offered"], ["unknown_product", "discontinued_product"]))
    assert "valid until" in site.ctl("quote", "show", listed["quotation_id"])
    site.ctl("quote", "show", "RQ-9", status=1)
    document, = site.topics.documents("quotes", 1)
    equal("told on Kafka once", (document["request_number"], document["status"]), ("RQ-1", "partly_offered"))
    site.ctl("verify", "--topics")


def test_a_blocked_account_is_refused_in_its_own_directory(site):
    start(site, edifact.PARTNER.replace("ACME", "BLOCKED").replace("D96A", "D01B"))
    test_edifact.put(site, "one.edi", edifact.interchange(
        "Q1", edifact.request(1, "RQ-1", [("P-1", 5)], "01B")))
    quote, = test_edifact.sent(site, "QUOTES", 1)
    is_sound(site, "quotes.edi", quote)
    equal("refused", edifact.get(quote, "BGM")[0][2:], [["27"], ["RE"]])
    equal("without a price", edifact.get(quote, "PRI"), [])
    site.ctl("verify", "--topics")


def test_buyers_are_told_how_far_their_orders_are_and_no_others(site):
    start(site)
    trade.send(site, make.order("POOR", "SECRET", [make.line(1, "P-2", 1)]))
    test_edifact.put(site, "one.edi", edifact.interchange("R1", edifact.message(1, "E-1", [("P-1", 5), ("P-3", 4)])))
    test_edifact.sent(site, "ORDRSP", 1)
    trade.answers(site, "SECRET")
    test_fulfilment.erp(site, test_fulfilment.shipment("D-1", "ACME", "E-1", [test_fulfilment.shipped(1, 2)]))
    wait_for("the shipment is in the order",
             lambda: site.value("SELECT count(*) FROM shipment WHERE event_seq > 0") == "1", 60)
    test_edifact.put(site, "ask.edi", edifact.interchange("R2", edifact.enquiry(1, "SQ-1", "E-1", "SECRET")))
    report, = test_edifact.sent(site, "OSTRPT", 1)
    is_sound(site, "ostrpt.edi", report)
    equal("directory", edifact.get(report, "UNH")[0][1][:3], ["OSTRPT", "D", "01B"])
    equal("orders", [document[1][0] for document in edifact.get(report, "DOC")], ["E-1", "SECRET"])
    states = [status[1][0] for status in edifact.get(report, "STS") if len(status) > 1]
    equal("accepted, started; two open lines; unknown", states, ["73", "35", "73", "73", "46"])
    equal("quantities", [quantity[0][:2] for quantity in edifact.get(report, "QTY")],
          [["21", "5"], ["113", "5"], ["12", "2"], ["21", "4"], ["113", "3"], ["83", "1"]])
    site.ctl("verify", "--topics")


def test_catalogues_are_sent_on_demand(site):
    start(site, catalogue={"lines_max": 2})
    said = site.ctl("catalogue", "send", "ACME", "--partner", "acme")
    assert "2 documents, 3 products, to partner acme" in said, said
    parts = {edifact.get(one, "BGM")[0][2][0]: one for one in test_edifact.sent(site, "PRICAT", 2)}
    equal("an original and the final one", sorted(parts), ["22", "9"])
    for name, data in parts.items():
        is_sound(site, f"pricat{name}.edi", data)
    equal("products", [[part[1][0] for part in edifact.get(parts[code], "PIA")] for code in ("9", "22")],
          [["P-1", "P-2"], ["P-3"]])
    equal("the buyer's number", edifact.get(parts["9"], "PIA")[0][2], ["A-100", "IN"])
    equal("the account's price, and the list's", [price[0][:3] for price in edifact.get(parts["9"], "PRI")],
          [["AAA", "9", "CT"], ["AAA", "25.5", "CA"]])
    equal("one catalogue", len({edifact.get(one, "RFF")[0][0][1] for one in parts.values()}), 1)
    equal("on Kafka too", [d["part"] for d in site.topics.documents("quotes", 2)], ["first", "last"])
    for words, why in ((("POOR", "--partner", "acme"), "is of account ACME"), (("BLOCKED",), "is blocked"),
                       (("NOBODY",), "is unknown"), (("ACME", "--partner", "nobody"), "no partner 'nobody'")):
        site.ctl("catalogue", "send", *words, status=1)
        assert why in (site.logs / "comptoirctl.log").read_text().split("$ ")[-1], why
    said = site.ctl("catalogue", "send", "POOR", "--json")
    assert '"documents":2' in said, said
    site.ctl("verify", "--topics")


def parties(reference, number, *names, release="96A"):
    return edifact.other("PARTIN", reference, [
        f"BGM+10+{number}+4", "DTM+137:20260302:102", f"NAD+MS+{edifact.BUYER}::9", "UNS+D",
        *(segment for name in names for segment in (f"NAD+DP+{name}", "CTA+OC+:Ann", "COM+ann@acme.example:EM"))], release)


def test_what_buyers_tell_of_their_parties_is_noted_for_people(site):
    start(site)
    test_edifact.put(site, "one.edi", edifact.interchange(
        "P1", parties(1, "PI-1", "4012345000023::9++Acme Works:Hall 7+Long Street 17+Hamburg++20095+DE"),
        parties(2, "PI-2", "")))
    refusal, = test_edifact.sent(site, "APERAK", 1)
    is_sound(site, "aperak.edi", refusal)
    equal("refused", (edifact.get(refusal, "BGM")[0][-1], edifact.get(refusal, "RFF")[0][0], edifact.get(refusal, "ERC")),
          (["27"], ["ACW", "PI-2"], [[["UNNAMED"]]]))
    wait_for("the other is noted", lambda: site.value("SELECT count(*) FROM party_message") == "1", 30)
    listed = json.loads(site.ctl("party", "list", "--account", "ACME", "--json"))
    equal("listed", [listed[field] for field in ("message_number", "function", "role", "name", "street", "contacts")],
          ["PI-1", "change", "DP", "Acme Works Hall 7", "Long Street 17", "OC Ann, ann@acme.example"])
    told, = site.topics.documents("events", 1)
    equal("told on Kafka", (told["message_number"], told["parties"][0]["city"]), ("PI-1", "Hamburg"))
    answers = site.topics.documents("acknowledgements", 2)
    equal("answered", {one["document_number"]: one["status"] for one in answers}, {"PI-1": "accepted", "PI-2": "rejected"})
    equal("the account is as the ERP says", site.value("SELECT name FROM account WHERE account = 'ACME'"), "Buyer ACME")
    site.ctl("verify", "--topics")


def test_partners_are_told_of_our_parties(site):
    start(site, edifact.PARTNER.replace("D96A", "D01B"))
    ours = {"role": "SU", "id": edifact.SELLER, "id_agency": "9", "name": "The Seller", "street": "", "city": "Berlin",
            "region": "", "postcode": "10115", "country": "DE", "valid_from": None, "references": [], "contacts": []}
    site.topics.send("erp", ("PartyAnnouncement", {
        "account": "ACME", "announcement_number": "OUR-1", "partner": "acme", "function": "change",
        "announced_at": make.NOW, "note": "We have moved", "test": False, "parties": [ours]}))
    site.topics.flush()
    message, = test_edifact.sent(site, "PARTIN", 1)
    is_sound(site, "partin.edi", message)
    equal("what", (edifact.get(message, "BGM")[0][1:], edifact.get(message, "NAD")[-1][5]), ([["OUR-1"], ["4"]], ["Berlin"]))
    listed = json.loads(site.ctl("party", "list", "--ours", "--json"))
    equal("listed", (listed["partner"], listed["name"]), ("acme", "The Seller"))
    site.ctl("verify", "--topics")


@slow
def test_requests_are_answered_once_though_the_daemon_dies(site):
    """Killed twice amid requests, enquiries and a catalogue in parts: each is answered, with one content."""
    site.partner("acme", edifact.PARTNER)
    daemon = site.daemon(roles=test_edifact.ROLES, catalogue={"lines_max": 1}, batch={"orders": 5},
                         kafka=["session.timeout.ms=3000", "heartbeat.interval.ms=500",
                                f"bootstrap.servers={site.kafka.bootstrap}"])
    trade.set_up(site)
    site.announce(r" warning \S+: ")
    for name in ("Q", "S"):
        messages = [edifact.request(n, f"RQ-{n}", [("P-1", n), ("P-2", 1)]) if name == "Q" else
                    edifact.enquiry(n, f"SQ-{n}", f"E-{n}") for n in range(1, 201)]
        test_edifact.put(site, f"{name}.edi", edifact.interchange(name, *messages))
    site.ctl("catalogue", "send", "ACME", "--partner", "acme", "--wait", "0")
    for answers in (20, 90):
        wait_for("some are answered", lambda: int(site.value("SELECT count(*) FROM quotation")) >= answers, 60)
        daemon.kill()
        daemon.start()
    test_edifact.sent(site, "QUOTES", 200, 120)
    test_edifact.sent(site, "OSTRPT", 200, 120)
    test_edifact.sent(site, "PRICAT", 3, 60)
    quotes = site.topics.documents("quotes", 203)
    numbers = [one["request_number"] for one in quotes if "quotation_id" in one]
    equal("each told once", sorted(numbers), sorted(f"RQ-{n}" for n in range(1, 201)))
    equal("the catalogue's parts", [one["part"] for one in quotes if "catalogue_id" in one], ["first", "next", "last"])
    told = [one["request_number"] for one in site.topics.documents("acknowledgements", 200)]
    equal("each enquiry once", sorted(told), sorted(f"SQ-{n}" for n in range(1, 201)))
    equal("files", [len(test_edifact.sent(site, kind, 1)) for kind in ("QUOTES", "OSTRPT", "PRICAT")], [200, 200, 3])
    site.ctl("verify", "--topics")
