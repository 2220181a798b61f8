// SPDX-License-Identifier: Apache-2.0
// Documents of the ERP into facts. A document that makes no sense is parked with a sentence that quotes the
// value; nothing of it is stored.
#include "handlers/masterdata_read.h"

#include "base/clock.h"
#include "base/text.h"
#include "handlers/money.h"

// Reads one document: fills the fact, or parks the item and returns false.
struct reader {
    struct batch *batch;
    struct item *item;
    const struct document *document;
};

#define PARK(reader, ...) (batch_park((reader)->batch, (reader)->item, __VA_ARGS__), false)

static bool fits(struct reader *reader, const char *name, struct slice value)
{
    return value.size <= KEY_BYTES_MAX || PARK(reader, "the %s of the %s is longer than %d bytes: '%.40s...'",
                                               name, reader->item->type, KEY_BYTES_MAX, value.data);
}

static bool required(struct reader *reader, const char *name, struct slice *value)
{
    *value = document_text(reader->document, name);
    if (slice_empty(*value))
        return PARK(reader, "the %s has no %s", reader->item->type, name);
    return fits(reader, name, *value);
}

// A key that may be empty.
static bool optional(struct reader *reader, const char *name, struct slice *value)
{
    *value = document_text(reader->document, name);
    return fits(reader, name, *value);
}

// A word that lists of a record use: it may not hold a comma.
static bool unit(struct reader *reader, struct slice value)
{
    return !slice_empty(value) && memchr(value.data, ',', value.size) == NULL
               ? true
               : PARK(reader, "the unit '%.*s' of the %s is invalid", SLICE_ARGS(value), reader->item->type);
}

static bool present(const struct reader *reader, const char *name)
{
    const struct document *field = document_get(reader->document, name);
    return field && field->kind != DOCUMENT_NULL;
}

static bool currency_of(struct reader *reader, struct slice *currency)
{
    if (!required(reader, "currency", currency))
        return false;
    return money_exponent(*currency) >= 0 ||
           PARK(reader, "'%.*s' is no currency of ISO 4217", SLICE_ARGS(*currency));
}

// An optional limit with 4 decimals.
static bool limit(struct reader *reader, const char *name, bool *has, int64_t *value)
{
    char text[DECIMAL_TEXT_SIZE];
    *has = present(reader, name);
    if (!*has)
        return true;
    if (!document_decimal(reader->document, name, MONEY_SCALE, value))
        return PARK(reader, "the %s of the %s has more than 4 decimals or is too large", name,
                    reader->item->type);
    return *value >= 0 || PARK(reader, "the %s %s of the %s is negative", name,
                               decimal_text(*value, MONEY_SCALE, text), reader->item->type);
}

static bool limit_in_minor(struct reader *reader, const char *name, struct slice currency, bool *has,
                           int64_t *minor)
{
    char text[DECIMAL_TEXT_SIZE];
    int64_t value = 0;
    if (!limit(reader, name, has, &value) || !*has)
        return *has == false && reader->item->outcome == OUTCOME_NONE;
    return money_minor(value, money_exponent(currency), minor) ||
           PARK(reader, "the %s %s is finer than the minor unit of %.*s", name,
                decimal_text(value, MONEY_SCALE, text), SLICE_ARGS(currency));
}

static bool read_parts(struct reader *reader, struct fact_account *fact)
{
    const struct document *list = document_get(reader->document, "parts");
    fact->parts = ARENA_ARRAY(reader->batch->arena, 2 * (list ? (size_t)list->count : 0), struct slice);
    struct index seen = index_in(reader->batch->arena);
    for (const struct document *part = document_items(reader->document, "parts"); part; part = part->next) {
        struct slice buyer_part = document_text(part, "buyer_part"), product = document_text(part, "product");
        if (!fits(reader, "buyer_part", buyer_part) || !fits(reader, "product", product))
            return false;
        if (slice_empty(buyer_part) || slice_empty(product))
            return PARK(reader, "a part number of account %.*s is empty: buyer's '%.*s', ours '%.*s'",
                        SLICE_ARGS(fact->key), SLICE_ARGS(buyer_part), SLICE_ARGS(product));
        if (!index_put(&seen, buyer_part, (struct slice){ 0 }, fact))
            return PARK(reader, "part number '%.*s' of account %.*s stands there twice",
                        SLICE_ARGS(buyer_part), SLICE_ARGS(fact->key));
        fact->parts[2 * fact->part_count] = buyer_part;
        fact->parts[2 * fact->part_count++ + 1] = product;
    }
    return true;
}

