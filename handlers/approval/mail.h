// SPDX-License-Identifier: Apache-2.0
// The ApprovalMail document: one person, and the tasks that he is told of.
#pragma once

#include "handlers/trade.h"

struct mail_person {
    struct slice address, user, name, language;
};

struct mail_task {
    struct slice task_id, order_number, requester, reason, currency, content_hash;
    struct slice on_behalf_of; // empty where the person is asked for himself
    int64_t order, total;      // minor unit of the currency
    int64_t until_us;          // 0: no end
};

// `kind` is a literal: "created", "digest".
struct document *mail_to(struct arena *arena, const char *kind, struct slice account,
                         const struct mail_person *person);
// The task's record in the mail, for further fields.
struct document *mail_add_task(struct arena *arena, struct document *mail, const struct mail_task *task);
