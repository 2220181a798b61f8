// SPDX-License-Identifier: Apache-2.0
// What a notice of the account's own shard needs of the database, read under the account's lock.
#include "handlers/fulfil/fulfil.h"

static bool load_notice(struct batch *batch, struct notice *notice, struct db *db, struct error *error)
{
    static const char shipments[] =
        "SELECT s.site, s.shipped_at, s.event_seq > 0, l.position, l.quantity, l.base_quantity, l.final "
        "FROM shipment s JOIN shipment_line l ON l.account = s.account AND l.shipment = s.shipment "
        "WHERE s.account = $1 AND s.shipment = $2 AND s.order_id = $3 ORDER BY l.number";
    static const char invoices[] =
        "SELECT '', NULL::timestamptz, l.event_seq > 0, l.position, l.quantity, 0::bigint, false FROM "
        "invoice_line l "
        "WHERE l.account = $1 AND l.invoice = $2 AND l.order_id = $3 ORDER BY l.number";
    const struct db_value values[] = { db_text(notice->order->account_number), db_text(notice->number),
                                       db_bigint(notice->order->id) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, notice->invoice ? invoices : shipments, values, 3, &rows, error))
        return error_within(error, "reading %s %.*s", notice->invoice ? "invoice" : "shipment",
                            SLICE_ARGS(notice->number));
    notice->found = rows.count > 0;
    if (!notice->found)
        return true;
    notice->site = db_rows_slice(&rows, 0, 0);
    notice->shipped_at = db_rows_number(&rows, 0, 1);
    notice->told = db_rows_number(&rows, 0, 2);
    notice->lines = ARENA_ARRAY(batch->arena, rows.count, struct notice_line);
    for (size_t row = 0; row < rows.count; row++)
        notice->lines[notice->line_count++] =
            (struct notice_line){ .position = (int32_t)db_rows_number(&rows, row, 3),
                                  .quantity = db_rows_number(&rows, row, 4),
                                  .base = db_rows_number(&rows, row, 5),
                                  .final = db_rows_number(&rows, row, 6) };
    return true;
}

// Open reservations; those of the shipment's own site first.
static bool load_goods(struct batch *batch, struct notice *notice, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT position, event_seq, product, site, quantity FROM reservation "
                              "WHERE account = $1 AND order_id = $2 AND closed_at IS NULL "
                              "ORDER BY position, site <> $3, event_seq, site COLLATE \"C\"";
    const struct db_value values[] = { db_text(notice->order->account_number), db_bigint(notice->order->id),
                                       db_text(notice->site) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading reservations");
    notice->goods = ARENA_ARRAY(batch->arena, rows.count, struct held_goods);
    for (size_t row = 0; row < rows.count; row++)
        notice->goods[notice->goods_count++] =
            (struct held_goods){ .position = (int32_t)db_rows_number(&rows, row, 0),
                                 .event_seq = (int32_t)db_rows_number(&rows, row, 1),
                                 .product = db_rows_slice(&rows, row, 2),
                                 .site = db_rows_slice(&rows, row, 3),
                                 .quantity = db_rows_number(&rows, row, 4) };
    return true;
}

static bool load_progress(struct batch *batch, struct notice *notice, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT p.position, p.quantity, p.amount, p.shipped, p.invoiced, p.billed, p.rejected, p.final, "
        "l.product, l.line_number, p.closed_amount "
        "FROM order_progress p JOIN order_line l ON l.account = p.account AND l.order_id = p.order_id "
        "AND l.position = p.position WHERE p.account = $1 AND p.order_id = $2 ORDER BY p.position";
    const struct db_value values[] = { db_text(notice->order->account_number), db_bigint(notice->order->id) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading how far an order is");
    notice->known = ARENA_ARRAY(batch->arena, rows.count, struct known_line);
    for (size_t row = 0; row < rows.count; row++)
        notice->known[notice->known_count++] =
            (struct known_line){ .position = (int32_t)db_rows_number(&rows, row, 0),
                                 .quantity = db_rows_number(&rows, row, 1),
                                 .amount = db_rows_number(&rows, row, 2),
                                 .shipped = db_rows_number(&rows, row, 3),
                                 .invoiced = db_rows_number(&rows, row, 4),
                                 .billed = db_rows_number(&rows, row, 5),
                                 .rejected = db_rows_number(&rows, row, 6),
                                 .final = db_rows_number(&rows, row, 7),
                                 .product = db_rows_slice(&rows, row, 8),
                                 .number = db_rows_slice(&rows, row, 9),
                                 .closed = db_rows_number(&rows, row, 10) };
    return true;
}

bool notice_load(struct batch *batch, struct notice *notice, struct db *db, struct error *error)
{
    return load_notice(batch, notice, db, error) && load_goods(batch, notice, db, error) &&
           load_progress(batch, notice, db, error);
}
