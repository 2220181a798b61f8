// SPDX-License-Identifier: Apache-2.0
// answer: what became of each order, told to the world. Each change of an order is one OrderEvent with the
// next number; the buyer hears once, when his order is accepted or rejected.
#include "handlers/answer.h"

#include <assert.h>

#include "handlers/life.h"
#include "handlers/stages.h"

// What happened to the order in this batch; LIFE_EVENT_COUNT for nothing.
static enum life_event happened(const struct order *order)
{
    if (order->state == ORDER_ACCEPTED)
        return order->filled ? LIFE_FILL : LIFE_EVENT_COUNT;
    if (order->state == ORDER_REJECTED)
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

static void owe(struct batch *batch, const struct order *order, const struct document *response)
{
    if (!slice_is(order->channel, "edifact") && !slice_is(order->channel, "cxml"))
        return;
    char id[ORDER_ID_TEXT_SIZE];
    batch_owe(batch, order->item, arena_printf(batch->arena, "ack/%s", order_id_text(order->id, id)),
              order->partner, order->channel, order->reply_reference, response);
}

static void tell(struct batch *batch, struct order *order, enum life_event event)
{
    const struct life_step *step = life_step(order->state, event);
    assert(step);
    order->next_state = step->to;
    order->event = step->kind;
    order->event_seq++;
    order->decided_at = batch->now_us;
    if (step->to == ORDER_REJECTED)
        for (int hold = 0; hold < HOLD_COUNT; hold++)
            order_release(order, (enum hold)hold);
    bool responds = step->to != step->from && step->to != ORDER_HELD;
    if (responds) {
        order->response_seq = order->event_seq;
        order->responded_at = batch->now_us;
    }
    batch_publish(batch, order->item, TOPIC_EVENTS, order->account_number, answer_event(batch->arena, order));
    if (!responds)
        return;
    struct document *response = answer_response(batch->arena, order);
    batch_publish(batch, order->item, TOPIC_ACKNOWLEDGEMENTS, order->account_number, response);
    owe(batch, order, response);
}

// The same answer goes out again on the partner's channel, under the same id; the topics have had theirs.
static void repeat(struct batch *batch, struct order *order)
{
    order->next_state = order->state;
    if (order->repeated_as && order->item->outcome == OUTCOME_REPEATED && order->response_seq > 0)
        owe(batch, order, answer_response(batch->arena, order));
}

static void finish_item(struct order *order)
{
    // A review speaks of many orders, hence of none in particular: it is only looked at.
    if (strcmp(order->item->type, "AccountReview") == 0)
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
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "AccountReview") == 0)
            batch_outcome(item, OUTCOME_RECORDED, 0);
    }
}

const struct stage answer_stage = {
    .name = "answer",
    .purpose = "publishes events and answers, and stores the orders",
    .decide = decide,
    .apply = answer_store,
};
