// SPDX-License-Identifier: Apache-2.0
// Reads a stream of EDIFACT interchanges (ISO 9735 syntax versions 1 to 4) unit by unit: what stands between
// messages one service segment at a time, and each message whole, from UNH to UNT. Input is one slice of
// bytes (a read or mapped file); memory is bounded by the largest message. A unit is a flat array of segments
// and a flat array of tokens, the components that are not empty; nothing is copied. A value is unescaped and
// turned into UTF-8 when somebody asks for it, and only where it needs it.
//
// The reader knows separators, UNA, release characters, line breaks between segments and where a message
// ends. What is wrong with it (counts, references, order, lengths) is for check.h to say.
//
// Lines and columns count from 1; a column counts bytes.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "formats/edifact/charset.h"

struct edifact_marks {
    char component, element, decimal, release, repetition, terminator; // release and repetition: 0 for none
    bool una;                                                          // a UNA segment said so
};

enum {
    EDIFACT_TOKEN_RELEASED = 1, // holds a release character
    EDIFACT_TOKEN_BROKEN = 2,   // holds a line break
    EDIFACT_TOKEN_HIGH = 4,     // holds a byte above 0x7F
    EDIFACT_TOKEN_CONTROL = 8,  // holds a control character other than a line break
};

// A component that is not empty, as it stands in the input.
struct edifact_token {
    uint32_t start, size; // bytes from the unit's first byte
    uint16_t element;     // from 1, the first after the tag
    uint16_t occurrence;  // from 1; above 1 only where the repetition mark of version 4 stands
    uint16_t component;   // from 1
    uint16_t flags;       // EDIFACT_TOKEN_...
};

// A place in a segment as one number.
static inline uint64_t edifact_place(uint16_t element, uint16_t occurrence, uint16_t component)
{
    return element | (uint64_t)occurrence << 16 | (uint64_t)component << 32;
}

static inline uint64_t edifact_token_place(const struct edifact_token *token)
{
    return edifact_place(token->element, token->occurrence, token->component);
}

struct edifact_segment {
    uint32_t start, size;  // with its terminator, bytes from the unit's first byte
    uint32_t first, count; // its tokens
    uint32_t line, column; // of its tag
    uint32_t key;          // its tag as one number (directory_key), without line breaks
    uint16_t tag_size; // the tag stands at `start`; components of the tag (explicit nesting) are no tokens
    uint16_t elements; // highest element position, empty ones counted
    bool trailing;     // an empty element or component stands last, with its separator
    bool broken;       // holds a line break, so that positions in it must be searched
};

enum edifact_kind {
    EDIFACT_INTERCHANGE_BEGIN, // UNB
    EDIFACT_INTERCHANGE_END,   // UNZ
    EDIFACT_GROUP_BEGIN,       // UNG
    EDIFACT_GROUP_END,         // UNE
    EDIFACT_MESSAGE,           // UNH up to UNT, or up to where another service segment ends it
    EDIFACT_STRAY,             // segments that belong to no message
    EDIFACT_JUNK, // bytes that are no segment: before the first one, or without a terminator at the end
};

struct edifact_unit {
    enum edifact_kind kind;
    struct slice bytes; // of the whole unit
    uint64_t offset;    // of the unit's first byte in the input
    const char *source;
    const struct edifact_segment *segments; // valid until the next call
    size_t segment_count;
    const struct edifact_token *tokens;
    size_t token_count;
    bool complete;  // MESSAGE: the last segment is UNT
    bool truncated; // the input ends within the last segment: its terminator is missing
    struct edifact_marks marks;
    uint8_t syntax; // 1..4; 0 where no UNB said so
    enum edifact_charset charset;
};

struct edifact_reader;

// `bytes` and `source` outlive the reader. Never NULL.
struct edifact_reader *edifact_open(struct slice bytes, const char *source);

// Reads the input piece by piece: `read` gives up to `size` bytes, 0 at the end. Memory holds the largest
// message and some; what a unit points to is valid until the next call.
typedef size_t edifact_source(void *context, char *to, size_t size);
struct edifact_reader *edifact_open_stream(edifact_source *read, void *context, const char *source);
// Before the first unit: how the input begins, for edifact_recognise.
struct slice edifact_beginning(const struct edifact_reader *reader);

void edifact_close(struct edifact_reader *reader);

// The next unit; false at the end of the input.
bool edifact_next(struct edifact_reader *reader, struct edifact_unit *unit);

// What the bytes are, judged by their beginning: "EDIFACT" (so for a bare message too), "an X12 interchange",
// "JSON", "XML", "empty", "plain text", "binary data" ...
const char *edifact_recognise(struct slice bytes, bool *is_edifact);

// The segment's tag and the bytes of a token as they stand.
static inline struct slice edifact_tag(const struct edifact_unit *unit, const struct edifact_segment *segment)
{
    return (struct slice){ unit->bytes.data + segment->start, segment->tag_size };
}

static inline struct slice edifact_raw(const struct edifact_unit *unit, const struct edifact_token *token)
{
    return (struct slice){ unit->bytes.data + token->start, token->size };
}

// The token at a place of a segment, NULL where it is absent or empty.
const struct edifact_token *edifact_find(const struct edifact_unit *unit,
                                         const struct edifact_segment *segment, unsigned element,
                                         unsigned occurrence, unsigned component);

// A token's value: unescaped, line breaks taken out, UTF-8. Points into the input where it can, else into the
// arena. *clean (may be NULL) is false where the bytes are none of the character set; they then became
// U+FFFD.
struct slice edifact_text(const struct edifact_unit *unit, const struct edifact_token *token,
                          struct arena *arena, bool *clean);
// The same for a place; empty where nothing stands.
struct slice edifact_value(const struct edifact_unit *unit, const struct edifact_segment *segment,
                           unsigned element, unsigned component, struct arena *arena);

// Where a token stands; with `token` NULL, where the segment stands. `segment` counts from 1 in its unit.
struct position edifact_position(const struct edifact_unit *unit, const struct edifact_segment *segment,
                                 const struct edifact_token *token);
