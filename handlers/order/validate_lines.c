// SPDX-License-Identifier: Apache-2.0
// The checks of an order's lines and of the sums that the buyer states.
#include "handlers/money.h"
#include "handlers/order/split.h"
#include "handlers/order/validate.h"

static bool is_piece(struct slice unit)
{
    return slice_is(unit, "PCE") || slice_is(unit, "EA") || slice_is(unit, "C62") || slice_is(unit, "H87");
}

static bool same_unit(struct slice left, struct slice right)
{
    return slice_equal(left, right) || (is_piece(left) && is_piece(right));
}

int64_t validate_factor(const struct product *product, struct slice unit)
{
    if (slice_empty(unit) || same_unit(unit, product->unit))
        return QUANTITY_ONE;
    for (size_t i = 0; i < product->unit_count; i++)
        if (same_unit(unit, product->units[i].unit))
            return product->units[i].factor;
    return 0;
}

void validate_resolve(const struct trade *trade, const struct order *order, struct line *line)
{
    if (line->known)
        return;
    const struct slice *part = index_get(&trade->parts, order->account_number, line->buyer_part);
    if (!slice_empty(line->seller_part))
        line->known = trade_product(trade, line->seller_part);
    else if (!slice_empty(line->buyer_part) && part)
        line->known = trade_product(trade, *part);
    else if (!slice_empty(line->gtin))
        line->known = trade_gtin(trade, line->gtin);
    if (line->known) {
        line->product = line->known->number;
        line->category = line->known->category;
    }
}

// All part numbers that a line gives must mean the same product. A number of the buyer's or a GTIN that we do
// not know contradicts nothing.
static bool parts_agree(const struct trade *trade, const struct order *order, const struct line *line)
{
    const struct slice *part = slice_empty(line->buyer_part)
                                   ? NULL
                                   : index_get(&trade->parts, order->account_number, line->buyer_part);
    if (part && !slice_equal(*part, line->product))
        return false;
    return slice_empty(line->gtin) || slice_empty(line->known->gtin) ||
           slice_equal(gtin_digits(line->gtin), gtin_digits(line->known->gtin));
}

// The numbers that the buyer gives, for a reason that he reads: what he left out would only be noise.
static struct slice numbers_given(const struct line *line, struct arena *arena)
{
    const struct {
        const char *name;
        struct slice number;
    } numbers[] = { { "seller's number", line->seller_part },
                    { "buyer's number", line->buyer_part },
                    { "GTIN", line->gtin } };
    struct slice given = { 0 };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!slice_empty(numbers[i].number))
            given = arena_printf(arena, "%.*s%s%s '%.*s'", SLICE_ARGS(given), slice_empty(given) ? "" : ", ",
                                 numbers[i].name, SLICE_ARGS(numbers[i].number));
    return given;
}

static bool check_product(const struct trade *trade, struct order *order, struct line *line)
{
    struct arena *arena = trade->arena;
    if (!line->known) {
        if (slice_empty(line->seller_part) && slice_empty(line->buyer_part) && slice_empty(line->gtin))
            order_reason(order, arena, "no_product", line, "line %.*s names no product",
                         SLICE_ARGS(line->number));
        else
            order_reason(order, arena, "unknown_product", line, "line %.*s: no product is known by %.*s",
                         SLICE_ARGS(line->number), SLICE_ARGS(numbers_given(line, arena)));
        return false;
    }
    bool sound = true;
    if (!parts_agree(trade, order, line)) {
        order_reason(
            order, arena, "part_mismatch", line,
            "line %.*s: seller's number '%.*s', buyer's number '%.*s' and GTIN '%.*s' are not the same "
            "product",
            SLICE_ARGS(line->number), SLICE_ARGS(line->seller_part), SLICE_ARGS(line->buyer_part),
            SLICE_ARGS(line->gtin));
        sound = false;
    }
    if (!line->known->active) {
        order_reason(order, arena, "discontinued_product", line, "line %.*s: product %.*s is no longer sold",
                     SLICE_ARGS(line->number), SLICE_ARGS(line->product));
        sound = false;
    }
    line->factor = validate_factor(line->known, line->unit);
    if (!line->factor) {
        order_reason(order, arena, "unknown_unit", line, "line %.*s: product %.*s is not sold by unit '%.*s'",
                     SLICE_ARGS(line->number), SLICE_ARGS(line->product), SLICE_ARGS(line->unit));
        sound = false;
    }
    if (slice_empty(line->unit))
        line->unit = line->known->unit;
    if (slice_empty(line->description))
        line->description = line->known->description;
    return sound;
}

