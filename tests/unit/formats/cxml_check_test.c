// SPDX-License-Identifier: Apache-2.0
#include "formats/cxml/cxml.h"

#include "base/text.h"
#include "unit/arena_testing.h"

// A sound order; each case replaces one piece of it.
static const char sound[] =
    "<cXML payloadID='p1' timestamp='2026-11-24T13:10:38+01:00'>\n"
    "<Header><From><Credential domain='DUNS'><Identity>111</Identity></Credential></From>\n"
    "<To><Credential domain='DUNS'><Identity>222</Identity></Credential></To>\n"
    "<Sender><Credential domain='DUNS'><Identity>111</Identity><SharedSecret>s3</SharedSecret></Credential>"
    "<UserAgent>U</UserAgent></Sender></Header>\n"
    "<Request deploymentMode='test'><OrderRequest>\n"
    "<OrderRequestHeader orderID='PO1' orderDate='2026-11-24' type='new'><Total><Money currency='EUR'>20.00"
    "</Money></Total><BillTo/></OrderRequestHeader>\n"
    "<ItemOut quantity='2' lineNumber='1'><ItemID><SupplierPartID>A1</SupplierPartID></ItemID><ItemDetail>"
    "<UnitPrice><Money currency='EUR'>10.00</Money></UnitPrice><UnitOfMeasure>EA</UnitOfMeasure></ItemDetail>"
    "</ItemOut>\n"
    "</OrderRequest></Request></cXML>";

static struct slice replaced(const char *old, const char *new)
{
    struct text text = text_in(arena);
    const char *found = strstr(sound, old);
    if (!found)
        print_error("the sound order has no \"%s\"\n", old);
    assert_non_null(found);
    text_append(&text, (struct slice){ sound, (size_t)(found - sound) });
    text_append(&text, slice_of(new));
    text_append(&text, slice_of(found + strlen(old)));
    return text_slice(&text);
}

static struct slice shown(const struct findings *findings)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < findings->count; i++) {
        finding_print(&findings->items[i], "f", &text);
        text_append_char(&text, '\n');
    }
    return text_slice(&text);
}

