# SPDX-License-Identifier: Apache-2.0
"""cXML by HTTP: OrderRequest in, Response at once, ConfirmationRequest later."""
import re
import socket
import time
import urllib.error
import urllib.request

import trade
from harness import partner
from harness.process import wait_for
from trade import equal

ROLES = ["worker", "status", "cxml", "deliveries"]
SECRET = "s3cret-of-acme"
DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd">\n'
YES = b'<?xml version="1.0"?><cXML payloadID="1@acme" timestamp="2026-03-02T10:00:00+00:00"><Response>' \
      b'<Status code="200" text="OK"/></Response></cXML>'

PARTNER = """
account = "ACME";
cxml = {
    identities = ( { domain = "DUNS"; identity = "111111111"; } );
    us = { domain = "DUNS"; identity = "999999999"; };
    secrets = ( "%s" );
    url = "%s";
};
"""


def start(site, answers=((200, YES),)):
    inbox = partner.Inbox(answers)
    site.partner("acme", PARTNER % (SECRET, inbox.url))
    daemon = site.daemon(roles=ROLES, deliveries={"first_delay_ms": 200, "most_delay_ms": 1000})
    trade.set_up(site)
    return inbox, f"http://127.0.0.1:{daemon.settings['cxml']['port']}/cxml"


