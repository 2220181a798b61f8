// SPDX-License-Identifier: Apache-2.0
// The one loop: receive, decode, gather, begin, lock, decide, apply, outbox, fence, commit, wake the relay.
#pragma once

#include "engine/engine.h"

enum { MOST_SHARDS = 1024 };

struct loop {
    struct engine *engine;
    struct db *db;
    struct kafka_member *member;
    struct arena *arena;    // of a turn
    int inbound_partitions; // asked for at each take-over
    struct shard shards[MOST_SHARDS];
    size_t shard_count;
    int64_t mirrored_us; // when positions were last mirrored to Kafka
    struct log_context log;
};

// One turn: what has come in, at most a batch, is decided and committed. True also where nothing came. False:
// the connections and the ownership are in doubt (or another process owns a shard): close them, take the
// shards anew, and what was not committed comes again.
bool loop_turn(struct loop *loop, struct error *error);
