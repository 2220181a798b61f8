// SPDX-License-Identifier: Apache-2.0
// From a message to the canonical document that is published: map, types, and the fields that only a
// gateway knows. Internal to the gateways.
#pragma once

#include "engine/engine.h"
#include "formats/map.h"

struct document_origin {
    const struct partner *partner;
    const char *channel;
    struct slice reply_reference;
    bool test;
};

// NULL where the message cannot be understood or would be too large to publish: the findings tell. Findings
// are added with their positions; their code is 0 where none fits.
struct document *document_in(const struct engine *engine, const struct map *map, struct map_message message,
                             const struct document_origin *origin, struct arena *arena,
                             struct findings *findings);
