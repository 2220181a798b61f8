// SPDX-License-Identifier: Apache-2.0
// price: what each line costs, by the account's own price or the list price that is valid on the order's day.
// A price, once found, stays with the order: what is held today is not dearer tomorrow, nor is a line that a
// change leaves alone.
#include "handlers/price/price.h"

#include "base/clock.h"
#include "handlers/money.h"
#include "handlers/order/validate.h"
#include "handlers/price/price_trace.h"
#include "handlers/stages.h"

static const char *mismatch = "answer";
static int64_t tolerance_permille;

static void ask(struct index *seen, struct db_column *products, struct db_column *accounts,
                struct slice product, struct slice account)
{
    if (!index_put(seen, product, account, seen))
        return;
    db_column_add(products, product);
    db_column_add(accounts, account);
}

static bool read_steps(struct trade *trade, struct condition *condition, struct slice from,
                       struct slice prices, struct error *error)
{
    size_t capacity = 0;
    while (!slice_empty(from)) {
        struct price_step step;
        if (!slice_integer(slice_cut(&from, ','), &step.from) ||
            !slice_integer(slice_cut(&prices, ','), &step.price))
            return error_set(error, ERROR_INTERNAL, NULL,
                             "a price of product %.*s has a scale that cannot be read",
                             SLICE_ARGS(condition->product));
        condition->steps = arena_grow(trade->arena, condition->steps, &capacity, condition->step_count + 1,
                                      sizeof *condition->steps);
        condition->steps[condition->step_count++] = step;
    }
    return true;
}

static bool read_condition(struct trade *trade, const struct db_rows *rows, size_t row, struct error *error)
{
    struct condition *condition = ARENA_NEW(trade->arena, struct condition);
    *condition = (struct condition){
        .product = db_rows_slice(rows, row, 0),
        .account = db_rows_slice(rows, row, 1),
        .currency = db_rows_slice(rows, row, 2),
        .unit = db_rows_slice(rows, row, 3),
        .valid_from = (int32_t)db_rows_number(rows, row, 4),
        .has_end = !db_rows_null(rows, row, 5),
        .valid_to = (int32_t)db_rows_number(rows, row, 5),
        .price_basis = db_rows_number(rows, row, 6),
    };
    if (!read_steps(trade, condition, db_rows_slice(rows, row, 7), db_rows_slice(rows, row, 8), error))
        return false;
    trade_put_condition(trade, condition);
    return true;
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT c.product, c.account, c.currency, c.unit, c.valid_from, c.valid_to, c.price_basis, "
        "array_to_string(c.scale_from, ','), array_to_string(c.scale_price, ',') "
        "FROM unnest($1::text[], $2::text[]) AS k(product, account) "
        "JOIN condition_record c ON c.product = k.product AND c.account = k.account "
        "WHERE c.valid_from <= $4 AND (c.valid_to IS NULL OR c.valid_to >= $3)";
    if (strcmp(mismatch, "answer") != 0 && strcmp(mismatch, "reject") != 0)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "setting price.mismatch = \"%s\" is invalid: set \"answer\" or \"reject\"",
                         mismatch);
    struct trade *trade = batch->trade;
    struct index seen = index_in(batch->arena);
    struct db_column products = db_column(batch->arena, DB_TEXT), accounts = db_column(batch->arena, DB_TEXT);
    int32_t first = INT32_MAX, last = INT32_MIN;
    const struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++) {
        int32_t day = instant_date(order->ordered_at);
        for (size_t j = 0; j < order->line_count; j++) {
            const struct line *line = &order->lines[j];
            if (!line->known || !order_line_is_new(order, line))
                continue;
            ask(&seen, &products, &accounts, line->product, order->account_number);
            ask(&seen, &products, &accounts, line->product, (struct slice){ 0 });
            first = day < first ? day : first;
            last = day > last ? day : last;
        }
    }
    if (products.count == 0)
        return true;
    struct db_value values[] = { db_array(&products), db_array(&accounts), DB_VALUE_NUMBER(DB_DATE, first),
                                 DB_VALUE_NUMBER(DB_DATE, last) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 4, &rows, error))
        return error_within(error, "gathering prices");
    for (size_t row = 0; row < rows.count; row++)
        if (!read_condition(trade, &rows, row, error))
            return false;
    return true;
}

