// SPDX-License-Identifier: Apache-2.0
// Which budgets an order is charged to, and with how much. Each share of a line falls under the budgets of its cost
// centre and of those above it, of its unit and of those above it, and of the whole company.
#include "base/clock.h"
#include "handlers/budget/budgets.h"
#include "handlers/company/company.h"
#include "handlers/credit/rate.h"
#include "handlers/order/split.h"

struct budget *budgets_get(const struct budgets *budgets, struct slice account, struct slice id)
{
    return index_get(&budgets->by_id, account, id);
}

// Lists keep the order in which budgets are put, which is that of their ids.
static void put_in_list(struct index *index, struct budget *budget, struct slice key, struct arena *arena)
{
    struct budget_list *fresh = ARENA_NEW(arena, struct budget_list);
    fresh->budget = budget;
    struct budget_list *last = index_get(index, budget->account, key);
    if (!last) {
        index_put(index, budget->account, key, fresh);
        return;
    }
    while (last->next)
        last = last->next;
    last->next = fresh;
}

void budgets_put(struct budgets *budgets, struct budget *budget, struct arena *arena)
{
    struct slice none = { 0 };
    budgets->all =
        arena_grow(arena, budgets->all, &budgets->capacity, budgets->count + 1, sizeof *budgets->all);
    budgets->all[budgets->count++] = budget;
    index_put(&budgets->by_account, budget->account, none, budget);
    index_put(&budgets->by_id, budget->account, budget->id, budget);
    if (!slice_empty(budget->unit))
        put_in_list(&budgets->by_unit, budget, budget->unit, arena);
    else
        put_in_list(&budgets->by_centre, budget, budget->cost_centre, arena);
}

void budgets_add_entry(struct budgets *budgets, struct arena *arena, struct budget_entry entry)
{
    budgets->entries = arena_grow(arena, budgets->entries, &budgets->entry_capacity, budgets->entry_count + 1,
                                  sizeof *budgets->entries);
    budgets->entries[budgets->entry_count++] = entry;
}

struct slice budget_name(const struct budget *budget, struct arena *arena)
{
    if (!slice_empty(budget->cost_centre))
        return arena_printf(arena, "budget %.*s (cost centre %.*s)", SLICE_ARGS(budget->id),
                            SLICE_ARGS(budget->cost_centre));
    if (!slice_empty(budget->unit))
        return arena_printf(arena, "budget %.*s (unit %.*s)", SLICE_ARGS(budget->id),
                            SLICE_ARGS(budget->unit));
    return arena_printf(arena, "budget %.*s (whole company)", SLICE_ARGS(budget->id));
}

// One share of a line being charged.
struct charging {
    const struct trade *trade;
    struct order *order;
    const struct company *company; // NULL for none
    int32_t day, position, share;
    bool covered;
};

static void charge_budget(struct charging *charging, struct budget *budget)
{
    const struct order *order = charging->order;
    struct order_budget *part = order->budget;
    struct charge charge = { .position = charging->position, .share = charging->share, .budget = budget };
    if (budget->closed || !budget_start(budget, charging->day, &charge.start) ||
        budget_depth(budget, charge.start) > BUDGET_PERIODS_MAX)
        return;
    charging->covered = true;
    if (!rate_find(charging->trade, order->currency, budget->currency, &charge.rate)) {
        part->unrated =
            arena_printf(charging->trade->arena, "%.*s is in %.*s, and no rate from %.*s is known",
                         SLICE_ARGS(budget_name(budget, charging->trade->arena)),
                         SLICE_ARGS(budget->currency), SLICE_ARGS(order->currency));
        return;
    }
    part->charges = arena_grow(charging->trade->arena, part->charges, &part->charge_capacity,
                               part->charge_count + 1, sizeof *part->charges);
    part->charges[part->charge_count++] = charge;
}

static void charge_list(struct charging *charging, const struct index *index, struct slice key)
{
    for (const struct budget_list *at = index_get(index, charging->order->account_number, key); at;
         at = at->next)
        charge_budget(charging, at->budget);
}

