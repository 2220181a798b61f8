// SPDX-License-Identifier: Apache-2.0
// Control references (UNB 0020) of what we send: from the partner's number range for the kind of message.
// Internal to the gateways.
#pragma once

#include "engine/owed.h"
#include "formats/map.h"

// Draws the next one in the caller's transaction, so that a range has no gap. `kind` is the message type.
// ERROR_INVALID where the range has no more numbers of the width that it may have.
bool control_next(struct db *db, struct arena *arena, const struct partner *partner, const char *kind,
                  struct slice *reference, struct error *error);
