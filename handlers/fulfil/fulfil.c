// SPDX-License-Identifier: Apache-2.0
// fulfil: what the ERP does after the order. Its shard records shipments and invoices as facts; the account's own
// shard then takes them into its order: reservations are closed, stock goes down, and what will not follow is
// free again. The sums of the ledger are explained in docs/decisions.md.
#include "handlers/fulfil/fulfil.h"

#include "handlers/credit/rate.h"
#include "handlers/masterdata/facts.h"
#include "handlers/stages.h"

static bool is(const struct item *item, const char *type)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, type) == 0;
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    struct fulfilment *all = batch->trade->fulfilment = ARENA_NEW(batch->arena, struct fulfilment);
    all->change_index = index_in(batch->arena);
    all->facts = ARENA_ARRAY(batch->arena, batch->item_count, struct fulfil_fact);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        bool invoice = is(item, "Invoice");
        if (!invoice && !is(item, "Shipment"))
            continue;
        struct fulfil_fact *fact = &all->facts[all->fact_count++];
        fact->item = item;
        fact->invoice = invoice;
        fact->sound = fulfil_read(batch, fact);
    }
    return true;
}

// --- Notices: reading, under the account's lock

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

// The accounts are locked: credit's turn was before this.
static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    struct fulfilment *all = trade->fulfilment;
    all->notices = ARENA_ARRAY(batch->arena, trade->order_count, struct notice);
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (!is(order->item, "FulfilmentNotice"))
            continue;
        struct notice *notice = &all->notices[all->notice_count++];
        notice->order = order;
        notice->number = document_text(order->item->document, "number");
        notice->invoice = slice_is(document_text(order->item->document, "kind"), "invoice");
        if (!load_notice(batch, notice, db, error) || !load_goods(batch, notice, db, error) ||
            !load_progress(batch, notice, db, error))
            return false;
    }
    return all->fact_count == 0 || fulfil_facts_lock(batch, db, error);
}

// --- Notices: deciding

static struct stock_change *change_of(struct batch *batch, struct slice product, struct slice site)
{
    struct fulfilment *all = batch->trade->fulfilment;
    struct stock_change *change = index_get(&all->change_index, product, site);
    if (change)
        return change;
    change = ARENA_NEW(batch->arena, struct stock_change);
    *change = (struct stock_change){ .product = product, .site = site };
    index_put(&all->change_index, product, site, change);
    all->changes = arena_grow(batch->arena, all->changes, &all->change_capacity, all->change_count + 1,
                              sizeof *all->changes);
    all->changes[all->change_count++] = change;
    return change;
}

// Goods of a reservation are no longer reserved, shipped or not.
static void close_goods(struct batch *batch, const struct held_goods *goods, int64_t quantity)
{
    struct stock *stock = trade_stock_at(batch->trade, goods->product, goods->site);
    change_of(batch, goods->product, goods->site)->closed += quantity;
    if (stock)
        stock->reserved -= quantity;
}

// Goods have left the site. A count that is younger than that has them taken off already.
static void issue(struct batch *batch, const struct notice *notice, struct slice product, int64_t quantity)
{
    struct stock *stock = trade_stock_at(batch->trade, product, notice->site);
    if (!stock || stock->counted_at >= notice->shipped_at)
        return;
    change_of(batch, product, notice->site)->issued += quantity;
    stock->on_hand = stock->on_hand > quantity ? stock->on_hand - quantity : 0;
}

static const struct known_line *known_at(const struct notice *notice, int32_t position)
{
    for (size_t i = 0; i < notice->known_count; i++)
        if (notice->known[i].position == position)
            return &notice->known[i];
    return NULL;
}

// What an order's line has shipped or not comes out of what it holds, its own site's first; what it did not hold
// it need not wait for any more.
static void ship_line(struct batch *batch, struct notice *notice, const struct notice_line *shipped,
                      const struct known_line *known, struct line *line)
{
    int64_t left = shipped->base;
    for (size_t i = 0; i < notice->goods_count && left > 0; i++) {
        struct held_goods *goods = &notice->goods[i];
        int64_t there = goods->quantity - goods->used;
        if (goods->position != shipped->position || there == 0)
            continue;
        int64_t used = there < left ? there : left;
        goods->used += used;
        left -= used;
        close_goods(batch, goods, used);
    }
    if (left > 0) {
        struct extra *extra = notice->extras;
        while (extra && extra->position != shipped->position)
            extra = extra->next;
        if (!extra) {
            extra = ARENA_NEW(batch->arena, struct extra);
            *extra = (struct extra){ shipped->position, known->product, notice->site, 0, notice->extras };
            notice->extras = extra;
        }
        extra->quantity += left;
        line->waiting = line->waiting > left ? line->waiting - left : 0;
    }
    issue(batch, notice, known->product, shipped->base);
}

