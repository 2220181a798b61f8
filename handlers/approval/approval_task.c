// SPDX-License-Identifier: Apache-2.0
// One task: made, opened, closed, and its clock.
#include "handlers/approval/approval.h"
#include "handlers/approval/circuit_load.h"
#include "handlers/order/order_hash.h"

static const char *const states[] = { "waiting",  "open",     "returned",  "altering",
                                      "approved", "rejected", "withdrawn", "expired" };

const char *approval_state_name(enum approval_state state)
{
    return states[state];
}

bool approval_state_parse(struct slice text, enum approval_state *state)
{
    for (int i = 0; i < APPROVAL_STATE_COUNT; i++)
        if (slice_is(text, states[i])) {
            *state = (enum approval_state)i;
            return true;
        }
    return false;
}

bool approval_is_pending(const struct approval_task *task)
{
    return task->state <= APPROVAL_ALTERING;
}

struct approval_task *approval_task_new(struct approval *approval, struct slice suffix)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct order *order = approval->order;
    struct arena *arena = approval->batch->arena;
    struct approval_task *task = ARENA_NEW(arena, struct approval_task), **last = &order->tasks;
    while (*last)
        last = &(*last)->next;
    *last = task;
    task->task_id = arena_printf(arena, "%s/%d%.*s", order_id_text(order->id, id), (int)order->event_seq + 1,
                                 SLICE_ARGS(suffix));
    task->requester = order->user ? order->user->number : order->user_name;
    task->content_hash = order_approval_hash(order, arena);
    task->total = order->total;
    task->created_at = approval->batch->now_us;
    task->position = 1;
    task->changed = true;
    return task;
}

const struct circuit_tier *approval_tier(const struct approval *approval, const struct approval_task *task,
                                         const struct circuit **circuit)
{
    *circuit = approval->company ? circuit_named(approval->company->circuits,
                                                 approval->company->circuit_count, task->circuit)
                                 : NULL;
    for (size_t i = 0; *circuit && i < (*circuit)->tier_count; i++)
        if (slice_equal((*circuit)->tiers[i].name, task->tier))
            return &(*circuit)->tiers[i];
    return NULL;
}

size_t approval_used(const struct approval *approval, const struct approval_task *task, struct slice **used)
{
    const struct circuit *circuit;
    size_t count = 0, most = 0;
    approval_tier(approval, task, &circuit);
    for (const struct approval_task *other = approval->order->tasks; other; other = other->next)
        most += 2;
    *used = ARENA_ARRAY(approval->batch->arena, most, struct slice);
    for (const struct approval_task *other = approval->order->tasks; other; other = other->next) {
        bool together = slice_equal(other->circuit, task->circuit) &&
                        ((circuit && circuit->distinct_in_circuit) || slice_equal(other->tier, task->tier));
        if (other == task || !together || other->state != APPROVAL_APPROVED || slice_empty(task->circuit) ||
            !approval_is_current(approval, other))
            continue;
        (*used)[count++] = other->decided_by;
        if (!slice_empty(other->in_name_of))
            (*used)[count++] = other->in_name_of;
    }
    return count;
}

void approval_task_ask(struct approval *approval, struct approval_task *task, const struct circuit_slot *slot)
{
    task->asked = ARENA_ARRAY(approval->batch->arena, slot->candidate_count, struct approval_asked);
    task->asked_count = slot->candidate_count;
    for (size_t i = 0; i < slot->candidate_count; i++)
        task->asked[i] = (struct approval_asked){ slot->candidates[i].original, slot->candidates[i].acting };
    task->asked_changed = true;
    task->approver = task->asked_count ? task->asked[0].acting : (struct slice){ 0 };
}

static const struct working_calendar *calendar_of(const struct approval *approval,
                                                  const struct circuit *circuit)
{
    return approval->company ? company_calendar(approval->company, circuit->calendar) : NULL;
}

