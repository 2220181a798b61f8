// SPDX-License-Identifier: Apache-2.0
// credit: does the payer's exposure leave room for the order? Orders of one payer see each other through a
// running sum, in order of arrival. What is granted is booked at once, also where something else still holds
// the order: a held order keeps what it has been granted.
#include "handlers/credit.h"

#include "handlers/accounts.h"
#include "handlers/company_facts.h"
#include "handlers/facts.h"
#include "handlers/fulfil.h"
#include "handlers/money.h"
#include "handlers/stages.h"

// How far pricing may move a total above what was granted before credit looks at it again, in minor units.
static int64_t tolerance;

struct keys {
    struct index seen;
    struct db_column numbers;
};

static void ask(struct keys *keys, struct slice number)
{
    if (!slice_empty(number) && index_put(&keys->seen, number, (struct slice){ 0 }, keys))
        db_column_add(&keys->numbers, number);
}

// The lock covers sold-to accounts, too: whether an account is open is read under it, so that an order held
// for vetting and the record that opens the account cannot miss each other.
static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    // One look-up an account, for the reason that handlers/reserve.c gives.
    static const char sql[] =
        "SELECT a.* FROM (SELECT account FROM unnest($1::text[]) AS u(account) ORDER BY account COLLATE "
        "\"C\") k "
        "CROSS JOIN LATERAL (SELECT " ACCOUNT_COLUMNS " FROM account a WHERE a.account = k.account "
        "FOR NO KEY UPDATE) a";
    struct trade *trade = batch->trade;
    struct keys keys = { index_in(batch->arena), db_column(batch->arena, DB_TEXT) };
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (order->settled)
            continue;
        ask(&keys, order->account_number);
        ask(&keys, order->payer_number);
    }
    for (size_t i = 0; trade->facts && i < trade->facts->account_count; i++)
        ask(&keys, trade->facts->accounts[i].key);
    for (size_t i = 0; trade->facts && i < trade->facts->payment_count; i++)
        ask(&keys, trade->facts->payments[i].payer);
    for (size_t i = 0; trade->fulfilment && i < trade->fulfilment->fact_count; i++) {
        ask(&keys, trade->fulfilment->facts[i].account);
        ask(&keys, trade->fulfilment->facts[i].payer);
    }
    for (size_t i = 0; trade->company_facts && i < trade->company_facts->account_count; i++)
        ask(&keys, trade->company_facts->accounts[i]);
    if (keys.numbers.count == 0)
        return true;
    struct db_value values[] = { db_array(&keys.numbers) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 1, &rows, error) ||
        !accounts_read(trade, &rows, true, error))
        return error_within(error, "locking accounts");
    if (!company_locked(trade, error))
        return false;
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        const struct account *account = trade_account(trade, order->account_number);
        struct slice payer = !slice_empty(order->payer_number) ? order->payer_number
                             : account                         ? account->payer
                                                               : (struct slice){ 0 };
        if (!order->settled && !slice_empty(payer) && !index_get(&keys.seen, payer, (struct slice){ 0 }))
            return error_set(error, ERROR_UNAVAILABLE, NULL,
                             "could not lock account %.*s: it became payer of %.*s in this moment; try again",
                             SLICE_ARGS(payer), SLICE_ARGS(order->account_number));
    }
    return true;
}

static void book(struct order *order, int64_t amount)
{
    if (order->payer)
        order->payer->running += amount - order->booked;
    order->booked = amount;
}

void credit_forget(struct order *order)
{
    book(order, order->stored_booked);
}

static bool passes_limit(const struct account *payer, int64_t more, int64_t *after)
{
    int64_t before;
    if (__builtin_add_overflow(payer->exposure, payer->running, &before) ||
        __builtin_add_overflow(before, more, after))
        return true;
    return payer->has_credit_limit && *after > payer->credit_limit;
}

static bool payer_fits(const struct trade *trade, struct order *order)
{
    if (!order->payer)
        order_reject(order, trade->arena, "unknown_payer", "account %.*s, which pays for %.*s, is unknown",
                     SLICE_ARGS(order->payer_number), SLICE_ARGS(order->account_number));
    else if (order->payer->status == ACCOUNT_BLOCKED || order->payer->status == ACCOUNT_CLOSED)
        order_reject(order, trade->arena, "payer_blocked", "account %.*s, which pays for %.*s, is %s",
                     SLICE_ARGS(order->payer_number), SLICE_ARGS(order->account_number),
                     account_status_name(order->payer->status));
    else if (!slice_equal(order->payer->currency, order->currency))
        order_reject(order, trade->arena, "payer_currency",
                     "the order is in %.*s, but its payer %.*s pays in %.*s", SLICE_ARGS(order->currency),
                     SLICE_ARGS(order->payer_number), SLICE_ARGS(order->payer->currency));
    else
        return true;
    return false;
}

