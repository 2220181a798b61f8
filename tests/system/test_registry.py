# SPDX-License-Identifier: Apache-2.0
"""With a schema registry: Confluent's wire format, read by Confluent's own deserializer; without one too."""
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

import documents as make
import trade
from harness.registry import Registry
from trade import equal


def test_confluent_clients_write_and_read(site):
    registry = Registry(site.logs)
    client = SchemaRegistryClient({"url": registry.url})
    daemon = site.daemon(schema_registry={"url": registry.url})
    trade.set_up(site)
    subject = f"{site.prefix}acknowledgements-comptoir.OrderResponse"
    assert subject in client.get_subjects(), client.get_subjects()

    kind, document = make.order("ACME", "REG-1", [make.line(1, "P-1", 5)])
    writer = AvroSerializer(client, site.topics.schemas.text[kind],
                            conf={"subject.name.strategy": lambda context, name: f"{context.topic}-{name}"})
    topic = site.prefix + "inbound"
    site.topics.send_bytes("inbound", "ACME", writer(document, SerializationContext(topic, MessageField.VALUE)))
    site.topics.flush()
    record, = site.topics.read_until("acknowledgements", lambda records: len(records) == 1)
    equal("magic byte", record.bytes[:1], b"\0")
    reader = AvroDeserializer(client, conf={"subject.name.strategy": lambda context, name: subject})
    answer = reader(record.bytes, SerializationContext(record.topic, MessageField.VALUE))
    equal("answer", (answer["order_number"], answer["status"], answer["total"]), ("REG-1", "accepted", 45))
    site.ctl("verify", "--topics")
    daemon.stop()
    registry.close()


def test_an_incompatible_schema_stops_the_start(site):
    site.announce(r" error \S+: .*incompatible", r"^comptoird: .*incompatible")
    registry = Registry(site.logs, refuse="comptoir.OrderEvent")
    daemon = site.daemon(schema_registry={"url": registry.url}, wait=False)
    equal("ended", daemon.ended(30) > 0, True)
    text = daemon.text()
    assert "comptoir.OrderEvent" in text, text
    registry.close()
