# SPDX-License-Identifier: Apache-2.0
"""A trading partner that somebody else wrote (mock-edi): it buys from us, and judges what we send."""
import edifact
import test_edifact
import trade
from harness.process import Skip, wait_for
from test_edi_desk import rows
from test_edifact import ROLES, put, sent
from trade import equal

# Its item numbers stand in LIN, under the vendor's qualifier.
PARTNER = """
account = "ACME";
edifact = {
    identities = ( { qualifier = "ZZ"; identity = "MOCKEDI"; } );
    us = { qualifier = "14"; identity = "4098765000010"; };
    directory = "D96A";
    acknowledge = true;
};
overrides = (
    { message = "ORDERS";
      fields = ( { list = "lines"; fields = ( { field = "seller_part"; at = "LIN/C212[7143=VP].7140"; } ); } ); },
    { message = "ORDCHG";
      fields = ( { list = "lines"; fields = ( { field = "seller_part"; at = "LIN/C212[7143=VP].7140"; } ); } ); }
);
"""
# Its dictionary is smaller than the directory: D.96A has these codes, and MOA in the group of LIN.
DIFFERENCES = (": 29 is not a code BGM03", ": 171 is not a code DTM01", ": ACW is not a code RFF01", ": MOA is defined by ORDRSP",
               "one or more segments in error")
LINE = {"sku": "P-1", "quantity": "100", "uom": "PCE", "price": "9.00"}


def ask(mock, path, body):
    answer = mock.post(path, body)
    assert answer.status in (200, 201), (path, answer)
    return answer.body


def start(site):
    """The partner, which knows us as a supplier, and the daemon, which knows it."""
    try:
        from mockedi.testing import Mock
    except ImportError:
        raise Skip("mock-edi is not installed (tests/client.sh)")
    site.partner("mock", PARTNER)
    site.daemon(roles=ROLES)
    trade.set_up(site)
    mock = Mock.start()
    ask(mock, "/_mock/partners", {
        "id": edifact.SELLER, "qualifier": "14", "name": "Seller", "role": "supplier", "dialect": "EDIFACT",
        "version": "D:96A:UN", "test": 0})
    return mock


def fetch(mock, site, name):
    """What the partner has sent us, one interchange a file."""
    data = mock.get("/_mock/mailbox?raw").body
    data = data.encode("latin-1") if isinstance(data, str) else data
    for position, part in enumerate(data.split(b"UNA:+.? '")[1:], 1):
        put(site, f"{name}-{position}.edi", b"UNA:+.? '" + part)
    return data


def hand_over(mock, site, kind, count):
    """Brings the partner what we have sent; each must be taken."""
    found = sent(site, kind, count)
    for data in found:
        told = mock.send(data)
        new = [finding for one in told["transactionSets"] for finding in one["findings"]
               if not any(known in finding for known in DIFFERENCES)]
        assert told["accepted"] and not new, (new, told, data)
    return found


def test_an_independent_buyer(site):
    mock = start(site)
    with mock:
        ask(mock, "/_mock/purchase", {"partner": edifact.SELLER, "po_number": "M-1", "lines": [LINE],
                                                "currency": "EUR", "requested_on": "2026-12-15"})
        fetch(mock, site, "order")
        hand_over(mock, site, "CONTRL", 1)
        answer, = hand_over(mock, site, "ORDRSP", 1)
        equal("accepted", edifact.get(answer, "BGM")[0][2][0], "29")
        equal("awaited", [one["control"] for one in rows(site, "edi", "list", "--state", "awaited")],
              [edifact.get(answer, "UNB")[0][4][0]])
        report = fetch(mock, site, "report")
        equal("it answers with", edifact.kind(report), "CONTRL")
        wait_for("its CONTRL is noted", lambda: rows(site, "edi", "list", "--state", "accepted"), 30)
        order = mock.get("/_mock/orders/M-1").body
        equal("what it has understood", order["lines"][0]["confirmed"], "100")
        equal("it disagrees with nothing", mock.get(f"/_mock/disagreements?partner={edifact.SELLER}").body, [])
        site.ctl("verify", "--topics")


def test_an_independent_buyer_who_changes_his_mind(site):
    mock = start(site)
    with mock:
        ask(mock, "/_mock/purchase", {"partner": edifact.SELLER, "po_number": "M-2", "lines": [LINE],
                                                "currency": "EUR", "requested_on": "2026-12-15"})
        fetch(mock, site, "order")
        hand_over(mock, site, "ORDRSP", 1)
        test_edifact.fetch_all(site)
        ask(mock, "/_mock/purchase/M-2/change", {"lines": [{"line": "1", "quantity": "80"}]})
        fetch(mock, site, "change")
        answer, = hand_over(mock, site, "ORDRSP", 1)
        order = mock.get("/_mock/orders/M-2").body
        equal("what it has understood", order["lines"][0]["confirmed"], "80")
        site.ctl("verify", "--topics")
