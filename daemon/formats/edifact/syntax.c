// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/syntax.h"

#include <stdlib.h>

#include "formats/edifact/reading.h"
#include "formats/edifact/recognise.h"

void *reading_grown(void *items, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 256;
    if (wanted < needed)
        wanted = needed;
    void *moved = realloc(items, wanted * size);
    if (!moved)
        abort(); // as an arena does
    *capacity = wanted;
    return moved;
}

void reading_begin(struct edifact_reader *reader)
{
    // A byte order mark is no part of the first line.
    if (reader->bytes.size >= 3 && memcmp(reader->bytes.data, "\xEF\xBB\xBF", 3) == 0)
        reader->position = reader->line_start = 3;
    reading_forget_envelope(reader);
}

struct edifact_reader *edifact_open(struct slice bytes, const char *source)
{
    return reading_open(bytes, source, READING_FASTEST);
}

struct edifact_reader *reading_open(struct slice bytes, const char *source, enum reading_bulk bulk)
{
    struct edifact_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        abort();
    reader->bytes = bytes;
    reader->source = source;
    reader->line = 1;
    scan_open(&reader->scan, bytes, &reading_default_marks, bulk <= READING_PORTABLE);
    while (bulk != READING_NO_BULK && !(reader->bulk = bulk_by(bulk)))
        bulk--;
    reading_begin(reader);
    return reader;
}

void edifact_close(struct edifact_reader *reader)
{
    if (!reader)
        return;
    free(reader->segments);
    free(reader->tokens);
    free(reader->window);
    free(reader);
}

// Whether a segment with that tag begins here. The byte behind it need not be a mark: UNB tells us which
// mark.
static bool begins(const struct edifact_reader *reader, const char tag[3])
{
    const char *data = reader->bytes.data;
    size_t at = reader->position, end = reader->bytes.size;
    char terminator = reader->marks.terminator;
    for (unsigned i = 0; at < end; at++) {
        // Where lines are wrapped at a width, a line break may stand inside a tag.
        if ((data[at] == '\r' || data[at] == '\n') && data[at] != terminator && i > 0)
            continue;
        if (i == 3)
            return data[at] == reader->marks.element || data[at] == terminator ||
                   data[at] == reader->marks.component;
        if (data[at] != tag[i++])
            return false;
    }
    return false;
}

static void start_unit(struct edifact_reader *reader, enum edifact_kind kind, struct edifact_unit *unit)
{
    *unit = (struct edifact_unit){ .kind = kind, .source = reader->source, .offset = reader->position };
    unit->bytes.data = reader->bytes.data + reader->position;
    reader->segment_count = reader->token_count = 0;
}

static bool end_unit(struct edifact_reader *reader, struct edifact_unit *unit)
{
    unit->bytes.size = reader->position - (size_t)unit->offset;
    unit->segments = reader->segments;
    unit->segment_count = reader->segment_count;
    unit->tokens = reader->tokens;
    unit->token_count = reader->token_count;
    unit->marks = reader->marks;
    unit->syntax = reader->syntax;
    unit->charset = reader->charset;
    return true;
}

// Reads what is plain, and leaves the reader where the rules have to look.
static void read_bulk(struct edifact_reader *reader, const struct edifact_unit *unit)
{
    size_t before = reader->position;
    if (!reader->bulk || before >= reader->bytes.size)
        return;
    reader->bulk(reader, (size_t)unit->offset);
    if (reader->position == before)
        return;
    reading_skip_space(reader);
    scan_seek(&reader->scan, reader->position);
}

static void read_message(struct edifact_reader *reader, struct edifact_unit *unit)
{
    start_unit(reader, EDIFACT_MESSAGE, unit);
    unit->truncated = !reading_segment(reader, (size_t)unit->offset);
    while (!unit->truncated && !unit->complete) {
        reading_skip_space(reader);
        read_bulk(reader, unit);
        if (reader->position >= reader->bytes.size ||
            reader->position - (size_t)unit->offset > READING_UNIT_LIMIT)
            break;
        if (reader->bytes.data[reader->position] == 'U') {
            if (begins(reader, "UNH") || begins(reader, "UNE") || begins(reader, "UNZ") ||
                begins(reader, "UNG") || begins(reader, "UNB") || recognise_una(reading_rest(reader)))
                break;
            unit->complete = begins(reader, "UNT");
        }
        unit->truncated = !reading_segment(reader, (size_t)unit->offset);
    }
}

