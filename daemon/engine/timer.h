// SPDX-License-Identifier: Apache-2.0
// Timers: documents that are published when their time comes, so that a reminder, an expiry or a recurring order
// needs no engine of its own. A batch sets and clears them in its transaction; gateways/timers.c publishes them
// through its own shard in the transaction that takes their rows. Owner of table `timer`.
//
// A timer that was cleared may have been published a moment before: who receives its document must see whether
// it still means anything.
#pragma once

#include "doors/avro.h"
#include "engine/outbox.h"

// Longest id in bytes, and the most timers that one call of timer_take gives.
enum { TIMER_ID_MAX = 1000, TIMER_MOST = 200 };

// Sets and clears what the batch says; of several words about one timer the last counts.
bool timer_apply(struct db *db, const struct batch *batch, const struct avro_catalogue *catalogue,
                 struct error *error);

// Whether there is something to take; cheap.
bool timer_is_due(struct db *db, struct arena *arena, int64_t now_us, bool *due, struct error *error);

// In the caller's transaction: takes timers that are due, the longest waiting first, at most TIMER_MOST, skipping
// those that another transaction has taken; their documents for outbox_put. Rows whose document cannot be read any
// more stop nothing: they are left where they are, and *unreadable counts them.
bool timer_take(struct db *db, struct arena *arena, const struct avro_catalogue *catalogue, int64_t now_us,
                struct outbox_document **documents, size_t *count, size_t *unreadable, struct error *error);
