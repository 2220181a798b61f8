// SPDX-License-Identifier: Apache-2.0
// What a parked document leaves behind must be writable whatever the document holds.
#include "engine/outcome.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "doors/utf8.h"

static void reasons_are_text(void **state)
{
    (void)state;
    static const struct {
        struct slice reason;
        const char *want;
    } cases[] = {
        { SLICE("plain"), "plain" },
        { SLICE("caf\xC3\xA9"), "caf\xC3\xA9" },
        { SLICE("cut caf\xC3"), "cut caf?" },
        { SLICE("quoted \"\xFF\xFE\" here"), "quoted \"??\" here" },
        { SLICE("a\0b"), "a b" },
        { SLICE(""), "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_open(1 << 16);
        struct slice got = outcome_reason(cases[i].reason, arena);
        assert_true(utf8_valid(got));
        assert_true(slice_is(got, cases[i].want));
        arena_close(arena);
    }
}

static void dead_letters_fit(void **state)
{
    (void)state;
    enum { LARGE = 950000, ROOM = 1000000 };
    struct arena *arena = arena_open(8 << 20);
    const struct slice large = { arena_take(arena, LARGE), LARGE };
    const struct {
        struct slice key, raw;
    } cases[] = {
        { SLICE("key"), large },
        { large, SLICE("raw") },
        { large, large },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct item item = { .key = cases[i].key, .raw = cases[i].raw, .park_reason = SLICE("why") };
        struct outbox_row row = outcome_dead_letter(&item, "inbound[0]@1", arena);
        assert_true(row.key.size + row.payload.size + row.headers.size < ROOM);
    }
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_are_text),
        cmocka_unit_test(dead_letters_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
