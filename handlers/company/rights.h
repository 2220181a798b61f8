// SPDX-License-Identifier: Apache-2.0
// What rights says of an order, and what its files share. Which limits and entitlements of the company apply to it:
// those of its user, of the roles that he has in its unit, and of that unit with those above whose rights hold there.
#pragma once

#include "handlers/company/company.h"

// A right that applies. Allow lists narrow each other level by level: those of the user, of his roles, and of each
// unit must all have what is ordered; within a level one is enough.
enum { LEVEL_USER, LEVEL_ROLES, LEVEL_UNITS }; // units: LEVEL_UNITS + their depth
struct applied_rights {
    const struct rights *rights;
    int level;
    const struct unit *of; // RIGHTS_OF_UNITS: the unit that has them
};

// What is counted in a period, and for whom: all that a user has ordered, or that was ordered for a unit with those
// below. A user's right that is bound to a unit counts only what is ordered for it.
struct counter_key {
    bool of_unit; // else of a user
    struct slice name, unit,
        cost_centre; // `unit`: of a user's bound right; cost_centre: only what it carries
};

// What an order adds to a counter, on the day on which it came in.
struct counted {
    struct counter_key key;
    int64_t amount, stored; // as decided now, and as it was; net, minor unit
};

// A limit for a period, seen by one order: what the counter had from its first to its last day.
struct window {
    const struct limit *limit;
    const struct rights *rights;
    struct counter_key key;
    int32_t first, last;
    int64_t stored; // by all orders, this one as well
};

// The named part of an order (order->rights).
struct order_rights {
    const struct company *company;
    const struct unit *unit; // NULL where the order names one that is not in force
    struct applied_rights *applied;
    size_t applied_count, applied_capacity;
    struct window *windows;
    size_t window_count;
    struct counted *counted;
    size_t counted_count, counted_capacity;
    int32_t day; // on which the order came in, UTC
};

// Which rights apply, into order->rights; nothing where the account has no company.
void rights_apply_to(const struct trade *trade, struct order *order);

// Does a user of a role order in this unit, and may this be ordered? Reasons stand against lines, or the order.
void rights_check_entitlements(const struct trade *trade, struct order *order);

// Tax in thousandths that a gross limit counts on top; 0: none is known (setting rights.tax_permille).
int64_t rights_tax_permille(void);

// What the order, or one of its lines, costs on the cost centre; on all where it is empty.
int64_t rights_amount(const struct order *order, struct slice cost_centre);
int64_t rights_line_amount(const struct order *order, const struct line *line, struct slice cost_centre);

// --- Counting (handlers/company/rights_count.c)

// Reads under the lock of the accounts what was counted by now.
bool rights_lock(struct batch *batch, struct db *db, struct error *error);
// What the counter has in the window without this order, with what the batch has added by now.
int64_t rights_spent(const struct trade *trade, const struct order *order, const struct window *window);
// Counts the order as it is now, for those behind it in the batch.
void rights_count(struct trade *trade, struct order *order);
// Writes what the batch has changed.
bool rights_store(struct batch *batch, struct db *db, struct error *error);
