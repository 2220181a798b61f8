// SPDX-License-Identifier: Apache-2.0
// A slice is a piece of text or bytes that lies in somebody else's memory: a message, an arena, a literal.
// It owns nothing, is not NUL-terminated, and is passed by value. An empty slice may have a null pointer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *data;
    size_t size;
};

// A slice of a string literal, usable in static tables.
#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })
// For printf: "%.*s", SLICE_ARGS(slice).
#define SLICE_ARGS(slice) (int)(slice).size, (slice).data ? (slice).data : ""

// The slice of a C string; a null pointer gives an empty slice.
static inline struct slice slice_of(const char *string)
{
    return (struct slice){ string, string ? strlen(string) : 0 };
}

static inline bool slice_empty(struct slice slice)
{
    return slice.size == 0;
}

static inline bool slice_equal(struct slice left, struct slice right)
{
    return left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

static inline bool slice_is(struct slice slice, const char *string)
{
    return slice_equal(slice, slice_of(string));
}

// Byte order, shorter first among equals: negative, zero or positive as for memcmp.
int slice_compare(struct slice left, struct slice right);

// Equality without regard to ASCII case.
bool slice_equal_nocase(struct slice left, struct slice right);

bool slice_starts(struct slice slice, const char *prefix);

// The slice without ASCII white space at both ends; most have none.
struct slice slice_trim_space(struct slice slice);
static inline struct slice slice_trim(struct slice slice)
{
    bool clean = slice.size && slice.data[0] > ' ' && slice.data[slice.size - 1] > ' ';
    return clean ? slice : slice_trim_space(slice);
}

// Cuts `rest` at the first `separator`: returns what stands before it and leaves what stands behind it in
// `rest`; without a separator returns all of it and leaves `rest` empty.
struct slice slice_cut(struct slice *rest, char separator);

// A decimal integer with optional leading minus and nothing else; false where the text is no such number or
// does not fit. `value` is written on success only.
bool slice_integer(struct slice slice, int64_t *value);
