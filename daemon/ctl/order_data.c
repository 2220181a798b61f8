// SPDX-License-Identifier: Apache-2.0
#include "ctl/order_data.h"

#include "ctl/rows.h"
#include "handlers/order/order.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// How far an accepted order is, and where what it has booked lies.
#define PROGRESS "p.progress, p.ordered_amount, p.shipped_amount, p.billed_amount, p.closed_amount"
#define PROGRESS_JOIN                                                                                        \
    "LEFT JOIN LATERAL (SELECT CASE WHEN bool_and(x.rejected OR x.final OR x.shipped >= x.quantity) THEN "   \
    "'shipped' WHEN bool_or(x.shipped > 0) THEN 'partly shipped' ELSE 'open' END AS progress, "              \
    "sum(x.ordered_amount)::bigint AS ordered_amount, sum(x.shipped_amount)::bigint AS shipped_amount, "     \
    "sum(x.billed)::bigint AS billed_amount, sum(x.closed_amount)::bigint AS closed_amount "                 \
    "FROM order_progress x WHERE x.account = o.account AND x.order_id = o.id) p ON o.state = 2 "

// The columns of an order, for the list and for one order alike.
#define ORDER_COLUMNS                                                                                        \
    "SELECT o.id, o.account, o.order_number, o.release, o.version, o.state, o.test, o.currency, o.total,"    \
    " (SELECT string_agg(h.kind, ', ' ORDER BY h.kind) FROM order_hold h WHERE h.account = o.account"        \
    " AND h.order_id = o.id AND h.released_at IS NULL), o.received_at, o.decided_at, o.user_name, o.payer,"  \
    " o.stated_total, o.booked, o.ship_to, o.requested_date, o.note, o.channel, o.partner,"                  \
    " o.reply_reference, o.event_seq, o.response_seq, o.responded_at, o.content_hash, " PROGRESS             \
    " FROM sales_order o " PROGRESS_JOIN

static const struct row_field order_fields[] = {
    { "order_id", ROW_ORDER },
    { "account", ROW_TEXT },
    { "order_number", ROW_TEXT },
    { "release", ROW_TEXT },
    { "version", ROW_INTEGER },
    { "state", ROW_STATE },
    { "test", ROW_BOOLEAN },
    { "currency", ROW_TEXT },
    { "total", ROW_AMOUNT },
    { "holds", ROW_TEXT },
    { "received_at", ROW_INSTANT },
    { "decided_at", ROW_INSTANT },
    { "user", ROW_TEXT },
    { "payer", ROW_TEXT },
    { "stated_total", ROW_AMOUNT },
    { "booked", ROW_AMOUNT },
    { "ship_to", ROW_TEXT },
    { "requested_date", ROW_DATE },
    { "note", ROW_TEXT },
    { "channel", ROW_TEXT },
    { "partner", ROW_TEXT },
    { "reply_reference", ROW_TEXT },
    { "event_seq", ROW_INTEGER },
    { "response_seq", ROW_INTEGER },
    { "responded_at", ROW_INSTANT },
    { "content_hash", ROW_TEXT },
    { "progress", ROW_TEXT },
    { "ordered_amount", ROW_AMOUNT },
    { "shipped_amount", ROW_AMOUNT },
    { "billed_amount", ROW_AMOUNT },
    { "closed_amount", ROW_AMOUNT },
};

// 0 for an empty word: all states.
static bool state_number(struct slice word, int64_t *number, struct error *error)
{
    *number = 0;
    for (int state = ORDER_HELD; state < ORDER_STATE_COUNT; state++)
        if (slice_is(word, order_state_name((enum order_state)state)))
            *number = state;
    return slice_empty(word) || *number ||
           error_set(error, ERROR_INVALID, NULL,
                     "'%.*s' is no state; the states are held, accepted, rejected and cancelled",
                     SLICE_ARGS(word));
}

bool order_data_list(struct online *online, struct slice account, struct slice state, int64_t most,
                     struct document **orders, struct error *error)
{
    static const char sql[] = ORDER_COLUMNS "WHERE ($1 = '' OR o.account = $1) AND ($2 = 0 OR o.state = $2) "
                                            "ORDER BY o.received_at DESC, o.id DESC"
                                            " LIMIT $3";
    int64_t number;
    online->unable = !state_number(state, &number, error);
    if (online->unable)
        return false;
    const struct db_value values[] = { db_text(account), db_integer((int32_t)number), db_bigint(most) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 3, &rows, error))
        return error_within(error, "listing orders");
    *orders = rows_list(online->arena, &rows, order_fields, COUNT(order_fields));
    return true;
}

