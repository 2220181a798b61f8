# SPDX-License-Identifier: Apache-2.0
"""The messages around orders: EDIFACT in, the answer's file out."""
import datetime

import edifact
import test_edifact
import trade
from trade import equal


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
    equal("days", (dates["36"] - dates["7"]).days, 10)
    equal("lines", [line[1] for line in edifact.get(quote, "LIN")], [["5"], ["7"], ["7"]])
    equal("the account's price", [price[0][:2] for price in edifact.get(quote, "PRI")], [["AAA", "9"]])
    equal("amounts", [amount[0] for amount in edifact.get(quote, "MOA")], [["203", "45"], ["79", "45"]])
    test_edifact.fetch_all(site)
    test_edifact.put(site, "again.edi", edifact.interchange(
        "Q2", edifact.request(1, "RQ-1", [("P-1", 5), ("P-9", 1), ("OLD", 2)])))
    again, = test_edifact.sent(site, "QUOTES", 1)
    equal("the same bytes again", again, quote)
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
