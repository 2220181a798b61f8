# SPDX-License-Identifier: Apache-2.0
"""The day of an EDI desk: what partners say of what we sent, what is overdue, who is unknown, and sending again."""
import json
import signal

import edifact
import test_edifact
import trade
from harness.process import wait_for
from test_edifact import ROLES, put, sent
from trade import equal

PARTNER = edifact.PARTNER.replace("directory", "acknowledge = true;\n    ack_within_minutes = 30;\n    directory")
STRANGER = "4000000000006"


def start(site, partner=PARTNER):
    site.partner("acme", partner)
    site.daemon(roles=ROLES)
    trade.set_up(site)


def order(site, number):
    """One order; the ORDRSP that came out."""
    put(site, f"{number}.edi", edifact.interchange(number, edifact.message(1, number, [("P-1", 1)])))

    def answer():
        for path in test_edifact.files(site, "out"):
            data = path.read_bytes()
            if edifact.kind(data) == "ORDRSP" and f"ON:{number}".encode() in data:
                return data
        return None
    return wait_for(f"an ORDRSP for {number}", answer, 60)


def control(data):
    return edifact.get(data, "UNB")[0][4][0]


def report(reference, *segments, action="7"):
    """A CONTRL of the buyer on an interchange of ours."""
    body = [f"UCI+{reference}+{edifact.SELLER}:14+{edifact.BUYER}:14+{action}", *segments]
    return edifact.interchange(f"C{reference}", ["UNH+1+CONTRL:D:3:UN", *body, f"UNT+{len(body) + 2}+1"])


def ack(site, reference):
    return site.value(f"SELECT ack FROM delivery WHERE control = '{reference}'")



def test_reports_of_partners_are_noted(site):
    site.announce(r" warning \S+: .*(partner_refused|report_unmatched|report_overdue)", r"partner_refused",
                  r"report_unmatched", r"report_overdue")
    start(site)
    references = [control(order(site, f"E-{n}")) for n in range(1, 5)]
    asked = edifact.get(order(site, "E-5"), "UNB")[0]
    equal("we ask for a CONTRL (UNB 0031)", asked[8][0], "1")
    equal("awaited", {ack(site, one) for one in references}, {"awaited"})
    put(site, "c1.edi", report(references[0]))
    put(site, "c2.edi", report(references[1], "UCM+1+ORDRSP:D:96A:UN+4+12", "UCS+3+12", "UCD+12+1:2"))
    put(site, "c3.edi", report(references[2], action="4+23"))
    put(site, "c4.edi", report("999"))
    wanted = dict(zip(references, ("accepted", "errors", "rejected", "awaited")))
    wait_for("reports noted", lambda: {one: ack(site, one) for one in references} == wanted, 30)
    said = site.value(f"SELECT ack_text FROM delivery WHERE control = '{references[1]}'")
    equal("what was said", said, "action 7; message 1: action 4, code 12; segment 3, code 12; element 1.2, code 12")
    site.query(f"UPDATE delivery SET delivered_at = delivered_at - interval '2 hours' "
               f"WHERE control = '{references[3]}'")
    wait_for("overdue", lambda: ack(site, references[3]) == "overdue", 30)
    wait_for("published", lambda: site.value(
        "SELECT count(*) FROM outbox WHERE type = 'InterchangeEvent'") == "4", 30)
    site.ctl("verify", "--topics")
    told = wait_for("events", lambda: {one["kind"]: one for one in all_events(site)}
                    if len(all_events(site)) == 4 else None, 30)
    equal("kinds", sorted(told), ["errors", "overdue", "rejected", "unmatched"])
    equal("of which interchange", told["rejected"]["control_reference"], references[2])
    equal("account", {one["account"] for one in told.values()}, {"ACME"})
    # The late report counts, and a repeated file changes nothing.
    put(site, "late.edi", report(references[3]))
    put(site, "again.edi", report(references[2], action="4+23"))
    wait_for("the late report", lambda: ack(site, references[3]) == "accepted", 30)
    wait_for("nothing is left in in/", lambda: not test_edifact.files(site, "in"), 30)
    equal("events", len(all_events(site)), 4)
    equal("CONTRL is not answered", site.value("SELECT count(*) FROM delivery WHERE id LIKE 'contrl%'"), "5")
    site.ctl("verify", "--topics")


