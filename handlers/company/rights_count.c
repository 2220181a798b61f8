// SPDX-License-Identifier: Apache-2.0
// Limits for a period: what an order adds to which counter, and what a counter has by now. A counter has a row a day,
// so that a period of any length is a sum of rows; what each order has added is kept beside it, so that it can be
// taken back to the cent. Both belong to the account, whose row is locked.
#include "base/clock.h"
#include "handlers/company/rights.h"

enum { WEEK_DAYS = 7, MONDAY_1970 = 4 }; // 1970-01-05 was the first Monday

// What the batch adds to a counter on a day.
struct counter {
    struct slice account;
    struct counter_key key;
    int32_t day;
    int64_t running;
    struct counter *next; // of the same key
};

struct counters {
    struct index by_key;  // account, key: the first
    struct counter **all; // in the order in which they were made
    size_t count, capacity;
};

static struct slice key_text(struct arena *arena, const struct counter_key *key)
{
    return arena_printf(arena, "%d%c%.*s%c%.*s%c%.*s", key->of_unit, 0, SLICE_ARGS(key->name), 0,
                        SLICE_ARGS(key->unit), 0, SLICE_ARGS(key->cost_centre));
}

static bool same_key(const struct counter_key *one, const struct counter_key *other)
{
    return one->of_unit == other->of_unit && slice_equal(one->name, other->name) &&
           slice_equal(one->unit, other->unit) && slice_equal(one->cost_centre, other->cost_centre);
}

// --- Windows

static int32_t first_of_month(int year, int month)
{
    return date_from_civil(month > 12 ? year + 1 : year, month > 12 ? month - 12 : month, 1);
}

static void set_days(struct window *window, int32_t day)
{
    int year, month, of_month;
    date_to_civil(day, &year, &month, &of_month);
    int quarter = (month - 1) / 3 * 3 + 1;
    window->first = window->last = day;
    switch (window->limit->period) {
    case PERIOD_DAY:
        break;
    case PERIOD_WEEK:
        window->first = day - ((day - MONDAY_1970) % WEEK_DAYS + WEEK_DAYS) % WEEK_DAYS;
        window->last = window->first + WEEK_DAYS - 1;
        break;
    case PERIOD_MONTH:
        window->first = first_of_month(year, month);
        window->last = first_of_month(year, month + 1) - 1;
        break;
    case PERIOD_QUARTER:
        window->first = first_of_month(year, quarter);
        window->last = first_of_month(year, quarter + 3) - 1;
        break;
    case PERIOD_YEAR:
        window->first = first_of_month(year, 1);
        window->last = first_of_month(year + 1, 1) - 1;
        break;
    case PERIOD_ROLLING:
        window->first = day - window->limit->rolling_days + 1;
        break;
    }
}

static struct counted *counted_of(struct arena *arena, struct order_rights *its,
                                  const struct counter_key *key)
{
    for (size_t i = 0; i < its->counted_count; i++)
        if (same_key(&its->counted[i].key, key))
            return &its->counted[i];
    its->counted =
        arena_grow(arena, its->counted, &its->counted_capacity, its->counted_count + 1, sizeof *its->counted);
    its->counted[its->counted_count] = (struct counted){ .key = *key };
    return &its->counted[its->counted_count++];
}

static struct counter_key key_of(const struct order *order, const struct applied_rights *applied,
                                 const struct limit *limit)
{
    if (applied->of)
        return (struct counter_key){ true, applied->of->name, { 0 }, limit->cost_centre };
    return (struct counter_key){ false, order->user->number, applied->rights->unit->name,
                                 limit->cost_centre };
}

static void make_windows(struct arena *arena, const struct order *order)
{
    struct order_rights *its = order->rights;
    size_t capacity = 0;
    for (size_t i = 0; i < its->applied_count; i++) {
        const struct rights *rights = its->applied[i].rights;
        for (size_t j = 0; j < rights->limit_count; j++) {
            if (rights->limits[j].kind != LIMIT_PERIOD)
                continue;
            its->windows =
                arena_grow(arena, its->windows, &capacity, its->window_count + 1, sizeof *its->windows);
            struct window *window = &its->windows[its->window_count++];
            *window = (struct window){ .limit = &rights->limits[j], .rights = rights };
            window->key = key_of(order, &its->applied[i], window->limit);
            set_days(window, its->day);
            counted_of(arena, its, &window->key);
        }
    }
}

// --- Reading

