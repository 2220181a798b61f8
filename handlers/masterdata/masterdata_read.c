// SPDX-License-Identifier: Apache-2.0
// Documents of the ERP into facts. A document that makes no sense is parked with a sentence that quotes the
// value; nothing of it is stored.
#include "handlers/masterdata/masterdata_read.h"

#include "base/clock.h"
#include "base/text.h"
#include "handlers/fact_reader.h"
#include "handlers/money.h"

static bool read_parts(struct reader *reader, struct fact_account *fact)
{
    const struct document *list = document_get(reader->document, "parts");
    fact->parts = ARENA_ARRAY(reader->batch->arena, 2 * (list ? (size_t)list->count : 0), struct slice);
    struct index seen = index_in(reader->batch->arena);
    for (const struct document *part = document_items(reader->document, "parts"); part; part = part->next) {
        struct slice buyer_part = document_text(part, "buyer_part"), product = document_text(part, "product");
        if (!reader_fits(reader, "buyer_part", buyer_part) || !reader_fits(reader, "product", product))
            return false;
        if (slice_empty(buyer_part) || slice_empty(product))
            return reader_park(reader, "a part number of account %.*s is empty: buyer's '%.*s', ours '%.*s'",
                               SLICE_ARGS(fact->key), SLICE_ARGS(buyer_part), SLICE_ARGS(product));
        if (!index_put(&seen, buyer_part, (struct slice){ 0 }, fact))
            return reader_park(reader, "part number '%.*s' of account %.*s stands there twice",
                               SLICE_ARGS(buyer_part), SLICE_ARGS(fact->key));
        fact->parts[2 * fact->part_count] = buyer_part;
        fact->parts[2 * fact->part_count++ + 1] = product;
    }
    return true;
}

static bool account(struct reader *reader, struct fact_account *fact)
{
    struct slice status = document_text(reader->document, "status");
    if (!reader_required(reader, "account", &fact->key) ||
        !reader_currency(reader, "currency", &fact->currency))
        return false;
    if (!account_status_parse(status, &fact->status))
        return reader_park(reader, "account %.*s has the unknown status '%.*s'", SLICE_ARGS(fact->key),
                           SLICE_ARGS(status));
    fact->name = document_text(reader->document, "name");
    if (!reader_optional(reader, "payer", &fact->payer))
        return false;
    if (slice_empty(fact->payer))
        fact->payer = fact->key;
    fact->approver = document_text(reader->document, "approver");
    fact->site = document_text(reader->document, "site");
    fact->gln = document_text(reader->document, "gln");
    fact->sales_rep = document_text(reader->document, "sales_rep");
    return reader_limit_minor(reader, "credit_limit", fact->currency, &fact->has_credit_limit,
                              &fact->credit_limit) &&
           reader_limit_minor(reader, "order_limit", fact->currency, &fact->has_order_limit,
                              &fact->order_limit) &&
           read_parts(reader, fact);
}

static bool product(struct reader *reader, struct fact_product *fact)
{
    struct slice status = document_text(reader->document, "status");
    if (!reader_required(reader, "product", &fact->key) || !reader_required(reader, "unit", &fact->unit) ||
        !reader_unit(reader, fact->unit))
        return false;
    if (!slice_is(status, "active") && !slice_is(status, "discontinued"))
        return reader_park(reader, "product %.*s has the unknown status '%.*s'", SLICE_ARGS(fact->key),
                           SLICE_ARGS(status));
    fact->description = document_text(reader->document, "description");
    if (!reader_optional(reader, "gtin", &fact->gtin) ||
        !reader_optional(reader, "category", &fact->category))
        return false;
    fact->active = slice_is(status, "active");
    struct text units = text_in(reader->batch->arena), factors = text_in(reader->batch->arena);
    struct index seen = index_in(reader->batch->arena);
    index_put(&seen, fact->unit, (struct slice){ 0 }, fact);
    for (const struct document *further = document_items(reader->document, "units"); further;
         further = further->next) {
        struct slice name = document_text(further, "unit");
        int64_t factor;
        if (!reader_unit(reader, name))
            return false;
        if (!document_decimal(further, "factor", QUANTITY_SCALE, &factor) || factor <= 0)
            return reader_park(reader, "unit '%.*s' of product %.*s has no positive factor", SLICE_ARGS(name),
                               SLICE_ARGS(fact->key));
        if (!index_put(&seen, name, (struct slice){ 0 }, fact))
            return reader_park(reader, "unit '%.*s' of product %.*s stands there twice", SLICE_ARGS(name),
                               SLICE_ARGS(fact->key));
        text_printf(&units, "%s%.*s", units.size ? "," : "", SLICE_ARGS(name));
        text_printf(&factors, "%s%lld", factors.size ? "," : "", (long long)factor);
    }
    fact->units = text_slice(&units);
    fact->factors = text_slice(&factors);
    return true;
}

