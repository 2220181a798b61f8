// SPDX-License-Identifier: Apache-2.0
// What a change makes of an order, in memory.
#include "base/text.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/order/order_hash.h"
#include "handlers/order/split.h"

static enum change_action action_of(struct slice text)
{
    if (slice_is(text, "cancel"))
        return CHANGE_CANCEL;
    if (slice_is(text, "change"))
        return CHANGE_LINES;
    return slice_is(text, "replace") ? CHANGE_REPLACE : CHANGE_UNKNOWN;
}

struct change *change_read(struct arena *arena, struct item *item)
{
    const struct document *document = item->document;
    struct change *change = ARENA_NEW(arena, struct change);
    *change = (struct change){
        .item = item,
        .id = order_id_of(item->shard, item->offset),
        .account_number = document_text(document, "account"),
        .order_number = document_text(document, "order_number"),
        .release = document_text(document, "release"),
        .number = document_text(document, "change_number"),
        .user = document_text(document, "user"),
        .note = document_text(document, "note"),
        .currency = document_text(document, "currency"),
        .channel = document_text(document, "channel"),
        .partner = document_text(document, "partner"),
        .reply_reference = document_text(document, "reply_reference"),
        .action_text = document_text(document, "action"),
        .test = document_boolean(document, "test", false),
    };
    // What is no id names no order: it is looked for under an id that none has.
    if (!slice_empty(document_text(document, "order_id")) &&
        !order_id_parse(document_text(document, "order_id"), &change->named_id))
        change->named_id = -1;
    change->action = action_of(change->action_text);
    if (slice_empty(change->channel))
        change->channel = SLICE("kafka");
    document_instant(document, "requested_at", &change->requested_at);
    const struct document *lines = document_get(document, "lines");
    size_t count = lines && lines->kind == DOCUMENT_LIST ? lines->count : 0;
    change->lines = ARENA_ARRAY(arena, count, struct line);
    change->acts = ARENA_ARRAY(arena, count, const char *);
    for (const struct document *line = document_items(document, "lines"); line; line = line->next) {
        order_read_line(&change->lines[change->line_count], line, arena);
        change->acts[change->line_count++] = arena_string(arena, document_text(line, "action"));
    }
    change->content_hash = order_change_hash(change, arena);
    return change;
}

void change_refuse(struct change *change, struct arena *arena, const char *code, struct slice line,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    change->reasons = arena_grow(arena, change->reasons, &change->reason_capacity, change->reason_count + 1,
                                 sizeof *change->reasons);
    change->reasons[change->reason_count++] = (struct reason){ code, text, line };
    change->refused = true;
}

// Changes must be taken in the order in which the buyer wrote them. Of two that he wrote at the same time the
// numbers tell, where they are numbers.
static bool is_stale(const struct change *change, const struct change *last)
{
    int64_t number, before;
    if (change->requested_at != last->requested_at)
        return change->requested_at < last->requested_at;
    return slice_integer(change->number, &number) && slice_integer(last->number, &before) && number < before;
}

static void check_header(struct arena *arena, struct change *change, const struct order *order)
{
    struct slice none = { 0 };
    const struct change *last = order->change_count ? order->changes[order->change_count - 1] : NULL;
    if (order->state == ORDER_REJECTED || order->state == ORDER_CANCELLED)
        change_refuse(change, arena, "order_finished", none, "order %.*s is %s: send a new order",
                      SLICE_ARGS(order->order_number), order_state_name(order->state));
    if (last && is_stale(change, last))
        change_refuse(change, arena, "stale_change", none,
                      "change %.*s was written before change %.*s, which is taken already",
                      SLICE_ARGS(change->number), SLICE_ARGS(last->number));
    if (change->action == CHANGE_UNKNOWN)
        change_refuse(change, arena, "invalid_action", none,
                      "the action '%.*s' is none of cancel, change and replace",
                      SLICE_ARGS(change->action_text));
    if (!slice_empty(change->currency) && !slice_equal(change->currency, order->currency))
        change_refuse(change, arena, "currency_changed", none,
                      "the order is in %.*s and cannot be changed to %.*s: cancel it and send a new one",
                      SLICE_ARGS(order->currency), SLICE_ARGS(change->currency));
    if (change->action == CHANGE_LINES && change->line_count == 0 && slice_empty(change->note))
        change_refuse(change, arena, "empty_change", none, "the change has neither lines nor a note");
    for (size_t i = 0; change->action == CHANGE_CANCEL && i < order->line_count; i++)
        if (order->lines[i].shipped > 0)
            change_refuse(change, arena, "already_shipped", order->lines[i].number,
                          "line %.*s: goods have left already, the order cannot be cancelled",
                          SLICE_ARGS(order->lines[i].number));
}

