// SPDX-License-Identifier: Apache-2.0
// What stands before and around messages and tells how to read them: UNA, UNB, white space.
#include "formats/edifact/reading.h"
#include "formats/edifact/recognise.h"

const struct edifact_marks reading_default_marks = {
    .component = ':', .element = '+', .decimal = '.', .release = '?', .terminator = '\''
};

void reading_forget_envelope(struct edifact_reader *reader)
{
    reader->marks = reading_default_marks;
    reader->una_repetition = 0;
    reader->syntax = 0;
    reader->charset = EDIFACT_UNOZ;
    scan_marks(&reader->scan, &reader->marks);
    scan_seek(&reader->scan, reader->position);
}

void reading_skip_space(struct edifact_reader *reader)
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

// Goes on by `size` bytes, in which a line may end.
void reading_pass(struct edifact_reader *reader, size_t size)
{
    for (size_t end = reader->position + size; reader->position < end; reader->position++) {
        if (reader->bytes.data[reader->position] == '\n') {
            reader->line++;
            reader->line_start = reader->position + 1;
        }
    }
}

// UNA: nine bytes, read by position.
void reading_una(struct edifact_reader *reader)
{
    const char *una = reader->bytes.data + reader->position;
    reader->marks = (struct edifact_marks){ .component = una[3],
                                            .element = una[4],
                                            .decimal = una[5],
                                            .release = una[6] == ' ' ? '\0' : una[6],
                                            .terminator = una[8],
                                            .una = true };
    reader->una_repetition = una[7] == ' ' ? '\0' : una[7];
    reading_pass(reader, UNA_SIZE);
    scan_marks(&reader->scan, &reader->marks);
    reading_skip_space(reader);
    scan_seek(&reader->scan, reader->position);
}

// A UNA that cannot be obeyed: up to the UNB behind it, or nine bytes.
void reading_skip_una(struct edifact_reader *reader)
{
    struct slice here = reading_rest(reader);
    size_t size = here.size < UNA_SIZE ? here.size : UNA_SIZE;
    for (size_t i = 3; i < 2 * UNA_SIZE && i + 3 <= here.size; i++) {
        if (memcmp(here.data + i, "UNB", 3) == 0) {
            size = i;
            break;
        }
    }
    while (size > 3 && memchr("\r\n\t", here.data[size - 1], 3))
        size--;
    reading_pass(reader, size);
    scan_seek(&reader->scan, reader->position);
}

// Level B has control characters for marks of its own; the byte behind the tag tells.
void reading_look_for_level_b(struct edifact_reader *reader)
{
    struct slice here = reading_rest(reader);
    if (reader->marks.una || here.size < 4 || memcmp(here.data, "UNB\x1D", 4) != 0)
        return;
    reader->marks = (struct edifact_marks){
        .component = '\x1F', .element = '\x1D', .decimal = '.', .release = '\0', .terminator = '\x1C'
    };
    scan_marks(&reader->scan, &reader->marks);
    scan_seek(&reader->scan, reader->position);
}

// What UNB says about the syntax holds from here to UNZ.
void reading_obey_unb(struct edifact_reader *reader, const struct edifact_unit *unit)
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
