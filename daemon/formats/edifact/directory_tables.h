// SPDX-License-Identifier: Apache-2.0
// How a loaded directory lies in memory. Internal to directory.c and directory_load.c.
#pragma once

#include "base/arena.h"
#include "formats/edifact/directory.h"

enum { DIRECTORY_SEGMENT_SLOTS = 1024, DIRECTORY_ELEMENTS = 10000, DIRECTORY_COMPOSITES = 1024 };

// A set of codes of up to eight characters, each packed into a number; open addressing, 0 is a free slot.
struct directory_codes {
    uint64_t *slots;
    uint32_t mask, count;
};

struct directory_composite {
    uint32_t key;
    const struct directory_component *components;
    uint16_t count;
};

struct directory {
    const char *name;
    struct directory_element *elements[DIRECTORY_ELEMENTS]; // by number
    struct directory_composite composites[DIRECTORY_COMPOSITES];
    size_t composite_count;
    const struct directory_segment *segments[DIRECTORY_SEGMENT_SLOTS]; // by key, open addressing
    size_t segment_count;
    struct directory_message *messages;
    size_t message_count, message_capacity;
};

struct directories {
    struct arena *arena;
    struct directory **items;
    size_t count, capacity;
    const struct directory *service[5]; // by syntax version
    struct directory_overlay **overlays;
    size_t overlay_count, overlay_capacity;
    struct directory_codes units, unit_aliases, currencies, countries;
};

static inline uint64_t directory_pack(struct slice code)
{
    uint64_t packed = 0;
    if (code.size > 8)
        return 0;
    for (size_t i = 0; i < code.size; i++)
        packed = packed << 8 | (uint8_t)code.data[i];
    return packed;
}

static inline uint32_t directory_hash(uint64_t key)
{
    return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

// A file being read.
struct directory_loader {
    struct arena *arena;
    struct directory *directory;
    const char *path;
    uint32_t line;
    struct error *error;
};

// A name with its marks.
struct directory_part {
    struct slice name;
    bool mandatory;
    uint32_t repeat;
};

// What the parts of the loader share. All but directory_word fail with file and line.
bool directory_wrong(struct directory_loader *loader, const char *what, struct slice value);
struct slice directory_word(struct slice *rest);
bool directory_part(struct directory_loader *loader, struct slice word, struct directory_part *part);
// The structure of a message, up to its line "end"; what is read of `text` is cut off it.
bool directory_load_message(struct directory_loader *loader, struct slice type, struct slice *text);

void directory_codes_add(struct directory_codes *codes, struct slice code, struct arena *arena);
bool directory_load(struct directories *directories, const char *path, struct error *error);
bool directory_load_overlay(struct directories *directories, const char *path, struct error *error);
// One or more codes a line.
bool directory_load_units(struct directories *directories, struct directory_codes *codes, const char *path,
                          struct error *error);
