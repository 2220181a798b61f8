// SPDX-License-Identifier: Apache-2.0
// Before topics and database can be compared, what stood there when verify began must be through: decided by
// the workers, published by the relay. Whatever comes later does not matter.
#include <inttypes.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/progress.h"
#include "ctl/verify_topics.h"

enum { POLL_MS = 200, QUIET_MS = 15000, LOOK_EVERY_MS = 250, MARK_WINDOW = 64 };

// --- Marks

static struct verify_shard *by_progress(struct verify_shard *shards, size_t count, int32_t partition)
{
    for (size_t i = 0; i < count; i++)
        if (shards[i].progress == partition)
            return &shards[i];
    return NULL;
}

// One look at the last `window` records of every partition that still lacks a mark; *again where a wider
// window may find more.
static bool look_for_marks(struct verify *verify, struct kafka_reader *reader, struct verify_shard *shards,
                           size_t count, int64_t window, bool *again, struct error *error)
{
    const char *topic = verify->online.settings.progress_topic;
    struct kafka_position *positions = ARENA_ARRAY(verify->scratch, count, struct kafka_position);
    size_t wanted = 0, ended = 0;
    *again = false;
    for (size_t i = 0; i < count; i++) {
        int64_t first, end;
        if (shards[i].mark >= 0)
            continue;
        if (!kafka_reader_range(reader, topic, shards[i].progress, &first, &end, error))
            return false;
        if (first == end)
            continue;
        bool whole = end - first <= window;
        *again = *again || !whole;
        positions[wanted++] =
            (struct kafka_position){ topic, shards[i].progress, whole ? first : end - window };
    }
    if (wanted && !kafka_reader_seek(reader, positions, wanted, error))
        return false;
    int64_t deadline = clock_monotonic_us() + QUIET_MS * INT64_C(1000);
    while (ended < wanted) {
        struct kafka_record record;
        bool got, at_end;
        if (!kafka_reader_next(reader, POLL_MS, verify->scratch, &record, &got, &at_end, error))
            return false;
        ended += at_end;
        struct verify_shard *shard = got ? by_progress(shards, count, record.partition) : NULL;
        if (shard && !slice_integer(record.value, &shard->mark))
            return error_set(error, ERROR_INTERNAL, NULL, "%s[%d]@%lld holds '%.*s', not a mark", topic,
                             record.partition, (long long)record.offset, SLICE_ARGS(record.value));
        if (clock_monotonic_us() > deadline)
            return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read topic %s to its end within %d s",
                             topic, QUIET_MS / 1000);
    }
    return true;
}

bool verify_read_marks(struct verify *verify, struct kafka_reader *reader, struct verify_shard *shards,
                       size_t count, struct error *error)
{
    bool again = true;
    for (size_t i = 0; i < count; i++)
        shards[i].mark = -1;
    for (int64_t window = MARK_WINDOW; again; window *= 4) {
        arena_reset(verify->scratch);
        if (!look_for_marks(verify, reader, shards, count, window, &again, error))
            return error_within(error, "reading the marks");
    }
    return true;
}

// --- Inputs

struct target {
    const char *topic;
    int32_t partition;
    int64_t end;       // when verify began
    int64_t undecided; // offset of the first record without a decision, -1 for none
};

struct targets {
    struct target *items;
    size_t count;
};

static bool find_targets(struct verify *verify, struct kafka_reader *reader, struct targets *targets,
                         struct error *error)
{
    const enum topic topics[] = { TOPIC_INBOUND, TOPIC_ERP };
    size_t capacity = 0;
    for (size_t i = 0; i < 2; i++) {
        const char *topic = verify->online.settings.topics[topics[i]];
        int partitions;
        if (!kafka_reader_partitions(reader, topic, &partitions, error))
            return false;
        targets->items = arena_grow(verify->online.arena, targets->items, &capacity,
                                    targets->count + (size_t)partitions, sizeof *targets->items);
        for (int32_t partition = 0; partition < partitions; partition++) {
            int64_t first, end;
            if (!kafka_reader_range(reader, topic, partition, &first, &end, error))
                return false;
            targets->items[targets->count++] =
                (struct target){ topic, partition, first == end ? 0 : end, -1 };
        }
    }
    return true;
}

static const struct verify_shard *shard_of(const struct verify_shard *shards, size_t count, const char *topic,
                                           int32_t partition)
{
    for (size_t i = 0; i < count; i++)
        if (shards[i].partition == partition && strcmp(shards[i].topic, topic) == 0)
            return &shards[i];
    return NULL;
}

static struct target *target_of(struct targets *targets, const struct kafka_record *record)
{
    for (size_t i = 0; i < targets->count; i++)
        if (targets->items[i].partition == record->partition &&
            strcmp(targets->items[i].topic, record->topic) == 0)
            return &targets->items[i];
    return NULL;
}

