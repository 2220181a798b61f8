// SPDX-License-Identifier: Apache-2.0
#include "engine/outbox.h"

#include "base/clock.h"
#include "base/text.h"

bool outbox_write(struct db *db, struct arena *arena, const struct outbox_row *rows, size_t count,
                  int64_t now_us, struct error *error)
{
    struct db_copy copy = db_copy(arena, 10);
    int32_t day = instant_date(now_us);
    for (size_t i = 0; i < count; i++) {
        db_copy_row(&copy);
        db_copy_number(&copy, DB_INTEGER, rows[i].shard);
        db_copy_number(&copy, DB_BIGINT, rows[i].seq);
        db_copy_number(&copy, DB_DATE, day);
        db_copy_number(&copy, DB_INTEGER, rows[i].topic);
        db_copy_slice(&copy, rows[i].key);
        db_copy_slice(&copy, slice_of(rows[i].type));
        db_copy_number(&copy, DB_INSTANT, now_us);
        db_copy_slice(&copy, rows[i].trace);
        db_copy_slice(&copy, rows[i].headers);
        db_copy_slice(&copy, rows[i].payload);
    }
    return db_copy_end(&copy, db,
                       "COPY outbox (shard, seq, day, topic, key, type, at, trace, headers, payload)"
                       " FROM STDIN (FORMAT binary)",
                       error) ||
           error_within(error, "writing the outbox");
}

bool outbox_put(struct db *db, struct arena *arena, const struct settings *settings,
                const struct avro_catalogue *catalogue, const struct shard *gateway, int64_t now_us,
                const struct outbox_document *documents, size_t count, struct error *error)
{
    if (count == 0)
        return true;
    struct outbox_row *rows = ARENA_ARRAY(arena, count, struct outbox_row);
    int64_t first;
    if (!shard_number(db, arena, gateway, (int64_t)count, &first, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct outbox_row){ .shard = gateway->id,
                                       .seq = first + (int64_t)i,
                                       .topic = documents[i].topic,
                                       .key = documents[i].key,
                                       .type = documents[i].document->type,
                                       .trace = documents[i].trace };
        if (!avro_encode(catalogue, settings->topics[documents[i].topic], documents[i].document, arena,
                         &rows[i].payload, error))
            return error_within(error, "encoding a document of gateway %s", gateway->topic);
    }
    return outbox_write(db, arena, rows, count, now_us, error);
}

bool outbox_read(struct db *db, struct arena *arena, int32_t shard, int64_t seq, int64_t most,
                 struct outbox_row **rows, size_t *count, struct error *error)
{
    // Not more than one transaction should carry: large rows come by the few, the first in any case.
    enum { MOST_BYTES = 32 << 20 };
    static const char sql[] = "SELECT seq, topic, key, type, trace, headers, payload, at FROM"
                              " (SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) AS bytes FROM"
                              "  (SELECT seq, topic, key, type, trace, headers, payload, at FROM outbox"
                              "   WHERE shard = $1 AND seq >= $2 ORDER BY seq LIMIT $3) AS next) AS measured"
                              " WHERE seq = $2 OR bytes <= $4 ORDER BY seq";
    const struct db_value values[] = { db_integer(shard), db_bigint(seq), db_bigint(most),
                                       db_bigint(MOST_BYTES) };
    struct db_rows found;
    if (!db_query(db, arena, sql, values, 4, &found, error))
        return error_within(error, "reading the outbox of shard %d", shard);
    *rows = ARENA_ARRAY(arena, found.count, struct outbox_row);
    *count = found.count;
    for (size_t i = 0; i < found.count; i++)
        (*rows)[i] = (struct outbox_row){ .shard = shard,
                                          .seq = db_rows_number(&found, i, 0),
                                          .topic = (enum topic)db_rows_number(&found, i, 1),
                                          .key = db_rows_slice(&found, i, 2),
                                          .type = db_rows_slice(&found, i, 3).data,
                                          .trace = db_rows_slice(&found, i, 4),
                                          .headers = db_rows_slice(&found, i, 5),
                                          .payload = db_rows_slice(&found, i, 6),
                                          .at_us = db_rows_number(&found, i, 7) };
    return true;
}

