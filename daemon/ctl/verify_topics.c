// SPDX-License-Identifier: Apache-2.0
// Reads all topics to their ends, read committed, and keeps what the comparison needs of every record.
#include "ctl/verify_topics.h"

#include <inttypes.h>

#include "base/clock.h"
#include "ctl/progress.h"
#include "handlers/order/order.h"

enum { POLL_MS = 200, QUIET_MS = 15000, RESET_EVERY = 512 };

// --- Cluster and shards

// The embedded broker's id may come again without its records; comptoird adds the time of its start.
static bool find_cluster(struct verify *verify, struct error *error)
{
    static const char sql[] = "SELECT cluster FROM shard WHERE cluster LIKE $1 ORDER BY id DESC LIMIT 1";
    struct online *online = &verify->online;
    struct slice cluster;
    if (!kafka_cluster(&online->settings.kafka, online->arena, &cluster, error))
        return false;
    verify->topics->cluster = arena_string(online->arena, cluster);
    if (!online->settings.embedded_broker)
        return true;
    const struct db_value value = db_text(arena_printf(online->arena, "%.*s@%%", SLICE_ARGS(cluster)));
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, &value, 1, &rows, error))
        return false;
    if (rows.count)
        verify->topics->cluster = arena_string(online->arena, db_rows_slice(&rows, 0, 0));
    return true;
}

bool verify_load_shards(const struct online *online, const char *cluster, struct verify_shard **shards,
                        size_t *count, struct error *error)
{
    static const char sql[] = "SELECT id, topic, partition, progress, next_offset, next_seq FROM shard"
                              " WHERE cluster = $1 ORDER BY id";
    const struct db_value value = db_text(slice_of(cluster));
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, &value, 1, &rows, error))
        return error_within(error, "reading shards");
    *shards = ARENA_ARRAY(online->arena, rows.count, struct verify_shard);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*shards)[i] =
            (struct verify_shard){ .id = (int32_t)db_rows_number(&rows, i, 0),
                                   .topic = arena_string(online->arena, db_rows_slice(&rows, i, 1)),
                                   .partition = (int32_t)db_rows_number(&rows, i, 2),
                                   .progress = (int32_t)db_rows_number(&rows, i, 3),
                                   .next_offset = db_rows_number(&rows, i, 4),
                                   .next_seq = db_rows_number(&rows, i, 5),
                                   .mark = -1 };
    return true;
}

static struct verify_shard *shard_of(struct verify_topics *topics, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < topics->shard_count; i++)
        if (topics->shards[i].partition == partition && strcmp(topics->shards[i].topic, topic) == 0)
            return &topics->shards[i];
    return NULL;
}

// --- One record

// Our events carry "SHARD:SEQ" as ce_id; on the consumed topics others may have ids of their own kind.
static bool own_id(const struct kafka_record *record, int32_t *shard, int64_t *seq)
{
    struct slice rest = kafka_record_header(record, "ce_id"), first = slice_cut(&rest, ':');
    int64_t number;
    if (!slice_is(kafka_record_header(record, "ce_source"), "/comptoir") || !slice_integer(first, &number) ||
        !slice_integer(rest, seq) || number < 0 || number > INT32_MAX)
        return false;
    *shard = (int32_t)number;
    return true;
}

static void keep_record(struct verify *verify, const struct kafka_record *record, enum topic topic)
{
    struct verify_topics *topics = verify->topics;
    struct place at = { (int)topic, record->partition, record->offset };
    int32_t shard;
    int64_t seq;
    bool consumed = topic == TOPIC_INBOUND || topic == TOPIC_ERP;
    if (!own_id(record, &shard, &seq)) {
        if (!consumed)
            verdict_fault(&verify->verdicts[INVARIANT_TOPICS],
                          "%s[%d]@%lld has no id of ours: who published it?", record->topic,
                          record->partition, (long long)record->offset);
        return;
    }
    topics->records = arena_grow(verify->online.arena, topics->records, &topics->record_capacity,
                                 topics->record_count + 1, sizeof *topics->records);
    topics->records[topics->record_count++] =
        (struct record_fact){ at, shard, seq, verify_digest_of(record->key, record->value) };
}

