// SPDX-License-Identifier: Apache-2.0
// credit_facts: what the ERP says about credit. Terms and rates are stored as they come, the last of a key; a credit
// note lowers its invoice once; a dispute takes an invoice out of what is overdue.
#include "handlers/credit/credit_facts.h"

#include "handlers/credit/open_item.h"
#include "handlers/credit/rate.h"
#include "handlers/masterdata/facts.h"
#include "handlers/money.h"
#include "handlers/stages.h"

enum kind { KIND_TERMS, KIND_RATE, KIND_NOTE, KIND_DISPUTE, KIND_COUNT };

static enum kind kind_of(const struct item *item)
{
    static const char *const types[KIND_COUNT] = { "CreditTerms", "ExchangeRate", "CreditNote",
                                                   "InvoiceDispute" };
    int kind = 0;
    while (kind < KIND_COUNT && (!item->document || strcmp(item->type, types[kind]) != 0))
        kind++;
    return (enum kind)kind;
}

bool credit_facts_is_one(const struct item *item)
{
    return kind_of(item) != KIND_COUNT;
}

bool credit_facts_is_date(const struct item *item)
{
    return item->document && strcmp(item->type, "AccountReview") == 0 &&
           slice_is(document_text(item->document, "cause"), "credit_terms");
}

// --- Reading

static bool read_rate(struct reader *reader, struct fact_rate *fact)
{
    if (!reader_currency(reader, "currency_from", &fact->from) ||
        !reader_currency(reader, "currency_to", &fact->to))
        return false;
    if (slice_equal(fact->from, fact->to))
        return reader_park(reader, "the rate of %.*s is to the same currency", SLICE_ARGS(fact->from));
    document_instant(reader->document, "valid_from", &fact->valid_from);
    int64_t rate;
    return (document_decimal(reader->document, "rate", RATE_SCALE, &fact->rate) && fact->rate > 0 &&
            rate_minor(fact->rate, money_exponent(fact->from), money_exponent(fact->to), &rate) &&
            rate_minor_inverse(fact->rate, money_exponent(fact->to), money_exponent(fact->from), &rate)) ||
           reader_park(reader, "the rate of %.*s in %.*s is not positive, or out of range",
                       SLICE_ARGS(fact->from), SLICE_ARGS(fact->to));
}

static bool read_note(struct reader *reader, struct fact_note *fact)
{
    if (!reader_required(reader, "credit_note", &fact->number) ||
        !reader_required(reader, "account", &fact->payer) ||
        !reader_optional(reader, "invoice", &fact->invoice) ||
        !reader_currency(reader, "currency", &fact->currency))
        return false;
    fact->source = arena_printf(reader->batch->arena, "credit_note/%.*s", SLICE_ARGS(fact->number));
    return (document_decimal(reader->document, "amount", MONEY_SCALE, &fact->decimal4) &&
            fact->decimal4 > 0) ||
           reader_park(reader, "credit note %.*s has no positive amount", SLICE_ARGS(fact->number));
}

static bool read_dispute(struct reader *reader, struct fact_dispute *fact)
{
    if (!reader_required(reader, "invoice", &fact->invoice) ||
        !reader_required(reader, "account", &fact->payer))
        return false;
    fact->reason = document_text(reader->document, "reason");
    return (document_decimal(reader->document, "amount", MONEY_SCALE, &fact->decimal4) &&
            fact->decimal4 >= 0) ||
           reader_park(reader, "the disputed amount of invoice %.*s is negative", SLICE_ARGS(fact->invoice));
}

// A later document of the same key takes the earlier one's place; the index keeps a place that points to the last.
static void supersede(struct batch *batch, struct index *seen, struct slice first, struct slice second,
                      bool *superseded)
{
    bool **last = index_get(seen, first, second);
    if (last) {
        **last = true;
    } else {
        last = ARENA_NEW(batch->arena, bool *);
        index_put(seen, first, second, last);
    }
    *last = superseded;
}

