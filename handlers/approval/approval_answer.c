// SPDX-License-Identifier: Apache-2.0
// What approvers and requesters say. Whatever cannot be taken is parked with a sentence that names the reason, and
// changes nothing; the same again is a repeat.
#include "base/clock.h"
#include "handlers/approval/approval.h"
#include "handlers/order/order_hash.h"

// A decision being looked at.
struct answer {
    struct approval *approval;
    const struct document *decision;
    struct slice verb, actor_name, reason;
    const struct user *actor; // NULL: the seller's, or unknown
    bool seller;
    struct approval_task *task;
    struct slice in_name_of; // of who was asked
    const char *why;         // it cannot be taken; NULL: it can
    bool repeats;
};

static struct slice actor_text(const struct answer *answer)
{
    return answer->actor ? answer->actor->number : answer->actor_name;
}

// Who was asked by the task; tasks that were stored by a former release have only the one approver.
static size_t originals(const struct answer *answer, const struct approval_task *task, struct slice **names)
{
    *names = ARENA_ARRAY(answer->approval->batch->arena, task->asked_count + 1, struct slice);
    for (size_t i = 0; i < task->asked_count; i++)
        (*names)[i] = task->asked[i].original;
    if (task->asked_count == 0 && !slice_empty(task->approver))
        (*names)[0] = task->approver;
    return task->asked_count ? task->asked_count : !slice_empty(task->approver);
}

// Who of his people acts is the seller's affair, also where one of them is named.
static bool seller_is_asked(const struct slice *names, size_t count)
{
    bool asked = count == 0;
    for (size_t i = 0; i < count; i++)
        asked = asked || slice_starts(names[i], "seller:");
    return asked;
}

// True where the actor may decide the task; else `why` says why not.
static bool may_decide(struct answer *answer, const struct approval_task *task)
{
    struct approval *approval = answer->approval;
    struct slice *names, *used;
    size_t count = originals(answer, task, &names);
    static const char none[] = "the actor was not asked or may not approve";
    answer->why = none;
    answer->in_name_of = (struct slice){ 0 };
    if (answer->seller)
        return seller_is_asked(names, count);
    if (!answer->actor)
        return false;
    // Where nobody in the buyer's company is eligible, whoever there has got the right meanwhile decides.
    size_t used_count = approval_used(approval, task, &used);
    for (size_t i = 0; i < used_count; i++)
        if (slice_equal(used[i], answer->actor->number)) {
            answer->why = "the actor has approved already, and this approval must be somebody else's";
            return false;
        }
    if (count == 0)
        return approval_may(approval, answer->actor);
    if (!approval->company) {
        for (size_t i = 0; i < count; i++)
            if (slice_equal(names[i], answer->actor->number))
                return approval_may(approval, answer->actor);
        return false;
    }
    const char *why;
    if (circuit_may_act(names, count, answer->actor, &approval->looked_at, &approval->assign, used,
                        used_count, approval->batch->arena, &answer->in_name_of, &why)) {
        if (slice_equal(answer->in_name_of, answer->actor->number))
            answer->in_name_of = (struct slice){ 0 };
        return true;
    }
    answer->why =
        arena_printf(approval->batch->arena, "the actor was not asked or may not approve: he %s", why).data;
    return false;
}

// Where nobody is asked anybody may help; that can wait.
static bool goes_before(const struct approval_task *task, const struct approval_task *other)
{
    return task->asked_count > 0 && (other->asked_count == 0 || task->asked_count < other->asked_count);
}

// The task that is meant: the one named, else an open one that the actor may decide - the one with the fewest people to
// choose from, so that nobody is used up where only he could act -, else the last one.
static struct approval_task *meant(struct answer *answer, enum approval_state state)
{
    struct slice task_id = document_text(answer->decision, "task_id");
    struct approval_task *last = NULL, *best = NULL, *open = NULL;
    for (struct approval_task *task = answer->approval->order->tasks; task; task = task->next) {
        if (!slice_empty(task_id) && slice_equal(task->task_id, task_id))
            return task;
        last = task;
        if (task->state != state)
            continue;
        open = task;
        if (may_decide(answer, task) && (!best || goes_before(task, best)))
            best = task;
    }
    if (!slice_empty(task_id))
        return NULL;
    return best ? best : open ? open : last;
}

static const char *not_open(const struct answer *answer)
{
    char at[INSTANT_TEXT_SIZE];
    struct arena *arena = answer->approval->batch->arena;
    const struct approval_task *task = answer->task;
    switch (task->state) {
    case APPROVAL_WAITING:
        return "its turn has not come: an approval before it is still open";
    case APPROVAL_RETURNED:
        return "it waits for the requester's answer";
    case APPROVAL_EXPIRED:
        return arena_printf(arena, "the decision is late: the task expired on %s",
                            instant_text(task->decided_at, at))
            .data;
    default:
        return "the task is already decided";
    }
}

