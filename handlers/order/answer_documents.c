// SPDX-License-Identifier: Apache-2.0
#include "handlers/order/answer.h"

#include "handlers/money.h"
#include "handlers/terms/terms_agreed.h"

const char *answer_hold_code(enum hold hold)
{
    static const char *const codes[HOLD_COUNT] = { "account_pending", "over_credit_limit", "approval_needed",
                                                   "over_budget", "information_needed" };
    return codes[hold];
}

static void add_money(struct arena *arena, struct document *document, const char *name,
                      const struct order *order, int64_t minor)
{
    int64_t decimal4 = 0;
    if (order->exponent >= 0)
        money_decimal4(minor, order->exponent, &decimal4);
    document_add_decimal(arena, document, name, decimal4, MONEY_SCALE);
}

static void add_identity(struct arena *arena, struct document *document, const struct order *order)
{
    char id[ORDER_ID_TEXT_SIZE];
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_text(arena, document, "account", order->account_number);
    document_add_text(arena, document, "order_number", order->order_number);
    document_add_text(arena, document, "release", order->release);
    document_add_integer(arena, document, "version", order->version);
}

static void add_reason(struct arena *arena, struct document *list, struct reason reason)
{
    struct document *record = document_add_record(arena, list, NULL, "Reason");
    document_add_text(arena, record, "code", slice_of(reason.code));
    document_add_text(arena, record, "text", reason.text);
    document_add_text(arena, record, "line", reason.line);
}

static struct document *add_reasons(struct arena *arena, struct document *document, const struct order *order)
{
    struct document *list = document_add_list(arena, document, "reasons");
    for (size_t i = 0; i < order->reason_count; i++)
        add_reason(arena, list, order->reasons[i]);
    return list;
}

struct document *answer_event(struct arena *arena, const struct order *order)
{
    struct document *document = document_record(arena, "OrderEvent");
    add_identity(arena, document, order);
    document_add_integer(arena, document, "sequence", order->event_seq);
    document_add_text(arena, document, "kind", slice_of(order->event));
    document_add_text(arena, document, "state", slice_of(order_state_name(order->next_state)));
    document_add_instant(arena, document, "occurred_at", order->decided_at);
    document_add_text(arena, document, "currency", order->currency);
    add_money(arena, document, "total", order, order->total);
    struct document *holds = document_add_list(arena, document, "holds");
    struct document *reasons = add_reasons(arena, document, order);
    for (int hold = 0; hold < HOLD_COUNT; hold++) {
        if (!order->holds[hold])
            continue;
        document_add_text(arena, holds, NULL, slice_of(hold_name((enum hold)hold)));
        add_reason(
            arena, reasons,
            (struct reason){ .code = answer_hold_code((enum hold)hold), .text = order->hold_reasons[hold] });
    }
    document_add_text(arena, document, "actor", order->actor);
    document_add_boolean(arena, document, "test", order->test);
    document_add_text(arena, document, "reference", order->reference);
    document_add_text(arena, document, "progress", order->fulfilled ? slice_of(order->progress) : SLICE(""));
    terms_tell_order(arena, document, order);
    return document;
}

static const char *line_status(const struct order *order, const struct line *line,
                               const struct change *change)
{
    if (order->next_state == ORDER_CANCELLED)
        return change ? "deleted" : "rejected";
    if (order->next_state == ORDER_REJECTED || line->rejected)
        return "rejected";
    if (line->changed)
        return "changed";
    return line->backordered > 0 ? "backordered" : "accepted";
}

static const char *order_status(const struct order *order, const struct change *change)
{
    if (order->next_state == ORDER_CANCELLED)
        return change ? "accepted" : "rejected";
    if (order->next_state == ORDER_REJECTED)
        return "rejected";
    for (size_t i = 0; i < order->line_count; i++)
        if (strcmp(line_status(order, &order->lines[i], change), "accepted") != 0)
            return "changed";
    return "accepted";
}

// What the change that is answered did to the line; of an earlier one that is no longer known.
static const char *line_change(const struct order *order, const struct line *line,
                               const struct change *change)
{
    if (!change || change != order->change)
        return "";
    return line->act == LINE_ADDED ? "added" : line->act == LINE_CHANGED ? "changed" : "";
}

static void add_line(struct arena *arena, struct document *list, const struct order *order,
                     const struct line *line, const char *status, const char *change)
{
    bool taken = strcmp(status, "rejected") != 0 && strcmp(status, "deleted") != 0;
    struct document *record = document_add_record(arena, list, NULL, "OrderResponseLine");
    document_add_text(arena, record, "number", line->number);
    document_add_text(arena, record, "status", slice_of(status));
    document_add_text(arena, record, "product", line->product);
    document_add_text(arena, record, "buyer_part", line->buyer_part);
    document_add_text(arena, record, "gtin", line->gtin);
    document_add_text(arena, record, "description", line->description);
    document_add_decimal(arena, record, "quantity", line->quantity, QUANTITY_SCALE);
    document_add_decimal(arena, record, "confirmed", taken ? line->confirmed : 0, QUANTITY_SCALE);
    document_add_decimal(arena, record, "backordered", taken ? line->backordered : 0, QUANTITY_SCALE);
    document_add_text(arena, record, "unit", line->unit);
    document_add_decimal(arena, record, "unit_price", line->unit_price, MONEY_SCALE);
    document_add_decimal(arena, record, "price_basis", line->price_basis ? line->price_basis : QUANTITY_ONE,
                         QUANTITY_SCALE);
    add_money(arena, record, "amount", order, taken ? line->amount : 0);
    if (line->has_date)
        document_add_date(arena, record, "requested_date", line->requested_date);
    document_add_text(arena, record, "change", slice_of(change));
}

struct document *answer_response(struct arena *arena, const struct order *order, const struct change *change)
{
    char id[ORDER_ID_TEXT_SIZE];
    bool ended = order->next_state == ORDER_REJECTED || order->next_state == ORDER_CANCELLED;
    struct document *document = document_record(arena, "OrderResponse");
    add_identity(arena, document, order);
    document_add_text(arena, document, "status", slice_of(order_status(order, change)));
    document_add_instant(arena, document, "responded_at", order->responded_at);
    document_add_instant(arena, document, "ordered_at", order->ordered_at);
    document_add_text(arena, document, "currency", order->currency);
    add_money(arena, document, "total", order, ended ? 0 : order->total);
    add_reasons(arena, document, order);
    struct document *lines = document_add_list(arena, document, "lines");
    for (size_t i = 0; i < order->line_count; i++)
        add_line(arena, lines, order, &order->lines[i], line_status(order, &order->lines[i], change),
                 line_change(order, &order->lines[i], change));
    for (size_t i = 0; change && change == order->change && i < order->deleted_count; i++)
        add_line(arena, lines, order, &order->deleted[i], "deleted", "deleted");
    document_add_text(arena, document, "channel", change ? change->channel : order->channel);
    document_add_text(arena, document, "partner", change ? change->partner : order->partner);
    document_add_text(arena, document, "reply_reference",
                      change ? change->reply_reference : order->reply_reference);
    document_add_boolean(arena, document, "test", order->test);
    terms_tell_order(arena, document, order);
    if (!change)
        return document;
    document_add_text(arena, document, "change_number", change->number);
    document_add_text(arena, document, "change_id",
                      arena_copy(arena, slice_of(order_id_text(change->id, id))));
    return document;
}
