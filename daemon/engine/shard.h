// SPDX-License-Identifier: Apache-2.0
// A shard is one partition of a consumed topic, or one gateway instance: the unit of ownership, order and
// position. Its row in PostgreSQL decides: who took it last owns it (epoch), what has been decided
// (next_offset), what has been put into the outbox (next_seq).
#pragma once

#include "doors/postgres.h"

struct shard {
    int32_t id;
    int32_t progress; // partition of the progress topic
    int64_t epoch;
    int64_t next_offset, next_seq, relayed_seq;
    const char *topic;    // a lasting string; a gateway's name for gateways
    int32_t partition;    // -1 for gateways
    int32_t tries;        // starts of the same first batch without success, see shard_try
    int64_t read_offset;  // behind the last record received, committed or not
    bool tried;           // the first batch after the take-over has been announced by shard_try
    int64_t first_offset; // where a shard that never was decides to begin, see shard_take
};

// Takes a shard for `owner`: makes the row where there is none, raises the epoch and reads the positions.
// From then on every former owner's commit fails. One statement, its own transaction. A new shard starts at
// shard->first_offset.
bool shard_take(struct db *db, struct arena *arena, const char *cluster, const char *owner,
                struct shard *shard, struct error *error);

// Before the first batch after a take-over: counts, in a transaction of its own, how often a batch was begun
// here without getting further, so that a record that kills the process is found (shard->tries). Until then
// shard->tries is what others have counted.
bool shard_try(struct db *db, struct arena *arena, struct shard *shard, struct error *error);
// The batch failed and the process lives on: what shard_try counted is taken back.
bool shard_survived(struct db *db, struct arena *arena, const struct shard *shard, struct error *error);

// ERROR_FENCED where any of the shards has been taken by another. A former owner meets the present one's rows
// before it meets the fence: this tells such a failure from one of the data.
bool shard_owned(struct db *db, struct arena *arena, const struct shard *shards, size_t count,
                 struct error *error);

// The progress topic must have a partition for the shard.
bool shard_has_progress(const struct shard *shard, int partitions, const char *topic, struct error *error);

// Last statement of a batch: moves the shards' positions from what they are in `before` to `after`, both
// arrays of `count`; ERROR_FENCED where any row is not as expected, and then nothing may be committed.
bool shard_fence(struct db *db, struct arena *arena, const struct shard *before, const struct shard *after,
                 size_t count, struct error *error);

// In a gateway's transaction: takes `count` outbox sequence numbers, *first is the first of them. Locks the
// shard's row until the end of the transaction. ERROR_FENCED as above.
bool shard_number(struct db *db, struct arena *arena, const struct shard *gateway, int64_t count,
                  int64_t *first, struct error *error);

// Notes how far the relay is known to have got: for cleaning up and for people. Never goes back. ERROR_FENCED
// where the shard has been taken by another since `epoch`.
bool shard_relayed(struct db *db, struct arena *arena, int32_t id, int64_t epoch, int64_t relayed_seq,
                   int64_t *next_seq, struct error *error);
