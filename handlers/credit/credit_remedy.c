// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/credit_remedy.h"

#include "base/clock.h"
#include "base/text.h"
#include "handlers/credit/credit_check.h"
#include "handlers/credit/prepaid.h"
#include "handlers/credit/rate.h"
#include "handlers/money.h"

struct trying {
    struct batch *batch;
    const struct order *order;
    struct credit_remedy *remedies;
    size_t count;
};

static struct arena *arena_of(const struct trying *trying)
{
    return trying->batch->arena;
}

static void tell(struct trying *trying, const char *kind, struct slice text)
{
    if (trying->count < CREDIT_REMEDIES_MAX)
        trying->remedies[trying->count++] = (struct credit_remedy){ kind, text };
}

// Whether the checks would let the order pass that differs from the real one.
static bool passes(const struct trying *trying, struct order order)
{
    order.predicates = NULL;
    order.predicate_count = order.predicate_capacity = 0;
    order.reasons = NULL;
    order.reason_count = order.reason_capacity = 0;
    return credit_check(trying->batch, &order, false).effect < EFFECT_HOLD;
}

// The payer's accounts as a payment of so much leaves them: it lowers the exposures, pays what is due first,
// and is cash for prepaid orders.
static bool passes_paid(const struct trying *trying, int64_t amount)
{
    const struct trade *trade = trying->batch->trade;
    struct account *payer = trying->order->payer;
    struct credit_standing *own = credit_standing_of(trade, payer->number),
                           *group = own && own->group ? own->group->standing : NULL,
                           *each[] = { own, group != own ? group : NULL }, kept[2];
    struct prepaid *prepaid = prepaid_of(trade, payer->number);
    payer->running -= amount;
    if (prepaid)
        prepaid->cash += amount;
    for (int i = 0; i < 2; i++) {
        int64_t rate = 0;
        if (!each[i])
            continue;
        kept[i] = *each[i];
        rate_find(trade, payer->currency, each[i]->account->currency, &rate);
        int64_t paid = rate_convert(amount, rate);
        each[i]->overdue = paid < each[i]->overdue ? each[i]->overdue - paid : 0;
        each[i]->oldest_days = paid < each[i]->too_old ? each[i]->oldest_days : 0;
    }
    bool good = passes(trying, *trying->order);
    payer->running += amount;
    if (prepaid)
        prepaid->cash -= amount;
    for (int i = 0; i < 2; i++)
        if (each[i])
            *each[i] = kept[i];
    return good;
}

static bool no_price(const struct order *order)
{
    return order->total <= order->booked;
}

// The least payment: what passes can be found by halves, because a larger one never does worse.
static void try_payment(struct trying *trying)
{
    const struct account *payer = trying->order->payer;
    int64_t least = 1, most = 1;
    enum { DOUBLINGS = 60 };
    for (int i = 0; i < DOUBLINGS && !passes_paid(trying, most); i++)
        most *= 2;
    if (!passes_paid(trying, most))
        return;
    while (least < most) {
        int64_t middle = least + (most - least) / 2;
        if (passes_paid(trying, middle))
            most = middle;
        else
            least = middle + 1;
    }
    tell(trying, "pay",
         arena_printf(arena_of(trying), "pay %.*s",
                      SLICE_ARGS(money_text(arena_of(trying), most, payer->exponent, payer->currency))));
}

// --- Smaller orders

static struct order without(const struct trying *trying, const bool *dropped)
{
    struct order order = *trying->order;
    order.lines = ARENA_ARRAY(arena_of(trying), order.line_count, struct line);
    for (size_t i = 0; i < order.line_count; i++) {
        order.lines[i] = trying->order->lines[i];
        if (dropped[i] && !order.lines[i].rejected) {
            order.lines[i].rejected = true;
            order.total -= order.lines[i].amount;
        }
    }
    return order;
}

// The index of the dearest (or cheapest) line that is still there; line_count for none.
static size_t next_line(const struct order *order, const bool *dropped, bool dearest)
{
    size_t best = order->line_count;
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        if (dropped[i] || line->rejected || !line->priced)
            continue;
        if (best == order->line_count ||
            (dearest ? line->amount > order->lines[best].amount : line->amount < order->lines[best].amount))
            best = i;
    }
    return best;
}

static void tell_dropped(struct trying *trying, const bool *dropped, size_t count)
{
    struct text text = text_in(arena_of(trying));
    size_t told = 0;
    text_printf(&text, count == 1 ? "drop line " : "drop lines ");
    for (size_t i = 0; i < trying->order->line_count; i++)
        if (dropped[i])
            text_printf(&text, "%s%.*s",
                        told++ == 0     ? ""
                        : told == count ? " and "
                                        : ", ",
                        SLICE_ARGS(trying->order->lines[i].number));
    tell(trying, "drop", text_slice(&text));
}