// A record that fits a line, with the step that its quantity reaches.
struct found {
    const struct condition *condition;
    const struct price_step *step;
    int64_t per; // base units in one unit of the record
};

static const struct price_step *step_of(const struct condition *condition, const struct line *line,
                                        int64_t per)
{
    const struct price_step *reached = NULL;
    for (size_t i = 0; i < condition->step_count; i++)
        if ((__int128)condition->steps[i].from * per <= (__int128)line->quantity * line->factor)
            reached = &condition->steps[i];
    return reached;
}

// The record for the ordered unit goes before others, then the youngest, then the first by the unit's name:
// so two records never depend on the order in which they were read.
static bool goes_before(const struct found *left, const struct found *right, const struct line *line)
{
    bool left_same = left->per == line->factor, right_same = right->per == line->factor;
    if (left_same != right_same)
        return left_same;
    if (left->condition->valid_from != right->condition->valid_from)
        return left->condition->valid_from > right->condition->valid_from;
    return slice_compare(left->condition->unit, right->condition->unit) < 0;
}

static struct found find(const struct trade *trade, const struct order *order, const struct line *line,
                         struct slice account)
{
    int32_t day = instant_date(order->ordered_at);
    struct found best = { 0 };
    for (const struct condition *condition = index_get(&trade->conditions, line->product, account); condition;
         condition = condition->next) {
        if (!slice_equal(condition->currency, order->currency) || condition->valid_from > day ||
            (condition->has_end && condition->valid_to < day))
            continue;
        struct found found = { .condition = condition, .per = validate_factor(line->known, condition->unit) };
        if (!found.per || !(found.step = step_of(condition, line, found.per)))
            continue;
        if (!best.condition || goes_before(&found, &best, line))
            best = found;
    }
    return best;
}

static bool differs(const struct line *line)
{
    if (!line->has_price)
        return false;
    // Both prices for the product of both bases; so nothing is divided.
    __int128 stated = (__int128)line->stated_price * line->price_basis,
             ours = (__int128)line->unit_price * line->stated_basis;
    __int128 difference = stated > ours ? stated - ours : ours - stated;
    return difference > ours / 1000 * tolerance_permille;
}

static void compare(const struct trade *trade, struct order *order, struct line *line)
{
    if (!differs(line))
        return;
    char stated[DECIMAL_TEXT_SIZE], stated_basis[DECIMAL_TEXT_SIZE], ours[DECIMAL_TEXT_SIZE],
        basis[DECIMAL_TEXT_SIZE];
    order_reason(order, trade->arena, "price_changed", line,
                 "line %.*s states a price of %s for %s %.*s, ours is %s for %s", SLICE_ARGS(line->number),
                 decimal_text(line->stated_price, MONEY_SCALE, stated),
                 decimal_text(line->stated_basis, QUANTITY_SCALE, stated_basis), SLICE_ARGS(line->unit),
                 decimal_text(line->unit_price, MONEY_SCALE, ours),
                 decimal_text(line->price_basis, QUANTITY_SCALE, basis));
    if (strcmp(mismatch, "reject") == 0)
        validate_line_failed(order, line);
    else
        line->changed = true;
}

static struct found find_any(const struct trade *trade, const struct order *order, const struct line *line)
{
    struct found own = find(trade, order, line, order->account_number);
    return own.condition ? own : find(trade, order, line, (struct slice){ 0 });
}

const struct condition *price_record(const struct trade *trade, const struct order *order,
                                     const struct line *line)
{
    return find_any(trade, order, line).condition;
}

