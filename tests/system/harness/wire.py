# SPDX-License-Identifier: Apache-2.0
"""Canonical documents on Kafka, by a client and an Avro library that the daemon does not use.

On the wire a record is in Avro's single-object encoding: C3 01, the CRC-64-AVRO fingerprint of the schema's
parsing canonical form (little endian), the body.
"""
import io
import json
import logging
import time

import confluent_kafka
import confluent_kafka.admin
import fastavro
import fastavro.schema

from harness.process import Failure, ROOT

quiet = logging.getLogger("kafka-client")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False

EMPTY = 0xC15D213AA4D7A795


def rabin(data):
    """The CRC-64-AVRO of some bytes."""
    crc = EMPTY
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (EMPTY if crc & 1 else 0)
    return crc


class Schemas:
    def __init__(self, folder=ROOT / "schemas/avro"):
        self.parsed, self.fingerprint, self.by_fingerprint, self.text = {}, {}, {}, {}
        for path in sorted(folder.glob("*.avsc")):
            raw = json.loads(path.read_text())
            name = raw["name"]
            self.text[name] = path.read_text()
            self.parsed[name] = fastavro.parse_schema(raw, named_schemas={})
            canonical = fastavro.schema.to_parsing_canonical_form(raw)
            self.fingerprint[name] = rabin(canonical.encode()).to_bytes(8, "little")
            self.by_fingerprint[self.fingerprint[name]] = name

    def encode(self, kind, document):
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self.parsed[kind], document, strict_allow_default=True)
        return b"\xc3\x01" + self.fingerprint[kind] + body.getvalue()

    def decode(self, data):
        """The document as a dict, with its record's name under "$type"."""
        if data[:2] != b"\xc3\x01" or data[2:10] not in self.by_fingerprint:
            raise Failure(f"not in single-object encoding by a known schema: {data[:16].hex()}")
        kind, body = self.by_fingerprint[data[2:10]], io.BytesIO(data[10:])
        document = fastavro.schemaless_reader(body, self.parsed[kind])
        if body.read(1):
            raise Failure(f"bytes left over after a {kind}")
        return {"$type": kind, **document}


class Record:
    """A record read from a topic."""

    def __init__(self, message, schemas):
        self.topic, self.partition, self.offset = message.topic(), message.partition(), message.offset()
        self.key = (message.key() or b"").decode(errors="replace")
        self.bytes = message.value()
        self.headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or []}
        self.schemas = schemas

    @property
    def document(self):
        return self.schemas.decode(self.bytes)


class Topics:
    """Produces to and reads from the topics of one prefix."""

    def __init__(self, bootstrap, prefix, partitioner="murmur2_random"):
        self.bootstrap, self.prefix, self.schemas = bootstrap, prefix, Schemas()
        self.producer = confluent_kafka.Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5,
             "partitioner": partitioner,
             "message.max.bytes": 100_000_000, "message.timeout.ms": 120_000}, logger=quiet)
        self.admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": bootstrap}, logger=quiet)
        self.failed = []

    def _delivered(self, error, message):
        if error is not None:
            self.failed.append(str(error))

    def send_bytes(self, topic, key, value, headers=None):
        while True:
            try:
                self.producer.produce(self.prefix + topic, value, key, headers=headers or {},
                                      on_delivery=self._delivered)
                return
            except BufferError:
                self.producer.poll(0.1)

    def send(self, topic, *documents):
        """Pairs (kind, document), as documents.py makes them; the key is the document's own."""
        for kind, document in documents:
            key = document["product"] if kind in ("Product", "Price", "StockLevel") else document["account"]
            self.send_bytes(topic, key, self.schemas.encode(kind, document))

    def flush(self, seconds=60):
        left = self.producer.flush(seconds)
        if left or self.failed:
            raise Failure(f"{left} records not delivered, {len(self.failed)} failed: {self.failed[:3]}")

    def ends(self, topic):
        """The end offset of each partition, as a read_committed consumer sees it."""
        consumer = self._consumer()
        try:
            metadata = consumer.list_topics(self.prefix + topic, timeout=15).topics[self.prefix + topic]
            if metadata.error:
                raise Failure(f"{self.prefix + topic}: {metadata.error}")
            parts = [confluent_kafka.TopicPartition(self.prefix + topic, p) for p in metadata.partitions]
            return {part.partition: consumer.get_watermark_offsets(part, timeout=15)[1] for part in parts}
        finally:
            consumer.close()

    def _consumer(self):
        return confluent_kafka.Consumer(
            {"bootstrap.servers": self.bootstrap, "group.id": "system-test", "enable.auto.commit": False,
             "isolation.level": "read_committed", "auto.offset.reset": "earliest", "enable.partition.eof": True,
             "fetch.message.max.bytes": 100_000_000, "fetch.wait.max.ms": 50}, logger=quiet)

    def read(self, topic):
        """All committed records there are now, in the order of each partition."""
        return self.read_until(topic, lambda records: True, 30)

    def read_until(self, topic, enough, seconds=60, what=None):
        """Reads from the start until enough(records) holds where all partitions were read to their end."""
        consumer, records, at_end = self._consumer(), [], set()
        full, until = self.prefix + topic, time.monotonic() + seconds
        try:
            metadata = consumer.list_topics(full, timeout=15).topics[full]
            if metadata.error:
                raise Failure(f"{full}: {metadata.error}")
            count = len(metadata.partitions)
            consumer.assign([confluent_kafka.TopicPartition(full, p, 0) for p in metadata.partitions])
            while True:
                message = consumer.poll(0.1)
                if message is not None and message.error() is None:
                    records.append(Record(message, self.schemas))
                    at_end.discard(message.partition())
                elif message is not None and message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    at_end.add(message.partition())
                if len(at_end) == count and enough(records):
                    return records
                if time.monotonic() > until:
                    raise Failure(f"{full}: waited {seconds:g} s in vain for {what or 'enough records'}; "
                                  f"{len(records)} there: {[self._short(r) for r in records[-5:]]}")
        finally:
            consumer.close()

    def _short(self, record):
        try:
            return {k: v for k, v in record.document.items() if k in ("$type", "order_number", "kind", "status")}
        except Exception:
            return (record.key, record.bytes[:40])

    def documents(self, topic, count, seconds=60, where=lambda document: True):
        """At least `count` documents for which where() holds; all of them that are there then."""
        def chosen(records):
            return [record.document for record in records if where(record.document)]
        return chosen(self.read_until(topic, lambda records: len(chosen(records)) >= count, seconds,
                                      f"{count} documents"))

    def configure(self, topic, **settings):
        """Sets topic properties; underscores stand for dots."""
        resource = confluent_kafka.admin.ConfigResource("topic", self.prefix + topic)
        for name, value in settings.items():
            resource.add_incremental_config(confluent_kafka.admin.ConfigEntry(
                name.replace("_", "."), str(value),
                incremental_operation=confluent_kafka.admin.AlterConfigOpType.SET))
        for future in self.admin.incremental_alter_configs([resource]).values():
            future.result(15)
