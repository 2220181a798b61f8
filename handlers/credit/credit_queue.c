// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/credit_queue.h"

#include <stdlib.h>

#include "handlers/credit/rate.h"

const char *credit_release = "age";

bool credit_release_check(struct error *error)
{
    if (strcmp(credit_release, "age") == 0 || strcmp(credit_release, "priority") == 0 ||
        strcmp(credit_release, "best_fit") == 0)
        return true;
    return error_set(error, ERROR_INTERNAL, NULL,
                     "setting credit.release = \"%s\" is invalid: set \"age\", \"priority\" or \"best_fit\"",
                     credit_release);
}

struct waiting {
    struct order *order;
    int64_t rank; // lower ones first
};

// What the order would cost its payer.
static int64_t amount_of(const struct trade *trade, const struct order *order)
{
    int64_t rate = order->credit_rate;
    const struct account *payer = trade_account(trade, order->payer_number);
    if (order->stored_booked == 0 && payer)
        rate_find(trade, order->currency, payer->currency, &rate);
    return rate_convert(order->total - order->stored_booked, rate);
}

static int64_t rank_of(const struct trade *trade, const struct order *order)
{
    const struct credit_standing *account = credit_standing_of(trade, order->account_number);
    if (strcmp(credit_release, "priority") == 0)
        return account ? -account->terms.priority : 0;
    return strcmp(credit_release, "best_fit") == 0 ? -amount_of(trade, order) : 0;
}

static int compare(const void *left, const void *right)
{
    const struct waiting *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->order->received_at != b->order->received_at)
        return a->order->received_at < b->order->received_at ? -1 : 1;
    return a->order->id < b->order->id ? -1 : a->order->id > b->order->id;
}

static bool waits(const struct order *order)
{
    return order->loaded && order->was_held[HOLD_CREDIT] && !order->settled;
}

struct order **credit_queue(const struct trade *trade)
{
    struct order **queue = ARENA_ARRAY(trade->arena, trade->order_count, struct order *);
    struct waiting *waiting = ARENA_ARRAY(trade->arena, trade->order_count, struct waiting);
    size_t count = 0, next = 0;
    for (size_t i = 0; i < trade->order_count; i++)
        if (waits(trade->orders[i]))
            waiting[count++] = (struct waiting){ trade->orders[i], rank_of(trade, trade->orders[i]) };
    if (count > 1)
        qsort(waiting, count, sizeof *waiting, compare);
    for (size_t i = 0; i < trade->order_count; i++)
        queue[i] = waits(trade->orders[i]) ? waiting[next++].order : trade->orders[i];
    return queue;
}
