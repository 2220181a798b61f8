// SPDX-License-Identifier: Apache-2.0
// Which documents may share a batch: a set of subjects (engine/stage.h).
#pragma once

#include "engine/stage.h"

struct conflicts {
    struct arena *arena;
    struct conflict_entry *entries; // open addressing, a power of two of them
    size_t size;
};

// Room for `most` subjects.
struct conflicts conflicts_open(struct arena *arena, size_t most);
// Adds the subject, or returns false and adds nothing where it conflicts with one that is there.
bool conflicts_add(struct conflicts *conflicts, const struct subject *subject);
void conflicts_clear(struct conflicts *conflicts);
