// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "ctl/map_testing.h"
#include "doors/json.h"

enum { MOST_CELL = 60 };

static struct slice cut(struct slice text, struct arena *arena)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.size; i++)
        if (((unsigned char)text.data[i] & 0xC0) != 0x80 && ++characters > MOST_CELL)
            return arena_printf(arena, "%.*s...", (int)i, text.data);
    return text;
}

// For a table: places as LINE:COLUMN, the map as FILE:LINE without its folder, long texts cut.
static void dress(struct document *list, struct arena *arena)
{
    for (struct document *record = list->first; record; record = record->next) {
        int64_t line = document_integer(record, "line", 0),
                map_line = document_integer(record, "map_line", 0);
        const char *map = arena_string(arena, document_text(record, "map")), *slash = strrchr(map, '/');
        if (line)
            document_add_text(arena, record, "at",
                              arena_printf(arena, "%lld:%lld", (long long)line,
                                           (long long)document_integer(record, "column", 0)));
        if (*map)
            document_add_text(arena, record, "map_at",
                              arena_printf(arena, "%s:%lld", slash ? slash + 1 : map, (long long)map_line));
        for (struct document *cell = record->first; cell; cell = cell->next)
            if (cell->kind == DOCUMENT_TEXT)
                cell->text = cut(cell->text, arena);
    }
}

void map_testing_put(const struct document *record, struct arena *arena)
{
    struct text text = text_in(arena);
    json_write(record, &text);
    text_append_char(&text, '\n');
    fwrite(text.data, 1, text.size, stdout);
}

static void show_json(const struct map_testing *testing, const struct map_testing_shown *shown)
{
    struct arena *arena = testing->arena;
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "file", slice_of(testing->sample));
    document_add_text(arena, record, "message", shown->message);
    document_add_text(arena, record, "map", slice_of(testing->name));
    document_add_text(arena, record, "document", slice_of(map_document_type(testing->map)));
    document_add_text(arena, record, "partner", slice_of(shown->partner ? shown->partner->name : ""));
    document_add_boolean(arena, record, "valid", shown->findings->errors == 0);
    document_add(record, shown->main_name, shown->main);
    document_add(record, shown->rest_name, shown->rest);
    struct document *found = document_add_list(arena, record, "findings");
    for (size_t i = 0; i < shown->findings->count; i++) {
        struct text text = text_in(arena);
        finding_print(&shown->findings->items[i], testing->sample, &text);
        document_add_text(arena, found, NULL, text_slice(&text));
    }
    map_testing_put(record, arena);
}

static void show_people(const struct map_testing *testing, const struct map_testing_shown *shown)
{
    struct arena *arena = testing->arena;
    struct text text = text_in(arena);
    text_printf(&text, "%s%s: message %.*s, map %s, document %s, %s%s\n\n", testing->messages > 1 ? "\n" : "",
                testing->sample, SLICE_ARGS(shown->message), testing->name, map_document_type(testing->map),
                shown->partner ? "partner " : "no partner", shown->partner ? shown->partner->name : "");
    dress(shown->main, arena);
    dress(shown->rest, arena);
    if (shown->main->first)
        table_write(shown->main, shown->main_columns, shown->main_count, &text);
    if (shown->rest->first) {
        text_printf(&text, "\n%s\n", shown->rest_title);
        table_write(shown->rest, shown->rest_columns, shown->rest_count, &text);
    }
    if (shown->findings->count)
        text_append(&text, SLICE("\nFound\n"));
    fwrite(text.data, 1, text.size, stdout);
    translation_print(shown->findings, testing->sample, false, stdout);
}

void map_testing_show(struct map_testing *testing, const struct map_testing_shown *shown)
{
    testing->messages++;
    testing->bad += shown->findings->errors > 0;
    if (testing->json)
        show_json(testing, shown);
    else
        show_people(testing, shown);
}
