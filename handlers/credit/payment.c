// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/payment.h"

#include "handlers/credit/open_item.h"
#include "handlers/credit/rate.h"
#include "handlers/money.h"

// The payer's currency, also where he came in with this batch; empty where he is unknown.
static struct slice currency_of(const struct trade *trade, struct slice payer)
{
    const struct account *account = trade_account(trade, payer);
    const struct fact_account *fresh = account ? NULL : facts_account(trade->facts, payer);
    return account ? account->currency : fresh ? fresh->currency : (struct slice){ 0 };
}

static struct slice text_of(const struct batch *batch, int64_t amount, struct slice currency)
{
    return money_text(batch->arena, amount, money_exponent(currency), currency);
}

static bool park(struct batch *batch, struct fact_payment *fact, struct slice text)
{
    batch_park(batch, fact->item, "%.*s", SLICE_ARGS(text));
    fact->sound = false;
    return false;
}

#define PARK(batch, fact, ...) park((batch), (fact), arena_printf((batch)->arena, __VA_ARGS__))

// The amount in the payment's own minor unit and the rate to the payer's currency, or the item is parked.
static bool read_amount(struct batch *batch, struct fact_payment *fact, int64_t *amount, int64_t *rate)
{
    struct slice currency = currency_of(batch->trade, fact->payer);
    char text[DECIMAL_TEXT_SIZE];
    if (slice_empty(currency))
        return PARK(batch, fact, "payment %.*s is of the unknown account %.*s", SLICE_ARGS(fact->number),
                    SLICE_ARGS(fact->payer));
    if (!rate_find(batch->trade, fact->currency, currency, rate))
        return PARK(
            batch, fact,
            "payment %.*s is in %.*s, account %.*s pays in %.*s, and no exchange rate of the two is known",
            SLICE_ARGS(fact->number), SLICE_ARGS(fact->currency), SLICE_ARGS(fact->payer),
            SLICE_ARGS(currency));
    if (!money_minor(fact->decimal4, money_exponent(fact->currency), amount))
        return PARK(batch, fact, "the amount %s of payment %.*s is finer than the minor unit of %.*s",
                    decimal_text(fact->decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->number),
                    SLICE_ARGS(fact->currency));
    return rate_fits(*amount, *rate) ||
           PARK(batch, fact, "the amount %s of payment %.*s is too large to be counted in %.*s",
                decimal_text(fact->decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->number),
                SLICE_ARGS(currency));
}

// How much of each part is new. Everything is looked at before anything is changed.
static bool check_part(struct batch *batch, struct fact_payment *fact, const struct cash *cash,
                       struct payment_part *part)
{
    struct trade *trade = batch->trade;
    struct open_item *items = open_item_find(trade, fact->payer, part->invoice);
    char text[DECIMAL_TEXT_SIZE];
    if (!items)
        return PARK(batch, fact, "payment %.*s pays invoice %.*s, which payer %.*s does not have",
                    SLICE_ARGS(fact->number), SLICE_ARGS(part->invoice), SLICE_ARGS(fact->payer));
    if (!slice_equal(items->currency, fact->currency))
        return PARK(batch, fact, "payment %.*s is in %.*s, but invoice %.*s, which it pays, is in %.*s",
                    SLICE_ARGS(fact->number), SLICE_ARGS(fact->currency), SLICE_ARGS(part->invoice),
                    SLICE_ARGS(items->currency));
    if (!money_minor(part->decimal4, money_exponent(fact->currency), &part->amount))
        return PARK(batch, fact,
                    "payment %.*s pays %s of invoice %.*s, which is finer than the minor unit of %.*s",
                    SLICE_ARGS(fact->number), decimal_text(part->decimal4, MONEY_SCALE, text),
                    SLICE_ARGS(part->invoice), SLICE_ARGS(fact->currency));
    int64_t before = cash ? open_item_allocated(trade, cash, part->invoice) : 0, open = open_item_rest(items);
    part->more = part->amount - before;
    if (part->more < 0)
        return PARK(batch, fact,
                    "payment %.*s paid %.*s of invoice %.*s before: it cannot pay less of it now",
                    SLICE_ARGS(fact->number), SLICE_ARGS(text_of(batch, before, fact->currency)),
                    SLICE_ARGS(part->invoice));
    return part->more <= open ||
           PARK(batch, fact, "payment %.*s pays %.*s of invoice %.*s, of which only %.*s are open",
                SLICE_ARGS(fact->number), SLICE_ARGS(text_of(batch, part->more, fact->currency)),
                SLICE_ARGS(part->invoice), SLICE_ARGS(text_of(batch, open, fact->currency)));
}

