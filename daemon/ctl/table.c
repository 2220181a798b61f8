// SPDX-License-Identifier: Apache-2.0
#include "ctl/table.h"

#include <inttypes.h>

#include "base/clock.h"
#include "handlers/money.h"

static struct slice clean(struct arena *arena, struct slice text)
{
    char *copy = arena_string(arena, text);
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7F)
            copy[i] = '?';
    return (struct slice){ copy, text.size };
}

static struct slice joined(struct arena *arena, const struct document *list)
{
    struct text text = text_in(arena);
    for (const struct document *item = list->first; item; item = item->next) {
        if (item != list->first)
            text_append(&text, SLICE(", "));
        text_append(&text, table_cell(arena, item));
    }
    return text.size ? text_slice(&text) : SLICE("-");
}

struct slice table_cell(struct arena *arena, const struct document *leaf)
{
    char number[DECIMAL_TEXT_SIZE], date[DATE_TEXT_SIZE], instant[INSTANT_TEXT_SIZE];
    if (!leaf)
        return SLICE("-");
    switch (leaf->kind) {
    case DOCUMENT_BOOLEAN:
        return leaf->integer ? SLICE("yes") : SLICE("no");
    case DOCUMENT_INTEGER:
        return arena_printf(arena, "%" PRId64, leaf->integer);
    case DOCUMENT_DECIMAL:
        // Amounts have the scale of their currency, prices and quantities a finer one with idle zeros.
        return arena_copy(arena, slice_of(leaf->scale < MONEY_SCALE
                                              ? decimal_text_whole(leaf->integer, leaf->scale, number)
                                              : decimal_text(leaf->integer, leaf->scale, number)));
    case DOCUMENT_DATE:
        return arena_copy(arena, slice_of(date_text((int32_t)leaf->integer, date)));
    case DOCUMENT_INSTANT:
        return arena_copy(arena, slice_of(instant_text(leaf->integer, instant)));
    case DOCUMENT_TEXT:
        return leaf->text.size ? clean(arena, leaf->text) : SLICE("-");
    case DOCUMENT_BYTES:
        return arena_printf(arena, "%zu bytes", leaf->text.size);
    case DOCUMENT_LIST:
        return joined(arena, leaf);
    default:
        return SLICE("-");
    }
}

// Characters, not bytes; wide and combining ones are counted as one.
static size_t width_of(struct slice text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.size; i++)
        width += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return width;
}

static void pad(struct text *text, size_t spaces)
{
    while (spaces--)
        text_append_char(text, ' ');
}

static void write_cell(struct text *text, struct slice cell, size_t width, bool right, bool last)
{
    size_t spaces = width - width_of(cell);
    if (right)
        pad(text, spaces);
    text_append(text, cell);
    if (!right && !last)
        pad(text, spaces);
    text_append(text, last ? SLICE("\n") : SLICE("  "));
}

void table_write(const struct document *list, const struct table_column *columns, size_t count,
                 struct text *text)
{
    if (!list->first) {
        text_append(text, SLICE("(none)\n"));
        return;
    }
    struct arena *arena = text->arena;
    struct slice *cells = ARENA_ARRAY(arena, (list->count + 1) * count, struct slice);
    size_t *widths = ARENA_ARRAY(arena, count, size_t), cell = 0;
    for (size_t i = 0; i < count; i++)
        cells[cell++] = slice_of(columns[i].title);
    for (const struct document *record = list->first; record; record = record->next)
        for (size_t i = 0; i < count; i++)
            cells[cell++] = table_cell(arena, document_get(record, columns[i].field));
    for (size_t i = 0; i < cell; i++)
        if (width_of(cells[i]) > widths[i % count])
            widths[i % count] = width_of(cells[i]);
    for (size_t i = 0; i < cell; i++)
        write_cell(text, cells[i], widths[i % count], columns[i % count].right, i % count == count - 1);
}

void table_write_sheet(const struct document *record, const struct table_column *columns, size_t count,
                       struct text *text)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++)
        if (strlen(columns[i].title) > widest)
            widest = strlen(columns[i].title);
    for (size_t i = 0; i < count; i++) {
        struct slice cell = table_cell(text->arena, document_get(record, columns[i].field));
        text_printf(text, "%s:", columns[i].title);
        pad(text, widest - strlen(columns[i].title) + 2);
        text_append(text, cell);
        text_append_char(text, '\n');
    }
}
