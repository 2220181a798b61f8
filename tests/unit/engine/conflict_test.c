// SPDX-License-Identifier: Apache-2.0
// Which documents may share a batch.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "engine/conflict.h"

struct case_row {
    const char *name;
    struct subject subjects[4];
    bool want[4]; // whether each may join those before it
    size_t count;
};

#define SUBJECT(account, order)                                                                              \
    {                                                                                                        \
        { (account), sizeof(account) - 1 },                                                                  \
        {                                                                                                    \
            (order), sizeof(order) - 1                                                                       \
        }                                                                                                    \
    }

static const struct case_row cases[] = {
    { "orders of one account", { SUBJECT("A", "1"), SUBJECT("A", "2") }, { true, true }, 2 },
    { "the same order twice", { SUBJECT("A", "1"), SUBJECT("A", "1") }, { true, false }, 2 },
    { "the same number of two accounts", { SUBJECT("A", "1"), SUBJECT("B", "1") }, { true, true }, 2 },
    { "a whole account after its order", { SUBJECT("A", "1"), SUBJECT("A", "") }, { true, false }, 2 },
    { "an order after its whole account", { SUBJECT("A", ""), SUBJECT("A", "1") }, { true, false }, 2 },
    { "two whole accounts", { SUBJECT("A", ""), SUBJECT("B", "") }, { true, true }, 2 },
    { "a whole account twice", { SUBJECT("A", ""), SUBJECT("A", "") }, { true, false }, 2 },
    { "facts conflict with nothing",
      { SUBJECT("", ""), SUBJECT("", ""), SUBJECT("A", ""), SUBJECT("", "") },
      { true, true, true, true },
      4 },
    { "keys that run together when joined", { SUBJECT("A1", "2"), SUBJECT("A", "12") }, { true, true }, 2 },
};

static void cases_test(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conflicts conflicts = conflicts_open(arena, cases[i].count);
        for (size_t j = 0; j < cases[i].count; j++) {
            bool got = conflicts_add(&conflicts, &cases[i].subjects[j]);
            if (got != cases[i].want[j])
                fail_msg("%s: document %zu: got %d, want %d", cases[i].name, j, got, cases[i].want[j]);
        }
    }
    arena_close(arena);
}

static void many_test(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    struct arena *arena = arena_open(16 << 20);
    struct conflicts conflicts = conflicts_open(arena, MANY);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            struct subject subject = { arena_printf(arena, "A%d", i % 7), arena_printf(arena, "%d", i) };
            assert_true(conflicts_add(&conflicts, &subject));
            assert_false(conflicts_add(&conflicts, &subject));
        }
        conflicts_clear(&conflicts);
    }
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(cases_test), cmocka_unit_test(many_test) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