static const struct line *line_numbered(const struct line *lines, size_t count, struct slice number)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(lines[i].number, number))
            return &lines[i];
    return NULL;
}

// Each line of the change must fit the order's.
static void check_lines(struct arena *arena, struct change *change, const struct order *order)
{
    for (size_t i = 0; i < change->line_count; i++) {
        struct slice number = change->lines[i].number;
        const struct line *old = line_numbered(order->lines, order->line_count, number);
        const char *act = change->acts[i];
        if (line_numbered(change->lines, i, number))
            change_refuse(change, arena, "repeated_line", number,
                          "line number '%.*s' stands twice in the change", SLICE_ARGS(number));
        if (change->action == CHANGE_REPLACE)
            continue;
        bool add = strcmp(act, "add") == 0, drop = strcmp(act, "delete") == 0;
        if (!add && !drop && strcmp(act, "change") != 0)
            change_refuse(change, arena, "invalid_action", number,
                          "line %.*s: the action '%s' is none of add, change and delete", SLICE_ARGS(number),
                          act);
        else if (add && old)
            change_refuse(change, arena, "line_exists", number,
                          "line %.*s is to be added, but the order has it", SLICE_ARGS(number));
        else if (!add && !old)
            change_refuse(change, arena, "unknown_line", number,
                          "line %.*s is to be %sd, but the order has no such line", SLICE_ARGS(number), act);
    }
}

static bool says_charge(const struct line *line)
{
    return !slice_empty(line->cost_centre) || line->split_count > 0;
}

static bool same_charge(const struct line *now, const struct line *old)
{
    return slice_equal(now->cost_centre, old->cost_centre) && split_equal(now, old);
}

// True where what the buyer writes now is what he wrote before. A text or unit that he left out was filled in.
static bool same_line(const struct line *now, const struct line *old)
{
    return slice_equal(now->seller_part, old->seller_part) && slice_equal(now->buyer_part, old->buyer_part) &&
           slice_equal(now->gtin, old->gtin) &&
           (slice_empty(now->description) || slice_equal(now->description, old->description)) &&
           (slice_empty(now->unit) || slice_equal(now->unit, old->unit)) && now->has_quantity &&
           now->quantity == old->quantity && now->has_price == old->has_price &&
           (!now->has_price ||
            (now->stated_price == old->stated_price && now->stated_basis == old->stated_basis)) &&
           now->has_date == old->has_date && (!now->has_date || now->requested_date == old->requested_date) &&
           (!says_charge(now) || same_charge(now, old)) && !old->rejected;
}

struct merge {
    struct arena *arena;
    struct change *change;
    struct order *order;
    struct text effect;
    int32_t last_position;
};

static void note_effect(struct merge *merge, const struct line *line, const char *what)
{
    text_printf(&merge->effect, "%sline %.*s %s", merge->effect.size ? ", " : "", SLICE_ARGS(line->number),
                what);
}

static void drop_line(struct merge *merge, const struct line *old)
{
    if (old->shipped > 0) {
        change_refuse(merge->change, merge->arena, "already_shipped", old->number,
                      "line %.*s: goods have left already, it cannot be deleted", SLICE_ARGS(old->number));
        return;
    }
    merge->order->deleted[merge->order->deleted_count++] = *old;
    note_effect(merge, old, "deleted");
}

static void keep_line(struct merge *merge, const struct line *old)
{
    struct line *line = &merge->order->lines[merge->order->line_count++];
    *line = *old;
    line->act = LINE_KEPT;
}

