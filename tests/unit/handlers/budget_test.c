// SPDX-License-Identifier: Apache-2.0
#include "handlers/budget/budget.h"

#include "fixture.h"

static int32_t date(const char *text)
{
    int32_t days = BUDGET_OPEN_START;
    if (*text)
        assert_true(date_parse(slice_of(text), &days));
    return days;
}

static struct budget budget_of(const char *every, int first_month, const char *from, const char *to)
{
    struct budget budget = { .first_month = first_month, .from = date(from), .amount = 1000 };
    budget.to = *to ? date(to) : BUDGET_OPEN_END;
    assert_true(budget_every_parse(slice_of(every), &budget.every));
    return budget;
}

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *every;
        int first_month;
        const char *from, *to, *on, *want;
    } cases[] = {
        { "month", 1, "", "", "2026-06-15", "2026-06-01 2026-07-01" },
        { "month", 1, "", "", "2026-06-01", "2026-06-01 2026-07-01" },
        { "month", 1, "", "", "2026-06-30", "2026-06-01 2026-07-01" },
        { "month", 4, "", "", "2026-12-31", "2026-12-01 2027-01-01" },
        { "month", 1, "", "", "2028-02-29", "2028-02-01 2028-03-01" },
        { "quarter", 1, "", "", "2026-03-31", "2026-01-01 2026-04-01" },
        { "quarter", 1, "", "", "2026-10-01", "2026-10-01 2027-01-01" },
        { "quarter", 2, "", "", "2026-01-31", "2025-11-01 2026-02-01" },
        { "quarter", 2, "", "", "2026-02-01", "2026-02-01 2026-05-01" },
        { "quarter", 12, "", "", "2026-06-15", "2026-06-01 2026-09-01" },
        { "year", 1, "", "", "2026-12-31", "2026-01-01 2027-01-01" },
        { "year", 4, "", "", "2026-03-31", "2025-04-01 2026-04-01" },
        { "year", 4, "", "", "2026-04-01", "2026-04-01 2027-04-01" },
        { "year", 12, "", "", "2026-01-01", "2025-12-01 2026-12-01" },
        { "fixed", 1, "2026-03-10", "2026-09-10", "2026-06-15", "2026-03-10 none" },
        { "fixed", 1, "2026-03-10", "2026-09-10", "2026-03-10", "2026-03-10 none" },
        { "fixed", 1, "2026-03-10", "2026-09-10", "2026-09-09", "2026-03-10 none" },
        { "fixed", 1, "2026-03-10", "2026-09-10", "2026-09-10", "none" },
        { "fixed", 1, "2026-03-10", "2026-09-10", "2026-03-09", "none" },
        { "month", 1, "2026-06-10", "", "2026-06-15", "2026-06-10 2026-07-01" },
        { "month", 1, "2026-06-10", "", "2026-06-09", "none" },
        { "month", 1, "2026-06-10", "2026-07-01", "2026-06-30", "2026-06-10 none" },
        { "month", 1, "2026-06-10", "2026-07-02", "2026-06-30", "2026-06-10 2026-07-01" },
        { "year", 1, "", "", "1969-12-31", "1969-01-01 1970-01-01" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct budget budget = budget_of(cases[i].every, cases[i].first_month, cases[i].from, cases[i].to);
        char got[64] = "none", first[DATE_TEXT_SIZE], second[DATE_TEXT_SIZE];
        int32_t start, next;
        if (budget_start(&budget, date(cases[i].on), &start))
            snprintf(got, sizeof got, "%s %s", date_text(start, first),
                     budget_next(&budget, start, &next) ? date_text(next, second) : "none");
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu, %s on %s: got %s, want %s", i, cases[i].every, cases[i].on, got,
                     cases[i].want);
    }
}

static void use(struct budget *budget, struct arena *arena, const char *start, int64_t committed,
                int64_t actual, int64_t transferred)
{
    struct budget_use *use = budget_use_of(budget, date(start), arena);
    use->committed = committed;
    use->actual = actual;
    use->transferred = transferred;
}

static void uses_are_sorted(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    struct budget budget = budget_of("month", 1, "", "");
    use(&budget, arena, "2026-03-01", 3, 0, 0);
    use(&budget, arena, "2026-01-01", 1, 0, 0);
    use(&budget, arena, "2026-02-01", 2, 0, 0);
    use(&budget, arena, "2026-02-01", 4, 0, 0);
    assert_int_equal(budget.use_count, 3);
    assert_int_equal(budget.uses[0].committed, 1);
    assert_int_equal(budget.uses[1].committed, 4);
    assert_int_equal(budget.uses[2].committed, 3);
    assert_null(budget_find(&budget, date("2026-04-01")));
    assert_null(budget_find(&budget, date("2025-04-01")));
    assert_int_equal(budget_used(NULL), 0);
    arena_close(arena);
}

