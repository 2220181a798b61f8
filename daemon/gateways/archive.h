// SPDX-License-Identifier: Apache-2.0
// The archive: the raw bytes of everything that came from a known partner and of everything that left.
#pragma once

#include <stdint.h>

#include "doors/postgres.h"

enum archive_direction { ARCHIVE_IN = 'i', ARCHIVE_OUT = 'o' };

// What is known of an EDIFACT interchange beyond its bytes.
struct archive_facts {
    struct slice control;          // UNB 0020
    struct slice sender, receiver; // "14:4012345000009"
    struct slice kind;             // its message types, "ORDERS ORDCHG"
    size_t messages, refused;
    struct slice state;    // of what came: "taken", "partly", "refused", "repeated", "conflict", "unknown"
    struct slice findings; // plain text, a line each
    struct slice delivery; // that sends it
    int64_t original;      // the row that this one is a reprocessing of, 0 for none
};

// Adds them to a row, in the transaction that made it.
bool archive_describe(struct db *db, struct arena *arena, int64_t id, const struct archive_facts *facts,
                      struct error *error);

// Where it came in the sequence of control references.
bool archive_sequence(struct db *db, struct arena *arena, int64_t id, struct slice sequence,
                      struct slice finding, struct error *error);

// One row, in the caller's transaction; *id (may be NULL) is its number. A long reference is cut.
bool archive_put(struct db *db, struct arena *arena, enum archive_direction direction, struct slice channel,
                 struct slice partner, struct slice reference, struct slice bytes, int64_t now_us,
                 int64_t *id, struct error *error);
