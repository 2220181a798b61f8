// SPDX-License-Identifier: Apache-2.0
#include "handlers/order/order.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "handlers/money.h"
#include "handlers/order/split.h"

enum { OFFSET_BITS = 40 };
#define OFFSET_MAX ((INT64_C(1) << OFFSET_BITS) - 1)
#define SHARD_MAX ((INT64_C(1) << (62 - OFFSET_BITS)) - 1)

int64_t order_id_of(int32_t shard, int64_t offset)
{
    assert(shard >= 0 && shard <= SHARD_MAX && offset >= 0 && offset <= OFFSET_MAX);
    return (int64_t)shard << OFFSET_BITS | offset;
}

const char *order_id_text(int64_t id, char text[ORDER_ID_TEXT_SIZE])
{
    snprintf(text, ORDER_ID_TEXT_SIZE, "%" PRId64 "-%" PRId64, id >> OFFSET_BITS, id & OFFSET_MAX);
    return text;
}

bool order_id_parse(struct slice text, int64_t *id)
{
    struct slice rest = text, first = slice_cut(&rest, '-');
    int64_t shard, offset;
    if (!slice_integer(first, &shard) || !slice_integer(rest, &offset) || shard < 0 || shard > SHARD_MAX ||
        offset < 0 || offset > OFFSET_MAX)
        return false;
    *id = order_id_of((int32_t)shard, offset);
    return true;
}

const char *order_state_name(enum order_state state)
{
    static const char *const names[] = { "new", "held", "accepted", "rejected", "cancelled" };
    assert(state < ORDER_STATE_COUNT);
    return names[state];
}

static const char *const hold_names[HOLD_COUNT] = { "vetting", "credit", "approval", "budget",
                                                    "information" };

const char *hold_name(enum hold hold)
{
    assert(hold < HOLD_COUNT);
    return hold_names[hold];
}

bool hold_parse(struct slice text, enum hold *hold)
{
    for (int i = 0; i < HOLD_COUNT; i++)
        if (slice_is(text, hold_names[i])) {
            *hold = (enum hold)i;
            return true;
        }
    return false;
}

static void add_reason(struct order *order, struct arena *arena, struct reason reason)
{
    order->reasons = arena_grow(arena, order->reasons, &order->reason_capacity, order->reason_count + 1,
                                sizeof *order->reasons);
    order->reasons[order->reason_count++] = reason;
}

void order_reason(struct order *order, struct arena *arena, const char *code, const struct line *line,
                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    add_reason(order, arena, (struct reason){ code, text, line ? line->number : (struct slice){ 0 } });
}

void order_reject(struct order *order, struct arena *arena, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    add_reason(order, arena, (struct reason){ .code = code, .text = text });
    order->rejected = true;
}

const char *effect_name(enum effect effect)
{
    static const char *const names[] = { "pass", "warn", "approve", "hold", "refuse" };
    return names[effect];
}

void order_found(struct order *order, struct arena *arena, struct predicate predicate)
{
    order->predicates = arena_grow(arena, order->predicates, &order->predicate_capacity,
                                   order->predicate_count + 1, sizeof *order->predicates);
    order->predicates[order->predicate_count++] = predicate;
}

void order_forget(struct order *order, const char *stage)
{
    size_t kept = 0;
    for (size_t i = 0; i < order->predicate_count; i++)
        if (strcmp(order->predicates[i].stage, stage) != 0)
            order->predicates[kept++] = order->predicates[i];
    order->predicate_count = kept;
}

void order_hold(struct order *order, enum hold hold, struct slice reason)
{
    if (order->holds[hold])
        return;
    order->holds[hold] = true;
    order->hold_reasons[hold] = reason;
    order->released[hold] = false;
}

void order_release(struct order *order, enum hold hold)
{
    if (!order->holds[hold])
        return;
    order->holds[hold] = false;
    order->released[hold] = order->was_held[hold];
}

bool order_is_held(const struct order *order)
{
    for (int hold = 0; hold < HOLD_COUNT; hold++)
        if (order->holds[hold])
            return true;
    return false;
}

bool order_is_open(const struct order *order)
{
    return !order->settled && !order->rejected && !order->cancelled &&
           (order->state == ORDER_NEW || order->state == ORDER_HELD || order->change);
}

bool order_line_is_new(const struct order *order, const struct line *line)
{
    return !order->loaded || (order->change && line->act != LINE_KEPT);
}

bool order_latest_date(const struct order *order, int32_t *date)
{
    bool found = false;
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        int32_t own = line->has_date ? line->requested_date : order->requested_date;
        if ((!line->has_date && !order->has_date) || (found && own <= *date))
            continue;
        *date = own;
        found = true;
    }
    return found;
}

void order_read_line(struct line *line, const struct document *document, struct arena *arena)
{
    line->number = document_text(document, "number");
    line->seller_part = document_text(document, "seller_part");
    line->buyer_part = document_text(document, "buyer_part");
    line->gtin = document_text(document, "gtin");
    line->description = document_text(document, "description");
    line->has_quantity = document_decimal(document, "quantity", QUANTITY_SCALE, &line->quantity);
    line->unit = document_text(document, "unit");
    line->has_price = document_decimal(document, "unit_price", MONEY_SCALE, &line->stated_price);
    line->stated_basis = QUANTITY_ONE;
    document_decimal(document, "price_basis", QUANTITY_SCALE, &line->stated_basis);
    line->has_amount = document_decimal(document, "amount", MONEY_SCALE, &line->stated_amount);
    line->has_date = document_date(document, "requested_date", &line->requested_date);
    line->cost_centre = document_text(document, "cost_centre");
    split_read(line, document, arena);
}

struct order *order_read(struct arena *arena, struct item *item)
{
    const struct document *document = item->document;
    struct order *order = ARENA_NEW(arena, struct order);
    order->item = item;
    order->id = order_id_of(item->shard, item->offset);
    order->account_number = document_text(document, "account");
    order->order_number = document_text(document, "order_number");
    order->release = document_text(document, "release");
    order->version = (int32_t)document_integer(document, "version", 1);
    order->user_name = document_text(document, "user");
    document_instant(document, "ordered_at", &order->ordered_at);
    order->has_date = document_date(document, "requested_date", &order->requested_date);
    order->currency = document_text(document, "currency");
    order->ship_to = document_text(document, "ship_to");
    order->unit = document_text(document, "unit");
    order->cost_centre = document_text(document, "cost_centre");
    order->payment_terms = document_text(document, "payment_terms");
    order->contract = document_text(document, "contract");
    order->has_total = document_decimal(document, "total", MONEY_SCALE, &order->stated_total);
    order->note = document_text(document, "note");
    order->channel = document_text(document, "channel");
    if (slice_empty(order->channel))
        order->channel = SLICE("kafka");
    order->partner = document_text(document, "partner");
    order->reply_reference = document_text(document, "reply_reference");
    order->test = document_boolean(document, "test", false);
    order->exponent = money_exponent(order->currency);

    const struct document *lines = document_get(document, "lines");
    order->line_count = lines && lines->kind == DOCUMENT_LIST ? lines->count : 0;
    order->lines = ARENA_ARRAY(arena, order->line_count, struct line);
    size_t i = 0;
    for (const struct document *line = document_items(document, "lines"); line; line = line->next) {
        order->lines[i].position = (int32_t)i + 1;
        order_read_line(&order->lines[i++], line, arena);
    }
    return order;
}
