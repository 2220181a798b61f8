// SPDX-License-Identifier: Apache-2.0
// What all uses of librdkafka share, and administration. Members, readers, publishers and the embedded broker
// have files of their own beside this one.
#include "doors/kafka.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "doors/kafka_internal.h"

enum { ADMIN_TIMEOUT_MS = 30000, METADATA_PAUSE_MS = 100 };

bool kafka_fail(rd_kafka_resp_err_t code, struct error *error, const char *doing)
{
    enum error_kind kind = ERROR_UNAVAILABLE;
    switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        kind = ERROR_FENCED;
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        kind = ERROR_INVALID;
        break;
    default:
        break;
    }
    error_set(error, kind, NULL, "could not %s: %s", doing, rd_kafka_err2str(code));
    snprintf(error->code, sizeof error->code, "%.15s", rd_kafka_err2name(code));
    return false;
}

bool kafka_set(rd_kafka_conf_t *configuration, const char *name, const char *value, struct error *error)
{
    char why[256];
    if (rd_kafka_conf_set(configuration, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return true;
    return error_set(error, ERROR_INVALID, NULL, "invalid Kafka property '%s': %s; see setting 'kafka'", name,
                     why);
}

static void log_cb(const rd_kafka_t *kafka, int level, const char *facility, const char *line)
{
    // librdkafka reports passing connection trouble here; what matters to us comes back as errors.
    (void)kafka;
    log_line(NULL, level <= 2 ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, "kafka_library", "%s %s", facility,
             line);
}

static void error_cb(rd_kafka_t *kafka, int code, const char *reason, void *opaque)
{
    (void)kafka;
    (void)code;
    (void)reason;
    if (opaque)
        atomic_fetch_add((atomic_int *)opaque, 1);
}

static bool apply(rd_kafka_conf_t *configuration, const struct kafka_settings *settings, struct error *error)
{
    if (!kafka_set(configuration, "client.id", settings->client_id, error))
        return false;
    for (size_t i = 0; i < settings->property_count; i++) {
        const char *property = settings->properties[i], *equals = strchr(property, '=');
        if (!equals)
            return error_set(error, ERROR_INVALID, NULL, "invalid Kafka property '%s': wanted name=value",
                             property);
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)(equals - property), property);
        if (!kafka_set(configuration, name, equals + 1, error))
            return false;
    }
    return true;
}

rd_kafka_conf_t *kafka_configure(const struct kafka_settings *settings, void *counter, struct error *error)
{
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(configuration, log_cb);
    rd_kafka_conf_set_error_cb(configuration, error_cb);
    rd_kafka_conf_set_opaque(configuration, counter);
    if (kafka_set(configuration, "reconnect.backoff.max.ms", "1000", error) &&
        apply(configuration, settings, error))
        return configuration;
    rd_kafka_conf_destroy(configuration);
    return NULL;
}

rd_kafka_t *kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *configuration, struct error *error)
{
    char why[256];
    rd_kafka_t *kafka = rd_kafka_new(type, configuration, why, sizeof why);
    if (kafka)
        return kafka;
    rd_kafka_conf_destroy(configuration);
    error_set(error, ERROR_INVALID, NULL, "cannot start the Kafka client: %s; see setting 'kafka'", why);
    return NULL;
}

struct slice kafka_record_header(const struct kafka_record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++)
        if (strcmp(record->headers[i].name, name) == 0)
            return record->headers[i].value;
    return (struct slice){ 0 };
}

static void release_message(void *message)
{
    rd_kafka_message_destroy(message);
}

