// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "script.h"
#include "scripted_broker.h"

enum { MOST_RECORDS = SB_RECORDS * 4, READ_MS = 100 };

struct kafka_record *published_records(const struct script *script, struct arena *arena, const char *topic,
                                       size_t *count)
{
    struct error error = { 0 };
    struct kafka_record *records = ARENA_ARRAY(arena, MOST_RECORDS, struct kafka_record);
    struct kafka_reader *reader = kafka_reader_open(&script->settings.kafka, true, &error);
    int partitions;
    script_must(script, kafka_reader_partitions(reader, topic, &partitions, &error), &error);
    *count = 0;
    for (int i = 0; i < partitions; i++) {
        struct kafka_position from = { topic, i, KAFKA_FIRST };
        kafka_reader_seek(reader, &from, 1, &error);
        for (bool at_end = false, got; !at_end;) {
            kafka_reader_next(reader, READ_MS, arena, &records[*count], &got, &at_end, &error);
            *count += got;
        }
    }
    kafka_reader_close(reader);
    return records;
}

// A topic's committed records, and which of them an outbox row has been found for.
struct seen {
    struct kafka_record *records;
    bool *claimed;
    size_t count;
};

static struct seen see(const struct script *script, struct arena *arena, int topic)
{
    struct seen seen;
    seen.records = published_records(script, arena, script->settings.topics[topic], &seen.count);
    seen.claimed = ARENA_ARRAY(arena, seen.count, bool);
    return seen;
}

// How often a row stands in its topic; the copies are claimed. -1: with other bytes.
static int copies(struct seen *seen, struct slice id, struct slice key, struct slice payload)
{
    int count = 0;
    for (size_t i = 0; i < seen->count; i++) {
        const struct kafka_record *record = &seen->records[i];
        if (!slice_equal(kafka_record_header(record, "ce_id"), id))
            continue;
        if (!slice_equal(record->key, key) || !slice_equal(record->value, payload))
            return -1;
        seen->claimed[i] = true;
        count++;
    }
    return count;
}

// Records of one shard stand in a partition in the order of their numbers.
static const char *in_order(struct arena *arena, const struct seen *seen)
{
    for (size_t i = 0; i + 1 < seen->count; i++)
        for (size_t j = i + 1; j < seen->count; j++) {
            struct slice left = kafka_record_header(&seen->records[i], "ce_id"),
                         right = kafka_record_header(&seen->records[j], "ce_id");
            struct slice left_shard = slice_cut(&left, ':'), right_shard = slice_cut(&right, ':');
            int64_t former = 0, latter = 0;
            if (seen->records[i].partition != seen->records[j].partition ||
                !slice_equal(left_shard, right_shard) || !slice_integer(left, &former) ||
                !slice_integer(right, &latter) || former <= latter)
                continue;
            return arena_printf(arena, "%s: row %lld of shard %.*s stands before row %lld",
                                seen->records[i].topic, (long long)former, SLICE_ARGS(left_shard),
                                (long long)latter)
                .data;
        }
    return NULL;
}

static const char *unclaimed(struct arena *arena, const struct seen *seen)
{
    for (size_t i = 0; i < seen->count; i++) {
        struct slice id = kafka_record_header(&seen->records[i], "ce_id");
        if (id.size && !seen->claimed[i])
            return arena_printf(arena, "%s holds %.*s, which the outbox does not", seen->records[i].topic,
                                SLICE_ARGS(id))
                .data;
    }
    return NULL;
}

static bool outbox(const struct script *script, struct arena *arena, struct db_rows *rows)
{
    struct error error = { 0 };
    return db_query(script->db, arena,
                    "SELECT shard, seq, topic, key, payload FROM outbox ORDER BY shard, seq", NULL, 0, rows,
                    &error);
}

