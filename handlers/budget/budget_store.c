// SPDX-License-Identifier: Apache-2.0
// The rows of budgets: definitions, periods, the ledger, and which budgets an order was charged to.
#include "base/clock.h"
#include "base/text.h"
#include "handlers/budget/budgets.h"

static void add_day(struct db_column *column, int32_t day)
{
    if (day == BUDGET_OPEN_START || day == BUDGET_OPEN_END)
        db_column_add_null(column);
    else
        db_column_add_number(column, day);
}

static bool store_budgets(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO budget (account, budget, title, cost_centre, unit, currency, period, first_month, "
        "first_day, "
        "end_day, rollover, amount, rule, closed) SELECT k.* FROM unnest($1::text[], $2::text[], $3::text[], "
        "$4::text[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::date[], $10::date[], "
        "$11::bigint[], "
        "$12::bigint[], $13::text[], $14::boolean[]) AS k(account, budget, title, cost_centre, unit, "
        "currency, period, "
        "first_month, first_day, end_day, rollover, amount, rule, closed) ORDER BY k.account, k.budget "
        "ON CONFLICT (account, budget) DO UPDATE SET title = excluded.title, cost_centre = "
        "excluded.cost_centre, "
        "unit = excluded.unit, currency = excluded.currency, period = excluded.period, "
        "first_month = excluded.first_month, first_day = excluded.first_day, end_day = excluded.end_day, "
        "rollover = excluded.rollover, amount = excluded.amount, rule = excluded.rule, closed = "
        "excluded.closed";
    static const enum db_type types[] = { DB_TEXT,   DB_TEXT,   DB_TEXT,    DB_TEXT,   DB_TEXT,
                                          DB_TEXT,   DB_TEXT,   DB_INTEGER, DB_DATE,   DB_DATE,
                                          DB_BIGINT, DB_BIGINT, DB_TEXT,    DB_BOOLEAN };
    enum { COLUMNS = sizeof types / sizeof *types };
    const struct budgets *budgets = batch->trade->budgets;
    struct db_column columns[COLUMNS];
    struct db_value values[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, types[i]);
    for (size_t i = 0; i < budgets->fact_count; i++) {
        const struct budget *budget = &budgets->facts[i].budget;
        if (!budgets->facts[i].sound || budgets->facts[i].superseded)
            continue;
        const struct slice texts[] = { budget->account,     budget->id,   budget->title,
                                       budget->cost_centre, budget->unit, budget->currency };
        for (int j = 0; j < 6; j++)
            db_column_add(&columns[j], texts[j]);
        db_column_add(&columns[6], slice_of(budget_every_name(budget->every)));
        db_column_add_number(&columns[7], budget->first_month);
        add_day(&columns[8], budget->from);
        add_day(&columns[9], budget->to);
        db_column_add_number(&columns[10], budget->rollover);
        db_column_add_number(&columns[11], budget->amount);
        db_column_add(&columns[12], slice_of(budget_rule_name(budget->rule)));
        db_column_add_number(&columns[13], budget->closed);
    }
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    return columns[0].count == 0 || db_query(db, batch->arena, sql, values, COLUMNS, NULL, error) ||
           error_within(error, "storing budgets");
}

static bool store_transfers(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY budget_transfer (account, transfer, from_budget, to_budget, on_day, amount, reason, "
        "actor, at) FROM STDIN (FORMAT binary)";
    const struct budgets *budgets = batch->trade->budgets;
    struct db_copy copy = db_copy(batch->arena, 9);
    for (size_t i = 0; i < budgets->transfer_count; i++) {
        const struct fact_transfer *fact = &budgets->transfers[i];
        if (!fact->fresh)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, fact->account);
        db_copy_slice(&copy, fact->number);
        db_copy_slice(&copy, fact->from);
        db_copy_slice(&copy, fact->to);
        db_copy_number(&copy, DB_DATE, fact->day);
        db_copy_number(&copy, DB_BIGINT, fact->amount);
        db_copy_slice(&copy, fact->reason);
        db_copy_slice(&copy, fact->actor);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing transfers between budgets");
}

static void collect_bookings(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        char id[ORDER_ID_TEXT_SIZE], input[ORDER_ID_TEXT_SIZE];
        for (size_t j = 0; order->budget && !order->settled && j < order->budget->booking_count; j++) {
            const struct booking *booking = &order->budget->bookings[j];
            if (booking->booked == booking->stored)
                continue;
            struct slice source =
                arena_printf(batch->arena, "order/%s/%s", order_id_text(order->id, id),
                             order_id_text(order_id_of(order->item->shard, order->item->offset), input));
            budgets_add_entry(trade->budgets, batch->arena,
                              (struct budget_entry){ .budget = booking->budget,
                                                     .start = booking->start,
                                                     .source = source,
                                                     .kind = "commitment",
                                                     .order = order->id,
                                                     .amount = booking->booked - booking->stored });
        }
    }
}

static bool insert_entries(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY budget_entry (account, budget, period_start, source, kind, order_id, amount, at) "
        "FROM STDIN (FORMAT binary)";
    const struct budgets *budgets = batch->trade->budgets;
    struct db_copy copy = db_copy(batch->arena, 8);
    for (size_t i = 0; i < budgets->entry_count; i++) {
        const struct budget_entry *entry = &budgets->entries[i];
        db_copy_row(&copy);
        db_copy_slice(&copy, entry->budget->account);
        db_copy_slice(&copy, entry->budget->id);
        db_copy_number(&copy, DB_DATE, entry->start);
        db_copy_slice(&copy, entry->source);
        db_copy_slice(&copy, slice_of(entry->kind));
        db_copy_number(&copy, DB_BIGINT, entry->order);
        db_copy_number(&copy, DB_BIGINT, entry->amount);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing the ledger of budgets");
}

// One row a period: what this batch adds to it. The rows come in the order of their keys.
static bool update_periods(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO budget_period AS p (account, budget, period_start, committed, actual, transferred) "
        "SELECT k.* "
        "FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[]) AS "
        "k(account, "
        "budget, period_start, committed, actual, transferred) ON CONFLICT (account, budget, period_start) "
        "DO UPDATE "
        "SET committed = p.committed + excluded.committed, actual = p.actual + excluded.actual, "
        "transferred = p.transferred + excluded.transferred";
    const struct budgets *budgets = batch->trade->budgets;
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_TEXT),
                     starts = db_column(arena, DB_DATE), committed = db_column(arena, DB_BIGINT),
                     actual = db_column(arena, DB_BIGINT), transferred = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < budgets->count; i++)
        for (size_t j = 0; j < budgets->all[i]->use_count; j++) {
            const struct budget_use *use = &budgets->all[i]->uses[j];
            if (!use->more_committed && !use->more_actual && !use->more_transferred)
                continue;
            db_column_add(&accounts, budgets->all[i]->account);
            db_column_add(&ids, budgets->all[i]->id);
            db_column_add_number(&starts, use->start);
            db_column_add_number(&committed, use->more_committed);
            db_column_add_number(&actual, use->more_actual);
            db_column_add_number(&transferred, use->more_transferred);
        }
    struct db_value values[] = { db_array(&accounts),  db_array(&ids),    db_array(&starts),
                                 db_array(&committed), db_array(&actual), db_array(&transferred) };
    return accounts.count == 0 || db_query(db, arena, sql, values, 6, NULL, error) ||
           error_within(error, "charging budgets");
}

