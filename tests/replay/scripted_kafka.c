// SPDX-License-Identifier: Apache-2.0
// The rest of the Kafka door over the scripted broker: publishers, readers and administration.
#include "scripted_kafka.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "scripted_broker.h"

struct slice kafka_record_header(const struct kafka_record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++)
        if (strcmp(record->headers[i].name, name) == 0)
            return record->headers[i].value;
    return (struct slice){ 0 };
}

// Murmur2 with the seed and the sign of Java's producer.
int32_t kafka_partition_of(struct slice key, int partitions)
{
    const uint32_t mix = 0x5bd1e995;
    const unsigned char *at = (const unsigned char *)key.data;
    uint32_t hash = 0x9747b28c ^ (uint32_t)key.size;
    size_t left = key.size;
    for (; left >= 4; at += 4, left -= 4) {
        uint32_t word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        word *= mix;
        word ^= word >> 24;
        hash = (hash * mix) ^ (word * mix);
    }
    for (size_t i = left; i-- > 0;)
        hash ^= (uint32_t)at[i] << (8 * i);
    if (left)
        hash *= mix;
    hash ^= hash >> 13;
    hash *= mix;
    hash ^= hash >> 15;
    return (int32_t)((hash & 0x7fffffff) % (uint32_t)partitions);
}

static bool unavailable(struct error *error, const char *doing)
{
    return error_set(error, ERROR_UNAVAILABLE, NULL, "could not %s: the broker does not answer", doing);
}

// --- Administration

bool kafka_cluster(const struct kafka_settings *settings, struct arena *arena, struct slice *cluster,
                   struct error *error)
{
    (void)settings;
    if (broker->down)
        return unavailable(error, "ask for the cluster's id");
    *cluster = arena_printf(arena, "scripted");
    return true;
}

bool kafka_create_topics(const struct kafka_settings *settings, const struct kafka_topic *topics,
                         size_t count, int replication, struct error *error)
{
    (void)settings;
    (void)replication;
    for (size_t i = 0; i < count; i++) {
        const struct sb_topic *exists = sb_topic(topics[i].name);
        if (!exists)
            scripted_topic(topics[i].name, topics[i].partitions);
        else if (exists->partition_count < topics[i].partitions)
            return error_set(error, ERROR_INTERNAL, NULL, "topic '%s' has %d partitions", topics[i].name,
                             exists->partition_count);
    }
    return true;
}

// --- Publishing

struct kafka_publisher {
    struct sb_producer *producer; // NULL: not transactional
    int epoch;
    bool begun, touched; // touched: the broker knows of the transaction
};

static struct sb_producer *producer_of(const char *id)
{
    for (int i = 0; i < broker->producer_count; i++)
        if (strcmp(broker->producers[i].id, id) == 0)
            return &broker->producers[i];
    assert(broker->producer_count < SB_PRODUCERS);
    struct sb_producer *producer = &broker->producers[broker->producer_count];
    snprintf(producer->id, sizeof producer->id, "%s", id);
    producer->open = -1;
    broker->producer_count++;
    return producer;
}

struct kafka_publisher *kafka_publisher_open(const struct kafka_settings *settings,
                                             const char *transactional_id, struct error *error)
{
    (void)settings;
    struct kafka_publisher *publisher = NULL;
    sb_lock();
    if (broker->down || sb_fails(SCRIPTED_OPEN)) {
        unavailable(error, "begin publishing");
    } else {
        publisher = calloc(1, sizeof *publisher);
        if (transactional_id) {
            publisher->producer = producer_of(transactional_id);
            sb_end(publisher->producer, SB_ABORTED);
            publisher->epoch = ++publisher->producer->epoch;
        }
    }
    sb_unlock();
    return publisher;
}

// As with the real one, an open transaction stays open until the next owner ends it.
void kafka_publisher_close(struct kafka_publisher *publisher)
{
    free(publisher);
}

