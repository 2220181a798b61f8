// SPDX-License-Identifier: Apache-2.0
// Reading in bulk with AVX-512, sixteen marks at a time. First the marks of some 2 kB are listed: their
// positions and the marks themselves (compressed out of each 64 bytes), up to where the rules have to look at
// the latest. Then tokens are made: between two marks lies a component, and its place follows from counting the
// marks before it, which is a matter of bit masks. At last the terminators among the marks give the segments.
#include "formats/edifact/reading.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512                                                                                               \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512cd,avx512vbmi,avx512vbmi2,avx512vpopcntdq,"       \
                          "bmi,bmi2,lzcnt,popcnt")))

enum { BLOCK = 64, GROUP = 16, STRETCH = 2048, MARKS = STRETCH + BLOCK };

// A stretch of the input; positions count from its beginning.
struct stretch {
    const uint8_t *data;
    uint32_t offset; // of it in the unit
    size_t count, other_count, end_count;
    bool last; // ended by what the rules have to read
    // Of each block: its marks, and how many there are before it.
    uint64_t marks[STRETCH / BLOCK];
    uint16_t before[STRETCH / BLOCK];
    uint16_t at[MARKS], others[MARKS]; // release characters and bytes above 0x7F
    uint8_t mark[MARKS];
    // Of each group of marks: which of them end a token, and how many tokens there are before them.
    uint16_t filled[MARKS / GROUP];
    uint32_t tokens[MARKS / GROUP + 1];
    uint16_t ends[MARKS + GROUP]; // which of the marks are terminators
};

// From one block to the next, each one bit.
struct carry {
    uint64_t release, terminator, line_end, begun;
};

// The bytes behind a release character that is not released itself: in a run of them, behind each second one.
static inline uint64_t released(uint64_t release, uint64_t *carry)
{
    static const uint64_t even = UINT64_C(0x5555555555555555);
    release &= ~*carry;
    uint64_t follows = release << 1 | *carry, odd_starts = release & ~even & ~follows, sequences;
    *carry = __builtin_add_overflow(odd_starts, release, &sequences);
    return (even ^ (sequences << 1)) & follows;
}

// Appends the positions of the bits.
AVX512 static inline size_t append(uint16_t *to, size_t count, uint64_t bits, size_t base)
{
    static const uint8_t counting[BLOCK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
    };
    size_t found = (size_t)__builtin_popcountll(bits);
    __m512i which = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(counting));
    __m512i from = _mm512_set1_epi16((short)base);
    _mm512_storeu_si512(&to[count],
                        _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(which)), from));
    if (__builtin_expect(found > 32, 0))
        _mm512_storeu_si512(
            &to[count + 32],
            _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(which, 1)), from));
    return count + found;
}

AVX512 static void list_marks(const struct scan *scan, struct stretch *stretch, size_t size)
{
    struct carry carry = { 0 };
    __m512i component = _mm512_set1_epi8(scan->marks[0]), element = _mm512_set1_epi8(scan->marks[1]);
    __m512i terminator = _mm512_set1_epi8(scan->marks[2]), release = _mm512_set1_epi8(scan->marks[3]);
    __m512i repetition = _mm512_set1_epi8(scan->marks[4]);
    stretch->count = stretch->other_count = 0;
    stretch->last = false;
    for (size_t k = 0; k < STRETCH && k + BLOCK + 4 <= size && !stretch->last; k += BLOCK) {
        __m512i bytes = _mm512_loadu_si512(stretch->data + k);
        uint64_t ends = _mm512_cmpeq_epi8_mask(bytes, terminator);
        uint64_t marks =
            ends | _mm512_cmpeq_epi8_mask(bytes, component) | _mm512_cmpeq_epi8_mask(bytes, element);
        uint64_t releases = _mm512_cmpeq_epi8_mask(bytes, release) & ~marks, freed;
        marks |= _mm512_cmpeq_epi8_mask(bytes, repetition) & ~releases;
        uint64_t special = marks | releases, high = _mm512_movepi8_mask(bytes) & ~special;
        uint64_t control = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)) & ~special;
        freed = released(releases, &carry.release);
        marks &= ~freed;
        ends &= ~freed;
        releases &= ~freed;
        // A line may end behind a terminator: CR, LF, or both.
        uint64_t behind = ends << 1 | carry.terminator, line_ends = 0, bad = 0;
        if (__builtin_expect((control | carry.line_end) != 0, 0)) {
            uint64_t breaks = (_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\r')) |
                               _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n'))) &
                              control;
            line_ends = breaks & behind;
            uint64_t second = breaks & (line_ends << 1 | carry.line_end);
            carry.line_end = line_ends >> (BLOCK - 1);
            line_ends |= second;
            bad = (control & ~freed & ~line_ends) | (breaks & freed);
        }
        uint64_t begins = (ends | line_ends) << 1 | carry.begun;
        carry.terminator = ends >> (BLOCK - 1);
        carry.begun = (ends | line_ends) >> (BLOCK - 1);
        uint64_t stop = bad | (_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('U')) & begins);
        if (__builtin_expect(stop != 0, 0)) {
            marks &= (stop & -stop) - 1;
            stretch->last = true;
        }
        stretch->marks[k / BLOCK] = marks;
        stretch->before[k / BLOCK] = (uint16_t)stretch->count;
        stretch->other_count = append(stretch->others, stretch->other_count, releases | high, k);
        _mm512_storeu_si512(&stretch->mark[stretch->count], _mm512_maskz_compress_epi8(marks, bytes));
        stretch->count = append(stretch->at, stretch->count, marks, k);
    }
}

