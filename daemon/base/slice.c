// SPDX-License-Identifier: Apache-2.0
#include "base/slice.h"

#include <strings.h>

int slice_compare(struct slice left, struct slice right)
{
    size_t shared = left.size < right.size ? left.size : right.size;
    int order = shared ? memcmp(left.data, right.data, shared) : 0;
    if (order)
        return order;
    return (left.size > right.size) - (left.size < right.size);
}

bool slice_equal_nocase(struct slice left, struct slice right)
{
    return left.size == right.size && (left.size == 0 || strncasecmp(left.data, right.data, left.size) == 0);
}

bool slice_starts(struct slice slice, const char *prefix)
{
    size_t size = strlen(prefix);
    return slice.size >= size && memcmp(slice.data, prefix, size) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

struct slice slice_trim_space(struct slice slice)
{
    while (slice.size && is_space(slice.data[0])) {
        slice.data++;
        slice.size--;
    }
    while (slice.size && is_space(slice.data[slice.size - 1]))
        slice.size--;
    return slice;
}

struct slice slice_cut(struct slice *rest, char separator)
{
    struct slice whole = *rest;
    const char *at = whole.size ? memchr(whole.data, separator, whole.size) : NULL;
    if (!at) {
        *rest = (struct slice){ whole.size ? whole.data + whole.size : whole.data, 0 };
        return whole;
    }
    size_t before = (size_t)(at - whole.data);
    *rest = (struct slice){ at + 1, whole.size - before - 1 };
    return (struct slice){ whole.data, before };
}

bool slice_integer(struct slice slice, int64_t *value)
{
    bool negative = slice.size && slice.data[0] == '-';
    size_t i = negative;
    if (i == slice.size)
        return false;
    int64_t sum = 0;
    for (; i < slice.size; i++) {
        if (slice.data[i] < '0' || slice.data[i] > '9')
            return false;
        int64_t digit = slice.data[i] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return false;
    }
    *value = sum;
    return true;
}
