// SPDX-License-Identifier: Apache-2.0
// What approvals an order needs, as tasks: a plan for what the order is now. It is made once, when it is decided, so
// that a fact that moves later (a credit state, a first order) neither adds an approval nor loses one.
#include "base/clock.h"
#include "base/text.h"
#include "handlers/approval/approval.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/order/order_hash.h"

// --- Why

// False where the order may be as dear as it likes. The limit has 4 decimals.
static bool limit_of(const struct order *order, int64_t *limit)
{
    if (order->user && order->user->has_order_limit) {
        *limit = order->user->order_limit;
        return true;
    }
    return order->account->has_order_limit &&
           money_decimal4(order->account->order_limit, order->account->exponent, limit);
}

static bool above_limit(const struct order *order, int64_t *limit)
{
    int64_t total;
    if (!limit_of(order, limit))
        return false;
    return !money_decimal4(order->total - approval_tolerance, order->exponent, &total) || total > *limit;
}

static struct slice limit_text(struct approval *approval, int64_t limit)
{
    const struct order *order = approval->order;
    struct arena *arena = approval->batch->arena;
    int64_t limit_minor;
    if (!money_minor_rounded(limit, order->exponent, &limit_minor))
        limit_minor = INT64_MAX;
    struct slice total = money_text(arena, order->total, order->exponent, order->currency),
                 most = money_text(arena, limit_minor, order->exponent, order->currency);
    order_found(approval->order, arena,
                (struct predicate){ .stage = "approval",
                                    .code = "order_limit",
                                    .effect = EFFECT_APPROVE,
                                    .text = arena_printf(arena, "a total of %.*s is above the limit of %.*s",
                                                         SLICE_ARGS(total), SLICE_ARGS(most)),
                                    .has_values = true,
                                    .after = order->total,
                                    .threshold = limit_minor });
    return arena_printf(arena, "a total of %.*s is above the limit of %.*s", SLICE_ARGS(total),
                        SLICE_ARGS(most));
}

// The sentences of the causes that other stages have found; with `sellers` only those that are the seller's own, which
// no rule of the buyer's can waive.
static void add_causes(const struct order *order, bool sellers, struct text *why)
{
    for (size_t i = 0; i < order->predicate_count; i++) {
        const struct predicate *found = &order->predicates[i];
        bool own = strcmp(found->stage, "credit") == 0;
        if (found->effect == EFFECT_APPROVE && strcmp(found->stage, "approval") != 0 && (own || !sellers))
            text_printf(why, "%s%.*s", why->size ? "; " : "", SLICE_ARGS(found->text));
    }
}

static void hold(struct approval *approval, struct slice reason)
{
    // The amount in the reason is the last one looked at, hence anew each time.
    order_release(approval->order, HOLD_APPROVAL);
    order_hold(approval->order, HOLD_APPROVAL, reason);
}

static void need_nothing(struct approval *approval)
{
    approval->order->approval_hash = (struct slice){ 0 };
    order_release(approval->order, HOLD_APPROVAL);
}

// --- The simple limit: the user's approver, else the account's

// An approval of more covers less, unless the approver is now the one who orders.
static const struct approval_task *covering(const struct approval *approval)
{
    const struct approval_task *best = NULL;
    const struct order *order = approval->order;
    for (const struct approval_task *task = order->tasks; order->change && task; task = task->next)
        if (task->state == APPROVAL_APPROVED && slice_empty(task->circuit) &&
            (!best || task->total > best->total))
            best = task;
    return best && best->total >= order->total &&
                   !(order->user && slice_equal(order->user->number, best->decided_by))
               ? best
               : NULL;
}

static void keep(struct approval *approval, struct approval_task *task, const struct approval_task *approved)
{
    task->state = APPROVAL_APPROVED;
    task->approver = slice_empty(approved->approver) ? approved->approver : approved->decided_by;
    task->decided_by = approved->decided_by;
    task->in_name_of = approved->in_name_of;
    task->decided_at = approval->batch->now_us;
    task->remark = approved->remark;
    task->event = "kept";
}

