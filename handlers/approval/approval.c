// SPDX-License-Identifier: Apache-2.0
// approval: who in the buyer's company must agree? The company's circuit says so; without one, above the user's limit
// (or the account's) his approver is asked, never he himself. An approval holds for what was seen: content and total.
#include "handlers/approval/approval.h"

#include "handlers/credit/credit.h"
#include "handlers/order/change.h"
#include "handlers/stages.h"

int64_t approval_tolerance;
static const char *nobody;

bool approval_refuses_nobody(void)
{
    return nobody && strcmp(nobody, "refuse") == 0;
}

static bool is(const struct order *order, const char *type)
{
    return strcmp(order->item->type, type) == 0;
}

// What was to be approved is no longer what the order is. A change that the company's own rules deny is refused. The
// approver's own changes are approved by himself.
static void take_change(struct approval *approval)
{
    struct order *order = approval->order;
    if (approval_is_denied(approval)) {
        change_settle(approval->batch, order->change);
        batch_outcome(order->item, OUTCOME_ANSWERED, order->id);
        return;
    }
    for (struct approval_task *task = order->tasks; task; task = task->next)
        if (approval_is_pending(task) && !approval_is_alteration(order, task))
            approval_task_close(approval, task, APPROVAL_WITHDRAWN, "withdrawn");
    approval_plan(approval);
    for (struct approval_task *task = order->tasks; task; task = task->next)
        if (approval_is_alteration(order, task)) {
            task->state = APPROVAL_APPROVED;
            task->changed = true;
            task->event = "decided";
        }
}

static void decide_open(struct approval *approval)
{
    const struct order *order = approval->order;
    // Nobody is asked before the account is vetted, and nobody twice.
    if (order->holds[HOLD_VETTING])
        return;
    if (order->change && !order->planned) {
        take_change(approval);
        approval->order->planned = true;
    } else if (!approval_is_planned(approval))
        approval_plan(approval);
    if (!order->rejected && !order->settled && approval_is_planned(approval))
        approval_go_on(approval);
}

static void tell(struct approval *approval)
{
    for (struct approval_task *task = approval->order->tasks; task; task = task->next)
        if (task->event) {
            approval_tell(approval, task);
            approval_mail(approval, task);
            task->event = NULL;
        }
}

// The approver's changes could not be taken: he is asked again.
static void reopen(struct approval *approval, struct approval_task *task)
{
    task->decided_by = task->in_name_of = task->change_hash = (struct slice){ 0 };
    task->decided_at = 0;
    task->reason =
        arena_printf(approval->batch->arena, "%.*s; the changes were refused, and the order is as it was",
                     SLICE_ARGS(task->reason));
    task->state = APPROVAL_OPEN;
    task->changed = true;
    task->event = "reopened";
    approval_task_timers(approval, task);
}

static void look_after_refused(struct batch *batch)
{
    for (size_t i = 0; i < batch->trade->change_count; i++) {
        const struct change *change = batch->trade->changes[i];
        if (!change->refused || change->twin || !change->order)
            continue;
        struct approval approval;
        approval_look(batch, change->order, &approval);
        for (struct approval_task *task = change->order->tasks; task; task = task->next)
            if (task->state == APPROVAL_ALTERING && slice_equal(task->change_hash, change->content_hash))
                reopen(&approval, task);
        tell(&approval);
    }
}

// Before prices are known only what people and clocks say is taken; what an order needs depends on what it costs.
static void decide_order(struct batch *batch, struct order *order)
{
    struct approval approval;
    bool priced = batch->trade->priced, open = order_is_open(order) && order->account;
    bool asked = !priced && !order->settled && (is(order, "ApprovalDecision") || is(order, "ApprovalDue"));
    if (!asked && !(priced && !order->settled && (open || order->tasks)))
        return;
    approval_look(batch, order, &approval);
    if (asked && is(order, "ApprovalDecision"))
        approval_answer(&approval);
    else if (asked)
        approval_due(&approval);
    if (order->settled) {
        credit_forget(batch->trade, order);
        return;
    }
    if (!priced)
        return;
    if (open)
        decide_open(&approval);
    if (order->settled)
        return;
    if (order->rejected)
        credit_give_back(batch->trade, order);
    if (order->rejected || order->cancelled)
        approval_withdraw_all(&approval);
    tell(&approval);
}

void approval_deny(struct batch *batch)
{
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        struct order *order = batch->trade->orders[i];
        const struct company *company = trade_company(batch->trade, order->account_number);
        // Circuits are sorted, denials first.
        if (!order_is_open(order) || !order->account || order->holds[HOLD_VETTING] || !company ||
            company->circuit_count == 0 || company->circuits[0]->phase != PHASE_DENY)
            continue;
        struct approval approval;
        approval_look(batch, order, &approval);
        if (order->change || !approval_is_planned(&approval))
            approval_is_denied(&approval);
    }
}

static void decide(struct batch *batch)
{
    for (size_t i = 0; i < batch->trade->order_count; i++)
        decide_order(batch, batch->trade->orders[i]);
    if (batch->trade->priced)
        look_after_refused(batch);
}

static const struct setting settings[] = {
    { "tolerance", SETTING_INTEGER, "0",
      "minor units by which a total may pass a simple limit without approval", &approval_tolerance },
    { "nobody", SETTING_TEXT, "hold",
      "an approval that nobody may give: \"hold\" asks the seller's representative, \"refuse\" refuses the "
      "order",
      &nobody },
    { .name = NULL },
};

const struct stage approval_stage = {
    .name = "approval",
    .purpose = "asks those whom the company's circuit or the user's limit names, and takes their answers",
    .settings = settings,
    .gather = approval_gather_first,
    .decide = decide,
    .apply = approval_store,
};
