// SPDX-License-Identifier: Apache-2.0
#include "gateways/archive.h"

#include "doors/utf8.h"
#include "gateways/plain.h"

enum { MOST_REFERENCE = 500, MOST_FINDINGS = 1 << 16 }; // longer ones would not fit into the index

static struct slice cut(struct slice text, size_t most)
{
    if (text.size > most)
        text.size = utf8_valid_size((struct slice){ text.data, most });
    return text;
}

bool archive_put(struct db *db, struct arena *arena, enum archive_direction direction, struct slice channel,
                 struct slice partner, struct slice reference, struct slice bytes, int64_t now_us,
                 int64_t *id, struct error *error)
{
    static const char sql[] = "INSERT INTO archive (at, direction, channel, partner, reference, bytes)"
                              " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    const char letter = (char)direction;
    reference = cut(reference, MOST_REFERENCE);
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

bool archive_describe(struct db *db, struct arena *arena, int64_t id, const struct archive_facts *facts,
                      struct error *error)
{
    static const char sql[] =
        "UPDATE archive SET control = $2, sender = $3, receiver = $4, kind = $5, messages = $6, refused = $7,"
        " state = $8, findings = $9, delivery = $10, original = nullif($11, 0) WHERE id = $1";
    const struct db_value values[] = {
        db_bigint(id),
        db_text(plain_text(arena, cut(facts->control, MOST_REFERENCE))),
        db_text(plain_text(arena, cut(facts->sender, MOST_REFERENCE))),
        db_text(plain_text(arena, cut(facts->receiver, MOST_REFERENCE))),
        db_text(plain_text(arena, cut(facts->kind, MOST_REFERENCE))),
        db_integer((int32_t)facts->messages),
        db_integer((int32_t)facts->refused),
        db_text(facts->state),
        db_text(cut(facts->findings, MOST_FINDINGS)),
        db_text(facts->delivery),
        db_bigint(facts->original),
    };
    return db_query(db, arena, sql, values, 11, NULL, error) ||
           error_within(error, "describing an archived interchange");
}

bool archive_sequence(struct db *db, struct arena *arena, int64_t id, struct slice sequence,
                      struct slice finding, struct error *error)
{
    static const char sql[] = "UPDATE archive SET sequence = $2, findings = findings || $3 WHERE id = $1";
    const struct db_value values[] = { db_bigint(id), db_text(sequence),
                                       db_text(arena_printf(arena, "%.*s\n",
                                                            SLICE_ARGS(plain_text(arena, finding)))) };
    return db_query(db, arena, sql, values, 3, NULL, error) ||
           error_within(error, "noting the sequence of an archived interchange");
}
