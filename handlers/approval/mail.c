// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/mail.h"

#include "handlers/money.h"

struct document *mail_to(struct arena *arena, const char *kind, struct slice account,
                         const struct mail_person *person)
{
    struct document *mail = document_record(arena, "ApprovalMail");
    document_add_text(arena, mail, "kind", slice_of(kind));
    document_add_text(arena, mail, "account", account);
    document_add_text(arena, mail, "to", person->address);
    document_add_text(arena, mail, "user", person->user);
    document_add_text(arena, mail, "name", person->name);
    document_add_text(arena, mail, "language", person->language);
    document_add_list(arena, mail, "tasks");
    return mail;
}

struct document *mail_add_task(struct arena *arena, struct document *mail, const struct mail_task *task)
{
    char id[ORDER_ID_TEXT_SIZE];
    int64_t total = 0;
    money_decimal4(task->total, money_exponent(task->currency), &total);
    struct document *record = document_add_record(arena, mail->last, NULL, "ApprovalMailTask");
    document_add_text(arena, record, "task_id", task->task_id);
    document_add_text(arena, record, "order_id", arena_copy(arena, slice_of(order_id_text(task->order, id))));
    document_add_text(arena, record, "order_number", task->order_number);
    document_add_text(arena, record, "requester", task->requester);
    document_add_text(arena, record, "reason", task->reason);
    document_add_text(arena, record, "currency", task->currency);
    document_add_decimal(arena, record, "total", total, MONEY_SCALE);
    if (task->until_us)
        document_add_instant(arena, record, "until", task->until_us);
    document_add_text(arena, record, "content_hash", task->content_hash);
    document_add_text(arena, record, "on_behalf_of", task->on_behalf_of);
    return record;
}
