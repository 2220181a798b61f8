// SPDX-License-Identifier: Apache-2.0
// Reads budgets, what has been done with them, and the parts of orders in them. The rows of the accounts are locked, and
// nobody writes an account's budgets without that lock.
#include "base/clock.h"
#include "handlers/budget/budgets.h"
#include "handlers/credit/rate.h"

// A column of the orders that a statement asks for, by their number in the batch.
struct keys {
    struct db_column numbers, accounts, ids;
};

static struct keys keys_in(struct arena *arena)
{
    return (struct keys){ db_column(arena, DB_BIGINT), db_column(arena, DB_TEXT),
                          db_column(arena, DB_BIGINT) };
}

static bool ask(const struct batch *batch, struct db *db, const char *sql, const struct keys *keys,
                struct db_rows *rows, struct error *error)
{
    struct db_value values[] = { db_array(&keys->numbers), db_array(&keys->accounts), db_array(&keys->ids) };
    return db_query(db, batch->arena, sql, values, 3, rows, error) ||
           error_within(error, "reading what orders have of budgets");
}

static bool has_budgets(const struct budgets *budgets, struct slice account)
{
    return index_get(&budgets->by_account, account, (struct slice){ 0 }) != NULL;
}

// --- Budgets

bool budget_of_row(struct arena *arena, const struct db_rows *rows, size_t row, struct budget **read,
                   struct error *error)
{
    struct budget *budget = *read = ARENA_NEW(arena, struct budget);
    *budget = (struct budget){
        .account = db_rows_slice(rows, row, 0),
        .id = db_rows_slice(rows, row, 1),
        .title = db_rows_slice(rows, row, 2),
        .cost_centre = db_rows_slice(rows, row, 3),
        .unit = db_rows_slice(rows, row, 4),
        .currency = db_rows_slice(rows, row, 5),
        .first_month = (int)db_rows_number(rows, row, 7),
        .from = db_rows_null(rows, row, 8) ? BUDGET_OPEN_START : (int32_t)db_rows_number(rows, row, 8),
        .to = db_rows_null(rows, row, 9) ? BUDGET_OPEN_END : (int32_t)db_rows_number(rows, row, 9),
        .rollover = db_rows_number(rows, row, 10),
        .amount = db_rows_number(rows, row, 11),
        .closed = db_rows_number(rows, row, 13),
        .read_from = BUDGET_OPEN_END,
    };
    return (budget_every_parse(db_rows_slice(rows, row, 6), &budget->every) &&
            budget_rule_parse(db_rows_slice(rows, row, 12), &budget->rule)) ||
           error_set(error, ERROR_INTERNAL, NULL, "budget %.*s has the unknown period '%.*s' or rule '%.*s'",
                     SLICE_ARGS(budget->id), SLICE_ARGS(db_rows_slice(rows, row, 6)),
                     SLICE_ARGS(db_rows_slice(rows, row, 12)));
}

static bool load_budgets(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT " BUDGET_COLUMNS " FROM unnest($1::text[]) AS k(account) JOIN budget b "
        "ON b.account = k.account ORDER BY b.account COLLATE \"C\", b.budget COLLATE \"C\"";
    const struct trade *trade = batch->trade;
    const struct budgets *budgets = trade->budgets;
    struct index seen = index_in(batch->arena);
    struct slice none = { 0 };
    struct db_column accounts = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < trade->order_count; i++)
        if (!trade->orders[i]->settled && index_put(&seen, trade->orders[i]->account_number, none, &seen))
            db_column_add(&accounts, trade->orders[i]->account_number);
    for (size_t i = 0; i < budgets->fact_count; i++)
        if (budgets->facts[i].sound && index_put(&seen, budgets->facts[i].budget.account, none, &seen))
            db_column_add(&accounts, budgets->facts[i].budget.account);
    for (size_t i = 0; i < budgets->transfer_count; i++)
        if (budgets->transfers[i].sound && index_put(&seen, budgets->transfers[i].account, none, &seen))
            db_column_add(&accounts, budgets->transfers[i].account);
    if (accounts.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 1, &rows, error))
        return error_within(error, "reading budgets");
    for (size_t row = 0; row < rows.count; row++) {
        struct budget *budget;
        if (!budget_of_row(batch->arena, &rows, row, &budget, error))
            return false;
        budgets_put(trade->budgets, budget, batch->arena);
    }
    return true;
}

