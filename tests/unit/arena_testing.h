// SPDX-License-Identifier: Apache-2.0
// An arena for each test: cmocka_unit_test_setup_teardown(test, open_arena, close_arena). Brings cmocka along.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the headers above first.
#include <cmocka.h>

#include "base/arena.h"

static struct arena *arena;

static inline int open_arena(void **state)
{
    (void)state;
    arena = arena_open(64 << 20);
    return 0;
}

// For tests of what happens where memory ends.
static inline int open_small_arena(void **state)
{
    (void)state;
    arena = arena_open(1 << 20);
    return 0;
}

static inline int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}
