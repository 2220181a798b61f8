// SPDX-License-Identifier: Apache-2.0
// Notices of shipments and invoices to messages: what is written and that it is valid.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first.
#include <cmocka.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "doors/avro.h"
#include "doors/json.h"
#include "doors/xml.h"
#include "formats/cxml/cxml.h"
#include "formats/edifact/check.h"
#include "formats/edifact/write.h"
#include "formats/map.h"

static struct maps *maps;
static struct arena *arena;

static int load_maps(void **state)
{
    struct error error = { 0 };
    char text[1024];
    (void)state;
    maps = maps_load(SOURCE_DIR "/edi-maps", SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        print_error("%s\n", error_text(&error, text, sizeof text));
    return maps ? 0 : -1;
}

static int free_maps(void **state)
{
    (void)state;
    maps_free(maps);
    return 0;
}

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(64 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static void show(const struct findings *findings)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < findings->count; i++) {
        finding_print(&findings->items[i], "test", &text);
        text_append_char(&text, '\n');
    }
    print_error("%.*s", SLICE_ARGS(text_slice(&text)));
}

static struct document *conformed(struct document *document, const char *type)
{
    struct findings findings = { .arena = arena };
    document->type = type;
    if (!avro_conform(maps_schemas(maps), type, document, arena, &findings))
        show(&findings);
    assert_int_equal(findings.errors, 0);
    return document;
}

static struct document *document_of(struct slice json, const char *type)
{
    struct document *document;
    struct error error = { 0 };
    if (!json_read(json, arena, &document, &error))
        print_error("%s\n", error.message);
    assert_int_equal(error.kind, ERROR_NONE);
    return conformed(document, type);
}

static const struct map *map_of(const char *kind, const char *directory, const char *partner)
{
    const struct map *map = maps_find(maps, kind, directory, maps_partner_named(maps, slice_of(partner)));
    assert_non_null(map);
    return map;
}

static struct node *message_of(const struct map *map, const struct document *document)
{
    struct node *message = NULL;
    struct error error = { 0 };
    char text[1024];
    if (!map_write(map, document, arena, &message, &error))
        print_error("%s\n", error_text(&error, text, sizeof text));
    assert_non_null(message);
    return message;
}

static struct slice edifact_of(struct node *message, const char *type, const char *directory)
{
    struct text text = text_in(arena);
    struct error error = { 0 };
    const struct edifact_envelope envelope = {
        .sender = { .identity = SLICE("US"), .qualifier = SLICE("14") },
        .receiver = { .identity = SLICE("YOU"), .qualifier = SLICE("14") },
        .reference = SLICE("7"),
        .time_us = 1774745100000000, // 2026-03-29T00:45Z
        .syntax = 3,
        .charset = edifact_charset_of(SLICE("UNOC")),
        .line_breaks = true,
    };
    const struct edifact_message_header header = {
        .reference = SLICE("1"),
        .type = slice_of(type),
        .version = { directory, 1 },
        .release = slice_of(directory + 1),
        .agency = SLICE("UN"),
    };
    if (!edifact_write(&envelope, &header, &message, 1, directories_named(maps_directories(maps), directory),
                       &text, &error))
        print_error("%s\n", error.message);
    assert_int_equal(error.kind, ERROR_NONE);
    return text_slice(&text);
}

// The tree of the only message; what is written must be without fault.
static struct node *tree_of(struct slice bytes)
{
    struct edifact_tolerances tolerances = edifact_default_tolerances;
    tolerances.units = EDIFACT_ACCEPT;
    struct edifact_reader *reader = edifact_open(bytes, "test");
    struct edifact_check *check = edifact_check_open(maps_directories(maps), &tolerances);
    struct findings findings = { .arena = arena };
    struct edifact_unit unit;
    struct node *found = NULL, *tree = NULL;
    while (edifact_next(reader, &unit)) {
        edifact_check_unit(check, &unit, arena, &findings, &tree);
        found = tree ? tree : found;
    }
    edifact_check_end(check, arena, &findings);
    show(&findings);
    assert_int_equal(findings.count, 0);
    edifact_check_close(check);
    edifact_close(reader);
    assert_non_null(found);
    return found;
}

// A sample of a document: one line of JSON.
static struct document *sample(const char *name, const char *type)
{
    static char json[1 << 16];
    char path[512];
    snprintf(path, sizeof path, "%s/tests/samples/edifact/%s", SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(json, 1, sizeof json, file);
    fclose(file);
    return document_of(arena_copy(arena, (struct slice){ json, size }), type);
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
            tree_of(got);
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