// What the marks of earlier groups say about the next component.
struct counts {
    uint32_t element, occurrence, component;
    uint16_t terminated; // 1: it is a tag
    uint16_t at;         // of the last mark, minus one where there is none
};

// Tokens lie in memory as 4x4 numbers, so lanes are taken in the order of the transposed matrix.
AVX512 static inline struct edifact_token *store_tokens(struct edifact_token *to, __m512i start, __m512i size,
                                                        __m512i element, __m512i component, unsigned filled)
{
    __m512i low_a = _mm512_unpacklo_epi32(start, size), high_a = _mm512_unpackhi_epi32(start, size);
    __m512i low_b = _mm512_unpacklo_epi32(element, component);
    __m512i high_b = _mm512_unpackhi_epi32(element, component);
    __m512i four[4] = { _mm512_unpacklo_epi64(low_a, low_b), _mm512_unpackhi_epi64(low_a, low_b),
                        _mm512_unpacklo_epi64(high_a, high_b), _mm512_unpackhi_epi64(high_a, high_b) };
    for (unsigned i = 0; i < 4; i++) {
        unsigned some = filled >> 4 * i & 15;
        __mmask8 halves = (__mmask8)(_pdep_u32(some, 0x55) * 3);
        _mm512_storeu_si512(to, _mm512_maskz_compress_epi64(halves, four[i]));
        to += __builtin_popcount(some);
    }
    return to;
}

