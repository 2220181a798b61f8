// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "doors/kafka_internal.h"

#include <librdkafka/rdkafka_mock.h> // only after rdkafka.h

struct kafka_broker {
    rd_kafka_t *host; // the mock cluster lives on its threads
    rd_kafka_mock_cluster_t *cluster;
};

struct kafka_broker *kafka_broker_open(const struct kafka_topic *topics, size_t count, struct error *error)
{
    struct kafka_settings settings = { .client_id = "comptoir-embedded-broker" };
    rd_kafka_conf_t *configuration = kafka_configure(&settings, NULL, error);
    rd_kafka_t *host = configuration ? kafka_new(RD_KAFKA_PRODUCER, configuration, error) : NULL;
    if (!host)
        return NULL;
    struct kafka_broker *broker = calloc(1, sizeof *broker);
    broker->host = host;
    broker->cluster = rd_kafka_mock_cluster_new(host, 1);
    if (!broker->cluster) {
        error_set(error, ERROR_INTERNAL, NULL, "could not start the embedded broker");
        kafka_broker_close(broker);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code =
            rd_kafka_mock_topic_create(broker->cluster, topics[i].name, topics[i].partitions, 1);
        if (!code)
            continue;
        kafka_fail(code, error, "create a topic on the embedded broker");
        kafka_broker_close(broker);
        return NULL;
    }
    return broker;
}

void kafka_broker_close(struct kafka_broker *broker)
{
    if (!broker)
        return;
    if (broker->cluster)
        rd_kafka_mock_cluster_destroy(broker->cluster);
    rd_kafka_destroy(broker->host);
    free(broker);
}

const char *kafka_broker_address(const struct kafka_broker *broker)
{
    return rd_kafka_mock_cluster_bootstraps(broker->cluster);
}
