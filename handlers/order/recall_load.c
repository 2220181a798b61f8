// SPDX-License-Identifier: Apache-2.0
#include "handlers/order/recall.h"

#include "handlers/approval/approval.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/order/split.h"

struct order *recall_order(struct arena *arena, const struct db_rows *rows, size_t row, int column)
{
    struct order *order = ARENA_NEW(arena, struct order);
    order->loaded = true;
    order->account_number = db_rows_slice(rows, row, column++);
    order->id = db_rows_number(rows, row, column++);
    order->order_number = db_rows_slice(rows, row, column++);
    order->release = db_rows_slice(rows, row, column++);
    order->version = (int32_t)db_rows_number(rows, row, column++);
    order->test = db_rows_number(rows, row, column++);
    order->state = (enum order_state)db_rows_number(rows, row, column++);
    order->user_name = db_rows_slice(rows, row, column++);
    order->payer_number = db_rows_slice(rows, row, column++);
    order->ordered_at = db_rows_number(rows, row, column++);
    order->has_date = !db_rows_null(rows, row, column);
    order->requested_date = (int32_t)db_rows_number(rows, row, column++);
    order->currency = db_rows_slice(rows, row, column++);
    order->ship_to = db_rows_slice(rows, row, column++);
    order->total = db_rows_number(rows, row, column++);
    order->note = db_rows_slice(rows, row, column++);
    order->channel = db_rows_slice(rows, row, column++);
    order->partner = db_rows_slice(rows, row, column++);
    order->reply_reference = db_rows_slice(rows, row, column++);
    order->content_hash = db_rows_slice(rows, row, column++);
    order->approval_hash = db_rows_slice(rows, row, column++);
    order->stored_booked = order->booked = db_rows_number(rows, row, column++);
    order->event_seq = (int32_t)db_rows_number(rows, row, column++);
    order->response_seq = (int32_t)db_rows_number(rows, row, column++);
    order->received_at = db_rows_number(rows, row, column++);
    order->decided_at = db_rows_number(rows, row, column++);
    order->responded_at = db_rows_number(rows, row, column++);
    order->first_hash = db_rows_slice(rows, row, column++);
    order->unit = db_rows_slice(rows, row, column++);
    order->cost_centre = db_rows_slice(rows, row, column++);
    order->payment_terms = db_rows_slice(rows, row, column++);
    order->credit_rate = db_rows_number(rows, row, column++);
    order->prepaid = db_rows_number(rows, row, column++);
    order->exponent = money_exponent(order->currency);
    order->priced = true;
    return order;
}

// The orders by their row number in the statements below, which carry the keys as arrays.
struct keys {
    struct db_column accounts, ids;
};

static struct keys keys_of(struct arena *arena, struct order **orders, size_t count)
{
    struct keys keys = { db_column(arena, DB_TEXT), db_column(arena, DB_BIGINT) };
    for (size_t i = 0; i < count; i++) {
        db_column_add(&keys.accounts, orders[i]->account_number);
        db_column_add_number(&keys.ids, orders[i]->id);
    }
    return keys;
}

static bool ask(struct arena *arena, struct db *db, const char *sql, struct order **orders, size_t count,
                struct db_rows *rows, struct error *error)
{
    struct keys keys = keys_of(arena, orders, count);
    struct db_value values[] = { db_array(&keys.accounts), db_array(&keys.ids) };
    return db_query(db, arena, sql, values, 2, rows, error);
}

