// SPDX-License-Identifier: Apache-2.0
#include "gateways/own_shard.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum { ARENA_BYTES = 1 << 16, LOOK_MS = 100, PATIENCE_MS = 15000 };

struct own_shard {
    struct engine *engine;
    const struct log_context *log;
    struct arena *arena;
    pthread_mutex_t lock; // of what follows
    struct shard shard;
    int64_t woken_seq; // highest that the relay was told
    pthread_t watcher;
    bool watched;
    atomic_bool closing;
};

static bool take(struct own_shard *own, struct db *db, struct arena *arena, struct error *error)
{
    struct shard shard = own->shard;
    const struct engine *engine = own->engine;
    if (!shard_take(db, arena, engine->cluster, engine->settings->instance, &shard, error) ||
        !shard_has_progress(&shard, engine->settings->progress_partitions, engine->settings->progress_topic,
                            error))
        return false;
    own->shard = shard;
    own->woken_seq = shard.next_seq;
    relay_watch(engine->relay, &shard);
    return true;
}

static bool connect_and_take(struct own_shard *own, struct error *error)
{
    struct arena *arena = arena_open(ARENA_BYTES);
    struct db *db = db_open(own->engine->settings->database, "comptoird gateway", error);
    pthread_mutex_lock(&own->lock);
    bool good = db && take(own, db, arena, error);
    pthread_mutex_unlock(&own->lock);
    db_close(db);
    arena_close(arena);
    return good;
}

static void take_again(struct own_shard *own)
{
    struct error error = { 0 };
    log_line(own->log, LOG_LEVEL_WARNING, "gateway_stalled",
             "documents of %s are stored but have not been published for %d s; taking the shard again",
             own->shard.topic, PATIENCE_MS / 1000);
    if (!connect_and_take(own, &error))
        log_error(own->log, LOG_LEVEL_WARNING, "gateway_stalled", &error);
}

// What the relay is known to have published, and whether anything waits.
static int64_t published(struct own_shard *own, bool *waiting)
{
    pthread_mutex_lock(&own->lock);
    int64_t unpublished = relay_unpublished(own->engine->relay, own->shard.id);
    int64_t seq = own->woken_seq - unpublished;
    *waiting = unpublished > 0 && !relay_halted(own->engine->relay, own->shard.id);
    pthread_mutex_unlock(&own->lock);
    return seq;
}

static void *watch(void *argument)
{
    struct own_shard *own = argument;
    int64_t last = -1, since_us = clock_monotonic_us();
    while (!atomic_load(&own->closing)) {
        bool waiting;
        int64_t now_us = clock_monotonic_us(), seq = published(own, &waiting);
        if (!waiting || seq != last) {
            last = seq;
            since_us = now_us;
        } else if (now_us - since_us > PATIENCE_MS * INT64_C(1000)) {
            take_again(own);
            since_us = clock_monotonic_us();
        }
        nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
    }
    return NULL;
}

struct own_shard *own_shard_open(struct engine *engine, const char *channel, const struct log_context *log,
                                 struct error *error)
{
    struct own_shard *own = calloc(1, sizeof *own);
    assert(own);
    own->engine = engine;
    own->log = log;
    own->arena = arena_open(ARENA_BYTES);
    pthread_mutex_init(&own->lock, NULL);
    own->shard.topic = arena_printf(own->arena, "gateway.%s.%s", channel, engine->settings->instance).data;
    own->shard.partition = -1;
    bool good = connect_and_take(own, error);
    own->watched = good && pthread_create(&own->watcher, NULL, watch, own) == 0;
    if (own->watched)
        return own;
    if (good)
        error_set(error, ERROR_INTERNAL, NULL, "could not start a thread: the system has none left");
    own_shard_close(own);
    return NULL;
}

void own_shard_close(struct own_shard *own)
{
    if (!own)
        return;
    atomic_store(&own->closing, true);
    if (own->watched)
        pthread_join(own->watcher, NULL);
    pthread_mutex_destroy(&own->lock);
    arena_close(own->arena);
    free(own);
}

struct shard own_shard_now(struct own_shard *own)
{
    pthread_mutex_lock(&own->lock);
    struct shard shard = own->shard;
    pthread_mutex_unlock(&own->lock);
    return shard;
}

bool own_shard_retake(struct own_shard *own, struct db *db, struct arena *arena, int64_t fenced_epoch,
                      struct error *error)
{
    pthread_mutex_lock(&own->lock);
    bool good = own->shard.epoch != fenced_epoch || take(own, db, arena, error);
    pthread_mutex_unlock(&own->lock);
    return good;
}

void own_shard_wake(struct own_shard *own, int64_t next_seq)
{
    pthread_mutex_lock(&own->lock);
    if (own->woken_seq < next_seq)
        own->woken_seq = next_seq;
    relay_wake(own->engine->relay, own->shard.id, next_seq);
    pthread_mutex_unlock(&own->lock);
}
