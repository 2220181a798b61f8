// SPDX-License-Identifier: Apache-2.0
// The rows of orders, lines, holds and reasons. New ones are copied in; those of orders that were stored
// before are changed by one statement a table.
#include "handlers/money.h"
#include "handlers/order/answer.h"
#include "handlers/order/split.h"

static bool is_new(const struct order *order)
{
    return order->event && !order->loaded;
}

static bool is_changed(const struct order *order)
{
    return order->event && order->loaded;
}

static void copy_date(struct db_copy *copy, bool present, int32_t date)
{
    if (present)
        db_copy_number(copy, DB_DATE, date);
    else
        db_copy_null(copy);
}

static void copy_order(struct db_copy *copy, const struct order *order)
{
    int64_t stated;
    db_copy_row(copy);
    db_copy_slice(copy, order->account_number);
    db_copy_number(copy, DB_BIGINT, order->id);
    db_copy_slice(copy, order->order_number);
    db_copy_slice(copy, order->release);
    db_copy_number(copy, DB_INTEGER, order->version);
    db_copy_number(copy, DB_BOOLEAN, order->test);
    db_copy_number(copy, DB_INTEGER, order->next_state);
    db_copy_slice(copy, order->user_name);
    db_copy_slice(copy, order->payer_number);
    db_copy_number(copy, DB_INSTANT, order->ordered_at);
    copy_date(copy, order->has_date, order->requested_date);
    db_copy_slice(copy, order->currency);
    db_copy_slice(copy, order->ship_to);
    if (order->has_total && order->exponent >= 0 &&
        money_minor_rounded(order->stated_total, order->exponent, &stated))
        db_copy_number(copy, DB_BIGINT, stated);
    else
        db_copy_null(copy);
    db_copy_number(copy, DB_BIGINT, order->total);
    db_copy_slice(copy, order->note);
    db_copy_slice(copy, order->channel);
    db_copy_slice(copy, order->partner);
    db_copy_slice(copy, order->reply_reference);
    db_copy_slice(copy, order->content_hash);
    db_copy_slice(copy, order->approval_hash);
    db_copy_number(copy, DB_BIGINT, order->booked);
    db_copy_number(copy, DB_INTEGER, order->event_seq);
    db_copy_number(copy, DB_INTEGER, order->response_seq);
    db_copy_number(copy, DB_INSTANT, order->received_at);
    db_copy_number(copy, DB_INSTANT, order->decided_at);
    if (order->response_seq)
        db_copy_number(copy, DB_INSTANT, order->responded_at);
    else
        db_copy_null(copy);
    db_copy_slice(copy, order->unit);
    db_copy_slice(copy, order->cost_centre);
    db_copy_slice(copy, order->payment_terms);
    db_copy_number(copy, DB_BIGINT, order->credit_rate);
    int32_t latest = 0;
    bool dated = order_latest_date(order, &latest);
    copy_date(copy, dated, latest);
    db_copy_number(copy, DB_BOOLEAN, order->prepaid);
}

