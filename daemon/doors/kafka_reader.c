// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "doors/kafka_internal.h"

enum { RANGE_TIMEOUT_MS = 10000 };

struct kafka_reader {
    rd_kafka_t *kafka;
};

struct kafka_reader *kafka_reader_open(const struct kafka_settings *settings, bool committed,
                                       struct error *error)
{
    rd_kafka_conf_t *configuration = kafka_configure(settings, NULL, error);
    if (!configuration)
        return NULL;
    if (!kafka_set(configuration, "group.id", "comptoir-reader", error) ||
        !kafka_set(configuration, "enable.auto.commit", "false", error) ||
        !kafka_set(configuration, "enable.partition.eof", "true", error) ||
        !kafka_set(configuration, "fetch.wait.max.ms", "20", error) ||
        !kafka_set(configuration, "auto.offset.reset", "error", error) ||
        !kafka_set(configuration, "isolation.level", committed ? "read_committed" : "read_uncommitted",
                   error)) {
        rd_kafka_conf_destroy(configuration);
        return NULL;
    }
    rd_kafka_t *kafka = kafka_new(RD_KAFKA_CONSUMER, configuration, error);
    if (!kafka)
        return NULL;
    rd_kafka_poll_set_consumer(kafka);
    struct kafka_reader *reader = calloc(1, sizeof *reader);
    reader->kafka = kafka;
    return reader;
}

void kafka_reader_close(struct kafka_reader *reader)
{
    if (!reader)
        return;
    rd_kafka_consumer_close(reader->kafka);
    rd_kafka_destroy(reader->kafka);
    free(reader);
}

bool kafka_reader_partitions(struct kafka_reader *reader, const char *topic, int *count, struct error *error)
{
    if (!kafka_count_partitions(reader->kafka, topic, count, error))
        return false;
    return *count > 0 || error_set(error, ERROR_INVALID, NULL, "topic '%s' does not exist", topic);
}

bool kafka_reader_range(struct kafka_reader *reader, const char *topic, int32_t partition, int64_t *first,
                        int64_t *end, struct error *error)
{
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(reader->kafka, topic, partition, first, end, RANGE_TIMEOUT_MS);
    return !code || kafka_fail(code, error, "ask for the ends of a partition");
}

bool kafka_reader_seek(struct kafka_reader *reader, const struct kafka_position *positions, size_t count,
                       struct error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset == KAFKA_FIRST ? RD_KAFKA_OFFSET_BEGINNING : positions[i].offset;
    rd_kafka_resp_err_t code = rd_kafka_assign(reader->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    return !code || kafka_fail(code, error, "read from a position");
}

bool kafka_reader_next(struct kafka_reader *reader, int timeout_ms, struct arena *arena,
                       struct kafka_record *record, bool *got, bool *at_end, struct error *error)
{
    *got = *at_end = false;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->kafka, timeout_ms);
    if (!message)
        return true;
    if (!message->err) {
        kafka_record_from(message, arena, record);
        *got = true;
        return true;
    }
    rd_kafka_resp_err_t code = message->err;
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        *record = (struct kafka_record){ .topic = rd_kafka_topic_name(message->rkt),
                                         .partition = message->partition,
                                         .offset = message->offset };
        *at_end = true;
    }
    rd_kafka_message_destroy(message);
    bool passing = code == RD_KAFKA_RESP_ERR__PARTITION_EOF || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
                   code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    return passing || kafka_fail(code, error, "read a partition");
}
