// SPDX-License-Identifier: Apache-2.0
// A gateway's own outbox shard, "gateway.CHANNEL.INSTANCE": taken at the start, and again when another
// process of the same name has taken it meanwhile. Part of inbound.c.
#pragma once

#include "engine/engine.h"

struct own_shard;

// NULL and `error` where the database does not answer.
struct own_shard *own_shard_open(struct engine *engine, const char *channel, const struct log_context *log,
                                 struct error *error);
void own_shard_close(struct own_shard *own);

struct shard own_shard_now(struct own_shard *own);

// After ERROR_FENCED under `fenced_epoch`: takes the shard again, once for all threads that were fenced.
bool own_shard_retake(struct own_shard *own, struct db *db, struct arena *arena, int64_t fenced_epoch,
                      struct error *error);

// Rows below next_seq are committed: wakes the relay. Where the relay then gets nowhere for some time, though
// the shard is ours (another process's relay has begun late to serve it), the shard is taken again.
void own_shard_wake(struct own_shard *own, int64_t next_seq);