// Looks for a record behind each shard's position; behind it there may be markers only, which are no records.
static bool find_undecided(struct verify *verify, struct kafka_reader *reader, struct targets *targets,
                           const struct verify_shard *shards, size_t shard_count, bool *any,
                           struct error *error)
{
    struct kafka_position *positions = ARENA_ARRAY(verify->scratch, targets->count, struct kafka_position);
    size_t wanted = 0, done = 0;
    *any = false;
    for (size_t i = 0; i < targets->count; i++) {
        struct target *target = &targets->items[i];
        const struct verify_shard *shard = shard_of(shards, shard_count, target->topic, target->partition);
        int64_t from = shard ? shard->next_offset : KAFKA_FIRST;
        target->undecided = -1;
        if (target->end > (shard ? shard->next_offset : 0))
            positions[wanted++] = (struct kafka_position){ target->topic, target->partition, from };
    }
    if (wanted && !kafka_reader_seek(reader, positions, wanted, error))
        return false;
    int64_t deadline = clock_monotonic_us() + QUIET_MS * INT64_C(1000);
    while (done < wanted && !*any) {
        struct kafka_record record;
        bool got, at_end;
        if (!kafka_reader_next(reader, POLL_MS, verify->scratch, &record, &got, &at_end, error))
            return false;
        struct target *target = got || at_end ? target_of(targets, &record) : NULL;
        if (target && got && record.offset < target->end) {
            target->undecided = record.offset;
            *any = true;
        }
        done += at_end || (target && got && record.offset >= target->end);
        if (clock_monotonic_us() > deadline)
            return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read the consumed topics within %d s",
                             QUIET_MS / 1000);
    }
    return true;
}

// --- Waiting

static bool time_is_over(const struct verify *verify, int64_t began_us)
{
    return clock_monotonic_us() - began_us > verify->wait_s * INT64_C(1000000);
}

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
}

static bool load(struct verify *verify, struct verify_shard **shards, size_t *count, struct error *error)
{
    return verify_load_shards(&verify->online, verify->topics->cluster, shards, count, error);
}

static bool wait_for_decisions(struct verify *verify, struct kafka_reader *reader, int64_t began_us,
                               struct error *error)
{
    struct targets targets = { 0 };
    if (!find_targets(verify, reader, &targets, error))
        return false;
    for (;;) {
        struct verify_shard *shards;
        size_t count;
        bool any;
        arena_reset(verify->scratch);
        if (!load(verify, &shards, &count, error) ||
            !find_undecided(verify, reader, &targets, shards, count, &any, error))
            return error_within(error, "waiting for decisions");
        if (!any)
            return true;
        if (time_is_over(verify, began_us))
            break;
        progress_show("seconds waited for decisions",
                      (size_t)((clock_monotonic_us() - began_us) / INT64_C(1000000)));
        pause_a_little();
    }
    for (size_t i = 0; i < targets.count; i++)
        if (targets.items[i].undecided >= 0)
            verdict_fault(&verify->verdicts[INVARIANT_OUTCOME], "%s[%d]@%lld is still undecided after %lld s",
                          targets.items[i].topic, targets.items[i].partition,
                          (long long)targets.items[i].undecided, (long long)verify->wait_s);
    return true;
}

// The mark of each shard must reach what its outbox held when the decisions were through.
static bool wait_for_publication(struct verify *verify, struct kafka_reader *reader, int64_t began_us,
                                 struct error *error)
{
    struct verify_topics *topics = verify->topics;
    if (!load(verify, &topics->shards, &topics->shard_count, error))
        return false;
    for (;;) {
        bool behind = false;
        if (!verify_read_marks(verify, reader, topics->shards, topics->shard_count, error))
            return false;
        for (size_t i = 0; i < topics->shard_count; i++)
            behind = behind ||
                     (topics->shards[i].next_seq > 0 && topics->shards[i].mark < topics->shards[i].next_seq);
        if (!behind || time_is_over(verify, began_us))
            break;
        progress_show("seconds waited for publication",
                      (size_t)((clock_monotonic_us() - began_us) / INT64_C(1000000)));
        pause_a_little();
    }
    for (size_t i = 0; i < topics->shard_count; i++) {
        const struct verify_shard *shard = &topics->shards[i];
        if (shard->next_seq > 0 && shard->mark < shard->next_seq)
            verdict_fault(&verify->verdicts[INVARIANT_TOPICS],
                          "shard %d (%s[%d]): the mark is %lld, the outbox ends at %lld, after %lld s",
                          shard->id, shard->topic, shard->partition, (long long)shard->mark,
                          (long long)shard->next_seq, (long long)verify->wait_s);
    }
    return true;
}

bool verify_drain(struct verify *verify, struct kafka_reader *reader, struct error *error)
{
    int64_t began_us = clock_monotonic_us();
    return wait_for_decisions(verify, reader, began_us, error) &&
           wait_for_publication(verify, reader, began_us, error);
}
