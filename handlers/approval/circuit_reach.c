// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/circuit_reach.h"

// The numbers that a field may have.
struct range {
    int64_t least, most;
};

static void narrow(struct range *range, const struct circuit_condition *condition)
{
    int64_t number = condition->number;
    if (condition->operator== OPERATOR_ABOVE)
        number = number == INT64_MAX ? number : number + 1;
    if (condition->operator== OPERATOR_BELOW)
        number = number == INT64_MIN ? number : number - 1;
    bool from_below = condition->operator== OPERATOR_ABOVE || condition->operator== OPERATOR_AT_LEAST;
    if (from_below && number > range->least)
        range->least = number;
    if (!from_below && number < range->most)
        range->most = number;
}

static bool same_currency(const struct condition_list *lists, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (!slice_equal(lists[i].currency, lists[0].currency))
            return false;
    return true;
}

static bool looks_at_lines(const struct condition_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (circuit_field_is_line(list->conditions[i].field))
            return true;
    return false;
}

// Without conditions on lines, all of them are the scope: the amount is the total.
static enum circuit_field counted_as(const struct condition_list *list,
                                     const struct circuit_condition *condition)
{
    return condition->field == FIELD_AMOUNT && !looks_at_lines(list) ? FIELD_TOTAL : condition->field;
}

static struct range range_of(const struct condition_list *lists, size_t count, enum circuit_field field)
{
    struct range range = { INT64_MIN, INT64_MAX };
    if (circuit_field_is_money(field) && !same_currency(lists, count))
        return range;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lists[i].count; j++)
            if (counted_as(&lists[i], &lists[i].conditions[j]) == field)
                narrow(&range, &lists[i].conditions[j]);
    return range;
}

// An order has one of each of these; of the others it may have several, so that they never contradict.
static bool is_single(enum circuit_field field)
{
    return field == FIELD_SHIP_TO || field == FIELD_REQUESTER || field == FIELD_UNIT ||
           field == FIELD_CHANNEL || field == FIELD_BUDGET || field == FIELD_CREDIT;
}

static bool has_value(const struct circuit_condition *condition, struct slice value)
{
    for (size_t i = 0; i < condition->value_count; i++)
        if (slice_equal(condition->values[i], value))
            return true;
    return false;
}

// True where the value meets all conditions on the field. What lies within a unit is for the company to say: it meets.
static bool value_meets(const struct condition_list *lists, size_t count, enum circuit_field field,
                        struct slice value)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lists[i].count; j++) {
            const struct circuit_condition *condition = &lists[i].conditions[j];
            if (condition->field != field || condition->operator== OPERATOR_WITHIN)
                continue;
            if (has_value(condition, value) != (condition->operator== OPERATOR_IS))
                return false;
        }
    return true;
}

static bool word_can_hold(const struct condition_list *lists, size_t count, enum circuit_field field)
{
    // One `is` names all values that are worth a look; without any, there is always another value - but for the
    // fields that have two only.
    static const struct slice two[] = { { "within", 6 }, { "over", 4 } };
    const struct slice *values = field == FIELD_BUDGET || field == FIELD_CREDIT ? two : NULL;
    size_t value_count = values ? 2 : 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lists[i].count; j++)
            if (lists[i].conditions[j].field == field && lists[i].conditions[j].operator== OPERATOR_IS) {
                values = lists[i].conditions[j].values;
                value_count = lists[i].conditions[j].value_count;
            }
    for (size_t i = 0; i < value_count; i++)
        if (value_meets(lists, count, field, values[i]))
            return true;
    return !values;
}

// Conditions on lines hold for one line of each list, so only those of one list can contradict each other.
static bool list_can_hold(const struct condition_list *list)
{
    for (int field = 0; field < FIELD_COUNT; field++) {
        struct range range = range_of(list, 1, (enum circuit_field)field);
        if (circuit_field_is_number((enum circuit_field)field) && range.least > range.most)
            return false;
    }
    return true;
}