def order(number, part="P-1", quantity="5", secret=SECRET, identity="111111111", payload="1@acme", doctype=DOCTYPE,
          header='type="new"', kind="OrderRequest", total="45.00"):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
{doctype}<cXML payloadID="{payload}" timestamp="2026-03-02T10:00:00+01:00" xml:lang="en">
<Header>
<From><Credential domain="DUNS"><Identity>{identity}</Identity></Credential></From>
<To><Credential domain="DUNS"><Identity>999999999</Identity></Credential></To>
<Sender><Credential domain="DUNS"><Identity>{identity}</Identity><SharedSecret>{secret}</SharedSecret></Credential>
<UserAgent>test</UserAgent></Sender>
</Header>
<Request deploymentMode="production"><{kind}>
<OrderRequestHeader orderID="{number}" orderDate="2026-03-02T10:00:00+01:00" {header}>
<Total><Money currency="EUR">{total}</Money></Total>
</OrderRequestHeader>
<ItemOut quantity="{quantity}" lineNumber="1"><ItemID><SupplierPartID>{part}</SupplierPartID></ItemID>
<ItemDetail><UnitPrice><Money currency="EUR">9.00</Money></UnitPrice><Description xml:lang="en">A part</Description>
<UnitOfMeasure>EA</UnitOfMeasure><Classification domain="UNSPSC">39111500</Classification></ItemDetail></ItemOut>
</{kind}></Request></cXML>""".encode()


def status(answer):
    """The code of the cXML Status in an HTTP answer."""
    found = re.search(rb'<Status\s[^>]*code="(\d+)"', answer[1])
    assert found, f"no Status in HTTP {answer[0]}: {answer[1][:300]}"
    return int(found.group(1))


def test_order_is_answered_and_confirmed_after_failures(site):
    site.announce(r" warning \S+: .*deliver")
    inbox, url = start(site, [(500, b"broken"), (503, b""), (200, YES)])
    answer = partner.post(url, order("C-1"))
    equal("answer", (answer[0], status(answer)), (200, 200))
    posts = inbox.wait(3)
    equal("same bytes each time", len({body for _, _, body in posts[:3]}), 1)
    confirmation = posts[2][2].decode()
    for text in ("ConfirmationRequest", 'orderID="C-1"', 'type="accept"', "999999999", "111111111"):
        assert text in confirmation, f"no {text} in {confirmation}"
    wait_for("it counts as delivered", lambda: site.value("SELECT state FROM delivery") == "delivered", 20)
    equal("posts", len(inbox.received), 3)
    site.ctl("verify", "--topics")


def test_refusals_speak_cxml(site):
    site.announce(r" warning \S+: ")
    inbox, url = start(site)
    bomb = '<!DOCTYPE cXML [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) + "]>\n"
    outside = '<!DOCTYPE cXML [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
    wrong = {
        "wrong secret": (order("R-1", secret="guess"), 401),
        "unknown sender": (order("R-2", identity="222222222"), 401),
        "no XML": (b"hello", 406),
        "cut": (order("R-3")[:700], 406),
        "XML bomb": (order("&j;", doctype=bomb), 406),
        "external entity": (order("&x;", doctype=outside), 406),
        "other kind": (order("R-4", kind="InvoiceDetailRequest"), 450),
        "no quantity": (order("R-5", quantity="lots"), 400),
        "no number": (order(""), 400),
        "deep": (b"<cXML>" + b"<a>" * 100000, 406),
    }
    for what, (body, code) in wrong.items():
        answer = partner.post(url, body)
        equal(what, status(answer), code)
        assert b"root:" not in answer[1] and SECRET.encode() not in answer[1], f"{what}: {answer[1]}"
    answer = partner.post(url, order("GOOD", doctype=""))
    equal("no DOCTYPE is needed", (answer[0], status(answer)), (200, 200))
    inbox.wait(1)
    equal("orders", site.value("SELECT string_agg(order_number, ' ') FROM sales_order"), "GOOD")
    log = site.daemons["a"].log.read_text()
    assert SECRET not in log and "guess" not in log, "a secret is in the log"
    site.ctl("verify", "--topics")


def test_too_large_and_other_methods(site):
    site.announce(r" warning \S+: ")
    inbox, url = start(site)
    answer = partner.post(url, order("BIG").replace(b"A part", b"x" * 12_000_000))
    assert answer[0] >= 400 or status(answer) >= 400, answer
    try:
        got = urllib.request.urlopen(url, timeout=10).status
    except urllib.error.HTTPError as refusal:
        got = refusal.code
    equal("GET", got, 405)
    equal("good afterwards", status(partner.post(url, order("GOOD"))), 200)
    inbox.wait(1)


def test_a_repeat_is_answered_again_and_changes_nothing(site):
    inbox, url = start(site)
    first = partner.post(url, order("C-1"))
    inbox.wait(1)
    equal("a repeat", partner.post(url, order("C-1")), first)
    equal("another order under the same payloadID", status(partner.post(url, order("C-2", quantity="6", total="54.00"))), 200)
    inbox.wait(2)
    wait_for("two orders", lambda: site.value("SELECT count(*) FROM sales_order") == "2", 20)
    equal("reserved", site.value("SELECT reserved / 1000000 FROM stock WHERE product = 'P-1'"), "11")
    site.ctl("verify", "--topics")


def test_database_away_means_try_again(site):
    site.announce(r" warning \S+: ", r" error \S+: ")
    inbox, url = start(site)
    site.postgres.stop(immediate=True)
    answer = partner.post(url, order("LATER"), seconds=60)
    assert answer[0] in (500, 503) and status(answer) >= 500, answer
    site.postgres.start()
    wait_for("the same order is taken", lambda: status(partner.post(url, order("LATER"))) == 200, 60, every=0.5)
    inbox.wait(1)
    equal("orders", site.value("SELECT count(*) FROM sales_order"), "1")
    site.ctl("verify", "--topics")


def test_a_silent_partner_keeps_nobody_waiting(site):
    """A server that takes connections and never answers: the other partner's confirmation goes out meanwhile, and
    a repeat of an order whose confirmation is being sent is taken at once."""
    site.announce(r" warning \S+: .*deliver")
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        site.partner("silent", PARTNER.replace("ACME", "POOR").replace("111111111", "222222222") %
                     ("silent-secret", f"http://127.0.0.1:{silent.getsockname()[1]}/"))
        inbox, url = start(site)
        def from_silent(number):
            return partner.post(url, order(number, quantity="1", total="9.00", secret="silent-secret",
                                           identity="222222222"))
        for number in ("S-1", "S-2", "S-3", "S-4", "S-5"):
            equal("answer", status(from_silent(number)), 200)
        silent.settimeout(30)
        held, _ = silent.accept()
        with held:
            equal("answer", status(partner.post(url, order("C-1"))), 200)
            inbox.wait(1, 10)
            begun = time.monotonic()
            equal("answer to a repeat", status(from_silent("S-1")), 200)
            trade.answers(site, "C-1", "S-1", "S-2", "S-3", "S-4", "S-5")
            assert time.monotonic() - begun < 15, "a repeat has waited for the partner's server"
        site.ctl("verify")
        for daemon in site.daemons.values():
            daemon.kill()
