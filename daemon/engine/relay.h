// SPDX-License-Identifier: Apache-2.0
// The relay carries the outbox to Kafka exactly once. A shard's rows go out in order, in Kafka transactions
// of a producer with a static transactional id; last in each transaction stands the high-water mark, in the
// shard's partition of the progress topic. A new producer reads the mark and goes on behind it. After any
// doubtful end of a transaction the producer is thrown away and made anew.
#pragma once

#include "engine/settings.h"
#include "engine/shard.h"

struct relay;

struct relay *relay_open(const struct settings *settings, struct error *error);
// Publishes what is committed (for at most a few seconds), then stops.
void relay_close(struct relay *relay);

// The relay now serves this shard, from its mark on; safe to call again after a new take-over.
void relay_watch(struct relay *relay, const struct shard *shard);
// Another process serves it from now on.
void relay_drop(struct relay *relay, int32_t shard);
// Rows below next_seq are committed.
void relay_wake(struct relay *relay, int32_t shard, int64_t next_seq);
// Outbox rows known to be committed and not yet known to be published; 0 for an unknown shard.
int64_t relay_unpublished(struct relay *relay, int32_t shard);
// True where a shard has been halted (its mark lies beyond PostgreSQL, or is gone): people must look.
bool relay_halted(struct relay *relay, int32_t shard);
