// SPDX-License-Identifier: Apache-2.0
#include "handlers/budget/budget.h"

#include <assert.h>

#include "base/clock.h"
#include "handlers/money.h"

static const char *const every_names[EVERY_COUNT] = { "month", "quarter", "year", "fixed" };
static const char *const rule_names[BUDGET_RULE_COUNT] = { "block", "warn", "approve" };

const char *budget_every_name(enum budget_every every)
{
    assert(every < EVERY_COUNT);
    return every_names[every];
}

bool budget_every_parse(struct slice text, enum budget_every *every)
{
    for (int i = 0; i < EVERY_COUNT; i++)
        if (slice_is(text, every_names[i])) {
            *every = (enum budget_every)i;
            return true;
        }
    return false;
}

const char *budget_rule_name(enum budget_rule rule)
{
    assert(rule < BUDGET_RULE_COUNT);
    return rule_names[rule];
}

bool budget_rule_parse(struct slice text, enum budget_rule *rule)
{
    for (int i = 0; i < BUDGET_RULE_COUNT; i++)
        if (slice_is(text, rule_names[i])) {
            *rule = (enum budget_rule)i;
            return true;
        }
    return false;
}

static int months_of(enum budget_every every)
{
    return every == EVERY_MONTH ? 1 : every == EVERY_QUARTER ? 3 : 12;
}

// The first day of the calendar's period, `ahead` periods later. Periods are counted in months since the year 0, from
// the year's first month.
static int32_t calendar_start(const struct budget *budget, int32_t date, int ahead)
{
    int year, month, day, length = months_of(budget->every);
    date_to_civil(date, &year, &month, &day);
    int count = year * 12 + month - budget->first_month;
    count += ahead * length - count % length + budget->first_month - 1;
    return date_from_civil(count / 12, count % 12 + 1, 1);
}

bool budget_start(const struct budget *budget, int32_t date, int32_t *start)
{
    if (date < budget->from || date >= budget->to)
        return false;
    *start = budget->every == EVERY_FIXED ? budget->from : calendar_start(budget, date, 0);
    // A budget that begins within a month has a first period of its own.
    if (*start < budget->from)
        *start = budget->from;
    return true;
}

bool budget_next(const struct budget *budget, int32_t start, int32_t *next)
{
    if (budget->every == EVERY_FIXED)
        return false;
    *next = calendar_start(budget, start, 1);
    return *next < budget->to;
}

size_t budget_depth(const struct budget *budget, int32_t start)
{
    size_t depth = 1;
    int32_t at = budget->from;
    if (budget->rollover == 0 || budget->from == BUDGET_OPEN_START)
        return 1;
    while (at < start && depth <= BUDGET_PERIODS_MAX && budget_next(budget, at, &at))
        depth++;
    return depth;
}

// Where the use of `start` stands, or would.
static size_t place_of(const struct budget *budget, int32_t start)
{
    size_t at = budget->use_count;
    while (at > 0 && budget->uses[at - 1].start >= start)
        at--;
    return at;
}

struct budget_use *budget_find(const struct budget *budget, int32_t start)
{
    size_t at = place_of(budget, start);
    return at < budget->use_count && budget->uses[at].start == start ? &budget->uses[at] : NULL;
}

struct budget_use *budget_use_of(struct budget *budget, int32_t start, struct arena *arena)
{
    size_t at = place_of(budget, start);
    if (at < budget->use_count && budget->uses[at].start == start)
        return &budget->uses[at];
    budget->uses =
        arena_grow(arena, budget->uses, &budget->use_capacity, budget->use_count + 1, sizeof *budget->uses);
    for (size_t i = budget->use_count++; i > at; i--)
        budget->uses[i] = budget->uses[i - 1];
    budget->uses[at] = (struct budget_use){ .start = start };
    return &budget->uses[at];
}

// Sums of amounts that fit 18 digits each stay far from where an __int128 ends; what comes out is bounded here.
static int64_t bounded(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

int64_t budget_used(const struct budget_use *use)
{
    return use ? bounded((__int128)use->committed + use->more_committed + use->actual + use->more_actual) : 0;
}

static struct budget_state state_of(const struct budget *budget, int32_t start, int64_t rolled)
{
    const struct budget_use *use = budget_find(budget, start);
    struct budget_state state = { .amount = budget->amount, .rolled = rolled, .used = budget_used(use) };
    if (use)
        state.transferred = bounded((__int128)use->transferred + use->more_transferred);
    state.available = bounded((__int128)state.amount + state.transferred + rolled);
    return state;
}

// What the next period gets: nothing of a period that was overdrawn.
static int64_t rolled_from(const struct budget *budget, const struct budget_state *state)
{
    __int128 left = (__int128)state->available - state->used;
    return left > 0 ? bounded(left * budget->rollover / PERCENT_WHOLE) : 0;
}

struct budget_state budget_state(const struct budget *budget, int32_t start)
{
    int32_t at = budget->from;
    if (budget->rollover == 0 || budget->from == BUDGET_OPEN_START)
        return state_of(budget, start, 0);
    struct budget_state state = state_of(budget, at, 0);
    for (size_t i = 0; at < start && i < BUDGET_PERIODS_MAX && budget_next(budget, at, &at); i++)
        state = state_of(budget, at, rolled_from(budget, &state));
    return state;
}

bool budget_exceeds(const struct budget *budget, int32_t start, int64_t more)
{
    struct budget_state before = budget_state(budget, start), after = before;
    after.used = bounded((__int128)after.used + more);
    if (after.used > after.available)
        return true;
    if (budget->rollover == 0)
        return false;
    // What is spent late of an early period lacks in those that got the rest of it.
    int32_t last = budget->use_count ? budget->uses[budget->use_count - 1].start : start, at = start;
    for (size_t i = 0; at < last && i < BUDGET_PERIODS_MAX && budget_next(budget, at, &at); i++) {
        before = state_of(budget, at, rolled_from(budget, &before));
        after = state_of(budget, at, rolled_from(budget, &after));
        if (after.used > after.available && after.available < before.available)
            return true;
    }
    return false;
}