// The tokens of a stretch, from `to` on; flags are put in later. There is room for one at each mark and some.
AVX512 static void make_tokens(const struct scan *scan, struct stretch *stretch,
                               struct edifact_token *const first)
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i all = _mm512_set1_epi32(-1), top = _mm512_set1_epi32(32);
    const __m512i below = _mm512_andnot_si512(_mm512_sllv_epi32(all, order), all);
    const __m128i terminator = _mm_set1_epi8(scan->marks[2]), element_mark = _mm_set1_epi8(scan->marks[1]);
    const __m128i component_mark = _mm_set1_epi8(scan->marks[0]);
    const __m256i lanes = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    struct counts counts = { .occurrence = 1, .component = 1, .terminated = 1 };
    struct edifact_token *to = first;
    size_t end_count = 0;
    __m512i last = _mm512_set1_epi32(-1);
    for (size_t i = 0; i < stretch->count; i += GROUP) {
        size_t left = stretch->count - i;
        unsigned valid = left < GROUP ? (1u << left) - 1 : 0xFFFF;
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)&stretch->mark[i]);
        unsigned ends = _mm_cmpeq_epi8_mask(bytes, terminator) & valid;
        unsigned elements = _mm_cmpeq_epi8_mask(bytes, element_mark) & valid & ~ends;
        unsigned repeats = ~_mm_cmpeq_epi8_mask(bytes, component_mark) & valid & ~ends & ~elements;
        __m512i at =
            _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)&stretch->at[i]));
        __m512i start = _mm512_add_epi32(_mm512_alignr_epi32(at, last, 15), _mm512_set1_epi32(1));
        unsigned filled = _mm512_cmpneq_epi32_mask(at, start) & valid & ~(ends << 1 | counts.terminated);
        last = at;
        at = _mm512_permutexvar_epi32(order, at);
        start = _mm512_permutexvar_epi32(order, start);
        // Marks before this one that are behind the last terminator, and behind the last element.
        __m512i ended = _mm512_and_si512(_mm512_set1_epi32((int)ends), below);
        __m512i in_segment =
            _mm512_and_si512(_mm512_sllv_epi32(all, _mm512_sub_epi32(top, _mm512_lzcnt_epi32(ended))), below);
        __m512i element = _mm512_popcnt_epi32(_mm512_and_si512(_mm512_set1_epi32((int)elements), in_segment));
        element = _mm512_mask_add_epi32(element, _mm512_testn_epi32_mask(ended, ended), element,
                                        _mm512_set1_epi32((int)counts.element));
        unsigned heads = ends | elements;
        __m512i headed = _mm512_and_si512(_mm512_set1_epi32((int)heads), below);
        __m512i in_element = _mm512_and_si512(
            _mm512_sllv_epi32(all, _mm512_sub_epi32(top, _mm512_lzcnt_epi32(headed))), below);
        __m512i occurrence = _mm512_set1_epi32(1);
        if (__builtin_expect(repeats || counts.occurrence > 1, 0)) {
            occurrence = _mm512_add_epi32(occurrence, _mm512_popcnt_epi32(_mm512_and_si512(
                                                          _mm512_set1_epi32((int)repeats), in_element)));
            occurrence = _mm512_mask_add_epi32(occurrence, _mm512_testn_epi32_mask(headed, headed),
                                               occurrence, _mm512_set1_epi32((int)counts.occurrence - 1));
            headed = _mm512_and_si512(_mm512_set1_epi32((int)(heads | repeats)), below);
            in_element = _mm512_and_si512(
                _mm512_sllv_epi32(all, _mm512_sub_epi32(top, _mm512_lzcnt_epi32(headed))), below);
        }
        __m512i component = _mm512_add_epi32(_mm512_popcnt_epi32(in_element), _mm512_set1_epi32(1));
        component = _mm512_mask_add_epi32(component, _mm512_testn_epi32_mask(headed, headed), component,
                                          _mm512_set1_epi32((int)counts.component - 1));
        __m256i numbers = _mm256_add_epi16(_mm256_set1_epi16((short)i), lanes);
        _mm256_storeu_si256((__m256i *)(void *)&stretch->ends[end_count],
                            _mm256_maskz_compress_epi16((__mmask16)ends, numbers));
        end_count += (unsigned)__builtin_popcount(ends);
        stretch->filled[i / GROUP] = (uint16_t)filled;
        stretch->tokens[i / GROUP] = (uint32_t)(to - first);
        to = store_tokens(to, _mm512_add_epi32(start, _mm512_set1_epi32((int)stretch->offset)),
                          _mm512_sub_epi32(at, start),
                          _mm512_or_si512(element, _mm512_slli_epi32(occurrence, 16)), component, filled);
        // For the group behind this one.
        unsigned behind = ends ? ~0u << (32 - __builtin_clz(ends)) : ~0u;
        counts.element = (ends ? 0 : counts.element) + (unsigned)__builtin_popcount(elements & behind);
        behind = heads ? ~0u << (32 - __builtin_clz(heads)) : ~0u;
        counts.occurrence = (heads ? 1 : counts.occurrence) + (unsigned)__builtin_popcount(repeats & behind);
        heads |= repeats;
        behind = heads ? ~0u << (32 - __builtin_clz(heads)) : ~0u;
        counts.component = (heads ? 1 : counts.component) + (unsigned)__builtin_popcount(valid & behind);
        counts.terminated = (uint16_t)(ends >> (GROUP - 1) & 1);
    }
    stretch->end_count = end_count;
}

// How many tokens there are up to a mark.
AVX512 static inline uint32_t tokens_to(const struct stretch *stretch, size_t mark)
{
    unsigned filled = stretch->filled[mark / GROUP] & ((2u << mark % GROUP) - 1);
    return stretch->tokens[mark / GROUP] + (unsigned)__builtin_popcount(filled);
}

AVX512 static inline bool is_filled(const struct stretch *stretch, size_t mark)
{
    return stretch->filled[mark / GROUP] >> mark % GROUP & 1;
}