static bool check_parts(struct batch *batch, struct fact_payment *fact, const struct cash *cash,
                        int64_t amount, int64_t *more)
{
    int64_t free = cash ? cash->amount - cash->allocated : amount;
    *more = 0;
    for (size_t i = 0; i < fact->part_count; i++) {
        if (!check_part(batch, fact, cash, &fact->parts[i]))
            return false;
        *more += fact->parts[i].more;
    }
    return *more <= 0 || *more <= free ||
           PARK(batch, fact, "payment %.*s is to pay invoices of %.*s, but only %.*s of it are free",
                SLICE_ARGS(fact->number), SLICE_ARGS(text_of(batch, *more, fact->currency)),
                SLICE_ARGS(text_of(batch, free, fact->currency)));
}

static void book(struct batch *batch, const struct fact_payment *fact, struct slice source, int64_t amount)
{
    struct account *account = trade_account(batch->trade, fact->payer);
    trade_add_entry(batch->trade,
                    (struct ledger_entry){
                        .payer = fact->payer, .source = source, .account = fact->payer, .amount = amount });
    if (account)
        account->running += amount;
}

// What was unallocated counted by the rate of its own day, and what pays an invoice counts by the invoice's.
static int64_t allocate(struct trade *trade, struct cash *cash, const struct fact_payment *fact)
{
    int64_t effect = 0;
    for (size_t i = 0; i < fact->part_count; i++)
        if (fact->parts[i].more > 0)
            effect += open_item_pay(trade, cash, fact->parts[i].invoice, fact->parts[i].more);
    return effect;
}

static void decide_new(struct batch *batch, struct fact_payment *fact, int64_t amount, int64_t rate)
{
    int64_t more;
    if (!check_parts(batch, fact, NULL, amount, &more))
        return;
    struct cash *cash = open_item_cash(batch->trade, fact->payer, fact->source, fact->currency, rate, amount);
    int64_t effect = -rate_convert(amount, rate) + allocate(batch->trade, cash, fact);
    book(batch, fact, fact->source, effect);
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
}

static void decide_again(struct batch *batch, struct fact_payment *fact, struct cash *cash)
{
    int64_t more;
    char id[ORDER_ID_TEXT_SIZE];
    if (!check_parts(batch, fact, cash, 0, &more))
        return;
    if (more == 0) {
        fact->sound = false;
        batch_outcome(fact->item, OUTCOME_REPEATED, 0);
        return;
    }
    int64_t effect = allocate(batch->trade, cash, fact);
    if (effect != 0)
        book(batch, fact,
             arena_printf(batch->arena, "%.*s/%s", SLICE_ARGS(fact->source),
                          order_id_text(order_id_of(fact->item->shard, fact->item->offset), id)),
             effect);
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
}

void payment_decide(struct batch *batch, struct fact_payment *fact)
{
    int64_t amount, rate;
    if (!read_amount(batch, fact, &amount, &rate))
        return;
    struct cash *cash = open_item_find_cash(batch->trade, fact->payer, fact->source);
    if (!cash)
        decide_new(batch, fact, amount, rate);
    else if (cash->amount == amount && slice_equal(cash->currency, fact->currency))
        decide_again(batch, fact, cash);
    else
        PARK(batch, fact, "payment %.*s of account %.*s was booked before with another amount, %.*s",
             SLICE_ARGS(fact->number), SLICE_ARGS(fact->payer),
             SLICE_ARGS(text_of(batch, cash->amount, cash->currency)));
}

bool payment_is_news(const struct trade *trade, const struct fact_payment *fact)
{
    bool known = open_item_find_cash(trade, fact->payer, fact->source) != NULL;
    return fact->sound && (fact->part_count > 0 || (!known && fact->decimal4 > 0));
}
