// SPDX-License-Identifier: Apache-2.0
#include "gateways/desk.h"

#include "base/text.h"
#include "gateways/plain.h"

bool desk_next(struct db *db, struct arena *arena, struct desk_request *request, bool *found,
               struct error *error)
{
    static const char sql[] =
        "SELECT r.id, r.archive_id, a.bytes, a.state FROM edi_request r JOIN archive a ON a.id = r.archive_id"
        " WHERE r.done_at IS NULL AND r.action = 'reprocess' ORDER BY r.id LIMIT 1";
    struct db_rows rows;
    if (!db_query(db, arena, sql, NULL, 0, &rows, error))
        return error_within(error, "looking for requests of the EDI desk");
    *found = rows.count > 0;
    if (*found)
        *request = (struct desk_request){ .id = db_rows_number(&rows, 0, 0),
                                          .archive_id = db_rows_number(&rows, 0, 1),
                                          .bytes = db_rows_slice(&rows, 0, 2),
                                          .state = db_rows_slice(&rows, 0, 3) };
    return true;
}

// Lines stay lines; within them there are no control characters.
static struct slice plain_lines(struct arena *arena, struct slice text)
{
    struct text lines = text_in(arena);
    while (text.size) {
        if (lines.size)
            text_append_char(&lines, '\n');
        text_append(&lines, plain_text(arena, slice_cut(&text, '\n')));
    }
    return text_slice(&lines);
}

bool desk_done(struct db *db, struct arena *arena, int64_t id, struct slice result, int64_t now_us,
               struct error *error)
{
    static const char sql[] =
        "UPDATE edi_request SET done_at = $2, result = $3 WHERE id = $1 AND done_at IS NULL";
    const struct db_value values[] = { db_bigint(id), db_instant(now_us),
                                       db_text(plain_lines(arena, result)) };
    return db_query(db, arena, sql, values, 3, NULL, error) ||
           error_within(error, "noting a request of the EDI desk as done");
}
