// SPDX-License-Identifier: Apache-2.0
// How things fail here. A function that can fail takes a struct error as its last argument and returns false
// when it has filled it. The first failure stays; callers add what they were doing, innermost first.
// "could not" in a message means that later may work; "cannot" or "invalid" that it will not.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum error_kind {
    ERROR_NONE,
    ERROR_INVALID,     // the input is at fault; trying again gives the same
    ERROR_UNAVAILABLE, // something we need does not answer now; trying again may work
    ERROR_FENCED,      // another owner has taken the shard: drop it, do not try again
    ERROR_INTERNAL,    // we are at fault, or the configuration is
};

// Where in the input the fault lies. A field that does not apply is 0; counting starts at 1. `source` is a
// file name or a topic[partition]@offset; error_set copies it.
struct position {
    const char *source;
    uint64_t byte;
    uint32_t line, column;
    uint32_t segment;            // EDIFACT: index of the segment in its message, UNH = 1
    uint16_t element, component; // EDIFACT: element 1 is the first after the tag
};

struct error {
    enum error_kind kind;
    struct position at; // at.source is NULL here: ...
    char source[128];   // ... this is it, empty where there is none; its end where it is long
    char code[16];      // the foreign code where there is one: an SQLSTATE, a Kafka error name
    char message[512];  // one sentence with the offending value in it
    char context[256];  // "while pricing, while deciding batch 7", innermost first
};

// Both return false, so that failing is one line. error_set on an error already set keeps the first one.
bool error_set(struct error *error, enum error_kind kind, const struct position *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool error_within(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void error_clear(struct error *error)
{
    *error = (struct error){ .kind = ERROR_NONE };
}

// The whole error as one line: position, message, context, code. `text` always ends in NUL.
const char *error_text(const struct error *error, char *text, unsigned long size);
