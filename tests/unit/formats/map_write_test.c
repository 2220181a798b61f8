// SPDX-License-Identifier: Apache-2.0
// Documents to messages: what is written, that it is valid, and that reading it gives the document again.
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "doors/json.h"
#include "doors/xml.h"
#include "formats/cxml/cxml.h"
#include "unit/formats/map_write_testing.h"

static struct slice json_of(const struct document *document)
{
    struct text text = text_in(arena);
    json_write(document, &text);
    return text_slice(&text);
}

static const char response_json[] =
    "{\"order_id\":\"O-1\",\"account\":\"A\",\"order_number\":\"PO'1\",\"status\":\"changed\","
    "\"responded_at\":\"2026-03-29T00:30:00Z\",\"ordered_at\":\"2026-03-28T10:00:00Z\",\"currency\":\"EUR\","
    "\"total\":\"124.5\",\"reply_reference\":\"p-1@buyer\",\"reasons\":[{\"code\":\"short\",\"text\":\"A "
    "part of line 20 "
    "follows later, and line 30 is not sold any more; the rest is as you have ordered it.\",\"line\":\"\"}],"
    "\"lines\":[{\"number\":\"10\",\"status\":\"accepted\",\"product\":\"S-1\",\"buyer_part\":\"B+1\","
    "\"gtin\":"
    "\"4012345000108\",\"description\":\"Lamp\",\"quantity\":\"10\",\"confirmed\":\"10\",\"backordered\":"
    "\"0\",\"unit\":"
    "\"C62\",\"unit_price\":\"12.35\",\"price_basis\":\"1\",\"amount\":\"123.5\",\"requested_date\":\"2026-"
    "04-01\"},"
    "{\"number\":\"20\",\"status\":\"changed\",\"product\":\"S-2\",\"quantity\":\"5.5\",\"confirmed\":\"2\","
    "\"backordered\":\"3\",\"unit\":\"KGM\",\"unit_price\":\"0.5\",\"price_basis\":\"100\",\"amount\":\"1\"},"
    "{\"number\":\"30\",\"status\":\"rejected\",\"product\":\"S-3\",\"quantity\":\"1\",\"confirmed\":\"0\","
    "\"backordered\":\"0\",\"unit\":\"C62\",\"unit_price\":\"1\",\"price_basis\":\"1\",\"amount\":\"0\"}]}";

static void writes_ordrsp(void **state)
{
    (void)state;
    const char *want = "UNB+UNOC:3+US:14+YOU:14+260329:0045+7'\n"
                       "UNH+1+ORDRSP:D:96A:UN'\n"
                       "BGM+231+O-1+4+AC'\n"
                       "DTM+137:202603290130:203'\n"
                       "FTX+AAI+++A part of line 20 follows later, and line 30 is not sold any more; :the "
                       "rest is as you have ordered it.'\n"
                       "RFF+ON:PO?'1'\n"
                       "DTM+171:202603281100:203'\n"
                       "NAD+BY+4300002000012::9'\n"
                       "NAD+SU+4300003000011::9'\n"
                       "CUX+2:EUR:9'\n"
                       "LIN+10+5+4012345000108:EN'\n"
                       "PIA+5+S-1:SA+B?+1:IN'\n"
                       "IMD+F++:::Lamp'\n"
                       "QTY+21:10:PCE'\n"
                       "QTY+12:10:PCE'\n"
                       "DTM+2:20260401:102'\n"
                       "MOA+203:123.5'\n"
                       "PRI+AAA:12.35:::1:PCE'\n"
                       "LIN+20+3'\n"
                       "PIA+5+S-2:SA'\n"
                       "QTY+21:5.5:KGM'\n"
                       "QTY+12:2:KGM'\n"
                       "QTY+83:3:KGM'\n"
                       "MOA+203:1'\n"
                       "PRI+AAA:0.5:::100:KGM'\n"
                       "LIN+30+7'\n"
                       "PIA+5+S-3:SA'\n"
                       "QTY+21:1:PCE'\n"
                       "PRI+AAA:1:::1:PCE'\n"
                       "UNS+S'\n"
                       "MOA+79:124.5'\n"
                       "CNT+2:3'\n"
                       "UNT+32+1'\n"
                       "UNZ+1+7'\n";
    struct document *document = document_of(slice_of(response_json), "OrderResponse");
    struct slice got =
        edifact_of(message_of(map_of("ORDRSP", "D96A", "example-edifact"), document), "ORDRSP", "D96A");
    assert_string_equal(arena_string(arena, got), want);
    placed_of(got);
    placed_of(
        edifact_of(message_of(map_of("ORDRSP", "D01B", "example-edifact"), document), "ORDRSP", "D01B"));
}

