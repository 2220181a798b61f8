// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

static void finds_what_was_put(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    struct arena *arena = arena_open(64 << 20);
    struct index index = index_in(arena);
    assert_null(index_get(&index, SLICE("a"), SLICE("b")));
    int *things = ARENA_ARRAY(arena, COUNT, int);
    for (int i = 0; i < COUNT; i++)
        assert_true(index_put(&index, arena_printf(arena, "%d", i / 3), arena_printf(arena, "%d", i % 3),
                              &things[i]));
    assert_int_equal(index.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        struct slice first = arena_printf(arena, "%d", i / 3), second = arena_printf(arena, "%d", i % 3);
        assert_ptr_equal(index_get(&index, first, second), &things[i]);
        assert_false(index_put(&index, first, second, &index)); // the first one stays
        assert_ptr_equal(index_get(&index, first, second), &things[i]);
    }
    // Where one part ends and the other begins makes a difference.
    assert_true(index_put(&index, SLICE("ab"), SLICE("c"), &things[0]));
    assert_null(index_get(&index, SLICE("a"), SLICE("bc")));
    assert_null(index_get(&index, SLICE("abc"), SLICE("")));
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds_what_was_put) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
