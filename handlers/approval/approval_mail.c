// SPDX-License-Identifier: Apache-2.0
// Mails about tasks: to those who are asked when they are asked, reminded or asked because others did not act, and to
// the requester when it is decided. A mail is owed like an answer, under an id of the task, the person and the input,
// so that a batch that is done again owes the same one. Who wants a digest is told once a day of all that waits.
#include "handlers/approval/approval.h"
#include "handlers/approval/digest.h"
#include "handlers/approval/mail.h"
#include "handlers/money.h"

enum { MOST_LINES = 20 };

// Which mail a task's event makes; an event that is not here makes none.
static const struct {
    const char *event, *kind;
    bool asks; // those who are asked, else the requester is told
} mails[] = {
    { "created", "created", true },  { "reopened", "created", true },  { "reassigned", "created", true },
    { "answered", "created", true }, { "reminded", "reminded", true }, { "escalated", "escalated", true },
    { "decided", "decided", false }, { "expired", "decided", false },
};

// "by clerk" is for people: the name where there is one.
static struct slice called(const struct approval *approval, struct slice number)
{
    const struct user *user = approval_user(approval, number);
    return user && !slice_empty(user->name) ? user->name : number;
}

static void add_lines(struct arena *arena, struct document *task, const struct order *order)
{
    struct document *lines = document_add_list(arena, task, "lines");
    for (size_t i = 0; i < order->line_count && i < MOST_LINES; i++) {
        const struct line *line = &order->lines[i];
        int64_t amount = 0;
        money_decimal4(line->amount, order->exponent, &amount);
        struct document *record = document_add_record(arena, lines, NULL, "ApprovalMailLine");
        document_add_text(arena, record, "number", line->number);
        document_add_text(arena, record, "product", line->product);
        document_add_text(arena, record, "description", line->description);
        document_add_decimal(arena, record, "quantity", line->quantity, QUANTITY_SCALE);
        document_add_text(arena, record, "unit", line->unit);
        document_add_decimal(arena, record, "amount", amount, MONEY_SCALE);
    }
}

static struct document *mail_for(const struct approval *approval, const char *kind, const struct user *user)
{
    const struct mail_person person = { user->mail, user->number, user->name, user->language };
    return mail_to(approval->batch->arena, kind, approval->order->account_number, &person);
}

static struct document *add_task(const struct approval *approval, struct document *mail,
                                 const struct approval_task *task, struct slice on_behalf_of)
{
    const struct mail_task told = {
        .task_id = task->task_id,
        .order_number = approval->order->order_number,
        .requester = called(approval, task->requester),
        .reason = task->reason,
        .currency = approval->order->currency,
        .content_hash = task->content_hash,
        .on_behalf_of = called(approval, on_behalf_of),
        .order = approval->order->id,
        .total = task->total,
        .until_us = task->due_at ? task->due_at : task->expires_at,
    };
    return mail_add_task(approval->batch->arena, mail, &told);
}

// The next tier's approvals wait already; whom they ask is said when they are opened.
static struct slice next_of(const struct approval_task *task)
{
    for (const struct approval_task *other = task->next; other; other = other->next)
        if (other->state == APPROVAL_WAITING)
            return other->asks;
    return (struct slice){ 0 };
}

static void owe(const struct approval *approval, const struct approval_task *task, const struct user *user,
                const struct document *mail)
{
    const struct item *item = approval->order->item;
    char cause[ORDER_ID_TEXT_SIZE];
    struct slice id =
        arena_printf(approval->batch->arena, "mail/%.*s/%.*s/%s", SLICE_ARGS(task->task_id),
                     SLICE_ARGS(user->number), order_id_text(order_id_of(item->shard, item->offset), cause));
    batch_owe(approval->batch, item, id, approval->order->account_number, SLICE("mail"), user->mail, mail);
}

static void ask(struct approval *approval, const struct approval_task *task, const char *kind,
                struct slice acting, struct slice original)
{
    const struct user *user = approval_user(approval, acting);
    if (!user || !user->active || slice_empty(user->mail) || slice_is(user->mails, "none"))
        return;
    if (slice_is(user->mails, "digest") && strcmp(kind, "created") == 0) {
        digest_order(approval->batch, approval->order->item, approval->order->account_number, user->number);
        return;
    }
    struct document *mail = mail_for(approval, kind, user);
    bool himself = slice_equal(acting, original);
    struct document *record = add_task(approval, mail, task, himself ? (struct slice){ 0 } : original);
    document_add_text(approval->batch->arena, record, "next", next_of(task));
    add_lines(approval->batch->arena, record, approval->order);
    owe(approval, task, user, mail);
}

static void tell_requester(struct approval *approval, const struct approval_task *task)
{
    const struct user *user = approval_user(approval, task->requester);
    bool final = task->state == APPROVAL_APPROVED || task->state == APPROVAL_REJECTED ||
                 task->state == APPROVAL_EXPIRED;
    if (!final || !user || slice_empty(user->mail) || slice_is(user->mails, "none"))
        return;
    struct arena *arena = approval->batch->arena;
    struct document *mail = mail_for(approval, "decided", user);
    struct document *record = add_task(approval, mail, task, task->in_name_of);
    document_add_text(arena, record, "next", next_of(task));
    document_add_text(arena, record, "decision", slice_of(approval_state_name(task->state)));
    document_add_text(arena, record, "decided_by", called(approval, task->decided_by));
    document_add_text(arena, record, "remark", task->remark);
    owe(approval, task, user, mail);
}

void approval_mail(struct approval *approval, const struct approval_task *task)
{
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
        if (strcmp(mails[i].event, task->event) != 0)
            continue;
        if (!mails[i].asks) {
            tell_requester(approval, task);
            continue;
        }
        for (size_t j = 0; j < task->asked_count; j++)
            ask(approval, task, mails[i].kind, task->asked[j].acting, task->asked[j].original);
        if (task->asked_count == 0)
            ask(approval, task, mails[i].kind, task->approver, task->approver);
    }
}