static bool check_numbers(const struct trade *trade, struct order *order, struct line *line)
{
    struct arena *arena = trade->arena;
    char text[DECIMAL_TEXT_SIZE];
    bool sound = true;
    if (!line->has_quantity || line->quantity <= 0) {
        order_reason(order, arena, "invalid_quantity", line, "line %.*s: the quantity %s is not positive",
                     SLICE_ARGS(line->number), decimal_text(line->quantity, QUANTITY_SCALE, text));
        sound = false;
    } else if (line->factor && (!quantity_to_base(line->quantity, line->factor, &line->base_quantity) ||
                                line->base_quantity == 0)) {
        order_reason(order, arena, "invalid_quantity", line,
                     "line %.*s: the quantity %s %.*s is out of range", SLICE_ARGS(line->number),
                     decimal_text(line->quantity, QUANTITY_SCALE, text), SLICE_ARGS(line->unit));
        line->base_quantity = 0;
        sound = false;
    }
    if ((line->has_price && line->stated_price < 0) || line->stated_basis <= 0) {
        order_reason(order, arena, "invalid_price", line,
                     "line %.*s: the price %s is negative or for no quantity", SLICE_ARGS(line->number),
                     decimal_text(line->stated_price, MONEY_SCALE, text));
        line->has_price = false;
        sound = false;
    }
    return sound;
}

static bool check_charge(const struct trade *trade, struct order *order, struct line *line)
{
    const char *problem = split_problem(line);
    if (problem)
        order_reason(order, trade->arena, "invalid_split", line,
                     "line %.*s cannot be charged to its %zu cost centres: %s", SLICE_ARGS(line->number),
                     line->split_count, problem);
    return problem == NULL;
}

bool validate_line(const struct trade *trade, struct order *order, struct line *line)
{
    validate_resolve(trade, order, line);
    bool sound = check_product(trade, order, line);
    sound = check_numbers(trade, order, line) && sound;
    return check_charge(trade, order, line) && sound;
}

static bool number_is_new(struct index *numbers, const struct line *line)
{
    return index_put(numbers, line->number, (struct slice){ 0 }, numbers);
}

void validate_lines(const struct trade *trade, struct order *order)
{
    struct index numbers = index_in(trade->arena);
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        if (!number_is_new(&numbers, line))
            order_reject(order, trade->arena, "repeated_line", "line number '%.*s' stands twice in the order",
                         SLICE_ARGS(line->number));
        if (!order_line_is_new(order, line))
            continue;
        if (!validate_line(trade, order, line))
            validate_line_failed(order, line);
    }
    if (order->line_count == 0)
        order_reject(order, trade->arena, "no_lines", "the order has no lines");
    else
        validate_lines_left(order, trade->arena);
}

// What the buyer says a line costs, calculated where he gives a price but no amount.
static bool stated_amount(const struct order *order, const struct line *line, bool *calculated,
                          int64_t *amount)
{
    *calculated = !line->has_amount && line->act != LINE_KEPT;
    if (line->act == LINE_KEPT) {
        *amount = line->amount;
        return true;
    }
    if (line->has_amount)
        return money_minor_rounded(line->stated_amount, order->exponent, amount);
    struct money_rate rate = { line->stated_price, line->stated_basis, QUANTITY_ONE };
    return line->has_price && line->quantity > 0 && line->stated_basis > 0 &&
           money_amount(line->quantity, QUANTITY_ONE, rate, order->exponent, amount);
}

static void check_amount(const struct trade *trade, struct order *order, struct line *line)
{
    int64_t stated, expected;
    struct money_rate rate = { line->stated_price, line->stated_basis, QUANTITY_ONE };
    if (!line->has_amount || !line->has_price || line->quantity <= 0 || line->stated_basis <= 0 ||
        !money_minor_rounded(line->stated_amount, order->exponent, &stated) ||
        !money_amount(line->quantity, QUANTITY_ONE, rate, order->exponent, &expected))
        return;
    if (stated > expected + 1 || stated < expected - 1) {
        order_reason(order, trade->arena, "amount_mismatch", line,
                     "line %.*s states %.*s, but its quantity at its price is %.*s", SLICE_ARGS(line->number),
                     SLICE_ARGS(money_text(trade->arena, stated, order->exponent, order->currency)),
                     SLICE_ARGS(money_text(trade->arena, expected, order->exponent, order->currency)));
        validate_line_failed(order, line);
    }
}

void validate_sums(const struct trade *trade, struct order *order)
{
    if (order->exponent < 0)
        return;
    int64_t sum = 0, tolerance = 0;
    bool complete = order->line_count > 0;
    for (size_t i = 0; i < order->line_count; i++) {
        struct line *line = &order->lines[i];
        bool calculated;
        int64_t amount;
        check_amount(trade, order, line);
        if (!stated_amount(order, line, &calculated, &amount) || __builtin_add_overflow(sum, amount, &sum))
            complete = false;
        else
            tolerance += calculated; // one rounding each
        if (!complete)
            sum = 0;
    }
    tolerance = tolerance ? tolerance : 1;
    if (complete)
        order->total = sum;
    int64_t stated;
    if (!order->has_total || !money_minor_rounded(order->stated_total, order->exponent, &stated))
        return;
    order->total = stated;
    __int128 difference = (__int128)stated - sum;
    if (complete && (difference > tolerance || difference < -tolerance))
        order_reject(order, trade->arena, "total_mismatch",
                     "the order states a total of %.*s, but its lines add up to %.*s",
                     SLICE_ARGS(money_text(trade->arena, stated, order->exponent, order->currency)),
                     SLICE_ARGS(money_text(trade->arena, sum, order->exponent, order->currency)));
}
