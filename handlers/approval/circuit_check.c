// SPDX-License-Identifier: Apache-2.0
// What can be known to be wrong with a company's circuits before an order meets it.
#include "base/text.h"
#include "handlers/approval/circuit_load.h"
#include "handlers/approval/circuit_reach.h"
#include "handlers/approval/circuit_try.h"
#include "handlers/money.h"

struct checking {
    const struct company *company;
    int64_t now_us;
    struct circuit_findings *findings;
    struct arena *arena;
    int64_t *bands;
    size_t band_count;
    const struct user **requesters; // of people who are alike one
    size_t requester_count;
};

static void find(struct checking *checking, const struct circuit *circuit, const char *code,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void find(struct checking *checking, const struct circuit *circuit, const char *code,
                 const char *format, ...)
{
    struct circuit_findings *findings = checking->findings;
    struct circuit_finding finding = { .circuit = circuit ? circuit->name : (struct slice){ 0 },
                                       .code = code };
    va_list arguments;
    va_start(arguments, format);
    finding.text = arena_vprintf(findings->arena, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < findings->count; i++)
        if (slice_equal(findings->items[i].text, finding.text) &&
            slice_equal(findings->items[i].circuit, finding.circuit))
            return;
    if (findings->count == CIRCUIT_FINDINGS_MAX)
        return;
    findings->items = arena_grow(findings->arena, findings->items, &findings->capacity, findings->count + 1,
                                 sizeof *findings->items);
    findings->items[findings->count++] = finding;
}

// --- What the words alone say

static bool is_known(void *context, const char *kind, struct slice name)
{
    const struct company *company = context;
    if (strcmp(kind, "user") == 0)
        return company_user(company, name) != NULL;
    if (strcmp(kind, "unit") == 0)
        return company_unit(company, name) != NULL;
    if (strcmp(kind, "cost centre") == 0)
        return company_cost_centre(company, name) != NULL;
    return company_calendar(company, name) != NULL;
}

static void check_tier_reach(struct checking *checking, const struct circuit *circuit,
                             const struct circuit_tier *tier)
{
    const struct condition_list lists[] = { circuit_conditions(circuit),
                                            { tier->when, tier->when_count, circuit->currency } };
    const struct condition_list skip = { tier->skip, tier->skip_count, circuit->currency };
    if (!circuit_can_hold(lists, 2))
        find(checking, circuit, "unreachable_tier",
             "tier %.*s is never needed: its conditions contradict the circuit's", SLICE_ARGS(tier->name));
    else if (tier->skip_count > 0 && circuit_implies(lists, 2, &skip))
        find(checking, circuit, "unreachable_tier",
             "tier %.*s is always skipped: its skip conditions follow from the others",
             SLICE_ARGS(tier->name));
}

static void check_words(struct checking *checking, const struct circuit *circuit, size_t place)
{
    const struct company *company = checking->company;
    const struct condition_list own = circuit_conditions(circuit);
    struct slice unknown =
        circuit_unknown_names(circuit, is_known, (void *)(uintptr_t)company, checking->arena);
    if (!slice_empty(unknown))
        find(checking, circuit, "unknown_name", "it names the unknown %.*s", SLICE_ARGS(unknown));
    if (!circuit_can_hold(&own, 1))
        find(checking, circuit, "never_matches", "its conditions contradict each other: no order matches");
    for (size_t i = 0; i < place; i++) {
        const struct circuit *other = company->circuits[i];
        const struct condition_list before = circuit_conditions(other);
        if (circuit_overlaps(other, circuit))
            find(checking, circuit, "overlap",
                 "an order can match it and circuit %.*s, and both have priority %d", SLICE_ARGS(other->name),
                 (int)circuit->priority);
        else if (other->valid_from <= circuit->valid_from && other->valid_to >= circuit->valid_to &&
                 circuit_implies(&own, 1, &before))
            find(checking, circuit, "unreachable",
                 "it is never reached: circuit %.*s (%s) takes all of its orders before",
                 SLICE_ARGS(other->name), circuit_phase_name(other->phase));
    }
    for (size_t i = 0; i < circuit->tier_count; i++)
        check_tier_reach(checking, circuit, &circuit->tiers[i]);
}

// --- Who would be asked

// A line that the conditions are true for, as far as one value of each can make them so.
static void suit(struct circuit_trial *trial, const struct circuit_condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct circuit_condition *condition = &conditions[i];
        if (condition->value_count == 0 || condition->operator== OPERATOR_IS_NOT)
            continue;
        struct slice value = condition->values[0];
        if (condition->field == FIELD_CATEGORY)
            trial->category = value;
        if (condition->field == FIELD_PRODUCT)
            trial->product = value;
        if (condition->field == FIELD_COST_CENTRE)
            trial->cost_centre = value;
        if (condition->field == FIELD_CHANNEL)
            trial->channel = value;
        if (condition->field == FIELD_SHIP_TO)
            trial->ship_to = value;
        if (condition->field == FIELD_BUDGET)
            trial->over_budget = slice_is(value, "over");
        if (condition->field == FIELD_CREDIT)
            trial->over_credit = slice_is(value, "over");
        if (condition->field == FIELD_FIRST_ORDER)
            trial->first_order = slice_is(value, "yes");
    }
}

