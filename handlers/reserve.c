// SPDX-License-Identifier: Apache-2.0
// reserve: from which stock? Orders are served in order of arrival: the account's own site first, then the
// others in the order of their names. What is not there is to follow; when goods arrive, the account looks
// again.
#include "handlers/facts.h"
#include "handlers/money.h"
#include "handlers/stages.h"

static void ask(struct index *seen, struct db_column *products, struct slice product)
{
    if (!slice_empty(product) && index_put(seen, product, (struct slice){ 0 }, seen))
        db_column_add(products, product);
}

static bool lock_rows(struct batch *batch, struct db *db, const struct db_column *products,
                      struct error *error)
{
    // Sites come in the order of their bytes, whatever alphabet the database sorts by. A row that had to be
    // waited for makes PostgreSQL run its part of the plan again: a look-up by product is a small part, where
    // ANY($1) would be the whole array a row.
    static const char sql[] =
        "SELECT s.* FROM (SELECT product FROM unnest($1::text[]) AS u(product) ORDER BY product COLLATE "
        "\"C\") k "
        "CROSS JOIN LATERAL (SELECT product, site, on_hand, reserved, counted_at FROM stock "
        "WHERE product = k.product ORDER BY site COLLATE \"C\" FOR NO KEY UPDATE) s";
    struct db_value values[] = { db_array(products) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 1, &rows, error))
        return error_within(error, "locking stock");
    for (size_t row = 0; row < rows.count; row++) {
        struct stock *stock = ARENA_NEW(batch->arena, struct stock);
        *stock = (struct stock){ .product = db_rows_slice(&rows, row, 0),
                                 .site = db_rows_slice(&rows, row, 1),
                                 .on_hand = db_rows_number(&rows, row, 2),
                                 .reserved = db_rows_number(&rows, row, 3),
                                 .counted_at = db_rows_number(&rows, row, 4) };
        trade_put_stock(batch->trade, stock);
    }
    return true;
}

// A product without any stock has no row to lock. An order that is to wait for it and the first count of it
// must not miss each other: they meet in one of a few advisory locks, taken in order after all rows, and look
// for rows again.
static bool lock_missing(struct batch *batch, struct db *db, const struct index *seen, struct error *error)
{
    static const char sql[] =
        "SELECT pg_advisory_xact_lock(hashtext('stock'), k.slot) FROM (SELECT DISTINCT "
        "hashtext(p.product) & 63 AS slot FROM unnest($1::text[]) AS p(product) ORDER BY 1) AS k";
    struct db_column missing = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i].hash && !trade_stock(batch->trade, seen->slots[i].first))
            db_column_add(&missing, seen->slots[i].first);
    if (missing.count == 0)
        return true;
    struct db_value values[] = { db_array(&missing) };
    if (!db_query(db, batch->arena, sql, values, 1, NULL, error))
        return error_within(error, "locking products without stock");
    return lock_rows(batch, db, &missing, error);
}

static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    const struct trade *trade = batch->trade;
    struct index seen = index_in(batch->arena);
    struct db_column products = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; !order->settled && order->state != ORDER_REJECTED && j < order->line_count; j++)
            ask(&seen, &products, order->lines[j].product);
    }
    for (size_t i = 0; trade->facts && i < trade->facts->stock_count; i++)
        if (trade->facts->stocks[i].sound)
            ask(&seen, &products, trade->facts->stocks[i].product);
    return products.count == 0 ||
           (lock_rows(batch, db, &products, error) && lock_missing(batch, db, &seen, error));
}

static void take(struct arena *arena, const struct order *order, struct line *line, struct stock *stock,
                 int64_t *needed)
{
    int64_t there = stock->on_hand - stock->reserved - stock->taken;
    int64_t quantity = there < *needed ? there : *needed;
    if (quantity <= 0)
        return;
    *needed -= quantity;
    if (order->test)
        return;
    stock->taken += quantity;
    struct allocation *allocation = ARENA_NEW(arena, struct allocation);
    *allocation = (struct allocation){ stock, quantity, line->allocations };
    line->allocations = allocation;
}

