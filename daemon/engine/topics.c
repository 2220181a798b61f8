// SPDX-License-Identifier: Apache-2.0
#include "engine/topics.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/carried.h"

static size_t shapes(const struct settings *settings, struct kafka_topic topics[TOPIC_COUNT + 1])
{
    // A document that a gateway may take must find room, and so must the answer to it.
    enum { ROOM = 1 << 20 };
    for (int i = 0; i < TOPIC_COUNT; i++)
        topics[i] = (struct kafka_topic){ .name = settings->topics[i],
                                          .partitions = settings->partitions,
                                          .most_bytes = settings->document_bytes + ROOM };
    topics[TOPIC_STATUS].partitions = 1;
    topics[TOPIC_COUNT] =
        (struct kafka_topic){ settings->progress_topic, settings->progress_partitions, true, 0 };
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
    struct avro_subject *subjects = calloc(carried_count, sizeof *subjects);
    assert(subjects);
    for (size_t i = 0; i < carried_count; i++)
        subjects[i] = (struct avro_subject){ settings->topics[carried[i].topic], carried[i].type };
    bool good = avro_use_registry(catalogue, settings->schema_registry, subjects, carried_count, error);
    free(subjects);
    return good;
}