static void read_line(struct line *line, const struct db_rows *rows, size_t row, struct arena *arena)
{
    int column = 1;
    line->number = db_rows_slice(rows, row, column++);
    line->seller_part = db_rows_slice(rows, row, column++);
    line->buyer_part = db_rows_slice(rows, row, column++);
    line->gtin = db_rows_slice(rows, row, column++);
    line->description = db_rows_slice(rows, row, column++);
    line->product = db_rows_slice(rows, row, column++);
    line->quantity = db_rows_number(rows, row, column++);
    line->unit = db_rows_slice(rows, row, column++);
    line->factor = db_rows_number(rows, row, column++);
    line->base_quantity = db_rows_number(rows, row, column++);
    line->has_date = !db_rows_null(rows, row, column);
    line->requested_date = (int32_t)db_rows_number(rows, row, column++);
    line->unit_price = db_rows_number(rows, row, column++);
    line->price_basis = db_rows_number(rows, row, column++);
    line->amount = db_rows_number(rows, row, column++);
    line->trace = db_rows_slice(rows, row, column++);
    line->changed = db_rows_number(rows, row, column++);
    line->rejected = db_rows_number(rows, row, column++);
    line->confirmed = db_rows_number(rows, row, column++);
    line->backordered = db_rows_number(rows, row, column++);
    line->waiting = db_rows_number(rows, row, column++);
    line->position = (int32_t)db_rows_number(rows, row, column++);
    line->has_price = !db_rows_null(rows, row, column);
    line->stated_price = db_rows_number(rows, row, column++);
    line->stated_basis = db_rows_null(rows, row, column) ? QUANTITY_ONE : db_rows_number(rows, row, column);
    column++;
    line->cost_centre = db_rows_slice(rows, row, column++);
    split_parse(line, db_rows_slice(rows, row, column++), arena);
    line->category = db_rows_slice(rows, row, column++);
    line->discount_permille = (int32_t)db_rows_number(rows, row, column++);
    line->has_quantity = true;
    line->priced = !slice_empty(line->trace);
}

static bool load_lines(struct arena *arena, struct db *db, struct order **orders, size_t count,
                       struct error *error)
{
    static const char sql[] =
        "SELECT k.n, l.line_number, l.seller_part, l.buyer_part, l.gtin, l.description, l.product, "
        "l.quantity, "
        "l.unit, l.factor, l.base_quantity, l.requested_date, l.unit_price, l.price_basis, l.amount, "
        "l.trace, "
        "l.changed, l.rejected, l.confirmed, l.backordered, l.waiting, l.position, l.stated_price, "
        "l.stated_basis, l.cost_centre, l.splits, l.category, l.discount_permille "
        "FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
        "JOIN order_line l ON l.account = k.account AND l.order_id = k.id ORDER BY k.n, l.position";
    struct db_rows rows;
    if (!ask(arena, db, sql, orders, count, &rows, error))
        return error_within(error, "loading order lines");
    for (size_t row = 0; row < rows.count;) {
        int64_t n = db_rows_number(&rows, row, 0);
        size_t end = row;
        while (end < rows.count && db_rows_number(&rows, end, 0) == n)
            end++;
        struct order *order = orders[n - 1];
        order->line_count = end - row;
        order->lines = ARENA_ARRAY(arena, order->line_count, struct line);
        for (size_t i = 0; row < end; row++, i++)
            read_line(&order->lines[i], &rows, row, arena);
    }
    return true;
}

static bool load_holds(struct arena *arena, struct db *db, struct order **orders, size_t count,
                       struct error *error)
{
    static const char sql[] =
        "SELECT k.n, h.kind, h.reason FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, "
        "id, n) "
        "JOIN order_hold h ON h.account = k.account AND h.order_id = k.id AND h.released_at IS NULL";
    struct db_rows rows;
    if (!ask(arena, db, sql, orders, count, &rows, error))
        return error_within(error, "loading holds");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = orders[db_rows_number(&rows, row, 0) - 1];
        enum hold hold;
        if (!hold_parse(db_rows_slice(&rows, row, 1), &hold))
            return error_set(error, ERROR_INTERNAL, NULL, "order_hold has the unknown kind '%.*s'",
                             SLICE_ARGS(db_rows_slice(&rows, row, 1)));
        order->was_held[hold] = order->holds[hold] = true;
        order->hold_reasons[hold] = db_rows_slice(&rows, row, 2);
    }
    return true;
}

// Reasons stay with an order from event to event: those of the answer where it is decided, else the last ones.
static bool load_reasons(struct arena *arena, struct db *db, struct order **orders, size_t count,
                         struct error *error)
{
    static const char sql[] =
        "SELECT k.n, r.code, r.line_number, r.text "
        "FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
        "JOIN sales_order o ON o.account = k.account AND o.id = k.id "
        "JOIN order_reason r ON r.account = o.account AND r.order_id = o.id "
        "AND r.event_seq = CASE WHEN o.state = 1 THEN o.event_seq ELSE o.response_seq END "
        "ORDER BY k.n, r.position";
    struct db_rows rows;
    if (!ask(arena, db, sql, orders, count, &rows, error))
        return error_within(error, "loading reasons");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = orders[db_rows_number(&rows, row, 0) - 1];
        order->reasons = arena_grow(arena, order->reasons, &order->reason_capacity, order->reason_count + 1,
                                    sizeof *order->reasons);
        order->reasons[order->reason_count++] =
            (struct reason){ .code = arena_string(arena, db_rows_slice(&rows, row, 1)),
                             .line = db_rows_slice(&rows, row, 2),
                             .text = db_rows_slice(&rows, row, 3) };
    }
    return true;
}

