// SPDX-License-Identifier: Apache-2.0
#include "base/document.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static struct document *node(struct arena *arena, enum document_kind kind)
{
    struct document *made = ARENA_NEW(arena, struct document);
    made->kind = kind;
    return made;
}

struct document *document_record(struct arena *arena, const char *type)
{
    struct document *record = node(arena, DOCUMENT_RECORD);
    record->type = type;
    return record;
}

struct document *document_list(struct arena *arena)
{
    return node(arena, DOCUMENT_LIST);
}

struct document *document_add(struct document *parent, const char *name, struct document *child)
{
    assert(parent->kind == (name ? DOCUMENT_RECORD : DOCUMENT_LIST));
    assert(!child->next);
    child->name = name;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
    return child;
}

static struct document *add_text(struct arena *arena, struct document *parent, const char *name,
                                 enum document_kind kind, struct slice text)
{
    struct document *leaf = node(arena, kind);
    leaf->text = text;
    return document_add(parent, name, leaf);
}

static struct document *add_number(struct arena *arena, struct document *parent, const char *name,
                                   enum document_kind kind, int64_t value)
{
    struct document *leaf = node(arena, kind);
    leaf->integer = value;
    return document_add(parent, name, leaf);
}

struct document *document_add_text(struct arena *arena, struct document *parent, const char *name,
                                   struct slice text)
{
    return add_text(arena, parent, name, DOCUMENT_TEXT, text);
}

struct document *document_add_bytes(struct arena *arena, struct document *parent, const char *name,
                                    struct slice bytes)
{
    return add_text(arena, parent, name, DOCUMENT_BYTES, bytes);
}

struct document *document_add_integer(struct arena *arena, struct document *parent, const char *name,
                                      int64_t value)
{
    return add_number(arena, parent, name, DOCUMENT_INTEGER, value);
}

struct document *document_add_boolean(struct arena *arena, struct document *parent, const char *name,
                                      bool value)
{
    return add_number(arena, parent, name, DOCUMENT_BOOLEAN, value);
}

struct document *document_add_decimal(struct arena *arena, struct document *parent, const char *name,
                                      int64_t value, uint8_t scale)
{
    struct document *leaf = add_number(arena, parent, name, DOCUMENT_DECIMAL, value);
    leaf->scale = scale;
    return leaf;
}

struct document *document_add_date(struct arena *arena, struct document *parent, const char *name,
                                   int32_t days)
{
    return add_number(arena, parent, name, DOCUMENT_DATE, days);
}

struct document *document_add_instant(struct arena *arena, struct document *parent, const char *name,
                                      int64_t instant_us)
{
    return add_number(arena, parent, name, DOCUMENT_INSTANT, instant_us);
}

struct document *document_add_record(struct arena *arena, struct document *parent, const char *name,
                                     const char *type)
{
    return document_add(parent, name, document_record(arena, type));
}

struct document *document_add_list(struct arena *arena, struct document *parent, const char *name)
{
    return document_add(parent, name, document_list(arena));
}

const struct document *document_get(const struct document *record, const char *name)
{
    if (!record || record->kind != DOCUMENT_RECORD)
        return NULL;
    for (const struct document *field = record->first; field; field = field->next)
        if (field->name == name || (field->name[0] == name[0] && strcmp(field->name, name) == 0))
            return field;
    return NULL;
}

struct slice document_text(const struct document *record, const char *name)
{
    const struct document *field = document_get(record, name);
    if (!field || (field->kind != DOCUMENT_TEXT && field->kind != DOCUMENT_BYTES))
        return (struct slice){ 0 };
    return field->text;
}

static bool number(const struct document *record, const char *name, enum document_kind kind, int64_t *value)
{
    const struct document *field = document_get(record, name);
    if (!field || field->kind != kind)
        return false;
    *value = field->integer;
    return true;
}

int64_t document_integer(const struct document *record, const char *name, int64_t fallback)
{
    int64_t value;
    return number(record, name, DOCUMENT_INTEGER, &value) ? value : fallback;
}

