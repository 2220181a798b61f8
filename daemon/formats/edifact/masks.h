// SPDX-License-Identifier: Apache-2.0
// Which of 64 bytes matter to a scanner, a bit a byte: by plain C, or by the vectors that the processor has.
// All give the same bits. Internal to the EDIFACT reader.
#pragma once

#include "formats/edifact/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { MASKS_BLOCK = 64 };

static inline __attribute__((always_inline)) uint64_t masks_portable(const uint8_t *block,
                                                                     const struct scan *scan)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < MASKS_BLOCK; i++)
        mask |= (uint64_t)(scan->kinds[block[i]] != SCAN_PLAIN) << i;
    return mask;
}

#if defined(__x86_64__)
#define MASKS_AVX2 __attribute__((target("avx2,bmi")))

// As signed bytes, control characters and everything above 0x7F are below a space.
static inline __attribute__((always_inline)) uint64_t masks_sse2(const uint8_t *block,
                                                                 const struct scan *scan)
{
    uint64_t mask = 0;
    for (unsigned k = 0; k < MASKS_BLOCK; k += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + k));
        __m128i hit = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), bytes);
        for (unsigned i = 0; i < 5; i++)
            hit = _mm_or_si128(hit, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(scan->marks[i])));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << k;
    }
    return mask;
}

MASKS_AVX2 static inline uint64_t masks_avx2(const uint8_t *block, const struct scan *scan)
{
    uint64_t mask = 0;
    for (unsigned k = 0; k < MASKS_BLOCK; k += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(block + k));
        __m256i hit = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
        for (unsigned i = 0; i < 5; i++)
            hit = _mm256_or_si256(hit, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(scan->marks[i])));
        mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(hit) << k;
    }
    return mask;
}
#endif
