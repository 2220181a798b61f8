// SPDX-License-Identifier: Apache-2.0
#include "engine/relay.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "engine/relay_lane.h"
#include "engine/status.h"

enum {
    RETRY_US = 1000000,
    CLOSE_WITHIN_US = 5000000,
    ARENA_BYTES = 256 << 20,
};

static struct lane *lane_of(struct relay *relay, int32_t shard)
{
    return &relay->lanes[shard % relay->lane_count];
}

static struct served *find(struct lane *lane, int32_t shard)
{
    struct served *served = lane->served;
    while (served && served->id != shard)
        served = served->next;
    return served;
}

// Behind a new connection may stand another server: marks are compared anew.
static bool ensure_connected(struct lane *lane, struct error *error)
{
    if (!lane->db)
        return (lane->db = db_open(lane->relay->settings->database, "comptoir relay", error)) != NULL;
    if (!db_lost(lane->db))
        return true;
    if (!db_reopen(lane->db, error))
        return false;
    pthread_mutex_lock(&lane->lock);
    for (struct served *served = lane->served; served; served = served->next)
        served->renew |= served->publisher != NULL;
    pthread_mutex_unlock(&lane->lock);
    return true;
}

// Records that were read belong to the reader: it would wait for them for ever.
static void close_reader(struct lane *lane)
{
    arena_reset(lane->arena);
    kafka_reader_close(lane->reader);
    lane->reader = NULL;
}

// After a failure: again in a while, or not before the next take-over where the shard is another's. A take-over
// since is not to be held back by what befell the one before.
static void put_off(struct lane *lane, struct served *served)
{
    pthread_mutex_lock(&lane->lock);
    if (!served->renew) {
        served->fenced = served->disowned;
        served->retry_at_us = clock_monotonic_us() + RETRY_US;
    }
    pthread_mutex_unlock(&lane->lock);
}

static void serve(struct lane *lane, struct served *served)
{
    struct error error = { 0 };
    arena_reset(lane->arena);
    served->disowned = false;
    if (ensure_connected(lane, &error) && relay_publish_some(lane, served, &error))
        return;
    relay_stop_publishing(served);
    close_reader(lane);
    put_off(lane, served);
    if (error.kind == ERROR_FENCED) {
        // A former owner that woke up late, or the broker after a long pause, may have fenced us, though the
        // shard is ours: PostgreSQL is asked before another producer is opened.
        atomic_fetch_add(&counters.fenced, 1);
        log_line(&lane->log, LOG_LEVEL_INFO, "relay_fenced",
                 served->disowned ? "another process publishes shard %d now"
                                  : "another producer has published shard %d; asking whose it is",
                 served->id);
        return;
    }
    error_within(&error, "publishing shard %d", served->id);
    log_error(&lane->log, LOG_LEVEL_WARNING, "relay_failed", &error);
}

static bool has_work(const struct served *served, int64_t now_us)
{
    return served->active && !served->halted && !served->fenced && served->published != served->next_seq &&
           served->retry_at_us <= now_us;
}

// Under the lock: drops publishers of shards that are no longer ours or were taken over anew.
static void tidy(struct lane *lane)
{
    for (struct served *served = lane->served; served; served = served->next) {
        if (!served->publisher || (served->active && !served->renew))
            continue;
        pthread_mutex_unlock(&lane->lock);
        kafka_publisher_close(served->publisher);
        served->publisher = NULL;
        pthread_mutex_lock(&lane->lock);
    }
}

static void note_idle(struct lane *lane)
{
    struct error error = { 0 };
    if (!lane->db || db_lost(lane->db))
        return;
    arena_reset(lane->arena);
    bool good = true;
    pthread_mutex_lock(&lane->lock);
    for (struct served *served = lane->served; served && good; served = served->next) {
        if (!served->active || served->halted || !served->publisher || served->noted == served->published)
            continue;
        pthread_mutex_unlock(&lane->lock);
        good = relay_note(lane, served, &error); // the next publication meets the same fault and reports it
        pthread_mutex_lock(&lane->lock);
    }
    pthread_mutex_unlock(&lane->lock);
}

// Waits under the lock until there may be work.
static void wait_for_work(struct lane *lane)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += RELAY_IDLE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&lane->wake, &lane->lock, &until);
}

// One turn through the shards; false where none had work.
static bool turn(struct lane *lane)
{
    bool worked = false;
    pthread_mutex_lock(&lane->lock);
    tidy(lane);
    for (struct served *served = lane->served; served; served = served->next) {
        if (!has_work(served, clock_monotonic_us()))
            continue;
        pthread_mutex_unlock(&lane->lock);
        serve(lane, served);
        worked = true;
        pthread_mutex_lock(&lane->lock);
    }
    if (!worked && !atomic_load(&lane->relay->stop))
        wait_for_work(lane);
    pthread_mutex_unlock(&lane->lock);
    return worked;
}

