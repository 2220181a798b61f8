// SPDX-License-Identifier: Apache-2.0
// answer: what became of each order, told to the world. Whatever happens to an order is one OrderEvent with
// the next number; the buyer hears once of his order, when it is decided, and once of each change.
#include "handlers/order/answer.h"

#include <assert.h>

#include "handlers/order/life.h"
#include "handlers/stages.h"

// What happened to the order in this batch; LIFE_EVENT_COUNT for nothing.
static enum life_event happened(const struct order *order)
{
    if (order->change)
        return order->cancelled ? LIFE_CANCEL : order_is_held(order) ? LIFE_CHANGE_HOLD : LIFE_CHANGE;
    if (order->state == ORDER_ACCEPTED && order->fulfilled)
        return order->fulfilled == FULFILLED_SHIPMENT ? LIFE_SHIP : LIFE_INVOICE;
    if (order->state == ORDER_ACCEPTED)
        return order->filled ? LIFE_FILL : LIFE_EVENT_COUNT;
    if (order->state == ORDER_REJECTED || order->state == ORDER_CANCELLED)
        return LIFE_EVENT_COUNT;
    if (order->rejected)
        return LIFE_REJECT;
    if (!order_is_held(order))
        return LIFE_ACCEPT;
    bool released = false;
    for (int hold = 0; hold < HOLD_COUNT; hold++) {
        if (order->holds[hold] && !order->was_held[hold])
            return LIFE_HOLD;
        released = released || order->released[hold];
    }
    return released ? LIFE_RELEASE : LIFE_EVENT_COUNT;
}

static bool has_channel(struct slice channel)
{
    return slice_is(channel, "edifact") || slice_is(channel, "cxml");
}

static void owe(struct batch *batch, const struct order *order, const struct document *response)
{
    char id[ORDER_ID_TEXT_SIZE];
    if (has_channel(order->channel))
        batch_owe(batch, order->item, arena_printf(batch->arena, "ack/%s", order_id_text(order->id, id)),
                  order->partner, order->channel, order->reply_reference, response);
}

static void owe_change(struct batch *batch, const struct item *cause, const struct change *change,
                       const struct document *response)
{
    char id[ORDER_ID_TEXT_SIZE];
    if (has_channel(change->channel))
        batch_owe(batch, cause, arena_printf(batch->arena, "ack/change/%s", order_id_text(change->id, id)),
                  change->partner, change->channel, change->reply_reference, response);
}

static void respond_change(struct batch *batch, const struct order *order, struct change *change)
{
    change->response_seq = order->event_seq;
    change->responded_at = batch->now_us;
    change->answered = true;
    struct document *response = answer_response(batch->arena, order, change);
    batch_publish(batch, order->item, TOPIC_ACKNOWLEDGEMENTS, order->account_number, response);
    owe_change(batch, order->item, change, response);
}

// The order is answered once, where it is decided first; each of its changes is answered once, too.
static void respond(struct batch *batch, struct order *order)
{
    bool first = order->response_seq == 0;
    order->response_seq = order->event_seq;
    order->responded_at = batch->now_us;
    if (first) {
        struct document *response = answer_response(batch->arena, order, NULL);
        batch_publish(batch, order->item, TOPIC_ACKNOWLEDGEMENTS, order->account_number, response);
        owe(batch, order, response);
    }
    for (size_t i = 0; i < order->change_count; i++)
        if (!order->changes[i]->responded_at)
            respond_change(batch, order, order->changes[i]);
    if (order->change)
        respond_change(batch, order, order->change);
}

static void tell(struct batch *batch, struct order *order, enum life_event event)
{
    const struct life_step *step = life_step(order->state, event);
    assert(step);
    order->next_state = step->to;
    order->event = step->kind;
    order->event_seq++;
    order->decided_at = batch->now_us;
    if (step->to == ORDER_REJECTED || step->to == ORDER_CANCELLED)
        for (int hold = 0; hold < HOLD_COUNT; hold++)
            order_release(order, (enum hold)hold);
    batch_publish(batch, order->item, TOPIC_EVENTS, order->account_number, answer_event(batch->arena, order));
    bool told = event == LIFE_FILL || event == LIFE_SHIP || event == LIFE_INVOICE;
    if (step->to != ORDER_HELD && !told)
        respond(batch, order);
}

// The same answer goes out again on the partner's channel, under the same id; the topics have had theirs.
static void repeat(struct batch *batch, struct order *order)
{
    order->next_state = order->state;
    if (order->repeated_as && order->item->outcome == OUTCOME_REPEATED && order->response_seq > 0)
        owe(batch, order, answer_response(batch->arena, order, NULL));
}

// A change that came before gets its answer again, where it has had one.
static void repeat_change(struct batch *batch, const struct item *cause, const struct change *change)
{
    if (!change->responded_at)
        return;
    if (!change->refused && change->order)
        change->order->next_state = change->order->state;
    if (change->refused || change->order)
        owe_change(batch, cause, change,
                   change->refused ? change_refusal(batch->arena, change)
                                   : answer_response(batch->arena, change->order, change));
}

static void decide_changes(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->change_count; i++) {
        const struct change *change = trade->changes[i];
        if (change->twin && change->item->outcome == OUTCOME_REPEATED)
            repeat_change(batch, change->item, change->twin);
        if (!change->refused)
            continue;
        struct document *response = change_refusal(batch->arena, change);
        batch_publish(batch, change->item, TOPIC_ACKNOWLEDGEMENTS, change->account_number, response);
        owe_change(batch, change->item, change, response);
    }
}

static bool is_looked_at(const struct item *item)
{
    return strcmp(item->type, "AccountReview") == 0 || strcmp(item->type, "FulfilmentNotice") == 0 ||
           strcmp(item->type, "ApprovalDue") == 0;
}

static void finish_item(struct order *order)
{
    // A review speaks of many orders, hence of none in particular; a notice owes no answer: both are looked at.
    if (is_looked_at(order->item))
        return;
    batch_outcome(order->item, order->next_state == ORDER_HELD ? OUTCOME_HELD : OUTCOME_ANSWERED, order->id);
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order->settled) {
            repeat(batch, order);
            continue;
        }
        order->next_state = order->state;
        enum life_event event = happened(order);
        if (event != LIFE_EVENT_COUNT)
            tell(batch, order, event);
        finish_item(order);
    }
    decide_changes(batch);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (item->document && item->outcome == OUTCOME_NONE && is_looked_at(item))
            batch_outcome(item, OUTCOME_RECORDED, 0);
    }
}

const struct stage answer_stage = {
    .name = "answer",
    .purpose = "publishes events and answers, and stores the orders",
    .decide = decide,
    .apply = answer_store,
};