static void keep_input(struct verify *verify, const struct kafka_record *record)
{
    struct verify_topics *topics = verify->topics;
    const struct verify_shard *shard = shard_of(topics, record->topic, record->partition);
    if (!shard)
        return; // undecided, which the wait has told
    topics->inputs = arena_grow(verify->online.arena, topics->inputs, &topics->input_capacity,
                                topics->input_count + 1, sizeof *topics->inputs);
    topics->inputs[topics->input_count++] = (struct input_fact){ shard->id, record->offset };
}

static void keep_document(struct verify *verify, const struct kafka_record *record, enum topic topic)
{
    struct verify_topics *topics = verify->topics;
    struct place at = { (int)topic, record->partition, record->offset };
    struct error error = { 0 };
    struct document *document;
    char text[600];
    int64_t order = 0;
    if (!avro_decode(verify->online.catalogue, record->topic, record->value, verify->scratch, &document,
                     &error)) {
        verdict_fault(&verify->verdicts[topic == TOPIC_EVENTS ? INVARIANT_EVENTS : INVARIANT_ANSWER],
                      "%s[%d]@%lld cannot be read: %s", record->topic, record->partition,
                      (long long)record->offset, error_text(&error, text, sizeof text));
        return;
    }
    // Events of interchanges, notices of shipments and invoices, and reports how far orders are, are in no order's own
    // sequence and answer none.
    const char *judged = topic == TOPIC_EVENTS ? "OrderEvent" : "OrderResponse";
    if (document->type && strcmp(document->type, judged) != 0)
        return;
    order_id_parse(document_text(document, "order_id"), &order);
    if (topic == TOPIC_EVENTS) {
        topics->events = arena_grow(verify->online.arena, topics->events, &topics->event_capacity,
                                    topics->event_count + 1, sizeof *topics->events);
        topics->events[topics->event_count++] =
            (struct event_fact){ order, document_integer(document, "sequence", 0), at };
        return;
    }
    struct slice change = document_text(document, "change_id");
    if (!slice_empty(change)) {
        order_id_parse(change, &order);
        topics->change_answers =
            arena_grow(verify->online.arena, topics->change_answers, &topics->change_answer_capacity,
                       topics->change_answer_count + 1, sizeof *topics->change_answers);
        topics->change_answers[topics->change_answer_count++] =
            (struct answer_fact){ order, verify_digest_of((struct slice){ 0 }, record->value), at };
        return;
    }
    topics->answers = arena_grow(verify->online.arena, topics->answers, &topics->answer_capacity,
                                 topics->answer_count + 1, sizeof *topics->answers);
    topics->answers[topics->answer_count++] =
        (struct answer_fact){ order, verify_digest_of((struct slice){ 0 }, record->value), at };
}

static void keep_fact(struct verify *verify, const struct kafka_record *record)
{
    struct error unreadable = { 0 };
    struct document *document;
    if (avro_decode(verify->online.catalogue, record->topic, record->value, verify->scratch, &document,
                    &unreadable) &&
        strcmp(document->type, "Account") == 0)
        verify_keep_limit(verify, document);
}

static void keep(struct verify *verify, const struct kafka_record *record, enum topic topic)
{
    if (topic == TOPIC_ERP)
        keep_fact(verify, record);
    keep_record(verify, record, topic);
    if (topic == TOPIC_INBOUND || topic == TOPIC_ERP)
        keep_input(verify, record);
    if (topic == TOPIC_EVENTS || topic == TOPIC_ACKNOWLEDGEMENTS)
        keep_document(verify, record, topic);
}

// --- One topic

struct reading {
    const char *name;
    int64_t *ends; // by partition
    bool *done;
    int partitions;
    size_t open; // partitions not yet read to their end
};

static void note_trimmed(struct verify *verify, enum topic topic, int32_t partition, int64_t first)
{
    struct verify_topics *topics = verify->topics;
    topics->trimmed = arena_grow(verify->online.arena, topics->trimmed, &topics->trimmed_capacity,
                                 topics->trimmed_count + 1, sizeof *topics->trimmed);
    topics->trimmed[topics->trimmed_count++] = (struct place){ (int)topic, partition, first };
}

