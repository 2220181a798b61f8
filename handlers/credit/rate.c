// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/rate.h"

#include "handlers/credit/credit_book.h"
#include "handlers/money.h"

static const int64_t one = INT64_C(1000000000000);

static __int128 power(int exponent)
{
    __int128 result = 1;
    while (exponent-- > 0)
        result *= 10;
    return result;
}

// Half away from zero; the divisor is positive.
static __int128 divided(__int128 number, __int128 divisor)
{
    __int128 half = divisor / 2;
    return number < 0 ? -((-number + half) / divisor) : (number + half) / divisor;
}

static bool fits(__int128 value, int64_t *rate)
{
    *rate = (int64_t)value;
    return value > 0 && value <= INT64_MAX;
}

// 4 decimals more than stated, moved by the difference of the minor units: from 4 decimals to none still fits exactly.
bool rate_minor(int64_t stated, int exponent_from, int exponent_to, int64_t *rate)
{
    int shift = 4 + exponent_to - exponent_from;
    return shift >= 0 && stated > 0 && fits(stated * power(shift), rate);
}

bool rate_minor_inverse(int64_t stated, int exponent_from, int exponent_to, int64_t *rate)
{
    int shift = 12 + RATE_SCALE + exponent_to - exponent_from;
    return stated > 0 && fits(divided(power(shift), stated), rate);
}

int64_t rate_convert(int64_t amount, int64_t rate)
{
    if (rate == 0)
        return amount;
    __int128 converted = divided((__int128)amount * rate, one);
    if (converted > INT64_MAX)
        return INT64_MAX;
    return converted < INT64_MIN ? INT64_MIN : (int64_t)converted;
}

bool rate_fits(int64_t amount, int64_t rate)
{
    static const int64_t most = INT64_C(100000000000000000);
    int64_t converted = rate_convert(amount, rate);
    return converted <= most && converted >= -most;
}

struct slice rate_text(struct arena *arena, int64_t rate, struct slice from, struct slice to)
{
    char text[DECIMAL_TEXT_SIZE];
    // A rate of minor units is one of units where both have as many decimals; else it is moved.
    __int128 units = (__int128)rate * power(money_exponent(from)) / power(money_exponent(to)) / 10000;
    return arena_printf(arena, "1 %.*s = %s %.*s", SLICE_ARGS(from),
                        decimal_text((int64_t)units, RATE_SCALE, text), SLICE_ARGS(to));
}

struct known_rate {
    struct slice from, to;
    int64_t valid_from, stated; // 0: asked for, and not known
};

static struct known_rate *place(struct credit_book *book, struct slice from, struct slice to)
{
    struct known_rate *known = index_get(&book->rates, from, to);
    if (known)
        return known;
    known = ARENA_NEW(book->rates.arena, struct known_rate);
    *known = (struct known_rate){ .from = from, .to = to, .valid_from = INT64_MIN };
    index_put(&book->rates, from, to, known);
    book->asked = arena_grow(book->rates.arena, book->asked, &book->asked_capacity, book->asked_count + 1,
                             sizeof *book->asked);
    book->asked[book->asked_count++] = known;
    return known;
}

void rate_ask(struct trade *trade, struct slice from, struct slice to)
{
    if (slice_empty(from) || slice_empty(to) || slice_equal(from, to))
        return;
    place(credit_book(trade), from, to);
    place(credit_book(trade), to, from);
}

void rate_put(struct trade *trade, struct slice from, struct slice to, int64_t valid_from, int64_t stated)
{
    struct known_rate *known = place(credit_book(trade), from, to);
    if (known->stated && known->valid_from > valid_from)
        return;
    known->valid_from = valid_from;
    known->stated = stated;
}

bool rate_load(struct trade *trade, struct db *db, int64_t now_us, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, r.rate, r.valid_from FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS "
        "k(currency_from, currency_to, n) CROSS JOIN LATERAL (SELECT x.rate, x.valid_from FROM exchange_rate "
        "x "
        "WHERE x.currency_from = k.currency_from AND x.currency_to = k.currency_to AND x.valid_from <= $3 "
        "ORDER BY x.valid_from DESC LIMIT 1) r";
    struct credit_book *book = credit_book(trade);
    struct db_column froms = db_column(trade->arena, DB_TEXT), tos = db_column(trade->arena, DB_TEXT);
    for (size_t i = book->loaded; i < book->asked_count; i++) {
        db_column_add(&froms, book->asked[i]->from);
        db_column_add(&tos, book->asked[i]->to);
    }
    if (froms.count == 0)
        return true;
    struct db_value values[] = { db_array(&froms), db_array(&tos), db_instant(now_us) };
    struct db_rows rows;
    if (!db_query(db, trade->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading exchange rates");
    for (size_t row = 0; row < rows.count; row++) {
        struct known_rate *known = book->asked[book->loaded + (size_t)db_rows_number(&rows, row, 0) - 1];
        known->stated = db_rows_number(&rows, row, 1);
        known->valid_from = db_rows_number(&rows, row, 2);
    }
    book->loaded = book->asked_count;
    return true;
}

bool rate_find(const struct trade *trade, struct slice from, struct slice to, int64_t *rate)
{
    *rate = 0;
    if (slice_equal(from, to))
        return true;
    if (!trade->credit)
        return false;
    int exponent_from = money_exponent(from), exponent_to = money_exponent(to);
    if (exponent_from < 0 || exponent_to < 0)
        return false;
    const struct known_rate *known = index_get(&trade->credit->rates, from, to);
    if (known && known->stated)
        return rate_minor(known->stated, exponent_from, exponent_to, rate);
    known = index_get(&trade->credit->rates, to, from);
    return known && known->stated && rate_minor_inverse(known->stated, exponent_from, exponent_to, rate);
}
