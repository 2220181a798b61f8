// SPDX-License-Identifier: Apache-2.0
// The message references of an interchange, to find one that is used twice: eight bytes each, as hashes of 64
// bits. Internal to check.c.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct references {
    uint64_t *slots; // open addressing, 0 is free
    size_t count, mask;
};

void references_clear(struct references *references);
void references_free(struct references *references);
// False where the reference has been added before.
bool references_add(struct references *references, struct slice reference);