bool circuit_can_hold(const struct condition_list *lists, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!list_can_hold(&lists[i]))
            return false;
    struct range total = range_of(lists, count, FIELD_TOTAL), lines = range_of(lists, count, FIELD_LINES);
    if (total.least > total.most || lines.least > lines.most)
        return false;
    for (int field = 0; field < FIELD_COUNT; field++)
        if (is_single((enum circuit_field)field) && !word_can_hold(lists, count, (enum circuit_field)field))
            return false;
    return true;
}

bool circuit_totals(const struct condition_list *lists, size_t count, int64_t *least, int64_t *most)
{
    struct range total = range_of(lists, count, FIELD_TOTAL);
    *least = total.least;
    *most = total.most;
    return circuit_can_hold(lists, count);
}

static enum circuit_operator opposite(enum circuit_operator operator)
{
    static const enum circuit_operator opposites[] = {
        [OPERATOR_IS] = OPERATOR_IS_NOT,      [OPERATOR_IS_NOT] = OPERATOR_IS,
        [OPERATOR_WITHIN] = OPERATOR_WITHIN,  [OPERATOR_ABOVE] = OPERATOR_AT_MOST,
        [OPERATOR_AT_LEAST] = OPERATOR_BELOW, [OPERATOR_BELOW] = OPERATOR_AT_LEAST,
        [OPERATOR_AT_MOST] = OPERATOR_ABOVE,
    };
    return opposites[operator];
}

static bool same_condition(const struct circuit_condition *left, const struct circuit_condition *right)
{
    if (left->field != right->field || left->operator!= right->operator|| left->number !=
                                       right->number || left->value_count != right->value_count)
        return false;
    for (size_t i = 0; i < left->value_count; i++)
        if (!has_value(right, left->values[i]))
            return false;
    return true;
}

static bool stands_in(const struct condition_list *lists, size_t count, const struct condition_list *then,
                      const struct circuit_condition *condition)
{
    for (size_t i = 0; i < count; i++) {
        // The same conditions on lines, all of them, mean the same lines.
        size_t found = 0;
        for (size_t j = 0; j < lists[i].count; j++)
            found += same_condition(&lists[i].conditions[j], condition) &&
                     slice_equal(lists[i].currency, then->currency);
        if (found && (!looks_at_lines(then) || then->count == 1 || lists[i].conditions == then->conditions))
            return true;
    }
    return false;
}

bool circuit_implies(const struct condition_list *lists, size_t count, const struct condition_list *then)
{
    for (size_t i = 0; i < then->count; i++) {
        if (stands_in(lists, count, then, &then->conditions[i]))
            continue;
        struct circuit_condition against = then->conditions[i];
        enum circuit_field field = counted_as(then, &against);
        if (circuit_field_is_line(field) || field == FIELD_AMOUNT ||
            against.operator== OPERATOR_WITHIN || count == REACH_LISTS_MAX)
            return false;
        against.field = field;
        against.operator= opposite(against.operator);
        struct condition_list all[REACH_LISTS_MAX] = { 0 };
        memcpy(all, lists, count * sizeof *lists);
        all[count] = (struct condition_list){ &against, 1, then->currency };
        if (circuit_can_hold(all, count + 1))
            return false;
    }
    return true;
}

struct condition_list circuit_conditions(const struct circuit *circuit)
{
    return (struct condition_list){ circuit->conditions, circuit->condition_count, circuit->currency };
}

bool circuit_overlaps(const struct circuit *left, const struct circuit *right)
{
    const struct condition_list lists[] = { circuit_conditions(left), circuit_conditions(right) };
    return left->active && right->active && left->phase == right->phase &&
           left->priority == right->priority && left->valid_from < right->valid_to &&
           right->valid_from < left->valid_to && circuit_can_hold(lists, 2);
}
