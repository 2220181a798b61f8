// SPDX-License-Identifier: Apache-2.0
// Lines that a change has replaced: all that was ordered and decided of them is written anew; what others keep
// with the line's row stays.
#include "handlers/order/answer.h"
#include "handlers/order/split.h"

struct replaced {
    struct db_column accounts, ids, positions, seller_parts, buyer_parts, gtins, descriptions, products,
        quantities, units, factors, base_quantities, dates, stated_prices, stated_bases, unit_prices,
        price_bases, amounts, traces, changed, rejected, cost_centres, splits, categories, discounts;
};

static void add_optional(struct db_column *column, bool present, int64_t value)
{
    if (present)
        db_column_add_number(column, value);
    else
        db_column_add_null(column);
}

static void add_line(struct replaced *to, const struct order *order, const struct line *line,
                     struct arena *arena)
{
    db_column_add(&to->accounts, order->account_number);
    db_column_add_number(&to->ids, order->id);
    db_column_add_number(&to->positions, line->position);
    db_column_add(&to->seller_parts, line->seller_part);
    db_column_add(&to->buyer_parts, line->buyer_part);
    db_column_add(&to->gtins, line->gtin);
    db_column_add(&to->descriptions, line->description);
    db_column_add(&to->products, line->product);
    db_column_add_number(&to->quantities, line->quantity);
    db_column_add(&to->units, line->unit);
    db_column_add_number(&to->factors, line->factor);
    db_column_add_number(&to->base_quantities, line->base_quantity);
    add_optional(&to->dates, line->has_date, line->requested_date);
    add_optional(&to->stated_prices, line->has_price, line->stated_price);
    db_column_add_number(&to->stated_bases, line->stated_basis);
    db_column_add_number(&to->unit_prices, line->unit_price);
    db_column_add_number(&to->price_bases, line->price_basis);
    db_column_add_number(&to->amounts, line->amount);
    db_column_add(&to->traces, line->trace);
    db_column_add_number(&to->changed, line->changed);
    db_column_add_number(&to->rejected, line->rejected);
    db_column_add(&to->cost_centres, line->cost_centre);
    db_column_add(&to->splits, split_text(line, arena));
    db_column_add(&to->categories, line->category);
    db_column_add_number(&to->discounts, line->discount_permille);
}

static struct replaced replaced_lines(const struct batch *batch)
{
    struct arena *arena = batch->arena;
    struct replaced to = {
        .accounts = db_column(arena, DB_TEXT),
        .ids = db_column(arena, DB_BIGINT),
        .positions = db_column(arena, DB_INTEGER),
        .seller_parts = db_column(arena, DB_TEXT),
        .buyer_parts = db_column(arena, DB_TEXT),
        .gtins = db_column(arena, DB_TEXT),
        .descriptions = db_column(arena, DB_TEXT),
        .products = db_column(arena, DB_TEXT),
        .quantities = db_column(arena, DB_BIGINT),
        .units = db_column(arena, DB_TEXT),
        .factors = db_column(arena, DB_BIGINT),
        .base_quantities = db_column(arena, DB_BIGINT),
        .dates = db_column(arena, DB_DATE),
        .stated_prices = db_column(arena, DB_BIGINT),
        .stated_bases = db_column(arena, DB_BIGINT),
        .unit_prices = db_column(arena, DB_BIGINT),
        .price_bases = db_column(arena, DB_BIGINT),
        .amounts = db_column(arena, DB_BIGINT),
        .traces = db_column(arena, DB_TEXT),
        .changed = db_column(arena, DB_BOOLEAN),
        .rejected = db_column(arena, DB_BOOLEAN),
        .cost_centres = db_column(arena, DB_TEXT),
        .splits = db_column(arena, DB_TEXT),
        .categories = db_column(arena, DB_TEXT),
        .discounts = db_column(arena, DB_INTEGER),
    };
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (size_t j = 0; order->event && order->change && j < order->line_count; j++)
            if (order->lines[j].act == LINE_CHANGED)
                add_line(&to, order, &order->lines[j], arena);
    }
    return to;
}

bool answer_replace_lines(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE order_line l SET seller_part = k.seller_part, buyer_part = k.buyer_part, gtin = k.gtin, "
        "description = k.description, product = k.product, quantity = k.quantity, unit = k.unit, "
        "factor = k.factor, base_quantity = k.base_quantity, requested_date = k.requested_date, "
        "stated_price = k.stated_price, stated_basis = k.stated_basis, unit_price = k.unit_price, "
        "price_basis = k.price_basis, amount = k.amount, trace = k.trace, changed = k.changed, "
        "rejected = k.rejected, cost_centre = k.cost_centre, splits = k.splits, category = k.category, "
        "discount_permille = k.discount FROM "
        "unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], "
        "$6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[], "
        "$13::date[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], "
        "$19::text[], "
        "$20::boolean[], $21::boolean[], $22::text[], $23::text[], $24::text[], $25::integer[]) AS "
        "k(account, id, position, "
        "seller_part, buyer_part, gtin, "
        "description, product, quantity, unit, factor, base_quantity, requested_date, stated_price, "
        "stated_basis, unit_price, price_basis, amount, trace, changed, rejected, cost_centre, splits, "
        "category, discount) "
        "WHERE l.account = k.account AND l.order_id = k.id AND l.position = k.position";
    struct replaced to = replaced_lines(batch);
    if (to.ids.count == 0)
        return true;
    struct db_value values[] = {
        db_array(&to.accounts),     db_array(&to.ids),           db_array(&to.positions),
        db_array(&to.seller_parts), db_array(&to.buyer_parts),   db_array(&to.gtins),
        db_array(&to.descriptions), db_array(&to.products),      db_array(&to.quantities),
        db_array(&to.units),        db_array(&to.factors),       db_array(&to.base_quantities),
        db_array(&to.dates),        db_array(&to.stated_prices), db_array(&to.stated_bases),
        db_array(&to.unit_prices),  db_array(&to.price_bases),   db_array(&to.amounts),
        db_array(&to.traces),       db_array(&to.changed),       db_array(&to.rejected),
        db_array(&to.cost_centres), db_array(&to.splits),        db_array(&to.categories),
        db_array(&to.discounts),
    };
    return db_query(db, batch->arena, sql, values, sizeof values / sizeof *values, NULL, error) ||
           error_within(error, "replacing order lines");
}
