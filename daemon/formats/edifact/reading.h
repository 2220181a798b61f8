// SPDX-License-Identifier: Apache-2.0
// The reader's state, shared by syntax.c, which knows every rule, and bulk.c, which reads what is plain at
// speed. Internal to both and to their tests.
#pragma once

#include "formats/edifact/scan.h"
#include "formats/edifact/syntax.h"

// Offsets within a unit have 32 bits; no message comes near this.
enum { READING_UNIT_LIMIT = 0x70000000 };

struct edifact_reader {
    struct slice bytes;
    const char *source;
    struct scan scan;
    struct edifact_marks marks;
    char una_repetition; // position 5 of UNA, which only version 4 obeys
    uint8_t syntax;
    enum edifact_charset charset;
    size_t position;   // of the next byte to look at
    uint32_t line;     // there
    size_t line_start; // where that line begins
    struct edifact_segment *segments;
    size_t segment_count, segment_capacity;
    struct edifact_token *tokens;
    size_t token_count, token_capacity;
    void (*bulk)(struct edifact_reader *reader, size_t base); // NULL: each segment by the rules
};

// How segments are read in bulk; all give the same units.
enum reading_bulk { READING_FASTEST, READING_PORTABLE, READING_NO_BULK };

struct edifact_reader *reading_open(struct slice bytes, const char *source, enum reading_bulk bulk);

// An array with room for `needed` items.
void *reading_grown(void *items, size_t *capacity, size_t needed, size_t size);

// Reads segments from reader->position, where a tag stands, as long as they are plain: three capitals for a
// tag, no line break or control character inside, and none that begins with U. Stops before the first that is
// not; that one is for the caller. `base` is where the unit begins.
void bulk_portable(struct edifact_reader *reader, size_t base);
// The same with AVX2; NULL where the machine has none.
void (*bulk_fastest(void))(struct edifact_reader *reader, size_t base);
