// SPDX-License-Identifier: Apache-2.0
// masterdata: what the ERP says. Accounts, products, prices and stock are stored as they come, the
// last of a key; a payment lowers its payer's exposure once. Orders of the same batch see the new facts of
// accounts and stock rows that are locked for it; whom else they concern, review wakes.
#include "handlers/facts.h"
#include "handlers/money.h"
#include "handlers/stages.h"

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT e.payer, e.source, e.amount FROM unnest($1::text[], $2::text[]) "
        "AS k(payer, source) JOIN exposure_entry e ON e.payer = k.payer AND e.source = k.source";
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    struct facts *facts = batch->trade->facts = facts_read(batch);
    struct db_column payers = db_column(batch->arena, DB_TEXT), sources = db_column(batch->arena, DB_TEXT);
    struct index seen = index_in(batch->arena);
    for (size_t i = 0; i < facts->payment_count; i++) {
        struct fact_payment *fact = &facts->payments[i];
        if (!fact->sound || !index_put(&seen, fact->payer, fact->source, fact))
            continue;
        db_column_add(&payers, fact->payer);
        db_column_add(&sources, fact->source);
    }
    if (payers.count == 0)
        return true;
    struct db_value values[] = { db_array(&payers), db_array(&sources) };
    struct db_rows rows;
    // The entries are looked up again by their key when they are written; two batches with the same payment
    // at the same time can only come from two topics, and the second one fails and is done again.
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for repeated payments");
    for (size_t row = 0; row < rows.count; row++) {
        struct fact_payment *fact =
            index_get(&seen, db_rows_slice(&rows, row, 0), db_rows_slice(&rows, row, 1));
        fact->booked = true;
        fact->booked_amount = db_rows_number(&rows, row, 2);
    }
    for (size_t i = 0; i < facts->payment_count; i++) {
        struct fact_payment *fact = &facts->payments[i];
        const struct fact_payment *found = fact->sound ? index_get(&seen, fact->payer, fact->source) : NULL;
        if (found) {
            fact->booked = found->booked;
            fact->booked_amount = found->booked_amount;
        }
    }
    return true;
}

static void park_account(struct batch *batch, struct fact_account *fact, const struct account *account)
{
    batch_park(batch, fact->item, "account %.*s cannot change from %.*s to %.*s while %.*s are outstanding",
               SLICE_ARGS(fact->key), SLICE_ARGS(account->currency), SLICE_ARGS(fact->currency),
               SLICE_ARGS(money_text(batch->arena, account->exposure + account->running, account->exponent,
                                     account->currency)));
    fact->sound = false;
}

static void decide_accounts(struct batch *batch, struct facts *facts)
{
    for (size_t i = 0; i < facts->account_count; i++) {
        struct fact_account *fact = &facts->accounts[i];
        struct account *account = trade_account(batch->trade, fact->key);
        if (!fact->sound)
            continue;
        if (account && !slice_equal(account->currency, fact->currency) &&
            account->exposure + account->running != 0) {
            park_account(batch, fact, account);
            continue;
        }
        batch_outcome(fact->item, OUTCOME_RECORDED, 0);
        if (!account || fact->superseded)
            continue;
        account->status = fact->status;
        account->currency = fact->currency;
        account->exponent = money_exponent(fact->currency);
        account->has_credit_limit = fact->has_credit_limit;
        account->credit_limit = fact->credit_limit;
        account->has_order_limit = fact->has_order_limit;
        account->order_limit = fact->order_limit;
        account->site = fact->site;
    }
}

// A payer that came in with this very batch is as good as one that was there.
static const struct fact_account *new_account(const struct facts *facts, struct slice number)
{
    for (size_t i = facts->account_count; i > 0; i--)
        if (facts->accounts[i - 1].sound && slice_equal(facts->accounts[i - 1].key, number))
            return &facts->accounts[i - 1];
    return NULL;
}

