// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <stdarg.h>

void text_append(struct text *text, struct slice slice)
{
    if (slice.size == 0)
        return;
    text->data = arena_grow(text->arena, text->data, &text->capacity, text->size + slice.size, 1);
    memcpy(text->data + text->size, slice.data, slice.size);
    text->size += slice.size;
}

void text_append_char(struct text *text, char c)
{
    text_append(text, (struct slice){ &c, 1 });
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_append(text, arena_vprintf(text->arena, format, arguments));
    va_end(arguments);
}
