// SPDX-License-Identifier: Apache-2.0
// change: the buyer wants an order otherwise, or not at all. The stage stands twice among the decisions: before
// the others it refuses what cannot be, and when they have priced the order it looks whether they found a
// reason against it. Then the change is refused, and the order is what it was.
#include "handlers/order/change.h"

#include "handlers/budget/budgets.h"
#include "handlers/credit/credit.h"
#include "handlers/stages.h"

static struct slice action_name(const struct change *change)
{
    return change->action == CHANGE_CANCEL ? SLICE("cancellation") : SLICE("change");
}

static void decide_twin(struct batch *batch, struct change *change)
{
    if (slice_equal(change->content_hash, change->twin->content_hash))
        batch_outcome(change->item, OUTCOME_REPEATED, change->twin->order_id);
    else
        batch_park(batch, change->item,
                   "change %.*s of order %.*s of account %.*s arrived before with other content",
                   SLICE_ARGS(change->number), SLICE_ARGS(change->order_number),
                   SLICE_ARGS(change->account_number));
}

static const struct line *former_line(const struct order *order, const struct line *line)
{
    for (size_t i = 0; i < order->before->line_count; i++)
        if (order->before->lines[i].position == line->position)
            return &order->before->lines[i];
    return NULL;
}

static bool has_left(const struct line *line)
{
    return line->shipped > 0 || line->sent > 0;
}

// True where the line may be as the change wants it: nothing of it is billed, it is no less than what has left,
// and that is still the same goods.
static bool may_become(const struct line *line, const struct line *old)
{
    if (old->billed)
        return false;
    return !has_left(old) || (line->base_quantity >= line->shipped && line->quantity >= old->sent &&
                              slice_equal(old->product, line->product) && slice_equal(old->unit, line->unit));
}

static void refuse_line(const struct trade *trade, struct order *order, const struct line *old)
{
    order_reason(order, trade->arena, old->billed ? "already_billed" : "already_shipped", old,
                 "line %.*s: %s already, so it cannot become what the change wants", SLICE_ARGS(old->number),
                 old->billed ? "it is billed or closed" : "goods of it have left");
    order->rejected = true;
}

// What has left cannot be taken back, and what is billed stays what it was.
static void check_progress(const struct trade *trade, struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i], *old = former_line(order, line);
        bool ends = order->cancelled && old && (has_left(old) || old->billed);
        if (ends || (line->act == LINE_CHANGED && line->known && old && !may_become(line, old)))
            refuse_line(trade, order, old);
    }
    for (size_t i = 0; i < order->deleted_count; i++)
        if (has_left(&order->deleted[i]) || order->deleted[i].billed)
            refuse_line(trade, order, &order->deleted[i]);
}

void change_settle(struct batch *batch, struct change *change)
{
    struct order *order = change->order;
    check_progress(batch->trade, order);
    if (!order->rejected)
        return;
    credit_forget(batch->trade, order);
    budget_forget(batch, order);
    change->refused = true;
    for (size_t i = 0; i < order->reason_count; i++) {
        struct reason reason = order->reasons[i];
        change_refuse(change, batch->arena, reason.code, reason.line, "%.*s", SLICE_ARGS(reason.text));
    }
    struct item *item = order->item;
    *order = *order->before;
    order->item = item;
    order->settled = true;
}

static void decide(struct batch *batch)
{
    struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->change_count; i++) {
        struct change *change = trade->changes[i];
        if (change->item->outcome != OUTCOME_NONE)
            continue;
        if (change->twin)
            decide_twin(batch, change);
        else if (trade->priced && !change->refused)
            change_settle(batch, change);
        // The answer stage tells what became of those that are taken.
        if (change->refused)
            batch_outcome(change->item, OUTCOME_ANSWERED, change->order_id);
    }
}

static struct slice refusal_text(const struct change *change, struct arena *arena)
{
    return arena_printf(arena, "the %.*s %.*s is refused; the order stays as it was",
                        SLICE_ARGS(action_name(change)), SLICE_ARGS(change->number));
}

static void add_reason(struct arena *arena, struct document *list, struct reason reason)
{
    struct document *record = document_add_record(arena, list, NULL, "Reason");
    document_add_text(arena, record, "code", slice_of(reason.code));
    document_add_text(arena, record, "text", reason.text);
    document_add_text(arena, record, "line", reason.line);
}

static void add_line(struct arena *arena, struct document *list, const struct line *line)
{
    struct document *record = document_add_record(arena, list, NULL, "OrderResponseLine");
    document_add_text(arena, record, "number", line->number);
    document_add_text(arena, record, "status", SLICE("rejected"));
    document_add_text(arena, record, "buyer_part", line->buyer_part);
    document_add_text(arena, record, "gtin", line->gtin);
    document_add_text(arena, record, "description", line->description);
    document_add_decimal(arena, record, "quantity", line->quantity, 6);
    document_add_decimal(arena, record, "confirmed", 0, 6);
    document_add_decimal(arena, record, "backordered", 0, 6);
    document_add_text(arena, record, "unit", line->unit);
    document_add_decimal(arena, record, "unit_price", 0, 4);
    document_add_decimal(arena, record, "price_basis", INT64_C(1000000), 6);
    document_add_decimal(arena, record, "amount", 0, 4);
}

struct document *change_refusal(struct arena *arena, const struct change *change)
{
    char order[ORDER_ID_TEXT_SIZE], id[ORDER_ID_TEXT_SIZE];
    const struct order *known = change->order;
    int64_t shown = change->order_id ? change->order_id : change->id;
    struct document *document = document_record(arena, "OrderResponse");
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(shown, order))));
    document_add_text(arena, document, "account", change->account_number);
    document_add_text(arena, document, "order_number", change->order_number);
    document_add_text(arena, document, "release", change->release);
    document_add_integer(arena, document, "version", known ? known->version : 1);
    document_add_text(arena, document, "status", SLICE("rejected"));
    document_add_instant(arena, document, "responded_at", change->responded_at);
    document_add_instant(arena, document, "ordered_at", known ? known->ordered_at : change->requested_at);
    document_add_text(arena, document, "currency", known ? known->currency : change->currency);
    document_add_decimal(arena, document, "total", 0, 4);
    struct document *reasons = document_add_list(arena, document, "reasons");
    add_reason(arena, reasons,
               (struct reason){ .code = "change_refused", .text = refusal_text(change, arena) });
    for (size_t i = 0; i < change->reason_count; i++)
        add_reason(arena, reasons, change->reasons[i]);
    struct document *lines = document_add_list(arena, document, "lines");
    for (size_t i = 0; i < change->line_count; i++)
        add_line(arena, lines, &change->lines[i]);
    document_add_text(arena, document, "channel", change->channel);
    document_add_text(arena, document, "partner", change->partner);
    document_add_text(arena, document, "reply_reference", change->reply_reference);
    document_add_boolean(arena, document, "test", change->test);
    document_add_text(arena, document, "change_number", change->number);
    document_add_text(arena, document, "change_id",
                      arena_copy(arena, slice_of(order_id_text(change->id, id))));
    return document;
}

const struct stage change_stage = {
    .name = "change",
    .purpose = "puts the buyer's changes and cancellations to the orders that they name",
    .gather = change_gather,
    .decide = decide,
    .apply = change_store,
};