bool kafka_publisher_begin(struct kafka_publisher *publisher, struct error *error)
{
    if (publisher->begun)
        return error_set(error, ERROR_INTERNAL, NULL, "cannot begin a transaction inside another");
    publisher->begun = true;
    publisher->touched = false;
    return true;
}

static bool owns(const struct kafka_publisher *publisher, struct error *error)
{
    return !publisher->producer || publisher->producer->epoch == publisher->epoch ||
           error_set(error, ERROR_FENCED, NULL, "another producer has taken the transactional id '%s'",
                     publisher->producer->id);
}

// Enters the transaction at its first record. A transaction that somebody has ended meanwhile takes no more.
static bool enter(struct kafka_publisher *publisher, struct error *error)
{
    struct sb_producer *producer = publisher->producer;
    assert(!producer || publisher->begun);
    if (!producer || (publisher->touched && producer->open >= 0))
        return true;
    if (publisher->touched)
        return error_set(error, ERROR_INTERNAL, NULL, "the transaction is not open: INVALID_TXN_STATE");
    assert(producer->open < 0 && broker->transaction_count < SB_TRANSACTIONS);
    producer->open = broker->transaction_count++;
    publisher->touched = true;
    return true;
}

static void late_end(const struct kafka_publisher *publisher)
{
    if (broker->late.state != LATE_HELD || publisher->producer != broker->late.producer ||
        --broker->late.records > 0)
        return;
    bool known = publisher->producer->epoch == broker->late.epoch;
    broker->late.state = known ? LATE_ENDED_ANOTHER : LATE_REFUSED;
    if (known)
        sb_end(publisher->producer, SB_COMMITTED);
}

static bool put(struct kafka_publisher *publisher, const char *topic, int32_t partition, struct slice key,
                struct slice value, const struct kafka_header *headers, size_t header_count,
                struct error *error)
{
    struct sb_topic *into = sb_topic(topic);
    if (broker->down || sb_fails(SCRIPTED_PUBLISH))
        return unavailable(error, "publish a record");
    if (!into || partition >= into->partition_count)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not publish: no '%s' partition %d", topic,
                         partition);
    if (key.size + value.size > SB_LARGEST_RECORD)
        return error_set(error, ERROR_INVALID, NULL, "a record of %zu bytes is too large", value.size);
    if (!owns(publisher, error) || !enter(publisher, error))
        return false;
    struct slice room = sb_keep((struct slice){ (const char *)headers, header_count * sizeof *headers });
    struct kafka_header *copies = (struct kafka_header *)(uintptr_t)room.data;
    for (size_t i = 0; i < header_count; i++) {
        copies[i].name = sb_keep((struct slice){ headers[i].name, strlen(headers[i].name) + 1 }).data;
        copies[i].value = sb_keep(headers[i].value);
    }
    sb_append(into, partition >= 0 ? partition : kafka_partition_of(key, into->partition_count),
              (struct sb_record){ .key = sb_keep(key),
                                  .value = sb_keep(value),
                                  .headers = copies,
                                  .header_count = header_count,
                                  .transaction = publisher->producer ? publisher->producer->open : -1 });
    late_end(publisher);
    return true;
}

bool kafka_publish(struct kafka_publisher *publisher, const char *topic, int32_t partition, struct slice key,
                   struct slice value, const struct kafka_header *headers, size_t header_count,
                   struct error *error)
{
    sb_lock();
    bool good = put(publisher, topic, partition, key, value, headers, header_count, error);
    sb_unlock();
    return good;
}

static bool commit(struct kafka_publisher *publisher, bool *doubtful, struct error *error)
{
    struct sb_producer *producer = publisher->producer;
    if (broker->down || sb_fails(SCRIPTED_COMMIT))
        return unavailable(error, "commit a transaction");
    if (!owns(publisher, error))
        return false;
    if (publisher->touched && producer->open < 0)
        return error_set(error, ERROR_INTERNAL, NULL, "the transaction is not open: INVALID_TXN_STATE");
    sb_end(producer, SB_COMMITTED);
    publisher->begun = false;
    if (sb_fails(SCRIPTED_UNANSWERED))
        return unavailable(error, "commit a transaction");
    bool late = sb_fails(SCRIPTED_LATE);
    if (late) {
        broker->late.state = LATE_HELD;
        broker->late.producer = producer;
        broker->late.epoch = publisher->epoch;
    }
    *doubtful = sb_fails(SCRIPTED_DOUBTFUL) || late;
    return true;
}

