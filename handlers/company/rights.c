// SPDX-License-Identifier: Apache-2.0
// rights: is the order within what its user, his roles and its unit may order? The stage stands twice among the
// decisions. Before prices are known it looks at what may be ordered at all; afterwards at limits, for the order, its
// lines and periods. Orders of a batch see what those before them count for. Beyond a limit the order is refused, or
// needs an approval; which of the two the limit says.
#include "handlers/company/rights.h"

#include "handlers/company/company_facts.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/stages.h"

enum { PERMILLE = 1000 };

static int64_t tax_permille;
static bool requester_asks = true;

int64_t rights_tax_permille(void)
{
    return tax_permille;
}

// Tax on top, rounded up: a limit is not passed by rounding.
static int64_t compared(const struct limit *limit, int64_t net)
{
    if (!limit->gross || net <= 0)
        return net;
    __int128 gross = ((__int128)net * (PERMILLE + tax_permille) + PERMILLE - 1) / PERMILLE;
    return gross > INT64_MAX ? INT64_MAX : (int64_t)gross;
}

static struct slice amount_text(const struct trade *trade, const struct order *order, int64_t amount)
{
    return money_text(trade->arena, amount, order->exponent, order->currency);
}

struct finding_of_limit {
    const struct limit *limit;
    const struct rights *rights;
    const char *code;
    struct slice subject; // "the order", "line 3", "what user ann has ordered in the month"
    int64_t before, after;
    bool excused; // the order as it was had as much or more, and was accepted
};

// Says what was compared, and what follows.
static void found(const struct trade *trade, struct order *order, struct finding_of_limit it)
{
    const struct limit *limit = it.limit;
    struct arena *arena = trade->arena;
    int64_t before = compared(limit, it.before), after = compared(limit, it.after);
    bool beyond = after > limit->amount && !it.excused;
    enum effect effect = !beyond ? EFFECT_PASS : limit->refuse ? EFFECT_REFUSE : EFFECT_APPROVE;
    struct slice text =
        arena_printf(arena, "%.*s%s%.*s: %.*s%s is %s the limit of %.*s by rights %.*s%s",
                     SLICE_ARGS(it.subject), slice_empty(limit->cost_centre) ? "" : " on cost centre ",
                     SLICE_ARGS(limit->cost_centre), SLICE_ARGS(amount_text(trade, order, after)),
                     limit->gross ? " with tax" : "", after > limit->amount ? "above" : "within",
                     SLICE_ARGS(amount_text(trade, order, limit->amount)), SLICE_ARGS(it.rights->id),
                     it.excused && after > limit->amount ? ", but no more than was accepted" : "");
    order_found(order, arena,
                (struct predicate){ .stage = "rights",
                                    .code = it.code,
                                    .effect = effect,
                                    .text = text,
                                    .has_values = true,
                                    .before = before,
                                    .after = after,
                                    .threshold = limit->amount });
    if (effect == EFFECT_REFUSE)
        order_reject(order, arena, it.code, "%.*s", SLICE_ARGS(text));
}

// --- Limits of the order and of its lines

// A change of an accepted order is looked at by what it adds.
static bool was_accepted(const struct order *order)
{
    return order->before && order->before->state == ORDER_ACCEPTED;
}

static const struct line *line_before(const struct order *order, const struct line *line)
{
    for (size_t i = 0; order->before && i < order->before->line_count; i++)
        if (order->before->lines[i].position == line->position)
            return &order->before->lines[i];
    return NULL;
}

static void check_order(const struct trade *trade, struct order *order, const struct rights *rights,
                        const struct limit *limit)
{
    int64_t after = rights_amount(order, limit->cost_centre);
    int64_t before = order->before ? rights_amount(order->before, limit->cost_centre) : 0;
    found(trade, order,
          (struct finding_of_limit){ limit, rights, "order_limit", SLICE("the order"), before, after,
                                     was_accepted(order) && after <= before });
}

// The dearest line stands for all that are within; each one beyond is told.
static void check_lines(const struct trade *trade, struct order *order, const struct rights *rights,
                        const struct limit *limit)
{
    const struct line *dearest = NULL;
    bool beyond = false;
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i], *old = line_before(order, line);
        int64_t after = rights_line_amount(order, line, limit->cost_centre),
                before = old ? rights_line_amount(order->before, old, limit->cost_centre) : 0;
        if (!dearest || after > rights_line_amount(order, dearest, limit->cost_centre))
            dearest = line;
        if (compared(limit, after) <= limit->amount || (was_accepted(order) && after <= before))
            continue;
        beyond = true;
        found(trade, order,
              (struct finding_of_limit){ limit, rights, "line_limit",
                                         arena_printf(trade->arena, "line %.*s", SLICE_ARGS(line->number)),
                                         before, after, false });
    }
    if (!beyond && dearest)
        found(trade, order,
              (struct finding_of_limit){ limit, rights, "line_limit",
                                         arena_printf(trade->arena, "line %.*s", SLICE_ARGS(dearest->number)),
                                         0, rights_line_amount(order, dearest, limit->cost_centre), true });
}

