// SPDX-License-Identifier: Apache-2.0
// The process's counters and its heartbeat on the status topic.
#pragma once

#include <stdatomic.h>

#include "doors/avro.h"
#include "engine/relay.h"
#include "engine/settings.h"

struct counters {
    _Atomic int64_t documents, batches, failures, dead_letters, fenced, producers_renewed, holds;
    _Atomic int64_t received, refused; // by gateways
};
extern struct counters counters;

// What the owner of a shard tells about it. Called from its thread after every batch and once a second.
void status_shard(const struct shard *shard, int64_t lag);
void status_forget(int32_t shard);
size_t status_shards(void);

// A worker has been given its share of the shards, be it none: it serves, or stands by. Ever, in this process?
void status_assigned(void);
bool status_was_assigned(void);

// Worker `index`, below 64, has come to its next step. After its end it is missed no more.
void status_beat(int index);
void status_beat_end(int index);
// False where a worker has not come to its next step for minutes: the process hangs, and is better ended.
bool status_alive(void);

// Sends the heartbeat every interval until stopped.
struct status;
struct status *status_open(const struct settings *settings, const struct avro_catalogue *catalogue,
                           struct relay *relay, struct error *error);
void status_close(struct status *status);

// The same numbers in Prometheus' text format.
struct slice status_metrics(struct arena *arena);
