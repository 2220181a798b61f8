// SPDX-License-Identifier: Apache-2.0
// What became of each input document, and the dead letters. Owner of tables `outcome` and `dead_letter`.
#pragma once

#include "engine/outbox.h"

// Writes an outcome a document and a dead letter a parked one. Every item must have an outcome (assert).
// `sources` names each item's place, "topic[partition]@offset".
bool outcome_apply(struct db *db, const struct batch *batch, const char *const *sources, struct error *error);

// The outbox row of a parked document: its bytes whole, or their head where they are too large for a record
// ("comptoirctl dead-letter show" has all); reason and source in headers.
struct outbox_row outcome_dead_letter(const struct item *item, const char *source, struct arena *arena);

// The reason as database and headers take it: valid UTF-8 without NUL, whatever it quotes.
struct slice outcome_reason(struct slice text, struct arena *arena);
