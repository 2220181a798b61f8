// SPDX-License-Identifier: Apache-2.0
// Inside the door to libxml2: a guarded parse, shared by reading and validating. Only xml*.c include this.
#pragma once

#include <libxml/parser.h>

#include "base/error.h"
#include "doors/xml.h"
#include "doors/xml_source.h"

struct xml_parse {
    struct slice source; // UTF-8
    struct xml_cursor cursor;
    size_t node_count, most_nodes;
    unsigned most_depth;
    xmlParserCtxtPtr context;
    xmlDocPtr document; // each element's _private is its place, packed
    struct error *error;
};

// False where the document is refused; otherwise the caller closes. `arena` may hold a converted copy.
bool xml_parse_open(struct xml_parse *parse, struct slice bytes, const struct xml_limits *limits,
                    struct arena *arena, struct error *error);
void xml_parse_close(struct xml_parse *parse);

// libxml2's own line numbers end at 65,535. A place fits into a pointer: 32 bits for the line, 32 for the
// column.
_Static_assert(sizeof(void *) == 8, "a place fits into a pointer");
static inline void *xml_place_pack(struct xml_place place)
{
    return (void *)((uintptr_t)place.line << 32 | place.column);
}
static inline struct xml_place xml_place_unpack(const void *packed)
{
    return (struct xml_place){ .line = (uint32_t)((uintptr_t)packed >> 32),
                               .column = (uint32_t)(uintptr_t)packed };
}

// To be called by a thread before it uses the library.
void xml_open_library(void);
