// SPDX-License-Identifier: Apache-2.0
#include "engine/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "doors/postgres.h"

struct counters counters;

// --- What the owners of shards tell

enum { MOST_REPORTED = 2048 };

struct report {
    int32_t id, partition;
    const char *topic;
    int64_t next_offset, lag;
};

static pthread_mutex_t reports_lock = PTHREAD_MUTEX_INITIALIZER;
static struct report reports[MOST_REPORTED];
static size_t report_count;

static struct report *find(int32_t shard)
{
    for (size_t i = 0; i < report_count; i++)
        if (reports[i].id == shard)
            return &reports[i];
    return NULL;
}

void status_shard(const struct shard *shard, int64_t lag)
{
    pthread_mutex_lock(&reports_lock);
    struct report *report = find(shard->id);
    if (!report && report_count < MOST_REPORTED)
        report = &reports[report_count++];
    if (report)
        *report = (struct report){ shard->id, shard->partition, shard->topic, shard->next_offset, lag };
    pthread_mutex_unlock(&reports_lock);
}

void status_forget(int32_t shard)
{
    pthread_mutex_lock(&reports_lock);
    struct report *report = find(shard);
    if (report)
        *report = reports[--report_count];
    pthread_mutex_unlock(&reports_lock);
}

size_t status_shards(void)
{
    pthread_mutex_lock(&reports_lock);
    size_t count = report_count;
    pthread_mutex_unlock(&reports_lock);
    return count;
}

static atomic_bool assigned;

void status_assigned(void)
{
    atomic_store(&assigned, true);
}

bool status_was_assigned(void)
{
    return atomic_load(&assigned);
}

// A statement may take a minute and a batch has some; what takes longer than this hangs.
enum { MOST_WORKERS = 64, HANGS_AFTER_US = 180 * 1000 * 1000 };

static _Atomic int64_t beats[MOST_WORKERS]; // on the monotonic clock, 0: does not run

void status_beat(int index)
{
    atomic_store(&beats[index], clock_monotonic_us());
}

void status_beat_end(int index)
{
    atomic_store(&beats[index], 0);
}

bool status_alive(void)
{
    int64_t now_us = clock_monotonic_us();
    for (int i = 0; i < MOST_WORKERS; i++) {
        int64_t beat_us = atomic_load(&beats[i]);
        if (beat_us && now_us - beat_us > HANGS_AFTER_US)
            return false;
    }
    return true;
}

// --- The heartbeat

struct status {
    const struct settings *settings;
    const struct avro_catalogue *catalogue;
    struct relay *relay;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    int64_t started_us, last_us, last_documents;
    struct kafka_publisher *publisher;
    struct db *db;
    struct arena *arena;
};

static void add_roles(const struct settings *settings, struct arena *arena, struct document *status)
{
    const struct {
        const char *name;
        bool runs;
    } roles[] = { { "worker", settings->role_worker }, { "spool", settings->role_spool },
                  { "cxml", settings->role_cxml },     { "deliveries", settings->role_deliveries },
                  { "status", settings->role_status }, { "timers", settings->role_timers },
                  { "links", settings->role_links } };
    struct document *list = document_add_list(arena, status, "roles");
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (roles[i].runs)
            document_add_text(arena, list, NULL, slice_of(roles[i].name));
}

static void add_shards(struct relay *relay, struct arena *arena, struct document *status)
{
    struct document *list = document_add_list(arena, status, "shards");
    pthread_mutex_lock(&reports_lock);
    size_t count = report_count;
    struct report *copy = ARENA_ARRAY(arena, count, struct report);
    memcpy(copy, reports, count * sizeof *copy);
    pthread_mutex_unlock(&reports_lock);
    for (size_t i = 0; i < count; i++) {
        struct document *shard = document_add_record(arena, list, NULL, "ShardStatus");
        struct slice source = copy[i].partition < 0
                                  ? slice_of(copy[i].topic)
                                  : arena_printf(arena, "%s[%d]", copy[i].topic, copy[i].partition);
        document_add_integer(arena, shard, "shard", copy[i].id);
        document_add_text(arena, shard, "source", source);
        document_add_integer(arena, shard, "next_offset", copy[i].next_offset);
        document_add_integer(arena, shard, "lag", copy[i].lag);
        document_add_integer(arena, shard, "unpublished", relay_unpublished(relay, copy[i].id));
    }
}

// Orders held in the whole system; the last number known where the database does not answer.
static int64_t holds(struct status *status)
{
    struct error ignored = { 0 };
    if (!status->db)
        status->db = db_open(status->settings->database, "comptoir status", &ignored);
    else if (db_lost(status->db))
        db_reopen(status->db, &ignored);
    struct db_rows rows;
    if (status->db && !db_lost(status->db) &&
        db_query(status->db, status->arena, pipeline.held, NULL, 0, &rows, &ignored))
        atomic_store(&counters.holds, db_rows_number(&rows, 0, 0));
    return atomic_load(&counters.holds);
}

