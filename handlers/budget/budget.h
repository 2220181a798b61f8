// SPDX-License-Identifier: Apache-2.0
// Budgets of a company: what may be spent on a cost centre (and those below it), in a unit, or in the whole company, in
// each period. An order is charged to all budgets that its lines' cost centres fall under, when it is taken in: that is
// a commitment. An invoice turns it into an actual; what is cancelled, refused or closed is released. docs/budgets.md
//
// Everything here is pure. Dates are days since 1970, amounts in the minor unit of the budget's currency,
// percentages in 1/10000 of a percent.
#pragma once

#include "base/arena.h"
#include "base/slice.h"

enum budget_every { EVERY_MONTH, EVERY_QUARTER, EVERY_YEAR, EVERY_FIXED, EVERY_COUNT };
const char *budget_every_name(enum budget_every every); // "month", "quarter", "year", "fixed"
bool budget_every_parse(struct slice text, enum budget_every *every);

// What happens to an order that would go beyond the budget.
enum budget_rule { BUDGET_BLOCK, BUDGET_WARN, BUDGET_APPROVE, BUDGET_RULE_COUNT };
const char *budget_rule_name(enum budget_rule rule); // "block", "warn", "approve"
bool budget_rule_parse(struct slice text, enum budget_rule *rule);

// What has been done with one period of a budget: as stored, and what this batch adds.
struct budget_use {
    int32_t start;
    int64_t committed, actual, transferred;
    int64_t more_committed, more_actual, more_transferred;
};

#define BUDGET_OPEN_START INT32_MIN
#define BUDGET_OPEN_END INT32_MAX
enum { BUDGET_PERIODS_MAX = 1200 };

struct budget {
    struct slice account, id, title, currency;
    struct slice cost_centre; // and those below it; empty: any, or none
    struct slice unit;        // and those below it; empty: any
    enum budget_every every;
    int first_month;  // of the year, 1 to 12: quarters and years begin with it
    int32_t from, to; // first day, and first day no longer; a fixed or rolling budget has a first day
    int64_t rollover; // percentage of what is left that the next period gets; 0 none
    int64_t amount;   // of each period
    enum budget_rule rule;
    bool closed;             // nothing more is charged to it
    struct budget_use *uses; // ascending
    size_t use_count, use_capacity;
    int32_t read_from; // uses of periods that begin then or later are read
};

// The first day of the period that `date` lies in; false where the budget does not cover it.
bool budget_start(const struct budget *budget, int32_t date, int32_t *start);
// The first day of the next period; false where there is none.
bool budget_next(const struct budget *budget, int32_t start, int32_t *next);
// How many periods there are from the first one to that of `start`, itself included; a budget without rollover has 1.
size_t budget_depth(const struct budget *budget, int32_t start);

// The use of the period that begins at `start`; NULL for none yet.
struct budget_use *budget_find(const struct budget *budget, int32_t start);
// The same, made where it is missing. Pointers to other uses of the budget are then no longer good.
struct budget_use *budget_use_of(struct budget *budget, int32_t start, struct arena *arena);

// Committed and actual, with what this batch adds.
int64_t budget_used(const struct budget_use *use);

struct budget_state {
    int64_t amount, transferred, rolled; // rolled over from the period before
    int64_t available;                   // the three together
    int64_t used;                        // committed and actual, this batch's own included
};
// How a period stands.
struct budget_state budget_state(const struct budget *budget, int32_t start);
// True where `more` (positive) in the period would go beyond what is available there, or beyond what a later period has
// used of what was rolled over to it.
bool budget_exceeds(const struct budget *budget, int32_t start, int64_t more);
