// SPDX-License-Identifier: Apache-2.0
// terms: when the buyer pays. The order's own terms count where the account may choose them, else its contract's,
// the account's, the default's. What was agreed with a new order stays with it. The stage stands twice among the
// decisions: before credit, which asks for the form of payment, and when the order has its price.
#include "base/clock.h"
#include "handlers/stages.h"
#include "handlers/terms/terms_agreed.h"

static const char *standard = "";
static const char *mismatch = "answer";

// A row of payment_terms.
struct offer {
    struct slice account, contract;
    bool standard, may_choose;
    int64_t valid_from, valid_to;
    struct terms terms;
    struct offer *next; // of the same account, by contract and id
};

struct offers {
    struct index by_account; // the first one; everybody's under the empty word
};

// --- Reading

static bool load_agreed(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT k.n, t.terms, t.level, t.rule FROM unnest($1::bigint[], $2::text[], "
                              "$3::bigint[]) AS k(n, account, id) "
                              "JOIN order_terms t ON t.account = k.account AND t.order_id = k.id";
    struct trade *trade = batch->trade;
    struct db_column numbers = db_column(batch->arena, DB_BIGINT),
                     accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < trade->order_count; i++) {
        if (!trade->orders[i]->loaded)
            continue;
        db_column_add_number(&numbers, (int64_t)i);
        db_column_add(&accounts, trade->orders[i]->account_number);
        db_column_add_number(&ids, trade->orders[i]->id);
    }
    if (numbers.count == 0)
        return true;
    struct db_value values[] = { db_array(&numbers), db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading the terms of orders");
    for (size_t row = 0; row < rows.count; row++) {
        struct agreed_terms *agreed = ARENA_NEW(batch->arena, struct agreed_terms);
        if (!terms_parse(db_rows_slice(&rows, row, 3), &agreed->terms) ||
            !terms_level_parse(db_rows_slice(&rows, row, 2), &agreed->level))
            return error_set(error, ERROR_INTERNAL, NULL, "order_terms has terms that cannot be read: '%.*s'",
                             SLICE_ARGS(db_rows_slice(&rows, row, 3)));
        agreed->terms.id = db_rows_slice(&rows, row, 1);
        agreed->stored = true;
        trade->orders[db_rows_number(&rows, row, 0)]->terms = agreed;
    }
    return true;
}

static bool read_offers(struct batch *batch, const struct db_rows *rows, struct error *error)
{
    struct offers *offers = batch->trade->offers;
    struct offer *before = NULL;
    for (size_t row = 0; row < rows->count; row++) {
        struct offer *offer = ARENA_NEW(batch->arena, struct offer);
        *offer = (struct offer){
            .account = db_rows_slice(rows, row, 0),
            .contract = db_rows_slice(rows, row, 1),
            .standard = db_rows_number(rows, row, 3),
            .may_choose = db_rows_number(rows, row, 4),
            .valid_from = db_rows_null(rows, row, 5) ? INT64_MIN : db_rows_number(rows, row, 5),
            .valid_to = db_rows_null(rows, row, 6) ? INT64_MAX : db_rows_number(rows, row, 6),
        };
        if (!terms_parse(db_rows_slice(rows, row, 7), &offer->terms))
            return error_set(error, ERROR_INTERNAL, NULL,
                             "payment_terms has a rule that cannot be read: '%.*s'",
                             SLICE_ARGS(db_rows_slice(rows, row, 7)));
        offer->terms.id = db_rows_slice(rows, row, 2);
        if (before && slice_equal(before->account, offer->account))
            before->next = offer;
        else
            index_put(&offers->by_account, offer->account, (struct slice){ 0 }, offer);
        before = offer;
    }
    return true;
}

// What the accounts of new orders have, and of everybody's terms those that are named.
static bool load_offers(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT t.account, t.contract, t.terms, t.standard, t.may_choose, "
                              "t.valid_from, t.valid_to, t.rule FROM ("
                              "SELECT p.* FROM unnest($1::text[]) AS k(account) JOIN payment_terms p ON "
                              "p.account = k.account UNION ALL "
                              "SELECT p.* FROM unnest($2::text[]) AS k(terms) JOIN payment_terms p ON "
                              "p.account = '' AND p.contract = '' "
                              "AND p.terms = k.terms) AS t ORDER BY t.account COLLATE \"C\", t.contract "
                              "COLLATE \"C\", t.terms COLLATE \"C\"";
    struct trade *trade = batch->trade;
    struct index seen = index_in(batch->arena), named = index_in(batch->arena);
    struct db_column accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_TEXT);
    struct slice none = { 0 };
    trade->offers = ARENA_NEW(batch->arena, struct offers);
    trade->offers->by_account = index_in(batch->arena);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (order->loaded)
            continue;
        if (index_put(&seen, order->account_number, none, trade))
            db_column_add(&accounts, order->account_number);
        if (!slice_empty(order->payment_terms) && index_put(&named, order->payment_terms, none, trade))
            db_column_add(&ids, order->payment_terms);
    }
    if (accounts.count == 0)
        return true;
    if (*standard && index_put(&named, slice_of(standard), none, trade))
        db_column_add(&ids, slice_of(standard));
    struct db_value values[] = { db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading terms of payment");
    return read_offers(batch, &rows, error);
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    return load_agreed(batch, db, error) && load_offers(batch, db, error);
}

