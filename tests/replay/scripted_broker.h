// SPDX-License-Identifier: Apache-2.0
// The state of the scripted broker, shared by the files that implement the Kafka door. Everything is touched
// under the lock only, except `changes`, which tells a waiting member that looking is worth while.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "doors/kafka.h"
#include "scripted_kafka.h"

enum {
    SB_TOPICS = 16,
    SB_PARTITIONS = 16,
    SB_RECORDS = 512,
    SB_TRANSACTIONS = 2048,
    SB_PRODUCERS = 64,
    SB_MEMBERS = 16,
    SB_NAME = 96,
    SB_HEAP = 48 << 20,
    SB_LARGEST_RECORD = 1000000, // what a broker takes by default
};

struct sb_record {
    struct slice key, value;
    const struct kafka_header *headers;
    size_t header_count;
    int64_t arrival; // counts over all partitions
    int transaction; // -1: none
    bool marker;     // the end of a transaction: has an offset, is never delivered
};

struct sb_partition {
    int64_t first, end;
    struct sb_record records[SB_RECORDS];
};

struct sb_topic {
    char name[SB_NAME];
    int partition_count;
    struct sb_partition partitions[SB_PARTITIONS];
};

enum sb_state { SB_OPEN, SB_COMMITTED, SB_ABORTED };
struct sb_transaction {
    enum sb_state state;
    bool touched[SB_TOPICS][SB_PARTITIONS];
};

struct sb_producer {
    char id[SB_NAME];
    int epoch;
    int open; // its transaction, -1: none
};

struct sb_member {
    char name[SB_NAME];
    bool alive;
    int joined; // generation for which it has given back what it had
};

struct sb_broker {
    pthread_mutex_t lock;
    atomic_long changes;
    atomic_llong ahead_us; // of the clocks
    bool down;
    int64_t arrivals;
    int topic_count, transaction_count, producer_count, member_count, generation;
    int faults[SCRIPTED_FAULTS]; // passages left, 0: none planned
    struct {
        enum scripted_late state;
        struct sb_producer *producer;
        int epoch, records;
    } late;
    struct {
        struct sb_partition *partition;
        int64_t offset;
    } redeliver;
    struct sb_topic topics[SB_TOPICS];
    struct sb_transaction transactions[SB_TRANSACTIONS];
    struct sb_producer producers[SB_PRODUCERS];
    struct sb_member members[SB_MEMBERS];
    size_t heap_used;
    char heap[SB_HEAP];
};

extern struct sb_broker *broker;

void sb_lock(void);
void sb_unlock(void);  // after a change that members may want to see
void sb_release(void); // after a look

struct sb_topic *sb_topic(const char *name); // NULL where it does not exist
struct sb_partition *sb_partition(const char *topic, int32_t partition);
// A copy in the broker's memory, for ever.
struct slice sb_keep(struct slice slice);
int64_t sb_append(struct sb_topic *topic, int32_t partition, struct sb_record record);
// Ends the producer's open transaction, if any, with a marker in each partition it touched.
void sb_end(struct sb_producer *producer, enum sb_state state);
// True once the planned passage is reached.
bool sb_fails(enum scripted_fault fault);
// The next record from *offset on that a reader may see now, or NULL; *offset becomes its offset, or where the
// reader has to wait. `committed`: not beyond the first open transaction, and no aborted ones.
const struct sb_record *sb_next(const struct sb_partition *partition, bool committed, int64_t *offset);
// Fills a record whose bytes live in the arena.
void sb_deliver(const struct sb_topic *topic, int32_t partition, int64_t offset,
                const struct sb_record *stored, struct arena *arena, struct kafka_record *record);
