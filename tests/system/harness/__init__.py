# SPDX-License-Identifier: Apache-2.0
"""What the system tests stand on: real servers in temporary folders, started and ended by the test.

process    children that end with the test, waiting by condition, free ports, Skip
postgres   a PostgreSQL of its own
kafka      an Apache Kafka of its own, one KRaft node
registry   a schema registry
comptoir   comptoird and comptoirctl
wire       canonical documents on Kafka, by a client and an Avro library that the daemon does not use
partner    a buyer's HTTP server
"""
