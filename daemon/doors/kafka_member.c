// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "doors/kafka_internal.h"

struct kafka_member {
    rd_kafka_t *kafka;
    struct kafka_ownership ownership;
    struct error failed; // of a take inside the rebalance callback
};

static struct kafka_position *positions_of(const rd_kafka_topic_partition_list_t *list)
{
    struct kafka_position *positions = calloc((size_t)list->cnt + 1, sizeof *positions);
    for (int i = 0; i < list->cnt; i++)
        positions[i] = (struct kafka_position){ list->elems[i].topic, list->elems[i].partition, KAFKA_FIRST };
    return positions;
}

static void take(struct kafka_member *member, rd_kafka_topic_partition_list_t *list)
{
    size_t count = (size_t)list->cnt;
    struct kafka_position *positions = positions_of(list);
    if (member->ownership.take(member->ownership.context, positions, count, &member->failed)) {
        for (size_t i = 0; i < count; i++)
            list->elems[i].offset =
                positions[i].offset == KAFKA_FIRST ? RD_KAFKA_OFFSET_BEGINNING : positions[i].offset;
        rd_kafka_assign(member->kafka, list);
    } else {
        rd_kafka_assign(member->kafka, NULL);
    }
    free(positions);
}

static void drop(struct kafka_member *member, rd_kafka_topic_partition_list_t *list)
{
    struct kafka_position *positions = positions_of(list);
    member->ownership.drop(member->ownership.context, positions, (size_t)list->cnt,
                           rd_kafka_assignment_lost(member->kafka) != 0);
    rd_kafka_assign(member->kafka, NULL);
    free(positions);
}

static void rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                      void *opaque)
{
    (void)kafka;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        take(opaque, list);
    else
        drop(opaque, list);
}

// What the protocol insists on, whatever the user has set.
static bool insist(rd_kafka_conf_t *configuration, const char *group, const char *instance,
                   struct error *error)
{
    return kafka_set(configuration, "group.id", group, error) &&
           kafka_set(configuration, "group.instance.id", instance, error) &&
           kafka_set(configuration, "enable.auto.commit", "false", error) &&
           kafka_set(configuration, "enable.auto.offset.store", "false", error) &&
           kafka_set(configuration, "auto.offset.reset", "error", error) &&
           kafka_set(configuration, "isolation.level", "read_committed", error) &&
           kafka_set(configuration, "partition.assignment.strategy", "range", error) &&
           kafka_set(configuration, "queued.max.messages.kbytes", "16384", error);
}

struct kafka_member *kafka_member_open(const struct kafka_settings *settings, const char *group,
                                       const char *instance, const char *const *topics, size_t topic_count,
                                       const struct kafka_ownership *ownership, struct error *error)
{
    struct kafka_member *member = calloc(1, sizeof *member);
    member->ownership = *ownership;
    rd_kafka_conf_t *configuration = kafka_configure(settings, NULL, error);
    if (configuration && !insist(configuration, group, instance, error)) {
        rd_kafka_conf_destroy(configuration);
        configuration = NULL;
    }
    if (configuration) {
        rd_kafka_conf_set_rebalance_cb(configuration, rebalance);
        rd_kafka_conf_set_error_cb(configuration, NULL);
        rd_kafka_conf_set_opaque(configuration, member);
        member->kafka = kafka_new(RD_KAFKA_CONSUMER, configuration, error);
    }
    if (!member->kafka) {
        free(member);
        return NULL;
    }
    rd_kafka_poll_set_consumer(member->kafka);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)topic_count);
    for (size_t i = 0; i < topic_count; i++)
        rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(member->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (!code)
        return member;
    kafka_fail(code, error, "subscribe to the input topics");
    kafka_member_close(member);
    return NULL;
}

void kafka_member_close(struct kafka_member *member)
{
    if (!member)
        return;
    rd_kafka_consumer_close(member->kafka);
    rd_kafka_destroy(member->kafka);
    free(member);
}

// Errors that librdkafka mends by itself while we poll on.
static bool passes(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
        return true;
    default:
        return false;
    }
}

bool kafka_member_poll(struct kafka_member *member, int timeout_ms, struct arena *arena,
                       struct kafka_record *record, bool *got, struct error *error)
{
    *got = false;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(member->kafka, timeout_ms);
    if (member->failed.kind != ERROR_NONE) {
        *error = member->failed;
        if (message)
            rd_kafka_message_destroy(message);
        return false;
    }
    if (!message)
        return true;
    if (message->err) {
        bool passing = passes(message->err);
        if (!passing) {
            const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "";
            kafka_fail(message->err, error, "read the input topics");
            error_within(error, "reading '%s' partition %d at %lld: %s", topic, message->partition,
                         (long long)message->offset, rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(message);
        return passing;
    }
    kafka_record_from(message, arena, record);
    *got = true;
    return true;
}

bool kafka_member_partitions(struct kafka_member *member, const char *topic, int *count, struct error *error)
{
    if (!kafka_count_partitions(member->kafka, topic, count, error))
        return false;
    return *count > 0 || error_set(error, ERROR_UNAVAILABLE, NULL, "topic '%s' is not known yet", topic);
}

void kafka_member_mirror(struct kafka_member *member, const struct kafka_position *positions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset;
    rd_kafka_commit(member->kafka, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}

int64_t kafka_member_lag(struct kafka_member *member, const char *topic, int32_t partition, int64_t offset)
{
    int64_t low, high;
    if (rd_kafka_get_watermark_offsets(member->kafka, topic, partition, &low, &high) || high < 0)
        return -1;
    return high > offset ? high - offset : 0;
}
