// SPDX-License-Identifier: Apache-2.0
// The delivery queue: what is owed to partners on their own channels. A delivery is rendered once and sent
// with the same bytes until it is delivered or given up. Owner of table `delivery` and of `number_range`.
#pragma once

#include "doors/avro.h"
#include "doors/postgres.h"
#include "engine/stage.h"

struct delivery {
    struct slice id, partner, channel, reference, type;
    struct slice document; // Avro, empty where bytes came ready
    struct slice bytes;    // empty until rendered
    int64_t attempts;
    int64_t created_us;
};

struct map_store;

// Takes out what nobody gets: notices of shipments and invoices where the partner's file does not name them, and
// mails where there is no mail server. `maps` may be NULL: nobody gets notices.
void owed_choose(struct batch *batch, struct map_store *maps, bool mails);
// Writes what a batch owes. An id that exists is put back to `waiting` with its old bytes (a repeat).
bool owed_apply(struct db *db, const struct batch *batch, const struct avro_catalogue *catalogue,
                struct error *error);

// Puts ready bytes into the queue, in the caller's transaction; the same id again is put back to `waiting`.
bool owed_put_bytes(struct db *db, struct arena *arena, struct slice id, struct slice partner,
                    struct slice channel, struct slice reference, struct slice bytes, int64_t now_us,
                    struct error *error);

// In the caller's transaction: one delivery that is due on the channel, locked (skipping those that others
// have locked, and partners whose delivery another thread has in hand), or none (*found false).
bool owed_next(struct db *db, struct arena *arena, const char *channel, int64_t now_us,
               struct delivery *delivery, bool *found, struct error *error);

// In the caller's transaction: the rendered bytes; they never change afterwards.
bool owed_rendered(struct db *db, struct arena *arena, struct slice id, struct slice bytes,
                   struct error *error);

// The result of an attempt: delivered, or again at `next_us`, or given up where next_us is 0.
bool owed_delivered(struct db *db, struct arena *arena, struct slice id, int64_t now_us, struct error *error);
bool owed_failed(struct db *db, struct arena *arena, struct slice id, const char *why, int64_t next_us,
                 struct error *error);

// The next number of a partner's range, from `first` on, without gaps: the row stays locked until the transaction
// ends. Behind `last` it begins again where it wraps; else the caller refuses what is beyond.
bool owed_number(struct db *db, struct arena *arena, struct slice partner, const char *range, int64_t first,
                 int64_t last, bool wraps, int64_t *number, struct error *error);