static bool load_counted(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT k.n, s.of_unit, s.name, s.unit, s.cost_centre, s.amount FROM "
                              "unnest($1::bigint[], $2::text[], "
                              "$3::bigint[]) AS k(n, account, id) JOIN order_spending s ON s.account = "
                              "k.account AND s.order_id = k.id "
                              "ORDER BY k.n, s.of_unit, s.name, s.unit, s.cost_centre";
    struct trade *trade = batch->trade;
    struct db_column numbers = db_column(batch->arena, DB_BIGINT),
                     accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (order->settled || !order->loaded || !order->rights)
            continue;
        db_column_add_number(&numbers, (int64_t)i);
        db_column_add(&accounts, order->account_number);
        db_column_add_number(&ids, order->id);
    }
    if (numbers.count == 0)
        return true;
    struct db_value values[] = { db_array(&numbers), db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading what orders count for");
    for (size_t row = 0; row < rows.count; row++) {
        struct counter_key key = { db_rows_number(&rows, row, 1), db_rows_slice(&rows, row, 2),
                                   db_rows_slice(&rows, row, 3), db_rows_slice(&rows, row, 4) };
        struct counted *counted =
            counted_of(batch->arena, trade->orders[db_rows_number(&rows, row, 0)]->rights, &key);
        counted->stored = counted->amount = db_rows_number(&rows, row, 5);
    }
    return true;
}

static bool load_windows(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, sum(s.amount)::bigint FROM unnest($1::bigint[], $2::text[], $3::boolean[], $4::text[], "
        "$5::text[], $6::text[], $7::date[], $8::date[]) AS k(n, account, of_unit, name, unit, cost_centre, "
        "first, "
        "last) JOIN spending s ON s.account = k.account AND s.of_unit = k.of_unit AND s.name = k.name "
        "AND s.unit = k.unit AND s.cost_centre = k.cost_centre AND s.day BETWEEN k.first AND k.last GROUP BY "
        "k.n";
    static const enum db_type types[] = { DB_BIGINT, DB_TEXT, DB_BOOLEAN, DB_TEXT,
                                          DB_TEXT,   DB_TEXT, DB_DATE,    DB_DATE };
    enum { COLUMNS = sizeof types / sizeof *types };
    struct trade *trade = batch->trade;
    struct db_column columns[COLUMNS];
    struct window **asked = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, types[i]);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; !order->settled && order->rights && j < order->rights->window_count; j++) {
            struct window *window = &order->rights->windows[j];
            asked = arena_grow(batch->arena, asked, &capacity, count + 1, sizeof *asked);
            db_column_add_number(&columns[0], (int64_t)count);
            asked[count++] = window;
            db_column_add(&columns[1], order->account_number);
            db_column_add_number(&columns[2], window->key.of_unit);
            db_column_add(&columns[3], window->key.name);
            db_column_add(&columns[4], window->key.unit);
            db_column_add(&columns[5], window->key.cost_centre);
            db_column_add_number(&columns[6], window->first);
            db_column_add_number(&columns[7], window->last);
        }
    }
    if (count == 0)
        return true;
    struct db_value values[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, COLUMNS, &rows, error))
        return error_within(error, "reading what was ordered in a period");
    for (size_t row = 0; row < rows.count; row++)
        asked[db_rows_number(&rows, row, 0)]->stored = db_rows_number(&rows, row, 1);
    return true;
}

bool rights_lock(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    trade->counters = ARENA_NEW(batch->arena, struct counters);
    trade->counters->by_key = index_in(batch->arena);
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order->settled)
            continue;
        rights_apply_to(trade, order);
        if (order->rights && order->rights->company->counts_periods)
            make_windows(batch->arena, order);
    }
    return load_counted(batch, db, error) && load_windows(batch, db, error);
}

// --- Deciding

static struct counter *counter_of(struct trade *trade, struct slice account, const struct counter_key *key,
                                  int32_t day)
{
    struct counters *counters = trade->counters;
    struct slice text = key_text(trade->arena, key);
    struct counter *first = index_get(&counters->by_key, account, text), *counter = first;
    while (counter && counter->day != day)
        counter = counter->next;
    if (counter)
        return counter;
    counter = ARENA_NEW(trade->arena, struct counter);
    *counter = (struct counter){ .account = account, .key = *key, .day = day };
    if (first) {
        counter->next = first->next;
        first->next = counter;
    } else {
        index_put(&counters->by_key, account, text, counter);
    }
    counters->all = arena_grow(trade->arena, counters->all, &counters->capacity, counters->count + 1,
                               sizeof *counters->all);
    return counters->all[counters->count++] = counter;
}

int64_t rights_spent(const struct trade *trade, const struct order *order, const struct window *window)
{
    const struct order_rights *its = order->rights;
    int64_t spent = window->stored;
    if (trade->counters)
        for (const struct counter *counter = index_get(&trade->counters->by_key, order->account_number,
                                                       key_text(trade->arena, &window->key));
             counter; counter = counter->next)
            if (counter->day >= window->first && counter->day <= window->last)
                spent += counter->running;
    for (size_t i = 0; i < its->counted_count; i++)
        if (same_key(&its->counted[i].key, &window->key))
            spent -= its->counted[i].amount;
    return spent;
}

