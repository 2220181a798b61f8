// SPDX-License-Identifier: Apache-2.0
// reserve: from which stock? Orders are served in order of arrival: the account's own site first, then the
// others in the order of their names. What is not there is to follow; when goods arrive, the account looks
// again.
#include "handlers/fulfil/fulfil.h"
#include "handlers/masterdata/facts.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
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
        for (size_t j = 0; order->before && !order->settled && j < order->before->line_count; j++)
            ask(&seen, &products, order->before->lines[j].product);
    }
    for (size_t i = 0; trade->facts && i < trade->facts->stock_count; i++)
        if (trade->facts->stocks[i].sound)
            ask(&seen, &products, trade->facts->stocks[i].product);
    return products.count == 0 ||
           (lock_rows(batch, db, &products, error) && lock_missing(batch, db, &seen, error) &&
            fulfil_correct_counts(batch, db, error) && change_lock(batch, db, error));
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

static int64_t held_for(const struct line *line)
{
    int64_t sum = 0;
    for (const struct holding *holding = line->holdings; holding; holding = holding->next)
        sum += holding->quantity - holding->freed;
    return sum;
}

static void give_back(const struct trade *trade, struct holding *holding, int64_t quantity)
{
    struct stock *stock = trade_stock_at(trade, holding->product, holding->site);
    holding->freed += quantity;
    if (stock)
        stock->taken -= quantity;
}

// Gives back what is reserved for the line beyond `most` base units, the youngest reservation first, and all that
// is of another product than the line now wants.
static void keep_at_most(const struct trade *trade, struct line *line, int64_t most)
{
    for (struct holding *holding = line->holdings; holding; holding = holding->next)
        if (!slice_equal(holding->product, line->product))
            give_back(trade, holding, holding->quantity - holding->freed);
    int64_t excess = held_for(line) - most;
    for (struct holding *holding = line->holdings; holding && excess > 0; holding = holding->next) {
        int64_t left = holding->quantity - holding->freed, quantity = left < excess ? left : excess;
        give_back(trade, holding, quantity);
        excess -= quantity;
    }
}

static int64_t still_wanted(const struct line *line)
{
    int64_t wanted = line->rejected ? 0 : line->base_quantity - line->shipped - line->closed;
    return wanted > 0 ? wanted : 0;
}

// A change gives back what it no longer needs before anything new is taken; an order that ends gives back all.
static void free_order(const struct trade *trade, struct order *order)
{
    bool ends = order->rejected || order->cancelled;
    for (size_t i = 0; i < order->deleted_count; i++)
        keep_at_most(trade, &order->deleted[i], 0);
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        keep_at_most(trade, line, ends ? 0 : still_wanted(line));
        if (ends || order_is_held(order))
            line->confirmed = line->backordered = line->waiting = 0;
    }
}

static void serve_order(const struct trade *trade, struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        if (line->rejected)
            continue;
        int64_t missing = serve(trade, order, line, still_wanted(line) - held_for(line));
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
        // An event has one number: what is shipped looks for goods that are to follow another time.
        if (order->settled || !order->account || order->fulfilled)
            continue;
        if (order->change || order->rejected)
            free_order(trade, order);
        if (order->state == ORDER_ACCEPTED && !order->change)
            fill_order(trade, order);
        else if (order_is_open(order) && !order_is_held(order))
            serve_order(trade, order);
    }
}

struct amounts {
    struct index seen;
    struct db_column products, sites, quantities;
};

static void add_stock(struct amounts *amounts, const struct stock *stock)
{
    if (!stock || stock->taken == 0 || !index_put(&amounts->seen, stock->product, stock->site, amounts))
        return;
    db_column_add(&amounts->products, stock->product);
    db_column_add(&amounts->sites, stock->site);
    db_column_add_number(&amounts->quantities, stock->taken);
}

static void add_line_stock(const struct trade *trade, struct amounts *amounts, const struct line *line)
{
    for (const struct allocation *a = line->allocations; a; a = a->next)
        add_stock(amounts, a->stock);
    for (const struct holding *holding = line->holdings; holding; holding = holding->next)
        if (holding->freed)
            add_stock(amounts, trade_stock_at(trade, holding->product, holding->site));
}