static void close_line(struct batch *batch, struct notice *notice, const struct known_line *known,
                       struct line *line)
{
    int64_t base = line->waiting;
    for (size_t i = 0; i < notice->goods_count; i++) {
        struct held_goods *goods = &notice->goods[i];
        if (goods->position != known->position || goods->used == goods->quantity)
            continue;
        base += goods->quantity - goods->used;
        close_goods(batch, goods, goods->quantity - goods->used);
        goods->freed = true;
    }
    line->waiting = 0;
    int64_t owed = fulfil_value(known, known->shipped > known->invoiced ? known->shipped : known->invoiced);
    if (base == 0 && owed == known->amount)
        return;
    struct closing *closing = ARENA_NEW(batch->arena, struct closing);
    *closing = (struct closing){ known->position, base, known->amount - owed, notice->closings };
    notice->closings = closing;
}

// What is taken off the order in the payer's currency: over all that was ever taken off it, so that nothing is left in
// the end.
static int64_t closing_effect(const struct notice *notice, const struct closing *closing)
{
    int64_t gone = 0, rate = notice->order->credit_rate;
    for (size_t i = 0; i < notice->known_count; i++)
        if (!notice->known[i].rejected)
            gone += notice->known[i].billed + notice->known[i].closed;
    for (const struct closing *later = closing->next; later; later = later->next)
        gone += later->amount;
    return rate_convert(gone, rate) - rate_convert(gone + closing->amount, rate);
}

static void book_closing(struct batch *batch, const struct notice *notice, const struct closing *closing)
{
    const struct order *order = notice->order;
    struct account *payer = trade_account(batch->trade, order->payer_number);
    char id[ORDER_ID_TEXT_SIZE];
    int64_t effect = closing_effect(notice, closing);
    if (effect == 0)
        return;
    if (payer)
        payer->running += effect;
    trade_add_entry(batch->trade, (struct ledger_entry){ .payer = order->payer_number,
                                                         .source = arena_printf(batch->arena, "closed/%s/%d",
                                                                                order_id_text(order->id, id),
                                                                                (int)closing->position),
                                                         .account = order->account_number,
                                                         .amount = effect });
}

static struct line *line_of(const struct order *order, const struct known_line *known)
{
    for (size_t i = 0; i < order->line_count; i++)
        if (slice_equal(order->lines[i].number, known->number) && order->lines[i].rejected == known->rejected)
            return &order->lines[i];
    return NULL;
}

static void ship(struct batch *batch, struct notice *notice)
{
    for (size_t i = 0; i < notice->line_count; i++) {
        const struct known_line *known = known_at(notice, notice->lines[i].position);
        struct line *line = known ? line_of(notice->order, known) : NULL;
        if (!line)
            continue;
        ship_line(batch, notice, &notice->lines[i], known, line);
        if (notice->lines[i].final)
            close_line(batch, notice, known, line);
    }
    for (const struct closing *closing = notice->closings; closing; closing = closing->next)
        book_closing(batch, notice, closing);
}

static const char *progress_of(const struct notice *notice)
{
    bool some = false, all = true;
    for (size_t i = 0; i < notice->known_count; i++) {
        const struct known_line *line = &notice->known[i];
        some = some || line->shipped > 0;
        all = all && (line->rejected || line->final || line->shipped >= line->quantity);
    }
    return all ? "shipped" : some ? "partly_shipped" : "open";
}

static void decide_notice(struct batch *batch, struct notice *notice)
{
    struct order *order = notice->order;
    const char *kind = notice->invoice ? "invoice" : "shipment";
    order->settled = true;
    if (!notice->found)
        batch_park(batch, order->item, "order %.*s of account %.*s has no %s '%.*s'",
                   SLICE_ARGS(order->order_number), SLICE_ARGS(order->account_number), kind,
                   SLICE_ARGS(notice->number));
    else if (notice->told)
        batch_outcome(order->item, OUTCOME_RECORDED, 0);
    else if (order->state != ORDER_ACCEPTED)
        batch_park(batch, order->item, "order %.*s of account %.*s is %s: it cannot take %s '%.*s'",
                   SLICE_ARGS(order->order_number), SLICE_ARGS(order->account_number),
                   order_state_name(order->state), kind, SLICE_ARGS(notice->number));
    else {
        order->settled = false;
        order->fulfilled = notice->invoice ? FULFILLED_INVOICE : FULFILLED_SHIPMENT;
        order->reference = notice->number;
        order->progress = progress_of(notice);
        notice->taken = true;
        if (!notice->invoice)
            ship(batch, notice);
    }
}

static void decide(struct batch *batch)
{
    struct fulfilment *all = batch->trade->fulfilment;
    if (!all)
        return;
    fulfil_facts_decide(batch);
    for (size_t i = 0; i < all->notice_count; i++)
        decide_notice(batch, &all->notices[i]);
}

// --- Writing

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

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return fulfil_facts_store(batch, db, error) && update_stock(batch, db, error) &&
           update_reservations(batch, db, error) && insert_closed(batch, db, error) &&
           insert_closings(batch, db, error) && note_told(batch, db, error);
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

const struct stage fulfil_stage = {
    .name = "fulfil",
    .purpose = "records shipments and invoices, and takes them into their orders",
    .gather = gather,
    .lock = lock,
    .decide = decide,
    .apply = apply,
};
