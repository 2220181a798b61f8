// SPDX-License-Identifier: Apache-2.0
// credit: does the payer's exposure leave room for the order? Orders of one payer see each other through a
// running sum, in order of arrival. What is granted is booked at once, also where something else still holds
// the order: a held order keeps what it has been granted.
#include "handlers/credit/credit.h"

#include "handlers/company/company_facts.h"
#include "handlers/company/vetting.h"
#include "handlers/credit/credit_check.h"
#include "handlers/credit/credit_facts.h"
#include "handlers/credit/credit_lock.h"
#include "handlers/credit/credit_queue.h"
#include "handlers/credit/open_item.h"
#include "handlers/credit/prepaid.h"
#include "handlers/credit/rate.h"
#include "handlers/fulfil/fulfil.h"
#include "handlers/masterdata/accounts.h"
#include "handlers/masterdata/facts.h"
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

static void ask_account(void *keys, struct slice number)
{
    ask(keys, number);
}

// Who pays, and whose corporate limit counts, may have changed since they were gathered.
static bool check_locked(const struct trade *trade, const struct keys *keys, struct error *error)
{
    struct slice none = { 0 };
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        const struct account *account = trade_account(trade, order->account_number);
        struct slice number = !slice_empty(order->payer_number) ? order->payer_number
                              : account                         ? account->payer
                                                                : none;
        const struct account *payer = trade_account(trade, number);
        if (order->settled || slice_empty(number))
            continue;
        if (!index_get(&keys->seen, number, none))
            return error_set(error, ERROR_UNAVAILABLE, NULL,
                             "could not lock account %.*s: it became payer of %.*s in this moment; try again",
                             SLICE_ARGS(number), SLICE_ARGS(order->account_number));
        if (payer && !slice_empty(payer->credit_parent) &&
            !index_get(&keys->seen, payer->credit_parent, none))
            return error_set(
                error, ERROR_UNAVAILABLE, NULL,
                "could not lock account %.*s: it became credit parent of %.*s in this moment; try "
                "again",
                SLICE_ARGS(payer->credit_parent), SLICE_ARGS(number));
    }
    return true;
}

// The lock covers sold-to accounts, too: whether an account is open is read under it, so that an order held
// for vetting and the record that opens the account cannot miss each other.
static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    // One look-up an account, for the reason that handlers/stock/reserve.c gives.
    static const char sql[] =
        "SELECT a.* FROM (SELECT account FROM unnest($1::text[]) AS u(account) ORDER BY account COLLATE "
        "\"C\") k "
        "CROSS JOIN LATERAL (SELECT " ACCOUNT_COLUMNS " FROM account a WHERE a.account = k.account "
        "FOR NO KEY UPDATE) a";
    struct trade *trade = batch->trade;
    if (!credit_release_check(error))
        return false;
    struct keys keys = { index_in(batch->arena), db_column(batch->arena, DB_TEXT) };
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (order->settled)
            continue;
        ask(&keys, order->account_number);
        ask(&keys, order->payer_number);
        const struct account *payer = trade_account(trade, order->payer_number);
        if (payer)
            ask(&keys, payer->credit_parent);
    }
    credit_facts_accounts(batch, ask_account, &keys);
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
    return company_locked(trade, error) && check_locked(trade, &keys, error) &&
           open_item_lock(batch, db, error) && credit_lock_standings(batch, db, error);
}

// --- Deciding

// The part of what is booked that a party does not count yet, in its currency.
static int64_t later_booked(const struct trade *trade, const struct order *order,
                            const struct credit_standing *party, int64_t amount)
{
    int64_t rate = 0, later = amount == 0 ? 0 : credit_later_part(order, party);
    if (!party)
        return 0;
    rate_find(trade, order->payer->currency, party->account->currency, &rate);
    return rate_convert(rate_convert(later < amount ? later : amount, order->credit_rate), rate);
}

// An order that comes with something booked has its part in what was read of the horizon.
static void know_later(const struct trade *trade, struct order *order, const struct credit_standing *own)
{
    const struct order *stored = order->before ? order->before : order;
    struct order as_stored = *stored;
    if (order->later_known)
        return;
    order->later_known = true;
    as_stored.payer = order->payer;
    as_stored.credit_rate = order->credit_rate;
    order->booked_later = later_booked(trade, &as_stored, own, order->stored_booked);
    if (own->group)
        order->booked_later_group =
            later_booked(trade, &as_stored, own->group->standing, order->stored_booked);
}

