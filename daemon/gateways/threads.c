// SPDX-License-Identifier: Apache-2.0
#include "gateways/threads.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum { ARENA_BYTES = 1 << 20, LOOK_MS = 50 };

struct gateway *gateway_new(struct engine *engine, const char *name)
{
    struct gateway *gateway = calloc(1, sizeof *gateway);
    assert(gateway);
    gateway->engine = engine;
    gateway->arena = arena_open(ARENA_BYTES);
    log_fields(&gateway->log, &engine->log, "gateway=%s", name);
    return gateway;
}

bool gateway_start(struct gateway *gateway, void *(*run)(void *), void *argument, struct error *error)
{
    assert(gateway->thread_count < GATEWAY_MOST_THREADS);
    if (pthread_create(&gateway->threads[gateway->thread_count], NULL, run, argument) != 0)
        return error_set(error, ERROR_INTERNAL, NULL, "could not start a thread: the system has none left");
    gateway->thread_count++;
    return true;
}

void gateway_join(struct gateway *gateway)
{
    atomic_store(&gateway->closing, true);
    for (size_t i = 0; i < gateway->thread_count; i++)
        pthread_join(gateway->threads[i], NULL);
    gateway->thread_count = 0;
}

void gateway_free(struct gateway *gateway)
{
    arena_close(gateway->arena);
    free(gateway);
}

bool gateway_stopping(const struct gateway *gateway)
{
    return atomic_load(&gateway->closing) || atomic_load(&gateway->engine->stop);
}

void gateway_sleep(const struct gateway *gateway, int64_t wait_ms)
{
    int64_t end_us = clock_monotonic_us() + wait_ms * 1000;
    while (!gateway_stopping(gateway)) {
        int64_t left_us = end_us - clock_monotonic_us();
        if (left_us <= 0)
            return;
        if (left_us > LOOK_MS * 1000)
            left_us = LOOK_MS * 1000;
        nanosleep(&(struct timespec){ .tv_nsec = left_us * 1000 }, NULL);
    }
}