static void rolls_over(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t rollover, first, second, transferred; // used in January and February, moved into January
        const char *on;
        int64_t rolled, available, used;
    } cases[] = {
        { "nothing", 0, 400, 0, 0, "2026-02-01", 0, 1000, 0 },
        { "all of the rest", PERCENT_WHOLE, 400, 0, 0, "2026-02-01", 600, 1600, 0 },
        { "half of it", PERCENT_WHOLE / 2, 401, 0, 0, "2026-02-01", 299, 1299, 0 },
        { "nothing of an overdrawn month", PERCENT_WHOLE, 1400, 0, 0, "2026-02-01", 0, 1000, 0 },
        { "over two months", PERCENT_WHOLE, 400, 100, 0, "2026-03-01", 1500, 2500, 0 },
        { "over months without use", PERCENT_WHOLE, 0, 0, 0, "2026-12-01", 11000, 12000, 0 },
        { "half over months", PERCENT_WHOLE / 2, 0, 0, 0, "2026-03-01", 750, 1750, 0 },
        { "what was moved in", PERCENT_WHOLE, 400, 0, 250, "2026-02-01", 850, 1850, 0 },
        { "what was moved out", PERCENT_WHOLE, 400, 0, -700, "2026-02-01", 0, 1000, 0 },
        { "into the first month nothing", PERCENT_WHOLE, 400, 0, 0, "2026-01-01", 0, 1000, 400 },
    };
    struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct budget budget = budget_of("month", 1, "2026-01-01", "");
        budget.rollover = cases[i].rollover;
        use(&budget, arena, "2026-01-01", cases[i].first, 0, cases[i].transferred);
        if (cases[i].second)
            use(&budget, arena, "2026-02-01", 0, cases[i].second, 0);
        struct budget_state got = budget_state(&budget, date(cases[i].on));
        if (got.rolled != cases[i].rolled || got.available != cases[i].available || got.used != cases[i].used)
            fail_msg("%s: got %lld rolled, %lld available, %lld used", cases[i].what, (long long)got.rolled,
                     (long long)got.available, (long long)got.used);
    }
    arena_close(arena);
}

static void exceeds(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t rollover, january, february;
        const char *on;
        int64_t more;
        bool want;
    } cases[] = {
        { "up to the amount", 0, 400, 0, "2026-01-01", 600, false },
        { "one more", 0, 400, 0, "2026-01-01", 601, true },
        { "nothing left", 0, 1000, 0, "2026-01-01", 1, true },
        { "overdrawn already", 0, 1200, 0, "2026-01-01", 1, true },
        { "with the rest of before", PERCENT_WHOLE, 400, 0, "2026-02-01", 1600, false },
        { "one more than that", PERCENT_WHOLE, 400, 0, "2026-02-01", 1601, true },
        { "early, where late has spent the rest", PERCENT_WHOLE, 400, 1600, "2026-01-01", 1, true },
        { "early, where late has left some of it", PERCENT_WHOLE, 400, 1500, "2026-01-01", 100, false },
        { "early, one more than that", PERCENT_WHOLE, 400, 1500, "2026-01-01", 101, true },
        { "early, where nothing rolls", 0, 400, 1000, "2026-01-01", 600, false },
        { "early, where late is overdrawn anyway", PERCENT_WHOLE, 1000, 1200, "2026-01-01", 0, false },
        { "a great deal", 0, 0, 0, "2026-01-01", INT64_MAX, true },
    };
    struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct budget budget = budget_of("month", 1, "2026-01-01", "");
        budget.rollover = cases[i].rollover;
        use(&budget, arena, "2026-01-01", cases[i].january, 0, 0);
        use(&budget, arena, "2026-02-01", cases[i].february, 0, 0);
        if (budget_exceeds(&budget, date(cases[i].on), cases[i].more) != cases[i].want)
            fail_msg("%s: got %d", cases[i].what, !cases[i].want);
    }
    arena_close(arena);
}

// Orders of one batch see each other.
static void counts_this_batch(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    struct budget budget = budget_of("month", 1, "", "");
    struct budget_use *june = budget_use_of(&budget, date("2026-06-01"), arena);
    assert_false(budget_exceeds(&budget, june->start, 1000));
    june->more_committed = 600;
    assert_true(budget_exceeds(&budget, june->start, 401));
    june->more_actual = 300;
    june->more_transferred = -50;
    struct budget_state got = budget_state(&budget, june->start);
    assert_int_equal(got.used, 900);
    assert_int_equal(got.available, 950);
    assert_false(budget_exceeds(&budget, june->start, 50));
    assert_true(budget_exceeds(&budget, june->start, 51));
    arena_close(arena);
}

static void depths(void **state)
{
    (void)state;
    struct budget budget = budget_of("month", 1, "2026-01-15", "");
    assert_int_equal(budget_depth(&budget, date("2026-12-01")), 1);
    budget.rollover = PERCENT_WHOLE;
    assert_int_equal(budget_depth(&budget, date("2026-01-15")), 1);
    assert_int_equal(budget_depth(&budget, date("2026-12-01")), 12);
    assert_true(budget_depth(&budget, date("2199-12-01")) > BUDGET_PERIODS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(periods), cmocka_unit_test(uses_are_sorted),   cmocka_unit_test(rolls_over),
        cmocka_unit_test(exceeds), cmocka_unit_test(counts_this_batch), cmocka_unit_test(depths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
