// SPDX-License-Identifier: Apache-2.0
// The facts of a batch, and which of them a later one of the same key supersedes.
#include "handlers/masterdata/masterdata_read.h"

enum fact_kind { FACT_ACCOUNT, FACT_PRODUCT, FACT_PRICE, FACT_STOCK, FACT_PAYMENT, FACT_KIND_COUNT };

static enum fact_kind kind_of(const struct item *item)
{
    static const char *const types[FACT_KIND_COUNT] = { "Account", "Product", "Price", "StockLevel",
                                                        "Payment" };
    int kind = 0;
    while (kind < FACT_KIND_COUNT && (!item->document || strcmp(item->type, types[kind]) != 0))
        kind++;
    return (enum fact_kind)kind;
}

bool facts_is_one(const struct item *item)
{
    return kind_of(item) != FACT_KIND_COUNT;
}

// A later fact of the same key takes the earlier one's place. Facts are read in order, so the earlier one is
// in the index already; the index keeps a place for the key that points to the last one.
struct last {
    bool *superseded;
};

static void supersede(struct batch *batch, struct index *seen, struct slice first, struct slice second,
                      bool *superseded)
{
    struct last *last = index_get(seen, first, second);
    if (last) {
        *last->superseded = true;
    } else {
        last = ARENA_NEW(batch->arena, struct last);
        index_put(seen, first, second, last);
    }
    last->superseded = superseded;
}

static void read_one(struct batch *batch, struct facts *facts, struct index seen[], struct item *item,
                     enum fact_kind kind)
{
    struct slice none = { 0 };
    switch (kind) {
    case FACT_ACCOUNT: {
        struct fact_account *fact = &facts->accounts[facts->account_count++];
        fact->item = item;
        if ((fact->sound = masterdata_read_account(batch, fact)))
            supersede(batch, &seen[kind], fact->key, none, &fact->superseded);
        break;
    }
    case FACT_PRODUCT: {
        struct fact_product *fact = &facts->products[facts->product_count++];
        fact->item = item;
        if ((fact->sound = masterdata_read_product(batch, fact)))
            supersede(batch, &seen[kind], fact->key, none, &fact->superseded);
        break;
    }
    case FACT_PRICE: {
        struct fact_price *fact = &facts->prices[facts->price_count++];
        fact->item = item;
        if ((fact->sound = masterdata_read_price(batch, fact)))
            supersede(batch, &seen[kind], fact->product,
                      arena_printf(batch->arena, "%.*s\n%.*s\n%.*s\n%d", SLICE_ARGS(fact->account),
                                   SLICE_ARGS(fact->currency), SLICE_ARGS(fact->unit), (int)fact->valid_from),
                      &fact->superseded);
        break;
    }
    case FACT_STOCK: {
        struct fact_stock *fact = &facts->stocks[facts->stock_count++];
        fact->item = item;
        fact->sound = masterdata_read_stock(batch, fact);
        break;
    }
    case FACT_PAYMENT: {
        struct fact_payment *fact = &facts->payments[facts->payment_count++];
        fact->item = item;
        fact->sound = masterdata_read_payment(batch, fact);
        break;
    }
    case FACT_KIND_COUNT:
        break;
    }
}

// Of two counts of the same stock the younger one counts, whichever came last.
static void supersede_stock(struct batch *batch, struct facts *facts)
{
    struct index seen = index_in(batch->arena);
    for (size_t i = 0; i < facts->stock_count; i++) {
        struct fact_stock *fact = &facts->stocks[i];
        if (!fact->sound)
            continue;
        struct fact_stock **last = index_get(&seen, fact->product, fact->site);
        if (!last) {
            last = ARENA_NEW(batch->arena, struct fact_stock *);
            index_put(&seen, fact->product, fact->site, last);
            *last = fact;
        } else if (fact->counted_at < (*last)->counted_at) {
            fact->superseded = true;
        } else {
            (*last)->superseded = true;
            *last = fact;
        }
    }
}

const struct fact_account *facts_account(const struct facts *facts, struct slice number)
{
    for (size_t i = facts->account_count; i > 0; i--)
        if (facts->accounts[i - 1].sound && slice_equal(facts->accounts[i - 1].key, number))
            return &facts->accounts[i - 1];
    return NULL;
}

struct facts *facts_read(struct batch *batch)
{
    struct facts *facts = ARENA_NEW(batch->arena, struct facts);
    size_t counts[FACT_KIND_COUNT + 1] = { 0 };
    for (size_t i = 0; i < batch->item_count; i++)
        counts[kind_of(&batch->items[i])]++;
    facts->accounts = ARENA_ARRAY(batch->arena, counts[FACT_ACCOUNT], struct fact_account);
    facts->products = ARENA_ARRAY(batch->arena, counts[FACT_PRODUCT], struct fact_product);
    facts->prices = ARENA_ARRAY(batch->arena, counts[FACT_PRICE], struct fact_price);
    facts->stocks = ARENA_ARRAY(batch->arena, counts[FACT_STOCK], struct fact_stock);
    facts->payments = ARENA_ARRAY(batch->arena, counts[FACT_PAYMENT], struct fact_payment);
    struct index seen[FACT_KIND_COUNT];
    for (int kind = 0; kind < FACT_KIND_COUNT; kind++)
        seen[kind] = index_in(batch->arena);
    for (size_t i = 0; i < batch->item_count; i++)
        if (batch->items[i].outcome == OUTCOME_NONE)
            read_one(batch, facts, seen, &batch->items[i], kind_of(&batch->items[i]));
    supersede_stock(batch, facts);
    return facts;
}

struct slice facts_currency(const struct trade *trade, struct slice account)
{
    const struct account *stored = trade_account(trade, account);
    const struct fact_account *fresh = facts_account(trade->facts, account);
    return stored ? stored->currency : fresh ? fresh->currency : (struct slice){ 0 };
}