static void charge_share(struct charging *charging, const struct line *line, struct slice code)
{
    const struct budgets *budgets = charging->trade->budgets;
    const struct company *company = charging->company;
    const struct order *order = charging->order;
    char day[DATE_TEXT_SIZE];
    const struct cost_centre *centre =
        company && !slice_empty(code) ? company_cost_centre(company, code) : NULL;
    const struct unit *unit = centre ? centre->unit : company ? company_order_unit(company, order) : NULL;
    charging->covered = false;
    if (!centre && !slice_empty(code))
        charge_list(charging, &budgets->by_centre, code);
    for (; centre; centre = centre->parent)
        charge_list(charging, &budgets->by_centre, centre->code);
    if (!company && !slice_empty(order->unit))
        charge_list(charging, &budgets->by_unit, order->unit);
    for (; unit; unit = unit->parent)
        if (!slice_empty(unit->name))
            charge_list(charging, &budgets->by_unit, unit->name);
    charge_list(charging, &budgets->by_centre, (struct slice){ 0 });
    if (!charging->covered && slice_empty(order->budget->uncovered))
        order->budget->uncovered =
            arena_printf(charging->trade->arena, "no budget covers line %.*s, cost centre '%.*s', on %s",
                         SLICE_ARGS(line->number), SLICE_ARGS(code), date_text(charging->day, day));
}

void budget_charge(const struct trade *trade, struct order *order)
{
    struct order_budget *part = order->budget;
    struct charging charging = { .trade = trade,
                                 .order = order,
                                 .company = trade_company(trade, order->account_number),
                                 .day = instant_date(order->ordered_at) };
    part->charge_count = 0;
    part->fresh = true;
    part->uncovered = part->unrated = (struct slice){ 0 };
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        charging.position = line->position;
        charging.share = 0;
        if (line->split_count == 0) {
            charge_share(&charging, line,
                         slice_empty(line->cost_centre) ? order->cost_centre : line->cost_centre);
            continue;
        }
        for (size_t j = 0; j < line->split_count; j++) {
            charging.share = (int32_t)j;
            charge_share(&charging, line, line->splits[j].cost_centre);
        }
    }
}

// Lines stand in the order of their positions, or nearly so: the search begins where the last one ended.
static const struct line *line_at(const struct order *order, int32_t position, size_t *hint)
{
    for (size_t i = 0; i < order->line_count; i++) {
        size_t at = (*hint + i) % order->line_count;
        if (order->lines[at].position == position) {
            *hint = at;
            return &order->lines[at];
        }
    }
    return NULL;
}

static struct budget_progress progress_at(const struct order_budget *part, int32_t position, size_t *hint)
{
    for (size_t i = 0; i < part->progress_count; i++) {
        size_t at = (*hint + i) % part->progress_count;
        if (part->progress[at].position == position) {
            *hint = at;
            return part->progress[at];
        }
    }
    return (struct budget_progress){ .position = position };
}

static int64_t share_of(const struct line *line, const struct charge *charge, int64_t amount)
{
    if (line->split_count)
        amount =
            (size_t)charge->share < line->split_count ? split_amount(line, (size_t)charge->share, amount) : 0;
    return charge->rate ? rate_convert(amount, charge->rate) : amount;
}

int64_t budget_share(const struct order *order, const struct charge *charge, int64_t amount)
{
    size_t hint = 0;
    const struct line *line = line_at(order, charge->position, &hint);
    return line ? share_of(line, charge, amount) : 0;
}

struct booking *budget_booking(struct order_budget *part, struct budget *budget, int32_t start,
                               struct arena *arena)
{
    for (size_t i = 0; i < part->booking_count; i++)
        if (part->bookings[i].budget == budget && part->bookings[i].start == start)
            return &part->bookings[i];
    part->bookings = arena_grow(arena, part->bookings, &part->booking_capacity, part->booking_count + 1,
                                sizeof *part->bookings);
    part->bookings[part->booking_count] = (struct booking){ .budget = budget, .start = start };
    return &part->bookings[part->booking_count++];
}

// Shares are taken of sums that only grow, so that what rounding leaves is given back with the last of them.
void budget_want(const struct trade *trade, struct order *order)
{
    struct order_budget *part = order->budget;
    for (size_t i = 0; i < part->booking_count; i++)
        part->bookings[i].wanted = 0;
    for (size_t i = 0, lines = 0, progress = 0; i < part->charge_count; i++) {
        const struct charge *charge = &part->charges[i];
        const struct line *line = line_at(order, charge->position, &lines);
        if (!line || line->rejected)
            continue;
        struct budget_progress done = progress_at(part, charge->position, &progress);
        budget_booking(part, charge->budget, charge->start, trade->arena)->wanted +=
            share_of(line, charge, line->amount - done.closed) - share_of(line, charge, done.billed);
    }
}

void budget_book(struct order *order, struct arena *arena)
{
    struct order_budget *part = order->budget;
    for (size_t i = 0; i < part->booking_count; i++) {
        struct booking *booking = &part->bookings[i];
        budget_use_of(booking->budget, booking->start, arena)->more_committed +=
            booking->wanted - booking->booked;
        booking->booked = booking->wanted;
    }
}