static struct slice confirmation_of(const char *json)
{
    struct document *document = document_of(slice_of(json), "OrderResponse");
    struct node *message = message_of(map_of("cxml/ConfirmationRequest", "", "example-cxml"), document);
    const struct cxml_outgoing outgoing = {
        .payload_id = SLICE("c-1@us"),
        .now_us = 1774745100000000,
        .from_domain = SLICE("DUNS"),
        .from_identity = SLICE("1"),
        .to_domain = SLICE("DUNS"),
        .to_identity = SLICE("2"),
    };
    return cxml_request_envelope(&outgoing, message, arena);
}

static void is_valid(struct slice bytes)
{
    const char *dtd = SOURCE_DIR "/../shared/cxml/dtd/Fulfill.dtd";
    struct findings findings = { .arena = arena };
    struct error error = { 0 };
    if (access(dtd, R_OK) != 0) {
        print_message("skipped: there is no %s to validate against\n", dtd);
        return;
    }
    assert_true(xml_validate(bytes, dtd, &findings, &error));
    show(&findings);
    assert_int_equal(findings.count, 0);
}

static void writes_confirmation(void **state)
{
    (void)state;
    const char *want =
        "<Request deploymentMode=\"production\"><ConfirmationRequest>"
        "<ConfirmationHeader confirmID=\"O-1\" operation=\"new\" type=\"detail\" "
        "noticeDate=\"2026-03-29T01:30:00+01:00\"><Total><Money currency=\"EUR\">124.5</Money></Total>"
        "<Comments>A part of line 20 follows later, and line 30 is not sold any more; the rest is as you "
        "have ordered "
        "it.</Comments></ConfirmationHeader>"
        "<OrderReference orderID=\"PO'1\" orderDate=\"2026-03-28T11:00:00+01:00\">"
        "<DocumentReference payloadID=\"p-1@buyer\"/></OrderReference>"
        "<ConfirmationItem quantity=\"10\" lineNumber=\"10\"><UnitOfMeasure>EA</UnitOfMeasure>"
        "<ConfirmationStatus type=\"accept\" "
        "quantity=\"10\"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus>"
        "</ConfirmationItem>"
        "<ConfirmationItem quantity=\"5.5\" lineNumber=\"20\"><UnitOfMeasure>KGM</UnitOfMeasure>"
        "<ConfirmationStatus type=\"detail\" quantity=\"2\"><UnitOfMeasure>KGM</UnitOfMeasure>"
        "<UnitPrice><Money currency=\"EUR\">0.5</Money></UnitPrice></ConfirmationStatus>"
        "<ConfirmationStatus type=\"backordered\" "
        "quantity=\"3\"><UnitOfMeasure>KGM</UnitOfMeasure></ConfirmationStatus>"
        "<ConfirmationStatus type=\"reject\" "
        "quantity=\"0.5\"><UnitOfMeasure>KGM</UnitOfMeasure></ConfirmationStatus>"
        "</ConfirmationItem>"
        "<ConfirmationItem quantity=\"1\" lineNumber=\"30\"><UnitOfMeasure>EA</UnitOfMeasure>"
        "<ConfirmationStatus type=\"reject\" "
        "quantity=\"1\"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus>"
        "</ConfirmationItem></ConfirmationRequest></Request></cXML>\n";
    struct slice got = confirmation_of(response_json);
    const char *request = memmem(got.data, got.size, "<Request ", 9);
    assert_non_null(request);
    assert_string_equal(request, want);
    is_valid(got);
}

// A refused order says why and has no lines.
static void writes_refusal(void **state)
{
    (void)state;
    struct text built = text_in(arena);
    const char *found = strstr(response_json, "\"changed\"");
    text_append(&built, (struct slice){ response_json, (size_t)(found - response_json) });
    text_append(&built, SLICE("\"rejected\""));
    text_append(&built, slice_of(found + 9));
    struct slice got = confirmation_of(arena_string(arena, text_slice(&built)));
    assert_non_null(memmem(got.data, got.size, "type=\"reject\"", 13));
    assert_non_null(memmem(got.data, got.size, "<Comments>", 10));
    assert_null(memmem(got.data, got.size, "ConfirmationItem", 16));
    assert_null(memmem(got.data, got.size, "<Total>", 7));
    is_valid(got);
}

