// SPDX-License-Identifier: Apache-2.0
// review: a fact has changed that orders wait for, so their accounts are told to look again. The waiting
// orders are read after the rows of the facts are locked: an order is either held before that and found here,
// or it is decided after it and sees the new fact.
#include "handlers/budget/budgets.h"
#include "handlers/company/vetting_doc.h"
#include "handlers/credit/credit_facts.h"
#include "handlers/credit/credit_queue.h"
#include "handlers/credit/payment.h"
#include "handlers/fulfil/fulfil.h"
#include "handlers/masterdata/facts.h"
#include "handlers/stages.h"

// Items that change one thing: should the first be parked, the next one wakes.
struct reference {
    struct item *item;
    struct reference *next;
};

struct wakeup {
    struct db_rows rows;     // account, cause, what changed; in the order in which they are to look again
    struct index references; // cause and what changed: the items that change it
};

struct changes {
    struct db_column kinds, names, products, parents, currencies;
};

static void note(struct batch *batch, struct changes *changes, const char *kind, struct slice name,
                 struct item *item)
{
    struct index *references = &batch->trade->wakeup->references;
    struct reference *first = index_get(references, slice_of(kind), name),
                     *reference = ARENA_NEW(batch->arena, struct reference);
    reference->item = item;
    if (first) {
        reference->next = first->next;
        first->next = reference;
        return;
    }
    index_put(references, slice_of(kind), name, reference);
    if (strcmp(kind, "stock") == 0) {
        db_column_add(&changes->products, name);
        return;
    }
    if (strcmp(kind, "rate") == 0) {
        db_column_add(&changes->currencies, name);
        return;
    }
    if (strcmp(kind, "group") == 0) {
        db_column_add(&changes->parents, name);
        return;
    }
    db_column_add(&changes->kinds, slice_of(kind));
    db_column_add(&changes->names, name);
}

// What frees credit of an account frees its corporate group's, too.
static void note_credit(struct batch *batch, struct changes *changes, struct slice payer, struct item *item)
{
    const struct account *account = trade_account(batch->trade, payer);
    note(batch, changes, "credit", payer, item);
    if (account && !slice_empty(account->credit_parent))
        note(batch, changes, "group", account->credit_parent, item);
    if (account && account->is_credit_parent)
        note(batch, changes, "group", payer, item);
}

// Who waits for credit or a budget in one of the two currencies. The rows that hold him are not locked by a rate: an order that is
// held in this very moment by the former rate waits for the next look.
static void note_rate(struct batch *batch, struct changes *changes, const struct fact_rate *fact)
{
    if (!fact->sound || fact->superseded || fact->valid_from > batch->now_us)
        return;
    note(batch, changes, "rate", fact->from, fact->item);
    note(batch, changes, "rate", fact->to, fact->item);
}

static void note_credit_facts(struct batch *batch, struct changes *changes)
{
    const struct credit_book *book = batch->trade->credit;
    for (size_t i = 0; i < batch->item_count; i++)
        if (credit_facts_is_date(&batch->items[i]))
            note_credit(batch, changes, document_text(batch->items[i].document, "account"), &batch->items[i]);
    for (size_t i = 0; book && i < book->terms_count; i++) {
        const struct fact_terms *fact = &book->terms[i];
        if (!fact->sound || fact->superseded)
            continue;
        note_credit(batch, changes, fact->terms.account, fact->item);
        if (!slice_empty(fact->former_parent))
            note(batch, changes, "group", fact->former_parent, fact->item);
    }
    for (size_t i = 0; book && i < book->rate_count; i++)
        note_rate(batch, changes, &book->rate_facts[i]);
    for (size_t i = 0; book && i < book->note_count; i++)
        if (book->notes[i].sound)
            note_credit(batch, changes, book->notes[i].payer, book->notes[i].item);
    for (size_t i = 0; book && i < book->dispute_count; i++)
        if (book->disputes[i].sound)
            note_credit(batch, changes, book->disputes[i].payer, book->disputes[i].item);
}

static bool limit_is_raised(const struct fact_account *fact, const struct account *account)
{
    if (!account->has_credit_limit)
        return false;
    return !fact->has_credit_limit || fact->credit_limit > account->credit_limit;
}

// A line that is closed frees stock and exposure; goods that left from elsewhere free those that were reserved.
static void note_notice(struct batch *batch, struct changes *changes, const struct notice *notice)
{
    bool closes = false;
    for (size_t i = 0; i < notice->line_count; i++)
        closes = closes || notice->lines[i].final;
    if (closes)
        note_credit(batch, changes, notice->order->payer_number, notice->order->item);
    for (size_t i = 0; !notice->invoice && i < notice->goods_count; i++)
        if (closes || !slice_equal(notice->goods[i].site, notice->site))
            note(batch, changes, "stock", notice->goods[i].product, notice->order->item);
}

