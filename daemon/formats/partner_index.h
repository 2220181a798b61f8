// SPDX-License-Identifier: Apache-2.0
// Inside formats/map: whose identity it is, found without looking at every partner.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "formats/map.h"

struct partner_index {
    struct arena *arena;
    bool nocase; // domains compare without case
    struct partner_known *items;
    size_t count, capacity;
};

void partner_index_add(struct partner_index *index, const struct partner_identity *identities, size_t count,
                       const struct partner *partner);
// After the last one; false where an identity stands there twice.
bool partner_index_close(struct partner_index *index, struct error *error);
const struct partner *partner_index_find(const struct partner_index *index, struct slice domain,
                                         struct slice identity);