static bool update_stock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE stock s SET reserved = s.reserved + k.quantity "
        "FROM unnest($1::text[], $2::text[], $3::bigint[]) AS k(product, site, quantity) "
        "WHERE s.product = k.product AND s.site = k.site";
    const struct trade *trade = batch->trade;
    struct amounts amounts = { index_in(batch->arena), db_column(batch->arena, DB_TEXT),
                               db_column(batch->arena, DB_TEXT), db_column(batch->arena, DB_BIGINT) };
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; j < order->line_count; j++)
            add_line_stock(trade, &amounts, &order->lines[j]);
        for (size_t j = 0; j < order->deleted_count; j++)
            add_line_stock(trade, &amounts, &order->deleted[j]);
    }
    if (amounts.products.count == 0)
        return true;
    struct db_value values[] = { db_array(&amounts.products), db_array(&amounts.sites),
                                 db_array(&amounts.quantities) };
    return db_query(db, batch->arena, sql, values, 3, NULL, error) || error_within(error, "reserving stock");
}

struct given_back {
    struct db_column accounts, orders, positions, events, sites, quantities;
};

static void add_given_back(struct given_back *given, const struct order *order, const struct line *line)
{
    for (const struct holding *holding = line->holdings; holding; holding = holding->next) {
        if (!holding->freed)
            continue;
        db_column_add(&given->accounts, order->account_number);
        db_column_add_number(&given->orders, order->id);
        db_column_add_number(&given->positions, line->position);
        db_column_add_number(&given->events, holding->event_seq);
        db_column_add(&given->sites, holding->site);
        db_column_add_number(&given->quantities, holding->freed);
    }
}

// What was given back whole is deleted: a closed reservation would say that the goods have left.
static bool shrink_reservations(struct batch *batch, struct db *db, struct error *error)
{
#define GIVEN_BACK                                                                                           \
    "unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[], $5::text[], $6::bigint[]) "              \
    "AS k(account, order_id, position, event_seq, site, quantity) WHERE r.account = k.account "              \
    "AND r.order_id = k.order_id AND r.position = k.position AND r.event_seq = k.event_seq "                 \
    "AND r.site = k.site AND r.closed_at IS NULL "
    static const char whole[] = "DELETE FROM reservation r USING " GIVEN_BACK "AND r.quantity <= k.quantity";
    static const char part[] = "UPDATE reservation r SET quantity = r.quantity - k.quantity FROM " GIVEN_BACK
                               "AND r.quantity > k.quantity";
#undef GIVEN_BACK
    const struct trade *trade = batch->trade;
    struct arena *arena = batch->arena;
    struct given_back given = { db_column(arena, DB_TEXT),    db_column(arena, DB_BIGINT),
                                db_column(arena, DB_INTEGER), db_column(arena, DB_INTEGER),
                                db_column(arena, DB_TEXT),    db_column(arena, DB_BIGINT) };
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; j < order->line_count; j++)
            add_given_back(&given, order, &order->lines[j]);
        for (size_t j = 0; j < order->deleted_count; j++)
            add_given_back(&given, order, &order->deleted[j]);
    }
    if (given.accounts.count == 0)
        return true;
    struct db_value values[] = { db_array(&given.accounts),  db_array(&given.orders),
                                 db_array(&given.positions), db_array(&given.events),
                                 db_array(&given.sites),     db_array(&given.quantities) };
    struct db_rows cut, gone;
    // The whole ones first: what is left of a part may be no more than was given back of it.
    if (!db_query(db, arena, whole, values, 6, &gone, error) ||
        !db_query(db, arena, part, values, 6, &cut, error))
        return error_within(error, "giving reservations back");
    return cut.affected + gone.affected == given.accounts.count ||
           error_set(error, ERROR_UNAVAILABLE, NULL,
                     "could not give back %zu reservations: %zu are no longer as they were read; try again",
                     given.accounts.count, given.accounts.count - cut.affected - gone.affected);
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
                db_copy_number(&copy, DB_INTEGER, order->lines[j].position);
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
    return update_stock(batch, db, error) && shrink_reservations(batch, db, error) &&
           insert_reservations(batch, db, error);
}

const struct stage reserve_stage = {
    .name = "reserve",
    .purpose = "reserves stock for accepted orders, and notes what is to follow",
    .lock = lock,
    .decide = decide,
    .apply = apply,
};
