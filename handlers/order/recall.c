// SPDX-License-Identifier: Apache-2.0
// recall: which orders the batch is about. New ones come out of their documents; held ones, and ones that
// wait for goods, out of the database, where an approver has decided or a fact has changed; and what came in
// before is told from what is new.
#include "handlers/order/recall.h"

#include <assert.h>

#include "handlers/order/order_hash.h"
#include "handlers/stages.h"

// What gather found for each item.
struct recalled {
    struct order *fresh;  // out of a PurchaseOrder
    struct order *stored; // out of the database; further ones of the item follow by `next`
    struct recalled *next;
};

struct recall {
    struct arena *arena;
    struct batch *batch;
    struct recalled *found; // one an item
    struct order **stored;
    size_t stored_count, stored_capacity;
    struct index by_account; // account to the item that asks for its orders
};

static bool waiting_for(const struct item *item, const char *type)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, type) == 0;
}

// The name of the order's key field that is too long for an index, NULL for none.
static const char *too_long(const struct item *item)
{
    static const char *const keys[] = { "account", "order_number", "release", "change_number" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (document_text(item->document, keys[i]).size > KEY_BYTES_MAX)
            return keys[i];
    return NULL;
}

static bool fresh_order(const struct item *item)
{
    return waiting_for(item, "PurchaseOrder") && !slice_empty(document_text(item->document, "account")) &&
           !slice_empty(document_text(item->document, "order_number")) && !too_long(item);
}

// Documents that name one order by our id.
static bool names_order(const struct item *item)
{
    return waiting_for(item, "ApprovalDecision") || waiting_for(item, "ApprovalDue") ||
           waiting_for(item, "FulfilmentNotice");
}

static void attach(struct recall *recall, size_t item, struct order *order)
{
    recall->stored = arena_grow(recall->arena, recall->stored, &recall->stored_capacity,
                                recall->stored_count + 1, sizeof *recall->stored);
    recall->stored[recall->stored_count++] = order;
    order->item = &recall->batch->items[item];
    struct recalled *at = &recall->found[item];
    while (at->stored && at->next)
        at = at->next;
    if (at->stored)
        at = at->next = ARENA_NEW(recall->arena, struct recalled);
    at->stored = order;
}

// Orders of the same business key that came in before.
static bool find_repeats(struct recall *recall, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.item, " RECALL_COLUMNS " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], "
        "$5::integer[], $6::boolean[]) AS k(item, account, order_number, release, version, test) "
        "JOIN sales_order o ON o.account = k.account AND o.order_number = k.order_number "
        "AND o.release = k.release AND o.version = k.version AND o.test = k.test";
    struct arena *arena = recall->arena;
    struct db_column items = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     numbers = db_column(arena, DB_TEXT), releases = db_column(arena, DB_TEXT),
                     versions = db_column(arena, DB_INTEGER), tests = db_column(arena, DB_BOOLEAN);
    for (size_t i = 0; i < recall->batch->item_count; i++) {
        const struct order *order = recall->found[i].fresh;
        if (!order)
            continue;
        db_column_add_number(&items, (int64_t)i);
        db_column_add(&accounts, order->account_number);
        db_column_add(&numbers, order->order_number);
        db_column_add(&releases, order->release);
        db_column_add_number(&versions, order->version);
        db_column_add_number(&tests, order->test);
    }
    if (items.count == 0)
        return true;
    struct db_value values[] = { db_array(&items),    db_array(&accounts), db_array(&numbers),
                                 db_array(&releases), db_array(&versions), db_array(&tests) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 6, &rows, error))
        return error_within(error, "looking for repeated orders");
    for (size_t row = 0; row < rows.count; row++)
        attach(recall, (size_t)db_rows_number(&rows, row, 0), recall_order(arena, &rows, row, 1));
    return true;
}

