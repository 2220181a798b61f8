// SPDX-License-Identifier: Apache-2.0
// `edi map-test`: what a map does with a sample, both ways, and what differs from a stored result.
#include "unit/ctl/command_testing.h"

#include "ctl/difference.h"

#define ORDER                                                                                                \
    "UNB+UNOC:3+4300002000012:14+4300003000011:14+260302:0930+1'\nUNH+1+ORDERS:D:96A:UN'\nBGM+220+PO-1+9'\n" \
    "DTM+137:202603020930:203'\nDTM+171:20260321:102'\nNAD+BY+4300002000012::9'\nCUX+2:EUR:9'\n"             \
    "LIN+1++4012345000108:EN'\nQTY+21:10:PCE'\nUNS+S'\nCNT+2:1'\nUNT+11+1'\nUNZ+1+1'\n"

static char folder[] = "/tmp/edi_map_test_XXXXXX";
enum { ORDER_FILE, WRONG_FILE, RIGHT_FILE, MESSAGE_FILE, OTHER_FILE, FILE_COUNT };
static char paths[FILE_COUNT][64];

static void write_file(int file, const char *name, const char *content)
{
    snprintf(paths[file], sizeof paths[file], "%s/%s", folder, name);
    FILE *stream = fopen(paths[file], "we");
    assert_non_null(stream);
    fputs(content, stream);
    fclose(stream);
}

static int make_files(void **state)
{
    static struct output got;
    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("COMPTOIR_MAPS", SOURCE_DIR "/edi-maps", 1);
    write_file(ORDER_FILE, "order.edi", ORDER);
    run(ctl_edi_to_json, (const char *const[]){ paths[ORDER_FILE], NULL }, &got);
    write_file(RIGHT_FILE, "right.json", got.out);
    char *price = strstr(got.out, "\"quantity\":\"10\"");
    assert_non_null(price);
    memcpy(price, "\"quantity\":\"12\"", 15);
    write_file(WRONG_FILE, "wrong.json", got.out);
    run(ctl_edi_from_json,
        (const char *const[]){ "--message", "ORDRSP", "--partner", "example-edifact",
                               EDIFACT "order-response.json", NULL },
        &got);
    write_file(MESSAGE_FILE, "response.edi", got.out);
    char *line = strstr(got.out, "QTY+12:1:");
    assert_non_null(line);
    line[7] = '2';
    write_file(OTHER_FILE, "other.edi", got.out);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILE_COUNT; i++)
        unlink(paths[i]);
    return rmdir(folder);
}

