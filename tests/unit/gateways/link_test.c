// SPDX-License-Identifier: Apache-2.0
// Links of mails: what goes in comes out, and nobody can make or change one.
#include "gateways/links_page.h"
#include "unit/arena_testing.h"

static const struct slice secret = { "correct horse", 13 };

static const struct link sample = {
    .account = { "A1", 2 },
    .order_id = { "3-17", 4 },
    .task_id = { "3-17/1", 6 },
    .user = { "bob", 3 },
    .content_hash = { "00ff", 4 },
    .order_number = { "P<1>\x1f", 5 },
    .total = { "1\u202f240,00", 9 },
    .language = { "fr", 2 },
    .until_us = INT64_C(1790000000000000),
};

static void a_link_says_what_it_was_made_of(void **state)
{
    (void)state;
    struct slice token = link_write(arena, secret, &sample);
    struct link link;
    for (size_t i = 0; i < token.size; i++)
        assert_non_null(
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", token.data[i]));
    assert_true(link_read(arena, secret, token, &link));
    assert_true(slice_equal(link.account, sample.account) && slice_equal(link.order_id, sample.order_id));
    assert_true(slice_equal(link.task_id, sample.task_id) && slice_equal(link.user, sample.user));
    assert_true(slice_equal(link.total, sample.total) && slice_equal(link.language, sample.language));
    assert_true(slice_is(link.order_number, "P<1> "));
    assert_int_equal(link.until_us, sample.until_us);
}

static void another_secret_or_a_changed_letter_makes_it_void(void **state)
{
    (void)state;
    struct slice token = link_write(arena, secret, &sample);
    struct link link;
    assert_false(link_read(arena, SLICE("correct horsf"), token, &link));
    for (size_t i = 0; i < token.size; i++) {
        char *copy = arena_string(arena, token);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        assert_false(link_read(arena, secret, (struct slice){ copy, token.size }, &link));
        assert_false(link_read(arena, secret, (struct slice){ token.data, i }, &link));
    }
    assert_false(link_read(arena, secret, arena_printf(arena, "%.*s=", SLICE_ARGS(token)), &link));
}

static void a_page_escapes_what_it_shows(void **state)
{
    (void)state;
    struct slice page = links_page(arena, PAGE_ASK, &sample, SLICE("reject"));
    assert_null(memmem(page.data, page.size, "P<1>", 4));
    assert_non_null(memmem(page.data, page.size, "P&lt;1&gt;", 10));
    assert_non_null(memmem(page.data, page.size, "Validez-vous", 12));
    const char *reject = memmem(page.data, page.size, "value=\"reject\"", 14);
    const char *approve = memmem(page.data, page.size, "value=\"approve\"", 15);
    assert_true(reject && approve && reject < approve);
    page = links_page(arena, PAGE_INVALID, NULL, (struct slice){ 0 });
    assert_null(memmem(page.data, page.size, "<form", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_link_says_what_it_was_made_of, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(another_secret_or_a_changed_letter_makes_it_void, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_page_escapes_what_it_shows, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
