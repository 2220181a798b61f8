// SPDX-License-Identifier: Apache-2.0
// The rows of quotations: what was quoted before, and what is kept.
#include "handlers/money.h"
#include "handlers/price/quote.h"

#define QUOTE_COLUMNS                                                                                        \
    "q.account, q.id, q.request_number, q.test, q.status, q.requested_at, q.currency, q.total, "             \
    "q.valid_from, q.valid_until, q.channel, q.partner, q.reply_reference, q.content_hash, q.quoted_at"

static const char *status_of(struct slice text)
{
    static const char *const names[] = { "offered", "partly_offered", "refused" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(text, names[i]))
            return names[i];
    return "refused";
}

static struct quote *loaded(struct arena *arena, const struct db_rows *rows, size_t row, int column)
{
    struct quote *quote = ARENA_NEW(arena, struct quote);
    struct order *asked = quote->asked = ARENA_NEW(arena, struct order);
    asked->account_number = db_rows_slice(rows, row, column++);
    quote->id = db_rows_number(rows, row, column++);
    asked->order_number = db_rows_slice(rows, row, column++);
    asked->test = db_rows_number(rows, row, column++);
    quote->status = status_of(db_rows_slice(rows, row, column++));
    quote->requested_at = db_rows_number(rows, row, column++);
    asked->currency = db_rows_slice(rows, row, column++);
    asked->exponent = money_exponent(asked->currency);
    asked->total = db_rows_number(rows, row, column++);
    quote->valid_from = (int32_t)db_rows_number(rows, row, column++);
    quote->valid_until = (int32_t)db_rows_number(rows, row, column++);
    asked->channel = db_rows_slice(rows, row, column++);
    asked->partner = db_rows_slice(rows, row, column++);
    asked->reply_reference = db_rows_slice(rows, row, column++);
    asked->content_hash = db_rows_slice(rows, row, column++);
    quote->quoted_at = db_rows_number(rows, row, column);
    return quote;
}

// The twins' keys as parameters, with the place of each in the batch.
struct keys {
    struct db_column places, accounts, ids;
};

static struct keys keys_of(const struct quoting *quoting, struct arena *arena)
{
    struct keys keys = { db_column(arena, DB_BIGINT), db_column(arena, DB_TEXT),
                         db_column(arena, DB_BIGINT) };
    for (size_t i = 0; i < quoting->count; i++) {
        const struct quote *twin = quoting->quotes[i]->twin;
        if (!twin)
            continue;
        db_column_add_number(&keys.places, (int64_t)i);
        db_column_add(&keys.accounts, twin->asked->account_number);
        db_column_add_number(&keys.ids, twin->id);
    }
    return keys;
}

static bool load_lines(const struct quoting *quoting, struct arena *arena, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, l.line_number, l.offered, l.product, l.buyer_part, l.gtin, l.description, "
        "l.quantity, "
        "l.unit, l.unit_price, l.price_basis, l.amount, l.requested_date, "
        "count(*) OVER (PARTITION BY k.place) FROM unnest($1::bigint[], $2::text[], $3::bigint[]) "
        "AS k(place, account, id) JOIN quotation_line l ON l.account = k.account AND l.quotation_id = k.id "
        "ORDER BY k.place, l.position";
    struct keys keys = keys_of(quoting, arena);
    struct db_value values[] = { db_array(&keys.places), db_array(&keys.accounts), db_array(&keys.ids) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 3, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct order *asked = quoting->quotes[db_rows_number(&rows, row, 0)]->twin->asked;
        if (!asked->lines)
            asked->lines = ARENA_ARRAY(arena, (size_t)db_rows_number(&rows, row, 13), struct line);
        asked->lines[asked->line_count++] = (struct line){
            .number = db_rows_slice(&rows, row, 1),
            .rejected = !db_rows_number(&rows, row, 2),
            .product = db_rows_slice(&rows, row, 3),
            .buyer_part = db_rows_slice(&rows, row, 4),
            .gtin = db_rows_slice(&rows, row, 5),
            .description = db_rows_slice(&rows, row, 6),
            .quantity = db_rows_number(&rows, row, 7),
            .unit = db_rows_slice(&rows, row, 8),
            .unit_price = db_rows_number(&rows, row, 9),
            .price_basis = db_rows_number(&rows, row, 10),
            .amount = db_rows_number(&rows, row, 11),
            .has_date = !db_rows_null(&rows, row, 12),
            .requested_date = (int32_t)db_rows_number(&rows, row, 12),
        };
    }
    return true;
}

static bool load_reasons(const struct quoting *quoting, struct arena *arena, struct db *db,
                         struct error *error)
{
    static const char sql[] =
        "SELECT k.place, r.code, r.line_number, r.text FROM unnest($1::bigint[], $2::text[], $3::bigint[]) "
        "AS k(place, account, id) JOIN quotation_reason r ON r.account = k.account AND r.quotation_id = k.id "
        "ORDER BY k.place, r.position";
    struct keys keys = keys_of(quoting, arena);
    struct db_value values[] = { db_array(&keys.places), db_array(&keys.accounts), db_array(&keys.ids) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 3, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct order *asked = quoting->quotes[db_rows_number(&rows, row, 0)]->twin->asked;
        const struct line line = { .number = db_rows_slice(&rows, row, 2) };
        struct slice text = db_rows_slice(&rows, row, 3);
        order_reason(asked, arena, arena_string(arena, db_rows_slice(&rows, row, 1)), &line, "%.*s",
                     SLICE_ARGS(text));
    }
    return true;
}