static void shows(void **state)
{
    (void)state;
    const struct command_case cases[] = {
        { "a field, its segment and its line",
          ctl_edi_map_test,
          { "ORDERS.D96A", paths[ORDER_FILE], NULL },
          0,
          SIZE_MAX,
          "3:9   BGM+220+PO-1+9            ORDERS.D96A.map:",
          NULL },
        { "a line of the partner's file",
          ctl_edi_map_test,
          { "cxml/OrderRequest", CXML "order.xml", NULL },
          0,
          SIZE_MAX,
          "Extrinsic[2]     example-cxml.conf:",
          NULL },
        { "what is left",
          ctl_edi_map_test,
          { "ORDERS.D96A", paths[ORDER_FILE], NULL },
          0,
          SIZE_MAX,
          "5:1   DTM+171:20260321:102  ",
          NULL },
        { "as JSON",
          ctl_edi_map_test,
          { "--json", "ORDERS.D96A", paths[ORDER_FILE], NULL },
          0,
          1,
          "{\"field\":\"order_number\",\"value\":\"PO-1\",\"line\":3,\"column\":9,\"segment\":"
          "\"BGM+220+PO-1+9\",\"place\":\"2.1\",\"map\":",
          NULL },
        { "by the map's path",
          ctl_edi_map_test,
          { SOURCE_DIR "/edi-maps/messages/ORDERS.D96A.map", paths[ORDER_FILE], NULL },
          0,
          SIZE_MAX,
          "map ORDERS.D96A, document PurchaseOrder, partner example-edifact",
          NULL },
        { "for nobody",
          ctl_edi_map_test,
          { "--partner=none", "ORDERS.D96A", paths[ORDER_FILE], NULL },
          0,
          SIZE_MAX,
          "document PurchaseOrder, no partner",
          NULL },
        { "the other way",
          ctl_edi_map_test,
          { "--partner=example-edifact", "ORDRSP.D96A", EDIFACT "order-response.json", NULL },
          0,
          SIZE_MAX,
          "O-1            order_id              ORDRSP.D96A.map:",
          NULL },
        { "what is not written",
          ctl_edi_map_test,
          { "--partner=example-edifact", "ORDRSP.D96A", EDIFACT "order-response.json", NULL },
          0,
          SIZE_MAX,
          "lines[1].backordered  0\n",
          NULL },
        { "cXML the other way",
          ctl_edi_map_test,
          { "--json", "cxml/ConfirmationRequest", EDIFACT "order-response.json", NULL },
          0,
          1,
          "\"place\":\"@orderID\",\"value\":\"PO-1\",\"field\":\"order_number\"",
          NULL },
        { "a message of another map",
          ctl_edi_map_test,
          { "ORDERS.D01B", paths[ORDER_FILE], NULL },
          1,
          0,
          NULL,
          "holds nothing for map ORDERS.D01B, but ORDERS.D96A\n" },
        { "documents of another map",
          ctl_edi_map_test,
          { "ORDERS.D01B", EDIFACT "order-response.json", NULL },
          1,
          0,
          NULL,
          "but OrderResponse\n" },
        { "no such map",
          ctl_edi_map_test,
          { "ORDERS", paths[ORDER_FILE], NULL },
          2,
          0,
          NULL,
          "no map \"ORDERS\"" },
        { "no such sample",
          ctl_edi_map_test,
          { "ORDERS.D96A", "/nonexistent", NULL },
          2,
          0,
          NULL,
          "/nonexistent" },
        { "a faulty sample",
          ctl_edi_map_test,
          { "cxml/OrderRequest", CXML "order-faults.xml", NULL },
          1,
          SIZE_MAX,
          "the order has no orderID [400]",
          NULL },
        { "what was read where something is missing",
          ctl_edi_map_test,
          { "--json", "ORDERS.D96A", EDIFACT "orders_simple.edi", NULL },
          1,
          1,
          "\"valid\":false,\"fields\":[{\"field\":\"order_number\"",
          NULL },
        { "no message at all",
          ctl_edi_map_test,
          { "ORDERS.D96A", CXML "bomb.xml", NULL },
          1,
          0,
          NULL,
          "XML" },
        { "no XML at all",
          ctl_edi_map_test,
          { "cxml/OrderRequest", CXML "bomb.xml", NULL },
          1,
          0,
          NULL,
          "[406]" },
        { "one argument", ctl_edi_map_test, { "ORDERS.D96A", NULL }, 2, 0, NULL, "MAP SAMPLE" },
    };
    run_commands(cases, sizeof cases / sizeof *cases);
}

