// SPDX-License-Identifier: Apache-2.0
// A Shipment or Invoice into a fact: what can be said of the document alone.
#include "handlers/fulfil/fulfil.h"
#include "handlers/money.h"
#include "handlers/order/order_hash.h"

#define PARK(batch, fact, ...) (batch_park((batch), (fact)->item, __VA_ARGS__), false)

static bool key(struct batch *batch, const struct fulfil_fact *fact, const struct document *record,
                const char *name, bool required, struct slice *value)
{
    *value = document_text(record, name);
    if (required && slice_empty(*value))
        return PARK(batch, fact, "the %s has no %s", fact->item->type, name);
    return value->size <= KEY_BYTES_MAX ||
           PARK(batch, fact, "the %s of the %s is longer than %d bytes: '%.40s...'", name, fact->item->type,
                KEY_BYTES_MAX, value->data);
}

static bool read_line(struct batch *batch, const struct fulfil_fact *fact, const struct document *record,
                      struct fulfil_line *line)
{
    const struct document *owner = fact->invoice ? record : fact->item->document;
    if (!key(batch, fact, owner, "order_id", false, &line->order_id) ||
        !key(batch, fact, owner, "order_number", slice_empty(line->order_id), &line->order_number) ||
        !key(batch, fact, owner, "release", false, &line->release) ||
        !key(batch, fact, record, "line", true, &line->line) ||
        !key(batch, fact, record, "product", false, &line->product) ||
        !key(batch, fact, record, "unit", false, &line->unit))
        return false;
    line->final = document_boolean(record, "final", false);
    if (!document_decimal(record, "quantity", QUANTITY_SCALE, &line->quantity) || line->quantity < 0 ||
        (line->quantity == 0 && !line->final)) {
        char text[DECIMAL_TEXT_SIZE];
        return PARK(batch, fact, "the quantity %s of line %.*s is not positive",
                    decimal_text(line->quantity, QUANTITY_SCALE, text), SLICE_ARGS(line->line));
    }
    if (fact->invoice &&
        (!document_decimal(record, "amount", MONEY_SCALE, &line->amount4) || line->amount4 < 0))
        return PARK(batch, fact,
                    "the amount of line %.*s is negative; a credit note is a document of its own",
                    SLICE_ARGS(line->line));
    return true;
}

static bool read_lines(struct batch *batch, struct fulfil_fact *fact)
{
    const struct document *list = document_get(fact->item->document, "lines");
    if (!list || !list->first)
        return PARK(batch, fact, "%s %.*s has no lines", fact->item->type, SLICE_ARGS(fact->number));
    fact->lines = ARENA_ARRAY(batch->arena, list->count, struct fulfil_line);
    for (const struct document *record = list->first; record; record = record->next)
        if (!read_line(batch, fact, record, &fact->lines[fact->line_count++]))
            return false;
    return true;
}

static bool read_shipment(struct batch *batch, struct fulfil_fact *fact)
{
    const struct document *document = fact->item->document;
    document_instant(document, "shipped_at", &fact->shipped_at);
    fact->carrier = document_text(document, "carrier");
    fact->tracking = document_text(document, "tracking");
    return key(batch, fact, document, "site", true, &fact->site);
}

static bool amount(struct batch *batch, const struct fulfil_fact *fact, const char *name, int64_t *decimal4,
                   int64_t *minor)
{
    char text[DECIMAL_TEXT_SIZE];
    *decimal4 = 0;
    document_decimal(fact->item->document, name, MONEY_SCALE, decimal4);
    if (*decimal4 < 0)
        return PARK(batch, fact,
                    "the %s amount %s of invoice %.*s is negative; a credit note is a document of its own",
                    name, decimal_text(*decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->number));
    return money_minor(*decimal4, money_exponent(fact->currency), minor) ||
           PARK(batch, fact, "the %s amount %s of invoice %.*s is finer than the minor unit of %.*s", name,
                decimal_text(*decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->number),
                SLICE_ARGS(fact->currency));
}

static bool read_invoice(struct batch *batch, struct fulfil_fact *fact)
{
    const struct document *document = fact->item->document;
    int64_t charges;
    if (!key(batch, fact, document, "payer", false, &fact->payer) ||
        !key(batch, fact, document, "currency", true, &fact->currency))
        return false;
    if (slice_empty(fact->payer))
        fact->payer = fact->account;
    if (money_exponent(fact->currency) < 0)
        return PARK(batch, fact, "'%.*s' is no currency of ISO 4217", SLICE_ARGS(fact->currency));
    document_instant(document, "issued_at", &fact->issued_at);
    fact->has_due = document_instant(document, "due_at", &fact->due_at);
    return amount(batch, fact, "charges", &fact->charges4, &charges) &&
           amount(batch, fact, "net", &fact->net4, &fact->net) &&
           amount(batch, fact, "tax", &fact->tax4, &fact->tax) &&
           amount(batch, fact, "gross", &fact->gross4, &fact->gross);
}

// Small sums cannot overflow: each amount fits 18 digits, and a document has a few thousand lines.
static bool sums_agree(struct batch *batch, const struct fulfil_fact *fact)
{
    __int128 lines = fact->charges4;
    char said[DECIMAL_TEXT_SIZE];
    for (size_t i = 0; i < fact->line_count; i++)
        lines += fact->lines[i].amount4;
    if (lines != fact->net4)
        return PARK(batch, fact, "the net amount %s of invoice %.*s is not the sum of its lines and charges",
                    decimal_text(fact->net4, MONEY_SCALE, said), SLICE_ARGS(fact->number));
    return (__int128)fact->net4 + fact->tax4 == fact->gross4 ||
           PARK(batch, fact, "the gross amount %s of invoice %.*s is not its net amount and tax",
                decimal_text(fact->gross4, MONEY_SCALE, said), SLICE_ARGS(fact->number));
}

bool fulfil_read(struct batch *batch, struct fulfil_fact *fact)
{
    const struct document *document = fact->item->document;
    if (!key(batch, fact, document, fact->invoice ? "invoice" : "shipment", true, &fact->number) ||
        !key(batch, fact, document, "account", true, &fact->account) ||
        !(fact->invoice ? read_invoice(batch, fact) : read_shipment(batch, fact)) ||
        !read_lines(batch, fact) || (fact->invoice && !sums_agree(batch, fact)))
        return false;
    fact->hash = document_content_hash(document, batch->arena);
    return true;
}