static bool is_repeated(const struct answer *answer, enum approval_state state)
{
    struct slice task_id = document_text(answer->decision, "task_id"), actor = actor_text(answer);
    for (struct approval_task *task = answer->approval->order->tasks; task && !slice_empty(actor);
         task = task->next) {
        bool is_meant = slice_empty(task_id) ? approval_is_current(answer->approval, task)
                                             : slice_equal(task_id, task->task_id);
        if (is_meant && task->state == state && slice_equal(task->decided_by, actor))
            return true;
    }
    return false;
}

// Finds the task and looks whether the actor may decide it; a decision that came before repeats.
static bool find_task(struct answer *answer, enum approval_state becomes)
{
    struct slice hash = document_text(answer->decision, "content_hash");
    if (!answer->approval->order->tasks)
        answer->why = "nobody was asked to approve the order";
    else if (!(answer->task = meant(answer, APPROVAL_OPEN)))
        answer->why = "the order has no such task";
    else if (answer->task->state != APPROVAL_OPEN)
        answer->why = not_open(answer);
    else if (may_decide(answer, answer->task))
        answer->why = !slice_empty(hash) && !slice_equal(hash, answer->task->content_hash)
                          ? "the content that was looked at is no longer what is to be approved"
                          : NULL;
    answer->repeats = answer->why && is_repeated(answer, becomes);
    return !answer->why;
}

static void decided(struct answer *answer, enum approval_state state, const char *event)
{
    struct approval_task *task = answer->task;
    task->decided_by = answer->approval->order->actor = actor_text(answer);
    task->in_name_of = answer->in_name_of;
    task->remark = answer->reason;
    approval_task_close(answer->approval, task, state, event);
}

static void approve(struct answer *answer)
{
    if (!find_task(answer, APPROVAL_APPROVED))
        return;
    if (document_items(answer->decision, "lines")) {
        answer->why = approval_alter(answer->approval, answer->task);
        if (!answer->why)
            decided(answer, APPROVAL_ALTERING, "altering");
        return;
    }
    decided(answer, APPROVAL_APPROVED, "decided");
}

static void reject(struct answer *answer)
{
    if (!find_task(answer, APPROVAL_REJECTED))
        return;
    decided(answer, APPROVAL_REJECTED, "decided");
    order_reject(answer->approval->order, answer->approval->batch->arena, "approval_rejected",
                 "%.*s rejected the order%s%.*s", SLICE_ARGS(answer->task->decided_by),
                 slice_empty(answer->reason) ? "" : ": ", SLICE_ARGS(answer->reason));
}

static void give_back(struct answer *answer)
{
    struct approval *approval = answer->approval;
    if (!find_task(answer, APPROVAL_RETURNED))
        return;
    if (slice_empty(answer->reason)) {
        answer->why = "a return for information must say in its reason what is asked";
        return;
    }
    decided(answer, APPROVAL_RETURNED, "returned");
    order_hold(approval->order, HOLD_INFORMATION,
               arena_printf(approval->batch->arena, "%.*s asks: %.*s", SLICE_ARGS(answer->task->decided_by),
                            SLICE_ARGS(answer->reason)));
}

// Only he who ordered may take back or answer; an order without a user may be answered by whoever may order.
static bool is_requester(struct answer *answer)
{
    const struct user *user = answer->actor;
    const struct approval *approval = answer->approval;
    bool is = user && user->active &&
              (approval->assign.requester ? approval_is_requester(approval, user) : user->may_order);
    answer->why = is ? NULL : "only who has ordered it may do that";
    return is;
}

static void answer_question(struct answer *answer)
{
    struct approval *approval = answer->approval;
    if (!is_requester(answer))
        return;
    if (slice_empty(answer->reason)) {
        answer->why = "an answer must stand in its reason";
        return;
    }
    bool any = false, same = false;
    for (struct approval_task *task = approval->order->tasks; task; task = task->next) {
        same = same || (task->state == APPROVAL_OPEN && slice_equal(task->remark, answer->reason));
        if (task->state != APPROVAL_RETURNED)
            continue;
        any = true;
        task->remark = answer->reason;
        task->decided_by = task->in_name_of = (struct slice){ 0 };
        task->decided_at = 0;
        task->reminded = 0;
        task->escalated = false;
        approval_task_open(approval, task);
        task->event = "answered";
    }
    if (!any) {
        answer->why = "nobody has asked for information";
        answer->repeats = same;
        return;
    }
    approval->order->actor = actor_text(answer);
}

