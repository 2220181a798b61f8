// SPDX-License-Identifier: Apache-2.0
#include "engine/relay_lane.h"

#include <assert.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "engine/outbox.h"
#include "engine/status.h"

enum {
    NOTE_EVERY_US = 1000000,
    MARK_WAIT_MS = 10000,
    MARK_WINDOW = 64,
    MOST_HEADERS = 16,
};

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
            if (!kafka_reader_next(lane->reader, RELAY_IDLE_MS, lane->arena, &record, &got, &at_end, error))
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

void relay_stop_publishing(struct served *served)
{
    if (served->publisher)
        atomic_fetch_add(&counters.producers_renewed, 1);
    kafka_publisher_close(served->publisher);
    served->publisher = NULL;
}

bool relay_note(struct lane *lane, struct served *served, struct error *error)
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

bool relay_publish_some(struct lane *lane, struct served *served, struct error *error)
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
        relay_stop_publishing(served);
    return clock_monotonic_us() - served->noted_at_us < NOTE_EVERY_US || relay_note(lane, served, error);
}
