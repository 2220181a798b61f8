# SPDX-License-Identifier: Apache-2.0
"""EDIFACT by the spool folder: files in, CONTRL and ORDRSP out."""
import os

import edifact
import trade
from harness.process import wait_for
from trade import equal

ROLES = ["worker", "status", "spool", "deliveries"]


def start(site):
    site.partner("acme", edifact.PARTNER)
    site.daemon(roles=ROLES)
    trade.set_up(site)


def put(site, name, data):
    """As a transfer program does it: under another name first, then renamed."""
    folder = site.spool / "in"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f".{name}").write_bytes(data)
    os.rename(folder / f".{name}", folder / name)


def files(site, folder):
    top = site.spool / folder
    return sorted(path for path in top.rglob("*") if path.is_file() and not path.name.startswith(".")) \
        if top.exists() else []


def fetch_all(site):
    """The partner has taken the files away."""
    for path in files(site, "out"):
        path.unlink()


def sent(site, kind, count, seconds=60):
    """`count` or more files of a kind in out/, oldest first."""
    def found():
        data = [path.read_bytes() for path in sorted(files(site, "out"), key=lambda p: p.stat().st_mtime_ns)]
        chosen = [one for one in data if edifact.kind(one) == kind]
        return chosen if len(chosen) >= count else None
    return wait_for(f"{count} {kind} in out/", found, seconds)


def test_orders_become_contrl_and_ordrsp(site):
    start(site)
    put(site, "one.edi", edifact.interchange("REF1", edifact.message(1, "E-1", [("P-1", 5), ("P-2", 2)]),
                                             edifact.message(2, "E-2", [("P-3", 5)])))
    contrl, = sent(site, "CONTRL", 1)
    uci = edifact.get(contrl, "UCI")[0]
    equal("the interchange and the action", (uci[0], uci[3][0]), (["REF1"], "7"))
    responses = sent(site, "ORDRSP", 2)
    numbers = {reference[0][1] for one in responses for reference in edifact.get(one, "RFF") if reference[0][0] == "ON"}
    equal("orders answered", numbers, {"E-1", "E-2"})
    for one in responses:
        equal("to the buyer", edifact.get(one, "UNB")[0][2][0], edifact.BUYER)
        unh, unt = edifact.get(one, "UNH")[0], edifact.get(one, "UNT")[0]
        equal("message reference", unt[1], unh[0])
        equal("segment count", int(unt[0][0]), len(edifact.segments(one)) - 2 - (edifact.get(one, "UNA") != []))
    wait_for("the file is done", lambda: [path.name for path in files(site, "done")], 10)
    equal("answers on Kafka too", {d["order_number"] for d in site.topics.documents("acknowledgements", 2)},
          {"E-1", "E-2"})
    site.ctl("verify", "--topics")


def test_a_repeated_interchange_gets_the_same_answer(site):
    start(site)
    data = edifact.interchange("REF1", edifact.message(1, "E-1", [("P-1", 5)]))
    put(site, "one.edi", data)
    first, = sent(site, "CONTRL", 1)
    sent(site, "ORDRSP", 1)
    fetch_all(site)
    put(site, "again.edi", data)
    second, = sent(site, "CONTRL", 1)
    equal("same bytes", second, first)
    equal("orders", site.value("SELECT count(*) FROM sales_order"), "1")
    put(site, "other.edi", edifact.interchange("REF1", edifact.message(1, "E-9", [("P-1", 500)])))
    refusal = sent(site, "CONTRL", 2)[1]
    equal("same reference, other content: refused", edifact.get(refusal, "UCI")[0][3][0], "4")
    equal("orders", site.value("SELECT count(*) FROM sales_order"), "1")
    site.announce(r" warning \S+: ")
    site.ctl("verify", "--topics")


def test_bad_interchanges_are_refused_and_others_go_on(site):
    site.announce(r" warning \S+: ")
    start(site)
    good = edifact.interchange("GOOD", edifact.message(1, "E-GOOD", [("P-1", 1)]))
    bad = {
        "noise.edi": bytes(range(256)) * 20,
        "empty.edi": b"",
        "cut.edi": good[:len(good) // 2].replace(b"GOOD", b"CUT"),
        "stranger.edi": edifact.interchange("STR", edifact.message(1, "E-STR", [("P-1", 1)]), sender="4000000000006"),
        "count.edi": edifact.interchange("COUNT", edifact.message(1, "E-COUNT", [("P-1", 1)]))
        .replace(b"UNT+12", b"UNT+99").replace(b"UNT+11", b"UNT+99").replace(b"UNT+13", b"UNT+99"),
        "quantity.edi": edifact.interchange("QTY", edifact.message(1, "E-QTY", [("P-1", "many")])),
        "twice.edi": edifact.interchange("TWICE", edifact.message(1, "E-T1", [("P-1", 1)]),
                                         edifact.message(1, "E-T2", [("P-1", 1)])),
    }
    for name, data in bad.items():
        put(site, name, data)
    put(site, "good.edi", good)
    sent(site, "ORDRSP", 1)
    wait_for("nothing is left in in/", lambda: not files(site, "in"), 30)
    refused = {edifact.get(one, "UCI")[0][0][0]: one for one in sent(site, "CONTRL", 4)}
    for reference in ("COUNT", "QTY", "TWICE"):
        assert reference in refused, f"no CONTRL for {reference}: {sorted(refused)}"
        text = edifact.segments(refused[reference])
        assert any(segment[0][0] in ("UCI", "UCM") and ["4"] in segment for segment in text), text
    kept = {path.name.split(".")[0] for path in files(site, "bad")}
    assert {"noise", "stranger"} <= kept, f"bad/ has {kept}"
    equal("orders", site.value("SELECT string_agg(order_number, ' ') FROM sales_order"), "E-GOOD")
    site.ctl("verify", "--topics")


def test_an_interchange_of_a_thousand_orders(site):
    start(site)
    put(site, "big.edi", edifact.interchange("BIG", *(
        edifact.message(n, f"B-{n}", [("P-1", 1), ("P-2", 2)]) for n in range(1, 1001))))
    sent(site, "CONTRL", 1)
    sent(site, "ORDRSP", 1000, 120)
    trade.judge_topics(site, [f"B-{n}" for n in range(1, 1001)])
    site.ctl("verify", "--topics")
