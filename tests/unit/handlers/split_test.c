// SPDX-License-Identifier: Apache-2.0
// Charges shared by cost centres: what is sound, how it is stored, and that the parts make the whole.
#include "handlers/order/split.h"

#include "tests/unit/handlers/fixture.h"

struct sample {
    const char *stored;  // as in order_line.splits
    const char *problem; // NULL for none
};

static const struct sample samples[] = {
    { "", NULL },
    { "1000000 CC1", NULL },
    { "600000 CC1\n400000 CC 2", NULL },
    { "333333 A\n333333 B\n333334 C", NULL },
    { "600000 CC1\n400001 CC2", "its shares add up to more than 1" },
    { "600000 CC1\n399999 CC2", "its shares add up to less than 1" },
    { "500000 CC1\n500000 CC1", "a cost centre stands there twice" },
    { "0 CC1\n1000000 CC2", "a share is not above 0 and at most 1" },
    { "-1 CC1\n1000001 CC2", "a share is not above 0 and at most 1" },
    { "1000000 ", "one of its shares names no cost centre" },
};

static void test_problems(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct line line = { 0 };
        split_parse(&line, slice_of(samples[i].stored), arena);
        const char *got = split_problem(&line), *want = samples[i].problem;
        if ((got == NULL) != (want == NULL) || (want && strcmp(got, want) != 0))
            fail_msg("'%s': got %s, want %s", samples[i].stored, got ? got : "no problem",
                     want ? want : "no problem");
        if (!want)
            assert_true(slice_is(split_text(&line, arena), samples[i].stored));
    }
    arena_close(arena);
}

static void test_parts_make_the_whole(void **state)
{
    (void)state;
    static const int64_t amounts[] = { 0, 1, -1, 2, 100, 99999, -12345, INT64_C(900000000000000) };
    struct arena *arena = arena_open(1 << 20);
    struct line line = { 0 };
    split_parse(&line, SLICE("333333 A\n333333 B\n333334 C"), arena);
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        int64_t sum = 0;
        for (size_t j = 0; j < line.split_count; j++)
            sum += split_amount(&line, j, amounts[i]);
        assert_int_equal(sum, amounts[i]);
    }
    assert_int_equal(split_amount(&line, 0, 100), 33);
    assert_int_equal(split_amount(&line, 2, 100), 34);
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_parts_make_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
