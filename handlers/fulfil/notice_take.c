// SPDX-License-Identifier: Apache-2.0
// A notice into its order: goods leave their reservations and the stock, and what will not follow is free again.
#include "handlers/fulfil/fulfil.h"

#include "handlers/credit/rate.h"

static struct stock_change *change_of(struct batch *batch, struct slice product, struct slice site)
{
    struct fulfilment *all = batch->trade->fulfilment;
    struct stock_change *change = index_get(&all->change_index, product, site);
    if (change)
        return change;
    change = ARENA_NEW(batch->arena, struct stock_change);
    *change = (struct stock_change){ .product = product, .site = site };
    index_put(&all->change_index, product, site, change);
    all->changes = arena_grow(batch->arena, all->changes, &all->change_capacity, all->change_count + 1,
                              sizeof *all->changes);
    all->changes[all->change_count++] = change;
    return change;
}

// Goods of a reservation are no longer reserved, shipped or not.
static void close_goods(struct batch *batch, const struct held_goods *goods, int64_t quantity)
{
    struct stock *stock = trade_stock_at(batch->trade, goods->product, goods->site);
    change_of(batch, goods->product, goods->site)->closed += quantity;
    if (stock)
        stock->reserved -= quantity;
}

// Goods have left the site. A count that is younger than that has them taken off already.
static void issue(struct batch *batch, const struct notice *notice, struct slice product, int64_t quantity)
{
    struct stock *stock = trade_stock_at(batch->trade, product, notice->site);
    if (!stock || stock->counted_at >= notice->shipped_at)
        return;
    change_of(batch, product, notice->site)->issued += quantity;
    stock->on_hand = stock->on_hand > quantity ? stock->on_hand - quantity : 0;
}

static const struct known_line *known_at(const struct notice *notice, int32_t position)
{
    for (size_t i = 0; i < notice->known_count; i++)
        if (notice->known[i].position == position)
            return &notice->known[i];
    return NULL;
}

// What an order's line has shipped or not comes out of what it holds, its own site's first; what it did not hold
// it need not wait for any more.
static void ship_line(struct batch *batch, struct notice *notice, const struct notice_line *shipped,
                      const struct known_line *known, struct line *line)
{
    int64_t left = shipped->base;
    for (size_t i = 0; i < notice->goods_count && left > 0; i++) {
        struct held_goods *goods = &notice->goods[i];
        int64_t there = goods->quantity - goods->used;
        if (goods->position != shipped->position || there == 0)
            continue;
        int64_t used = there < left ? there : left;
        goods->used += used;
        left -= used;
        close_goods(batch, goods, used);
    }
    if (left > 0) {
        struct extra *extra = notice->extras;
        while (extra && extra->position != shipped->position)
            extra = extra->next;
        if (!extra) {
            extra = ARENA_NEW(batch->arena, struct extra);
            *extra = (struct extra){ shipped->position, known->product, notice->site, 0, notice->extras };
            notice->extras = extra;
        }
        extra->quantity += left;
        line->waiting = line->waiting > left ? line->waiting - left : 0;
    }
    issue(batch, notice, known->product, shipped->base);
}

static void close_line(struct batch *batch, struct notice *notice, const struct known_line *known,
                       struct line *line)
{
    int64_t base = line->waiting;
    for (size_t i = 0; i < notice->goods_count; i++) {
        struct held_goods *goods = &notice->goods[i];
        if (goods->position != known->position || goods->used == goods->quantity)
            continue;
        base += goods->quantity - goods->used;
        close_goods(batch, goods, goods->quantity - goods->used);
        goods->freed = true;
    }
    line->waiting = 0;
    int64_t owed = fulfil_value(known, known->shipped > known->invoiced ? known->shipped : known->invoiced);
    if (base == 0 && owed == known->amount)
        return;
    struct closing *closing = ARENA_NEW(batch->arena, struct closing);
    *closing = (struct closing){ known->position, base, known->amount - owed, notice->closings };
    notice->closings = closing;
}

// What is taken off the order in the payer's currency: over all that was ever taken off it, so that nothing is left in
// the end.
static int64_t closing_effect(const struct notice *notice, const struct closing *closing)
{
    int64_t gone = 0, rate = notice->order->credit_rate;
    for (size_t i = 0; i < notice->known_count; i++)
        if (!notice->known[i].rejected)
            gone += notice->known[i].billed + notice->known[i].closed;
    for (const struct closing *later = closing->next; later; later = later->next)
        gone += later->amount;
    return rate_convert(gone, rate) - rate_convert(gone + closing->amount, rate);
}

static void book_closing(struct batch *batch, const struct notice *notice, const struct closing *closing)
{
    const struct order *order = notice->order;
    struct account *payer = trade_account(batch->trade, order->payer_number);
    char id[ORDER_ID_TEXT_SIZE];
    int64_t effect = closing_effect(notice, closing);
    if (effect == 0)
        return;
    if (payer)
        payer->running += effect;
    trade_add_entry(batch->trade, (struct ledger_entry){ .payer = order->payer_number,
                                                         .source = arena_printf(batch->arena, "closed/%s/%d",
                                                                                order_id_text(order->id, id),
                                                                                (int)closing->position),
                                                         .account = order->account_number,
                                                         .amount = effect });
}

static struct line *line_of(const struct order *order, const struct known_line *known)
{
    for (size_t i = 0; i < order->line_count; i++)
        if (slice_equal(order->lines[i].number, known->number) && order->lines[i].rejected == known->rejected)
            return &order->lines[i];
    return NULL;
}

static void ship(struct batch *batch, struct notice *notice)
{
    for (size_t i = 0; i < notice->line_count; i++) {
        const struct known_line *known = known_at(notice, notice->lines[i].position);
        struct line *line = known ? line_of(notice->order, known) : NULL;
        if (!line)
            continue;
        ship_line(batch, notice, &notice->lines[i], known, line);
        if (notice->lines[i].final)
            close_line(batch, notice, known, line);
    }
    for (const struct closing *closing = notice->closings; closing; closing = closing->next)
        book_closing(batch, notice, closing);
}

static const char *progress_of(const struct notice *notice)
{
    bool some = false, all = true;
    for (size_t i = 0; i < notice->known_count; i++) {
        const struct known_line *line = &notice->known[i];
        some = some || line->shipped > 0;
        all = all && (line->rejected || line->final || line->shipped >= line->quantity);
    }
    return all ? "shipped" : some ? "partly_shipped" : "open";
}

void notice_take(struct batch *batch, struct notice *notice)
{
    struct order *order = notice->order;
    const char *kind = notice->invoice ? "invoice" : "shipment";
    order->settled = true;
    if (!notice->found)
        batch_park(batch, order->item, "order %.*s of account %.*s has no %s '%.*s'",
                   SLICE_ARGS(order->order_number), SLICE_ARGS(order->account_number), kind,
                   SLICE_ARGS(notice->number));
    else if (notice->told)
        batch_outcome(order->item, OUTCOME_RECORDED, 0);
    else if (order->state != ORDER_ACCEPTED)
        batch_park(batch, order->item, "order %.*s of account %.*s is %s: it cannot take %s '%.*s'",
                   SLICE_ARGS(order->order_number), SLICE_ARGS(order->account_number),
                   order_state_name(order->state), kind, SLICE_ARGS(notice->number));
    else {
        order->settled = false;
        order->fulfilled = notice->invoice ? FULFILLED_INVOICE : FULFILLED_SHIPMENT;
        order->reference = notice->number;
        order->progress = progress_of(notice);
        notice->taken = true;
        if (!notice->invoice)
            ship(batch, notice);
    }
}