static void read_one(struct batch *batch, struct credit_book *book, struct index seen[KIND_COUNT],
                     struct item *item, enum kind kind)
{
    struct reader reader = reader_of(batch, item);
    if (kind == KIND_TERMS) {
        struct fact_terms *fact = &book->terms[book->terms_count++];
        fact->item = item;
        fact->sound = credit_terms_read(&reader, &fact->terms);
    } else if (kind == KIND_RATE) {
        struct fact_rate *fact = &book->rate_facts[book->rate_count++];
        fact->item = item;
        if ((fact->sound = read_rate(&reader, fact)))
            supersede(
                batch, &seen[kind], fact->from,
                arena_printf(batch->arena, "%.*s %lld", SLICE_ARGS(fact->to), (long long)fact->valid_from),
                &fact->superseded);
    } else if (kind == KIND_NOTE) {
        struct fact_note *fact = &book->notes[book->note_count++];
        fact->item = item;
        fact->sound = read_note(&reader, fact);
    } else if (kind == KIND_DISPUTE) {
        struct fact_dispute *fact = &book->disputes[book->dispute_count++];
        fact->item = item;
        fact->sound = read_dispute(&reader, fact);
    }
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    size_t counts[KIND_COUNT + 1] = { 0 };
    for (size_t i = 0; i < batch->item_count; i++)
        counts[kind_of(&batch->items[i])]++;
    if (counts[KIND_COUNT] == batch->item_count)
        return true;
    struct credit_book *book = credit_book(batch->trade);
    struct index seen[KIND_COUNT];
    for (int kind = 0; kind < KIND_COUNT; kind++)
        seen[kind] = index_in(batch->arena);
    book->terms = ARENA_ARRAY(batch->arena, counts[KIND_TERMS], struct fact_terms);
    book->rate_facts = ARENA_ARRAY(batch->arena, counts[KIND_RATE], struct fact_rate);
    book->notes = ARENA_ARRAY(batch->arena, counts[KIND_NOTE], struct fact_note);
    book->disputes = ARENA_ARRAY(batch->arena, counts[KIND_DISPUTE], struct fact_dispute);
    for (size_t i = 0; i < batch->item_count; i++)
        if (batch->items[i].outcome == OUTCOME_NONE)
            read_one(batch, book, seen, &batch->items[i], kind_of(&batch->items[i]));
    return true;
}

// --- Under the lock

void credit_facts_accounts(const struct batch *batch, void (*ask)(void *context, struct slice account),
                           void *context)
{
    const struct credit_book *book = batch->trade->credit;
    // Who waits is read under the lock: so nobody is missed who was held a moment before a date came.
    for (size_t i = 0; i < batch->item_count; i++)
        if (credit_facts_is_date(&batch->items[i]))
            ask(context, document_text(batch->items[i].document, "account"));
    if (!book)
        return;
    for (size_t i = 0; i < book->terms_count; i++)
        if (book->terms[i].sound) {
            ask(context, book->terms[i].terms.account);
            ask(context, book->terms[i].terms.parent);
        }
    for (size_t i = 0; i < book->note_count; i++)
        ask(context, book->notes[i].payer);
    for (size_t i = 0; i < book->dispute_count; i++)
        ask(context, book->disputes[i].payer);
}

// An account that came in with this very batch is as good as one that was there.
static struct slice currency_of(const struct trade *trade, struct slice number)
{
    const struct account *account = trade_account(trade, number);
    const struct fact_account *fresh = account ? NULL : facts_account(trade->facts, number);
    return account ? account->currency : fresh ? fresh->currency : (struct slice){ 0 };
}

static bool has_parent(const struct trade *trade, struct slice number)
{
    const struct account *account = trade_account(trade, number);
    const struct credit_book *book = trade->credit;
    bool has = account && !slice_empty(account->credit_parent);
    for (size_t i = 0; i < book->terms_count; i++)
        if (book->terms[i].sound && slice_equal(book->terms[i].terms.account, number))
            has = !slice_empty(book->terms[i].terms.parent);
    return has;
}

static bool is_parent(const struct trade *trade, struct slice number)
{
    const struct account *account = trade_account(trade, number);
    const struct credit_book *book = trade->credit;
    bool is = account && account->is_credit_parent;
    for (size_t i = 0; i < book->terms_count; i++)
        is = is || (book->terms[i].sound && slice_equal(book->terms[i].terms.parent, number));
    return is;
}

// What is wrong with terms as they meet the accounts that are there; empty for nothing. One level of parents, so that
// there is no circle, and two rows at most are locked for an order.
static struct slice objection(const struct trade *trade, struct credit_terms *terms)
{
    struct slice currency = currency_of(trade, terms->account);
    const char *name = "";
    if (slice_empty(currency))
        return arena_printf(trade->arena, "the credit terms are of the unknown account %.*s",
                            SLICE_ARGS(terms->account));
    if (!slice_empty(terms->parent) && slice_empty(currency_of(trade, terms->parent)))
        return arena_printf(trade->arena, "the credit parent %.*s of account %.*s is unknown",
                            SLICE_ARGS(terms->parent), SLICE_ARGS(terms->account));
    if (!slice_empty(terms->parent) && has_parent(trade, terms->parent))
        return arena_printf(trade->arena,
                            "the credit parent %.*s of account %.*s has a parent itself: there is one "
                            "level only",
                            SLICE_ARGS(terms->parent), SLICE_ARGS(terms->account));
    if (!slice_empty(terms->parent) && is_parent(trade, terms->account))
        return arena_printf(trade->arena,
                            "account %.*s is the credit parent of others: it cannot have the parent "
                            "%.*s",
                            SLICE_ARGS(terms->account), SLICE_ARGS(terms->parent));
    if (!credit_terms_scale(terms, money_exponent(currency), &name))
        return arena_printf(trade->arena, "the %s of account %.*s is finer than the minor unit of %.*s", name,
                            SLICE_ARGS(terms->account), SLICE_ARGS(currency));
    return (struct slice){ 0 };
}

