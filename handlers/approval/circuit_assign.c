// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/circuit_assign.h"

#include "base/text.h"

// One group being resolved.
struct search {
    const struct circuit_case *looked_at;
    const struct assign *assign;
    const struct slice *used;
    size_t used_count;
    struct arena *arena;
    struct circuit_slot *slot;
    size_t capacity;
    struct slice *centres; // of the order
    size_t centre_count;
    struct text nobody;
};

static bool has(const struct slice *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(names[i], name))
            return true;
    return false;
}

// Why this person may not approve, NULL where he may.
static const char *obstacle(const struct search *search, const struct user *user)
{
    if (!user->active)
        return "is not active";
    if (has(search->assign->excluded, search->assign->excluded_count, user->number))
        return "has ordered or changed it himself";
    if (has(search->used, search->used_count, user->number))
        return "has approved already";
    return NULL;
}

static bool may(const struct user *user, const void *context)
{
    return obstacle(context, user) == NULL;
}

static struct delegate_case delegate_case_of(const struct search *search)
{
    return (struct delegate_case){ .unit = search->assign->unit,
                                   .cost_centres = search->centres,
                                   .cost_centre_count = search->centre_count,
                                   .amount = search->assign->total_minor };
}

// Each cost centre that the order charges, once.
static void find_centres(struct search *search)
{
    const struct circuit_case *looked_at = search->looked_at;
    size_t most = 0;
    for (size_t i = 0; i < looked_at->line_count; i++)
        most += looked_at->lines[i].cost_centre_count;
    search->centres = ARENA_ARRAY(search->arena, most, struct slice);
    for (size_t i = 0; i < looked_at->line_count; i++)
        for (size_t j = 0; j < looked_at->lines[i].cost_centre_count; j++) {
            struct slice centre = looked_at->lines[i].cost_centres[j];
            if (!has(search->centres, search->centre_count, centre))
                search->centres[search->centre_count++] = centre;
        }
}

static void add(struct search *search, struct slice original, struct slice acting, const struct user *user)
{
    struct circuit_slot *slot = search->slot;
    for (size_t i = 0; i < slot->candidate_count; i++)
        if (slice_equal(slot->candidates[i].acting, acting))
            return;
    slot->candidates = arena_grow(search->arena, slot->candidates, &search->capacity,
                                  slot->candidate_count + 1, sizeof *slot->candidates);
    slot->candidates[slot->candidate_count++] = (struct candidate){ original, acting, user };
}

static void note(struct search *search, const char *format, struct slice name, const char *why)
{
    if (search->nobody.size < 1000)
        text_printf(&search->nobody, format, search->nobody.size ? ", " : "", SLICE_ARGS(name), why);
}

// A limit of what somebody approves; where nobody knows the rate into its currency, nobody knows that he may.
static bool beyond_limit(const struct search *search, const struct circuit_selector *selector)
{
    int64_t total;
    return selector->has_limit &&
           (!circuit_amount(search->looked_at, search->slot->currency, search->looked_at->total, &total) ||
            total > selector->limit);
}

// Takes the person, or who stands in for him; true where somebody may.
static bool take(struct search *search, const struct circuit_selector *selector, const struct user *person)
{
    if (beyond_limit(search, selector)) {
        note(search, "%s%.*s %s", person->number, "approves no more than his limit");
        return false;
    }
    struct delegate_case looked_at = delegate_case_of(search);
    const struct user *acting = delegate_resolve(search->assign->company, person, &looked_at, may, search);
    if (!acting) {
        note(search, "%s%.*s %s", person->number, obstacle(search, person));
        return false;
    }
    add(search, person->number, acting->number, acting);
    return true;
}

// The holders of a role in the unit nearest to `unit`, upwards, that has one who may.
static void climb(struct search *search, const struct circuit_selector *selector, const struct unit *unit,
                  enum role role, bool only_here)
{
    bool found = false;
    for (; unit && !found; unit = only_here ? NULL : unit->parent) {
        const struct user **holders;
        size_t count = company_holders(search->assign->company, unit, role, search->arena, &holders);
        for (size_t i = 0; i < count; i++)
            found = take(search, selector, holders[i]) || found;
    }
    if (!found)
        note(search, "%s%.*s %s", slice_of(role_name(role)), "is held by nobody else there or above");
}

static void take_role(struct search *search, const struct circuit_selector *selector)
{
    const struct company *company = search->assign->company;
    const struct unit *unit = search->assign->unit ? search->assign->unit : company->root;
    enum role role = ROLE_APPROVER;
    if (selector->kind == SELECTOR_ROLE && !role_parse(selector->name, &role)) {
        note(search, "%s%.*s %s", selector->name, "is no role");
        return;
    }
    if (!slice_empty(selector->unit))
        unit = company_unit(company, selector->unit);
    if (!unit)
        note(search, "%sunit %.*s %s", selector->unit, "is not in force");
    else
        climb(search, selector, unit, role, !slice_empty(selector->unit));
}

