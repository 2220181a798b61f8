// SPDX-License-Identifier: Apache-2.0
// The documents that a buyer gets of a shipment or an invoice.
#include "handlers/fulfil/fulfil.h"
#include "handlers/money.h"
#include "handlers/terms/terms_agreed.h"

static void add_text(struct arena *arena, struct document *document, const char *name, struct slice text)
{
    document_add_text(arena, document, name, text);
}

static void add_decimal4(struct arena *arena, struct document *document, const char *name, int64_t value)
{
    document_add_decimal(arena, document, name, value, MONEY_SCALE);
}

static void add_order(struct arena *arena, struct document *document, const struct known_order *order)
{
    char id[ORDER_ID_TEXT_SIZE];
    add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    add_text(arena, document, "order_number", order->order_number);
}

static struct document *add_line(struct arena *arena, struct document *list, const char *type,
                                 const struct fulfil_line *line)
{
    const struct known_line *known = line->known;
    struct document *record = document_add_record(arena, list, NULL, type);
    add_text(arena, record, "number", known->number);
    add_text(arena, record, "product", known->product);
    add_text(arena, record, "buyer_part", known->buyer_part);
    add_text(arena, record, "gtin", known->gtin);
    add_text(arena, record, "description", known->description);
    document_add_decimal(arena, record, "quantity", line->quantity, QUANTITY_SCALE);
    add_text(arena, record, "unit", known->unit);
    return record;
}

static void add_channel(struct arena *arena, struct document *document, const struct known_order *order)
{
    add_text(arena, document, "channel", order->channel);
    add_text(arena, document, "partner", order->partner);
    document_add_boolean(arena, document, "test", order->test);
}

static void add_packages(struct arena *arena, struct document *document, const struct document *shipment)
{
    struct document *list = document_add_list(arena, document, "packages");
    for (const struct document *at = document_items(shipment, "packages"); at; at = at->next) {
        struct document *record = document_add_record(arena, list, NULL, "ShipNoticePackage");
        int64_t weight;
        add_text(arena, record, "number", document_text(at, "number"));
        if (document_decimal(at, "weight_kg", QUANTITY_SCALE, &weight))
            document_add_decimal(arena, record, "weight_kg", weight, QUANTITY_SCALE);
    }
}

static struct document *ship_notice(struct batch *batch, const struct fulfil_fact *fact)
{
    struct arena *arena = batch->arena;
    const struct known_order *order = fact->lines[0].order;
    struct document *document = document_record(arena, "ShipNotice");
    add_text(arena, document, "shipment", fact->number);
    add_text(arena, document, "account", fact->account);
    add_order(arena, document, order);
    add_text(arena, document, "release", order->release);
    document_add_integer(arena, document, "version", order->version);
    document_add_instant(arena, document, "ordered_at", order->ordered_at);
    document_add_instant(arena, document, "shipped_at", fact->shipped_at);
    document_add_instant(arena, document, "noticed_at", batch->now_us);
    add_text(arena, document, "site", fact->site);
    add_text(arena, document, "carrier", fact->carrier);
    add_text(arena, document, "tracking", fact->tracking);
    add_packages(arena, document, fact->item->document);
    struct document *lines = document_add_list(arena, document, "lines");
    for (size_t i = 0; i < fact->line_count; i++) {
        struct document *record = add_line(arena, lines, "ShipNoticeLine", &fact->lines[i]);
        document_add_decimal(arena, record, "ordered", fact->lines[i].known->quantity, QUANTITY_SCALE);
        document_add_boolean(arena, record, "final", fact->lines[i].final);
    }
    add_text(arena, document, "reply_reference", order->reply_reference);
    add_channel(arena, document, order);
    return document;
}

static void add_invoice_line(struct arena *arena, struct document *lines, const struct fulfil_line *line)
{
    struct document *record = add_line(arena, lines, "InvoiceNoticeLine", line);
    int64_t basis = line->known->price_basis;
    add_text(arena, record, "order_number", line->order->order_number);
    document_add_instant(arena, record, "ordered_at", line->order->ordered_at);
    add_text(arena, record, "reply_reference", line->order->reply_reference);
    add_decimal4(arena, record, "unit_price", line->known->unit_price);
    document_add_decimal(arena, record, "price_basis", basis ? basis : QUANTITY_ONE, QUANTITY_SCALE);
    add_decimal4(arena, record, "amount", line->amount4);
}

static struct document *invoice_notice(struct batch *batch, const struct fulfil_fact *fact)
{
    struct arena *arena = batch->arena;
    struct document *document = document_record(arena, "InvoiceNotice");
    add_text(arena, document, "invoice", fact->number);
    add_text(arena, document, "account", fact->account);
    add_text(arena, document, "payer", fact->payer);
    add_order(arena, document, fact->lines[0].order);
    add_text(arena, document, "currency", fact->currency);
    document_add_instant(arena, document, "issued_at", fact->issued_at);
    if (fact->has_due)
        document_add_instant(arena, document, "due_at", fact->due_at);
    struct document *lines = document_add_list(arena, document, "lines");
    for (size_t i = 0; i < fact->line_count; i++)
        add_invoice_line(arena, lines, &fact->lines[i]);
    add_decimal4(arena, document, "lines_net", fact->net4 - fact->charges4);
    add_decimal4(arena, document, "charges", fact->charges4);
    add_decimal4(arena, document, "net", fact->net4);
    add_decimal4(arena, document, "tax", fact->tax4);
    add_decimal4(arena, document, "gross", fact->gross4);
    terms_tell_invoice(arena, document, fact);
    add_channel(arena, document, fact->lines[0].order);
    return document;
}

struct document *fulfil_notice(struct batch *batch, const struct fulfil_fact *fact)
{
    return fact->invoice ? invoice_notice(batch, fact) : ship_notice(batch, fact);
}
