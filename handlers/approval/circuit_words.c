// SPDX-License-Identifier: Apache-2.0
// The words of a circuit's document, each in one table.
#include "handlers/approval/circuit.h"

static const char *const phases[] = { "deny", "bypass", "require" };
static const char *const operators[] = { "is", "is_not", "within", "above", "at_least", "below", "at_most" };
static const char *const kinds[] = { "user",     "role", "manager", "unit_approver", "cost_centre_owner",
                                     "sales_rep" };
static const char *const modes[] = { "all", "quorum", "chain" };

enum { OF_LINE = 1, NUMBER = 2, MONEY = 4 };
static const struct {
    const char *name;
    unsigned traits;
} fields[] = {
    [FIELD_TOTAL] = { "total", NUMBER | MONEY },
    [FIELD_AMOUNT] = { "amount", NUMBER | MONEY },
    [FIELD_LINES] = { "lines", NUMBER },
    [FIELD_SHIP_TO] = { "ship_to", 0 },
    [FIELD_REQUESTER] = { "requester", 0 },
    [FIELD_UNIT] = { "unit", 0 },
    [FIELD_ROLE] = { "role", 0 },
    [FIELD_CHANNEL] = { "channel", 0 },
    [FIELD_BUDGET] = { "budget", 0 },
    [FIELD_CREDIT] = { "credit", 0 },
    [FIELD_CAUSE] = { "cause", 0 },
    [FIELD_CATEGORY] = { "category", OF_LINE },
    [FIELD_PRODUCT] = { "product", OF_LINE },
    [FIELD_BUYER_PART] = { "buyer_part", OF_LINE },
    [FIELD_COST_CENTRE] = { "cost_centre", OF_LINE },
    [FIELD_LINE_AMOUNT] = { "line_amount", OF_LINE | NUMBER | MONEY },
    [FIELD_DISCOUNT] = { "discount", OF_LINE | NUMBER },
    [FIELD_FIRST_ORDER] = { "first_order", OF_LINE },
};

// The place of a word in a table, -1 where it is not there.
static int find(const char *const *words, int count, struct slice text)
{
    for (int i = 0; i < count; i++)
        if (slice_is(text, words[i]))
            return i;
    return -1;
}

const char *circuit_phase_name(enum circuit_phase phase)
{
    return phases[phase];
}

bool circuit_phase_parse(struct slice text, enum circuit_phase *phase)
{
    int found = find(phases, PHASE_COUNT, text);
    if (found >= 0)
        *phase = (enum circuit_phase)found;
    return found >= 0;
}

const char *circuit_operator_name(enum circuit_operator operator)
{
    return operators[operator];
}

bool circuit_operator_parse(struct slice text, enum circuit_operator *operator)
{
    int found = find(operators, OPERATOR_COUNT, text);
    if (found >= 0)
        *operator=(enum circuit_operator) found;
    return found >= 0;
}

bool circuit_operator_is_number(enum circuit_operator operator)
{
    return operator>= OPERATOR_ABOVE;
}

const char *circuit_selector_kind_name(enum selector_kind kind)
{
    return kinds[kind];
}

bool circuit_selector_kind_parse(struct slice text, enum selector_kind *kind)
{
    int found = find(kinds, SELECTOR_COUNT, text);
    if (found >= 0)
        *kind = (enum selector_kind)found;
    return found >= 0;
}

const char *circuit_tier_mode_name(enum tier_mode mode)
{
    return modes[mode];
}

bool circuit_tier_mode_parse(struct slice text, enum tier_mode *mode)
{
    int found = find(modes, TIER_MODE_COUNT, text);
    if (found >= 0)
        *mode = (enum tier_mode)found;
    return found >= 0;
}

const char *circuit_field_name(enum circuit_field field)
{
    return fields[field].name;
}

bool circuit_field_parse(struct slice text, enum circuit_field *field)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (slice_is(text, fields[i].name)) {
            *field = (enum circuit_field)i;
            return true;
        }
    return false;
}

bool circuit_field_is_line(enum circuit_field field)
{
    return fields[field].traits & OF_LINE;
}

bool circuit_field_is_number(enum circuit_field field)
{
    return fields[field].traits & NUMBER;
}

bool circuit_field_is_money(enum circuit_field field)
{
    return fields[field].traits & MONEY;
}

struct slice circuit_selector_text(const struct circuit_selector *selector, struct arena *arena)
{
    switch (selector->kind) {
    case SELECTOR_USER:
        return arena_printf(arena, "user %.*s", SLICE_ARGS(selector->name));
    case SELECTOR_ROLE:
        return arena_printf(arena, "role %.*s%s%.*s", SLICE_ARGS(selector->name),
                            slice_empty(selector->unit) ? "" : " of unit ", SLICE_ARGS(selector->unit));
    case SELECTOR_MANAGER:
        return arena_printf(arena, "manager %d level%s up", (int)selector->levels,
                            selector->levels == 1 ? "" : "s");
    case SELECTOR_UNIT_APPROVER:
        return SLICE("the unit's approver");
    case SELECTOR_COST_CENTRE_OWNER:
        return SLICE("the cost centre's owner");
    case SELECTOR_SALES_REP:
    case SELECTOR_COUNT:
        break;
    }
    return SLICE("the sales representative");
}