// How far the account's own price lies below the list price, rounded down; what has no list price has no discount.
static int32_t discount_permille(const struct trade *trade, const struct order *order,
                                 const struct line *line, const struct found *own)
{
    int64_t price;
    if (slice_empty(own->condition->account))
        return 0;
    struct found list = find(trade, order, line, (struct slice){ 0 });
    if (!list.condition)
        return 0;
    struct money_rate rate = { list.step->price, list.condition->price_basis, list.per };
    if (!money_unit_price(line->factor, rate, &price) || price == 0)
        return 0;
    // Both prices for the product of both bases; so nothing is divided before the end.
    __int128 full = (__int128)price * own->condition->price_basis,
             paid = (__int128)line->unit_price * list.condition->price_basis,
             permille = (full - paid) * 1000 / full;
    return permille < INT32_MIN ? INT32_MIN : (int32_t)permille;
}

void price_line(const struct trade *trade, struct order *order, struct line *line)
{
    struct found found = find_any(trade, order, line);
    if (!found.condition) {
        char day[DATE_TEXT_SIZE];
        order_reason(order, trade->arena, "no_price", line,
                     "line %.*s: product %.*s has no price in %.*s on %s", SLICE_ARGS(line->number),
                     SLICE_ARGS(line->product), SLICE_ARGS(order->currency),
                     date_text(instant_date(order->ordered_at), day));
        validate_line_failed(order, line);
        return;
    }
    struct money_rate rate = { found.step->price, found.condition->price_basis, found.per };
    if (!money_amount(line->quantity, line->factor, rate, order->exponent, &line->amount) ||
        !money_unit_price(line->factor, rate, &line->unit_price) || line->amount > INT64_MAX / 100000) {
        line->amount = 0;
        order_reason(order, trade->arena, "amount_too_large", line,
                     "line %.*s costs more than can be written", SLICE_ARGS(line->number));
        validate_line_failed(order, line);
        return;
    }
    line->discount_permille = discount_permille(trade, order, line, &found);
    line->price_basis = rate.basis;
    line->priced = true;
    line->trace = price_trace_write(trade->arena, found.condition, found.step, line, rate, order->exponent,
                                    line->amount);
    compare(trade, order, line);
}

static void price_order(const struct trade *trade, struct order *order)
{
    int64_t total = 0;
    bool fits = true;
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        // A line that is wrong in itself is priced nevertheless, where it can be: the buyer learns all at
        // once.
        if (line->known && line->factor > 0 && line->quantity > 0 && order->exponent >= 0)
            price_line(trade, order, line);
        if (!line->priced)
            continue;
        if (line->rejected)
            line->amount = 0, line->trace = (struct slice){ 0 };
        else
            fits = fits && !__builtin_add_overflow(total, line->amount, &total);
    }
    order->total = total;
    order->priced = true;
    if (!fits || total > INT64_MAX / 100000) {
        order->total = 0;
        order_reject(order, trade->arena, "amount_too_large", "the order costs more than can be written");
    }
    validate_lines_left(order, trade->arena);
}

static void decide(struct batch *batch)
{
    struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        // In a wrong currency nothing has a price: that is said already.
        if (!order->settled && !order->priced && !order->cancelled &&
            (order->state == ORDER_NEW || order->change) && order->account &&
            slice_equal(order->currency, order->account->currency))
            price_order(trade, order);
    }
    trade->priced = true;
}

static const struct setting settings[] = {
    { "mismatch", SETTING_TEXT, "answer",
      "\"answer\": our price counts and is answered; \"reject\": the line fails", &mismatch },
    { "tolerance_permille", SETTING_INTEGER, "0", "by how much a stated price may differ from ours unnoticed",
      &tolerance_permille },
    { .name = NULL },
};

const struct stage price_stage = {
    .name = "price",
    .purpose = "finds each line's price and keeps a trace of it",
    .settings = settings,
    .gather = gather,
    .decide = decide,
};
