// SPDX-License-Identifier: Apache-2.0
// The clock of open tasks: a reminder, going up when it is due, the end. Nothing here ever says yes.
#include "base/clock.h"
#include "handlers/approval/approval.h"

static void remind(struct approval *approval, struct approval_task *task)
{
    task->reminded++;
    task->changed = true;
    task->event = "reminded";
    approval_task_timers(approval, task);
}

// Adds people to those who are asked; each original once.
static bool ask_besides(struct approval *approval, struct approval_task *task,
                        const struct circuit_slot *slot)
{
    size_t count = task->asked_count;
    struct approval_asked *asked =
        ARENA_ARRAY(approval->batch->arena, count + slot->candidate_count, struct approval_asked);
    if (count > 0)
        memcpy(asked, task->asked, count * sizeof *asked);
    for (size_t i = 0; i < slot->candidate_count; i++) {
        bool known = false;
        for (size_t j = 0; j < count; j++)
            known = known || slice_equal(asked[j].original, slot->candidates[i].original);
        if (!known)
            asked[count++] =
                (struct approval_asked){ slot->candidates[i].original, slot->candidates[i].acting };
    }
    bool more = count > task->asked_count;
    task->asked = asked;
    task->asked_count = count;
    task->asked_changed = task->asked_changed || more;
    return more;
}

static bool ask_managers(struct approval *approval, struct approval_task *task, const struct slice *used,
                         size_t used_count)
{
    struct circuit_slot slot = { 0 };
    for (size_t i = 0; approval->company && i < task->asked_count; i++) {
        const struct user *asked = company_user(approval->company, task->asked[i].original);
        const struct user *manager = asked ? company_manager(approval->company, asked, 1) : NULL;
        if (!manager)
            continue;
        struct circuit_selector selector = { .kind = SELECTOR_USER, .name = manager->number };
        struct circuit_group group = { &selector, 1 };
        circuit_candidates(&group, (struct slice){ 0 }, &approval->looked_at, &approval->assign, used,
                           used_count, approval->batch->arena, &slot);
    }
    return ask_besides(approval, task, &slot);
}

static void ask_seller(struct approval *approval, struct approval_task *task)
{
    struct candidate seller = { .original = approval->assign.sales_rep,
                                .acting = approval->assign.sales_rep };
    struct circuit_slot slot = { .candidates = &seller, .candidate_count = 1 };
    ask_besides(approval, task, &slot);
}

static void escalate(struct approval *approval, struct approval_task *task)
{
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    struct circuit_slot slot = { .currency = tier ? circuit->currency : (struct slice){ 0 } };
    struct slice *used;
    size_t used_count = approval_used(approval, task, &used);
    if (tier && tier->escalate.selector_count > 0)
        circuit_candidates(&tier->escalate, (struct slice){ 0 }, &approval->looked_at, &approval->assign,
                           used, used_count, approval->batch->arena, &slot);
    if (!ask_besides(approval, task, &slot) && !ask_managers(approval, task, used, used_count))
        ask_seller(approval, task);
    task->escalated = true;
    task->changed = true;
    task->event = "escalated";
    approval_task_timers(approval, task);
}

static void expire(struct approval *approval, struct approval_task *task)
{
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    char at[INSTANT_TEXT_SIZE];
    struct arena *arena = approval->batch->arena;
    instant_text(task->expires_at, at);
    if (tier && tier->expiry_rejects) {
        approval_task_close(approval, task, APPROVAL_EXPIRED, "expired");
        order_reject(approval->order, arena, "approval_expired", "nobody approved the order until %s (%.*s)",
                     at, SLICE_ARGS(task->asks));
        return;
    }
    task->reason = arena_printf(arena, "%.*s; nobody has acted until %s", SLICE_ARGS(task->reason), at);
    task->expires_at = 0;
    task->changed = true;
    task->event = "expired";
    ask_seller(approval, task);
    approval_task_timers(approval, task);
}

void approval_due(struct approval *approval)
{
    const struct document *document = approval->order->item->document;
    struct slice kind = document_text(document, "kind");
    struct approval_task *task = approval_find(approval->order, document_text(document, "task_id"));
    int64_t due_at = 0;
    document_instant(document, "due_at", &due_at);
    // Whatever is out of date has been decided, changed or set anew meanwhile.
    if (!task || task->state != APPROVAL_OPEN || !approval_is_current(approval, task) ||
        !order_is_open(approval->order))
        return;
    if (slice_is(kind, "remind") && due_at == approval_next_reminder(approval, task))
        remind(approval, task);
    else if (slice_is(kind, "escalate") && !task->escalated && due_at == task->due_at)
        escalate(approval, task);
    else if (slice_is(kind, "expire") && due_at == task->expires_at)
        expire(approval, task);
}