// The cheapest line that is enough by itself; where none is, the dearest ones until the rest passes.
static void try_dropping(struct trying *trying)
{
    const struct order *order = trying->order;
    bool *tried = ARENA_ARRAY(arena_of(trying), order->line_count, bool),
         *dropped = ARENA_ARRAY(arena_of(trying), order->line_count, bool);
    size_t at, count = 0, lines = 0;
    for (size_t i = 0; i < order->line_count; i++)
        lines += !order->lines[i].rejected && order->lines[i].priced;
    if (lines < 2)
        return;
    while ((at = next_line(order, tried, false)) < order->line_count) {
        bool *alone = ARENA_ARRAY(arena_of(trying), order->line_count, bool);
        tried[at] = alone[at] = true;
        if (passes(trying, without(trying, alone))) {
            tell_dropped(trying, alone, 1);
            return;
        }
    }
    while (count + 1 < lines && (at = next_line(order, dropped, true)) < order->line_count) {
        dropped[at] = true;
        count++;
        if (passes(trying, without(trying, dropped))) {
            tell_dropped(trying, dropped, count);
            return;
        }
    }
}

static void try_smaller(struct trying *trying)
{
    const struct order *order = trying->order;
    int64_t least = order->booked, most = order->total;
    struct order smaller = *order;
    smaller.line_count = 0; // what is left of which line is the buyer's choice
    smaller.total = order->booked + 1;
    if (!passes(trying, smaller))
        return;
    while (least + 1 < most) {
        smaller.total = least + (most - least) / 2;
        if (passes(trying, smaller))
            least = smaller.total;
        else
            most = smaller.total;
    }
    tell(trying, "reduce",
         arena_printf(arena_of(trying), "order for no more than %.*s",
                      SLICE_ARGS(money_text(arena_of(trying), least, order->exponent, order->currency))));
}

// --- Dates

static void try_later(struct trying *trying)
{
    const struct credit_standing *own =
        credit_standing_of(trying->batch->trade, trying->order->payer->number);
    struct order later = *trying->order;
    char date[DATE_TEXT_SIZE];
    if (!own || !own->terms.has_horizon)
        return;
    later.lines = ARENA_ARRAY(arena_of(trying), later.line_count, struct line);
    for (size_t i = 0; i < later.line_count; i++) {
        later.lines[i] = trying->order->lines[i];
        later.lines[i].has_date = true;
        later.lines[i].requested_date = own->horizon + 1;
    }
    if (passes(trying, later))
        tell(trying, "later",
             arena_printf(arena_of(trying), "have it delivered on %s or later",
                          date_text(own->horizon + 1, date)));
}

static void try_waiting(struct trying *trying, const struct credit_standing *standing)
{
    struct batch *batch = trying->batch;
    int64_t now = batch->now_us;
    char date[DATE_TEXT_SIZE];
    if (!standing || !standing->terms.has_temporary || standing->terms.temporary_from <= now)
        return;
    batch->now_us = standing->terms.temporary_from;
    bool good = passes(trying, *trying->order);
    batch->now_us = now;
    if (good)
        tell(trying, "wait",
             arena_printf(batch->arena, "wait until %s, when a temporary limit begins",
                          date_text(instant_date(standing->terms.temporary_from), date)));
}

// --- The seller's side

static void try_limit(struct trying *trying, struct account *account)
{
    struct account kept = *account;
    int64_t least = account->credit_limit, most = INT64_MAX / 4;
    if (!account->has_credit_limit)
        return;
    account->credit_limit = most;
    bool good = passes(trying, *trying->order);
    while (good && least < most) {
        account->credit_limit = least + (most - least) / 2;
        if (passes(trying, *trying->order))
            most = account->credit_limit;
        else
            least = account->credit_limit + 1;
    }
    bool raised = most > kept.credit_limit;
    *account = kept;
    if (good && raised)
        tell(trying, "limit",
             arena_printf(
                 arena_of(trying), "raise the limit of account %.*s to %.*s", SLICE_ARGS(account->number),
                 SLICE_ARGS(money_text(arena_of(trying), most, account->exponent, account->currency))));
}

size_t credit_remedies(struct batch *batch, struct order *order,
                       struct credit_remedy remedies[CREDIT_REMEDIES_MAX], bool *stopped)
{
    struct trying trying = { .batch = batch, .order = order, .remedies = remedies };
    const struct credit_standing *own = credit_standing_of(batch->trade, order->payer->number);
    struct credit_group *group = own ? own->group : NULL;
    order_forget(order, "credit");
    *stopped = credit_check(batch, order, false).effect >= EFFECT_HOLD && !no_price(order);
    if (!*stopped)
        return 0;
    try_payment(&trying);
    try_dropping(&trying);
    try_smaller(&trying);
    try_later(&trying);
    try_waiting(&trying, own);
    if (group && group->standing != own)
        try_waiting(&trying, group->standing);
    try_limit(&trying, order->payer);
    if (group && group->account && group->account != order->payer)
        try_limit(&trying, group->account);
    return trying.count;
}
