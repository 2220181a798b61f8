// SPDX-License-Identifier: Apache-2.0
#include "doors/json_numbers.h"

#include "base/text.h"

static bool is_digit(struct slice text, size_t i)
{
    return i < text.size && text.data[i] >= '0' && text.data[i] <= '9';
}

static bool is_one_of(struct slice text, size_t i, char first, char second)
{
    return i < text.size && (text.data[i] == first || text.data[i] == second);
}

static size_t skip_digits(struct slice text, size_t i)
{
    while (is_digit(text, i))
        i++;
    return i;
}

// The end of the JSON number that starts at `i`, or `i` where there is none.
static size_t number_end(struct slice text, size_t i)
{
    size_t start = i, digits = i + (text.data[i] == '-');
    i = skip_digits(text, digits);
    if (i == digits || (text.data[digits] == '0' && i > digits + 1))
        return start;
    if (is_one_of(text, i, '.', '.')) {
        if (!is_digit(text, i + 1))
            return start;
        i = skip_digits(text, i + 1);
    }
    if (is_one_of(text, i, 'e', 'E')) {
        i += is_one_of(text, i + 1, '+', '-') ? 2 : 1;
        if (!is_digit(text, i))
            return start;
        i = skip_digits(text, i);
    }
    return i;
}

// A number is followed by a comma, a closing bracket or the end; a colon would make it a name.
static bool ends_value(struct slice text, size_t i)
{
    while (i < text.size && memchr(" \t\r\n", text.data[i], 4))
        i++;
    return i == text.size || memchr(",]}", text.data[i], 3);
}

static size_t string_end(struct slice text, size_t i)
{
    for (i++; i < text.size && text.data[i] != '"'; i++)
        i += text.data[i] == '\\';
    return i < text.size ? i + 1 : text.size;
}

// One token a call: from *i to *end; true where it is a number to be quoted.
static bool next_token(struct slice text, size_t i, size_t *end)
{
    char c = text.data[i];
    *end = i + 1;
    if (c == '"') {
        *end = string_end(text, i);
        return false;
    }
    if (c != '-' && !is_digit(text, i))
        return false;
    size_t stop = number_end(text, i);
    if (stop > i && ends_value(text, stop)) {
        *end = stop;
        return true;
    }
    // A whole run that is no number is left alone: its tail must not become one.
    while (is_digit(text, *end) || is_one_of(text, *end, '.', '-') || is_one_of(text, *end, 'e', 'E'))
        (*end)++;
    return false;
}

struct slice json_numbers_quote(struct slice text, struct arena *arena)
{
    struct text quoted = text_in(arena);
    size_t kept = 0, end;
    for (size_t i = 0; i < text.size; i = end) {
        if (!next_token(text, i, &end))
            continue;
        text_append(&quoted, (struct slice){ text.data + kept, i - kept });
        text_append_char(&quoted, '"');
        text_append(&quoted, (struct slice){ text.data + i, end - i });
        text_append_char(&quoted, '"');
        kept = end;
    }
    text_append(&quoted, (struct slice){ text.data + kept, text.size - kept });
    return quoted.size ? text_slice(&quoted) : SLICE("");
}

struct position json_numbers_place(struct slice text, size_t quoted)
{
    size_t end, shift = 0, at = text.size;
    for (size_t i = 0; i < text.size; i = end) {
        bool number = next_token(text, i, &end);
        if (end + shift + (number ? 2 : 0) > quoted) {
            at = quoted > shift + i ? quoted - shift : i;
            break;
        }
        shift += number ? 2 : 0;
    }
    at = at < text.size ? at : text.size;
    struct position place = { .byte = at + 1, .line = 1, .column = 1 };
    for (size_t i = 0; i < at; i++) {
        place.column = text.data[i] == '\n' ? 1 : place.column + 1;
        place.line += text.data[i] == '\n';
    }
    return place;
}