static void ask_simple(struct approval *approval, struct approval_task *task)
{
    const struct order *order = approval->order;
    struct arena *arena = approval->batch->arena;
    struct slice names[] = { order->user ? order->user->approver : (struct slice){ 0 },
                             order->account->approver };
    struct circuit_slot slot = { 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names && slot.candidate_count == 0; i++) {
        const struct user *user = approval_user(approval, names[i]);
        if (!approval->company && approval_may(approval, user)) {
            slot.candidates = ARENA_NEW(arena, struct candidate);
            slot.candidates[slot.candidate_count++] = (struct candidate){ user->number, user->number, user };
        } else if (approval->company && user &&
                   company_has_role(approval->company, user, approval->assign.unit, ROLE_APPROVER)) {
            struct circuit_selector selector = { .kind = SELECTOR_USER, .name = user->number };
            struct circuit_group group = { &selector, 1 };
            circuit_candidates(&group, (struct slice){ 0 }, &approval->looked_at, &approval->assign, NULL, 0,
                               arena, &slot);
        }
    }
    // A company may have approvers that nobody has named.
    if (approval->company && slot.candidate_count == 0) {
        struct circuit_selector selector = { .kind = SELECTOR_UNIT_APPROVER };
        struct circuit_group group = { &selector, 1 };
        circuit_candidates(&group, (struct slice){ 0 }, &approval->looked_at, &approval->assign, NULL, 0,
                           arena, &slot);
    }
    approval_task_ask(approval, task, &slot);
}

// A change never ends an order: that is held until the seller has found somebody.
static void refuse_nobody(struct approval *approval, struct slice why)
{
    if (approval->order->change || !approval_refuses_nobody())
        return;
    order_reject(approval->order, approval->batch->arena, "nobody_may_approve",
                 "the order needs an approval that nobody may give: %.*s", SLICE_ARGS(why));
}

static void plan_simple(struct approval *approval, struct slice why)
{
    struct arena *arena = approval->batch->arena;
    hold(approval, why);
    const struct approval_task *approved = covering(approval);
    struct approval_task *task = approval_task_new(approval, (struct slice){ 0 });
    task->reason = why;
    if (approved) {
        task->reason = arena_printf(arena, "the order was changed to no more than task %.*s approved",
                                    SLICE_ARGS(approved->task_id));
        keep(approval, task, approved);
        return;
    }
    ask_simple(approval, task);
    if (task->asked_count == 0) {
        task->reason = arena_printf(arena, "%.*s, and nobody who may approve is named", SLICE_ARGS(why));
        hold(approval, task->reason);
        refuse_nobody(approval, task->reason);
    }
    task->state = APPROVAL_WAITING;
}

// --- A circuit

static bool lines_match(const struct circuit_line *left, const struct circuit_line *right)
{
    if (!slice_equal(left->product, right->product) || left->cost_centre_count != right->cost_centre_count)
        return false;
    for (size_t i = 0; i < left->cost_centre_count; i++)
        if (!slice_equal(left->cost_centres[i], right->cost_centres[i]))
            return false;
    return true;
}

// True where the tier would see nothing now that it has not seen before the change: no other product, nobody else who
// pays.
static bool sees_nothing_new(struct approval *approval, const struct circuit *circuit,
                             const struct circuit_tier *tier)
{
    struct approval former;
    struct circuit_scope now, before;
    struct arena *arena = approval->batch->arena;
    approval_look(approval->batch, approval->order->before, &former);
    circuit_needs(circuit, tier, &approval->looked_at, arena, &now);
    circuit_needs(circuit, tier, &former.looked_at, arena, &before);
    if (!slice_equal(approval->looked_at.ship_to, former.looked_at.ship_to))
        return false;
    for (size_t i = 0; i < approval->looked_at.line_count; i++) {
        bool seen = !now.lines[i];
        for (size_t j = 0; j < former.looked_at.line_count && !seen; j++)
            seen = before.lines[j] && lines_match(&approval->looked_at.lines[i], &former.looked_at.lines[j]);
        if (!seen)
            return false;
    }
    return true;
}

