// SPDX-License-Identifier: Apache-2.0
// digest: when a user's hour of digests has come, he is told of all that waits for his approval now. Nothing waits:
// no mail. A digest is told once: its id is the day's.
#include "handlers/approval/digest.h"

#include "base/clock.h"
#include "handlers/approval/mail.h"
#include "handlers/stages.h"

enum { MOST_TASKS = 100 };

static int64_t digest_minute;

// What was found for the digests of the batch, in the order of the items.
struct digests {
    struct db_rows rows;
};

static bool is_due(const struct item *item)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "ApprovalDigest") == 0;
}

void digest_order(struct batch *batch, const struct item *cause, struct slice account, struct slice user)
{
    static const int64_t MINUTE_US = 60 * INT64_C(1000000), DAY_US = 1440 * MINUTE_US;
    struct arena *arena = batch->arena;
    int64_t due_us = instant_date(batch->now_us) * DAY_US + digest_minute * MINUTE_US;
    if (due_us <= batch->now_us)
        due_us += DAY_US;
    struct document *document = document_record(arena, "ApprovalDigest");
    document_add_text(arena, document, "account", account);
    document_add_text(arena, document, "user", user);
    document_add_date(arena, document, "day", instant_date(due_us));
    struct slice id = arena_printf(arena, "digest/%.*s/%.*s", SLICE_ARGS(account), SLICE_ARGS(user));
    batch_set_timer(batch, cause, id, due_us, account, document);
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    // The oldest come first, and at most MOST_TASKS a user.
    static const char sql[] =
        "SELECT k.n, t.task_id, t.order_id, o.order_number, t.requester, t.reason, t.currency, t.total, "
        "COALESCE(t.due_at, t.expires_at), t.content_hash, u.mail, u.name, u.language, t.original "
        "FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k(n, account, number) "
        "JOIN app_user u ON u.account = k.account AND u.user_number = k.number AND u.active AND u.mail <> '' "
        "CROSS JOIN LATERAL (SELECT t.*, COALESCE(a.original, t.approver) AS original FROM approval_task t "
        "LEFT JOIN approval_asked a ON a.account = t.account AND a.order_id = t.order_id "
        "AND a.task_id = t.task_id WHERE t.account = k.account AND t.state = 'open' "
        "AND COALESCE(a.acting, t.approver) = k.number ORDER BY t.created_at, t.task_id LIMIT $4) t "
        "JOIN sales_order o ON o.account = t.account AND o.id = t.order_id "
        "ORDER BY k.n, t.created_at, t.task_id";
    struct arena *arena = batch->arena;
    struct db_column numbers = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     users = db_column(arena, DB_TEXT);
    for (size_t i = 0; i < batch->item_count; i++) {
        if (!is_due(&batch->items[i]))
            continue;
        db_column_add_number(&numbers, (int64_t)i);
        db_column_add(&accounts, document_text(batch->items[i].document, "account"));
        db_column_add(&users, document_text(batch->items[i].document, "user"));
    }
    if (numbers.count == 0)
        return true;
    struct db_value values[] = { db_array(&numbers), db_array(&accounts), db_array(&users),
                                 db_bigint(MOST_TASKS) };
    batch->trade->digests = ARENA_NEW(arena, struct digests);
    return db_query(db, arena, sql, values, 4, &batch->trade->digests->rows, error) ||
           error_within(error, "gathering what waits for approval");
}

static struct mail_task task_of(const struct db_rows *rows, size_t row, struct slice user)
{
    struct slice original = db_rows_slice(rows, row, 13);
    return (struct mail_task){
        .task_id = db_rows_slice(rows, row, 1),
        .order = db_rows_number(rows, row, 2),
        .order_number = db_rows_slice(rows, row, 3),
        .requester = db_rows_slice(rows, row, 4),
        .reason = db_rows_slice(rows, row, 5),
        .currency = db_rows_slice(rows, row, 6),
        .total = db_rows_number(rows, row, 7),
        .until_us = db_rows_null(rows, row, 8) ? 0 : db_rows_number(rows, row, 8),
        .content_hash = db_rows_slice(rows, row, 9),
        .on_behalf_of = slice_equal(original, user) ? (struct slice){ 0 } : original,
    };
}

// The rows of item `n` begin at *row, which is moved behind them.
static void tell(struct batch *batch, size_t n, const struct db_rows *rows, size_t *row)
{
    struct arena *arena = batch->arena;
    const struct item *item = &batch->items[n];
    struct slice account = document_text(item->document, "account"),
                 user = document_text(item->document, "user");
    if (*row == rows->count || db_rows_number(rows, *row, 0) != (int64_t)n)
        return;
    const struct mail_person person = { db_rows_slice(rows, *row, 10), user, db_rows_slice(rows, *row, 11),
                                        db_rows_slice(rows, *row, 12) };
    struct document *mail = mail_to(arena, "digest", account, &person);
    for (; *row < rows->count && db_rows_number(rows, *row, 0) == (int64_t)n; ++*row) {
        const struct mail_task task = task_of(rows, *row, user);
        mail_add_task(arena, mail, &task);
    }
    char day[DATE_TEXT_SIZE];
    int32_t date = instant_date(batch->now_us);
    document_date(item->document, "day", &date);
    batch_owe(batch, item,
              arena_printf(arena, "digest/%.*s/%.*s/%s", SLICE_ARGS(account), SLICE_ARGS(user),
                           date_text(date, day)),
              account, SLICE("mail"), person.address, mail);
    // What still waits tomorrow is told again.
    digest_order(batch, item, account, user);
}

static void decide(struct batch *batch)
{
    static const struct db_rows none;
    const struct db_rows *rows = batch->trade->digests ? &batch->trade->digests->rows : &none;
    size_t row = 0;
    for (size_t i = 0; i < batch->item_count; i++) {
        if (!is_due(&batch->items[i]))
            continue;
        tell(batch, i, rows, &row);
        batch_outcome(&batch->items[i], OUTCOME_RECORDED, 0);
    }
}

static const struct setting settings[] = {
    { "minute", SETTING_INTEGER, "360", "minute of the day, in UTC, at which digests are told",
      &digest_minute },
    { .name = NULL },
};

const struct stage digest_stage = {
    .name = "digest",
    .purpose = "tells users once a day what waits for their approval",
    .settings = settings,
    .gather = gather,
    .decide = decide,
};