static void compares(void **state)
{
    (void)state;
    const struct command_case cases[] = {
        { "the same document",
          ctl_edi_map_test,
          { "ORDERS.D96A", paths[ORDER_FILE], "--expect", paths[RIGHT_FILE], NULL },
          0,
          SIZE_MAX,
          "\nAs expected by ",
          NULL },
        { "another document",
          ctl_edi_map_test,
          { "ORDERS.D96A", paths[ORDER_FILE], "--expect", paths[WRONG_FILE], NULL },
          1,
          SIZE_MAX,
          "\n- lines[1].quantity = \"12\"\n+ lines[1].quantity = \"10\"\n",
          NULL },
        { "the same message",
          ctl_edi_map_test,
          { "--json", "--partner=example-edifact", "ORDRSP.D96A", EDIFACT "order-response.json", "--expect",
            paths[MESSAGE_FILE], NULL },
          0,
          2,
          "\"differences\":[]}\n",
          NULL },
        { "another message",
          ctl_edi_map_test,
          { "--json", "--partner=example-edifact", "ORDRSP.D96A", EDIFACT "order-response.json", "--expect",
            paths[OTHER_FILE], NULL },
          1,
          2,
          "\"differences\":[{\"sign\":\"-\",\"text\":\"QTY+12:2:PCE\"},{\"sign\":\"+\",\"text\":"
          "\"QTY+12:1:PCE\"}]}\n",
          NULL },
        { "what cannot be read",
          ctl_edi_map_test,
          { "ORDERS.D96A", paths[ORDER_FILE], "--expect", "/nonexistent", NULL },
          2,
          SIZE_MAX,
          "PO-1",
          "/nonexistent" },
        { "what is no document",
          ctl_edi_map_test,
          { "ORDERS.D96A", paths[ORDER_FILE], "--expect", CXML "order.xml", NULL },
          1,
          SIZE_MAX,
          "PO-1",
          "order.xml:1:1:" },
    };
    run_commands(cases, sizeof cases / sizeof *cases);
}

static size_t split(const char *text, struct slice *lines)
{
    struct slice rest = slice_of(text);
    size_t count = 0;
    while (rest.size)
        lines[count++] = slice_cut(&rest, ' ');
    return count;
}

static void differences(void **state)
{
    (void)state;
    static const struct {
        const char *wanted, *got, *want;
    } cases[] = {
        { "", "", "" },           { "a b c", "a b c", "" },         { "a b c", "a c", "-b" },
        { "a c", "a b c", "+b" }, { "a b c", "a x c", "-b+x" },     { "", "a", "+a" },
        { "a", "", "-a" },        { "a b c d", "b c d e", "-a+e" }, { "a b a b", "b a b a", "-a+a" },
        { "x y", "y x", "-x+x" }, { "a a a", "a a", "-a" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_open(1 << 20);
        struct slice wanted[8], got[8];
        struct difference_line *lines;
        char text[64] = "";
        size_t wanted_count = split(cases[i].wanted, wanted), got_count = split(cases[i].got, got);
        size_t count = difference_find(wanted, wanted_count, got, got_count, arena, &lines);
        for (size_t k = 0; k < count; k++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%c%.*s", lines[k].sign,
                     SLICE_ARGS(lines[k].text));
        assert_string_equal(text, cases[i].want);
        arena_close(arena);
    }
}

// Long lists that differ in little are compared line by line; those that differ in all are told whole.
static void long_lists(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    struct arena *arena = arena_open(256 << 20);
    struct slice *wanted = ARENA_ARRAY(arena, COUNT, struct slice),
                 *got = ARENA_ARRAY(arena, COUNT, struct slice);
    struct difference_line *lines;
    for (size_t i = 0; i < COUNT; i++)
        got[i] = wanted[i] = arena_printf(arena, "%zu", i);
    got[7] = SLICE("seven");
    got[COUNT - 7] = SLICE("last");
    assert_int_equal(difference_find(wanted, COUNT, got, COUNT, arena, &lines), 4);
    assert_true(lines[0].sign == '-' && slice_is(lines[0].text, "7"));
    assert_true(lines[1].sign == '+' && slice_is(lines[1].text, "seven"));
    assert_true(lines[2].sign == '-' && slice_is(lines[2].text, "39993"));
    assert_true(lines[3].sign == '+' && slice_is(lines[3].text, "last"));
    for (size_t i = 0; i < COUNT; i++)
        got[i] = SLICE("other");
    assert_int_equal(difference_find(wanted, COUNT, got, COUNT, arena, &lines), 2 * COUNT);
    assert_true(lines[0].sign == '-' && slice_is(lines[0].text, "0"));
    assert_true(lines[2 * COUNT - 1].sign == '+');
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(shows), cmocka_unit_test(compares),
                                        cmocka_unit_test(differences), cmocka_unit_test(long_lists) };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
