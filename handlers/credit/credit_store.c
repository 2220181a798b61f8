// SPDX-License-Identifier: Apache-2.0
// Credit terms and exchange rates into their tables, one statement a table, by the order of their keys.
#include "handlers/credit/credit_facts.h"
#include "handlers/credit/open_item.h"

static void add_optional(struct db_column *column, bool has, int64_t value)
{
    if (has)
        db_column_add_number(column, value);
    else
        db_column_add_null(column);
}

static void add_terms(struct db_column columns[], const struct credit_terms *terms)
{
    int column = 0;
    db_column_add(&columns[column++], terms->account);
    db_column_add(&columns[column++], terms->parent);
    add_optional(&columns[column++], terms->has_temporary, terms->temporary_limit);
    add_optional(&columns[column++], terms->temporary_from != INT64_MIN, terms->temporary_from);
    add_optional(&columns[column++], terms->temporary_until != INT64_MAX, terms->temporary_until);
    add_optional(&columns[column++], terms->has_horizon, terms->horizon_days);
    db_column_add_number(&columns[column++], terms->tolerance);
    add_optional(&columns[column++], terms->has_share, terms->share);
    add_optional(&columns[column++], terms->has_document, terms->document_max);
    add_optional(&columns[column++], terms->has_overdue, terms->overdue_max);
    db_column_add_number(&columns[column++], terms->overdue_days);
    add_optional(&columns[column++], terms->has_oldest, terms->oldest_days);
    add_optional(&columns[column++], terms->has_review, terms->review_at);
    db_column_add_number(&columns[column++], terms->priority);
    for (int check = 0; check < CREDIT_CHECK_COUNT; check++)
        db_column_add(&columns[column++], slice_of(credit_reaction_name(terms->reactions[check])));
}

#define TERMS                                                                                                \
    "account, parent, temporary_limit, temporary_from, temporary_until, horizon_days, tolerance, "           \
    "share_warning, document_max, overdue_max, overdue_days, oldest_days, review_at, priority, on_over, "    \
    "on_limit, on_share, on_document, on_overdue, on_oldest, on_review"

static bool store_terms(struct batch *batch, struct db *db, struct error *error)
{
    static const char forget[] = "DELETE FROM credit_terms WHERE account = ANY($1)";
    static const char insert[] =
        "INSERT INTO credit_terms (" TERMS ") SELECT " TERMS
        " FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], "
        "$6::integer[], "
        "$7::integer[], $8::integer[], $9::bigint[], $10::bigint[], $11::integer[], $12::integer[], "
        "$13::timestamptz[], $14::integer[], $15::text[], $16::text[], $17::text[], $18::text[], "
        "$19::text[], "
        "$20::text[], $21::text[]) AS k(" TERMS ") ORDER BY account";
    static const char children[] =
        "UPDATE account a SET credit_parent = k.parent, has_credit_terms = true "
        "FROM unnest($1::text[], $2::text[]) AS k(account, parent) WHERE a.account = k.account";
    static const char parents[] =
        "UPDATE account SET is_credit_parent = true WHERE account = ANY($1) AND NOT is_credit_parent";
    static const enum db_type types[] = { DB_TEXT,    DB_TEXT,    DB_BIGINT,  DB_INSTANT, DB_INSTANT,
                                          DB_INTEGER, DB_INTEGER, DB_INTEGER, DB_BIGINT,  DB_BIGINT,
                                          DB_INTEGER, DB_INTEGER, DB_INSTANT, DB_INTEGER, DB_TEXT,
                                          DB_TEXT,    DB_TEXT,    DB_TEXT,    DB_TEXT,    DB_TEXT,
                                          DB_TEXT };
    enum { COLUMNS = sizeof types / sizeof *types };
    const struct credit_book *book = batch->trade->credit;
    struct db_column columns[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, types[i]);
    for (size_t i = 0; i < book->terms_count; i++)
        if (book->terms[i].sound && !book->terms[i].superseded)
            add_terms(columns, &book->terms[i].terms);
    struct db_value values[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    return columns[0].count == 0 ||
           (db_query(db, batch->arena, forget, values, 1, NULL, error) &&
            db_query(db, batch->arena, insert, values, COLUMNS, NULL, error) &&
            db_query(db, batch->arena, children, values, 2, NULL, error) &&
            db_query(db, batch->arena, parents, &values[1], 1, NULL, error)) ||
           error_within(error, "storing credit terms");
}

static bool store_rates(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO exchange_rate (currency_from, currency_to, valid_from, rate) SELECT k.* FROM "
        "unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) AS k(currency_from, currency_to, "
        "valid_from, rate) ORDER BY 1, 2, 3 "
        "ON CONFLICT (currency_from, currency_to, valid_from) DO UPDATE SET rate = excluded.rate";
    const struct credit_book *book = batch->trade->credit;
    struct db_column froms = db_column(batch->arena, DB_TEXT), tos = db_column(batch->arena, DB_TEXT),
                     instants = db_column(batch->arena, DB_INSTANT),
                     rates = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < book->rate_count; i++) {
        const struct fact_rate *fact = &book->rate_facts[i];
        if (!fact->sound || fact->superseded)
            continue;
        db_column_add(&froms, fact->from);
        db_column_add(&tos, fact->to);
        db_column_add_number(&instants, fact->valid_from);
        db_column_add_number(&rates, fact->rate);
    }
    struct db_value values[] = { db_array(&froms), db_array(&tos), db_array(&instants), db_array(&rates) };
    return froms.count == 0 || db_query(db, batch->arena, sql, values, 4, NULL, error) ||
           error_within(error, "storing exchange rates");
}

bool credit_store(struct batch *batch, struct db *db, struct error *error)
{
    return !batch->trade->credit || (store_terms(batch, db, error) && store_rates(batch, db, error) &&
                                     open_item_store(batch, db, error));
}