static void set_timer(struct approval *approval, const struct approval_task *task, const char *kind,
                      int64_t due_us)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct arena *arena = approval->batch->arena;
    const struct order *order = approval->order;
    struct slice timer = arena_printf(arena, "approval/%.*s/%s", SLICE_ARGS(task->task_id), kind);
    if (!due_us) {
        batch_clear_timer(approval->batch, order->item, timer);
        return;
    }
    struct document *document = document_record(arena, "ApprovalDue");
    document_add_text(arena, document, "account", order->account_number);
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_text(arena, document, "task_id", task->task_id);
    document_add_text(arena, document, "kind", slice_of(kind));
    document_add_instant(arena, document, "due_at", due_us);
    batch_set_timer(approval->batch, order->item, timer, due_us, order->account_number, document);
}

int64_t approval_next_reminder(const struct approval *approval, const struct approval_task *task)
{
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    if (!tier || tier->remind_minutes == 0 || task->reminded >= APPROVAL_REMINDERS_MAX)
        return 0;
    int64_t next = calendar_after(calendar_of(approval, circuit), task->opened_at,
                                  tier->remind_minutes * (task->reminded + 1));
    return task->expires_at && next >= task->expires_at ? 0 : next;
}

void approval_task_timers(struct approval *approval, struct approval_task *task)
{
    bool open = task->state == APPROVAL_OPEN;
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    if (!task->timed && !open)
        return;
    if (!task->timed && (!tier || (!tier->remind_minutes && !tier->due_minutes && !tier->expire_minutes)))
        return;
    task->timed = open;
    set_timer(approval, task, "remind", open ? approval_next_reminder(approval, task) : 0);
    set_timer(approval, task, "escalate", open && !task->escalated ? task->due_at : 0);
    set_timer(approval, task, "expire", open ? task->expires_at : 0);
}

// The slot of the task, resolved anew. Where the circuit has lost it, nobody is asked but the seller.
static struct circuit_slot resolve(struct approval *approval, const struct approval_task *task)
{
    struct arena *arena = approval->batch->arena;
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    struct circuit_slot slot = { .tier = tier, .currency = tier ? circuit->currency : (struct slice){ 0 } };
    struct slice *used, centre = task->slot, number = slice_cut(&centre, '/');
    size_t used_count = approval_used(approval, task, &used);
    int64_t group = 0;
    if (!tier || (!slice_starts(number, "q") &&
                  (!slice_integer(number, &group) || group < 1 || (size_t)group > tier->group_count))) {
        slot.nobody =
            arena_printf(arena, "circuit %.*s has no such tier any more", SLICE_ARGS(task->circuit));
        return slot;
    }
    for (size_t i = 0; i < tier->group_count; i++)
        if (group == 0 || i + 1 == (size_t)group)
            circuit_candidates(&tier->groups[i], centre, &approval->looked_at, &approval->assign, used,
                               used_count, arena, &slot);
    return slot;
}

void approval_task_open(struct approval *approval, struct approval_task *task)
{
    struct arena *arena = approval->batch->arena;
    const struct circuit *circuit;
    const struct circuit_tier *tier = approval_tier(approval, task, &circuit);
    task->state = APPROVAL_OPEN;
    task->opened_at = approval->batch->now_us;
    task->changed = true;
    task->event = "created";
    if (!slice_empty(task->circuit) && !task->stuck) {
        struct circuit_slot slot = resolve(approval, task);
        approval_task_ask(approval, task, &slot);
        if (slot.candidate_count == 0)
            task->reason = arena_printf(arena, "%.*s; nobody may give this approval: %.*s",
                                        SLICE_ARGS(task->reason), SLICE_ARGS(slot.nobody));
    }
    if (tier && tier->due_minutes)
        task->due_at = calendar_after(calendar_of(approval, circuit), task->opened_at, tier->due_minutes);
    if (tier && tier->expire_minutes)
        task->expires_at =
            calendar_after(calendar_of(approval, circuit), task->opened_at, tier->expire_minutes);
    approval_task_timers(approval, task);
}

void approval_task_close(struct approval *approval, struct approval_task *task, enum approval_state state,
                         const char *event)
{
    bool was_told = task->state != APPROVAL_WAITING;
    task->state = state;
    task->decided_at = approval->batch->now_us;
    task->changed = true;
    if (was_told)
        task->event = event;
    approval_task_timers(approval, task);
}

void approval_withdraw_all(struct approval *approval)
{
    for (struct approval_task *task = approval->order->tasks; task; task = task->next)
        if (approval_is_pending(task))
            approval_task_close(approval, task, APPROVAL_WITHDRAWN, "withdrawn");
}