static const char *compare_outbox(const struct script *script, struct arena *arena)
{
    struct seen seen[TOPIC_COUNT];
    for (int i = 0; i < TOPIC_COUNT; i++)
        seen[i] = see(script, arena, i);
    struct db_rows rows;
    if (!outbox(script, arena, &rows))
        return "the outbox could not be read";
    for (size_t i = 0; i < rows.count; i++) {
        int64_t topic = db_rows_number(&rows, i, 2);
        struct slice id = arena_printf(arena, "%lld:%lld", (long long)db_rows_number(&rows, i, 0),
                                       (long long)db_rows_number(&rows, i, 1));
        int count = copies(&seen[topic], id, db_rows_slice(&rows, i, 3), db_rows_slice(&rows, i, 4));
        if (count != 1)
            return arena_printf(arena, "%s: outbox row %.*s stands %s", script->settings.topics[topic],
                                SLICE_ARGS(id),
                                count == 0  ? "nowhere"
                                : count < 0 ? "there with other bytes"
                                            : "there more than once")
                .data;
    }
    const char *fault = NULL;
    for (int i = 0; i < TOPIC_COUNT && !fault; i++) {
        fault = unclaimed(arena, &seen[i]);
        fault = fault ? fault : in_order(arena, &seen[i]);
    }
    return fault;
}

// The mark of every shard that has said something is its number of rows.
static const char *compare_marks(const struct script *script, struct arena *arena)
{
    size_t count;
    struct kafka_record *marks = published_records(script, arena, script->settings.progress_topic, &count);
    struct db_rows rows;
    struct error error = { 0 };
    if (!db_query(script->db, arena, "SELECT progress, next_seq FROM shard WHERE next_seq > 0", NULL, 0,
                  &rows, &error))
        return "the shards could not be read";
    for (size_t i = 0; i < rows.count; i++) {
        int64_t mark = -1;
        for (size_t j = 0; j < count; j++)
            if (marks[j].partition == db_rows_number(&rows, i, 0))
                slice_integer(marks[j].value, &mark);
        if (mark != db_rows_number(&rows, i, 1))
            return arena_printf(arena, "progress partition %lld stands at %lld, the outbox at %lld",
                                (long long)db_rows_number(&rows, i, 0), (long long)mark,
                                (long long)db_rows_number(&rows, i, 1))
                .data;
    }
    return NULL;
}

// Every record that came in has an outcome, and no other record has.
static const char *compare_outcomes(const struct script *script, struct arena *arena)
{
    int64_t wanted = 0;
    for (int topic = TOPIC_INBOUND; topic <= TOPIC_ERP; topic++) {
        size_t count;
        struct kafka_record *records =
            published_records(script, arena, script->settings.topics[topic], &count);
        for (size_t i = 0; i < count; i++) {
            struct place place = { .partition = records[i].partition };
            snprintf(place.topic, sizeof place.topic, "%s", records[i].topic);
            const char *sql = arena_printf(arena,
                                           "SELECT count(*) FROM outcome WHERE shard = %d AND \"offset\" = "
                                           "%lld",
                                           script_shard(script, &place), (long long)records[i].offset)
                                  .data;
            if (script_query(script, sql) != 1)
                return arena_printf(arena, "%s[%d]@%lld has no outcome", records[i].topic,
                                    records[i].partition, (long long)records[i].offset)
                    .data;
        }
        wanted += (int64_t)count;
    }
    return script_query(script, "SELECT count(*) FROM outcome") == wanted
               ? NULL
               : "there are more outcomes than documents";
}

const char *published_exactly_once(const struct script *script, struct arena *arena)
{
    const char *fault = compare_outcomes(script, arena);
    fault = fault ? fault : compare_marks(script, arena);
    return fault ? fault : compare_outbox(script, arena);
}

const char *published_doubled(const struct script *script, struct arena *arena)
{
    const char *fault = compare_marks(script, arena);
    if (fault)
        return fault;
    fault = compare_outbox(script, arena);
    return fault && strstr(fault, "more than once") ? NULL : "no row stands twice";
}
