// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/open_item.h"

#include <assert.h>

#include "handlers/credit/rate.h"
#include "handlers/masterdata/facts.h"
#include "handlers/money.h"

// --- In memory

struct open_item *open_item_find(const struct trade *trade, struct slice payer, struct slice invoice)
{
    return trade->credit ? index_get(&trade->credit->items, payer, invoice) : NULL;
}

int64_t open_item_rest(const struct open_item *first)
{
    int64_t rest = 0;
    for (const struct open_item *item = first; item; item = item->next)
        rest += item->amount - item->paid;
    return rest;
}

static void add_item(struct trade *trade, struct open_item *item)
{
    struct credit_book *book = credit_book(trade);
    struct open_item *first = open_item_find(trade, item->payer, item->invoice);
    book->item_list = arena_grow(trade->arena, book->item_list, &book->item_capacity, book->item_count + 1,
                                 sizeof *book->item_list);
    book->item_list[book->item_count++] = item;
    if (!first) {
        index_put(&book->items, item->payer, item->invoice, item);
        return;
    }
    while (first->next)
        first = first->next;
    first->next = item;
}

struct open_item *open_item_bill(struct trade *trade, struct open_item item)
{
    struct open_item *added = ARENA_NEW(trade->arena, struct open_item);
    *added = item;
    added->changed = true;
    add_item(trade, added);
    return added;
}

struct cash *open_item_find_cash(const struct trade *trade, struct slice payer, struct slice source)
{
    return trade->credit ? index_get(&trade->credit->cash, payer, source) : NULL;
}

static void add_cash(struct trade *trade, struct cash *cash)
{
    struct credit_book *book = credit_book(trade);
    index_put(&book->cash, cash->payer, cash->source, cash);
    book->cash_list = arena_grow(trade->arena, book->cash_list, &book->cash_capacity, book->cash_count + 1,
                                 sizeof *book->cash_list);
    book->cash_list[book->cash_count++] = cash;
}

struct cash *open_item_cash(struct trade *trade, struct slice payer, struct slice source,
                            struct slice currency, int64_t rate, int64_t amount)
{
    struct cash *cash = ARENA_NEW(trade->arena, struct cash);
    *cash = (struct cash){ .payer = payer,
                           .source = source,
                           .currency = currency,
                           .rate = rate,
                           .amount = amount,
                           .changed = true };
    add_cash(trade, cash);
    return cash;
}

int64_t open_item_allocated(const struct trade *trade, const struct cash *cash, struct slice invoice)
{
    const struct credit_book *book = trade->credit;
    int64_t sum = 0;
    for (size_t i = 0; book && i < book->allocation_count; i++)
        if (book->allocations[i].cash == cash && slice_equal(book->allocations[i].invoice, invoice))
            sum += book->allocations[i].amount;
    return sum;
}

static void add_allocation(struct trade *trade, struct cash_allocation allocation)
{
    struct credit_book *book = credit_book(trade);
    book->allocations = arena_grow(trade->arena, book->allocations, &book->allocation_capacity,
                                   book->allocation_count + 1, sizeof *book->allocations);
    book->allocations[book->allocation_count++] = allocation;
}

int64_t open_item_pay(struct trade *trade, struct cash *cash, struct slice invoice, int64_t amount)
{
    int64_t left = amount, effect = 0;
    for (struct open_item *item = open_item_find(trade, cash->payer, invoice); item && left > 0;
         item = item->next) {
        int64_t open = item->amount - item->paid, part = open < left ? open : left;
        if (part == 0)
            continue;
        effect += rate_convert(item->paid, item->rate) - rate_convert(item->paid + part, item->rate);
        item->paid += part;
        item->changed = true;
        left -= part;
        add_allocation(trade, (struct cash_allocation){ cash, invoice, item->instalment, part, false });
    }
    assert(left == 0);
    effect += rate_convert(cash->allocated + amount, cash->rate) - rate_convert(cash->allocated, cash->rate);
    cash->allocated += amount;
    cash->changed = true;
    return effect;
}

// --- Reading, under the lock

struct named {
    struct index seen;
    struct db_column payers, keys;
};

static void name(struct named *named, struct slice payer, struct slice key)
{
    if (slice_empty(key) || !index_put(&named->seen, payer, key, named))
        return;
    db_column_add(&named->payers, payer);
    db_column_add(&named->keys, key);
}

static struct named nothing_named(struct arena *arena)
{
    return (struct named){ index_in(arena), db_column(arena, DB_TEXT), db_column(arena, DB_TEXT) };
}