static bool account(struct reader *reader, struct fact_account *fact)
{
    struct slice status = document_text(reader->document, "status");
    if (!required(reader, "account", &fact->key) || !currency_of(reader, &fact->currency))
        return false;
    if (!account_status_parse(status, &fact->status))
        return PARK(reader, "account %.*s has the unknown status '%.*s'", SLICE_ARGS(fact->key),
                    SLICE_ARGS(status));
    fact->name = document_text(reader->document, "name");
    if (!optional(reader, "payer", &fact->payer))
        return false;
    if (slice_empty(fact->payer))
        fact->payer = fact->key;
    fact->approver = document_text(reader->document, "approver");
    fact->site = document_text(reader->document, "site");
    fact->gln = document_text(reader->document, "gln");
    return limit_in_minor(reader, "credit_limit", fact->currency, &fact->has_credit_limit,
                          &fact->credit_limit) &&
           limit_in_minor(reader, "order_limit", fact->currency, &fact->has_order_limit,
                          &fact->order_limit) &&
           read_parts(reader, fact);
}

static bool user(struct reader *reader, struct fact_user *fact)
{
    struct slice status = document_text(reader->document, "status");
    if (!required(reader, "account", &fact->account) || !required(reader, "user", &fact->number))
        return false;
    if (!slice_is(status, "active") && !slice_is(status, "inactive"))
        return PARK(reader, "user %.*s of account %.*s has the unknown status '%.*s'",
                    SLICE_ARGS(fact->number), SLICE_ARGS(fact->account), SLICE_ARGS(status));
    fact->name = document_text(reader->document, "name");
    if (!optional(reader, "mail", &fact->mail))
        return false;
    fact->active = slice_is(status, "active");
    fact->may_order = document_boolean(reader->document, "may_order", true);
    fact->may_approve = document_boolean(reader->document, "may_approve", false);
    fact->approver = document_text(reader->document, "approver");
    return limit(reader, "order_limit", &fact->has_order_limit, &fact->order_limit);
}

