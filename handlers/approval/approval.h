// SPDX-License-Identifier: Apache-2.0
// Who must agree to an order, and what they answered. All approvals that an order needs are tasks from the beginning:
// when it is decided what it needs - by the company's circuit, else by the simple limit - the tasks of all tiers are
// written down, and those whose turn it is are opened. An approval binds to a hash of what was approved; a change
// makes a new plan, in which approvals that still cover it are kept as tasks of their own.
//
// The files: approval.c the stage; approval_case.c an order as a circuit sees it; approval_plan.c which tasks;
// approval_go_on.c whose turn it is;
// approval_task.c opening and closing one; approval_answer.c decisions; approval_alter.c approving with changes;
// approval_due.c reminders and ends; approval_tell.c events; approval_store.c rows.
#pragma once

#include "handlers/approval/circuit_assign.h"
#include "handlers/trade.h"

enum approval_state {
    APPROVAL_WAITING,  // its turn has not come
    APPROVAL_OPEN,     // somebody is asked
    APPROVAL_RETURNED, // the requester is asked something
    APPROVAL_ALTERING, // approved with changes, which are on their way
    APPROVAL_APPROVED,
    APPROVAL_REJECTED,
    APPROVAL_WITHDRAWN, // the order is otherwise now, or at its end
    APPROVAL_EXPIRED,   // nobody acted in time
    APPROVAL_STATE_COUNT
};
const char *approval_state_name(enum approval_state state);
bool approval_state_parse(struct slice text, enum approval_state *state);

// Who is asked: `original` is named by the circuit, `acting` stands in for him, or is himself. Numbers of users, or
// "seller:NAME".
struct approval_asked {
    struct slice original, acting;
};

struct approval_task {
    struct slice task_id, approver, requester, reason, content_hash, decided_by, remark;
    enum approval_state state;
    int64_t total; // minor unit of the order's currency
    int64_t created_at, decided_at;
    int32_t position; // in its plan
    bool stored, changed;

    // Of a circuit; empty and 0 for the simple limit.
    struct slice circuit, tier, slot, asks;
    struct slice in_name_of;               // for whom decided_by acted; empty: for himself
    struct slice change_hash;              // of ALTERING: the change that must follow
    int64_t scope_total, base_total;       // 4 decimals; base: what was approved first
    int64_t opened_at, due_at, expires_at; // 0: not
    int32_t reminded;
    bool escalated;
    bool stuck; // nobody could give it when it was planned: the seller is asked at once
    bool timed; // timers stand in the database
    struct approval_asked *asked;
    size_t asked_count, asked_stored; // asked_stored: rows that stand in the database
    bool asked_changed;

    const char *event; // to tell with this batch: "created", "reminded" ...; NULL: nothing
    struct approval_task *next;
};

// One order being looked at.
struct approval {
    struct batch *batch;
    struct order *order;
    const struct company *company; // NULL: the simple limit alone
    struct circuit_case looked_at;
    struct assign assign;
    struct delegate_case delegated;
};

// Settings.
bool approval_refuses_nobody(void); // an order for which nobody is eligible is refused, else held
extern int64_t approval_tolerance;  // minor units by which a total may pass a simple limit

// --- approval_mail.c

// Owes the mails that the task's event makes.
void approval_mail(struct approval *approval, const struct approval_task *task);

// --- approval_case.c

// The order as circuits see it. `order` may be what an order was before a change.
void approval_look(struct batch *batch, struct order *order, struct approval *approval);
// Which of the account's products the batch asks about have been sold to it: for conditions on first orders.
bool approval_gather_first(struct batch *batch, struct db *db, struct error *error);
// The account's user by number or mail address, NULL for none; the company's own record where there is a company.
const struct user *approval_user(const struct approval *approval, struct slice name);
// The approver may approve orders of the account, as the simple rule has it: active, with the right, not who ordered.
bool approval_may(const struct approval *approval, const struct user *user);
// True where the user has ordered the order, or changed it.
bool approval_is_requester(const struct approval *approval, const struct user *user);

// --- approval.c

// Refuses the orders that a rule of their company denies: as soon as prices are known, so that nothing is granted to
// them and a change that does it is refused.
void approval_deny(struct batch *batch);

// --- approval_plan.c

// True where a rule of the company denies the order; then it is rejected.
bool approval_is_denied(struct approval *approval);
// What the order needs, and the tasks for it: once for what it is now.
void approval_plan(struct approval *approval);

// --- approval_go_on.c

// After anything has happened: opens what is next, releases the hold where all is approved.
void approval_go_on(struct approval *approval);
// The task of the order's present plan with the state, NULL for none.
struct approval_task *approval_find(const struct order *order, struct slice task_id);
bool approval_is_planned(const struct approval *approval);
bool approval_is_current(const struct approval *approval, const struct approval_task *task);
bool approval_is_pending(const struct approval_task *task); // WAITING, OPEN, RETURNED, ALTERING

// --- approval_task.c

struct approval_task *approval_task_new(struct approval *approval, struct slice suffix);
void approval_task_ask(struct approval *approval, struct approval_task *task,
                       const struct circuit_slot *slot);
void approval_task_open(struct approval *approval, struct approval_task *task);
void approval_task_close(struct approval *approval, struct approval_task *task, enum approval_state state,
                         const char *event);
void approval_withdraw_all(struct approval *approval);
// Sets the timers of an open task, or clears those of one that is not open.
void approval_task_timers(struct approval *approval, struct approval_task *task);
// When the open task's next reminder is due, 0: never again.
enum { APPROVAL_REMINDERS_MAX = 10 };
int64_t approval_next_reminder(const struct approval *approval, const struct approval_task *task);
// Who has approved in the tier (or circuit) already, and in whose names; arena memory.
size_t approval_used(const struct approval *approval, const struct approval_task *task, struct slice **used);
// The circuit and tier of a task as they are now, NULL where they are gone.
const struct circuit_tier *approval_tier(const struct approval *approval, const struct approval_task *task,
                                         const struct circuit **circuit);

// --- approval_answer.c and approval_alter.c

// Takes an ApprovalDecision to its order, or parks the document with the reason and settles the order for this batch.
void approval_answer(struct approval *approval);
// Why the lines of a decision cannot be, NULL where they can; then the change is published.
const char *approval_alter(struct approval *approval, struct approval_task *task);
bool approval_is_alteration(const struct order *order, const struct approval_task *task);

// --- approval_due.c

void approval_due(struct approval *approval);

// --- approval_tell.c and approval_store.c

void approval_tell(struct approval *approval, struct approval_task *task);
bool approval_load(struct arena *arena, struct db *db, struct order **orders, const struct db_value keys[2],
                   struct error *error);
bool approval_store(struct batch *batch, struct db *db, struct error *error);