// What release characters and bytes above 0x7F say of the tokens that they stand in.
AVX512 static void put_flags(const struct stretch *stretch, struct edifact_token *first)
{
    for (size_t i = 0; i < stretch->other_count; i++) {
        size_t at = stretch->others[i], block = at / BLOCK;
        uint64_t before = stretch->marks[block] & ((UINT64_C(1) << at % BLOCK) - 1);
        size_t mark = stretch->before[block] + (size_t)__builtin_popcountll(before);
        if (mark >= stretch->count || !is_filled(stretch, mark))
            continue;
        struct edifact_token *token = &first[tokens_to(stretch, mark) - 1];
        bool high = stretch->data[at] & 0x80;
        token->flags = (uint16_t)(token->flags | (high ? EDIFACT_TOKEN_HIGH : EDIFACT_TOKEN_RELEASED));
    }
}

// The highest element of a segment that ends with a separator.
static uint16_t count_elements(const struct scan *scan, const struct stretch *stretch, size_t from,
                               size_t end)
{
    uint16_t elements = 0;
    for (size_t i = from; i < end; i++)
        elements = (uint16_t)(elements + (stretch->mark[i] == (uint8_t)scan->marks[1]));
    return elements;
}

// Three capitals, the first of them no U, and a mark. No letter is a mark.
static inline bool is_tag(const struct scan *scan, uint32_t bytes)
{
    uint32_t letters = bytes & 0xFFFFFF;
    char fourth = (char)(bytes >> 24);
    return (((letters - 0x414141) | (0x5A5A5A - letters)) & 0x808080) == 0 && (letters & 0xFF) != 'U' &&
           (fourth == scan->marks[1] || fourth == scan->marks[2]);
}

// Makes the segments up to the first that is not plain, and goes on behind the last one.
AVX512 static void make_segments(struct edifact_reader *reader, const struct stretch *stretch, size_t from)
{
    const struct edifact_token *first = reader->tokens + reader->token_count;
    uint32_t begin = 0, tokens = 0, line = reader->line, token_count = (uint32_t)reader->token_count;
    size_t line_start = reader->line_start - from, mark = 0;
    reader->segments = reading_grown(reader->segments, &reader->segment_capacity,
                                     reader->segment_count + stretch->end_count, sizeof *reader->segments);
    struct edifact_segment *segment = &reader->segments[reader->segment_count];
    for (size_t i = 0; i < stretch->end_count; i++) {
        size_t end = stretch->ends[i];
        uint32_t at = stretch->at[end], reached = tokens_to(stretch, end), bytes;
        memcpy(&bytes, stretch->data + begin, sizeof bytes);
        if (!is_tag(&reader->scan, bytes))
            break;
        bool filled = is_filled(stretch, end);
        uint16_t elements =
            filled ? first[reached - 1].element : count_elements(&reader->scan, stretch, mark, end);
        *segment++ = (struct edifact_segment){
            .start = stretch->offset + begin,
            .size = at + 1 - begin,
            .first = token_count + tokens,
            .count = reached - tokens,
            .line = line,
            .column = (uint32_t)(begin - line_start) + 1,
            .key = __builtin_bswap32(bytes) >> 8,
            .tag_size = 3,
            .elements = elements,
            .trailing = elements && !filled,
        };
        tokens = reached;
        mark = end + 1;
        begin = at + 1;
        begin += stretch->data[begin] == '\r';
        if (stretch->data[begin] == '\n') {
            line++;
            line_start = ++begin;
        }
    }
    reader->segment_count = (size_t)(segment - reader->segments);
    reader->token_count = token_count + tokens;
    reader->position = from + begin;
    reader->line = line;
    reader->line_start = from + line_start;
}

static bool has_letter(const struct scan *scan)
{
    for (size_t i = 0; i < sizeof scan->marks; i++)
        if (scan->marks[i] >= 'A' && scan->marks[i] <= 'Z')
            return true;
    return false;
}

AVX512 void bulk_avx512(struct edifact_reader *reader, size_t base)
{
    struct stretch stretch;
    size_t begin;
    if (has_letter(&reader->scan))
        return;
    do {
        begin = reader->position;
        if (begin >= reader->scan.size || begin - base >= READING_UNIT_LIMIT)
            return;
        stretch.data = reader->scan.data + begin;
        stretch.offset = (uint32_t)(begin - base);
        list_marks(&reader->scan, &stretch, reader->scan.size - begin);
        reader->tokens = reading_grown(reader->tokens, &reader->token_capacity,
                                       reader->token_count + stretch.count + GROUP, sizeof *reader->tokens);
        make_tokens(&reader->scan, &stretch, reader->tokens + reader->token_count);
        put_flags(&stretch, reader->tokens + reader->token_count);
        make_segments(reader, &stretch, begin);
    } while (!stretch.last && reader->position > begin);
}
#endif
