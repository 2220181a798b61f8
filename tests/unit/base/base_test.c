// SPDX-License-Identifier: Apache-2.0
// Numbers, dates, slices, arenas, errors.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/document.h"
#include "base/error.h"

static void decimal_test(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char mark;
        uint8_t scale;
        bool good;
        int64_t want;
    } cases[] = {
        { "12.5", '.', 2, true, 1250 },
        { "12,5", ',', 2, true, 1250 },
        { "12,5", '.', 2, false, 0 },
        { "-0.01", '.', 2, true, -1 },
        { "0", '.', 4, true, 0 },
        { "1.230", '.', 2, true, 123 },
        { "1.234", '.', 2, false, 0 },
        { "1.", '.', 2, false, 0 },
        { ".5", '.', 2, false, 0 },
        { "", '.', 2, false, 0 },
        { "-", '.', 2, false, 0 },
        { "+1", '.', 2, false, 0 },
        { "1e3", '.', 2, false, 0 },
        { "1.2.3", '.', 2, false, 0 },
        { "9223372036854775807", '.', 0, true, INT64_MAX },
        { "9223372036854775808", '.', 0, false, 0 },
        { "92233720368547758.08", '.', 2, false, 0 },
        { "007", '.', 0, true, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = 0;
        bool good = decimal_parse(slice_of(cases[i].text), cases[i].mark, cases[i].scale, &got);
        if (good != cases[i].good || (good && got != cases[i].want))
            fail_msg("'%s': got %d %lld, want %d %lld", cases[i].text, good, (long long)got, cases[i].good,
                     (long long)cases[i].want);
    }
}

static void decimal_text_test(void **state)
{
    (void)state;
    char text[DECIMAL_TEXT_SIZE];
    assert_string_equal(decimal_text(1250, 2, text), "12.5");
    assert_string_equal(decimal_text(-1, 4, text), "-0.0001");
    assert_string_equal(decimal_text(1200, 2, text), "12");
    assert_string_equal(decimal_text(0, 6, text), "0");
    assert_string_equal(decimal_text(INT64_MIN, 0, text), "-9223372036854775808");
    assert_string_equal(decimal_text_whole(1250, 2, text), "12.50");
    assert_string_equal(decimal_text_whole(-5, 3, text), "-0.005");
    assert_string_equal(decimal_text_whole(7, 0, text), "7");
    int64_t value;
    assert_true(decimal_rescale(125, 2, 4, &value) && value == 12500);
    assert_true(decimal_rescale(12500, 4, 2, &value) && value == 125);
    assert_false(decimal_rescale(125, 4, 2, &value));
    assert_false(decimal_rescale(INT64_MAX, 0, 1, &value));
}

static void date_test(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int32_t want;
    } cases[] = {
        { "1970-01-01", true, 0 },     { "1969-12-31", true, -1 }, { "2000-02-29", true, 11016 },
        { "2026-11-24", true, 20781 }, { "1900-02-29", false, 0 }, { "2024-02-30", false, 0 },
        { "2024-13-01", false, 0 },    { "2024-1-01", false, 0 },  { "2024-01-01x", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t got = 0;
        bool good = date_parse(slice_of(cases[i].text), &got);
        if (good != cases[i].good || (good && got != cases[i].want))
            fail_msg("'%s': got %d %d, want %d %d", cases[i].text, good, got, cases[i].good, cases[i].want);
        char text[DATE_TEXT_SIZE];
        if (good)
            assert_string_equal(date_text(got, text), cases[i].text);
    }
}

static void instant_test(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; // NULL: refused
    } cases[] = {
        { "2026-11-24T13:10:38Z", "2026-11-24T13:10:38Z" },
        { "2026-11-24T13:10:38.5Z", "2026-11-24T13:10:38.500000Z" },
        { "2026-11-24T13:10:38+02:00", "2026-11-24T11:10:38Z" },
        { "2026-11-24T00:10-0130", "2026-11-24T01:40:00Z" },
        { "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
        { "2026-11-24T13:10:38", NULL },
        { "2026-11-24T24:00:00Z", NULL },
        { "2026-11-24 13:10:38Z", NULL },
        { "2026-11-24T13:10:38+15:00", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got;
        char text[INSTANT_TEXT_SIZE] = "refused";
        if (instant_parse(slice_of(cases[i].text), &got))
            instant_text(got, text);
        const char *want = cases[i].want ? cases[i].want : "refused";
        if (strcmp(text, want) != 0)
            fail_msg("'%s': got %s, want %s", cases[i].text, text, want);
    }
}

static void slice_test(void **state)
{
    (void)state;
    struct slice rest = SLICE("a,b,,c");
    assert_true(slice_is(slice_cut(&rest, ','), "a"));
    assert_true(slice_is(slice_cut(&rest, ','), "b"));
    assert_true(slice_is(slice_cut(&rest, ','), ""));
    assert_true(slice_is(slice_cut(&rest, ','), "c"));
    assert_true(slice_empty(rest));
    assert_true(slice_is(slice_trim(SLICE(" \t x y\r\n")), "x y"));
    int64_t value;
    assert_true(slice_integer(SLICE("-9223372036854775808"), &value) && value == INT64_MIN);
    assert_false(slice_integer(SLICE("9223372036854775808"), &value));
    assert_false(slice_integer(SLICE("1 "), &value));
    assert_false(slice_integer(SLICE(""), &value));
    assert_true(slice_compare(SLICE("ab"), SLICE("abc")) < 0);
    assert_true(slice_compare(SLICE("b"), SLICE("abc")) > 0);
}

static int released;
static void release(void *thing)
{
    released = released * 10 + *(int *)thing;
}

static void arena_test(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    int one = 1, two = 2;
    arena_defer(arena, release, &one);
    arena_defer(arena, release, &two);
    char *large = arena_take(arena, 600000);
    assert_int_equal(large[599999], 0);
    assert_false(arena_exhausted(arena));
    arena_take(arena, 600000);
    assert_true(arena_exhausted(arena));
    arena_reset(arena);
    assert_int_equal(released, 21);
    assert_false(arena_exhausted(arena));
    assert_true(slice_is(arena_printf(arena, "%s-%d", "x", 7), "x-7"));
    arena_close(arena);
}

static void error_test(void **state)
{
    (void)state;
    struct error error = { 0 };
    char text[600];
    struct position at = { .source = "a.edi", .line = 3, .column = 14 };
    assert_false(error_set(&error, ERROR_INVALID, &at, "cannot read '%s'", "x"));
    assert_false(error_set(&error, ERROR_INTERNAL, NULL, "a later failure changes nothing"));
    assert_false(error_within(&error, "reading line %d", 7));
    assert_false(error_within(&error, "importing"));
    assert_string_equal(error_text(&error, text, sizeof text),
                        "a.edi:3:14: cannot read 'x' (while reading line 7, while importing)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_test), cmocka_unit_test(decimal_text_test), cmocka_unit_test(date_test),
        cmocka_unit_test(instant_test), cmocka_unit_test(slice_test),        cmocka_unit_test(arena_test),
        cmocka_unit_test(error_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