// The new line takes the old one's place whole; what the stores hold for it goes over to it.
static void put_line(struct merge *merge, const struct line *now, const struct line *old)
{
    char before[DECIMAL_TEXT_SIZE], after[DECIMAL_TEXT_SIZE];
    struct line *line = &merge->order->lines[merge->order->line_count++];
    *line = *now;
    line->act = old ? LINE_CHANGED : LINE_ADDED;
    line->position = old ? old->position : ++merge->last_position;
    const char *quantity = decimal_text(now->quantity, QUANTITY_SCALE, after);
    if (old && !says_charge(now)) {
        line->cost_centre = old->cost_centre;
        line->splits = old->splits;
        line->split_count = old->split_count;
    }
    if (old) {
        line->holdings = old->holdings;
        line->shipped = old->shipped;
        line->closed = old->closed;
        note_effect(merge, now,
                    arena_printf(merge->arena, "changed from %s to %s",
                                 decimal_text(old->quantity, QUANTITY_SCALE, before), quantity)
                        .data);
    } else
        note_effect(merge, now, arena_printf(merge->arena, "added with %s", quantity).data);
}

static void merge_lines(struct merge *merge)
{
    const struct change *change = merge->change;
    const struct order *before = merge->order->before;
    bool replace = change->action == CHANGE_REPLACE;
    for (size_t i = 0; i < before->line_count; i++) {
        const struct line *old = &before->lines[i];
        const struct line *now = line_numbered(change->lines, change->line_count, old->number);
        if (old->position > merge->last_position)
            merge->last_position = old->position;
        bool drop = now ? !replace && strcmp(change->acts[now - change->lines], "delete") == 0 : replace;
        if (drop)
            drop_line(merge, old);
        else if (!now || same_line(now, old))
            keep_line(merge, old);
        else
            put_line(merge, now, old);
    }
    for (size_t i = 0; i < change->line_count; i++)
        if (!line_numbered(before->lines, before->line_count, change->lines[i].number))
            put_line(merge, &change->lines[i], NULL);
}

// Reasons stay with the lines that stay.
static void keep_reasons(struct arena *arena, struct order *order)
{
    const struct order *before = order->before;
    for (size_t i = 0; i < before->reason_count; i++) {
        const struct line *line = line_numbered(order->lines, order->line_count, before->reasons[i].line);
        if (line && line->act == LINE_KEPT)
            order_reason(order, arena, before->reasons[i].code, line, "%.*s",
                         SLICE_ARGS(before->reasons[i].text));
    }
}

static void alter(struct arena *arena, struct change *change, struct order *order)
{
    struct merge merge = { .arena = arena, .change = change, .order = order, .effect = text_in(arena) };
    order->before = ARENA_NEW(arena, struct order);
    *order->before = *order;
    order->change = change;
    order->actor = change->user;
    order->reasons = NULL;
    order->reason_count = order->reason_capacity = 0;
    // The change was looked at anew: what holds the order is found again, or is gone.
    memset(order->holds, 0, sizeof order->holds);
    memset(order->hold_reasons, 0, sizeof order->hold_reasons);
    if (slice_empty(order->first_hash))
        order->first_hash = order->content_hash;
    order->content_hash = order_changed_hash(order, change->content_hash, arena);
    if (!slice_empty(change->user))
        order->user_name = change->user;
    if (change->action == CHANGE_CANCEL) {
        order->cancelled = true;
        order_reason(order, arena, "cancelled", NULL, "the buyer has cancelled the order by %.*s",
                     SLICE_ARGS(change->number));
        change->effect = SLICE("order cancelled");
        return;
    }
    if (!slice_empty(change->note) || change->action == CHANGE_REPLACE)
        order->note = change->note;
    order->priced = false;
    order->lines = ARENA_ARRAY(arena, order->before->line_count + change->line_count, struct line);
    order->deleted = ARENA_ARRAY(arena, order->before->line_count, struct line);
    order->line_count = 0;
    merge_lines(&merge);
    keep_reasons(arena, order);
    change->effect = merge.effect.size ? text_slice(&merge.effect) : SLICE("no line changed");
}

void change_take(struct arena *arena, struct change *change, struct order *order)
{
    if (!order) {
        change_refuse(change, arena, "unknown_order", (struct slice){ 0 },
                      "account %.*s has no order '%.*s'%s%.*s", SLICE_ARGS(change->account_number),
                      SLICE_ARGS(change->order_number), slice_empty(change->release) ? "" : " of release ",
                      SLICE_ARGS(change->release));
        return;
    }
    change->order = order;
    change->order_id = order->id;
    order->item = change->item;
    check_header(arena, change, order);
    if (!change->refused)
        check_lines(arena, change, order);
    if (!change->refused)
        alter(arena, change, order);
    if (change->refused && order->before)
        *order = *order->before;
    order->settled = change->refused;
}
