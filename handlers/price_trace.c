// SPDX-License-Identifier: Apache-2.0
#include "handlers/price_trace.h"

#include "base/clock.h"
#include "base/document.h"

struct slice price_trace_write(struct arena *arena, const struct condition *condition,
                               const struct price_step *step, const struct line *line, struct money_rate rate,
                               int exponent, int64_t amount)
{
    char from[DATE_TEXT_SIZE], least[DECIMAL_TEXT_SIZE], price[DECIMAL_TEXT_SIZE], basis[DECIMAL_TEXT_SIZE],
        factor[DECIMAL_TEXT_SIZE], per[DECIMAL_TEXT_SIZE], quantity[DECIMAL_TEXT_SIZE],
        total[DECIMAL_TEXT_SIZE];
    bool list = slice_empty(condition->account);
    return arena_printf(
        arena,
        "%s=%.*s%s%.*s/%.*s/%.*s/%s step=%s price=%s basis=%s factor=%s per=%s quantity=%s "
        "rounding=half-up/%d amount=%s",
        list ? "list" : "account", SLICE_ARGS(condition->account), list ? "" : "/",
        SLICE_ARGS(condition->product), SLICE_ARGS(condition->currency), SLICE_ARGS(condition->unit),
        date_text(condition->valid_from, from), decimal_text(step->from, QUANTITY_SCALE, least),
        decimal_text(rate.price, MONEY_SCALE, price), decimal_text(rate.basis, QUANTITY_SCALE, basis),
        decimal_text(line->factor, QUANTITY_SCALE, factor),
        decimal_text(rate.price_factor, QUANTITY_SCALE, per),
        decimal_text(line->quantity, QUANTITY_SCALE, quantity), exponent,
        decimal_text(amount, (uint8_t)exponent, total));
}

// The record's name may hold anything, blanks too; the numbers behind it do not, so they are read from the
// end.
static bool field(struct slice *trace, const char *name, struct slice *value)
{
    size_t size = strlen(name), end = trace->size, start = end;
    while (start > 0 && trace->data[start - 1] != ' ')
        start--;
    struct slice last = { trace->data + start, end - start };
    if (start == 0 || last.size <= size || memcmp(last.data, name, size) != 0 || last.data[size] != '=')
        return false;
    *value = (struct slice){ last.data + size + 1, last.size - size - 1 };
    trace->size = start - 1;
    return true;
}

static bool number(struct slice *trace, const char *name, uint8_t scale, int64_t least, int64_t *value)
{
    struct slice text;
    return field(trace, name, &text) && decimal_parse(text, '.', scale, value) && *value >= least;
}

bool price_trace_replay(struct slice trace, int64_t *amount, struct error *error)
{
    struct slice rest = trace, stated_text, rounding;
    struct money_rate rate;
    int64_t quantity, factor, exponent, stated, step;
    if (!field(&rest, "amount", &stated_text) || !field(&rest, "rounding", &rounding) ||
        !slice_starts(rounding, "half-up/") ||
        !slice_integer((struct slice){ rounding.data + 8, rounding.size - 8 }, &exponent) || exponent < 0 ||
        exponent > MONEY_SCALE || !decimal_parse(stated_text, '.', (uint8_t)exponent, &stated) ||
        !number(&rest, "quantity", QUANTITY_SCALE, 0, &quantity) ||
        !number(&rest, "per", QUANTITY_SCALE, 1, &rate.price_factor) ||
        !number(&rest, "factor", QUANTITY_SCALE, 1, &factor) ||
        !number(&rest, "basis", QUANTITY_SCALE, 1, &rate.basis) ||
        !number(&rest, "price", MONEY_SCALE, 0, &rate.price) ||
        !number(&rest, "step", QUANTITY_SCALE, 0, &step))
        return error_set(error, ERROR_INVALID, NULL, "'%.*s' is no price trace", SLICE_ARGS(trace));
    if (!money_amount(quantity, factor, rate, (int)exponent, amount))
        return error_set(error, ERROR_INVALID, NULL, "the amount of price trace '%.*s' does not fit",
                         SLICE_ARGS(trace));
    if (*amount != stated) {
        char text[DECIMAL_TEXT_SIZE];
        return error_set(error, ERROR_INVALID, NULL,
                         "price trace '%.*s' gives %s when it is calculated again", SLICE_ARGS(trace),
                         decimal_text(*amount, (uint8_t)exponent, text));
    }
    return true;
}
