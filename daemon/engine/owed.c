// SPDX-License-Identifier: Apache-2.0
#include "engine/owed.h"

#include "formats/map.h"
#include "formats/map_store.h"

// An id that exists owes the same answer: its bytes are sent again, whatever is offered now. A row that is
// locked is being sent in this moment, which is as good; nobody waits for a partner's server with accounts and
// stock locked.
static bool put_again(struct db *db, struct arena *arena, const struct db_column *ids, int64_t now_us,
                      struct error *error)
{
    static const char sql[] =
        "UPDATE delivery d SET state = 'waiting', attempts = 0, next_at = $2, last_error = '',"
        " delivered_at = NULL FROM (SELECT id FROM delivery WHERE id = ANY($1) AND created_at < $2 ORDER BY "
        "id"
        " FOR UPDATE SKIP LOCKED) k WHERE d.id = k.id";
    const struct db_value values[] = { db_array(ids), db_instant(now_us) };
    return db_query(db, arena, sql, values, 2, NULL, error) || error_within(error, "owing an answer again");
}

static bool wanted(const struct owed *owed, const struct maps *maps, bool mails)
{
    if (slice_is(owed->channel, "mail"))
        return mails;
    bool shipment = strcmp(owed->document->type, "ShipNotice") == 0;
    if (!shipment && strcmp(owed->document->type, "InvoiceNotice") != 0)
        return true;
    const struct partner *partner = maps ? maps_partner_named(maps, owed->partner) : NULL;
    return partner && (shipment ? partner->sends_shipments : partner->sends_invoices);
}

void owed_choose(struct batch *batch, struct map_store *maps, bool mails)
{
    if (batch->owed_count == 0)
        return;
    const struct maps *held = maps ? map_store_hold(maps) : NULL;
    size_t kept = 0;
    for (size_t i = 0; i < batch->owed_count; i++)
        if (wanted(&batch->owed[i], held, mails))
            batch->owed[kept++] = batch->owed[i];
    batch->owed_count = kept;
    if (maps)
        map_store_release(maps, held);
}

bool owed_apply(struct db *db, const struct batch *batch, const struct avro_catalogue *catalogue,
                struct error *error)
{
    static const char sql[] =
        "INSERT INTO delivery (id, partner, channel, reference, type, document, state, next_at, created_at)"
        " SELECT id, partner, channel, reference, type, document, 'waiting', $7, $7"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])"
        " AS o(id, partner, channel, reference, type, document) ORDER BY id ON CONFLICT (id) DO NOTHING";
    if (batch->owed_count == 0)
        return true;
    struct db_column columns[6];
    for (int i = 0; i < 6; i++)
        columns[i] = db_column(batch->arena, i < 5 ? DB_TEXT : DB_BYTES);
    for (size_t i = 0; i < batch->owed_count; i++) {
        const struct owed *owed = &batch->owed[i];
        struct slice bytes;
        if (!avro_encode(catalogue, "delivery", owed->document, batch->arena, &bytes, error))
            return error_within(error, "encoding the answer %.*s", SLICE_ARGS(owed->id));
        const struct slice texts[] = {
            owed->id, owed->partner, owed->channel, owed->reference, slice_of(owed->document->type), bytes
        };
        for (int j = 0; j < 6; j++)
            db_column_add(&columns[j], texts[j]);
    }
    struct db_value values[7];
    for (int i = 0; i < 6; i++)
        values[i] = db_array(&columns[i]);
    values[6] = db_instant(batch->now_us);
    return (put_again(db, batch->arena, &columns[0], batch->now_us, error) &&
            db_query(db, batch->arena, sql, values, 7, NULL, error)) ||
           error_within(error, "queueing answers");
}

bool owed_put_bytes(struct db *db, struct arena *arena, struct slice id, struct slice partner,
                    struct slice channel, struct slice reference, struct slice bytes, int64_t now_us,
                    struct error *error)
{
    static const char sql[] =
        "INSERT INTO delivery (id, partner, channel, reference, type, bytes, state, next_at, created_at)"
        " VALUES ($1, $2, $3, $4, '', $5, 'waiting', $6, $6) ON CONFLICT (id) DO NOTHING";
    const struct db_value values[] = { db_text(id),        db_text(partner), db_text(channel),
                                       db_text(reference), db_bytes(bytes),  db_instant(now_us) };
    struct db_column ids = db_column(arena, DB_TEXT);
    db_column_add(&ids, id);
    return (put_again(db, arena, &ids, now_us, error) && db_query(db, arena, sql, values, 6, NULL, error)) ||
           error_within(error, "queueing a reply");
}

