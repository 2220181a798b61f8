// SPDX-License-Identifier: Apache-2.0
#include "handlers/terms/terms.h"

#include "fixture.h"

static int32_t date(const char *text)
{
    int32_t days;
    assert_true(date_parse(slice_of(text), &days));
    return days;
}

static void due_dates(void **state)
{
    (void)state;
    static const struct {
        const char *what, *from;
        struct due_rule rule;
        const char *want;
    } cases[] = {
        { "at once", "2026-01-15", { 0 }, "2026-01-15" },
        { "30 days", "2026-01-15", { .days = 30 }, "2026-02-14" },
        { "30 days over a leap day", "2028-02-15", { .days = 30 }, "2028-03-16" },
        { "30 days end of month", "2026-01-15", { 30, MONTH_END_AFTER, 0 }, "2026-02-28" },
        { "the same in a leap year", "2028-01-15", { 30, MONTH_END_AFTER, 0 }, "2028-02-29" },
        { "no leap year in 2100", "2100-01-15", { 30, MONTH_END_AFTER, 0 }, "2100-02-28" },
        { "30 days end of month from the 31st", "2026-01-31", { 30, MONTH_END_AFTER, 0 }, "2026-03-31" },
        { "from the last of a month", "2026-04-30", { 0, MONTH_END_AFTER, 0 }, "2026-04-30" },
        { "from the first of a month", "2026-05-01", { 0, MONTH_END_AFTER, 0 }, "2026-05-31" },
        { "45 days end of month", "2026-03-10", { 45, MONTH_END_AFTER, 0 }, "2026-04-30" },
        { "end of month 45 days", "2026-03-10", { 45, MONTH_END_BEFORE, 0 }, "2026-05-15" },
        { "end of month 60 days over a year", "2026-11-20", { 60, MONTH_END_BEFORE, 0 }, "2027-01-29" },
        { "45 days end of month the 10th", "2026-03-10", { 45, MONTH_END_AFTER, 10 }, "2026-05-10" },
        { "the same over a year", "2026-10-25", { 45, MONTH_END_AFTER, 10 }, "2027-01-10" },
        { "30 days end of month the 31st", "2026-02-20", { 30, MONTH_END_AFTER, 31 }, "2026-04-30" },
        { "end of month the 30th, in February", "2026-01-05", { 0, MONTH_END_AFTER, 30 }, "2026-02-28" },
        { "30 days the 15th", "2026-01-10", { 30, MONTH_END_NONE, 15 }, "2026-02-15" },
        { "30 days the 15th, on the day", "2026-01-16", { 30, MONTH_END_NONE, 15 }, "2026-02-15" },
        { "30 days the 15th, one late", "2026-01-17", { 30, MONTH_END_NONE, 15 }, "2026-03-15" },
        { "the 31st in a short month", "2026-04-05", { 0, MONTH_END_NONE, 31 }, "2026-04-30" },
        { "the 31st, on its last day", "2026-02-28", { 0, MONTH_END_NONE, 31 }, "2026-02-28" },
        { "the 30th from a leap day", "2028-02-29", { 0, MONTH_END_NONE, 30 }, "2028-02-29" },
        { "the first", "2026-12-02", { 0, MONTH_END_NONE, 1 }, "2027-01-01" },
        { "end of month 10 days the 10th", "2026-03-10", { 10, MONTH_END_BEFORE, 10 }, "2026-04-10" },
        { "longest", "2026-01-01", { TERMS_DAYS_MAX, MONTH_END_AFTER, 31 }, "2036-01-31" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[DATE_TEXT_SIZE];
        date_text(terms_due(cases[i].rule, date(cases[i].from)), got);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s from %s: got %s, want %s", cases[i].what, cases[i].from, got, cases[i].want);
    }
}

static void plans(void **state)
{
    (void)state;
    static const struct {
        const char *terms;
        int64_t total;
        const char *want;
    } cases[] = {
        { "transfer; balance 100% invoice 30", 10001, "10001@2026-03-31" },
        { "transfer; deposit 30% order 0; balance 70% invoice 30", 10001, "3000@2026-01-10 7001@2026-03-31" },
        { "transfer; instalment 33.3333% invoice 0; instalment 33.3333% invoice 30; instalment 33.3334% "
          "invoice 60",
          10000, "3333@2026-03-01 3333@2026-03-31 3334@2026-04-30" },
        { "transfer; instalment 50% invoice 0; instalment 50% invoice 10", 1, "0@2026-03-01 1@2026-03-11" },
        { "draft; instalment 40% order 5; instalment 40% delivery 10; instalment 20% invoice 30", 999,
          "399@2026-01-15 399@later 201@2026-03-31" },
        { "prepaid; balance 100% order 0", 0, "0@2026-01-10" },
        { "card; instalment 16.67% invoice 0; instalment 16.67% invoice 1; instalment 16.67% invoice 2; "
          "instalment 16.67% invoice 3; instalment 16.67% invoice 4; instalment 16.65% invoice 5",
          3, "0@2026-03-01 0@2026-03-02 0@2026-03-03 0@2026-03-04 0@2026-03-05 3@2026-03-06" },
        { "transfer; deposit 0.0001% order 0; balance 99.9999% invoice 0", INT64_MAX,
          "9223372036854@2026-01-10 9223362813482738953@2026-03-01" },
    };
    struct due_events events = { .known = { true, false, true },
                                 .dates = { date("2026-01-10"), 0, date("2026-03-01") } };
    struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct terms terms;
        struct due dues[TERMS_PARTS_MAX];
        assert_true(terms_parse(slice_of(cases[i].terms), &terms));
        ASSERT_SLICE(terms_fault(&terms, arena), "");
        terms_plan(&terms, cases[i].total, &events, dues);
        struct text text = text_in(arena);
        int64_t sum = 0;
        for (size_t j = 0; j < terms.part_count; j++) {
            char on[DATE_TEXT_SIZE];
            text_printf(&text, "%s%lld@%s", j ? " " : "", (long long)dues[j].amount,
                        dues[j].dated ? date_text(dues[j].date, on) : "later");
            sum += dues[j].amount;
        }
        ASSERT_SLICE(text_slice(&text), cases[i].want);
        assert_int_equal(sum, cases[i].total);
    }
    arena_close(arena);
}

