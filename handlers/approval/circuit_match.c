// SPDX-License-Identifier: Apache-2.0
// Which circuit takes an order, and which of its tiers the order needs.
#include "handlers/approval/circuit.h"

#include "handlers/credit/rate.h"
#include "handlers/money.h"

bool circuit_amount(const struct circuit_case *looked_at, struct slice currency, int64_t amount,
                    int64_t *converted)
{
    *converted = amount;
    if (slice_empty(currency) || slice_equal(currency, looked_at->currency))
        return true;
    for (size_t i = 0; i < looked_at->rate_count; i++) {
        const struct circuit_rate *known = &looked_at->rates[i];
        int64_t minor;
        if (!slice_equal(known->currency, currency))
            continue;
        if (!money_minor_rounded(amount, money_exponent(looked_at->currency), &minor) ||
            !money_decimal4(rate_convert(minor, known->rate), money_exponent(currency), converted))
            *converted = INT64_MAX;
        return true;
    }
    return false;
}

static bool compare(enum circuit_operator operator, int64_t value, int64_t number)
{
    switch (operator) {
    case OPERATOR_ABOVE:
        return value > number;
    case OPERATOR_AT_LEAST:
        return value >= number;
    case OPERATOR_BELOW:
        return value < number;
    case OPERATOR_AT_MOST:
        return value <= number;
    case OPERATOR_IS:
    case OPERATOR_IS_NOT:
    case OPERATOR_WITHIN:
    case OPERATOR_COUNT:
        break;
    }
    return false;
}

// "IT/Laptops" lies in "IT", "ITEMS" does not.
static bool is_branch(struct slice branch, struct slice trunk)
{
    return branch.size > trunk.size && memcmp(branch.data, trunk.data, trunk.size) == 0 &&
           branch.data[trunk.size] == '/';
}

static bool has_value(const struct circuit_condition *condition, struct slice text)
{
    for (size_t i = 0; i < condition->value_count; i++)
        if (slice_equal(text, condition->values[i]) ||
            (condition->operator== OPERATOR_WITHIN && condition->field == FIELD_CATEGORY &&
             is_branch(text, condition->values[i])))
            return true;
    return false;
}

// True where one of the texts is one of the values; with is_not, where none is.
static bool words_hold(const struct circuit_condition *condition, const struct slice *texts, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++)
        found = has_value(condition, texts[i]);
    return condition->operator== OPERATOR_IS_NOT ? !found : found;
}

static bool line_holds(const struct circuit_condition *condition, const struct circuit_line *line,
                       int64_t amount)
{
    struct slice first = line->first_order ? SLICE("yes") : SLICE("no");
    switch (condition->field) {
    case FIELD_CATEGORY:
        return words_hold(condition, &line->category, 1);
    case FIELD_PRODUCT:
        return words_hold(condition, &line->product, 1);
    case FIELD_BUYER_PART:
        return words_hold(condition, &line->buyer_part, 1);
    case FIELD_COST_CENTRE:
        return words_hold(condition, line->cost_centres, line->cost_centre_count);
    case FIELD_FIRST_ORDER:
        return words_hold(condition, &first, 1);
    case FIELD_LINE_AMOUNT:
        return compare(condition->operator, amount, condition->number);
    default: // FIELD_DISCOUNT: the only one of a line that is left
        return compare(condition->operator, line->discount_permille, condition->number);
    }
}

static bool order_holds(const struct circuit_condition *condition, const struct circuit_case *looked_at,
                        int64_t amount)
{
    struct slice budget = looked_at->over_budget ? SLICE("over") : SLICE("within"),
                 credit = looked_at->over_credit ? SLICE("over") : SLICE("within");
    switch (condition->field) {
    case FIELD_TOTAL:
    case FIELD_AMOUNT:
        return compare(condition->operator, amount, condition->number);
    case FIELD_LINES:
        return compare(condition->operator,(int64_t) looked_at->line_count, condition->number);
    case FIELD_SHIP_TO:
        return words_hold(condition, &looked_at->ship_to, 1);
    case FIELD_REQUESTER:
        return words_hold(condition, &looked_at->requester, 1);
    case FIELD_UNIT: // without "within" the units above do not count
        return words_hold(
            condition, looked_at->units,
            condition->operator== OPERATOR_WITHIN || looked_at->unit_count == 0 ? looked_at->unit_count : 1);
    case FIELD_ROLE:
        return words_hold(condition, looked_at->roles, looked_at->role_count);
    case FIELD_CHANNEL:
        return words_hold(condition, &looked_at->channel, 1);
    case FIELD_BUDGET:
        return words_hold(condition, &budget, 1);
    case FIELD_CREDIT:
        return words_hold(condition, &credit, 1);
    default: // FIELD_CAUSE: the only one of the order that is left
        return words_hold(condition, looked_at->causes, looked_at->cause_count);
    }
}

