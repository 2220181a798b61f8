// SPDX-License-Identifier: Apache-2.0
// Tasks as events on the topic approvals: what happened, who acts next, why and until when. Mails are made of them.
#include "base/text.h"
#include "handlers/approval/approval.h"
#include "handlers/money.h"

static void add_actor(struct approval *approval, struct document *list, struct slice name,
                      struct slice in_name_of, const char *action)
{
    struct arena *arena = approval->batch->arena;
    const struct user *user = approval_user(approval, name);
    struct document *record = document_add_record(arena, list, NULL, "ApprovalActor");
    document_add_text(arena, record, "user", name);
    document_add_text(arena, record, "name", user ? user->name : (struct slice){ 0 });
    document_add_text(arena, record, "mail", user ? user->mail : (struct slice){ 0 });
    document_add_text(arena, record, "language", user ? user->language : (struct slice){ 0 });
    document_add_text(arena, record, "in_name_of", in_name_of);
    document_add_text(arena, record, "action", slice_of(action));
}

static void add_next(struct approval *approval, const struct approval_task *task, struct document *document)
{
    struct document *next = document_add_list(approval->batch->arena, document, "next");
    if (task->state == APPROVAL_RETURNED)
        add_actor(approval, next, task->requester, (struct slice){ 0 }, "answer");
    if (task->state != APPROVAL_OPEN)
        return;
    for (size_t i = 0; i < task->asked_count; i++) {
        const struct approval_asked *asked = &task->asked[i];
        bool himself = slice_equal(asked->original, asked->acting);
        add_actor(approval, next, asked->acting, himself ? (struct slice){ 0 } : asked->original, "decide");
    }
    if (task->asked_count == 0)
        add_actor(approval, next, slice_empty(task->approver) ? approval->assign.sales_rep : task->approver,
                  (struct slice){ 0 }, "decide");
}

void approval_tell(struct approval *approval, struct approval_task *task)
{
    const struct order *order = approval->order;
    struct arena *arena = approval->batch->arena;
    char id[ORDER_ID_TEXT_SIZE];
    int64_t total = 0;
    money_decimal4(task->total, order->exponent, &total);
    struct document *document = document_record(arena, "ApprovalTask");
    document_add_text(arena, document, "task_id", task->task_id);
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_text(arena, document, "account", order->account_number);
    document_add_text(arena, document, "order_number", order->order_number);
    document_add_text(arena, document, "state", slice_of(approval_state_name(task->state)));
    struct document *approvers = document_add_list(arena, document, "approvers");
    for (size_t i = 0; i < task->asked_count; i++)
        document_add_text(arena, approvers, NULL, task->asked[i].acting);
    if (task->asked_count == 0 && !slice_empty(task->approver))
        document_add_text(arena, approvers, NULL, task->approver);
    document_add_text(arena, document, "requester", task->requester);
    document_add_text(arena, document, "reason", task->reason);
    document_add_text(arena, document, "currency", order->currency);
    document_add_decimal(arena, document, "total", total, MONEY_SCALE);
    document_add_text(arena, document, "content_hash", task->content_hash);
    document_add_instant(arena, document, "created_at", task->created_at);
    document_add_text(arena, document, "decided_by", task->decided_by);
    document_add_text(arena, document, "event", slice_of(task->event));
    document_add_text(arena, document, "circuit", task->circuit);
    document_add_text(arena, document, "tier", task->tier);
    document_add_text(arena, document, "asks", task->asks);
    if (task->due_at)
        document_add_instant(arena, document, "until", task->due_at);
    if (task->expires_at)
        document_add_instant(arena, document, "expires_at", task->expires_at);
    document_add_text(arena, document, "in_name_of", task->in_name_of);
    document_add_text(arena, document, "remark", task->remark);
    add_next(approval, task, document);
    batch_publish(approval->batch, order->item, TOPIC_APPROVALS, order->account_number, document);
}
