// SPDX-License-Identifier: Apache-2.0
// What differs between two lists of lines, as few lines as possible.
#pragma once

#include "base/arena.h"
#include "base/slice.h"

struct difference_line {
    char sign; // '-': only wanted, '+': only there
    struct slice text;
};

// The lines that are in one list only, in order; what was wanted stands before what is there instead. Very long
// lists that differ in much are told as wholly different between the first and the last difference.
size_t difference_find(const struct slice *wanted, size_t wanted_count, const struct slice *got,
                       size_t got_count, struct arena *arena, struct difference_line **lines);
