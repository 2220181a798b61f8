// SPDX-License-Identifier: Apache-2.0
// fulfil: what the ERP does after the order. Its shard records shipments and invoices as facts; the account's own
// shard then takes them into its order: reservations are closed, stock goes down, and what will not follow is
// free again. The sums of the ledger are explained in docs/decisions.md.
#include "handlers/fulfil/fulfil.h"

#include "handlers/stages.h"

static bool is(const struct item *item, const char *type)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, type) == 0;
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    struct fulfilment *all = batch->trade->fulfilment = ARENA_NEW(batch->arena, struct fulfilment);
    all->change_index = index_in(batch->arena);
    all->facts = ARENA_ARRAY(batch->arena, batch->item_count, struct fulfil_fact);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        bool invoice = is(item, "Invoice");
        if (!invoice && !is(item, "Shipment"))
            continue;
        struct fulfil_fact *fact = &all->facts[all->fact_count++];
        fact->item = item;
        fact->invoice = invoice;
        fact->sound = fulfil_read(batch, fact);
    }
    return true;
}

// The accounts are locked: credit's turn was before this.
static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    struct fulfilment *all = trade->fulfilment;
    all->notices = ARENA_ARRAY(batch->arena, trade->order_count, struct notice);
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (!is(order->item, "FulfilmentNotice"))
            continue;
        struct notice *notice = &all->notices[all->notice_count++];
        notice->order = order;
        notice->number = document_text(order->item->document, "number");
        notice->invoice = slice_is(document_text(order->item->document, "kind"), "invoice");
        if (!notice_load(batch, notice, db, error))
            return false;
    }
    return all->fact_count == 0 || fulfil_facts_lock(batch, db, error);
}

static void decide(struct batch *batch)
{
    struct fulfilment *all = batch->trade->fulfilment;
    if (!all)
        return;
    fulfil_facts_decide(batch);
    for (size_t i = 0; i < all->notice_count; i++)
        notice_take(batch, &all->notices[i]);
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return fulfil_facts_store(batch, db, error) && notices_store(batch, db, error);
}

const struct stage fulfil_stage = {
    .name = "fulfil",
    .purpose = "records shipments and invoices, and takes them into their orders",
    .gather = gather,
    .lock = lock,
    .decide = decide,
    .apply = apply,
};
