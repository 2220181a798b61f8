// SPDX-License-Identifier: Apache-2.0
// `comptoirctl status`: the heartbeats of the processes, and what the database says of the whole.
#include <inttypes.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/rows.h"

enum { LOOK_BACK = 500, POLL_MS = 200, SCRATCH_BYTES = 64 << 20, MARGIN_MS = 1000 };

struct report {
    struct online online;
    struct arena *scratch;      // one record's
    struct document *processes; // newest heartbeat of each instance
    int64_t now_us, oldest_us;  // heartbeats before are of processes that have gone
};

// --- Heartbeats

// Takes the heartbeat in where its instance has none or an older one.
static void keep(struct report *report, const struct document *beat)
{
    int64_t at = 0, other_at = 0;
    if (!document_instant(beat, "at", &at) || at < report->oldest_us)
        return;
    struct slice name = document_text(beat, "instance");
    for (struct document *other = report->processes->first; other; other = other->next) {
        if (!slice_equal(document_text(other, "instance"), name))
            continue;
        document_instant(other, "at", &other_at);
        if (at > other_at) {
            struct document *next = other->next;
            *other = *beat;
            other->next = next;
        }
        return;
    }
    struct document *copy = ARENA_NEW(report->online.arena, struct document);
    *copy = *beat;
    document_add(report->processes, NULL, copy);
}

static bool seek_near_end(struct report *report, struct kafka_reader *reader, int *partitions,
                          struct error *error)
{
    const char *topic = report->online.settings.topics[TOPIC_STATUS];
    if (!kafka_reader_partitions(reader, topic, partitions, error))
        return false;
    struct kafka_position *positions =
        ARENA_ARRAY(report->online.arena, (size_t)*partitions, struct kafka_position);
    for (int32_t i = 0; i < *partitions; i++) {
        int64_t first, end;
        if (!kafka_reader_range(reader, topic, i, &first, &end, error))
            return false;
        positions[i] = (struct kafka_position){ topic, i, end - first > LOOK_BACK ? end - LOOK_BACK : first };
    }
    return kafka_reader_seek(reader, positions, (size_t)*partitions, error);
}

static bool read_beats(struct report *report, struct kafka_reader *reader, int wait_ms, struct error *error)
{
    struct online *online = &report->online;
    int partitions, ended = 0;
    if (!seek_near_end(report, reader, &partitions, error))
        return false;
    int64_t deadline = clock_monotonic_us() + wait_ms * INT64_C(1000);
    while (clock_monotonic_us() < deadline && (ended < partitions || !report->processes->first)) {
        struct kafka_record record;
        struct document *beat;
        struct error ignored = { 0 };
        bool got, at_end;
        arena_reset(report->scratch);
        if (!kafka_reader_next(reader, POLL_MS, report->scratch, &record, &got, &at_end, error))
            return false;
        ended += at_end;
        // The record goes with the scratch arena, the document stays and points into its bytes.
        struct slice bytes = got ? arena_copy(online->arena, record.value) : (struct slice){ 0 };
        if (got && avro_decode(online->catalogue, record.topic, bytes, online->arena, &beat, &ignored))
            keep(report, beat);
    }
    return true;
}

static bool read_processes(struct report *report, struct error *error)
{
    struct online *online = &report->online;
    // Two intervals: one heartbeat may just have been missed.
    int64_t wait_ms = 2 * online->settings.status_interval_ms + MARGIN_MS;
    report->processes = document_list(online->arena);
    report->now_us = clock_now_us();
    report->oldest_us = report->now_us - wait_ms * 1000;
    struct kafka_reader *reader = kafka_reader_open(&online->settings.kafka, true, error);
    bool good = reader && read_beats(report, reader, (int)wait_ms, error);
    arena_reset(report->scratch); // librdkafka closes only when all records have been given back
    kafka_reader_close(reader);
    return good || error_within(error, "reading heartbeats");
}

// --- Totals

static const struct row_field totals_fields[] = {
    { "orders_held", ROW_INTEGER },        { "orders_accepted", ROW_INTEGER },
    { "orders_rejected", ROW_INTEGER },    { "holds_vetting", ROW_INTEGER },
    { "holds_credit", ROW_INTEGER },       { "holds_approval", ROW_INTEGER },
    { "holds_budget", ROW_INTEGER },       { "holds_information", ROW_INTEGER },
    { "tasks_open", ROW_INTEGER },         { "dead_letters", ROW_INTEGER },
    { "deliveries_waiting", ROW_INTEGER }, { "deliveries_given_up", ROW_INTEGER },
    { "oldest_delivery", ROW_INSTANT },    { "oldest_hold", ROW_INSTANT },
};
static const struct table_column totals_columns[] = {
    { "orders_held", "Orders held", false },
    { "orders_accepted", "Orders accepted", false },
    { "orders_rejected", "Orders rejected", false },
    { "holds_vetting", "Holds, vetting", false },
    { "holds_credit", "Holds, credit", false },
    { "holds_approval", "Holds, approval", false },
    { "holds_budget", "Holds, budget", false },
    { "holds_information", "Holds, information", false },
    { "oldest_hold", "Oldest hold since", false },
    { "tasks_open", "Open approval tasks", false },
    { "dead_letters", "Dead letters to look at", false },
    { "deliveries_waiting", "Deliveries waiting", false },
    { "oldest_delivery", "Oldest delivery since", false },
    { "deliveries_given_up", "Deliveries given up", false },
};

