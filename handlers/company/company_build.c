// SPDX-License-Identifier: Apache-2.0
#include "handlers/company/company_build.h"

#include "handlers/approval/circuit_read.h"
#include "handlers/company/company_facts.h"
#include "handlers/company/company_parts.h"
#include "handlers/money.h"

static const struct slice none;

// The facts of one kind that count, in the order of their keys.
struct chosen {
    const struct company_fact **facts;
    size_t count;
};

static bool counts(struct company *company, const struct company_facts *all, size_t i, enum company_kind kind)
{
    const struct company_fact *fact = &all->facts[i];
    if (!fact->sound || fact->kind != kind || !slice_equal(fact->account, company->account) || fact->deleted)
        return false;
    for (size_t j = i + 1; j < all->count; j++)
        if (all->facts[j].sound && all->facts[j].kind == kind &&
            slice_equal(all->facts[j].account, fact->account) && slice_equal(all->facts[j].key, fact->key))
            return false;
    return true;
}

static struct chosen choose(struct company *company, const struct company_facts *all, enum company_kind kind,
                            int64_t now_us)
{
    struct chosen chosen = { .facts = ARENA_ARRAY(company->arena, all->count, const struct company_fact *) };
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!counts(company, all, i, kind) ||
            (kind != COMPANY_USER && !company_dated(company, now_us, fact->from, fact->to)))
            continue;
        size_t at = chosen.count++;
        for (; at > 0 && slice_compare(fact->key, chosen.facts[at - 1]->key) < 0; at--)
            chosen.facts[at] = chosen.facts[at - 1];
        chosen.facts[at] = fact;
    }
    return chosen;
}

static void build_units(struct company *company, const struct company_facts *all, int64_t now_us)
{
    struct chosen chosen = choose(company, all, COMPANY_UNIT, now_us);
    company->units = ARENA_ARRAY(company->arena, chosen.count, const struct unit *);
    // Level by level: a unit joins when the one above it is there.
    for (bool joined = true; joined;) {
        joined = false;
        for (size_t i = 0; i < chosen.count; i++) {
            const struct company_fact *fact = chosen.facts[i];
            const struct unit *parent = company_unit(company, fact->parent);
            if (!parent || company_unit(company, fact->key))
                continue;
            struct unit *unit = ARENA_NEW(company->arena, struct unit);
            *unit = (struct unit){ .name = fact->key,
                                   .title = fact->title,
                                   .parent = parent,
                                   .depth = parent->depth + 1,
                                   .inherits = fact->inherits };
            company->units[company->unit_count++] = unit;
            index_put(&company->unit_index, unit->name, none, unit);
            joined = true;
        }
    }
}

static void read_roles(struct company *company, const struct company_fact *fact, int64_t now_us,
                       struct index *roles)
{
    struct company_raw_roles *his = ARENA_NEW(company->arena, struct company_raw_roles);
    if (fact->role_count == 0)
        return;
    his->roles = ARENA_ARRAY(company->arena, fact->role_count, struct user_role);
    for (size_t i = 0; i < fact->role_count; i++) {
        const struct unit *unit = company_unit(company, fact->roles[i].unit);
        if (unit && company_dated(company, now_us, fact->roles[i].from, fact->roles[i].to))
            his->roles[his->count++] = (struct user_role){ unit, fact->roles[i].role };
    }
    index_put(roles, fact->key, none, his);
}

static void build_users(struct company *company, const struct company_facts *all, int64_t now_us)
{
    struct chosen chosen = choose(company, all, COMPANY_USER, now_us);
    struct index roles = index_in(company->arena);
    company->users = ARENA_ARRAY(company->arena, chosen.count, const struct user *);
    for (size_t i = 0; i < chosen.count; i++) {
        const struct company_fact *fact = chosen.facts[i];
        struct user *user = ARENA_NEW(company->arena, struct user);
        *user = (struct user){ .account = company->account,
                               .number = fact->key,
                               .name = fact->title,
                               .mail = fact->mail,
                               .active = fact->active,
                               .may_order = fact->may_order,
                               .may_approve = fact->may_approve,
                               .has_order_limit = fact->has_order_limit,
                               .order_limit = fact->order_limit,
                               .approver = fact->approver,
                               .manager = fact->manager,
                               .language = fact->language };
        company->users[company->user_count++] = user;
        index_put(&company->user_index, user->number, none, user);
        read_roles(company, fact, now_us, &roles);
    }
    for (int active = 1; active >= 0; active--)
        for (size_t i = 0; i < company->user_count; i++)
            if (company->users[i]->active == active && !slice_empty(company->users[i]->mail))
                index_put(&company->user_index, company_lower(company->arena, company->users[i]->mail),
                          COMPANY_BY_MAIL, (void *)(uintptr_t)company->users[i]);
    company_give_roles(company, &roles);
}

