// SPDX-License-Identifier: Apache-2.0
#include "scripted_broker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { LOCK_WITHIN_S = 30 };

struct sb_broker *broker;

void scripted_open(void)
{
    broker =
        mmap(NULL, sizeof *broker, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert(broker != MAP_FAILED);
    // Robust: a process that is killed in the door leaves a lock that the next one can take.
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&broker->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    broker->generation = 1;
}

void scripted_close(void)
{
    if (broker)
        munmap(broker, sizeof *broker);
    broker = NULL;
}

void sb_lock(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOCK_WITHIN_S;
    int code = pthread_mutex_timedlock(&broker->lock, &until);
    if (code == EOWNERDEAD) // every change below is whole once its last assignment is done
        pthread_mutex_consistent(&broker->lock);
    else if (code) {
        fputs("scripted Kafka: the lock is held for ever: was a process stopped inside the door?\n", stderr);
        abort();
    }
}

void sb_unlock(void)
{
    atomic_fetch_add(&broker->changes, 1);
    sb_release();
}

void sb_release(void)
{
    pthread_mutex_unlock(&broker->lock);
}

struct slice sb_keep(struct slice slice)
{
    assert(slice.size <= SB_HEAP - broker->heap_used);
    char *copy = broker->heap + broker->heap_used;
    if (slice.size)
        memcpy(copy, slice.data, slice.size);
    broker->heap_used += (slice.size + 15) & ~(size_t)15;
    return (struct slice){ copy, slice.size };
}

struct sb_topic *sb_topic(const char *name)
{
    for (int i = 0; i < broker->topic_count; i++)
        if (strcmp(broker->topics[i].name, name) == 0)
            return &broker->topics[i];
    return NULL;
}

struct sb_partition *sb_partition(const char *topic, int32_t partition)
{
    struct sb_topic *found = sb_topic(topic);
    return found && partition >= 0 && partition < found->partition_count ? &found->partitions[partition]
                                                                         : NULL;
}

int64_t sb_append(struct sb_topic *topic, int32_t partition, struct sb_record record)
{
    struct sb_partition *into = &topic->partitions[partition];
    assert(into->end < SB_RECORDS);
    record.arrival = broker->arrivals++;
    into->records[into->end] = record;
    if (record.transaction >= 0)
        broker->transactions[record.transaction].touched[topic - broker->topics][partition] = true;
    return into->end++;
}

void sb_end(struct sb_producer *producer, enum sb_state state)
{
    if (producer->open < 0)
        return;
    struct sb_transaction *transaction = &broker->transactions[producer->open];
    producer->open = -1;
    transaction->state = state;
    for (int i = 0; i < broker->topic_count; i++)
        for (int j = 0; j < broker->topics[i].partition_count; j++)
            if (transaction->touched[i][j])
                sb_append(&broker->topics[i], j, (struct sb_record){ .transaction = -1, .marker = true });
}

bool sb_fails(enum scripted_fault fault)
{
    return broker->faults[fault] > 0 && --broker->faults[fault] == 0;
}

const struct sb_record *sb_next(const struct sb_partition *partition, bool committed, int64_t *offset)
{
    if (*offset < partition->first)
        *offset = partition->first;
    for (; *offset < partition->end; ++*offset) {
        const struct sb_record *record = &partition->records[*offset];
        enum sb_state state =
            record->transaction < 0 ? SB_COMMITTED : broker->transactions[record->transaction].state;
        if (record->marker || (committed && state == SB_ABORTED))
            continue;
        return committed && state == SB_OPEN ? NULL : record;
    }
    return NULL;
}

void sb_deliver(const struct sb_topic *topic, int32_t partition, int64_t offset,
                const struct sb_record *stored, struct arena *arena, struct kafka_record *record)
{
    struct kafka_header *headers = ARENA_ARRAY(arena, stored->header_count, struct kafka_header);
    for (size_t i = 0; i < stored->header_count; i++)
        headers[i] = (struct kafka_header){ arena_string(arena, slice_of(stored->headers[i].name)),
                                            arena_copy(arena, stored->headers[i].value) };
    *record = (struct kafka_record){ .topic = topic->name,
                                     .partition = partition,
                                     .offset = offset,
                                     .timestamp_ms = stored->arrival,
                                     .key = arena_copy(arena, stored->key),
                                     .value = arena_copy(arena, stored->value),
                                     .headers = headers,
                                     .header_count = stored->header_count };
}

// --- The script's hand

void scripted_topic(const char *name, int partitions)
{
    sb_lock();
    assert(broker->topic_count < SB_TOPICS && partitions <= SB_PARTITIONS && !sb_topic(name));
    struct sb_topic *topic = &broker->topics[broker->topic_count];
    snprintf(topic->name, sizeof topic->name, "%s", name);
    topic->partition_count = partitions;
    broker->topic_count++;
    sb_unlock();
}

int64_t scripted_put(const char *topic, int32_t partition, struct slice key, struct slice value)
{
    sb_lock();
    int64_t offset = -1;
    if (sb_partition(topic, partition))
        offset =
            sb_append(sb_topic(topic), partition,
                      (struct sb_record){ .key = sb_keep(key), .value = sb_keep(value), .transaction = -1 });
    sb_unlock();
    return offset;
}

void scripted_plan(enum scripted_fault fault, int passage)
{
    sb_lock();
    broker->faults[fault] = passage;
    sb_unlock();
}

void scripted_late_after(int records)
{
    sb_lock();
    broker->late.records = records;
    sb_unlock();
}

enum scripted_late scripted_late(void)
{
    sb_lock();
    enum scripted_late state = broker->late.state;
    sb_release();
    return state;
}

void scripted_down(bool down)
{
    sb_lock();
    broker->down = down;
    sb_unlock();
}

void scripted_expire(const char *instance)
{
    size_t length = strlen(instance);
    sb_lock();
    for (int i = 0; i < broker->member_count; i++) {
        struct sb_member *member = &broker->members[i];
        if (member->alive && strncmp(member->name, instance, length) == 0 && member->name[length] == '-') {
            member->alive = false;
            broker->generation++;
        }
    }
    sb_unlock();
}

void scripted_redeliver(const char *topic, int32_t partition, int64_t offset)
{
    sb_lock();
    broker->redeliver.offset = offset;
    broker->redeliver.partition = sb_partition(topic, partition);
    sb_unlock();
}

void scripted_empty(const char *topic, int32_t partition)
{
    sb_lock();
    struct sb_partition *emptied = sb_partition(topic, partition);
    if (emptied)
        emptied->first = emptied->end;
    sb_unlock();
}

void scripted_advance(int64_t us)
{
    atomic_fetch_add(&broker->ahead_us, us);
}
