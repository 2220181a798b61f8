// SPDX-License-Identifier: Apache-2.0
// Which rights apply to an order.
#include "base/clock.h"
#include "handlers/company/company_facts.h"
#include "handlers/company/company_parts.h"
#include "handlers/company/rights.h"
#include "handlers/order/split.h"

static void add(struct arena *arena, struct order_rights *its, const struct rights *rights, int level,
                const struct unit *of)
{
    for (size_t i = 0; i < its->applied_count; i++)
        if (its->applied[i].rights == rights && its->applied[i].of == of)
            return;
    its->applied =
        arena_grow(arena, its->applied, &its->applied_capacity, its->applied_count + 1, sizeof *its->applied);
    its->applied[its->applied_count++] = (struct applied_rights){ rights, level, of };
}

static void add_all(struct arena *arena, struct order_rights *its, enum rights_subject subject,
                    struct slice name, int level, const struct unit *of)
{
    const struct company_rights *list =
        index_get(&its->company->rights_index, slice_of(rights_subject_name(subject)), name);
    for (size_t i = 0; list && i < list->count; i++)
        if (subject == RIGHTS_OF_UNITS || unit_inherits_from(its->unit, list->rights[i]->unit))
            add(arena, its, list->rights[i], level, of);
}

void rights_apply_to(const struct trade *trade, struct order *order)
{
    const struct company *company = trade_company(trade, order->account_number);
    order->rights = NULL;
    if (!company)
        return;
    struct order_rights *its = order->rights = ARENA_NEW(trade->arena, struct order_rights);
    its->company = company;
    its->unit = company_order_unit(company, order);
    its->day = instant_date(order->received_at);
    if (!its->unit)
        return;
    if (order->user)
        add_all(trade->arena, its, RIGHTS_OF_USERS, order->user->number, LEVEL_USER, NULL);
    for (int role = 0; order->user && role < ROLE_COUNT; role++)
        if (company_has_role(company, order->user, its->unit, (enum role)role))
            add_all(trade->arena, its, RIGHTS_OF_ROLES, slice_of(role_name((enum role)role)), LEVEL_ROLES,
                    NULL);
    // What is given above a unit that does not inherit does not hold in it.
    for (const struct unit *unit = its->unit; unit; unit = unit->inherits ? unit->parent : NULL)
        add_all(trade->arena, its, RIGHTS_OF_UNITS, unit->name, LEVEL_UNITS + unit->depth, unit);
}

int64_t rights_line_amount(const struct order *order, const struct line *line, struct slice cost_centre)
{
    if (line->rejected)
        return 0;
    if (slice_empty(cost_centre))
        return line->amount;
    if (!line->split_count) {
        struct slice own = slice_empty(line->cost_centre) ? order->cost_centre : line->cost_centre;
        return slice_equal(own, cost_centre) ? line->amount : 0;
    }
    int64_t sum = 0;
    for (size_t i = 0; i < line->split_count; i++)
        if (slice_equal(line->splits[i].cost_centre, cost_centre))
            sum += split_amount(line, i, line->amount);
    return sum;
}

int64_t rights_amount(const struct order *order, struct slice cost_centre)
{
    int64_t sum = 0;
    if (slice_empty(cost_centre))
        return order->total;
    for (size_t i = 0; i < order->line_count; i++)
        sum += rights_line_amount(order, &order->lines[i], cost_centre);
    return sum;
}