static bool forget_charges(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "DELETE FROM order_charging c USING unnest($1::text[], $2::bigint[]) AS k(account, id) "
        "WHERE c.account = k.account AND c.order_id = k.id";
    struct db_column accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!order->budget || order->settled || !order->loaded || !order->budget->granted)
            continue;
        db_column_add(&accounts, order->account_number);
        db_column_add_number(&ids, order->id);
    }
    struct db_value values[] = { db_array(&accounts), db_array(&ids) };
    return ids.count == 0 || db_query(db, batch->arena, sql, values, 2, NULL, error) ||
           error_within(error, "replacing charges");
}

static struct slice charges_of(const struct order_budget *part, struct arena *arena)
{
    char day[DATE_TEXT_SIZE];
    struct text text = text_in(arena);
    for (size_t i = 0; i < part->charge_count; i++) {
        const struct charge *charge = &part->charges[i];
        text_printf(&text, "%s%d %d %s %lld %.*s", i ? "\n" : "", (int)charge->position, (int)charge->share,
                    date_text(charge->start, day), (long long)charge->rate, SLICE_ARGS(charge->budget->id));
    }
    return text_slice(&text);
}

static bool insert_charges(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "COPY order_charging (account, order_id, charges) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 3);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!order->budget || order->settled || !order->budget->granted || order->test ||
            order->budget->charge_count == 0)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, order->account_number);
        db_copy_number(&copy, DB_BIGINT, order->id);
        db_copy_slice(&copy, charges_of(order->budget, batch->arena));
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing charges");
}

bool budgets_store(struct batch *batch, struct db *db, struct error *error)
{
    if (!batch->trade->budgets)
        return true;
    collect_bookings(batch);
    return store_budgets(batch, db, error) && store_transfers(batch, db, error) &&
           insert_entries(batch, db, error) && update_periods(batch, db, error) &&
           forget_charges(batch, db, error) && insert_charges(batch, db, error);
}