static bool load_transfers(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT t.account, t.transfer, t.from_budget, t.to_budget, t.on_day, t.amount FROM "
        "unnest($1::text[], "
        "$2::text[]) AS k(account, transfer) JOIN budget_transfer t ON t.account = k.account "
        "AND t.transfer = k.transfer";
    struct budgets *budgets = batch->trade->budgets;
    struct db_column accounts = db_column(batch->arena, DB_TEXT), numbers = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < budgets->transfer_count; i++) {
        db_column_add(&accounts, budgets->transfers[i].account);
        db_column_add(&numbers, budgets->transfers[i].number);
    }
    if (accounts.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&numbers) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for repeated transfers");
    for (size_t row = 0; row < rows.count; row++) {
        struct fact_transfer *stored = ARENA_NEW(batch->arena, struct fact_transfer);
        *stored = (struct fact_transfer){ .account = db_rows_slice(&rows, row, 0),
                                          .number = db_rows_slice(&rows, row, 1),
                                          .from = db_rows_slice(&rows, row, 2),
                                          .to = db_rows_slice(&rows, row, 3),
                                          .day = (int32_t)db_rows_number(&rows, row, 4),
                                          .amount = db_rows_number(&rows, row, 5) };
        index_put(&budgets->stored_transfers, stored->account, stored->number, stored);
    }
    return true;
}

// --- Orders