def all_events(site):

    lines = site.ctl("tail", "events", "--json").splitlines()
    return [one for one in map(json.loads, lines) if "control_reference" in one]


def test_interchanges_are_archived_with_what_they_are(site):
    site.announce(r" warning \S+: ")
    start(site)
    order(site, "E-1")
    put(site, "again.edi", edifact.interchange("E-1", edifact.message(1, "E-1", [("P-1", 1)])))
    put(site, "other.edi", edifact.interchange("E-1", edifact.message(1, "E-1", [("P-1", 2)])))
    put(site, "stranger.edi", edifact.interchange("S-1", edifact.message(1, "E-9", [("P-1", 1)]), sender=STRANGER))
    put(site, "partly.edi", edifact.interchange("P-1", edifact.message(1, "E-2", [("P-1", 1)]),
                                                edifact.message(2, "E-3", [("P-1", "many")])))
    wait_for("nothing is left in in/", lambda: not test_edifact.files(site, "in"), 30)
    rows = site.query("SELECT state, partner, control, sender, kind, messages, refused FROM archive"
                      " WHERE direction = 'i' ORDER BY state")
    acme, stranger = f"14:{edifact.BUYER}", f"14:{STRANGER}"
    equal("what came", sorted(map(tuple, rows)), sorted([
        ("taken", "acme", "E-1", acme, "ORDERS", "1", "0"), ("repeated", "acme", "E-1", acme, "ORDERS", "1", "0"),
        ("conflict", "acme", "E-1", acme, "ORDERS", "1", "0"), ("partly", "acme", "P-1", acme, "ORDERS", "2", "1"),
        ("unknown", "", "S-1", stranger, "ORDERS", "1", "1")]))
    findings = site.value("SELECT findings FROM archive WHERE state = 'partly'")
    assert "many" in findings, findings
    sent(site, "ORDRSP", 2)
    kinds = site.query("SELECT DISTINCT kind, sender, receiver FROM archive WHERE direction = 'o' ORDER BY kind")
    equal("what went", kinds, [[kind, f"14:{edifact.SELLER}", acme] for kind in ("CONTRL", "ORDRSP")])
    equal("each has its delivery", site.value(
        "SELECT count(*) FROM archive a JOIN delivery d ON d.id = a.delivery AND d.control = a.control"),
        site.value("SELECT count(*) FROM archive WHERE direction = 'o'"))
    site.ctl("verify", "--topics")


def message_of(data):
    return [segment for segment in edifact.segments(data) if segment[0][0] not in ("UNB", "UNZ")]


def rows(site, *words):
    return [json.loads(line) for line in site.ctl(*words, "--json").splitlines()]