static bool product(struct reader *reader, struct fact_product *fact)
{
    struct slice status = document_text(reader->document, "status");
    if (!required(reader, "product", &fact->key) || !required(reader, "unit", &fact->unit) ||
        !unit(reader, fact->unit))
        return false;
    if (!slice_is(status, "active") && !slice_is(status, "discontinued"))
        return PARK(reader, "product %.*s has the unknown status '%.*s'", SLICE_ARGS(fact->key),
                    SLICE_ARGS(status));
    fact->description = document_text(reader->document, "description");
    if (!optional(reader, "gtin", &fact->gtin))
        return false;
    fact->active = slice_is(status, "active");
    struct text units = text_in(reader->batch->arena), factors = text_in(reader->batch->arena);
    struct index seen = index_in(reader->batch->arena);
    index_put(&seen, fact->unit, (struct slice){ 0 }, fact);
    for (const struct document *further = document_items(reader->document, "units"); further;
         further = further->next) {
        struct slice name = document_text(further, "unit");
        int64_t factor;
        if (!unit(reader, name))
            return false;
        if (!document_decimal(further, "factor", QUANTITY_SCALE, &factor) || factor <= 0)
            return PARK(reader, "unit '%.*s' of product %.*s has no positive factor", SLICE_ARGS(name),
                        SLICE_ARGS(fact->key));
        if (!index_put(&seen, name, (struct slice){ 0 }, fact))
            return PARK(reader, "unit '%.*s' of product %.*s stands there twice", SLICE_ARGS(name),
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
            return PARK(reader, "a scale of product %.*s has no quantity or no price",
                        SLICE_ARGS(fact->product));
        if (least <= before)
            return PARK(reader, "the scales of product %.*s do not ascend at quantity %s",
                        SLICE_ARGS(fact->product), decimal_text(least, QUANTITY_SCALE, text));
        if (price < 0)
            return PARK(reader, "the price %s of product %.*s is negative",
                        decimal_text(price, MONEY_SCALE, text), SLICE_ARGS(fact->product));
        text_printf(&from, "%s%lld", from.size ? "," : "", (long long)least);
        text_printf(&prices, "%s%lld", prices.size ? "," : "", (long long)price);
        before = least;
    }
    fact->from = text_slice(&from);
    fact->prices = text_slice(&prices);
    return from.size || fact->deleted ||
           PARK(reader, "the price of product %.*s has no scales", SLICE_ARGS(fact->product));
}

static bool price(struct reader *reader, struct fact_price *fact)
{
    char text[DECIMAL_TEXT_SIZE];
    if (!required(reader, "product", &fact->product) || !currency_of(reader, &fact->currency) ||
        !required(reader, "unit", &fact->unit))
        return false;
    if (!optional(reader, "account", &fact->account))
        return false;
    fact->deleted = document_boolean(reader->document, "deleted", false);
    if (!document_date(reader->document, "valid_from", &fact->valid_from))
        return PARK(reader, "the price of product %.*s has no first day", SLICE_ARGS(fact->product));
    fact->has_end = document_date(reader->document, "valid_to", &fact->valid_to);
    if (fact->has_end && fact->valid_to < fact->valid_from) {
        char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
        return PARK(reader, "the price of product %.*s ends on %s, before it begins on %s",
                    SLICE_ARGS(fact->product), date_text(fact->valid_to, last),
                    date_text(fact->valid_from, first));
    }
    fact->basis = QUANTITY_ONE;
    if (present(reader, "price_basis") &&
        (!document_decimal(reader->document, "price_basis", QUANTITY_SCALE, &fact->basis) ||
         fact->basis <= 0))
        return PARK(reader, "the price of product %.*s is for %s units", SLICE_ARGS(fact->product),
                    decimal_text(fact->basis, QUANTITY_SCALE, text));
    return read_scales(reader, fact);
}

static bool stock(struct reader *reader, struct fact_stock *fact)
{
    char text[DECIMAL_TEXT_SIZE];
    if (!required(reader, "product", &fact->product) || !required(reader, "site", &fact->site))
        return false;
    document_instant(reader->document, "counted_at", &fact->counted_at);
    if (!document_decimal(reader->document, "on_hand", QUANTITY_SCALE, &fact->on_hand))
        return PARK(reader, "the stock of product %.*s at %.*s is no quantity", SLICE_ARGS(fact->product),
                    SLICE_ARGS(fact->site));
    return fact->on_hand >= 0 || PARK(reader, "the stock %s of product %.*s at %.*s is negative",
                                      decimal_text(fact->on_hand, QUANTITY_SCALE, text),
                                      SLICE_ARGS(fact->product), SLICE_ARGS(fact->site));
}

static bool payment(struct reader *reader, struct fact_payment *fact)
{
    if (!required(reader, "payment", &fact->number) || !required(reader, "account", &fact->payer) ||
        !currency_of(reader, &fact->currency))
        return false;
    fact->source = arena_printf(reader->batch->arena, "payment/%.*s", SLICE_ARGS(fact->number));
    return (document_decimal(reader->document, "amount", MONEY_SCALE, &fact->decimal4) &&
            fact->decimal4 != 0) ||
           PARK(reader, "payment %.*s has no amount", SLICE_ARGS(fact->number));
}

bool masterdata_read_account(struct batch *batch, struct fact_account *fact)
{
    struct reader reader = { batch, fact->item, fact->item->document };
    return account(&reader, fact);
}

bool masterdata_read_user(struct batch *batch, struct fact_user *fact)
{
    struct reader reader = { batch, fact->item, fact->item->document };
    return user(&reader, fact);
}

bool masterdata_read_product(struct batch *batch, struct fact_product *fact)
{
    struct reader reader = { batch, fact->item, fact->item->document };
    return product(&reader, fact);
}

bool masterdata_read_price(struct batch *batch, struct fact_price *fact)
{
    struct reader reader = { batch, fact->item, fact->item->document };
    return price(&reader, fact);
}

bool masterdata_read_stock(struct batch *batch, struct fact_stock *fact)
{
    struct reader reader = { batch, fact->item, fact->item->document };
    return stock(&reader, fact);
}

bool masterdata_read_payment(struct batch *batch, struct fact_payment *fact)
{
    struct reader reader = { batch, fact->item, fact->item->document };
    return payment(&reader, fact);
}
