// SPDX-License-Identifier: Apache-2.0
// Finds things by a key of one or two slices: a hash table in the batch's arena. It only finds; whoever wants
// to walk things keeps them in an array, because a table's own order says nothing.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct index_slot {
    uint64_t hash; // 0: free
    struct slice first, second;
    void *thing;
};

struct index {
    struct arena *arena;
    struct index_slot *slots;
    size_t count, capacity;
};

static inline struct index index_in(struct arena *arena)
{
    return (struct index){ .arena = arena };
}

// The thing, or NULL. Where the key has one part, `second` is empty.
void *index_get(const struct index *index, struct slice first, struct slice second);

// False, and nothing changes, where the key is there already. `thing` is not NULL; the slices' memory must
// live as long as the index.
bool index_put(struct index *index, struct slice first, struct slice second, void *thing);
