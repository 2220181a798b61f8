// SPDX-License-Identifier: Apache-2.0
// The rows of shipments and invoices, copied in by the shard that records them.
#include "handlers/fulfil/fulfil.h"
#include "handlers/terms/terms_agreed.h"

static bool fresh(const struct fulfil_fact *fact, bool invoice)
{
    return fact->fresh && fact->invoice == invoice;
}

static bool store_shipments(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY shipment (account, shipment, order_id, site, shipped_at, carrier, tracking, "
        "content_hash, recorded_at) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 9);
    for (size_t i = 0; i < all->fact_count; i++) {
        const struct fulfil_fact *fact = &all->facts[i];
        if (!fresh(fact, false))
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, fact->account);
        db_copy_slice(&copy, fact->number);
        db_copy_number(&copy, DB_BIGINT, fact->lines[0].order->id);
        db_copy_slice(&copy, fact->site);
        db_copy_number(&copy, DB_INSTANT, fact->shipped_at);
        db_copy_slice(&copy, fact->carrier);
        db_copy_slice(&copy, fact->tracking);
        db_copy_slice(&copy, fact->hash);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing shipments");
}

static bool store_shipment_lines(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "COPY shipment_line (account, shipment, number, order_id, position, product, "
                              "quantity, base_quantity, final) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 9);
    for (size_t i = 0; i < all->fact_count; i++)
        for (size_t j = 0; fresh(&all->facts[i], false) && j < all->facts[i].line_count; j++) {
            const struct fulfil_line *line = &all->facts[i].lines[j];
            db_copy_row(&copy);
            db_copy_slice(&copy, all->facts[i].account);
            db_copy_slice(&copy, all->facts[i].number);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_number(&copy, DB_BIGINT, line->order->id);
            db_copy_number(&copy, DB_INTEGER, line->known->position);
            db_copy_slice(&copy, line->known->product);
            db_copy_number(&copy, DB_BIGINT, line->quantity);
            db_copy_number(&copy, DB_BIGINT, line->base);
            db_copy_number(&copy, DB_BOOLEAN, line->final);
        }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing lines of shipments");
}

static bool store_invoices(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY invoice (account, invoice, payer, currency, issued_at, due_at, net, tax, gross, "
        "content_hash, recorded_at) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 11);
    for (size_t i = 0; i < all->fact_count; i++) {
        const struct fulfil_fact *fact = &all->facts[i];
        if (!fresh(fact, true))
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, fact->account);
        db_copy_slice(&copy, fact->number);
        db_copy_slice(&copy, fact->payer);
        db_copy_slice(&copy, fact->currency);
        db_copy_number(&copy, DB_INSTANT, fact->issued_at);
        if (fact->has_due)
            db_copy_number(&copy, DB_INSTANT, fact->due_at);
        else
            db_copy_null(&copy);
        db_copy_number(&copy, DB_BIGINT, fact->net);
        db_copy_number(&copy, DB_BIGINT, fact->tax);
        db_copy_number(&copy, DB_BIGINT, fact->gross);
        db_copy_slice(&copy, fact->hash);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing invoices");
}

static bool store_invoice_lines(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY invoice_line (account, invoice, number, order_id, position, quantity, amount, "
        "taken) FROM STDIN (FORMAT binary)";
    const struct fulfilment *all = batch->trade->fulfilment;
    struct db_copy copy = db_copy(batch->arena, 8);
    for (size_t i = 0; i < all->fact_count; i++)
        for (size_t j = 0; fresh(&all->facts[i], true) && j < all->facts[i].line_count; j++) {
            const struct fulfil_line *line = &all->facts[i].lines[j];
            db_copy_row(&copy);
            db_copy_slice(&copy, all->facts[i].account);
            db_copy_slice(&copy, all->facts[i].number);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_number(&copy, DB_BIGINT, line->order->id);
            db_copy_number(&copy, DB_INTEGER, line->known->position);
            db_copy_number(&copy, DB_BIGINT, line->quantity);
            db_copy_number(&copy, DB_BIGINT, line->amount);
            db_copy_number(&copy, DB_BIGINT, line->taken);
        }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing lines of invoices");
}

bool fulfil_facts_store(struct batch *batch, struct db *db, struct error *error)
{
    return store_shipments(batch, db, error) && store_shipment_lines(batch, db, error) &&
           store_invoices(batch, db, error) && store_invoice_lines(batch, db, error) &&
           terms_store_invoices(batch, db, error);
}