enum { DAYS_AHEAD = 3 };

// In a transaction of its own, since it locks the whole outbox. One process at a time; a lock that is held
// elsewhere is waited for, the work is idempotent.
static bool alone(struct db *db, const char *sql, struct error *error)
{
    bool unknown;
    if (!db_begin(db, error))
        return false;
    if (db_run(db, "SELECT pg_advisory_xact_lock(4331001)", error) && db_run(db, sql, error))
        return db_commit(db, &unknown, error);
    db_rollback(db);
    return false;
}

// A day that has rows in the default partition already (the clock had jumped, or this had not been done for
// days) stays there: its partition could not be made any more.
static bool make_day(struct db *db, struct arena *arena, int32_t day, struct error *error)
{
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    date_text(day, from);
    date_text(day + 1, to);
    const char *name = arena_printf(arena, "outbox_%.4s%.2s%.2s", from, from + 5, from + 8).data;
    struct slice sql =
        arena_printf(arena,
                     "DO $$ BEGIN IF to_regclass('%s') IS NULL"
                     " AND NOT EXISTS (SELECT FROM outbox_other WHERE day = '%s') THEN"
                     " CREATE TABLE %s PARTITION OF outbox FOR VALUES FROM ('%s') TO ('%s'); END IF; END $$",
                     name, from, name, from, to);
    return alone(db, sql.data, error);
}

// Whether table `%s` has a row that the relay is not known to have passed: one look into the index a shard.
#define UNPUBLISHED                                                                                          \
    "EXISTS (SELECT FROM shard s WHERE s.relayed_seq <= (SELECT max(o.seq) FROM %.*s o WHERE o.shard = "     \
    "s.id))"

// Old days are dropped whole, and only where the relay is known to have passed every row of theirs.
static bool drop_old(struct db *db, struct arena *arena, int32_t before, struct error *error)
{
    static const char list[] = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                               " WHERE i.inhparent = 'outbox'::regclass AND c.relname ~ '^outbox_[0-9]{8}$'"
                               " AND to_date(right(c.relname, 8), 'YYYYMMDD') < $1";
    const struct db_value values[] = { DB_VALUE_NUMBER(DB_DATE, before) };
    struct db_rows found;
    if (!db_query(db, arena, list, values, 1, &found, error))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        struct slice name = db_rows_slice(&found, i, 0);
        struct slice sql =
            arena_printf(arena,
                         "DO $$ BEGIN IF to_regclass('%.*s') IS NOT NULL THEN IF NOT " UNPUBLISHED
                         " THEN DROP TABLE %.*s; END IF; END IF; END $$",
                         SLICE_ARGS(name), SLICE_ARGS(name), SLICE_ARGS(name));
        if (!alone(db, sql.data, error))
            return false;
    }
    return true;
}

// What went into the default partition is taken out row by row; as a rule it has none.
static bool clear_other(struct db *db, struct arena *arena, int32_t before, struct error *error)
{
    static const char sql[] = "DELETE FROM outbox_other o USING shard s"
                              " WHERE s.id = o.shard AND o.day < $1 AND o.seq < s.relayed_seq";
    const struct db_value values[] = { DB_VALUE_NUMBER(DB_DATE, before) };
    return db_query(db, arena, sql, values, 1, NULL, error);
}

bool outbox_upkeep(struct db *db, struct arena *arena, int64_t now_us, int64_t days, struct error *error)
{
    int32_t today = instant_date(now_us), before = today - (int32_t)days;
    bool good = true;
    for (int32_t day = today; good && day <= today + DAYS_AHEAD; day++)
        good = make_day(db, arena, day, error);
    return (good && drop_old(db, arena, before, error) && clear_other(db, arena, before, error)) ||
           error_within(error, "keeping the outbox's days");
}