static const char order_json[] =
    "{\"account\":\"A\",\"order_number\":\"PO-1\",\"release\":\"\",\"version\":1,\"user\":\"\","
    "\"ordered_at\":\"2026-03-02T09:30:00Z\",\"requested_date\":\"2026-03-20\",\"currency\":\"EUR\",\"ship_"
    "to\":"
    "\"4300002000029\",\"total\":\"111.25\",\"note\":\"Ring twice and wait\",\"lines\":[{\"number\":\"1\","
    "\"seller_part\":\"S-1\",\"buyer_part\":\"B-1\",\"gtin\":\"4012345000108\",\"description\":\"Desk lamp\","
    "\"quantity\":\"10.5\",\"unit\":\"KGM\",\"unit_price\":\"1000.5\",\"price_basis\":\"100\",\"requested_"
    "date\":"
    "\"2026-03-22\",\"note\":\"With "
    "care\"},{\"number\":\"2\",\"seller_part\":\"S-2\",\"quantity\":\"3\",\"unit\":\"C62\"}]}";

// What was written and read again must be the document, apart from the account, which no message has.
static void same_order(const struct map *map, struct map_message message, struct slice want)
{
    struct findings findings = { .arena = arena };
    struct document *document = NULL;
    if (!map_read(map, message, arena, &document, &findings))
        show(&findings);
    assert_non_null(document);
    document_add_text(arena, document, "account", SLICE("A"));
    struct slice got = json_of(conformed(document, "PurchaseOrder"));
    if (!slice_equal(got, want))
        print_error("got\n%.*s\nwant\n%.*s\n", SLICE_ARGS(got), SLICE_ARGS(want));
    assert_true(slice_equal(got, want));
}

static void orders_go_there_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *directory;
    } cases[] = { { "ORDERS", "D96A" }, { "ORDERS", "D01B" }, { "cxml/OrderRequest", "" } };
    struct document *document = document_of(slice_of(order_json), "PurchaseOrder");
    struct slice want = json_of(document);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct map *map = maps_find(maps, cases[i].kind, cases[i].directory, NULL);
        struct node *message = message_of(map, document);
        if (*cases[i].directory) {
            struct slice bytes = edifact_of(message, cases[i].kind, cases[i].directory);
            same_order(map, (struct map_message){ .placed = placed_of(bytes) }, want);
            continue;
        }
        struct cxml_outgoing outgoing = { .payload_id = SLICE("o-1") };
        struct cxml_envelope envelope;
        struct error error = { 0 };
        assert_true(cxml_read(cxml_request_envelope(&outgoing, message, arena), arena, &envelope, &error));
        same_order(map, (struct map_message){ .tree = envelope.root }, want);
    }
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *name, *old, *new, *want;
    } cases[] = {
        { "long order number", "PO-1", "PO-123456789012345678901234567890123456",
          "order_number: \"PO-123456789012345678901234567890123456\" has 39 characters, 35 are allowed" },
        { "long line number", "\"number\":\"1\"", "\"number\":\"1234567\"", "1234567" },
        { "no order number", "PO-1", "", "order_number: the document has no value" },
        { "long part", "S-1", "S-1234567890123456789012345678901234", "has 36 characters" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text json = text_in(arena);
        const char *found = strstr(order_json, cases[i].old);
        assert_non_null(found);
        text_append(&json, (struct slice){ order_json, (size_t)(found - order_json) });
        text_append(&json, slice_of(cases[i].new));
        text_append(&json, slice_of(found + strlen(cases[i].old)));
        struct document *document = document_of(text_slice(&json), "PurchaseOrder");
        struct node *message;
        struct error error = { 0 };
        bool written = map_write(maps_find(maps, "ORDERS", "D96A", NULL), document, arena, &message, &error);
        if (written || !strstr(error.message, cases[i].want)) {
            print_error("%s: got %s\n", cases[i].name, written ? "written" : error.message);
            fail();
        }
    }
    struct document *document = document_of(slice_of(order_json), "PurchaseOrder");
    struct node *message;
    struct error error = { 0 };
    assert_false(map_write(maps_find(maps, "ORDRSP", "D96A", NULL), document, arena, &message, &error));
    assert_string_equal(error.message, "the map of ORDRSP writes OrderResponse, not PurchaseOrder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_ordrsp, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(writes_confirmation, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(writes_refusal, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(orders_go_there_and_back, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(refuses_what_does_not_fit, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, load_maps, free_maps);
}