// --- Deciding

static bool in_force(const struct offer *offer, int64_t now_us)
{
    return offer->valid_from <= now_us && now_us < offer->valid_to;
}

// The standard terms of an account's contract, or its own where the contract is empty.
static const struct offer *standard_of(const struct offer *first, struct slice contract, int64_t now_us)
{
    for (; first; first = first->next)
        if (first->standard && slice_equal(first->contract, contract) && in_force(first, now_us))
            return first;
    return NULL;
}

static const struct offer *named_of(const struct offer *first, struct slice id, struct slice contract,
                                    int64_t now_us)
{
    for (; first; first = first->next)
        if (slice_equal(first->terms.id, id) && in_force(first, now_us) &&
            (slice_empty(first->contract) || slice_equal(first->contract, contract)))
            return first;
    return NULL;
}

struct choice {
    const struct offer *offer;
    enum terms_level level;
};

// What applies where the order names nothing.
static struct choice choose_standard(const struct offers *offers, const struct order *order, int64_t now_us)
{
    struct slice none = { 0 };
    const struct offer *own = index_get(&offers->by_account, order->account_number, none);
    const struct offer *offer =
        slice_empty(order->contract) ? NULL : standard_of(own, order->contract, now_us);
    if (offer)
        return (struct choice){ offer, TERMS_OF_CONTRACT };
    offer = standard_of(own, none, now_us);
    if (offer)
        return (struct choice){ offer, TERMS_OF_ACCOUNT };
    offer = *standard ? named_of(index_get(&offers->by_account, none, none), slice_of(standard), none, now_us)
                      : NULL;
    return (struct choice){ offer, TERMS_OF_DEFAULT };
}

// The terms that the order names, where it may: they are the account's and may be chosen, or they apply anyway.
static const struct offer *choose_named(const struct offers *offers, const struct order *order,
                                        const struct offer *anyway, int64_t now_us)
{
    struct slice none = { 0 };
    if (anyway && slice_equal(anyway->terms.id, order->payment_terms))
        return anyway;
    const struct offer *named = named_of(index_get(&offers->by_account, order->account_number, none),
                                         order->payment_terms, order->contract, now_us);
    if (!named)
        named = named_of(index_get(&offers->by_account, none, none), order->payment_terms, none, now_us);
    return named && named->may_choose ? named : NULL;
}

static void refuse(const struct trade *trade, struct order *order, const struct offer *anyway)
{
    struct slice ours = anyway ? anyway->terms.id : SLICE("none");
    if (strcmp(mismatch, "reject") == 0)
        order_reject(order, trade->arena, "payment_terms",
                     "account %.*s may not order on terms '%.*s'; its are %.*s",
                     SLICE_ARGS(order->account_number), SLICE_ARGS(order->payment_terms), SLICE_ARGS(ours));
    else
        order_reason(order, trade->arena, "payment_terms", NULL,
                     "account %.*s may not order on terms '%.*s'; its terms %.*s count",
                     SLICE_ARGS(order->account_number), SLICE_ARGS(order->payment_terms), SLICE_ARGS(ours));
}

static bool offers_prepaid(const struct offer *first)
{
    for (; first; first = first->next)
        if (first->terms.form == FORM_PREPAID)
            return true;
    return false;
}

bool terms_may_be_prepaid(const struct trade *trade, const struct order *order)
{
    struct slice none = { 0 };
    if (order->loaded || !trade->offers)
        return order->prepaid;
    return offers_prepaid(index_get(&trade->offers->by_account, order->account_number, none)) ||
           offers_prepaid(index_get(&trade->offers->by_account, none, none));
}

