// SPDX-License-Identifier: Apache-2.0
// Who may give each approval that a circuit demands for an order. Nobody approves his own order, nor one that he has
// changed; nobody approves twice in a tier (or circuit); a selector's limit and a delegation's bounds hold. Where
// nobody is left it is found here, before anybody is asked, with the reason.
#pragma once

#include "handlers/approval/circuit.h"
#include "handlers/approval/delegate.h"

// Somebody who may give an approval.
struct candidate {
    struct slice
        original; // user number of who is named by the circuit; "seller:NAME" of the sales representative
    struct slice acting;     // who stands in for him now, or himself
    const struct user *user; // the acting one; NULL of the seller's people
};

// One approval that is demanded.
struct circuit_slot {
    const struct circuit_tier *tier;
    size_t tier_index;
    struct slice currency; // of the selectors' limits; empty: the order's
    struct slice
        id; // unique in the tier, the same each time: "1", "2/CC100" of a cost centre, "q2" of a quorum
    struct slice asks;            // "role finance of unit PARIS or user 17", for people
    bool waits;                   // of a chain: for the slot before it
    struct candidate *candidates; // the circuit's order, each acting person once
    size_t candidate_count;
    struct slice nobody; // why nobody may, each one who was looked at by name; empty where somebody may
    int64_t amount;      // of the lines that the tier looks at
    struct slice scope;  // what these lines are, for comparing: a hash is made of it by the caller
};

struct circuit_demand {
    const struct circuit *circuit;
    struct circuit_slot *slots; // in order of tiers
    size_t slot_count;
};

// What is known of the people.
struct assign {
    const struct company *company;
    const struct unit *unit;      // of the order; NULL counts as the root
    const struct user *requester; // NULL for the account itself
    const struct slice *excluded; // user numbers who have ordered or changed it
    size_t excluded_count;
    struct slice sales_rep; // "seller:NAME", or "seller:" where none is named
    int64_t total_minor;    // for delegations, which are in minor units of the company's currency
};

// All approvals that the order needs of the circuit, in arena memory.
void circuit_assign(const struct circuit *circuit, const struct circuit_case *looked_at,
                    const struct assign *assign, struct arena *arena, struct circuit_demand *demand);

// The candidates of one group, as for a slot: `used` are user numbers who have approved already where they may not
// again. `centre` is the cost centre that the slot is for, empty for none.
void circuit_candidates(const struct circuit_group *group, struct slice centre,
                        const struct circuit_case *looked_at, const struct assign *assign,
                        const struct slice *used, size_t used_count, struct arena *arena,
                        struct circuit_slot *slot);

// True where the actor may give the approval now for one of the people in `originals`: he is one of them, or stands
// in for one by a delegation in force. `in_name_of` is then the one. `why` says otherwise why not.
bool circuit_may_act(const struct slice *originals, size_t original_count, const struct user *actor,
                     const struct circuit_case *looked_at, const struct assign *assign,
                     const struct slice *used, size_t used_count, struct arena *arena,
                     struct slice *in_name_of, const char **why);

// The first slot that cannot have an approver of its own, although each has candidates: two slots and one person for
// both. NULL where all can. Only slots that must have distinct people are compared with each other.
const struct circuit_slot *circuit_crowded(const struct circuit_demand *demand, struct arena *arena);
