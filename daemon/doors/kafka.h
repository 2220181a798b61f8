// SPDX-License-Identifier: Apache-2.0
// The door to librdkafka (2.0.2 and later). Everything here may block for as long as the settings say;
// nothing calls back on a foreign thread except the counters inside.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

// Properties of librdkafka as "name=value", applied after our own defaults and before what the protocol
// insists on (isolation level, auto commit, offset reset).
struct kafka_settings {
    const char *const *properties;
    size_t property_count;
    const char *client_id;
};

struct kafka_header {
    const char *name;
    struct slice value;
};

struct kafka_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    struct slice key, value;
    const struct kafka_header *headers;
    size_t header_count;
};

// The value of a header, empty where absent.
struct slice kafka_record_header(const struct kafka_record *record, const char *name);

// --- Administration

struct kafka_topic {
    const char *name;
    int partitions;
    bool compacted;
    int64_t most_bytes; // of a record (max.message.bytes), 0: the broker's default
};

// The cluster's id, in the arena.
bool kafka_cluster(const struct kafka_settings *settings, struct arena *arena, struct slice *cluster,
                   struct error *error);
// Makes the topics that do not exist, with `replication` copies (-1: the broker's default). Existing ones
// keep their shape; one with fewer partitions than wanted is an error that says so.
bool kafka_create_topics(const struct kafka_settings *settings, const struct kafka_topic *topics,
                         size_t count, int replication, struct error *error);

// --- A member of a group: the workers

struct kafka_position {
    const char *topic;
    int32_t partition;
    int64_t offset; // first record wanted; KAFKA_FIRST for the oldest there is
};
enum { KAFKA_FIRST = -2 };

// Called inside kafka_member_poll when partitions come and go. `take` fills the offsets; where it fails the
// member takes nothing and the poll fails with its error. `drop` may be told of partitions that `take` has
// never seen. `lost` means that others may own them already.
struct kafka_ownership {
    void *context;
    bool (*take)(void *context, struct kafka_position *positions, size_t count, struct error *error);
    void (*drop)(void *context, const struct kafka_position *positions, size_t count, bool lost);
};

struct kafka_member;

// Static membership under `instance`. Positions are never read from or reset by Kafka.
struct kafka_member *kafka_member_open(const struct kafka_settings *settings, const char *group,
                                       const char *instance, const char *const *topics, size_t topic_count,
                                       const struct kafka_ownership *ownership, struct error *error);
// Waits for every record it handed out: reset their arenas first.
void kafka_member_close(struct kafka_member *member);

// One record, or none within the time (*got false). The record lives until the arena is reset. False on an
// error that polling on will not mend: close the member and open a new one.
bool kafka_member_poll(struct kafka_member *member, int timeout_ms, struct arena *arena,
                       struct kafka_record *record, bool *got, struct error *error);
// Mirrors positions to the group's offsets, without waiting: for lag tools only.
void kafka_member_mirror(struct kafka_member *member, const struct kafka_position *positions, size_t count);
// Records between `offset` and the end as last heard of; -1 where unknown.
int64_t kafka_member_lag(struct kafka_member *member, const char *topic, int32_t partition, int64_t offset);

// The number of a topic's partitions; ERROR_UNAVAILABLE where the broker does not tell.
bool kafka_member_partitions(struct kafka_member *member, const char *topic, int *count, struct error *error);
// Where a record with this key belongs: murmur2, as in Java's producer and in kafka_publish.
int32_t kafka_partition_of(struct slice key, int partitions);

// --- Reading a partition without a group: relay, tail, verify

struct kafka_reader;

// `committed`: transactions that were aborted are not seen.
struct kafka_reader *kafka_reader_open(const struct kafka_settings *settings, bool committed,
                                       struct error *error);
// Waits for every record it handed out: reset their arenas first.
void kafka_reader_close(struct kafka_reader *reader);
// Number of partitions; ERROR_INVALID where the topic does not exist.
bool kafka_reader_partitions(struct kafka_reader *reader, const char *topic, int *count, struct error *error);
bool kafka_reader_range(struct kafka_reader *reader, const char *topic, int32_t partition, int64_t *first,
                        int64_t *end, struct error *error);
// From now on records come from these positions only.
bool kafka_reader_seek(struct kafka_reader *reader, const struct kafka_position *positions, size_t count,
                       struct error *error);
// One record; *got false where none came in time or a partition's end was reached (*at_end tells).
bool kafka_reader_next(struct kafka_reader *reader, int timeout_ms, struct arena *arena,
                       struct kafka_record *record, bool *got, bool *at_end, struct error *error);

// --- Publishing

struct kafka_publisher;

// With a transactional id: new producer and init_transactions, which aborts what a former owner left open and
// fences him. Without (NULL): an idempotent producer.
struct kafka_publisher *kafka_publisher_open(const struct kafka_settings *settings,
                                             const char *transactional_id, struct error *error);
void kafka_publisher_close(struct kafka_publisher *publisher);

bool kafka_publisher_begin(struct kafka_publisher *publisher, struct error *error);
// Queues one record; the bytes are copied. partition -1: by key (murmur2, as Java's producer does).
bool kafka_publish(struct kafka_publisher *publisher, const char *topic, int32_t partition, struct slice key,
                   struct slice value, const struct kafka_header *headers, size_t header_count,
                   struct error *error);
// Commits. After a failure, or where *doubtful is true (slow, retried, or a broker connection was lost
// meanwhile), the publisher must be closed and made anew before anything else: librdkafka's end of a
// transaction can be delayed and would then end the next one. ERROR_FENCED: another owner publishes now.
bool kafka_publisher_commit(struct kafka_publisher *publisher, bool *doubtful, struct error *error);
// Without transaction: waits until all is acknowledged.
bool kafka_publisher_flush(struct kafka_publisher *publisher, int timeout_ms, struct error *error);

// --- The embedded broker

// librdkafka's in-process cluster: speaks the real protocol on loopback, keeps about 5 MB a partition and
// forgets all at exit. For evaluation.
struct kafka_broker;
struct kafka_broker *kafka_broker_open(const struct kafka_topic *topics, size_t count, struct error *error);
void kafka_broker_close(struct kafka_broker *broker);
const char *kafka_broker_address(const struct kafka_broker *broker); // for bootstrap.servers