// The owner, or where he may not, the owner of the cost centre above.
static void take_owner(struct search *search, const struct circuit_selector *selector, struct slice code)
{
    const struct cost_centre *centre = company_cost_centre(search->assign->company, code);
    if (!centre)
        note(search, "%scost centre '%.*s' %s", code, slice_empty(code) ? "is not named" : "is not in force");
    for (; centre; centre = centre->parent) {
        if (!centre->owner)
            note(search, "%scost centre %.*s %s", centre->code, "has no owner");
        else if (take(search, selector, centre->owner))
            return;
    }
}

static void take_manager(struct search *search, const struct circuit_selector *selector)
{
    const struct user *requester = search->assign->requester;
    const struct user *manager =
        requester ? company_manager(search->assign->company, requester, selector->levels) : NULL;
    if (manager)
        take(search, selector, manager);
    else if (requester)
        note(search, "%s%.*s %s", requester->number, "has no manager at that level");
    else
        note(search, "%s%.*s%s", SLICE("the order"), " names no user, hence no manager");
}

static void take_selector(struct search *search, const struct circuit_selector *selector, struct slice centre)
{
    const struct user *user;
    switch (selector->kind) {
    case SELECTOR_USER:
        user = company_user(search->assign->company, selector->name);
        if (user)
            take(search, selector, user);
        else
            note(search, "%suser %.*s %s", selector->name, "is unknown");
        return;
    case SELECTOR_ROLE:
    case SELECTOR_UNIT_APPROVER:
        take_role(search, selector);
        return;
    case SELECTOR_MANAGER:
        take_manager(search, selector);
        return;
    case SELECTOR_COST_CENTRE_OWNER:
        take_owner(search, selector, centre);
        return;
    case SELECTOR_SALES_REP:
    case SELECTOR_COUNT:
        break;
    }
    if (beyond_limit(search, selector))
        note(search, "%s%.*s %s", search->assign->sales_rep, "approves no more than his limit");
    else
        add(search, search->assign->sales_rep, search->assign->sales_rep, NULL);
}

void circuit_candidates(const struct circuit_group *group, struct slice centre,
                        const struct circuit_case *looked_at, const struct assign *assign,
                        const struct slice *used, size_t used_count, struct arena *arena,
                        struct circuit_slot *slot)
{
    struct search search = { .looked_at = looked_at,
                             .assign = assign,
                             .used = used,
                             .used_count = used_count,
                             .arena = arena,
                             .slot = slot,
                             .capacity = slot->candidate_count,
                             .nobody = text_in(arena) };
    find_centres(&search);
    struct text asks = text_in(arena);
    text_append(&asks, slot->asks);
    for (size_t i = 0; i < group->selector_count; i++) {
        text_printf(&asks, "%s%.*s", asks.size ? " or " : "",
                    SLICE_ARGS(circuit_selector_text(&group->selectors[i], arena)));
        take_selector(&search, &group->selectors[i], centre);
    }
    slot->asks = text_slice(&asks);
    if (slot->candidate_count > 0)
        slot->nobody = (struct slice){ 0 };
    else if (search.nobody.size)
        slot->nobody = slice_empty(slot->nobody) ? text_slice(&search.nobody)
                                                 : arena_printf(arena, "%.*s, %.*s", SLICE_ARGS(slot->nobody),
                                                                SLICE_ARGS(text_slice(&search.nobody)));
}

bool circuit_may_act(const struct slice *originals, size_t original_count, const struct user *actor,
                     const struct circuit_case *looked_at, const struct assign *assign,
                     const struct slice *used, size_t used_count, struct arena *arena,
                     struct slice *in_name_of, const char **why)
{
    struct search search = {
        .looked_at = looked_at, .assign = assign, .used = used, .used_count = used_count, .arena = arena
    };
    find_centres(&search);
    struct delegate_case delegated = delegate_case_of(&search);
    *why = obstacle(&search, actor);
    bool found = false;
    for (size_t i = 0; i < original_count && !found && !*why; i++) {
        const struct user *person = company_user(assign->company, originals[i]);
        found = person && (person == actor || (person->active && delegate_stands_in(assign->company, person,
                                                                                    actor, &delegated)));
        if (found)
            *in_name_of = person->number;
    }
    if (!found && !*why)
        *why = "was not asked, and stands in for nobody who was";
    return found;
}

// --- The slots of a circuit