static bool several(const struct online *online, const char *word, const struct db_rows *rows,
                    struct error *error)
{
    struct text ids = text_in(online->arena);
    for (size_t i = 0; i < rows->count; i++) {
        char id[ORDER_ID_TEXT_SIZE];
        text_printf(&ids, "%s%s of account %.*s", i ? ", " : "",
                    order_id_text(db_rows_number(rows, i, 0), id), SLICE_ARGS(db_rows_slice(rows, i, 1)));
    }
    return error_set(error, ERROR_INVALID, NULL,
                     "order number '%s' is that of several orders: %.*s; give one's id", word,
                     SLICE_ARGS(text_slice(&ids)));
}

bool order_data_find(const struct online *online, const char *word, struct document **order,
                     struct error *error)
{
    static const char by_id[] = ORDER_COLUMNS "WHERE o.id = $1 ORDER BY o.id LIMIT 5";
    static const char by_number[] = ORDER_COLUMNS "WHERE o.order_number = $1 ORDER BY o.id LIMIT 5";
    struct db_rows rows = { 0 };
    int64_t id;
    const struct db_value number = db_text(slice_of(word));
    if (order_id_parse(slice_of(word), &id)) {
        const struct db_value value = db_bigint(id);
        if (!db_query(online->db, online->arena, by_id, &value, 1, &rows, error))
            return error_within(error, "looking for order '%s'", word);
    }
    if (rows.count == 0 && !db_query(online->db, online->arena, by_number, &number, 1, &rows, error))
        return error_within(error, "looking for order '%s'", word);
    if (rows.count == 0)
        return error_set(
            error, ERROR_INVALID, NULL,
            "there is no order '%s', neither as our id (SHARD-OFFSET) nor as a buyer's order number", word);
    if (rows.count > 1)
        return several(online, word, &rows, error);
    *order = rows_record(online->arena, &rows, 0, order_fields, COUNT(order_fields));
    return true;
}