static void agree(const struct batch *batch, struct order *order)
{
    const struct trade *trade = batch->trade;
    struct choice choice = choose_standard(trade->offers, order, batch->now_us);
    if (!slice_empty(order->payment_terms)) {
        const struct offer *named = choose_named(trade->offers, order, choice.offer, batch->now_us);
        if (!named)
            refuse(trade, order, choice.offer);
        else if (named != choice.offer)
            choice = (struct choice){ named, TERMS_OF_ORDER };
    }
    if (!choice.offer)
        return;
    order->terms = ARENA_NEW(batch->arena, struct agreed_terms);
    order->terms->terms = choice.offer->terms;
    order->terms->level = choice.level;
    order->prepaid = choice.offer->terms.form == FORM_PREPAID;
}

static void plan(struct order *order)
{
    struct due_events events = { .known[DUE_FROM_ORDER] = true,
                                 .dates[DUE_FROM_ORDER] = instant_date(order->ordered_at) };
    terms_plan(&order->terms->terms, order->total > 0 ? order->total : 0, &events, order->terms->dues);
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (!trade->priced && !order->loaded && trade->offers && order_is_open(order) && order->account)
            agree(batch, order);
        if (trade->priced && order->terms)
            plan(order);
    }
}

// --- Writing

static bool is_written(const struct order *order)
{
    return order->terms && order->event && !order->settled && order->next_state != ORDER_REJECTED;
}

static bool insert_agreed(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_terms (account, order_id, terms, level, rule) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 5);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!is_written(order) || order->terms->stored)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, order->account_number);
        db_copy_number(&copy, DB_BIGINT, order->id);
        db_copy_slice(&copy, order->terms->terms.id);
        db_copy_slice(&copy, slice_of(terms_level_name(order->terms->level)));
        db_copy_slice(&copy, terms_text(&order->terms->terms, batch->arena));
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing the terms of orders");
}

// What a changed order makes due takes the place of what it was.
static bool forget_dues(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "DELETE FROM order_due d USING unnest($1::text[], $2::bigint[]) AS k(account, id) "
        "WHERE d.account = k.account AND d.order_id = k.id";
    struct db_column accounts = db_column(batch->arena, DB_TEXT), ids = db_column(batch->arena, DB_BIGINT);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!is_written(order) || !order->change)
            continue;
        db_column_add(&accounts, order->account_number);
        db_column_add_number(&ids, order->id);
    }
    struct db_value values[] = { db_array(&accounts), db_array(&ids) };
    return ids.count == 0 || db_query(db, batch->arena, sql, values, 2, NULL, error) ||
           error_within(error, "replacing what is due");
}

static bool insert_dues(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_due (account, order_id, position, kind, percent, event, due_date, amount) "
        "FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 8);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!is_written(order) || (order->terms->stored && !order->change))
            continue;
        for (size_t j = 0; j < order->terms->terms.part_count; j++) {
            const struct due *due = &order->terms->dues[j];
            db_copy_row(&copy);
            db_copy_slice(&copy, order->account_number);
            db_copy_number(&copy, DB_BIGINT, order->id);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_slice(&copy, slice_of(terms_kind_name(due->part->kind)));
            db_copy_number(&copy, DB_BIGINT, due->part->percent);
            db_copy_slice(&copy, slice_of(terms_event_name(due->part->event)));
            if (due->dated)
                db_copy_number(&copy, DB_DATE, due->date);
            else
                db_copy_null(&copy);
            db_copy_number(&copy, DB_BIGINT, due->amount);
        }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing what is due");
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return insert_agreed(batch, db, error) && forget_dues(batch, db, error) && insert_dues(batch, db, error);
}

static const struct setting settings[] = {
    { "standard", SETTING_TEXT, "",
      "id of everybody's terms that apply where neither order, contract nor account has any", &standard },
    { "mismatch", SETTING_TEXT, "answer",
      "where an order names terms that it may not choose: \"answer\": ours count and are answered; "
      "\"reject\": it is "
      "refused",
      &mismatch },
    { .name = NULL },
};

const struct stage terms_stage = {
    .name = "terms",
    .purpose = "finds the terms of payment, and what is due when",
    .settings = settings,
    .gather = gather,
    .decide = decide,
    .apply = apply,
};
