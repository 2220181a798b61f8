// SPDX-License-Identifier: Apache-2.0
// Messages there and back, in each directory that has them: a document becomes a message without fault, the
// message becomes the same document, and that the same message again.
#include "unit/file_testing.h"
#include "unit/formats/map_write_testing.h"

static const struct {
    const char *sample, *type, *message;
    const char *directories[2];
    const char *wants[10]; // what the message must say, in every directory
} cases[] = {
    { "quote-request.json",
      "QuoteRequest",
      "REQOTE",
      { "D96A", "D01B" },
      { "BGM+311+RQ-1+9'", "DTM+2:20260320:102'", "FTX+AAI+++For the new hall'", "CUX+2:EUR'",
        "NAD+DP+4012345000023", "LIN+1++4012345000016:EN'\nPIA+5+P-1:SA", "QTY+21:500:PCE'",
        "PRI+AAA:850:::100'", "QTY+21:1.5:KGM'", "CNT+2:2'" } },
    { "quotation.json",
      "Quotation",
      "QUOTES",
      { "D96A", "D01B" },
      { "BGM+310+3-17+9+AC'", "DTM+157:20260302:102'\nDTM+36:20260401:102'",
        "RFF+AAV:RQ-1'\nDTM+171:", "CUX+2:EUR:8'", "LIN+1+5+4012345000016:EN'",
        "MOA+203:45'\nPRI+AAA:900:::100:PCE'", "LIN+2+7'", "UNS+S'\nMOA+79:45'" } },
    { "order-status-request.json",
      "OrderStatusRequest",
      "OSTENQ",
      { "D01B" },
      { "BGM+347+SQ-1+9'", "DOC+220+PO-1'\nLIN+1'\nLIN+20'\nDOC+220+PO-2'" } },
    { "order-status.json",
      "OrderStatus",
      "OSTRPT",
      { "D01B" },
      { "BGM+348+3-17+9'", "RFF+AAV:SQ-1'", "DOC+220+PO-1'", "STS+2+73'\nSTS+1+35'\nLIN+1",
        "STS+2+73'\nQTY+21:5:PCE'", "STS+2'\nQTY+113:4:PCE'\nSTS+2'\nQTY+83:1:PCE'\nSTS+1'\nQTY+12:3:PCE'",
        "QTY+47:2.5:PCE'", "STS+2+41'\nQTY+21:1:KGM'\nDOC+220+PO-2'\nSTS+2+46'", "STS+2+97'" } },
    { "catalogue.json",
      "Catalogue",
      "PRICAT",
      { "D96A", "D01B" },
      { "BGM+9+3-17-2+43'", "RFF+PL:3-17:2'", "CUX+2:EUR:8'", "PGI+9'\nLIN+1++4012345000016:EN'",
        "DTM+157:20260101:102'\nDTM+36:20261231:102'", "PRI+AAA:9.5:CT::1:PCE'",
        "PRI+AAA:850:CT::100:PCE'\nRNG+4+PCE:100'", "PRI+AAA:25.5:CA::1:KGM'" } },
    { "parties.json",
      "PartyInformation",
      "PARTIN",
      { "D96A", "D01B" },
      { "BGM+10+PI-1+4'", "FTX+AAI+++We have moved'", "NAD+MS+",
        "UNS+D'\nNAD+DP+4012345000023::9++Acme Works, Hall 7, near the old :railway station+Long Street "
        "17+Hamburg+HH+20095+DE",
        "DTM+157:20260401:102'", "RFF+VA:DE123456789'", "CTA+OC+:Ann Buyer'\nCOM+", "ann@acme.example:EM",
        "NAD+IV+++Acme Accounts'" } },
    { "acknowledgement.json",
      "Acknowledgement",
      "APERAK.Acknowledgement",
      { "D96A", "D01B" },
      { "BGM++3-17+27'", "RFF+ACW:PI-1'\nDTM+171:", "ERC+UNNAMED'\nFTX+AAO+++party 2" } },
};

static struct slice json_of(const struct document *document)
{
    struct text text = text_in(arena);
    json_write(document, &text);
    return text_slice(&text);
}

// The sender's account is the gateway's to say.
static struct document *read_back(const struct map *map, const struct edifact_placed *placed,
                                  const char *type)
{
    struct findings findings = { .arena = arena };
    struct document *document;
    if (!map_read(map, (struct map_message){ .placed = placed }, arena, &document, &findings))
        show(&findings);
    assert_int_equal(findings.errors, 0);
    document_add_text(arena, document, "account", SLICE("A"));
    return conformed(document, type);
}

static void has_all(struct slice bytes, const char *const *wants, size_t count)
{
    for (size_t i = 0; i < count && wants[i]; i++)
        if (!memmem(bytes.data, bytes.size, wants[i], strlen(wants[i])))
            fail_msg("%s is not in %.*s", wants[i], SLICE_ARGS(bytes));
}

static void same(const char *what, struct slice got, struct slice want)
{
    if (!slice_equal(got, want))
        fail_msg("%s: got\n%.*s\nwant\n%.*s", what, SLICE_ARGS(got), SLICE_ARGS(want));
}

static void go_and_return(size_t number, const char *directory)
{
    char path[512];
    const char *type = cases[number].type;
    const char *message = arena_string(arena, map_message_type(cases[number].message));
    snprintf(path, sizeof path, "%s/tests/samples/edifact/%s", SOURCE_DIR, cases[number].sample);
    const struct document *document = document_of(read_bytes(arena, path), type);
    const struct map *map = map_of(cases[number].message, directory, "example-edifact");
    struct slice there = edifact_of(message_of(map, document), message, directory);
    has_all(there, cases[number].wants, sizeof cases->wants / sizeof *cases->wants);
    const struct document *back = read_back(map, placed_of(there), type);
    same(path, json_of(back), json_of(document));
    same(path, edifact_of(message_of(map, back), message, directory), there);
}

static void messages_come_back_as_they_went(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < 2 && cases[i].directories[j]; j++)
            go_and_return(i, cases[i].directories[j]);
}

// An APERAK says less than the answer that it goes before: it is written only.
static void refusals_are_written_in_each_directory(void **state)
{
    static const char *const directories[] = { "D96A", "D01B" };
    static const char *const wants[] = { "BGM++3-4+27'",
                                         "RFF+ON:PO-1'\nDTM+171:", "ERC+ACCSTOP'\nFTX+AAO+++account A is",
                                         "ERC+PRODUCT'", "RFF+LI:2'" };
    (void)state;
    const struct document *refused = document_of(
        read_bytes(arena, SOURCE_DIR "/tests/samples/edifact/order-refused.json"), "OrderResponse");
    for (size_t i = 0; i < 2; i++) {
        const struct map *map = map_of("APERAK", directories[i], "example-edifact");
        struct slice got = edifact_of(message_of(map, refused), "APERAK", directories[i]);
        has_all(got, wants, sizeof wants / sizeof *wants);
        placed_of(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_come_back_as_they_went, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(refusals_are_written_in_each_directory, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, load_maps, free_maps);
}
