// SPDX-License-Identifier: Apache-2.0
// What is owed, to the bytes that a partner gets. Done once a delivery, inside a transaction; the bytes are
// kept and never made again. Part of deliveries.c.
#pragma once

#include "engine/engine.h"
#include "engine/owed.h"
#include "formats/edifact/directory.h"
#include "formats/map.h"

struct rendering {
    const struct engine *engine;
    const struct maps *maps;
    const struct partner *partner;
    const struct delivery *delivery;
    int64_t now_us;
};

// Whether the partner can be reached on the delivery's channel at all; `why` is then empty. "partner X has no
// cxml url" and the like otherwise: trying again makes no sense.
struct slice render_obstacle(const struct delivery *delivery, const struct partner *partner,
                             struct arena *arena);

// Draws the control reference from the partner's range in the caller's transaction.
struct rendered {
    struct slice bytes;
    struct slice control; // UNB 0020; empty for cXML
    const char *kind;     // message type; NULL for cXML
    bool refusal;         // an order is rejected: the partner may want an APERAK too
};

bool render(const struct rendering *rendering, struct db *db, struct arena *arena, struct rendered *rendered,
            struct error *error);

// The payloadID under which a delivery goes, the same each time.
struct slice render_payload_id(const struct delivery *delivery, const struct partner *partner,
                               struct arena *arena);
