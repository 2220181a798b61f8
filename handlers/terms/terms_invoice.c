// SPDX-License-Identifier: Apache-2.0
// What an invoice makes due. A date that the ERP states goes before all terms; else each order's share of the gross
// amount falls due by what was agreed with that order.
#include "base/clock.h"
#include "handlers/terms/terms_agreed.h"

bool terms_load_known(struct batch *batch, struct known_order **orders, size_t count, struct db *db,
                      struct error *error)
{
    static const char sql[] =
        "SELECT k.n, t.terms, t.level, t.rule, (SELECT max(s.shipped_at) FROM shipment s WHERE s.account = "
        "k.account "
        "AND s.order_id = k.id) FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
        "JOIN order_terms t ON t.account = k.account AND t.order_id = k.id";
    struct db_column accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < count; i++) {
        db_column_add(&accounts, orders[i]->account);
        db_column_add_number(&ids, orders[i]->id);
    }
    if (count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading the terms of billed orders");
    for (size_t row = 0; row < rows.count; row++) {
        struct known_order *order = orders[db_rows_number(&rows, row, 0) - 1];
        order->terms = ARENA_NEW(batch->arena, struct agreed_terms);
        if (!terms_parse(db_rows_slice(&rows, row, 3), &order->terms->terms) ||
            !terms_level_parse(db_rows_slice(&rows, row, 2), &order->terms->level))
            return error_set(error, ERROR_INTERNAL, NULL, "order_terms has terms that cannot be read: '%.*s'",
                             SLICE_ARGS(db_rows_slice(&rows, row, 3)));
        order->terms->terms.id = db_rows_slice(&rows, row, 1);
        order->has_left = !db_rows_null(&rows, row, 4);
        order->left_at = db_rows_number(&rows, row, 4);
    }
    return true;
}

// One order of the invoice, with what is billed of it.
struct share {
    const struct known_order *order;
    int64_t net;
};

static size_t shares_of(const struct fulfil_fact *fact, struct share *shares, int64_t *net)
{
    size_t count = 0;
    *net = 0;
    for (size_t i = 0; i < fact->line_count; i++) {
        size_t at = 0;
        while (at < count && shares[at].order != fact->lines[i].order)
            at++;
        if (at == count)
            shares[count++] = (struct share){ .order = fact->lines[i].order };
        shares[at].net += fact->lines[i].amount;
        *net += fact->lines[i].amount;
    }
    return count;
}

// Parts of one date are one. Beyond what a message can tell, the later ones fall due together, on the last date.
static void add_due(struct invoice_plan *plan, struct invoice_due due)
{
    for (size_t i = 0; i < plan->due_count; i++)
        if (plan->dues[i].date == due.date) {
            plan->dues[i].amount += due.amount;
            if (plan->dues[i].part != due.part)
                plan->dues[i].part = NULL;
            return;
        }
    if (plan->due_count < INVOICE_DUES_MAX) {
        size_t at = plan->due_count++;
        for (; at > 0 && plan->dues[at - 1].date > due.date; at--)
            plan->dues[at] = plan->dues[at - 1];
        plan->dues[at] = due;
        return;
    }
    struct invoice_due *last = &plan->dues[INVOICE_DUES_MAX - 1];
    *last = (struct invoice_due){ .date = last->date > due.date ? last->date : due.date,
                                  .amount = last->amount + due.amount };
}

static void plan_share(const struct fulfil_fact *fact, struct invoice_plan *plan,
                       const struct known_order *order, int64_t amount)
{
    int32_t issued = instant_date(fact->issued_at);
    if (!order->terms) {
        add_due(plan, (struct invoice_due){ .date = issued, .amount = amount });
        return;
    }
    struct due dues[TERMS_PARTS_MAX];
    struct due_events events = { .known = { true, true, true },
                                 .dates = { instant_date(order->ordered_at),
                                            order->has_left ? instant_date(order->left_at) : issued,
                                            issued } };
    terms_plan(&order->terms->terms, amount, &events, dues);
    if (!plan->terms)
        plan->terms = order->terms;
    for (size_t i = 0; i < order->terms->terms.part_count; i++)
        add_due(plan, (struct invoice_due){ dues[i].part, dues[i].date, dues[i].amount });
}

static bool has_terms(const struct share *shares, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shares[i].order->terms)
            return true;
    return false;
}

void terms_plan_invoice(struct batch *batch, struct fulfil_fact *fact)
{
    struct share *shares = ARENA_ARRAY(batch->arena, fact->line_count, struct share);
    int64_t net, left = fact->gross;
    size_t count = shares_of(fact, shares, &net);
    struct invoice_plan *plan = fact->plan = ARENA_NEW(batch->arena, struct invoice_plan);
    for (size_t i = 0; i < count && !plan->terms; i++)
        plan->terms = shares[i].order->terms;
    if (fact->has_due) {
        plan->dues[plan->due_count++] =
            (struct invoice_due){ .date = instant_date(fact->due_at), .amount = fact->gross };
        return;
    }
    if (!has_terms(shares, count))
        return;
    // Charges and tax are shared like the net amounts; the last order takes the rest.
    for (size_t i = 0; i < count; i++) {
        int64_t amount = i + 1 == count ? left
                         : net > 0      ? (int64_t)((__int128)fact->gross * shares[i].net / net)
                                        : 0;
        plan_share(fact, plan, shares[i].order, amount);
        left -= amount;
    }
    fact->has_due = true;
    fact->due_at = INT64_C(86400000000) * plan->dues[plan->due_count - 1].date;
}

bool terms_store_invoices(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY invoice_due (account, invoice, position, due_date, amount) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 5);
    for (size_t i = 0; i < all->fact_count; i++) {
        const struct fulfil_fact *fact = &all->facts[i];
        for (size_t j = 0; fact->fresh && fact->plan && j < fact->plan->due_count; j++) {
            db_copy_row(&copy);
            db_copy_slice(&copy, fact->account);
            db_copy_slice(&copy, fact->number);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_number(&copy, DB_DATE, fact->plan->dues[j].date);
            db_copy_number(&copy, DB_BIGINT, fact->plan->dues[j].amount);
        }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing what invoices make due");
}