static void read_headers(rd_kafka_message_t *message, struct arena *arena, struct kafka_record *record)
{
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    size_t count = rd_kafka_header_cnt(headers);
    struct kafka_header *copies = ARENA_ARRAY(arena, count, struct kafka_header);
    for (size_t i = 0; i < count; i++) {
        const void *value;
        size_t size;
        if (rd_kafka_header_get_all(headers, i, &copies[i].name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
            copies[i].value = (struct slice){ value, size };
    }
    record->headers = copies;
    record->header_count = count;
}

void kafka_record_from(rd_kafka_message_t *message, struct arena *arena, struct kafka_record *record)
{
    *record = (struct kafka_record){
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
        .key = { message->key, message->key_len },
        .value = { message->payload, message->len },
    };
    read_headers(message, arena, record);
    arena_defer(arena, release_message, message);
}

// --- Administration

int32_t kafka_partition_of(struct slice key, int partitions)
{
    return rd_kafka_msg_partitioner_murmur2(NULL, key.data, key.size, partitions, NULL, NULL);
}

static rd_kafka_t *admin_open(const struct kafka_settings *settings, struct error *error)
{
    rd_kafka_conf_t *configuration = kafka_configure(settings, NULL, error);
    return configuration ? kafka_new(RD_KAFKA_PRODUCER, configuration, error) : NULL;
}

bool kafka_cluster(const struct kafka_settings *settings, struct arena *arena, struct slice *cluster,
                   struct error *error)
{
    rd_kafka_t *kafka = admin_open(settings, error);
    if (!kafka)
        return error_within(error, "asking for the cluster id");
    char *id = rd_kafka_clusterid(kafka, ADMIN_TIMEOUT_MS);
    if (id)
        *cluster = arena_copy(arena, slice_of(id));
    else
        error_set(error, ERROR_UNAVAILABLE, NULL,
                  "could not reach Kafka within %d s; check bootstrap.servers in setting 'kafka'",
                  ADMIN_TIMEOUT_MS / 1000);
    bool found = id != NULL;
    rd_kafka_mem_free(kafka, id);
    rd_kafka_destroy(kafka);
    return found;
}

static bool check_created(rd_kafka_event_t *event, struct error *error)
{
    if (!event)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not create topics within %d s",
                         ADMIN_TIMEOUT_MS / 1000);
    if (rd_kafka_event_error(event))
        return kafka_fail(rd_kafka_event_error(event), error, "create topics");
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return error_set(error, ERROR_UNAVAILABLE, NULL, "could not create topic '%s': %s",
                             rd_kafka_topic_result_name(results[i]),
                             rd_kafka_topic_result_error_string(results[i]));
    }
    return true;
}

static bool create(rd_kafka_t *kafka, const struct kafka_topic *topics, size_t count, int replication,
                   struct error *error)
{
    rd_kafka_NewTopic_t **wanted = calloc(count, sizeof *wanted);
    for (size_t i = 0; i < count; i++) {
        wanted[i] = rd_kafka_NewTopic_new(topics[i].name, topics[i].partitions, replication, NULL, 0);
        if (topics[i].compacted)
            rd_kafka_NewTopic_set_config(wanted[i], "cleanup.policy", "compact");
        char most[24];
        snprintf(most, sizeof most, "%lld", (long long)topics[i].most_bytes);
        if (topics[i].most_bytes)
            rd_kafka_NewTopic_set_config(wanted[i], "max.message.bytes", most);
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, ADMIN_TIMEOUT_MS, NULL, 0);
    rd_kafka_CreateTopics(kafka, wanted, count, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);
    bool good = check_created(event, error);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy_array(wanted, count);
    free(wanted);
    return good;
}

bool kafka_count_partitions(rd_kafka_t *kafka, const char *topic, int *count, struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(kafka, topic, NULL);
    rd_kafka_resp_err_t code = rd_kafka_metadata(kafka, 0, handle, &metadata, ADMIN_TIMEOUT_MS);
    rd_kafka_topic_destroy(handle);
    if (code)
        return kafka_fail(code, error, "read the topics' metadata");
    *count = metadata->topic_cnt ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

static bool check_partitions(rd_kafka_t *kafka, const struct kafka_topic *topic, struct error *error)
{
    int found = 0;
    // A topic just made takes a moment to be known everywhere.
    for (int waited_ms = 0; found == 0 && waited_ms < ADMIN_TIMEOUT_MS; waited_ms += METADATA_PAUSE_MS) {
        if (!kafka_count_partitions(kafka, topic->name, &found, error))
            return false;
        if (found == 0)
            usleep(METADATA_PAUSE_MS * 1000);
    }
    if (found < topic->partitions)
        return error_set(
            error, ERROR_INVALID, NULL,
            "topic '%s' has %d partitions, %d are wanted; their number fixes the shards: make it "
            "anew or lower the setting",
            topic->name, found, topic->partitions);
    return true;
}

bool kafka_create_topics(const struct kafka_settings *settings, const struct kafka_topic *topics,
                         size_t count, int replication, struct error *error)
{
    rd_kafka_t *kafka = admin_open(settings, error);
    if (!kafka)
        return false;
    bool good = create(kafka, topics, count, replication, error);
    for (size_t i = 0; i < count && good; i++)
        good = check_partitions(kafka, &topics[i], error);
    rd_kafka_destroy(kafka);
    return good;
}
