// SPDX-License-Identifier: Apache-2.0
// What a map does with one message, value by value: for people who write maps. A trace that is handed to
// map_read_traced or map_write_traced is told each line of the map that takes or writes something. It knows
// only what is in memory: texts, nodes and documents must outlive it.
#pragma once

#include "base/document.h"
#include "base/node.h"

struct map_trace;

// One field of the document, or one place of the message that was written.
struct map_traced {
    const char *file; // of the map, with the line of the rule; NULL where it has none
    int line;
    // Reading.
    const struct document *leaf;    // the field that was filled
    const struct node *node;        // from where; NULL for a default and for the number of an item
    const struct node_value *value; // the first value
    // Writing.
    const struct document *record; // to which the rule was applied
    const char *field;             // of it; "/name" is one of the head; NULL: a constant
};

struct map_trace *map_trace_new(struct arena *arena);

size_t map_trace_count(const struct map_trace *trace);
const struct map_traced *map_trace_at(const struct map_trace *trace, size_t index);

// Reading: the entry of a field, NULL where no rule filled it.
const struct map_traced *map_trace_of(struct map_trace *trace, const struct document *leaf);
// Reading: whether any line of the map has looked at this value, as a field's or to tell places apart.
bool map_trace_took(struct map_trace *trace, const struct node_value *value);

// Writing: what wrote this value; NULL where it is none of this trace.
const struct map_traced *map_trace_wrote(const struct map_trace *trace, const struct node_value *value);