// An invoice may be lower than what it takes the place of.
static void note_fulfilment(struct batch *batch, struct changes *changes)
{
    const struct fulfilment *all = batch->trade->fulfilment;
    for (size_t i = 0; all && i < all->notice_count; i++)
        note_notice(batch, changes, &all->notices[i]);
    for (size_t i = 0; all && i < all->fact_count; i++)
        if (all->facts[i].invoice && all->facts[i].sound)
            note_credit(batch, changes, all->facts[i].payer, all->facts[i].item);
}

static bool may_free_budget(const struct order *order, const struct notice *notice)
{
    const struct order_budget *part = order->budget;
    int64_t less = 0;
    bool committed = false, closes = false;
    for (size_t i = 0; part && i < part->booking_count; i++)
        committed = committed || part->bookings[i].stored > 0;
    for (size_t i = 0; part && i < part->billed_count; i++)
        less += part->billed[i].taken - part->billed[i].amount;
    for (size_t i = 0; notice && i < notice->line_count; i++)
        closes = closes || notice->lines[i].final;
    return committed && (order->state == ORDER_HELD || order->change || closes || less > 0);
}

// Money that comes in, by a document or from an order that gives some back.
static void note_budgets(struct batch *batch, struct changes *changes)
{
    const struct trade *trade = batch->trade;
    const struct budgets *budgets = trade->budgets;
    for (size_t i = 0; budgets && i < budgets->fact_count; i++)
        if (budgets->facts[i].sound)
            note(batch, changes, "budget", budgets->facts[i].budget.account, budgets->facts[i].item);
    for (size_t i = 0; budgets && i < budgets->transfer_count; i++)
        if (budgets->transfers[i].sound)
            note(batch, changes, "budget", budgets->transfers[i].account, budgets->transfers[i].item);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        const struct notice *notice = NULL;
        for (size_t j = 0; trade->fulfilment && j < trade->fulfilment->notice_count; j++)
            if (trade->fulfilment->notices[j].order == order)
                notice = &trade->fulfilment->notices[j];
        if (!order->settled && may_free_budget(order, notice))
            note(batch, changes, "budget", order->account_number, order->item);
    }
}

// The facts are compared with the locked rows, which decide has not touched yet.
static void note_all(struct batch *batch, struct changes *changes)
{
    const struct trade *trade = batch->trade;
    const struct facts *facts = trade->facts;
    for (size_t i = 0; i < facts->account_count; i++) {
        const struct fact_account *fact = &facts->accounts[i];
        const struct account *account = trade_account(trade, fact->key);
        if (!fact->sound || fact->superseded || !account)
            continue;
        // An account that is blocked or closed for good ends the waiting, too: its orders are refused.
        if (fact->status != account->status && vetting_gate(fact->status, VETTING_ORDER) != GATE_WAIT)
            note(batch, changes, "vetting", fact->key, fact->item);
        if (limit_is_raised(fact, account))
            note_credit(batch, changes, fact->key, fact->item);
    }
    // Whatever is said about an account's vetting may end its orders' waiting.
    for (size_t i = 0; trade->vettings && i < trade->vettings->count; i++)
        if (trade->vettings->all[i]->item &&
            (trade->vettings->all[i]->has_plan || vetting_is_one(trade->vettings->all[i]->item)))
            note(batch, changes, "vetting", trade->vettings->all[i]->account, trade->vettings->all[i]->item);
    for (size_t i = 0; i < facts->payment_count; i++)
        if (payment_is_news(trade, &facts->payments[i]))
            note_credit(batch, changes, facts->payments[i].payer, facts->payments[i].item);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (!order->settled && (order->state == ORDER_HELD || order->change) && order->stored_booked > 0)
            note_credit(batch, changes, order->payer_number, order->item);
        const struct order *before = order->before ? order->before : order;
        for (size_t j = 0; !order->settled && j < before->line_count; j++)
            for (const struct holding *holding = before->lines[j].holdings; holding; holding = holding->next)
                if (order->change || order->state == ORDER_HELD)
                    note(batch, changes, "stock", holding->product, order->item);
    }
    for (size_t i = 0; i < facts->stock_count; i++) {
        const struct fact_stock *fact = &facts->stocks[i];
        const struct stock *stock = trade_stock_at(trade, fact->product, fact->site);
        if (fact->sound && !fact->superseded && (!stock || fact->on_hand > stock->on_hand))
            note(batch, changes, "stock", fact->product, fact->item);
    }
}

