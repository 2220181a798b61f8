// SPDX-License-Identifier: Apache-2.0
// Most segments are plain. One loop reads them: a mask of 64 bytes says where something matters, and at each
// mark a component is written without asking which mark it is; only the end of a segment is a branch. What is
// not plain stops the loop before its segment, and nothing of that segment is kept.
#include <stddef.h>

#include "formats/edifact/masks.h"
#include "formats/edifact/reading.h"

enum { BLOCK = MASKS_BLOCK, LONGEST = 32768 }; // so that no count in a plain segment passes 16 bits

// The place of a component as one number: element, occurrence, component, flags, 16 bits each from below. A
// mark keeps some of them and counts others up.
#define PLACE(element, occurrence, component)                                                                \
    ((uint64_t)(element) | (uint64_t)(occurrence) << 16 | (uint64_t)(component) << 32)

static const struct {
    uint64_t keep, add;
} steps[] = {
    [SCAN_COMPONENT] = { PLACE(0xFFFF, 0xFFFF, 0xFFFF), PLACE(0, 0, 1) },
    [SCAN_ELEMENT] = { PLACE(0xFFFF, 0, 0), PLACE(1, 1, 1) },
    [SCAN_REPETITION] = { PLACE(0xFFFF, 0, 0) | PLACE(0, 0xFFFF, 0), PLACE(0, 1, 1) },
    [SCAN_TERMINATOR] = { 0, 0 },
};

struct cursor {
    size_t block; // where the current 64 bytes begin
    uint64_t mask;
    struct edifact_token *next; // free
};

typedef uint64_t mask_function(const uint8_t *block, const struct scan *scan);

// Goes on to the next block that has something; false near the end of the input. There is room for the
// components of a whole block afterwards.
static inline __attribute__((always_inline)) bool refill(struct edifact_reader *reader, struct cursor *cursor,
                                                         size_t begin, mask_function *mask_of)
{
    do {
        cursor->block += BLOCK;
        if (cursor->block + BLOCK + 1 > reader->scan.size || cursor->block - begin > LONGEST)
            return false;
        cursor->mask = mask_of(reader->scan.data + cursor->block, &reader->scan);
    } while (cursor->mask == 0);
    size_t used = (size_t)(cursor->next - reader->tokens);
    if (__builtin_expect(reader->token_capacity - used <= BLOCK, 0)) {
        reader->tokens =
            reading_grown(reader->tokens, &reader->token_capacity, used + BLOCK + 1, sizeof *reader->tokens);
        cursor->next = reader->tokens + used;
    }
    return true;
}

#define TAKE(position)                                                                                       \
    ((cursor.mask || refill(reader, &cursor, begin, mask_of)) &&                                             \
     (position = cursor.block + (size_t)__builtin_ctzll(cursor.mask), cursor.mask &= cursor.mask - 1, true))

// Reads the elements behind the tag; the place of the terminator is *end. False where the segment is not
// plain.
static inline __attribute__((always_inline)) bool read_elements(struct edifact_reader *reader,
                                                                struct cursor *at, size_t base, size_t begin,
                                                                size_t *end, uint64_t *last_place,
                                                                bool *trailing, mask_function *mask_of)
{
    const uint8_t *data = reader->scan.data, *kinds = reader->scan.kinds;
    struct cursor cursor = *at;
    size_t p, start = begin + 4;
    uint64_t place = PLACE(1, 1, 1);
    for (;;) {
        if (!TAKE(p))
            return false;
        unsigned kind = kinds[data[p]];
        if (__builtin_expect(kind <= SCAN_TERMINATOR, 1)) {
            *cursor.next = (struct edifact_token){ .start = (uint32_t)(start - base),
                                                   .size = (uint32_t)(p - start),
                                                   .element = (uint16_t)place,
                                                   .occurrence = (uint16_t)(place >> 16),
                                                   .component = (uint16_t)(place >> 32),
                                                   .flags = (uint16_t)(place >> 48) };
            cursor.next += p != start;
            if (kind == SCAN_TERMINATOR)
                break;
            place = (place & steps[kind].keep) + steps[kind].add;
            start = p + 1;
        } else if (kind == SCAN_RELEASE) {
            place |= (uint64_t)EDIFACT_TOKEN_RELEASED << 48;
            unsigned released = kinds[data[p + 1]];
            if (released == SCAN_LINE_BREAK)
                return false;
            if (released == SCAN_HIGH)
                place |= (uint64_t)EDIFACT_TOKEN_HIGH << 48;
            if (released != SCAN_PLAIN && !TAKE(p))
                return false;
        } else if (kind == SCAN_HIGH) {
            place |= (uint64_t)EDIFACT_TOKEN_HIGH << 48;
        } else {
            return false;
        }
    }
    *end = p;
    *last_place = place;
    *trailing = p == start;
    *at = cursor;
    return true;
}