// How much of `wanted` base units is not there.
static int64_t serve(const struct trade *trade, const struct order *order, struct line *line, int64_t wanted)
{
    struct stock *own =
        slice_empty(order->account->site) ? NULL : trade_stock_at(trade, line->product, order->account->site);
    if (own)
        take(trade->arena, order, line, own, &wanted);
    for (struct stock *stock = trade_stock(trade, line->product); stock && wanted > 0; stock = stock->next)
        if (stock != own)
            take(trade->arena, order, line, stock, &wanted);
    return wanted;
}

static void serve_order(const struct trade *trade, struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        if (line->rejected)
            continue;
        int64_t missing = serve(trade, order, line, line->base_quantity);
        line->waiting = order->test ? 0 : missing;
        line->confirmed =
            missing ? quantity_from_base(line->base_quantity - missing, line->factor) : line->quantity;
        line->backordered = line->quantity - line->confirmed;
    }
}

static void fill_order(const struct trade *trade, struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        if (line->waiting <= 0)
            continue;
        int64_t missing = serve(trade, order, line, line->waiting);
        order->filled = order->filled || missing < line->waiting;
        line->waiting = missing;
    }
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order->settled || !order->account)
            continue;
        if (order->state == ORDER_ACCEPTED)
            fill_order(trade, order);
        else if (order_is_open(order) && !order_is_held(order))
            serve_order(trade, order);
    }
}

static bool update_stock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE stock s SET reserved = s.reserved + k.quantity "
        "FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k(product, site, quantity) "
        "WHERE s.product = k.product AND s.site = k.site";
    const struct trade *trade = batch->trade;
    struct index seen = index_in(batch->arena);
    struct db_column products = db_column(batch->arena, DB_TEXT), sites = db_column(batch->arena, DB_TEXT),
                     quantities = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < trade->order_count; i++)
        for (size_t j = 0; j < trade->orders[i]->line_count; j++)
            for (const struct allocation *a = trade->orders[i]->lines[j].allocations; a; a = a->next) {
                if (!index_put(&seen, a->stock->product, a->stock->site, a->stock))
                    continue;
                db_column_add(&products, a->stock->product);
                db_column_add(&sites, a->stock->site);
                db_column_add_number(&quantities, a->stock->taken);
            }
    if (products.count == 0)
        return true;
    struct db_value values[] = { db_array(&products), db_array(&sites), db_array(&quantities) };
    return db_query(db, batch->arena, sql, values, 3, NULL, error) || error_within(error, "reserving stock");
}

static bool insert_reservations(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY reservation (account, order_id, position, event_seq, product, site, quantity, at) "
        "FROM STDIN (FORMAT binary)";
    const struct trade *trade = batch->trade;
    struct db_copy copy = db_copy(batch->arena, 8);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; j < order->line_count; j++)
            for (const struct allocation *a = order->lines[j].allocations; a; a = a->next) {
                db_copy_row(&copy);
                db_copy_slice(&copy, order->account_number);
                db_copy_number(&copy, DB_BIGINT, order->id);
                db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
                db_copy_number(&copy, DB_INTEGER, order->event_seq);
                db_copy_slice(&copy, a->stock->product);
                db_copy_slice(&copy, a->stock->site);
                db_copy_number(&copy, DB_BIGINT, a->quantity);
                db_copy_number(&copy, DB_INSTANT, batch->now_us);
            }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing reservations");
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return update_stock(batch, db, error) && insert_reservations(batch, db, error);
}

const struct stage reserve_stage = {
    .name = "reserve",
    .purpose = "reserves stock for accepted orders, and notes what is to follow",
    .lock = lock,
    .decide = decide,
    .apply = apply,
};
