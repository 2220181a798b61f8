// SPDX-License-Identifier: Apache-2.0
// What all gateways have: an engine, a log context, memory of the process's lifetime and threads. Internal to
// the gateways.
#pragma once

#include <pthread.h>

#include "gateways/gateway.h"

enum { GATEWAY_MOST_THREADS = 8 };

struct gateway {
    struct engine *engine;
    struct log_context log;
    struct arena *arena; // filled before the threads start
    void *own;           // the gateway's own part, in the arena
    atomic_bool closing;
    pthread_t threads[GATEWAY_MOST_THREADS];
    size_t thread_count;
};

struct gateway *gateway_new(struct engine *engine, const char *name);
// Starts one more thread.
bool gateway_start(struct gateway *gateway, void *(*run)(void *), void *argument, struct error *error);
// Tells the threads to end and waits for them.
void gateway_join(struct gateway *gateway);
// After gateway_join.
void gateway_free(struct gateway *gateway);

bool gateway_stopping(const struct gateway *gateway);
// Sleeps, but wakes soon after the gateway is told to end.
void gateway_sleep(const struct gateway *gateway, int64_t wait_ms);