// The approval of the same slot that still holds for what the order is now, NULL where there is none.
static const struct approval_task *kept(struct approval *approval, const struct circuit_demand *demand,
                                        const struct circuit_slot *slot)
{
    const struct order *order = approval->order;
    if (!order->change || !order->before)
        return NULL;
    struct slice before = order_approval_hash(order->before, approval->batch->arena);
    for (const struct approval_task *task = order->tasks; task; task = task->next) {
        bool altered = task->state == APPROVAL_ALTERING && approval_is_alteration(order, task);
        if ((task->state != APPROVAL_APPROVED && !altered) || !slice_equal(task->content_hash, before) ||
            !slice_equal(task->circuit, demand->circuit->name) ||
            !slice_equal(task->tier, slot->tier->name) || !slice_equal(task->slot, slot->id))
            continue;
        const struct user *by = approval_user(approval, task->decided_by);
        if (by && approval_is_requester(approval, by))
            continue;
        if (altered ||
            (circuit_tolerates(demand->circuit, &approval->looked_at, task->base_total, slot->amount) &&
             sees_nothing_new(approval, demand->circuit, slot->tier)))
            return task;
    }
    return NULL;
}

static struct slice why_circuit(struct approval *approval, const struct circuit *circuit)
{
    struct arena *arena = approval->batch->arena;
    struct text why = text_in(arena);
    text_printf(&why, "circuit %.*s of the company asks for approval", SLICE_ARGS(circuit->name));
    if (!slice_empty(circuit->title))
        text_printf(&why, ": %.*s", SLICE_ARGS(circuit->title));
    add_causes(approval->order, false, &why);
    return text_slice(&why);
}

static struct approval_task *plan_slot(struct approval *approval, const struct circuit_demand *demand,
                                       size_t i, struct slice why)
{
    const struct circuit_slot *slot = &demand->slots[i];
    struct arena *arena = approval->batch->arena;
    const struct approval_task *approved = kept(approval, demand, slot);
    struct approval_task *task = approval_task_new(
        approval, arena_printf(arena, "/%zu.%.*s", slot->tier_index + 1, SLICE_ARGS(slot->id)));
    task->circuit = demand->circuit->name;
    task->tier = slot->tier->name;
    task->slot = slot->id;
    task->asks = slot->asks;
    task->scope_total = task->base_total = slot->amount;
    task->position = (int32_t)i + 1;
    task->reason = why;
    if (approved) {
        task->reason = arena_printf(arena, "the order was changed within what task %.*s approved",
                                    SLICE_ARGS(approved->task_id));
        if (approved->state != APPROVAL_ALTERING)
            task->base_total = approved->base_total;
        keep(approval, task, approved);
    }
    return task;
}

// Tiers for which nobody is left are found before anybody is asked: the seller hears of them at once.
static void plan_circuit(struct approval *approval, const struct circuit_demand *demand)
{
    struct arena *arena = approval->batch->arena;
    struct slice why = why_circuit(approval, demand->circuit);
    struct text nobody = text_in(arena);
    const struct circuit_slot *crowded = circuit_crowded(demand, arena);
    for (size_t i = 0; i < demand->slot_count; i++) {
        const struct circuit_slot *slot = &demand->slots[i];
        struct approval_task *task = plan_slot(approval, demand, i, why);
        if (task->state == APPROVAL_APPROVED || (slot->candidate_count > 0 && slot != crowded))
            continue;
        struct slice reason =
            slot->candidate_count > 0
                ? SLICE("all who may are asked for another approval, and nobody may give two")
                : slot->nobody;
        text_printf(&nobody, "%stier %.*s (%.*s): %.*s", nobody.size ? "; " : "",
                    SLICE_ARGS(slot->tier->name), SLICE_ARGS(slot->asks), SLICE_ARGS(reason));
        task->reason = arena_printf(arena, "%.*s; nobody may give this approval: %.*s", SLICE_ARGS(why),
                                    SLICE_ARGS(reason));
        task->stuck = true;
    }
    order_found(
        approval->order, arena,
        (struct predicate){ .stage = "approval", .code = "circuit", .effect = EFFECT_APPROVE, .text = why });
    if (nobody.size)
        why = arena_printf(arena, "%.*s; nobody may approve in %.*s", SLICE_ARGS(why),
                           SLICE_ARGS(text_slice(&nobody)));
    hold(approval, why);
    if (nobody.size)
        refuse_nobody(approval, text_slice(&nobody));
}