// False where an amount cannot be compared, because nobody knows a rate.
static bool comparable(const struct circuit *circuit, const struct circuit_condition *condition,
                       const struct circuit_case *looked_at, int64_t *amount)
{
    return !circuit_field_is_money(condition->field) ||
           circuit_amount(looked_at, circuit->currency, *amount, amount);
}

static bool line_passes(const struct circuit *circuit, const struct circuit_condition *conditions,
                        size_t count, const struct circuit_case *looked_at, const struct circuit_line *line,
                        bool doubt)
{
    for (size_t i = 0; i < count; i++) {
        if (!circuit_field_is_line(conditions[i].field))
            continue;
        int64_t amount = line->amount;
        if (comparable(circuit, &conditions[i], looked_at, &amount)
                ? !line_holds(&conditions[i], line, amount)
                : !doubt)
            return false;
    }
    return true;
}

bool circuit_holds(const struct circuit *circuit, const struct circuit_condition *conditions, size_t count,
                   const struct circuit_case *looked_at, bool doubt, struct arena *arena,
                   struct circuit_scope *scope)
{
    struct circuit_scope found = { .lines = ARENA_ARRAY(arena, looked_at->line_count, bool) };
    for (size_t i = 0; i < looked_at->line_count; i++) {
        found.lines[i] = line_passes(circuit, conditions, count, looked_at, &looked_at->lines[i], doubt);
        if (!found.lines[i])
            continue;
        found.count++;
        // A sum that does not fit is as large as any.
        if (__builtin_add_overflow(found.amount, looked_at->lines[i].amount, &found.amount))
            found.amount = INT64_MAX;
    }
    if (scope)
        *scope = found;
    bool asks_lines = false;
    for (size_t i = 0; i < count; i++) {
        if (circuit_field_is_line(conditions[i].field)) {
            asks_lines = true;
            continue;
        }
        int64_t amount = conditions[i].field == FIELD_TOTAL ? looked_at->total : found.amount;
        if (comparable(circuit, &conditions[i], looked_at, &amount)
                ? !order_holds(&conditions[i], looked_at, amount)
                : !doubt)
            return false;
    }
    return !asks_lines || found.count > 0;
}

bool circuit_in_force(const struct circuit *circuit, int64_t now_us)
{
    return circuit->active && circuit->valid_from <= now_us && now_us < circuit->valid_to;
}

bool circuit_goes_before(const struct circuit *left, const struct circuit *right)
{
    if (left->phase != right->phase)
        return left->phase < right->phase;
    if (left->priority != right->priority)
        return left->priority < right->priority;
    return slice_compare(left->name, right->name) < 0;
}

void circuit_sort(struct circuit **circuits, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct circuit *moved = circuits[i];
        size_t at = i;
        for (; at > 0 && circuit_goes_before(moved, circuits[at - 1]); at--)
            circuits[at] = circuits[at - 1];
        circuits[at] = moved;
    }
}

const struct circuit *circuit_choose(struct circuit *const *circuits, size_t count,
                                     const struct circuit_case *looked_at, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        const struct circuit *circuit = circuits[i];
        // In doubt an order is refused or asked about; it never gets round an approval.
        if (circuit_in_force(circuit, looked_at->now_us) &&
            circuit_holds(circuit, circuit->conditions, circuit->condition_count, looked_at,
                          circuit->phase != PHASE_BYPASS, arena, NULL))
            return circuit;
    }
    return NULL;
}

const struct circuit *circuit_named(struct circuit *const *circuits, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(circuits[i]->name, name))
            return circuits[i];
    return NULL;
}

bool circuit_needs(const struct circuit *circuit, const struct circuit_tier *tier,
                   const struct circuit_case *looked_at, struct arena *arena, struct circuit_scope *scope)
{
    return circuit_holds(circuit, tier->when, tier->when_count, looked_at, true, arena, scope) &&
           !(tier->skip_count > 0 &&
             circuit_holds(circuit, tier->skip, tier->skip_count, looked_at, false, arena, NULL));
}

bool circuit_tolerates(const struct circuit *circuit, const struct circuit_case *looked_at, int64_t approved,
                       int64_t amount)
{
    if (amount <= approved)
        return true;
    __int128 more = (__int128)amount - approved;
    int64_t counted = more > INT64_MAX ? INT64_MAX : (int64_t)more;
    if (!circuit->has_tolerance_amount && circuit->tolerance_permille == 0)
        return false;
    return (!circuit->has_tolerance_amount ||
            (circuit_amount(looked_at, circuit->currency, counted, &counted) &&
             counted <= circuit->tolerance_amount)) &&
           (circuit->tolerance_permille == 0 ||
            more * 1000 <= (__int128)approved * circuit->tolerance_permille);
}