static void take_back(struct answer *answer)
{
    struct approval *approval = answer->approval;
    bool pending = false;
    if (!is_requester(answer))
        return;
    for (const struct approval_task *task = approval->order->tasks; task; task = task->next)
        pending = pending || approval_is_pending(task);
    if (!pending) {
        answer->why = "nothing waits for an approval any more";
        answer->repeats = approval->order->state == ORDER_REJECTED && approval->order->tasks != NULL;
        return;
    }
    approval->order->actor = actor_text(answer);
    order_reject(approval->order, approval->batch->arena, "approval_withdrawn",
                 "%.*s has withdrawn the order%s%.*s", SLICE_ARGS(approval->order->actor),
                 slice_empty(answer->reason) ? "" : ": ", SLICE_ARGS(answer->reason));
}

// Whoever is asked may hand his task on, and so may the company's administrators and the seller.
static bool may_reassign(struct answer *answer, const struct approval_task *task)
{
    const struct approval *approval = answer->approval;
    return answer->seller ||
           (approval->company && answer->actor &&
            company_has_role(approval->company, answer->actor, approval->assign.unit, ROLE_ADMINISTRATOR)) ||
           may_decide(answer, task);
}

static bool may_take(struct answer *answer, const struct approval_task *task, const struct user *to)
{
    struct slice *used;
    size_t used_count = approval_used(answer->approval, task, &used);
    if (!to)
        answer->why = "the user in `to` is unknown";
    else if (!to->active || approval_is_requester(answer->approval, to))
        answer->why = "the user in `to` is not active, or has ordered it himself";
    else if (!approval_may(answer->approval, to))
        answer->why = "the user in `to` has no right to approve";
    else
        answer->why = NULL;
    for (size_t i = 0; i < used_count && !answer->why; i++)
        if (slice_equal(used[i], to->number))
            answer->why = "the user in `to` has approved already, and this approval must be somebody else's";
    return !answer->why;
}

static void reassign(struct answer *answer)
{
    struct approval *approval = answer->approval;
    const struct user *to = approval_user(approval, document_text(answer->decision, "to"));
    if (!approval->order->tasks)
        answer->why = "nobody was asked to approve the order";
    else if (!(answer->task = meant(answer, APPROVAL_OPEN)))
        answer->why = "the order has no such task";
    else if (answer->task->state != APPROVAL_OPEN)
        answer->why = not_open(answer);
    else if (to && answer->task->asked_count == 1 &&
             slice_equal(answer->task->asked[0].original, to->number)) {
        answer->why = "he is asked already";
        answer->repeats = true;
    } else if (may_reassign(answer, answer->task) && may_take(answer, answer->task, to)) {
        struct approval_task *task = answer->task;
        struct candidate candidate = { .original = to->number, .acting = to->number, .user = to };
        struct circuit_slot slot = { .candidates = &candidate, .candidate_count = 1 };
        approval_task_ask(approval, task, &slot);
        task->asks = arena_printf(approval->batch->arena, "user %.*s, to whom %.*s has handed it on",
                                  SLICE_ARGS(to->number), SLICE_ARGS(actor_text(answer)));
        task->changed = true;
        task->event = "reassigned";
        approval->order->actor = actor_text(answer);
    }
}

static const struct {
    const char *verb;
    void (*take)(struct answer *answer);
} verbs[] = {
    { "approve", approve },        { "reject", reject },      { "return", give_back },
    { "answer", answer_question }, { "withdraw", take_back }, { "reassign", reassign },
};

void approval_answer(struct approval *approval)
{
    struct order *order = approval->order;
    const struct document *decision = order->item->document;
    struct answer answer = { .approval = approval,
                             .decision = decision,
                             .verb = document_text(decision, "decision"),
                             .actor_name = document_text(decision, "actor"),
                             .reason = document_text(decision, "reason") };
    answer.actor = approval_user(approval, answer.actor_name);
    answer.seller = slice_starts(answer.actor_name, "seller:");
    answer.why = "the decision is neither approve nor reject, return, answer, withdraw or reassign";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (slice_is(answer.verb, verbs[i].verb))
            verbs[i].take(&answer);
    if (!answer.why)
        return;
    order->settled = true;
    if (answer.repeats) {
        batch_outcome(order->item, OUTCOME_REPEATED, order->id);
        return;
    }
    char id[ORDER_ID_TEXT_SIZE];
    batch_park(approval->batch, order->item,
               "decision '%.*s' of '%.*s' on order %s of account %.*s is refused: %s",
               SLICE_ARGS(answer.verb), SLICE_ARGS(answer.actor_name), order_id_text(order->id, id),
               SLICE_ARGS(order->account_number), answer.why);
}
