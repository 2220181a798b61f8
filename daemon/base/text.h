// SPDX-License-Identifier: Apache-2.0
// A growing text or byte string in an arena: what writers of JSON, EDIFACT and XML append to.
#pragma once

#include "base/arena.h"
#include "base/slice.h"

struct text {
    struct arena *arena;
    char *data;
    size_t size, capacity;
};

static inline struct text text_in(struct arena *arena)
{
    return (struct text){ .arena = arena };
}

void text_append(struct text *text, struct slice slice);
void text_append_char(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct slice text_slice(const struct text *text)
{
    return (struct slice){ text->data, text->size };
}