bool kafka_publisher_commit(struct kafka_publisher *publisher, bool *doubtful, struct error *error)
{
    *doubtful = false;
    sb_lock();
    bool good = commit(publisher, doubtful, error);
    sb_unlock();
    return good;
}

bool kafka_publisher_flush(struct kafka_publisher *publisher, int timeout_ms, struct error *error)
{
    (void)publisher;
    (void)timeout_ms;
    (void)error;
    return true;
}

// --- Reading

struct kafka_reader {
    bool committed;
    struct kafka_position *positions;
    bool *told; // that this position is at the end
    size_t count;
};

struct kafka_reader *kafka_reader_open(const struct kafka_settings *settings, bool committed,
                                       struct error *error)
{
    (void)settings;
    (void)error;
    struct kafka_reader *reader = calloc(1, sizeof *reader);
    reader->committed = committed;
    return reader;
}

void kafka_reader_close(struct kafka_reader *reader)
{
    if (!reader)
        return;
    free(reader->positions);
    free(reader->told);
    free(reader);
}

bool kafka_reader_partitions(struct kafka_reader *reader, const char *topic, int *count, struct error *error)
{
    (void)reader;
    const struct sb_topic *found = sb_topic(topic);
    if (!found)
        return error_set(error, ERROR_INVALID, NULL, "topic '%s' does not exist", topic);
    *count = found->partition_count;
    return true;
}

bool kafka_reader_range(struct kafka_reader *reader, const char *topic, int32_t partition, int64_t *first,
                        int64_t *end, struct error *error)
{
    (void)reader;
    sb_lock();
    const struct sb_partition *found = sb_partition(topic, partition);
    bool good = !broker->down && found;
    if (good) {
        *first = found->first;
        *end = found->end;
    }
    sb_unlock();
    return good || unavailable(error, "ask for the ends of a partition");
}

bool kafka_reader_seek(struct kafka_reader *reader, const struct kafka_position *positions, size_t count,
                       struct error *error)
{
    (void)error;
    free(reader->positions);
    free(reader->told);
    reader->positions = calloc(count, sizeof *positions);
    reader->told = calloc(count, sizeof *reader->told);
    memcpy(reader->positions, positions, count * sizeof *positions);
    for (size_t i = 0; i < count; i++) // the caller's names need not last
        reader->positions[i].topic = sb_topic(positions[i].topic)->name;
    reader->count = count;
    return true;
}

static void next(struct kafka_reader *reader, struct arena *arena, struct kafka_record *record, bool *got,
                 bool *at_end)
{
    for (size_t i = 0; i < reader->count && !*got && !*at_end; i++) {
        struct kafka_position *position = &reader->positions[i];
        const struct sb_record *found =
            sb_next(sb_partition(position->topic, position->partition), reader->committed, &position->offset);
        *got = found != NULL;
        *at_end = !found && !reader->told[i];
        if (found)
            sb_deliver(sb_topic(position->topic), position->partition, position->offset++, found, arena,
                       record);
        else if (*at_end)
            *record = (struct kafka_record){ .topic = position->topic,
                                             .partition = position->partition,
                                             .offset = position->offset };
        reader->told[i] = !found;
    }
}

bool kafka_reader_next(struct kafka_reader *reader, int timeout_ms, struct arena *arena,
                       struct kafka_record *record, bool *got, bool *at_end, struct error *error)
{
    (void)error;
    *got = *at_end = false;
    sb_lock();
    if (!broker->down)
        next(reader, arena, record, got, at_end);
    sb_unlock();
    if (!*got && !*at_end)
        usleep((useconds_t)timeout_ms * 1000 / SCRIPTED_SPEED);
    return true;
}
