// SPDX-License-Identifier: Apache-2.0
// Which line of a map took which value, in both directions.
#include "formats/map_trace.h"
#include "unit/formats/map_write_testing.h"

static const char order[] = "UNB+UNOC:3+4300002000012:14+4300003000011:14+260302:0930+1'\n"
                            "UNH+1+ORDERS:D:96A:UN'\n"
                            "BGM+220+PO-1+9'\n"
                            "DTM+137:202603020930:203'\n"
                            "DTM+171:20260321:102'\n"
                            "FTX+AAI+++First'\n"
                            "FTX+AAI+++Second'\n"
                            "NAD+BY+4300002000012::9'\n"
                            "CUX+2:EUR:9'\n"
                            "LIN+1++4012345000108:EN'\n"
                            "QTY+21:10:PCE'\n"
                            "LIN+2++4012345000115:EN'\n"
                            "QTY+21:3:PCE'\n"
                            "UNS+S'\n"
                            "CNT+2:2'\n"
                            "UNT+14+1'\n"
                            "UNZ+1+1'\n";

static struct node *parse(const char *text)
{
    struct edifact_reader *reader = edifact_open(slice_of(text), "test");
    struct edifact_check *check = edifact_check_open(maps_directories(maps), NULL);
    struct findings findings = { .arena = arena };
    struct node *found = NULL;
    struct edifact_unit unit;
    // The nodes point into the text, which stays.
    while (edifact_next(reader, &unit)) {
        struct edifact_placed placed;
        edifact_check_unit(check, &unit, arena, &findings, &placed);
        found = placed.unit ? edifact_tree(&placed, arena) : found;
    }
    edifact_check_close(check);
    edifact_close(reader);
    assert_non_null(found);
    return found;
}

static const struct node *segment(const struct node *node, const char *name, size_t *skip)
{
    for (const struct node *child = node->first; child; child = child->next) {
        const struct node *inner = segment(child, name, skip);
        if (inner)
            return inner;
        if (slice_is(child->name, name) && (*skip)-- == 0)
            return child;
    }
    return NULL;
}

static const struct node_value *value(const struct node *tree, const char *name, size_t index,
                                      unsigned element, unsigned component)
{
    const struct node *found = segment(tree, name, &index);
    assert_non_null(found);
    return node_value(found, element, 1, component);
}

static void reading_tells_where_from(void **state)
{
    (void)state;
    struct map_trace *trace = map_trace_new(arena);
    struct findings findings = { .arena = arena };
    struct node *tree = parse(order);
    struct document *document;
    const struct map *map = maps_find(maps, "ORDERS", "D96A", NULL);
    assert_true(map_read_traced(map, tree, trace, arena, &document, &findings));
    const struct document *leaf = document_get(document, "order_number");
    const struct map_traced *taken = map_trace_of(trace, leaf);
    assert_non_null(taken);
    assert_ptr_equal(taken->value, value(tree, "BGM", 0, 2, 1));
    assert_non_null(strstr(taken->file, "messages/ORDERS.D96A.map"));
    assert_true(taken->line > 0);
    // The second item's own value, not the first one's.
    leaf = document_get(document_items(document, "lines")->next, "quantity");
    taken = map_trace_of(trace, leaf);
    assert_ptr_equal(taken->value, value(tree, "QTY", 1, 1, 2));
    assert_int_equal(taken->node->line, 13);
    // Joined texts begin at the first, and both are taken.
    taken = map_trace_of(trace, document_get(document, "note"));
    assert_ptr_equal(taken->value, value(tree, "FTX", 0, 4, 1));
    assert_true(map_trace_took(trace, value(tree, "FTX", 1, 4, 1)));
    // What is not of the document has no entry; a default has no place.
    assert_null(map_trace_of(trace, document));
    for (size_t i = 0; i < map_trace_count(trace); i++)
        if (!map_trace_at(trace, i)->node)
            assert_null(map_trace_at(trace, i)->value);
}

static void reading_tells_what_was_left(void **state)
{
    (void)state;
    struct map_trace *trace = map_trace_new(arena);
    struct findings findings = { .arena = arena };
    struct node *tree = parse(order);
    struct document *document;
    assert_true(
        map_read_traced(maps_find(maps, "ORDERS", "D96A", NULL), tree, trace, arena, &document, &findings));
    // A qualifier and a date's format are looked at, too.
    assert_true(map_trace_took(trace, value(tree, "DTM", 0, 1, 1)));
    assert_true(map_trace_took(trace, value(tree, "DTM", 0, 1, 2)));
    assert_true(map_trace_took(trace, value(tree, "DTM", 0, 1, 3)));
    assert_true(map_trace_took(trace, value(tree, "BGM", 0, 3, 1)));
    // No line of the map wants DTM+171.
    assert_false(map_trace_took(trace, value(tree, "DTM", 1, 1, 2)));
    assert_false(map_trace_took(map_trace_new(arena), value(tree, "DTM", 0, 1, 1)));
}

static void writing_tells_what_wrote(void **state)
{
    (void)state;
    struct map_trace *trace = map_trace_new(arena);
    struct error error = { 0 };
    struct node *tree;
    const struct map *map = map_of("ORDRSP", "D96A", "example-edifact");
    struct document *document = document_of(
        SLICE("{\"order_id\":\"1-2\",\"account\":\"A\",\"order_number\":\"PO-1\",\"version\":1,\"status\":"
              "\"accepted\",\"ordered_at\":\"2026-03-02T09:00:00Z\",\"responded_at\":\"2026-03-02T10:00:"
              "00Z\",\"currency\":\"EUR\",\"total\":\"10\","
              "\"lines\":[{\"number\":\"1\",\"status\":\"accepted\",\"quantity\":\"10\",\"confirmed\":\"10\","
              "\"backordered\":\"0\",\"unit_price\":\"1\",\"price_basis\":\"1\",\"amount\":\"10\","
              "\"unit\":\"C62\",\"gtin\":\"4012345000108\"}]}"),
        "OrderResponse");
    if (!map_write_traced(map, document, trace, arena, &tree, &error))
        print_error("%s\n", error.message);
    assert_int_equal(error.kind, ERROR_NONE);
    size_t first = 0;
    const struct node *lin = segment(tree, "LIN", &first);
    assert_non_null(lin);
    const struct map_traced *wrote = map_trace_wrote(trace, node_value(lin, 1, 1, 1));
    assert_non_null(wrote);
    assert_string_equal(wrote->field, "number");
    assert_ptr_equal(wrote->record, document_items(document, "lines"));
    assert_true(wrote->line > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reading_tells_where_from, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(reading_tells_what_was_left, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(writing_tells_what_wrote, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, load_maps, free_maps);
}