// Where an order came in before, what it has committed stands in the ledger.
static bool load_bookings(struct batch *batch, struct db *db, const struct keys *keys, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, e.account, e.budget, e.period_start, sum(e.amount)::bigint FROM unnest($1::bigint[], "
        "$2::text[], "
        "$3::bigint[]) AS k(n, account, id) JOIN budget_entry e ON e.account = k.account AND e.order_id = "
        "k.id "
        "AND e.order_id <> 0 AND e.kind = 'commitment' GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4";
    struct trade *trade = batch->trade;
    struct db_rows rows;
    if (!ask(batch, db, sql, keys, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = trade->orders[db_rows_number(&rows, row, 0)];
        struct budget *budget =
            budgets_get(trade->budgets, db_rows_slice(&rows, row, 1), db_rows_slice(&rows, row, 2));
        if (!budget)
            return error_set(error, ERROR_INTERNAL, NULL,
                             "budget_entry speaks of budget '%.*s', which is not there",
                             SLICE_ARGS(db_rows_slice(&rows, row, 2)));
        struct booking *booking =
            budget_booking(order->budget, budget, (int32_t)db_rows_number(&rows, row, 3), batch->arena);
        booking->stored = booking->wanted = booking->booked = db_rows_number(&rows, row, 4);
    }
    return true;
}

static bool load_charges(struct batch *batch, struct db *db, const struct keys *keys, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, c.account, c.budget, c.period_start, c.position, c.share, c.rate FROM "
        "unnest($1::bigint[], $2::text[], "
        "$3::bigint[]) AS k(n, account, id) JOIN order_charge c ON c.account = "
        "k.account AND c.order_id = k.id "
        "ORDER BY k.n, c.position, c.share, c.budget COLLATE \"C\"";
    struct trade *trade = batch->trade;
    struct db_rows rows;
    if (!ask(batch, db, sql, keys, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct order_budget *part = trade->orders[db_rows_number(&rows, row, 0)]->budget;
        struct budget *budget =
            budgets_get(trade->budgets, db_rows_slice(&rows, row, 1), db_rows_slice(&rows, row, 2));
        if (!budget)
            return error_set(error, ERROR_INTERNAL, NULL,
                             "order_charge speaks of budget '%.*s', which is not there",
                             SLICE_ARGS(db_rows_slice(&rows, row, 2)));
        part->charges = arena_grow(batch->arena, part->charges, &part->charge_capacity,
                                   part->charge_count + 1, sizeof *part->charges);
        part->charges[part->charge_count++] =
            (struct charge){ .position = (int32_t)db_rows_number(&rows, row, 4),
                             .share = (int32_t)db_rows_number(&rows, row, 5),
                             .budget = budget,
                             .start = (int32_t)db_rows_number(&rows, row, 3),
                             .rate = db_rows_number(&rows, row, 6) };
    }
    return true;
}

// Invoices that the order has been told of, and closed lines.
static bool load_progress(struct batch *batch, struct db *db, const struct keys *keys, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, l.position, COALESCE((SELECT sum(i.taken)::bigint FROM invoice_line i WHERE i.account = "
        "k.account "
        "AND i.order_id = k.id AND i.position = l.position AND i.event_seq > 0), 0), COALESCE((SELECT "
        "c.amount FROM "
        "line_closing c WHERE c.account = k.account AND c.order_id = k.id AND c.position = l.position), 0) "
        "FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k(n, account, id) JOIN order_line l "
        "ON l.account = k.account AND l.order_id = k.id ORDER BY k.n, l.position";
    struct trade *trade = batch->trade;
    struct db_rows rows;
    if (!ask(batch, db, sql, keys, &rows, error))
        return false;
    struct budget_progress *progress = ARENA_ARRAY(batch->arena, rows.count, struct budget_progress);
    for (size_t row = 0; row < rows.count; row++) {
        struct order_budget *part = trade->orders[db_rows_number(&rows, row, 0)]->budget;
        if (part->progress_count++ == 0)
            part->progress = &progress[row];
        progress[row] = (struct budget_progress){ .position = (int32_t)db_rows_number(&rows, row, 1),
                                                  .billed = db_rows_number(&rows, row, 2),
                                                  .closed = db_rows_number(&rows, row, 3) };
    }
    return true;
}

// What the invoices bill that the batch takes into their orders.
static bool load_billed(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT position, amount, taken FROM invoice_line WHERE account = $1 AND invoice = $2 "
        "AND order_id = $3 AND event_seq = 0 ORDER BY number";
    const struct fulfilment *all = batch->trade->fulfilment;
    for (size_t i = 0; all && i < all->notice_count; i++) {
        const struct notice *notice = &all->notices[i];
        struct order_budget *part = notice->order->budget;
        if (!part || !notice->invoice || part->charge_count == 0)
            continue;
        const struct db_value values[] = { db_text(notice->order->account_number), db_text(notice->number),
                                           db_bigint(notice->order->id) };
        struct db_rows rows;
        if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
            return error_within(error, "reading what invoice %.*s bills", SLICE_ARGS(notice->number));
        part->billed = ARENA_ARRAY(batch->arena, rows.count, struct budget_billed);
        part->billed_count = rows.count;
        for (size_t row = 0; row < rows.count; row++)
            part->billed[row] = (struct budget_billed){ .position = (int32_t)db_rows_number(&rows, row, 0),
                                                        .amount = db_rows_number(&rows, row, 1),
                                                        .taken = db_rows_number(&rows, row, 2) };
    }
    return true;
}

static bool load_orders(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    struct keys keys = keys_in(batch->arena);
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order->settled || !has_budgets(trade->budgets, order->account_number))
            continue;
        order->budget = ARENA_NEW(batch->arena, struct order_budget);
        if (!order->loaded)
            continue;
        db_column_add_number(&keys.numbers, (int64_t)i);
        db_column_add(&keys.accounts, order->account_number);
        db_column_add_number(&keys.ids, order->id);
    }
    return keys.numbers.count == 0 ||
           (load_bookings(batch, db, &keys, error) && load_charges(batch, db, &keys, error) &&
            load_progress(batch, db, &keys, error) && load_billed(batch, db, error));
}

// --- What has been done with the budgets

static void read_since(struct budget *budget, int32_t start)
{
    if (budget->rollover)
        start = BUDGET_OPEN_START;
    if (start < budget->read_from)
        budget->read_from = start;
}

// An order that has been charged stays with the budgets that it was charged to, unless it is changed or was held for
// one of them.
static bool is_charged_anew(const struct order *order)
{
    bool waits = !order->loaded || order->state == ORDER_HELD;
    return order->change || (waits && (order->budget->charge_count == 0 || order->was_held[HOLD_BUDGET]));
}

static void charge_orders(struct batch *batch)
{
    struct trade *trade = batch->trade;
    struct budgets *budgets = trade->budgets;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (!order->budget)
            continue;
        if (is_charged_anew(order))
            budget_charge(trade, order);
        for (size_t j = 0; j < order->budget->charge_count; j++)
            read_since(order->budget->charges[j].budget, order->budget->charges[j].start);
        for (size_t j = 0; j < order->budget->booking_count; j++)
            read_since(order->budget->bookings[j].budget, order->budget->bookings[j].start);
    }
    for (size_t i = 0; i < budgets->fact_count; i++) {
        struct budget *known =
            budgets_get(budgets, budgets->facts[i].budget.account, budgets->facts[i].budget.id);
        if (known)
            known->read_from = BUDGET_OPEN_START;
    }
    for (size_t i = 0; i < budgets->transfer_count; i++) {
        const struct fact_transfer *fact = &budgets->transfers[i];
        struct slice names[] = { fact->from, fact->to };
        for (int j = 0; j < 2; j++) {
            struct budget *budget = budgets_get(budgets, fact->account, names[j]);
            int32_t start;
            if (budget && budget_start(budget, fact->day, &start))
                read_since(budget, start);
        }
    }
}

static bool load_uses(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, p.period_start, p.committed, p.actual, p.transferred FROM unnest($1::bigint[], "
        "$2::text[], "
        "$3::text[], $4::date[]) AS k(n, account, budget, since) JOIN budget_period p ON p.account = "
        "k.account "
        "AND p.budget = k.budget AND p.period_start >= k.since ORDER BY k.n, p.period_start";
    const struct budgets *budgets = batch->trade->budgets;
    struct arena *arena = batch->arena;
    struct db_column numbers = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     ids = db_column(arena, DB_TEXT), days = db_column(arena, DB_DATE);
    int32_t earliest = date_from_civil(1, 1, 1);
    for (size_t i = 0; i < budgets->count; i++) {
        const struct budget *budget = budgets->all[i];
        if (budget->read_from == BUDGET_OPEN_END)
            continue;
        db_column_add_number(&numbers, (int64_t)i);
        db_column_add(&accounts, budget->account);
        db_column_add(&ids, budget->id);
        db_column_add_number(&days, budget->read_from < earliest ? earliest : budget->read_from);
    }
    if (numbers.count == 0)
        return true;
    struct db_value values[] = { db_array(&numbers), db_array(&accounts), db_array(&ids), db_array(&days) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 4, &rows, error))
        return error_within(error, "reading what was done with budgets");
    for (size_t row = 0; row < rows.count; row++) {
        struct budget_use *use = budget_use_of(budgets->all[db_rows_number(&rows, row, 0)],
                                               (int32_t)db_rows_number(&rows, row, 1), arena);
        use->committed = db_rows_number(&rows, row, 2);
        use->actual = db_rows_number(&rows, row, 3);
        use->transferred = db_rows_number(&rows, row, 4);
    }
    return true;
}

// Budgets in other currencies than the orders'.
static bool load_rates(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    bool foreign = false;
    for (size_t i = 0; i < trade->order_count; i++)
        for (size_t j = 0; trade->orders[i]->budget && j < trade->budgets->count; j++) {
            const struct order *order = trade->orders[i];
            const struct budget *budget = trade->budgets->all[j];
            if (slice_equal(budget->currency, order->currency) ||
                !slice_equal(budget->account, order->account_number))
                continue;
            foreign = true;
            rate_ask(trade, order->currency, budget->currency);
        }
    return !foreign || rate_load(trade, db, batch->now_us, error);
}

bool budgets_load(struct batch *batch, struct db *db, struct error *error)
{
    if (!load_budgets(batch, db, error) || !load_transfers(batch, db, error))
        return false;
    if (batch->trade->budgets->count == 0)
        return true;
    if (!load_orders(batch, db, error) || !load_rates(batch, db, error))
        return false;
    charge_orders(batch);
    return load_uses(batch, db, error);
}
