// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/delegate.h"

bool delegate_reaches(const struct delegation *delegation, const struct delegate_case *looked_at)
{
    if (delegation->has_amount && looked_at->amount > delegation->amount)
        return false;
    if (delegation->unit && looked_at->unit && !unit_within(looked_at->unit, delegation->unit))
        return false;
    if (slice_empty(delegation->cost_centre))
        return true;
    // An order that charges another cost centre, too, is more than was delegated.
    for (size_t i = 0; i < looked_at->cost_centre_count; i++)
        if (!slice_equal(looked_at->cost_centres[i], delegation->cost_centre))
            return false;
    return looked_at->cost_centre_count > 0;
}

struct walk {
    const struct company *company;
    const struct delegate_case *looked_at;
    bool (*may)(const struct user *user, const void *context);
    const void *context;
    const struct user *met[DELEGATION_PEOPLE_MAX];
    size_t met_count;
};

// True where the person was not met before; then he is noted.
static bool meet(struct walk *walk, const struct user *user)
{
    for (size_t i = 0; i < walk->met_count; i++)
        if (walk->met[i] == user)
            return false;
    if (walk->met_count == DELEGATION_PEOPLE_MAX)
        return false;
    walk->met[walk->met_count++] = user;
    return true;
}

// Deep first, in the order of the delegations' names, so that the answer never depends on anything else.
static const struct user *descend(struct walk *walk, const struct user *person, int depth, bool passes_on)
{
    for (size_t i = 0; passes_on && depth < DELEGATION_DEPTH_MAX && i < walk->company->delegation_count;
         i++) {
        const struct delegation *delegation = walk->company->delegations[i];
        if (delegation->from != person || !delegate_reaches(delegation, walk->looked_at) ||
            !meet(walk, delegation->to))
            continue;
        const struct user *found = descend(walk, delegation->to, depth + 1, delegation->passes_on);
        if (found)
            return found;
    }
    return walk->may(person, walk->context) ? person : NULL;
}

const struct user *delegate_resolve(const struct company *company, const struct user *person,
                                    const struct delegate_case *looked_at,
                                    bool (*may)(const struct user *user, const void *context),
                                    const void *context)
{
    struct walk walk = { .company = company, .looked_at = looked_at, .may = may, .context = context };
    meet(&walk, person);
    return descend(&walk, person, 0, true);
}

static bool is(const struct user *user, const void *context)
{
    return user == context;
}

bool delegate_stands_in(const struct company *company, const struct user *person, const struct user *acting,
                        const struct delegate_case *looked_at)
{
    return delegate_resolve(company, person, looked_at, is, acting) == acting;
}