static bool read_scales(struct reader *reader, struct fact_price *fact)
{
    struct text from = text_in(reader->batch->arena), prices = text_in(reader->batch->arena);
    int64_t before = -1;
    for (const struct document *step = document_items(reader->document, "scales"); step; step = step->next) {
        char text[DECIMAL_TEXT_SIZE];
        int64_t least, price;
        if (!document_decimal(step, "from_quantity", QUANTITY_SCALE, &least) ||
            !document_decimal(step, "unit_price", MONEY_SCALE, &price))
            return reader_park(reader, "a scale of product %.*s has no quantity or no price",
                               SLICE_ARGS(fact->product));
        if (least <= before)
            return reader_park(reader, "the scales of product %.*s do not ascend at quantity %s",
                               SLICE_ARGS(fact->product), decimal_text(least, QUANTITY_SCALE, text));
        if (price < 0)
            return reader_park(reader, "the price %s of product %.*s is negative",
                               decimal_text(price, MONEY_SCALE, text), SLICE_ARGS(fact->product));
        text_printf(&from, "%s%lld", from.size ? "," : "", (long long)least);
        text_printf(&prices, "%s%lld", prices.size ? "," : "", (long long)price);
        before = least;
    }
    fact->from = text_slice(&from);
    fact->prices = text_slice(&prices);
    return from.size || fact->deleted ||
           reader_park(reader, "the price of product %.*s has no scales", SLICE_ARGS(fact->product));
}

static bool price(struct reader *reader, struct fact_price *fact)
{
    char text[DECIMAL_TEXT_SIZE];
    if (!reader_required(reader, "product", &fact->product) ||
        !reader_currency(reader, "currency", &fact->currency) ||
        !reader_required(reader, "unit", &fact->unit))
        return false;
    if (!reader_optional(reader, "account", &fact->account))
        return false;
    fact->deleted = document_boolean(reader->document, "deleted", false);
    if (!document_date(reader->document, "valid_from", &fact->valid_from))
        return reader_park(reader, "the price of product %.*s has no first day", SLICE_ARGS(fact->product));
    fact->has_end = document_date(reader->document, "valid_to", &fact->valid_to);
    if (fact->has_end && fact->valid_to < fact->valid_from) {
        char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
        return reader_park(reader, "the price of product %.*s ends on %s, before it begins on %s",
                           SLICE_ARGS(fact->product), date_text(fact->valid_to, last),
                           date_text(fact->valid_from, first));
    }
    fact->basis = QUANTITY_ONE;
    if (reader_has(reader, "price_basis") &&
        (!document_decimal(reader->document, "price_basis", QUANTITY_SCALE, &fact->basis) ||
         fact->basis <= 0))
        return reader_park(reader, "the price of product %.*s is for %s units", SLICE_ARGS(fact->product),
                           decimal_text(fact->basis, QUANTITY_SCALE, text));
    return read_scales(reader, fact);
}