static bool asks(const struct circuit_tier *tier, enum selector_kind kind)
{
    for (size_t i = 0; i < tier->group_count; i++)
        for (size_t j = 0; j < tier->groups[i].selector_count; j++)
            if (tier->groups[i].selectors[j].kind == kind)
                return true;
    return false;
}

static struct slice band_text(struct checking *checking, size_t band)
{
    const struct company *company = checking->company;
    int64_t from = 0, to = 0;
    money_minor_rounded(checking->bands[band], company->exponent, &from);
    struct slice least = money_text(checking->arena, from, company->exponent, company->currency);
    if (band + 1 == checking->band_count)
        return arena_printf(checking->arena, "from %.*s", SLICE_ARGS(least));
    money_minor_rounded(checking->bands[band + 1], company->exponent, &to);
    return arena_printf(
        checking->arena, "from %.*s to %.*s", SLICE_ARGS(least),
        SLICE_ARGS(money_text(checking->arena, to - 1, company->exponent, company->currency)));
}

// What was found about one slot of a tier, over all who may order.
struct slot_tally {
    size_t tried, nobody;
    struct text who;     // for whom nobody is left
    struct slice why;    // of the last of them
    struct slice single; // the only person for everybody so far; empty: several
    bool several;
};

static void tally(struct slot_tally *tally, const struct circuit_slot *slot, const struct user *requester)
{
    tally->tried++;
    if (slot->candidate_count == 0) {
        tally->nobody++;
        tally->why = slot->nobody;
        if (tally->who.size < 200)
            text_printf(&tally->who, "%s%.*s", tally->who.size ? ", " : "", SLICE_ARGS(requester->number));
    }
    for (size_t i = 0; i < slot->candidate_count; i++) {
        tally->several =
            tally->several || !slot->candidates[i].user ||
            (!slice_empty(tally->single) && !slice_equal(tally->single, slot->candidates[i].original));
        tally->single = slot->candidates[i].original;
    }
}

static void check_delegated(struct checking *checking, const struct circuit *circuit,
                            const struct circuit_slot *slot, const struct assign *assign)
{
    struct delegate_case looked_at = { .unit = assign->unit, .amount = assign->total_minor };
    for (size_t i = 0; i < slot->candidate_count; i++)
        for (size_t j = 0; j < checking->company->delegation_count; j++) {
            const struct delegation *delegation = checking->company->delegations[j];
            if (delegation->to == assign->requester && delegate_reaches(delegation, &looked_at) &&
                slice_equal(delegation->from->number, slot->candidates[i].original))
                find(checking, circuit, "self_approval",
                     "tier %.*s: delegation %.*s gives the approvals of %.*s to %.*s, who orders himself: "
                     "his own orders "
                     "wait for %.*s",
                     SLICE_ARGS(slot->tier->name), SLICE_ARGS(delegation->id),
                     SLICE_ARGS(delegation->from->number), SLICE_ARGS(delegation->to->number),
                     SLICE_ARGS(slot->candidates[i].acting));
        }
}