static void deny(struct approval *approval, const struct circuit *circuit)
{
    struct slice why = slice_empty(circuit->title) ? SLICE("the company does not buy so") : circuit->title;
    order_found(approval->order, approval->batch->arena,
                (struct predicate){
                    .stage = "approval", .code = "circuit_denied", .effect = EFFECT_REFUSE, .text = why });
    order_reject(approval->order, approval->batch->arena, "circuit_denied",
                 "rule %.*s of account %.*s refuses the order: %.*s", SLICE_ARGS(circuit->name),
                 SLICE_ARGS(approval->order->account_number), SLICE_ARGS(why));
}

static const struct circuit *choose(struct approval *approval)
{
    return approval->company ? circuit_choose(approval->company->circuits, approval->company->circuit_count,
                                              &approval->looked_at, approval->batch->arena)
                             : NULL;
}

// Circuits whose amounts nobody can compare: they count as passed, and never let an order by.
static void tell_missing_rates(struct approval *approval)
{
    const struct company *company = approval->company;
    const struct circuit_case *looked_at = &approval->looked_at;
    struct arena *arena = approval->batch->arena;
    struct index told = index_in(arena);
    char day[DATE_TEXT_SIZE];
    for (size_t i = 0; company && i < company->circuit_count; i++) {
        const struct circuit *circuit = company->circuits[i];
        int64_t amount;
        if (!circuit_in_force(circuit, looked_at->now_us) ||
            circuit_amount(looked_at, circuit->currency, 0, &amount) ||
            !index_put(&told, circuit->currency, (struct slice){ 0 }, approval))
            continue;
        order_found(approval->order, arena,
                    (struct predicate){
                        .stage = "approval",
                        .code = "circuit_rate",
                        .effect = EFFECT_WARN,
                        .text = arena_printf(arena,
                                             "no exchange rate from %.*s to %.*s is known on %s: the amounts "
                                             "of circuit %.*s count as passed",
                                             SLICE_ARGS(looked_at->currency), SLICE_ARGS(circuit->currency),
                                             date_text(instant_date(looked_at->now_us), day),
                                             SLICE_ARGS(circuit->name)) });
    }
}

bool approval_is_denied(struct approval *approval)
{
    const struct circuit *circuit = choose(approval);
    if (!circuit || circuit->phase != PHASE_DENY)
        return false;
    tell_missing_rates(approval);
    deny(approval, circuit);
    return true;
}

void approval_plan(struct approval *approval)
{
    struct order *order = approval->order;
    struct circuit_demand demand = { 0 };
    struct text why = text_in(approval->batch->arena);
    order_forget(order, "approval");
    const struct circuit *circuit = choose(approval);
    if (approval_is_denied(approval))
        return;
    tell_missing_rates(approval);
    if (circuit && circuit->phase == PHASE_REQUIRE)
        circuit_assign(circuit, &approval->looked_at, &approval->assign, approval->batch->arena, &demand);
    if (demand.slot_count > 0) {
        plan_circuit(approval, &demand);
        return;
    }
    // A circuit that asks nobody for this order waives the buyer's own limits, but not what the seller asks for.
    int64_t limit;
    if (!circuit && above_limit(order, &limit))
        text_append(&why, limit_text(approval, limit));
    add_causes(order, circuit != NULL, &why);
    if (circuit)
        order_found(
            order, approval->batch->arena,
            (struct predicate){ .stage = "approval",
                                .code = "circuit",
                                .effect = EFFECT_PASS,
                                .text = arena_printf(approval->batch->arena, "circuit %.*s asks nobody",
                                                     SLICE_ARGS(circuit->name)) });
    if (why.size)
        plan_simple(approval, text_slice(&why));
    else
        need_nothing(approval);
}
