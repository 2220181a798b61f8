// SPDX-License-Identifier: Apache-2.0
// What `comptoirctl edi compile` reads before it writes a table: the facts of a UN/EDIFACT directory.
// Internal to the directory compiler.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

// A component of a composite, or a position of a segment.
struct source_part {
    struct slice name; // "1001", "C002"
    bool mandatory;
    uint32_t repeat;
};

struct source_thing {
    struct slice name;   // element "1001", composite "C002", segment "BGM"
    struct slice format; // element: "an..3"
    struct source_part *parts;
    size_t part_count, part_capacity;
    struct slice *codes; // of an element, from the code list
    size_t code_count, code_capacity;
    bool wanted; // by a message that is kept
};

struct source_things {
    struct source_thing *items;
    size_t count, capacity;
};

// A line of a message's segment table, in order.
struct source_line {
    struct slice name; // "BGM"; of a group "SG25"
    bool group, mandatory;
    uint32_t repeat;
    unsigned closes; // groups that end behind it
};

struct source_message {
    struct slice type;
    struct source_line *lines;
    size_t count, capacity;
};

struct source {
    struct arena *arena;
    struct source_things elements, composites, segments;
    size_t position_count, list_count, code_count; // as read, before anything is left out
    struct source_message *messages;
    size_t message_count, message_capacity;
};

struct source_thing *source_add(struct source *source, struct source_things *things, struct slice name);
struct source_thing *source_find(const struct source_things *things, struct slice name);
void source_add_part(struct source *source, struct source_thing *thing, struct source_part part);
void source_add_code(struct source *source, struct source_thing *element, struct slice code);
struct source_message *source_add_message(struct source *source, struct slice type);
void source_add_line(struct source *source, struct source_message *message, struct source_line line);

// Reads a file whole.
bool source_file(struct source *source, const char *path, struct slice *bytes, struct error *error);

// The UN's own text: the folder with the segment, composite, element, code and message files (TRSD, TRCD,
// TRED, UNCL, TRMD/... or EDSD, EDCD, EDED, UNCL, EDMD/...).
bool source_read_text(struct source *source, const char *folder, struct error *error);
// The service segments of a syntax version: the folder Service_V<version> with segments.xml and messages/,
// and a code list, either an XML file beside it or a text file UNSL.
bool source_read_service(struct source *source, const char *folder, unsigned version, const char *codes,
                         struct error *error);
// A code list in the UN's own text, for elements that are known already.
bool source_read_codes(struct source *source, struct slice text, const char *path, struct error *error);
