# SPDX-License-Identifier: Apache-2.0
"""What people at the command line rely on: prices from a file, dead letters put away, exit statuses."""
import json

import documents as make
import edifact
import test_edifact
import trade
from harness.process import wait_for
from trade import equal


def test_prices_from_a_file(site):
    site.daemon()
    trade.set_up(site)
    file = site.logs / "prices.csv"
    file.write_text("product;account;currency;unit;valid_from;from_quantity;unit_price\n"
                    "P-1;ACME;EUR;C62;2020-01-02;;8,5\nP-1;ACME;EUR;C62;2020-01-02;100;7\nP-2;;EUR;C62;2020-01-02;;20\n")
    told = site.ctl("load", "prices", "--dry-run", file)
    equal("what would be", told, "2 prices of 3 lines would be published\n")
    before = site.value("SELECT count(*) FROM condition_record")
    equal("said as JSON", json.loads(site.ctl("load", "prices", "--json", file)),
          {"lines": 3, "documents": 2, "errors": 0, "published": True})
    wait_for("both prices", lambda: site.value("SELECT count(*) FROM condition_record") == str(int(before) + 2), 60)
    trade.send(site, make.order("ACME", "L-1", [make.line(1, "P-1", 100)]))
    answer, = trade.answers(site, "L-1")
    equal("the step of the scale", float(answer["lines"][0]["unit_price"]), 7.0)
    file.write_text(file.read_text() + "P-3;;EUX;C62;2020-01-02;;1\n")
    site.ctl("load", "prices", file, status=1)
    equal("nothing more was sent", site.value("SELECT count(*) FROM condition_record"), str(int(before) + 2))


def test_dead_letters_are_put_away(site):
    site.announce(r" warning \S+: .*document_parked", r"document_parked")
    site.daemon()
    trade.set_up(site)
    site.topics.send("erp", make.price("P-1", 5, currency="XXQ"), make.price("P-1", 6, currency="XXQ"))
    site.topics.flush()

    def letters(*words):
        return [json.loads(line) for line in site.ctl("dead-letter", "list", "--json", *words).splitlines()]
    first, second = wait_for("two letters", lambda: letters() if len(letters()) == 2 else None, 60)
    site.ctl("dead-letter", "dismiss", first["id"], status=2)
    site.ctl("dead-letter", "dismiss", "--why", "old", first["id"], "9-9", status=1)
    equal("all or none", len(letters()), 2)
    site.ctl("dead-letter", "dismiss", "--why", "a test of the ERP's", first["id"])
    equal("listed", [one["id"] for one in letters()], [second["id"]])
    gone, = [one for one in letters("--all") if one["id"] == first["id"]]
    equal("why", gone["dismissed_why"], "a test of the ERP's")
    assert gone["dismissed_by"] and gone["dismissed_at"], gone
    assert "a test of the ERP's" in site.ctl("dead-letter", "show", first["id"]), "show"
    site.ctl("dead-letter", "dismiss", "--why", "again", first["id"], status=1)
    equal("counted", json.loads(site.ctl("status", "--json"))["dead_letters"], 1)
    site.ctl("verify", "--topics")


def test_exit_statuses(site):
    site.announce(r" warning \S+: .*(file_bad|sender_unknown)", r"file_bad", r"sender_unknown")
    site.partner("acme", edifact.PARTNER)
    site.daemon(roles=test_edifact.ROLES)
    trade.set_up(site)
    for words in (("order", "show", "9-9"), ("order", "why", "NO-SUCH"), ("order", "events", "9-9"), ("approve", "9-9"),
                  ("dead-letter", "show", "9-9"), ("dead-letter", "retry", "9-9"), ("delivery", "retry", "none"),
                  ("edi", "show", "none"), ("edi", "resend", "none"), ("edi", "reprocess", "none"),
                  ("partner", "test", "nobody")):
        site.ctl(*words, status=1)
    for words in (("order", "list", "--state", "none"), ("edi", "list", "--since", "then"), ("edi", "list", "--state", "none"),
                  ("edi", "list", "--direction", "up"), ("company", "list", "--status", "none"),
                  ("user", "list", "ACME", "--role", "none"), ("delivery", "list", "--state", "none"), ("tail", "none"), ("publish", "/nonexistent"), ("order", "show"),
                  ("order", "list", "--config", "/nonexistent")):
        site.ctl(*words, status=2)
    for words in (("order", "list"), ("edi", "list"), ("edi", "unknown"), ("dead-letter", "list"), ("partner", "list")):
        site.ctl(*words)
    # What a partner sends is no error of ours.
    test_edifact.put(site, "stranger.edi", edifact.interchange("S-1", edifact.message(1, "E-9", [("P-1", 1)]),
                                                               sender="4000000000006"))
    wait_for("it is in the archive", lambda: site.value("SELECT count(*) FROM archive WHERE state = 'unknown'") == "1", 30)
    status = wait_for("a heartbeat", lambda: json.loads(site.ctl("status", "--json")), 30)
    equal("last error", [one["last_error"] for one in status["processes"]], [""])
    trade.send(site, make.order("ACME", "X-1", [make.line(1, "P-1", 1)]))
    trade.answers(site, "X-1")
    assert " 9.00 " in site.ctl("order", "events", "X-1"), site.ctl("order", "events", "X-1")
