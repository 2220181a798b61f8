// SPDX-License-Identifier: Apache-2.0

#include "doors/json.h"
#include "doors/utf8.h"
#include "unit/arena_testing.h"

static const char *written(const struct document *document)
{
    struct text text = text_in(arena);
    json_write(document, &text);
    text_append_char(&text, '\0');
    return text.data;
}

static void every_kind_is_written(void **state)
{
    (void)state;
    struct document *root = document_record(arena, "Thing");
    document_add_text(arena, root, "text", SLICE("a\"b\\c\nd\te\x01\x7F\xC3\xA9"));
    document_add_text(arena, root, "broken", SLICE("a\xE9z\xED\xA0\x80"));
    document_add_bytes(arena, root, "bytes", SLICE("foo"));
    document_add_integer(arena, root, "integer", INT64_MIN);
    document_add_boolean(arena, root, "yes", true);
    document_add_decimal(arena, root, "decimal", -1250, 2);
    document_add_date(arena, root, "date", 0);
    document_add_instant(arena, root, "instant", 1500000);
    struct document *list = document_add_list(arena, root, "list");
    document_add_integer(arena, list, NULL, 1);
    document_add(list, NULL, document_record(arena, "Inner"));
    document_add(list, NULL, ARENA_NEW(arena, struct document));
    assert_string_equal(written(root),
                        "{\"$type\":\"Thing\",\"text\":\"a\\\"b\\\\c\\nd\\te\\u0001\\u007f\xC3\xA9\","
                        "\"broken\":\"a\xEF\xBF\xBDz"
                        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\",\"bytes\":\"Zm9v\",\"integer\":-"
                        "9223372036854775808,\"yes\":true,"
                        "\"decimal\":\"-12.5\",\"date\":\"1970-01-01\",\"instant\":\"1970-01-01T00:00:01."
                        "500000Z\",\"list\":[1,{},"
                        "null]}");
}

static void texts_are_read(void **state)
{
    (void)state;
    // Numbers become texts with the digits they had, whatever a double would make of them.
    static const char *const cases[][2] = {
        { "{}", "{}" },
        { " { \"a\" : 1 , \"b\" : [ -0.10 , 1e5 ] } ", "{\"a\":\"1\",\"b\":[\"-0.10\",\"1e5\"]}" },
        { "{\"a\":12345678901234567890.123456789012345}",
          "{\"a\":\"12345678901234567890.123456789012345\"}" },
        { "{\"a\":9007199254740993}", "{\"a\":\"9007199254740993\"}" },
        { "{\"a\":\"1, \\\" 2\",\"b\":3}", "{\"a\":\"1, \\\" 2\",\"b\":\"3\"}" },
        { "[true,false,null,\"\\u00e9\"]", "[true,false,null,\"\xC3\xA9\"]" },
        { "{\"z\":\"\",\"a\":\"\",\"m\":{\"y\":1,\"b\":2}}",
          "{\"z\":\"\",\"a\":\"\",\"m\":{\"y\":\"1\",\"b\":\"2\"}}" },
        { "{\"$type\":\"Price\",\"a\":1}", "{\"$type\":\"Price\",\"a\":\"1\"}" },
        { "{\"a\":1,\"$type\":\"Price\"}", "{\"$type\":\"Price\",\"a\":\"1\"}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        struct document *got;
        if (!json_read(slice_of(cases[i][0]), arena, &got, &error))
            fail_msg("%s: %s", cases[i][0], error.message);
        assert_string_equal(written(got), cases[i][1]);
    }
}

static void no_json_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column; // 0: not compared
    } cases[] = {
        { "", 0, 0 },
        { "{", 0, 0 },
        { "{1:2}", 1, 3 },
        { "{\"a\":01}", 0, 0 },
        { "{\"a\":1.}", 0, 0 },
        { "{\"a\":.5}", 0, 0 },
        { "{\"a\":-}", 0, 0 },
        { "{\"a\":1e}", 0, 0 },
        { "{\"a\":+1}", 0, 0 },
        { "{\"a\":1 2}", 0, 0 },
        { "{\"a\":1,}", 0, 0 },
        { "{\"a\":1,\"a\":2}", 0, 0 },
        { "{\"a\":NaN}", 0, 0 },
        { "{\"a\":0x1}", 0, 0 },
        { "{\"a\":\"\xE9\"}", 0, 0 },
        { "7", 0, 0 },
        { "{\"a\":1}x", 0, 0 },
        { "{\"$type\":7e}", 0, 0 },
        { "{\"$type\":true}", 0, 0 },
        { "{\"a\":1,\n\"b\":2,\n  oops}", 3, 7 },
        { "{\"a\":1.1.1}", 0, 0 },
        { "{\"a\":1-1}", 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        struct document *got;
        if (json_read(slice_of(cases[i].text), arena, &got, &error))
            fail_msg("%s was read as %s", cases[i].text, written(got));
        assert_int_equal(error.kind, ERROR_INVALID);
        if (cases[i].line && (error.at.line != cases[i].line || error.at.column != cases[i].column))
            fail_msg("%s: got %u:%u (%s), want %u:%u", cases[i].text, error.at.line, error.at.column,
                     error.message, cases[i].line, cases[i].column);
    }
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    char deep[10000];
    memset(deep, '[', sizeof deep);
    struct error error = { 0 };
    struct document *got;
    assert_false(json_read((struct slice){ deep, sizeof deep }, arena, &got, &error));
}

static void utf8_is_checked(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        size_t want;
    } cases[] = {
        { SLICE("plain ascii, more than eight"), 28 },
        { SLICE("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 9 },
        { SLICE("12345678\xC3"), 8 },
        { SLICE("\x80"), 0 },
        { SLICE("a\xC0\x80"), 1 },
        { SLICE("a\xC1\xBF"), 1 },
        { SLICE("\xE0\x9F\xBF"), 0 },
        { SLICE("\xED\xA0\x80"), 0 },
        { SLICE("\xED\x9F\xBF"), 3 },
        { SLICE("\xEE\x80\x80"), 3 },
        { SLICE("\xF0\x8F\xBF\xBF"), 0 },
        { SLICE("\xF4\x8F\xBF\xBF"), 4 },
        { SLICE("\xF4\x90\x80\x80"), 0 },
        { SLICE("\xF5\x80\x80\x80"), 0 },
        { SLICE("\xE2\x82"), 0 },
        { SLICE("\xE2\x28\xA1"), 0 },
        { SLICE("\xF0\x9F\x98\x28"), 0 },
        { SLICE("1234567\xE9"
                "9"),
          7 },
        { { NULL, 0 }, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t got = utf8_valid_size(cases[i].text);
        if (got != cases[i].want)
            fail_msg("case %zu: got %zu, want %zu", i, got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_written), cmocka_unit_test(texts_are_read),
        cmocka_unit_test(no_json_is_refused),    cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(utf8_is_checked),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
