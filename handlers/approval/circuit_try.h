// SPDX-License-Identifier: Apache-2.0
// Trying a company's circuits without an order: which totals make a difference, who would be asked, and what is wrong
// with them. Pure; for `comptoirctl circuit check` and `circuit simulate`.
#pragma once

#include "handlers/approval/circuit_assign.h"

// The totals (4 decimals) at which something changes, ascending, each the first of its band; the first is 0. Bands end
// a minor unit of the currency before the next one begins.
size_t circuit_bands(const struct company *company, struct arena *arena, int64_t **starts);

// An order to try: what is empty is left open.
struct circuit_trial {
    const struct user *requester; // NULL: an order that names no user
    struct slice category, product, cost_centre, channel, ship_to;
    int64_t total;
    bool over_budget, over_credit, first_order;
};

// What becomes of it: which circuit takes it (NULL: none), and what that demands. In arena memory.
const struct circuit *circuit_try(const struct company *company, const struct circuit_trial *trial,
                                  int64_t now_us, struct arena *arena, struct circuit_demand *demand);

// The case and the people of a trial. `case_lines` has one line of the whole total.
void circuit_trial_look(const struct company *company, const struct circuit_trial *trial, int64_t now_us,
                        struct arena *arena, struct circuit_case *looked_at, struct assign *assign);

// Something that is wrong with a circuit, or would be.
struct circuit_finding {
    struct slice circuit; // empty: of the company
    const char *code;
    struct slice text;
};

struct circuit_findings {
    struct arena *arena;
    struct circuit_finding *items;
    size_t count, capacity;
};

enum { CIRCUIT_FINDINGS_MAX = 500 };

// Names that nobody has, circuits that overlap, cannot match or are never reached, tiers that are never reached,
// amounts that nobody can approve, approvals that hang on one person, delegations that go round in circles or end with
// who has ordered.
void circuit_check(const struct company *company, int64_t now_us, struct circuit_findings *findings);