static void tell_tally(struct checking *checking, const struct circuit *circuit,
                       const struct circuit_slot *slot, const struct slot_tally *tally, size_t band)
{
    const struct circuit_tier *tier = slot->tier;
    if (tally->nobody == tally->tried && tally->tried > 0)
        find(checking, circuit, "nobody", "tier %.*s: nobody can approve an order %.*s: %.*s",
             SLICE_ARGS(tier->name), SLICE_ARGS(band_text(checking, band)), SLICE_ARGS(tally->why));
    else if (tally->nobody > 0)
        find(checking, circuit, "nobody", "tier %.*s: nobody can approve an order %.*s of %.*s: %.*s",
             SLICE_ARGS(tier->name), SLICE_ARGS(band_text(checking, band)),
             SLICE_ARGS(text_slice(&tally->who)), SLICE_ARGS(tally->why));
    else if (tally->tried > 0 && !tally->several && tier->escalate.selector_count == 0 &&
             !asks(tier, SELECTOR_MANAGER))
        find(
            checking, circuit, "single_person",
            "tier %.*s hangs on %.*s alone: when he is away the order waits, and nobody is named to go up to",
            SLICE_ARGS(tier->name), SLICE_ARGS(tally->single));
}

// One tier by itself, whatever it takes to need it, for all who may order and one band of totals.
static void check_tier_band(struct checking *checking, const struct circuit *circuit, size_t place,
                            size_t band)
{
    const struct company *company = checking->company;
    struct circuit_tier alone = circuit->tiers[place];
    struct circuit of_one = *circuit;
    struct circuit_trial trial = { .total = checking->bands[band] };
    struct slot_tally tallies[CIRCUIT_GROUPS_MAX] = { 0 };
    struct circuit_slot slots[CIRCUIT_GROUPS_MAX];
    size_t slot_count = 0;
    suit(&trial, circuit->conditions, circuit->condition_count);
    suit(&trial, alone.when, alone.when_count);
    if (slice_empty(trial.cost_centre) && company->cost_centre_count > 0)
        trial.cost_centre = company->cost_centres[0]->code;
    alone.when_count = alone.skip_count = 0;
    of_one.tiers = &alone;
    of_one.tier_count = 1;
    for (size_t i = 0; i < checking->requester_count; i++) {
        struct circuit_case looked_at;
        struct assign assign;
        struct circuit_demand demand;
        trial.requester = checking->requesters[i];
        circuit_trial_look(company, &trial, checking->now_us, checking->arena, &looked_at, &assign);
        if (!circuit_holds(circuit, circuit->conditions, circuit->condition_count, &looked_at, true,
                           checking->arena, NULL))
            continue;
        circuit_assign(&of_one, &looked_at, &assign, checking->arena, &demand);
        const struct circuit_slot *crowded = circuit_crowded(&demand, checking->arena);
        if (crowded)
            find(checking, circuit, "too_few",
                 "tier %.*s: there are fewer people than approvals, and nobody may give two (orders of %.*s)",
                 SLICE_ARGS(circuit->tiers[place].name), SLICE_ARGS(trial.requester->number));
        slot_count = demand.slot_count < CIRCUIT_GROUPS_MAX ? demand.slot_count : CIRCUIT_GROUPS_MAX;
        for (size_t j = 0; j < slot_count; j++) {
            if (!tallies[j].who.arena)
                tallies[j].who = text_in(checking->arena);
            slots[j] = demand.slots[j];
            tally(&tallies[j], &slots[j], trial.requester);
            check_delegated(checking, circuit, &slots[j], &assign);
        }
    }
    for (size_t j = 0; j < slot_count; j++)
        tell_tally(checking, circuit, &slots[j], &tallies[j], band);
}

// The bands that a tier can see at all.
static void check_people(struct checking *checking, const struct circuit *circuit, size_t place)
{
    const struct circuit_tier *tier = &circuit->tiers[place];
    const struct condition_list lists[] = { circuit_conditions(circuit),
                                            { tier->when, tier->when_count, circuit->currency } };
    const struct condition_list skip = { tier->skip, tier->skip_count, circuit->currency };
    int64_t least, most;
    if (!circuit_totals(lists, 2, &least, &most))
        return;
    for (size_t band = 0; band < checking->band_count; band++) {
        struct circuit_condition here[] = {
            { .field = FIELD_TOTAL, .operator= OPERATOR_AT_LEAST, .number = checking->bands[band] },
            { .field = FIELD_TOTAL, .operator= OPERATOR_AT_MOST, .number = checking->bands[band] }
        };
        const struct condition_list with[] = { lists[0], lists[1], { here, 2, circuit->currency } };
        if (checking->bands[band] >= least && checking->bands[band] <= most &&
            !(tier->skip_count > 0 && circuit_implies(with, 3, &skip)))
            check_tier_band(checking, circuit, place, band);
    }
}

