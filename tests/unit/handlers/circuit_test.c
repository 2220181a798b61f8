// SPDX-License-Identifier: Apache-2.0
// What an approval circuit says about an order: pure questions, no batch and no database. Each case is a row.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/document.h"
#include "handlers/approval/calendar.h"
#include "handlers/approval/circuit_reach.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(16 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static int64_t money(const char *text)
{
    int64_t value;
    assert_true(decimal_parse(slice_of(text), '.', 4, &value));
    return value;
}

// "total above 500; category is IT|Tools" as conditions. A number of a discount is in thousandths.
static struct condition_list conditions(const char *text)
{
    struct slice rest = slice_of(text);
    struct circuit_condition *list = ARENA_ARRAY(arena, 16, struct circuit_condition);
    struct condition_list made = { .conditions = list, .currency = SLICE("EUR") };
    while (!slice_empty(rest)) {
        struct slice words = slice_trim(slice_cut(&rest, ';'));
        struct circuit_condition *condition = &list[made.count++];
        assert_true(circuit_field_parse(slice_cut(&words, ' '), &condition->field));
        assert_true(circuit_operator_parse(slice_cut(&words, ' '), &condition->operator));
        if (circuit_operator_is_number(condition->operator)) {
            uint8_t scale = circuit_field_is_money(condition->field) ? 4 : 0;
            assert_true(decimal_parse(words, '.', scale, &condition->number));
            continue;
        }
        struct slice *values = ARENA_ARRAY(arena, 8, struct slice);
        condition->values = values;
        while (!slice_empty(words))
            values[condition->value_count++] = slice_cut(&words, '|');
    }
    return made;
}

static struct circuit *circuit(const char *name, enum circuit_phase phase, int32_t priority, const char *text)
{
    struct circuit *made = ARENA_NEW(arena, struct circuit);
    struct condition_list list = conditions(text);
    struct circuit_condition *own = ARENA_ARRAY(arena, list.count, struct circuit_condition);
    for (size_t i = 0; i < list.count; i++)
        own[i] = list.conditions[i];
    *made = (struct circuit){ .name = slice_of(name),
                              .active = true,
                              .phase = phase,
                              .priority = priority,
                              .currency = SLICE("EUR"),
                              .valid_from = INT64_MIN,
                              .valid_to = INT64_MAX,
                              .conditions = own,
                              .condition_count = list.count };
    return made;
}

// The order that the rows below ask about: two lines of IT for 400 and 300, one of Office for 50.
static struct circuit_case usual(void)
{
    static const struct slice units[] = { { "LYON", 4 }, { "FR", 2 }, { "", 0 } };
    static const struct slice roles[] = { { "buyer", 5 } }, centres[] = { { "CC1", 3 }, { "CC2", 3 } };
    static const struct slice causes[] = { { "limit_order", 11 } };
    struct circuit_line *lines = ARENA_ARRAY(arena, 3, struct circuit_line);
    lines[0] = (struct circuit_line){ .product = SLICE("P1"),
                                      .category = SLICE("IT/Laptops"),
                                      .buyer_part = SLICE("B1"),
                                      .cost_centres = centres,
                                      .cost_centre_count = 1,
                                      .amount = money("400"),
                                      .discount_permille = 50,
                                      .first_order = true };
    lines[1] = (struct circuit_line){ .product = SLICE("P2"),
                                      .category = SLICE("IT"),
                                      .cost_centres = centres + 1,
                                      .cost_centre_count = 1,
                                      .amount = money("300") };
    lines[2] =
        (struct circuit_line){ .product = SLICE("P3"), .category = SLICE("ITEMS"), .amount = money("50") };
    return (struct circuit_case){ .currency = SLICE("EUR"),
                                  .requester = SLICE("anna"),
                                  .ship_to = SLICE("S1"),
                                  .channel = SLICE("edifact"),
                                  .units = units,
                                  .unit_count = 3,
                                  .roles = roles,
                                  .role_count = 1,
                                  .total = money("750"),
                                  .over_budget = true,
                                  .causes = causes,
                                  .cause_count = 1,
                                  .lines = lines,
                                  .line_count = 3 };
}

