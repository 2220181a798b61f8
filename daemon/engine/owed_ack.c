// SPDX-License-Identifier: Apache-2.0
#include "engine/owed_ack.h"

static const char *const names[] = { [OWED_RECEIVED] = "received",
                                     [OWED_ACCEPTED] = "accepted",
                                     [OWED_ERRORS] = "errors",
                                     [OWED_REJECTED] = "rejected" };

const char *owed_report_name(enum owed_report report)
{
    return names[report];
}

bool owed_control(struct db *db, struct arena *arena, struct slice id, struct slice control, bool awaited,
                  int minutes, struct error *error)
{
    static const char sql[] =
        "UPDATE delivery SET control = $2, ack = CASE WHEN $3 THEN 'awaited' ELSE '' END, ack_minutes = $4"
        " WHERE id = $1";
    const struct db_value values[] = { db_text(id), db_text(control), db_boolean(awaited),
                                       db_integer(awaited ? minutes : 0) };
    return db_query(db, arena, sql, values, 4, NULL, error) ||
           error_within(error, "noting the control reference of a delivery");
}

static struct owed_match match_of(const struct db_rows *rows, size_t row)
{
    return (struct owed_match){ .id = db_rows_slice(rows, row, 0),
                                .partner = db_rows_slice(rows, row, 1),
                                .reference = db_rows_slice(rows, row, 2),
                                .control = db_rows_slice(rows, row, 3) };
}

bool owed_acknowledge(struct db *db, struct arena *arena, struct slice partner, struct slice control,
                      enum owed_report report, struct slice text, int64_t now_us, struct owed_match *match,
                      bool *found, struct error *error)
{
    static const char sql[] =
        "UPDATE delivery SET ack = CASE WHEN $3 = 'received' AND ack IN ('accepted', 'errors', 'rejected')"
        " THEN ack ELSE $3 END, ack_at = $4, ack_text = $5 WHERE id = (SELECT id FROM delivery WHERE partner "
        "= $1"
        " AND control = $2 AND control <> '' AND channel = 'edifact' ORDER BY created_at DESC, id LIMIT 1)"
        " RETURNING id, partner, reference, control";
    const struct db_value values[] = { db_text(partner), db_text(control), db_text(slice_of(names[report])),
                                       db_instant(now_us), db_text(text) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 5, &rows, error))
        return error_within(error, "noting the report on interchange %.*s", SLICE_ARGS(control));
    *found = rows.count > 0;
    if (*found)
        *match = match_of(&rows, 0);
    return true;
}

bool owed_overdue(struct db *db, struct arena *arena, int64_t now_us, int64_t most,
                  struct owed_match **matches, size_t *count, struct error *error)
{
    static const char sql[] =
        "UPDATE delivery SET ack = 'overdue' WHERE id IN (SELECT id FROM delivery WHERE ack = 'awaited'"
        " AND ack_minutes > 0 AND state = 'delivered'"
        " AND delivered_at + ack_minutes * interval '1 minute' <= $1"
        " ORDER BY delivered_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, partner, reference, control";
    const struct db_value values[] = { db_instant(now_us), db_bigint(most) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for overdue reports");
    *matches = ARENA_ARRAY(arena, rows.count, struct owed_match);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*matches)[i] = match_of(&rows, i);
    return true;
}

bool owed_beside(struct db *db, struct arena *arena, struct slice id, const char *type, struct error *error)
{
    static const char sql[] =
        "INSERT INTO delivery (id, partner, channel, reference, type, document, state, next_at, created_at)"
        " SELECT id || '/' || $2, partner, channel, reference, $2, document, 'waiting',"
        " next_at - interval '1 second', created_at FROM delivery WHERE id = $1 AND original = ''"
        " ON CONFLICT (id) DO NOTHING";
    const struct db_value values[] = { db_text(id), db_text(slice_of(type)) };
    return db_query(db, arena, sql, values, 2, NULL, error) ||
           error_within(error, "queueing %s beside a delivery", type);
}
