// SPDX-License-Identifier: Apache-2.0
#include "ctl/order_remedies.h"

#include "ctl/credit_data.h"
#include "handlers/credit/credit_remedy.h"
#include "handlers/money.h"
#include "handlers/order/recall.h"

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
        struct slice asked = document_text(task, "asked"), tier = document_text(task, "tier");
        if (!slice_is(document_text(task, "state"), "open"))
            continue;
        if (slice_empty(asked))
            asked = document_text(task, "approver");
        if (slice_empty(asked))
            add(online, list, "approval", "approve", SLICE("an approval by the seller, as nobody else may"));
        else
            add(online, list, "approval", "approve",
                arena_printf(online->arena, "an approval by %s%.*s%s%.*s",
                             memchr(asked.data, ',', asked.size) ? "one of " : "", SLICE_ARGS(asked),
                             slice_empty(tier) ? "" : " for tier ", SLICE_ARGS(tier)));
    }
}

static void add_other(const struct online *online, const struct document *hold, struct document *list)
{
    static const struct {
        const char *hold, *kind, *text;
    } known[] = {
        { "information", "answer", "what the approver has asked, answered by the buyer of account" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_is(document_text(hold, "kind"), known[i].hold))
            add(online, list, known[i].hold, known[i].kind,
                arena_printf(online->arena, "%s %.*s", known[i].text,
                             SLICE_ARGS(document_text(hold, "waits_for"))));
}

// --- Vetting: what lacks until the account may order

static bool add_vetting(const struct online *online, const struct document *order,
                        const struct document *hold, struct document *list, struct error *error)
{
    static const char sql[] =
        "SELECT a.status, (SELECT string_agg(k.kind || CASE WHEN EXISTS (SELECT FROM vetting_check c WHERE "
        "c.account = a.account AND c.kind = k.kind AND c.result = 'requested') THEN ' (asked for)' ELSE '' "
        "END, ', ' ORDER BY k.n) FROM unnest(string_to_array(nullif(v.required, ''), ',')) WITH ORDINALITY "
        "AS k(kind, n) WHERE NOT EXISTS (SELECT FROM vetting_check c WHERE c.account = a.account AND "
        "c.kind = k.kind AND c.result IN ('passed', 'limited') AND (c.valid_to IS NULL OR c.valid_to > "
        "now()))), (SELECT min(least(v.order_max, c.order_max)) FROM (SELECT v.order_max UNION ALL SELECT "
        "x.order_max FROM vetting_check x WHERE x.account = a.account AND x.result = 'limited') AS "
        "c(order_max)), COALESCE(v.prepaid_only, false) FROM account a LEFT JOIN vetting v ON v.account = "
        "a.account WHERE a.account = $1";
    struct slice account = document_text(hold, "waits_for"), currency = document_text(order, "currency");
    struct arena *arena = online->arena;
    const struct db_value values[] = { db_text(account) };
    struct db_rows rows;
    if (!db_query(online->db, arena, sql, values, 1, &rows, error))
        return error_within(error, "reading what an account is to be checked for");
    if (rows.count == 0)
        return true;
    struct slice status = db_rows_slice(&rows, 0, 0), checks = db_rows_slice(&rows, 0, 1);
    bool limited = slice_is(status, "approved_with_limits");
    if (limited && !db_rows_null(&rows, 0, 2))
        add(online, list, "vetting", "reduce",
            arena_printf(arena, "order for no more than %.*s",
                         SLICE_ARGS(money_text(arena, db_rows_number(&rows, 0, 2), money_exponent(currency),
                                               currency))));
    if (limited && db_rows_number(&rows, 0, 3))
        add(online, list, "vetting", "prepay", SLICE("order on prepaid terms of payment"));
    if (!limited && !slice_empty(checks))
        add(online, list, "vetting", "check",
            arena_printf(arena, "account %.*s, which is %.*s, passes the checks: %.*s", SLICE_ARGS(account),
                         SLICE_ARGS(status), SLICE_ARGS(checks)));
    else
        add(online, list, "vetting", "open",
            arena_printf(arena,
                         "an Account record of the ERP with the status approved for %.*s, which is %.*s",
                         SLICE_ARGS(account), SLICE_ARGS(status)));
    return true;
}

// --- Budgets: what was lacking when the order was looked at

static bool add_budgets(const struct online *online, const struct document *order, struct document *list,
                        struct error *error)
{
    static const char sql[] =
        "SELECT p.text, p.after - p.threshold FROM order_predicate p WHERE p.account = $1 AND p.order_id = "
        "$2 AND "
        "p.stage = 'budget' AND p.effect = 'hold' AND p.event_seq = (SELECT max(x.event_seq) FROM "
        "order_predicate x "
        "WHERE x.account = $1 AND x.order_id = $2 AND x.stage = 'budget') ORDER BY p.position";
    struct slice currency = document_text(order, "currency");
    int64_t id = 0;
    order_id_parse(document_text(order, "order_id"), &id);
    const struct db_value values[] = { db_text(document_text(order, "account")), db_bigint(id) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading what was found about budgets");
    for (size_t row = 0; row < rows.count; row++) {
        struct slice rest = db_rows_slice(&rows, row, 0), budget = slice_cut(&rest, ':');
        struct slice lacks =
            money_text(online->arena, db_rows_number(&rows, row, 1), money_exponent(currency), currency);
        // A budget in another currency says so in its sentence; one without a rate, or none at all, has no amount.
        struct slice own_currency = arena_printf(online->arena, " %.*s would be used", SLICE_ARGS(currency));
        bool own = !db_rows_null(&rows, row, 1) &&
                   memmem(rest.data, rest.size, own_currency.data, own_currency.size) != NULL;
        add(online, list, "budget", "budget",
            own ? arena_printf(online->arena,
                               "%.*s more in %.*s, raised, moved there or given back by another order",
                               SLICE_ARGS(lacks), SLICE_ARGS(budget))
                : arena_printf(online->arena, "a budget for it: %.*s",
                               SLICE_ARGS(db_rows_slice(&rows, row, 0))));
    }
    return true;
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
        } else if (slice_is(kind, "budget")) {
            if (!add_budgets(online, order, *remedies, error))
                return false;
        } else if (slice_is(kind, "vetting")) {
            if (!add_vetting(online, order, hold, *remedies, error))
                return false;
        } else if (slice_is(kind, "approval")) {
            add_approval(online, tasks, *remedies);
        } else {
            add_other(online, hold, *remedies);
        }
    }
    return true;
}
