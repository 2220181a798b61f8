// SPDX-License-Identifier: Apache-2.0
// The archive: the raw bytes of everything that came from a known partner and of everything that left.
#pragma once

#include <stdint.h>

#include "doors/postgres.h"

enum archive_direction { ARCHIVE_IN = 'i', ARCHIVE_OUT = 'o' };

// One row, in the caller's transaction; *id (may be NULL) is its number. A long reference is cut.
bool archive_put(struct db *db, struct arena *arena, enum archive_direction direction, struct slice channel,
                 struct slice partner, struct slice reference, struct slice bytes, int64_t now_us,
                 int64_t *id, struct error *error);
