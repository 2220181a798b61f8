// SPDX-License-Identifier: Apache-2.0
#include "handlers/index.h"

#include <assert.h>

static uint64_t mix(uint64_t hash, struct slice slice)
{
    // FNV-1a; the keys are short, and a row of colliding account numbers costs time only.
    for (size_t i = 0; i < slice.size; i++)
        hash = (hash ^ (unsigned char)slice.data[i]) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t hash_of(struct slice first, struct slice second)
{
    uint64_t hash = mix(mix(UINT64_C(0xcbf29ce484222325), first), second);
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

static struct index_slot *find(struct index_slot *slots, size_t capacity, uint64_t hash, struct slice first,
                               struct slice second)
{
    for (size_t at = hash & (capacity - 1);; at = (at + 1) & (capacity - 1)) {
        struct index_slot *slot = &slots[at];
        if (!slot->hash ||
            (slot->hash == hash && slice_equal(slot->first, first) && slice_equal(slot->second, second)))
            return slot;
    }
}

void *index_get(const struct index *index, struct slice first, struct slice second)
{
    if (!index->count)
        return NULL;
    return find(index->slots, index->capacity, hash_of(first, second), first, second)->thing;
}

static void grow(struct index *index)
{
    size_t capacity = index->capacity ? 2 * index->capacity : 64;
    struct index_slot *slots = ARENA_ARRAY(index->arena, capacity, struct index_slot);
    for (size_t i = 0; i < index->capacity; i++) {
        const struct index_slot *old = &index->slots[i];
        if (old->hash)
            *find(slots, capacity, old->hash, old->first, old->second) = *old;
    }
    index->slots = slots;
    index->capacity = capacity;
}

bool index_put(struct index *index, struct slice first, struct slice second, void *thing)
{
    assert(thing);
    if (4 * (index->count + 1) > 3 * index->capacity)
        grow(index);
    uint64_t hash = hash_of(first, second);
    struct index_slot *slot = find(index->slots, index->capacity, hash, first, second);
    if (slot->hash)
        return false;
    *slot = (struct index_slot){ hash, first, second, thing };
    index->count++;
    return true;
}