static bool read_totals(const struct online *online, struct document **totals, struct error *error)
{
    static const char sql[] =
        "SELECT o.held, o.accepted, o.rejected, h.vetting, h.credit, h.approval, h.budget, h.information,"
        " (SELECT count(*) FROM approval_task WHERE state = 'open'),"
        " (SELECT count(*) FROM dead_letter WHERE retried_at IS NULL AND dismissed_at IS NULL),"
        " d.waiting, d.given_up, d.oldest, h.oldest FROM"
        " (SELECT count(*) FILTER (WHERE state = 1) AS held, count(*) FILTER (WHERE state = 2) AS accepted,"
        " count(*) FILTER (WHERE state = 3) AS rejected FROM sales_order) o,"
        " (SELECT count(*) FILTER (WHERE kind = 'vetting') AS vetting, count(*) FILTER (WHERE kind = "
        "'credit')"
        " AS credit, count(*) FILTER (WHERE kind = 'approval') AS approval, count(*) FILTER (WHERE kind = "
        "'budget') AS budget, count(*) FILTER (WHERE kind = 'information') AS information, min(since) AS "
        "oldest"
        " FROM order_hold WHERE released_at IS NULL) h,"
        " (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state ="
        " 'given_up') AS given_up, min(created_at) FILTER (WHERE state = 'waiting') AS oldest FROM delivery) "
        "d";
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, NULL, 0, &rows, error))
        return error_within(error, "counting");
    *totals =
        rows_record(online->arena, &rows, 0, totals_fields, sizeof totals_fields / sizeof totals_fields[0]);
    return true;
}

// --- Output

static const struct table_column process_columns[] = {
    { "instance", "PROCESS", false },
    { "version", "VERSION", false },
    { "roles", "ROLES", false },
    { "started_at", "STARTED", false },
    { "shard_count", "SHARDS", true },
    { "lag", "LAG", true },
    { "unpublished", "UNPUBLISHED", true },
    { "documents", "DOCUMENTS", true },
    { "rate", "PER SECOND", true },
    { "failures", "FAILURES", true },
    { "last_error", "LAST ERROR", false },
};

// The heartbeat with the sums of its shards. Lag counts records; markers of transactions are among them.
static struct document *summed(struct arena *arena, const struct document *beat)
{
    int64_t lag = 0, unpublished = 0, shards = 0;
    for (const struct document *shard = document_items(beat, "shards"); shard; shard = shard->next) {
        int64_t one = document_integer(shard, "lag", 0);
        lag += one > 0 ? one : 0;
        unpublished += document_integer(shard, "unpublished", 0);
        shards++;
    }
    struct document *record = document_record(arena, NULL);
    for (const struct document *field = beat->first; field; field = field->next) {
        struct document *copy = ARENA_NEW(arena, struct document);
        *copy = *field;
        copy->next = NULL;
        if (strcmp(field->name, "shards") != 0)
            document_add(record, strcmp(field->name, "documents_per_second") == 0 ? "rate" : field->name,
                         copy);
    }
    document_add_integer(arena, record, "shard_count", shards);
    document_add_integer(arena, record, "lag", lag);
    document_add_integer(arena, record, "unpublished", unpublished);
    return record;
}

static void print_people(const struct report *report, const struct document *totals)
{
    struct arena *arena = report->online.arena;
    struct document *processes = document_list(arena);
    for (const struct document *beat = report->processes->first; beat; beat = beat->next)
        document_add(processes, NULL, summed(arena, beat));
    struct text text = text_in(arena);
    table_write(processes, process_columns, sizeof process_columns / sizeof process_columns[0], &text);
    text_append_char(&text, '\n');
    table_write_sheet(totals, totals_columns, sizeof totals_columns / sizeof totals_columns[0], &text);
    online_put(&text);
}

int ctl_status(int argc, char **argv)
{
    struct report report = { 0 };
    struct online *online = &report.online;
    const struct ctl_option options[] = { ONLINE_OPTIONS(online) };
    const struct ctl_usage usage = {
        "status",
        "",
        "Tell what runs, how far it is and what waits.",
        options,
        sizeof options / sizeof options[0],
        0,
        0,
        "Processes tell by heartbeats on the status topic; exit status 1 where none was heard of lately."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *totals = NULL;
    report.scratch = arena_open(SCRATCH_BYTES);
    if (!online_open(online, ONLINE_DATABASE | ONLINE_SCHEMAS | ONLINE_KAFKA, &error) ||
        !read_totals(online, &totals, &error) || !read_processes(&report, &error)) {
        arena_close(report.scratch);
        return online_fail(online, &error);
    }
    arena_close(report.scratch);
    bool alive = report.processes->first != NULL;
    if (online->json) {
        document_add(totals, "processes", report.processes);
        online_print_json(online, totals);
    } else {
        print_people(&report, totals);
    }
    if (!alive)
        fprintf(stderr, "comptoirctl: no process has sent a heartbeat within two intervals\n");
    online_close(online);
    return alive ? 0 : 1;
}
