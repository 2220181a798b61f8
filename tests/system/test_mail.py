# SPDX-License-Identifier: Apache-2.0
"""Mails to approvers, and the links in them."""
import pathlib
import re
import urllib.parse

import documents as make
import trade
from harness import partner
from harness.mail import MailServer
from harness.process import free_port, wait_for
from trade import equal

ROLES = ["worker", "status", "deliveries", "timers", "links"]
FORM = "application/x-www-form-urlencoded"


def start(site, answers=()):
    mails = MailServer(answers)
    secret = pathlib.Path(site.folder) / "links.secret"
    secret.write_text("0123456789abcdef0123456789abcdef\n")
    port = free_port()
    site.daemon(roles=ROLES, deliveries={"first_delay_ms": 200, "most_delay_ms": 1000},
                mail={"server": mails.url, "from": "orders@seller.example", "plain": True},
                links={"url": f"http://127.0.0.1:{port}", "port": port, "secret_file": secret})
    trade.set_up(site)
    return mails


def link(text, decision):
    return re.search(rf"http://\S+/approval/\S+/{decision}", text).group(0)


def decide(url, decision, remark=""):
    form = urllib.parse.urlencode({"decision": decision, "remark": remark}).encode()
    return partner.post(url, form, FORM)


def test_a_link_approves_once(site):
    mails = start(site)
    trade.send(site, make.order("CAREFUL", "M-1", [make.line(1, "P-1", 100)], user="clerk"))
    to, subject, text = mails.wait(1)[0]
    equal("recipient", to, "boss@careful.example")
    assert "M-1" in subject and "1,000.00 EUR" in subject, subject
    assert "clerk" in text and "above the limit" in text, text
    url = link(text, "approve")
    equal("mails", len(mails.taken), 1)
    for _ in range(2):
        with partner.urllib.request.urlopen(url) as page:
            assert b"M-1" in page.read()
    equal("looking decides nothing", site.value("SELECT state FROM sales_order"), "1")
    equal("approved", decide(url, "approve", "fine é & <b>")[0], 200)
    equal("answer", trade.answers(site, "M-1")[0]["status"], "accepted")
    again = decide(url, "approve")
    equal("again", (again[0], b"already" in again[1]), (200, True))
    other = decide(link(text, "reject"), "reject")
    equal("otherwise", (other[0], b"otherwise" in other[1]), (409, True))
    equal("a made-up link", decide(url.replace("/approval/", "/approval/x"), "approve")[0], 404)
    equal("remark", site.value("SELECT remark FROM approval_task WHERE state = 'approved'"), "fine é & <b>")
    site.ctl("verify", "--topics")


def test_a_mail_goes_out_again_with_the_same_bytes(site):
    site.announce(r" warning \S+: .*deliver")
    mails = start(site, ["451 later", "451 later"])
    trade.send(site, make.order("CAREFUL", "M-2", [make.line(1, "P-1", 100)], user="clerk"))
    mails.wait(1)
    equal("tries", len(mails.tried), 3)
    equal("same bytes", len(set(mails.tried)), 1)
    wait_for("it counts as delivered",
             lambda: site.value("SELECT state FROM delivery WHERE channel = 'mail'") == "delivered", 20)


def test_a_mail_that_is_refused_for_good_is_given_up(site):
    site.announce(r" warning \S+: .*deliver")
    mails = start(site, ["550 no such user"])
    trade.send(site, make.order("CAREFUL", "M-3", [make.line(1, "P-1", 100)], user="clerk"))
    wait_for("it is given up",
             lambda: site.value("SELECT state FROM delivery WHERE channel = 'mail'") == "given_up", 30)
    equal("tries", len(mails.tried), 1)
    equal("the order waits on", site.value("SELECT state FROM sales_order"), "1")
