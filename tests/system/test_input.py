# SPDX-License-Identifier: Apache-2.0
"""Records that nobody can decide: each is parked whole, with its reason, and the stream goes on."""
import documents as make
import trade
from harness.process import wait_for
from trade import equal


def dead_letters(site, count):
    return site.topics.read_until("dead-letter", lambda records: len(records) >= count, 60, f"{count} dead letters")


def test_unreadable_records_are_parked(site):
    site.announce(r" warning \S+: .*(dead.letter|parked|cannot|unknown|decode|Avro|schema)")
    site.daemon()
    trade.set_up(site)
    good = site.topics.schemas.encode(*make.order("ACME", "GOOD", [make.line(1, "P-1", 1)]))
    bad = {
        "empty": b"",
        "noise": bytes(range(256)),
        "unknown schema": b"\xc3\x01" + b"\x11" * 8 + good[10:],
        "truncated": good[:-7],
        "bytes left over": good + b"\x00\x01",
        "huge count": good[:10] + b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        "unknown registry id": b"\x00\x00\x00\x00\x07" + good[10:],
        "no order": site.topics.schemas.encode(*make.price("P-1", 1)),
    }
    for key, value in bad.items():
        site.topics.send_bytes("inbound", key, value)
    site.topics.send_bytes("inbound", "ACME", good)
    site.topics.flush()
    trade.answers(site, "GOOD")
    parked = {record.key: record for record in dead_letters(site, len(bad))}
    equal("parked", sorted(parked), sorted(bad))
    for key, record in parked.items():
        equal(f"bytes of {key}", record.bytes, bad[key])
        assert any(value for name, value in record.headers.items() if "reason" in name), record.headers
    listed = site.ctl("dead-letter", "list")
    equal("dead letters listed", sum("inbound" in line for line in listed.splitlines()), len(bad))
    site.ctl("verify", "--topics")


def test_a_record_of_50_mb_is_parked(site):
    site.announce(r" warning \S+: .*(large|bytes)")
    site.daemon(kafka=[f"bootstrap.servers={site.kafka.bootstrap}", "message.max.bytes=64000000",
                       "fetch.message.max.bytes=64000000"])
    trade.set_up(site)
    site.topics.configure("inbound", max_message_bytes=60_000_000)
    site.topics.send_bytes("inbound", "ACME", b"\xc3\x01" + b"x" * 50_000_000)
    trade.send(site, make.order("ACME", "AFTER", [make.line(1, "P-1", 1)]))
    trade.answers(site, "AFTER", seconds=120)
    wait_for("the record is in the database", lambda: site.value("SELECT max(length(payload)) FROM dead_letter")
             == "50000002", 60)
    site.ctl("verify")


def test_a_parked_record_can_be_retried(site):
    site.announce(r" warning \S+: ")
    site.daemon()
    trade.set_up(site)
    site.topics.send_bytes("inbound", "ACME", b"nothing that can be read")
    site.topics.flush()
    record, = dead_letters(site, 1)
    listed = [line for line in site.ctl("dead-letter", "list").splitlines() if "inbound" in line]
    equal("listed", len(listed), 1)
    site.ctl("dead-letter", "show", listed[0].split()[0])
    site.ctl("dead-letter", "retry", listed[0].split()[0])
    dead_letters(site, 2)
    site.ctl("verify", "--topics")
