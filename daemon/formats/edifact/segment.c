// SPDX-License-Identifier: Apache-2.0
// One segment by the rules: its components as tokens, line breaks inside, what is released.
#include "formats/edifact/directory.h"
#include "formats/edifact/reading.h"

struct place {
    size_t start;
    uint16_t element, occurrence, component, flags;
};

static uint16_t up(uint16_t count)
{
    return count == UINT16_MAX ? count : (uint16_t)(count + 1);
}

// The tag without the line breaks that wrapped lines have put into it.
static uint32_t wrapped_key(struct slice tag)
{
    char clean[4];
    size_t size = 0;
    for (size_t i = 0; i < tag.size; i++) {
        if (tag.data[i] == '\r' || tag.data[i] == '\n')
            continue;
        if (size == sizeof clean)
            return 0;
        clean[size++] = tag.data[i];
    }
    return directory_key((struct slice){ clean, size });
}

static inline void end_tag(struct slice tag, struct edifact_segment *segment)
{
    const unsigned char *p = (const unsigned char *)tag.data;
    segment->tag_size = (uint16_t)(tag.size > UINT16_MAX ? UINT16_MAX : tag.size);
    segment->key = tag.size == 3 ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : wrapped_key(tag);
}

// Whether nothing but the end of a wrapped line stands there.
static bool only_breaks(const struct edifact_reader *reader, size_t start, size_t end)
{
    const char *data = reader->bytes.data;
    while (start < end && (data[start] == '\r' || data[start] == '\n'))
        start++;
    return start == end;
}

// Ends the component that began at place->start. Element 0 is the tag.
static inline void end_component(struct edifact_reader *reader, const struct place *place, size_t end,
                                 size_t base, struct edifact_segment *segment)
{
    if (place->element == 0) {
        if (place->component == 1)
            end_tag((struct slice){ reader->bytes.data + place->start, end - place->start }, segment);
        return;
    }
    if (end == place->start ||
        (place->flags & EDIFACT_TOKEN_BROKEN && only_breaks(reader, place->start, end)))
        return;
    reader->tokens[reader->token_count++] = (struct edifact_token){
        .start = (uint32_t)(place->start - base),
        .size = (uint32_t)(end - place->start),
        .element = place->element,
        .occurrence = place->occurrence,
        .component = place->component,
        .flags = place->flags,
    };
}

static void end_line(struct edifact_reader *reader, struct edifact_segment *segment, size_t at)
{
    segment->broken = true;
    if (reader->scan.data[at] == '\n') {
        reader->line++;
        reader->line_start = at + 1;
    }
}

// A byte that ends nothing: a release character, with what it releases, or something to remember of the
// value.
static uint16_t flags_of(struct edifact_reader *reader, struct edifact_segment *segment, size_t at)
{
    struct scan *scan = &reader->scan;
    switch ((enum scan_kind)scan->kinds[scan->data[at]]) {
    case SCAN_RELEASE:
        // What follows is data, whatever it is; where it matters to the scanner, the scanner must pass it.
        if (at + 1 >= scan->size || scan->kinds[scan->data[at + 1]] == SCAN_PLAIN)
            return EDIFACT_TOKEN_RELEASED;
        scan_next(scan);
        if (scan->kinds[scan->data[at + 1]] == SCAN_LINE_BREAK)
            end_line(reader, segment, at + 1);
        return scan->kinds[scan->data[at + 1]] == SCAN_HIGH ? EDIFACT_TOKEN_RELEASED | EDIFACT_TOKEN_HIGH
                                                            : EDIFACT_TOKEN_RELEASED;
    case SCAN_LINE_BREAK:
        end_line(reader, segment, at);
        return EDIFACT_TOKEN_BROKEN;
    case SCAN_CONTROL:
        return EDIFACT_TOKEN_CONTROL;
    case SCAN_HIGH:
        return EDIFACT_TOKEN_HIGH;
    default:
        return 0;
    }
}

// Reads components up to the terminator; gives where it stands, or the end of the input.
static size_t read_components(struct edifact_reader *reader, struct place *place, size_t base,
                              struct edifact_segment *segment)
{
    const uint8_t *data = reader->scan.data;
    size_t size = reader->scan.size;
    for (;;) {
        size_t at = scan_next(&reader->scan);
        if (at >= size)
            return size;
        if (at < place->start)
            continue; // between segments
        if (reader->token_count == reader->token_capacity)
            reader->tokens = reading_grown(reader->tokens, &reader->token_capacity, reader->token_count + 1,
                                           sizeof *reader->tokens);
        switch ((enum scan_kind)reader->scan.kinds[data[at]]) {
        case SCAN_ELEMENT:
            end_component(reader, place, at, base, segment);
            *place = (struct place){ at + 1, up(place->element), 1, 1, 0 };
            break;
        case SCAN_COMPONENT:
            end_component(reader, place, at, base, segment);
            *place = (struct place){ at + 1, place->element, place->occurrence, up(place->component), 0 };
            break;
        case SCAN_REPETITION:
            end_component(reader, place, at, base, segment);
            *place = (struct place){ at + 1, place->element, up(place->occurrence), 1, 0 };
            break;
        case SCAN_TERMINATOR:
            return at;
        default:
            place->flags = (uint16_t)(place->flags | flags_of(reader, segment, at));
        }
    }
}

// Reads the segment at reader->position, which is not at the end. False where its terminator is missing.
bool reading_segment(struct edifact_reader *reader, size_t base)
{
    size_t begin = reader->position, size = reader->scan.size;
    if (reader->segment_count == reader->segment_capacity)
        reader->segments = reading_grown(reader->segments, &reader->segment_capacity,
                                         reader->segment_count + 1, sizeof *reader->segments);
    struct edifact_segment *segment = &reader->segments[reader->segment_count++];
    *segment = (struct edifact_segment){ .start = (uint32_t)(begin - base),
                                         .first = (uint32_t)reader->token_count,
                                         .line = reader->line,
                                         .column = (uint32_t)(begin - reader->line_start) + 1 };
    struct place place = { .start = begin, .occurrence = 1, .component = 1 };
    size_t end = read_components(reader, &place, base, segment);
    if (reader->token_count == reader->token_capacity)
        reader->tokens = reading_grown(reader->tokens, &reader->token_capacity, reader->token_count + 1,
                                       sizeof *reader->tokens);
    end_component(reader, &place, end, base, segment);
    reader->position = end < size ? end + 1 : size;
    segment->size = (uint32_t)(reader->position - begin);
    segment->count = (uint32_t)(reader->token_count - segment->first);
    segment->elements = place.element;
    segment->trailing = place.start == end && (place.element || place.component > 1);
    return end < size;
}

// A segment that only says where something begins.
void reading_mark_start(struct edifact_reader *reader)
{
    reader->segments =
        reading_grown(reader->segments, &reader->segment_capacity, 1, sizeof *reader->segments);
    reader->segments[0] =
        (struct edifact_segment){ .line = reader->line,
                                  .column = (uint32_t)(reader->position - reader->line_start) + 1,
                                  .tag_size = reader->bytes.size - reader->position < 3 ? 0 : 3 };
    end_tag((struct slice){ reader->bytes.data + reader->position, reader->segments[0].tag_size },
            &reader->segments[0]);
    reader->segment_count = 1;
}
