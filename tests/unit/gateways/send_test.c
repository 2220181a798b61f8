// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateways/send.h"

static int set_up(void **state)
{
    *state = arena_open(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    arena_close(*state);
    return 0;
}

static struct slice name_of(struct arena *arena, const char *partner, const char *id)
{
    const struct delivery delivery = { .partner = slice_of(partner), .id = slice_of(id) };
    return send_file_name(&delivery, arena);
}

static void a_file_name_is_a_function_of_the_delivery(void **state)
{
    struct arena *arena = *state;
    struct slice name = name_of(arena, "acme", "answer/3-17");
    assert_true(slice_starts(name, "acme-answer_3-17-"));
    assert_int_equal(name.size, strlen("acme-answer_3-17-") + 12 + strlen(".edi"));
    assert_true(slice_equal(name, name_of(arena, "acme", "answer/3-17")));
    assert_false(slice_equal(name, name_of(arena, "acme", "answer_3-17")));
    assert_false(slice_equal(name, name_of(arena, "acme-answer", "3-17")));
}

static void a_file_name_cannot_leave_the_folder(void **state)
{
    struct arena *arena = *state;
    static const char *const ids[] = { "../../etc/passwd", "a\nb", ".hidden", "x y'z\"", "\xC3\xA4" };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct slice name = name_of(arena, ".p", ids[i]);
        assert_int_equal(name.data[0], '_');
        for (size_t j = 0; j < name.size; j++)
            assert_non_null(memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
                                   name.data[j], 65));
    }
    char id[5000];
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    assert_true(name_of(arena, "p", id).size < 200);
}

static void waits_double_up_to_the_most(void **state)
{
    (void)state;
    static const struct {
        int64_t failures, first, most, want;
    } cases[] = {
        { 1, 5000, 3600000, 5000 },     { 2, 5000, 3600000, 10000 },          { 5, 5000, 3600000, 80000 },
        { 11, 5000, 3600000, 3600000 }, { 1000000, 1, INT64_MAX, INT64_MAX }, { 1, 9000, 1000, 1000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = send_delay_ms(cases[i].failures, cases[i].first, cases[i].most);
        if (got != cases[i].want)
            fail_msg("case %zu: got %lld, want %lld", i, (long long)got, (long long)cases[i].want);
    }
}

#define ANSWER(status)                                                                                       \
    "<cXML payloadID=\"1@b\" timestamp=\"2026-03-02T10:00:00+00:00\"><Response>" status "</Response></cXML>"

static void both_layers_of_an_answer_count(void **state)
{
    struct arena *arena = *state;
    static const struct {
        int http;
        const char *answer, *want; // NULL: success
    } cases[] = {
        { 200, ANSWER("<Status code=\"200\" text=\"OK\"/>"), NULL },
        { 202, ANSWER("<Status code=\"201\" text=\"Accepted\"/>"), NULL },
        { 500, ANSWER("<Status code=\"200\" text=\"OK\"/>"), "HTTP 500" },
        { 302, "", "HTTP 302" },
        { 200, ANSWER("<Status code=\"401\" text=\"Unauthorized\">who?</Status>"),
          "Status 401 \"Unauthorized\": who?" },
        { 200, ANSWER("<Status code=\"560\" text=\"Later\"/>"), "Status 560" },
        { 200, ANSWER(""), "no Status" },
        { 200, ANSWER("<Status code=\"fine\"/>"), "no Status" },
        { 200, "<html><body>Welcome</body></html>", "cannot be read as cXML" },
        { 200, "", "cannot be read as cXML" },
        { 200, "OK", "cannot be read as cXML" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = { 0 };
        bool got = send_judge(cases[i].http, slice_of(cases[i].answer), arena, &error);
        if (got != (cases[i].want == NULL))
            fail_msg("case %zu: got %d: %s", i, got, error.message);
        if (cases[i].want && !strstr(error.message, cases[i].want))
            fail_msg("case %zu: got \"%s\", want \"%s\"", i, error.message, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_name_is_a_function_of_the_delivery, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_name_cannot_leave_the_folder, set_up, tear_down),
        cmocka_unit_test(waits_double_up_to_the_most),
        cmocka_unit_test_setup_teardown(both_layers_of_an_answer_count, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