static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT w.account, w.kind, w.name FROM ("
        "SELECT h.account, h.kind, h.waits_for AS name, min(h.since) AS since "
        "FROM unnest($1::text[], $2::text[]) AS k(kind, name) "
        "JOIN order_hold h ON h.waits_for = k.name AND h.kind = k.kind AND h.released_at IS NULL GROUP BY 1, "
        "2, 3 "
        "UNION ALL SELECT l.account, 'stock', l.product, min(o.received_at) "
        "FROM unnest($3::text[]) AS p(product) JOIN order_line l ON l.product = p.product AND l.waiting > 0 "
        "JOIN sales_order o ON o.account = l.account AND o.id = l.order_id GROUP BY l.account, l.product "
        "UNION ALL SELECT h.account, 'group', c.parent, min(h.since) FROM (SELECT g.parent, a.account "
        "FROM unnest($4::text[]) AS g(parent) JOIN account a ON a.credit_parent = g.parent UNION ALL "
        "SELECT g.parent, g.parent FROM unnest($4::text[]) AS g(parent)) AS c JOIN order_hold h "
        "ON h.waits_for = c.account AND h.kind = 'credit' AND h.released_at IS NULL GROUP BY 1, 2, 3 "
        "UNION ALL SELECT h.account, 'rate', r.currency, min(h.since) FROM unnest($6::text[]) AS r(currency) "
        "JOIN order_hold h ON h.kind = 'credit' AND h.released_at IS NULL JOIN account a ON a.account = "
        "h.waits_for JOIN sales_order o ON o.account = h.account AND o.id = h.order_id "
        "WHERE r.currency IN (a.currency, o.currency) AND (a.currency <> o.currency OR a.credit_parent <> '' "
        "OR a.is_credit_parent) GROUP BY 1, 2, 3 "
        "UNION ALL SELECT h.account, 'rate', r.currency, min(h.since) FROM unnest($6::text[]) AS r(currency) "
        "JOIN order_hold h ON h.kind = 'budget' AND h.released_at IS NULL JOIN sales_order o ON o.account = "
        "h.account AND o.id = h.order_id WHERE EXISTS (SELECT FROM budget b WHERE b.account = h.account AND "
        "b.currency <> o.currency AND r.currency IN (b.currency, o.currency)) GROUP BY 1, 2, 3) AS w "
        "LEFT JOIN credit_terms t ON $5 = 'priority' AND t.account = w.account LEFT JOIN LATERAL (SELECT "
        "max(o.total) "
        "AS total FROM order_hold h JOIN sales_order o ON o.account = h.account AND o.id = h.order_id "
        "WHERE h.account = w.account AND h.kind = 'credit' AND h.released_at IS NULL) AS d ON $5 = "
        "'best_fit' "
        "ORDER BY COALESCE(t.priority, 0) DESC, COALESCE(d.total, 0) DESC, w.since, w.account COLLATE \"C\", "
        "w.kind, w.name COLLATE \"C\"";
    batch->trade->wakeup = ARENA_NEW(batch->arena, struct wakeup);
    batch->trade->wakeup->references = index_in(batch->arena);
    struct changes changes = { db_column(batch->arena, DB_TEXT), db_column(batch->arena, DB_TEXT),
                               db_column(batch->arena, DB_TEXT), db_column(batch->arena, DB_TEXT),
                               db_column(batch->arena, DB_TEXT) };
    note_all(batch, &changes);
    note_credit_facts(batch, &changes);
    note_fulfilment(batch, &changes);
    note_budgets(batch, &changes);
    if (changes.kinds.count + changes.products.count + changes.parents.count + changes.currencies.count == 0)
        return true;
    struct db_value values[] = { db_array(&changes.kinds),          db_array(&changes.names),
                                 db_array(&changes.products),       db_array(&changes.parents),
                                 db_text(slice_of(credit_release)), db_array(&changes.currencies) };
    return db_query(db, batch->arena, sql, values, 6, &batch->trade->wakeup->rows, error) ||
           error_within(error, "looking for orders that wait for a fact");
}

static struct slice reference_of(const struct item *item)
{
    static const char *const fields[][2] = {
        { "ApprovalDecision", "order_id" },
        { "OrderChange", "order_number" },
        { "AccountReview", "reference" },
        { "Payment", "payment" },
        { "Invoice", "invoice" },
        { "FulfilmentNotice", "number" },
        { "Account", "account" },
        { "StockLevel", "product" },
        { "CreditTerms", "account" },
        { "CreditNote", "credit_note" },
        { "InvoiceDispute", "invoice" },
        { "ExchangeRate", "currency_from" },
        { "Budget", "budget" },
        { "BudgetTransfer", "transfer" },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(item->type, fields[i][0]) == 0)
            return document_text(item->document, fields[i][1]);
    return (struct slice){ 0 };
}