def test_sending_and_taking_again(site):
    site.announce(r" warning \S+: ")
    start(site)
    answer = order(site, "E-1")
    sent(site, "CONTRL", 1)
    wait_for("both delivered", lambda: not rows(site, "delivery", "list"), 30)
    test_edifact.fetch_all(site)
    out = {one["kind"]: one for one in rows(site, "edi", "list", "--partner", "acme", "--direction", "out")}
    equal("what went", {kind: one["state"] for kind, one in out.items()},
          {"CONTRL": "delivered", "ORDRSP": "delivered"})
    equal("by order", len(rows(site, "edi", "list", "--order", "E-1")), 3)
    equal("awaited", [one["id"] for one in rows(site, "edi", "list", "--state", "awaited", "--since", "1h")],
          [out["ORDRSP"]["id"]])

    site.ctl("edi", "resend", out["ORDRSP"]["id"])
    equal("the same bytes", sent(site, "ORDRSP", 1)[0], answer)
    test_edifact.fetch_all(site)
    site.ctl("edi", "resend", out["ORDRSP"]["id"], "--new-reference")
    anew, = sent(site, "ORDRSP", 1)
    assert control(anew) != control(answer), "the reference is the old one"
    equal("but for the reference", message_of(anew), message_of(answer))
    equal("linked", site.value("SELECT original FROM delivery WHERE original <> ''"), out["ORDRSP"]["delivery"])
    site.ctl("edi", "resend", out["CONTRL"]["id"], "--new-reference", status=1)
    site.ctl("edi", "resend", "999999", status=1)

    came, = rows(site, "edi", "list", "--direction", "in")
    site.ctl("edi", "resend", came["id"], status=1)
    test_edifact.fetch_all(site)
    told = site.ctl("edi", "reprocess", came["id"])
    assert told.startswith("1 message taken, 0 refused"), told
    sent(site, "CONTRL", 1)
    again = rows(site, "edi", "list", "--direction", "in")[0]
    equal("taken once more", (again["state"], again["original"], again["control"]), ("taken", came["id"], "E-1"))
    wait_for("the repeat is decided", lambda: site.value("SELECT count(*) FROM outcome") != "0", 30)
    site.ctl("verify", "--topics")
    equal("one order", site.value("SELECT count(*) FROM sales_order"), "1")

    shown = site.ctl("edi", "show", came["id"])
    for text in ("BGM+220+E-1+9'", "Control reference", "taken", f"14:{edifact.BUYER}"):
        assert text in shown, shown
    assert site.ctl("edi", "show", came["id"], "--raw").startswith("UNB+UNOC:3+"), "raw bytes"


def test_a_delivery_that_was_given_up_is_tried_again(site):
    site.announce(r" warning \S+: ")
    start(site)
    put(site, "one.edi", edifact.interchange("R-1", edifact.message(1, "E-1", [("P-1", 1)])))
    sent(site, "ORDRSP", 1)
    test_edifact.fetch_all(site)
    site.query("UPDATE delivery SET state = 'given_up', last_error = 'no', delivered_at = NULL WHERE id LIKE 'ack/%'")
    owed, = rows(site, "delivery", "list")
    equal("given up", (owed["state"], owed["partner"]), ("given_up", "acme"))
    site.ctl("delivery", "retry", owed["id"])
    sent(site, "ORDRSP", 1)
    wait_for("delivered", lambda: not rows(site, "delivery", "list"), 30)
    site.ctl("delivery", "retry", owed["id"], status=1)
    site.ctl("verify", "--topics")


def test_partners_are_read_anew(site):
    site.announce(r" warning \S+: ", r"reload_failed")
    start(site)
    data = edifact.interchange("S-1", edifact.message(1, "E-7", [("P-1", 1)]), sender=STRANGER)
    put(site, "stranger.edi", data)
    stranger, = wait_for("listed", lambda: rows(site, "edi", "unknown"), 30)
    equal("who", (stranger["sender"], stranger["interchanges"]), (f"14:{STRANGER}", 1))
    daemon = next(iter(site.daemons.values()))

    site.partner("new", "account = ")
    daemon.process.signal(signal.SIGHUP)
    wait_for("the fault is told", lambda: "new.conf:1" in daemon.log.read_text(), 30)
    order(site, "E-1")

    (site.maps / "partners/new.conf").unlink()
    add = ["partner", "add", "new", "--account", "ACME", "--edifact", stranger["sender"], "--us", stranger["receiver"]]
    site.ctl(*[word if word != stranger["sender"] else f"14:{edifact.BUYER}" for word in add], status=1)
    assert not (site.maps / "partners/new.conf").exists(), "a file that does not fit stays"
    site.ctl(*add)
    site.ctl(*add, status=1)
    site.ctl("partner", "test", "new")
    file = site.logs / "try.edi"
    file.write_bytes(data)
    told = site.ctl("partner", "test", "new", file)
    for text in ("1 message taken, 0 refused", '"order_number":"E-7"', "UCI+S-1+"):
        assert text in told, told
    told = site.ctl("partner", "test", "acme", file, status=1)
    assert "the sender is partner new, not acme" in told, told
    file.write_bytes(data.replace(b"QTY+21:1", b"QTY+21:many"))
    told = site.ctl("partner", "test", "new", file, status=1)
    assert "many" in told and "UCM+1+ORDERS:D:96A:UN+4" in told, told
    equal("nothing was stored", site.value("SELECT count(*) FROM archive WHERE partner = 'new'"), "0")
    daemon.process.signal(signal.SIGHUP)
    wait_for("read anew", lambda: "reloaded" in daemon.log.read_text(), 30)
    told = site.ctl("edi", "reprocess", stranger["last_id"])
    assert told.startswith("1 message taken"), told
    equal("nobody is unknown now", rows(site, "edi", "unknown"), [])
    sent(site, "ORDRSP", 2)
    put(site, "again.edi", data)
    wait_for("nothing is left in in/", lambda: not test_edifact.files(site, "in"), 30)
    equal("its own repeat is one", rows(site, "edi", "list", "--partner", "new", "--direction", "in")[0]["state"],
          "repeated")
    site.ctl("verify", "--topics")


