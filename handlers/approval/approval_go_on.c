// SPDX-License-Identifier: Apache-2.0
// From task to task: which of an order's tasks are of its present plan, and whose turn it is.
#include "handlers/approval/approval.h"
#include "handlers/order/order_hash.h"

bool approval_is_current(const struct approval *approval, const struct approval_task *task)
{
    return task->state != APPROVAL_WITHDRAWN &&
           slice_equal(task->content_hash, order_approval_hash(approval->order, approval->batch->arena));
}

bool approval_is_planned(const struct approval *approval)
{
    for (const struct approval_task *task = approval->order->tasks; task; task = task->next)
        if (approval_is_current(approval, task))
            return true;
    return false;
}

struct approval_task *approval_find(const struct order *order, struct slice task_id)
{
    for (struct approval_task *task = order->tasks; task; task = task->next)
        if (slice_equal(task->task_id, task_id))
            return task;
    return NULL;
}

// In a chain each waits for the one before.
static bool may_open(const struct approval *approval, const struct approval_task *task)
{
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    if (!tier || tier->mode != TIER_CHAIN)
        return true;
    struct slice own = task->slot, number = slice_cut(&own, '/');
    for (const struct approval_task *other = approval->order->tasks; other && other != task;
         other = other->next) {
        struct slice rest = other->slot;
        if (approval_is_current(approval, other) && approval_is_pending(other) &&
            slice_equal(other->tier, task->tier) && !slice_equal(slice_cut(&rest, '/'), number))
            return false;
    }
    return true;
}

void approval_go_on(struct approval *approval)
{
    struct order *order = approval->order;
    const struct approval_task *first = NULL;
    bool returned = false;
    for (struct approval_task *task = order->tasks; task; task = task->next) {
        if (!approval_is_current(approval, task) || !approval_is_pending(task))
            continue;
        if (!first)
            first = task;
        returned = returned || task->state == APPROVAL_RETURNED;
        bool turn = slice_equal(task->tier, first->tier) && may_open(approval, task);
        if (task->state == APPROVAL_WAITING && (turn || task->stuck))
            approval_task_open(approval, task);
    }
    if (!returned)
        order_release(order, HOLD_INFORMATION);
    order->approval_hash = order_approval_hash(order, approval->batch->arena);
    if (!first)
        order_release(order, HOLD_APPROVAL);
}
