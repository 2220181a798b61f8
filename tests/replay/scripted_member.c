// SPDX-License-Identifier: Apache-2.0
// The members of the group: eager, ranges over the names of those alive, a topic at a time.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "scripted_broker.h"

enum { MOST_OWNED = SB_TOPICS * SB_PARTITIONS, NAP_US = 1000 };

struct kafka_member {
    struct sb_member *slot;
    struct kafka_ownership ownership;
    char topics[SB_TOPICS][SB_NAME];
    size_t topic_count;
    bool owns; // between take and drop
    int generation;
    struct kafka_position owned[MOST_OWNED];
    size_t owned_count;
    long seen; // changes that the last look has taken into account
};

static struct sb_member *slot_of(const char *instance)
{
    for (int i = 0; i < broker->member_count; i++)
        if (strcmp(broker->members[i].name, instance) == 0)
            return &broker->members[i];
    assert(broker->member_count < SB_MEMBERS);
    struct sb_member *slot = &broker->members[broker->member_count];
    snprintf(slot->name, sizeof slot->name, "%s", instance);
    broker->member_count++;
    return slot;
}

static void join(struct sb_member *slot)
{
    slot->alive = true;
    slot->joined = ++broker->generation;
}

struct kafka_member *kafka_member_open(const struct kafka_settings *settings, const char *group,
                                       const char *instance, const char *const *topics, size_t topic_count,
                                       const struct kafka_ownership *ownership, struct error *error)
{
    (void)settings;
    (void)group;
    (void)error;
    struct kafka_member *member = calloc(1, sizeof *member);
    member->ownership = *ownership;
    for (size_t i = 0; i < topic_count; i++)
        snprintf(member->topics[member->topic_count++], SB_NAME, "%s", topics[i]);
    sb_lock();
    member->slot = slot_of(instance);
    join(member->slot);
    sb_unlock();
    return member;
}

static void give_back(struct kafka_member *member, bool lost)
{
    if (member->owns)
        member->ownership.drop(member->ownership.context, member->owned, member->owned_count, lost);
    member->owns = false;
    member->owned_count = 0;
}

void kafka_member_close(struct kafka_member *member)
{
    if (!member)
        return;
    give_back(member, false);
    sb_lock();
    if (member->slot->alive)
        broker->generation++;
    member->slot->alive = false;
    sb_unlock();
    free(member);
}

// --- Rebalances

// Everybody alive has given back; only then is anything assigned.
static bool all_joined(void)
{
    for (int i = 0; i < broker->member_count; i++)
        if (broker->members[i].alive && broker->members[i].joined != broker->generation)
            return false;
    return true;
}

static void rank(const struct sb_member *slot, int *own, int *count)
{
    *own = *count = 0;
    for (int i = 0; i < broker->member_count; i++) {
        if (!broker->members[i].alive)
            continue;
        ++*count;
        *own += strcmp(broker->members[i].name, slot->name) < 0;
    }
}

static void assign(struct kafka_member *member)
{
    int own, count;
    rank(member->slot, &own, &count);
    for (size_t i = 0; i < member->topic_count; i++) {
        struct sb_topic *topic = sb_topic(member->topics[i]);
        int partitions = topic ? topic->partition_count : 0, each = partitions / count,
            more = partitions % count;
        int from = own * each + (own < more ? own : more), to = from + each + (own < more);
        for (int j = from; j < to; j++)
            member->owned[member->owned_count++] = (struct kafka_position){ topic->name, j, KAFKA_FIRST };
    }
}

// Gives back and takes as the group wants it; false where `take` has failed.
static bool rebalance(struct kafka_member *member, struct error *error)
{
    sb_lock();
    bool expired = !member->slot->alive;
    bool stale = expired || member->generation != broker->generation;
    sb_release();
    if (!stale && member->owns)
        return true;
    if (stale)
        give_back(member, expired);
    sb_lock();
    if (expired)
        join(member->slot);
    bool moved = member->slot->joined != broker->generation || expired;
    member->generation = member->slot->joined = broker->generation;
    bool ready = !broker->down && all_joined();
    if (ready)
        assign(member);
    if (moved)
        sb_unlock();
    else
        sb_release();
    if (!ready)
        return true;
    if (member->ownership.take(member->ownership.context, member->owned, member->owned_count, error)) {
        member->owns = true;
        return true;
    }
    member->owned_count = 0;
    return false;
}