static void checks_orders(void **state)
{
    (void)state;
    static const struct {
        const char *name, *old, *new;
        const char *want; // the findings
    } cases[] = {
        { "sound", "p1", "p1", "" },
        { "payloadID", "payloadID='p1'", "",
          "f:1:1: cXML: warning: the document has no payloadID, so no answer can refer to it [400]\n" },
        { "timestamp", "13:10:38+01:00", "25:00",
          "f:1:1: cXML: timestamp=\"2026-11-24T25:00\" is no time; write it as 2026-11-24T13:10:38+01:00 "
          "[400]\n" },
        { "no zone", "38+01:00", "38",
          "f:1:1: cXML: warning: timestamp=\"2026-11-24T13:10:38\" has no zone; the partner's zone is "
          "assumed [400]\n" },
        { "From", "<From><Credential domain='DUNS'><Identity>111</Identity></Credential></From>", "",
          "f:2:1: Header: the Header has no From [400]\n" },
        { "To without credential", "<Credential domain='DUNS'><Identity>222</Identity></Credential>", "",
          "f:3:1: Header/To: To has no Credential [400]\n" },
        { "domain", "<To><Credential domain='DUNS'>", "<To><Credential>",
          "f:3:5: Header/To/Credential: the Credential has no domain [400]\n" },
        { "identity", "<Identity>222</Identity>", "<Identity> </Identity>",
          "f:3:5: Header/To/Credential: the Credential has no Identity [400]\n" },
        { "user agent", "<UserAgent>U</UserAgent>", "",
          "f:4:1: Header/Sender: warning: the Sender has no UserAgent, which the DTD requires [400]\n" },
        { "mode", "'test'", "'Test'",
          "f:5:1: Request: deploymentMode=\"Test\" is neither \"production\" nor \"test\" [400]\n" },
        { "orderID", "orderID='PO1'", "orderID=''",
          "f:6:1: Request/OrderRequest/OrderRequestHeader: the order has no orderID [400]\n" },
        { "orderDate", "orderDate='2026-11-24'", "",
          "f:6:1: Request/OrderRequest/OrderRequestHeader: the order has no orderDate [400]\n" },
        { "type", "type='new'", "type='neu'",
          "f:6:1: Request/OrderRequest/OrderRequestHeader: type=\"neu\" is no value of cXML [400]\n" },
        { "version", "type='new'", "orderVersion='1a'",
          "f:6:1: Request/OrderRequest/OrderRequestHeader: orderVersion=\"1a\" is no number from 1 on "
          "[400]\n" },
        { "bill to", "<BillTo/>", "",
          "f:6:1: Request/OrderRequest/OrderRequestHeader: warning: the order has no BillTo, which the DTD "
          "requires "
          "[400]\n" },
        { "quantity zero", "quantity='2'", "quantity='0.00'",
          "f:7:1: Request/OrderRequest/ItemOut: quantity=\"0.00\" is no decimal number above zero [400]\n" },
        { "quantity negative", "quantity='2'", "quantity='-2'",
          "f:7:1: Request/OrderRequest/ItemOut: quantity=\"-2\" is no decimal number above zero [400]\n" },
        { "quantity with comma", "quantity='2'", "quantity='2,5'",
          "f:7:1: Request/OrderRequest/ItemOut: quantity=\"2,5\" is no decimal number above zero [400]\n" },
        { "quantity missing", "quantity='2' ", "",
          "f:7:1: Request/OrderRequest/ItemOut: the line has no quantity [400]\n" },
        { "unit", "<UnitOfMeasure>EA</UnitOfMeasure>", "<UnitOfMeasure/>",
          "f:7:90: Request/OrderRequest/ItemOut/ItemDetail: the line has no UnitOfMeasure [400]\n" },
        { "no part", "<SupplierPartID>A1</SupplierPartID>", "",
          "f:7:1: Request/OrderRequest/ItemOut: the line has neither a part number nor a description "
          "[400]\n" },
        { "only a description", "<ItemID><SupplierPartID>A1</SupplierPartID></ItemID><ItemDetail>",
          "<ItemDetail><Description>x</Description>",
          "f:7:1: Request/OrderRequest/ItemOut: warning: the line has no part number, only a description "
          "[400]\n" },
        { "line number", "lineNumber='1'", "",
          "f:7:1: Request/OrderRequest/ItemOut: warning: the line has no lineNumber; its place in the order "
          "is taken "
          "[400]\n" },
        { "two currencies", "<UnitPrice><Money currency='EUR'>", "<UnitPrice><Money currency='USD'>",
          "f:7:113: Request/OrderRequest/ItemOut/ItemDetail/UnitPrice/Money: the currency is USD here and "
          "EUR before; an "
          "order has one [400]\n" },
        { "no currency", "<UnitPrice><Money currency='EUR'>", "<UnitPrice><Money>",
          "f:7:113: Request/OrderRequest/ItemOut/ItemDetail/UnitPrice/Money: the Money has no currency "
          "[400]\n" },
        { "odd currency", "<UnitPrice><Money currency='EUR'>", "<UnitPrice><Money currency='eur'>",
          "f:7:113: Request/OrderRequest/ItemOut/ItemDetail/UnitPrice/Money: the currency \"eur\" is no ISO "
          "4217 code "
          "such as \"EUR\" [400]\n" },
        { "price", "10.00", "1,000.00",
          "f:7:113: Request/OrderRequest/ItemOut/ItemDetail/UnitPrice/Money: the amount \"1,000.00\" is no "
          "decimal "
          "number [400]\n" },
        { "delivery date", "quantity='2'", "quantity='2' requestedDeliveryDate='soon'",
          "f:7:1: Request/OrderRequest/ItemOut: requestedDeliveryDate=\"soon\" is no time; write it as "
          "2026-11-24T13:10:38+01:00 [400]\n" },
        { "a line twice", "</ItemOut>",
          "</ItemOut>\n<ItemOut quantity='1' "
          "lineNumber='1'><ItemID><SupplierPartID>B</SupplierPartID></ItemID>"
          "<ItemDetail><UnitPrice><Money "
          "currency='EUR'>1</Money></UnitPrice><UnitOfMeasure>EA</UnitOfMeasure>"
          "</ItemDetail></ItemOut>",
          "f:8:1: Request/OrderRequest/ItemOut[2]: lineNumber=\"1\" stands at line 7 of the document already "
          "[400]\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cxml_envelope envelope;
        struct error error = { 0 };
        struct findings got = { .arena = arena };
        assert_true(cxml_read(replaced(cases[i].old, cases[i].new), arena, &envelope, &error));
        bool good = cxml_check(&envelope, &got);
        struct slice text = shown(&got);
        if (!slice_is(text, cases[i].want)) {
            print_error("%s: got\n%.*swant\n%s", cases[i].name, SLICE_ARGS(text), cases[i].want);
            fail();
        }
        assert_int_equal(good, got.errors == 0);
    }
}

static void finds_missing_parts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        { "<cXML payloadID='p' timestamp='2026-11-24'/>", "the document has no Header" },
        { "<cXML payloadID='p' timestamp='2026-11-24'><Header/></cXML>",
          "neither Request, Response nor Message" },
        { "<cXML payloadID='p' timestamp='2026-11-24'><Request/></cXML>", "the Request is empty" },
        { "<cXML payloadID='p' timestamp='2026-11-24'><Response/></cXML>", "no Status with a code" },
        { "<cXML payloadID='p' timestamp='2026-11-24'><Request><OrderRequest/></Request></cXML>",
          "the order has no OrderRequestHeader" },
        { "<cXML payloadID='p' timestamp='2026-11-24'><Request><OrderRequest/></Request></cXML>",
          "the order has no ItemOut" },
        { "<cXML payloadID='p' timestamp='2026-11-24'><Request><OrderRequest/></Request></cXML>",
          "says nowhere in which currency" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cxml_envelope envelope;
        struct error error = { 0 };
        struct findings got = { .arena = arena };
        assert_true(cxml_read(slice_of(cases[i].in), arena, &envelope, &error));
        assert_false(cxml_check(&envelope, &got));
        struct slice text = shown(&got);
        if (!memmem(text.data, text.size, cases[i].want, strlen(cases[i].want))) {
            print_error("got\n%.*swant %s\n", SLICE_ARGS(text), cases[i].want);
            fail();
        }
    }
}

