// SPDX-License-Identifier: Apache-2.0
// The one loop: receive, decode, gather, begin, lock, decide, apply, outbox, fence, commit, wake the relay.
#pragma once

#include "engine/engine.h"

enum { MOST_SHARDS = 2048 };

struct loop {
    struct engine *engine;
    int index; // of the worker
    struct db *db;
    struct kafka_member *member;
    struct arena *arena;    // of a turn: what was received
    struct arena *work;     // of an attempt to commit a batch: what was decided
    int inbound_partitions; // asked for at each take-over
    struct shard shards[MOST_SHARDS];
    size_t shard_count;
    uint64_t changes;    // counts how often shards were taken or given back
    int64_t mirrored_us; // when positions were last mirrored to Kafka
    struct log_context log;
};

// One turn: what has come in, at most a batch, is decided and committed. True also where nothing came. False:
// the connections and the ownership are in doubt (or another process owns a shard): close them, take the
// shards anew, and what was not committed comes again.
bool loop_turn(struct loop *loop, struct error *error);