static void test_conditions(void **state)
{
    (void)state;
    static const struct {
        const char *conditions;
        bool want;
        const char *amount; // of the lines looked at; NULL: not asked
    } rows[] = {
        { "", true, "750" },
        { "total above 749.99", true, NULL },
        { "total above 750", false, NULL },
        { "total at_least 750", true, NULL },
        { "total below 750", false, NULL },
        { "total at_most 750", true, NULL },
        { "lines at_least 3", true, NULL },
        { "lines above 3", false, NULL },
        { "category is IT", true, "300" },
        { "category within IT", true, "700" },
        { "category within IT; amount above 650", true, "700" }, // neither line alone
        { "category within IT; line_amount above 350", true, "400" },
        { "category within IT; line_amount above 400", false, "0" },
        { "category is Office", false, NULL },
        { "category is_not IT", true, "450" },
        { "product is P1|P9", true, "400" },
        { "product is P1; category is ITEMS", false, NULL }, // not of one line
        { "buyer_part is B1", true, NULL },
        { "cost_centre is CC2", true, "300" },
        { "cost_centre is CC9", false, NULL },
        { "discount at_least 50", true, "400" },
        { "discount above 50", false, NULL },
        { "first_order is yes", true, "400" },
        { "first_order is no; product is P1", false, NULL },
        { "ship_to is S1", true, NULL },
        { "ship_to is_not S1", false, NULL },
        { "requester is bert|anna", true, NULL },
        { "unit is LYON", true, NULL },
        { "unit is FR", false, NULL },
        { "unit within FR", true, NULL },
        { "unit within DE", false, NULL },
        { "role is buyer", true, NULL },
        { "role is_not buyer", false, NULL },
        { "channel is edifact|cxml", true, NULL },
        { "budget is over", true, NULL },
        { "credit is over", false, NULL },
        { "cause is limit_order", true, NULL },
        { "cause is budget", false, NULL },
    };
    struct circuit_case looked_at = usual();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct circuit *asked = circuit("C", PHASE_REQUIRE, 0, rows[i].conditions);
        struct circuit_scope scope;
        bool got =
            circuit_holds(asked, asked->conditions, asked->condition_count, &looked_at, true, arena, &scope);
        if (got != rows[i].want)
            fail_msg("'%s' holds: %d", rows[i].conditions, got);
        if (rows[i].amount && scope.amount != money(rows[i].amount))
            fail_msg("'%s' looks at %lld, wanted %s", rows[i].conditions, (long long)scope.amount,
                     rows[i].amount);
    }
}

// An amount in another currency cannot be compared: whoever asks says which answer is the safe one.
static void test_currency(void **state)
{
    (void)state;
    struct circuit_case looked_at = usual();
    looked_at.currency = SLICE("USD");
    struct circuit *asked = circuit("C", PHASE_REQUIRE, 0, "total above 100000");
    assert_true(circuit_holds(asked, asked->conditions, 1, &looked_at, true, arena, NULL));
    assert_false(circuit_holds(asked, asked->conditions, 1, &looked_at, false, arena, NULL));
    struct circuit *bypass = circuit("B", PHASE_BYPASS, 0, "total below 100000");
    struct circuit *circuits[] = { bypass, asked };
    assert_ptr_equal(circuit_choose(circuits, 2, &looked_at, arena), asked);
    looked_at.currency = SLICE("EUR");
    assert_ptr_equal(circuit_choose(circuits, 2, &looked_at, arena), bypass);
}

static void test_order_of_phases(void **state)
{
    (void)state;
    struct circuit_case looked_at = usual();
    looked_at.now_us = 1000;
    struct circuit *require = circuit("A", PHASE_REQUIRE, 0, ""),
                   *second = circuit("B", PHASE_REQUIRE, 1, ""),
                   *bypass = circuit("C", PHASE_BYPASS, 9, "total below 1000"),
                   *deny = circuit("D", PHASE_DENY, 9, "category within IT");
    struct circuit *circuits[] = { second, bypass, require, deny };
    circuit_sort(circuits, 4);
    assert_ptr_equal(circuits[0], deny);
    assert_ptr_equal(circuits[1], bypass);
    assert_ptr_equal(circuits[2], require);
    assert_ptr_equal(circuit_choose(circuits, 4, &looked_at, arena), deny);
    deny->active = false;
    assert_ptr_equal(circuit_choose(circuits, 4, &looked_at, arena), bypass);
    bypass->valid_to = 1000;
    assert_ptr_equal(circuit_choose(circuits, 4, &looked_at, arena), require);
    require->valid_from = 1001;
    assert_ptr_equal(circuit_choose(circuits, 4, &looked_at, arena), second);
    second->active = false;
    assert_null(circuit_choose(circuits, 4, &looked_at, arena));
}

