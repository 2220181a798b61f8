// SPDX-License-Identifier: Apache-2.0
#include "engine/topics.h"

static const struct {
    enum topic topic;
    const char *type;
} documents[] = {
    { TOPIC_INBOUND, "PurchaseOrder" },
    { TOPIC_INBOUND, "ApprovalDecision" },
    { TOPIC_INBOUND, "AccountReview" },
    { TOPIC_ERP, "Account" },
    { TOPIC_ERP, "User" },
    { TOPIC_ERP, "Product" },
    { TOPIC_ERP, "Price" },
    { TOPIC_ERP, "StockLevel" },
    { TOPIC_ERP, "Payment" },
    { TOPIC_EVENTS, "OrderEvent" },
    { TOPIC_APPROVALS, "ApprovalTask" },
    { TOPIC_ACKNOWLEDGEMENTS, "OrderResponse" },
    { TOPIC_STATUS, "Status" },
};
enum { DOCUMENT_COUNT = sizeof documents / sizeof documents[0] };

static size_t shapes(const struct settings *settings, struct kafka_topic topics[TOPIC_COUNT + 1])
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        topics[i] = (struct kafka_topic){ settings->topics[i], settings->partitions, false };
    topics[TOPIC_STATUS].partitions = 1;
    topics[TOPIC_COUNT] =
        (struct kafka_topic){ settings->progress_topic, settings->progress_partitions, true };
    return TOPIC_COUNT + 1;
}

bool topics_create(const struct settings *settings, struct error *error)
{
    struct kafka_topic topics[TOPIC_COUNT + 1];
    size_t count = shapes(settings, topics);
    return kafka_create_topics(&settings->kafka, topics, count, settings->replication, error);
}

struct kafka_broker *topics_open_embedded(const struct settings *settings, struct error *error)
{
    struct kafka_topic topics[TOPIC_COUNT + 1];
    size_t count = shapes(settings, topics);
    return kafka_broker_open(topics, count, error);
}

bool topics_register(const struct settings *settings, struct avro_catalogue *catalogue, struct error *error)
{
    struct avro_subject subjects[DOCUMENT_COUNT];
    for (int i = 0; i < DOCUMENT_COUNT; i++)
        subjects[i] = (struct avro_subject){ settings->topics[documents[i].topic], documents[i].type };
    return avro_use_registry(catalogue, settings->schema_registry, subjects, DOCUMENT_COUNT, error);
}

bool topics_carries(const struct settings *settings, const char *topic, const char *type)
{
    for (int i = 0; i < DOCUMENT_COUNT; i++)
        if (strcmp(settings->topics[documents[i].topic], topic) == 0 && strcmp(documents[i].type, type) == 0)
            return true;
    return false;
}