bool quote_find_twins(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, " QUOTE_COLUMNS " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[]) "
        "AS k(place, account, number, test) "
        "JOIN quotation q ON q.account = k.account AND q.request_number = k.number AND q.test = k.test";
    const struct quoting *quoting = batch->trade->quoting;
    struct arena *arena = batch->arena;
    struct db_column places = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     numbers = db_column(arena, DB_TEXT), tests = db_column(arena, DB_BOOLEAN);
    for (size_t i = 0; i < quoting->count; i++) {
        const struct order *asked = quoting->quotes[i]->asked;
        db_column_add_number(&places, (int64_t)i);
        db_column_add(&accounts, asked->account_number);
        db_column_add(&numbers, asked->order_number);
        db_column_add_number(&tests, asked->test);
    }
    struct db_value values[] = { db_array(&places), db_array(&accounts), db_array(&numbers),
                                 db_array(&tests) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 4, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++)
        quoting->quotes[db_rows_number(&rows, row, 0)]->twin = loaded(arena, &rows, row, 1);
    return rows.count == 0 ||
           (load_lines(quoting, arena, db, error) && load_reasons(quoting, arena, db, error));
}

static void copy_date(struct db_copy *copy, bool present, int32_t date)
{
    if (present)
        db_copy_number(copy, DB_DATE, date);
    else
        db_copy_null(copy);
}

static void copy_quote(struct db_copy *copy, const struct quote *quote)
{
    const struct order *asked = quote->asked;
    db_copy_row(copy);
    db_copy_slice(copy, asked->account_number);
    db_copy_number(copy, DB_BIGINT, quote->id);
    db_copy_slice(copy, asked->order_number);
    db_copy_number(copy, DB_BOOLEAN, asked->test);
    db_copy_slice(copy, slice_of(quote->status));
    db_copy_slice(copy, asked->user_name);
    db_copy_number(copy, DB_INSTANT, quote->requested_at);
    copy_date(copy, asked->has_date, asked->requested_date);
    db_copy_slice(copy, asked->currency);
    db_copy_number(copy, DB_BIGINT, asked->total);
    db_copy_slice(copy, asked->ship_to);
    db_copy_slice(copy, asked->note);
    db_copy_number(copy, DB_DATE, quote->valid_from);
    db_copy_number(copy, DB_DATE, quote->valid_until);
    db_copy_slice(copy, asked->channel);
    db_copy_slice(copy, asked->partner);
    db_copy_slice(copy, asked->reply_reference);
    db_copy_slice(copy, asked->content_hash);
    db_copy_number(copy, DB_INSTANT, quote->quoted_at);
}

static void copy_lines(struct db_copy *copy, const struct quote *quote)
{
    const struct order *asked = quote->asked;
    for (size_t i = 0; i < asked->line_count; i++) {
        const struct line *line = &asked->lines[i];
        db_copy_row(copy);
        db_copy_slice(copy, asked->account_number);
        db_copy_number(copy, DB_BIGINT, quote->id);
        db_copy_number(copy, DB_INTEGER, line->position);
        db_copy_slice(copy, line->number);
        db_copy_number(copy, DB_BOOLEAN, !line->rejected);
        db_copy_slice(copy, line->product);
        db_copy_slice(copy, line->buyer_part);
        db_copy_slice(copy, line->gtin);
        db_copy_slice(copy, line->description);
        db_copy_number(copy, DB_BIGINT, line->quantity);
        db_copy_slice(copy, line->unit);
        db_copy_number(copy, DB_BIGINT, line->unit_price);
        db_copy_number(copy, DB_BIGINT, line->price_basis);
        db_copy_number(copy, DB_BIGINT, line->amount);
        db_copy_slice(copy, line->trace);
        copy_date(copy, line->has_date, line->requested_date);
    }
}

static void copy_reasons(struct db_copy *copy, const struct quote *quote)
{
    const struct order *asked = quote->asked;
    for (size_t i = 0; i < asked->reason_count; i++) {
        db_copy_row(copy);
        db_copy_slice(copy, asked->account_number);
        db_copy_number(copy, DB_BIGINT, quote->id);
        db_copy_number(copy, DB_INTEGER, (int64_t)i + 1);
        db_copy_slice(copy, slice_of(asked->reasons[i].code));
        db_copy_slice(copy, asked->reasons[i].line);
        db_copy_slice(copy, asked->reasons[i].text);
    }
}

bool quote_store(struct batch *batch, struct db *db, struct error *error)
{
    static const struct {
        const char *sql;
        int columns;
        void (*copy)(struct db_copy *, const struct quote *);
    } tables[] = {
        { "COPY quotation (account, id, request_number, test, status, user_name, requested_at, "
          "requested_date, "
          "currency, total, ship_to, note, valid_from, valid_until, channel, partner, reply_reference, "
          "content_hash, quoted_at) FROM STDIN (FORMAT binary)",
          19, copy_quote },
        { "COPY quotation_line (account, quotation_id, position, line_number, offered, product, buyer_part, "
          "gtin, description, quantity, unit, unit_price, price_basis, amount, trace, requested_date) "
          "FROM STDIN (FORMAT binary)",
          16, copy_lines },
        { "COPY quotation_reason (account, quotation_id, position, code, line_number, text) "
          "FROM STDIN (FORMAT binary)",
          6, copy_reasons },
    };
    const struct quoting *quoting = batch->trade->quoting;
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++) {
        struct db_copy copy = db_copy(batch->arena, tables[table].columns);
        for (size_t i = 0; i < quoting->count; i++)
            if (!quoting->quotes[i]->twin)
                tables[table].copy(&copy, quoting->quotes[i]);
        if (!db_copy_end(&copy, db, tables[table].sql, error))
            return error_within(error, "writing quotations");
    }
    return true;
}
