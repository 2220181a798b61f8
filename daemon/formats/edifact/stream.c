// SPDX-License-Identifier: Apache-2.0
// A window that slides over the input. A unit that comes near the window's end may have been cut there, so it
// is read again when the window holds more: only what lies well inside is given out.
#include <stdlib.h>

#include "formats/edifact/reading.h"

// No rule looks further ahead than this behind a unit.
enum { LOOK_AHEAD = 4096, WINDOW = 1 << 20 };

// Moves the window to reader->position and fills it up.
static void slide(struct edifact_reader *reader)
{
    size_t gone = reader->position, left = reader->bytes.size - gone;
    if (left)
        memmove(reader->window, reader->window + gone, left);
    // A unit that fills half of the window needs a larger one.
    if (left > reader->window_size / 2)
        reader->window = reading_grown(reader->window, &reader->window_size, reader->window_size + 1, 1);
    while (left < reader->window_size && !reader->finished) {
        size_t got =
            reader->source_read(reader->source_context, reader->window + left, reader->window_size - left);
        left += got;
        reader->finished = got == 0;
    }
    reader->bytes = (struct slice){ reader->window, left };
    reader->dropped += gone;
    reader->position = 0;
    reader->line_start -= gone; // may wrap; columns are differences
    reader->scan.data = (const uint8_t *)reader->window;
    reader->scan.size = left;
    scan_seek(&reader->scan, 0);
}

struct edifact_reader *edifact_open_stream(edifact_source *read, void *context, const char *source)
{
    struct edifact_reader *reader = edifact_open((struct slice){ 0 }, source);
    reader->source_read = read;
    reader->source_context = context;
    reader->window = reading_grown(NULL, &reader->window_size, WINDOW, 1);
    slide(reader);
    reading_begin(reader);
    return reader;
}

struct slice edifact_beginning(const struct edifact_reader *reader)
{
    return reader->bytes;
}

// Takes back what was read, but for the arrays, which may have grown.
static void restore(struct edifact_reader *reader, const struct edifact_reader *before)
{
    struct edifact_reader now = *reader;
    *reader = *before;
    reader->segments = now.segments;
    reader->segment_capacity = now.segment_capacity;
    reader->tokens = now.tokens;
    reader->token_capacity = now.token_capacity;
}

bool edifact_next(struct edifact_reader *reader, struct edifact_unit *unit)
{
    while (!reader->finished && reader->source_read) {
        struct edifact_reader before = *reader;
        bool found = reading_next(reader, unit);
        if (found && reader->bytes.size - reader->position > LOOK_AHEAD) {
            unit->offset += reader->dropped;
            return true;
        }
        restore(reader, &before);
        slide(reader);
    }
    bool found = reading_next(reader, unit);
    unit->offset += reader->dropped;
    return found;
}
