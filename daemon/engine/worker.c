// SPDX-License-Identifier: Apache-2.0
#include "engine/worker.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "engine/loop.h"

enum { PAUSE_US = 500000, MOST_PAUSE_US = 5000000 };

struct worker {
    struct loop loop;
    struct shard survived[MOST_SHARDS]; // whose announced batches failed without ending the process
    size_t survived_count;
    int index;
    pthread_t thread;
};

// The topic's name as the settings have it: shards outlive the list that names them.
static const char *lasting_topic(const struct settings *settings, const char *topic)
{
    return strcmp(topic, settings->topics[TOPIC_INBOUND]) == 0 ? settings->topics[TOPIC_INBOUND]
                                                               : settings->topics[TOPIC_ERP];
}

static bool take_one(struct loop *loop, struct arena *arena, struct kafka_position *position,
                     struct error *error)
{
    const struct settings *settings = loop->engine->settings;
    struct shard shard = { .topic = lasting_topic(settings, position->topic),
                           .partition = position->partition };
    if (!shard_take(loop->db, arena, loop->engine->cluster, settings->instance, &shard, error))
        return false;
    if (!shard_has_progress(&shard, settings->progress_partitions, settings->progress_topic, error))
        return false;
    position->offset = shard.next_offset ? shard.next_offset : KAFKA_FIRST;
    if (loop->shard_count == MOST_SHARDS)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "a worker serves at most %d partitions: raise setting 'workers'", MOST_SHARDS);
    loop->shards[loop->shard_count++] = shard;
    relay_watch(loop->engine->relay, &shard);
    status_shard(&shard, -1);
    return true;
}

static void forget_all(struct loop *loop)
{
    for (size_t i = 0; i < loop->shard_count; i++) {
        // At the end of the process the relay first publishes what is committed.
        if (!atomic_load(&loop->engine->stop))
            relay_drop(loop->engine->relay, loop->shards[i].id);
        status_forget(loop->shards[i].id);
    }
    loop->shard_count = 0;
    loop->changes++;
}

static bool take(void *context, struct kafka_position *positions, size_t count, struct error *error)
{
    struct loop *loop = context;
    status_beat(loop->index);
    FAILPOINT("shard.take");
    struct arena *arena = arena_open(1 << 20);
    loop->changes++;
    // Partitions may have been added: a stale number would send records round and round.
    bool good = kafka_member_partitions(loop->member, loop->engine->settings->topics[TOPIC_INBOUND],
                                        &loop->inbound_partitions, error);
    for (size_t i = 0; i < count && good; i++)
        good = take_one(loop, arena, &positions[i], error);
    arena_close(arena);
    if (!good) {
        forget_all(loop);
        return false;
    }
    status_assigned();
    log_line(&loop->log, LOG_LEVEL_INFO, "ready", "owns %zu shards", loop->shard_count);
    return true;
}

// The range assignor is eager: partitions come and go all at once.
static void drop(void *context, const struct kafka_position *positions, size_t count, bool lost)
{
    struct loop *loop = context;
    (void)positions;
    log_line(&loop->log, LOG_LEVEL_INFO, "shards_dropped", "%zu shards %s", count,
             lost ? "were lost" : "given back");
    forget_all(loop);
}

// Before the connections are closed; what was counted for these shards is taken back by the next one.
static void remember_survived(struct worker *worker)
{
    const struct loop *loop = &worker->loop;
    for (size_t i = 0; i < loop->shard_count; i++)
        if (loop->shards[i].tried && loop->shards[i].tries > 0 && worker->survived_count < MOST_SHARDS)
            worker->survived[worker->survived_count++] = loop->shards[i];
}

static bool tell_survived(struct worker *worker, struct error *error)
{
    struct loop *loop = &worker->loop;
    for (; worker->survived_count; worker->survived_count--)
        if (!shard_survived(loop->db, loop->work, &worker->survived[worker->survived_count - 1], error))
            return false;
    return true;
}

static bool connect_all(struct worker *worker, struct error *error)
{
    struct loop *loop = &worker->loop;
    const struct settings *settings = loop->engine->settings;
    char name[300];
    snprintf(name, sizeof name, "%s-%d", settings->instance, worker->index);
    const char *const topics[] = { settings->topics[TOPIC_INBOUND], settings->topics[TOPIC_ERP] };
    const struct kafka_ownership ownership = { loop, take, drop };
    if (!loop->db)
        loop->db = db_open(settings->database, name, error);
    else if (db_lost(loop->db) && !db_reopen(loop->db, error))
        return false;
    if (!loop->db || !tell_survived(worker, error))
        return false;
    char group[300];
    snprintf(group, sizeof group, "%sworkers", settings->topic_prefix);
    loop->member = kafka_member_open(&settings->kafka, group, name, topics, 2, &ownership, error);
    return loop->member && kafka_member_partitions(loop->member, topics[0], &loop->inbound_partitions, error);
}

static void disconnect(struct loop *loop)
{
    arena_reset(loop->work);
    arena_reset(loop->arena); // records belong to the member
    kafka_member_close(loop->member);
    loop->member = NULL;
    forget_all(loop);
}

static void pause_for(struct loop *loop, int64_t pause_us)
{
    int64_t until = clock_monotonic_us() + pause_us;
    while (!atomic_load(&loop->engine->stop) && clock_monotonic_us() < until) {
        status_beat(loop->index);
        usleep(50000);
    }
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    struct loop *loop = &worker->loop;
    int64_t pause_us = PAUSE_US;
    while (!atomic_load(&loop->engine->stop)) {
        struct error error = { 0 };
        status_beat(loop->index);
        bool good = connect_all(worker, &error);
        while (good && !atomic_load(&loop->engine->stop)) {
            good = loop_turn(loop, &error);
            if (good)
                pause_us = PAUSE_US;
        }
        remember_survived(worker);
        disconnect(loop);
        if (good)
            continue;
        bool fenced = error.kind == ERROR_FENCED;
        if (fenced)
            atomic_fetch_add(&counters.fenced, 1);
        log_error(&loop->log, fenced ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                  fenced ? "worker_fenced" : "worker_starts_over", &error);
        pause_for(loop, pause_us);
        pause_us = pause_us * 2 < MOST_PAUSE_US ? pause_us * 2 : MOST_PAUSE_US;
    }
    struct error ignored = { 0 };
    if (loop->db && !db_lost(loop->db))
        tell_survived(worker, &ignored);
    status_beat_end(loop->index);
    return NULL;
}

struct worker *worker_open(struct engine *engine, int index, struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    worker->index = worker->loop.index = index;
    worker->loop.engine = engine;
    // A batch's documents, facts, rows and statements; past it the documents are decided one by one.
    worker->loop.arena = arena_open((size_t)(engine->settings->batch_bytes * 32) + (256u << 20));
    worker->loop.work = arena_open((size_t)(engine->settings->batch_bytes * 32) + (256u << 20));
    log_fields(&worker->loop.log, &engine->log, "worker=%d", index);
    if (pthread_create(&worker->thread, NULL, run, worker) == 0)
        return worker;
    error_set(error, ERROR_INTERNAL, NULL, "cannot start a worker thread");
    arena_close(worker->loop.work);
    arena_close(worker->loop.arena);
    free(worker);
    return NULL;
}

void worker_close(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    db_close(worker->loop.db);
    arena_close(worker->loop.work);
    arena_close(worker->loop.arena);
    free(worker);
}
