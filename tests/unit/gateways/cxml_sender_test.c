// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateways/cxml_sender.h"
#include "gateways/plain.h"

static int set_up(void **state)
{
    *state = arena_open(1 << 22);
    return 0;
}

static int tear_down(void **state)
{
    arena_close(*state);
    return 0;
}

static struct cxml_envelope envelope_of(struct arena *arena, const char *root, const char *request,
                                        const char *order)
{
    struct slice bytes =
        arena_printf(arena, "<cXML %s><Request %s>%s</Request></cXML>", root, request, order);
    struct cxml_envelope envelope;
    struct error error = { 0 };
    if (!cxml_read(bytes, arena, &envelope, &error))
        fail_msg("%s: %s", bytes.data, error.message);
    return envelope;
}

#define ORDER(header, line)                                                                                  \
    "<OrderRequest><OrderRequestHeader " header "/><ItemOut " line                                           \
    "><ItemID>P</ItemID></ItemOut></OrderRequest>"

static void keys_tell_orders_apart(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *request, *header, *want;
    } cases[] = {
        { "", "orderID=\"A/1\"", "OrderRequest/new/1/A/1" },
        { "deploymentMode=\"production\"", "orderID=\"A\" type=\"new\" orderVersion=\"1\"",
          "OrderRequest/new/1/A" },
        { "", "orderID=\"A\" orderVersion=\"2\"", "OrderRequest/new/2/A" },
        { "", "orderID=\"A\" type=\"update\"", "OrderRequest/update/1/A" },
        { "deploymentMode=\"test\"", "orderID=\"A\"", "test OrderRequest/new/1/A" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *order =
            arena_printf(arena, "<OrderRequest><OrderRequestHeader %s/></OrderRequest>", cases[i].header)
                .data;
        struct cxml_envelope envelope = envelope_of(arena, "payloadID=\"x\"", cases[i].request, order);
        struct slice got = cxml_order_key(&envelope, arena);
        if (!slice_is(got, cases[i].want))
            fail_msg("case %zu: got %.*s, want %s", i, SLICE_ARGS(got), cases[i].want);
    }
}

static void layout_and_envelope_do_not_make_another_order(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *root, *order;
        bool same;
    } cases[] = {
        { "payloadID=\"2\" timestamp=\"later\"", ORDER("orderID=\"A\" orderDate=\"D\"", "quantity=\"1\""),
          true },
        { "payloadID=\"1\"", ORDER("orderDate='D'   orderID='A'", "quantity=\"1\""), true },
        { "",
          "\n<OrderRequest>\n <OrderRequestHeader orderID=\"A\" orderDate=\" D \"></OrderRequestHeader>\n"
          " <ItemOut quantity=\"1\">\n<ItemID> P\n</ItemID></ItemOut></OrderRequest>\n",
          true },
        { "", ORDER("orderID=\"A\" orderDate=\"D\"", "quantity=\"2\""), false },
        { "", ORDER("orderID=\"A\" orderDate=\"E\"", "quantity=\"1\""), false },
        { "", ORDER("orderID=\"A\" orderDate=\"D\" type=\"new\"", "quantity=\"1\""), false },
        { "", "<OrderRequest><OrderRequestHeader orderID=\"A\" orderDate=\"D\"/></OrderRequest>", false },
        { "",
          "<OrderRequest><OrderRequestHeader orderID=\"A\" orderDate=\"D\"><ItemOut quantity=\"1\">"
          "<ItemID>P</ItemID></ItemOut></OrderRequestHeader></OrderRequest>",
          false },
    };
    struct cxml_envelope first =
        envelope_of(arena, "payloadID=\"1\"", "", ORDER("orderID=\"A\" orderDate=\"D\"", "quantity=\"1\""));
    struct slice want = cxml_canonical(first.payload, arena);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cxml_envelope envelope = envelope_of(arena, cases[i].root, "", cases[i].order);
        struct slice got = cxml_canonical(envelope.payload, arena);
        if (slice_equal(got, want) != cases[i].same)
            fail_msg("case %zu: %.*s against %.*s", i, SLICE_ARGS(got), SLICE_ARGS(want));
    }
}

static void plain_text_is_fit_for_all(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "fine", "fine" },   { "a\nb\tc\x7F", "a b c " }, { "gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F" },
        { "cut\xC3", "cut" }, { "bad\xFF tail", "bad" },   { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(plain_text(arena, slice_of(cases[i].text)).data, cases[i].want);
    assert_true(plain_blank(SLICE("\r\n\x1A\0 \t")));
    assert_true(plain_blank((struct slice){ 0 }));
    assert_false(plain_blank(SLICE(" x ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_tell_orders_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(layout_and_envelope_do_not_make_another_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plain_text_is_fit_for_all, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
