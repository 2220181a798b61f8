// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory_source.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"

struct source_thing *source_find(const struct source_things *things, struct slice name)
{
    for (size_t i = 0; i < things->count; i++)
        if (slice_equal(things->items[i].name, name))
            return &things->items[i];
    return NULL;
}

struct source_thing *source_add(struct source *source, struct source_things *things, struct slice name)
{
    things->items =
        arena_grow(source->arena, things->items, &things->capacity, things->count + 1, sizeof *things->items);
    struct source_thing *thing = &things->items[things->count++];
    *thing = (struct source_thing){ .name = arena_copy(source->arena, name) };
    return thing;
}

void source_add_part(struct source *source, struct source_thing *thing, struct source_part part)
{
    thing->parts = arena_grow(source->arena, thing->parts, &thing->part_capacity, thing->part_count + 1,
                              sizeof *thing->parts);
    part.name = arena_copy(source->arena, part.name);
    thing->parts[thing->part_count++] = part;
}

void source_add_code(struct source *source, struct source_thing *element, struct slice code)
{
    element->codes = arena_grow(source->arena, element->codes, &element->code_capacity,
                                element->code_count + 1, sizeof *element->codes);
    element->codes[element->code_count++] = arena_copy(source->arena, code);
}

struct source_message *source_add_message(struct source *source, struct slice type)
{
    source->messages = arena_grow(source->arena, source->messages, &source->message_capacity,
                                  source->message_count + 1, sizeof *source->messages);
    struct source_message *message = &source->messages[source->message_count++];
    *message = (struct source_message){ .type = arena_copy(source->arena, type) };
    return message;
}

void source_add_line(struct source *source, struct source_message *message, struct source_line line)
{
    message->lines = arena_grow(source->arena, message->lines, &message->capacity, message->count + 1,
                                sizeof *message->lines);
    line.name = arena_copy(source->arena, line.name);
    message->lines[message->count++] = line;
}

bool source_file(struct source *source, const char *path, struct slice *bytes, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, ERROR_INTERNAL, NULL, "could not read \"%s\": %s", path, strerror(errno));
    struct text text = text_in(source->arena);
    char block[65536];
    size_t size;
    while ((size = fread(block, 1, sizeof block, file)) > 0)
        text_append(&text, (struct slice){ block, size });
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return error_set(error, ERROR_INTERNAL, NULL, "could not read \"%s\" to its end", path);
    *bytes = text_slice(&text);
    return true;
}
