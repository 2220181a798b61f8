// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "ctl/difference.h"
#include "ctl/input.h"
#include "ctl/map_testing.h"
#include "doors/avro.h"
#include "doors/json.h"
#include "doors/xml.h"
#include "formats/edifact/check.h"

// The envelope of cXML is none of the map's business: only what stands in Request is compared.
void map_testing_add(struct map_testing *testing, const struct node *root, struct map_view_lines *lines)
{
    const struct node *body = root->first;
    if (!testing->xml) {
        map_view_message(root, false, lines, testing->arena);
        return;
    }
    while (body && slice_is(body->name, "Header"))
        body = body->next;
    for (const struct node *child = body ? body->first : NULL; child; child = child->next)
        map_view_message(child, true, lines, testing->arena);
}

struct document *map_testing_json(struct map_testing *testing, struct slice json, const char *file,
                                  uint32_t line)
{
    const char *type = map_document_type(testing->map);
    struct document *document;
    struct error error = { 0 };
    if (!json_read(json, testing->arena, &document, &error)) {
        fprintf(stderr, "%s:%u:1: %s\n", file, line, error.message);
        testing->bad++;
        return NULL;
    }
    if (document->type && strcmp(document->type, type) != 0) {
        testing->other = slice_of(document->type);
        return NULL;
    }
    document->type = type;
    return document;
}

static bool expected_documents(struct map_testing *testing, struct slice bytes, struct map_view_lines *lines)
{
    size_t bad = testing->bad;
    for (uint32_t line = 1; bytes.size; line++) {
        struct slice json = slice_trim(slice_cut(&bytes, '\n'));
        struct findings findings = { .arena = testing->arena };
        struct document *document = json.size ? map_testing_json(testing, json, testing->expect, line) : NULL;
        if (!document)
            continue;
        if (avro_conform(maps_schemas(testing->translation.loaded), document->type, document, testing->arena,
                         &findings))
            map_view_document(document, lines, testing->arena);
        else
            translation_print(&findings, testing->expect, false, stderr);
        testing->bad += findings.errors > 0;
    }
    return testing->bad == bad;
}

static bool expected_messages(struct map_testing *testing, struct slice bytes, struct map_view_lines *lines)
{
    struct edifact_reader *reader = edifact_open(bytes, testing->expect);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit))
        if (unit.kind == EDIFACT_MESSAGE)
            map_view_message(edifact_unit_tree(testing->translation.directories, &unit, testing->arena),
                             false, lines, testing->arena);
    edifact_close(reader);
    return true;
}

static bool expected_xml(struct map_testing *testing, struct slice bytes, struct map_view_lines *lines)
{
    struct xml_document document;
    struct error error = { 0 };
    char text[1024];
    if (!xml_read(bytes, NULL, testing->arena, &document, &error)) {
        fprintf(stderr, "%s: %s\n", testing->expect, error_text(&error, text, sizeof text));
        testing->bad++;
        return false;
    }
    map_testing_add(testing, document.root, lines);
    return true;
}

static void show_difference(const struct map_testing *testing, const struct difference_line *lines,
                            size_t count)
{
    struct arena *arena = testing->arena;
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "expected", slice_of(testing->expect));
    struct document *list = document_add_list(arena, record, "differences");
    for (size_t i = 0; i < count; i++) {
        struct document *one = document_add(list, NULL, document_record(arena, NULL));
        document_add_text(arena, one, "sign", (struct slice){ &lines[i].sign, 1 });
        document_add_text(arena, one, "text", lines[i].text);
    }
    if (testing->json) {
        map_testing_put(record, arena);
        return;
    }
    if (count == 0)
        printf("\nAs expected by %s\n", testing->expect);
    else
        printf("\nNot as expected: - stands in %s, + in the result\n", testing->expect);
    for (size_t i = 0; i < count; i++) {
        struct document *one = document_record(arena, NULL);
        document_add_text(arena, one, "text", lines[i].text);
        printf("%c %.*s\n", lines[i].sign, SLICE_ARGS(table_cell(arena, document_get(one, "text"))));
    }
}

// 0 where the result is what the file says, 1 where not, 2 where the file cannot be read.
int map_testing_compare(struct map_testing *testing, bool written)
{
    struct map_view_lines wanted = { 0 };
    struct difference_line *lines;
    struct input input;
    struct error error = { 0 };
    if (!input_open(testing->expect, &input, &error))
        return translation_fail(&testing->translation, &error);
    bool read = !written       ? expected_documents(testing, input.bytes, &wanted)
                : testing->xml ? expected_xml(testing, input.bytes, &wanted)
                               : expected_messages(testing, input.bytes, &wanted);
    size_t count = 0;
    if (read) {
        count = difference_find(wanted.items, wanted.count, testing->got.items, testing->got.count,
                                testing->arena, &lines);
        show_difference(testing, lines, count);
    }
    input_close(&input);
    return count || !read;
}
