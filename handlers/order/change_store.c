// SPDX-License-Identifier: Apache-2.0
// The rows of changes: what came in before, and what is kept.
#include "handlers/order/change.h"
#include "handlers/order/order_hash.h"
#include "handlers/order/recall.h"

struct change *change_loaded(struct arena *arena, const struct db_rows *rows, size_t row, int column)
{
    struct change *change = ARENA_NEW(arena, struct change);
    change->account_number = db_rows_slice(rows, row, column++);
    change->id = db_rows_number(rows, row, column++);
    change->order_id = db_rows_number(rows, row, column++);
    change->order_number = db_rows_slice(rows, row, column++);
    change->release = db_rows_slice(rows, row, column++);
    change->number = db_rows_slice(rows, row, column++);
    change->test = db_rows_number(rows, row, column++);
    change->action_text = db_rows_slice(rows, row, column++);
    change->action = slice_is(change->action_text, "cancel") ? CHANGE_CANCEL : CHANGE_LINES;
    change->refused = db_rows_number(rows, row, column++);
    change->requested_at = db_rows_number(rows, row, column++);
    change->channel = db_rows_slice(rows, row, column++);
    change->partner = db_rows_slice(rows, row, column++);
    change->reply_reference = db_rows_slice(rows, row, column++);
    change->content_hash = db_rows_slice(rows, row, column++);
    change->event_seq = (int32_t)db_rows_number(rows, row, column++);
    change->response_seq = (int32_t)db_rows_number(rows, row, column++);
    change->received_at = db_rows_number(rows, row, column++);
    change->responded_at = db_rows_null(rows, row, column) ? 0 : db_rows_number(rows, row, column);
    column++;
    change->user = db_rows_slice(rows, row, column);
    return change;
}

// Documents without a key are parked by recall.
static bool is_readable(const struct item *item)
{
    static const char *const keys[] = { "account", "order_number", "release", "change_number" };
    if (!item->document || item->outcome != OUTCOME_NONE || strcmp(item->type, "OrderChange") != 0)
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t size = document_text(item->document, keys[i]).size;
        if (size > KEY_BYTES_MAX || (size == 0 && strcmp(keys[i], "release") != 0))
            return false;
    }
    return true;
}

// The keys of the batch's changes as parameters.
struct keys {
    struct db_column places, accounts, numbers, releases, changes, tests, ids;
};

static struct keys keys_of(const struct trade *trade)
{
    struct arena *arena = trade->arena;
    struct keys keys = { db_column(arena, DB_BIGINT), db_column(arena, DB_TEXT), db_column(arena, DB_TEXT),
                         db_column(arena, DB_TEXT),   db_column(arena, DB_TEXT), db_column(arena, DB_BOOLEAN),
                         db_column(arena, DB_BIGINT) };
    for (size_t i = 0; i < trade->change_count; i++) {
        const struct change *change = trade->changes[i];
        db_column_add_number(&keys.places, (int64_t)i);
        db_column_add(&keys.accounts, change->account_number);
        db_column_add(&keys.numbers, change->order_number);
        db_column_add(&keys.releases, change->release);
        db_column_add(&keys.changes, change->number);
        db_column_add_number(&keys.tests, change->test);
        db_column_add_number(&keys.ids, change->named_id);
    }
    return keys;
}

static bool load_reasons(struct trade *trade, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, r.code, r.line_number, r.text FROM unnest($1::bigint[], $2::text[], $3::bigint[]) "
        "AS k(place, account, id) JOIN order_change_reason r ON r.account = k.account AND r.change_id = k.id "
        "ORDER BY k.place, r.position";
    struct arena *arena = trade->arena;
    struct db_column places = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     ids = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < trade->change_count; i++) {
        const struct change *twin = trade->changes[i]->twin;
        if (!twin || !twin->refused)
            continue;
        db_column_add_number(&places, (int64_t)i);
        db_column_add(&accounts, twin->account_number);
        db_column_add_number(&ids, twin->id);
    }
    if (places.count == 0)
        return true;
    struct db_value values[] = { db_array(&places), db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 3, &rows, error))
        return error_within(error, "loading the reasons of changes");
    for (size_t row = 0; row < rows.count; row++)
        change_refuse(trade->changes[db_rows_number(&rows, row, 0)]->twin, arena,
                      arena_string(arena, db_rows_slice(&rows, row, 1)), db_rows_slice(&rows, row, 2), "%.*s",
                      SLICE_ARGS(db_rows_slice(&rows, row, 3)));
    return true;
}

