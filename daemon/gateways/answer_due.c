// SPDX-License-Identifier: Apache-2.0
#include "gateways/answer_due.h"

// An answer has left when its delivery has.
#define LEFT                                                                                                 \
    "EXISTS (SELECT FROM delivery d WHERE d.partner = a.partner AND d.reference = a.reference"               \
    " AND d.type IN ('OrderResponse', 'Quotation') AND d.type = a.answer AND d.delivered_at IS NOT NULL)"

bool answer_due_note(struct db *db, struct arena *arena, const struct answer_due *dues, size_t count,
                     struct error *error)
{
    static const char sql[] =
        "INSERT INTO answer_due (partner, reference, answer, number, archive_id, due_at)"
        " SELECT DISTINCT ON (partner, reference) * FROM unnest($1::text[], $2::text[], $3::text[], "
        "$4::text[], $5::bigint[], "
        "$6::timestamptz[]) AS d(partner, reference, answer, number, archive_id, due_at)"
        " ON CONFLICT (partner, reference) DO UPDATE SET archive_id = excluded.archive_id,"
        " due_at = excluded.due_at, told_at = NULL WHERE answer_due.told_at IS NOT NULL";
    struct db_column columns[] = { db_column(arena, DB_TEXT),   db_column(arena, DB_TEXT),
                                   db_column(arena, DB_TEXT),   db_column(arena, DB_TEXT),
                                   db_column(arena, DB_BIGINT), db_column(arena, DB_INSTANT) };
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        db_column_add(&columns[0], dues[i].partner);
        db_column_add(&columns[1], dues[i].reference);
        db_column_add(&columns[2], dues[i].answer);
        db_column_add(&columns[3], dues[i].number);
        db_column_add_number(&columns[4], dues[i].archive_id);
        db_column_add_number(&columns[5], dues[i].due_us);
    }
    struct db_value values[6];
    for (size_t i = 0; i < 6; i++)
        values[i] = db_array(&columns[i]);
    return db_query(db, arena, sql, values, 6, NULL, error) ||
           error_within(error, "noting which answers are wanted");
}

bool answer_due_overdue(struct db *db, struct arena *arena, int64_t now_us, int64_t most,
                        struct answer_due **overdue, size_t *count, struct error *error)
{
    static const char forget[] =
        "DELETE FROM answer_due WHERE (partner, reference) IN (SELECT partner, reference FROM answer_due a"
        " WHERE (told_at IS NOT NULL OR (told_at IS NULL AND due_at <= $1)) AND " LEFT
        " LIMIT $2 FOR UPDATE SKIP LOCKED)";
    static const char tell[] =
        "UPDATE answer_due u SET told_at = $1 WHERE (partner, reference) IN (SELECT partner, reference FROM "
        "answer_due a WHERE told_at IS NULL AND due_at <= $1 AND NOT " LEFT
        " ORDER BY due_at, partner, reference LIMIT $2 FOR UPDATE SKIP LOCKED)"
        " RETURNING partner, reference, answer, number, archive_id, due_at,"
        " (SELECT control FROM archive WHERE id = u.archive_id)";
    const struct db_value values[] = { db_instant(now_us), db_bigint(most) };
    struct db_rows rows;
    if (!db_query(db, arena, forget, values, 2, NULL, error) ||
        !db_query(db, arena, tell, values, 2, &rows, error))
        return error_within(error, "looking for answers that are overdue");
    *overdue = ARENA_ARRAY(arena, rows.count, struct answer_due);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*overdue)[i] = (struct answer_due){ .partner = db_rows_slice(&rows, i, 0),
                                             .reference = db_rows_slice(&rows, i, 1),
                                             .answer = db_rows_slice(&rows, i, 2),
                                             .number = db_rows_slice(&rows, i, 3),
                                             .archive_id = db_rows_number(&rows, i, 4),
                                             .due_us = db_rows_number(&rows, i, 5),
                                             .control = db_rows_slice(&rows, i, 6) };
    return true;
}