static void build_cost_centres(struct company *company, const struct company_facts *all, int64_t now_us)
{
    struct chosen chosen = choose(company, all, COMPANY_COST_CENTRE, now_us);
    struct slice *parents = ARENA_ARRAY(company->arena, chosen.count, struct slice);
    company->cost_centres = ARENA_ARRAY(company->arena, chosen.count, const struct cost_centre *);
    for (size_t i = 0; i < chosen.count; i++) {
        const struct company_fact *fact = chosen.facts[i];
        const struct unit *unit = company_unit(company, fact->unit);
        if (!unit)
            continue;
        struct cost_centre *centre = ARENA_NEW(company->arena, struct cost_centre);
        *centre = (struct cost_centre){
            .code = fact->key, .title = fact->title, .unit = unit, .owner = company_user(company, fact->owner)
        };
        parents[company->cost_centre_count] = fact->parent;
        company->cost_centres[company->cost_centre_count++] = centre;
        index_put(&company->cost_centre_index, centre->code, none, centre);
    }
    for (size_t i = 0; i < company->cost_centre_count; i++)
        ((struct cost_centre *)(uintptr_t)company->cost_centres[i])->parent =
            company_cost_centre(company, parents[i]);
}

static bool goes_before(const struct delegation *left, const struct delegation *right)
{
    int order = slice_compare(left->from->number, right->from->number);
    return order ? order < 0 : slice_compare(left->id, right->id) < 0;
}

static void build_delegations(struct company *company, const struct company_facts *all, int64_t now_us)
{
    struct chosen chosen = choose(company, all, COMPANY_DELEGATION, now_us);
    company->delegations = ARENA_ARRAY(company->arena, chosen.count, const struct delegation *);
    for (size_t i = 0; i < chosen.count; i++) {
        const struct company_fact *fact = chosen.facts[i];
        struct delegation *delegation = ARENA_NEW(company->arena, struct delegation);
        *delegation = (struct delegation){ .id = fact->key,
                                           .from = company_user(company, fact->from_user),
                                           .to = company_user(company, fact->to_user),
                                           .unit = company_unit(company, fact->unit),
                                           .cost_centre = fact->cost_centre,
                                           .has_amount = fact->has_amount,
                                           .passes_on = fact->passes_on,
                                           .valid_from = fact->from,
                                           .valid_to = fact->to };
        // An amount too fine for the currency is rounded: what is looked at here binds nobody.
        if (fact->has_amount &&
            !money_minor_rounded(fact->decimal4, company->exponent < 0 ? 2 : company->exponent,
                                 &delegation->amount))
            delegation->amount = INT64_MAX;
        if (!delegation->from || !delegation->to || !delegation->unit)
            continue;
        size_t at = company->delegation_count++;
        for (; at > 0 && goes_before(delegation, company->delegations[at - 1]); at--)
            company->delegations[at] = company->delegations[at - 1];
        company->delegations[at] = delegation;
    }
}

// A later document of the name takes the place of an earlier one.
static void put_circuit(struct company *company, struct circuit *circuit)
{
    size_t at = 0;
    while (at < company->circuit_count && !slice_equal(company->circuits[at]->name, circuit->name))
        at++;
    company->circuits[at] = circuit;
    company->circuit_count += at == company->circuit_count;
}

static void build_circuits(struct batch *batch, struct company *company)
{
    company->circuits = ARENA_ARRAY(company->arena, batch->item_count, struct circuit *);
    company->calendars = ARENA_ARRAY(company->arena, batch->item_count, struct working_calendar *);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        struct reader reader = reader_of(batch, item);
        struct slice account;
        if (item->outcome != OUTCOME_NONE ||
            !slice_equal(document_text(item->document, "account"), company->account))
            continue;
        if (strcmp(item->type, "WorkingCalendar") == 0) {
            struct working_calendar *calendar = circuit_read_calendar(&reader, &account);
            if (calendar)
                company->calendars[company->calendar_count++] = calendar;
        } else if (strcmp(item->type, "ApprovalCircuit") == 0) {
            struct circuit *circuit = circuit_read(&reader, &account);
            if (circuit && circuit->active)
                put_circuit(company, circuit);
        }
    }
    circuit_sort(company->circuits, company->circuit_count);
}

struct company *company_build(struct batch *batch, struct slice account)
{
    struct company *company = company_blank(account, 1);
    company->exponent = -1;
    for (size_t i = 0; i < batch->item_count; i++) {
        const struct item *item = &batch->items[i];
        if (strcmp(item->type, "Account") == 0 &&
            slice_equal(document_text(item->document, "account"), account)) {
            company->currency = document_text(item->document, "currency");
            company->exponent = money_exponent(company->currency);
        }
    }
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    if (!batch->trade->company_facts)
        company_read(batch);
    const struct company_facts *all = batch->trade->company_facts;
    build_units(company, all, batch->now_us);
    build_users(company, all, batch->now_us);
    build_cost_centres(company, all, batch->now_us);
    build_delegations(company, all, batch->now_us);
    build_circuits(batch, company);
    return company;
}