// The amount in the payer's minor unit, or the item is parked.
static bool payment_amount(struct batch *batch, const struct facts *facts, const struct fact_payment *fact,
                           struct slice *currency, int64_t *amount)
{
    const struct account *account = trade_account(batch->trade, fact->payer);
    const struct fact_account *fresh = account ? NULL : new_account(facts, fact->payer);
    char text[DECIMAL_TEXT_SIZE];
    *currency = account ? account->currency : fresh ? fresh->currency : (struct slice){ 0 };
    if (slice_empty(*currency))
        batch_park(batch, fact->item, "payment %.*s is of the unknown account %.*s", SLICE_ARGS(fact->number),
                   SLICE_ARGS(fact->payer));
    else if (!slice_equal(*currency, fact->currency))
        batch_park(batch, fact->item, "payment %.*s is in %.*s, account %.*s pays in %.*s",
                   SLICE_ARGS(fact->number), SLICE_ARGS(fact->currency), SLICE_ARGS(fact->payer),
                   SLICE_ARGS(*currency));
    else if (!money_minor(fact->decimal4, money_exponent(*currency), amount))
        batch_park(batch, fact->item, "the amount %s of payment %.*s is finer than the minor unit of %.*s",
                   decimal_text(fact->decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->number),
                   SLICE_ARGS(*currency));
    else
        return true;
    return false;
}

static void book_payment(struct batch *batch, struct fact_payment *fact, int64_t amount)
{
    struct account *account = trade_account(batch->trade, fact->payer);
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
    trade_add_entry(batch->trade, (struct ledger_entry){ .payer = fact->payer,
                                                         .source = fact->source,
                                                         .account = fact->payer,
                                                         .amount = -amount });
    if (account)
        account->running -= amount;
    fact->booked_amount = -amount;
}

// `seen` has the payments that were booked before, in this batch or another.
static void decide_payment(struct batch *batch, struct index *seen, const struct facts *facts,
                           struct fact_payment *fact)
{
    struct slice currency;
    int64_t amount;
    if (!payment_amount(batch, facts, fact, &currency, &amount)) {
        fact->sound = false;
        return;
    }
    struct fact_payment *first = index_get(seen, fact->payer, fact->source);
    if (!first) {
        first = fact;
        index_put(seen, fact->payer, fact->source, fact);
        if (!fact->booked) {
            book_payment(batch, fact, amount);
            return;
        }
    }
    fact->sound = false;
    if (first->booked_amount == -amount)
        batch_outcome(fact->item, OUTCOME_REPEATED, 0);
    else
        batch_park(
            batch, fact->item, "payment %.*s of account %.*s was booked before with another amount, %.*s",
            SLICE_ARGS(fact->number), SLICE_ARGS(fact->payer),
            SLICE_ARGS(money_text(batch->arena, -first->booked_amount, money_exponent(currency), currency)));
}

static void decide_stock(struct batch *batch, struct facts *facts)
{
    for (size_t i = 0; i < facts->stock_count; i++) {
        struct fact_stock *fact = &facts->stocks[i];
        if (!fact->sound)
            continue;
        batch_outcome(fact->item, OUTCOME_RECORDED, 0);
        struct stock *stock = trade_stock_at(batch->trade, fact->product, fact->site);
        if (stock && !fact->superseded && stock->counted_at <= fact->counted_at) {
            stock->on_hand = fact->on_hand;
            stock->counted_at = fact->counted_at;
        }
    }
}

static void decide(struct batch *batch)
{
    struct facts *facts = batch->trade->facts;
    struct index seen = index_in(batch->arena);
    decide_accounts(batch, facts);
    decide_stock(batch, facts);
    for (size_t i = 0; i < facts->payment_count; i++)
        if (facts->payments[i].sound)
            decide_payment(batch, &seen, facts, &facts->payments[i]);
    for (size_t i = 0; i < facts->product_count; i++)
        if (facts->products[i].sound)
            batch_outcome(facts->products[i].item, OUTCOME_RECORDED, 0);
    for (size_t i = 0; i < facts->price_count; i++)
        if (facts->prices[i].sound)
            batch_outcome(facts->prices[i].item, OUTCOME_RECORDED, 0);
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return facts_store(batch, db, error);
}

const struct stage masterdata_stage = {
    .name = "masterdata",
    .purpose = "stores what the ERP says about accounts, products, prices, stock and payments",
    .gather = gather,
    .decide = decide,
    .apply = apply,
};