static bool insert_orders(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY sales_order (account, id, order_number, release, version, test, state, user_name, payer, "
        "ordered_at, "
        "requested_date, currency, ship_to, stated_total, total, note, channel, partner, reply_reference, "
        "content_hash, approval_hash, booked, event_seq, response_seq, received_at, decided_at, "
        "responded_at, unit, cost_centre, payment_terms, credit_rate, latest_date, prepaid) "
        "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 33);
    for (size_t i = 0; i < batch->trade->order_count; i++)
        if (is_new(batch->trade->orders[i]))
            copy_order(&copy, batch->trade->orders[i]);
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing orders");
}

static void copy_line(struct db_copy *copy, const struct order *order, size_t i, struct arena *arena)
{
    const struct line *line = &order->lines[i];
    db_copy_row(copy);
    db_copy_slice(copy, order->account_number);
    db_copy_number(copy, DB_BIGINT, order->id);
    db_copy_number(copy, DB_INTEGER, line->position);
    db_copy_slice(copy, line->number);
    db_copy_slice(copy, line->seller_part);
    db_copy_slice(copy, line->buyer_part);
    db_copy_slice(copy, line->gtin);
    db_copy_slice(copy, line->description);
    db_copy_slice(copy, line->product);
    db_copy_number(copy, DB_BIGINT, line->quantity);
    db_copy_slice(copy, line->unit);
    db_copy_number(copy, DB_BIGINT, line->factor);
    db_copy_number(copy, DB_BIGINT, line->base_quantity);
    copy_date(copy, line->has_date, line->requested_date);
    if (line->has_price)
        db_copy_number(copy, DB_BIGINT, line->stated_price);
    else
        db_copy_null(copy);
    db_copy_number(copy, DB_BIGINT, line->stated_basis);
    db_copy_number(copy, DB_BIGINT, line->unit_price);
    db_copy_number(copy, DB_BIGINT, line->price_basis);
    db_copy_number(copy, DB_BIGINT, line->amount);
    db_copy_slice(copy, line->trace);
    db_copy_number(copy, DB_BOOLEAN, line->changed);
    db_copy_number(copy, DB_BOOLEAN, line->rejected);
    db_copy_number(copy, DB_BIGINT, line->confirmed);
    db_copy_number(copy, DB_BIGINT, line->backordered);
    db_copy_number(copy, DB_BIGINT, line->waiting);
    db_copy_slice(copy, line->cost_centre);
    db_copy_slice(copy, split_text(line, arena));
    db_copy_slice(copy, line->category);
    db_copy_number(copy, DB_INTEGER, line->discount_permille);
}

static bool insert_lines(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_line (account, order_id, position, line_number, seller_part, "
        "buyer_part, gtin, description, "
        "product, quantity, unit, factor, base_quantity, requested_date, stated_price, "
        "stated_basis, unit_price, "
        "price_basis, amount, trace, changed, rejected, confirmed, backordered, "
        "waiting, cost_centre, splits, category, discount_permille) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 29);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (size_t j = 0; j < order->line_count; j++)
            if (is_new(order) || (is_changed(order) && order->lines[j].act == LINE_ADDED))
                copy_line(&copy, order, j, batch->arena);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing order lines");
}

static bool insert_holds(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_hold (account, order_id, kind, since, waits_for, reason, released_by) "
        "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 7);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (int hold = 0; order->event && hold < HOLD_COUNT; hold++) {
            if (!order->holds[hold] || (order->was_held[hold] && !order->change) ||
                order->next_state != ORDER_HELD)
                continue;
            db_copy_row(&copy);
            db_copy_slice(&copy, order->account_number);
            db_copy_number(&copy, DB_BIGINT, order->id);
            db_copy_slice(&copy, slice_of(hold_name((enum hold)hold)));
            db_copy_number(&copy, DB_INSTANT, batch->now_us);
            db_copy_slice(&copy, hold == HOLD_CREDIT ? order->payer_number : order->account_number);
            db_copy_slice(&copy, order->hold_reasons[hold]);
            db_copy_slice(&copy, (struct slice){ 0 });
        }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing holds");
}

static bool release_holds(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE order_hold h SET released_at = $5, released_by = k.actor "
        "FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS k(account, id, kind, actor) "
        "WHERE h.account = k.account AND h.order_id = k.id AND h.kind = k.kind AND h.released_at IS NULL";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     kinds = db_column(arena, DB_TEXT), actors = db_column(arena, DB_TEXT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (int hold = 0; is_changed(order) && hold < HOLD_COUNT; hold++) {
            // A change has decided about each hold anew.
            if (!order->released[hold] && !(order->change && order->was_held[hold]))
                continue;
            db_column_add(&accounts, order->account_number);
            db_column_add_number(&ids, order->id);
            db_column_add(&kinds, slice_of(hold_name((enum hold)hold)));
            db_column_add(&actors, order->actor);
        }
    }
    if (accounts.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&ids), db_array(&kinds), db_array(&actors),
                                 db_instant(batch->now_us) };
    return db_query(db, arena, sql, values, 5, NULL, error) || error_within(error, "releasing holds");
}

static bool insert_reasons(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_reason (account, order_id, event_seq, position, code, line_number, text) "
        "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 7);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (size_t j = 0; order->event && j < order->reason_count; j++) {
            db_copy_row(&copy);
            db_copy_slice(&copy, order->account_number);
            db_copy_number(&copy, DB_BIGINT, order->id);
            db_copy_number(&copy, DB_INTEGER, order->event_seq);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_slice(&copy, slice_of(order->reasons[j].code));
            db_copy_slice(&copy, order->reasons[j].line);
            db_copy_slice(&copy, order->reasons[j].text);
        }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing reasons");
}