struct demanding {
    const struct circuit_case *looked_at;
    const struct assign *assign;
    struct arena *arena;
    struct circuit_demand *demand;
    size_t capacity;
};

static struct circuit_slot *new_slot(struct demanding *demanding, const struct circuit *circuit, size_t tier,
                                     const struct circuit_scope *scope, struct slice id)
{
    struct circuit_demand *demand = demanding->demand;
    demand->slots = arena_grow(demanding->arena, demand->slots, &demanding->capacity, demand->slot_count + 1,
                               sizeof *demand->slots);
    struct circuit_slot *slot = &demand->slots[demand->slot_count++];
    *slot = (struct circuit_slot){ .tier = &circuit->tiers[tier],
                                   .tier_index = tier,
                                   .currency = circuit->currency,
                                   .id = id,
                                   .amount = scope->amount };
    return slot;
}

static bool asks_owner(const struct circuit_group *group)
{
    for (size_t i = 0; i < group->selector_count; i++)
        if (group->selectors[i].kind == SELECTOR_COST_CENTRE_OWNER)
            return true;
    return false;
}

// A group that asks the owner of the cost centre asks that of each which the tier's lines are charged to.
static void demand_group(struct demanding *demanding, const struct circuit *circuit, size_t tier,
                         size_t group, const struct circuit_scope *scope)
{
    const struct circuit_case *looked_at = demanding->looked_at;
    const struct circuit_group *asked = &circuit->tiers[tier].groups[group];
    struct arena *arena = demanding->arena;
    struct slice done[64];
    size_t done_count = 0;
    for (size_t i = 0; asks_owner(asked) && i < looked_at->line_count; i++)
        for (size_t j = 0; scope->lines[i] && j < looked_at->lines[i].cost_centre_count; j++) {
            struct slice centre = looked_at->lines[i].cost_centres[j];
            if (has(done, done_count, centre) || done_count == sizeof done / sizeof *done)
                continue;
            done[done_count++] = centre;
            struct circuit_slot *slot =
                new_slot(demanding, circuit, tier, scope,
                         arena_printf(arena, "%zu/%.*s", group + 1, SLICE_ARGS(centre)));
            circuit_candidates(asked, centre, looked_at, demanding->assign, NULL, 0, arena, slot);
            slot->asks = arena_printf(arena, "%.*s %.*s", SLICE_ARGS(slot->asks), SLICE_ARGS(centre));
        }
    if (done_count > 0)
        return;
    struct circuit_slot *slot =
        new_slot(demanding, circuit, tier, scope, arena_printf(arena, "%zu", group + 1));
    circuit_candidates(asked, (struct slice){ 0 }, looked_at, demanding->assign, NULL, 0, arena, slot);
}

static void demand_quorum(struct demanding *demanding, const struct circuit *circuit, size_t tier,
                          const struct circuit_scope *scope)
{
    const struct circuit_tier *asked = &circuit->tiers[tier];
    struct circuit_slot all = { .tier = asked, .currency = circuit->currency };
    for (size_t i = 0; i < asked->group_count; i++)
        circuit_candidates(&asked->groups[i], (struct slice){ 0 }, demanding->looked_at, demanding->assign,
                           NULL, 0, demanding->arena, &all);
    for (int32_t i = 0; i < asked->quorum; i++) {
        struct circuit_slot *slot =
            new_slot(demanding, circuit, tier, scope, arena_printf(demanding->arena, "q%d", (int)i + 1));
        slot->asks = arena_printf(demanding->arena, "%d of %.*s", (int)asked->quorum, SLICE_ARGS(all.asks));
        slot->candidates = all.candidates;
        slot->candidate_count = all.candidate_count;
        slot->nobody = all.nobody;
    }
}

void circuit_assign(const struct circuit *circuit, const struct circuit_case *looked_at,
                    const struct assign *assign, struct arena *arena, struct circuit_demand *demand)
{
    struct demanding demanding = { looked_at, assign, arena, demand, 0 };
    *demand = (struct circuit_demand){ .circuit = circuit };
    for (size_t tier = 0; tier < circuit->tier_count; tier++) {
        struct circuit_scope scope;
        if (!circuit_needs(circuit, &circuit->tiers[tier], looked_at, arena, &scope))
            continue;
        if (circuit->tiers[tier].mode == TIER_QUORUM) {
            demand_quorum(&demanding, circuit, tier, &scope);
            continue;
        }
        for (size_t group = 0; group < circuit->tiers[tier].group_count; group++) {
            size_t first = demand->slot_count;
            demand_group(&demanding, circuit, tier, group, &scope);
            for (size_t i = first; i < demand->slot_count; i++)
                demand->slots[i].waits = circuit->tiers[tier].mode == TIER_CHAIN && group > 0;
        }
    }
}