static void book(const struct trade *trade, struct order *order, int64_t amount)
{
    struct credit_standing *own = order->payer ? credit_standing_of(trade, order->payer->number) : NULL;
    struct credit_standing *group = own && own->group ? own->group->standing : NULL;
    if (order->payer) {
        int64_t more =
            rate_convert(amount, order->credit_rate) - rate_convert(order->booked, order->credit_rate);
        order->payer->running += more;
        prepaid_book(trade, order, more);
    }
    if (own) {
        know_later(trade, order, own);
        int64_t later = later_booked(trade, order, own, amount),
                later_group = later_booked(trade, order, group, amount);
        own->later_running += later - order->booked_later;
        if (group && group != own)
            group->later_running += later_group - order->booked_later_group;
        order->booked_later = later;
        order->booked_later_group = later_group;
    }
    order->booked = amount;
}

void credit_give_back(const struct trade *trade, struct order *order)
{
    if (order->booked != 0)
        book(trade, order, 0);
}

void credit_forget(const struct trade *trade, struct order *order)
{
    struct credit_standing *own = order->payer ? credit_standing_of(trade, order->payer->number) : NULL;
    struct credit_standing *group = own && own->group ? own->group->standing : NULL;
    book(trade, order, order->stored_booked);
    if (!own || !order->before)
        return;
    // The lines become what they were: so does what lies beyond the horizon.
    int64_t later = order->booked_later, later_group = order->booked_later_group;
    order->later_known = false;
    know_later(trade, order, own);
    own->later_running += order->booked_later - later;
    if (group && group != own)
        group->later_running += order->booked_later_group - later_group;
}

// The rate stays the order's for as long as it has something booked: so what is given back is what was booked.
static bool find_rate(const struct trade *trade, struct order *order)
{
    if (order->stored_booked != 0 &&
        (order->credit_rate != 0 || slice_equal(order->payer->currency, order->currency)))
        return true;
    return rate_find(trade, order->currency, order->payer->currency, &order->credit_rate);
}

static bool payer_fits(const struct trade *trade, struct order *order)
{
    if (!order->payer)
        order_reject(order, trade->arena, "unknown_payer", "account %.*s, which pays for %.*s, is unknown",
                     SLICE_ARGS(order->payer_number), SLICE_ARGS(order->account_number));
    else if (vetting_gate(order->payer->status, VETTING_ORDER) == GATE_NO)
        order_reject(order, trade->arena, "payer_blocked", "account %.*s, which pays for %.*s, is %s",
                     SLICE_ARGS(order->payer_number), SLICE_ARGS(order->account_number),
                     account_status_name(order->payer->status));
    else if (!find_rate(trade, order))
        order_reject(
            order, trade->arena, "payer_currency",
            "the order is in %.*s, its payer %.*s pays in %.*s, and no exchange rate of the two is known",
            SLICE_ARGS(order->currency), SLICE_ARGS(order->payer_number), SLICE_ARGS(order->payer->currency));
    else if (!rate_fits(order->total, order->credit_rate))
        order_reject(order, trade->arena, "payer_currency",
                     "a total of %.*s is too large to be counted in %.*s",
                     SLICE_ARGS(money_text(trade->arena, order->total, order->exponent, order->currency)),
                     SLICE_ARGS(order->payer->currency));
    else
        return true;
    return false;
}

// What has been granted once must stay granted, as far as the order is still that dear.
static void hold(const struct trade *trade, struct order *order, struct slice reason)
{
    // The amounts in the reason are the last ones looked at, hence anew each time.
    order_release(order, HOLD_CREDIT);
    order_hold(order, HOLD_CREDIT, reason);
    int64_t kept = order->stored_booked < order->total ? order->stored_booked : order->total;
    // Where that is what is booked, it was granted for the dates that the order had then.
    if (kept != order->booked)
        book(trade, order, kept);
}