// An account's orders belong to one shard. Should a producer have keyed a record otherwise, the event's
// number tells that the order is no longer what was decided on.
static bool update_orders(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE sales_order o SET state = k.state, approval_hash = k.approval_hash, booked = k.booked, "
        "total = k.total, user_name = k.user_name, note = k.note, content_hash = k.content_hash, first_hash "
        "= k.first_hash, "
        "event_seq = k.event_seq, response_seq = k.response_seq, decided_at = $8, credit_rate = "
        "k.credit_rate, "
        "latest_date = k.latest_date, "
        "responded_at = CASE WHEN k.response_seq = k.event_seq THEN $8 ELSE o.responded_at END "
        "FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::bigint[], $6::integer[], "
        "$7::integer[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[], "
        "$15::date[]) "
        "AS k(account, id, state, approval_hash, booked, event_seq, response_seq, total, user_name, note, "
        "content_hash, first_hash, credit_rate, latest_date) "
        "WHERE o.account = k.account AND o.id = k.id AND o.event_seq = k.event_seq - 1";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     states = db_column(arena, DB_INTEGER), hashes = db_column(arena, DB_TEXT),
                     booked = db_column(arena, DB_BIGINT), events = db_column(arena, DB_INTEGER),
                     responses = db_column(arena, DB_INTEGER), totals = db_column(arena, DB_BIGINT),
                     users = db_column(arena, DB_TEXT), notes = db_column(arena, DB_TEXT),
                     contents = db_column(arena, DB_TEXT), firsts = db_column(arena, DB_TEXT),
                     rates = db_column(arena, DB_BIGINT), dates = db_column(arena, DB_DATE);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!is_changed(order))
            continue;
        db_column_add(&accounts, order->account_number);
        db_column_add_number(&ids, order->id);
        db_column_add_number(&states, order->next_state);
        db_column_add(&hashes, order->approval_hash);
        db_column_add_number(&booked, order->booked);
        db_column_add_number(&events, order->event_seq);
        db_column_add_number(&responses, order->response_seq);
        db_column_add_number(&totals, order->total);
        db_column_add(&users, order->user_name);
        db_column_add(&notes, order->note);
        db_column_add(&contents, order->content_hash);
        db_column_add(&firsts, order->first_hash);
        db_column_add_number(&rates, order->credit_rate);
        int32_t latest;
        if (order_latest_date(order, &latest))
            db_column_add_number(&dates, latest);
        else
            db_column_add_null(&dates);
    }
    if (accounts.count == 0)
        return true;
    struct db_value values[] = {
        db_array(&accounts), db_array(&ids),    db_array(&states),    db_array(&hashes),
        db_array(&booked),   db_array(&events), db_array(&responses), db_instant(batch->now_us),
        db_array(&totals),   db_array(&users),  db_array(&notes),     db_array(&contents),
        db_array(&firsts),   db_array(&rates),  db_array(&dates)
    };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 15, &rows, error))
        return error_within(error, "changing orders");
    return rows.affected == accounts.count ||
           error_set(
               error, ERROR_UNAVAILABLE, NULL,
               "could not change %zu orders: %zu of them were changed by another shard meanwhile; is topic "
               "inbound keyed by account?",
               accounts.count, accounts.count - rows.affected);
}

static bool update_lines(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "UPDATE order_line l SET confirmed = k.confirmed, backordered = k.backordered, waiting = k.waiting "
        "FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[], $5::bigint[], $6::bigint[]) "
        "AS k(account, id, position, confirmed, backordered, waiting) "
        "WHERE l.account = k.account AND l.order_id = k.id AND l.position = k.position";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     positions = db_column(arena, DB_INTEGER), confirmed = db_column(arena, DB_BIGINT),
                     backordered = db_column(arena, DB_BIGINT), waiting = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!is_changed(order) || (order->next_state != ORDER_ACCEPTED && !order->change && !order->rejected))
            continue;
        for (size_t j = 0; j < order->line_count; j++) {
            db_column_add(&accounts, order->account_number);
            db_column_add_number(&ids, order->id);
            db_column_add_number(&positions, order->lines[j].position);
            db_column_add_number(&confirmed, order->lines[j].confirmed);
            db_column_add_number(&backordered, order->lines[j].backordered);
            db_column_add_number(&waiting, order->lines[j].waiting);
        }
    }
    if (accounts.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts),  db_array(&ids),         db_array(&positions),
                                 db_array(&confirmed), db_array(&backordered), db_array(&waiting) };
    return db_query(db, arena, sql, values, 6, NULL, error) || error_within(error, "changing order lines");
}

static bool delete_lines(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "DELETE FROM order_line l USING unnest($1::text[], $2::bigint[], $3::integer[]) "
        "AS k(account, id, position) WHERE l.account = k.account AND l.order_id = k.id "
        "AND l.position = k.position";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     positions = db_column(arena, DB_INTEGER);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (size_t j = 0; is_changed(order) && j < order->deleted_count; j++) {
            db_column_add(&accounts, order->account_number);
            db_column_add_number(&ids, order->id);
            db_column_add_number(&positions, order->deleted[j].position);
        }
    }
    if (ids.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&ids), db_array(&positions) };
    return db_query(db, arena, sql, values, 3, NULL, error) || error_within(error, "deleting order lines");
}

bool answer_store(struct batch *batch, struct db *db, struct error *error)
{
    // A hold that a change puts on anew is written after the old one is released.
    return insert_orders(batch, db, error) && delete_lines(batch, db, error) &&
           insert_lines(batch, db, error) && answer_replace_lines(batch, db, error) &&
           release_holds(batch, db, error) && insert_holds(batch, db, error) &&
           insert_reasons(batch, db, error) && predicates_store(batch, db, error) &&
           update_orders(batch, db, error) && update_lines(batch, db, error);
}