def test_ranges_of_control_references(site):
    start(site, PARTNER.replace("directory", 'numbers = ( { message = "ORDRSP"; prefix = "R"; width = 6; },\n'
                                '        { prefix = "C"; width = 3; } );\n    association = "EAN005";\n    directory'))
    answers = [order(site, f"E-{n}") for n in range(1, 3)]
    equal("answers", [control(one) for one in answers], ["R000001", "R000002"])
    equal("other messages", sorted(control(one) for one in sent(site, "CONTRL", 2)), ["C001", "C002"])
    equal("association", edifact.get(answers[0], "UNH")[0][1], ["ORDRSP", "D", "96A", "UN", "EAN005"])
    put(site, "c.edi", report("R000002"))
    wait_for("the report is noted", lambda: ack(site, "R000002") == "accepted", 30)
    site.ctl("verify", "--topics")


def test_a_rejected_order_is_told_by_aperak_first(site):
    start(site, PARTNER.replace("directory", "aperak = true;\n    directory"))
    order(site, "E-1")
    put(site, "bad.edi", edifact.interchange("E-2", edifact.message(1, "E-2", [("NO-SUCH-PART", 1)])))
    aperak, = sent(site, "APERAK", 1)
    answer, = [one for one in sent(site, "ORDRSP", 2) if b"ON:E-2" in one]
    equal("in this order", int(control(aperak)) > 0 and edifact.get(answer, "BGM")[0][2][0], "27")
    equal("of which order", edifact.get(aperak, "RFF")[0][0], ["ON", "E-2"])
    equal("why", edifact.get(aperak, "ERC")[0][0][0][:7], "PRODUCT")
    delivered = site.query("SELECT type FROM delivery WHERE reference = 'E-2/1' AND type <> '' ORDER BY delivered_at")
    equal("sent first", [one for one, in delivered], ["APERAK", "OrderResponse"])
    file = site.logs / "aperak.edi"
    file.write_bytes(aperak)
    assert site.ctl("edi", "check", file).startswith("1 interchanges, 1 messages, 0 errors"), aperak
    site.ctl("verify", "--topics")


