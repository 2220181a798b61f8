// SPDX-License-Identifier: Apache-2.0
// Shared by the files of the Kafka door: configuration and conversion of errors and records.
#pragma once

#include <librdkafka/rdkafka.h>

#include "doors/kafka.h"

// A configuration with the settings applied; NULL and `error` where a property is refused. `counter`, an
// atomic_int or NULL, counts lost broker connections.
rd_kafka_conf_t *kafka_configure(const struct kafka_settings *settings, void *counter, struct error *error);
bool kafka_set(rd_kafka_conf_t *configuration, const char *name, const char *value, struct error *error);
rd_kafka_t *kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *configuration, struct error *error);

// The number of a topic's partitions, 0 where the cluster does not know the topic.
bool kafka_count_partitions(rd_kafka_t *kafka, const char *topic, int *count, struct error *error);

// Fills `error` from a librdkafka error code; always false.
bool kafka_fail(rd_kafka_resp_err_t code, struct error *error, const char *doing);

// A message becomes a record that lives in the arena, which takes the message over.
void kafka_record_from(rd_kafka_message_t *message, struct arena *arena, struct kafka_record *record);
