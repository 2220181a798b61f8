// SPDX-License-Identifier: Apache-2.0
// What notices have changed: stock, reservations, closings, and that they are told.
#include "handlers/fulfil/fulfil.h"

#include "handlers/masterdata/facts.h"

static bool update_stock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE stock s SET on_hand = greatest(0, s.on_hand - k.issued), reserved = s.reserved - k.closed, "
        "shortfall = greatest(0, s.reserved - k.closed - greatest(0, s.on_hand - k.issued)) "
        "FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS k(product, site, issued, closed) "
        "WHERE s.product = k.product AND s.site = k.site";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_column products = db_column(batch->arena, DB_TEXT), sites = db_column(batch->arena, DB_TEXT),
                     issued = db_column(batch->arena, DB_BIGINT), closed = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < all->change_count; i++) {
        db_column_add(&products, all->changes[i]->product);
        db_column_add(&sites, all->changes[i]->site);
        db_column_add_number(&issued, all->changes[i]->issued);
        db_column_add_number(&closed, all->changes[i]->closed);
    }
    struct db_value values[] = { db_array(&products), db_array(&sites), db_array(&issued),
                                 db_array(&closed) };
    return products.count == 0 || db_query(db, batch->arena, sql, values, 4, NULL, error) ||
           error_within(error, "taking shipped goods off the stock");
}

struct goods_columns {
    struct db_column accounts, orders, positions, events, sites, used;
};

static bool run_goods(struct batch *batch, struct db *db, const char *sql, struct goods_columns *columns,
                      struct error *error)
{
    struct db_value values[] = { db_array(&columns->accounts),  db_array(&columns->orders),
                                 db_array(&columns->positions), db_array(&columns->events),
                                 db_array(&columns->sites),     db_array(&columns->used),
                                 db_instant(batch->now_us) };
    return columns->accounts.count == 0 || db_query(db, batch->arena, sql, values, 7, NULL, error) ||
           error_within(error, "closing reservations");
}

// Rows that are used up, or of which the rest is free, are closed; of others only the rest stays open.
static bool update_reservations(struct batch *batch, struct db *db, struct error *error)
{
#define KEYS                                                                                                 \
    "unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[], $5::text[], $6::bigint[]) "              \
    "AS k(account, order_id, position, event_seq, site, used) WHERE r.account = k.account AND "              \
    "r.order_id = k.order_id AND r.position = k.position AND r.event_seq = k.event_seq AND r.site = k.site " \
    "AND $7::timestamptz IS NOT NULL"
    static const char close[] = "UPDATE reservation r SET closed_at = $7, quantity = k.used FROM " KEYS;
    static const char split[] = "UPDATE reservation r SET quantity = r.quantity - k.used FROM " KEYS;
    static const char drop[] = "DELETE FROM reservation r USING " KEYS;
#undef KEYS
    const struct fulfilment *all = batch->trade->fulfilment;
    const char *const statements[] = { close, split, drop };
    for (int kind = 0; kind < 3; kind++) {
        struct arena *arena = batch->arena;
        struct goods_columns columns = { db_column(arena, DB_TEXT),    db_column(arena, DB_BIGINT),
                                         db_column(arena, DB_INTEGER), db_column(arena, DB_INTEGER),
                                         db_column(arena, DB_TEXT),    db_column(arena, DB_BIGINT) };
        for (size_t i = 0; i < all->notice_count; i++)
            for (size_t j = 0; all->notices[i].taken && j < all->notices[i].goods_count; j++) {
                const struct held_goods *goods = &all->notices[i].goods[j];
                bool whole = goods->used == goods->quantity || goods->freed;
                int is_kind = goods->used == 0 ? (goods->freed ? 2 : 3) : whole ? 0 : 1;
                if (is_kind != kind)
                    continue;
                db_column_add(&columns.accounts, all->notices[i].order->account_number);
                db_column_add_number(&columns.orders, all->notices[i].order->id);
                db_column_add_number(&columns.positions, goods->position);
                db_column_add_number(&columns.events, goods->event_seq);
                db_column_add(&columns.sites, goods->site);
                db_column_add_number(&columns.used, goods->used);
            }
        if (!run_goods(batch, db, statements[kind], &columns, error))
            return false;
    }
    return true;
}

static void copy_closed(struct db_copy *copy, const struct batch *batch, const struct order *order,
                        int32_t position, struct slice product, struct slice site, int64_t quantity)
{
    db_copy_row(copy);
    db_copy_slice(copy, order->account_number);
    db_copy_number(copy, DB_BIGINT, order->id);
    db_copy_number(copy, DB_INTEGER, position);
    db_copy_number(copy, DB_INTEGER, order->event_seq);
    db_copy_slice(copy, product);
    db_copy_slice(copy, site);
    db_copy_number(copy, DB_BIGINT, quantity);
    db_copy_number(copy, DB_INSTANT, batch->now_us);
    db_copy_number(copy, DB_INSTANT, batch->now_us);
}

