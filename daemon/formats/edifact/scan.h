// SPDX-License-Identifier: Apache-2.0
// Finds the bytes that matter to a tokeniser: marks, control characters and bytes above 0x7F, 64 bytes at a
// time, with AVX2 where the processor has it. Internal to the EDIFACT reader.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/edifact/syntax.h"

enum scan_kind {
    SCAN_PLAIN,
    SCAN_COMPONENT,
    SCAN_ELEMENT,
    SCAN_REPETITION,
    SCAN_TERMINATOR,
    SCAN_RELEASE,
    SCAN_LINE_BREAK,
    SCAN_CONTROL,
    SCAN_HIGH,
};

struct scan {
    const uint8_t *data;
    size_t size;
    size_t block;  // where the current 64 bytes begin
    uint64_t mask; // those of them that matter and are not yet given out
    uint8_t kinds[256];
    char marks[5]; // component, element, terminator, release, repetition; repeated where one is absent
    uint64_t (*mask_of)(const uint8_t *block, const struct scan *scan);
};

// `portable` asks for the version without AVX2 (tests compare the two).
void scan_open(struct scan *scan, struct slice bytes, const struct edifact_marks *marks, bool portable);
// Other marks from now on; call scan_seek afterwards.
void scan_marks(struct scan *scan, const struct edifact_marks *marks);
void scan_seek(struct scan *scan, size_t position);

// Fills the mask of the next block that has a byte that matters; false at the end.
bool scan_refill(struct scan *scan);

// The next position that matters; scan->size at the end.
static inline size_t scan_next(struct scan *scan)
{
    if (scan->mask == 0 && !scan_refill(scan))
        return scan->size;
    size_t position = scan->block + (size_t)__builtin_ctzll(scan->mask);
    scan->mask &= scan->mask - 1;
    return position;
}