static void *run(void *argument)
{
    struct lane *lane = argument;
    int64_t stopping_since = 0;
    for (;;) {
        bool worked = turn(lane);
        if (!worked)
            note_idle(lane);
        if (!atomic_load(&lane->relay->stop))
            continue;
        int64_t now = clock_monotonic_us();
        stopping_since = stopping_since ? stopping_since : now;
        if (!worked || now - stopping_since > CLOSE_WITHIN_US)
            break;
    }
    note_idle(lane);
    return NULL;
}

struct relay *relay_open(const struct settings *settings, struct error *error)
{
    struct relay *relay = calloc(1, sizeof *relay);
    relay->settings = settings;
    relay->lane_count = settings->relay_threads;
    relay->lanes = calloc((size_t)relay->lane_count, sizeof *relay->lanes);
    for (int i = 0; i < relay->lane_count; i++) {
        struct lane *lane = &relay->lanes[i];
        lane->relay = relay;
        lane->arena = arena_open(ARENA_BYTES);
        pthread_mutex_init(&lane->lock, NULL);
        pthread_condattr_t monotonic;
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&lane->wake, &monotonic);
        pthread_condattr_destroy(&monotonic);
        log_fields(&lane->log, NULL, "relay=%d", i);
        if (pthread_create(&lane->thread, NULL, run, lane) != 0) {
            relay->lane_count = i;
            relay_close(relay);
            error_set(error, ERROR_INTERNAL, NULL, "cannot start a relay thread");
            return NULL;
        }
    }
    return relay;
}

void relay_close(struct relay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->stop, true);
    for (int i = 0; i < relay->lane_count; i++) {
        struct lane *lane = &relay->lanes[i];
        pthread_cond_signal(&lane->wake);
        pthread_join(lane->thread, NULL);
        while (lane->served) {
            struct served *served = lane->served;
            lane->served = served->next;
            kafka_publisher_close(served->publisher);
            free(served);
        }
        close_reader(lane);
        db_close(lane->db);
        arena_close(lane->arena);
        pthread_cond_destroy(&lane->wake);
        pthread_mutex_destroy(&lane->lock);
    }
    free(relay->lanes);
    free(relay);
}

void relay_watch(struct relay *relay, const struct shard *shard)
{
    struct lane *lane = lane_of(relay, shard->id);
    pthread_mutex_lock(&lane->lock);
    struct served *served = find(lane, shard->id);
    if (!served) {
        served = calloc(1, sizeof *served);
        served->id = shard->id;
        served->published = served->noted = shard->relayed_seq;
        // At the end: the lane's thread may be walking the list.
        struct served **end = &lane->served;
        while (*end)
            end = &(*end)->next;
        *end = served;
    }
    served->progress = shard->progress;
    served->next_seq = served->taken_seq = shard->next_seq;
    served->epoch = shard->epoch;
    served->active = served->renew = true;
    served->fenced = served->halted = false;
    served->retry_at_us = 0;
    pthread_cond_signal(&lane->wake);
    pthread_mutex_unlock(&lane->lock);
}

void relay_drop(struct relay *relay, int32_t shard)
{
    struct lane *lane = lane_of(relay, shard);
    pthread_mutex_lock(&lane->lock);
    struct served *served = find(lane, shard);
    if (served)
        served->active = false;
    pthread_cond_signal(&lane->wake);
    pthread_mutex_unlock(&lane->lock);
}

void relay_wake(struct relay *relay, int32_t shard, int64_t next_seq)
{
    struct lane *lane = lane_of(relay, shard);
    pthread_mutex_lock(&lane->lock);
    struct served *served = find(lane, shard);
    if (served && served->next_seq < next_seq) {
        served->next_seq = next_seq;
        pthread_cond_signal(&lane->wake);
    }
    pthread_mutex_unlock(&lane->lock);
}

int64_t relay_unpublished(struct relay *relay, int32_t shard)
{
    struct lane *lane = lane_of(relay, shard);
    pthread_mutex_lock(&lane->lock);
    struct served *served = find(lane, shard);
    int64_t waiting = served ? served->next_seq - served->published : 0;
    pthread_mutex_unlock(&lane->lock);
    return waiting > 0 ? waiting : 0;
}

bool relay_halted(struct relay *relay, int32_t shard)
{
    struct lane *lane = lane_of(relay, shard);
    pthread_mutex_lock(&lane->lock);
    struct served *served = find(lane, shard);
    bool halted = served && served->halted;
    pthread_mutex_unlock(&lane->lock);
    return halted;
}
