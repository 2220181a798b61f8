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
    // Where more bytes come from; NULL where `bytes` is all. `bytes` is then a window on the input.
    edifact_source *source_read;
    void *source_context;
    char *window;
    size_t window_size;
    uint64_t dropped;                                         // bytes of the input in front of the window
    bool finished;                                            // the window holds the end of the input
    void (*bulk)(struct edifact_reader *reader, size_t base); // NULL: each segment by the rules
};

// How segments are read in bulk; all give the same units.
enum reading_bulk {
    READING_NO_BULK,
    READING_PORTABLE,
    READING_SSE2,
    READING_AVX2,
    READING_AVX512,
    READING_FASTEST, // of what the machine has
};

// A way that the machine does not have becomes the fastest that it has.
struct edifact_reader *reading_open(struct slice bytes, const char *source, enum reading_bulk bulk);

// Once `bytes` is there.
void reading_begin(struct edifact_reader *reader);

// The next unit of what `bytes` holds.
bool reading_next(struct edifact_reader *reader, struct edifact_unit *unit);

// segment.c: the segment at reader->position, which is not at the end; `base` is where the unit begins. False
// where its terminator is missing.
bool reading_segment(struct edifact_reader *reader, size_t base);
// A segment that only says where something begins.
void reading_mark_start(struct edifact_reader *reader);

// envelope_marks.c: the marks where nothing else is said; back to them; UNA, which is obeyed or passed over; the
// marks of level B; what UNB says of the syntax, which holds from here to UNZ.
extern const struct edifact_marks reading_default_marks;
void reading_forget_envelope(struct edifact_reader *reader);
void reading_una(struct edifact_reader *reader);
void reading_skip_una(struct edifact_reader *reader);
void reading_look_for_level_b(struct edifact_reader *reader);
void reading_obey_unb(struct edifact_reader *reader, const struct edifact_unit *unit);
// Goes on over white space between segments, and over what old systems close a file with.
void reading_skip_space(struct edifact_reader *reader);
// Goes on by `size` bytes, in which lines may end.
void reading_pass(struct edifact_reader *reader, size_t size);
static inline struct slice reading_rest(const struct edifact_reader *reader)
{
    return (struct slice){ reader->bytes.data + reader->position, reader->bytes.size - reader->position };
}

// An array with room for `needed` items.
void *reading_grown(void *items, size_t *capacity, size_t needed, size_t size);

// Reads segments from reader->position, where a tag stands, as long as they are plain: three capitals for a
// tag, no line break or control character inside, and none that begins with U. Stops before the first that is
// not; that one is for the caller. `base` is where the unit begins.
typedef void bulk_function(struct edifact_reader *reader, size_t base);
bulk_function bulk_portable;
#if defined(__x86_64__)
bulk_function bulk_sse2, bulk_avx2, bulk_avx512;
#endif
// NULL where the machine does not have that way.
bulk_function *bulk_by(enum reading_bulk bulk);
