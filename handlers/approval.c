// SPDX-License-Identifier: Apache-2.0
// approval: who in the buyer's company must agree? Above the user's limit (or the account's) his approver is
// asked, never he himself. An approval holds for what was seen: content and total.
#include "handlers/approval.h"

#include "handlers/credit.h"
#include "handlers/money.h"
#include "handlers/order_hash.h"
#include "handlers/stages.h"

// How far pricing may lower a limit's reach, in minor units of the order's currency.
static int64_t tolerance;

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
    return !money_decimal4(order->total - tolerance, order->exponent, &total) || total > *limit;
}

static struct slice approver_of(const struct trade *trade, const struct order *order)
{
    struct slice names[] = { order->user ? order->user->approver : (struct slice){ 0 },
                             order->account->approver };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct user *user = trade_user(trade, order->account_number, names[i]);
        if (approval_may(order, user))
            return user->number;
    }
    return (struct slice){ 0 };
}

static void make_task(struct batch *batch, struct order *order)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct approval_task *task = ARENA_NEW(batch->arena, struct approval_task);
    struct slice approver = approver_of(batch->trade, order);
    task->task_id =
        arena_printf(batch->arena, "%s/%d", order_id_text(order->id, id), (int)order->event_seq + 1);
    task->approver = approver;
    task->requester = order->user ? order->user->number : order->user_name;
    task->reason = order->hold_reasons[HOLD_APPROVAL];
    if (slice_empty(approver))
        task->reason =
            arena_printf(batch->arena, "%.*s, and nobody who may approve is named", SLICE_ARGS(task->reason));
    order->hold_reasons[HOLD_APPROVAL] = task->reason;
    task->content_hash = order_approval_hash(order, batch->arena);
    task->state = "open";
    task->total = order->total;
    task->created_at = batch->now_us;
    task->changed = true;
    order->task = task;
}

// True where what the order needs was approved, for what it is now.
static bool is_approved(const struct order *order, struct arena *arena)
{
    return order->task && strcmp(order->task->state, "approved") == 0 &&
           slice_equal(order->task->content_hash, order_approval_hash(order, arena));
}

// An approval of more covers less, unless the approver is now the one who orders. It is written down as a task of
// its own, for the order as it is now.
static bool is_covered(const struct order *order)
{
    const struct approval_task *approved = order->approved;
    return order->change && approved && approved->total >= order->total &&
           !(order->user && slice_equal(order->user->number, approved->decided_by));
}

static void keep_approval(struct batch *batch, struct order *order)
{
    const struct approval_task *approved = order->approved;
    make_task(batch, order);
    struct approval_task *task = order->task;
    task->reason = arena_printf(batch->arena, "the order was changed to no more than task %.*s approved",
                                SLICE_ARGS(approved->task_id));
    task->approver = approved->approver;
    task->state = "approved";
    task->decided_by = approved->decided_by;
    task->decided_at = batch->now_us;
    task->remark = approved->remark;
    order->approval_hash = task->content_hash;
    order_release(order, HOLD_APPROVAL);
}

// What was to be approved is no longer what the order is.
static void withdraw_former(struct batch *batch, struct order *order)
{
    struct approval_task *task = order->task;
    if (!order->change || !batch->trade->priced || !task || strcmp(task->state, "open") != 0)
        return;
    task->state = "withdrawn";
    task->decided_at = batch->now_us;
    task->changed = true;
    order->former = task;
    order->task = NULL;
}

static void decide_order(struct batch *batch, struct order *order)
{
    int64_t limit;
    withdraw_former(batch, order);
    bool asked = order->task && strcmp(order->task->state, "open") == 0 && !order->change;
    if (order->holds[HOLD_VETTING] || asked)
        return; // nobody is asked before the account is vetted, and nobody twice
    if (is_approved(order, batch->arena)) {
        order->approval_hash = order->task->content_hash;
        order_release(order, HOLD_APPROVAL);
        return;
    }
    if (!above_limit(order, &limit)) {
        order->approval_hash = (struct slice){ 0 };
        order_release(order, HOLD_APPROVAL);
        return;
    }
    int64_t limit_minor;
    if (!money_minor_rounded(limit, order->exponent, &limit_minor))
        limit_minor = INT64_MAX;
    // The amount in the reason is the last one looked at, hence anew each time.
    order_release(order, HOLD_APPROVAL);
    order_hold(
        order, HOLD_APPROVAL,
        arena_printf(batch->arena, "a total of %.*s is above the limit of %.*s",
                     SLICE_ARGS(money_text(batch->arena, order->total, order->exponent, order->currency)),
                     SLICE_ARGS(money_text(batch->arena, limit_minor, order->exponent, order->currency))));
    // Asked is only for what the order really costs.
    if (!batch->trade->priced)
        return;
    if (is_covered(order)) {
        keep_approval(batch, order);
        return;
    }
    make_task(batch, order);
    order->approval_hash = order->task->content_hash;
}

static void withdraw(struct batch *batch, struct order *order)
{
    struct approval_task *task = order->task;
    if (!task || strcmp(task->state, "open") != 0)
        return;
    task->state = "withdrawn";
    task->decided_at = batch->now_us;
    task->changed = true;
}