static inline __attribute__((always_inline)) void read_plain(struct edifact_reader *reader, size_t base,
                                                             mask_function *mask_of)
{
    const uint8_t *data = reader->scan.data, *kinds = reader->scan.kinds;
    size_t begin = reader->position, p;
    if (reader->scan.size - begin < 2 * BLOCK)
        return;
    reader->tokens = reading_grown(reader->tokens, &reader->token_capacity, reader->token_count + BLOCK + 1,
                                   sizeof *reader->tokens);
    struct cursor cursor = { .block = begin, .next = reader->tokens + reader->token_count };
    cursor.mask = mask_of(data + begin, &reader->scan);
    while (begin - base < READING_UNIT_LIMIT && data[begin] >= 'A' && data[begin] <= 'Z' &&
           data[begin] != 'U') {
        size_t end, first = (size_t)(cursor.next - reader->tokens);
        uint64_t place = 0;
        bool trailing = false;
        do { // marks before the tag are line ends between segments
            if (!TAKE(p))
                return;
        } while (p < begin);
        if (p != begin + 3)
            return;
        if (kinds[data[p]] == SCAN_TERMINATOR)
            end = p;
        else if (kinds[data[p]] != SCAN_ELEMENT ||
                 !read_elements(reader, &cursor, base, begin, &end, &place, &trailing, mask_of))
            return;
        if (end + 4 > reader->scan.size)
            return;
        if (reader->segment_count == reader->segment_capacity)
            reader->segments = reading_grown(reader->segments, &reader->segment_capacity,
                                             reader->segment_count + 1, sizeof *reader->segments);
        size_t count = (size_t)(cursor.next - reader->tokens);
        reader->segments[reader->segment_count++] = (struct edifact_segment){
            .start = (uint32_t)(begin - base),
            .size = (uint32_t)(end + 1 - begin),
            .first = (uint32_t)first,
            .count = (uint32_t)(count - first),
            .line = reader->line,
            .column = (uint32_t)(begin - reader->line_start) + 1,
            .key = (uint32_t)data[begin] << 16 | (uint32_t)data[begin + 1] << 8 | data[begin + 2],
            .tag_size = 3,
            .elements = (uint16_t)place,
            .trailing = trailing,
        };
        reader->token_count = count;
        begin = end + 1;
        begin += data[begin] == '\r';
        if (data[begin] == '\n') {
            reader->line++;
            reader->line_start = ++begin;
        }
        reader->position = begin;
    }
}

void bulk_portable(struct edifact_reader *reader, size_t base)
{
    read_plain(reader, base, masks_portable);
}

#if defined(__x86_64__)
void bulk_sse2(struct edifact_reader *reader, size_t base)
{
    read_plain(reader, base, masks_sse2);
}

MASKS_AVX2 void bulk_avx2(struct edifact_reader *reader, size_t base)
{
    read_plain(reader, base, masks_avx2);
}
#endif

bulk_function *bulk_by(enum reading_bulk bulk)
{
#if defined(__x86_64__)
    if (bulk == READING_AVX512 && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return bulk_avx512;
    if (bulk == READING_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return bulk_avx2;
    if (bulk == READING_SSE2)
        return bulk_sse2;
#endif
    return bulk == READING_PORTABLE ? bulk_portable : NULL;
}
