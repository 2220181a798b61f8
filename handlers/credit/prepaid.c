// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/prepaid.h"

#include "handlers/credit/rate.h"
#include "handlers/terms/terms_agreed.h"

struct prepaid *prepaid_of(const struct trade *trade, struct slice payer)
{
    return trade->credit ? index_get(&trade->credit->prepaid, payer, (struct slice){ 0 }) : NULL;
}

// What the batch has in memory of a payer's cash.
static int64_t cash_in_memory(const struct trade *trade, struct slice payer)
{
    int64_t sum = 0;
    for (size_t i = 0; i < trade->credit->cash_count; i++) {
        const struct cash *cash = trade->credit->cash_list[i];
        if (slice_equal(cash->payer, payer))
            sum += rate_convert(cash->amount, cash->rate) - rate_convert(cash->allocated, cash->rate);
    }
    return sum;
}

int64_t prepaid_cash(const struct trade *trade, struct slice payer)
{
    const struct prepaid *prepaid = prepaid_of(trade, payer);
    return prepaid ? prepaid->cash + cash_in_memory(trade, payer) : 0;
}

int64_t prepaid_taken(const struct trade *trade, struct slice payer)
{
    const struct prepaid *prepaid = prepaid_of(trade, payer);
    return prepaid ? prepaid->taken + prepaid->running : 0;
}

void prepaid_book(const struct trade *trade, const struct order *order, int64_t amount)
{
    struct prepaid *prepaid = order->prepaid ? prepaid_of(trade, order->payer->number) : NULL;
    if (prepaid)
        prepaid->running += amount;
}

bool prepaid_lock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT p.account, p.cash, p.taken FROM unnest($1::text[]) AS k(account) "
        "CROSS JOIN LATERAL (SELECT * FROM prepaid_cash p WHERE p.account = k.account) p";
    struct trade *trade = batch->trade;
    struct slice none = { 0 };
    struct index seen = index_in(batch->arena);
    struct db_column payers = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        const struct account *account = trade_account(trade, order->account_number);
        struct slice payer =
            slice_empty(order->payer_number) && account ? account->payer : order->payer_number;
        if (!order->settled && !slice_empty(payer) && terms_may_be_prepaid(trade, order) &&
            index_put(&seen, payer, none, trade))
            db_column_add(&payers, payer);
    }
    if (payers.count == 0)
        return true;
    struct db_value values[] = { db_array(&payers) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 1, &rows, error))
        return error_within(error, "reading the cash of those who prepay");
    for (size_t row = 0; row < rows.count; row++) {
        struct prepaid *prepaid = ARENA_NEW(batch->arena, struct prepaid);
        struct slice payer = db_rows_slice(&rows, row, 0);
        index_put(&credit_book(trade)->prepaid, payer, none, prepaid);
        prepaid->cash = db_rows_number(&rows, row, 1) - cash_in_memory(trade, payer);
        prepaid->taken = db_rows_number(&rows, row, 2);
    }
    return true;
}