static void set_counted(struct trade *trade, const struct order *order, struct counted *counted,
                        int64_t amount)
{
    if (amount == counted->amount)
        return;
    counter_of(trade, order->account_number, &counted->key, order->rights->day)->running +=
        amount - counted->amount;
    counted->amount = amount;
}

// A counter that no limit asks for any more goes on to hold what the order costs; another user's holds nothing.
void rights_count(struct trade *trade, struct order *order)
{
    struct order_rights *its = order->rights;
    bool ends = order->rejected || order->cancelled || order->test;
    for (size_t i = 0; i < its->counted_count; i++) {
        struct counted *counted = &its->counted[i];
        bool his =
            counted->key.of_unit || (order->user && slice_equal(counted->key.name, order->user->number));
        set_counted(trade, order, counted, ends || !his ? 0 : rights_amount(order, counted->key.cost_centre));
    }
}

// --- Writing

struct changed {
    struct db_column accounts, of_units, names, units, cost_centres, days, amounts, ids;
};

static struct changed changed_in(struct arena *arena)
{
    return (struct changed){ db_column(arena, DB_TEXT),   db_column(arena, DB_BOOLEAN),
                             db_column(arena, DB_TEXT),   db_column(arena, DB_TEXT),
                             db_column(arena, DB_TEXT),   db_column(arena, DB_DATE),
                             db_column(arena, DB_BIGINT), db_column(arena, DB_BIGINT) };
}

static void add_changed(struct changed *changed, struct slice account, const struct counter_key *key,
                        int32_t day, int64_t amount)
{
    db_column_add(&changed->accounts, account);
    db_column_add_number(&changed->of_units, key->of_unit);
    db_column_add(&changed->names, key->name);
    db_column_add(&changed->units, key->unit);
    db_column_add(&changed->cost_centres, key->cost_centre);
    db_column_add_number(&changed->days, day);
    db_column_add_number(&changed->amounts, amount);
}

// What each order counts for now, and the sums of the differences.
static void collect(struct batch *batch, struct changed *orders, struct changed *sums)
{
    struct trade *trade = batch->trade;
    struct counters total = { .by_key = index_in(batch->arena) };
    trade->counters = &total;
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; !order->settled && order->rights && j < order->rights->counted_count; j++) {
            struct counted *counted = &order->rights->counted[j];
            // Stages behind this one may have refused the order.
            if (order->rejected || order->cancelled)
                counted->amount = 0;
            if (counted->amount == counted->stored)
                continue;
            add_changed(orders, order->account_number, &counted->key, order->rights->day, counted->amount);
            db_column_add_number(&orders->ids, order->id);
            counter_of(trade, order->account_number, &counted->key, order->rights->day)->running +=
                counted->amount - counted->stored;
        }
    }
    for (size_t i = 0; i < total.count; i++)
        if (total.all[i]->running)
            add_changed(sums, total.all[i]->account, &total.all[i]->key, total.all[i]->day,
                        total.all[i]->running);
    trade->counters = NULL;
}

bool rights_store(struct batch *batch, struct db *db, struct error *error)
{
    static const char orders_sql[] =
        "INSERT INTO order_spending (account, of_unit, name, unit, cost_centre, day, amount, order_id) "
        "SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::date[], "
        "$7::bigint[], $8::bigint[]) ON CONFLICT (account, order_id, of_unit, name, unit, cost_centre) "
        "DO UPDATE SET amount = excluded.amount";
    static const char sums_sql[] =
        "INSERT INTO spending AS s (account, of_unit, name, unit, cost_centre, day, amount) "
        "SELECT * FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::date[], "
        "$7::bigint[]) ON CONFLICT (account, of_unit, name, unit, cost_centre, day) "
        "DO UPDATE SET amount = s.amount + excluded.amount";
    struct changed orders = changed_in(batch->arena), sums = changed_in(batch->arena);
    collect(batch, &orders, &sums);
    struct db_value order_values[] = { db_array(&orders.accounts),     db_array(&orders.of_units),
                                       db_array(&orders.names),        db_array(&orders.units),
                                       db_array(&orders.cost_centres), db_array(&orders.days),
                                       db_array(&orders.amounts),      db_array(&orders.ids) };
    struct db_value sum_values[] = { db_array(&sums.accounts),     db_array(&sums.of_units),
                                     db_array(&sums.names),        db_array(&sums.units),
                                     db_array(&sums.cost_centres), db_array(&sums.days),
                                     db_array(&sums.amounts) };
    return ((orders.ids.count == 0 || db_query(db, batch->arena, orders_sql, order_values, 8, NULL, error)) &&
            (sums.days.count == 0 || db_query(db, batch->arena, sums_sql, sum_values, 7, NULL, error))) ||
           error_within(error, "counting what was ordered");
}