def test_references_come_again_after_the_window(site):
    site.announce(r" warning \S+: ")
    start(site, PARTNER.replace("directory", "duplicate_days = 30;\n    directory"))
    put(site, "one.edi", edifact.interchange("R-1", edifact.message(1, "E-1", [("P-1", 1)])))
    first, = sent(site, "CONTRL", 1)
    sent(site, "ORDRSP", 1)
    put(site, "soon.edi", edifact.interchange("R-1", edifact.message(1, "E-2", [("P-1", 1)])))
    refusal, = [one for one in sent(site, "CONTRL", 2) if one != first]
    equal("too soon", edifact.get(refusal, "UCI")[0][3:5], [["4"], ["26"]])
    site.query("UPDATE received SET at = at - interval '31 days'")
    data = edifact.interchange("R-1", edifact.message(1, "E-3", [("P-1", 1)]))
    put(site, "late.edi", data)
    accepted, = [one for one in sent(site, "CONTRL", 3) if one not in (first, refusal)]
    equal("late enough", edifact.get(accepted, "UCI")[0][3][0], "7")
    sent(site, "ORDRSP", 2)
    test_edifact.fetch_all(site)
    put(site, "again.edi", data)
    equal("a repeat gets the same answer", sent(site, "CONTRL", 1)[0], accepted)
    equal("orders", site.value("SELECT string_agg(order_number, ' ' ORDER BY id) FROM sales_order"), "E-1 E-3")
    site.ctl("verify", "--topics")


def events_of(site, count):
    return wait_for(f"{count} events", lambda: all_events(site) if len(all_events(site)) == count else None, 30)


def test_a_number_with_other_content_is_refused(site):
    site.announce(r" warning \S+: .*(number_conflict|file_bad)", r"number_conflict", r"file_bad")
    start(site)
    order(site, "N-1")
    test_edifact.fetch_all(site)
    # The same order in another interchange: the worker answers as before.
    put(site, "same.edi", edifact.interchange("I-2", edifact.message(7, "N-1", [("P-1", 1)])))
    sent(site, "ORDRSP", 1)
    equal("taken", site.value("SELECT state FROM archive WHERE control = 'I-2'"), "taken")
    test_edifact.fetch_all(site)
    # Other content, beside an order that nobody has seen.
    put(site, "other.edi", edifact.interchange("I-3", edifact.message(1, "N-1", [("P-1", 2)]),
                                               edifact.message(2, "N-2", [("P-1", 1)])))
    refusal, = sent(site, "CONTRL", 1)
    equal("the message that is refused", edifact.get(refusal, "UCM"), [[["1"], ["ORDERS", "D", "96A", "UN"], ["4"], ["26"]]])
    sent(site, "ORDRSP", 1)
    first = site.value("SELECT id FROM archive WHERE control = 'N-1' AND direction = 'i'")
    state, refused, findings = site.query("SELECT state, refused, findings FROM archive WHERE control = 'I-3'"
                                          " AND direction = 'i'")[0]
    equal("state", (state, refused), ("partly", "1"))
    assert f'PurchaseOrder ["N-1","",1] came before with other content, in interchange {first} of the archive' in \
        findings, findings
    equal("orders", site.value("SELECT count(*) FROM sales_order"), "2")
    # Refused again, alone; then the same twice in one interchange, and two contents of one number in another.
    put(site, "alone.edi", edifact.interchange("I-4", edifact.message(1, "N-1", [("P-1", 2)])))
    put(site, "both.edi", edifact.interchange("I-5", edifact.message(1, "N-3", [("P-1", 1)]),
                                              edifact.message(2, "N-3", [("P-1", 3)])))
    wait_for("nothing is left in in/", lambda: not test_edifact.files(site, "in"), 30)
    equal("states", site.query("SELECT control, state FROM archive WHERE control IN ('I-4', 'I-5') AND direction = 'i'"
                               " ORDER BY control"), [["I-4", "refused"], ["I-5", "partly"]])
    # Taken once more on request, it is no other content.
    put(site, "last.edi", edifact.interchange("I-6", edifact.message(1, "N-4", [("P-1", 1)])))
    wait_for("taken", lambda: site.value("SELECT id FROM archive WHERE control = 'I-6'"), 30)
    told = site.ctl("edi", "reprocess", site.value("SELECT id FROM archive WHERE control = 'I-6'"))
    assert "1 message taken, 0 refused" in told, told
    wait_for("four orders", lambda: site.value("SELECT count(*) FROM sales_order") == "4", 30)
    equal("dead letters", site.value("SELECT count(*) FROM dead_letter"), "0")
    site.ctl("verify", "--topics")