static bool start_reading(struct verify *verify, struct kafka_reader *reader, enum topic topic,
                          struct reading *reading, struct error *error)
{
    struct arena *arena = verify->online.arena;
    if (!kafka_reader_partitions(reader, reading->name, &reading->partitions, error))
        return false;
    size_t count = (size_t)reading->partitions;
    struct kafka_position *positions = ARENA_ARRAY(arena, count, struct kafka_position);
    reading->ends = ARENA_ARRAY(arena, count, int64_t);
    reading->done = ARENA_ARRAY(arena, count, bool);
    for (int32_t i = 0; i < reading->partitions; i++) {
        int64_t first, end;
        if (!kafka_reader_range(reader, reading->name, i, &first, &end, error))
            return false;
        struct verify_shard *shard = shard_of(verify->topics, reading->name, i);
        if (shard) {
            shard->first = first;
            shard->end = end;
        }
        reading->ends[i] = end;
        reading->done[i] = first == end;
        if (first > 0)
            note_trimmed(verify, topic, i, first);
        if (first < end)
            positions[reading->open++] = (struct kafka_position){ reading->name, i, first };
    }
    return !reading->open || kafka_reader_seek(reader, positions, reading->open, error);
}

// A partition ends where the broker says so or where the end stood when reading began.
static void note_end(struct reading *reading, int32_t partition, bool at_end, int64_t offset)
{
    if (partition >= reading->partitions || reading->done[partition] ||
        (!at_end && offset + 1 < reading->ends[partition]))
        return;
    reading->done[partition] = true;
    reading->open--;
}

static bool read_topic(struct verify *verify, struct kafka_reader *reader, enum topic topic,
                       struct error *error)
{
    struct reading reading = { .name = verify->online.settings.topics[topic] };
    if (!start_reading(verify, reader, topic, &reading, error))
        return false;
    int64_t heard_us = clock_monotonic_us();
    for (size_t records = 0; reading.open;) {
        struct kafka_record record;
        bool got, at_end;
        if (records % RESET_EVERY == 0)
            arena_reset(verify->scratch);
        if (!kafka_reader_next(reader, POLL_MS, verify->scratch, &record, &got, &at_end, error))
            return false;
        if (got && record.offset < reading.ends[record.partition])
            keep(verify, &record, topic);
        if (got || at_end) {
            note_end(&reading, record.partition, at_end, record.offset);
            heard_us = clock_monotonic_us();
            records++;
            progress_show(reading.name, records);
        } else if (clock_monotonic_us() - heard_us > QUIET_MS * INT64_C(1000)) {
            return error_set(error, ERROR_UNAVAILABLE, NULL,
                             "could not read topic %s to its end: nothing came for %d s", reading.name,
                             QUIET_MS / 1000);
        }
    }
    return true;
}

static bool read_all(struct verify *verify, struct kafka_reader *reader, struct error *error)
{
    const enum topic topics[] = { TOPIC_INBOUND,   TOPIC_ERP,    TOPIC_EVENTS,     TOPIC_ACKNOWLEDGEMENTS,
                                  TOPIC_APPROVALS, TOPIC_QUOTES, TOPIC_DEAD_LETTER };
    if (!verify_drain(verify, reader, error))
        return false;
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        if (!read_topic(verify, reader, topics[i], error))
            return error_within(error, "reading topic %s", verify->online.settings.topics[topics[i]]);
    return true;
}

bool verify_read_topics(struct verify *verify, struct error *error)
{
    verify->topics = ARENA_NEW(verify->online.arena, struct verify_topics);
    verify->topics->limits = index_in(verify->online.arena);
    struct kafka_reader *reader = NULL;
    bool good = find_cluster(verify, error) &&
                (reader = kafka_reader_open(&verify->online.settings.kafka, true, error)) != NULL &&
                read_all(verify, reader, error);
    arena_reset(verify->scratch); // librdkafka closes only when all records have been given back
    kafka_reader_close(reader);
    return good;
}
