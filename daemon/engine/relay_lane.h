// SPDX-License-Identifier: Apache-2.0
// Inside the relay: a shard and its publication (relay_publish.c), and the lanes that serve shards (relay.c).
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "engine/relay.h"

// A shard that is served. Written under the lane's lock or by the lane's thread alone; what both sides touch
// outside the lock is atomic.
struct served {
    struct served *next;
    int32_t id, progress;
    _Atomic int64_t next_seq;  // rows below are committed
    _Atomic int64_t published; // rows below are in Kafka, as far as we know
    int64_t noted, noted_at_us;
    int64_t retry_at_us;
    int64_t epoch, taken_seq; // of the last take-over; taken_seq: the rows below were committed before it
    int64_t serving;          // epoch that the publisher was opened under
    int64_t checked;          // epoch whose first publisher has found the mark where it should be
    bool active;              // between watch and drop
    bool renew;               // the publisher, if any, is not to be used any more
    bool disowned;            // PostgreSQL has just said that the shard is another's
    atomic_bool fenced;       // another process publishes it, until it is watched again
    atomic_bool halted;       // PostgreSQL and the mark contradict each other
    struct kafka_publisher *publisher;
};

// A thread with its own connection and reader serves the shards whose number modulo the lanes is its own.
struct lane {
    struct relay *relay;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct served *served;
    struct db *db;
    struct kafka_reader *reader;
    struct arena *arena;
    struct log_context log;
};

struct relay {
    const struct settings *settings;
    int lane_count;
    struct lane *lanes;
    atomic_bool stop;
};

// How long a lane waits for a record or for work before it looks around.
enum { RELAY_IDLE_MS = 500 };

// Publishes the next rows of a shard in one transaction; opens its publisher first where there is none. The
// lane's connection must be good. Where it fails the publisher must be thrown away.
bool relay_publish_some(struct lane *lane, struct served *served, struct error *error);
void relay_stop_publishing(struct served *served);
// Writes down how far the shard is known to be published, where that has changed.
bool relay_note(struct lane *lane, struct served *served, struct error *error);