static void publish(struct batch *batch, const struct order *order, const struct approval_task *task)
{
    struct arena *arena = batch->arena;
    char id[ORDER_ID_TEXT_SIZE];
    int64_t total = 0;
    money_decimal4(task->total, order->exponent, &total);
    struct document *document = document_record(arena, "ApprovalTask");
    document_add_text(arena, document, "task_id", task->task_id);
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_text(arena, document, "account", order->account_number);
    document_add_text(arena, document, "order_number", order->order_number);
    document_add_text(arena, document, "state", slice_of(task->state));
    struct document *approvers = document_add_list(arena, document, "approvers");
    if (!slice_empty(task->approver))
        document_add_text(arena, approvers, NULL, task->approver);
    document_add_text(arena, document, "requester", task->requester);
    document_add_text(arena, document, "reason", task->reason);
    document_add_text(arena, document, "currency", order->currency);
    document_add_decimal(arena, document, "total", total, MONEY_SCALE);
    document_add_text(arena, document, "content_hash", task->content_hash);
    document_add_instant(arena, document, "created_at", task->created_at);
    document_add_text(arena, document, "decided_by", task->decided_by);
    batch_publish(batch, order->item, TOPIC_APPROVALS, order->account_number, document);
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        bool asked = strcmp(order->item->type, "ApprovalDecision") == 0 && !order->settled;
        if (asked && !trade->priced) {
            approval_answer(batch, order);
            if (order->settled)
                credit_forget(trade, order);
        }
        if (order_is_open(order) && order->account)
            decide_order(batch, order);
        if (!trade->priced || order->settled)
            continue;
        if (order->rejected || order->cancelled)
            withdraw(batch, order);
        if (order->former)
            publish(batch, order, order->former);
        if (order->task && order->task->changed)
            publish(batch, order, order->task);
    }
}

static bool insert_tasks(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY approval_task (account, order_id, task_id, state, approver, requester, reason, "
        "currency, total, content_hash, created_at, decided_at, decided_by, remark) "
        "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 14);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        const struct approval_task *task = order->task;
        if (order->settled || !task || !task->changed || task->stored)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, order->account_number);
        db_copy_number(&copy, DB_BIGINT, order->id);
        db_copy_slice(&copy, task->task_id);
        db_copy_slice(&copy, slice_of(task->state));
        db_copy_slice(&copy, task->approver);
        db_copy_slice(&copy, task->requester);
        db_copy_slice(&copy, task->reason);
        db_copy_slice(&copy, order->currency);
        db_copy_number(&copy, DB_BIGINT, task->total);
        db_copy_slice(&copy, task->content_hash);
        db_copy_number(&copy, DB_INSTANT, task->created_at);
        if (task->decided_at)
            db_copy_number(&copy, DB_INSTANT, task->decided_at);
        else
            db_copy_null(&copy);
        db_copy_slice(&copy, task->decided_by);
        db_copy_slice(&copy, task->remark);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing approval tasks");
}

// The order's stored tasks that this batch decides: at most two, where a change withdraws one.
static size_t decided_tasks(const struct order *order, const struct approval_task *tasks[2])
{
    const struct approval_task *candidates[] = { order->former, order->task };
    size_t count = 0;
    for (size_t i = 0; !order->settled && i < 2; i++)
        if (candidates[i] && candidates[i]->changed && candidates[i]->stored)
            tasks[count++] = candidates[i];
    return count;
}

static bool update_tasks(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE approval_task t SET state = k.state, decided_at = k.at, decided_by = k.by, remark = k.remark "
        "FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], "
        "$7::text[]) "
        "AS k(account, id, task_id, state, at, by, remark) "
        "WHERE t.account = k.account AND t.order_id = k.id AND t.task_id = k.task_id";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     tasks = db_column(arena, DB_TEXT), states = db_column(arena, DB_TEXT),
                     instants = db_column(arena, DB_INSTANT), actors = db_column(arena, DB_TEXT),
                     remarks = db_column(arena, DB_TEXT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        const struct approval_task *decided[2];
        size_t count = decided_tasks(order, decided);
        for (size_t j = 0; j < count; j++) {
            db_column_add(&accounts, order->account_number);
            db_column_add_number(&ids, order->id);
            db_column_add(&tasks, decided[j]->task_id);
            db_column_add(&states, slice_of(decided[j]->state));
            db_column_add_number(&instants, decided[j]->decided_at);
            db_column_add(&actors, decided[j]->decided_by);
            db_column_add(&remarks, decided[j]->remark);
        }
    }
    if (accounts.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&ids),    db_array(&tasks),  db_array(&states),
                                 db_array(&instants), db_array(&actors), db_array(&remarks) };
    return db_query(db, arena, sql, values, 7, NULL, error) || error_within(error, "deciding approval tasks");
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return insert_tasks(batch, db, error) && update_tasks(batch, db, error);
}

static const struct setting settings[] = {
    { "tolerance", SETTING_INTEGER, "0", "minor units by which a total may pass a limit without approval",
      &tolerance },
    { .name = NULL },
};

const struct stage approval_stage = {
    .name = "approval",
    .purpose = "asks the approver for orders above the user's limit, and takes his answer",
    .settings = settings,
    .decide = decide,
    .apply = apply,
};