// A finding stays readable whatever was sent.
static void shortens_what_it_quotes(void **state)
{
    (void)state;
    struct text in = text_in(arena);
    text_append(&in, SLICE("<cXML payloadID='p' timestamp='"));
    for (size_t i = 0; i < 5000; i++)
        text_append(&in, SLICE("\xC3\xA4"));
    text_append(&in, SLICE("'><Response><Status code='200'/></Response></cXML>"));
    struct cxml_envelope envelope;
    struct error error = { 0 };
    struct findings got = { .arena = arena };
    assert_true(cxml_read(text_slice(&in), arena, &envelope, &error));
    assert_false(cxml_check(&envelope, &got));
    assert_int_equal(got.count, 1);
    assert_in_range(got.items[0].text.size, 390, 403);
    assert_memory_equal(got.items[0].text.data + got.items[0].text.size - 5, "\xC3\xA4...", 5);
}

static void names_what_is_unsupported(void **state)
{
    (void)state;
    static const struct {
        const char *name, *old, *new, *want; // NULL: supported
    } cases[] = {
        { "sound", "p1", "p1", NULL },
        { "release", "type='new'", "orderType='release'", NULL },
        { "update", "type='new'", "type='update'", NULL },
        { "delete", "type='new'", "type='delete'", NULL },
        { "blanket", "type='new'", "orderType='blanket'", "orderType \"blanket\"" },
        { "punchout", "<OrderRequest>", "<PunchOutSetupRequest/><OrderRequest>",
          "kind \"PunchOutSetupRequest\"" },
        { "signature", "</Request>", "</Request><ds:Signature/>", "digital signatures" },
        { "enclosure", "<BillTo/>",
          "<BillTo/><Comments><Attachment><URL>cid:1@x</URL></Attachment></Comments>",
          "attachment \"cid:1@x\"" },
        { "link", "<BillTo/>", "<BillTo/><Comments><Attachment><URL>http://x/y</URL></Attachment></Comments>",
          NULL },
        { "return", "quantity='2'", "quantity='2' isReturn='yes'", "isReturn" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cxml_envelope envelope;
        struct error error = { 0 };
        struct slice text = { 0 };
        assert_true(cxml_read(replaced(cases[i].old, cases[i].new), arena, &envelope, &error));
        bool got = cxml_unsupported(&envelope, arena, &text);
        if (got != !!cases[i].want ||
            (got && !memmem(text.data, text.size, cases[i].want, strlen(cases[i].want)))) {
            print_error("%s: got \"%.*s\"\n", cases[i].name, SLICE_ARGS(text));
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checks_orders, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(finds_missing_parts, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(shortens_what_it_quotes, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(names_what_is_unsupported, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