static void test_tiers(void **state)
{
    (void)state;
    struct circuit_case looked_at = usual();
    struct circuit *asked = circuit("C", PHASE_REQUIRE, 0, "");
    struct condition_list when = conditions("category within IT"), skip = conditions("total below 800");
    struct circuit_tier tier = { .when = (struct circuit_condition *)(uintptr_t)when.conditions,
                                 .when_count = when.count };
    struct circuit_scope scope;
    assert_true(circuit_needs(asked, &tier, &looked_at, arena, &scope));
    assert_int_equal(scope.amount, money("700"));
    assert_int_equal(scope.count, 2);
    tier.skip = (struct circuit_condition *)(uintptr_t)skip.conditions;
    tier.skip_count = skip.count;
    assert_false(circuit_needs(asked, &tier, &looked_at, arena, &scope));
    looked_at.total = money("800");
    assert_true(circuit_needs(asked, &tier, &looked_at, arena, &scope));
}

static void test_tolerance(void **state)
{
    (void)state;
    static const struct {
        const char *amount; // of the tolerance; NULL: none
        int32_t permille;
        const char *approved, *now;
        bool want;
    } rows[] = {
        { NULL, 0, "100", "100", true },       { NULL, 0, "100", "99", true },
        { NULL, 0, "100", "100.0001", false }, { "5", 0, "100", "105", true },
        { "5", 0, "100", "105.01", false },    { NULL, 50, "100", "105", true },
        { NULL, 50, "100", "105.01", false },  { "2", 50, "100", "103", false },
        { "50", 50, "100", "106", false },     { "0", 0, "100", "100.01", false },
        { NULL, 1000, "0", "0.01", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct circuit asked = { .has_tolerance_amount = rows[i].amount != NULL,
                                 .tolerance_amount = rows[i].amount ? money(rows[i].amount) : 0,
                                 .tolerance_permille = rows[i].permille };
        if (circuit_tolerates(&asked, &(struct circuit_case){ .currency = SLICE("EUR") },
                              money(rows[i].approved), money(rows[i].now)) != rows[i].want)
            fail_msg("row %zu", i);
    }
}

static void test_can_hold(void **state)
{
    (void)state;
    static const struct {
        const char *left, *right;
        bool want;
    } rows[] = {
        { "", "", true },
        { "total above 100", "total at_most 100", false },
        { "total above 100", "total below 101", true },
        { "total at_least 100", "amount below 100",
          false }, // without line conditions the amount is the total
        { "total at_least 100", "category is IT; amount below 100", true },
        { "channel is edifact", "channel is cxml", false },
        { "channel is edifact|cxml", "channel is_not cxml", true },
        { "channel is cxml", "channel is_not cxml", false },
        { "budget is_not over", "budget is_not within", false },
        { "channel is_not cxml", "channel is_not edifact", true },
        { "role is buyer", "role is requester", true },   // one may have both
        { "category is IT", "category is Office", true }, // of two lines
        { "line_amount above 10; line_amount below 5", "", false },
        { "unit within FR", "unit is LYON", true },
        { "lines above 3", "lines below 3", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct condition_list lists[] = { conditions(rows[i].left), conditions(rows[i].right) };
        if (circuit_can_hold(lists, 2) != rows[i].want)
            fail_msg("'%s' with '%s'", rows[i].left, rows[i].right);
    }
}

static void test_implies(void **state)
{
    (void)state;
    static const struct {
        const char *conditions, *then;
        bool want;
    } rows[] = {
        { "", "", true },
        { "total above 100", "", true },
        { "", "total above 100", false },
        { "total above 100", "total above 50", true },
        { "total above 100", "total at_least 100", true },
        { "total at_least 100", "total above 100", false },
        { "channel is cxml", "channel is cxml|edifact", true },
        { "channel is cxml|kafka", "channel is cxml|edifact", false },
        { "channel is cxml", "channel is_not edifact", true },
        { "budget is over", "budget is_not within", true },
        { "category is IT", "category is IT", true },
        { "category is IT; total above 5", "category is IT; total above 2", false }, // nobody can tell: lines
        { "role is buyer", "role is_not approver", false },
        { "total above 100; channel is cxml", "channel is cxml", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct condition_list list = conditions(rows[i].conditions), then = conditions(rows[i].then);
        if (circuit_implies(&list, 1, &then) != rows[i].want)
            fail_msg("'%s' then '%s'", rows[i].conditions, rows[i].then);
    }
}

static void test_overlap(void **state)
{
    (void)state;
    struct circuit *low = circuit("A", PHASE_REQUIRE, 1, "total at_most 100"),
                   *high = circuit("B", PHASE_REQUIRE, 1, "total above 100"),
                   *any = circuit("C", PHASE_REQUIRE, 1, "channel is cxml");
    assert_false(circuit_overlaps(low, high));
    assert_true(circuit_overlaps(low, any));
    any->priority = 2;
    assert_false(circuit_overlaps(low, any));
    any->priority = 1;
    any->valid_from = 100;
    low->valid_to = 100;
    assert_false(circuit_overlaps(low, any));
    low->valid_to = 101;
    assert_true(circuit_overlaps(low, any));
    low->active = false;
    assert_false(circuit_overlaps(low, any));
}

static int64_t instant(const char *text)
{
    int64_t value;
    assert_true(instant_parse(slice_of(text), &value));
    return value;
}

static void test_calendar(void **state)
{
    (void)state;
    // Monday to Friday, 8 to 18, an hour east of UTC, two in summer; Friday 25 December is a holiday, Saturday 19 is
    // worked.
    struct calendar_shift shifts[] = { { instant("2026-03-29T01:00:00Z"), 120 },
                                       { instant("2026-10-25T01:00:00Z"), 60 } };
    struct calendar_day days[] = { { date_from_civil(2026, 12, 19), true },
                                   { date_from_civil(2026, 12, 25), false } };
    const struct working_calendar calendar = { .weekdays = { true, true, true, true, true },
                                               .from_minute = 480,
                                               .to_minute = 1080,
                                               .offset_minutes = 60,
                                               .shifts = shifts,
                                               .shift_count = 2,
                                               .days = days,
                                               .day_count = 2 };
    static const struct {
        const char *from;
        int32_t minutes;
        const char *want;
    } rows[] = {
        { "2026-11-24T09:00:00Z", 60, "2026-11-24T10:00:00Z" },   // in the day
        { "2026-11-24T16:30:00Z", 60, "2026-11-25T07:30:00Z" },   // over night
        { "2026-11-27T16:30:00Z", 60, "2026-11-30T07:30:00Z" },   // over the weekend
        { "2026-11-28T12:00:00Z", 60, "2026-11-30T08:00:00Z" },   // from a weekend
        { "2026-11-24T02:00:00Z", 30, "2026-11-24T07:30:00Z" },   // before hours
        { "2026-11-24T16:00:00Z", 60, "2026-11-24T17:00:00Z" },   // to the very end
        { "2026-12-24T16:30:00Z", 60, "2026-12-28T07:30:00Z" },   // over a holiday and a weekend
        { "2026-12-18T16:30:00Z", 60, "2026-12-19T07:30:00Z" },   // a worked Saturday
        { "2026-11-24T07:00:00Z", 1200, "2026-11-25T17:00:00Z" }, // two whole days
        { "2026-10-23T15:30:00Z", 60, "2026-10-26T07:30:00Z" },   // summer time ends between
        { "2026-03-27T16:30:00Z", 60, "2026-03-30T06:30:00Z" },   // and begins
        { "2026-11-24T09:00:00Z", 0, "2026-11-24T09:00:00Z" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[INSTANT_TEXT_SIZE];
        assert_string_equal(
            instant_text(calendar_after(&calendar, instant(rows[i].from), rows[i].minutes), text),
            rows[i].want);
    }
    assert_int_equal(calendar_after(NULL, 5, 2), 120000005);
    const struct working_calendar never = { .from_minute = 1, .to_minute = 2 };
    assert_int_equal(calendar_after(&never, 5, 2), 120000005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_conditions, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_currency, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_order_of_phases, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_tiers, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_tolerance, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_can_hold, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_implies, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_overlap, open_arena, close_arena),
        cmocka_unit_test(test_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
