// SPDX-License-Identifier: Apache-2.0
#include "ctl/order_remedies.h"

#include "ctl/credit_data.h"
#include "handlers/credit_remedy.h"
#include "handlers/recall.h"

static void add(const struct online *online, struct document *list, const char *hold, const char *kind,
                struct slice text)
{
    struct document *record = document_add_record(online->arena, list, NULL, NULL);
    document_add_text(online->arena, record, "hold", slice_of(hold));
    document_add_text(online->arena, record, "kind", slice_of(kind));
    document_add_text(online->arena, record, "text", text);
}

// --- Credit: the order and its payers into memory, as the daemon has them when it decides

static bool load_order(const struct online *online, const struct document *document, struct order **order,
                       struct error *error)
{
    static const char sql[] =
        "SELECT " RECALL_COLUMNS " FROM sales_order o WHERE o.account = $1 AND o.id = $2";
    int64_t id;
    struct db_rows rows;
    if (!order_id_parse(document_text(document, "order_id"), &id))
        return error_set(error, ERROR_INTERNAL, NULL, "'%.*s' is no order's id",
                         SLICE_ARGS(document_text(document, "order_id")));
    const struct db_value values[] = { db_text(document_text(document, "account")), db_bigint(id) };
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading the order");
    if (rows.count == 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "the order was there a moment ago, and is not now");
    *order = recall_order(online->arena, &rows, 0, 0);
    return recall_parts(online->arena, online->db, order, 1, error);
}

static bool add_credit(const struct online *online, const struct document *document, struct document *list,
                       struct error *error)
{
    struct batch batch;
    struct credit_remedy remedies[CREDIT_REMEDIES_MAX];
    struct order *order;
    bool stopped = false;
    if (!load_order(online, document, &order, error) || !credit_data_load(online, &batch, order, error))
        return false;
    if (!order->payer)
        return true;
    size_t count = credit_remedies(&batch, order, remedies, &stopped);
    for (size_t i = 0; i < count; i++)
        add(online, list, "credit", remedies[i].kind, remedies[i].text);
    if (!stopped)
        add(online, list, "credit", "review",
            SLICE("nothing stops it any more: it is accepted when its account looks again"));
    else if (count == 0)
        add(online, list, "credit", "terms", SLICE("only other credit terms of the payer would let it pass"));
    return true;
}

// --- Other holds

static void add_approval(const struct online *online, const struct document *tasks, struct document *list)
{
    for (const struct document *task = tasks->first; task; task = task->next) {
        struct slice approver = document_text(task, "approver");
        if (!slice_is(document_text(task, "state"), "open"))
            continue;
        if (slice_empty(approver))
            add(online, list, "approval", "approve", SLICE("an approval by the seller, as nobody else may"));
        else
            add(online, list, "approval", "approve",
                arena_printf(online->arena, "an approval by %.*s", SLICE_ARGS(approver)));
    }
}

static void add_other(const struct online *online, const struct document *hold, struct document *list)
{
    static const struct {
        const char *hold, *kind, *text;
    } known[] = {
        { "vetting", "open", "the ERP's word that this account is open:" },
        { "budget", "budget", "more budget, or less charged to it, of account" },
        { "information", "answer", "what the approver has asked, answered by the buyer of account" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_is(document_text(hold, "kind"), known[i].hold))
            add(online, list, known[i].hold, known[i].kind,
                arena_printf(online->arena, "%s %.*s", known[i].text,
                             SLICE_ARGS(document_text(hold, "waits_for"))));
}

bool order_remedies(const struct online *online, const struct document *order, const struct document *holds,
                    const struct document *tasks, struct document **remedies, struct error *error)
{
    *remedies = document_list(online->arena);
    for (const struct document *hold = holds->first; hold; hold = hold->next) {
        struct slice kind = document_text(hold, "kind");
        if (document_get(hold, "released_at"))
            continue;
        if (slice_is(kind, "credit")) {
            if (!add_credit(online, order, *remedies, error))
                return false;
        } else if (slice_is(kind, "approval")) {
            add_approval(online, tasks, *remedies);
        } else {
            add_other(online, hold, *remedies);
        }
    }
    return true;
}
