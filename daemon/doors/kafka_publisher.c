// SPDX-License-Identifier: Apache-2.0
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "doors/kafka_internal.h"

enum {
    SLOW_COMMIT_US = 1000000,
    INIT_TIMEOUT_MS = 30000,
    QUEUE_FULL_WAIT_MS = 100,
    METADATA_TIMEOUT_MS = 10000,
    MOST_TOPICS = 32,
};

struct kafka_publisher {
    rd_kafka_t *kafka;
    bool transactional;
    atomic_int troubles; // lost connections and other errors that librdkafka mends by itself
    int troubles_at_begin;
    atomic_int undelivered; // records that came back with an error
    rd_kafka_resp_err_t why_undelivered;
    rd_kafka_topic_t *topics[MOST_TOPICS];
    int topic_count;
};

static void delivered(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka;
    struct kafka_publisher *publisher =
        (struct kafka_publisher *)((char *)opaque - offsetof(struct kafka_publisher, troubles));
    if (!message->err)
        return;
    publisher->why_undelivered = message->err;
    atomic_fetch_add(&publisher->undelivered, 1);
}

// Fills `error` from what a transactional call returned; frees it. Always false.
static bool fail_with(rd_kafka_error_t *returned, struct error *error, const char *doing)
{
    kafka_fail(rd_kafka_error_code(returned), error, doing);
    error_within(error, "%s", rd_kafka_error_string(returned));
    rd_kafka_error_destroy(returned);
    return false;
}

static bool insist(rd_kafka_conf_t *configuration, const char *transactional_id, struct error *error)
{
    bool good = kafka_set(configuration, "partitioner", "murmur2_random", error) &&
                kafka_set(configuration, "enable.idempotence", "true", error) &&
                kafka_set(configuration, "acks", "all", error) &&
                kafka_set(configuration, "linger.ms", "1", error) &&
                // What is too large is for the broker to say: a record that only this library refuses would
                // stand in the way for ever.
                kafka_set(configuration, "message.max.bytes", "1000000000", error) &&
                kafka_set(configuration, "compression.codec", "lz4", error);
    if (!transactional_id)
        return good;
    // A dead relay stalls readers of committed records for no longer than this.
    return good && kafka_set(configuration, "transactional.id", transactional_id, error) &&
           kafka_set(configuration, "transaction.timeout.ms", "15000", error) &&
           kafka_set(configuration, "message.timeout.ms", "12000", error);
}

struct kafka_publisher *kafka_publisher_open(const struct kafka_settings *settings,
                                             const char *transactional_id, struct error *error)
{
    struct kafka_publisher *publisher = calloc(1, sizeof *publisher);
    publisher->transactional = transactional_id != NULL;
    rd_kafka_conf_t *configuration = kafka_configure(settings, &publisher->troubles, error);
    if (configuration && !insist(configuration, transactional_id, error)) {
        rd_kafka_conf_destroy(configuration);
        configuration = NULL;
    }
    if (configuration) {
        rd_kafka_conf_set_dr_msg_cb(configuration, delivered);
        publisher->kafka = kafka_new(RD_KAFKA_PRODUCER, configuration, error);
    }
    if (!publisher->kafka) {
        free(publisher);
        return NULL;
    }
    rd_kafka_error_t *returned =
        transactional_id ? rd_kafka_init_transactions(publisher->kafka, INIT_TIMEOUT_MS) : NULL;
    if (!returned)
        return publisher;
    fail_with(returned, error, "begin publishing");
    kafka_publisher_close(publisher);
    return NULL;
}

void kafka_publisher_close(struct kafka_publisher *publisher)
{
    if (!publisher)
        return;
    for (int i = 0; i < publisher->topic_count; i++)
        rd_kafka_topic_destroy(publisher->topics[i]);
    rd_kafka_purge(publisher->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(publisher->kafka);
    free(publisher);
}

bool kafka_publisher_begin(struct kafka_publisher *publisher, struct error *error)
{
    publisher->troubles_at_begin = atomic_load(&publisher->troubles);
    rd_kafka_error_t *returned = rd_kafka_begin_transaction(publisher->kafka);
    return !returned || fail_with(returned, error, "begin a transaction");
}

// The topic's handle. At first use its partitions are asked for at once: librdkafka itself would find them
// only at its next look, up to a second later, and make the transaction look doubtful.
static rd_kafka_topic_t *topic_of(struct kafka_publisher *publisher, const char *name, struct error *error)
{
    for (int i = 0; i < publisher->topic_count; i++)
        if (strcmp(rd_kafka_topic_name(publisher->topics[i]), name) == 0)
            return publisher->topics[i];
    if (publisher->topic_count == MOST_TOPICS) {
        error_set(error, ERROR_INTERNAL, NULL, "a publisher serves at most %d topics", MOST_TOPICS);
        return NULL;
    }
    rd_kafka_topic_t *topic = rd_kafka_topic_new(publisher->kafka, name, NULL);
    if (!topic) {
        kafka_fail(rd_kafka_last_error(), error, "publish to a topic");
        return NULL;
    }
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(publisher->kafka, 0, topic, &metadata, METADATA_TIMEOUT_MS);
    if (code) {
        rd_kafka_topic_destroy(topic);
        kafka_fail(code, error, "read the topic's metadata");
        return NULL;
    }
    rd_kafka_metadata_destroy(metadata);
    return publisher->topics[publisher->topic_count++] = topic;
}

bool kafka_publish(struct kafka_publisher *publisher, const char *topic, int32_t partition, struct slice key,
                   struct slice value, const struct kafka_header *headers, size_t header_count,
                   struct error *error)
{
    rd_kafka_topic_t *handle = topic_of(publisher, topic, error);
    if (!handle)
        return error_within(error, "publishing to '%s'", topic);
    rd_kafka_headers_t *copies = rd_kafka_headers_new(header_count);
    for (size_t i = 0; i < header_count; i++)
        rd_kafka_header_add(copies, headers[i].name, -1, headers[i].value.data,
                            (ssize_t)headers[i].value.size);
    for (;;) {
        rd_kafka_resp_err_t code = rd_kafka_producev(
            publisher->kafka, RD_KAFKA_V_RKT(handle), RD_KAFKA_V_PARTITION(partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data, key.size),
            RD_KAFKA_V_VALUE((void *)value.data, value.size), RD_KAFKA_V_HEADERS(copies), RD_KAFKA_V_END);
        if (!code)
            break;
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_headers_destroy(copies);
            return kafka_fail(code, error, "publish a record");
        }
        rd_kafka_poll(publisher->kafka, QUEUE_FULL_WAIT_MS);
    }
    rd_kafka_poll(publisher->kafka, 0);
    return true;
}

bool kafka_publisher_commit(struct kafka_publisher *publisher, bool *doubtful, struct error *error)
{
    int64_t began = clock_monotonic_us();
    rd_kafka_error_t *returned = rd_kafka_commit_transaction(publisher->kafka, -1);
    *doubtful = clock_monotonic_us() - began > SLOW_COMMIT_US ||
                atomic_load(&publisher->troubles) != publisher->troubles_at_begin;
    return !returned || fail_with(returned, error, "commit a transaction");
}

bool kafka_publisher_flush(struct kafka_publisher *publisher, int timeout_ms, struct error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(publisher->kafka, timeout_ms);
    if (code)
        return kafka_fail(code, error, "publish within the time given");
    if (atomic_exchange(&publisher->undelivered, 0))
        return kafka_fail(publisher->why_undelivered, error, "publish a record");
    return true;
}