// Orders that a decision names or that an account is to look at again.
static bool find_asked(struct recall *recall, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT " RECALL_COLUMNS
        " FROM (SELECT account, id FROM unnest($1::text[], $2::bigint[]) AS d(account, id) "
        "UNION SELECT h.account, h.id FROM unnest($3::text[]) AS r(account) "
        "JOIN sales_order h ON h.account = r.account AND h.state = 1 "
        "UNION SELECT l.account, l.order_id FROM unnest($4::text[]) AS s(account) "
        "JOIN order_line l ON l.account = s.account AND l.waiting > 0) AS k "
        "JOIN sales_order o ON o.account = k.account AND o.id = k.id ORDER BY o.received_at, o.id";
    struct arena *arena = recall->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT),
                     reviewed = db_column(arena, DB_TEXT), stocked = db_column(arena, DB_TEXT);
    recall->by_account = index_in(arena);
    for (size_t i = 0; i < recall->batch->item_count; i++) {
        struct item *item = &recall->batch->items[i];
        bool decision = names_order(item);
        if (!decision && !waiting_for(item, "AccountReview"))
            continue;
        struct slice account = document_text(item->document, "account");
        int64_t id;
        if (decision && !order_id_parse(document_text(item->document, "order_id"), &id))
            continue;
        // The loop closes a batch before a second document of this kind for the same account.
        if (!index_put(&recall->by_account, account, (struct slice){ 0 }, item))
            return error_set(error, ERROR_INTERNAL, NULL, "account %.*s is asked for twice in one batch",
                             SLICE_ARGS(account));
        if (decision) {
            db_column_add(&accounts, account);
            db_column_add_number(&ids, id);
            continue;
        }
        db_column_add(&reviewed, account);
        struct slice cause = document_text(item->document, "cause");
        if (!slice_is(cause, "credit") && !slice_is(cause, "credit_terms") && !slice_is(cause, "vetting") &&
            !slice_is(cause, "budget"))
            db_column_add(&stocked, account);
    }
    if (recall->by_account.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts), db_array(&ids), db_array(&reviewed),
                                 db_array(&stocked) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 4, &rows, error))
        return error_within(error, "looking for the orders asked for");
    for (size_t row = 0; row < rows.count; row++) {
        struct order *order = recall_order(arena, &rows, row, 0);
        struct item *item = index_get(&recall->by_account, order->account_number, (struct slice){ 0 });
        attach(recall, (size_t)(item - recall->batch->items), order);
    }
    return true;
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    struct recall recall = { .arena = batch->arena, .batch = batch };
    recall.found = ARENA_ARRAY(batch->arena, batch->item_count, struct recalled);
    for (size_t i = 0; i < batch->item_count; i++) {
        if (!fresh_order(&batch->items[i]))
            continue;
        struct order *order = order_read(batch->arena, &batch->items[i]);
        order->content_hash = order_content_hash(order, batch->arena);
        order->received_at = batch->now_us;
        recall.found[i].fresh = order;
    }
    if (!find_repeats(&recall, db, error) || !find_asked(&recall, db, error) ||
        !recall_parts(batch->arena, db, recall.stored, recall.stored_count, error))
        return false;
    for (size_t i = 0; i < batch->item_count; i++) {
        for (struct recalled *found = &recall.found[i]; found && found->stored; found = found->next) {
            found->stored->repeated_as = recall.found[i].fresh;
            found->stored->settled = recall.found[i].fresh != NULL;
            trade_add_order(batch->trade, found->stored);
        }
        if (recall.found[i].fresh && !recall.found[i].stored)
            trade_add_order(batch->trade, recall.found[i].fresh);
    }
    return true;
}

static void decide_repeat(struct batch *batch, struct order *order)
{
    struct slice first = slice_empty(order->first_hash) ? order->content_hash : order->first_hash;
    if (slice_equal(first, order->repeated_as->content_hash))
        batch_outcome(order->item, OUTCOME_REPEATED, order->id);
    else
        batch_park(batch, order->item,
                   "order %.*s of account %.*s version %d arrived before with other content",
                   SLICE_ARGS(order->order_number), SLICE_ARGS(order->account_number), (int)order->version);
}

static bool has_order(const struct trade *trade, const struct item *item)
{
    for (size_t i = 0; i < trade->order_count; i++)
        if (trade->orders[i]->item == item)
            return true;
    return false;
}

// Documents that no stage takes must not pass in silence.
static void decide_item(struct batch *batch, struct item *item)
{
    static const char *const order_types[] = { "PurchaseOrder", "OrderChange",   "ApprovalDecision",
                                               "ApprovalDue",   "AccountReview", "FulfilmentNotice" };
    bool known = false;
    for (size_t i = 0; i < sizeof order_types / sizeof *order_types; i++)
        known = known || strcmp(item->type, order_types[i]) == 0;
    struct slice account = document_text(item->document, "account");
    if (!known)
        batch_park(batch, item, "documents of type %s are not taken here", item->type);
    else if (slice_empty(account))
        batch_park(batch, item, "the %s names no account", item->type);
    else if (waiting_for(item, "PurchaseOrder") && slice_empty(document_text(item->document, "order_number")))
        batch_park(batch, item, "the order of account %.*s has no order number", SLICE_ARGS(account));
    else if (waiting_for(item, "OrderChange") && slice_empty(document_text(item->document, "order_number")))
        batch_park(batch, item, "the change of account %.*s names no order", SLICE_ARGS(account));
    else if (waiting_for(item, "OrderChange") && slice_empty(document_text(item->document, "change_number")))
        batch_park(batch, item, "the change of order '%.*s' of account %.*s has no number",
                   SLICE_ARGS(document_text(item->document, "order_number")), SLICE_ARGS(account));
    else if ((waiting_for(item, "PurchaseOrder") || waiting_for(item, "OrderChange")) && too_long(item))
        batch_park(batch, item, "the order's %s is longer than %d bytes: '%.40s...'", too_long(item),
                   KEY_BYTES_MAX, document_text(item->document, too_long(item)).data);
    else if (names_order(item) && !has_order(batch->trade, item))
        batch_park(batch, item, "order '%.*s' of account %.*s is unknown",
                   SLICE_ARGS(document_text(item->document, "order_id")), SLICE_ARGS(account));
}

static void decide(struct batch *batch)
{
    for (size_t i = 0; i < batch->trade->order_count; i++)
        if (batch->trade->orders[i]->repeated_as)
            decide_repeat(batch, batch->trade->orders[i]);
    for (size_t i = 0; i < batch->item_count; i++)
        if (batch->items[i].document && batch->items[i].outcome == OUTCOME_NONE)
            decide_item(batch, &batch->items[i]);
}

const struct stage recall_stage = {
    .name = "recall",
    .purpose = "finds the orders that the batch is about, and tells repeats from new ones",
    .gather = gather,
    .decide = decide,
};
