// SPDX-License-Identifier: Apache-2.0
// Enough people for all approvals: each slot needs one of its own where nobody may give two.
#include "handlers/approval/circuit_assign.h"

struct match {
    const struct circuit_demand *demand;
    const struct circuit_slot **holder; // by person
    struct slice *people;
    size_t person_count;
    bool *tried;
};

static size_t person_index(struct match *match, struct slice person)
{
    for (size_t i = 0; i < match->person_count; i++)
        if (slice_equal(match->people[i], person))
            return i;
    match->people[match->person_count] = person;
    return match->person_count++;
}

static bool must_differ(const struct circuit_demand *demand, const struct circuit_slot *left,
                        const struct circuit_slot *right)
{
    return demand->circuit->distinct_in_circuit || left->tier_index == right->tier_index;
}

// Gives the slot a person, moving others to another one of theirs where that helps.
static bool seat(struct match *match, const struct circuit_slot *slot)
{
    for (size_t i = 0; i < slot->candidate_count; i++) {
        if (!slot->candidates[i].user)
            return true; // the seller's people are as many as are needed
        size_t person = person_index(match, slot->candidates[i].acting);
        if (match->tried[person])
            continue;
        match->tried[person] = true;
        if (!match->holder[person] || seat(match, match->holder[person])) {
            match->holder[person] = slot;
            return true;
        }
    }
    return false;
}

const struct circuit_slot *circuit_crowded(const struct circuit_demand *demand, struct arena *arena)
{
    size_t most = 0;
    for (size_t i = 0; i < demand->slot_count; i++)
        most += demand->slots[i].candidate_count;
    struct match match = { .demand = demand,
                           .holder = ARENA_ARRAY(arena, most, const struct circuit_slot *),
                           .people = ARENA_ARRAY(arena, most, struct slice),
                           .tried = ARENA_ARRAY(arena, most, bool) };
    for (size_t i = 0; i < demand->slot_count; i++) {
        const struct circuit_slot *slot = &demand->slots[i];
        if (i > 0 && !must_differ(demand, slot, &demand->slots[i - 1]))
            memset(match.holder, 0, most * sizeof *match.holder);
        memset(match.tried, 0, most * sizeof *match.tried);
        if (slot->candidate_count > 0 && !seat(&match, slot))
            return slot;
    }
    return NULL;
}