static void overlay_terms(struct trade *trade, struct fact_terms *fact)
{
    struct account *account = trade_account(trade, fact->terms.account),
                   *parent = trade_account(trade, fact->terms.parent);
    fact->former_parent = account ? account->credit_parent : (struct slice){ 0 };
    if (parent)
        parent->is_credit_parent = true;
    if (!account)
        return;
    account->credit_parent = fact->terms.parent;
    account->has_credit_terms = true;
    credit_standing_make(trade, account)->terms = fact->terms;
}

void credit_facts_overlay(struct batch *batch)
{
    struct trade *trade = batch->trade;
    struct credit_book *book = trade->credit;
    struct index seen = index_in(batch->arena);
    for (size_t i = 0; book && i < book->terms_count; i++) {
        struct fact_terms *fact = &book->terms[i];
        if (!fact->sound)
            continue;
        fact->objection = objection(trade, &fact->terms);
        fact->sound = slice_empty(fact->objection);
    }
    // Of several records of an account the last counts that can be.
    for (size_t i = book ? book->terms_count : 0; i > 0; i--) {
        struct fact_terms *fact = &book->terms[i - 1];
        if (!fact->sound)
            continue;
        fact->superseded = !index_put(&seen, fact->terms.account, (struct slice){ 0 }, fact);
        if (!fact->superseded)
            overlay_terms(trade, fact);
    }
    for (size_t i = 0; book && i < book->rate_count; i++) {
        const struct fact_rate *fact = &book->rate_facts[i];
        if (fact->sound && !fact->superseded && fact->valid_from <= batch->now_us)
            rate_put(trade, fact->from, fact->to, fact->valid_from, fact->rate);
    }
}

// --- Deciding

// A temporary limit that begins later may release orders then.
static void set_timer(struct batch *batch, const struct fact_terms *fact)
{
    const struct credit_terms *terms = &fact->terms;
    struct slice id = arena_printf(batch->arena, "credit/%.*s/temporary", SLICE_ARGS(terms->account));
    if (!terms->has_temporary || terms->temporary_from <= batch->now_us) {
        batch_clear_timer(batch, fact->item, id);
        return;
    }
    struct document *review = document_record(batch->arena, "AccountReview");
    document_add_text(batch->arena, review, "account", terms->account);
    document_add_text(batch->arena, review, "cause", SLICE("credit_terms"));
    document_add_text(batch->arena, review, "reference", SLICE("temporary_limit"));
    batch_set_timer(batch, fact->item, id, terms->temporary_from, terms->account, review);
}

static void decide(struct batch *batch)
{
    struct credit_book *book = batch->trade->credit;
    if (!book)
        return;
    for (size_t i = 0; i < book->terms_count; i++) {
        const struct fact_terms *fact = &book->terms[i];
        if (!slice_empty(fact->objection))
            batch_park(batch, fact->item, "%.*s", SLICE_ARGS(fact->objection));
        else if (fact->sound) {
            batch_outcome(fact->item, OUTCOME_RECORDED, 0);
            if (!fact->superseded)
                set_timer(batch, fact);
        }
    }
    for (size_t i = 0; i < book->rate_count; i++)
        if (book->rate_facts[i].sound)
            batch_outcome(book->rate_facts[i].item, OUTCOME_RECORDED, 0);
    for (size_t i = 0; i < book->note_count; i++)
        if (book->notes[i].sound)
            open_item_decide_note(batch, &book->notes[i]);
    for (size_t i = 0; i < book->dispute_count; i++)
        if (book->disputes[i].sound)
            open_item_decide_dispute(batch, &book->disputes[i]);
}

const struct stage credit_doc_stage = {
    .name = "credit_facts",
    .purpose = "stores credit terms, exchange rates, credit notes and disputes",
    .gather = gather,
    .decide = decide,
    .apply = credit_store,
};
