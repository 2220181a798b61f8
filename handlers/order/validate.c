// SPDX-License-Identifier: Apache-2.0
// validate: may this account and this user order, and does the order make sense? All that is wrong is said,
// not just the first thing.
#include "handlers/order/validate.h"

#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/stages.h"

static bool partial;

void validate_line_failed(struct order *order, struct line *line)
{
    line->rejected = true;
    // A change is taken whole or not at all.
    if (!partial || order->change)
        order->rejected = true;
}

void validate_lines_left(struct order *order, struct arena *arena)
{
    for (size_t i = 0; i < order->line_count; i++)
        if (!order->lines[i].rejected)
            return;
    if (!order->rejected)
        order_reject(order, arena, "no_lines_left", "no line of the order can be accepted");
}

void validate_parties(const struct trade *trade, struct order *order)
{
    order->account = trade_account(trade, order->account_number);
    if (order->account && slice_empty(order->payer_number))
        order->payer_number = order->account->payer;
    order->payer = trade_account(trade, order->payer_number);
    order->user = trade_user(trade, order->account_number, order->user_name);
}

static void check_account(const struct trade *trade, struct order *order)
{
    if (!order->account)
        order_reject(order, trade->arena, "unknown_account", "account '%.*s' is unknown",
                     SLICE_ARGS(order->account_number));
}

static void check_user(const struct trade *trade, struct order *order)
{
    if (slice_empty(order->user_name) || !order->account)
        return;
    if (!order->user)
        order_reject(order, trade->arena, "unknown_user", "account %.*s has no user '%.*s'",
                     SLICE_ARGS(order->account_number), SLICE_ARGS(order->user_name));
    else if (!order->user->active)
        order_reject(order, trade->arena, "inactive_user", "user %.*s is no longer active",
                     SLICE_ARGS(order->user->number));
    else if (!order->user->may_order)
        order_reject(order, trade->arena, "user_may_not_order", "user %.*s has no right to order",
                     SLICE_ARGS(order->user->number));
}

static void check_header(const struct trade *trade, struct order *order)
{
    if (order->exponent < 0)
        order_reject(order, trade->arena, "unknown_currency", "'%.*s' is no currency of ISO 4217",
                     SLICE_ARGS(order->currency));
    else if (order->account && !slice_equal(order->currency, order->account->currency))
        order_reject(order, trade->arena, "wrong_currency", "the order is in %.*s, account %.*s buys in %.*s",
                     SLICE_ARGS(order->currency), SLICE_ARGS(order->account_number),
                     SLICE_ARGS(order->account->currency));
    if (order->version < 1)
        order_reject(order, trade->arena, "invalid_version", "the version %d is below 1",
                     (int)order->version);
    if (order->has_total && order->stated_total < 0) {
        char text[DECIMAL_TEXT_SIZE];
        order_reject(order, trade->arena, "invalid_total", "the total %s is negative",
                     decimal_text(order->stated_total, MONEY_SCALE, text));
        order->has_total = false;
    }
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        bool by_user = !order->loaded || (order->change && !slice_empty(order->change->user));
        if (order->cancelled && !order->settled) {
            validate_parties(trade, order);
            if (by_user)
                check_user(trade, order);
        }
        if (!order_is_open(order))
            continue;
        validate_parties(trade, order);
        check_account(trade, order);
        if (order->loaded && !order->change)
            continue;
        if (by_user)
            check_user(trade, order);
        check_header(trade, order);
        validate_lines(trade, order);
        validate_sums(trade, order);
    }
}

static const struct setting settings[] = {
    { "partial", SETTING_BOOLEAN, "false", "accept the sound lines of an order that has unsound ones",
      &partial },
    { .name = NULL },
};

const struct stage validate_stage = {
    .name = "validate",
    .purpose = "checks account, user, products, units, quantities and sums",
    .settings = settings,
    .gather = validate_gather,
    .decide = decide,
};