bool document_boolean(const struct document *record, const char *name, bool fallback)
{
    int64_t value;
    return number(record, name, DOCUMENT_BOOLEAN, &value) ? value != 0 : fallback;
}

bool document_date(const struct document *record, const char *name, int32_t *days)
{
    int64_t value;
    if (!number(record, name, DOCUMENT_DATE, &value))
        return false;
    *days = (int32_t)value;
    return true;
}

bool document_instant(const struct document *record, const char *name, int64_t *instant_us)
{
    return number(record, name, DOCUMENT_INSTANT, instant_us);
}

bool document_decimal(const struct document *record, const char *name, uint8_t scale, int64_t *value)
{
    const struct document *field = document_get(record, name);
    if (!field || (field->kind != DOCUMENT_DECIMAL && field->kind != DOCUMENT_INTEGER))
        return false;
    return decimal_rescale(field->integer, field->kind == DOCUMENT_DECIMAL ? field->scale : 0, scale, value);
}

const struct document *document_items(const struct document *record, const char *name)
{
    const struct document *field = document_get(record, name);
    return field && field->kind == DOCUMENT_LIST ? field->first : NULL;
}

// Most numbers are short, and then nothing can overflow. False where the text has to be looked at with care.
static bool parse_short(struct slice text, char mark, uint8_t scale, int64_t *value)
{
    static const int64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000 };
    enum { DIGITS = 10, SCALES = sizeof powers / sizeof *powers };
    int64_t sum = 0;
    size_t point = text.size;
    if (text.size == 0 || text.size > DIGITS || scale >= SCALES)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';
        if (digit < 10)
            sum = sum * 10 + digit;
        else if (text.data[i] == mark && point == text.size && i > 0)
            point = i;
        else
            return false;
    }
    size_t places = point == text.size ? 0 : text.size - point - 1;
    if (places > scale || point + 1 == text.size)
        return false;
    *value = sum * powers[scale - places];
    return true;
}

bool decimal_parse(struct slice text, char mark, uint8_t scale, int64_t *value)
{
    if (parse_short(text, mark, scale, value))
        return true;
    bool negative = text.size && text.data[0] == '-';
    size_t i = negative;
    int64_t sum = 0;
    int places = -1; // digits seen behind the mark, -1 before it
    bool any = false;
    for (; i < text.size; i++) {
        char c = text.data[i];
        if (c == mark && places < 0 && any) {
            places = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        any = true;
        if (places >= 0 && ++places > scale) {
            if (c != '0')
                return false;
            continue;
        }
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, c - '0', &sum))
            return false;
    }
    if (!any || places == 0)
        return false;
    for (int place = places < 0 ? 0 : places; place < scale; place++)
        if (__builtin_mul_overflow(sum, 10, &sum))
            return false;
    *value = negative ? -sum : sum;
    return true;
}

const char *decimal_text_whole(int64_t value, uint8_t scale, char text[DECIMAL_TEXT_SIZE])
{
    assert(scale <= 18);
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value, unit = 1;
    for (uint8_t i = 0; i < scale; i++)
        unit *= 10;
    int used = snprintf(text, DECIMAL_TEXT_SIZE, "%s%" PRIu64, value < 0 ? "-" : "", magnitude / unit);
    if (scale)
        snprintf(text + used, DECIMAL_TEXT_SIZE - (size_t)used, ".%0*" PRIu64, scale, magnitude % unit);
    return text;
}

const char *decimal_text(int64_t value, uint8_t scale, char text[DECIMAL_TEXT_SIZE])
{
    decimal_text_whole(value, scale, text);
    size_t size = strlen(text);
    while (scale && text[size - 1] == '0')
        text[--size] = '\0';
    if (scale && text[size - 1] == '.')
        text[--size] = '\0';
    return text;
}

bool decimal_rescale(int64_t value, uint8_t from, uint8_t to, int64_t *rescaled)
{
    for (; from < to; from++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    for (; from > to; from--) {
        if (value % 10)
            return false;
        value /= 10;
    }
    *rescaled = value;
    return true;
}