bool owed_next(struct db *db, struct arena *arena, const char *channel, int64_t now_us,
               struct delivery *delivery, bool *found, struct error *error)
{
    // One at a time for a partner, or one whose server does not answer would keep every courier waiting. The
    // advisory lock ends with the transaction; it is tried row by row, in order, until one is free.
    static const char sql[] =
        "WITH due AS MATERIALIZED (SELECT id, partner FROM delivery WHERE state = 'waiting' AND channel = $1"
        " AND next_at <= $2 ORDER BY next_at LIMIT 500)"
        " SELECT d.* FROM (SELECT id FROM due"
        " WHERE pg_try_advisory_xact_lock(hashtext('delivery ' || $1), hashtext(partner))) k"
        " CROSS JOIN LATERAL (SELECT id, partner, reference, type, document, bytes, attempts, created_at"
        " FROM delivery WHERE id = k.id AND state = 'waiting' AND next_at <= $2 FOR UPDATE SKIP LOCKED) d "
        "LIMIT 1";
    const struct db_value values[] = { db_text(slice_of(channel)), db_instant(now_us) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for deliveries");
    *found = rows.count != 0;
    if (*found)
        *delivery = (struct delivery){ .id = db_rows_slice(&rows, 0, 0),
                                       .partner = db_rows_slice(&rows, 0, 1),
                                       .channel = slice_of(channel),
                                       .reference = db_rows_slice(&rows, 0, 2),
                                       .type = db_rows_slice(&rows, 0, 3),
                                       .document = db_rows_slice(&rows, 0, 4),
                                       .bytes = db_rows_slice(&rows, 0, 5),
                                       .attempts = db_rows_number(&rows, 0, 6),
                                       .created_us = db_rows_number(&rows, 0, 7) };
    return true;
}

bool owed_rendered(struct db *db, struct arena *arena, struct slice id, struct slice bytes,
                   struct error *error)
{
    static const char sql[] = "UPDATE delivery SET bytes = $2 WHERE id = $1 AND bytes IS NULL";
    const struct db_value values[] = { db_text(id), db_bytes(bytes) };
    return db_query(db, arena, sql, values, 2, NULL, error) ||
           error_within(error, "keeping a rendered answer");
}

bool owed_delivered(struct db *db, struct arena *arena, struct slice id, int64_t now_us, struct error *error)
{
    static const char sql[] =
        "UPDATE delivery SET state = 'delivered', attempts = attempts + 1, delivered_at = $2,"
        " last_error = '' WHERE id = $1 AND state = 'waiting'";
    const struct db_value values[] = { db_text(id), db_instant(now_us) };
    return db_query(db, arena, sql, values, 2, NULL, error) || error_within(error, "noting a delivery");
}

bool owed_failed(struct db *db, struct arena *arena, struct slice id, const char *why, int64_t next_us,
                 struct error *error)
{
    static const char again[] = "UPDATE delivery SET attempts = attempts + 1, last_error = $2, next_at = $3"
                                " WHERE id = $1 AND state = 'waiting'";
    static const char given_up[] = "UPDATE delivery SET attempts = attempts + 1, last_error = $2,"
                                   " state = 'given_up' WHERE id = $1 AND state = 'waiting'";
    const struct db_value values[] = { db_text(id), db_text(slice_of(why)), db_instant(next_us) };
    return db_query(db, arena, next_us ? again : given_up, values, next_us ? 3 : 2, NULL, error) ||
           error_within(error, "noting a failed delivery");
}

bool owed_number(struct db *db, struct arena *arena, struct slice partner, const char *range, int64_t first,
                 int64_t last, bool wraps, int64_t *number, struct error *error)
{
    static const char sql[] =
        "INSERT INTO number_range (partner, name, next) VALUES ($1, $2, $3 + 1)"
        " ON CONFLICT (partner, name) DO UPDATE SET next = CASE WHEN number_range.next < $3"
        " OR ($5 AND number_range.next > $4) THEN $3 + 1 ELSE number_range.next + 1 END RETURNING next - 1";
    const struct db_value values[] = { db_text(partner), db_text(slice_of(range)), db_bigint(first),
                                       db_bigint(last), db_boolean(wraps) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 5, &rows, error))
        return error_within(error, "taking the next control reference");
    *number = db_rows_number(&rows, 0, 0);
    return true;
}
