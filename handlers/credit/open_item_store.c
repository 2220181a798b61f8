// SPDX-License-Identifier: Apache-2.0
// The rows of open items, cash and its allocations: new ones are copied in, others are changed by one statement.
#include "handlers/credit/open_item.h"

static bool insert_items(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY open_item (payer, invoice, instalment, account, currency, rate, amount, paid, "
        "disputed, reason, issued_at, due) FROM STDIN (FORMAT binary)";
    const struct credit_book *book = batch->trade->credit;
    struct db_copy copy = db_copy(batch->arena, 12);
    for (size_t i = 0; i < book->item_count; i++) {
        const struct open_item *item = book->item_list[i];
        if (item->stored)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, item->payer);
        db_copy_slice(&copy, item->invoice);
        db_copy_number(&copy, DB_INTEGER, item->instalment);
        db_copy_slice(&copy, item->account);
        db_copy_slice(&copy, item->currency);
        db_copy_number(&copy, DB_BIGINT, item->rate);
        db_copy_number(&copy, DB_BIGINT, item->amount);
        db_copy_number(&copy, DB_BIGINT, item->paid);
        db_copy_number(&copy, DB_BIGINT, item->disputed);
        db_copy_slice(&copy, item->reason);
        db_copy_number(&copy, DB_INSTANT, item->issued_at);
        db_copy_number(&copy, DB_DATE, item->due);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing open items");
}

static bool update_items(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE open_item i SET paid = k.paid, disputed = k.disputed, reason = k.reason FROM "
        "unnest($1::text[], "
        "$2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[]) AS k(payer, invoice, instalment, "
        "paid, "
        "disputed, reason) WHERE i.payer = k.payer AND i.invoice = k.invoice AND i.instalment = k.instalment";
    const struct credit_book *book = batch->trade->credit;
    struct arena *arena = batch->arena;
    struct db_column payers = db_column(arena, DB_TEXT), invoices = db_column(arena, DB_TEXT),
                     instalments = db_column(arena, DB_INTEGER), paid = db_column(arena, DB_BIGINT),
                     disputed = db_column(arena, DB_BIGINT), reasons = db_column(arena, DB_TEXT);
    for (size_t i = 0; i < book->item_count; i++) {
        const struct open_item *item = book->item_list[i];
        if (!item->stored || !item->changed)
            continue;
        db_column_add(&payers, item->payer);
        db_column_add(&invoices, item->invoice);
        db_column_add_number(&instalments, item->instalment);
        db_column_add_number(&paid, item->paid);
        db_column_add_number(&disputed, item->disputed);
        db_column_add(&reasons, item->reason);
    }
    struct db_value values[] = { db_array(&payers), db_array(&invoices), db_array(&instalments),
                                 db_array(&paid),   db_array(&disputed), db_array(&reasons) };
    return payers.count == 0 || db_query(db, arena, sql, values, 6, NULL, error) ||
           error_within(error, "changing open items");
}

static bool insert_cash(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY credit_cash (payer, source, currency, rate, amount, allocated) FROM STDIN (FORMAT binary)";
    const struct credit_book *book = batch->trade->credit;
    struct db_copy copy = db_copy(batch->arena, 6);
    for (size_t i = 0; i < book->cash_count; i++) {
        const struct cash *cash = book->cash_list[i];
        if (cash->stored)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, cash->payer);
        db_copy_slice(&copy, cash->source);
        db_copy_slice(&copy, cash->currency);
        db_copy_number(&copy, DB_BIGINT, cash->rate);
        db_copy_number(&copy, DB_BIGINT, cash->amount);
        db_copy_number(&copy, DB_BIGINT, cash->allocated);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing payments");
}

static bool update_cash(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE credit_cash c SET allocated = k.allocated FROM unnest($1::text[], $2::text[], $3::bigint[]) "
        "AS k(payer, source, allocated) WHERE c.payer = k.payer AND c.source = k.source";
    const struct credit_book *book = batch->trade->credit;
    struct arena *arena = batch->arena;
    struct db_column payers = db_column(arena, DB_TEXT), sources = db_column(arena, DB_TEXT),
                     allocated = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < book->cash_count; i++) {
        const struct cash *cash = book->cash_list[i];
        if (!cash->stored || !cash->changed)
            continue;
        db_column_add(&payers, cash->payer);
        db_column_add(&sources, cash->source);
        db_column_add_number(&allocated, cash->allocated);
    }
    struct db_value values[] = { db_array(&payers), db_array(&sources), db_array(&allocated) };
    return payers.count == 0 || db_query(db, arena, sql, values, 3, NULL, error) ||
           error_within(error, "allocating payments");
}

// The same payment may pay more of an invoice later.
static bool insert_allocations(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO cash_allocation (payer, source, invoice, instalment, amount) SELECT k.payer, k.source, "
        "k.invoice, k.instalment, sum(k.amount) FROM unnest($1::text[], $2::text[], $3::text[], "
        "$4::integer[], "
        "$5::bigint[]) AS k(payer, source, invoice, instalment, amount) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, "
        "3, 4 "
        "ON CONFLICT (payer, source, invoice, instalment) DO UPDATE SET amount = cash_allocation.amount + "
        "excluded.amount";
    const struct credit_book *book = batch->trade->credit;
    struct arena *arena = batch->arena;
    struct db_column payers = db_column(arena, DB_TEXT), sources = db_column(arena, DB_TEXT),
                     invoices = db_column(arena, DB_TEXT), instalments = db_column(arena, DB_INTEGER),
                     amounts = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < book->allocation_count; i++) {
        const struct cash_allocation *allocation = &book->allocations[i];
        if (allocation->stored)
            continue;
        db_column_add(&payers, allocation->cash->payer);
        db_column_add(&sources, allocation->cash->source);
        db_column_add(&invoices, allocation->invoice);
        db_column_add_number(&instalments, allocation->instalment);
        db_column_add_number(&amounts, allocation->amount);
    }
    struct db_value values[] = { db_array(&payers), db_array(&sources), db_array(&invoices),
                                 db_array(&instalments), db_array(&amounts) };
    return payers.count == 0 || db_query(db, arena, sql, values, 5, NULL, error) ||
           error_within(error, "writing what payments pay");
}

bool open_item_store(struct batch *batch, struct db *db, struct error *error)
{
    return !batch->trade->credit || (insert_items(batch, db, error) && update_items(batch, db, error) &&
                                     insert_cash(batch, db, error) && update_cash(batch, db, error) &&
                                     insert_allocations(batch, db, error));
}