// --- Limits for a period

static struct slice window_subject(const struct trade *trade, const struct window *window)
{
    static const char *const periods[] = { "this day", "this week", "this month", "this quarter",
                                           "this year" };
    struct slice when = window->limit->period == PERIOD_ROLLING
                            ? arena_printf(trade->arena, "the last %d days", window->limit->rolling_days)
                            : slice_of(periods[window->limit->period]);
    bool whole = window->key.of_unit && slice_empty(window->key.name);
    return arena_printf(trade->arena, "what %s%.*s has ordered in %.*s",
                        whole                 ? "the company"
                        : window->key.of_unit ? "unit "
                                              : "user ",
                        SLICE_ARGS(window->key.name), SLICE_ARGS(when));
}

static int64_t counted_before(const struct order *order, const struct window *window)
{
    const struct order_rights *its = order->rights;
    for (size_t i = 0; i < its->counted_count; i++) {
        const struct counter_key *key = &its->counted[i].key;
        if (key->of_unit == window->key.of_unit && slice_equal(key->name, window->key.name) &&
            slice_equal(key->unit, window->key.unit) &&
            slice_equal(key->cost_centre, window->key.cost_centre))
            return its->counted[i].stored;
    }
    return 0;
}

static void check_window(const struct trade *trade, struct order *order, const struct window *window)
{
    int64_t own = rights_amount(order, window->limit->cost_centre),
            before = rights_spent(trade, order, window);
    found(trade, order,
          (struct finding_of_limit){ window->limit, window->rights, "period_limit",
                                     window_subject(trade, window), before, before + own,
                                     was_accepted(order) && own <= counted_before(order, window) });
}

// --- The stage

static void check_requester(const struct trade *trade, struct order *order)
{
    const struct order_rights *its = order->rights;
    if (!requester_asks || !order->user || was_accepted(order) ||
        company_has_role(its->company, order->user, its->unit, ROLE_BUYER))
        return;
    order_found(order, trade->arena,
                (struct predicate){ .stage = "rights",
                                    .code = "requester",
                                    .effect = EFFECT_APPROVE,
                                    .text = arena_printf(trade->arena,
                                                         "user %.*s is a requester: what he orders needs an "
                                                         "approval",
                                                         SLICE_ARGS(order->user->number)) });
}

static void check_limits(struct trade *trade, struct order *order)
{
    const struct order_rights *its = order->rights;
    order_forget(order, "rights");
    check_requester(trade, order);
    for (size_t i = 0; i < its->applied_count; i++) {
        const struct rights *rights = its->applied[i].rights;
        for (size_t j = 0; j < rights->limit_count; j++) {
            if (rights->limits[j].kind == LIMIT_ORDER)
                check_order(trade, order, rights, &rights->limits[j]);
            else if (rights->limits[j].kind == LIMIT_LINE)
                check_lines(trade, order, rights, &rights->limits[j]);
        }
    }
    for (size_t i = 0; i < its->window_count; i++)
        check_window(trade, order, &its->windows[i]);
}

static bool says_something(const struct order *order)
{
    return !order->settled && !order->cancelled && (order->state == ORDER_NEW || order->change);
}

static void decide(struct batch *batch)
{
    struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order->settled || !order->rights || !order->account)
            continue;
        if (!trade->priced) {
            if (says_something(order))
                rights_check_entitlements(trade, order);
            continue;
        }
        // An order that is refused is told of its limits, too.
        if (order->rights->unit && (order_is_open(order) || (order->rejected && says_something(order))))
            check_limits(trade, order);
        // A change that is refused leaves everything as it was.
        if (!(order->change && order->rejected) &&
            (order_is_open(order) || order->rejected || order->cancelled))
            rights_count(trade, order);
    }
}

static const struct setting settings[] = {
    { "requester", SETTING_BOOLEAN, "true",
      "orders of users who are requesters, not buyers, need an approval", &requester_asks },
    { "tax_permille", SETTING_INTEGER, "0",
      "tax in thousandths that is added before a gross limit is compared; 0: gross limits are not taken",
      &tax_permille },
    { .name = NULL },
};

const struct stage rights_stage = {
    .name = "rights",
    .purpose = "checks limits and entitlements of the user, his roles and his unit",
    .settings = settings,
    .lock = rights_lock,
    .decide = decide,
    .apply = rights_store,
};
