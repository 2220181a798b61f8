// SPDX-License-Identifier: Apache-2.0
// Who stands in for a person. A delegation is a capability with bounds: scope, amount, dates (a company holds what is
// in force only), and whether it may be passed on. It is resolved when somebody is asked, and again when he acts.
#pragma once

#include "handlers/company/company.h"

// Delegations walked one after the other, and people met on the way, at most.
enum { DELEGATION_DEPTH_MAX = 5, DELEGATION_PEOPLE_MAX = 64 };

// What the person is asked about.
struct delegate_case {
    const struct unit *unit;          // of the order; NULL: the root
    const struct slice *cost_centres; // all that the order charges
    size_t cost_centre_count;
    int64_t amount; // minor unit of the company's currency
};

// True where the delegation reaches so far.
bool delegate_reaches(const struct delegation *delegation, const struct delegate_case *looked_at);

// Who acts for the person: somebody he has himself stood in for by, if `may` says yes to him, else the person
// himself, if `may` says yes to him, else NULL. Circles are walked once, chains up to DELEGATION_DEPTH_MAX.
const struct user *delegate_resolve(const struct company *company, const struct user *person,
                                    const struct delegate_case *looked_at,
                                    bool (*may)(const struct user *user, const void *context),
                                    const void *context);

// True where `acting` is the person himself or one who stands in for him, at whatever remove.
bool delegate_stands_in(const struct company *company, const struct user *person, const struct user *acting,
                        const struct delegate_case *looked_at);
