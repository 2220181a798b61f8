// SPDX-License-Identifier: Apache-2.0
#include "bench/edifact/byteloop.h"

struct marks {
    char component, element, release, terminator;
};

// UNA before an interchange, and white space between segments.
static size_t skip(struct slice bytes, size_t at, struct marks *marks)
{
    for (;;) {
        while (at < bytes.size && (bytes.data[at] == '\r' || bytes.data[at] == '\n' || bytes.data[at] == ' '))
            at++;
        if (bytes.size - at < 9 || memcmp(bytes.data + at, "UNA", 3) != 0)
            return at;
        const char *una = bytes.data + at;
        *marks = (struct marks){ una[3], una[4], una[6], una[8] };
        at += 9;
    }
}

struct tokens_seen byteloop(struct slice bytes)
{
    struct tokens_seen seen = { 0 };
    struct marks marks = { ':', '+', '?', '\'' };
    size_t at = skip(bytes, 0, &marks);
    while (at < bytes.size) {
        uint64_t element = 0, component = 1;
        size_t start = at;
        seen.segments++;
        for (;; at++) {
            char c = at < bytes.size ? bytes.data[at] : marks.terminator;
            if (c == marks.release) {
                at++;
                continue;
            }
            if (c != marks.component && c != marks.element && c != marks.terminator)
                continue;
            if (element && at > start)
                tokens_take(&seen, start, at - start, element, component);
            start = at + 1;
            if (c == marks.terminator)
                break;
            if (c == marks.element) {
                element++;
                component = 1;
            } else {
                component++;
            }
        }
        at = skip(bytes, at + 1, &marks);
    }
    return seen;
}
