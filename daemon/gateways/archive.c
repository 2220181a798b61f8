// SPDX-License-Identifier: Apache-2.0
#include "gateways/archive.h"

#include "doors/utf8.h"

bool archive_put(struct db *db, struct arena *arena, enum archive_direction direction, struct slice channel,
                 struct slice partner, struct slice reference, struct slice bytes, int64_t now_us,
                 int64_t *id, struct error *error)
{
    static const char sql[] = "INSERT INTO archive (at, direction, channel, partner, reference, bytes)"
                              " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    // Longer ones would not fit into the index.
    enum { MOST_REFERENCE = 500 };
    const char letter = (char)direction;
    if (reference.size > MOST_REFERENCE)
        reference.size = utf8_valid_size((struct slice){ reference.data, MOST_REFERENCE });
    const struct db_value values[] = { db_instant(now_us), db_text((struct slice){ &letter, 1 }),
                                       db_text(channel),   db_text(partner),
                                       db_text(reference), db_bytes(bytes) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 6, &rows, error))
        return error_within(error, "archiving %.*s", SLICE_ARGS(reference));
    if (id)
        *id = db_rows_number(&rows, 0, 0);
    return true;
}
