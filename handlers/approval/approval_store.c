// SPDX-License-Identifier: Apache-2.0
// Tasks and who is asked by them, in and out of their tables.
#include "handlers/approval/approval.h"

static bool read_task(const struct db_rows *rows, size_t row, struct approval_task *task, struct error *error)
{
    int column = 1;
    task->stored = true;
    task->task_id = db_rows_slice(rows, row, column++);
    if (!approval_state_parse(db_rows_slice(rows, row, column), &task->state))
        return error_set(error, ERROR_INTERNAL, NULL, "approval task %.*s has the unknown state '%.*s'",
                         SLICE_ARGS(task->task_id), SLICE_ARGS(db_rows_slice(rows, row, column)));
    column++;
    task->approver = db_rows_slice(rows, row, column++);
    task->requester = db_rows_slice(rows, row, column++);
    task->reason = db_rows_slice(rows, row, column++);
    task->total = db_rows_number(rows, row, column++);
    task->content_hash = db_rows_slice(rows, row, column++);
    task->created_at = db_rows_number(rows, row, column++);
    task->decided_at = db_rows_number(rows, row, column++);
    task->decided_by = db_rows_slice(rows, row, column++);
    task->remark = db_rows_slice(rows, row, column++);
    task->circuit = db_rows_slice(rows, row, column++);
    task->tier = db_rows_slice(rows, row, column++);
    task->slot = db_rows_slice(rows, row, column++);
    task->asks = db_rows_slice(rows, row, column++);
    task->in_name_of = db_rows_slice(rows, row, column++);
    task->change_hash = db_rows_slice(rows, row, column++);
    task->scope_total = db_rows_number(rows, row, column++);
    task->base_total = db_rows_number(rows, row, column++);
    task->position = (int32_t)db_rows_number(rows, row, column++);
    task->opened_at = db_rows_number(rows, row, column++);
    task->due_at = db_rows_number(rows, row, column++);
    task->expires_at = db_rows_number(rows, row, column++);
    task->reminded = (int32_t)db_rows_number(rows, row, column++);
    task->escalated = db_rows_number(rows, row, column++);
    task->timed = task->state == APPROVAL_OPEN && !slice_empty(task->circuit);
    return true;
}

