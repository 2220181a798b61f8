// SPDX-License-Identifier: Apache-2.0
// The simplest correct tokeniser, the yardstick of the EDIFACT bench: one byte after the other through a
// switch, components in a callback's place, release characters heeded.
#pragma once

#include <stdint.h>

#include "base/slice.h"

// What a tokeniser has seen. Equal results mean that the same components stand at the same places.
struct tokens_seen {
    uint64_t hash, tokens, segments;
};

// Takes a component that is not empty: where it begins in the input, and its place in the segment.
static inline void tokens_take(struct tokens_seen *seen, uint64_t start, uint64_t size, uint64_t element,
                               uint64_t component)
{
    seen->hash += (start << 16 ^ size) * (element << 8 | component << 1 | 1);
    seen->tokens++;
}

struct tokens_seen byteloop(struct slice bytes);