// --- Records

static bool in_range(struct kafka_position *position, struct error *error)
{
    const struct sb_partition *partition = sb_partition(position->topic, position->partition);
    if (position->offset == KAFKA_FIRST)
        position->offset = partition->first;
    return (position->offset >= partition->first && position->offset <= partition->end) ||
           error_set(error, ERROR_INTERNAL, NULL, "offset %lld of '%s' partition %d is out of range",
                     (long long)position->offset, position->topic, position->partition);
}

static void redeliver(struct kafka_position *position)
{
    if (!broker->redeliver.partition ||
        broker->redeliver.partition != sb_partition(position->topic, position->partition))
        return;
    position->offset = broker->redeliver.offset;
    broker->redeliver.partition = NULL;
}

// Under the lock: the oldest record among the partitions, whatever its partition.
static bool look(struct kafka_member *member, struct arena *arena, struct kafka_record *record, bool *got,
                 struct error *error)
{
    struct kafka_position *from = NULL;
    const struct sb_record *oldest = NULL;
    for (size_t i = 0; i < member->owned_count; i++) {
        struct kafka_position *position = &member->owned[i];
        redeliver(position);
        if (!in_range(position, error))
            return false;
        const struct sb_record *next =
            sb_next(sb_partition(position->topic, position->partition), true, &position->offset);
        if (next && (!oldest || next->arrival < oldest->arrival)) {
            oldest = next;
            from = position;
        }
    }
    *got = oldest != NULL;
    if (oldest) {
        sb_deliver(sb_topic(from->topic), from->partition, from->offset, oldest, arena, record);
        from->offset++;
    }
    return true;
}

// Idle members watch a counter only: a process may be stopped at any time and must not hold the lock then.
bool kafka_member_poll(struct kafka_member *member, int timeout_ms, struct arena *arena,
                       struct kafka_record *record, bool *got, struct error *error)
{
    int64_t until_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
    *got = false;
    for (;;) {
        long changes = atomic_load(&broker->changes);
        if (changes != member->seen) {
            if (!rebalance(member, error))
                return false;
            sb_lock();
            bool good = true;
            if (sb_fails(SCRIPTED_POLL))
                good = error_set(error, ERROR_UNAVAILABLE, NULL, "could not read the input topics: planned");
            else if (!broker->down && member->owns)
                good = look(member, arena, record, got, error);
            sb_release();
            if (!good || *got)
                return good;
            member->seen = changes;
        }
        if (clock_monotonic_us() >= until_us)
            return true;
        usleep(NAP_US);
    }
}

void kafka_member_mirror(struct kafka_member *member, const struct kafka_position *positions, size_t count)
{
    for (size_t i = 0; i < count; i++) // nothing may be mirrored that the member does not own
        for (size_t j = 0; j <= member->owned_count; j++) {
            assert(j < member->owned_count);
            if (strcmp(member->owned[j].topic, positions[i].topic) == 0 &&
                member->owned[j].partition == positions[i].partition)
                break;
        }
}

int64_t kafka_member_lag(struct kafka_member *member, const char *topic, int32_t partition, int64_t offset)
{
    (void)member;
    sb_lock();
    const struct sb_partition *of = sb_partition(topic, partition);
    int64_t lag = !of || broker->down ? -1 : of->end > offset ? of->end - offset : 0;
    sb_release();
    return lag;
}

bool kafka_member_partitions(struct kafka_member *member, const char *topic, int *count, struct error *error)
{
    (void)member;
    sb_lock();
    const struct sb_topic *found = broker->down ? NULL : sb_topic(topic);
    if (found)
        *count = found->partition_count;
    sb_release();
    return found || error_set(error, ERROR_UNAVAILABLE, NULL, "topic '%s' is not known yet", topic);
}
