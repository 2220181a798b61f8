// SPDX-License-Identifier: Apache-2.0
// The documents that answer.c publishes, and the rows that it writes.
#pragma once

#include "handlers/order/change.h"

// The reasons that the documents give: those of the decision and, where it is held, one for each open hold.
struct document *answer_event(struct arena *arena, const struct order *order);

// A function of what is stored with the order, so that a repeat has the same answer.
// Where `change` is not NULL, it answers that change.
struct document *answer_response(struct arena *arena, const struct order *order, const struct change *change);

// Code of the reason that stands for an open hold.
const char *answer_hold_code(enum hold hold);

// Writes the lines that a change has replaced, in their places.
bool answer_replace_lines(struct batch *batch, struct db *db, struct error *error);
// Writes what the stages have found.
bool predicates_store(struct batch *batch, struct db *db, struct error *error);
bool answer_store(struct batch *batch, struct db *db, struct error *error);
