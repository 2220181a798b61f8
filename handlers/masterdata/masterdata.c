// SPDX-License-Identifier: Apache-2.0
// masterdata: what the ERP says. Accounts, products, prices and stock are stored as they come, the
// last of a key; a payment lowers its payer's exposure once. Orders of the same batch see the new facts of
// accounts and stock rows that are locked for it; whom else they concern, review wakes.
#include "handlers/credit/payment.h"
#include "handlers/masterdata/facts.h"
#include "handlers/money.h"
#include "handlers/stages.h"

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    batch->trade->facts = facts_read(batch);
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
    decide_accounts(batch, facts);
    decide_stock(batch, facts);
    for (size_t i = 0; i < facts->payment_count; i++)
        if (facts->payments[i].sound)
            payment_decide(batch, &facts->payments[i]);
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
