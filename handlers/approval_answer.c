// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval.h"

bool approval_may(const struct order *order, const struct user *user)
{
    return user && user->active && user->may_approve && user != order->user;
}

// Under which name the actor decides; empty where he was not asked. Where nobody in the buyer's company is
// eligible, the seller decides ("seller:NAME"), or whoever there has got the right meanwhile.
static struct slice deciding(const struct trade *trade, const struct order *order, struct slice actor)
{
    const struct user *user = trade_user(trade, order->account_number, actor);
    bool nobody_asked = slice_empty(order->task->approver);
    if (nobody_asked && slice_starts(actor, "seller:"))
        return actor;
    if (!approval_may(order, user) || (!nobody_asked && !slice_equal(user->number, order->task->approver)))
        return (struct slice){ 0 };
    return user->number;
}

// NULL where the decision can be taken.
static const char *refusal(const struct order *order, const struct document *decision, struct slice actor)
{
    struct slice task_id = document_text(decision, "task_id"), hash = document_text(decision, "content_hash");
    if (!slice_is(document_text(decision, "decision"), "approve") &&
        !slice_is(document_text(decision, "decision"), "reject"))
        return "the decision is neither 'approve' nor 'reject'";
    if (!order->task)
        return "nobody was asked to approve the order";
    if (!slice_empty(task_id) && !slice_equal(task_id, order->task->task_id))
        return "the order has no such task";
    if (strcmp(order->task->state, "open") != 0)
        return "the task is already decided";
    if (slice_empty(actor))
        return "the actor was not asked or may not approve";
    if (!slice_empty(hash) && !slice_equal(hash, order->task->content_hash))
        return "the content that was looked at is no longer what is to be approved";
    return NULL;
}

static bool says_the_same(const struct approval_task *task, const struct document *decision,
                          struct slice actor)
{
    bool approve = slice_is(document_text(decision, "decision"), "approve");
    return !slice_empty(actor) && slice_equal(task->decided_by, actor) &&
           strcmp(task->state, approve ? "approved" : "rejected") == 0;
}

void approval_answer(struct batch *batch, struct order *order)
{
    const struct document *decision = order->item->document;
    struct slice name = document_text(decision, "actor");
    struct slice actor = order->task ? deciding(batch->trade, order, name) : (struct slice){ 0 };
    const char *why = refusal(order, decision, actor);
    if (why) {
        order->settled = true;
        if (order->task && says_the_same(order->task, decision, actor)) {
            batch_outcome(order->item, OUTCOME_REPEATED, order->id);
            return;
        }
        char id[ORDER_ID_TEXT_SIZE];
        batch_park(batch, order->item, "decision '%.*s' of '%.*s' on order %s of account %.*s is refused: %s",
                   SLICE_ARGS(document_text(decision, "decision")), SLICE_ARGS(name),
                   order_id_text(order->id, id), SLICE_ARGS(order->account_number), why);
        return;
    }
    bool approve = slice_is(document_text(decision, "decision"), "approve");
    struct approval_task *task = order->task;
    task->state = approve ? "approved" : "rejected";
    task->decided_by = order->actor = actor;
    task->decided_at = batch->now_us;
    task->remark = document_text(decision, "reason");
    task->changed = true;
    if (approve) {
        order_release(order, HOLD_APPROVAL);
        return;
    }
    order_reject(order, batch->arena, "approval_rejected", "%.*s rejected the order%s%.*s", SLICE_ARGS(actor),
                 slice_empty(task->remark) ? "" : ": ", SLICE_ARGS(task->remark));
}
