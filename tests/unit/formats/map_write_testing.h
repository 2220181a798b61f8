// SPDX-License-Identifier: Apache-2.0
// What the tests share that turn documents into messages: documents from JSON, maps by name, messages as bytes
// and read again. All that goes wrong fails the test.
#pragma once

#include "doors/avro.h"
#include "doors/json.h"
#include "formats/edifact/check.h"
#include "formats/edifact/write.h"
#include "unit/arena_testing.h"
#include "unit/formats/maps_testing.h"

static inline void show(const struct findings *findings)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < findings->count; i++) {
        finding_print(&findings->items[i], "test", &text);
        text_append_char(&text, '\n');
    }
    print_error("%.*s", SLICE_ARGS(text_slice(&text)));
}

static inline struct document *conformed(struct document *document, const char *type)
{
    struct findings findings = { .arena = arena };
    document->type = type;
    if (!avro_conform(maps_schemas(maps), type, document, arena, &findings))
        show(&findings);
    assert_int_equal(findings.errors, 0);
    return document;
}

static inline struct document *document_of(struct slice json, const char *type)
{
    struct document *document;
    struct error error = { 0 };
    if (!json_read(json, arena, &document, &error))
        print_error("%s\n", error.message);
    assert_int_equal(error.kind, ERROR_NONE);
    return conformed(document, type);
}

static inline const struct map *map_of(const char *kind, const char *directory, const char *partner)
{
    const struct map *map = maps_find(maps, kind, directory, maps_partner_named(maps, slice_of(partner)));
    assert_non_null(map);
    return map;
}

static inline struct node *message_of(const struct map *map, const struct document *document)
{
    struct node *message = NULL;
    struct error error = { 0 };
    char text[1024];
    if (!map_write(map, document, arena, &message, &error))
        print_error("%s\n", error_text(&error, text, sizeof text));
    assert_non_null(message);
    return message;
}

static inline struct slice edifact_of(struct node *message, const char *type, const char *directory)
{
    struct text text = text_in(arena);
    struct error error = { 0 };
    const struct edifact_envelope envelope = {
        .sender = { .identity = SLICE("US"), .qualifier = SLICE("14") },
        .receiver = { .identity = SLICE("YOU"), .qualifier = SLICE("14") },
        .reference = SLICE("7"),
        .time_us = 1774745100000000, // 2026-03-29T00:45Z
        .syntax = 3,
        .charset = edifact_charset_of(SLICE("UNOC")),
        .line_breaks = true,
    };
    const struct edifact_message_header header = {
        .reference = SLICE("1"),
        .type = slice_of(type),
        .version = { directory, 1 },
        .release = slice_of(directory + 1),
        .agency = SLICE("UN"),
    };
    if (!edifact_write(&envelope, &header, &message, 1, directories_named(maps_directories(maps), directory),
                       &text, &error))
        print_error("%s\n", error.message);
    assert_int_equal(error.kind, ERROR_NONE);
    return text_slice(&text);
}

static inline void close_reader(void *reader)
{
    edifact_close(reader);
}

// The only message; what is written must be without fault. Lives as long as the arena.
static inline const struct edifact_placed *placed_of(struct slice bytes)
{
    struct edifact_tolerances tolerances = edifact_default_tolerances;
    tolerances.units = EDIFACT_ACCEPT;
    struct edifact_reader *reader = edifact_open(bytes, "test");
    struct edifact_check *check = edifact_check_open(maps_directories(maps), &tolerances);
    struct findings findings = { .arena = arena };
    struct edifact_unit *unit = ARENA_NEW(arena, struct edifact_unit);
    struct edifact_placed *placed = ARENA_NEW(arena, struct edifact_placed);
    while (!placed->unit && edifact_next(reader, unit))
        edifact_check_unit(check, unit, arena, &findings, placed);
    assert_non_null(placed->unit);
    // The rest in a reading of its own: the message's tokens are to stay.
    struct edifact_reader *again = edifact_open(bytes, "test");
    struct edifact_unit last;
    while (edifact_next(again, &last))
        if (last.offset > unit->offset)
            edifact_check_unit(check, &last, arena, &findings, NULL);
    edifact_close(again);
    edifact_check_end(check, arena, &findings);
    show(&findings);
    assert_int_equal(findings.count, 0);
    edifact_check_close(check);
    arena_defer(arena, close_reader, reader);
    return placed;
}