static void decide_order(const struct trade *trade, struct order *order)
{
    // Nothing is granted to an account that is still being vetted.
    if (order->holds[HOLD_VETTING] || !payer_fits(trade, order))
        return;
    int64_t more = order->total - order->booked, after = 0;
    // A change gets no tolerance: many small ones would pass any limit.
    bool granted = order->booked > 0 && !order->holds[HOLD_CREDIT] && !order->change;
    bool within = more <= 0 || (granted && more <= tolerance);
    if (!within && passes_limit(order->payer, more, &after)) {
        struct slice reason =
            arena_printf(trade->arena, "an exposure of %.*s would pass the limit of %.*s",
                         SLICE_ARGS(money_text(trade->arena, after, order->exponent, order->currency)),
                         SLICE_ARGS(money_text(trade->arena, order->payer->credit_limit, order->exponent,
                                               order->currency)));
        if (!order->holds[HOLD_CREDIT])
            order_hold(order, HOLD_CREDIT, reason);
        // What a changed order had been granted before stays granted, as far as it is still that dear.
        book(order, order->stored_booked < order->total ? order->stored_booked : order->total);
        return;
    }
    order_release(order, HOLD_CREDIT);
    // A change that may still be refused gives nothing back yet.
    bool early = order->change && !trade->priced && order->total < order->stored_booked;
    // A test document is looked at like any other, but leaves no trace in the exposure.
    if (!order->test)
        book(order, early ? order->stored_booked : order->total);
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order_is_open(order) && order->account)
            decide_order(trade, order);
        // What was granted goes back; an accepted order that only waits for goods keeps it.
        bool ended = order->rejected ? !order->change : order->cancelled && trade->priced;
        if (ended && order->booked != 0)
            book(order, 0);
    }
}

static void collect_orders(const struct batch *batch)
{
    struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (order->settled || order->booked == order->stored_booked)
            continue;
        char id[ORDER_ID_TEXT_SIZE], input[ORDER_ID_TEXT_SIZE];
        struct ledger_entry entry = {
            .payer = order->payer_number,
            .source =
                arena_printf(trade->arena, "order/%s/%s", order_id_text(order->id, id),
                             order_id_text(order_id_of(order->item->shard, order->item->offset), input)),
            .account = order->account_number,
            .order = order->id,
            .amount = order->booked - order->stored_booked,
        };
        trade_add_entry(trade, entry);
    }
}

// One row an account: the sum of its entries.
static bool update_accounts(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "UPDATE account a SET exposure = a.exposure + k.amount "
                              "FROM unnest($1::text[], $2::bigint[]) AS k(account, amount) "
                              "WHERE a.account = k.account";
    struct trade *trade = batch->trade;
    struct index sums = index_in(batch->arena);
    int64_t **each = ARENA_ARRAY(batch->arena, trade->entry_count, int64_t *);
    struct db_column payers = db_column(batch->arena, DB_TEXT), amounts = db_column(batch->arena, DB_BIGINT);
    size_t count = 0;
    for (size_t i = 0; i < trade->entry_count; i++) {
        const struct ledger_entry *entry = &trade->entries[i];
        int64_t *sum = index_get(&sums, entry->payer, (struct slice){ 0 });
        if (!sum) {
            sum = each[count++] = ARENA_NEW(batch->arena, int64_t);
            index_put(&sums, entry->payer, (struct slice){ 0 }, sum);
            db_column_add(&payers, entry->payer);
        }
        *sum += entry->amount;
    }
    for (size_t i = 0; i < count; i++)
        db_column_add_number(&amounts, *each[i]);
    struct db_value values[] = { db_array(&payers), db_array(&amounts) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "booking exposure");
    return rows.affected == count ||
           error_set(error, ERROR_INTERNAL, NULL, "exposure of %zu accounts was to be booked, %zu were found",
                     count, rows.affected);
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY exposure_entry (payer, source, account, order_id, amount, at) FROM STDIN (FORMAT binary)";
    struct trade *trade = batch->trade;
    collect_orders(batch);
    if (trade->entry_count == 0)
        return true;
    if (!update_accounts(batch, db, error))
        return false;
    struct db_copy copy = db_copy(batch->arena, 6);
    for (size_t i = 0; i < trade->entry_count; i++) {
        const struct ledger_entry *entry = &trade->entries[i];
        db_copy_row(&copy);
        db_copy_slice(&copy, entry->payer);
        db_copy_slice(&copy, entry->source);
        db_copy_slice(&copy, entry->account);
        db_copy_number(&copy, DB_BIGINT, entry->order);
        db_copy_number(&copy, DB_BIGINT, entry->amount);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing the ledger");
}

static const struct setting settings[] = {
    { "tolerance", SETTING_INTEGER, "0",
      "minor units by which pricing may pass a granted total before credit decides again", &tolerance },
    { .name = NULL },
};

const struct stage credit_stage = {
    .name = "credit",
    .purpose = "holds orders above the payer's credit limit and books the exposure of the others",
    .settings = settings,
    .lock = lock,
    .decide = decide,
    .apply = apply,
};
