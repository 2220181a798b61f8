// SPDX-License-Identifier: Apache-2.0
// Inside the door to libxml2: what is done to the bytes before they are parsed, and places in them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct xml_place {
    uint32_t line, column; // from 1; a column is a character
};

// Goes through the text once: offsets are asked for in rising order for the most part.
struct xml_cursor {
    struct slice text;
    size_t offset;
    uint32_t line, column;
};

struct xml_place xml_place_of(struct xml_cursor *cursor, size_t offset);

// The bytes as UTF-8 without a byte order mark, converted where the mark or the XML declaration says so.
// Refuses too many bytes and tags with very many attributes (libxml2 compares each with each).
bool xml_source_open(struct slice bytes, size_t most_bytes, struct arena *arena, struct slice *source,
                     struct error *error);
