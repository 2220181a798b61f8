// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/circuit_try.h"

#include "handlers/money.h"

// --- Bands

struct bands {
    struct arena *arena;
    int64_t unit; // a minor unit, in 4 decimals
    int64_t *starts;
    size_t count, capacity;
};

static void add_start(struct bands *bands, int64_t start)
{
    size_t at = bands->count;
    if (start < 0)
        return;
    while (at > 0 && bands->starts[at - 1] > start)
        at--;
    if (at > 0 && bands->starts[at - 1] == start)
        return;
    bands->starts =
        arena_grow(bands->arena, bands->starts, &bands->capacity, bands->count + 1, sizeof *bands->starts);
    memmove(bands->starts + at + 1, bands->starts + at, (bands->count - at) * sizeof *bands->starts);
    bands->starts[at] = start;
    bands->count++;
}

static void add_conditions(struct bands *bands, const struct circuit_condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool next = conditions[i].operator== OPERATOR_ABOVE || conditions[i].operator== OPERATOR_AT_MOST;
        if (circuit_field_is_money(conditions[i].field))
            add_start(bands, conditions[i].number + (next ? bands->unit : 0));
    }
}

static void add_group(struct bands *bands, const struct circuit_group *group)
{
    for (size_t i = 0; i < group->selector_count; i++)
        if (group->selectors[i].has_limit)
            add_start(bands, group->selectors[i].limit + bands->unit);
}

size_t circuit_bands(const struct company *company, struct arena *arena, int64_t **starts)
{
    struct bands bands = { .arena = arena };
    int64_t amount;
    if (company->exponent < 0 || !money_decimal4(1, company->exponent, &bands.unit))
        bands.unit = 1;
    add_start(&bands, 0);
    for (size_t i = 0; i < company->circuit_count; i++) {
        const struct circuit *circuit = company->circuits[i];
        add_conditions(&bands, circuit->conditions, circuit->condition_count);
        for (size_t j = 0; j < circuit->tier_count; j++) {
            add_conditions(&bands, circuit->tiers[j].when, circuit->tiers[j].when_count);
            add_conditions(&bands, circuit->tiers[j].skip, circuit->tiers[j].skip_count);
            for (size_t k = 0; k < circuit->tiers[j].group_count; k++)
                add_group(&bands, &circuit->tiers[j].groups[k]);
        }
    }
    for (size_t i = 0; i < company->delegation_count; i++)
        if (company->delegations[i]->has_amount &&
            money_decimal4(company->delegations[i]->amount, company->exponent, &amount))
            add_start(&bands, amount + bands.unit);
    *starts = bands.starts;
    return bands.count;
}

// --- One trial

void circuit_trial_look(const struct company *company, const struct circuit_trial *trial, int64_t now_us,
                        struct arena *arena, struct circuit_case *looked_at, struct assign *assign)
{
    const struct user *requester = trial->requester;
    const struct unit *unit = requester ? company_home(company, requester) : company->root;
    struct circuit_line *line = ARENA_NEW(arena, struct circuit_line);
    struct slice *centre = ARENA_NEW(arena, struct slice), *excluded = ARENA_NEW(arena, struct slice),
                 *units = ARENA_ARRAY(arena, COMPANY_DEPTH_MAX + 1, struct slice),
                 *roles = ARENA_ARRAY(arena, ROLE_COUNT, struct slice);
    *centre = trial->cost_centre;
    *line = (struct circuit_line){ .number = SLICE("1"),
                                   .product = trial->product,
                                   .category = trial->category,
                                   .cost_centres = centre,
                                   .cost_centre_count = !slice_empty(*centre),
                                   .amount = trial->total,
                                   .first_order = trial->first_order };
    *looked_at =
        (struct circuit_case){ .currency = company->currency,
                               .requester = requester ? requester->number : (struct slice){ 0 },
                               .ship_to = trial->ship_to,
                               .channel = slice_empty(trial->channel) ? SLICE("kafka") : trial->channel,
                               .units = units,
                               .roles = roles,
                               .total = trial->total,
                               .over_budget = trial->over_budget,
                               .over_credit = trial->over_credit,
                               .lines = line,
                               .line_count = 1,
                               .now_us = now_us };
    for (const struct unit *at = unit; at && looked_at->unit_count <= COMPANY_DEPTH_MAX; at = at->parent)
        units[looked_at->unit_count++] = at->name;
    for (int role = 0; requester && role < ROLE_COUNT; role++)
        if (company_has_role(company, requester, unit, (enum role)role))
            roles[looked_at->role_count++] = slice_of(role_name((enum role)role));
    *excluded = looked_at->requester;
    *assign = (struct assign){ .company = company,
                               .unit = unit,
                               .requester = requester,
                               .excluded = excluded,
                               .excluded_count = requester != NULL,
                               .sales_rep = SLICE("seller:") };
    if (company->exponent < 0 || !money_minor_rounded(trial->total, company->exponent, &assign->total_minor))
        assign->total_minor = INT64_MAX;
}

const struct circuit *circuit_try(const struct company *company, const struct circuit_trial *trial,
                                  int64_t now_us, struct arena *arena, struct circuit_demand *demand)
{
    struct circuit_case looked_at;
    struct assign assign;
    circuit_trial_look(company, trial, now_us, arena, &looked_at, &assign);
    const struct circuit *circuit =
        circuit_choose(company->circuits, company->circuit_count, &looked_at, arena);
    *demand = (struct circuit_demand){ .circuit = circuit };
    if (circuit && circuit->phase == PHASE_REQUIRE)
        circuit_assign(circuit, &looked_at, &assign, arena, demand);
    return circuit;
}