def test_the_sequence_of_references_is_watched(site):
    site.announce(r" warning \S+: .*(reference_gap|reference_late)", r"reference_gap", r"reference_late")
    start(site, PARTNER.replace("directory", 'sequence = "warn";\n    directory'))
    for position, reference in enumerate(("R007", "R008", "R011", "R009", "R012", "X1", "R999", "R001"), 1):
        put(site, f"{reference}.edi", edifact.interchange(reference, edifact.message(1, f"S-{position}", [("P-1", 1)])))
        wait_for(reference, lambda: site.value(f"SELECT id FROM archive WHERE control = '{reference}'"), 30)
    equal("in sequence or not", {one["control"]: one.get("sequence") for one in rows(site, "edi", "list", "--direction", "in")},
          {"R007": None, "R008": None, "R011": "gap", "R009": "late", "R012": None, "X1": None, "R999": "gap", "R001": None})
    equal("by state", [one["control"] for one in rows(site, "edi", "list", "--state", "late")], ["R009"])
    assert "warning: control reference R011 comes after R008: 2 between them have not come" in \
        site.ctl("edi", "show", "R011"), "edi show"
    told = {one["control_reference"]: one for one in events_of(site, 3)}
    equal("events", {reference: (one["kind"], one["reference"]) for reference, one in told.items()},
          {"R011": ("gap", "R008"), "R009": ("late", "R011"), "R999": ("gap", "R012")})
    # A repeat is no step.
    put(site, "R001.again.edi", edifact.interchange("R001", edifact.message(1, "S-8", [("P-1", 1)])))
    wait_for("nothing is left in in/", lambda: not test_edifact.files(site, "in"), 30)
    equal("still", len(all_events(site)), 3)
    site.ctl("verify", "--topics")


def test_an_answer_that_is_late_is_told(site):
    site.announce(r" warning \S+: .*answer_overdue", r"answer_overdue")
    start(site, PARTNER.replace("directory", "response_minutes = 60;\n    directory"))
    order(site, "A-1")
    site.query("UPDATE account SET status = 'under_check' WHERE account = 'ACME'")
    put(site, "held.edi", edifact.interchange("H-1", edifact.message(1, "A-2", [("P-1", 1)])))
    wait_for("held", lambda: site.value("SELECT count(*) FROM sales_order WHERE state = 1") == "1", 30)
    equal("wanted", site.value("SELECT count(*) FROM answer_due"), "2")
    site.query("UPDATE answer_due SET due_at = due_at - interval '2 hours'")
    told, = events_of(site, 1)
    equal("which", (told["kind"], told["control_reference"], told["reference"]), ("unanswered", "H-1", "A-2"))
    equal("what was answered is forgotten", site.query("SELECT number FROM answer_due"), [["A-2"]])
    equal("in the list", [(one["control"], one["unanswered"]) for one in rows(site, "edi", "list", "--state", "unanswered")],
          [("H-1", "A-2")])
    site.topics.send("erp", *trade.ACCOUNTS)
    site.topics.flush()
    wait_for("answered late", lambda: not rows(site, "edi", "list", "--state", "unanswered"), 60)
    wait_for("forgotten", lambda: site.value("SELECT count(*) FROM answer_due") == "0", 30)
    equal("told once", len(all_events(site)), 1)
    site.ctl("verify", "--topics")


