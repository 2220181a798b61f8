// SPDX-License-Identifier: Apache-2.0
#include "engine/relay.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "engine/outbox.h"
#include "engine/status.h"

enum {
    IDLE_WAIT_MS = 500,
    RETRY_US = 1000000,
    NOTE_EVERY_US = 1000000,
    CLOSE_WITHIN_US = 5000000,
    MARK_WAIT_MS = 10000,
    MARK_WINDOW = 64,
    MOST_HEADERS = 16,
    ARENA_BYTES = 256 << 20,
};

// A shard that is served. Written under the lane's lock or by the lane's thread alone; what both sides touch
// outside the lock is atomic.
struct served {
    struct served *next;
    int32_t id, progress;
    _Atomic int64_t next_seq;  // rows below are committed
    _Atomic int64_t published; // rows below are in Kafka, as far as we know
    int64_t noted, noted_at_us;
    int64_t retry_at_us;
    int64_t epoch, taken_seq; // of the last take-over; taken_seq: the rows below were committed before it
    int64_t serving;          // epoch that the publisher was opened under
    int64_t checked;          // epoch whose first publisher has found the mark where it should be
    bool active;              // between watch and drop
    bool renew;               // the publisher, if any, is not to be used any more
    bool disowned;            // PostgreSQL has just said that the shard is another's
    atomic_bool fenced;       // another process publishes it, until it is watched again
    atomic_bool halted;       // PostgreSQL and the mark contradict each other
    struct kafka_publisher *publisher;
};

// A thread with its own connection and reader serves the shards whose number modulo the lanes is its own.
struct lane {
    struct relay *relay;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct served *served;
    struct db *db;
    struct kafka_reader *reader;
    struct arena *arena;
    struct log_context log;
};

