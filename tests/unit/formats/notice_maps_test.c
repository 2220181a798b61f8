// SPDX-License-Identifier: Apache-2.0
// Notices of shipments and invoices to messages: what is written and that it is valid.
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "doors/xml.h"
#include "formats/cxml/cxml.h"
#include "unit/file_testing.h"
#include "unit/formats/map_write_testing.h"

// A sample of a document: one line of JSON.
static struct document *sample(const char *name, const char *type)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/samples/edifact/%s", SOURCE_DIR, name);
    return document_of(read_bytes(arena, path), type);
}

static void is_valid(struct slice bytes, const char *dtd)
{
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

static const struct {
    const char *sample, *type, *message, *cxml, *dtd;
    const char *wants[8], *cxml_wants[4];
} cases[] = {
    { "ship-notice.json",
      "ShipNotice",
      "DESADV",
      "cxml/ShipNoticeRequest",
      SOURCE_DIR "/../shared/cxml/dtd/Fulfill.dtd",
      { "+SH-1+9'", "RFF+ON:PO-1'\nDTM+171:", "TDT+20++++:::Van & Co'", "CPS+1'",
        "QTY+12:3:PCE'\nQTY+21:5:PCE'", "QTY+12:0.5:KGM'", "CNT+2:2'" },
      { "shipmentID=\"SH-1\"", "<CarrierIdentifier domain=\"companyName\">Van &amp; Co", "orderID=\"PO-1\"",
        "<ShipNoticeItem quantity=\"3\" lineNumber=\"1\">" } },
    { "invoice-notice.json",
      "InvoiceNotice",
      "INVOIC",
      "cxml/InvoiceDetailRequest",
      SOURCE_DIR "/../shared/cxml/dtd/InvoiceDetail.dtd",
      { "+INV-1+9'", "CUX+2:EUR:4'", "MOA+8:4'",
        "QTY+47:3:PCE'\nMOA+203:27'\nPRI+AAA:9:::1:PCE'\nRFF+ON:PO-1'", "MOA+79:27'", "MOA+124:5.89'",
        "MOA+77:36.89'" },
      { "invoiceID=\"INV-1\"", "<OrderReference orderID=\"PO-1\"", "<Tax><Money currency=\"EUR\">5.89",
        "<GrossAmount><Money currency=\"EUR\">36.89" } },
    { "invoice-terms.json",
      "InvoiceNotice",
      "INVOIC",
      "cxml/InvoiceDetailRequest",
      SOURCE_DIR "/../shared/cxml/dtd/InvoiceDetail.dtd",
      { "PAI+::31'", "PAT+32+N45E10::91:", "+1:3:D:0'\nDTM+13:20260301:102'\nPCD+7:30'\nMOA+9:11.06'",
        "PAT+21+N45E10::91:", "+5:3:D:45'\nDTM+13:20260510:102'\nPCD+7:70'\nMOA+9:25.83'",
        "PAT+22++5:3:D:10'\nDTM+12:20260313:102'\nPCD+12:2'\nMOA+52:0.74'" },
      { "<PaymentTerm payInNumberOfDays=\"10\"><Discount><DiscountPercent percent=\"2\"",
        "<PaymentTerm payInNumberOfDays=\"0\"><Extrinsic name=\"dueAmount\">11.06</Extrinsic>",
        "<PaymentTerm payInNumberOfDays=\"68\"><Extrinsic name=\"dueAmount\">25.83</Extrinsic>" } },
    // cXML has no place for terms in a confirmation.
    { "response-terms.json",
      "OrderResponse",
      "ORDRSP",
      "cxml/ConfirmationRequest",
      SOURCE_DIR "/../shared/cxml/dtd/Fulfill.dtd",
      { "PAI+::30'", "PAT+32+N30::91:transfer; deposit 30% order 0; :balance 70% invoice 30+1:3:D:0'",
        "DTM+13:20260302:102'\nPCD+7:30'\nMOA+9:30'", "+5:3:D:30'\nPCD+7:70'\nMOA+9:70'",
        "PAT+22++5:3:D:8'\nPCD+12:1.5'\nMOA+52:1.5'" },
      { 0 } },
};

static void has_all(struct slice bytes, const char *const *wants, size_t count)
{
    for (size_t i = 0; i < count && wants[i]; i++)
        if (!memmem(bytes.data, bytes.size, wants[i], strlen(wants[i])))
            fail_msg("%s is not in %.*s", wants[i], SLICE_ARGS(bytes));
}

static void writes_edifact(void **state)
{
    static const char *const directories[] = { "D96A", "D01B" };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int j = 0; j < 2; j++) {
            const struct map *map = map_of(cases[i].message, directories[j], "example-edifact");
            struct slice got = edifact_of(message_of(map, sample(cases[i].sample, cases[i].type)),
                                          cases[i].message, directories[j]);
            has_all(got, cases[i].wants, 8);
            placed_of(got);
        }
}

static void writes_cxml(void **state)
{
    const struct cxml_outgoing outgoing = {
        .payload_id = SLICE("c-1@us"),
        .now_us = 1774745100000000,
        .from_domain = SLICE("DUNS"),
        .from_identity = SLICE("1"),
        .to_domain = SLICE("DUNS"),
        .to_identity = SLICE("2"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct map *map = map_of(cases[i].cxml, "", "example-cxml");
        struct slice got =
            cxml_request_envelope(&outgoing, message_of(map, sample(cases[i].sample, cases[i].type)), arena);
        has_all(got, cases[i].cxml_wants, 4);
        is_valid(got, cases[i].dtd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_edifact, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(writes_cxml, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, load_maps, free_maps);
}