static bool load_tasks(struct arena *arena, struct db *db, struct order **orders, size_t count,
                       struct error *error)
{
    struct keys keys = keys_of(arena, orders, count);
    const struct db_value values[] = { db_array(&keys.accounts), db_array(&keys.ids) };
    return approval_load(arena, db, orders, values, error);
}

// What is closed has left: it is the line's for good.
static bool load_holdings(struct arena *arena, struct db *db, struct order **orders, size_t count,
                          struct error *error)
{
    static const char sql[] =
        "SELECT k.n, r.position, r.event_seq, r.product, r.site, r.quantity, r.closed_at IS NOT NULL "
        "FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
        "JOIN reservation r ON r.account = k.account AND r.order_id = k.id "
        "ORDER BY k.n, r.position, r.event_seq, r.site COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(arena, db, sql, orders, count, &rows, error))
        return error_within(error, "loading reservations");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = orders[db_rows_number(&rows, row, 0) - 1];
        struct line *line = NULL;
        for (size_t i = 0; i < order->line_count; i++)
            if (order->lines[i].position == db_rows_number(&rows, row, 1))
                line = &order->lines[i];
        if (!line)
            return error_set(error, ERROR_INTERNAL, NULL,
                             "a reservation speaks of position %lld, which order %.*s has not",
                             (long long)db_rows_number(&rows, row, 1), SLICE_ARGS(order->order_number));
        if (db_rows_number(&rows, row, 6)) {
            line->shipped += db_rows_number(&rows, row, 5);
            continue;
        }
        struct holding *holding = ARENA_NEW(arena, struct holding);
        *holding = (struct holding){ .product = db_rows_slice(&rows, row, 3),
                                     .site = db_rows_slice(&rows, row, 4),
                                     .event_seq = (int32_t)db_rows_number(&rows, row, 2),
                                     .quantity = db_rows_number(&rows, row, 5),
                                     .next = line->holdings };
        line->holdings = holding;
    }
    return true;
}

static bool load_closings(struct arena *arena, struct db *db, struct order **orders, size_t count,
                          struct error *error)
{
    static const char sql[] = "SELECT k.n, c.position, c.base_quantity "
                              "FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
                              "JOIN line_closing c ON c.account = k.account AND c.order_id = k.id";
    struct db_rows rows;
    if (!ask(arena, db, sql, orders, count, &rows, error))
        return error_within(error, "loading closed lines");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = orders[db_rows_number(&rows, row, 0) - 1];
        for (size_t i = 0; i < order->line_count; i++)
            if (order->lines[i].position == db_rows_number(&rows, row, 1))
                order->lines[i].closed = db_rows_number(&rows, row, 2);
    }
    return true;
}

static bool load_changes(struct arena *arena, struct db *db, struct order **orders, size_t count,
                         struct error *error)
{
    static const char sql[] =
        "SELECT k.n, " CHANGE_COLUMNS
        " FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(account, id, n) "
        "JOIN order_change c ON c.account = k.account AND c.order_id = k.id AND NOT c.refused "
        "ORDER BY k.n, c.event_seq";
    struct db_rows rows;
    if (!ask(arena, db, sql, orders, count, &rows, error))
        return error_within(error, "loading changes");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = orders[db_rows_number(&rows, row, 0) - 1];
        if (!order->changes)
            order->changes = ARENA_ARRAY(arena, rows.count, struct change *);
        order->changes[order->change_count++] = change_loaded(arena, &rows, row, 1);
    }
    return true;
}

bool recall_parts(struct arena *arena, struct db *db, struct order **orders, size_t count,
                  struct error *error)
{
    return count == 0 ||
           (load_lines(arena, db, orders, count, error) && load_holds(arena, db, orders, count, error) &&
            load_reasons(arena, db, orders, count, error) && load_tasks(arena, db, orders, count, error) &&
            load_holdings(arena, db, orders, count, error) &&
            load_closings(arena, db, orders, count, error) && load_changes(arena, db, orders, count, error));
}
