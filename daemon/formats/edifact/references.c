// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/references.h"

#include <stdlib.h>

static uint64_t hash_of(struct slice text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (uint8_t)text.data[i]) * UINT64_C(0x100000001B3);
    hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ? hash : 1;
}

static void grow(struct references *references)
{
    struct references larger = { .mask = references->slots ? references->mask * 2 + 1 : 255 };
    larger.slots = calloc(larger.mask + 1, sizeof *larger.slots);
    if (!larger.slots)
        abort(); // as an arena does
    for (size_t i = 0; references->slots && i <= references->mask; i++) {
        size_t slot = references->slots[i] & larger.mask;
        while (references->slots[i] && larger.slots[slot])
            slot = (slot + 1) & larger.mask;
        if (references->slots[i])
            larger.slots[slot] = references->slots[i];
    }
    larger.count = references->count;
    free(references->slots);
    *references = larger;
}

void references_clear(struct references *references)
{
    if (references->count)
        memset(references->slots, 0, (references->mask + 1) * sizeof *references->slots);
    references->count = 0;
}

void references_free(struct references *references)
{
    free(references->slots);
    *references = (struct references){ 0 };
}

bool references_add(struct references *references, struct slice reference)
{
    if (!references->slots || references->count * 2 >= references->mask)
        grow(references);
    uint64_t hash = hash_of(reference);
    size_t slot = hash & references->mask;
    while (references->slots[slot] && references->slots[slot] != hash)
        slot = (slot + 1) & references->mask;
    if (references->slots[slot])
        return false;
    references->slots[slot] = hash;
    references->count++;
    return true;
}