static bool load_items(struct trade *trade, const struct named *named, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT i.payer, i.invoice, i.instalment, i.account, i.currency, i.rate, i.amount, i.paid, "
        "i.disputed, "
        "i.reason, i.issued_at, i.due FROM unnest($1::text[], $2::text[]) AS k(payer, invoice) "
        "JOIN open_item i ON i.payer = k.payer AND i.invoice = k.invoice ORDER BY i.payer, i.invoice, i.due, "
        "i.instalment";
    struct db_value values[] = { db_array(&named->payers), db_array(&named->keys) };
    struct db_rows rows;
    if (named->keys.count == 0)
        return true;
    if (!db_query(db, trade->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading open items");
    for (size_t row = 0; row < rows.count; row++) {
        struct open_item *item = ARENA_NEW(trade->arena, struct open_item);
        *item = (struct open_item){ .payer = db_rows_slice(&rows, row, 0),
                                    .invoice = db_rows_slice(&rows, row, 1),
                                    .instalment = (int32_t)db_rows_number(&rows, row, 2),
                                    .account = db_rows_slice(&rows, row, 3),
                                    .currency = db_rows_slice(&rows, row, 4),
                                    .rate = db_rows_number(&rows, row, 5),
                                    .amount = db_rows_number(&rows, row, 6),
                                    .paid = db_rows_number(&rows, row, 7),
                                    .disputed = db_rows_number(&rows, row, 8),
                                    .reason = db_rows_slice(&rows, row, 9),
                                    .issued_at = db_rows_number(&rows, row, 10),
                                    .due = (int32_t)db_rows_number(&rows, row, 11),
                                    .stored = true };
        add_item(trade, item);
    }
    return true;
}

static bool load_cash(struct trade *trade, const struct named *named, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT c.payer, c.source, c.currency, c.rate, c.amount, c.allocated, a.invoice, a.instalment, "
        "a.amount "
        "FROM unnest($1::text[], $2::text[]) AS k(payer, source) JOIN credit_cash c ON c.payer = k.payer "
        "AND c.source = k.source LEFT JOIN cash_allocation a ON a.payer = c.payer AND a.source = c.source "
        "ORDER BY c.payer, c.source, a.invoice, a.instalment";
    struct db_value values[] = { db_array(&named->payers), db_array(&named->keys) };
    struct db_rows rows;
    if (named->keys.count == 0)
        return true;
    if (!db_query(db, trade->arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for repeated payments");
    for (size_t row = 0; row < rows.count; row++) {
        struct cash *cash =
            open_item_find_cash(trade, db_rows_slice(&rows, row, 0), db_rows_slice(&rows, row, 1));
        if (!cash) {
            cash = ARENA_NEW(trade->arena, struct cash);
            *cash = (struct cash){ .payer = db_rows_slice(&rows, row, 0),
                                   .source = db_rows_slice(&rows, row, 1),
                                   .currency = db_rows_slice(&rows, row, 2),
                                   .rate = db_rows_number(&rows, row, 3),
                                   .amount = db_rows_number(&rows, row, 4),
                                   .allocated = db_rows_number(&rows, row, 5),
                                   .stored = true };
            add_cash(trade, cash);
        }
        if (!db_rows_null(&rows, row, 6))
            add_allocation(trade, (struct cash_allocation){ cash, db_rows_slice(&rows, row, 6),
                                                            (int32_t)db_rows_number(&rows, row, 7),
                                                            db_rows_number(&rows, row, 8), true });
    }
    return true;
}

static void name_payments(const struct trade *trade, struct named *items, struct named *cash)
{
    const struct facts *facts = trade->facts;
    for (size_t i = 0; facts && i < facts->payment_count; i++) {
        const struct fact_payment *fact = &facts->payments[i];
        if (fact->sound)
            name(cash, fact->payer, fact->source);
        for (size_t j = 0; fact->sound && j < fact->part_count; j++)
            name(items, fact->payer, fact->parts[j].invoice);
    }
}

bool open_item_lock(struct batch *batch, struct db *db, struct error *error)
{
    const struct trade *trade = batch->trade;
    const struct credit_book *book = trade->credit;
    struct named items = nothing_named(batch->arena), cash = nothing_named(batch->arena);
    name_payments(trade, &items, &cash);
    for (size_t i = 0; book && i < book->note_count; i++)
        if (book->notes[i].sound) {
            name(&cash, book->notes[i].payer, book->notes[i].source);
            name(&items, book->notes[i].payer, book->notes[i].invoice);
        }
    for (size_t i = 0; book && i < book->dispute_count; i++)
        if (book->disputes[i].sound)
            name(&items, book->disputes[i].payer, book->disputes[i].invoice);
    return load_items(batch->trade, &items, db, error) && load_cash(batch->trade, &cash, db, error);
}

// --- Credit notes and disputes

static struct slice currency_of(const struct trade *trade, struct slice payer)
{
    const struct account *account = trade_account(trade, payer);
    const struct fact_account *fresh = account ? NULL : facts_account(trade->facts, payer);
    return account ? account->currency : fresh ? fresh->currency : (struct slice){ 0 };
}

// Books a credit note that nothing speaks against: what the invoice does not take of it stands free.
static void book_note(struct batch *batch, const struct fact_note *fact, int64_t amount, int64_t rate)
{
    struct trade *trade = batch->trade;
    struct account *account = trade_account(trade, fact->payer);
    struct cash *cash = open_item_cash(trade, fact->payer, fact->source, fact->currency, rate, amount);
    const struct open_item *items = open_item_find(trade, fact->payer, fact->invoice);
    int64_t open = items ? open_item_rest(items) : 0, part = open < amount ? open : amount;
    int64_t effect =
        -rate_convert(amount, rate) + (part > 0 ? open_item_pay(trade, cash, fact->invoice, part) : 0);
    trade_add_entry(
        trade, (struct ledger_entry){
                   .payer = fact->payer, .source = fact->source, .account = fact->payer, .amount = effect });
    if (account)
        account->running += effect;
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
}

void open_item_decide_note(struct batch *batch, struct fact_note *fact)
{
    const struct trade *trade = batch->trade;
    struct slice currency = currency_of(trade, fact->payer);
    const struct open_item *items = open_item_find(trade, fact->payer, fact->invoice);
    const struct cash *before = open_item_find_cash(trade, fact->payer, fact->source);
    int64_t amount = 0, rate;
    char text[DECIMAL_TEXT_SIZE];
    bool good = money_minor(fact->decimal4, money_exponent(fact->currency), &amount);
    fact->sound = false;
    if (slice_empty(currency))
        batch_park(batch, fact->item, "credit note %.*s is of the unknown account %.*s",
                   SLICE_ARGS(fact->number), SLICE_ARGS(fact->payer));
    else if (!good)
        batch_park(batch, fact->item,
                   "the amount %s of credit note %.*s is finer than the minor unit of %.*s",
                   decimal_text(fact->decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->number),
                   SLICE_ARGS(fact->currency));
    else if (before && before->amount == amount && slice_equal(before->currency, fact->currency))
        batch_outcome(fact->item, OUTCOME_REPEATED, 0);
    else if (before)
        batch_park(batch, fact->item, "credit note %.*s came before with another amount, %.*s",
                   SLICE_ARGS(fact->number),
                   SLICE_ARGS(money_text(batch->arena, before->amount, money_exponent(before->currency),
                                         before->currency)));
    else if (!rate_find(trade, fact->currency, currency, &rate))
        batch_park(batch, fact->item,
                   "credit note %.*s is in %.*s, account %.*s pays in %.*s, and no exchange rate of the two "
                   "is known",
                   SLICE_ARGS(fact->number), SLICE_ARGS(fact->currency), SLICE_ARGS(fact->payer),
                   SLICE_ARGS(currency));
    else if (!rate_fits(amount, rate))
        batch_park(batch, fact->item, "the amount of credit note %.*s is too large to be counted in %.*s",
                   SLICE_ARGS(fact->number), SLICE_ARGS(currency));
    else if (!slice_empty(fact->invoice) && !items)
        batch_park(batch, fact->item, "credit note %.*s lowers invoice %.*s, which payer %.*s does not have",
                   SLICE_ARGS(fact->number), SLICE_ARGS(fact->invoice), SLICE_ARGS(fact->payer));
    else if (items && !slice_equal(items->currency, fact->currency))
        batch_park(batch, fact->item,
                   "credit note %.*s is in %.*s, but invoice %.*s, which it lowers, is in %.*s",
                   SLICE_ARGS(fact->number), SLICE_ARGS(fact->currency), SLICE_ARGS(fact->invoice),
                   SLICE_ARGS(items->currency));
    else {
        fact->sound = true;
        book_note(batch, fact, amount, rate);
    }
}

void open_item_decide_dispute(struct batch *batch, struct fact_dispute *fact)
{
    struct open_item *items = open_item_find(batch->trade, fact->payer, fact->invoice);
    int64_t left = 0, amount = 0;
    char text[DECIMAL_TEXT_SIZE];
    for (const struct open_item *item = items; item; item = item->next)
        amount += item->amount;
    if (!items) {
        batch_park(batch, fact->item, "the dispute is of invoice %.*s, which payer %.*s does not have",
                   SLICE_ARGS(fact->invoice), SLICE_ARGS(fact->payer));
    } else if (!money_minor(fact->decimal4, money_exponent(items->currency), &left) || left > amount) {
        batch_park(
            batch, fact->item, "%s %.*s of invoice %.*s cannot be disputed: it is of %.*s",
            decimal_text(fact->decimal4, MONEY_SCALE, text), SLICE_ARGS(items->currency),
            SLICE_ARGS(fact->invoice),
            SLICE_ARGS(money_text(batch->arena, amount, money_exponent(items->currency), items->currency)));
    } else {
        batch_outcome(fact->item, OUTCOME_RECORDED, 0);
        for (struct open_item *item = items; item; item = item->next) {
            item->disputed = item->amount < left ? item->amount : left;
            item->reason = fact->reason;
            item->changed = true;
            left -= item->disputed;
        }
        return;
    }
    fact->sound = false;
}