static void texts(void **state)
{
    (void)state;
    static const char *const good[] = {
        "transfer; balance 100% invoice 0",
        "direct_debit; discount 2% 10; discount 1.5% 20; balance 100% invoice 30 after_days",
        "draft; deposit 30% order 0; balance 70% invoice 45 after_days day 10",
        "card; balance 100% invoice 10 before_days day 31",
        "prepaid; balance 100% order 0",
    };
    static const char *const bad[] = {
        "",
        "transfer",
        "cash; balance 100% invoice 0",
        "transfer; rest 100% invoice 0",
        "transfer; balance 100 invoice 0",
        "transfer; balance 100% payment 0",
        "transfer; balance 100% invoice x",
        "transfer; balance 100% invoice -1",
        "transfer; balance 100% invoice 0 day 32",
        "transfer; balance 100% invoice 0 day 0",
        "transfer; balance 100% invoice 0 sometimes",
        "transfer; balance 100% invoice 0 after_days soon",
        "transfer; discount 2% 10",
        "transfer; discount 2% 10; discount 2% 11; discount 2% 12; discount 2% 13; balance 100% invoice 0",
        "transfer; balance 10% invoice 0; balance 10% invoice 0; balance 10% invoice 0; balance 10% invoice "
        "0; "
        "balance 10% invoice 0; balance 10% invoice 0; balance 10% invoice 0; balance 30% invoice 0",
        "transfer;; balance 100% invoice 0",
    };
    struct arena *arena = arena_open(1 << 20);
    struct terms terms;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!terms_parse(slice_of(good[i]), &terms))
            fail_msg("not read: %s", good[i]);
        ASSERT_SLICE(terms_text(&terms, arena), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (terms_parse(slice_of(bad[i]), &terms))
            fail_msg("read: %s", bad[i]);
    arena_close(arena);
}

static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *terms, *want;
    } cases[] = {
        { "transfer; deposit 30% order 0; balance 60% invoice 0",
          "parts that sum to 90.0000 percent, not to 100" },
        { "transfer; deposit 60% order 0; balance 60.5% invoice 0",
          "parts that sum to 120.5000 percent, not to 100" },
        { "transfer; balance 0% invoice 0", "a part of 0/10000 percent" },
        { "prepaid; balance 100% invoice 0", "form prepaid with a part that is due from the invoice" },
        { "transfer; discount 100% 10; balance 100% invoice 0",
          "a discount of 1000000/10000 percent within 10 days" },
        { "transfer; discount 2% 10; discount 1% 10; balance 100% invoice 0",
          "a discount within 10 days that is no less than the one within 10 days" },
        { "transfer; discount 2% 10; discount 3% 20; balance 100% invoice 0",
          "a discount within 20 days that is no less than the one within 10 days" },
    };
    struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct terms terms;
        assert_true(terms_parse(slice_of(cases[i].terms), &terms));
        ASSERT_SLICE(terms_fault(&terms, arena), cases[i].want);
    }
    arena_close(arena);
}

static void discounts(void **state)
{
    (void)state;
    assert_int_equal(terms_discount_amount(20000, 12345), 247); // 246.9
    assert_int_equal(terms_discount_amount(20000, 25), 1);      // 0.5 goes up
    assert_int_equal(terms_discount_amount(20000, 24), 0);
    assert_int_equal(terms_discount_amount(999999, INT64_MAX), INT64_C(9223362813482738952));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_dates), cmocka_unit_test(plans),     cmocka_unit_test(texts),
        cmocka_unit_test(faults),    cmocka_unit_test(discounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
