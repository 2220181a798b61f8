// SPDX-License-Identifier: Apache-2.0
// Exchange rates: from minor unit to minor unit, both ways, and what they do to amounts.
#include "fixture.h"
#include "handlers/credit/rate.h"

// Rates as stated, 8 decimals, and as they count, 12.
static void rates(void **state)
{
    (void)state;
    static const struct {
        const char *stated;
        int from, to; // exponents
        bool inverse;
        const char *want; // empty: refused
    } cases[] = {
        { "0.9", 2, 2, false, "900000000000" },
        { "0.00000001", 2, 2, false, "10000" },
        { "0.0062", 0, 2, false, "620000000000" },         // a yen is 0.62 cents
        { "161.29", 2, 0, false, "1612900000000" },        // a cent is 1.6129 yen
        { "53000", 3, 2, false, "5300000000000000" },      // a fils is 5300 sen
        { "0.00000001", 4, 0, false, "1" },                // as fine as it gets
        { "9000000", 2, 2, false, "9000000000000000000" }, // the largest that fits
        { "9300000", 2, 2, false, "" },
        { "0", 2, 2, false, "" },
        { "-1", 2, 2, false, "" },
        { "1.25", 2, 2, true, "800000000000" },
        { "3", 2, 2, true, "333333333333" },
        { "1.5", 2, 2, true, "666666666667" }, // rounded
        { "161.29", 0, 2, true, "620001240002" },
        { "0", 2, 2, true, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t stated = fixture_number(cases[i].stated, RATE_SCALE), rate = 0;
        bool good = cases[i].inverse ? rate_minor_inverse(stated, cases[i].from, cases[i].to, &rate)
                                     : rate_minor(stated, cases[i].from, cases[i].to, &rate);
        char got[32];
        snprintf(got, sizeof got, "%lld", (long long)rate);
        if (good != (cases[i].want[0] != '\0') || (good && strcmp(got, cases[i].want) != 0))
            fail_msg("case %zu: got %s %s, want '%s'", i, good ? "good" : "bad", got, cases[i].want);
    }
}

static void amounts(void **state)
{
    (void)state;
    static const int64_t one = INT64_C(1000000000000);
    static const struct {
        int64_t amount, rate, want;
    } cases[] = {
        { 12345, 0, 12345 }, // the same currency
        { 1, one / 2, 1 },   // half away from zero ...
        { -1, one / 2, -1 }, // ... on both sides
        { 1, one / 2 - 1, 0 },
        { 333, one * 9 / 10, 300 }, // 299.7
        { INT64_MAX, one * 2, INT64_MAX },
        { INT64_MIN, one * 2, INT64_MIN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rate_convert(cases[i].amount, cases[i].rate), cases[i].want);
    assert_true(rate_fits(INT64_C(100000000000000000), 0));
    assert_false(rate_fits(INT64_C(100000000000000001), 0));
    assert_false(rate_fits(INT64_C(-100000000000), one * 2000000));
}

// Whatever is taken off in parts, by one rate, adds up to the whole.
static void parts_leave_nothing_behind(void **state)
{
    (void)state;
    static const int64_t rates_of[] = { INT64_C(933333333333), INT64_C(711111110000), 1,
                                        INT64_C(123456789012345) };
    for (size_t i = 0; i < sizeof rates_of / sizeof *rates_of; i++) {
        int64_t left = rate_convert(999999, rates_of[i]);
        for (int64_t gone = 0; gone < 999999; gone += 7)
            left -= rate_convert(gone + 7 < 999999 ? gone + 7 : 999999, rates_of[i]) -
                    rate_convert(gone, rates_of[i]);
        assert_int_equal(left, 0);
    }
}

// The youngest one that is valid counts, else the inverse of the other direction.
static void found(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct trade *trade = fixture.trade;
    int64_t rate, unknown;
    assert_true(rate_find(trade, SLICE("EUR"), SLICE("EUR"), &rate));
    assert_int_equal(rate, 0);
    assert_false(rate_find(trade, SLICE("USD"), SLICE("EUR"), &rate));
    rate_ask(trade, SLICE("USD"), SLICE("EUR"));
    assert_false(rate_find(trade, SLICE("USD"), SLICE("EUR"), &rate));
    rate_put(trade, SLICE("EUR"), SLICE("USD"), 5, fixture_number("1.25", RATE_SCALE));
    assert_true(rate_find(trade, SLICE("USD"), SLICE("EUR"), &rate));
    assert_int_equal(rate, INT64_C(800000000000));
    rate_put(trade, SLICE("USD"), SLICE("EUR"), 9, fixture_number("0.9", RATE_SCALE));
    rate_put(trade, SLICE("USD"), SLICE("EUR"), 8, fixture_number("0.7", RATE_SCALE)); // older
    assert_true(rate_find(trade, SLICE("USD"), SLICE("EUR"), &rate));
    assert_int_equal(rate, INT64_C(900000000000));
    assert_false(rate_find(trade, SLICE("USD"), SLICE("???"), &unknown));
    ASSERT_SLICE(rate_text(fixture.arena, rate, SLICE("USD"), SLICE("EUR")), "1 USD = 0.9 EUR");
    ASSERT_SLICE(rate_text(fixture.arena, INT64_C(620001240002), SLICE("JPY"), SLICE("EUR")),
                 "1 JPY = 0.00620001 EUR");
    ASSERT_SLICE(rate_text(fixture.arena, INT64_C(1612900000000), SLICE("EUR"), SLICE("JPY")),
                 "1 EUR = 161.29 JPY");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rates), cmocka_unit_test(amounts),
                                        cmocka_unit_test(parts_leave_nothing_behind),
                                        cmocka_unit_test(found) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