static bool load_tasks(struct arena *arena, struct db *db, struct order **orders,
                       const struct db_value keys[2], struct error *error)
{
    static const char sql[] = "SELECT k.n, t.task_id, t.state, t.approver, t.requester, t.reason, t.total, "
                              "t.content_hash, t.created_at, "
                              "t.decided_at, t.decided_by, t.remark, t.circuit, t.tier, t.slot, t.asks, "
                              "t.in_name_of, t.change_hash, "
                              "t.scope_total, t.base_total, t.position, t.opened_at, t.due_at, t.expires_at, "
                              "t.reminded, t.escalated "
                              "FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
                              "JOIN approval_task t ON t.account = k.account AND t.order_id = k.id "
                              "ORDER BY k.n, t.created_at, t.position, t.task_id";
    struct db_rows rows;
    struct approval_task *last = NULL;
    int64_t order_n = 0;
    if (!db_query(db, arena, sql, keys, 2, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct approval_task *task = ARENA_NEW(arena, struct approval_task);
        int64_t n = db_rows_number(&rows, row, 0);
        if (!read_task(&rows, row, task, error))
            return false;
        if (n == order_n)
            last->next = task;
        else
            orders[n - 1]->tasks = task;
        order_n = n;
        last = task;
    }
    return true;
}

static bool load_asked(struct arena *arena, struct db *db, struct order **orders,
                       const struct db_value keys[2], struct error *error)
{
    static const char sql[] =
        "SELECT k.n, a.task_id, a.original, a.acting, count(*) OVER (PARTITION BY k.n, a.task_id) "
        "FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
        "JOIN approval_asked a ON a.account = k.account AND a.order_id = k.id ORDER BY k.n, a.task_id, "
        "a.position";
    struct db_rows rows;
    if (!db_query(db, arena, sql, keys, 2, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct approval_task *task =
            approval_find(orders[db_rows_number(&rows, row, 0) - 1], db_rows_slice(&rows, row, 1));
        if (!task)
            continue;
        if (!task->asked)
            task->asked = ARENA_ARRAY(arena, (size_t)db_rows_number(&rows, row, 4), struct approval_asked);
        task->asked[task->asked_count++] =
            (struct approval_asked){ db_rows_slice(&rows, row, 2), db_rows_slice(&rows, row, 3) };
        task->asked_stored = task->asked_count;
    }
    return true;
}

bool approval_load(struct arena *arena, struct db *db, struct order **orders, const struct db_value keys[2],
                   struct error *error)
{
    return (load_tasks(arena, db, orders, keys, error) && load_asked(arena, db, orders, keys, error)) ||
           error_within(error, "loading approval tasks");
}

// --- Writing

static void copy_instant(struct db_copy *copy, int64_t instant_us)
{
    if (instant_us)
        db_copy_number(copy, DB_INSTANT, instant_us);
    else
        db_copy_null(copy);
}

static void copy_task(struct db_copy *copy, const struct order *order, const struct approval_task *task)
{
    db_copy_row(copy);
    db_copy_slice(copy, order->account_number);
    db_copy_number(copy, DB_BIGINT, order->id);
    db_copy_slice(copy, task->task_id);
    db_copy_slice(copy, slice_of(approval_state_name(task->state)));
    db_copy_slice(copy, task->approver);
    db_copy_slice(copy, task->requester);
    db_copy_slice(copy, task->reason);
    db_copy_slice(copy, order->currency);
    db_copy_number(copy, DB_BIGINT, task->total);
    db_copy_slice(copy, task->content_hash);
    db_copy_number(copy, DB_INSTANT, task->created_at);
    copy_instant(copy, task->decided_at);
    db_copy_slice(copy, task->decided_by);
    db_copy_slice(copy, task->remark);
    db_copy_slice(copy, task->circuit);
    db_copy_slice(copy, task->tier);
    db_copy_slice(copy, task->slot);
    db_copy_slice(copy, task->asks);
    db_copy_slice(copy, task->in_name_of);
    db_copy_slice(copy, task->change_hash);
    db_copy_number(copy, DB_BIGINT, task->scope_total);
    db_copy_number(copy, DB_BIGINT, task->base_total);
    db_copy_number(copy, DB_INTEGER, task->position);
    copy_instant(copy, task->opened_at);
    copy_instant(copy, task->due_at);
    copy_instant(copy, task->expires_at);
}

static bool insert_tasks(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY approval_task (account, order_id, task_id, state, approver, requester, reason, currency, "
        "total, "
        "content_hash, created_at, decided_at, decided_by, remark, circuit, tier, slot, asks, in_name_of, "
        "change_hash, scope_total, base_total, position, opened_at, due_at, expires_at) FROM STDIN (FORMAT "
        "binary)";
    struct db_copy copy = db_copy(batch->arena, 26);
    for (size_t i = 0; i < batch->trade->order_count; i++)
        for (const struct approval_task *task = batch->trade->orders[i]->tasks; task; task = task->next)
            if (task->changed && !task->stored)
                copy_task(&copy, batch->trade->orders[i], task);
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing approval tasks");
}

enum { KEYS = 3, TEXTS = 8, INSTANTS = 4 };

static void add_instant(struct db_column *column, int64_t instant_us)
{
    if (instant_us)
        db_column_add_number(column, instant_us);
    else
        db_column_add_null(column);
}

static bool update_tasks(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE approval_task t SET state = k.state, approver = k.approver, decided_by = k.by, remark = "
        "k.remark, "
        "asks = k.asks, in_name_of = k.in_name_of, change_hash = k.change_hash, reason = k.reason, "
        "decided_at = k.decided_at, opened_at = k.opened_at, due_at = k.due_at, expires_at = k.expires_at, "
        "reminded = k.reminded, escalated = k.escalated "
        "FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], "
        "$8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[], "
        "$14::timestamptz[], $15::timestamptz[], $16::integer[], $17::boolean[]) "
        "AS k(account, id, task_id, state, approver, by, remark, asks, in_name_of, change_hash, reason, "
        "decided_at, "
        "opened_at, due_at, expires_at, reminded, escalated) "
        "WHERE t.account = k.account AND t.order_id = k.id AND t.task_id = k.task_id";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     tasks = db_column(arena, DB_TEXT), reminded = db_column(arena, DB_INTEGER),
                     escalated = db_column(arena, DB_BOOLEAN), texts[TEXTS], instants[INSTANTS];
    for (int i = 0; i < TEXTS; i++)
        texts[i] = db_column(arena, DB_TEXT);
    for (int i = 0; i < INSTANTS; i++)
        instants[i] = db_column(arena, DB_INSTANT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (const struct approval_task *task = order->tasks; task; task = task->next) {
            if (!task->changed || !task->stored)
                continue;
            const struct slice words[TEXTS] = { slice_of(approval_state_name(task->state)),
                                                task->approver,
                                                task->decided_by,
                                                task->remark,
                                                task->asks,
                                                task->in_name_of,
                                                task->change_hash,
                                                task->reason };
            const int64_t times[INSTANTS] = { task->decided_at, task->opened_at, task->due_at,
                                              task->expires_at };
            db_column_add(&accounts, order->account_number);
            db_column_add_number(&ids, order->id);
            db_column_add(&tasks, task->task_id);
            for (int j = 0; j < TEXTS; j++)
                db_column_add(&texts[j], words[j]);
            for (int j = 0; j < INSTANTS; j++)
                add_instant(&instants[j], times[j]);
            db_column_add_number(&reminded, task->reminded);
            db_column_add_number(&escalated, task->escalated);
        }
    }
    if (accounts.count == 0)
        return true;
    struct db_value values[KEYS + TEXTS + INSTANTS + 2] = { db_array(&accounts), db_array(&ids),
                                                            db_array(&tasks) };
    for (int i = 0; i < TEXTS; i++)
        values[KEYS + i] = db_array(&texts[i]);
    for (int i = 0; i < INSTANTS; i++)
        values[KEYS + TEXTS + i] = db_array(&instants[i]);
    values[KEYS + TEXTS + INSTANTS] = db_array(&reminded);
    values[KEYS + TEXTS + INSTANTS + 1] = db_array(&escalated);
    return db_query(db, arena, sql, values, KEYS + TEXTS + INSTANTS + 2, NULL, error) ||
           error_within(error, "deciding approval tasks");
}

// Who was asked before and is no longer.
static bool delete_asked(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "DELETE FROM approval_asked a USING unnest($1::text[], $2::bigint[], $3::text[]) AS "
        "k(account, id, task_id) WHERE a.account = k.account AND a.order_id = k.id AND "
        "a.task_id = k.task_id";
    struct db_column accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_BIGINT),
                     tasks = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (const struct approval_task *task = order->tasks; task; task = task->next)
            if (task->asked_changed && task->asked_stored > 0) {
                db_column_add(&accounts, order->account_number);
                db_column_add_number(&ids, order->id);
                db_column_add(&tasks, task->task_id);
            }
    }
    const struct db_value values[] = { db_array(&accounts), db_array(&ids), db_array(&tasks) };
    return accounts.count == 0 || db_query(db, batch->arena, sql, values, 3, NULL, error) ||
           error_within(error, "taking back approval tasks");
}

static bool insert_asked(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "COPY approval_asked (account, order_id, task_id, position, original, acting) "
                              "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 6);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (const struct approval_task *task = order->tasks; task; task = task->next)
            for (size_t j = 0; task->asked_changed && j < task->asked_count; j++) {
                db_copy_row(&copy);
                db_copy_slice(&copy, order->account_number);
                db_copy_number(&copy, DB_BIGINT, order->id);
                db_copy_slice(&copy, task->task_id);
                db_copy_number(&copy, DB_INTEGER, (int64_t)j);
                db_copy_slice(&copy, task->asked[j].original);
                db_copy_slice(&copy, task->asked[j].acting);
            }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing who is asked");
}

bool approval_store(struct batch *batch, struct db *db, struct error *error)
{
    return insert_tasks(batch, db, error) && update_tasks(batch, db, error) &&
           delete_asked(batch, db, error) && insert_asked(batch, db, error);
}
