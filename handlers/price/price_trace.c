// SPDX-License-Identifier: Apache-2.0
#include "handlers/price/price_trace.h"

#include "base/clock.h"
#include "base/document.h"

// A trace is written for every line of every order, so its numbers are not sent through printf.
struct writer {
    char *at;
};

static void put(struct writer *writer, struct slice text)
{
    if (text.size)
        memcpy(writer->at, text.data, text.size);
    writer->at += text.size;
}

static void put_digits(struct writer *writer, uint64_t value, int least)
{
    char digits[20];
    int count = 0;
    for (; value || count < least; value /= 10)
        digits[count++] = (char)('0' + value % 10);
    while (count > 0)
        *writer->at++ = digits[--count];
}

// As decimal_text writes it: without needless zeros behind the point.
static void put_decimal(struct writer *writer, struct slice name, int64_t value, int scale)
{
    uint64_t unit = 1, magnitude = (uint64_t)value; // no number of a price is negative
    put(writer, name);
    for (; scale > 0 && magnitude % 10 == 0; scale--)
        magnitude /= 10;
    for (int i = 0; i < scale; i++)
        unit *= 10;
    put_digits(writer, magnitude / unit, 1);
    if (scale == 0)
        return;
    *writer->at++ = '.';
    put_digits(writer, magnitude % unit, scale);
}

struct slice price_trace_write(struct arena *arena, const struct condition *condition,
                               const struct price_step *step, const struct line *line, struct money_rate rate,
                               int exponent, int64_t amount)
{
    enum { NUMBERS = 8 * 40 + 64 }; // eight numbers with their names, the date, the rounding
    char date[DATE_TEXT_SIZE];
    char *start = arena_take(arena, condition->account.size + condition->product.size +
                                        condition->currency.size + condition->unit.size + NUMBERS);
    struct writer writer = { start };
    if (slice_empty(condition->account)) {
        put(&writer, SLICE("list="));
    } else {
        put(&writer, SLICE("account="));
        put(&writer, condition->account);
        put(&writer, SLICE("/"));
    }
    const struct slice names[] = { condition->product, condition->currency, condition->unit,
                                   slice_of(date_text(condition->valid_from, date)) };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put(&writer, i ? SLICE("/") : (struct slice){ 0 });
        put(&writer, names[i]);
    }
    put_decimal(&writer, SLICE(" step="), step->from, QUANTITY_SCALE);
    put_decimal(&writer, SLICE(" price="), rate.price, MONEY_SCALE);
    put_decimal(&writer, SLICE(" basis="), rate.basis, QUANTITY_SCALE);
    put_decimal(&writer, SLICE(" factor="), line->factor, QUANTITY_SCALE);
    put_decimal(&writer, SLICE(" per="), rate.price_factor, QUANTITY_SCALE);
    put_decimal(&writer, SLICE(" quantity="), line->quantity, QUANTITY_SCALE);
    put_decimal(&writer, SLICE(" rounding=half-up/"), exponent, 0);
    put_decimal(&writer, SLICE(" amount="), amount, exponent);
    return (struct slice){ start, (size_t)(writer.at - start) };
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
