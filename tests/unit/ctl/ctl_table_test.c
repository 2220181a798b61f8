// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/table.h"

static const struct table_column columns[] = { { "name", "NAME", false },
                                               { "count", "COUNT", true },
                                               { "open", "OPEN", false } };

static struct document *row(struct arena *arena, const char *name, int64_t count, bool open)
{
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "name", slice_of(name));
    document_add_integer(arena, record, "count", count);
    document_add_boolean(arena, record, "open", open);
    return record;
}

static void assert_text(const struct text *got, const char *want)
{
    char *copy = arena_string(got->arena, text_slice(got));
    assert_string_equal(copy, want);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    struct document *list = document_list(arena);
    document_add(list, NULL, row(arena, "a", 1, true));
    document_add(list, NULL, row(arena, "M\xC3\xBCller", 1234567, false));
    struct text text = text_in(arena);
    table_write(list, columns, 3, &text);
    assert_text(&text, "NAME      COUNT  OPEN\n"
                       "a             1  yes\n"
                       "M\xC3\xBCller  1234567  no\n");
    arena_close(arena);
}

static void nothing_is_said_in_words(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    struct text text = text_in(arena);
    table_write(document_list(arena), columns, 3, &text);
    assert_text(&text, "(none)\n");
    arena_close(arena);
}

static void cells_cannot_play_with_the_terminal(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "name", SLICE("a\x1B[2Jb\nc\x7F"));
    struct text text = text_in(arena);
    table_write_sheet(record, columns, 2, &text);
    assert_text(&text, "NAME:   a?[2Jb?c?\nCOUNT:  -\n");
    arena_close(arena);
}

static void every_kind_of_leaf_has_a_form(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    struct document *record = document_record(arena, NULL);
    document_add_decimal(arena, record, "amount", -1250, 2);
    document_add_decimal(arena, record, "price", 125000, 4);
    document_add_date(arena, record, "date", 20781);
    document_add_instant(arena, record, "instant", INT64_C(1795525838000000));
    document_add_bytes(arena, record, "bytes", SLICE("\x00\x01\x02"));
    document_add_text(arena, record, "empty", SLICE(""));
    struct document *list = document_add_list(arena, record, "list");
    document_add_text(arena, list, NULL, SLICE("x"));
    document_add_integer(arena, list, NULL, 2);
    document_add_list(arena, record, "no items");
    const struct {
        const char *name, *want;
    } cases[] = { { "amount", "-12.50" },   { "price", "12.5" },
                  { "date", "2026-11-24" }, { "instant", "2026-11-24T13:10:38Z" },
                  { "bytes", "3 bytes" },   { "empty", "-" },
                  { "list", "x, 2" },       { "no items", "-" },
                  { "absent", "-" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice got = table_cell(arena, document_get(record, cases[i].name));
        if (!slice_is(got, cases[i].want))
            fail_msg("%s: got '%.*s', want '%s'", cases[i].name, SLICE_ARGS(got), cases[i].want);
    }
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
                                        cmocka_unit_test(nothing_is_said_in_words),
                                        cmocka_unit_test(cells_cannot_play_with_the_terminal),
                                        cmocka_unit_test(every_kind_of_leaf_has_a_form) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