static bool at_service_segment(const struct edifact_reader *reader)
{
    return begins(reader, "UNB") || begins(reader, "UNH") || begins(reader, "UNG") || begins(reader, "UNE") ||
           begins(reader, "UNZ") || recognise_start(reading_rest(reader));
}

// Segments that stand outside of any message, up to the next service segment.
static void read_stray(struct edifact_reader *reader, struct edifact_unit *unit)
{
    start_unit(reader, EDIFACT_STRAY, unit);
    do {
        unit->truncated = !reading_segment(reader, (size_t)unit->offset);
        reading_skip_space(reader);
    } while (!unit->truncated && reader->position < reader->bytes.size &&
             reader->position - (size_t)unit->offset < READING_UNIT_LIMIT && !at_service_segment(reader) &&
             recognise_segment(reading_rest(reader), &reader->marks));
}

// Whether junk ends here: where an interchange seems to begin, or a service segment stands by itself.
static bool resumes(const struct edifact_reader *reader)
{
    const char *here = reader->bytes.data + reader->position;
    if (here[0] != 'U')
        return false;
    bool apart = !(here[-1] >= 'A' && here[-1] <= 'Z') && !(here[-1] >= '0' && here[-1] <= '9');
    return recognise_start(reading_rest(reader)) || (apart && at_service_segment(reader));
}

// Bytes that are no segments.
static void read_junk(struct edifact_reader *reader, struct edifact_unit *unit)
{
    start_unit(reader, EDIFACT_JUNK, unit);
    reading_mark_start(reader);
    do {
        reading_pass(reader, 1);
    } while (reader->position < reader->bytes.size &&
             reader->position - (size_t)unit->offset < READING_UNIT_LIMIT && !resumes(reader));
    scan_seek(&reader->scan, reader->position);
}

static void read_single(struct edifact_reader *reader, enum edifact_kind kind, struct edifact_unit *unit)
{
    start_unit(reader, kind, unit);
    unit->truncated = !reading_segment(reader, (size_t)unit->offset);
}

bool reading_next(struct edifact_reader *reader, struct edifact_unit *unit)
{
    reading_skip_space(reader);
    if (reader->position >= reader->bytes.size)
        return false;
    if (slice_starts(reading_rest(reader), "UNA")) {
        reading_forget_envelope(reader);
        start_unit(reader, EDIFACT_STRAY, unit);
        reading_mark_start(reader);
        if (!recognise_una(reading_rest(reader))) {
            reading_skip_una(reader);
            return end_unit(reader, unit); // the usual marks are as good a guess as any
        }
        reading_una(reader);
        if (reader->position >= reader->bytes.size)
            return end_unit(reader, unit); // nothing follows it
    } else if (recognise_unb(reading_rest(reader)) && reader->syntax) {
        reading_forget_envelope(reader); // the interchange before it had no UNZ
    }
    reading_look_for_level_b(reader);
    if (begins(reader, "UNB") || recognise_unb(reading_rest(reader))) {
        read_single(reader, EDIFACT_INTERCHANGE_BEGIN, unit);
        reading_obey_unb(reader, unit);
    } else if (begins(reader, "UNZ")) {
        read_single(reader, EDIFACT_INTERCHANGE_END, unit);
        end_unit(reader, unit);
        reading_forget_envelope(reader);
        return true;
    } else if (begins(reader, "UNG")) {
        read_single(reader, EDIFACT_GROUP_BEGIN, unit);
    } else if (begins(reader, "UNE")) {
        read_single(reader, EDIFACT_GROUP_END, unit);
    } else if (begins(reader, "UNH")) {
        read_message(reader, unit);
    } else if (recognise_segment(reading_rest(reader), &reader->marks)) {
        read_stray(reader, unit);
    } else {
        read_junk(reader, unit);
    }
    return end_unit(reader, unit);
}