static void check_owners(struct checking *checking, const struct circuit *circuit,
                         const struct circuit_tier *tier)
{
    const struct company *company = checking->company;
    for (size_t i = 0; asks(tier, SELECTOR_COST_CENTRE_OWNER) && i < company->cost_centre_count; i++) {
        const struct cost_centre *centre = company->cost_centres[i];
        while (centre && !(centre->owner && centre->owner->active))
            centre = centre->parent;
        if (!centre)
            find(checking, circuit, "nobody",
                 "tier %.*s: neither cost centre %.*s nor one above it has an active owner",
                 SLICE_ARGS(tier->name), SLICE_ARGS(company->cost_centres[i]->code));
    }
}

// --- Delegations

static const struct delegation *delegation_from(const struct company *company, const struct user *user)
{
    for (size_t i = 0; i < company->delegation_count; i++)
        if (company->delegations[i]->from == user)
            return company->delegations[i];
    return NULL;
}

// Each circle is told once, from the person whose name comes first.
static void check_circles(struct checking *checking)
{
    const struct company *company = checking->company;
    for (size_t i = 0; i < company->user_count; i++) {
        const struct user *first = company->users[i], *at = first;
        struct text way = text_in(checking->arena);
        text_append(&way, first->number);
        for (size_t steps = 0; steps < company->user_count; steps++) {
            const struct delegation *next = delegation_from(company, at);
            if (!next || slice_compare(next->to->number, first->number) < 0)
                break;
            at = next->to;
            text_printf(&way, " to %.*s", SLICE_ARGS(at->number));
            if (at != first)
                continue;
            find(checking, NULL, "delegation_loop", "delegations go round in a circle: %.*s",
                 SLICE_ARGS(text_slice(&way)));
            break;
        }
    }
}

// Whoever can stand in somebody's way is tried himself; of all others, one of each unit and manager.
static bool is_somebody(const struct company *company, const struct user *user)
{
    if (user->may_approve)
        return true;
    for (size_t i = 0; i < company->cost_centre_count; i++)
        if (company->cost_centres[i]->owner == user)
            return true;
    for (size_t i = 0; i < company->delegation_count; i++)
        if (company->delegations[i]->to == user)
            return true;
    for (size_t i = 0; i < user->role_count; i++)
        if (user->roles[i].role != ROLE_BUYER && user->roles[i].role != ROLE_REQUESTER)
            return true;
    return false;
}

static void choose_requesters(struct checking *checking)
{
    const struct company *company = checking->company;
    struct index seen = index_in(checking->arena);
    checking->requesters = ARENA_ARRAY(checking->arena, company->user_count, const struct user *);
    for (size_t i = 0; i < company->user_count; i++) {
        const struct user *user = company->users[i];
        if (user->active && user->may_order &&
            (is_somebody(company, user) ||
             index_put(&seen, company_home(company, user)->name, user->manager, checking)))
            checking->requesters[checking->requester_count++] = user;
    }
}

void circuit_check(const struct company *company, int64_t now_us, struct circuit_findings *findings)
{
    struct checking checking = {
        .company = company, .now_us = now_us, .findings = findings, .arena = findings->arena
    };
    checking.band_count = circuit_bands(company, findings->arena, &checking.bands);
    choose_requesters(&checking);
    for (size_t i = 0; i < company->circuit_count; i++) {
        const struct circuit *circuit = company->circuits[i];
        check_words(&checking, circuit, i);
        for (size_t j = 0; j < circuit->tier_count; j++) {
            check_owners(&checking, circuit, &circuit->tiers[j]);
            check_people(&checking, circuit, j);
        }
    }
    check_circles(&checking);
}
