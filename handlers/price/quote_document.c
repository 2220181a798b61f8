// SPDX-License-Identifier: Apache-2.0
#include "handlers/money.h"
#include "handlers/price/quote.h"

static void add_text(struct arena *arena, struct document *document, const char *name, struct slice text)
{
    document_add_text(arena, document, name, text);
}

static void add_money(struct arena *arena, struct document *document, const char *name,
                      const struct order *asked, int64_t minor)
{
    int64_t decimal4 = 0;
    if (asked->exponent >= 0)
        money_decimal4(minor, asked->exponent, &decimal4);
    document_add_decimal(arena, document, name, decimal4, MONEY_SCALE);
}

static void add_line(struct arena *arena, struct document *lines, const struct order *asked,
                     const struct line *line)
{
    struct document *record = document_add_record(arena, lines, NULL, "QuotationLine");
    add_text(arena, record, "number", line->number);
    add_text(arena, record, "status", line->rejected ? SLICE("not_offered") : SLICE("offered"));
    add_text(arena, record, "product", line->product);
    add_text(arena, record, "buyer_part", line->buyer_part);
    add_text(arena, record, "gtin", line->gtin);
    add_text(arena, record, "description", line->description);
    document_add_decimal(arena, record, "quantity", line->quantity, QUANTITY_SCALE);
    add_text(arena, record, "unit", line->unit);
    document_add_decimal(arena, record, "unit_price", line->unit_price, MONEY_SCALE);
    document_add_decimal(arena, record, "price_basis", line->price_basis ? line->price_basis : QUANTITY_ONE,
                         QUANTITY_SCALE);
    add_money(arena, record, "amount", asked, line->amount);
    if (line->has_date)
        document_add_date(arena, record, "requested_date", line->requested_date);
}

static void add_reasons(struct arena *arena, struct document *document, const struct order *asked)
{
    struct document *list = document_add_list(arena, document, "reasons");
    for (size_t i = 0; i < asked->reason_count; i++) {
        struct document *record = document_add_record(arena, list, NULL, "Reason");
        add_text(arena, record, "code", slice_of(asked->reasons[i].code));
        add_text(arena, record, "text", asked->reasons[i].text);
        add_text(arena, record, "line", asked->reasons[i].line);
    }
}

struct document *quote_document(struct arena *arena, const struct quote *quote)
{
    char id[ORDER_ID_TEXT_SIZE];
    const struct order *asked = quote->asked;
    struct document *document = document_record(arena, "Quotation");
    add_text(arena, document, "quotation_id", arena_copy(arena, slice_of(order_id_text(quote->id, id))));
    add_text(arena, document, "account", asked->account_number);
    add_text(arena, document, "request_number", asked->order_number);
    add_text(arena, document, "status", slice_of(quote->status));
    document_add_instant(arena, document, "quoted_at", quote->quoted_at);
    document_add_instant(arena, document, "requested_at", quote->requested_at);
    document_add_date(arena, document, "valid_from", quote->valid_from);
    document_add_date(arena, document, "valid_until", quote->valid_until);
    add_text(arena, document, "currency", asked->currency);
    add_money(arena, document, "total", asked, asked->total);
    add_reasons(arena, document, asked);
    struct document *lines = document_add_list(arena, document, "lines");
    for (size_t i = 0; i < asked->line_count; i++)
        add_line(arena, lines, asked, &asked->lines[i]);
    add_text(arena, document, "channel", asked->channel);
    add_text(arena, document, "partner", asked->partner);
    add_text(arena, document, "reply_reference", asked->reply_reference);
    document_add_boolean(arena, document, "test", asked->test);
    return document;
}