// The shipped part of a reservation that stays open, and goods that nobody had reserved. A line has one of the
// two at most, for goods that are not reserved are taken when nothing reserved is left.
static bool insert_closed(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY reservation (account, order_id, position, event_seq, product, site, quantity, "
        "at, closed_at) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 9);
    for (size_t i = 0; i < all->notice_count; i++) {
        const struct notice *notice = &all->notices[i];
        if (!notice->taken)
            continue;
        for (size_t j = 0; j < notice->goods_count; j++) {
            const struct held_goods *goods = &notice->goods[j];
            if (goods->used > 0 && goods->used < goods->quantity && !goods->freed)
                copy_closed(&copy, batch, notice->order, goods->position, goods->product, goods->site,
                            goods->used);
        }
        for (const struct extra *extra = notice->extras; extra; extra = extra->next)
            copy_closed(&copy, batch, notice->order, extra->position, extra->product, extra->site,
                        extra->quantity);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "noting shipped goods");
}

static bool insert_closings(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY line_closing (account, order_id, position, base_quantity, amount) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 5);
    for (size_t i = 0; i < all->notice_count; i++)
        for (const struct closing *closing = all->notices[i].closings; closing; closing = closing->next) {
            db_copy_row(&copy);
            db_copy_slice(&copy, all->notices[i].order->account_number);
            db_copy_number(&copy, DB_BIGINT, all->notices[i].order->id);
            db_copy_number(&copy, DB_INTEGER, closing->position);
            db_copy_number(&copy, DB_BIGINT, closing->base);
            db_copy_number(&copy, DB_BIGINT, closing->amount);
        }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "closing lines");
}

static bool note_told(struct batch *batch, struct db *db, struct error *error)
{
    static const char shipments[] = "UPDATE shipment SET event_seq = $4 WHERE account = $1 AND shipment = $2 "
                                    "AND order_id = $3";
    static const char invoices[] =
        "UPDATE invoice_line SET event_seq = $4 WHERE account = $1 AND invoice = $2 "
        "AND order_id = $3";
    const struct fulfilment *all = batch->trade->fulfilment;
    for (size_t i = 0; i < all->notice_count; i++) {
        const struct notice *notice = &all->notices[i];
        if (!notice->taken)
            continue;
        const struct db_value values[] = { db_text(notice->order->account_number), db_text(notice->number),
                                           db_bigint(notice->order->id),
                                           db_integer(notice->order->event_seq) };
        if (!db_query(db, batch->arena, notice->invoice ? invoices : shipments, values, 4, NULL, error))
            return error_within(error, "noting the event of %.*s", SLICE_ARGS(notice->number));
    }
    return true;
}

bool notices_store(struct batch *batch, struct db *db, struct error *error)
{
    return update_stock(batch, db, error) && update_reservations(batch, db, error) &&
           insert_closed(batch, db, error) && insert_closings(batch, db, error) &&
           note_told(batch, db, error);
}

// Shipments that are in their order and left after the count was made have lowered the stock: so they do again.
bool fulfil_correct_counts(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, sum(l.base_quantity)::bigint FROM unnest($1::text[], $2::text[], $3::timestamptz[]) "
        "WITH ORDINALITY AS k(product, site, counted_at, n) JOIN shipment s ON s.site = k.site "
        "AND s.shipped_at > k.counted_at AND s.event_seq > 0 JOIN shipment_line l ON l.account = s.account "
        "AND l.shipment = s.shipment AND l.product = k.product GROUP BY k.n";
    struct facts *facts = batch->trade->facts;
    struct db_column products = db_column(batch->arena, DB_TEXT), sites = db_column(batch->arena, DB_TEXT),
                     instants = db_column(batch->arena, DB_INSTANT);
    if (!facts || facts->stock_count == 0)
        return true;
    for (size_t i = 0; i < facts->stock_count; i++) {
        db_column_add(&products, facts->stocks[i].product);
        db_column_add(&sites, facts->stocks[i].site);
        db_column_add_number(&instants, facts->stocks[i].counted_at);
    }
    struct db_value values[] = { db_array(&products), db_array(&sites), db_array(&instants) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
        return error_within(error, "looking for goods that left after they were counted");
    for (size_t row = 0; row < rows.count; row++) {
        struct fact_stock *fact = &facts->stocks[db_rows_number(&rows, row, 0) - 1];
        int64_t left = db_rows_number(&rows, row, 1);
        fact->on_hand = fact->on_hand > left ? fact->on_hand - left : 0;
    }
    return true;
}
