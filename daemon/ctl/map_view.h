// SPDX-License-Identifier: Apache-2.0
// What a map has done with one message, as lists of records for people and scripts, and message and document as
// lines that can be compared.
#pragma once

#include "base/document.h"
#include "formats/map_trace.h"

// Reading: a record a field: field, value, line, column, segment ("BGM+220+PO-1+9", or the path in XML), map, map_line.
// What the gateway or the schema fills stands without a segment and a map.
struct document *map_view_fields(const struct document *document, struct map_trace *trace, bool xml,
                                 struct arena *arena);
// Reading: values of the message that no line of the map has looked at: line, column, segment, place ("2.1", or
// "@name" in XML; "whole" for a segment of which nothing was looked at), value. Service segments are left out.
struct document *map_view_left(const struct node *message, struct map_trace *trace, bool xml,
                               struct arena *arena);

// Writing: `places`, a record a value: segment, place, value, field (none for a constant), map, map_line; and
// `unwritten`, fields of the document that no line of the map has written: field, value.
struct map_view_writing {
    struct document *places, *unwritten;
};
struct map_view_writing map_view_writing(const struct node *message, const struct document *document,
                                         const struct map_trace *trace, bool xml, struct arena *arena);

struct map_view_lines {
    struct slice *items;
    size_t count, capacity;
};

// "lines[1].quantity = "10"", a line a field that has a value.
void map_view_document(const struct document *document, struct map_view_lines *lines, struct arena *arena);
// A segment a line; in XML "path/@name = value".
void map_view_message(const struct node *message, bool xml, struct map_view_lines *lines,
                      struct arena *arena);