struct relay {
    const struct settings *settings;
    int lane_count;
    struct lane *lanes;
    atomic_bool stop;
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

// --- The mark

// The last committed mark of a progress partition, -1 where there is none. Looks at the end first and widens
// backwards, since aborted marks and transaction markers may stand there.
static bool read_mark(struct lane *lane, const struct served *served, int64_t *mark, struct error *error)
{
    const struct settings *settings = lane->relay->settings;
    if (!lane->reader && !(lane->reader = kafka_reader_open(&settings->kafka, true, error)))
        return false;
    int64_t first, end;
    if (!kafka_reader_range(lane->reader, settings->progress_topic, served->progress, &first, &end, error))
        return false;
    *mark = -1;
    for (int64_t window = MARK_WINDOW; *mark < 0 && first < end; window *= 4) {
        struct kafka_position from = { settings->progress_topic, served->progress,
                                       end - window > first ? end - window : first };
        if (!kafka_reader_seek(lane->reader, &from, 1, error))
            return false;
        int64_t deadline = clock_monotonic_us() + MARK_WAIT_MS * INT64_C(1000);
        for (bool at_end = false; !at_end;) {
            struct kafka_record record;
            bool got;
            if (!kafka_reader_next(lane->reader, IDLE_WAIT_MS, lane->arena, &record, &got, &at_end, error))
                return false;
            // What an earlier seek still delivers is another shard's.
            if (got && record.partition != served->progress)
                continue;
            if (got && !slice_integer(record.value, mark))
                return error_set(error, ERROR_INTERNAL, NULL,
                                 "topic '%s' partition %d holds '%.*s', not a mark", settings->progress_topic,
                                 served->progress, SLICE_ARGS(record.value));
            if (!at_end && clock_monotonic_us() > deadline)
                return error_set(error, ERROR_UNAVAILABLE, NULL,
                                 "could not read the mark of shard %d within %d s", served->id,
                                 MARK_WAIT_MS / 1000);
        }
        if (from.offset == first)
            break;
    }
    return true;
}

// A halt is for people: publishing on would double or lose events. A take-over meanwhile looks for itself.
static bool halt(struct lane *lane, struct served *served, const char *why, int64_t mark, int64_t next_seq)
{
    log_line(
        &lane->log, LOG_LEVEL_ERROR, "shard_halted",
        "shard %d publishes nothing until somebody has looked: %s (mark %lld, outbox %lld, noted %lld); see "
        "docs/operating.md, 'A shard has halted'",
        served->id, why, (long long)mark, (long long)next_seq, (long long)served->published);
    pthread_mutex_lock(&lane->lock);
    served->halted = !served->renew;
    pthread_mutex_unlock(&lane->lock);
    return true;
}

// Notes what is published. The small write is a barrier, too: once it is acknowledged, so is every commit that
// we can see. And it fails where the shard has been taken by another since.
static bool still_ours(struct lane *lane, struct served *served, int64_t published, int64_t *next_seq,
                       struct error *error)
{
    if (shard_relayed(lane->db, lane->arena, served->id, served->serving, published, next_seq, error))
        return true;
    served->disowned = error->kind == ERROR_FENCED;
    return false;
}

// The highest mark that agrees with PostgreSQL. Before the first publication after a take-over that is what was
// committed then: rows decided since may have filled the place of rows that a failover has lost.
static int64_t highest_mark(const struct served *served, int64_t taken_seq, int64_t next_seq)
{
    return served->checked == served->serving ? next_seq : taken_seq;
}

// A new producer fences the former owner's; only then is the mark final. An owner of yesterday asks first, so
// that it does not fence the owner of today.
static bool start_publishing(struct lane *lane, struct served *served, struct error *error)
{
    const struct settings *settings = lane->relay->settings;
    int64_t mark, next_seq;
    pthread_mutex_lock(&lane->lock);
    served->renew = false;
    served->serving = served->epoch;
    int64_t taken_seq = served->taken_seq;
    pthread_mutex_unlock(&lane->lock);
    if (!still_ours(lane, served, 0, &next_seq, error))
        return false;
    struct slice id = arena_printf(lane->arena, "%srelay.%d", settings->topic_prefix, served->id);
    served->publisher = kafka_publisher_open(&settings->kafka, id.data, error);
    if (!served->publisher)
        return false;
    FAILPOINT("relay.opened");
    if (!read_mark(lane, served, &mark, error) || !still_ours(lane, served, 0, &next_seq, error))
        return false;
    if (mark < 0 && served->published > 0)
        return halt(lane, served, "its mark is gone from the progress topic", mark, next_seq);
    if (mark > highest_mark(served, taken_seq, next_seq))
        return halt(lane, served, "PostgreSQL has gone back in time", mark, next_seq);
    served->checked = served->serving;
    pthread_mutex_lock(&lane->lock);
    served->published = mark < 0 ? 0 : mark;
    if (served->next_seq < next_seq)
        served->next_seq = next_seq;
    pthread_mutex_unlock(&lane->lock);
    return true;
}

// --- One transaction

// CloudEvents 1.0, Kafka protocol binding, binary mode (section 3.2).
static size_t event_headers(const struct outbox_row *row, struct arena *arena, struct kafka_header *headers)
{
    char time[INSTANT_TEXT_SIZE];
    size_t count = 0;
    headers[count++] = (struct kafka_header){ "ce_specversion", SLICE("1.0") };
    headers[count++] =
        (struct kafka_header){ "ce_id", arena_printf(arena, "%d:%lld", row->shard, (long long)row->seq) };
    headers[count++] = (struct kafka_header){ "ce_source", SLICE("/comptoir") };
    headers[count++] =
        (struct kafka_header){ "ce_type",
                               arena_printf(arena, "comptoir.%s", row->type[0] ? row->type : "DeadLetter") };
    headers[count++] =
        (struct kafka_header){ "ce_time", arena_printf(arena, "%s", instant_text(row->at_us, time)) };
    if (row->type[0])
        headers[count++] = (struct kafka_header){ "content-type", SLICE("application/avro") };
    if (row->trace.size)
        headers[count++] = (struct kafka_header){ "traceparent", row->trace };
    for (struct slice rest = row->headers; rest.size && count < MOST_HEADERS; count++) {
        struct slice name = slice_cut(&rest, '\0');
        headers[count] = (struct kafka_header){ arena_string(arena, name), slice_cut(&rest, '\0') };
    }
    return count;
}

static bool publish_rows(struct lane *lane, struct served *served, const struct outbox_row *rows,
                         size_t count, struct error *error)
{
    const struct settings *settings = lane->relay->settings;
    if (!kafka_publisher_begin(served->publisher, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct kafka_header headers[MOST_HEADERS];
        size_t header_count = event_headers(&rows[i], lane->arena, headers);
        assert(rows[i].seq == served->published + (int64_t)i);
        if (!kafka_publish(served->publisher, settings->topics[rows[i].topic], -1, rows[i].key,
                           rows[i].payload, headers, header_count, error))
            return error_within(error, "publishing outbox row %lld", (long long)rows[i].seq);
    }
    FAILPOINT("relay.produced");
    // Last: should a stray end of transaction cut this one short, rows are doubled but none is lost.
    struct slice key = arena_printf(lane->arena, "%d", served->id);
    struct slice mark = arena_printf(lane->arena, "%lld", (long long)(served->published + (int64_t)count));
    return kafka_publish(served->publisher, settings->progress_topic, served->progress, key, mark, NULL, 0,
                         error);
}

static void stop_publishing(struct served *served)
{
    if (served->publisher)
        atomic_fetch_add(&counters.producers_renewed, 1);
    kafka_publisher_close(served->publisher);
    served->publisher = NULL;
}

static bool note(struct lane *lane, struct served *served, struct error *error)
{
    int64_t next_seq;
    served->noted_at_us = clock_monotonic_us();
    if (served->noted == served->published)
        return true;
    if (!still_ours(lane, served, served->published, &next_seq, error))
        return false;
    served->noted = served->published;
    return true;
}

// How many rows there are to publish. No more than we know of: what a later owner commits is for him to publish.
static int64_t rows_waiting(struct lane *lane, const struct served *served)
{
    pthread_mutex_lock(&lane->lock);
    int64_t waiting = served->renew || served->halted ? 0 : served->next_seq - served->published;
    pthread_mutex_unlock(&lane->lock);
    return waiting;
}

// Those at the start that follow each other without a gap.
static size_t dense(const struct outbox_row *rows, size_t count, int64_t seq)
{
    size_t i = 0;
    while (i < count && rows[i].seq == seq + (int64_t)i)
        i++;
    return i;
}

static bool publish_some(struct lane *lane, struct served *served, struct error *error)
{
    struct outbox_row *rows;
    size_t count;
    if (!served->publisher && !start_publishing(lane, served, error))
        return false;
    int64_t waiting = rows_waiting(lane, served), most = lane->relay->settings->relay_rows;
    if (waiting <= 0)
        return true;
    if (!outbox_read(lane->db, lane->arena, served->id, served->published, waiting < most ? waiting : most,
                     &rows, &count, error))
        return false;
    count = dense(rows, count, served->published);
    if (count == 0)
        return halt(lane, served, "outbox rows are missing", served->published, served->next_seq);
    if (!publish_rows(lane, served, rows, count, error))
        return false;
    FAILPOINT("relay.before_commit");
    bool doubtful;
    if (!kafka_publisher_commit(served->publisher, &doubtful, error))
        return false;
    FAILPOINT("relay.after_commit");
    if (FAILPOINT_ERROR("relay.doubtful"))
        doubtful = true;
    if (FAILPOINT_ERROR("relay.trust")) // to show that the test of the rule below can see what it prevents
        doubtful = false;
    pthread_mutex_lock(&lane->lock);
    served->published += (int64_t)count;
    pthread_mutex_unlock(&lane->lock);
    if (doubtful)
        stop_publishing(served);
    return clock_monotonic_us() - served->noted_at_us < NOTE_EVERY_US || note(lane, served, error);
}

// --- The lane

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
    if (ensure_connected(lane, &error) && publish_some(lane, served, &error))
        return;
    stop_publishing(served);
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
        good = note(lane, served, &error); // the next publication meets the same fault and reports it
        pthread_mutex_lock(&lane->lock);
    }
    pthread_mutex_unlock(&lane->lock);
}

// Waits under the lock until there may be work.
static void wait_for_work(struct lane *lane)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += IDLE_WAIT_MS * 1000000L;
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