static bool find_twins(struct trade *trade, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, " CHANGE_COLUMNS " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], "
        "$5::text[], $6::boolean[]) AS k(place, account, order_number, release, change_number, test) "
        "JOIN order_change c ON c.account = k.account AND c.order_number = k.order_number "
        "AND c.release = k.release AND c.change_number = k.change_number AND c.test = k.test";
    struct keys keys = keys_of(trade);
    struct db_value values[] = { db_array(&keys.places),   db_array(&keys.accounts), db_array(&keys.numbers),
                                 db_array(&keys.releases), db_array(&keys.changes),  db_array(&keys.tests) };
    struct db_rows rows;
    if (!db_query(db, trade->arena, sql, values, 6, &rows, error))
        return error_within(error, "looking for repeated changes");
    for (size_t row = 0; row < rows.count; row++)
        trade->changes[db_rows_number(&rows, row, 0)]->twin = change_loaded(trade->arena, &rows, row, 1);
    return load_reasons(trade, db, error);
}

// The order of each change; where it came in several versions, the one that it names by our id, else the last.
static bool find_orders(struct trade *trade, struct db *db, struct order **orders, struct error *error)
{
    static const char sql[] =
        "SELECT DISTINCT ON (k.place) k.place, " RECALL_COLUMNS
        " FROM unnest($1::bigint[], $2::text[], $3::text[], "
        "$4::text[], $5::boolean[], $6::bigint[]) AS k(place, account, order_number, release, test, id) "
        "JOIN sales_order o ON o.account = k.account AND o.order_number = k.order_number "
        "AND o.release = k.release AND o.test = k.test AND (k.id = 0 OR o.id = k.id) "
        "ORDER BY k.place, o.version DESC";
    struct keys keys = keys_of(trade);
    struct db_value values[] = { db_array(&keys.places),   db_array(&keys.accounts), db_array(&keys.numbers),
                                 db_array(&keys.releases), db_array(&keys.tests),    db_array(&keys.ids) };
    struct db_rows rows;
    struct order **found = ARENA_ARRAY(trade->arena, trade->change_count, struct order *);
    if (!db_query(db, trade->arena, sql, values, 6, &rows, error))
        return error_within(error, "looking for the orders of changes");
    for (size_t row = 0; row < rows.count; row++)
        found[row] = orders[db_rows_number(&rows, row, 0)] = recall_order(trade->arena, &rows, row, 1);
    return recall_parts(trade->arena, db, found, rows.count, error);
}

bool change_gather(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    for (size_t i = 0; i < batch->item_count; i++) {
        if (!is_readable(&batch->items[i]))
            continue;
        struct change *change = change_read(batch->arena, &batch->items[i]);
        change->received_at = change->responded_at = batch->now_us;
        trade_add_change(trade, change);
    }
    if (trade->change_count == 0)
        return true;
    struct order **orders = ARENA_ARRAY(batch->arena, trade->change_count, struct order *);
    if (!find_twins(trade, db, error) || !find_orders(trade, db, orders, error))
        return false;
    for (size_t i = 0; i < trade->change_count; i++) {
        struct change *change = trade->changes[i];
        if (change->twin) {
            change->twin->order = orders[i];
            continue;
        }
        change_take(batch->arena, change, orders[i]);
        if (!change->refused)
            trade_add_order(trade, orders[i]);
    }
    return true;
}

static void note_progress(struct line *lines, size_t count, const struct db_rows *rows, size_t row)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].position == db_rows_number(rows, row, 1)) {
            lines[i].sent = db_rows_number(rows, row, 2);
            lines[i].billed = db_rows_number(rows, row, 3);
        }
}