// Runs a query whose parameters are the order's account, id and currency.
static bool part(const struct online *online, const struct document *order, const char *sql,
                 const struct row_field *fields, size_t count, struct document **list, struct error *error)
{
    int64_t id = 0;
    order_id_parse(document_text(order, "order_id"), &id);
    const struct db_value values[] = { db_text(document_text(order, "account")), db_bigint(id),
                                       db_text(document_text(order, "currency")) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading the order");
    *list = rows_list(online->arena, &rows, fields, count);
    return true;
}

bool order_data_lines(const struct online *online, const struct document *order, struct document **lines,
                      struct error *error)
{
    static const char sql[] =
        "SELECT l.line_number, l.product, l.seller_part, l.buyer_part, l.gtin, l.description, l.quantity, "
        "l.unit, "
        "l.stated_price, l.unit_price, l.price_basis, $3, l.amount, l.confirmed, l.backordered, p.shipped, "
        "p.invoiced, p.final, l.requested_date, l.changed, l.rejected, l.trace FROM order_line l "
        "LEFT JOIN order_progress p ON p.account = l.account AND p.order_id = l.order_id "
        "AND p.position = l.position WHERE l.account = $1 AND l.order_id = $2 ORDER BY l.position";
    static const struct row_field fields[] = {
        { "line", ROW_TEXT },
        { "product", ROW_TEXT },
        { "seller_part", ROW_TEXT },
        { "buyer_part", ROW_TEXT },
        { "gtin", ROW_TEXT },
        { "description", ROW_TEXT },
        { "quantity", ROW_QUANTITY },
        { "unit", ROW_TEXT },
        { "stated_price", ROW_PRICE },
        { "unit_price", ROW_PRICE },
        { "price_basis", ROW_QUANTITY },
        { "currency", ROW_TEXT },
        { "amount", ROW_AMOUNT },
        { "confirmed", ROW_QUANTITY },
        { "backordered", ROW_QUANTITY },
        { "shipped", ROW_QUANTITY },
        { "invoiced", ROW_QUANTITY },
        { "final", ROW_BOOLEAN },
        { "requested_date", ROW_DATE },
        { "changed", ROW_BOOLEAN },
        { "rejected", ROW_BOOLEAN },
        { "trace", ROW_TEXT },
    };
    return part(online, order, sql, fields, COUNT(fields), lines, error);
}

bool order_data_holds(const struct online *online, const struct document *order, struct document **holds,
                      struct error *error)
{
    static const char sql[] =
        "SELECT kind, since, waits_for, reason, released_at, released_by FROM order_hold"
        " WHERE account = $1 AND order_id = $2 AND $3 = $3 ORDER BY since, kind";
    static const struct row_field fields[] = {
        { "kind", ROW_TEXT },   { "since", ROW_INSTANT },       { "waits_for", ROW_TEXT },
        { "reason", ROW_TEXT }, { "released_at", ROW_INSTANT }, { "released_by", ROW_TEXT },
    };
    return part(online, order, sql, fields, COUNT(fields), holds, error);
}

bool order_data_reasons(const struct online *online, const struct document *order, struct document **reasons,
                        struct error *error)
{
    static const char sql[] =
        "SELECT event_seq, code, line_number, text FROM order_reason"
        " WHERE account = $1 AND order_id = $2 AND $3 = $3 ORDER BY event_seq, position";
    static const struct row_field fields[] = {
        { "event_seq", ROW_INTEGER }, { "code", ROW_TEXT }, { "line", ROW_TEXT }, { "text", ROW_TEXT }
    };
    return part(online, order, sql, fields, COUNT(fields), reasons, error);
}

bool order_data_approvals(const struct online *online, const struct document *order, struct document **tasks,
                          struct error *error)
{
    static const char sql[] =
        "SELECT task_id, state, approver, requester, reason, currency, total, created_at, decided_at,"
        " decided_by, remark, content_hash, circuit, tier, asks, COALESCE((SELECT string_agg(a.acting || "
        "CASE WHEN "
        "a.acting = a.original THEN '' ELSE ' for ' || a.original END, ', ' ORDER BY a.position) FROM "
        "approval_asked a "
        "WHERE a.account = t.account AND a.order_id = t.order_id AND a.task_id = t.task_id), approver), "
        "in_name_of, "
        "due_at, expires_at FROM approval_task t"
        " WHERE account = $1 AND order_id = $2 AND $3 = $3 ORDER BY created_at, position, task_id";
    static const struct row_field fields[] = {
        { "task_id", ROW_TEXT },       { "state", ROW_TEXT },         { "approver", ROW_TEXT },
        { "requester", ROW_TEXT },     { "reason", ROW_TEXT },        { "currency", ROW_TEXT },
        { "total", ROW_AMOUNT },       { "created_at", ROW_INSTANT }, { "decided_at", ROW_INSTANT },
        { "decided_by", ROW_TEXT },    { "remark", ROW_TEXT },        { "content_hash", ROW_TEXT },
        { "circuit", ROW_TEXT },       { "tier", ROW_TEXT },          { "asks", ROW_TEXT },
        { "asked", ROW_TEXT },         { "in_name_of", ROW_TEXT },    { "due_at", ROW_INSTANT },
        { "expires_at", ROW_INSTANT },
    };
    return part(online, order, sql, fields, COUNT(fields), tasks, error);
}

bool order_data_predicates(const struct online *online, const struct document *order,
                           struct document **predicates, struct error *error)
{
    static const char sql[] =
        "SELECT event_seq, stage, code, effect, text, $3, before, after, threshold FROM order_predicate"
        " WHERE account = $1 AND order_id = $2 ORDER BY event_seq, position";
    static const struct row_field fields[] = {
        { "event_seq", ROW_INTEGER }, { "stage", ROW_TEXT },   { "code", ROW_TEXT },
        { "effect", ROW_TEXT },       { "text", ROW_TEXT },    { "currency", ROW_TEXT },
        { "before", ROW_AMOUNT },     { "after", ROW_AMOUNT }, { "threshold", ROW_AMOUNT },
    };
    return part(online, order, sql, fields, COUNT(fields), predicates, error);
}

bool order_data_grants(const struct online *online, const struct document *order, struct document **grants,
                       struct error *error)
{
    static const char sql[] =
        "SELECT e.at, e.payer, a.currency, e.amount, e.counted - e.amount, e.counted, e.ceiling, e.override"
        " FROM exposure_entry e JOIN account a ON a.account = e.payer WHERE e.account = $1 AND e.order_id = "
        "$2"
        " AND $3 = $3 ORDER BY e.at, e.source";
    static const struct row_field fields[] = {
        { "at", ROW_INSTANT },     { "payer", ROW_TEXT },    { "currency", ROW_TEXT },
        { "amount", ROW_AMOUNT },  { "before", ROW_AMOUNT }, { "counted", ROW_AMOUNT },
        { "ceiling", ROW_AMOUNT }, { "override", ROW_TEXT },
    };
    return part(online, order, sql, fields, COUNT(fields), grants, error);
}

bool order_data_reservations(const struct online *online, const struct document *order,
                             struct document **reservations, struct error *error)
{
    static const char sql[] =
        "SELECT l.line_number, r.product, r.site, r.quantity, r.at, r.closed_at FROM reservation r"
        " JOIN order_line l ON l.account = r.account AND l.order_id = r.order_id AND l.position = r.position"
        " WHERE r.account = $1 AND r.order_id = $2 AND $3 = $3 ORDER BY r.position, r.event_seq, r.site";
    static const struct row_field fields[] = {
        { "line", ROW_TEXT },         { "product", ROW_TEXT }, { "site", ROW_TEXT },
        { "quantity", ROW_QUANTITY }, { "at", ROW_INSTANT },   { "closed_at", ROW_INSTANT },
    };
    return part(online, order, sql, fields, COUNT(fields), reservations, error);
}

bool order_data_changes(const struct online *online, const struct document *order, struct document **changes,
                        struct error *error)
{
    static const char sql[] =
        "SELECT c.change_number, c.action, CASE WHEN c.refused THEN 'refused' WHEN c.responded_at IS NULL "
        "THEN"
        " 'waits' ELSE 'taken' END, c.user_name, c.requested_at, c.received_at, c.responded_at, c.event_seq,"
        " CASE WHEN c.refused THEN (SELECT string_agg(r.text || ' [' || r.code || ']', '; ' ORDER BY "
        "r.position)"
        " FROM order_change_reason r WHERE r.account = c.account AND r.change_id = c.id) ELSE c.effect END"
        " FROM order_change c WHERE c.account = $1 AND c.order_id = $2 AND $3 = $3 ORDER BY c.received_at, "
        "c.id";
    static const struct row_field fields[] = {
        { "change_number", ROW_TEXT },   { "action", ROW_TEXT },
        { "state", ROW_TEXT },           { "user", ROW_TEXT },
        { "requested_at", ROW_INSTANT }, { "received_at", ROW_INSTANT },
        { "responded_at", ROW_INSTANT }, { "event_seq", ROW_INTEGER },
        { "effect", ROW_TEXT },
    };
    return part(online, order, sql, fields, COUNT(fields), changes, error);
}

bool order_data_dues(const struct online *online, const struct document *order, struct document **dues,
                     struct error *error)
{
    static const char sql[] =
        "SELECT t.terms, t.level, d.kind, d.percent, d.event, d.due_date, o.currency, d.amount FROM "
        "order_terms t"
        " JOIN sales_order o ON o.account = t.account AND o.id = t.order_id JOIN order_due d"
        " ON d.account = t.account AND d.order_id = t.order_id WHERE t.account = $1 AND t.order_id = $2 AND "
        "$3 = $3"
        " ORDER BY d.position";
    static const struct row_field fields[] = {
        { "terms", ROW_TEXT }, { "level", ROW_TEXT },    { "kind", ROW_TEXT },     { "percent", ROW_PRICE },
        { "event", ROW_TEXT }, { "due_date", ROW_DATE }, { "currency", ROW_TEXT }, { "amount", ROW_AMOUNT },
    };
    return part(online, order, sql, fields, COUNT(fields), dues, error);
}

bool order_data_budgets(const struct online *online, const struct document *order, struct document **budgets,
                        struct error *error)
{
    static const char sql[] =
        "SELECT e.budget, e.period_start, b.currency, COALESCE(sum(e.amount) FILTER (WHERE e.kind = "
        "'commitment'),"
        " 0)::bigint, COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'actual'), 0)::bigint FROM budget_entry e"
        " JOIN budget b ON b.account = e.account AND b.budget = e.budget WHERE e.account = $1 AND e.order_id "
        "= $2"
        " AND e.order_id <> 0 AND $3 = $3 GROUP BY e.budget, e.period_start, b.currency ORDER BY e.budget, "
        "e.period_start";
    static const struct row_field fields[] = {
        { "budget", ROW_TEXT },      { "period_start", ROW_DATE }, { "currency", ROW_TEXT },
        { "committed", ROW_AMOUNT }, { "spent", ROW_AMOUNT },
    };
    return part(online, order, sql, fields, COUNT(fields), budgets, error);
}

bool order_data_deliveries(const struct online *online, const struct document *order,
                           struct document **deliveries, struct error *error)
{
    // The answer's id is a function of the order's, and of each change's.
    static const char sql[] =
        "SELECT id, channel, partner, state, attempts, next_at, delivered_at, last_error"
        " FROM delivery WHERE id = $1 OR id IN (SELECT 'ack/change/' || (c.id >> 40) || '-' ||"
        " (c.id & ((1::bigint << 40) - 1)) FROM order_change c WHERE c.account = $2 AND c.order_id = $3)"
        " ORDER BY created_at, id";
    static const struct row_field fields[] = {
        { "id", ROW_TEXT },
        { "channel", ROW_TEXT },
        { "partner", ROW_TEXT },
        { "state", ROW_TEXT },
        { "attempts", ROW_INTEGER },
        { "next_at", ROW_INSTANT },
        { "delivered_at", ROW_INSTANT },
        { "last_error", ROW_TEXT },
    };
    int64_t number = 0;
    order_id_parse(document_text(order, "order_id"), &number);
    const struct db_value values[] = { db_text(arena_printf(online->arena, "ack/%.*s",
                                                            SLICE_ARGS(document_text(order, "order_id")))),
                                       db_text(document_text(order, "account")), db_bigint(number) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading the order's deliveries");
    *deliveries = rows_list(online->arena, &rows, fields, COUNT(fields));
    return true;
}

bool order_data_shipments(const struct online *online, const struct document *order,
                          struct document **shipments, struct error *error)
{
    static const char sql[] =
        "SELECT s.shipment, s.shipped_at, s.site, l.line_number, x.quantity, l.unit, x.final, s.carrier, "
        "s.tracking, "
        "s.event_seq FROM shipment s JOIN shipment_line x ON x.account = s.account AND x.shipment = "
        "s.shipment "
        "JOIN order_line l ON l.account = x.account AND l.order_id = x.order_id AND l.position = x.position "
        "WHERE s.account = $1 AND s.order_id = $2 AND $3 = $3 ORDER BY s.shipped_at, s.shipment, x.number";
    static const struct row_field fields[] = {
        { "shipment", ROW_TEXT },     { "shipped_at", ROW_INSTANT }, { "site", ROW_TEXT },
        { "line", ROW_TEXT },         { "quantity", ROW_QUANTITY },  { "unit", ROW_TEXT },
        { "final", ROW_BOOLEAN },     { "carrier", ROW_TEXT },       { "tracking", ROW_TEXT },
        { "event_seq", ROW_INTEGER },
    };
    return part(online, order, sql, fields, COUNT(fields), shipments, error);
}

bool order_data_invoices(const struct online *online, const struct document *order,
                         struct document **invoices, struct error *error)
{
    static const char sql[] =
        "SELECT i.invoice, i.issued_at, i.due_at, i.payer, l.line_number, x.quantity, l.unit, i.currency, "
        "x.amount, "
        "x.taken, x.event_seq FROM invoice_line x JOIN invoice i ON i.account = x.account AND i.invoice = "
        "x.invoice "
        "JOIN order_line l ON l.account = x.account AND l.order_id = x.order_id AND l.position = x.position "
        "WHERE x.account = $1 AND x.order_id = $2 AND $3 = $3 ORDER BY i.issued_at, i.invoice, x.number";
    static const struct row_field fields[] = {
        { "invoice", ROW_TEXT }, { "issued_at", ROW_INSTANT }, { "due_at", ROW_INSTANT },
        { "payer", ROW_TEXT },   { "line", ROW_TEXT },         { "quantity", ROW_QUANTITY },
        { "unit", ROW_TEXT },    { "currency", ROW_TEXT },     { "amount", ROW_AMOUNT },
        { "taken", ROW_AMOUNT }, { "event_seq", ROW_INTEGER },
    };
    return part(online, order, sql, fields, COUNT(fields), invoices, error);
}