static void wake(struct batch *batch, struct index *woken, struct slice account, struct slice kind,
                 const struct item *cause)
{
    if (!cause || !index_put(woken, account, kind, batch))
        return;
    struct document *review = document_record(batch->arena, "AccountReview");
    document_add_text(batch->arena, review, "account", account);
    document_add_text(batch->arena, review, "cause", kind);
    document_add_text(batch->arena, review, "reference", reference_of(cause));
    batch_publish(batch, cause, TOPIC_INBOUND, account, review);
}

// A fact that was stored, and neither parked nor a repeat.
static bool is_fact(const struct item *item)
{
    return item->outcome == OUTCOME_RECORDED &&
           (facts_is_one(item) || credit_facts_is_one(item) || credit_facts_is_date(item) ||
            vetting_is_one(item) || strcmp(item->type, "Invoice") == 0 ||
            strcmp(item->type, "FulfilmentNotice") == 0 || strcmp(item->type, "Budget") == 0 ||
            strcmp(item->type, "BudgetTransfer") == 0);
}

// The item that has changed the thing; where it only might have (`any`), the first. NULL for none.
static const struct item *cause_of(const struct index *references, struct slice kind, struct slice name,
                                   bool any)
{
    const struct reference *first = index_get(references, kind, name);
    for (const struct reference *at = first; at; at = at->next)
        if (is_fact(at->item))
            return at->item;
    return first && any ? first->item : NULL;
}

// Stock at a new place is no row yet that an order of this batch could have found: such orders look again,
// too.
static void wake_own(struct batch *batch, struct index *woken)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        for (size_t j = 0; !order->settled && j < order->line_count; j++)
            if (order->lines[j].waiting > 0)
                wake(batch, woken, order->account_number, SLICE("stock"),
                     cause_of(&trade->wakeup->references, SLICE("stock"), order->lines[j].product, true));
    }
}

// Payers who owe less because an order of the batch was refused.
static struct index freed_payers(const struct batch *batch)
{
    struct index freed = index_in(batch->arena);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        struct order *order = batch->trade->orders[i];
        if (order->settled || order->booked >= order->stored_booked)
            continue;
        const struct account *payer = trade_account(batch->trade, order->payer_number);
        index_put(&freed, order->payer_number, (struct slice){ 0 }, order);
        if (payer && !slice_empty(payer->credit_parent))
            index_put(&freed, payer->credit_parent, (struct slice){ 0 }, order);
    }
    return freed;
}

static void note_freed(struct index *freed, const struct line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (struct holding *holding = lines[i].holdings; holding; holding = holding->next)
            if (holding->freed)
                index_put(freed, holding->product, (struct slice){ 0 }, holding);
}

// Products of which an order of the batch has given something back.
static struct index freed_products(const struct batch *batch)
{
    struct index freed = index_in(batch->arena);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        note_freed(&freed, order->lines, order->line_count);
        note_freed(&freed, order->deleted, order->deleted_count);
    }
    return freed;
}

// Accounts of which an order has given some of its budgets back.
static struct index freed_budgets(const struct batch *batch)
{
    struct index freed = index_in(batch->arena);
    for (size_t i = 0; i < batch->trade->order_count; i++)
        if (budget_freed(batch->trade->orders[i]))
            index_put(&freed, batch->trade->orders[i]->account_number, (struct slice){ 0 },
                      batch->trade->orders[i]);
    return freed;
}

static void decide(struct batch *batch)
{
    const struct wakeup *wakeup = batch->trade->wakeup;
    if (!wakeup)
        return;
    struct index woken = index_in(batch->arena), freed = freed_payers(batch),
                 products = freed_products(batch), budgets = freed_budgets(batch);
    for (size_t row = 0; row < wakeup->rows.count; row++) {
        struct slice account = db_rows_slice(&wakeup->rows, row, 0),
                     kind = db_rows_slice(&wakeup->rows, row, 1), name = db_rows_slice(&wakeup->rows, row, 2);
        bool of_credit = slice_is(kind, "credit") || slice_is(kind, "group") || slice_is(kind, "rate");
        const struct index *given = of_credit ? &freed : slice_is(kind, "budget") ? &budgets : &products;
        bool given_back = !slice_is(kind, "vetting") && index_get(given, name, (struct slice){ 0 }) != NULL;
        wake(batch, &woken, account, of_credit ? SLICE("credit") : kind,
             cause_of(&wakeup->references, kind, name, given_back));
    }
    for (size_t i = 0; i < batch->trade->order_count; i++)
        if (budget_missed(batch->trade, batch->trade->orders[i]))
            wake(batch, &woken, batch->trade->orders[i]->account_number, SLICE("budget"),
                 batch->trade->orders[i]->item);
    if (wakeup->references.count)
        wake_own(batch, &woken);
}

const struct stage review_stage = {
    .name = "review",
    .purpose = "tells accounts to look again at orders that wait for a fact that has changed",
    .lock = lock,
    .decide = decide,
};