static void grant(const struct trade *trade, struct order *order, const struct credit_verdict *verdict)
{
    order_release(order, HOLD_CREDIT);
    // A change that may still be refused gives nothing back yet.
    bool early = order->change && !trade->priced && order->total < order->stored_booked;
    // A test document is looked at like any other, but leaves no trace in the exposure.
    if (order->test)
        return;
    if (verdict->has_ceiling) {
        order->has_ceiling = true;
        order->counted = verdict->counted;
        order->ceiling = verdict->ceiling;
        order->override = verdict->past_ceiling ? effect_name(verdict->effect) : NULL;
    }
    book(trade, order, early ? order->stored_booked : order->total);
}

static void decide_order(struct batch *batch, struct order *order)
{
    const struct trade *trade = batch->trade;
    order_forget(order, "credit");
    // Nothing is granted to an account that is still being vetted.
    if (order->holds[HOLD_VETTING] || !payer_fits(trade, order))
        return;
    struct credit_standing *own = credit_standing_of(trade, order->payer->number);
    if (own)
        know_later(trade, order, own);
    int64_t more = order->total - order->booked;
    // A change gets no tolerance: many small ones would pass any limit.
    bool granted = order->booked > 0 && !order->holds[HOLD_CREDIT] && !order->change;
    struct credit_verdict verdict = { 0 };
    if (granted && more > 0 && more <= tolerance) {
        order->override = "tolerance";
    } else {
        bool waits = more <= 0 && order->state == ORDER_HELD && order->booked > 0 && !order->change &&
                     !order->was_held[HOLD_CREDIT];
        verdict = credit_check(batch, order, waits);
    }
    if (verdict.effect == EFFECT_HOLD)
        hold(trade, order, verdict.reason);
    else if (verdict.effect != EFFECT_REFUSE)
        grant(trade, order, &verdict);
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    struct order **queue = credit_queue(trade);
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = queue[i];
        if (order_is_open(order) && order->account)
            decide_order(batch, order);
        // What was granted goes back; an accepted order that only waits for goods keeps it.
        bool ended = order->rejected ? !order->change : order->cancelled && trade->priced;
        if (ended && order->booked != 0)
            book(trade, order, 0);
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
            .amount = rate_convert(order->booked, order->credit_rate) -
                      rate_convert(order->stored_booked, order->credit_rate),
            .has_ceiling = order->has_ceiling && order->booked > order->stored_booked,
            .counted = order->counted,
            .ceiling = order->ceiling,
            .override = order->override,
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

static void copy_limit(struct db_copy *copy, bool present, int64_t value)
{
    if (present)
        db_copy_number(copy, DB_BIGINT, value);
    else
        db_copy_null(copy);
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY exposure_entry (payer, source, account, order_id, amount, at, counted, ceiling, override) "
        "FROM STDIN (FORMAT binary)";
    struct trade *trade = batch->trade;
    collect_orders(batch);
    if (trade->entry_count == 0)
        return true;
    if (!update_accounts(batch, db, error))
        return false;
    struct db_copy copy = db_copy(batch->arena, 9);
    for (size_t i = 0; i < trade->entry_count; i++) {
        const struct ledger_entry *entry = &trade->entries[i];
        db_copy_row(&copy);
        db_copy_slice(&copy, entry->payer);
        db_copy_slice(&copy, entry->source);
        db_copy_slice(&copy, entry->account);
        db_copy_number(&copy, DB_BIGINT, entry->order);
        db_copy_number(&copy, DB_BIGINT, entry->amount);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
        copy_limit(&copy, entry->has_ceiling, entry->counted);
        copy_limit(&copy, entry->has_ceiling, entry->ceiling);
        db_copy_slice(&copy, slice_of(entry->override ? entry->override : ""));
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing the ledger");
}

static const struct setting settings[] = {
    { "tolerance", SETTING_INTEGER, "0",
      "minor units by which pricing may pass a granted total before credit decides again", &tolerance },
    { "release", SETTING_TEXT, "age",
      "who is looked at first when credit is free again: \"age\", \"priority\" (of the account's "
      "CreditTerms) or "
      "\"best_fit\" (the dearest)",
      &credit_release },
    { "cash_pays_oldest", SETTING_BOOLEAN, "true",
      "cash that is not allocated is taken for payment of what is due first, when overdue items are looked "
      "at",
      &credit_cash_pays_oldest },
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