def test_messages_of_two_groups_are_kept_apart(site):
    start(site, PARTNER.replace("directory", "response_minutes = 60;\n    directory"))

    def group(reference, number):
        return [f"UNG+ORDERS+{edifact.BUYER}+{edifact.SELLER}+260302:0930+{reference}+UN+D:96A",
                *edifact.message(1, number, [("P-1", 1)]), f"UNE+1+{reference}"]
    put(site, "groups.edi", edifact.interchange("G-1", group("A", "G-1"), group("B", "G-2")))
    sent(site, "ORDRSP", 2)
    equal("each has an answer of its own", site.query("SELECT reference FROM delivery WHERE type = 'OrderResponse' ORDER BY 1"),
          [["G-1/A/1"], ["G-1/B/1"]])
    equal("and is waited for", site.query("SELECT reference, number FROM answer_due ORDER BY 1"),
          [["G-1/A/1", "G-1"], ["G-1/B/1", "G-2"]])
    equal("by order", len(rows(site, "edi", "list", "--order", "G-2", "--direction", "in")), 1)
    # Once more in another interchange: its answer is the first one.
    test_edifact.fetch_all(site)
    put(site, "again.edi", edifact.interchange("G-2", edifact.message(1, "G-1", [("P-1", 1)])))
    sent(site, "ORDRSP", 1)
    equal("nobody waits twice", site.value("SELECT count(*) FROM answer_due"), "2")
    site.query("UPDATE answer_due SET due_at = due_at - interval '2 hours'")
    wait_for("forgotten", lambda: site.value("SELECT count(*) FROM answer_due") == "0", 30)
    equal("nothing was told", all_events(site), [])
    site.ctl("verify", "--topics")


def test_messages_that_answer_nothing_are_told(site):
    site.announce(r" warning \S+: .*(message_unexpected|file_bad)", r"message_unexpected", r"file_bad")
    start(site)
    put(site, "response.edi", edifact.interchange("U-1", edifact.other("ORDRSP", 5, [
        "BGM+231+X-1+29", "DTM+137:20260302:102", "RFF+ON:NO-SUCH", f"NAD+BY+{edifact.BUYER}::9", "UNS+S"])))
    told, = events_of(site, 1)
    equal("which", (told["kind"], told["control_reference"], told["reference"]), ("unexpected", "U-1", "5"))
    refusal, = sent(site, "CONTRL", 1)
    equal("refused", edifact.get(refusal, "UCM")[0][2:4], [["4"], ["17"]])


def test_old_keys_are_forgotten(site):
    site.announce(r" warning \S+: ")
    start(site, PARTNER.replace("directory", "duplicate_days = 30;\n    directory"))
    order(site, "F-1")
    equal("keys", site.value("SELECT count(*) FROM received"), "3")
    site.query("UPDATE received SET at = at - interval '31 days' WHERE key LIKE 'PurchaseOrder%'")
    wait_for("one is gone", lambda: site.value("SELECT count(*) FROM received") == "2", 40)
    site.ctl("verify", "--topics")


def test_ranges_end_as_they_are_told(site):
    site.announce(r" warning \S+: ", r"file_failed")
    start(site, PARTNER.replace("directory", 'numbers = ( { message = "ORDRSP"; prefix = "R"; width = 3; first = 7; last = 8; '
                                'at_end = "wrap"; },\n        { prefix = "C"; width = 2; last = 4; } );\n    directory'))
    answers = [order(site, f"E-{n}") for n in range(1, 4)]
    equal("begins again", [control(one) for one in answers], ["R007", "R008", "R007"])
    equal("what comes next", [(one["messages"], one["next"], one["left"], one["at_end"]) for one in rows(site, "edi", "numbers", "acme")],
          [("ORDRSP", "R008", 1, "wrap"), ("all others", "C04", 1, "stop")])
    # A report speaks of the youngest that went under its reference.
    put(site, "c.edi", report("R007"))
    wait_for("the report is noted", lambda: site.query("SELECT reference, ack FROM delivery WHERE control = 'R007' ORDER BY "
             "created_at") == [["E-1/1", "awaited"], ["E-3/1", "accepted"]], 30)
    order(site, "E-4")
    put(site, "over.edi", edifact.interchange("E-5", edifact.message(1, "E-5", [("P-1", 1)])))
    why = wait_for("it waits in bad/", lambda: [one for one in test_edifact.files(site, "bad") if one.name == "over.edi.txt"], 30)
    assert "is used up at 4" in why[0].read_text(), why[0].read_text()
    equal("nothing of it was taken", site.value("SELECT count(*) FROM archive WHERE control = 'E-5'"), "0")
    site.ctl("edi", "numbers", "nobody", status=1)
