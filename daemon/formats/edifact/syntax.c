// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/syntax.h"

#include <stdlib.h>

#include "formats/edifact/directory.h"
#include "formats/edifact/reading.h"
#include "formats/edifact/recognise.h"

static const struct edifact_marks default_marks = {
    .component = ':', .element = '+', .decimal = '.', .release = '?', .terminator = '\''
};

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

static void forget_envelope(struct edifact_reader *reader)
{
    reader->marks = default_marks;
    reader->una_repetition = 0;
    reader->syntax = 0;
    reader->charset = EDIFACT_UNOZ;
    scan_marks(&reader->scan, &reader->marks);
    scan_seek(&reader->scan, reader->position);
}

void reading_begin(struct edifact_reader *reader)
{
    // A byte order mark is no part of the first line.
    if (reader->bytes.size >= 3 && memcmp(reader->bytes.data, "\xEF\xBB\xBF", 3) == 0)
        reader->position = reader->line_start = 3;
    forget_envelope(reader);
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
    scan_open(&reader->scan, bytes, &default_marks, bulk <= READING_PORTABLE);
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

static void skip_space(struct edifact_reader *reader)
{
    const char *data = reader->bytes.data;
    size_t p = reader->position, size = reader->bytes.size;
    while (p < size && (data[p] == ' ' || data[p] == '\t' || data[p] == '\r' || data[p] == '\n')) {
        // A terminator that is itself a line feed or a space is left alone only where it would end something;
        // between segments there is nothing to end.
        if (data[p] == '\n') {
            reader->line++;
            reader->line_start = p + 1;
        }
        p++;
    }
    // Old systems close a file with ^Z or fill it up with NULs.
    size_t end = p;
    while (end < size && (data[end] == 0x1A || data[end] == 0 || data[end] == '\n' || data[end] == '\r'))
        end++;
    reader->position = end == size ? size : p;
}

static struct slice rest(const struct edifact_reader *reader)
{
    return (struct slice){ reader->bytes.data + reader->position, reader->bytes.size - reader->position };
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
static bool read_segment(struct edifact_reader *reader, const struct edifact_unit *unit)
{
    size_t base = (size_t)unit->offset, begin = reader->position, size = reader->scan.size;
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

// Goes on by `size` bytes, in which a line may end.
static void pass(struct edifact_reader *reader, size_t size)
{
    for (size_t end = reader->position + size; reader->position < end; reader->position++) {
        if (reader->bytes.data[reader->position] == '\n') {
            reader->line++;
            reader->line_start = reader->position + 1;
        }
    }
}

// UNA: nine bytes, read by position.
static void read_una(struct edifact_reader *reader)
{
    const char *una = reader->bytes.data + reader->position;
    reader->marks = (struct edifact_marks){ .component = una[3],
                                            .element = una[4],
                                            .decimal = una[5],
                                            .release = una[6] == ' ' ? '\0' : una[6],
                                            .terminator = una[8],
                                            .una = true };
    reader->una_repetition = una[7] == ' ' ? '\0' : una[7];
    pass(reader, UNA_SIZE);
    scan_marks(&reader->scan, &reader->marks);
    skip_space(reader);
    scan_seek(&reader->scan, reader->position);
}

// A UNA that cannot be obeyed: up to the UNB behind it, or nine bytes.
static void skip_una(struct edifact_reader *reader)
{
    struct slice here = rest(reader);
    size_t size = here.size < UNA_SIZE ? here.size : UNA_SIZE;
    for (size_t i = 3; i < 2 * UNA_SIZE && i + 3 <= here.size; i++) {
        if (memcmp(here.data + i, "UNB", 3) == 0) {
            size = i;
            break;
        }
    }
    while (size > 3 && memchr("\r\n\t", here.data[size - 1], 3))
        size--;
    pass(reader, size);
    scan_seek(&reader->scan, reader->position);
}

// Level B has control characters for marks of its own; the byte behind the tag tells.
static void look_for_level_b(struct edifact_reader *reader)
{
    struct slice here = rest(reader);
    if (reader->marks.una || here.size < 4 || memcmp(here.data, "UNB\x1D", 4) != 0)
        return;
    reader->marks = (struct edifact_marks){
        .component = '\x1F', .element = '\x1D', .decimal = '.', .release = '\0', .terminator = '\x1C'
    };
    scan_marks(&reader->scan, &reader->marks);
    scan_seek(&reader->scan, reader->position);
}

// What UNB says about the syntax holds from here to UNZ.
static void obey_unb(struct edifact_reader *reader, const struct edifact_unit *unit)
{
    const struct edifact_segment *unb = &reader->segments[0];
    struct edifact_unit view = *unit;
    view.tokens = reader->tokens;
    const struct edifact_token *level = edifact_find(&view, unb, 1, 1, 1);
    const struct edifact_token *version = edifact_find(&view, unb, 1, 1, 2);
    reader->charset = level ? edifact_charset_of(edifact_raw(&view, level)) : EDIFACT_UNOZ;
    char digit = version ? edifact_raw(&view, version).data[0] : '0';
    reader->syntax = digit >= '1' && digit <= '4' ? (uint8_t)(digit - '0') : 0;
    if (reader->syntax == 4) {
        reader->marks.repetition = reader->marks.una ? reader->una_repetition : '*';
        scan_marks(&reader->scan, &reader->marks);
        scan_seek(&reader->scan, reader->position);
    }
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
    skip_space(reader);
    scan_seek(&reader->scan, reader->position);
}

static void read_message(struct edifact_reader *reader, struct edifact_unit *unit)
{
    start_unit(reader, EDIFACT_MESSAGE, unit);
    unit->truncated = !read_segment(reader, unit);
    while (!unit->truncated && !unit->complete) {
        skip_space(reader);
        read_bulk(reader, unit);
        if (reader->position >= reader->bytes.size ||
            reader->position - (size_t)unit->offset > READING_UNIT_LIMIT)
            break;
        if (reader->bytes.data[reader->position] == 'U') {
            if (begins(reader, "UNH") || begins(reader, "UNE") || begins(reader, "UNZ") ||
                begins(reader, "UNG") || begins(reader, "UNB") || recognise_una(rest(reader)))
                break;
            unit->complete = begins(reader, "UNT");
        }
        unit->truncated = !read_segment(reader, unit);
    }
}

static bool at_service_segment(const struct edifact_reader *reader)
{
    return begins(reader, "UNB") || begins(reader, "UNH") || begins(reader, "UNG") || begins(reader, "UNE") ||
           begins(reader, "UNZ") || recognise_start(rest(reader));
}

// Segments that stand outside of any message, up to the next service segment.
static void read_stray(struct edifact_reader *reader, struct edifact_unit *unit)
{
    start_unit(reader, EDIFACT_STRAY, unit);
    do {
        unit->truncated = !read_segment(reader, unit);
        skip_space(reader);
    } while (!unit->truncated && reader->position < reader->bytes.size &&
             reader->position - (size_t)unit->offset < READING_UNIT_LIMIT && !at_service_segment(reader) &&
             recognise_segment(rest(reader), &reader->marks));
}

// A segment that only says where something begins.
static void mark_start(struct edifact_reader *reader)
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

// Whether junk ends here: where an interchange seems to begin, or a service segment stands by itself.
static bool resumes(const struct edifact_reader *reader)
{
    const char *here = reader->bytes.data + reader->position;
    if (here[0] != 'U')
        return false;
    bool apart = !(here[-1] >= 'A' && here[-1] <= 'Z') && !(here[-1] >= '0' && here[-1] <= '9');
    return recognise_start(rest(reader)) || (apart && at_service_segment(reader));
}

// Bytes that are no segments.
static void read_junk(struct edifact_reader *reader, struct edifact_unit *unit)
{
    start_unit(reader, EDIFACT_JUNK, unit);
    mark_start(reader);
    do {
        pass(reader, 1);
    } while (reader->position < reader->bytes.size &&
             reader->position - (size_t)unit->offset < READING_UNIT_LIMIT && !resumes(reader));
    scan_seek(&reader->scan, reader->position);
}

static void read_single(struct edifact_reader *reader, enum edifact_kind kind, struct edifact_unit *unit)
{
    start_unit(reader, kind, unit);
    unit->truncated = !read_segment(reader, unit);
}

bool reading_next(struct edifact_reader *reader, struct edifact_unit *unit)
{
    skip_space(reader);
    if (reader->position >= reader->bytes.size)
        return false;
    if (slice_starts(rest(reader), "UNA")) {
        forget_envelope(reader);
        start_unit(reader, EDIFACT_STRAY, unit);
        mark_start(reader);
        if (!recognise_una(rest(reader))) {
            skip_una(reader);
            return end_unit(reader, unit); // the usual marks are as good a guess as any
        }
        read_una(reader);
        if (reader->position >= reader->bytes.size)
            return end_unit(reader, unit); // nothing follows it
    } else if (recognise_unb(rest(reader)) && reader->syntax) {
        forget_envelope(reader); // the interchange before it had no UNZ
    }
    look_for_level_b(reader);
    if (begins(reader, "UNB") || recognise_unb(rest(reader))) {
        read_single(reader, EDIFACT_INTERCHANGE_BEGIN, unit);
        obey_unb(reader, unit);
    } else if (begins(reader, "UNZ")) {
        read_single(reader, EDIFACT_INTERCHANGE_END, unit);
        end_unit(reader, unit);
        forget_envelope(reader);
        return true;
    } else if (begins(reader, "UNG")) {
        read_single(reader, EDIFACT_GROUP_BEGIN, unit);
    } else if (begins(reader, "UNE")) {
        read_single(reader, EDIFACT_GROUP_END, unit);
    } else if (begins(reader, "UNH")) {
        read_message(reader, unit);
    } else if (recognise_segment(rest(reader), &reader->marks)) {
        read_stray(reader, unit);
    } else {
        read_junk(reader, unit);
    }
    return end_unit(reader, unit);
}
