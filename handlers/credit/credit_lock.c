// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/credit_lock.h"

#include "base/clock.h"
#include "handlers/approval/circuit.h"
#include "handlers/company/company.h"
#include "handlers/credit/credit_facts.h"
#include "handlers/credit/prepaid.h"
#include "handlers/credit/rate.h"
#include "handlers/fulfil/fulfil.h"
#include "handlers/masterdata/facts.h"

bool credit_cash_pays_oldest = true;

// --- Terms

static bool load_terms(struct trade *trade, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT " CREDIT_TERMS_COLUMNS " FROM unnest($1::text[]) AS k(account) "
                              "JOIN credit_terms t ON t.account = k.account";
    struct db_column accounts = db_column(trade->arena, DB_TEXT);
    struct index seen = index_in(trade->arena);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        struct account *payer = order->settled ? NULL : trade_account(trade, order->payer_number);
        struct account *parent = payer ? trade_account(trade, payer->credit_parent) : NULL;
        struct account *each[] = { payer, parent,
                                   order->settled ? NULL : trade_account(trade, order->account_number) };
        for (int j = 0; j < 3; j++)
            if (each[j] && (each[j]->has_credit_terms || each[j]->is_credit_parent) &&
                index_put(&seen, each[j]->number, (struct slice){ 0 }, each[j])) {
                credit_standing_make(trade, each[j]);
                db_column_add(&accounts, each[j]->number);
            }
    }
    struct db_value values[] = { db_array(&accounts) };
    struct db_rows rows;
    if (accounts.count == 0)
        return true;
    if (!db_query(db, trade->arena, sql, values, 1, &rows, error))
        return error_within(error, "reading credit terms");
    for (size_t row = 0; row < rows.count; row++) {
        struct credit_standing *known = credit_standing_of(trade, db_rows_slice(&rows, row, 0));
        if (!credit_terms_row(&rows, row, &known->terms, error))
            return false;
    }
    return true;
}

// --- Groups

static struct credit_group *group(struct trade *trade, struct slice parent)
{
    struct credit_book *book = credit_book(trade);
    struct credit_group *found = index_get(&book->groups, parent, (struct slice){ 0 });
    if (found)
        return found;
    found = ARENA_NEW(trade->arena, struct credit_group);
    *found = (struct credit_group){ .parent = parent, .account = trade_account(trade, parent) };
    if (found->account)
        found->standing = credit_standing_make(trade, found->account);
    index_put(&book->groups, parent, (struct slice){ 0 }, found);
    book->group_list = arena_grow(trade->arena, book->group_list, &book->group_capacity,
                                  book->group_count + 1, sizeof *book->group_list);
    book->group_list[book->group_count++] = found;
    return found;
}

// A payer belongs to his parent's group; one that is a parent, to his own.
static void join_group(struct trade *trade, struct account *payer)
{
    struct credit_standing *known = credit_standing_of(trade, payer->number);
    struct slice parent = known ? known->terms.parent : (struct slice){ 0 };
    if (!known || known->group || (slice_empty(parent) && !payer->is_credit_parent))
        return;
    struct credit_group *joined = group(trade, slice_empty(parent) ? payer->number : parent);
    known->group = joined;
    if (slice_empty(parent))
        return;
    joined->in_batch = arena_grow(trade->arena, joined->in_batch, &joined->in_batch_capacity,
                                  joined->in_batch_count + 1, sizeof *joined->in_batch);
    joined->in_batch[joined->in_batch_count++] = known;
}

