// SPDX-License-Identifier: Apache-2.0
// EDIFACT messages through the maps, valid or not: the maps must bear any message. What becomes a document is
// written as a message again.
#include "doors/avro.h"
#include "formats/edifact/check.h"
#include "maps_fuzzing.h"

static void translate(const struct map *map, const struct edifact_placed *placed, struct arena *arena)
{
    struct findings findings = { .arena = arena };
    struct document *document;
    struct node *message;
    struct error error = { 0 };
    if (!map || !map_read(map, (struct map_message){ .placed = placed }, arena, &document, &findings))
        return;
    document_add_text(arena, document, "account", SLICE("A"));
    if (avro_conform(maps_schemas(maps), map_document_type(map), document, arena, &findings))
        map_write(map, document, arena, &message, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = { "ORDERS", "ORDRSP", "REQOTE", "QUOTES",
                                         "OSTENQ", "OSTRPT", "PRICAT", "PARTIN" };
    enum { KINDS = sizeof kinds / sizeof *kinds };
    static const char *const directories[] = { "D96A", "D01B" };
    struct arena *arena = arena_open(256 << 20);
    struct edifact_reader *reader = edifact_open((struct slice){ (const char *)data, size }, "fuzz");
    struct edifact_check *check = edifact_check_open(maps_directories(maps), NULL);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        struct findings findings = { .arena = arena };
        struct edifact_placed placed;
        edifact_check_unit(check, &unit, arena, &findings, &placed);
        for (size_t i = 0; placed.structure && i < 2 * KINDS; i++)
            translate(maps_find(maps, kinds[i % KINDS], directories[i / KINDS], NULL), &placed, arena);
    }
    edifact_check_close(check);
    edifact_close(reader);
    arena_close(arena);
    return 0;
}