static struct document *heartbeat(struct status *status, int64_t now_us)
{
    struct arena *arena = status->arena;
    struct document *beat = document_record(arena, "Status");
    int64_t documents = atomic_load(&counters.documents);
    int64_t passed_us = now_us - status->last_us;
    char last[256];
    log_last(last);
    document_add_text(arena, beat, "instance", slice_of(status->settings->instance));
    document_add_text(arena, beat, "version", slice_of(COMPTOIR_VERSION));
    add_roles(status->settings, arena, beat);
    document_add_instant(arena, beat, "at", now_us);
    document_add_instant(arena, beat, "started_at", status->started_us);
    add_shards(status->relay, arena, beat);
    document_add_integer(arena, beat, "documents", documents);
    document_add_integer(arena, beat, "documents_per_second",
                         passed_us > 0 ? (documents - status->last_documents) * 1000000 / passed_us : 0);
    document_add_integer(arena, beat, "batches", atomic_load(&counters.batches));
    document_add_integer(arena, beat, "failures", atomic_load(&counters.failures));
    document_add_integer(arena, beat, "dead_letters", atomic_load(&counters.dead_letters));
    document_add_integer(arena, beat, "holds", holds(status));
    document_add_text(arena, beat, "last_error", arena_copy(arena, slice_of(last)));
    status->last_us = now_us;
    status->last_documents = documents;
    return beat;
}

static bool send(struct status *status, struct error *error)
{
    arena_reset(status->arena);
    const char *topic = status->settings->topics[TOPIC_STATUS];
    struct slice bytes;
    if (!status->publisher &&
        !(status->publisher = kafka_publisher_open(&status->settings->kafka, NULL, error)))
        return false;
    return avro_encode(status->catalogue, topic, heartbeat(status, clock_now_us()), status->arena, &bytes,
                       error) &&
           kafka_publish(status->publisher, topic, -1, slice_of(status->settings->instance), bytes, NULL, 0,
                         error) &&
           kafka_publisher_flush(status->publisher, 5000, error);
}

static bool wait(struct status *status)
{
    int64_t until_us = clock_monotonic_us() + status->settings->status_interval_ms * 1000;
    struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
    pthread_mutex_lock(&status->lock);
    while (!status->stop && pthread_cond_timedwait(&status->wake, &status->lock, &until) == 0)
        continue;
    bool stop = status->stop;
    pthread_mutex_unlock(&status->lock);
    return !stop;
}

static void *run(void *argument)
{
    struct status *status = argument;
    do {
        struct error error = { 0 };
        if (!send(status, &error)) {
            log_error(NULL, LOG_LEVEL_WARNING, "status_not_sent", &error);
            kafka_publisher_close(status->publisher);
            status->publisher = NULL;
        }
    } while (wait(status));
    return NULL;
}

struct status *status_open(const struct settings *settings, const struct avro_catalogue *catalogue,
                           struct relay *relay, struct error *error)
{
    struct status *status = calloc(1, sizeof *status);
    *status = (struct status){ .settings = settings, .catalogue = catalogue, .relay = relay };
    status->started_us = status->last_us = clock_now_us();
    status->arena = arena_open(16 << 20);
    pthread_mutex_init(&status->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&status->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&status->thread, NULL, run, status) == 0)
        return status;
    error_set(error, ERROR_INTERNAL, NULL, "cannot start the status thread");
    arena_close(status->arena);
    free(status);
    return NULL;
}

void status_close(struct status *status)
{
    if (!status)
        return;
    pthread_mutex_lock(&status->lock);
    status->stop = true;
    pthread_cond_signal(&status->wake);
    pthread_mutex_unlock(&status->lock);
    pthread_join(status->thread, NULL);
    kafka_publisher_close(status->publisher);
    db_close(status->db);
    arena_close(status->arena);
    free(status);
}

struct slice status_metrics(struct arena *arena)
{
    const struct {
        const char *name, *type, *help;
        int64_t value;
    } metrics[] = {
        { "comptoir_documents_total", "counter", "Input documents decided.",
          atomic_load(&counters.documents) },
        { "comptoir_batches_total", "counter", "Batches committed.", atomic_load(&counters.batches) },
        { "comptoir_batch_failures_total", "counter", "Batches that failed.",
          atomic_load(&counters.failures) },
        { "comptoir_dead_letters_total", "counter", "Documents parked.",
          atomic_load(&counters.dead_letters) },
        { "comptoir_fenced_total", "counter", "Times another owner was met.", atomic_load(&counters.fenced) },
        { "comptoir_producers_renewed_total", "counter", "Producers made anew.",
          atomic_load(&counters.producers_renewed) },
        { "comptoir_received_total", "counter", "Documents taken by gateways.",
          atomic_load(&counters.received) },
        { "comptoir_refused_total", "counter", "Documents refused by gateways.",
          atomic_load(&counters.refused) },
        { "comptoir_orders_held", "gauge", "Orders held now.", atomic_load(&counters.holds) },
        { "comptoir_shards", "gauge", "Shards owned.", (int64_t)status_shards() },
    };
    struct text text = text_in(arena);
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        text_printf(&text, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", metrics[i].name, metrics[i].help,
                    metrics[i].name, metrics[i].type, metrics[i].name, (long long)metrics[i].value);
    text_printf(&text, "# HELP comptoir_build_info Version.\n# TYPE comptoir_build_info gauge\n"
                       "comptoir_build_info{version=\"" COMPTOIR_VERSION "\"} 1\n");
    return text_slice(&text);
}
