// SPDX-License-Identifier: Apache-2.0
// By which number a partner knows a document, and what counts as its content.
#include "gateways/interchange_number.h"

#include "doors/json.h"
#include "gateways/inbound_number.h"
#include "unit/formats/map_write_testing.h"

#define ORDER                                                                                                \
    "\"$type\":\"PurchaseOrder\",\"account\":\"A\",\"ordered_at\":\"2026-03-02T09:30:00Z\",\"currency\":"    \
    "\"EUR\","                                                                                               \
    "\"channel\":\"edifact\",\"partner\":\"p\",\"lines\":[]"

static struct document *order(const char *rest)
{
    struct document *document;
    struct error error = { 0 };
    struct slice json = arena_printf(arena, "{" ORDER "%s}", rest);
    assert_true(json_read(json, arena, &document, &error));
    return conformed(document, "PurchaseOrder");
}

static void numbers_tell_documents_apart(void **state)
{
    (void)state;
    static const struct {
        const char *rest, *want;
    } cases[] = {
        { ",\"order_number\":\"PO-1\"", "PurchaseOrder [\"PO-1\",\"\",1]" },
        { ",\"order_number\":\"PO-1\",\"release\":\"R\",\"version\":2", "PurchaseOrder [\"PO-1\",\"R\",2]" },
        { ",\"order_number\":\"PO-1\",\"test\":true", "test PurchaseOrder [\"PO-1\",\"\",1]" },
        // What stands in a number cannot look like the next part of it.
        { ",\"order_number\":\"PO\\\",\\\"1\"", "PurchaseOrder [\"PO\\\",\\\"1\",\"\",1]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice number = interchange_number(order(cases[i].rest), arena);
        if (!slice_is(number, cases[i].want))
            fail_msg("got %.*s, want %s", SLICE_ARGS(number), cases[i].want);
    }
    struct document *other = document_record(arena, "AccountReview");
    assert_int_equal(interchange_number(other, arena).size, 0);
    char *text = arena_string(arena, arena_printf(arena, ",\"order_number\":\"%0600d\"", 1));
    assert_int_equal(interchange_number(order(text), arena).size, 0);
}

static void content_is_what_the_buyer_wrote(void **state)
{
    (void)state;
    const char *one = ",\"order_number\":\"PO-1\",\"reply_reference\":\"1/1\"";
    const char *again = ",\"order_number\":\"PO-1\",\"reply_reference\":\"2/7\"";
    const char *noted = ",\"order_number\":\"PO-1\",\"reply_reference\":\"1/1\",\"note\":\"now\"";
    struct slice first = interchange_content(order(one), SLICE("BGM+220+PO-1'"), arena);
    static const struct {
        const char *name;
        int document; // 0: the same, 1: another interchange, 2: another note
        const char *text;
        bool same;
    } cases[] = {
        { "the same", 0, "BGM+220+PO-1'", true },
        { "in another interchange", 1, "BGM+220+PO-1'", true },
        { "with line breaks", 1, "BGM+220+PO-1'\r\n", true },
        { "written otherwise, understood alike", 1, "BGM+220+PO-1+9'", true },
        { "written alike, understood otherwise", 2, "BGM+220+PO-1'", true },
        { "other content", 2, "BGM+220+PO-1'FTX+AAI+++now'", false },
    };
    assert_int_equal(first.size, 64);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const rests[] = { one, again, noted };
        struct slice second =
            interchange_content(order(rests[cases[i].document]), slice_of(cases[i].text), arena);
        if (inbound_number_same(first, second) != cases[i].same)
            fail_msg("%s", cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_tell_documents_apart, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(content_is_what_the_buyer_wrote, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, load_maps, free_maps);
}
