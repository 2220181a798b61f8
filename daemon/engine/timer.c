// SPDX-License-Identifier: Apache-2.0
#include "engine/timer.h"

#include <assert.h>

enum { COLUMNS = 6 };

bool timer_apply(struct db *db, const struct batch *batch, const struct avro_catalogue *catalogue,
                 struct error *error)
{
    // In the order of the ids, so that two batches never wait for one another.
    static const char sql[] =
        "WITH word AS (SELECT DISTINCT ON (k.id COLLATE \"C\") k.* FROM unnest($1::text[], $2::timestamptz[],"
        " $3::text[], $4::text[], $5::text[], $6::bytea[]) WITH ORDINALITY"
        " AS k(id, due_at, account, trace, type, document, n) ORDER BY k.id COLLATE \"C\", k.n DESC),"
        " cleared AS (DELETE FROM timer t USING word w WHERE t.id = w.id AND w.document IS NULL)"
        " INSERT INTO timer (id, due_at, account, trace, type, document, set_at)"
        " SELECT id, due_at, account, trace, type, document, $7 FROM word WHERE document IS NOT NULL"
        " ORDER BY id COLLATE \"C\" ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at,"
        " account = excluded.account, trace = excluded.trace, type = excluded.type,"
        " document = excluded.document, set_at = excluded.set_at";
    static const enum db_type types[COLUMNS] = { DB_TEXT, DB_INSTANT, DB_TEXT, DB_TEXT, DB_TEXT, DB_BYTES };
    if (batch->timer_count == 0)
        return true;
    struct db_column columns[COLUMNS];
    struct db_value values[COLUMNS + 1];
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, types[i]);
    for (size_t i = 0; i < batch->timer_count; i++) {
        const struct timer *timer = &batch->timers[i];
        struct slice bytes;
        assert(timer->id.size <= TIMER_ID_MAX);
        db_column_add(&columns[0], timer->id);
        db_column_add_number(&columns[1], timer->due_us);
        db_column_add(&columns[2], timer->account);
        db_column_add(&columns[3], timer->cause->trace_parent);
        db_column_add(&columns[4], timer->document ? slice_of(timer->document->type) : (struct slice){ 0 });
        if (!timer->document) {
            db_column_add_null(&columns[5]);
            continue;
        }
        if (!avro_encode(catalogue, "timer", timer->document, batch->arena, &bytes, error))
            return error_within(error, "encoding what timer %.*s publishes", SLICE_ARGS(timer->id));
        db_column_add(&columns[5], bytes);
    }
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    values[COLUMNS] = db_instant(batch->now_us);
    return db_query(db, batch->arena, sql, values, COLUMNS + 1, NULL, error) ||
           error_within(error, "setting timers");
}

bool timer_is_due(struct db *db, struct arena *arena, int64_t now_us, bool *due, struct error *error)
{
    static const char sql[] = "SELECT EXISTS (SELECT FROM timer WHERE due_at <= $1)";
    const struct db_value values[] = { db_instant(now_us) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 1, &rows, error))
        return error_within(error, "looking for timers that are due");
    *due = db_rows_number(&rows, 0, 0) != 0;
    return true;
}

static bool delete_taken(struct db *db, struct arena *arena, const struct db_column *ids, struct error *error)
{
    static const char sql[] = "DELETE FROM timer WHERE id = ANY($1)";
    const struct db_value values[] = { db_array(ids) };
    return ids->count == 0 || db_query(db, arena, sql, values, 1, NULL, error) ||
           error_within(error, "taking timers");
}

bool timer_take(struct db *db, struct arena *arena, const struct avro_catalogue *catalogue, int64_t now_us,
                struct outbox_document **documents, size_t *count, size_t *unreadable, struct error *error)
{
    static const char sql[] = "SELECT id, account, trace, document FROM timer WHERE due_at <= $1"
                              " ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED";
    const struct db_value values[] = { db_instant(now_us), db_bigint(TIMER_MOST) };
    struct db_rows rows;
    *count = *unreadable = 0;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for timers that are due");
    *documents = ARENA_ARRAY(arena, rows.count, struct outbox_document);
    struct db_column taken = db_column(arena, DB_TEXT);
    for (size_t row = 0; row < rows.count; row++) {
        struct document *document;
        struct error unread = { 0 };
        if (!avro_decode(catalogue, "timer", db_rows_slice(&rows, row, 3), arena, &document, &unread)) {
            ++*unreadable;
            continue;
        }
        (*documents)[(*count)++] = (struct outbox_document){ .topic = TOPIC_INBOUND,
                                                             .key = db_rows_slice(&rows, row, 1),
                                                             .trace = db_rows_slice(&rows, row, 2),
                                                             .document = document };
        db_column_add(&taken, db_rows_slice(&rows, row, 0));
    }
    return delete_taken(db, arena, &taken, error);
}
