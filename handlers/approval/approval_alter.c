// SPDX-License-Identifier: Apache-2.0
// Approving with changes: the approver lowers quantities or drops lines. What he leaves is a change of the order like
// any other, so it takes the same way: an OrderChange, published to the account's own shard, priced, checked and
// answered there. The task waits for that very change, by its hash, and is approved with it.
#include "handlers/approval/approval.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/order/split.h"

static const struct line *line_numbered(const struct order *order, struct slice number)
{
    for (size_t i = 0; i < order->line_count; i++)
        if (slice_equal(order->lines[i].number, number) && !order->lines[i].rejected)
            return &order->lines[i];
    return NULL;
}

// What is wrong with a line of the decision, NULL for nothing. A quantity of 0, or none, drops the line.
static const char *problem(struct arena *arena, const struct order *order, const struct document *item,
                           int64_t *quantity)
{
    const struct line *line = line_numbered(order, document_text(item, "number"));
    *quantity = 0;
    document_decimal(item, "quantity", QUANTITY_SCALE, quantity);
    if (!line)
        return arena_printf(arena, "the order has no line '%.*s'", SLICE_ARGS(document_text(item, "number")))
            .data;
    if (*quantity < 0 || *quantity >= line->quantity)
        return arena_printf(arena, "an approver may lower line %.*s or drop it, but not raise or keep it",
                            SLICE_ARGS(line->number))
            .data;
    for (const struct document *other = item->next; other; other = other->next)
        if (slice_equal(document_text(other, "number"), line->number))
            return arena_printf(arena, "line %.*s stands twice in the decision", SLICE_ARGS(line->number))
                .data;
    return NULL;
}

static void add_splits(struct arena *arena, struct document *record, const struct line *line)
{
    struct document *splits = document_add_list(arena, record, "splits");
    for (size_t i = 0; i < line->split_count; i++) {
        struct document *split = document_add_record(arena, splits, NULL, "OrderChangeSplit");
        document_add_text(arena, split, "cost_centre", line->splits[i].cost_centre);
        document_add_decimal(arena, split, "share", line->splits[i].share, QUANTITY_SCALE);
    }
}

static void add_line(struct arena *arena, struct document *list, const struct line *line, int64_t quantity)
{
    struct document *record = document_add_record(arena, list, NULL, "OrderChangeLine");
    document_add_text(arena, record, "number", line->number);
    document_add_text(arena, record, "action", quantity ? SLICE("change") : SLICE("delete"));
    if (!quantity)
        return;
    document_add_text(arena, record, "seller_part", line->seller_part);
    document_add_text(arena, record, "buyer_part", line->buyer_part);
    document_add_text(arena, record, "gtin", line->gtin);
    document_add_text(arena, record, "description", line->description);
    document_add_decimal(arena, record, "quantity", quantity, QUANTITY_SCALE);
    document_add_text(arena, record, "unit", line->unit);
    if (line->has_price) {
        document_add_decimal(arena, record, "unit_price", line->stated_price, MONEY_SCALE);
        document_add_decimal(arena, record, "price_basis", line->stated_basis, QUANTITY_SCALE);
    }
    if (line->has_date)
        document_add_date(arena, record, "requested_date", line->requested_date);
    document_add_text(arena, record, "cost_centre", line->cost_centre);
    if (line->split_count > 0)
        add_splits(arena, record, line);
}

static struct document *change_of(struct approval *approval)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct arena *arena = approval->batch->arena;
    const struct order *order = approval->order;
    const struct change *last = order->change_count ? order->changes[order->change_count - 1] : NULL;
    int64_t at = approval->batch->now_us;
    struct document *document = document_record(arena, "OrderChange");
    document_add_text(arena, document, "account", order->account_number);
    document_add_text(arena, document, "order_number", order->order_number);
    document_add_text(arena, document, "release", order->release);
    document_add_text(arena, document, "change_number",
                      arena_printf(arena, "approval/%s",
                                   order_id_text(order_id_of(order->item->shard, order->item->offset), id)));
    document_add_text(arena, document, "action", SLICE("change"));
    // Never before a change that is taken already, whatever clock that one was written by.
    document_add_instant(arena, document, "requested_at",
                         last && last->requested_at > at ? last->requested_at : at);
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_text(arena, document, "currency", order->currency);
    document_add_boolean(arena, document, "test", order->test);
    return document;
}

const char *approval_alter(struct approval *approval, struct approval_task *task)
{
    struct arena *arena = approval->batch->arena;
    const struct order *order = approval->order;
    struct document *document = change_of(approval), *lines = document_list(arena);
    size_t dropped = 0, standing = 0;
    for (size_t i = 0; i < order->line_count; i++)
        standing += !order->lines[i].rejected;
    for (const struct document *item = document_items(order->item->document, "lines"); item;
         item = item->next) {
        int64_t quantity;
        const char *why = problem(arena, order, item, &quantity);
        if (why)
            return why;
        dropped += quantity == 0;
        add_line(arena, lines, line_numbered(order, document_text(item, "number")), quantity);
    }
    if (dropped == standing)
        return "no line would be left: reject the order instead";
    document_add(document, "lines", lines);
    struct item item = { .document = document, .type = "OrderChange" };
    task->change_hash = change_read(arena, &item)->content_hash;
    batch_publish(approval->batch, order->item, TOPIC_INBOUND, order->account_number, document);
    return NULL;
}

bool approval_is_alteration(const struct order *order, const struct approval_task *task)
{
    return order->change && task->state == APPROVAL_ALTERING && !slice_empty(task->change_hash) &&
           slice_equal(task->change_hash, order->change->content_hash);
}
