// SPDX-License-Identifier: Apache-2.0
#include "gateways/plain.h"

#include "doors/utf8.h"

struct slice plain_text(struct arena *arena, struct slice text)
{
    enum { DELETE = 0x7F };
    struct slice valid = { text.data, utf8_valid_size(text) };
    char *copy = arena_string(arena, valid);
    for (size_t i = 0; i < valid.size; i++)
        if ((unsigned char)copy[i] < ' ' || copy[i] == DELETE)
            copy[i] = ' ';
    return (struct slice){ copy, valid.size };
}

bool plain_blank(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] > ' ')
            return false;
    return true;
}