static bool stock(struct reader *reader, struct fact_stock *fact)
{
    char text[DECIMAL_TEXT_SIZE];
    if (!reader_required(reader, "product", &fact->product) || !reader_required(reader, "site", &fact->site))
        return false;
    document_instant(reader->document, "counted_at", &fact->counted_at);
    if (!document_decimal(reader->document, "on_hand", QUANTITY_SCALE, &fact->on_hand))
        return reader_park(reader, "the stock of product %.*s at %.*s is no quantity",
                           SLICE_ARGS(fact->product), SLICE_ARGS(fact->site));
    return fact->on_hand >= 0 || reader_park(reader, "the stock %s of product %.*s at %.*s is negative",
                                             decimal_text(fact->on_hand, QUANTITY_SCALE, text),
                                             SLICE_ARGS(fact->product), SLICE_ARGS(fact->site));
}

// Invoices that stand there twice are one part.
static bool read_payment_parts(struct reader *reader, struct fact_payment *fact)
{
    const struct document *list = document_get(reader->document, "allocations");
    fact->parts = ARENA_ARRAY(reader->batch->arena, list ? (size_t)list->count : 0, struct payment_part);
    struct index seen = index_in(reader->batch->arena);
    for (const struct document *at = document_items(reader->document, "allocations"); at; at = at->next) {
        struct slice invoice = document_text(at, "invoice");
        int64_t amount;
        char text[DECIMAL_TEXT_SIZE];
        if (slice_empty(invoice))
            return reader_park(reader, "an allocation of payment %.*s names no invoice",
                               SLICE_ARGS(fact->number));
        if (!reader_fits(reader, "invoice", invoice))
            return false;
        if (!document_decimal(at, "amount", MONEY_SCALE, &amount) || amount <= 0)
            return reader_park(reader, "payment %.*s pays %s of invoice %.*s, which is not positive",
                               SLICE_ARGS(fact->number), decimal_text(amount, MONEY_SCALE, text),
                               SLICE_ARGS(invoice));
        struct payment_part *part = index_get(&seen, invoice, (struct slice){ 0 });
        if (!part) {
            part = &fact->parts[fact->part_count++];
            part->invoice = invoice;
            index_put(&seen, invoice, (struct slice){ 0 }, part);
        }
        if (__builtin_add_overflow(part->decimal4, amount, &part->decimal4))
            return reader_park(reader, "the allocations of payment %.*s are too large",
                               SLICE_ARGS(fact->number));
    }
    return true;
}

static bool payment(struct reader *reader, struct fact_payment *fact)
{
    if (!reader_required(reader, "payment", &fact->number) ||
        !reader_required(reader, "account", &fact->payer) ||
        !reader_currency(reader, "currency", &fact->currency))
        return false;
    fact->source = arena_printf(reader->batch->arena, "payment/%.*s", SLICE_ARGS(fact->number));
    if (!document_decimal(reader->document, "amount", MONEY_SCALE, &fact->decimal4) || fact->decimal4 == 0)
        return reader_park(reader, "payment %.*s has no amount", SLICE_ARGS(fact->number));
    return read_payment_parts(reader, fact);
}

bool masterdata_read_account(struct batch *batch, struct fact_account *fact)
{
    struct reader reader = reader_of(batch, fact->item);
    return account(&reader, fact);
}

bool masterdata_read_product(struct batch *batch, struct fact_product *fact)
{
    struct reader reader = reader_of(batch, fact->item);
    return product(&reader, fact);
}

bool masterdata_read_price(struct batch *batch, struct fact_price *fact)
{
    struct reader reader = reader_of(batch, fact->item);
    return price(&reader, fact);
}

bool masterdata_read_stock(struct batch *batch, struct fact_stock *fact)
{
    struct reader reader = reader_of(batch, fact->item);
    return stock(&reader, fact);
}

bool masterdata_read_payment(struct batch *batch, struct fact_payment *fact)
{
    struct reader reader = reader_of(batch, fact->item);
    return payment(&reader, fact);
}