static bool load_groups(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    static const char sql[] =
        "SELECT a.credit_parent, a.currency, sum(a.exposure)::bigint "
        "FROM unnest($1::text[]) AS k(parent) JOIN account a ON a.credit_parent = k.parent "
        "GROUP BY 1, 2 ORDER BY 1, 2";
    struct credit_book *book = credit_book(trade);
    struct db_column parents = db_column(trade->arena, DB_TEXT);
    for (size_t i = 0; i < trade->order_count; i++) {
        struct account *payer =
            trade->orders[i]->settled ? NULL : trade_account(trade, trade->orders[i]->payer_number);
        if (payer)
            join_group(trade, payer);
    }
    for (size_t i = 0; i < book->group_count; i++)
        db_column_add(&parents, book->group_list[i]->parent);
    if (parents.count == 0)
        return true;
    struct db_value values[] = { db_array(&parents) };
    struct db_rows rows;
    if (!db_query(db, trade->arena, sql, values, 1, &rows, error))
        return error_within(error, "summing the exposure of corporate groups");
    for (size_t row = 0; row < rows.count; row++) {
        const struct credit_group *found =
            index_get(&book->groups, db_rows_slice(&rows, row, 0), (struct slice){ 0 });
        if (found->account)
            rate_ask(trade, db_rows_slice(&rows, row, 1), found->account->currency);
    }
    if (!rate_load(trade, db, batch->now_us, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct credit_group *found =
            index_get(&book->groups, db_rows_slice(&rows, row, 0), (struct slice){ 0 });
        struct slice currency = db_rows_slice(&rows, row, 1);
        int64_t rate, sum = db_rows_number(&rows, row, 2);
        if (found->account && rate_find(trade, currency, found->account->currency, &rate))
            found->members += rate_convert(sum, rate);
        else if (sum != 0)
            found->missing_rate = currency;
    }
    return true;
}

// --- Horizon and age

// Standings in the order of the orders, with a flag whether the whole group counts.
struct asked {
    struct credit_standing **standings;
    bool *groups;
    size_t count;
};

static void ask_about(struct asked *asked, struct credit_standing *known, bool whole)
{
    if (!known || known->loaded)
        return;
    known->loaded = true;
    asked->standings[asked->count] = known;
    asked->groups[asked->count++] = whole;
}

static struct asked ask(struct trade *trade)
{
    struct asked asked = {
        .standings = ARENA_ARRAY(trade->arena, 2 * trade->order_count + 1, struct credit_standing *),
        .groups = ARENA_ARRAY(trade->arena, 2 * trade->order_count + 1, bool),
    };
    for (size_t i = 0; i < trade->order_count; i++) {
        struct credit_standing *known =
            trade->orders[i]->settled ? NULL : credit_standing_of(trade, trade->orders[i]->payer_number);
        if (!known)
            continue;
        if (known->group)
            ask_about(&asked, known->group->standing, true);
        ask_about(&asked, known, false);
    }
    return asked;
}

#define MEMBERS                                                                                              \
    "m AS (SELECT k.*, a.account AS payer, a.currency FROM k JOIN account a ON a.account = k.account "       \
    "UNION ALL SELECT k.*, a.account, a.currency FROM k JOIN account a ON a.credit_parent = k.account "      \
    "WHERE k.whole) "

// An amount of a member in the currency of the account that is asked about; without a rate it counts as it stands,
// which the group's missing rate refuses anyway.
static int64_t in_currency_of(const struct trade *trade, const struct account *account, struct slice currency,
                              int64_t amount)
{
    int64_t rate;
    return rate_find(trade, currency, account->currency, &rate) ? rate_convert(amount, rate) : amount;
}

static bool load_later(struct batch *batch, const struct asked *asked, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    static const char sql[] =
        "WITH k AS (SELECT * FROM unnest($1::text[], $2::boolean[], $3::date[]) AS k(account, whole, "
        "horizon)), " MEMBERS
        "SELECT m.account, m.currency, sum(comptoir_convert(x.amount, o.credit_rate))::bigint FROM m "
        "JOIN sales_order o ON o.payer = m.payer AND o.latest_date > m.horizon AND o.state <= 2 AND o.booked "
        "<> 0 "
        "CROSS JOIN LATERAL (SELECT sum(p.ordered_amount)::bigint AS amount FROM order_progress p "
        "JOIN order_line l ON l.account = p.account AND l.order_id = p.order_id AND l.position = p.position "
        "WHERE p.account = o.account AND p.order_id = o.id AND NOT p.rejected "
        "AND COALESCE(l.requested_date, o.requested_date) > m.horizon) AS x WHERE x.amount > 0 "
        "GROUP BY 1, 2 ORDER BY 1, 2";
    struct db_column accounts = db_column(trade->arena, DB_TEXT), whole = db_column(trade->arena, DB_BOOLEAN),
                     horizons = db_column(trade->arena, DB_DATE);
    for (size_t i = 0; i < asked->count; i++) {
        struct credit_standing *known = asked->standings[i];
        if (!known->terms.has_horizon)
            continue;
        known->horizon = instant_date(batch->now_us) + known->terms.horizon_days;
        db_column_add(&accounts, known->account->number);
        db_column_add_number(&whole, asked->groups[i]);
        db_column_add_number(&horizons, known->horizon);
    }
    struct db_value values[] = { db_array(&accounts), db_array(&whole), db_array(&horizons) };
    struct db_rows rows;
    if (accounts.count == 0)
        return true;
    if (!db_query(db, trade->arena, sql, values, 3, &rows, error))
        return error_within(error, "summing what is to be delivered later");
    for (size_t row = 0; row < rows.count; row++) {
        struct credit_standing *known = credit_standing_of(trade, db_rows_slice(&rows, row, 0));
        known->later += in_currency_of(trade, known->account, db_rows_slice(&rows, row, 1),
                                       db_rows_number(&rows, row, 2));
    }
    return true;
}

static bool load_ages(struct batch *batch, const struct asked *asked, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    static const char sql[] =
        "WITH k AS (SELECT * FROM unnest($1::text[], $2::boolean[], $3::integer[], $6::integer[]) AS "
        "k(account, "
        "whole, days, oldest)), " MEMBERS
        ", i AS (SELECT m.account, m.days, m.oldest, m.payer, m.currency, i.invoice, i.due, v.open, "
        "sum(v.open) OVER (PARTITION BY m.account, m.payer ORDER BY i.due, i.invoice, i.instalment) AS up_to "
        "FROM m JOIN open_item i ON i.payer = m.payer AND i.paid < i.amount AND i.due < $4 CROSS JOIN "
        "LATERAL "
        "(SELECT comptoir_convert(i.amount, i.rate) - comptoir_convert(i.paid, i.rate) "
        "- comptoir_convert(least(i.disputed, i.amount - i.paid), i.rate) AS open) AS v WHERE v.open > 0), "
        "c AS (SELECT d.payer, CASE WHEN $5 THEN greatest(0, sum(comptoir_convert(d.amount, d.rate) "
        "- comptoir_convert(d.allocated, d.rate))) ELSE 0 END AS cash FROM credit_cash d "
        "WHERE d.payer IN (SELECT payer FROM m) AND d.allocated <> d.amount GROUP BY d.payer) "
        "SELECT i.account, i.currency, COALESCE(sum(least(i.open, i.up_to - COALESCE(c.cash, 0))) FILTER "
        "(WHERE i.due < $4 - i.days), 0)::bigint, min(i.due), "
        "(array_agg(i.invoice ORDER BY i.due, i.invoice))[1], COALESCE(sum(least(i.open, i.up_to - "
        "COALESCE(c.cash, 0))) FILTER (WHERE i.due < $4 - i.oldest), 0)::bigint "
        "FROM i LEFT JOIN c ON c.payer = i.payer WHERE i.up_to > COALESCE(c.cash, 0) "
        "GROUP BY 1, 2 ORDER BY 1, 4, 2";
    struct db_column accounts = db_column(trade->arena, DB_TEXT), whole = db_column(trade->arena, DB_BOOLEAN),
                     days = db_column(trade->arena, DB_INTEGER), oldest = db_column(trade->arena, DB_INTEGER);
    for (size_t i = 0; i < asked->count; i++) {
        const struct credit_standing *known = asked->standings[i];
        if (!known->terms.has_overdue && !known->terms.has_oldest)
            continue;
        db_column_add(&accounts, known->account->number);
        db_column_add_number(&whole, asked->groups[i]);
        db_column_add_number(&days, known->terms.overdue_days);
        if (known->terms.has_oldest)
            db_column_add_number(&oldest, known->terms.oldest_days);
        else
            db_column_add_null(&oldest);
    }
    struct db_value values[] = { db_array(&accounts),
                                 db_array(&whole),
                                 db_array(&days),
                                 DB_VALUE_NUMBER(DB_DATE, instant_date(batch->now_us)),
                                 db_boolean(credit_cash_pays_oldest),
                                 db_array(&oldest) };
    struct db_rows rows;
    if (accounts.count == 0)
        return true;
    if (!db_query(db, trade->arena, sql, values, 6, &rows, error))
        return error_within(error, "looking for overdue items");
    for (size_t row = 0; row < rows.count; row++) {
        struct credit_standing *known = credit_standing_of(trade, db_rows_slice(&rows, row, 0));
        known->overdue += in_currency_of(trade, known->account, db_rows_slice(&rows, row, 1),
                                         db_rows_number(&rows, row, 2));
        known->too_old += in_currency_of(trade, known->account, db_rows_slice(&rows, row, 1),
                                         db_rows_number(&rows, row, 5));
        // The oldest comes first.
        if (slice_empty(known->oldest_item)) {
            known->oldest_days = instant_date(batch->now_us) - (int32_t)db_rows_number(&rows, row, 3);
            known->oldest_item = db_rows_slice(&rows, row, 4);
        }
    }
    return true;
}

// --- All together

// Rates into the currencies in which the companies' circuits state amounts.
static void ask_circuits(struct trade *trade, const struct order *order)
{
    const struct company *company = trade_company(trade, order->account_number);
    for (size_t i = 0; company && i < company->circuit_count; i++)
        rate_ask(trade, order->currency, company->circuits[i]->currency);
}

// Rates of what the ERP says.
static void ask_facts(struct trade *trade)
{
    const struct facts *facts = trade->facts;
    const struct credit_book *book = trade->credit;
    for (size_t i = 0; facts && i < facts->payment_count; i++) {
        const struct account *payer = trade_account(trade, facts->payments[i].payer);
        if (payer)
            rate_ask(trade, facts->payments[i].currency, payer->currency);
    }
    for (size_t i = 0; book && i < book->note_count; i++) {
        const struct account *payer = trade_account(trade, book->notes[i].payer);
        if (payer)
            rate_ask(trade, book->notes[i].currency, payer->currency);
    }
    for (size_t i = 0; trade->fulfilment && i < trade->fulfilment->fact_count; i++) {
        const struct fulfil_fact *fact = &trade->fulfilment->facts[i];
        const struct account *payer = trade_account(trade, fact->payer);
        if (fact->invoice && payer)
            rate_ask(trade, fact->currency, payer->currency);
    }
}

bool credit_lock_standings(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    if (!load_terms(trade, db, error))
        return false;
    credit_facts_overlay(batch);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct account *payer =
            trade->orders[i]->settled ? NULL : trade_account(trade, trade->orders[i]->payer_number);
        if (payer)
            rate_ask(trade, trade->orders[i]->currency, payer->currency);
        if (!trade->orders[i]->settled)
            ask_circuits(trade, trade->orders[i]);
    }
    ask_facts(trade);
    if (!load_groups(batch, db, error) || !rate_load(trade, db, batch->now_us, error) ||
        !prepaid_lock(batch, db, error))
        return false;
    if (!trade->credit)
        return true;
    struct asked asked = ask(trade);
    return load_later(batch, &asked, db, error) && load_ages(batch, &asked, db, error);
}
