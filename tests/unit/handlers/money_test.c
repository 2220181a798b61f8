// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

static void exponents(void **state)
{
    (void)state;
    static const struct {
        const char *currency;
        int want;
    } cases[] = { { "EUR", 2 }, { "JPY", 0 }, { "TND", 3 }, { "UYU", 2 }, { "XAU", -1 },  { "eur", -1 },
                  { "EU", -1 }, { "", -1 },   { "ZWG", 2 }, { "AED", 2 }, { "R TN", -1 }, { " TN", -1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = money_exponent(slice_of(cases[i].currency));
        if (got != cases[i].want)
            fail_msg("%s: got %d, want %d", cases[i].currency, got, cases[i].want);
    }
}

static void minor_units(void **state)
{
    (void)state;
    static const struct {
        int64_t decimal4;
        int exponent;
        bool exact;
        int64_t rounded;
    } cases[] = {
        { 125000, 2, true, 1250 },    { 125050, 2, false, 1251 },
        { 125049, 2, false, 1250 },   { -125050, 2, false, -1251 },
        { -125049, 2, false, -1250 }, { 15000, 0, false, 2 },
        { 14999, 0, false, 1 },       { 12345, 3, false, 1235 },
        { 12345, 4, true, 12345 },    { 0, 2, true, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t got = -7;
        assert_int_equal(money_minor(cases[i].decimal4, cases[i].exponent, &got), cases[i].exact);
        if (cases[i].exact)
            assert_int_equal(got, cases[i].rounded);
        assert_true(money_minor_rounded(cases[i].decimal4, cases[i].exponent, &got));
        if (got != cases[i].rounded)
            fail_msg("case %zu: got %lld, want %lld", i, (long long)got, (long long)cases[i].rounded);
    }
    int64_t decimal4;
    assert_false(money_decimal4(INT64_MAX / 10, 2, &decimal4));
    assert_true(money_decimal4(-1250, 2, &decimal4));
    assert_int_equal(decimal4, -125000);
}

static void amounts(void **state)
{
    (void)state;
    static const struct {
        const char *quantity, *factor, *price, *basis, *per;
        int exponent;
        bool fits;
        int64_t want;
    } cases[] = {
        { "3", "1", "1.25", "1", "1", 2, true, 375 },
        { "1", "1", "0.005", "1", "1", 2, true, 1 }, // half goes up
        { "1", "1", "0.0049", "1", "1", 2, true, 0 },
        { "7", "1", "19.99", "100", "1", 2, true, 140 }, // 1.3993
        { "2", "12", "10", "1", "1", 2, true, 24000 },   // boxes at the piece's price
        { "18", "1", "10", "1", "12", 2, true, 1500 },   // pieces at the box's price
        { "1", "1", "10", "1", "3", 2, true, 333 },      // a third, divided once only
        { "3", "1", "10", "1", "3", 2, true, 1000 },
        { "5", "1", "99.5", "1", "1", 0, true, 498 }, // 497.5 in a currency without decimals
        { "1.5", "1", "1.0001", "1", "1", 3, true, 1500 },
        { "0", "1", "5", "1", "1", 2, true, 0 },
        { "900000000000", "900000000000", "900000000000", "0.000001", "0.000001", 2, false, 0 },
        { "9000000000000", "1", "92233720368547", "1", "1", 2, false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct money_rate rate = { fixture_number(cases[i].price, MONEY_SCALE),
                                   fixture_number(cases[i].basis, QUANTITY_SCALE),
                                   fixture_number(cases[i].per, QUANTITY_SCALE) };
        int64_t got = -1;
        bool fits =
            money_amount(fixture_number(cases[i].quantity, QUANTITY_SCALE),
                         fixture_number(cases[i].factor, QUANTITY_SCALE), rate, cases[i].exponent, &got);
        if (fits != cases[i].fits || (fits && got != cases[i].want))
            fail_msg("case %zu: got %d %lld, want %d %lld", i, fits, (long long)got, cases[i].fits,
                     (long long)cases[i].want);
    }
}

static void quantities(void **state)
{
    (void)state;
    int64_t base;
    assert_true(quantity_to_base(1500000, 12 * QUANTITY_ONE, &base));
    assert_int_equal(base, 18 * QUANTITY_ONE);
    assert_false(quantity_to_base(INT64_MAX, 12 * QUANTITY_ONE, &base));
    assert_false(quantity_to_base(-1, QUANTITY_ONE, &base));
    // No more is confirmed than is there.
    assert_int_equal(quantity_from_base(2 * QUANTITY_ONE, 3 * QUANTITY_ONE), 666666);
    assert_int_equal(quantity_from_base(-5, QUANTITY_ONE), 0);
    assert_int_equal(quantity_from_base(5, 0), 0);
}

static void order_ids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        int64_t want;
    } cases[] = {
        { "3-100", true, (INT64_C(3) << 40) + 100 },
        { "0-0", true, 0 },
        { "4194303-1099511627775", true, INT64_MAX / 2 },
        { "4194304-0", false, 0 },
        { "1-1099511627776", false, 0 },
        { "3", false, 0 },
        { "3-", false, 0 },
        { "-3-1", false, 0 },
        { "3--1", false, 0 },
        { "3-1-1", false, 0 },
        { "", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t got = -1;
        char text[ORDER_ID_TEXT_SIZE];
        if (order_id_parse(slice_of(cases[i].text), &got) != cases[i].valid)
            fail_msg("%s: wanted %s", cases[i].text, cases[i].valid ? "valid" : "invalid");
        if (!cases[i].valid)
            continue;
        assert_int_equal(got, cases[i].want);
        assert_string_equal(order_id_text(got, text), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(exponents), cmocka_unit_test(minor_units),
                                        cmocka_unit_test(amounts), cmocka_unit_test(quantities),
                                        cmocka_unit_test(order_ids) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