bool change_lock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, p.position, p.shipped, p.invoiced > 0 OR p.final OR p.closed_base > 0 OR "
        "p.closed_amount > 0 FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k(place, account, id) "
        "JOIN order_progress p ON p.account = k.account AND p.order_id = k.id";
    struct trade *trade = batch->trade;
    struct arena *arena = batch->arena;
    struct db_column places = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     ids = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < trade->change_count; i++) {
        const struct change *change = trade->changes[i];
        if (change->refused || change->twin)
            continue;
        db_column_add_number(&places, (int64_t)i);
        db_column_add(&accounts, change->account_number);
        db_column_add_number(&ids, change->order_id);
    }
    if (places.count == 0)
        return true;
    struct db_value values[] = { db_array(&places), db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 3, &rows, error))
        return error_within(error, "reading what has left of changed orders");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = trade->changes[db_rows_number(&rows, row, 0)]->order;
        note_progress(order->before->lines, order->before->line_count, &rows, row);
        note_progress(order->lines, order->line_count, &rows, row);
        note_progress(order->deleted, order->deleted_count, &rows, row);
    }
    return true;
}

static void copy_change(struct db_copy *copy, const struct change *change)
{
    const struct order *order = change->refused ? NULL : change->order;
    db_copy_row(copy);
    db_copy_slice(copy, change->account_number);
    db_copy_number(copy, DB_BIGINT, change->id);
    db_copy_number(copy, DB_BIGINT, change->order_id);
    db_copy_slice(copy, change->order_number);
    db_copy_slice(copy, change->release);
    db_copy_slice(copy, change->number);
    db_copy_number(copy, DB_BOOLEAN, change->test);
    db_copy_slice(copy, change->action_text);
    db_copy_number(copy, DB_BOOLEAN, change->refused);
    db_copy_slice(copy, change->user);
    db_copy_number(copy, DB_INSTANT, change->requested_at);
    db_copy_slice(copy, change->note);
    db_copy_slice(copy, change->channel);
    db_copy_slice(copy, change->partner);
    db_copy_slice(copy, change->reply_reference);
    db_copy_slice(copy, change->content_hash);
    db_copy_slice(copy, change->refused ? (struct slice){ 0 } : change->effect);
    db_copy_number(copy, DB_INTEGER, order ? order->event_seq : 0);
    db_copy_number(copy, DB_INTEGER, change->response_seq);
    db_copy_number(copy, DB_INSTANT, change->received_at);
    if (change->refused || change->answered)
        db_copy_number(copy, DB_INSTANT, change->responded_at);
    else
        db_copy_null(copy);
}

static bool insert_changes(const struct trade *trade, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_change (account, id, order_id, order_number, release, change_number, test, action, "
        "refused, "
        "user_name, requested_at, note, channel, partner, reply_reference, content_hash, effect, event_seq, "
        "response_seq, received_at, responded_at) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(trade->arena, 21);
    for (size_t i = 0; i < trade->change_count; i++)
        if (!trade->changes[i]->twin)
            copy_change(&copy, trade->changes[i]);
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing changes");
}

static bool insert_reasons(const struct trade *trade, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_change_reason (account, change_id, position, code, line_number, text) "
        "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(trade->arena, 6);
    for (size_t i = 0; i < trade->change_count; i++) {
        const struct change *change = trade->changes[i];
        for (size_t j = 0; !change->twin && change->refused && j < change->reason_count; j++) {
            db_copy_row(&copy);
            db_copy_slice(&copy, change->account_number);
            db_copy_number(&copy, DB_BIGINT, change->id);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_slice(&copy, slice_of(change->reasons[j].code));
            db_copy_slice(&copy, change->reasons[j].line);
            db_copy_slice(&copy, change->reasons[j].text);
        }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing the reasons of changes");
}

// Changes that had waited for their order's decision.
static bool update_answered(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "UPDATE order_change c SET response_seq = k.response_seq, responded_at = $4 "
                              "FROM unnest($1::text[], $2::bigint[], $3::integer[]) "
                              "AS k(account, id, response_seq) WHERE c.account = k.account AND c.id = k.id";
    struct arena *arena = batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     responses = db_column(arena, DB_INTEGER);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (size_t j = 0; j < order->change_count; j++) {
            if (!order->changes[j]->answered)
                continue;
            db_column_add(&accounts, order->account_number);
            db_column_add_number(&ids, order->changes[j]->id);
            db_column_add_number(&responses, order->changes[j]->response_seq);
        }
    }
    if (ids.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&ids), db_array(&responses),
                                 db_instant(batch->now_us) };
    return db_query(db, arena, sql, values, 4, NULL, error) ||
           error_within(error, "noting answers to changes");
}

bool change_store(struct batch *batch, struct db *db, struct error *error)
{
    return insert_changes(batch->trade, db, error) && insert_reasons(batch->trade, db, error) &&
           update_answered(batch, db, error);
}
